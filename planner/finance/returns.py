"""Measures of an investment from its flows: NPV, IRR, MIRR, payback, profitability; what is undefined is said.

Flows come one a period, evenly spaced; rates are effective per year unless said. Sources: Brealey, Myers and
Allen, Principles of Corporate Finance (NPV, IRR and its pitfalls, payback, profitability index); Norstrom (1972)
on a unique positive IRR.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyxirr
from scipy.optimize import brentq

FARTHEST = 1e6
"""How far discount factors of a period go in both directions, from 1 / FARTHEST to FARTHEST: all rates that mean anything."""
GRID = 8000
TOUCHES = 1e-12
"""A present value this small beside the flows it is made of is 0: a root where it only touches 0."""


@dataclass(frozen=True)
class Irr:
    """An internal rate of return, per year, and whether it can be trusted.

    rate is None where there is none or more than one. rates: every root found, ascending. sign_changes of the
    flows: by Descartes' rule there are at most so many roots.
    """

    rate: float | None
    rates: tuple[float, ...]
    sign_changes: int
    note: str


@dataclass(frozen=True)
class Returns:
    """Measures of one case. None where a measure does not exist, with the reason in `notes`. Times in years."""

    npv: float
    irr: Irr
    mirr: float | None
    payback: float | None
    discounted_payback: float | None
    profitability_index: float | None
    notes: tuple[str, ...]


def sign_changes(flows: np.ndarray) -> int:
    """How often the flows change sign; zeros do not count."""
    signs = np.sign(flows[flows != 0])
    return int((signs[1:] != signs[:-1]).sum())


def roots(flows: np.ndarray) -> np.ndarray:
    """Rates per period at which the present value of the flows is 0, ascending, as far as `FARTHEST`.

    Every change of sign of the present value on a fine grid, refined; and its turning points where it touches 0.
    """
    f = np.trim_zeros(np.asarray(flows, dtype=float))
    if len(f) < 2:
        return np.zeros(0)
    turning = [
        v for v in _zeros(np.polynomial.polynomial.polyder(f)) if abs(_value(f, v)) <= TOUCHES * _value(np.abs(f), v)
    ]
    found: list[float] = []
    for v in sorted([*_zeros(f), *turning]):
        if not found or v - found[-1] > 1e-6 * v:  # a touch can be found twice
            found.append(v)
    return np.sort(1.0 / np.array(found) - 1.0)


def _value(f: np.ndarray, v: float) -> float:
    return float(_values(f, np.array([v]))[0])


def _values(f: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Present values by discount factors of a period, divided by the largest power of one where it is above 1."""
    polyval, small = np.polynomial.polynomial.polyval, np.minimum(v, 1.0)
    return np.where(v <= 1.0, polyval(small, f), polyval(1.0 / np.maximum(v, 1.0), f[::-1]))


def _zeros(f: np.ndarray) -> list[float]:
    """Discount factors at which it changes its sign."""
    f = np.trim_zeros(f)
    if len(f) < 2:
        return []
    v = np.exp(np.linspace(-np.log(FARTHEST), np.log(FARTHEST), GRID))
    y = _values(f, v)
    at = np.flatnonzero(np.sign(y[:-1]) * np.sign(y[1:]) < 0)
    refined = [brentq(lambda x: _value(f, x), v[i], v[i + 1], xtol=1e-15, rtol=1e-14) for i in at]
    return [*refined, *v[y == 0]]


