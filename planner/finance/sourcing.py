"""Buy, lease, rent or commit: what a useful device-hour costs by each way to get it, against utilization.

Every way is brought to the same two figures, levelised over its own duration (as the equivalent annual cost of
Brealey, Myers and Allen does for unequal lives): a fixed cost per hour of the calendar, and a cost per useful
hour. A useful hour is one that the device works, after what overhead takes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.finance.depreciation import Basis, declining_balance, straight_line
from planner.finance.lots import market_value_share, offer_facts
from planner.finance.macrs import TABLES, convention_rows
from planner.finance.policy import AccountingPolicy
from planner.plan.plan import Plan
from planner.plan.tables import API, HELD, OWNED

COLUMNS = ["offer", "pricing", "months", "fixed", "variable", "fixed_after_tax", "variable_after_tax", "useful_share"]


LEFT_OUT = (
    "capital tied up in the lead time",
    "a site's opening, fixed cost and security",
    "network",
    "storage",
)
"""What the two figures of a way do not hold: it depends on the rest of the plan, not on the device."""


def break_even_hours(upfront: float, running: float, rent: float) -> float | None:
    """Hours of use at which buying costs what renting does: upfront / (rent - running); None if it never does."""
    return upfront / (rent - running) if rent > running else None


def ways(
    plan: Plan,
    site: str,
    hardware: str,
    policy: AccountingPolicy | None = None,
    months: int | None = None,
    hold_months: int | None = None,
) -> pd.DataFrame:
    """Every way to get `hardware` at `site`, in the order of the offers. Money in the plan's currency.

    Columns: offer, pricing, months (duration that is levelised), fixed (per device and calendar hour), variable
    (per useful hour), both also after tax, and useful_share (useful hours in an hour of full use). What is paid
    by use is levelised over `months` (default: the plan's), commitments over as many whole terms as cover it,
    owned devices from purchase to the end of their life or to `hold_months`, when they are sold at market value.
    After tax: every cost saves tax at once, a purchase through the depreciation of the tax return, as bought on the
    first day of a tax year. Left out: see `LEFT_OUT`. Raises KeyError when nothing offers that hardware there.
    """
    policy = (policy or AccountingPolicy()).for_tax()
    offers = offer_facts(plan)
    here = offers[(offers["site"] == site) & (offers["hardware"] == hardware) & (offers["pricing"] != API)]
    if here.empty:
        raise KeyError(f"nothing offers {hardware} at {site}")
    span = months or plan.settings.periods * plan.settings.months_per_period
    place = plan.table("sites").set_index("site").loc[site]
    rows = [_way(plan, offer, place, policy, span, hold_months) for _, offer in here.iterrows()]
    return pd.DataFrame(rows, columns=COLUMNS)


def _way(
    plan: Plan, o: pd.Series, place: pd.Series, policy: AccountingPolicy, span: int, hold: int | None
) -> tuple[object, ...]:
    x = plan.settings
    held = o["pricing"] in HELD
    n = span
    if o["pricing"] == OWNED:
        n = min(int(o["useful_life_months"]), hold or int(o["useful_life_months"]))
    elif held:
        n = -(-span // int(o["term_months"])) * int(o["term_months"])
    t = np.arange(n)
    factor = (1.0 + x.discount_rate) ** (-(t + 0.5) / 12)
    kwh_price = float(place["electricity_price_per_kwh"]) * float(place["pue"])
    useful = 1.0 - float(o["overhead_share"])
    change = 1.0 + float(o["annual_price_change"])
    draw = (o["power_kw"] - o["idle_power_kw"]) if held else o["power_kw"]
    variable = np.full(n, float(draw) * kwh_price)
    fixed = np.zeros(n)
    lumps = 0.0  # present value of what falls on the first or the last day
    if held:
        fixed += _running(plan, o, place) + float(o["idle_power_kw"]) * kwh_price * x.hours_per_month
    else:
        variable = variable + float(o["price_per_hour"]) * change ** (t / 12)
    deducted = fixed.copy()
    if o["pricing"] == OWNED:
        paid, sold, written_off = _owned(o, policy, n)
        lumps = paid - sold * (1.0 + x.discount_rate) ** (-n / 12)
        deducted = deducted + written_off
    elif held:
        term = int(o["term_months"])
        start = t // term * term
        hourly = float(o["price_per_hour"]) * change ** (start / 12) * x.hours_per_month
        fixed = fixed + hourly
        starts = np.unique(start)
        lumps = float(o["upfront_price"]) * float(((1.0 + x.discount_rate) ** (-starts / 12)).sum())
        deducted = deducted + hourly + float(o["upfront_price"]) / term
    hours = float(factor.sum()) * x.hours_per_month
    level = (lumps + float((fixed * factor).sum())) / hours
    after = level - x.tax_rate * float((deducted * factor).sum()) / hours
    per_hour = float((variable * factor).sum() / factor.sum()) / useful
    return o["offer"], o["pricing"], n, level, per_hour, after, per_hour * (1.0 - x.tax_rate), useful


def _running(plan: Plan, o: pd.Series, place: pd.Series) -> float:
    """Maintenance, licenses, staff and space of a device in a month."""
    staff = float(o["fte_per_device"]) * plan.settings.labour_cost_per_fte_year / 12
    support = float(o["maintenance_rate"]) * float(o["purchase_price"]) / 12
    space = float(o["power_kw"]) * float(place["space_price_per_kw_month"])
    return staff + support + space + float(o["license_price_per_month"])


def _owned(o: pd.Series, policy: AccountingPolicy, n: int) -> tuple[float, float, np.ndarray]:
    """Purchase, sale, and tax deductions by month: depreciation, then what is left less the proceeds."""
    price, life = float(o["purchase_price"]), int(o["useful_life_months"])
    loss = np.array([o["annual_value_loss"]], dtype=float)
    share = float(market_value_share(loss, np.array([life]), np.array([n]))[0])
    sold = price * share
    bonus = policy.bonus_share * price
    one = np.ones(1, dtype=int)
    basis = Basis(np.array([price - bonus]), np.zeros(1), life * one, one, n * one, 1)
    if policy.depreciation == "macrs":
        rates = TABLES[convention_rows(0 * one, one, np.array([price - bonus]), policy.macrs_convention)[0]]
        written = (price - bonus) * np.append(np.repeat(rates / 12, 12), np.zeros(n))[:n]
    elif policy.depreciation == "declining_balance":
        written = declining_balance(basis, n, policy.declining_factor)[0]
    else:
        written = straight_line(basis, n)[0]
    written[0] += bonus
    written[-1] += price - float(written.sum()) - sold
    return price, sold, written


def curve(found: pd.DataFrame, utilization: np.ndarray) -> pd.DataFrame:
    """Cost per useful hour of each way at each utilization (share of calendar hours that do useful work).

    Columns: offer, pricing, utilization, cost_per_useful_hour, after_tax. A device with overhead cannot reach a
    utilization above its useful_share: NaN there.
    """
    long = found.loc[found.index.repeat(len(utilization))].reset_index(drop=True)
    long["utilization"] = np.tile(np.asarray(utilization, dtype=float), len(found))
    u = long["utilization"].where((long["utilization"] > 0) & (long["utilization"] <= long["useful_share"] + 1e-12))
    long["cost_per_useful_hour"] = long["fixed"] / u + long["variable"] + 0.0 * u
    long["after_tax"] = long["fixed_after_tax"] / u + long["variable_after_tax"] + 0.0 * u
    return long[["offer", "pricing", "utilization", "cost_per_useful_hour", "after_tax"]]


def break_evens(found: pd.DataFrame) -> pd.DataFrame:
    """Where two ways cost the same: for each pair the utilization, before and after tax; pairs that never meet left out.

    Columns: offer (the one with the higher fixed cost, cheaper above the break-even), against, utilization,
    after_tax (NaN where they meet only before tax).
    """
    pairs = found.merge(found, how="cross", suffixes=("", "_b"))
    pairs = pairs[pairs["fixed"] > pairs["fixed_b"]]

    def meet(fixed: str, variable: str) -> pd.Series:
        gap = pairs[f"{variable}_b"] - pairs[variable]
        u = (pairs[fixed] - pairs[f"{fixed}_b"]) / gap.where(gap > 0)
        most = np.minimum(pairs["useful_share"], pairs["useful_share_b"])
        return u.where((u > 0) & (u <= most))

    out = pd.DataFrame(
        {
            "offer": pairs["offer"],
            "against": pairs["offer_b"],
            "utilization": meet("fixed", "variable"),
            "after_tax": meet("fixed_after_tax", "variable_after_tax"),
        }
    )
    return out[out[["utilization", "after_tax"]].notna().any(axis=1)].reset_index(drop=True)
