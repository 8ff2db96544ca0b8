"""The answer of a plan in frames and findings, each computed once.

`Insight` holds a plan, its result and, when there is one, the result of business as usual; every
frame that a page or a chart shows is a cached property here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from planner.finance.bookkeeping import Books
from planner.plan.plan import Plan
from planner.report import cost_words
from planner.report import format as fmt
from planner.report import insight_capacity as capacity
from planner.report import insight_cost as cost
from planner.report import insight_decisions as todo
from planner.report import insight_place as place
from planner.report import insight_policy as policy
from planner.report.labels import Calendar, look_up, names, offers
from planner.result.result import Result

AGENDA_ROWS = 6
"""Decisions that the overview shows."""


@dataclass(frozen=True)
class Number:
    """A headline number: label, value as text, what changed against business as usual, and help."""

    label: str
    value: str
    delta: str = ""
    good: bool | None = None
    """True when the delta is welcome, False when it is not, None when it is neither."""
    help: str = ""
    series: tuple[float, ...] = ()
    """The number by plan year, for a spark line."""
    note: str = ""
    """A sentence that stands below the row of numbers."""


@dataclass(frozen=True)
class Warning_:
    """Something that a reader of the plan must know: severity (error, warning, info) and words."""

    severity: str
    text: str


@dataclass(frozen=True)
class Insight:
    """Everything that pages show of one solved plan. Raises ValueError when the result has no plan."""

    plan: Plan
    result: Result
    usual: Result | None = None

    def __post_init__(self) -> None:
        if not self.result.has_plan:
            raise ValueError("the result holds no plan")

    @property
    def currency(self) -> str:
        """The plan's currency."""
        return self.plan.settings.currency

    @cached_property
    def calendar(self) -> Calendar:
        """The plan's periods as people date them."""
        return Calendar(self.plan.settings)

    @cached_property
    def offers(self) -> pd.DataFrame:
        """See `labels.offers`."""
        return offers(self.plan)

    @cached_property
    def work(self) -> pd.DataFrame:
        """See `insight_capacity.work`."""
        return capacity.work(self.plan, self.result.frames, self.offers)

    @cached_property
    def mix(self) -> pd.DataFrame:
        """See `insight_capacity.mix`."""
        return capacity.mix(self.plan, self.result.frames, self.offers, self.work)

    @cached_property
    def needed(self) -> pd.DataFrame:
        """See `insight_capacity.needed`."""
        return capacity.needed(self.mix)

    @cached_property
    def shares(self) -> pd.DataFrame:
        """See `insight_capacity.shares_by_year`."""
        return capacity.shares_by_year(self.plan, self.mix)

    @cached_property
    def load(self) -> pd.DataFrame:
        """See `insight_capacity.load`."""
        return capacity.load(self.plan, self.work)

    @cached_property
    def utilization(self) -> pd.DataFrame:
        """See `insight_capacity.utilization`."""
        return capacity.utilization(self.plan, self.result.frames, self.offers)

    @cached_property
    def by_offer(self) -> pd.DataFrame:
        """See `insight_capacity.by_offer`."""
        return capacity.by_offer(self.plan, self.result.frames, self.offers)

    @cached_property
    def held(self) -> pd.Series:
        """See `insight_capacity.held_accelerators`."""
        return capacity.held_accelerators(self.plan, self.by_offer, self.offers)

    @cached_property
    def timeline(self) -> pd.DataFrame:
        """See `insight_capacity.timeline`."""
        return capacity.timeline(self.plan, self.result.frames, self.offers)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """See `insight_cost.ledger_table`."""
        return cost.ledger_table(self.plan, self.result.ledger)

    @cached_property
    def costs(self) -> pd.DataFrame:
        """See `insight_cost.by_year`."""
        return cost.by_year(self.plan, self.result.ledger)

    @cached_property
    def cash(self) -> pd.DataFrame:
        """See `insight_cost.cash_by_year`."""
        return cost.cash_by_year(self.plan, self.result.ledger)

    @cached_property
    def cash_flow(self) -> pd.DataFrame:
        """See `insight_cost.cash_by_period`."""
        return cost.cash_by_period(self.plan, self.result.ledger)

    @cached_property
    def emissions(self) -> pd.DataFrame:
        """See `insight_cost.emissions_by_year`."""
        return cost.emissions_by_year(self.plan, self.result.frames["emissions"])

    @cached_property
    def emissions_by_site(self) -> pd.DataFrame:
        """See `insight_cost.emissions_by_site`."""
        return cost.emissions_by_site(self.result.frames["emissions"], names(self.plan, "sites"))

    @cached_property
    def flows(self) -> pd.DataFrame:
        """See `insight_place.flows`."""
        return place.flows(self.plan, self.result.frames, self.work)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """See `insight_place.pairs`."""
        return place.pairs(self.plan, self.flows)

    @cached_property
    def sites(self) -> pd.DataFrame:
        """See `insight_place.sites`."""
        return place.sites(self.plan, self.result.frames, self.flows, self.work)

    @cached_property
    def locations(self) -> pd.DataFrame:
        """See `insight_place.locations`."""
        return place.locations(self.plan, self.flows)

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """See `insight_decisions.decisions`."""
        return todo.decisions(self.plan, self.result.frames, self.offers)

    @cached_property
    def decision_table(self) -> pd.DataFrame:
        """The decisions under headings that people read."""
        headings = {
            "by": "By",
            "kind_label": "Kind",
            "what": "What",
            "devices": "Devices",
            "amount": f"Amount ({self.currency})",
            "amount_note": "Amount is",
        }
        return self.decisions[list(headings)].rename(columns=headings)

    @cached_property
    def agenda_text(self) -> str:
        """The weightiest decisions of the agenda by date as a Markdown table: by, what, amount."""
        lines = [f"| By | What | {self.currency} |", "|:--|:--|--:|"]
        weight = self.agenda["amount"].abs().fillna(0.0)
        shown = self.agenda[weight.rank(method="first", ascending=False) <= AGENDA_ROWS]
        for row in shown.itertuples(index=False):
            amount = fmt.money(row.amount, self.currency) if row.amount == row.amount else ""
            cells = (fmt.month(row.by).replace(" ", fmt.NBSP), row.what, amount)
            lines.append("| " + " | ".join(fmt.plain(str(c)) for c in cells) + " |")
        more = len(self.agenda) - len(shown)
        return "\n".join(lines) + (f"\n\nand {fmt.plural(more, 'smaller decision')}" if more > 0 else "")

    @cached_property
    def subtitle(self) -> str:
        """What is planned in one line: demand, places and time."""
        tables = self.plan.tables
        count = [
            fmt.plural(len(tables["workloads"]), "workload"),
            fmt.plural(len(tables["locations"]), "location"),
            fmt.plural(len(tables["sites"]), "site"),
            fmt.plural(len(tables["offers"]), "offer"),
        ]
        return f"{fmt.listing(count)}, {self.span}"

    @cached_property
    def span(self) -> str:
        """First and last month of the plan in words."""
        last = self.calendar.month(self.plan.settings.periods + 1, 1)
        return f"{fmt.month(self.calendar.month(1))} to {fmt.month(last)}"

    @cached_property
    def agenda(self) -> pd.DataFrame:
        """See `insight_decisions.agenda`."""
        return todo.agenda(self.decisions)

    @cached_property
    def paid_by_use(self) -> pd.DataFrame:
        """See `insight_decisions.paid_by_use`."""
        return todo.paid_by_use(self.plan, self.result.frames, self.offers)

    @cached_property
    def rules(self) -> pd.DataFrame:
        """See `insight_policy.rules`."""
        return policy.rules(self.plan, self.result.frames)

    @cached_property
    def against(self) -> pd.DataFrame | None:
        """See `insight_cost.against`; None without a plan for business as usual."""
        if self.usual is None or not self.usual.has_plan:
            return None
        return cost.against(self.result.ledger, self.usual.ledger)

    @cached_property
    def saving(self) -> float | None:
        """Present value of cash saved against business as usual (below 0: extra cost)."""
        return None if self.against is None else float(-self.against["change"].sum())

    @cached_property
    def saving_share(self) -> float | None:
        """The saving as a share of what business as usual costs."""
        if self.against is None or self.saving is None:
            return None
        usual = float(self.against["usual"].sum())
        return self.saving / usual if usual else None

    @cached_property
    def carbon_t(self) -> float:
        """Carbon over the horizon, tonnes CO2e."""
        return float(self.result.frames["emissions"]["carbon_t"].sum())

    @cached_property
    def owed_after(self) -> float:
        """What falls due after the plan's end under contracts that go on, nominal; in no figure of the plan."""
        return float(Books(self.plan, self.result).outstanding["closing"].iloc[-1])

    @cached_property
    def headline(self) -> tuple[Number, ...]:
        """The numbers at the top of the overview: present value of cash, cash a year, saving, carbon, gap."""
        return (self._present_value(), self._cash_a_year(), self._saving(), self._carbon(), self._gap())

    def _present_value(self) -> Number:
        beside = cost_words.not_cash(self.result)
        rate = fmt.percent(self.plan.settings.discount_rate)
        cost = f"Cost {fmt.money(self.result.objective, self.currency)}"
        return Number(
            cost_words.CASH,
            fmt.money(self.result.cash_present_value, self.currency),
            cost if beside else f"at {rate} a year",
            note=f"Cash: all that is paid and received, discounted at {rate} a year. "
            + cost_words.told(self.result, self.currency),
        )

    def _cash_a_year(self) -> Number:
        years = self.plan.settings.periods * self.plan.settings.months_per_period / 12
        cash = self.cash
        top = cash.loc[cash["cash"].idxmax()]
        beyond = fmt.money(self.owed_after, self.currency)
        return Number(
            "Cash a year",
            fmt.money(float(cash["cash"].sum()) / years, self.currency),
            f"{fmt.money(float(top['cash']), self.currency)} in {top['year']}",
            help="Capex and opex, nominal, on average over the years of the plan; below it, the year with most.",
            series=tuple(float(v) for v in cash["cash"]),
            note=f"Not in these figures: {beyond}, nominal, due after the plan's end under contracts that go on."
            if self.owed_after > 0
            else "",
        )

    def _saving(self) -> Number:
        label = "Saving"
        words = "Business as usual: today's assets, and everything else on demand or by token, solved by the same code."
        if self.saving is None or self.saving_share is None:
            why = (
                "no plan exists that way"
                if self.usual is not None and self.usual.status == "infeasible"
                else "not solved"
            )
            return Number(label, fmt.DASH, why, help=words)
        return Number(
            label,
            fmt.money(self.saving, self.currency),
            _than_usual(-self.saving_share),
            good=self.saving >= 0,
            help=f"Against business as usual, in present value of cash. {words}",
        )

    def _carbon(self) -> Number:
        delta, good = "", None
        if self.usual is not None and self.usual.has_plan:
            before = float(self.usual.frames["emissions"]["carbon_t"].sum())
            if before > 0:
                change = self.carbon_t / before - 1
                good = change <= 0
                delta = _than_usual(change)
        return Number(
            "Carbon, CO2e",
            fmt.mass(self.carbon_t),
            delta,
            good,
            help="Operation and manufacture, over the whole plan.",
            series=tuple(float(v) for v in self.emissions["carbon_t"]),
        )

    def _gap(self) -> Number:
        gap = self.result.gap
        words = fmt.gap(gap)
        value = (
            words.removeprefix("proven within ") if "within" in words else "None" if "optimal" in words else "Unknown"
        )
        stopped = ", stopped early" if self.result.status == "feasible" else ""
        return Number(
            "Gap to the best",
            value,
            (f"at most{stopped or ': proven'}" if "within" in words else words),
            help="No plan can cost less than this one by more than that: the solver has proven it.",
        )

    @cached_property
    def warnings(self) -> tuple[Warning_, ...]:
        """What the result itself warns of: failed checks, broken policies, volume not served, an open gap."""
        out = [Warning_("error", f"The independent check found: {v}") for v in self.result.violations]
        rules = self.rules
        for row in rules[rules["state"] == "broken"].itertuples(index=False):
            out.append(
                Warning_("warning", f"Policy {row.policy} is broken in {row.when} ({row.slack_text}). {row.sentence}")
            )
        missing = self.unserved
        for row in missing.itertuples(index=False):
            out.append(
                Warning_(
                    "warning",
                    f"{row.name}: {fmt.quantity(row.volume, row.unit)} are not served ({fmt.percent(row.share)} of demand).",
                )
            )
        if self.result.status == "feasible":
            out.append(
                Warning_(
                    "info",
                    f"The solver was stopped early; the plan is {fmt.gap(self.result.gap)}. A longer run may be cheaper.",
                )
            )
        return tuple(out)

    @cached_property
    def unserved(self) -> pd.DataFrame:
        """Volume left unserved by workload: workload, name, unit, volume, share of its demand."""
        volume = self.result.frames["unserved"].groupby("workload")["volume"].sum()
        demand = self.plan.table("demand").groupby("workload")["volume"].sum()
        volume = volume[volume > 1e-9 * demand.reindex(volume.index)]
        out = volume.rename("volume").reset_index()
        out["name"] = out["workload"].map(names(self.plan, "workloads"))
        out["unit"] = out["workload"].map(self.plan.table("workloads").set_index("workload")["unit"])
        out["share"] = out["volume"] / look_up(out["workload"], demand)
        return out


def _than_usual(change: float) -> str:
    """A relative change against business as usual in words: 66 % less than usual."""
    if abs(change) < fmt.NOTHING:
        return fmt.change(change)
    return f"{fmt.change(abs(change))} {'less' if change < 0 else 'more'} than usual"
