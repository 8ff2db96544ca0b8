"""Charts of what rules cost: the price of every rule, and what would change without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from planner.explore.rules import COSTS, LARGE, NOTHING, UNSOLVED, UNTOLD
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, room_for_text, table, tip
from planner.report.insight import Number
from planner.report.labels import Calendar, offers
from planner.report.theme import ACCENT, BAD, GOOD, GRID, INK, MUTED, NEUTRAL, SIZE
from planner.text.numbers import one

KINDS = {
    "policy": "Policy",
    "budget": "Budget",
    "latency": "Latency limit",
    "zone": "Residency",
    "certification": "Certification",
    "survival": "Survives the loss of a site",
    "quota": "Quota",
    "rate limit": "Rate limit",
    "power": "Power",
    "room": "Room",
    "bandwidth": "Bandwidth",
    "spot share": "Share on spot",
}
OFFERS = ("quota", "rate limit")
"""Kinds of rule that are about an offer."""
DEVICES = "devices"
"""Unit of all offers but token APIs."""
SHOWN = 16
"""Rules that are drawn; the table has all."""
STATES = {COSTS: ACCENT, UNTOLD: NEUTRAL}
STATE_LABELS = {
    COSTS: "Costs more than the gaps",
    UNTOLD: "No difference that could be told",
    NOTHING: "Costs nothing: shuts nothing out",
    UNSOLVED: "Not solved in time",
}
WITHIN = "; no difference by the gaps"
"""Behind what a rule is proven to cost where the two plans in hand differ by less than their gaps."""
LIMITS = (
    "A price is what the plan costs more than the best one found without the rule, in present value over the years of "
    "the plan: cash, and what counts without being paid, such as the carbon price. Both are known to within their "
    "gaps: the true price lies in the bar's range, and a price smaller than the two gaps together is no difference, "
    "though the range may prove that it costs at least something. The tick is the price when devices could be "
    "divided, which is exact. "
    "Prices do not add up: a rule may be idle while another one holds. A shadow price is what one more unit of the "
    "limit is worth near this plan, with its whole decisions as they are, within the range beside it; the price of the "
    "whole rule is solved anew."
)


def headline(plan: Plan, rules: pd.DataFrame, facts: Mapping[str, Any]) -> tuple[Number, ...]:
    """Numbers above the chart: the dearest rule, how many cost something, how fine the prices are."""
    currency = str(facts["currency"])
    if rules.empty:
        return ()
    rules = rules.assign(sentence=named(plan, rules))
    costs, untold = rules[rules["state"] == COSTS], rules[rules["state"] == UNTOLD]
    top = _dearest(costs) if len(costs) else None
    finest = float(untold["high_a_year"].max()) if len(untold) else float("nan")
    return (
        Number(
            "Dearest rule, a year",
            fmt.money(float(top["a_year"]), currency) if top is not None else "none",
            str(top["sentence"]) if top is not None else "",
            help="What the plan costs more a year than without this rule, present value: cash, and what counts without being "
            "paid, such as the carbon price.",
        ),
        Number("Rules that cost money", str(len(costs)), f"of {len(rules)} asked about"),
        Number(
            "No difference told",
            str(len(untold)),
            f"at most {fmt.money(finest, currency)} a year each"
            if np.isfinite(finest) and finest < LARGE / 100
            else "",
            help="Rules whose price is smaller than the gaps of the two solves together.",
        ),
        Number(
            "Gap",
            fmt.gap_size(facts["plan_gap"]),
            f"{fmt.gap_size(float(rules['gap'].max()))} at most without a rule" if rules["gap"].notna().any() else "",
            help="How far this plan, and each plan without a rule, may be from the best one.",
        ),
    )


def rule_prices(plan: Plan, rules: pd.DataFrame) -> Figure:
    """What every rule costs a year, the dearest first, each with its proven range; `rules` is the question's frame."""
    currency = plan.settings.currency
    name = "rule-prices"
    if rules.empty:
        return empty(name, "The plan has no rules that could be lifted", "There is no policy, limit or requirement.")
    words = _words(plan, rules)
    title = _finding(words, currency)
    drawn = words[words["state"].isin(list(STATES))].head(SHOWN)
    if drawn.empty:
        return Figure(
            name, title, "", title, alt.Chart(words).mark_point(opacity=0).properties(height=20), _table(words)
        )
    drawn = drawn.assign(
        low=drawn["low_a_year"].clip(lower=0.0),
        high=drawn["high_a_year"].where(drawn["high_a_year"] < LARGE / 100, drawn["a_year"]),
        bar=drawn["a_year"].where(drawn["state"] == COSTS, 0.0),
        label=drawn["state"].map(STATE_LABELS),
    )
    # Beside a bar there is room for an amount; the legend says that it is no difference.
    drawn["bar_text"] = drawn["short_text"].str.removesuffix(WITHIN)
    drawn["end"] = drawn[["high", "a_year"]].max(axis=1)
    y = alt.Y("rule:N", sort=list(drawn["rule"]), title=None, axis=None, scale=alt.Scale(paddingInner=0.0))
    top = float(drawn["end"].max()) or 1.0
    x = alt.X(
        "bar:Q",
        title=f"Cost a year, {currency}, present value",
        axis=alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=4),
        scale=room_for_text(0.0, top, 104),
    )
    present = [s for s in STATES if s in set(drawn["state"])]
    color = alt.Color(
        "label:N",
        scale=alt.Scale(domain=[STATE_LABELS[s] for s in present], range=[STATES[s].css for s in present]),
        legend=alt.Legend(title=None, columns=alt.ExprRef("width < 500 ? 1 : 2"), symbolType="square", labelLimit=280),
    )
    tips = [
        tip("Rule", "sentence"),
        tip("Kind", "kind_label"),
        tip("Costs a year", "price_text"),
        tip("Proven range", "range_text"),
        tip("With divisible devices", "relaxed_text"),
        *([tip("Relaxed, saves a year", "eased_text")] if (drawn["eased_text"] != "").any() else []),
        tip("Shadow price", "shadow_text"),
        tip("Would change", "moves"),
    ]
    base = alt.Chart(drawn)
    bars = base.mark_bar(height=13, cornerRadiusEnd=2, yOffset=8).encode(x, y, color=color, tooltip=tips)
    ranges = base.mark_rule(strokeWidth=3, strokeCap="round", yOffset=8)
    # Over a bar the range must stand out from it; alone it has the colour of what cannot be told.
    ranges = ranges.encode(alt.X("low:Q"), y, alt.X2("high:Q"), tooltip=tips)
    ticks = base.transform_filter("isValid(datum.relaxed_a_year)").mark_tick(
        aria=False,  # the layer may be empty, and the bar tells the same
        color=INK.css,
        thickness=2,
        height=17,
        yOffset=8,
    )
    names = base.mark_text(
        align="left", baseline="bottom", yOffset=-2, fontSize=SIZE["label"], color=INK.css, limit=alt.ExprRef("width")
    )
    amounts = base.mark_text(align="left", dx=7, yOffset=8, fontSize=SIZE["label"], color=MUTED.css)
    chart = alt.layer(
        bars,
        ranges.encode(color=alt.when("datum.bar > 0").then(alt.value(INK.css)).otherwise(alt.value(NEUTRAL.css))),
        ticks.encode(alt.X("relaxed_a_year:Q"), y, tooltip=tips),
        names.encode(y=y, text="sentence:N", x=alt.value(0), tooltip=tips),
        amounts.encode(alt.X("end:Q"), y, text="bar_text:N"),
    )
    more = f" {len(words) - len(drawn)} more are in the table." if len(words) > len(drawn) else ""
    said = "; ".join(f"{r.sentence}: {r.price_text}" for r in drawn.itertuples(index=False))
    return Figure(
        name,
        title,
        f"Bars: the plans in hand. Lines: where the true price must lie. Ticks: with divisible devices.{more}",
        f"{title}. {said}.",
        chart.properties(height=alt.Step(46)),
        _table(words),
    )


