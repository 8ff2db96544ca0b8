"""Chart and tables of scenarios: what each costs more or less than the plan as it is, and what it turns."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from planner.explore.compare import DECISIONS, DEVICES, KINDS, ORDERS, SITES, UNSERVED, VOLUME
from planner.explore.scenarios import BASE, MEASURES, MONEY, SHARE, SOLVED
from planner.plan.plan import Plan
from planner.report import cost_words as words
from planner.report import format as fmt
from planner.report.charts.base import Figure, empty, tip
from planner.report.labels import Calendar, names, offers
from planner.report.theme import BAD, GOOD, INK, MUTED, NEUTRAL, SIZE

BASE_NAME = "Plan as it is"
MORE, LESS, SAME = "Costs more", "Costs less", "Within the gaps"
TONES = {MORE: BAD, LESS: GOOD, SAME: NEUTRAL}
KIND_NAMES = {DEVICES: "Devices", ORDERS: "Orders", SITES: "Sites", VOLUME: "Volume", UNSERVED: "Unserved"}
TOLD = "Larger than both gaps"
ARROW = " \u2192 "


def kind_of(estimate: pd.Series, certain: pd.Series) -> np.ndarray:
    """Whether each difference is more, less, or none that could be told."""
    return np.where(~certain.astype(bool), SAME, np.where(estimate > 0, MORE, LESS))


def told_apart(certain: pd.Series) -> np.ndarray:
    """Whether each difference is larger than the gaps of its two solves, as yes or no."""
    return np.where(certain.astype(bool), "yes", "no")


def difference_text(row: pd.Series | dict, currency: str) -> str:
    """A difference in short: +$12.0 M, or that there is none."""
    return fmt.money(row["difference"], currency, signed=True) if row["certain"] else "no difference"


def range_text(low: float, high: float, currency: str) -> str:
    """The interval in which a true difference must lie."""
    if not np.isfinite([low, high]).all():
        return "no bound yet"
    return f"{fmt.money(low, currency, signed=True)} to {fmt.money(high, currency, signed=True)}"


def scenario_costs(scenarios: pd.DataFrame, currency: str) -> Figure:
    """The difference of each scenario to the base as a bar, with its proven interval. See `explore.scenarios`."""
    others = scenarios[scenarios["scenario"] != BASE]
    drawn = others[others["state"] == SOLVED].sort_values("difference", ascending=False, kind="stable")
    if drawn.empty:
        return empty("scenarios", "No scenario has a plan", "Each says why in the table.")
    title = _finding(others, drawn, currency)
    drawn = drawn.assign(
        kind=kind_of(drawn["difference"], drawn["certain"]),
        text=[difference_text(r, currency) for r in drawn.to_dict("records")],
        range_text=[range_text(r.low, r.high, currency) for r in drawn.itertuples()],
        share=drawn["relative"].map(lambda v: fmt.change(v, signed=True)),
        low=drawn["low"].replace([-np.inf, np.inf], np.nan).fillna(drawn["difference"]),
        high=drawn["high"].replace([-np.inf, np.inf], np.nan).fillna(drawn["difference"]),
        zero=0.0,
    )
    drawn["right"] = drawn[["high", "difference", "zero"]].max(axis=1)
    ends = [0.0, float(drawn["low"].min()), float(drawn["right"].max())]
    y = alt.Y(
        "scenario:N",
        sort=list(drawn["scenario"]),
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=150, labelPadding=8, labelColor=INK.css),
    )
    scale = alt.Scale(domain=[min(ends), max(ends)], range=[4, alt.ExprRef("max(width - 84, 40)")], nice=False)
    x = alt.X(
        "zero:Q",
        title=f"Difference in {words.COST.lower()}",
        axis=alt.Axis(labelExpr=fmt.d3_axis(currency), tickCount=4, grid=True),
        scale=scale,
    )
    present = [k for k in TONES if k in set(drawn["kind"])]
    color = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=present, range=[TONES[k].css for k in present]),
        legend=alt.Legend(title=None, columns=alt.ExprRef("width < 500 ? 1 : 3")),
    )
    tips = [
        tip("Scenario", "scenario"),
        tip("Changes", "causes"),
        tip("Difference", "text"),
        tip("Of the base", "share"),
        tip("Proven", "range_text"),
    ]
    bars = alt.Chart(drawn).mark_bar(height=18).encode(x, y, alt.X2("difference:Q"), color=color, tooltip=tips)
    proven = alt.Chart(drawn).mark_rule(color=INK.css, strokeWidth=1.5).encode(alt.X("low:Q"), alt.X2("high:Q"), y)
    labels = (
        alt.Chart(drawn)
        .mark_text(align="left", dx=8, color=INK.css, fontSize=SIZE["label"])
        .encode(alt.X("right:Q"), y, text="text:N")
    )
    base = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=MUTED.css, strokeWidth=1.5).encode(x="zero:Q")
    return Figure(
        "scenarios",
        title,
        "Bars compare the plans in hand; the thin line is where the true difference must lie. "
        "What is smaller than the gaps of both solves is no difference. What enters or leaves below can be a tie. "
        + words.WHAT,
        f"{title}. " + "; ".join(f"{r.scenario}: {r.text}" for r in drawn.itertuples()) + ".",
        alt.layer(bars, proven, base, labels).properties(height=alt.Step(34)),
        scenario_table(scenarios, currency),
    )


def _finding(others: pd.DataFrame, drawn: pd.DataFrame, currency: str) -> str:
    told = drawn[drawn["certain"].astype(bool)]
    lost = len(others) - len(drawn)
    more = f"; {fmt.plural(lost, 'scenario has', 'scenarios have')} no plan" if lost else ""
    if told.empty:
        return f"No scenario differs from the plan by more than the gaps{more}"
    top = told.loc[told["difference"].abs().idxmax()]
    word = "more" if top["difference"] > 0 else "less"
    share = fmt.change(abs(top["relative"]))
    return f"{top['scenario']} costs {fmt.money(abs(top['difference']), currency)} {word} ({share}), the widest apart{more}"


def scenario_table(scenarios: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The frame `scenarios` under headings that people read."""
    out = scenarios.assign(
        scenario=scenarios["scenario"].replace(BASE, BASE_NAME),
        told=told_apart(scenarios["certain"]),
    )
    out.loc[(out["state"] != SOLVED) | (scenarios["scenario"] == BASE), "told"] = ""
    headings = {
        "scenario": "Scenario",
        "owner": "Owner",
        "status": "Status",
        "state": "State",
        "causes": "Changes",
        "cost": words.heading(words.COST, currency),
        "difference": f"Difference ({currency})",
        "low": f"At least ({currency})",
        "high": f"At most ({currency})",
        "told": TOLD,
        "gap": "Share not proven (gap)",
        "flips": "Offers and sites that enter or leave",
        "why": "Why there is no plan",
    }
    return out[list(headings)].rename(columns=headings).reset_index(drop=True)


