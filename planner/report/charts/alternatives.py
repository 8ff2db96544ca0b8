"""Near-optimal plans: how far each measure goes at almost the least cost, and the moves that all plans make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from planner.explore.alternatives import CAPEX, CARBON_NAME, FREE_TO_LEAVE, HELD_DEVICES, LEAST, MOST, OWN, PLAN, SITES
from planner.explore.alternatives import VENDOR as VENDOR_
from planner.explore.no_regret import OPEN
from planner.plan.plan import Plan
from planner.plan.tables import COMMITTED, LEASED
from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, room_for_text, targets, tip
from planner.report.insight import Number
from planner.report.labels import names, offers
from planner.report.theme import ACCENT, INK, NEUTRAL, SIZE

SELECTION = "chosen"
TIE = "no difference"
"""What is said of a plan that is dearer by less than what the plan itself may be from the best."""
MEASURES = {
    CAPEX: words.CAPEX_NET,
    CARBON_NAME: "Carbon",
    SITES: "Sites kept at a cost, on average",
    HELD_DEVICES: "Devices held, on average",
    OWN: "Work on owned devices",
    FREE_TO_LEAVE: "Work without commitment",
}
SOUGHT = {
    f"{LEAST} {CAPEX}": "Least capex",
    f"{LEAST} {CARBON_NAME}": "Least carbon",
    f"{LEAST} {SITES}": "Fewest sites",
    f"{LEAST} {HELD_DEVICES}": "Fewest devices held",
    f"{LEAST} {OWN}": "Least owned",
    f"{MOST} {OWN}": "Most owned",
    f"{LEAST} {FREE_TO_LEAVE}": "Most committed",
    f"{MOST} {FREE_TO_LEAVE}": "Least committed",
}


def measure_name(measure: str) -> str:
    """A measure as people call it."""
    return f"Work with {measure.removeprefix(VENDOR_)}" if measure.startswith(VENDOR_) else MEASURES[measure]


def name(alternative: str) -> str:
    """An alternative as people call it: by what was sought."""
    if alternative == PLAN:
        return "This plan"
    if alternative in SOUGHT:
        return SOUGHT[alternative]
    sought, _, what = alternative.partition(" ")
    if what.startswith(VENDOR_):
        return f"{fmt.sentence(sought)} with {what.removeprefix(VENDOR_)}"
    return f"Another mix ({what})"


def measured(measure: str, value: float, currency: str) -> str:
    """A value of a measure with its unit."""
    if not np.isfinite(value):
        return fmt.DASH
    if measure == CAPEX:
        return fmt.money(value, currency)
    if measure == CARBON_NAME:
        return fmt.mass(value)
    if measure in (SITES, HELD_DEVICES):
        return fmt.figures(value)
    return fmt.percent(value)


def ranges(frames: Mapping[str, pd.DataFrame], facts: Mapping[str, Any], currency: str, chosen: str = "") -> Figure:
    """A line for each measure, from the least to the most that was found, a dot for each alternative.

    Every line has a scale of its own, from 0 to the most that is known. The grey bar is how far it may go.
    """
    rows, table_, values = frames["ranges"], frames["alternatives"], frames["values"]
    title = finding(frames, facts, currency)
    if rows.empty or len(table_) < 2:
        return empty("alternatives", title, "Nothing can be told apart in this plan, or nothing was found in time.")
    ends = rows.set_index("measure")
    proven_low = ends["low_proven"].fillna(ends["low"])
    proven_high = ends["high_proven"].fillna(ends["high"])
    low = np.minimum(0.0, np.minimum(ends["low"], proven_low))
    high = np.maximum(ends["high"], proven_high)
    width = (high - low).where(high > low, 1.0)

    def at(value: pd.Series, measure: pd.Series) -> np.ndarray:
        m = measure.to_numpy()
        return (value.to_numpy(float) - low.loc[m].to_numpy()) / width.loc[m].to_numpy()

    order = [measure_name(m) for m in rows["measure"]]
    # Alternatives that are the same in a measure would hide each other: the chosen one and the plan are drawn last.
    dots = values.assign(
        row=values["measure"].map(measure_name),
        at=at(values["value"], values["measure"]),
        name=values["alternative"].map(name),
        text=[measured(m, v, currency) for m, v in zip(values["measure"], values["value"], strict=True)],
        role=np.where(values["alternative"] == PLAN, "This plan", np.where(values["alternative"] == chosen, "Chosen", "Alternative")),
    )  # fmt: skip
    cost = table_.set_index("alternative")
    dots["extra"] = dots["alternative"].map({a: _dearer(r) for a, r in cost.to_dict("index").items()})
    spans = rows.assign(
        row=order,
        low_at=at(rows["low"], rows["measure"]),
        high_at=at(rows["high"], rows["measure"]),
        from_at=at(proven_low.reset_index(drop=True), rows["measure"]),
        to_at=at(proven_high.reset_index(drop=True), rows["measure"]),
        low_text=[measured(m, v, currency) for m, v in zip(rows["measure"], rows["low"], strict=True)],
        high_text=[measured(m, v, currency) for m, v in zip(rows["measure"], rows["high"], strict=True)],
    )
    y = alt.Y(
        "row:N",
        sort=order,
        title=None,
        # What follows a comma stands below: there is little room on a phone.
        axis=alt.Axis(
            domain=False,
            ticks=False,
            labelLimit=200,
            labelPadding=10,
            labelColor=INK.css,
            labelExpr="split(datum.label, ', ')",
        ),
    )
    x = alt.X("low_at:Q", axis=None, scale=room_for_text(-0.02, 1.0, 66))
    base = alt.Chart(spans)
    may = base.mark_rule(strokeWidth=3, opacity=0.35, color=NEUTRAL.css).encode(
        alt.X("from_at:Q", axis=None), y, alt.X2("to_at:Q")
    )
    span = base.mark_rule(strokeWidth=9, opacity=0.3, color=ACCENT.css, strokeCap="round").encode(
        x, y, alt.X2("high_at:Q")
    )
    lows = base.mark_text(align="left", dy=17, color=INK.css, fontSize=SIZE["label"]).encode(x, y, text="low_text:N")
    highs = base.mark_text(align="left", dx=14, color=INK.css, fontSize=SIZE["label"]).encode(
        alt.X("to_at:Q", axis=None), y, text="high_text:N"
    )
    domain = ["Alternative", "Chosen", "This plan"]
    click = alt.selection_point(name=SELECTION, fields=["alternative"], on="click", empty=False)
    marks = (
        alt.Chart(dots.sort_values("role"))
        .mark_point(filled=True, opacity=0.95)
        .encode(
            alt.X("at:Q", axis=None),
            y,
            color=alt.Color(
                "role:N",
                scale=alt.Scale(domain=domain, range=[NEUTRAL.css, ACCENT.css, INK.css]),
                legend=alt.Legend(title=None, columns=alt.ExprRef("width < 300 ? 1 : 3")),
            ),
            shape=alt.Shape("role:N", scale=alt.Scale(domain=domain, range=["circle", "square", "diamond"])),
            size=alt.condition("datum.role == 'Alternative'", alt.value(110), alt.value(200)),
        )
    )
    points = (
        targets(alt.Chart(dots.sort_values("role")))
        .encode(
            alt.X("at:Q", axis=None),
            y,
            tooltip=[tip("Plan", "name"), tip("Measure", "row"), tip("Value", "text"), tip("More cost", "extra")],
        )
        .add_params(click)
    )
    return Figure(
        "alternatives",
        title,
        note(facts),
        f"{title}. "
        + "; ".join(f"{r.row} from {r.low_text} to {r.high_text}" for r in spans.itertuples())
        + ".",
        alt.layer(may, span, marks, lows, highs, points).properties(height=alt.Step(52)),
        range_table(rows, currency),
    )  # fmt: skip


def finding(frames: Mapping[str, pd.DataFrame], facts: Mapping[str, Any], currency: str) -> str:
    """The main thing in a sentence."""
    table_ = frames["alternatives"]
    others = table_[table_["alternative"] != PLAN]
    share = fmt.percent(facts["share"])
    if others.empty:
        return f"No other plan was found at up to {share} more"
    far = others.loc[others["from_plan"].idxmax()]
    return f"{fmt.percent(far['from_plan'])} of the work can be done otherwise at {_more(far)}"


def _dearer(row: Mapping[Any, Any]) -> str:
    """What a plan costs more than the one in hand, as a share."""
    return TIE if row["tie"] else fmt.change(row["extra_share"], signed=True)


def _more(row: Mapping[Any, Any]) -> str:
    """The same as a part of a sentence."""
    return "no cost that could be told" if row["tie"] else f"{fmt.change(row['extra_share'])} more cost"


def note(facts: Mapping[str, Any]) -> str:
    """How to read the chart, and how honest it is."""
    said = [
        "Each dot is a plan; each line has its own scale, from zero. "
        "The coloured part was found, the thin grey part may be possible: beyond it nothing is, where it was proven."
    ]
    if facts["missing"]:
        said.append(f"Not found in the time given: {fmt.listing([name(m).lower() for m in facts['missing']])}.")
    if facts["no_further"]:
        said.append(
            f"Already as far as was found in this plan: {fmt.listing([name(n).lower() for n in facts['no_further']])}."
        )
    if facts["cancelled"]:
        said.append("The search was stopped early.")
    return " ".join(said)


def range_table(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The ranges as texts: now, found and proven at both ends."""

    def texts(column: str) -> list[str]:
        return [measured(m, v, currency) for m, v in zip(rows["measure"], rows[column], strict=True)]

    return pd.DataFrame(
        {
            "Measure": [measure_name(m) for m in rows["measure"]],
            "This plan": texts("now"),
            "Least found": texts("low"),
            "Most found": texts("high"),
            "Proven: no less than": texts("low_proven"),
            "Proven: no more than": texts("high_proven"),
        }
    )


