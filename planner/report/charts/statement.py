"""Charts of the statements: movements by period with their net, cost by a dimension, what is due, the budget."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import altair as alt
import pandas as pd

from planner.plan.tables import COMMITTED, LEASED, OWNED
from planner.report import format as fmt
from planner.report.charts.base import HEIGHT, Figure, empty, legend, period_axis, room_for_text, table, tip
from planner.report.theme import ACCENT, BACKGROUND, BAD, GOOD, INK, MUTED, NEUTRAL, SIZE, SOURCE, Tone

TONES: dict[str, Tone] = {
    "Operating": NEUTRAL,
    "Investing": ACCENT,
    "Financing": SOURCE[LEASED],
    "Operating cost": NEUTRAL,
    "Depreciation": SOURCE[OWNED],
    "Amortization of leases": SOURCE[LEASED],
    "Interest on leases": Tone("#7FB5BC", "#0B7D74"),
    "Loss (gain) on disposal": BAD,
    "Tax": GOOD,
    "Equipment": SOURCE[OWNED],
    "Equipment not in service yet": Tone("#9CB8DE", "#2C4C8F"),
    "Site fit-out": NEUTRAL,
    "Right of use": SOURCE[LEASED],
    "Prepaid commitments": SOURCE[COMMITTED],
    "Lease liability": Tone("#7FB5BC", "#0B7D74"),
    "Deferred tax": GOOD,
    "Committed": SOURCE[COMMITTED],
    "Leased": SOURCE[LEASED],
    "Capex": ACCENT,
    "Opex": NEUTRAL,
}
"""One colour for each part of a statement; blue is owned and teal is leased, as in every other chart."""


BLUES = (
    Tone("#0955B7", "#497FF0"),
    Tone("#5B8FD6", "#86A9F5"),
    Tone("#9CBDE8", "#BBD0FA"),
    Tone("#2E3F66", "#2F56B0"),
    Tone("#7A8FB5", "#6F86B8"),
)
"""Classes of what is owned: blue, as owned capacity is everywhere."""


def asset_tones(classes: Sequence[str], others: Container[str] = ()) -> dict[str, Tone]:
    """A blue for each class of assets, repeated when there are many; a neutral for `others`."""
    blue = [c for c in classes if c not in others]
    return {
        **{c: BLUES[i % len(BLUES)] for i, c in enumerate(blue)},
        **{c: NEUTRAL for c in classes if c in others},
    }


def money_axis(currency: str) -> alt.Axis:
    """An axis of amounts."""
    return alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=5)


def movements(
    name: str,
    title: str,
    note: str,
    parts: pd.DataFrame,
    net: pd.DataFrame | None,
    currency: str,
    net_label: str = "Net",
    tones: Mapping[str, Tone] = TONES,
) -> Figure:
    """Signed amounts as bars stacked away from zero, on request with their net as a line.

    `parts`: when (labels in order), part, amount. `net`: when, amount.
    """
    if parts.empty or not parts["amount"].any():
        return empty(name, title, "There is nothing to draw.")
    labels = list(dict.fromkeys(parts["when"]))
    present = [p for p in tones if p in set(parts["part"])]
    rank = {p: i for i, p in enumerate(present)}
    drawn = parts[parts["amount"] != 0].assign(
        rank=lambda d: d["part"].map(rank),
        text=lambda d: d["amount"].map(lambda v: fmt.money(v, currency)),
        period_label=lambda d: d["when"],
    )
    x = period_axis(labels)
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x,
            alt.Y("amount:Q", title=None, axis=money_axis(currency)),
            alt.Color(
                "part:N",
                scale=alt.Scale(domain=present, range=[tones[p].css for p in present]),
                legend=legend(len(present), 6, 2),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[tip("When", "when"), tip("What", "part"), tip("Amount", "text")],
        )
    )
    zero = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(color=MUTED.css, strokeWidth=1).encode(y="y:Q")
    layers: list[alt.Chart | alt.LayerChart] = [bars, zero]
    shown = table(parts, {"when": "When", "part": "What", "amount": f"Amount ({currency})"})
    if net is not None and len(net):
        line = net.assign(
            period_label=net["when"], text=net["amount"].map(lambda v: fmt.money(v, currency)), part=net_label
        )
        base = alt.Chart(line).encode(
            x, y="amount:Q", tooltip=[tip("When", "when"), tip("What", "part"), tip("Amount", "text")]
        )
        # a halo in the colour of the page keeps the line readable on every bar
        layers.append(base.mark_line(color=BACKGROUND.css, strokeWidth=5))
        layers.append(base.mark_line(color=INK.css, point=alt.OverlayMarkDef(color=INK.css, size=34, filled=True)))
        both = pd.concat([parts, net.assign(part=net_label)], ignore_index=True)
        shown = table(both, {"when": "When", "part": "What", "amount": f"Amount ({currency})"})
    sums = parts.groupby("part", sort=False)["amount"].sum()
    said = "; ".join(f"{p} {fmt.money(float(v), currency)}" for p, v in sums.items())
    return Figure(name, title, note, f"{title}. In all: {said}.", alt.layer(*layers).properties(height=HEIGHT), shown)


def ranked(name: str, title: str, note: str, rows: pd.DataFrame, currency: str, heading: str) -> Figure:
    """Amounts as horizontal bars, the greatest first, each with its amount and share. `rows`: label, amount, share."""
    if rows.empty or not rows["amount"].any():
        return empty(name, title, "There is nothing to draw.")
    drawn = rows.assign(
        text=[
            fmt.money(a, currency) + " · " + fmt.percent(s) for a, s in zip(rows["amount"], rows["share"], strict=True)
        ],
        amount_text=rows["amount"].map(lambda v: fmt.money(v, currency)),
        share_text=rows["share"].map(fmt.percent),
        end=rows["amount"].clip(lower=0.0),
    )
    y = alt.Y(
        "label:N",
        sort=list(rows["label"]),
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=190, labelColor=INK.css),
    )
    scale = room_for_text(min(0.0, float(rows["amount"].min())), float(rows["amount"].max()), 110)
    bars = (
        alt.Chart(drawn)
        .mark_bar(height=16, color=ACCENT.css)
        .encode(
            alt.X("amount:Q", title=None, axis=money_axis(currency), scale=scale),
            y,
            tooltip=[tip(heading, "label"), tip("Amount", "amount_text"), tip("Share", "share_text")],
        )
    )
    texts = (
        alt.Chart(drawn)
        .mark_text(align="left", dx=6, color=INK.css, fontSize=SIZE["label"])
        .encode(alt.X("end:Q"), y, text="text:N")
    )
    said = "; ".join(f"{n} {t}" for n, t in zip(drawn["label"], drawn["amount_text"], strict=True))
    return Figure(
        name,
        title,
        note,
        f"{title}. {said}.",
        alt.layer(bars, texts).properties(height=alt.Step(27)),
        table(rows, {"label": heading, "amount": f"Amount ({currency})", "share": "Share"}),
    )
