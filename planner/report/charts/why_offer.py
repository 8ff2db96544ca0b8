"""Charts and numbers of why an offer is in the plan or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from planner.explore.excuses import DATE, SHARE_OF
from planner.explore.question import Answer
from planner.plan.oddity import View
from planner.plan.plan import Plan
from planner.plan.tables import API
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, table, tip
from planner.report.charts.why import move_bars
from planner.report.insight import Number
from planner.report.labels import Calendar, offers
from planner.report.theme import ACCENT, GOOD, INK, NEUTRAL, SIZE
from planner.result.result import Result

STATES = {"in the plan": ACCENT, "not in it": NEUTRAL, "cannot be served": NEUTRAL, "not solved": NEUTRAL}
CHEAPER = {True: "A plan with it is cheaper", False: "No cheaper plan with it was found"}
ROOM_FOR_WORDS, ROOMY = 1.35, 0.45
"""Height of a chart over its marks, and the share of its width, that words need."""
PRESENT = "Present value over the years of the plan."
MOVES = 8
"""Offers whose change is drawn; the table has all."""
LIMITS = (
    "What is in the plan, and what is told of other prices and volumes, is in whole devices: each solve is within its "
    "gap, and a cost smaller than the gaps together is no difference. With divisible devices (the relaxation), devices "
    "and yes-or-no decisions can be had in parts: it has no gap and tells small amounts apart, for a plan that could "
    "order half a device. There may be other mixes that replace the offer at the same cost. Money a year is present "
    "value over the years of the plan."
)


def choices(plan: Plan, result: Result) -> dict[str, str]:
    """Every offer by what people call it, those in the plan first, each with where it stands."""
    known = offers(plan)
    ledger = result.ledger.groupby("offer")["present_value"].sum()
    volume = result.frames["dispatch"].groupby("offer")["volume"].sum()
    spent = ledger.reindex(known.index).fillna(0.0)
    used = volume.reindex(known.index).fillna(0.0) > 0
    order = pd.DataFrame({"used": ~used, "spent": -spent}).sort_values(["used", "spent"], kind="stable").index
    return {str(o): f"{known.loc[o, 'label']}{'' if used[o] else ' (not used)'}" for o in order}


def headline(plan: Plan, facts: Mapping[str, Any]) -> tuple[Number, ...]:
    """The offer's numbers: where it stands, its price and where that turns, its use and where that pays, the swap."""
    currency = str(facts["currency"])
    out = [_stands(plan, facts, currency)]
    turn, price = facts["break_even"], facts["price"]
    if price and turn:
        out.append(_turns(facts, turn, price, currency))
    if facts["reduced_cost"]:
        out.append(_margin(facts["reduced_cost"], currency))
    if facts["use"]:
        out.append(_use(facts["use"]))
    if facts["swap"]:
        out.append(_swap(facts, facts["swap"], currency))
    if facts["lifted"]:
        x = facts["lifted"]
        value = fmt.money(x["a_year"], currency) if x["certain"] else "no difference"
        rules = fmt.sentence(fmt.listing(list(x["rules"])))
        out.append(Number("Without its bars, saved a year", value, rules, help=PRESENT))
    return tuple(out)


def _stands(plan: Plan, facts: Mapping[str, Any], currency: str) -> Number:
    if facts["in_plan"]:
        unit, amount = str(facts["unit"]), float(facts["amount"])
        since = f" since {fmt.month(str(facts['first']))}" if facts["first"] else ""
        paid = f"{fmt.money(facts['paid_a_year'], currency)} a year{since}"
        if facts["pricing"] != API:
            return Number("In the plan", fmt.quantity(amount, unit), paid, help=PRESENT)
        size, what = fmt.counted_up_to(amount, unit)
        return Number("In the plan", fmt.compact(amount * size), f"{what}; {paid}", help=f"Over the plan. {PRESENT}")
    if facts["assets"] > 0:
        return Number(
            "In the plan", f"{fmt.compact(float(facts['assets']))} {facts['unit']}", "there already, no more of it"
        )
    return Number("In the plan", "no", "cannot be, as things are" if facts["barred"] else "could be, at a price")


def _turns(facts: Mapping[str, Any], turn: Mapping[str, Any], price: Mapping[str, Any], currency: str) -> Number:
    label = "Leaves above" if facts["in_plan"] else "Enters below"
    factor = turn["told"]
    if factor is None:
        return Number(label, fmt.DASH, "no price was found")
    per = str(price["per"])
    if factor <= 0:
        return Number(label, "at no price", "what else it costs is more than it saves")
    found = {"in whole devices": turn["found"], "with divisible devices": turn["relaxed"]}
    told = fmt.listing(
        [f"{fmt.money(x * price['now'], currency)} {how}" for how, x in found.items() if x is not None and x > 0]
    )
    return Number(
        label,
        fmt.money(factor * price["now"], currency),
        f"today {fmt.money(price['now'], currency)}",
        help=f"The price per {per} at which it turns: {told}.",
    )


