"""What is signed with a vendor, held apart from what is still to be talked about: in the plan, and in an answer to it.

Assets go under offers of their own, of which nothing can be ordered and whose prices no price factor moves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from planner.model.costs import market_value_share
from planner.model.sets import Sets
from planner.plan.plan import Plan
from planner.plan.schema import join_list, split_list
from planner.plan.tables import OWNED
from planner.result.frames import result_frame
from planner.result.result import Result

SIGNED = " (signed)"
SHARED = ("volume", "device_hours", "energy_kwh", "operational_carbon_t", "embodied_carbon_t", "carbon_t", "water_m3")
"""What devices of an offer bring about in the same measure, whether they are signed or new."""
COUNTS = ["devices_in_service", "ordered", "entered", "retired", "expired", "hours_used"]


def signed_names(plan: Plan, offers: Collection[str]) -> dict[str, str]:
    """What the offers are called under which the assets of these offers stand, by offer; only those with assets."""
    taken = set(plan.tables["offers"]["offer"])
    there = set(plan.tables["assets"]["offer"])
    names: dict[str, str] = {}
    for offer in (o for o in offers if o in there):
        name = offer + SIGNED
        while name in taken:
            name += SIGNED
        taken.add(name)
        names[offer] = name
    return names


def limit_name(offer: str) -> str:
    """The policy by which a limit on devices of an offer holds for what is signed and what is new together."""
    return f"limit of {offer}{SIGNED}"


def held_apart(plan: Plan, offers: Collection[str]) -> Plan:
    """The plan with the assets of these offers under offers of their own, of which nothing can be ordered.

    Their prices are agreed: no other price of the offer touches them. A limit on devices of the offer
    holds for both together, and policies name both. The least cost stays what it was.
    """
    names = signed_names(plan, offers)
    if not names:
        return plan
    table = plan.tables["offers"]
    held = table["offer"].isin(list(names))
    signed = table[held].copy()
    signed["offer"] = signed["offer"].map(names)
    signed["available_from"] = plan.settings.periods + 1
    policies = plan.tables["policies"].copy()

    def both(cell: object) -> object:
        listed = split_list(cell)
        return join_list([*listed, *(names[o] for o in listed if o in names)]) if listed else cell

    policies["offer"] = policies["offer"].map(both).astype("str")
    limits = table[held & table["max_devices"].notna()]
    rows = pd.DataFrame(
        {
            "policy": limits["offer"].map(limit_name),
            "measure": "devices",
            "sense": "max",
            "limit": limits["max_devices"].to_numpy(float),
            "offer": [join_list([o, names[o]]) for o in limits["offer"]],
        }
    )
    assets = plan.tables["assets"]
    return plan.replace(
        offers=pd.concat([table, signed], ignore_index=True),
        assets=assets.assign(offer=assets["offer"].map(lambda o: names.get(o, o))),
        policies=pd.concat([policies, rows], ignore_index=True) if len(rows) else policies,
    )


def apart(plan: Plan, offers: Collection[str], result: Result) -> Result:
    """An answer to the plan as one to `held_apart(plan, offers)`: of the same cost, with the assets' part told apart.

    Work goes to signed and new devices of an offer in proportion to how many there are. `result` has a plan.
    """
    names = signed_names(plan, offers)
    if not names:
        return result
    split = _Split(plan, names, result)
    whole = held_apart(plan, offers)
    frames = {
        **result.frames,
        "ledger": split.ledger(),
        "capacity": split.capacity(),
        "vintages": split.vintages(),
        "policies": split.policies(),
        **{name: split.by_share(result.frames[name]) for name in ("dispatch", "emissions")},
    }
    frames = {name: result_frame(name, frame) for name, frame in frames.items()}
    return replace(result, plan_hash=whole.content_hash, frames=frames)


class _Split:
    """One answer, and how many devices of each offer in it are assets."""

    def __init__(self, plan: Plan, names: Mapping[str, str], result: Result) -> None:
        self.plan, self.names, self.frames = plan, names, result.frames
        self.periods = plan.settings.periods
        v = result.frames["vintages"]
        self.mine = v[v["offer"].isin(list(names)) & (v["asset"] != "")]
        self.assets = self._assets()
        rows = result.frames["capacity"].set_index(["offer", "period"])["devices_in_service"]
        devices = self.assets["devices_in_service"]
        self.share = (devices / rows.reindex(devices.index)).where(devices > 0, 0.0).clip(0.0, 1.0)

    def _assets(self) -> pd.DataFrame:
        """The assets' part of the frame `capacity` by offer and period, without the hours."""
        v = self.mine
        index = pd.MultiIndex.from_product([list(self.names), range(1, self.periods + 1)], names=["offer", "period"])
        out = pd.DataFrame(0.0, index=index, columns=COUNTS)
        for r in v.itertuples(index=False):
            runs = [(r.offer, t) for t in range(r.first_period, min(r.last_period, self.periods) + 1)]
            out.loc[runs, "devices_in_service"] += r.devices
            if r.age_months == 0:
                out.loc[(r.offer, r.first_period), "entered"] += r.devices
            if r.ends in ("retired", "expired") and r.last_period < self.periods:
                out.loc[(r.offer, r.last_period + 1), r.ends] += r.devices
        return out

    def shares(self, frame: pd.DataFrame) -> np.ndarray:
        """For each row with an offer and a period the share of its devices that are assets, shape (rows,)."""
        at = pd.MultiIndex.from_arrays([frame["offer"], frame["period"]])
        return self.share.reindex(at).fillna(0.0).to_numpy(float)

    def both(self, frame: pd.DataFrame, columns: list[str], signed: np.ndarray) -> pd.DataFrame:
        """The frame with `signed` (rows, columns) taken out of its rows and put into rows of the signed offers."""
        old, new = frame.copy(), frame.copy()
        old[columns] = frame[columns].to_numpy(float) - signed
        new[columns] = signed
        new["offer"] = new["offer"].map(self.names)
        size = np.abs(frame[columns].to_numpy(float)).max(axis=1, initial=0.0)
        there = (np.abs(old[columns].to_numpy(float)) > 1e-9 * size[:, None]).any(axis=1)
        return pd.concat([old[there], new[(np.abs(signed) > 1e-9 * size[:, None]).any(axis=1)]], ignore_index=True)

    def by_share(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame whose amounts go by the share of devices."""
        columns = [c for c in SHARED if c in frame]
        return self.both(frame, columns, frame[columns].to_numpy(float) * self.shares(frame)[:, None])

    def capacity(self) -> pd.DataFrame:
        """Devices of assets and of orders apart."""
        frame = self.frames["capacity"]
        at = pd.MultiIndex.from_arrays([frame["offer"], frame["period"]])
        signed = (
            self.assets.reindex(at).fillna(0.0).assign(hours_used=frame["hours_used"].to_numpy() * self.shares(frame))
        )
        return self.both(frame, COUNTS, signed[COUNTS].to_numpy(float))

    def vintages(self) -> pd.DataFrame:
        """Assets under their own offers."""
        frame = self.frames["vintages"].copy()
        frame.loc[self.mine.index, "offer"] = self.mine["offer"].map(self.names)
        return frame.sort_values(["offer", "first_period", "last_period"], kind="stable")

    def policies(self) -> pd.DataFrame:
        """With the windows of the limits that hold for both together."""
        limits = self.plan.tables["offers"].set_index("offer")["max_devices"].reindex(list(self.names)).dropna()
        rows = self.frames["capacity"].set_index(["offer", "period"])["devices_in_service"]
        more = [
            {
                **{"policy": limit_name(str(offer)), "measure": "devices", "sense": "max", "window": "period"},
                **{"from_period": t, "to_period": t, "value": value, "limit": limit, "slack": limit - value},
                **{"violation": 0.0, "shadow_price": np.nan},
            }
            for offer, limit in limits.astype(float).items()
            for t in range(1, self.periods + 1)
            for value in [float(rows.get((offer, t), 0.0))]
        ]
        return (
            pd.concat([self.frames["policies"], pd.DataFrame(more)], ignore_index=True)
            if more
            else self.frames["policies"]
        )

    def ledger(self) -> pd.DataFrame:
        """What is paid for assets apart: their hours and their sale by their own prices, what runs by the share of devices."""
        frame = self.frames["ledger"]
        quantity = frame["quantity"].to_numpy(float)
        part = quantity * self.shares(frame)
        # Orders are paid for by what was ordered, none of it signed; the rest of these is set below.
        part[frame["category"].isin(["compute", "hardware", "resale"]).to_numpy()] = 0.0
        hours = self.plan.settings.hours
        price = self.plan.table("offers").set_index("offer")["price_per_hour"]
        for (offer, period), devices in self.assets["devices_in_service"].items():
            if devices > 0:
                rows = frame["unit"].eq("device-hours") & frame["category"].eq("compute")
                self._take(part, rows, offer, period, float(price[offer]), devices * hours)
        for row in self._sales().itertuples(index=False):
            rows = frame["category"].eq("resale")
            self._take(part, rows, row.offer, min(row.last_period + 1, self.periods), row.price, -row.devices)
        out = self.both(frame, ["quantity"], part[:, None])
        out["amount"] = out["quantity"] * out["unit_price"]
        return out.assign(present_value=out["amount"] * out["discount_factor"])

    def _take(self, part: np.ndarray, rows: pd.Series, offer: str, period: int, price: float, amount: float) -> None:
        """Add an amount to the part of the one row of an offer and period that is at this price."""
        frame = self.frames["ledger"]
        rows = rows & frame["offer"].eq(offer) & frame["period"].eq(period)
        if rows.any():
            at = (frame.loc[rows, "unit_price"] - price).abs().idxmin()
            if np.isclose(float(frame.loc[at, "unit_price"]), price):
                part[frame.index.get_loc(at)] += amount

    def _sales(self) -> pd.DataFrame:
        """Owned assets that are sold: offer, last_period, devices, and the price of each."""
        offers = self.plan.table("offers")
        owned = self.mine[self.mine["offer"].isin(offers.loc[offers["pricing"] == OWNED, "offer"])]
        s = Sets(self.plan)
        at = pd.Index(s.offers["offer"]).get_indexer(owned["offer"])
        served = (owned["last_period"] - owned["first_period"] + 1) * self.plan.settings.months_per_period
        months = (owned["age_months"] + served).to_numpy(float)
        return owned.assign(price=owned["price_paid"].to_numpy(float) * market_value_share(s, at, months))
