"""Charts of a negotiation brief: what a vendor wins at each price, what terms are worth, who takes his place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from planner.explore.gone import meaning
from planner.explore.question import Answer
from planner.explore.signed import SIGNED
from planner.report import format as fmt
from planner.report.charts.base import HEIGHT, Figure, empty, table, tip
from planner.report.theme import ACCENT, BAD, GOOD, INK, MUTED, NEUTRAL, SIZE

BOUGHT, PAID = "Bought, at today's prices", "Paid"
WORTH, COSTS, SAME = "Worth to us", "Costs us", "No difference that could be told"
MORE, LESS = "Gets more", "Gets less"
WIDEST = 5.0
"""Price factor beyond which the curve is not drawn."""
NOBODY = "No vendor named"
WORTH_HEADING = "Worth to us, cost in present value"


def times(factor: float | None) -> str:
    """A price factor as people say it: 62 %, 225 %."""
    return fmt.percent(factor, 3)


def curve(answer: Answer) -> Figure:
    """Volume won and money paid over the price, with the walk-away and target price as marks."""
    facts, pieces = answer.facts, answer.frames["curve"]
    name = "negotiation-curve"
    title = curve_finding(facts)
    if pieces["volume"].max() <= 0:
        return empty(name, title, "Nothing is bought at any price that was tried.")
    currency = facts["currency"]
    marks = _marks(facts)
    right = min(float(pieces["factor_to"].max()), WIDEST)
    drawn = pieces[pieces["factor_from"] < right].assign(factor_to=pieces["factor_to"].clip(upper=right))
    ends = [
        drawn.assign(factor=drawn[f"factor_{end}"], order=2 * np.arange(len(drawn)) + i)
        for i, end in enumerate(("from", "to"))
    ]
    points = pd.concat(ends).sort_values("order")
    lines = pd.concat(
        [
            points.assign(line=BOUGHT, value=points["volume"]),
            points.assign(line=PAID, value=points["factor"] * points["volume"]),
        ]
    )
    solved = answer.frames["points"].assign(line=BOUGHT)
    solved = _told(solved[solved["factor"] <= right], currency)
    lines = _told(lines, currency)
    x = alt.X(
        "factor:Q",
        title="Price, as a share of today's",
        axis=alt.Axis(format=fmt.D3_PERCENT, tickCount=6),
        scale=alt.Scale(domain=[float(drawn["factor_from"].min()), right], nice=False, zero=False),
    )
    y = alt.Y(
        "value:Q", title=None, axis=alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=5), scale=alt.Scale(zero=True)
    )
    color = alt.Color(
        "line:N", scale=alt.Scale(domain=[BOUGHT, PAID], range=[ACCENT.css, NEUTRAL.css]), legend=alt.Legend()
    )
    dash = alt.StrokeDash("line:N", scale=alt.Scale(domain=[BOUGHT, PAID], range=[[1, 0], [5, 4]]), legend=None)
    tips = [
        tip("Price", "factor_text"),
        tip("Paid a year", "paid_text"),
        tip("Devices", "devices_text"),
        tip("Device-hours a year", "hours_text"),
        tip("Units by token a year", "units_text"),
    ]
    line = alt.Chart(lines).mark_line().encode(x, y, color=color, strokeDash=dash, order="order:Q", tooltip=tips)
    dots = (
        alt.Chart(solved)
        .mark_point(filled=True, size=46, opacity=1.0, color=ACCENT.css)
        .encode(x, alt.Y("volume:Q"), tooltip=[*tips, tip("Solve", "gap_text")])
    )
    rules = alt.Chart(marks).mark_rule(strokeWidth=1.5, strokeDash=[2, 2], color=INK.css).encode(alt.X("factor:Q"))
    labels = (
        alt.Chart(marks)
        .mark_text(align="left", dx=5, baseline="top", fontSize=SIZE["label"], fontWeight=600, color=INK.css)
        .encode(alt.X("factor:Q"), y=alt.Y("px:Q", scale=None), text="text:N")
    )
    note = "A year, nominal. Each step is a decision that changes. Dots are solves"
    note += (
        ", the line is the best plan known at each price."
        if facts["proven"]
        else (", the line is the best plan known that the policies on money allow at each price.")
    )
    return Figure(
        name,
        title,
        note,
        f"{title}. {len(pieces)} ranges of prices, each with its own plan.",
        alt.layer(line, dots, rules, labels).properties(height=HEIGHT + 40),
        curve_table(answer),
    )


def curve_finding(facts: Mapping[str, Any]) -> str:
    """What the curve says, in a sentence."""
    name, currency = facts["provider"], facts["currency"]
    away = facts["walk_away"]
    if not facts["wins_now"]:
        return (
            f"{name} wins nothing today; below {times(away)} of its price it would"
            if away
            else (f"{name} wins nothing, even at {times(facts['lowest'])} of today's price")
        )
    wins = f"{name} wins {fmt.money(facts['spend_now'], currency)} a year today"
    if away is not None:
        return f"{wins} and nothing from {times(away)} of its price on"
    if facts["gone"] == "infeasible":
        return f"{wins}, and no plan does without it"
    return f"{wins} and still something at {times(facts['highest'])} of its price"


def curve_table(answer: Answer) -> pd.DataFrame:
    """The ranges of prices under headings that people read."""
    frame, currency = answer.frames["curve"], answer.facts["currency"]
    headings = {
        "factor_from": "Share of today's price from",
        "factor_to": "Share of today's price to",
        "devices": "Devices",
        "device_hours": "Device-hours a year",
        "units": "Units by token a year",
        "spend_from": f"Paid a year from ({currency})",
        "spend_to": f"Paid a year to ({currency})",
    }
    used = [c for c in headings if c != "units" or frame["units"].any()]
    return table(frame, {c: headings[c] for c in used})


def terms(answer: Answer) -> Figure:
    """What each term is worth to us in present value, and as a share of the price."""
    facts, frame = answer.facts, answer.frames["terms"]
    name, currency = "negotiation-terms", facts["currency"]
    frame = frame[frame["value_pv"].notna()].sort_values("value_pv", ascending=False)
    title = terms_finding(answer)
    if frame.empty:
        return empty(name, title, "No term of this vendor's offers could be valued.")
    kind = np.where(~frame["certain"], SAME, np.where(frame["value_pv"] > 0, WORTH, COSTS))
    drawn = frame.assign(kind=kind, text=[term_text(r, currency) for r in frame.to_dict("records")])
    drawn["range_text"] = [
        f"{fmt.money(r.low_pv, currency)} to {fmt.money(r.high_pv, currency)}" for r in frame.itertuples(index=False)
    ]
    low, high = min(0.0, float(drawn["value_pv"].min())), max(0.0, float(drawn["value_pv"].max()))
    span = (high - low) or 1.0
    tones = {WORTH: GOOD, COSTS: BAD, SAME: NEUTRAL}
    present = [k for k in tones if k in set(kind)]
    y = alt.Y(
        "label:N",
        sort=list(drawn["label"]),
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=190, labelPadding=10, labelColor=INK.css),
    )
    x = alt.X(
        "value_pv:Q",
        title="Cost saved, present value",
        axis=alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=4, grid=True),
        scale=alt.Scale(domain=[low - 0.03 * span, high + 0.03 * span], nice=False),
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(height=18)
        .encode(
            x,
            y,
            alt.Color(
                "kind:N",
                scale=alt.Scale(domain=present, range=[tones[k].css for k in present]),
                legend=alt.Legend(columns=1 if SAME in present else 2, labelLimit=300),
            ),
            opacity=alt.condition(f"datum.kind == {SAME!r}", alt.value(0.45), alt.value(1.0)),
            tooltip=[tip("Term", "label"), tip("Means", "change"), tip("Worth", "text"), tip("Proven", "range_text")],
        )
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=INK.css, strokeWidth=1.5).encode(x="zero:Q")
    return Figure(
        name,
        title,
        "Each term alone, at today's prices, against the plan as it is. Pale: not more than the gaps of the two solves.",
        f"{title}. " + "; ".join(f"{r.label}: {r.text}" for r in drawn.itertuples(index=False)) + ".",
        alt.layer(bars, zero).properties(height=alt.Step(34)),
        terms_table(answer),
    )


def term_text(row: Mapping[str, Any], currency: str, short: bool = False) -> str:
    """The worth of a term in words: +$310 k (2.1 % of the price); no difference that could be told."""
    if not pd.notna(row["value_pv"]):
        return "no plan" if row["status"] == "infeasible" else "not solved"
    if not row["certain"]:
        divisible = row["divisible_pv"]
        if short:
            return "within the gaps" + (
                f"; {fmt.money(divisible, currency, signed=True)}*" if pd.notna(divisible) else ""
            )
        if not pd.notna(divisible):
            return SAME.lower()
        return f"{SAME.lower()} ({fmt.money(divisible, currency, signed=True)} with divisible devices)"
    share = f" ({fmt.percent(abs(row['share']))} of the price)" if pd.notna(row["share"]) else ""
    return fmt.money(row["value_pv"], currency, signed=True) + share


def terms_finding(answer: Answer) -> str:
    """Which term is worth most to us."""
    frame, currency = answer.frames["terms"], answer.facts["currency"]
    sure = frame[frame["certain"]]
    if sure.empty:
        return "No term alone makes a difference that could be told"
    best, worst = sure.loc[sure["value_pv"].idxmax()], sure.loc[sure["value_pv"].idxmin()]
    if best["value_pv"] > 0:
        return f"{best['label']} is worth most: {fmt.money(best['value_pv'], currency)}"
    return f"{worst['label']} would cost us most: {fmt.money(-worst['value_pv'], currency)}"


def terms_table(answer: Answer, short: bool = False) -> pd.DataFrame:
    """The terms in words: term, what it means, worth; `short` for where there is little room, * being divisible devices."""
    currency = answer.facts["currency"]
    frame = answer.frames["terms"].sort_values("value_pv", ascending=False)
    frame = frame.assign(worth=[term_text(r, currency, short) for r in frame.to_dict("records")])
    return table(frame, {"label": "Term", "change": "Means", "worth": WORTH_HEADING})


def alternatives(answer: Answer, labels: pd.Series) -> Figure:
    """Who is paid more and less when the vendor is gone. `labels`: names of offers by their identifiers."""
    facts, frame = answer.facts, answer.frames["alternatives"]
    name, currency = "negotiation-alternatives", facts["currency"]
    title = gone_finding(facts)
    if frame.empty:
        return empty(name, title, "; ".join(facts["conflicts"][:3]) or "Nothing changes when this vendor is gone.")
    by_vendor = frame.groupby("provider", as_index=False)["change"].sum().sort_values("change", ascending=False)
    drawn = by_vendor.assign(
        name=by_vendor["provider"].where(by_vendor["provider"] != "", NOBODY),
        kind=np.where(by_vendor["change"] > 0, MORE, LESS),
        text=[fmt.money(v, currency, signed=True) for v in by_vendor["change"]],
    )
    present = [k for k in (MORE, LESS) if k in set(drawn["kind"])]
    low, high = min(0.0, float(drawn["change"].min())), max(0.0, float(drawn["change"].max()))
    room = 0.04 * (high - low)
    chart = (
        alt.Chart(drawn)
        .mark_bar(height=18)
        .encode(
            alt.X(
                "change:Q",
                title="Change of spend a year",
                axis=alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=4, grid=True),
                scale=alt.Scale(domain=[low - room, high + room], nice=False),
            ),
            alt.Y(
                "name:N",
                sort=list(drawn["name"]),
                title=None,
                axis=alt.Axis(domain=False, ticks=False, labelLimit=140, labelPadding=10, labelColor=INK.css),
            ),
            alt.Color(
                "kind:N",
                scale=alt.Scale(domain=present, range=[{MORE: ACCENT.css, LESS: MUTED.css}[k] for k in present]),
                legend=alt.Legend(columns=2),
            ),
            tooltip=[tip("Vendor", "name"), tip("A year", "text")],
        )
    )
    said = "; ".join(f"{r.name} {r.text}" for r in drawn.itertuples(index=False))
    return Figure(
        name,
        title,
        "Cash a year on the offers of each vendor, without this one against with it at today's prices. "
        "The table has every offer.",
        f"{title}. {said}.",
        chart.properties(height=alt.Step(34)),
        table(
            frame.assign(what=named(frame["offer"], labels)),
            {
                "provider": "Vendor",
                "what": "Offer",
                "spend_before": f"A year, with ({currency})",
                "spend_after": f"A year, without ({currency})",
                "change": f"Change ({currency})",
            },
        ),
    )


def gone_finding(facts: Mapping[str, Any]) -> str:
    """What it costs to do without the vendor."""
    name, currency = facts["provider"], facts["currency"]
    if facts.get("gone_pv") is None:
        if facts["gone"] != "infeasible":
            return f"What it costs without {name} is not known"
        return f"No plan does without {name}" + (" as the rules are" if facts.get("eased") else "")
    if not facts["gone_certain"]:
        return f"Without {name} the plan costs no more than could be told"
    return f"Without {name} the plan costs {fmt.money(facts['gone_pv'], currency)} more"


def eased_finding(facts: Mapping[str, Any]) -> str:
    """What doing without would cost if what stands in the way gave way; blank where that is not known."""
    eased, currency = facts.get("eased"), facts["currency"]
    if not eased:
        return ""
    changed = "With that changed" if len(facts["conflicts"]) == 1 else "With all of that changed"
    return f"{changed}, the plan without {facts['provider']} {_costs(eased, currency)}."


def gone_meaning(facts: Mapping[str, Any]) -> str:
    """What without means here, and what it would be to lose at once what is signed too."""
    name, once = facts["provider"], facts.get("at_once")
    said = meaning(name, signed=once is not None)
    if facts["gone"] == "infeasible" and (not facts["wins_now"] or facts.get("unpaid")):
        dear = "At a high enough price" if facts["walk_away"] is None else "From its walk-away price on"
        who = f"{dear} {name}" if facts["wins_now"] else name
        said = f"{who} is paid nothing and is needed all the same: what could be had of it counts as a reserve. {said}"
    if once is None:
        return said
    said += " Gone at once, with what is signed lost too and what is still owed for it on top,"
    if once.get("pv") is not None:
        return f"{said} the plan {_costs(once, facts['currency'])}."
    if once["status"] != "infeasible":
        return f"{said} was not solved in time."
    reasons = fmt.plural(len(once["conflicts"]), "change")
    return (
        f"{said} no plan meets every rule: at least {reasons} would be needed."
        if once["conflicts"]
        else (f"{said} no plan meets every rule.")
    )


def _costs(difference: Mapping[str, Any], currency: str) -> str:
    """A difference of cost as a verb: costs $5.10 M more in present value."""
    if not difference["certain"]:
        return "costs no more or less than the gaps could tell"
    side = "more" if difference["pv"] > 0 else "less"
    return f"costs {fmt.money(abs(difference['pv']), currency)} {side} in present value"


def price_table(answer: Answer, labels: pd.Series) -> pd.DataFrame:
    """The vendor's prices today, to walk away from, and to aim at, by offer; only what is used where something is."""
    frame, currency = answer.frames["offers"], answer.facts["currency"]
    if (frame["spend"] > 0).any():
        frame = frame[frame["spend"] > 0]
    prices = ("today", "target", "walk_away")
    per = frame.get("per", "")  # answers that were kept before do not say per what
    out = frame.assign(what=named(frame["offer"], labels), per=per)
    out = out.assign(**{f"{c}_text": [fmt.money(v, currency) for v in out[c]] for c in prices})
    # Several prices of an offer are paid together: its spend stands once.
    again = out["offer"].duplicated()
    out = out.assign(spend_text=["" if r else fmt.money(v, currency) for v, r in zip(out["spend"], again, strict=True)])
    headings = {"what": "Offer", "per": "Price per", "today_text": "Today", "target_text": "Target"}
    return table(out, {**headings, "walk_away_text": "Walk away", "spend_text": "Spend a year"})


