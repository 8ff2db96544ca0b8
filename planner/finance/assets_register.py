"""The register of assets: what each lot is worth at the end of each period, and what its sale brought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.finance.lots import HORIZON

Array = np.ndarray


@dataclass(frozen=True)
class Register:
    """Movements of net book value, matrices of shape (lots, periods).

    opening + additions - depreciation - disposals - horizon = closing. `disposals` is the book value of what
    leaves during the plan, `horizon` of what is sold at its end. `gain` is proceeds less book value.
    """

    lots: pd.DataFrame
    opening: Array
    additions: Array
    depreciation: Array
    disposals: Array
    horizon: Array
    closing: Array
    proceeds: Array
    gain: Array

    MOVES = ("opening", "additions", "depreciation", "disposals", "horizon", "closing", "proceeds", "gain")

    def frame(self) -> pd.DataFrame:
        """Long form: lot, asset_class, kind, offer, site, asset, period and the movements; rows of nothing left out."""
        n, periods = self.opening.shape
        about = self.lots[["lot", "asset_class", "kind", "offer", "site", "asset", "ordered_period", "first_period"]]
        long = about.loc[about.index.repeat(periods)].reset_index(drop=True)
        long["period"] = np.tile(np.arange(1, periods + 1), n)
        for name in self.MOVES:
            long[name] = getattr(self, name).ravel()
        return long[(long[list(self.MOVES)] != 0).any(axis=1)].reset_index(drop=True)

    def by(self, *columns: str) -> pd.DataFrame:
        """The movements summed by columns of `frame()` (asset_class, site, ...) and period."""
        return self.frame().groupby([*columns, "period"], as_index=False)[list(self.MOVES)].sum()


def register(lots: pd.DataFrame, depreciation: Array) -> Register:
    """The roll-forward of every lot: additions when paid, disposals when sold.

    What is sold is worth its cost less the depreciation so far: gain = proceeds - net book value (IAS 16.71).
    """
    periods = depreciation.shape[1]
    t = np.arange(1, periods + 1)[None, :]

    def column(name: str) -> Array:
        return lots[name].to_numpy()[:, None]

    additions = np.where(column("ordered_period") == t, column("cost"), 0.0).astype(float)
    start = np.where(lots["ordered_period"] == 0, lots["opening_book"], 0.0).astype(float)
    before = start[:, None] + np.cumsum(additions - depreciation, axis=1)
    leaves = column("disposal_period") == t
    book = np.where(leaves, before, 0.0)
    gone = (t >= column("disposal_period")) & (column("disposal_period") > 0)
    closing = np.where(gone, 0.0, before)
    closing = np.where(np.abs(closing) < 1e-6, 0.0, closing)
    opening = np.concatenate([start[:, None], closing[:, :-1]], axis=1)
    at_end = column("ends") == HORIZON
    proceeds = np.where(leaves, column("proceeds"), 0.0).astype(float)
    return Register(
        lots,
        opening,
        additions,
        depreciation,
        np.where(at_end, 0.0, book),
        np.where(at_end, book, 0.0),
        closing,
        proceeds,
        proceeds - book,
    )
