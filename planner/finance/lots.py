"""What the books hold: lots of owned devices and of site fit-outs, and contracts, each tied to the ledger.

A lot is a row of the vintages: devices that came together and leave together. Its cost, its proceeds and
its payments are the ledger's; where the ledger keeps several lots in one row, they share it in proportion
to what the plan's prices say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.plan.plan import Plan
from planner.plan.tables import COMMITTED, LEASED, OWNED
from planner.result.frames import CAPEX

CENT = 0.01
CONTRACTS = (COMMITTED, LEASED)
EQUIPMENT, FIT_OUT = "equipment", "fit_out"
HORIZON = "horizon"


class BooksError(ValueError):
    """The frames of a result contradict each other, so that no statement can be right."""


def market_value_share(loss: np.ndarray, life_months: np.ndarray, months: np.ndarray) -> np.ndarray:
    """Share of the price paid that a device brings after so many months in service; arrays broadcast.

    (1 - annual_value_loss) ** years, or straight line to 0 over the useful life where the loss is NaN
    (docs/plan-format.md, offers).
    """
    declining = (1.0 - np.nan_to_num(loss)) ** (months / 12)
    return np.where(np.isnan(loss), np.maximum(1.0 - months / life_months, 0.0), declining)


def whole_periods(months: np.ndarray, months_per_period: int) -> np.ndarray:
    """Months rounded up to whole periods."""
    return -(-np.asarray(months, dtype=int) // months_per_period)


def tie(expected: np.ndarray, lot_key: np.ndarray, actual: pd.Series, what: str) -> np.ndarray:
    """`expected` made to sum to the ledger by key; shape (n,).

    `actual` is the ledger's amount by key. Rounding is spread in proportion; raises BooksError where the
    ledger and the vintages differ by more than rounding explains.
    """
    index = pd.Index(lot_key)
    mine = pd.Series(expected, index=index).groupby(level=0).sum() if len(index) else pd.Series(dtype=float)
    both = pd.concat([mine, actual], axis=1, keys=["mine", "ledger"]).astype(float).fillna(0.0)
    gap = (both["mine"] - both["ledger"]).abs()
    wrong = gap > CENT + 1e-5 * both.abs().max(axis=1)
    if wrong.any():
        key = gap[wrong].idxmax()
        raise BooksError(
            f"{what}: the vintages give {both.loc[key, 'mine']:,.2f}, the ledger {both.loc[key, 'ledger']:,.2f} ({key})"
        )
    factor = both["ledger"] / both["mine"].where(both["mine"] != 0, np.nan)
    factor = factor.where((factor - 1.0).abs() < 1e-3, 1.0)  # where sums cancel, a ratio of two dusts says nothing
    scale = factor.reindex(index)
    return expected * scale.to_numpy(float)


def _key(*parts: pd.Series | np.ndarray) -> np.ndarray:
    """One text for each row out of several columns."""
    columns = [pd.Series(np.asarray(p)).astype(str) for p in parts]
    text = columns[0]
    for more in columns[1:]:
        text = text + " / " + more
    return text.to_numpy(object)


def _by_key(rows: pd.DataFrame, *columns: str, sign: float = 1.0) -> pd.Series:
    return (sign * rows["amount"]).groupby(_key(*[rows[c] for c in columns])).sum()


def offer_facts(plan: Plan) -> pd.DataFrame:
    """Offers with defaults, indexed by offer, and the name of their device in `device`."""
    offers = plan.table("offers").set_index("offer", drop=False)
    hardware = plan.table("hardware").set_index("hardware")
    name = hardware["name"].reindex(offers["hardware"]).to_numpy(object)
    device = pd.Series(name, index=offers.index)
    offers["device"] = device.where(device.notna(), offers["hardware"])
    offers["accelerators"] = hardware["accelerators"].reindex(offers["hardware"]).fillna(0.0).to_numpy(float)
    for column in ("power_kw", "idle_power_kw"):
        offers[column] = hardware[column].reindex(offers["hardware"]).fillna(0.0).to_numpy(float)
    return offers


LOT_COLUMNS = {
    "lot": "int64",
    "asset_class": "str",
    "kind": "str",
    "offer": "str",
    "site": "str",
    "asset": "str",
    "ordered_period": "int64",
    "first_period": "int64",
    "last_period": "int64",
    "disposal_period": "int64",
    "ends": "str",
    "devices": "float64",
    "cost": "float64",
    "opening_book": "float64",
    "life_months": "int64",
    "age_months": "int64",
    "market_residual": "float64",
    "proceeds": "float64",
}
"""kind: equipment or fit_out; ordered_period 0: there before the plan, at `opening_book`; disposal_period 0: kept."""


def asset_lots(plan: Plan, frames: Mapping[str, pd.DataFrame], site_life_months: int) -> pd.DataFrame:
    """Owned devices and site fit-outs, one row a lot, with the columns of `LOT_COLUMNS`.

    A device is depreciated from its first to its last period in service and disposed of in the period
    after, or in the last one of the horizon, which is when the ledger has its proceeds.
    """
    both = pd.concat([_equipment(plan, frames), _fit_outs(plan, frames, site_life_months)], ignore_index=True)
    both["lot"] = np.arange(len(both))
    return pd.DataFrame({c: both[c].astype(t) for c, t in LOT_COLUMNS.items()})


def _equipment(plan: Plan, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    ledger, v = frames["ledger"], frames["vintages"]
    offers = offer_facts(plan)
    v = v[v["offer"].map(offers["pricing"]).to_numpy(object) == OWNED].reset_index(drop=True)
    o = offers.reindex(v["offer"]).reset_index(drop=True)
    periods = plan.settings.periods
    life = o["useful_life_months"].to_numpy(int)
    loss = o["annual_value_loss"].to_numpy(float)
    served = (v["last_period"] - v["first_period"] + 1).to_numpy(int) * plan.settings.months_per_period
    disposal = np.minimum(v["last_period"].to_numpy(int) + 1, periods)
    new = v["ordered_period"].to_numpy(int) > 0
    gross = (v["devices"] * v["price_paid"]).to_numpy(float)
    paid = np.where(new, gross, 0.0)
    rows = ledger[ledger["category"] == "hardware"]
    cost = tie(paid, _key(v["offer"], v["ordered_period"]), _by_key(rows, "offer", "period"), "purchases")
    value = gross * market_value_share(loss, life, v["age_months"].to_numpy(int) + served)
    rows = ledger[ledger["category"] == "resale"]
    proceeds = tie(value, _key(v["offer"], disposal), _by_key(rows, "offer", "period", sign=-1.0), "resale")
    return pd.DataFrame(
        {
            "asset_class": o["device"],
            "kind": EQUIPMENT,
            "offer": v["offer"],
            "site": o["site"],
            "asset": v["asset"],
            "ordered_period": v["ordered_period"],
            "first_period": v["first_period"],
            "last_period": v["last_period"],
            "disposal_period": disposal,
            "ends": v["ends"],
            "devices": v["devices"],
            "cost": np.where(new, cost, gross),
            "opening_book": _opening_book(plan, v),
            "life_months": life,
            "age_months": v["age_months"],
            "market_residual": gross * market_value_share(loss, life, life),
            "proceeds": proceeds,
        }
    )


def _opening_book(plan: Plan, v: pd.DataFrame) -> np.ndarray:
    """Each lot's part of its asset's book value, by devices; 0 for what the plan orders."""
    assets = plan.table("assets").set_index("asset")
    devices = v.groupby("asset")["devices"].transform("sum").to_numpy(float)
    book = assets["book_value"].reindex(v["asset"]).fillna(0.0).to_numpy(float)
    part = np.divide(v["devices"].to_numpy(float), devices, out=np.zeros(len(v)), where=devices > 0)
    return np.where(v["asset"].to_numpy(object) != "", book * part, 0.0)


def _fit_outs(plan: Plan, frames: Mapping[str, pd.DataFrame], life_months: int) -> pd.DataFrame:
    """What was paid to open sites: kept until the site closes, when what is left of it is written off."""
    ledger = frames["ledger"]
    paid = ledger[(ledger["category"] == "site") & (ledger["cash"] == CAPEX)]
    paid = paid.groupby(["site", "period"], as_index=False)["amount"].sum()
    open_in = frames["sites"].sort_values(["site", "period"])
    run = open_in["period"] - open_in.groupby("site").cumcount()
    open_in = open_in.assign(until=open_in.groupby(["site", run])["period"].transform("max"))
    paid = paid.merge(open_in[["site", "period", "until"]], on=["site", "period"], how="left")
    if paid["until"].isna().any():
        raise BooksError("a site is paid for opening and not open in that period")
    return fit_out_lots(
        paid["site"], paid["period"], paid["until"].to_numpy(int), paid["amount"], plan.settings.periods, life_months
    )


def fit_out_lots(
    site: pd.Series, opened: pd.Series, until: np.ndarray, cost: pd.Series, periods: int, life_months: int
) -> pd.DataFrame:
    """Lots of what was paid to open sites, from the period opened to the last one open (`until`, at most `periods`)."""
    closes = until < periods
    return pd.DataFrame(
        {
            "asset_class": "Site fit-out",
            "kind": FIT_OUT,
            "offer": "",
            "site": site,
            "asset": "",
            "ordered_period": opened,
            "first_period": opened,
            "last_period": until,
            "disposal_period": np.where(closes, until + 1, 0),
            "ends": np.where(closes, "closed", HORIZON),
            "devices": 0.0,
            "cost": cost,
            "opening_book": 0.0,
            "life_months": life_months,
            "age_months": 0,
            "market_residual": 0.0,
            "proceeds": 0.0,
        }
    )


@dataclass(frozen=True)
class Contracts:
    """Commitments and leases, one a row of `frame`, and what they pay.

    `frame`: contract, offer, site, pricing, asset, ordered_period, first_period, last_period (of the term:
    may lie beyond the horizon), term_months (of the whole contract), devices, opening_book, upfront, credit.
    `payments`: by the hour, shape (contracts, periods to the end of the last term), period 1 first.
    The upfront payment falls in the first period; `credit`, what comes back of it for the part of the term
    beyond the horizon, in the last period of the horizon.
    """

    frame: pd.DataFrame
    payments: np.ndarray

    def __len__(self) -> int:
        return len(self.frame)


def contracts(plan: Plan, frames: Mapping[str, pd.DataFrame]) -> Contracts:
    """Every commitment and lease of the plan, its payments tied to the ledger period by period.

    A new one pays the price of its first period in service to the end of its term, one that was there
    before the plan the price of the table.
    """
    ledger, v = frames["ledger"], frames["vintages"]
    offers, x = offer_facts(plan), plan.settings
    v = v[v["offer"].map(offers["pricing"]).isin(CONTRACTS)].reset_index(drop=True)
    o = offers.reindex(v["offer"]).reset_index(drop=True)
    first = v["first_period"].to_numpy(int)
    months_left = o["term_months"].to_numpy(int) - v["age_months"].to_numpy(int)
    term = whole_periods(months_left, x.months_per_period)
    until = first + term - 1
    new = v["asset"].to_numpy(object) == ""
    change = 1.0 + o["annual_price_change"].to_numpy(float)
    years = x.years_since_start()[first - 1] if len(v) else np.zeros(0)
    price = o["price_per_hour"].to_numpy(float) * np.where(new, change**years, 1.0)
    devices = v["devices"].to_numpy(float)
    width = max(int(until.max(initial=0)), x.periods)
    t = np.arange(1, width + 1)
    runs = (t >= first[:, None]) & (t <= until[:, None])
    payments = runs * (devices * price * x.hours)[:, None]
    upfront = np.where(new, devices * o["upfront_price"].to_numpy(float), 0.0)
    beyond = np.maximum(until - x.periods, 0)
    credit = upfront * beyond / np.maximum(term, 1)
    rows = ledger[(ledger["category"] == "compute") & ledger["offer"].map(offers["pricing"]).isin(CONTRACTS)]
    payments[:, : x.periods] = _tied(payments[:, : x.periods], v["offer"], rows[rows["unit"] != "devices"])
    upfront, credit = _upfront(v["offer"], first, x.periods, upfront, credit, rows[rows["unit"] == "devices"])
    frame = pd.DataFrame(
        {
            "contract": np.arange(len(v)),
            "offer": v["offer"].astype(object),
            "site": o["site"].astype(object),
            "pricing": o["pricing"].astype(object),
            "asset": v["asset"].astype(object),
            "ordered_period": v["ordered_period"].to_numpy(int),
            "first_period": first,
            "last_period": until,
            "term_months": o["term_months"].to_numpy(int),
            "devices": devices,
            "opening_book": _opening_book(plan, v),
            "upfront": upfront,
            "credit": credit,
        }
    )
    return Contracts(frame, payments)


def _tied(matrix: np.ndarray, offer: pd.Series, rows: pd.DataFrame) -> np.ndarray:
    """A matrix (lots, periods) tied to ledger rows by offer and period."""
    n, periods = matrix.shape
    key = _key(np.repeat(offer.to_numpy(object), periods), np.tile(np.arange(1, periods + 1), n))
    return tie(matrix.ravel(), key, _by_key(rows, "offer", "period"), "payments of commitments").reshape(n, periods)


def _upfront(
    offer: pd.Series, first: np.ndarray, periods: int, upfront: np.ndarray, credit: np.ndarray, rows: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Upfront payments and credits tied together: in the last period the ledger has them in one row."""
    n = len(upfront)
    key = np.concatenate([_key(offer, first), _key(offer, np.full(n, periods))]) if n else np.zeros(0, dtype=object)
    both = tie(np.concatenate([upfront, -credit]), key, _by_key(rows, "offer", "period"), "upfront payments")
    return both[:n], -both[n:]