def _finding(rules: pd.DataFrame, currency: str) -> str:
    costs = rules[rules["state"] == COSTS]
    if costs.empty:
        return "No rule costs more than the gaps of the solves could tell"
    top = _dearest(costs)
    verb = "costs" if top["subject"] else "cost"
    return f"{top['sentence']} {verb} {fmt.money(float(top['a_year']), currency)} a year"


def _dearest(costs: pd.DataFrame) -> pd.Series:
    """The dearest rule; a group of them only where no rule costs anything alone."""
    single = costs[costs["subject"] != ""]
    return costs.iloc[0] if single.empty else single.iloc[0]


def named(plan: Plan, rules: pd.DataFrame) -> list[str]:
    """The sentences of rules, with what people call the offers that they are about."""
    labels = offers(plan)["label"]
    return [
        f"{labels[r.subject]}{r.sentence.removeprefix(r.subject)}"
        if r.subject in labels.index and r.kind in OFFERS and r.sentence.startswith(r.subject)
        else r.sentence
        for r in rules.itertuples(index=False)
    ]


def _words(plan: Plan, rules: pd.DataFrame) -> pd.DataFrame:
    """The rules with what people read."""
    currency = plan.settings.currency
    out = rules.copy()
    out["kind_label"] = [KINDS.get(k, k) for k in out["kind"]]
    out["sentence"] = named(plan, rules)
    out["price_text"] = [_price(r, currency) for r in out.to_dict("records")]
    out["short_text"] = [_price(r, currency, short=True) for r in out.to_dict("records")]
    out["range_text"] = [_range(a, b, currency) for a, b in zip(out["low_a_year"], out["high_a_year"], strict=True)]
    out["relaxed_text"] = [fmt.money(v, currency) if np.isfinite(v) else fmt.DASH for v in out["relaxed_a_year"]]
    calendar = Calendar(plan.settings)
    out["shadow_text"] = [_shadow(r, currency, calendar) for r in out.to_dict("records")]
    out["gap_text"] = [fmt.gap_size(g) for g in out["gap"]]
    out["eased_text"] = [
        _price(
            {
                "state": r["eased_state"],
                "a_year": r["eased_a_year"],
                "low_a_year": r["eased_low_a_year"],
                "high_a_year": r["eased_high_a_year"],
            },
            currency,
        )
        if r["eased_state"]
        else ""
        for r in out.to_dict("records")
    ]
    return out


