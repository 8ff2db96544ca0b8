"""The rules of a plan one by one, and the plan without a rule or with more room in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.explore.rules_margins import Margin
from planner.explore.why_words import amount, listed, number
from planner.model.sets import Sets
from planner.plan.plan import Plan
from planner.plan.schema import split_list
from planner.plan.tables import MONEY_MEASURES
from planner.result.frames import CAPEX, OPEX
from planner.result.result import Result
from planner.text.names import names
from planner.text.policies import exact, measure_of, names_by_key, policies_said

POLICY, BUDGET, LATENCY, ZONE, CERTIFICATION, SURVIVAL = (
    "policy",
    "budget",
    "latency",
    "zone",
    "certification",
    "survival",
)
QUOTA, RATE_LIMIT, POWER, ROOM, BANDWIDTH, SPOT_SHARE = (
    "quota",
    "rate limit",
    "power",
    "room",
    "bandwidth",
    "spot share",
)
PHYSICAL = {
    ("workloads", "interruptible_share"): SPOT_SHARE,
    ("offers", "max_devices"): QUOTA,
    ("offers", "max_units_per_hour"): RATE_LIMIT,
    ("sites", "power_capacity_kw"): POWER,
    ("sites", "max_devices"): ROOM,
    ("network", "bandwidth_gbps"): BANDWIDTH,
}
"""Limits on what there is to have, by the cell that says them."""
LIFTED = {SURVIVAL: 0.0, SPOT_SHARE: 1.0}
"""Cells that ask for nothing at this value; the others when they are blank."""
CASH = {"spend": (CAPEX, OPEX), "capex": (CAPEX,), "opex": (OPEX,)}
"""Measures of money and the kinds of cash that they count."""
TOGETHER = {ZONE: "All residency rules together", LATENCY: "All latency limits together"}
"""Kinds whose rules are also lifted together, since each alone may be idle for the others."""


@dataclass(frozen=True)
class Rule:
    """A rule as the cell that says it: `column` of the row of `table` whose key is `subject`.

    A policy has no column: it goes with its row. `limit` is a number where the rule has one, else NaN;
    `side` is +1 where more of it allows more, -1 where less does. `members`: the rules of a group.
    """

    key: str
    kind: str
    subject: str
    sentence: str
    table: str = ""
    column: str = ""
    limit: float = float("nan")
    unit: str = ""
    side: int = 1
    members: tuple[Rule, ...] = ()

    @property
    def can_ease(self) -> bool:
        """True where the limit is a number other than 0, which can give way by a share of itself."""
        return bool(np.isfinite(self.limit)) and self.limit != 0 and not self.members

    def eased(self, share: float) -> float:
        """The limit with so large a share of it more room."""
        return self.limit + self.side * share * abs(self.limit)


def without(plan: Plan, rule: Rule) -> Plan:
    """The plan without the rule, or without all rules of a group."""
    return _changed(plan, rule.members or (rule,), None)


def eased(plan: Plan, rule: Rule, share: float) -> Plan:
    """The plan with the rule's limit giving way by a share of itself."""
    return _changed(plan, (rule,), share)


def can_give_way(plan: Plan, result: Result, rule: Rule) -> bool:
    """True where more room in the rule's limit can only allow more than `result` already does.

    Not so for a share of money in a window in which more is got for what is sold than is paid: of a
    total below 0 a smaller share is more.
    """
    if not rule.can_ease or rule.table != "policies":
        return rule.can_ease
    row = plan.table("policies").set_index("policy").loc[rule.subject]
    if row["share_of"] != "total" or row["measure"] not in CASH:
        return True
    windows = result.frames["policies"]
    paid = result.ledger[result.ledger["cash"].isin(CASH[row["measure"]])].groupby("period")["amount"].sum()
    return all(
        paid.loc[w.from_period : w.to_period].sum() >= 0
        for w in windows[windows["policy"] == rule.subject].itertuples(index=False)
    )


def _changed(plan: Plan, rules: Iterable[Rule], share: float | None) -> Plan:
    frames = dict(plan.tables)
    for rule in rules:
        frame = frames[rule.table].copy()
        chosen = _rows(frame, rule)
        if share is not None:
            frame.loc[chosen, rule.column or "limit"] = rule.eased(share)
        elif rule.kind in (POLICY, BUDGET):
            frame = frame[~chosen].reset_index(drop=True)
        else:
            frame.loc[chosen, rule.column] = LIFTED.get(rule.kind, np.nan)
        frames[rule.table] = frame
    return plan.replace(**{name: frames[name] for name in {r.table for r in rules}})


def _rows(frame: pd.DataFrame, rule: Rule) -> np.ndarray:
    if rule.table == "network":
        site, location = rule.subject.split(";")
        return ((frame["site"] == site) & (frame["location"] == location)).to_numpy(bool)
    return (frame[rule.table.removesuffix("s") if rule.table != "policies" else "policy"] == rule.subject).to_numpy(
        bool
    )


