"""The tables of a result, declared once: their columns in order, and what each holds."""

from __future__ import annotations

import pandas as pd

CATEGORIES = (
    "compute",
    "api",
    "hardware",
    "resale",
    "maintenance",
    "electricity",
    "space",
    "site",
    "security",
    "network",
    "storage",
    "licenses",
    "labour",
    "deployment",
    "carbon",
    "unserved",
    "downtime",
    "policy",
)
"""Cost categories of the ledger, in the order in which people read them."""

CAPEX, OPEX, NON_CASH = "capex", "opex", "non_cash"
CASH_KINDS = (CAPEX, OPEX, NON_CASH)

TEXT, WHOLE, REAL = "str", "int64", "float64"

FRAMES: dict[str, dict[str, str]] = {
    # One row for every amount of money; its present values sum to the objective.
    "ledger": {
        "period": WHOLE,
        "date": TEXT,  # first month of the period, YYYY-MM
        "site": TEXT,
        "provider": TEXT,
        "offer": TEXT,
        "workload": TEXT,  # where the cost is caused by one
        "category": TEXT,
        "cash": TEXT,  # capex, opex, non_cash
        "quantity": REAL,
        "unit": TEXT,
        "unit_price": REAL,
        "amount": REAL,  # quantity x unit_price
        "discount_factor": REAL,
        "present_value": REAL,  # amount x discount_factor
    },
    # Devices by offer and period. in service = before + entered - retired - expired.
    "capacity": {
        "offer": TEXT,
        "period": WHOLE,
        "devices_in_service": REAL,  # on_demand, spot: device-hours used / hours of the period
        "ordered": REAL,  # in the period of the order
        "entered": REAL,  # came into service at the start of the period
        "retired": REAL,  # owned: left early, at the start of the period
        "expired": REAL,  # term or life ended before the period
        "hours_used": REAL,  # device-hours used
    },
    # Held devices (committed, leased, owned) by the time that they come and go.
    "vintages": {
        "offer": TEXT,
        "asset": TEXT,  # blank for what the plan orders
        "ordered_period": WHOLE,  # 0 for an asset
        "first_period": WHOLE,  # first in service within the horizon
        "last_period": WHOLE,  # last in service within the horizon
        "devices": REAL,
        "price_paid": REAL,  # owned: per device, nominal
        "age_months": WHOLE,  # months in service before first_period (assets)
        "ends": TEXT,  # retired, expired (term or life over), horizon (still in service at the end)
    },
    "routing": {
        "workload": TEXT,
        "location": TEXT,
        "site": TEXT,
        "period": WHOLE,
        "slice": TEXT,
        "volume": REAL,
    },
    "unserved": {"workload": TEXT, "location": TEXT, "period": WHOLE, "slice": TEXT, "volume": REAL},
    "dispatch": {
        "workload": TEXT,
        "offer": TEXT,
        "period": WHOLE,
        "slice": TEXT,
        "volume": REAL,
        "device_hours": REAL,
    },
    "sites": {"site": TEXT, "period": WHOLE, "opened": WHOLE},  # a row: the site is open
    "deployments": {"workload": TEXT, "site": TEXT, "period": WHOLE, "started": WHOLE},  # a row: hosted there
    "emissions": {
        "period": WHOLE,
        "site": TEXT,
        "offer": TEXT,
        "workload": TEXT,  # where caused by one
        "energy_kwh": REAL,
        "operational_carbon_t": REAL,
        "embodied_carbon_t": REAL,
        "carbon_t": REAL,
        "water_m3": REAL,
    },
    # One row for each policy and window; value, limit and slack in the policy's own terms
    # (a share where it limits a share), violation and shadow price per unit of the measure.
    "policies": {
        "policy": TEXT,
        "measure": TEXT,
        "sense": TEXT,
        "window": TEXT,  # period, year or horizon
        "from_period": WHOLE,
        "to_period": WHOLE,
        "value": REAL,
        "limit": REAL,
        "slack": REAL,
        "violation": REAL,
        "shadow_price": REAL,  # present value saved by one more unit of the measure, near this plan
    },
}
"""Columns and dtypes of every result table. Blank text is the empty string, never NaN."""


def result_frame(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with exactly the declared columns of result table `name`, in order and dtype."""
    columns = FRAMES[name]
    missing = set(columns) - set(frame.columns)
    if missing and len(frame):
        raise KeyError(f"{name}: {sorted(missing)}")
    return pd.DataFrame(
        {
            c: (frame[c] if c in frame else pd.Series([], dtype=object)).astype(t).reset_index(drop=True)
            for c, t in columns.items()
        }
    )