def _price(row: Mapping[str, Any], currency: str, short: bool = False) -> str:
    """What a rule costs in words; where no difference can be told, what is proven all the same."""
    if row["state"] == COSTS:
        return fmt.money(float(row["a_year"]), currency)
    if row["state"] != UNTOLD:
        return "nothing" if row["state"] == NOTHING else "not solved"
    least, most = float(row["low_a_year"]), float(row["high_a_year"])
    sure = f"at least {fmt.money(least, currency)}" if np.isfinite(least) and least > 0 else ""
    if short:
        return f"{sure}{WITHIN}" if sure else "no difference"
    sure = f"proven {sure}" if sure else ""
    known = f"at most {fmt.money(most, currency)}" if np.isfinite(most) and most < LARGE / 100 else ""
    return ", ".join(x for x in ("no difference", sure, known) if x)


def _range(low: float, high: float, currency: str) -> str:
    if not np.isfinite(low) or not np.isfinite(high):
        return fmt.DASH
    return f"{fmt.money(low, currency)} to {fmt.money(high, currency) if high < LARGE / 100 else 'unknown'}"


def _shadow(row: Mapping[str, Any], currency: str, calendar: Calendar) -> str:
    """The shadow price with where it holds: in a policy's tightest window near this plan, or in the relaxation."""
    price = float(row["shadow_price"])
    if not np.isfinite(price) or not row["windows"]:
        return fmt.DASH
    if price <= 1e-9:
        return "0: not at its limit"
    unit = str(row["shadow_unit"]) or "unit"
    per = {"spend": currency, "capex": currency, "opex": currency, "carbon_t": "tCO2e", "devices": "device"}.get(
        unit, unit
    )
    text = f"{fmt.money(price, currency)} per {one(per)}"
    if row["shadow_from"] > 0:
        labels = calendar.period_labels
        first, last = labels[int(row["shadow_from"]) - 1], labels[int(row["shadow_to"]) - 1]
        text += f" in {first}" if first == last else f" in {first} to {last}"
        less, more = float(row["shadow_less"]), float(row["shadow_more"])
        if np.isfinite(less) and np.isfinite(more):
            text += f", for a limit lower by up to {_far(less, per, currency)} or higher by {_far(more, per, currency)}"
        return text + f"; at its limit in {row['binding']} of {row['windows']} windows"
    return text + f" (with divisible devices); used up in {row['binding']} of {row['windows']} periods"


def _far(value: float, per: str, currency: str) -> str:
    if value >= LARGE / 100:
        return "any amount"
    return fmt.money(value, currency) if per == currency else fmt.quantity(value, per)


def _table(words: pd.DataFrame) -> pd.DataFrame:
    headings = {
        "sentence": "Rule",
        "kind_label": "Kind",
        "short_text": "Costs a year",
        "range_text": "Proven range",
        "relaxed_text": "With divisible devices",
        "gap_text": "Gap without it",
        "shadow_text": "Shadow price",
        "eased_text": "Relaxed: saves a year",
        "moves": "Would change",
    }
    if not (words["eased_text"] != "").any():
        del headings["eased_text"]
    return table(words, headings)


