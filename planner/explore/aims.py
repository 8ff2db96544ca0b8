"""Searches among a plan's answers: least cost within limits, or the least or most of a measure at a price."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

import numpy as np
import scipy.sparse as sp

from planner.explore.measures import CARBON, UNSERVED, VENDORS, Look, Measure
from planner.model.aim import with_rows
from planner.model.build import Model
from planner.model.builder import Matrix
from planner.plan.plan import Plan
from planner.result.result import Result

Array = np.ndarray
TIE = 1e-3
"""Weight of cost beside a measure: of two plans equal in the measure the cheaper one is wanted."""
FREE = 1e-6
"""Share of a charge that is kept where charges are left out, so that nothing is violated for fun."""
SAFE = 1e-7
"""Share by which a limit on cost is tightened, above what a solver may break a row by."""


@dataclass(frozen=True)
class Decisions:
    """The whole decisions of a plan: (offer, period in service, devices), and what is on in a period, by position."""

    orders: tuple[tuple[int, int, float], ...]
    open: tuple[tuple[int, int], ...]
    hosts: tuple[tuple[int, int, int], ...]
    links: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, look: Look) -> Decisions:
        """Those of a result."""
        rows, offers = look.case.rows, look.case.offers
        c = rows["capacity"]
        new = c["ordered"] > 0
        lead = -(-offers["lead_time_months"] // look.case.months)
        service = c["period"] + lead[c["offer"]].astype(int)
        r = rows["routing"]
        return cls(
            tuple(
                (int(o), int(t), float(n))
                for o, t, n in zip(c["offer"][new], service[new], c["ordered"][new], strict=True)
            ),
            _rows(rows["sites"], "site", "period"),
            _rows(rows["deployments"], "workload", "site", "period"),
            _rows(r, "site", "location", "period"),
        )

    def guess(self, model: Model, columns: int) -> Array:
        """Their values by column of a model, 0 in columns that are no whole decisions."""
        s, p, out = model.sets, model.presence, np.zeros(columns)
        held = np.full(s.O, -1)
        held[s.held] = np.arange(len(s.held))
        for offer, t, n in self.orders:
            if held[offer] >= 0 and t < s.T:
                out[model.capacity.new.ids[held[offer], t]] += round(n)
        for site, t in self.open:
            if p.site_at[site] >= 0:
                out[p.is_open.ids[p.site_at[site], t]] = 1.0
        # A site that costs nothing may be there for the loss of another alone, which no frame tells.
        paid = ["opening_cost", "fixed_cost_per_month", "security_cost_per_month"]
        free = s.sites[paid].sum(axis=1).to_numpy()[p.open_site] == 0
        out[p.is_open.ids[free]] = model.matrix.col_upper[p.is_open.ids[free]]
        for w, site, t in self.hosts:
            if p.host_at[w, site] >= 0:
                out[p.hosts.ids[p.host_at[w, site], t]] = 1.0
        for site, place, t in self.links:
            at = p.port_at[s.link_of[site, place]]
            if at >= 0:
                out[p.port.ids[at, t]] = 1.0
        return out


def _rows(frame: dict[str, Array], *columns: str) -> tuple:
    """The distinct rows of a coded frame's columns."""
    return tuple(dict.fromkeys(zip(*(frame[c].tolist() for c in columns), strict=True)))


