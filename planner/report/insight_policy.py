"""Policies in words: what each says, what the plan makes of it, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from planner.plan.plan import Plan
from planner.plan.schema import split_list
from planner.plan.tables import MONEY_MEASURES, SCOPES
from planner.report import format as fmt
from planner.report.insight_place import SITE_KIND_LABELS
from planner.report.labels import Calendar, names
from planner.report.theme import SOURCE_LABELS
from planner.text.names import offer_names

Frames = dict[str, pd.DataFrame]

MEASURE_LABELS = {
    "spend": "spend",
    "capex": "capex",
    "opex": "opex",
    "volume": "volume served",
    "devices": "devices in service",
    "energy_kwh": "energy",
    "carbon_t": "carbon",
    "water_m3": "water",
    "open_sites": "open sites",
    "latency": "mean network latency",
}
_UNITS = {
    "volume": "unit",
    "devices": "device",
    "energy_kwh": "kWh",
    "carbon_t": "tonne",
    "water_m3": "m³",
    "latency": "ms",
}
_EACH = {"period": "in each period", "year": "in each plan year", "horizon": "over the whole plan"}


def amount(measure: str, value: float | None, currency: str, share: bool = False) -> str:
    """A value of a measure with its unit; a share as a per cent."""
    if value is None or not math.isfinite(value):
        return fmt.DASH
    if share:
        return fmt.percent(value)
    if measure in MONEY_MEASURES:
        return fmt.money(value, currency)
    if measure == "energy_kwh":
        return fmt.energy(value)
    if measure == "carbon_t":
        return fmt.mass(value)
    units = {"water_m3": "m³", "open_sites": "sites", "devices": "devices", "latency": "ms"}
    return fmt.quantity(value, units.get(measure, "units"))


def sentence(plan: Plan, policy: Mapping[str, Any]) -> str:
    """A policy row as a sentence: Spend on Cloud sites is at most 40 % of all spend in each plan year."""
    measure = str(policy["measure"])
    share = policy.get("share_of") == "total"
    limit = amount(measure, float(policy["limit"]), plan.settings.currency, share)
    word = "at most" if policy["sense"] == "max" else "at least"
    what = fmt.sentence(MEASURE_LABELS[measure])
    of = f" of all {MEASURE_LABELS[measure]}" if share else ""
    window = _text(policy.get("window")) or "period"
    text = f"{what}{_scope(plan, policy)} {'are' if measure in ('devices', 'open_sites') else 'is'} {word} {limit}{of}"
    text += f" {_EACH[window]}" + _span(plan, policy)
    penalty = policy.get("penalty")
    if penalty is not None and pd.notna(penalty):
        text += f"; may be broken at {fmt.money(float(penalty), plan.settings.currency)} per {_one(measure)}"
    return text + "."


def _one(measure: str) -> str:
    return _UNITS.get(measure, "site" if measure == "open_sites" else "unit of money")


def _text(cell: object) -> str:
    return cell.strip() if isinstance(cell, str) else ""


def _scope(plan: Plan, policy: Mapping[str, Any]) -> str:
    named: dict[str, Callable[[], pd.Series | dict[str, str]]] = {
        "site": partial(names, plan, "sites"),
        "workload": partial(names, plan, "workloads"),
        "offer": partial(offer_names, plan),
        "site_kind": lambda: {k: f"{v.lower()} sites" for k, v in SITE_KIND_LABELS.items()},
        "pricing": lambda: {k: v.lower() for k, v in SOURCE_LABELS.items()},
    }
    before = {
        "provider": "at",
        "site": "at",
        "site_kind": "at",
        "zone": "in",
        "pricing": "by",
        "offer": "from",
        "workload": "for",
        "team": "of team",
    }
    parts = []
    for scope in SCOPES:
        items = split_list(policy.get(scope))
        if items:
            known = named[scope]() if scope in named else {}
            shown = [str(known.get(i, i)) for i in items]
            parts.append(f"{before[scope]} {' or '.join(shown)}")
    return (" " + " ".join(parts)) if parts else ""


def _span(plan: Plan, policy: Mapping[str, Any]) -> str:
    labels = Calendar(plan.settings).period_labels

    def named(cell: Any) -> str:
        return "" if cell is None or pd.isna(cell) else labels[min(int(cell), len(labels)) - 1]

    first, last = named(policy.get("from_period")), named(policy.get("to_period"))
    return (f" from {first}" if first else "") + (f" until {last}" if last else "")


def rules(plan: Plan, frames: Frames) -> pd.DataFrame:
    """One row for each policy and window, with its words.

    Columns: policy, sentence, when, value_text, limit_text, slack_text, price_text, state (met,
    binding, broken), soft, used (value as a share of the limit; NaN when the limit is 0), and the
    numbers of the result frame.
    """
    currency = plan.settings.currency
    table = plan.table("policies").set_index("policy")
    out = frames["policies"].copy()
    calendar = Calendar(plan.settings)
    texts = {p: sentence(plan, row.to_dict()) for p, row in table.iterrows()}
    out["sentence"] = out["policy"].map(texts).fillna("")
    is_share = (table["share_of"] == "total").reindex(out["policy"]).fillna(False).to_numpy(bool)
    out["soft"] = table["penalty"].notna().reindex(out["policy"]).fillna(False).to_numpy(bool)
    scale = out["limit"].abs().clip(lower=1e-12)
    tight = out["slack"].abs() <= 1e-6 * scale.where(~is_share, 1.0)
    out["state"] = "met"
    out.loc[tight | (out["shadow_price"].fillna(0.0) > 1e-9), "state"] = "binding"
    out.loc[out["violation"] > 0, "state"] = "broken"
    out["used"] = (out["value"] / out["limit"]).where(out["limit"].abs() > 0)
    out["when"] = [
        _window(calendar, w, a, b) for w, a, b in zip(out["window"], out["from_period"], out["to_period"], strict=True)
    ]
    for column in ("value", "limit"):
        out[f"{column}_text"] = [
            amount(m, v, currency, s) for m, v, s in zip(out["measure"], out[column], is_share, strict=True)
        ]
    out["slack_text"] = [
        _slack(m, s, v, state, sense, share, currency)
        for m, s, v, state, sense, share in zip(
            out["measure"], out["slack"], out["violation"], out["state"], out["sense"], is_share, strict=True
        )
    ]
    out["price_text"] = [
        _price(m, p, s, currency) for m, p, s in zip(out["measure"], out["shadow_price"], out["sense"], strict=True)
    ]
    return out.reset_index(drop=True)


def _window(calendar: Calendar, window: str, first: int, last: int) -> str:
    if window == "horizon":
        return "whole plan"
    if window == "year":
        year = calendar.settings.year_of_period()[first - 1]
        return calendar.year_labels[year - 1]
    labels = calendar.period_labels
    return labels[first - 1] if first == last else f"{labels[first - 1]} to {labels[last - 1]}"


def _slack(measure: str, slack: float, violation: float, state: str, sense: str, share: bool, currency: str) -> str:
    if state == "broken":
        way = "over" if sense == "max" else "short"
        return f"{amount(measure, violation, currency)} {way}"
    if state == "binding":
        return "at the limit"
    way = "left" if sense == "max" else "to spare"
    if share and math.isfinite(slack):
        return f"{fmt.figures(slack * 100, 2)}{fmt.NBSP}points {way}"
    return f"{amount(measure, slack, currency, share)} {way}"


def _price(measure: str, price: float, sense: str, currency: str) -> str:
    """The shadow price in words, valid for small changes around the plan."""
    if not math.isfinite(price):
        return "not known"
    if price <= 1e-9:
        return "costs nothing"
    if measure in MONEY_MEASURES:
        # money against money: what a unit of the budget saves beyond itself
        each = fmt.unit_price(price, currency, "").removesuffix(" per ")
        return f"each {fmt.money(1, currency)} {'more' if sense == 'max' else 'less'} would save {each}"
    word = "more" if sense == "max" else "less"
    return f"one {_one(measure)} {word} would save {fmt.money(price, currency)}"