def _margin(x: Mapping[str, Any], currency: str) -> Number:
    lost = x["net"] > 0
    return Number(
        f"First {'device' if x['per'].startswith('device') else 'unit'} {'loses' if lost else 'gains'}",
        fmt.money(abs(x["net"]), currency),
        f"per {x['per']}, present value",
        good=not lost,
        help=f"Reduced cost: it costs {fmt.money(x['own'], currency)} and saves {fmt.money(x['saves'], currency)} "
        f"elsewhere, present value per {x['per']}, with divisible devices.",
    )


def _use(x: Mapping[str, Any]) -> Number:
    even, now = x["break_even"], round(x["now"], 6)
    pays = even is not None and even <= 1
    return Number(
        "Pays from a use of",
        fmt.percent(even) if pays else "never",
        f"{fmt.percent(now)} used, divisible devices",
        good=pays and now >= even,
        help="Utilization at which it breaks even against what serves instead, with divisible devices"
        + (f": {fmt.figures(even)} times what it can do." if even is not None and not pays else "."),
    )


def _swap(facts: Mapping[str, Any], x: Mapping[str, Any], currency: str) -> Number:
    unit = str(facts["unit"])
    label = "Without it, more a year" if facts["in_plan"] else "Forced in, more a year"
    about = "" if facts["in_plan"] else f"for {fmt.quantity(float(x['amount']), unit)}"
    if x["state"] == "infeasible":
        return Number(label, "not possible", about)
    if x["a_year"] is None:
        # The relaxation is solved exactly: what it says stands beside what is not known.
        known = x["relaxed_a_year"] is not None
        told = f"{fmt.money(x['relaxed_a_year'], currency)} with divisible devices" if known else about
        return Number(label, "not solved in time", told)
    exact = fmt.money(x["relaxed_a_year"], currency) if x["relaxed_a_year"] is not None else fmt.DASH
    high = f"; at most {fmt.money(x['high_a_year'], currency)}" if x["high_a_year"] is not None else ""
    value = fmt.money(x["a_year"], currency) if x["certain"] else "no difference"
    return Number(label, value, about, help=f"{PRESENT} With divisible devices {exact}{high}.")


def reasons_table(reasons: pd.DataFrame, currency: str) -> pd.DataFrame:
    """What keeps the offer out or holds it down, as a table."""
    out = reasons.assign(
        keeps=np.where(reasons["absolute"], "keeps it out", "holds it down"),
        kind=reasons["bottleneck"].map(fmt.sentence),
        figures=[_figures(r, currency) for r in reasons.to_dict("records")],
        part=[fmt.percent(v) if np.isfinite(v) else "" for v in reasons["share"]],
    )
    headings = {"kind": "Bottleneck", "keeps": "Effect", "figures": "There is, and asked or allowed"}
    return table(out, {**headings, "part": "Of the workload", "sentence": "What it says"})


def _figures(row: Mapping[str, Any], currency: str) -> str:
    value, limit, unit = float(row["value"]), float(row["limit"]), str(row["unit"])
    if not np.isfinite(value) or not np.isfinite(limit):
        return ""
    if unit.startswith(SHARE_OF):
        return f"{fmt.percent(value)} / {fmt.percent(limit)} of {unit.removeprefix(SHARE_OF)}"
    if unit == currency:
        return f"{fmt.money(value, currency)} / {fmt.money(limit, currency)}"
    if unit == "period":
        return f"period {value:.0f} of {limit:.0f}"
    if said := {"t": fmt.mass, "kWh": fmt.energy}.get(unit):
        return f"{said(value)} / {said(limit)}"
    return f"{fmt.quantity(value, unit)} / {fmt.quantity(limit, unit)}"


def replaced(plan: Plan, rows: pd.DataFrame, facts: Mapping[str, Any]) -> Figure:
    """What would give way to the offer, or take its place."""
    others = rows[rows["offer"] != facts["offer"]]
    up = others[others["money"] > 0] if facts["in_plan"] else others[others["money"] < 0]
    title = "Nothing would take its place" if facts["in_plan"] else "It would replace nothing"
    if len(up):
        first = offers(plan)["label"][up["offer"].iloc[0]]
        title = f"Its place is taken most by {first}" if facts["in_plan"] else f"It replaces most of all {first}"
    exact = bool(len(rows)) and rows["source"].iloc[0] == "relaxation"
    note = "With divisible devices. " if exact else ""
    wide = rows.sort_values("money", key=np.abs, ascending=False, kind="stable").head(MOVES)
    return move_bars(plan, wide, "why-replaced", title, f"{note}One of the cheapest ways; there may be others.")