@dataclass(frozen=True)
class Search:
    """An aim: the least cost, or the `least` (with `most`: the most) of a measure, within limits.

    `within`: measures with the most that each may be. `cost_limit`: present value at most. `size`
    and `scale`: the cost and the measure of the plan in hand, so that the two weigh alike.
    `uncharged`: a measure whose charges in the plan (see `charges`) are left out of the cost.
    """

    size: float
    least: Measure | None = None
    most: bool = False
    scale: float = 1.0
    within: tuple[tuple[Measure, float], ...] = ()
    cost_limit: float | None = None
    uncharged: str = ""
    known: Decisions | None = None
    """Decisions of a plan that is within the limits: a search sets out from it."""

    @property
    def key(self) -> str:
        """Everything that the search is made of."""
        return "search " + json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def lift(self) -> float:
        """What is added to a measure in units of its scale: a gap relative to nothing would never close."""
        return 2.0 if self.most else 1.0

    def cost(self, model: Model) -> Array:
        """The cost of each column, without what is left uncharged."""
        if not self.uncharged:
            return model.matrix.cost
        return model.matrix.cost - (1.0 - FREE) * charges_by_column(model, self.uncharged)

    def apply(self, model: Model) -> Matrix:
        """See `planner.model.aim.Aim`."""
        cost = self.cost(model)
        rows = [row for measure, limit in self.within for row in measure.rows(model, limit)]
        if self.cost_limit is not None:
            rows.append((cost, -np.inf, self.cost_limit - SAFE * abs(self.cost_limit)))
        matrix = with_rows(replace(model.matrix, cost=cost), rows)
        if self.least is not None:
            matrix = self._seek(matrix, self.least.forms(model), self.least.per)
        return matrix if self.known is None else replace(matrix, guess=self.known.guess(model, len(matrix.cost)))

    def _seek(self, matrix: Matrix, forms: Array, per: float) -> Matrix:
        """The matrix with the measure as its objective, in money: two columns more, the greatest form and a constant."""
        weight = abs(self.size) / (self.scale * per) * (-1.0 if self.most else 1.0)
        cost = TIE * matrix.cost
        one = len(forms) == 1
        n = len(cost)
        if one:
            cost = cost + weight * forms[0]
        more = sp.csr_matrix((matrix.a.shape[0], 2))
        out = replace(
            matrix,
            cost=np.concatenate([cost, [0.0 if one else weight, self.lift * abs(self.size)]]),
            a=sp.csr_matrix(sp.hstack([matrix.a, more])),
            col_lower=np.concatenate([matrix.col_lower, [0.0 if one else -np.inf, 1.0]]),
            col_upper=np.concatenate([matrix.col_upper, [0.0 if one else np.inf, 1.0]]),
            integer=np.concatenate([matrix.integer, [False, False]]),
        )
        if one:
            return out
        assert not self.most, "the most of a greatest is no linear problem"
        below = np.zeros((len(forms), n + 2))
        below[:, :n], below[:, n] = forms, -1.0
        return with_rows(out, [(row, -np.inf, 0.0) for row in below])

    def proven(self, result: Result) -> float | None:
        """What no plan of the search can get beyond in the measure; None where nothing is known."""
        if result.aim is None or result.aim.bound is None or self.cost_limit is None:
            return None
        share = result.aim.bound / abs(self.size) - self.lift - TIE * self.cost_limit / abs(self.size)
        return float(share * self.scale * (-1.0 if self.most else 1.0))


def _charging(model: Model, measure: str) -> Array:
    """Which cost terms charge a measure, one entry a term of cost."""
    terms = model.builder.terms("cost")
    category = np.array([label.category for label in model.builder.labels], dtype=object)[terms.kind]
    w = model.policies
    soft = w.violation >= 0
    limits = model.sets.policies["measure"].isin(_limiting(measure)).to_numpy(bool)
    mine = w.violation[soft & limits[w.policy]]
    return (category == category_of(measure)) | ((category == "policy") & np.isin(terms.col, mine))


def _limiting(measure: str) -> tuple[str, ...]:
    return {UNSERVED: ("volume",), VENDORS: ("spend",)}.get(measure, (measure,))


def category_of(measure: str) -> str:
    """The category of the ledger in which a measure is charged by a price of its own; blank for none."""
    return {CARBON: "carbon", UNSERVED: "unserved"}.get(measure, "")


def charges_by_column(model: Model, measure: str) -> Array:
    """Present value that the plan itself charges for a measure, by column: a price of carbon, penalties."""
    terms = model.builder.terms("cost")
    which = _charging(model, measure)
    worth = terms.amount[which] * model.sets.df[terms.period[which]]
    return np.bincount(terms.col[which], weights=worth, minlength=len(model.matrix.cost))


def charges(plan: Plan, measure: str, look: Look) -> float:
    """The same, of a result: present value of what it is charged for a measure."""
    ledger = look.result.ledger
    total = float(ledger.loc[ledger["category"] == category_of(measure), "present_value"].sum())
    rules = plan.table("policies").set_index("policy")
    frame = look.result.frames["policies"]
    mine = frame[frame["measure"].isin(_limiting(measure)) & frame["policy"].isin(rules.index)]
    penalty = mine["policy"].map(rules["penalty"]).astype(float).fillna(0.0)
    worth = plan.settings.discount_factors()[mine["to_period"].to_numpy(int) - 1]
    return total + float((mine["violation"] * penalty * worth).sum())


def is_charged(plan: Plan, measure: str) -> bool:
    """True where the plan itself puts a price on a measure."""
    rules = plan.table("policies")
    soft = rules["penalty"].fillna(0.0) > 0
    priced = {
        CARBON: plan.settings.carbon_price > 0,
        UNSERVED: bool((plan.table("workloads")["unserved_penalty_per_unit"].fillna(0.0) > 0).any()),
    }
    return priced.get(measure, False) or bool((rules["measure"].isin(_limiting(measure)) & soft).any())
