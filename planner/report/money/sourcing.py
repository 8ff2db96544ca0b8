"""Buy, lease, rent or commit: every way to get a device at chosen sites, and where the plan stands."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.finance import AccountingPolicy, Books, sourcing
from planner.plan.plan import Plan
from planner.plan.tables import API, HELD
from planner.report import format as fmt
from planner.report.charts import sourcing as chart
from planner.report.charts.base import Figure
from planner.report.labels import names, offers

UTILIZATION = np.round(np.arange(0.02, 1.0001, 0.01), 2)
"""Where curves are drawn: 2 % to 100 %."""
MOST_SITES = 3


def places(plan: Plan) -> pd.DataFrame:
    """Which devices are offered where, and how: hardware, hardware_name, site, site_name, pricing; one row an offer."""
    o = offers(plan).reset_index(drop=True)
    o = o.assign(hardware=plan.table("offers")["hardware"].to_numpy(object))
    o = o[o["pricing"] != API].rename(columns={"device": "hardware_name"})
    return o[["hardware", "hardware_name", "site", "site_name", "pricing"]].reset_index(drop=True)


def devices(plan: Plan) -> list[str]:
    """Devices that are offered, the one with the most ways to get it first."""
    found = places(plan)
    ways = found.groupby("hardware")["pricing"].agg(["nunique", "size"])
    return [str(h) for h in ways.sort_values(["nunique", "size"], ascending=False, kind="stable").index]


def device_names(plan: Plan) -> pd.Series:
    """Names of the devices."""
    return names(plan, "hardware")


def site_names(plan: Plan) -> pd.Series:
    """Names of the sites."""
    return names(plan, "sites")


def sites_of(plan: Plan, hardware: str) -> list[str]:
    """Sites that offer a device, in the plan's order."""
    found = places(plan)
    return list(dict.fromkeys(found.loc[found["hardware"] == hardware, "site"]))


def telling(plan: Plan, hardware: str) -> list[str]:
    """The few sites that together show every way to get a device: each adds the most ways not seen yet."""
    found = places(plan)
    left = found[found["hardware"] == hardware].groupby("site", sort=False)["pricing"].agg(set).to_dict()
    out: list[str] = []
    seen: set[str] = set()
    while left and len(out) < MOST_SITES:
        best = max(left, key=lambda s: len(left[s] - seen))
        if out and not left[best] - seen:
            break
        out.append(str(best))
        seen |= left.pop(best)
    return out


