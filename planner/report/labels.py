"""What things are called on the page: names for identifiers, and the plan's calendar."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from planner.plan.plan import Plan, Settings
from planner.plan.tables import API, COMMITTED, LEASED
from planner.report.theme import EDGE, SOURCE_LABELS
from planner.text.names import TOKEN_API, names, offer_names

__all__ = ["Calendar", "look_up", "names", "offers"]


class Calendar:
    """Periods of a plan as people date them. Periods count from 1."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.first = pd.Period(settings.start, freq="M")

    def month(self, period: int | float, months_earlier: int | float = 0) -> str:
        """First month of a period (YYYY-MM), or so many months before it; works beyond the horizon."""
        offset = int(period - 1) * self.settings.months_per_period - int(months_earlier)
        return str(self.first + offset)

    @cached_property
    def starts(self) -> pd.DatetimeIndex:
        """First day of each period and of the period after the last, shape (periods + 1,)."""
        months = np.arange(self.settings.periods + 1) * self.settings.months_per_period
        return pd.DatetimeIndex([(self.first + int(m)).to_timestamp() for m in months])

    def start_of(self, period: pd.Series) -> pd.Series:
        """First day of the period in each cell; periods + 1 is the end of the horizon."""
        return pd.Series(self.starts[period.to_numpy(int) - 1], index=period.index)

    @cached_property
    def period_labels(self) -> list[str]:
        """Each period by name: 2027 for a calendar year, Q1 2027, H1 2027, else its first month."""
        months = self.settings.months_per_period
        word = {3: "Q", 6: "H"}.get(months)
        out = []
        for start in self.starts[:-1]:
            if months == 12 and start.month == 1:
                out.append(str(start.year))
            elif word and (start.month - 1) % months == 0:
                out.append(f"{word}{(start.month - 1) // months + 1} {start.year}")
            else:
                out.append(start.strftime("%b %Y"))
        return out

    @cached_property
    def year_labels(self) -> list[str]:
        """Each plan year by name: 2027 when it is a calendar year, else 2027/28; a part year says so."""
        per_year = 12 // self.settings.months_per_period
        out = []
        for begin in range(0, self.settings.periods, per_year):
            year = self.starts[begin].year
            name = str(year) if self.starts[begin].month == 1 else f"{year}/{(year + 1) % 100:02d}"
            count = min(per_year, self.settings.periods - begin)
            whole = count == per_year
            out.append(name if whole else f"{name} ({count * self.settings.months_per_period} months)")
        return out

    def year_of(self, period: pd.Series) -> pd.Series:
        """Name of the plan year of the period in each cell."""
        names = np.array(self.year_labels, dtype=object)
        return pd.Series(
            names[self.settings.year_of_period()[period.to_numpy(int) - 1] - 1], index=period.index, dtype=object
        )


def look_up(keys: pd.Series, values: pd.Series) -> pd.Series:
    """The number that `values` holds for each key, NaN where it holds none; safe for no rows.

    (`Series.map` keeps the dtype of its keys when there are no rows, which breaks arithmetic.)
    """
    return pd.Series(values.reindex(keys.to_numpy(object)).to_numpy(float), index=keys.index)


def offers(plan: Plan) -> pd.DataFrame:
    """Every offer with what charts need to know of it, indexed by offer.

    Columns: site, site_name, site_kind, provider, zone, pricing, source (see `theme.SOURCES`),
    source_label, device, accelerators, workload, term_months, lead_time_months, where, label
    (unique), short (place first, without the pricing: for where a colour tells it).
    """
    table = plan.table("offers").set_index("offer", drop=False)
    site = plan.table("sites").set_index("site").reindex(table["site"])
    device = plan.table("hardware").set_index("hardware").reindex(table["hardware"])
    device_name = names(plan, "hardware").reindex(table["hardware"])
    out = pd.DataFrame(
        {
            "offer": table["offer"].astype(object),
            "site": table["site"].astype(object),
            "site_name": names(plan, "sites").reindex(table["site"]).to_numpy(object),
            "site_kind": site["kind"].to_numpy(object),
            "provider": site["provider"].fillna("").to_numpy(object),
            "zone": site["zone"].to_numpy(object),
            "pricing": table["pricing"].astype(object),
            "device": device_name.fillna("").to_numpy(object),
            "accelerators": device["accelerators"].fillna(0.0).to_numpy(float),
            "workload": table["workload"].astype(object).where(table["workload"].notna(), ""),
            "term_months": table["term_months"].astype(int),
            "lead_time_months": table["lead_time_months"].astype(int),
        }
    )
    out["source"] = out["pricing"].where(out["site_kind"] != EDGE, EDGE)
    out["source_label"] = out["source"].map(SOURCE_LABELS)
    out["where"] = out["device"].where(out["pricing"] != API, TOKEN_API) + " at " + out["site_name"]
    term = (" · " + out["term_months"].astype(str) + " months").where(out["pricing"].isin([COMMITTED, LEASED]), "")
    out["short"] = out["site_name"] + " · " + out["device"].where(out["pricing"] != API, TOKEN_API) + term
    out["label"] = offer_names(plan).reindex(out["offer"]).to_numpy(object)
    return out
