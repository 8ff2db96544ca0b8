"""The negotiation brief as a file: one HTML page that needs nothing else and prints on one sheet of A4."""

from __future__ import annotations

from typing import Any

import pandas as pd
import vl_convert as vlc

from planner.explore.question import Answer
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts import negotiation as charts
from planner.report.charts.base import Figure
from planner.report.format import escaped as escape
from planner.report.insight import Number
from planner.report.labels import offers
from planner.report.theme import ACCENT, FONT, GRID, INK, MUTED, SURFACE, resolved

CHART_WIDTH, CHART_HEIGHT = 690, 235
MOST_PRICES, MOST_OTHERS, MOST_REASONS = 7, 8, 4
"""Rows of a table, and sentences, that fit the sheet."""

STAR = " Within the gaps: no difference that could be told; *: with devices that could be had in fractions."

CSS = f"""
@page {{ size: A4; margin: 12mm 13mm; }}
* {{ box-sizing: border-box; }}
body {{ font: 12px/1.38 {FONT}; color: {INK.light}; max-width: 184mm; margin: 0 auto; padding: 12px;
  -webkit-print-color-adjust: exact; print-color-adjust: exact; }}
@media print {{ body {{ padding: 0; }} }}
h1 {{ font-size: 21px; line-height: 1.2; margin: 0; }}
h2 {{ font-size: 13px; margin: 11px 0 3px; }}
p {{ margin: 2px 0; }}
.small {{ color: {MUTED.light}; font-size: 10.5px; }}
.numbers {{ display: grid; grid-template-columns: repeat(5, 1fr); gap: 8px; margin: 9px 0 2px; }}
.number {{ background: {SURFACE.light}; border-top: 3px solid {ACCENT.light}; padding: 6px 8px 7px; }}
.number b {{ display: block; font-size: 18px; line-height: 1.25; }}
.number span {{ display: block; color: {MUTED.light}; font-size: 10.5px; }}
.sides {{ display: grid; grid-template-columns: 1fr 1fr; gap: 0 18px; }}
@media (max-width: 600px) {{ .numbers, .sides {{ grid-template-columns: 1fr; }} }}
table {{ border-collapse: collapse; width: 100%; font-size: 11px; }}
th {{ text-align: left; color: {MUTED.light}; font-weight: 600; border-bottom: 1px solid {MUTED.light}; }}
td, th {{ padding: 2px 8px 2px 0; vertical-align: top; }}
td {{ border-bottom: 1px solid {GRID.light}; }}
td:first-child {{ white-space: nowrap; }} .wrap td:first-child {{ white-space: normal; }}
td.n, th.n {{ text-align: right; padding-right: 0; padding-left: 8px; white-space: nowrap; }}
svg {{ display: block; width: 100%; height: auto; }}
"""


def headline(answer: Answer) -> tuple[Number, ...]:
    """The numbers at the top of the brief: what it wins, walk-away, target, what it costs without, a per cent of price."""
    facts = answer.facts
    return (_wins(facts), _walk_away(facts), _target(facts), _without(facts), _per_cent(facts))


def _wins(facts: dict[str, Any]) -> Number:
    devices = f"{fmt.figures(facts['devices_now'], 2)} devices" if facts["devices_now"] else ""
    units = fmt.quantity(facts["units_now"], facts.get("token_unit", "units")) if facts["units_now"] else ""
    return Number(
        "Wins today, a year",
        fmt.money(facts["spend_now"], facts["currency"]),
        ", ".join(x for x in (devices, units) if x) or "nothing",
        help="Nominal, for what is not signed yet, in the best plan that is known at today's prices; devices in "
        "service on average, units by token API a year.",
    )


def _walk_away(facts: dict[str, Any]) -> Number:
    away, low = facts["walk_away"], facts["walk_away_low"]
    if away is not None:
        value, delta = charts.times(away), f"proven: at least {charts.times(low)}" if low is not None else "not proven"
    elif facts["gone"] == "infeasible" and not facts.get("unpaid"):
        value, delta = "None", "no plan does without it"
    elif facts["wins_now"]:
        value, delta = f"> {charts.times(facts['highest'])}", "beyond what was tried"
    else:
        value, delta = f"< {charts.times(facts['lowest'])}", "beyond what was tried"
    return Number(
        "Walk-away price",
        value,
        delta,
        help="As a share of today's price: above it the best alternative is cheaper, and nothing is bought.",
    )


def _target(facts: dict[str, Any]) -> Number:
    what = (
        "As a share of today's price: the lowest at which the vendor is paid as much as today, because more is bought."
    )
    if facts["target"] is None:
        return Number("Target price", fmt.DASH, "none pays for itself", help=what)
    said = "same pay, more volume" if facts["wins_now"] else "where it is paid most"
    edge = "≤ " if facts["target"] <= facts["lowest"] * (1 + 1e-9) else ""
    return Number("Target price", edge + charts.times(facts["target"]), said, help=what)


