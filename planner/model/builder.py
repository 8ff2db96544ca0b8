"""Blocks of variables, rows of constraints and cost terms, collected as arrays.

A block is a dense array of solver columns with one axis a set. Rows are added as triplets.
A term says what a unit of a column causes: a cost or another measure; the objective and the
ledger are both made from the same terms, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

Array = np.ndarray
INF = np.inf


@dataclass(frozen=True)
class Block:
    """Columns `base ... base + size - 1` seen as an array of the given shape."""

    name: str
    base: int
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of columns."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def ids(self) -> Array:
        """Column numbers, in the block's shape."""
        return self.base + np.arange(self.size).reshape(self.shape)

    def of(self, values: Array) -> Array:
        """The block's part of a vector over all columns, in the block's shape."""
        return values[self.base : self.base + self.size].reshape(self.shape)


@dataclass(frozen=True)
class Relax:
    """How a family of rows could give way, so that an infeasible plan can be explained.

    `key` and `period` say for each row what a person would change (rows with the same group
    share one slack); `loosens` is how much one `unit` of slack gives the row; `scale` is the
    size of what is there, so that changes of unlike things can be compared.
    """

    table: str
    column: str
    group: Array
    key: list[str]
    period: Array
    unit: list[str]
    loosens: Array
    scale: Array
    present: Array
    most: Array | float = INF


@dataclass(frozen=True)
class Rows:
    """Rows `base ... base + n - 1` of one family."""

    family: str
    base: int
    n: int
    relax: Relax | None = None

    @property
    def ids(self) -> Array:
        """Row numbers."""
        return self.base + np.arange(self.n)


