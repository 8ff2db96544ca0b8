"""What the figure of each lens is made of: cash, tax, expenses, and what is not cash; and where else it stands."""

from __future__ import annotations

import altair as alt
import pandas as pd

from planner.finance.lens import CASH, CASH_KIND, EXPENSE_KIND, NOT_CASH_KIND, TAX_KIND, TITLES
from planner.report import cost_words
from planner.report import format as fmt
from planner.report.charts.base import Figure, legend, room_for_text, table, tip
from planner.report.charts.lenses import SHORT, exact_amount
from planner.report.theme import ACCENT, GOOD, GROUP, INK, SIZE, Tone

KINDS = {CASH_KIND: "Cash before tax", TAX_KIND: "Tax saved", EXPENSE_KIND: "Expenses", NOT_CASH_KIND: "Not cash"}
"""What the parts of a figure are called."""
TONES: dict[str, Tone] = {
    CASH_KIND: ACCENT,
    TAX_KIND: GOOD,
    EXPENSE_KIND: GROUP["Operations"],
    NOT_CASH_KIND: GROUP["Not cash"],
}
STANDS = {
    CASH_KIND: "Overview: cash, present value",
    TAX_KIND: "Finance, cash flow: tax, discounted",
    EXPENSE_KIND: "Finance, profit and loss",
    NOT_CASH_KIND: "Finance, cost: costs that are not cash",
}
"""Where else the app has the figure, for the plan that it shows."""


def not_cash(parts: pd.DataFrame, currency: str) -> str:
    """How much of a lens's figure is not cash, and what it is; blank where it is all cash."""
    other = parts[parts["kind"] == NOT_CASH_KIND].sort_values("amount", ascending=False, kind="stable")
    if other.empty:
        return ""
    called = fmt.listing([cost_words.NAMES.get(str(c), str(c)) for c in other["part"]])
    return f"{fmt.money(float(other['amount'].sum()), currency)} not cash: {called}"


def made_of(parts: pd.DataFrame, lens: str, currency: str) -> str:
    """What a lens's figure is made of, in words: its statement's part, the tax that is saved, and what is not cash."""
    mine = parts[parts["lens"] == lens]
    said = [
        f"less {fmt.money(-float(amount), currency)} {KINDS[TAX_KIND].lower()}"
        if kind == TAX_KIND and amount < 0
        else f"{fmt.money(float(amount), currency)} {KINDS[str(kind)].lower()}"
        for kind, amount in mine[mine["kind"] != NOT_CASH_KIND].groupby("kind", sort=False)["amount"].sum().items()
    ]
    return ", ".join([*said, *filter(None, [not_cash(mine, currency)])])


def breakdown(parts: pd.DataFrame, currency: str) -> Figure:
    """What the least cost by each lens is made of: a bar for each lens, and where else the app has each part."""
    known = parts["part"].map({c: name[:1].upper() + name[1:] for c, name in cost_words.NAMES.items()})
    rows = parts.assign(
        part=known.where(parts["kind"] == NOT_CASH_KIND).fillna(parts["part"]),
        lens_label=parts["lens"].map(SHORT),
        kind_label=parts["kind"].map(KINDS),
        text=[exact_amount(v, currency) for v in parts["amount"]],
        order=range(len(parts)),
    )
    sums = rows.groupby("lens_label", sort=False)["amount"].sum()
    ends = rows.assign(end=rows["amount"].clip(lower=0.0)).groupby("lens_label", sort=False)["end"].sum()
    totals = pd.DataFrame({"lens_label": sums.index, "total": sums.to_numpy(float), "end": ends.to_numpy(float)})
    totals["text"] = [exact_amount(v, currency) for v in totals["total"]]
    said = not_cash(parts[parts["lens"] == CASH], currency)
    base = fmt.money(float(sums.get(SHORT[CASH], 0.0)), currency)
    title = f"{cost_words.COST}, is {base}" + (f", of it {said}" if said else ": all of it is cash")
    y = alt.Y(
        "lens_label:N",
        sort=list(SHORT.values()),
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelColor=INK.css),
    )
    low, high = min(0.0, float(rows["amount"].min()) * 1.05), float(ends.max())
    x = alt.X(
        "amount:Q",
        title=None,
        axis=alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=alt.ExprRef("width < 330 ? 2 : 4")),
        scale=room_for_text(low, high, 64),
    )
    here = [k for k in KINDS if k in set(rows["kind"])]
    bars = (
        alt.Chart(rows)
        .mark_bar(height=22)
        .encode(
            x,
            y,
            alt.Color(
                "kind_label:N",
                scale=alt.Scale(domain=[KINDS[k] for k in here], range=[TONES[k].css for k in here]),
                legend=legend(len(here), 4, 2),
            ),
            order="order:Q",
            tooltip=[tip("Lens", "lens_label"), tip("Part", "part"), tip("Amount", "text")],
        )
    )
    label = alt.Chart(totals).mark_text(align="left", dx=6, color=INK.css, fontSize=SIZE["label"], fontWeight=600)
    shown = pd.concat(
        [
            rows.assign(lens_title=rows["lens"].map(TITLES), stands=rows["kind"].map(STANDS)),
            *(
                pd.DataFrame({"lens_title": [TITLES[n]], "part": ["In all"], "amount": [float(v)], "stands": [""]})
                for n, v in parts.groupby("lens", sort=False)["amount"].sum().items()
            ),
        ]
    )
    shown["place"] = shown["lens_title"].map({t: i for i, t in enumerate(TITLES.values())})
    shown = shown.sort_values("place", kind="stable").fillna({"kind_label": ""})
    return Figure(
        "lens-parts",
        title,
        "What the best plan by each lens comes to by it. What is saved in tax stands left of nothing; beside each bar, the "
        "sum. The table says where else each part stands.",
        f"{title}. "
        + "; ".join(
            f"{a}, {b.lower()}: {c}" for a, b, c in zip(rows["lens_label"], rows["part"], rows["text"], strict=True)
        )
        + ".",
        alt.layer(bars, label.encode(alt.X("end:Q"), y, text="text:N")).properties(height=alt.Step(44)),
        table(
            shown,
            {
                "lens_title": "Lens",
                "part": "Part",
                "kind_label": "Counts as",
                "amount": f"Amount ({currency})",
                "stands": "Also to be found, for the plan that is shown",
            },
        ),
    )
