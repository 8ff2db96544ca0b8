"""The chart of the investment case: what the plan has earned back so far, against the alternative."""

from __future__ import annotations

import altair as alt
import pandas as pd

from planner.report import format as fmt
from planner.report.charts.base import HEIGHT, Figure, empty, period_axis, table, tip
from planner.report.charts.statement import money_axis
from planner.report.theme import ACCENT, BACKGROUND, BAD, GOOD, INK, MUTED, SIZE


def paid_back(flows: pd.DataFrame, currency: str, title: str) -> Figure:
    """Flows of each period as bars and their running present value as a line, after tax.

    `flows`: period_label, after_tax, cumulative_after_tax, before_tax, cumulative_before_tax.
    """
    name = "investment-case"
    if not flows[["before_tax", "after_tax"]].to_numpy().any():
        return empty(name, title, "The plan and the alternative pay the same in every period.")
    labels = list(flows["period_label"])
    drawn = flows.assign(
        text=flows["after_tax"].map(lambda v: fmt.money(v, currency, signed=True)),
        so_far=flows["cumulative_after_tax"].map(lambda v: fmt.money(v, currency, signed=True)),
        before_text=flows["before_tax"].map(lambda v: fmt.money(v, currency, signed=True)),
        sign=(flows["after_tax"] >= 0).map({True: "Better than the alternative", False: "Worse"}),
    )
    x = period_axis(labels)
    tips = [
        tip("Period", "period_label"),
        tip("After tax", "text"),
        tip("Before tax", "before_text"),
        tip("Present value so far", "so_far"),
    ]
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x,
            alt.Y("after_tax:Q", title=None, axis=money_axis(currency)),
            alt.Color(
                "sign:N",
                scale=alt.Scale(domain=["Better than the alternative", "Worse"], range=[GOOD.css, BAD.css]),
                legend=alt.Legend(columns=2),
            ),
            tooltip=tips,
        )
    )
    base = alt.Chart(drawn).encode(x, y="cumulative_after_tax:Q", tooltip=tips)
    line = base.mark_line(color=BACKGROUND.css, strokeWidth=5) + base.mark_line(
        color=ACCENT.css, point=alt.OverlayMarkDef(color=ACCENT.css, size=34, filled=True)
    )
    zero = alt.Chart(pd.DataFrame({"y": [0.0]})).mark_rule(color=MUTED.css, strokeWidth=1).encode(y="y:Q")
    end = (
        alt.Chart(drawn.tail(1))
        .mark_text(dy=-14, align="right", dx=10, fontWeight=600, fontSize=SIZE["subtitle"], color=INK.css)
        .encode(x, y="cumulative_after_tax:Q", text="so_far:N")
    )
    return Figure(
        name,
        title,
        "After tax. Bars: what each period is better or worse than business as usual. Line: their present value so far.",
        f"{title}. Present value after the last period: {drawn['so_far'].iloc[-1]}.",
        alt.layer(bars, zero, line, end).properties(height=HEIGHT),
        table(
            flows,
            {
                "period_label": "Period",
                "capex": f"Capex saved ({currency})",
                "opex": f"Opex saved ({currency})",
                "value": f"Value gained ({currency})",
                "tax": f"Tax saved ({currency})",
                "before_tax": f"Before tax ({currency})",
                "after_tax": f"After tax ({currency})",
                "discount_factor": "Discount factor",
                "cumulative_before_tax": f"Present value so far, before tax ({currency})",
                "cumulative_after_tax": f"Present value so far, after tax ({currency})",
            },
        ),
    )
