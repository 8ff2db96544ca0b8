"""The workshop on one page of A4: what was agreed, what it costs, what else was on the table, what is open.

HTML that needs nothing else: pictures are in it, and it prints as it is shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import vl_convert as vlc

from planner.explore.difference import Difference
from planner.plan.plan import Plan
from planner.report import cost_words as words
from planner.report import figures
from planner.report import format as fmt
from planner.report.brief.cards import OPEN_POINT, SETTLED, Card, Line, agreed, open_points, ranked
from planner.report.charts.base import Figure
from planner.report.format import escaped as escape
from planner.report.insight import Insight, Number
from planner.report.theme import ACCENT, BAD, GOOD, GRID, INK, MUTED, SURFACE, resolved
from planner.report.tried import AS_IT_IS, numbers, proof
from planner.result.result import Result

MOST_SCENARIOS, MOST_LINES = 6, 4
"""Rows of a list that fit on the page beside the others; what is left out is counted."""
LONGEST = 80
"""Characters of a text in a list; the log has all of it."""
WIDE, LEAST, MOST = 700, 90, 220
"""Width of the chart, and its least and greatest height, px: it takes what room the lists leave."""
ROOM, SCENARIO_PX, TEXT_PX, ON_A_LINE = 400, 30, 16, 46
"""Height for chart and lists together, that of a scenario and of a line of text; characters on such a line."""

CSS = f"""
@page {{ size: A4; margin: 13mm 14mm; }}
* {{ box-sizing: border-box; }}
html {{ color-scheme: light; }}
body {{ font: 9.5pt/1.35 Inter, "Helvetica Neue", Arial, "Liberation Sans", sans-serif; color: {INK.light};
  background: #fff; margin: 0 auto; padding: 10mm; max-width: 210mm; -webkit-print-color-adjust: exact;
  print-color-adjust: exact; overflow-wrap: anywhere; }}
header {{ display: flex; justify-content: space-between; align-items: baseline; gap: 6mm;
  border-bottom: 2px solid {ACCENT.light}; padding-bottom: 2mm; }}