def _without(facts: dict[str, Any]) -> Number:
    currency = facts["currency"]
    what = (
        "What the best plan with nothing new from this vendor costs more (cash, and what counts without being paid), "
        "present value. What is signed runs to its end."
    )
    if facts.get("gone_pv") is None:
        eased = facts.get("eased")
        if eased:
            value = fmt.money(eased["pv"], currency, signed=True) if eased["certain"] else "no difference"
            return Number("Without it", value, "only if rules give way", help=what)
        why = "no plan does without it" if facts["gone"] == "infeasible" else "not solved"
        return Number("Without it", fmt.DASH, why, help=what)
    if not facts["gone_certain"]:
        most = facts["gone_high"]
        value = f"< {fmt.money(most, currency)}" if most is not None else fmt.DASH
        return Number("Without it", value, "within the gaps", help=what)
    value, a_year = (fmt.money(facts[k], currency, signed=k == "gone_pv") for k in ("gone_pv", "gone_a_year"))
    return Number("Without it", value, f"{a_year} a year", help=what)


def _per_cent(facts: dict[str, Any]) -> Number:
    return Number(
        "One per cent of price",
        fmt.money(facts["per_percent_pv"], facts["currency"]),
        "present value",
        help="What one per cent of the price is worth to us, near today's price.",
    )


def limits(answer: Answer) -> str:
    """How far the numbers of the brief can be trusted, in a sentence or three."""
    facts = answer.facts
    said = [f"{fmt.plural(facts['solves'], 'price')} solved, each {fmt.gap(facts['gap'])}"]
    if facts["proven"]:
        said.append("no policy is on money, so that a higher price never wins more, in money at today's prices")
    else:
        said.append("policies on money bound what is bought at each price")
    text = "; ".join(said) + ". Prices of the vendor's offers move together; what is signed already keeps its price."
    if facts.get("half_lost"):
        text += f" Half of today's volume is lost from {charts.times(facts['half_lost'])} of the price on."
    return text


def labels_of(plan: Plan) -> pd.Series:
    """Names of a plan's offers by their identifiers."""
    return offers(plan)["label"]


def brief(answer: Answer, plan: Plan, plan_name: str, date: str) -> bytes:
    """The page as UTF-8 HTML. `date`: of the day, as text."""
    facts = answer.facts
    labels = labels_of(plan)
    others = charts.alternatives(answer, labels)
    title = f"Negotiation brief: {facts['provider']}"
    numbers = "".join(
        f'<div class="number"><span>{escape(n.label)}</span><b>{escape(n.value)}</b><span>{escape(n.delta)}</span></div>'
        for n in headline(answer)
    )
    curve = charts.curve(answer)
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="small">{escape(plan_name)}, {escape(date)}. Money in {escape(facts["currency"])}.</p>',
        f'<div class="numbers">{numbers}</div>',
        f"<h2>{escape(curve.title)}</h2>{_svg(curve)}",
        f'<p class="small">{escape(curve.note)}</p>',
        f"<h2>Prices: {escape('today, to aim at, to walk away from')}</h2>",
        _table(charts.price_table(answer, labels), MOST_PRICES, right=4),
        '<div class="sides"><div>',
        f"<h2>{escape(charts.terms_finding(answer))}</h2>",
        _table(charts.terms_table(answer, short=True)[["Term", charts.WORTH_HEADING]], 9, right=0),
        '</div><div class="wrap">',
        f"<h2>{escape(others.title)}</h2>",
        _others(answer, labels),
        f'<p class="small">{escape(charts.gone_meaning(facts))}</p>',
        "</div></div>",
        f'<p class="small" style="margin-top:9px">{escape(limits(answer) + STAR)}</p>',
    ]
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{CSS}</style></head>'
        f"<body>{''.join(parts)}</body></html>"
    )
    return page.encode()


def _others(answer: Answer, labels: pd.Series) -> str:
    """Who is paid more and less without the vendor, the greatest changes, or why there is no plan."""
    frame, currency = answer.frames["alternatives"], answer.facts["currency"]
    if frame.empty:
        why = answer.facts["conflicts"][:MOST_REASONS] or ["Nothing changes."]
        more = len(answer.facts["conflicts"]) - len(why)
        why += [f"and {fmt.plural(more, 'more change')}."] if more > 0 else []
        why += [charts.eased_finding(answer.facts)]
        return "".join(f"<p>{escape(w)}</p>" for w in why if w)
    frame = frame[frame["provider"] != answer.facts["provider"]]
    rows = pd.DataFrame(
        {
            "Instead": charts.named(frame["offer"], labels),
            "A year": [fmt.money(v, currency, signed=True) for v in frame["change"]],
        }
    )
    return _table(rows, MOST_OTHERS, right=1)


def _svg(figure: Figure) -> str:
    """The chart in light colours, to be put into a page."""
    spec = resolved(figure.spec, "light", background=False)
    spec |= {"width": CHART_WIDTH}
    if isinstance(spec.get("height"), int | float):
        spec["height"] = min(CHART_HEIGHT, spec["height"])
    return str(vlc.vegalite_to_svg(spec))


def _table(frame: pd.DataFrame, most: int, right: int) -> str:
    """A table of texts as HTML, its last `right` columns to the right; what does not fit is counted."""
    if frame.empty:
        return '<p class="small">None.</p>'
    n = len(frame.columns)
    kind = [' class="n"' if i >= n - right else "" for i in range(n)]
    head = "".join(f"<th{k}>{escape(str(c))}</th>" for c, k in zip(frame.columns, kind, strict=True))
    rows = "".join(
        "<tr>" + "".join(f"<td{k}>{escape(str(v))}</td>" for v, k in zip(row, kind, strict=True)) + "</tr>"
        for row in frame.head(most).itertuples(index=False)
    )
    more = f'<p class="small">and {len(frame) - most} smaller</p>' if len(frame) > most else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"