def alternative_table(frames: Mapping[str, pd.DataFrame], currency: str, exact: bool = False) -> pd.DataFrame:
    """The alternatives, a row each: cost, what it is more, how much of the work differs, every measure.

    As people read them, or, for files, `exact`: numbers, with their unit in the heading.
    """
    rows = frames["alternatives"]
    values = frames["values"].pivot_table(index="alternative", columns="measure", values="value", sort=False)

    def money(amounts: pd.Series) -> Any:
        return amounts.astype(float) if exact else [fmt.money(v, currency) for v in amounts]

    def share(shares: pd.Series) -> Any:
        return shares.astype(float) if exact else [fmt.percent(v) for v in shares]

    def heading(words_: str, unit: str) -> str:
        return f"{words_} ({unit})" if exact and unit else words_

    dearer = [fmt.DASH if r["alternative"] == PLAN else _dearer(r) for r in rows.to_dict("records")]
    out: dict[str, Any] = {
        "Plan": rows["alternative"].map(name),
        words.heading(words.COST, currency) if exact else words.COST: money(rows["cost"]),
        words.heading(words.CASH, currency) if exact else words.CASH: money(rows["cash"]),
        "Share more than this plan" if exact else "More than this plan": rows["extra_share"] if exact else dearer,
        "Share of work done otherwise" if exact else "Work done otherwise": share(rows["from_plan"]),
    }
    for measure in frames["ranges"]["measure"]:
        each = values[measure].reindex(rows["alternative"])
        unit = {CAPEX: currency, CARBON_NAME: "t CO2e", SITES: "", HELD_DEVICES: ""}.get(measure, "share")
        texts = [measured(measure, v, currency) for v in each]
        out[heading(measure_name(measure), unit)] = each.to_numpy(float) if exact else texts
    return pd.DataFrame(out).reset_index(drop=True)


