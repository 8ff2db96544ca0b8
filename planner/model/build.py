"""A plan as a model: every concern added in turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.model.builder import Builder, Matrix
from planner.model.capacity import Capacity, add_capacity, device_bound
from planner.model.costs import add_costs, add_measures
from planner.model.network import add_bandwidth
from planner.model.policies import PolicyWindows, add_policies
from planner.model.problem import ArrayProblem
from planner.model.resilience import add_resilience
from planner.model.routing import Routing, add_routing
from planner.model.sets import Sets
from planner.model.sites import Presence, add_presence
from planner.plan.plan import Plan


@dataclass(frozen=True)
class Model:
    """A built model: its index sets, its blocks and the matrix."""

    sets: Sets
    builder: Builder
    routing: Routing
    capacity: Capacity
    presence: Presence
    policies: PolicyWindows
    matrix: Matrix

    @property
    def size(self) -> dict[str, int]:
        """Rows, columns, integers and nonzeros."""
        return {
            "rows": self.matrix.a.shape[0],
            "columns": self.matrix.a.shape[1],
            "integers": int(self.matrix.integer.sum()),
            "nonzeros": int(self.matrix.a.nnz),
        }

    def problem(self) -> ArrayProblem:
        """The model as a PuLP problem, for LP and MPS files and for PuLP's solvers."""
        return ArrayProblem(self.matrix, self.builder.names)


def build(plan: Plan, generous: bool = False) -> Model:
    """Build the model of a valid plan.

    `generous`: something outside the plan may reward more than demand needs, such as another aim.
    """
    s, m = Sets(plan), Builder()
    # A floor, or a share of a total, can reward more than demand needs.
    p = s.policies
    generous = generous or bool(((p["sense"] == "min") | (p["share_of"] == "total")).any())
    bound = device_bound(s, generous)
    routing = add_routing(m, s)
    capacity = add_capacity(m, s, routing, bound)
    presence = add_presence(m, s, routing, capacity, bound, generous)
    add_bandwidth(m, s, routing)
    add_resilience(m, s, capacity, presence)
    add_costs(m, s, routing, capacity, presence)
    add_measures(m, s, routing, capacity)
    policies = add_policies(m, s)
    matrix = m.matrix(s.df)
    _check(matrix)
    return Model(s, m, routing, capacity, presence, policies, matrix)


def _check(matrix: Matrix) -> None:
    finite = all(np.isfinite(x).all() for x in (matrix.cost, matrix.a.data))
    if not finite:
        raise ArithmeticError("the model holds a coefficient that is not a number")