def prices(plan: Plan, rows: pd.DataFrame, facts: Mapping[str, Any]) -> Figure:
    """How much of the offer the best plan found has at each price that was tried, with today's price and the turn."""
    currency, price, turn = plan.settings.currency, facts["price"], facts["break_even"]
    name = "why-prices"
    if rows.empty or not price or not turn:
        return empty(name, "No other price was tried", "There is no price at which the offer could turn.")
    unit, per = str(facts["unit"]), str(price["per"])
    relaxed = turn["relaxed"] * price["now"] if turn["relaxed"] is not None and turn["relaxed"] > 0 else None
    word = "leaves above" if facts["in_plan"] else "enters below"
    told = max(turn["told"] or 0.0, 0.0) * price["now"]
    title = f"It {word} {fmt.money(told, currency)} per {per}; today it is {fmt.money(price['now'], currency)}"
    drawn = rows.assign(
        label=[CHEAPER[bool(c)] for c in rows["cheaper"]],
        price_text=[fmt.money(p, currency) for p in rows["price"]],
        amount_text=[fmt.quantity(a, unit) for a in rows["amount"]],
        gap_text=[fmt.gap(g) for g in rows["gap"]],
        cost_text=[fmt.money(c, currency) for c in rows["cost"]],
    )
    lines = [{"price": price["now"], "text": "today"}]
    lines += [{"price": relaxed, "text": "turns, divisible devices"}] if relaxed is not None else []
    top = max([*drawn["price"], *(line["price"] for line in lines)]) * 1.08
    x = alt.X(
        "price:Q",
        title=f"Price per {per}",
        axis=alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=5),
        scale=alt.Scale(domain=[0, top], nice=False),
    )
    # Marks end below the words of the lines.
    size, what = fmt.counted_up_to(float(drawn["amount"].max()), unit)
    drawn["tall"] = drawn["amount"] * size
    tall = alt.Scale(domain=[0, (float(drawn["tall"].max()) or 1.0) * ROOM_FOR_WORDS], nice=False)
    present = [c for c in CHEAPER.values() if c in set(drawn["label"])]
    tones = dict(zip(CHEAPER.values(), (GOOD, NEUTRAL), strict=True))
    marks = (
        alt.Chart(drawn)
        .mark_point(filled=True, size=130, opacity=1.0)
        .encode(
            x,
            alt.Y("tall:Q", title=_axis_title(what, facts), axis=amount_axis(), scale=tall),
            color=alt.Color(
                "label:N",
                scale=alt.Scale(domain=present, range=[tones[p].css for p in present]),
                legend=alt.Legend(title=None, columns=1, labelLimit=280),
            ),
            shape=alt.Shape("label:N", scale=alt.Scale(domain=present, range=["circle", "diamond"][: len(present)])),
            tooltip=[
                tip("Price", "price_text"),
                tip("In the plan", "amount_text"),
                tip("Cost of the plan", "cost_text"),
                tip("Known", "gap_text"),
            ],
        )
    )
    guides = alt.Chart(pd.DataFrame(lines))
    rules = guides.mark_rule(color=INK.css, strokeDash=[4, 3]).encode(x="price:Q")
    layers = [
        alt.Chart(pd.DataFrame([line]))
        .mark_text(align=side, dx=5 if side == "left" else -5, baseline="top", fontSize=SIZE["note"], color=INK.css)
        .encode(x="price:Q", y=alt.value(4 + 15 * i), text="text:N")
        for i, (line, side) in enumerate(zip(lines, _sides([float(v["price"]) for v in lines], top), strict=True))
    ]
    headings = {
        "price_text": "Price",
        "amount_text": "In the plan",
        "cost_text": "Cost of the plan",
        "gap_text": "Known",
    }
    return Figure(
        name,
        title,
        "Marks: the best plan found at each price that was tried. The price at which it turns lies between them.",
        f"{title}. " + "; ".join(f"{r.price_text}: {r.amount_text}" for r in drawn.itertuples(index=False)) + ".",
        alt.layer(rules, marks, *layers).properties(height=250),
        table(drawn, {**headings, "label": "Against the plan without it"}),
    )