def irr(flows: np.ndarray, periods_per_year: float = 1.0) -> Irr:
    """The internal rate of return of evenly spaced flows, and a sentence on how far it can be trusted."""
    flows = np.asarray(flows, dtype=float)
    changes = sign_changes(flows)
    if changes == 0:
        return Irr(None, (), 0, "There is no internal rate of return: no flow has the opposite sign of the others.")
    found = tuple(float((1.0 + r) ** periods_per_year - 1.0) for r in roots(flows))
    if not found:
        return Irr(None, (), changes, "There is no internal rate of return: the present value is never zero.")
    if len(found) > 1:
        some = ", ".join(f"{r:.2%}" for r in found)
        note = f"There is more than one internal rate of return ({some}): use the present value or the modified rate."
        return Irr(None, found, changes, note)
    per_period = pyxirr.irr(flows)
    own = found[0]
    if per_period is not None and np.isfinite(per_period):
        kept = float((1.0 + per_period) ** periods_per_year - 1.0)
        own = kept if abs(kept - own) < 1e-6 * (1.0 + abs(own)) else own
    if changes == 1:
        return Irr(own, found, 1, "The flows change sign once: the rate is unique.")
    cumulative = np.cumsum(flows)
    if cumulative[-1] != 0 and sign_changes(cumulative) == 1 and own > 0:
        return Irr(
            own,
            found,
            changes,
            f"The flows change sign {changes} times, their running sum once: no other positive rate.",
        )
    return Irr(own, found, changes, f"The flows change sign {changes} times; only one rate was found.")


def mirr(flows: np.ndarray, finance: float, reinvest: float, periods_per_year: float = 1.0) -> float | None:
    """The modified internal rate of return per year; None unless there are flows of both signs.

    ((future value of what comes in at `reinvest`) / (present value of what goes out at `finance`))^(1/n) - 1.
    """
    flows = np.asarray(flows, dtype=float)
    if not ((flows > 0).any() and (flows < 0).any()):
        return None

    def each(rate: float) -> float:
        return float((1.0 + rate) ** (1.0 / periods_per_year) - 1.0)

    per_period = pyxirr.mirr(flows, each(finance), each(reinvest))
    return None if per_period is None else float((1.0 + per_period) ** periods_per_year - 1.0)


def payback(flows: np.ndarray, periods_per_year: float = 1.0) -> float | None:
    """Years from the first flow until the running sum is first back at 0, evenly between two flows.

    0 where nothing is ever out of pocket, None where it does not come back.
    """
    total = np.cumsum(np.asarray(flows, dtype=float))
    out = np.flatnonzero(total < -1e-9)
    if not len(out):
        return 0.0
    back = np.flatnonzero((total >= -1e-9) & (np.arange(len(total)) > out[0]))
    if not len(back):
        return None
    t = int(back[0])
    step = total[t] - total[t - 1]
    return float((t - 1 + (-total[t - 1] / step if step > 0 else 1.0)) / periods_per_year)


def returns(flows: np.ndarray, factors: np.ndarray, rate: float, periods_per_year: float, invested: float) -> Returns:
    """Every measure of the flows. `factors` discount each of them; `invested` is the present value of the investment.

    profitability_index = 1 + NPV / invested.
    """
    flows = np.asarray(flows, dtype=float)
    present = flows * factors
    npv = float(present.sum())
    notes = []
    rate_of = irr(flows, periods_per_year)
    if rate_of.rate is None or rate_of.sign_changes > 1:
        notes.append(rate_of.note)
    modified = mirr(flows, rate, rate, periods_per_year)
    if modified is None:
        notes.append("There is no modified rate: the flows do not have both signs.")
    simple, discounted = payback(flows, periods_per_year), payback(present, periods_per_year)
    if simple is None:
        notes.append("The outlay is not paid back within the plan.")
    elif discounted is None:
        notes.append("The outlay is paid back, but not with interest.")
    if simple == 0:
        notes.append("Nothing is out of pocket at any time: there is nothing to pay back.")
    elif simple is not None and (np.cumsum(flows)[int(np.ceil(simple * periods_per_year)) :] < -1e-9).any():
        notes.append("After the payback the running sum is below zero again.")
    if not invested > 0:
        notes.append("There is no profitability index: the case invests no more than the alternative.")
    return Returns(
        npv, rate_of, modified, simple, discounted, 1.0 + npv / invested if invested > 0 else None, tuple(notes)
    )
