"""The investment case as people read it: measures with what they mean, and what is not defined said so."""

from __future__ import annotations

import pandas as pd

from planner.explore.difference import Difference
from planner.finance import Books
from planner.finance.investment import Case
from planner.finance.returns import Returns
from planner.report import format as fmt
from planner.report.charts import investment as chart
from planner.report.charts.base import Figure
from planner.report.labels import Calendar, names

UNDEFINED = "not defined"
MEANINGS = {
    "Net present value": "What the plan is worth against business as usual, discounted at the plan's rate",
    "Internal rate of return": "The rate at which the present value would be zero",
    "Modified rate of return": "The same with what comes back reinvested at the discount rate",
    "Payback": "Years until the running sum is back at zero",
    "Discounted payback": "The same with interest",
    "Profitability index": "1 + net present value / present value of the extra capex",
    "Benefit-cost ratio": "Value of what the plan serves / what it costs; of the plan alone",
}


def _rate(value: float | None) -> str:
    return UNDEFINED if value is None else fmt.percent(value, 3) + " a year"


def years(value: float) -> str:
    """A time in years, to a tenth: 0.7 years, 1 year."""
    tenth = f"{value:.1f}".removesuffix(".0")
    return f"{tenth} {'year' if tenth == '1' else 'years'}"


def _years(value: float | None) -> str:
    return UNDEFINED if value is None else years(value)


def _ratio(value: float | None) -> str:
    return UNDEFINED if value is None else fmt.figures(value)


def _said(r: Returns, benefit: float | None, currency: str) -> list[str]:
    rates = (r.irr.rate, r.mirr)
    times = (r.payback, r.discounted_payback)
    return [
        fmt.money(r.npv, currency),
        *map(_rate, rates),
        *map(_years, times),
        *map(_ratio, (r.profitability_index, benefit)),
    ]


def measures(case: Case, currency: str) -> pd.DataFrame:
    """The measures in words: Measure, After tax, Before tax, What it says."""
    after = _said(case.after_tax, None, currency)
    before = _said(case.before_tax, case.benefit_cost_ratio, currency)
    after[-1] = before[-1]  # a ratio of what is served to what is spent, before tax in both columns
    return pd.DataFrame(
        {"Measure": list(MEANINGS), "After tax": after, "Before tax": before, "What it says": list(MEANINGS.values())}
    )


def notes(case: Case) -> list[str]:
    """Why a measure is not defined or cannot be trusted, for both bases."""
    both = [n for n in case.after_tax.notes if n in case.before_tax.notes]
    only_after = [f"After tax: {_lower(n)}" for n in case.after_tax.notes if n not in both]
    only_before = [f"Before tax: {_lower(n)}" for n in case.before_tax.notes if n not in both]
    return [*both, *only_after, *only_before, *case.notes]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def certainty(plan: Books, usual: Books) -> str:
    """How sure the difference of the two plans is, given the gap of each, and what the case leaves out."""
    return " ".join(filter(None, [_certain(plan, usual), owed_after(plan, usual)]))


def owed_after(plan: Books, usual: Books) -> str:
    """What is still owed under contract when the plan ends, which no flow of the case shows; blank for nothing."""
    currency = plan.plan.settings.currency
    ours, theirs = (float(b.outstanding["closing"].iloc[-1]) for b in (plan, usual))
    if max(ours, theirs) < 0.5:
        return ""
    return (
        f"Left out of the case: what falls due after the plan's end under contracts that go on, {fmt.money(ours, currency)} "
        f"here and {fmt.money(theirs, currency)} in business as usual (Commitments says when)."
    )


def _certain(plan: Books, usual: Books) -> str:
    currency = plan.plan.settings.currency
    d = Difference.between(plan.result, usual.result)
    if not d.certain:
        return (
            "No difference can be told: the two plans differ by less than the two gaps together, so a longer solve "
            "may turn the case round."
        )
    return (
        "Both plans are known to within their gaps. In cost, present value (what is not cash included), "
        f"business as usual at its best costs between {fmt.money(d.low, currency)} and {fmt.money(d.high, currency)} "
        "more than the plan at its best."
    )


def title(case: Case, currency: str, certain: bool) -> str:
    """What the case comes to, in one sentence."""
    npv, back = case.after_tax.npv, case.after_tax.discounted_payback
    if not certain:
        return "No difference between the plan and business as usual can be told from the two gaps"
    if npv <= 0:
        return f"The plan costs {fmt.money(-npv, currency)} more than business as usual, after tax"
    said = f"The plan is worth {fmt.money(npv, currency)} more than business as usual, after tax"
    if back is None:
        return said
    if back == 0:
        return f"{said}, and nothing is out of pocket on the way"
    return f"{said}, and pays back in {years(back)}"


def paid_back(plan: Books, usual: Books) -> Figure:
    """See `charts.investment.paid_back`."""
    case = plan.against(usual)
    currency = plan.plan.settings.currency
    labels = Calendar(plan.plan.settings).period_labels
    flows = case.flows.assign(period_label=[labels[t - 1] for t in case.flows["period"]])
    certain = Difference.between(plan.result, usual.result).certain
    return chart.paid_back(flows, currency, title(case, currency, certain))


def by_bearer(books: Books, team: bool = False) -> pd.DataFrame:
    """Return on investment of each workload or team, in present value of cash, as people read it."""
    currency = books.plan.settings.currency
    key = "team" if team else "to_workload"
    found = books.roi_by_team if team else books.roi_by_workload
    known = {**names(books.plan, "workloads").to_dict(), "": books.policy.platform}
    who = found[key].map(lambda k: k if team else known.get(k, k))
    return pd.DataFrame(
        {
            "Team" if team else "Workload": who,
            f"Value ({currency}, present value)": found["value"],
            f"Cost ({currency}, present value)": found["cost"],
            f"Net ({currency}, present value)": found["net"],
            "Return on investment": found["roi"].map(lambda v: UNDEFINED if pd.isna(v) else fmt.percent(v)),
            "Benefit-cost ratio": found["benefit_cost_ratio"].map(
                lambda v: UNDEFINED if pd.isna(v) else fmt.figures(v)
            ),
        }
    )
