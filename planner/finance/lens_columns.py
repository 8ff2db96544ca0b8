"""What the books make of one unit of every column of a model, so that an objective can be made of it.

The books are linear in the decisions: each lot is a column (a vintage and when it leaves), each contract is a
column (an offer and when its term starts). So the statements' own code draws up the books of one unit of each,
and nothing is computed a second time. Fit-outs need to know when a site opened and when it closed: they get
columns of their own, one for each pair of the two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy.sparse as sp

from planner.finance import assets_register, depreciation, lots
from planner.finance.contracts import contract_books
from planner.finance.policy import AccountingPolicy
from planner.model.build import Model
from planner.model.builder import Matrix
from planner.model.costs import NON_CASH, OPEX
from planner.plan.plan import Plan
from planner.result import extract
from planner.result.frames import result_frame

Array = np.ndarray


@dataclass(frozen=True)
class Runs:
    """Stretches in which a site is open: `site` (position in `Presence.open_site`), first period open and first
    one closed again, from 0 (the number of periods: stays open). `before`: open before the plan, with no fit-out
    to write off. One more column of the matrix for each, at its end."""

    site: Array
    start: Array
    end: Array
    before: Array

    def __len__(self) -> int:
        return len(self.site)


@dataclass(frozen=True)
class Unit:
    """Books of one unit of each column: matrices of shape (columns, periods), columns in `columns`.

    `expense` goes through profit or loss under the books' policy, `deduction` is what the tax return takes off.
    """

    columns: Array
    expense: Array
    deduction: Array


def unit_values(model: Model) -> Array:
    """Values by column that put something into every lot and contract, shape (columns,).

    One device of each order under contract, and of each vintage one for every time of leaving; the devices of an
    asset that is owned are split evenly over its times of leaving, as its book value is.
    """
    s, c = model.sets, model.capacity
    out = np.zeros(model.builder.n_cols)
    can = model.matrix.col_upper[c.new.ids] > 0
    out[c.new.ids] = np.where(can & s.is_term[s.held][:, None], 1.0, 0.0)
    times = np.bincount(c.leave_vintage, minlength=len(c.entry_offer))
    owned_asset = c.entry_asset >= 0
    held = np.append(s.assets.devices, 0.0)[c.entry_asset]
    each = np.where(owned_asset, held / np.maximum(times, 1), 1.0)
    out[c.leave.ids] = each[c.leave_vintage]
    order = ~owned_asset
    out[c.new.ids[c.entry_offer[order], c.entry_period[order]]] = times[order]
    out[c.asset.ids] = s.assets.devices
    return out


def _key(frame: pd.DataFrame, *columns: str) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[list(columns)].astype({"offer": object, "asset": object}))


def _equipment(model: Model, made: pd.DataFrame) -> Array:
    """The leave column of each lot of equipment, by who it is and when it comes and goes."""
    s, c = model.sets, model.capacity
    v = c.leave_vintage
    names, offers = np.append(np.array(s.assets.name, dtype=object), ""), s.offers["offer"].to_numpy(object)
    index = pd.MultiIndex.from_arrays(
        [offers[s.held[c.entry_offer[v]]], names[c.entry_asset[v]], c.entry_period[v] + 1, c.leave_at]
    )
    at = index.get_indexer(_key(made, "offer", "asset", "first_period", "last_period"))
    return c.leave.ids[at]


def _contract(model: Model, made: pd.DataFrame) -> Array:
    """The column of each contract: an order by its first period, or an asset."""
    s, c = model.sets, model.capacity
    offers = s.offers["offer"].to_numpy(object)
    order = pd.MultiIndex.from_product([offers[s.held], [""], range(1, s.T + 1)])
    asset = pd.MultiIndex.from_arrays(
        [offers[s.assets.offer], np.array(s.assets.name, dtype=object), s.assets.first + 1]
    )
    key = _key(made, "offer", "asset", "first_period")
    columns = np.concatenate([c.new.ids.ravel(), c.asset.ids])
    return columns[order.append(asset).get_indexer(key)]


def unit_books(model: Model, plan: Plan, policy: AccountingPolicy) -> Unit:
    """Depreciation, disposals and contracts of one unit of each column that holds devices."""
    values = unit_values(model)
    frames = {
        name: result_frame(name, make(model, values))
        for name, make in (("ledger", extract.ledger), ("vintages", extract.vintages))
    }
    frames["sites"] = result_frame("sites", pd.DataFrame())
    made = lots.asset_lots(plan, frames, policy.site_life_months)
    leave = _equipment(model, made)
    per_device = made["devices"].to_numpy(float)[:, None]
    expense = _lot_expense(plan, made, policy) / per_device
    taxed = expense if policy.tax_depreciation is None else _lot_expense(plan, made, policy.for_tax()) / per_device

    held = contract_books(plan, lots.contracts(plan, frames), policy)
    contract = _contract(model, held.contracts.frame)
    devices = held.contracts.frame["devices"].to_numpy(float)[:, None]
    return Unit(
        np.concatenate([leave, contract]),
        np.vstack([expense, held.expense / devices]),
        np.vstack([taxed, held.tax_cost / devices]),
    )


def _lot_expense(plan: Plan, made: pd.DataFrame, policy: AccountingPolicy) -> Array:
    """Depreciation and loss on disposal of each lot and period."""
    if made.empty:
        return np.zeros((0, plan.settings.periods))
    r = assets_register.register(made, depreciation.schedule(plan, {}, made, policy))
    return r.depreciation - r.gain


def operating(model: Model) -> tuple[Array, Array, Array]:
    """Terms that are expenses as they are paid: column, period from 0, amount; those under contract are left out."""
    terms, labels = model.builder.terms("cost"), model.builder.labels
    opex = np.array([x.cash == OPEX for x in labels], dtype=bool)[terms.kind]
    compute = np.array([x.category == "compute" for x in labels], dtype=bool)[terms.kind]
    under_contract = compute & np.append(model.sets.is_term, False)[terms.offer]
    kept = terms.take(opex & ~under_contract)
    return kept.col, kept.period, kept.amount


def non_cash(model: Model) -> tuple[Array, Array, Array]:
    """Terms that are no cash (carbon price, unserved volume, downtime, penalties): column, period, amount."""
    terms, labels = model.builder.terms("cost"), model.builder.labels
    kept = terms.take(np.array([x.cash == NON_CASH for x in labels], dtype=bool)[terms.kind])
    return kept.col, kept.period, kept.amount


def runs_of(model: Model) -> Runs:
    """Every stretch in which a site that costs something to open may be open."""
    s, p = model.sets, model.presence
    paid = np.flatnonzero(s.site_column("opening_cost")[p.open_site] > 0)
    start, end = np.triu_indices(s.T + 1, k=1)
    n, each = len(paid), len(start)
    had = np.zeros(s.S, dtype=bool)
    had[s.offer_site[s.assets.offer[s.assets.first == 0]]] = True
    old = paid[had[p.open_site[paid]]]
    return Runs(
        np.concatenate([np.repeat(paid, each), np.repeat(old, s.T + 1)]),
        np.concatenate([np.tile(start, n), np.zeros(len(old) * (s.T + 1), dtype=int)]),
        np.concatenate([np.tile(end, n), np.tile(np.arange(s.T + 1), len(old))]),
        np.concatenate([np.zeros(n * each, dtype=bool), np.ones(len(old) * (s.T + 1), dtype=bool)]),
    )


def run_expense(model: Model, plan: Plan, runs: Runs, policy: AccountingPolicy) -> Array:
    """Depreciation and write-off of the fit-out of each run and period, shape (runs, periods)."""
    s, p = model.sets, model.presence
    site = p.open_site[runs.site]
    made = lots.fit_out_lots(
        pd.Series(s.sites["site"].to_numpy(object)[site], dtype=object),
        pd.Series(runs.start + 1),
        runs.end,
        pd.Series(np.where(runs.before, 0.0, s.site_column("opening_cost")[site])),
        s.T,
        policy.site_life_months,
    )
    return _lot_expense(plan, made, policy)


def with_runs(model: Model, matrix: Matrix, runs: Runs, cost: Array) -> Matrix:
    """The matrix with a column for each run, `cost` (runs,) its objective, and the rows that tie runs to sites.

    Runs that start in a period are its openings; runs that a period lies in are whether the site is open. As
    openings and open are whole and a site does not open while it is open, they determine the runs.
    """
    s, p = model.sets, model.presence
    sites = np.unique(runs.site)
    n, width = len(sites), matrix.a.shape[1]
    place = np.searchsorted(sites, runs.site)
    old = np.flatnonzero(np.bincount(place, weights=runs.before, minlength=n))
    old_row = np.full(n, -1)
    old_row[old] = 2 * n * s.T + np.arange(len(old))
    column = width + np.arange(len(runs))
    starts = np.where(runs.before, old_row[place], place * s.T + np.minimum(runs.start, s.T - 1))
    run, t = np.nonzero((np.arange(s.T) >= runs.start[:, None]) & (np.arange(s.T) < runs.end[:, None]))
    grid = np.arange(n * s.T)
    parts = [
        (starts, column, np.ones(len(runs))),
        (grid, p.opens.ids[sites].ravel(), -np.ones(n * s.T)),
        (n * s.T + place[run] * s.T + t, column[run], np.ones(len(run))),
        (n * s.T + grid, p.is_open.ids[sites].ravel(), -np.ones(n * s.T)),
    ]
    row, col, value = (np.concatenate(x) for x in zip(*parts, strict=True))
    rows = 2 * n * s.T + len(old)
    more = sp.csr_matrix((value, (row, col)), shape=(rows, width + len(runs)))
    wider = sp.csr_matrix((matrix.a.data, matrix.a.indices, matrix.a.indptr), shape=(matrix.a.shape[0], more.shape[1]))
    right = np.concatenate([np.zeros(2 * n * s.T), np.ones(len(old))])
    return replace(
        matrix,
        cost=np.concatenate([matrix.cost, cost]),
        a=sp.csr_matrix(sp.vstack([wider, more])),
        row_lower=np.concatenate([matrix.row_lower, right]),
        row_upper=np.concatenate([matrix.row_upper, right]),
        col_lower=np.concatenate([matrix.col_lower, np.zeros(len(runs))]),
        col_upper=np.concatenate([matrix.col_upper, np.ones(len(runs))]),
        integer=np.concatenate([matrix.integer, np.zeros(len(runs), dtype=bool)]),
    )