@dataclass(frozen=True)
class Terms:
    """What units of columns cause, one entry an element; -1 where there is no such set member.

    `quantity` is per unit of the column, amount = quantity x price.
    """

    col: Array
    quantity: Array
    price: Array
    period: Array
    offer: Array
    site: Array
    workload: Array
    kind: Array
    """Position of the term's label (category and cash kind, or component) in `Builder.labels`."""

    @property
    def amount(self) -> Array:
        """Amount per unit of the column."""
        return self.quantity * self.price

    def take(self, which: Array) -> Terms:
        """The chosen entries."""
        return Terms(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Label:
    """What a term is: measure (cost, energy_kwh, ...), category, cash kind and unit."""

    measure: str
    category: str
    cash: str
    unit: str


@dataclass
class Matrix:
    """min c x subject to row bounds and column bounds, some columns integer."""

    cost: Array
    a: sp.csr_matrix
    row_lower: Array
    row_upper: Array
    col_lower: Array
    col_upper: Array
    integer: Array
    col_names: list[str] = field(default_factory=list)
    row_names: list[str] = field(default_factory=list)
    guess: Array | None = None
    """Whole numbers of a plan that is known to fit, by column, from which a large search sets out."""


class Builder:
    """Collects blocks, rows and terms; `matrix` puts them together."""

    def __init__(self) -> None:
        self.blocks: dict[str, Block] = {}
        self.rows: list[Rows] = []
        self.labels: list[Label] = []
        self._label_code: dict[Label, int] = {}
        self._terms: list[Terms] = []
        self._lower: list[Array] = []
        self._upper: list[Array] = []
        self._integer: list[Array] = []
        self._row_lower: list[Array] = []
        self._row_upper: list[Array] = []
        self._triplets: list[tuple[Array, Array, Array]] = []
        self.n_cols = 0
        self.n_rows = 0

    def block(
        self,
        name: str,
        shape: tuple[int, ...],
        lower: Array | float = 0.0,
        upper: Array | float = INF,
        integer: bool = False,
    ) -> Block:
        """Add a block of columns with bounds broadcast to its shape."""
        if name in self.blocks:
            raise ValueError(f"block {name} is there already")
        block = Block(name, self.n_cols, shape)
        self._lower.append(np.broadcast_to(np.asarray(lower, float), shape).ravel())
        self._upper.append(np.broadcast_to(np.asarray(upper, float), shape).ravel())
        self._integer.append(np.full(block.size, integer))
        self.n_cols += block.size
        self.blocks[name] = block
        return block

    def add_rows(
        self,
        family: str,
        n: int,
        sense: str,
        rhs: Array | float,
        relax: Relax | None = None,
    ) -> Rows:
        """Add `n` rows: sum of the coefficients added later `sense` (<=, >=, ==) rhs."""
        rhs = np.broadcast_to(np.asarray(rhs, float), (n,))
        rows = Rows(family, self.n_rows, n, relax)
        if relax is not None and not (len(relax.group) == len(relax.loosens) == n):
            raise ValueError(f"{family}: the relaxation does not match the rows")
        self._row_lower.append(np.full(n, -INF) if sense == "<=" else rhs)
        self._row_upper.append(np.full(n, INF) if sense == ">=" else rhs)
        self.rows.append(rows)
        self.n_rows += n
        return rows

    def coef(self, rows: Array, cols: Array, values: Array | float) -> None:
        """Add coefficients; row and column numbers and values broadcast against each other."""
        rows, cols, values = np.broadcast_arrays(rows, cols, np.asarray(values, float))
        if rows.size and (rows.min() < 0 or cols.min() < 0):
            raise ValueError("a join lost a row: negative row or column number")
        self._triplets.append((rows.ravel(), cols.ravel(), values.ravel()))

    def term(
        self,
        measure: str,
        category: str,
        cash: str,
        unit: str,
        cols: Array,
        quantity: Array | float,
        price: Array | float,
        period: Array | int,
        offer: Array | int = -1,
        site: Array | int = -1,
        workload: Array | int = -1,
    ) -> None:
        """Add terms; all arrays broadcast against `cols`. Entries of amount 0 are left out."""
        label = Label(measure, category, cash, unit)
        code = self._label_code.setdefault(label, len(self._label_code))
        if code == len(self.labels):
            self.labels.append(label)
        parts = np.broadcast_arrays(cols, quantity, price, period, offer, site, workload)
        keep = (parts[1] * parts[2] != 0).ravel()
        col, amount, unit_price, when, o, st, w = (p.ravel()[keep] for p in parts)
        self._terms.append(Terms(col, amount, unit_price, when, o, st, w, np.full(len(col), code)))

    def terms(self, measure: str) -> Terms:
        """All terms of a measure (`cost` for money), put end to end."""
        kinds = [i for i, label in enumerate(self.labels) if label.measure == measure]
        chosen = [t for t in self._terms if len(t.kind) and t.kind[0] in kinds]
        names = list(Terms.__dataclass_fields__)
        if not chosen:
            whole = {"col", "period", "offer", "site", "workload", "kind"}
            return Terms(*(np.array([], dtype=int if n in whole else float) for n in names))
        return Terms(*(np.concatenate([getattr(t, n) for t in chosen]) for n in names))

    def matrix(self, discount: Array) -> Matrix:
        """The whole problem; the objective is the present value of the cost terms."""
        cost_terms = self.terms("cost")
        cost = np.bincount(
            cost_terms.col, weights=cost_terms.amount * discount[cost_terms.period], minlength=self.n_cols
        )
        r, c, v = (np.concatenate(x) if x else np.array([]) for x in zip(*self._triplets, strict=True))
        a = sp.csr_matrix((v, (r.astype(np.int64), c.astype(np.int64))), shape=(self.n_rows, self.n_cols))
        a.sum_duplicates()
        return Matrix(
            cost=cost,
            a=a,
            row_lower=np.concatenate(self._row_lower),
            row_upper=np.concatenate(self._row_upper),
            col_lower=np.concatenate(self._lower),
            col_upper=np.concatenate(self._upper),
            integer=np.concatenate(self._integer),
        )

    def names(self) -> tuple[list[str], list[str]]:
        """Readable column and row names, for LP and MPS files."""
        cols = [
            f"{b.name}_{'_'.join(map(str, i))}" if i else b.name
            for b in self.blocks.values()
            for i in np.ndindex(b.shape)
        ]
        seen: dict[str, int] = {}
        names = []
        for rows in self.rows:
            start = seen.get(rows.family, 0)
            names += [f"{rows.family}_{start + i}" for i in range(rows.n)]
            seen[rows.family] = start + rows.n
        return cols, names