def asked_about(plan: Plan, rules: pd.DataFrame, changes: pd.DataFrame) -> dict[str, str]:
    """Rules whose changes can be shown, by key: what people read."""
    known = rules[rules["rule"].isin(set(changes["rule"]))] if len(rules) else rules
    return {} if known.empty else dict(zip(known["rule"], named(plan, known), strict=True))


def rule_changes(plan: Plan, rules: pd.DataFrame, changes: pd.DataFrame, rule: str) -> Figure:
    """What the plan without a rule does differently, by offer, in money a year."""
    row = rules.set_index("rule").loc[rule]
    mine = changes[changes["rule"] == rule].copy()
    sure = row["state"] == COSTS
    title = (
        f"Without it {fmt.money(float(row['a_year']), plan.settings.currency)} a year would be saved"
        if sure
        else "What another plan without it does; the cost tells no difference"
    )
    return move_bars(
        plan,
        mine,
        f"rule-changes-{rule.replace(':', '-')}",
        title,
        "Offers on which most more or less is spent, in present value a year.",
    )


def move_bars(plan: Plan, mine: pd.DataFrame, name: str, title: str, note: str) -> Figure:
    """Diverging bars of money a year by offer, from `offer, unit, before, after, money`."""
    if mine.empty:
        return empty(name, title, "Nothing changes that could be seen.")
    currency = plan.settings.currency
    years = plan.settings.periods * plan.settings.months_per_period / 12
    known = offers(plan)
    mine = mine.assign(
        a_year=mine["money"] / years,
        label=known["label"].reindex(mine["offer"]).to_numpy(object),
        side=np.where(mine["money"] > 0, "More is spent", "Less is spent"),
        change_text=[_change(r, years) for r in mine.to_dict("records")],
        money_text=[fmt.money(v / years, currency, signed=True) for v in mine["money"]],
    )
    mine["text"] = mine["label"] + ": " + mine["change_text"]
    y = alt.Y("offer:N", sort=list(mine["offer"]), title=None, axis=None)
    reach = float(mine["a_year"].abs().max()) * 1.1 or 1.0
    sides = {"More is spent": BAD, "Less is spent": GOOD}
    present = [s for s in sides if s in set(mine["side"])]
    color = alt.Color(
        "side:N",
        scale=alt.Scale(domain=present, range=[sides[s].css for s in present]),
        legend=alt.Legend(title=None, columns=2, symbolType="square"),
    )
    tips = [tip("Offer", "label"), tip("Change", "change_text"), tip("Money a year", "money_text")]
    x = alt.X(
        "a_year:Q",
        title="Change of spend a year, present value",
        axis=alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=5),
        scale=alt.Scale(domain=[-reach, reach], nice=False),
    )
    bars = alt.Chart(mine).mark_bar(height=13, yOffset=8).encode(x, y, color=color, tooltip=tips)
    labels = alt.Chart(mine).mark_text(
        align="left", baseline="bottom", yOffset=-1, fontSize=SIZE["label"], color=INK.css, limit=alt.ExprRef("width")
    )
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=GRID.css).encode(x="zero:Q")
    return Figure(
        name,
        title,
        note,
        f"{title}. " + "; ".join(f"{r.text} ({r.money_text} a year)" for r in mine.itertuples(index=False)) + ".",
        alt.layer(zero, bars, labels.encode(y=y, x=alt.value(0), text="text:N", tooltip=tips)).properties(
            height=alt.Step(44)
        ),
        table(
            mine,
            {
                "label": "Offer",
                "unit": "Unit",
                "before": "Before, on average or over the plan",
                "after": "After, on average or over the plan",
                "money_text": "Money a year",
            },
        ),
    )


def _change(row: Mapping[str, Any], years: float) -> str:
    """Devices on average over the plan, or units of an api a year, as the money beside them."""
    unit = str(row["unit"])
    before, after = float(row["before"]), float(row["after"])
    if unit == DEVICES:
        return f"{fmt.compact(before)} to {fmt.compact(after)} {unit}"
    size, unit = fmt.counted_up_to(max(before, after) / years, unit)
    return f"{fmt.compact(before * size / years)} to {fmt.compact(after * size / years)} {unit} a year"
