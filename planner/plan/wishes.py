"""Wishes: keep this, forbid that, at least n here by then. Each is made of rows of `policies` that have an owner.

A wish of several rows says so in their names: what stands before ` @ ` is the wish, what stands after it the
part. Its reason is the rows' note; without a penalty it is hard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from planner.plan.oddity import View
from planner.plan.plan import Plan
from planner.plan.schema import join_list
from planner.plan.tables import API, HELD

PART = " @ "
SCOPES_OF_OFFERS = ("provider", "site", "site_kind", "zone", "pricing", "offer")
"""Columns of a policy's scope by which offers can be forbidden."""
WHOLE = 1e-5
"""Distance from a whole number within which a count of devices is that number."""
KEPT = 1 - 1e-6
"""Share of a volume that a wish to keep it asks for: below what is there by the solver's tolerance."""
Row = dict[str, Any]


class WishError(ValueError):
    """A wish cannot be made; the message says why in words for the person who wishes."""


class Answered(Protocol):
    """An answer to the plan: see `planner.result.result.Result`."""

    @property
    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Its tables."""
        ...


def keep(plan: Plan, result: Answered, offer: str, owner: str, reason: str = "") -> Plan:
    """The plan with the wish to keep at least what the answer has of an offer.

    Held devices: at least as many in every period. What is paid by use: on average over the plan, since it
    follows the load. Raises WishError when the answer has nothing of it.
    """
    pricing, name = _pricing(plan, offer), f"wish: keep {offer}"
    if pricing == API:
        dispatch = result.frames["dispatch"]
        volume = float(dispatch.loc[dispatch["offer"] == offer, "volume"].sum())
        levels = [_row(name, "volume", "min", volume * KEPT, offer=offer, window="horizon")] if volume > 0 else []
        return _with(plan, levels, owner, reason, f"the plan has nothing of {offer} to keep")
    capacity = result.frames["capacity"]
    mine = capacity[capacity["offer"] == offer].groupby("period")["devices_in_service"].sum()
    devices = mine.reindex(np.arange(1, plan.settings.periods + 1), fill_value=0.0).to_numpy(float)
    if pricing in HELD:
        levels = _levels(plan, name, _counted(devices), "min", offer=offer)
        levels = [row for row in levels if row["limit"] > 0]
    else:
        mean = float(devices.mean()) * KEPT
        levels = [_row(name, "devices", "min", mean, offer=offer, window="horizon")] if mean > 0 else []
    return _with(plan, levels, owner, reason, f"the plan has nothing of {offer} to keep")


def forbid(plan: Plan, owner: str, reason: str = "", **scope: str | Sequence[str]) -> Plan:
    """The plan with the wish to take nothing new from an offer, a site, a provider, …: see `SCOPES_OF_OFFERS`.

    What is there already may stay and be used to the end of its term or life: the limit is on what is
    forbidden beyond the assets, period by period, and on the offers without assets there is nothing.
    Capacity on demand still counts as a reserve for the loss of a site, which no policy limits. Raises
    WishError when no offer is meant.
    """
    wanted = {
        column: [str(v) for v in ([value] if isinstance(value, str) else value)] for column, value in scope.items()
    }
    if not wanted or set(wanted) - set(SCOPES_OF_OFFERS):
        raise WishError(f"what is forbidden is chosen by {', '.join(SCOPES_OF_OFFERS)}")
    offers = _facts(plan)
    chosen = offers[np.logical_and.reduce([offers[column].isin(values) for column, values in wanted.items()])]
    said = ", ".join(v for values in wanted.values() for v in values)
    if chosen.empty:
        raise WishError(f"no offer belongs to {said}")
    name, cells = f"wish: forbid {said}", {column: join_list(values) for column, values in wanted.items()}
    by_unit = chosen["pricing"] == API
    remaining = assets_in_service(plan).reindex(chosen["offer"]).dropna()
    rows: list[Row] = []
    if not by_unit.all():
        rows += _levels(plan, name, remaining.to_numpy(float).sum(axis=0), "max", **cells)
        fresh = chosen[~by_unit & ~chosen["offer"].isin(remaining.index)]
        if len(remaining) and len(fresh):
            rows.append(
                _row(f"{name}{PART}nothing beside the assets", "devices", "max", 0.0, offer=join_list(fresh["offer"]))
            )
    if by_unit.any():
        only = by_unit.all()
        rows.append(
            _row(name if only else f"{name}{PART}by the unit", "volume", "max", 0.0, **{**cells, "pricing": API})
        )
    return _with(plan, rows, owner, reason)


def at_least(
    plan: Plan, count: float, by_period: int, owner: str, reason: str = "", *, offer: str = "", site: str = ""
) -> Plan:
    """The plan with the wish to have at least `count` of an offer, or at a site, from a period (from 1) to the end.

    Devices in service; of a token API units in each period. Raises WishError when the period is not in
    the plan or comes before the offer can be in service.
    """
    x = plan.settings
    if bool(offer) == bool(site):
        raise WishError("the wish is for an offer or for a site")
    if count <= 0:
        raise WishError("at least how many? A number above 0 is needed")
    if not 1 <= by_period <= x.periods:
        raise WishError(f"period {by_period} is not in the plan, which has periods 1 to {x.periods}")
    facts = _facts(plan)
    meant = facts[facts["offer"] == offer] if offer else facts[facts["site"] == site]
    if meant.empty:
        raise WishError(f"no offer is called {offer}" if offer else f"the site {site} has no offer")
    by_unit = bool((meant["pricing"] == API).all())
    there = assets_in_service(plan).reindex(meant["offer"]).fillna(0.0).sum(axis=0).to_numpy(float)
    first = int(meant["first"].min())
    if first > by_period and there[by_period - 1 :].min() < count:
        when = f"period {first} ({x.month_of_period()[first - 1]})" if first <= x.periods else "the end of the plan"
        raise WishError(f"what is ordered now of {offer or site} is in service in {when} at the earliest")
    month = x.month_of_period()[by_period - 1]
    name = f"wish: at least {count:g} {offer or site} by {month}"
    cells: Row = {"offer": offer} if offer else {"site": site}
    row = _row(name, "volume" if by_unit else "devices", "min", float(count), from_period=by_period, **cells)
    return _with(plan, [row], owner, reason)


def wish_of(policy: str) -> str:
    """The wish that a policy is, or a part of."""
    return policy.split(PART)[0]


def wishes(plan: Plan) -> pd.DataFrame:
    """Every wish in the order of the table: wish, owner, reason, policies (tuple of names), from_period (from 1)."""
    rows = plan.table("policies")
    rows = rows[rows["owner"].fillna("").str.strip() != ""]
    rows = rows.assign(wish=rows["policy"].map(wish_of).astype(object), from_period=rows["from_period"].fillna(1))
    out = []
    for wish, part in rows.groupby("wish", sort=False):
        reason = next((n for n in part["note"] if isinstance(n, str)), "")
        out.append(
            (str(wish), str(part["owner"].iloc[0]), reason, tuple(part["policy"]), int(part["from_period"].min()))
        )
    return pd.DataFrame(out, columns=["wish", "owner", "reason", "policies", "from_period"])


def without(plan: Plan, *dropped: str) -> Plan:
    """The plan without these wishes. Raises KeyError for one that is none."""
    table = wishes(plan).set_index("wish")["policies"]
    gone = {name for wish in dropped for name in table[wish]}
    rows = plan.tables["policies"]
    return plan.replace(policies=rows[~rows["policy"].isin(gone)])


def added_rows(before: Plan, after: Plan) -> list[Row]:
    """The rows of policies that `after` has beyond `before`, each as its cells that are not blank."""
    rows = after.tables["policies"]
    rows = rows[~rows["policy"].isin(before.tables["policies"]["policy"])]
    return [{str(k): v for k, v in row.items() if pd.notna(v)} for row in rows.to_dict("records")]


def assets_in_service(plan: Plan) -> pd.DataFrame:
    """Devices of assets that are in service if none is retired: a row an offer that has some, a column a period from 0."""
    assets = View(plan).assets
    periods = np.arange(1, plan.settings.periods + 1)
    inside = (periods >= assets["first"].to_numpy(int)[:, None]) & (periods <= assets["last"].to_numpy(int)[:, None])
    devices = pd.DataFrame(inside * assets["devices"].to_numpy(float)[:, None], index=assets["offer"].to_numpy(object))
    return devices.groupby(level=0, sort=False).sum()


def _facts(plan: Plan) -> pd.DataFrame:
    """Offers with the properties by which a policy's scope chooses, and the first period in service."""
    offers = plan.table("offers")
    site = plan.table("sites").set_index("site").reindex(offers["site"])
    return pd.DataFrame(
        {
            "offer": offers["offer"].astype(object),
            "site": offers["site"].astype(object),
            "pricing": offers["pricing"].astype(object),
            "provider": site["provider"].to_numpy(object),
            "site_kind": site["kind"].to_numpy(object),
            "zone": site["zone"].to_numpy(object),
            "first": View(plan).first_service,
        }
    )