class Comparison:
    """Every way to get a device at the chosen sites, by what a useful hour costs. Raises KeyError for a site without it."""

    def __init__(self, books: Books, hardware: str, sites: list[str], taxed: bool = True) -> None:
        self.books, self.plan, self.taxed, self.hardware = books, books.plan, taxed, hardware
        policy: AccountingPolicy = books.policy
        self.ways = pd.concat([sourcing.ways(self.plan, s, hardware, policy) for s in sites], ignore_index=True)
        about = offers(self.plan)
        self._label = (about["site_name"] + ", " + about["pricing"].str.replace("_", " ")).where(
            ~about["pricing"].isin(HELD) | (about["term_months"] <= 0),
            about["site_name"]
            + ", "
            + about["pricing"]
            + np.where(about["pricing"] == "owned", "", " " + about["term_months"].astype(str) + " months"),
        )
        twice = self._label.reindex(self.ways["offer"]).duplicated(keep=False).to_numpy()
        again = set(self.ways.loc[twice, "offer"])
        self._label = pd.Series({o: f"{x} ({o})" if o in again else x for o, x in self._label.items()}, dtype=object)
        self._source, self._source_label = about["source"], about["source_label"]

    @property
    def _cost(self) -> str:
        return "after_tax" if self.taxed else "cost_per_useful_hour"

    def curves(self) -> pd.DataFrame:
        """Cost by utilization: offer, label, source, source_label, utilization, cost."""
        found = sourcing.curve(self.ways, UTILIZATION)
        return pd.DataFrame(
            {
                "offer": found["offer"],
                "label": found["offer"].map(self._label.to_dict()),
                "source": found["offer"].map(self._source),
                "source_label": found["offer"].map(self._source_label),
                "utilization": found["utilization"],
                "cost": found[self._cost],
            }
        )

    def break_evens(self) -> pd.DataFrame:
        """Where two ways cost the same: offer, against, utilization, cost, text."""
        found = sourcing.break_evens(self.ways)
        at = found["after_tax"] if self.taxed else found["utilization"]
        found = found.assign(utilization=at)[at.notna()]
        way = self.ways.set_index("offer")
        end = "_after_tax" if self.taxed else ""
        found["cost"] = way[f"fixed{end}"].reindex(found["offer"]).to_numpy(float) / found["utilization"] + way[
            f"variable{end}"
        ].reindex(found["offer"]).to_numpy(float)
        label = self._label.to_dict()
        found["text"] = [
            f"{label[a]} is cheaper than {label[b]} from {fmt.percent(u)}"
            for a, b, u in zip(found["offer"], found["against"], found["utilization"], strict=True)
        ]
        return found[["offer", "against", "utilization", "cost", "text"]].reset_index(drop=True)

    def in_plan(self) -> pd.DataFrame:
        """Where the plan uses these ways: offer, label, source, utilization, cost.

        The utilization of a held device is its useful hours of the hours in service, over the whole plan. What is
        rented by the hour is there only while it works, and is at its most.
        """
        c = self.books.frames["capacity"]
        sums = c.groupby("offer")[["devices_in_service", "hours_used"]].sum().reindex(self.ways["offer"]).fillna(0.0)
        hours = sums["devices_in_service"].to_numpy(float) * self.plan.settings.hours
        useful = self.ways["useful_share"].to_numpy(float)
        used = np.divide(sums["hours_used"].to_numpy(float), hours, out=np.zeros(len(sums)), where=hours > 0) * useful
        end = "_after_tax" if self.taxed else ""
        out = pd.DataFrame({"offer": self.ways["offer"], "utilization": np.minimum(used, useful)})
        out["label"] = out["offer"].map(self._label.to_dict())
        out["source"] = out["offer"].map(self._source)
        out["source_label"] = out["offer"].map(self._source_label)
        out["cost"] = (
            self.ways[f"fixed{end}"] / out["utilization"].where(out["utilization"] > 0) + self.ways[f"variable{end}"]
        )
        return out[out["utilization"] > 0].reset_index(drop=True)

    def cheapest(self) -> pd.DataFrame:
        """The cheapest way by utilization, in runs: label, until (utilization up to which it is the cheapest)."""
        wide = self.curves().pivot_table(index="utilization", columns="label", values="cost").dropna(how="all")
        best = wide.idxmin(axis=1)
        run = (best != best.shift()).cumsum()
        until = best.index.to_series().groupby(run).max()
        return pd.DataFrame({"label": best.groupby(run).first().to_numpy(object), "until": until.to_numpy(float)})

    def title(self) -> str:
        """Which way is cheapest at which utilization."""
        runs = self.cheapest()
        if len(self.ways) == 1:
            return f"{runs['label'].iloc[0]}: the only way to get this device here"
        if len(runs) == 1:
            return f"{runs['label'].iloc[0]}: the cheapest at any use"
        said = [f"{r.label} up to a use of {fmt.percent(r.until)}" for r in runs.iloc[:-1].itertuples()]
        return f"Cheapest: {fmt.listing(said)}, then {runs['label'].iloc[-1]}"

    def figure(self) -> Figure:
        """See `charts.sourcing.cost_per_useful_hour`."""
        return chart.cost_per_useful_hour(
            self.curves(),
            self.break_evens(),
            self.in_plan(),
            self.plan.settings.currency,
            self.title(),
            self.taxed,
        )

    def left_out(self) -> str:
        """What these costs do not hold, and how MACRS is taken where the tax return goes by it."""
        said = f"Left out of every way: {fmt.listing(list(sourcing.LEFT_OUT))}."
        if self.books.policy.for_tax().depreciation != "macrs" or not self.plan.settings.tax_rate:
            return said
        quarter = self.books.policy.macrs_convention == "mid_quarter"
        convention = "mid-quarter, first quarter" if quarter else "half-year"
        return f"{said} MACRS: {convention}, bought as a tax year starts."

    def table(self) -> pd.DataFrame:
        """Every way with its two figures before and after tax, and what a busy hour costs."""
        currency, w = self.plan.settings.currency, self.ways
        busy = w["fixed"] / w["useful_share"] + w["variable"]
        taxed = w["fixed_after_tax"] / w["useful_share"] + w["variable_after_tax"]
        return pd.DataFrame(
            {
                "Way to get it": w["offer"].map(self._label.to_dict()),
                "Levelised over (months)": w["months"],
                f"Fixed, per hour ({currency})": w["fixed"],
                f"Per useful hour ({currency})": w["variable"],
                f"Useful hour at full use ({currency})": busy,
                f"The same after tax ({currency})": taxed,
                "Utilization in this plan": w["offer"].map(self.in_plan().set_index("offer")["utilization"]),
            }
        )

    def break_even_table(self) -> pd.DataFrame:
        """Break-even points as people read them."""
        found, label = self.break_evens(), self._label.to_dict()
        return pd.DataFrame(
            {
                "Cheaper above": found["offer"].map(label),
                "Cheaper below": found["against"].map(label),
                "Utilization": found["utilization"],
                f"Cost per useful hour there ({self.plan.settings.currency})": found["cost"],
            }
        )
