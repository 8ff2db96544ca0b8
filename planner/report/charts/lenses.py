"""Charts of lenses: every plan judged by every lens, and what a lens decides otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from planner.explore.lenses import OTHER, SAME, UNSOLVED, UNTOLD
from planner.finance.lens import ACCOUNTING, AFTER_TAX, CASH, TITLES
from planner.plan.plan import Plan
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, legend, table, tip
from planner.report.charts.scenario import amount, decision_table
from planner.report.labels import offers
from planner.report.theme import ACCENT, INK, MUTED, NEUTRAL, SIZE, SOURCE, SOURCE_LABELS, scale

SHORT = {CASH: "Before tax", AFTER_TAX: "After tax", ACCOUNTING: "Accounts"}
"""Lenses where there is little room."""
PLAN_OF = {CASH: "Plan of least cost", AFTER_TAX: "Plan of least cost after tax", ACCOUNTING: "Plan of least expense"}
MOST_OFFERS = 12
BEST = "best"
SIDE = 40
"""Px left and right of the longest bars for their labels."""


def headline(lenses: pd.DataFrame, currency: str) -> str:
    """Whether another lens would decide otherwise."""
    other, untold = (lenses[lenses["state"] == s] for s in (OTHER, UNTOLD))
    if len(other):
        row = other.sort_values("saves", ascending=False).iloc[0]
        where = {AFTER_TAX: "After tax", ACCOUNTING: "In the accounts"}[str(row["lens"])]
        saved, more = fmt.money(row["saves"], currency), fmt.money(row["costs"], currency)
        return (
            f"{where} another plan is better: it saves {saved} there and costs {more} more before tax, in present value"
        )
    if len(untold):
        where = fmt.listing([SHORT[n].lower() for n in untold["lens"]])
        return f"No lens decides otherwise beyond the gap ({where}: too close to tell)"
    if (lenses["state"] == UNSOLVED).any():
        return "Not every lens was solved in time"
    return "All lenses make the same decision"


def judged(lenses: pd.DataFrame, totals: pd.DataFrame, currency: str) -> Figure:
    """Every plan in hand (rows) judged by every lens (columns): its cost, and how far that is from the best in hand."""
    title = headline(lenses, currency)
    same = set(lenses.loc[lenses["state"] == SAME, "lens"])
    rows = totals[~totals["plan"].isin(same)].copy()
    rows["plan_label"] = rows["plan"].map(PLAN_OF)
    rows["lens_label"] = rows["measure"].map(SHORT)
    rows["total_text"] = [exact_amount(v, currency) for v in rows["total"]]
    best = rows.groupby("measure")["total"].transform("min")
    rows["above"] = rows["total"] - best
    rows["is_best"] = rows["above"] <= 1e-9 * rows["total"].abs()
    rows["share"] = rows["above"] / best.abs().where(best != 0, 1.0)
    rows["above_text"] = [
        BEST if b else f"{fmt.money(a, currency, signed=True)} ({fmt.percent(s, signed=True)})"
        for b, a, s in zip(rows["is_best"], rows["above"], rows["share"], strict=True)
    ]
    rows["short_text"] = rows["above_text"].str.split(" (", regex=False).str[0]
    narrow = "width < 330"
    base = alt.Chart(rows).encode(
        alt.X(
            "lens_label:N",
            sort=list(SHORT.values()),
            title=None,
            axis=alt.Axis(
                orient="top", labelAngle=0, ticks=False, domain=False, labelFontSize=SIZE["subtitle"],
                labelColor=INK.css, labelFontWeight=600, labelPadding=8,
            ),
            scale=alt.Scale(paddingInner=0.04),
        ),
        alt.Y(
            "plan_label:N",
            sort=list(PLAN_OF.values()),
            title=None,
            axis=alt.Axis(
                ticks=False, domain=False, labelColor=INK.css, labelLimit=200, labelPadding=10,
                labelExpr="split(replace(replace(datum.label, ' of ', ' of|'), ' after', '|after'), '|')",
            ),
            scale=alt.Scale(paddingInner=0.08),
        ),
    )  # fmt: skip
    cells = base.mark_rect(cornerRadius=4).encode(
        color=alt.condition("datum.is_best", alt.value(ACCENT.css), alt.value(NEUTRAL.css)),
        opacity=alt.condition("datum.is_best", alt.value(0.3), alt.value(0.12)),
        tooltip=[tip("Plan", "plan_label"), tip("Judged by", "lens_label"), tip("It costs", "total_text"),
                 tip("Above the best", "above_text")],
    )  # fmt: skip
    amounts = base.mark_text(
        dy=-9, fontSize=alt.ExprRef(f"{narrow} ? {SIZE['label']} : {SIZE['title']}"), fontWeight=600, color=INK.css
    ).encode(text="total_text:N")
    distance = base.mark_text(
        dy=12,
        fontSize=SIZE["label"],
        color=INK.css,
        text=alt.ExprRef(f"{narrow} ? datum.short_text : datum.above_text"),
    )
    said = "; ".join(
        f"{p}, {m.lower()}: {t}, {a}"
        for p, m, t, a in zip(
            rows["plan_label"], rows["lens_label"], rows["total_text"], rows["above_text"], strict=True
        )
    )
    shown = totals.assign(plan=totals["plan"].map(PLAN_OF), measure=totals["measure"].map(TITLES))
    return Figure(
        "lenses",
        title,
        "Each row is a plan, each column what it costs by one lens, and how much more than the best plan there. Before and "
        "after tax are present values; accounts are expenses over the plan, not discounted. Costs that are not cash are in "
        "all of them.",
        f"{title}. {said}.",
        alt.layer(cells, amounts, distance).properties(height=alt.Step(76)),
        table(
            shown,
            {
                "plan": "Plan",
                "measure": "Judged by",
                "total": f"Cost ({currency})",
                "cash": f"From the statements ({currency})",
                "non_cash": f"Not cash ({currency})",
                "above": f"Above the best ({currency})",
            },
        ),
    )


def exact_amount(value: float, currency: str) -> str:
    """Money to five figures: plans by two lenses differ in the fourth."""
    return (fmt.MINUS if value < 0 else "") + fmt.symbol(currency) + fmt.compact(abs(value), 5)


def device_changes(devices: pd.DataFrame, lens: str) -> pd.DataFrame:
    """By offer: devices on average of the plan of least cost (before) and of the lens (after), the widest change first."""
    wide = devices.pivot_table(index=["offer", "pricing"], columns="lens", values="devices", aggfunc="sum")
    wide = wide.reindex(columns=[CASH, lens]).fillna(0.0).set_axis(["before", "after"], axis=1).reset_index()
    wide["change"] = wide["after"] - wide["before"]
    wide = wide[wide["change"].abs() > 1e-4 * wide[["before", "after"]].to_numpy(float).max(initial=1.0)]
    return wide.sort_values("change", key=abs, ascending=False, kind="stable").reset_index(drop=True)


def turned(plan: Plan, devices: pd.DataFrame, lens: str) -> Figure:
    """What a lens holds more and less of than the plan of least cost: devices in service on average, by offer."""
    name, changes = f"lens-{lens}", device_changes(devices, lens)
    where = SHORT[lens]
    if changes.empty:
        return empty(name, f"{where}: the same devices", "Both plans hold the same devices on average.")
    about = offers(plan)
    changes = changes.assign(
        label=_names(about).reindex(changes["offer"]).to_numpy(object),
        source=changes["offer"].map(about["source"]),
        source_label=changes["offer"].map(about["source_label"]),
    )
    title = f"{where}: {_moves(changes) or 'other places, as many devices of each kind'}"
    drawn = changes.head(MOST_OFFERS).assign(
        text=lambda d: [_signed(v) for v in d["change"]],
        before_text=lambda d: d["before"].map(amount),
        after_text=lambda d: d["after"].map(amount),
        side=lambda d: d["change"] > 0,
    )
    most = float(drawn["change"].abs().max())
    y = alt.Y(
        "label:N",
        sort=list(drawn["label"]),
        title=None,
        # Place above device: both are read on a phone, too.
        axis=alt.Axis(
            domain=False,
            ticks=False,
            labelLimit=175,
            labelColor=INK.css,
            labelFontSize=SIZE["note"],
            labelOffset=-6,
            labelExpr="split(replace(datum.label, ' · ', '|'), '|')",
        ),
    )
    # Both ends keep room for a label, however narrow the chart is.
    ends: list[Any] = [SIDE, alt.ExprRef(f"max(width - {SIDE}, {2 * SIDE})")]
    x = alt.X(
        "change:Q",
        title=None,
        axis=alt.Axis(tickCount=alt.ExprRef("width < 250 ? 3 : 5")),
        scale=alt.Scale(domain=[-most, most], range=ends, nice=False),
    )
    bars = (
        alt.Chart(drawn)
        .mark_bar(height=18)
        .encode(
            x,
            y,
            alt.Color(
                "source_label:N",
                scale=scale(SOURCE, drawn["source"], SOURCE_LABELS),
                legend=legend(drawn["source"].nunique(), 7, 2),
            ),
            tooltip=[tip("Offer", "label"), tip("Least cost", "before_text"), tip(where, "after_text"),
                     tip("Change", "text")],
        )
    )  # fmt: skip
    labels = [
        alt.Chart(drawn[drawn["side"] == up])
        .mark_text(align="left" if up else "right", dx=6 if up else -6, color=INK.css, fontSize=SIZE["label"])
        .encode(x, y, text="text:N")
        for up in (True, False)
        if (drawn["side"] == up).any()
    ]
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=MUTED.css).encode(x="zero:Q")
    hidden = len(changes) - len(drawn)
    note = "Devices in service, averaged over the plan, against the plan of least cost."
    return Figure(
        name,
        title,
        note + (f" {fmt.plural(hidden, 'smaller change')} in the table." if hidden > 0 else ""),
        f"{title}. " + "; ".join(f"{n} {t}" for n, t in zip(drawn["label"], drawn["text"], strict=True)) + ".",
        alt.layer(zero, bars, *labels).properties(height=alt.Step(36)),
        table(
            changes,
            {
                "label": "Offer",
                "source_label": "Source",
                "before": "Devices, least cost",
                "after": f"Devices, {where.lower()}",
                "change": "Change",
            },
        ),
    )


def _names(about: pd.DataFrame) -> pd.Series:
    """Offers by place and device, and by source where that does not tell them apart."""
    twice = about["short"].duplicated(keep=False)
    return (
        about["short"]
        .where(~twice, about["short"] + ", " + about["source_label"].str.lower())
        .where(~(about["short"] + about["source_label"]).duplicated(keep=False), about["label"])
    )


def _signed(value: float) -> str:
    return ("+" if value > 0 else fmt.MINUS) + amount(abs(value))


def _moves(changes: pd.DataFrame) -> str:
    """The two sources that move most, in words; blank where each has as many devices."""
    by = changes.groupby("source_label")["change"].sum()
    by = by[by.abs() >= 0.05].sort_values(key=abs, ascending=False).head(2)
    said = [f"{fmt.figures(abs(v), 2)} {'more' if v > 0 else 'fewer'} {str(n).lower()}" for n, v in by.items()]
    return " and ".join(said)


def differs(plan: Plan, devices: pd.DataFrame, decisions: pd.DataFrame, lens: str) -> str:
    """What the plan of a lens does otherwise than that of least cost, in a sentence; blank where it does the same."""
    count = int((decisions["lens"] == lens).sum())
    if not count:
        return ""
    changes = device_changes(devices, lens)
    changes["source_label"] = changes["offer"].map(offers(plan)["source_label"])
    moved = _moves(changes) or "as many devices of each kind, at other places or times"
    return f"{fmt.plural(count, 'decision')} {'differs' if count == 1 else 'differ'}: {moved} in service on average."


def verdict(row: Mapping[str, Any], currency: str) -> str:
    """What a lens decides, saves and costs, in a sentence or two."""
    saves, most, costs, left = (fmt.money(row[n], currency) for n in ("saves", "saves_at_most", "costs", "open"))
    if row["state"] == OTHER:
        return f"Decides otherwise: saves {saves} by this lens ({most} at most) and costs {costs} more before tax, in present value."
    if row["state"] == UNTOLD:
        return (
            f"No difference that could be told: what is decided otherwise saves {saves}, and the gap of the plan of least "
            f"cost leaves {left} open."
        )
    return "Decides the same." if row["state"] == SAME else "The plan with which the others are compared."


def decisions(plan: Plan, frame: pd.DataFrame, lens: str) -> pd.DataFrame:
    """Every decision in which a lens differs from the plan of least cost, as people read it."""
    out = decision_table(plan, frame[frame["lens"] == lens].drop(columns="lens"))
    blank = [c for c in ("Workload",) if c in out and (out[c] == "").all()]
    return out.drop(columns=blank)