def no_regret_table(plan: Plan, moves: pd.DataFrame) -> pd.DataFrame:
    """The moves that all plans make, by the last date to order: by, what, devices, in service."""
    if moves.empty:
        return pd.DataFrame({"Order by": [], "Devices": [], "What": [], "In service": []})
    known, site = offers(plan), names(plan, "sites")
    what = []
    for move in moves.itertuples():
        if move.kind == OPEN:
            what.append(f"Open {site[move.what]}")
            continue
        row = known.loc[move.what]
        verb = {COMMITTED: "Commit to", LEASED: "Lease"}.get(str(row["pricing"]), "Order")
        term = f", {row['term_months']} months" if row["pricing"] in (COMMITTED, LEASED) else ""
        what.append(f"{verb} {row['where']}{term}")
    return pd.DataFrame(
        {
            "Order by": moves["by"].map(fmt.month),
            "Devices": moves["count"].where(moves["kind"] != OPEN).astype(float),
            "What": what,
            "In service": moves["service"].map(fmt.month),
        }
    ).reset_index(drop=True)


def no_regret_finding(moves: pd.DataFrame, count: int) -> str:
    """The moves in a sentence."""
    if moves.empty:
        return f"No order is the same in all {count} plans"
    first = fmt.month(str(moves["by"].min()), long=True)
    orders = moves[moves["kind"] != OPEN]
    devices = f"{fmt.compact(float(orders['count'].sum()))} devices" if len(orders) else "openings alone"
    return f"No regret: {fmt.plural(len(moves), 'move')} ({devices}) in all {count} plans, the first by {first}"


def headline(row: Mapping[str, Any], facts: Mapping[str, Any], currency: str) -> tuple[Number, ...]:
    """An alternative in five numbers."""
    own = row["alternative"] == PLAN
    extra = "" if own else TIE if row["tie"] else fmt.money(row["extra"], currency, signed=True)
    return (
        Number(words.COST, fmt.money(row["cost"], currency), extra, note=words.told_of(row, currency)),
        Number("More than this plan", fmt.DASH if own or row["tie"] else fmt.change(row["extra_share"], signed=True)),
        Number("Work done otherwise", fmt.percent(row["from_plan"])),
        Number(words.CAPEX_NET, fmt.money(row["capex"], currency)),
        Number("Carbon, CO2e", fmt.mass(row["carbon_t"])),
    )