def named(offers: pd.Series, labels: pd.Series) -> list[str]:
    """Names of offers; what is signed already says so."""
    plain = offers.astype(object).where(~offers.str.endswith(SIGNED), offers.str.removesuffix(SIGNED))
    return [
        str(labels.get(p, p)) + (SIGNED if p != o else "") for o, p in zip(offers.astype(object), plain, strict=True)
    ]


def _marks(facts: Mapping[str, Any]) -> pd.DataFrame:
    """The prices that matter, each with its words, the texts below one another where they are near."""
    rows = [(1.0, "Today")]
    if facts["target"] is not None:
        rows.append((facts["target"], f"Target {times(facts['target'])}"))
    if facts["walk_away"] is not None and facts["walk_away"] <= WIDEST:
        rows.append((facts["walk_away"], f"Walk away {times(facts['walk_away'])}"))
    frame = pd.DataFrame(rows, columns=["factor", "text"]).sort_values("factor")
    return frame.assign(px=4.0 + 15.0 * np.arange(len(frame)))


def _told(frame: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The frame with its numbers as text for tooltips."""
    out = frame.assign(
        factor_text=[times(f) for f in frame["factor"]],
        paid_text=[fmt.money(f * v, currency) for f, v in zip(frame["factor"], frame["volume"], strict=True)],
        devices_text=frame["devices"].map(fmt.compact),
        hours_text=frame["device_hours"].map(fmt.compact),
        units_text=frame["units"].map(fmt.compact),
    )
    if "gap" in out:
        out["gap_text"] = out["gap"].map(fmt.gap)
    return out
