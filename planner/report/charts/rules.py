"""Chart of policies: how much of each limit is used, window by window."""

from __future__ import annotations

import altair as alt
import pandas as pd

from planner.report import insight_findings as finding
from planner.report.charts.base import Figure, empty, table, tip
from planner.report.theme import ACCENT, BAD, INK, NEUTRAL

STATES = {"met": ("Holds", NEUTRAL), "binding": ("At the limit", ACCENT), "broken": ("Broken", BAD)}
FAR = 2.0
"""Shares of a limit beyond this are drawn here, so that one loose policy does not flatten the rest."""


def policy_use(rules: pd.DataFrame) -> Figure:
    """Value as a share of the limit for every policy and window, by state."""
    title = finding.rules(rules)
    drawn = rules[rules["used"].notna()]
    if drawn.empty:
        return empty("policies", title, "No policy has a limit to compare with.")
    drawn = drawn.assign(
        at=drawn["used"].clip(0.0, FAR),
        label=drawn["state"].map({k: v[0] for k, v in STATES.items()}),
    )
    order = list(dict.fromkeys(drawn["policy"]))
    domain = [STATES[s][0] for s in STATES if s in set(drawn["state"])]
    colors = [STATES[s][1].css for s in STATES if s in set(drawn["state"])]
    y = alt.Y(
        "policy:N",
        sort=order,
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=170, labelPadding=12, labelColor=INK.css),
    )
    marks = (
        alt.Chart(drawn)
        .mark_point(filled=True, size=110, opacity=0.9)
        .encode(
            alt.X(
                "at:Q",
                title="Value as a share of the limit",
                axis=alt.Axis(format="%", tickCount=5),
                scale=alt.Scale(
                    domain=[min(0.0, float(drawn["at"].min())), max(1.15, float(drawn["at"].max()) + 0.05)]
                ),
            ),
            y,
            alt.Color("label:N", scale=alt.Scale(domain=domain, range=colors), legend=alt.Legend(columns=3)),
            alt.Shape(
                "label:N",
                scale=alt.Scale(
                    domain=domain,
                    range=[{"Holds": "circle", "At the limit": "diamond", "Broken": "triangle-up"}[d] for d in domain],
                ),
            ),
            tooltip=[
                tip("Policy", "policy"),
                tip("When", "when"),
                tip("Value", "value_text"),
                tip("Limit", "limit_text"),
                tip("Slack", "slack_text"),
                tip("Shadow price", "price_text"),
            ],
        )
    )
    limit = alt.Chart(pd.DataFrame({"one": [1.0]})).mark_rule(color=INK.css, strokeWidth=1.5).encode(x="one:Q")
    return Figure(
        "policies",
        title,
        "One mark for each window of each policy; the line is the limit. A least amount (min) holds right of it.",
        f"{title}. {len(order)} policies in {len(drawn)} windows.",
        alt.layer(limit, marks).properties(height=alt.Step(34)),
        table(
            rules,
            {
                "policy": "Policy",
                "when": "When",
                "value_text": "Value",
                "limit_text": "Limit",
                "slack_text": "Slack",
                "price_text": "Shadow price",
                "state": "State",
                "sentence": "What it says",
            },
        ),
    )