def rules_of(plan: Plan, margins: pd.DataFrame, quotas: int) -> list[Rule]:
    """Every rule of the plan: policies, what workloads ask for, groups of them, and physical limits.

    Of physical limits those that bind in the relaxation, the dearest first, at most `quotas` of them;
    `margins` is `rules_margins.margins` of the plan.
    """
    asked = _workload_rules(plan)
    return [*policy_rules(plan), *asked, *_groups(asked), *_physical(plan, margins, quotas)]


def policy_rules(plan: Plan) -> list[Rule]:
    """A rule for each policy, in the order of the table, with what it says as its sentence."""
    out = []
    said = policies_said(plan)
    for row in plan.table("policies").to_dict("records"):
        name, measure, least = str(row["policy"]), str(row["measure"]), row["sense"] == "min"
        share, limit = row["share_of"] == "total", float(row["limit"])
        what, unit = measure_of(measure, plan.settings.currency)
        kind = BUDGET if measure in MONEY_MEASURES and not least and not share else POLICY
        unit = "share" if share else unit or what
        out.append(Rule(f"policy:{name}", kind, name, said[name], "policies", "", limit, unit, -1 if least else 1))
    return out


def _workload_rules(plan: Plan) -> list[Rule]:
    called = names(plan, "workloads")
    rows = plan.table("workloads").to_dict("records")
    return [rule for row in rows for rule in _rules_of_workload(row, str(called[row["workload"]]))]


def _rules_of_workload(row: dict[str, Any], name: str) -> Iterator[Rule]:
    workload = str(row["workload"])
    survive = float(row["survive_site_loss_share"])
    zones, needs = split_list(row["allowed_zones"]), split_list(row["required_certifications"])

    def rule(kind: str, column: str, text: str, limit: float = float("nan"), unit: str = "", side: int = 1) -> Rule:
        return Rule(f"{kind}:{workload}", kind, workload, f"{name}{text}", "workloads", column, limit, unit, side)

    if pd.notna(row["max_latency_ms"]):
        ms = float(row["max_latency_ms"])
        yield rule(LATENCY, "max_latency_ms", f" within {number(ms)} ms", ms, "ms")
    if zones:
        yield rule(ZONE, "allowed_zones", f" only in {listed(zones, 'or')}")
    if needs:
        yield rule(CERTIFICATION, "required_certifications", f" only where {listed(needs)} {_are(needs)} held")
    if survive > 0:
        text = f": {exact(survive)} served after the loss of any site"
        yield rule(SURVIVAL, "survive_site_loss_share", text, survive, "share", -1)


def _are(items: Sequence[str]) -> str:
    return "is" if len(items) == 1 else "are"


def _groups(rules: Sequence[Rule]) -> list[Rule]:
    out = []
    for kind, text in TOGETHER.items():
        members = tuple(r for r in rules if r.kind == kind)
        if len(members) > 1:
            out.append(Rule(f"all:{kind}", kind, "", text, members=members))
    return out


def _physical(plan: Plan, margins: pd.DataFrame, quotas: int) -> list[Rule]:
    called = names_by_key(plan)
    binding = margins[(margins["worth"] > 0) & margins["cell"].isin(list(PHYSICAL))]
    out = []
    for row in binding.sort_values(["worth", "key"], ascending=[False, True]).head(quotas).itertuples(index=False):
        kind, (table, column), limit = PHYSICAL[row.cell], row.cell, number(row.limit)
        if kind == BANDWIDTH:
            site, location = row.key.split(";")
            text = f"{called['site'][site]} to {called['location'][location]}: {limit} Gbit/s"
        elif kind in (QUOTA, RATE_LIMIT):
            unit = "devices" if kind == QUOTA else row.unit
            text = f"{called['offer'][row.key]}: at most {amount(float(row.limit), unit)}"
        else:
            what = {POWER: f"{limit} kW of power", ROOM: f"room for {amount(float(row.limit), 'devices')}"}
            text = f"{called[table[:-1]][row.key]}: {what.get(kind, f'at most {exact(row.limit)} on spot')}"
        out.append(Rule(f"{kind}:{row.key}", kind, row.key, text, table, column, float(row.limit), str(row.unit)))
    return out


def idle(plan: Plan, rules: Sequence[Rule]) -> set[str]:
    """Keys of rules on where workloads may run whose lifting opens no way from a site to a place: they cost nothing.

    Known without a solve, since the problem stays the same.
    """
    base = Sets(plan)
    out = set()
    for rule in rules:
        if rule.kind in (LATENCY, ZONE, CERTIFICATION):
            opened = Sets(without(plan, rule))
            if (opened.served_by == base.served_by).all() and len(opened.arcs.offer) == len(base.arcs.offer):
                out.add(rule.key)
    return out


def margin_of(rule: Rule, margins: pd.DataFrame) -> Margin | None:
    """The shadow price of a physical limit in the relaxation, or None for other rules."""
    rows = margins[(margins["key"] == rule.subject) & (margins["cell"] == (rule.table, rule.column))]
    if rule.kind not in PHYSICAL.values() or rows.empty:
        return None
    row = rows.iloc[0]
    return Margin(float(row["price"]), str(row["unit"]), int(row["binding"]), int(row["periods"]))