def measure_table(measures: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Headline measures as texts, one row a measure and one column a scenario, with the difference to the base."""
    out = {"Measure": [label for label, _ in MEASURES.values()]}
    for name in dict.fromkeys(measures["scenario"]):
        rows = measures[measures["scenario"] == name].set_index("measure")
        texts = []
        for measure, (_, unit) in MEASURES.items():
            value, difference = rows.loc[measure, ["value", "difference"]].astype(float)
            text = measured(value, unit, currency)
            changed = name != BASE and abs(difference) > 5e-4 * max(abs(value), abs(value - difference), 1e-9)
            texts.append(f"{text} ({measured(difference, unit, currency, signed=True)})" if changed else text)
        out[name or BASE_NAME] = texts
    return pd.DataFrame(out)


def measured(value: float, unit: str, currency: str, signed: bool = False) -> str:
    """A measure in its unit, as people read it."""
    plus = "+" if signed and value > 0 else ""
    if unit == MONEY:
        return fmt.money(value, currency, signed=signed)
    if unit == SHARE:
        text = fmt.percent(value, signed=signed)
        return text.replace("%", "points") if signed else text
    if unit == "t":
        return plus + fmt.mass(value)
    if unit == "kWh":
        return plus + fmt.energy(value)
    return plus + amount(value).replace("-", fmt.MINUS)


def what_names(plan: Plan, frame: pd.DataFrame) -> list[str]:
    """Names for the column `what` of decisions and flips: offers, sites and locations as people call them."""
    offer = offers(plan)["label"].to_dict()
    site, place = names(plan, "sites").to_dict(), names(plan, "locations").to_dict()
    by_kind = {DEVICES: offer, ORDERS: offer, "offer": offer, SITES: site, VOLUME: site, "site": site, UNSERVED: place}
    return [str(by_kind[k].get(w, w)) for k, w in zip(frame["kind"], frame["what"], strict=True)]


def turned_text(plan: Plan, flips: pd.DataFrame, most: int = 3) -> str:
    """What enters and what leaves, in words; blank for nothing. Offers speak for their sites where both turn."""
    parts = []
    for turn, word in (("enters", "In: "), ("leaves", "Out: ")):
        rows = flips[flips["turn"] == turn]
        rows = rows[rows["kind"] == "offer"] if (rows["kind"] == "offer").any() else rows
        known = what_names(plan, rows)
        if len(known) > most:
            known = [*known[: most - 1], f"{len(known) - most + 1} more"]
        if known:
            parts.append(f"{word}{'; '.join(known)}.")
    return " ".join(parts)


def decision_table(plan: Plan, decisions: pd.DataFrame) -> pd.DataFrame:
    """Decisions that differ, a row each and a column a plan year with what was and what is. See `compare`."""
    if decisions.empty:
        return pd.DataFrame({"Decision": [], "Which": []}, dtype=str)
    workload = names(plan, "workloads").to_dict()
    rows = decisions.assign(
        Decision=decisions["kind"].map(KIND_NAMES),
        Which=what_names(plan, decisions),
        Workload=[str(workload.get(w, w)) for w in decisions["workload"]],
        Unit=decisions["unit"],
        text=[f"{amount(b)}{ARROW}{amount(a)}" for b, a in zip(decisions["before"], decisions["after"], strict=True)],
    )
    keys = ["Decision", "Which", "Workload", "Unit"]
    order = rows.drop_duplicates(keys).set_index(keys).index
    out = rows.pivot_table(index=keys, columns="year", values="text", aggfunc="first").reindex(order).fillna("")
    labels = Calendar(plan.settings).year_labels
    out.columns = [labels[y - 1] if y <= len(labels) else f"year {y}" for y in out.columns]
    return out.reset_index()


def amount(value: float) -> str:
    """A count in a decision: whole from 100 up, with one decimal below, where it has one."""
    if abs(value) >= 100:
        return fmt.compact(value)
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= 0.05 or value == 0 else fmt.figures(value, 1)


def decision_kinds(decisions: pd.DataFrame) -> list[str]:
    """The kinds of decision that differ, in order."""
    return [k for k in KINDS if k in set(decisions["kind"])] if set(DECISIONS) <= set(decisions) else []