def amount_axis() -> alt.Axis:
    """The axis of amounts, its ticks said as in sentences."""
    return alt.Axis(labelExpr=fmt.d3_axis(), tickCount=4)


def _axis_title(what: str, facts: Mapping[str, Any]) -> str:
    """What an amount counts: units over the plan, or devices on average."""
    return fmt.sentence(what) + (" over the plan" if facts["pricing"] == API else " on average")


def _sides(prices: list[float], top: float) -> list[Literal["left", "right"]]:
    """How the words of each line are aligned: away from the other line where there is room, else towards the middle."""
    out: list[Literal["left", "right"]] = []
    for price in prices:
        first, last = price == min(prices), price == max(prices)
        if len(prices) > 1 and first and not last and price > ROOMY * top:
            out.append("right")
        elif len(prices) > 1 and last and not first and price < (1 - ROOMY) * top:
            out.append("left")
        else:
            out.append("left" if price < top / 2 else "right")
    return out


def volumes(rows: pd.DataFrame, facts: Mapping[str, Any]) -> Figure:
    """The offer at other volumes of all demand."""
    name = "why-volumes"
    if rows.empty:
        return empty(name, "No other volume was tried", "The offer cannot be used as things are.")
    unit = str(facts["unit"])
    now = {"factor": 1.0, "amount": float(facts["amount"]), "gap": facts["plan_gap"]}
    now["state"] = "in the plan" if facts["in_plan"] else "not in it"
    drawn = pd.DataFrame([now, *rows.to_dict("records")]).sort_values("factor", ignore_index=True)
    drawn["demand"] = [f"{f:g} ×" for f in drawn["factor"]]
    drawn["text"] = [
        fmt.quantity(r["amount"], unit) if r["state"] == "in the plan" else r["state"] for r in drawn.to_dict("records")
    ]
    drawn["gap_text"] = [fmt.gap(g) if g is not None and np.isfinite(g) else fmt.DASH for g in drawn["gap"]]
    size, what = fmt.counted_up_to(float(drawn["amount"].fillna(0.0).max()), unit)
    drawn["tall"] = drawn["amount"].fillna(0.0) * size
    there = drawn[drawn["state"] == "in the plan"]
    if facts["in_plan"]:
        gone = drawn[(drawn["state"] == "not in it")]
        title = f"It is gone at {gone['demand'].iloc[-1]} the demand" if len(gone) else "It stays when demand falls"
    else:
        title = (
            f"It enters at {there['demand'].iloc[0]} the demand" if len(there) else "More demand does not bring it in"
        )
    x = alt.X(
        "demand:N", sort=list(drawn["demand"]), title="All demand, against the plan's", axis=alt.Axis(labelAngle=0)
    )
    top = 1.15 * float(drawn["tall"].max()) or 1.0
    scale = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y("tall:Q", title=_axis_title(what, facts), axis=amount_axis(), scale=scale)
    tips = [tip("Demand", "demand"), tip("In the plan", "text"), tip("Known", "gap_text")]
    bars = alt.Chart(drawn).mark_bar(color=ACCENT.css, cornerRadiusEnd=2).encode(x, y, tooltip=tips)
    # The axis tells the unit: beside each bar there is no room for it.
    present = drawn["state"] == "in the plan"
    drawn["bar_text"] = drawn["tall"].map(fmt.compact).where(present, drawn["state"])
    words = alt.Chart(drawn).mark_text(baseline="bottom", dy=-4, fontSize=SIZE["label"], color=INK.css)
    return Figure(
        name,
        title,
        "Each bar is a plan of its own, solved to within its gap.",
        f"{title}. " + "; ".join(f"{r.demand}: {r.text}" for r in drawn.itertuples(index=False)) + ".",
        alt.layer(bars, words.encode(x=x, y=y, text="bar_text:N")).properties(height=250),
        table(drawn, {"demand": "Demand", "text": "In the plan", "gap_text": "Known"}),
    )


def told(plan: Plan, answer: Answer) -> list[str]:
    """The sentences of an answer, and the date where none of them tells it."""
    late = (answer.frames["reasons"]["bottleneck"] == DATE).any()
    return [*answer.sentences, *([] if late else [dates(plan, answer.facts)])]


def dates(plan: Plan, facts: Mapping[str, Any]) -> str:
    """When the offer can be in service at the earliest, its lead time included, in words."""
    first = dict(zip(plan.table("offers")["offer"], View(plan).first_service, strict=True))[facts["offer"]]
    return f"It can be in service from {fmt.month(Calendar(plan.settings).month(int(first)), long=True)} on."
