"""Charts of marginal cost: what the next unit costs against the average one, and how that moves over the plan."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from planner.explore.marginal import TOLD, UNSOLVED
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts.base import HEIGHT, Figure, empty, legend, period_axis, table, tip
from planner.report.charts.statement import money_axis
from planner.report.labels import Calendar, names
from planner.report.theme import ACCENT, INK, MUTED, NEUTRAL

WHOLE, DIVISIBLE, AVERAGE = "In whole devices", "Devices divisible", "Average"
FAR = 3.0
"""Shares of the average beyond this are drawn here, so that one workload does not flatten the rest."""


def _readable(plan: Plan, frame: pd.DataFrame) -> pd.DataFrame:
    known = names(plan, "workloads").to_dict()
    return frame.assign(name=[str(known.get(w, w)) for w in frame["workload"]])


def headline(plan: Plan, marginal: pd.DataFrame) -> str:
    """For how many workloads the next unit is cheaper than the average one: in whole devices, and with them divisible."""
    whole = _against_average(marginal[marginal["state"] == TOLD], "low", "high")
    divisible = _against_average(marginal[marginal["divisible"].notna()], "divisible", "divisible")
    if not whole and not divisible:
        return "What the next unit costs is not known"
    if whole == divisible:
        return f"The next unit, in whole devices and divisible ones alike, costs {whole}"
    said = [f"costs {whole}, in whole devices"] if whole else []
    said += [f"costs {divisible}, with devices divisible"] if divisible else []
    return f"The next unit {'; it '.join(said)}"


def _against_average(known: pd.DataFrame, low: str, high: str) -> str:
    """For how many workloads it costs less and more than a unit on average, beyond the interval from `low` to `high`.

    What lies within half a per cent of the average, or whose interval holds it, is neither. Blank where nothing is known.
    """
    known = known[known["average"] > 0]
    if known.empty:
        return ""
    less = int((known[high] < 0.995 * known["average"]).sum())
    more = int((known[low] > 1.005 * known["average"]).sum())
    of = fmt.plural(len(known), "workload")
    if not less and not more:
        return "as much as one on average"
    if less and more:
        return f"less than the average one for {less} of {of}, more for {more}"
    n, word = (less, "less") if less else (more, "more")
    which = f"all {of}" if n == len(known) > 1 else of if n == len(known) else f"{n} of {of}"
    return f"{word} than the average one for {which}"


def next_unit(plan: Plan, marginal: pd.DataFrame, currency: str, step: float) -> Figure:
    """The next unit of each workload as a share of its average cost: in whole devices, with what the gaps leave, and
    with devices divisible."""
    title, name = headline(plan, marginal), "marginal-cost"
    rows = _readable(plan, marginal)
    usable = rows[rows["average"] > 0]
    if usable.empty:
        return empty(name, title, "No workload has a cost.")
    shares = {c: usable[c] / usable["average"] for c in ("marginal", "low", "high", "divisible")}
    told = usable["state"] == TOLD
    points = pd.concat(
        [
            usable.assign(kind=WHOLE, share=shares["marginal"], price=usable["marginal"])[told],
            usable.assign(kind=DIVISIBLE, share=shares["divisible"], price=usable["divisible"]),
        ]
    ).dropna(subset=["share"])
    points = points.assign(
        at=points["share"].clip(0.0, FAR),
        price_text=_prices(points["price"], points["unit"], currency),
        average_text=_prices(points["average"], points["unit"], currency),
        share_text=points["share"].map(fmt.percent),
    )
    spans = usable.assign(low=shares["low"].clip(0.0, FAR), high=shares["high"].clip(0.0, FAR))
    spans = spans[(usable["state"] != UNSOLVED) & (spans["high"] > spans["low"])].assign(
        low_text=lambda d: _prices(d["low"] * d["average"], d["unit"], currency),
        high_text=lambda d: _prices(d["high"] * d["average"], d["unit"], currency),
    )
    y = alt.Y(
        "name:N",
        sort=list(usable["name"]),
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=150, labelColor=INK.css),
    )
    most = max(1.3, float(points["at"].max()) * 1.05, float(spans["high"].max()) * 1.02 if len(spans) else 0.0)
    x = alt.X(
        "at:Q",
        title="Share of the average cost",
        axis=alt.Axis(format=fmt.D3_PERCENT, tickCount=5),
        scale=alt.Scale(domain=[0, most], nice=False),
    )
    ranges = (
        alt.Chart(spans)
        .mark_rule(strokeWidth=5, opacity=0.35, color=NEUTRAL.css)
        .encode(
            x=alt.X("low:Q"),
            x2="high:Q",
            y=y,
            tooltip=[tip("Workload", "name"), tip("At least", "low_text"), tip("At most", "high_text")],
        )
    )
    kinds = [k for k in (DIVISIBLE, WHOLE) if k in set(points["kind"])]
    marks = (
        alt.Chart(points)
        .mark_point(filled=True, size=120, opacity=1)
        .encode(
            x,
            y,
            alt.Color(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=[{DIVISIBLE: ACCENT, WHOLE: INK}[k].css for k in kinds]),
                legend=legend(len(kinds), 3, 2),
            ),
            alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=[{DIVISIBLE: "circle", WHOLE: "diamond"}[k] for k in kinds]),
            ),
            tooltip=[
                tip("Workload", "name"),
                tip("Reckoned", "kind"),
                tip("One more unit", "price_text"),
                tip("On average", "average_text"),
                tip("Share", "share_text"),
            ],
        )
    )
    one = alt.Chart(pd.DataFrame({"one": [1.0]})).mark_rule(color=MUTED.css, strokeWidth=1.5).encode(x="one:Q")
    said = "; ".join(f"{n}, {k.lower()}: {s}" for n, k, s in zip(points["name"], points["kind"], points["share_text"], strict=True))  # fmt: skip
    more = fmt.percent(step)
    return Figure(
        name,
        title,
        f"Cost, present value, what is not cash included. In whole devices: a second solve with {more} more demand; the bar is what the gaps of both solves leave. Devices "
        "divisible: the slope of the relaxed problem at today's demand. The line is the average cost.",
        f"{title}. {said}.",
        alt.layer(one, ranges, marks).properties(height=alt.Step(34)),
        unit_table(plan, marginal, currency, step),
    )


def _prices(values: pd.Series, units: pd.Series, currency: str) -> list[str]:
    return [fmt.unit_price(v, currency, str(u)) for v, u in zip(values, units, strict=True)]


def unit_table(plan: Plan, marginal: pd.DataFrame, currency: str, step: float) -> pd.DataFrame:
    """Average and marginal cost of a unit of every workload, as people read it."""
    rows = _readable(plan, marginal)
    more = fmt.percent(step)
    words = {TOLD: "Known", UNSOLVED: "Not solved"}
    told = rows["state"] == TOLD

    def price(column: str, where: pd.Series | None = None) -> list[str]:
        values = rows[column] if where is None else rows[column].where(where)
        # A bound that is not known is no number to show.
        return _prices(values.where(values.abs() < 1e12), rows["unit"], currency)

    return pd.DataFrame(
        {
            "Workload": rows["name"],
            "Average": price("average"),
            "Next unit, devices divisible": price("divisible"),
            f"One of {more} more": price("marginal", told),
            "At least": price("low", rows["state"] != UNSOLVED),
            "At most": price("high", rows["state"] != UNSOLVED),
            "State": [words.get(str(s), "Smaller than the gaps") for s in rows["state"]],
        }
    )


def over_time(plan: Plan, periods: pd.DataFrame, workload: str, currency: str) -> Figure:
    """One more unit of a workload by period (devices divisible) beside the average expense for a unit."""
    name = f"marginal-{workload}"
    called = str(names(plan, "workloads").get(workload, workload))
    unit = str(plan.table("workloads").set_index("workload").loc[workload, "unit"])
    labels = Calendar(plan.settings).period_labels
    rows = periods[periods["workload"] == workload].sort_values("period")
    if rows.empty:
        return empty(name, f"{called}: not known by period", "The relaxation was not solved, or there is no demand.")
    rows = rows.assign(period_label=[labels[t - 1] for t in rows["period"]])
    long = rows.melt(["period_label"], ["marginal", "average"], "kind", "cost").dropna(subset=["cost"])
    long["kind"] = long["kind"].map({"marginal": DIVISIBLE, "average": AVERAGE})
    long["text"] = [fmt.unit_price(v, currency, unit) for v in long["cost"]]
    top = rows.loc[rows["marginal"].idxmax()]
    dear = fmt.unit_price(float(top["marginal"]), currency, unit)
    title = f"{called}: one more unit costs most in {top['period_label']}, {dear}"
    if np.ptp(rows["marginal"]) <= 0.005 * abs(float(top["marginal"])):
        title = f"{called}: one more unit costs {dear} in every period"
    kinds = [DIVISIBLE, AVERAGE]
    lines = (
        alt.Chart(long)
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=45, filled=True), interpolate="linear")
        .encode(
            period_axis(labels),
            alt.Y("cost:Q", title=None, axis=money_axis(currency)),
            alt.Color(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=[ACCENT.css, NEUTRAL.css]),
                legend=legend(2, 3, 2),
            ),
            tooltip=[tip("Period", "period_label"), tip("Which", "kind"), tip("A unit", "text")],
        )
    )
    said = "; ".join(f"{p} {fmt.unit_price(v, currency, unit)}" for p, v in zip(rows["period_label"], rows["marginal"], strict=True))  # fmt: skip
    return Figure(
        name,
        title,
        f"Nominal, for one {unit}. One more unit with devices divisible: where a peak calls for a device, its period bears "
        "the whole of it. Average: expense for a unit served.",
        f"{title}. {said}.",
        lines.properties(height=HEIGHT),
        table(
            rows,
            {
                "period_label": "Period",
                "volume": "Units demanded",
                "marginal": f"One more unit ({currency})",
                "average": f"Average expense ({currency})",
            },
        ),
    )