h1 {{ font-size: 16pt; line-height: 1.15; margin: 0; }}
h2 {{ font-size: 10.5pt; margin: 0 0 1mm; }}
section {{ margin-top: 3.5mm; break-inside: avoid; }}
p {{ margin: 1mm 0 0; }}
.small {{ color: {MUTED.light}; font-size: 8pt; }}
.agreed {{ background: {SURFACE.light}; border-left: 3px solid {ACCENT.light}; padding: 2.5mm 4mm; }}
.agreed b {{ font-size: 12.5pt; display: block; }}
.numbers {{ display: grid; grid-template-columns: repeat(4, 1fr); gap: 2.5mm; margin-top: 3mm; }}
.numbers div {{ border: 1px solid {GRID.light}; border-radius: 1.5mm; padding: 1.5mm 2.5mm; }}
.numbers strong {{ display: block; font-size: 13pt; line-height: 1.2; }}
.good {{ color: {GOOD.light}; }} .bad {{ color: {BAD.light}; }}
table {{ border-collapse: collapse; width: 100%; font-size: 8.5pt; }}
th {{ text-align: left; font-weight: 600; color: {MUTED.light}; border-bottom: 1px solid {MUTED.light}; }}
th, td {{ padding: 0.5mm 2mm 0.5mm 0; vertical-align: top; }}
td {{ border-bottom: 1px solid {GRID.light}; }}
.n {{ text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }}
.columns {{ display: grid; grid-template-columns: 1fr 1fr; gap: 6mm; }}
.cut {{ white-space: nowrap; overflow: hidden; text-overflow: ellipsis; max-width: 58mm; }}
ul {{ margin: 0; padding-left: 4mm; }}
svg {{ width: 100%; height: auto; display: block; }}
button {{ font: inherit; padding: 1mm 3mm; }}
@media print {{ body {{ padding: 0; max-width: none; }} button {{ display: none; }} }}
@media (max-width: 600px) {{ .columns, .numbers {{ grid-template-columns: 1fr; }} body {{ padding: 5mm; }} }}
"""


def workshop_brief(
    plan: Plan, base: Result, made: Sequence[Card], lines: Iterable[Line], now: dt.datetime | None = None
) -> str:
    """The page as HTML. `made`: the scenarios as `cards` gives them; `lines`: the log, oldest first.

    Where no scenario is agreed on, or the agreed one is not solved, the figures are those of the plan as it is.
    """
    now, lines, made = now or dt.datetime.now(dt.UTC), list(lines), ranked(made)
    chosen = agreed(made)
    shown, result, difference = plan, base, Difference.between(base, base)
    if chosen is not None and chosen.plan is not None and chosen.result is not None and chosen.result.has_plan:
        shown, result = chosen.plan, chosen.result
        difference = chosen.difference or difference
    insight = Insight(shown, result)
    chart = figures.capacity_mix(insight)
    decided, points = _decisions(lines), open_points(lines)
    height = _height(len(made), [_said(x, True) for x in decided], [_said(x) for x in points])
    title = escape(plan.settings.name)
    body = [
        f"<header><h1>{title}</h1><span class=small>Workshop, {now:%d %B %Y}. {escape(insight.span)}</span></header>",
        f"<section>{_agreed(plan, base, chosen)}{_numbers(numbers(plan, base, shown, result, difference))}</section>",
        f"<section><h2>{escape(chart.title)}</h2>{_svg(chart, height)}<p class=small>{escape(chart.note)}</p></section>",
        f"<section><h2>Scenarios</h2>{_scenarios(plan, base, made)}</section>",
        f"<section class=columns><div><h2>Decisions</h2>{_list([_marked(x, True) for x in decided])}</div>"
        f"<div><h2>Open points</h2>{_list([_marked(x) for x in points])}</div></section>",
        f"<section class=small>{_limits(shown, result, made)}</section>",
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}: workshop brief</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{CSS}</style></head><body>\n'
        + "\n".join(body)
        + '\n<p><button onclick="print()">Print</button></p></body></html>\n'
    )


def _agreed(plan: Plan, base: Result, chosen: Card | None) -> str:
    currency = plan.settings.currency
    if chosen is None:
        return f"<div class=agreed><b>{AS_IT_IS}</b>No scenario is agreed on yet.</div>"
    said = escape(chosen.verdict(base, currency))
    known = "" if chosen.difference is None else f"<div class=small>{escape(proof(chosen.difference, currency))}</div>"
    who = f" <span class=small>brought in by {escape(_cut(chosen.owner, 40))}</span>" if chosen.owner else ""
    causes = f"<div>{escape(_cut('; '.join(chosen.causes)))}</div>" if chosen.causes else ""
    note = f"<div>{escape(_cut(chosen.note))}</div>" if chosen.note else ""
    return (
        f"<div class=agreed><span class=small>Agreed</span><b>{escape(chosen.name)}{who}</b>{causes}{note}"
        f"<div><strong>{said}.</strong></div>{known}</div>"
    )


def _numbers(tiles: Iterable[Number]) -> str:
    out = []
    for tile in tiles:
        tone = "" if tile.good is None else " good" if tile.good else " bad"
        delta = f'<span class="small{tone}">{escape(tile.delta)}</span>' if tile.delta else ""
        out.append(
            f"<div><span class=small>{escape(tile.label)}</span><strong>{escape(tile.value)}</strong>{delta}</div>"
        )
    return f"<div class=numbers>{''.join(out)}</div>"


def _svg(chart: Figure, height: int) -> str:
    spec = resolved(chart.spec, "light", background=False)
    spec["width"], spec["height"] = WIDE, height
    picture = str(vlc.vegalite_to_svg(spec))
    return picture.replace("<svg ", f'<svg role="img" aria-label="{escape(chart.alt_text, quote=True)}" ', 1)


def _scenarios(plan: Plan, base: Result, made: Sequence[Card]) -> str:
    currency = plan.settings.currency
    head = "<tr><th>Scenario<th>Owner<th>Stands<th class=n>Votes<th class=n>Cost<th class=n>Difference<th class=n>Proven</tr>"
    money = fmt.money(base.objective, currency)
    rows = [f"<tr><td>{AS_IT_IS}<td><td><td class=n><td class=n>{escape(money)}<td class=n><td class=n></tr>"]
    for card in sorted(made, key=lambda c: c.result is None and not c.votes)[:MOST_SCENARIOS]:
        cost = (
            "" if card.result is None or card.result.objective is None else fmt.money(card.result.objective, currency)
        )
        causes = f"<div class='small cut'>{escape('; '.join(card.causes))}</div>" if card.causes else ""
        cells = (card.owner, card.status)
        figures_ = (str(card.votes), cost, card.short(currency), card.proven(currency))
        rows.append(
            f"<tr><td><div class=cut>{escape(card.name)}</div>{causes}"
            + "".join(f"<td>{escape(_cut(c, 24))}" for c in cells)
            + "".join(f"<td class=n>{escape(c)}" for c in figures_)
            + "</tr>"
        )
    more = len(made) - MOST_SCENARIOS
    left = f"<p class=small>and {fmt.plural(more, 'more scenario')}</p>" if more > 0 else ""
    return f"<table>{head}{''.join(rows)}</table>{left}"


def _height(scenarios: int, *columns: Sequence[str]) -> int:
    """Height of the chart that leaves the lists their room on the page."""
    text = max(sum(1 + len(x) // ON_A_LINE for x in column[:MOST_LINES]) for column in columns)
    return min(max(ROOM - SCENARIO_PX * min(scenarios, MOST_SCENARIOS) - TEXT_PX * text, LEAST), MOST)


def _decisions(lines: Sequence[Line]) -> list[Line]:
    """What is no open point, the newest first."""
    return [x for x in lines if x.what != OPEN_POINT][::-1]


def _said(line: Line, kind: bool = False) -> str:
    """A line of the log in words, with its kind where that is more than a decision."""
    what = {"decision": "", SETTLED: "Settled: "}.get(line.what, f"{fmt.sentence(line.what)}: ") if kind else ""
    return what + _cut(". ".join(x for x in (line.scenario, line.text) if x))


def _marked(line: Line, kind: bool = False) -> str:
    who = f", {_cut(line.who, 20)}" if line.who else ""
    return f"{escape(_said(line, kind))} <span class=small>{line.at:%d %b}{escape(who)}</span>"


def _cut(text: str, most: int = LONGEST) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _list(items: Sequence[str]) -> str:
    if not items:
        return "<p class=small>None.</p>"
    more = len(items) - MOST_LINES
    left = f"<p class=small>and {more} more in the log</p>" if more > 0 else ""
    return "<ul>" + "".join(f"<li>{x}" for x in items[:MOST_LINES]) + f"</ul>{left}"


def _limits(plan: Plan, result: Result, made: Sequence[Card]) -> str:
    rate, currency = fmt.percent(plan.settings.discount_rate), plan.settings.currency
    gaps = [c.result.gap for c in made if c.result is not None and c.result.gap is not None]
    widest = f" The scenarios are {fmt.gap(max(gaps))} or better." if gaps else ""
    return escape(
        f"Cost is present value at {rate} a year of everything that the plan minimises. {words.told(result, currency)} The figures above are of a plan "
        f"{fmt.gap(result.gap)}.{widest} A difference smaller than the gaps of its two solves is no difference that could "
        f"be told; Proven is where the true difference lies. Inputs {plan.content_hash[:12]}."
    )