def _pricing(plan: Plan, offer: str) -> str:
    offers = plan.tables["offers"].set_index("offer")["pricing"]
    if offer not in offers.index:
        raise WishError(f"no offer is called {offer}")
    return str(offers[offer])


def _counted(devices: np.ndarray) -> np.ndarray:
    """Devices free of a solver's rounding, never more than there are: what is there now meets the wish."""
    whole = np.rint(devices)
    return np.where(np.abs(devices - whole) < WHOLE, whole, np.floor(devices * 1e6) / 1e6)


def _row(policy: str, measure: str, sense: str, limit: float, **cells: Any) -> Row:
    return {"policy": policy, "measure": measure, "sense": sense, "limit": float(limit), **cells}


def _levels(plan: Plan, name: str, level: np.ndarray, sense: str, **cells: Any) -> list[Row]:
    """A row for each run of periods with one level, shape (periods,); one row where it is the same throughout."""
    months = plan.settings.month_of_period()
    starts = np.flatnonzero(np.append(True, np.diff(level) != 0))
    ends = np.append(starts[1:], len(level)) - 1
    if len(starts) == 1:
        return [_row(name, "devices", sense, level[0], **cells)]
    return [
        _row(
            f"{name}{PART}{months[a]} to {months[b]}" if b > a else f"{name}{PART}{months[a]}",
            "devices",
            sense,
            level[a],
            **cells,
            from_period=int(a) + 1,
            to_period=int(b) + 1,
        )
        for a, b in zip(starts, ends, strict=True)
    ]


def _with(plan: Plan, rows: Sequence[Row], owner: str, reason: str, empty: str = "") -> Plan:
    """The plan with the rows at the end of its policies; a wish of that name that is there already is an error."""
    if not rows:
        raise WishError(empty or "there is nothing to wish for")
    if not owner.strip():
        raise WishError("whose wish is it? An owner is needed")
    there = plan.tables["policies"]
    wish = wish_of(rows[0]["policy"])
    if wish in set(there["policy"].map(wish_of)):
        raise WishError(f"that is in the plan already: {wish}")
    signed = [{**row, "owner": owner.strip(), "note": reason.strip() or None} for row in rows]
    more = pd.DataFrame(signed, dtype=object)
    return plan.replace(policies=pd.concat([there.astype(object), more], ignore_index=True))
