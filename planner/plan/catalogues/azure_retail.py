"""Azure Retail Prices: JSON of prices.azure.com/api/retail/prices, one page or many.

https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.plan.catalogues.common import (
    CatalogueError,
    Imported,
    Origin,
    Selection,
    Skipped,
    assemble,
    machine_types,
    read_limited,
)
from planner.plan.faults import Fault, shown
from planner.plan.tables import COMMITTED, ON_DEMAND, SPOT

HOURS_PER_MONTH = 730.0
TERM_MONTHS = {"1 Year": 12, "3 Years": 36, "5 Years": 60}
HOURLY = "1 Hour"
TEXTS = ("currencyCode", "armRegionName", "armSkuName", "skuName", "productName", "serviceName", "type")
NOT_KNOWN = "sizes that are not bundled as having accelerators"


def import_azure(
    path: Path,
    origin: Origin,
    on: date,
    selection: Selection | None = None,
    currency: str = "USD",
    hours_per_month: float = HOURS_PER_MONTH,
) -> Imported:
    """Sites, hardware, and on-demand, spot and committed offers (reservations, savings plans).

    `on`: the day whose prices are taken; later ones are left out, of earlier ones the newest is kept.
    `currency`: that of the file. A reservation's price is for its whole term, whatever its unit says:
    it is divided by the term's months x `hours_per_month`.
    Raises CatalogueError when the file is no such price list, is in another currency, or nothing matches.
    """
    skipped = Skipped()
    items, next_page = _items(path)
    currencies = {str(i.get("currencyCode")) for i in items}
    if currencies != {currency}:
        found = ", ".join(sorted(currencies))
        raise CatalogueError(Fault(path.name, None, "currencyCode", f"found {found}; wanted is {currency}"))
    prices = pd.DataFrame(_prices(items, on, hours_per_month, skipped))
    if prices.empty:
        said = "; ".join(["no price of a size with accelerators", *skipped.lines()])
        raise CatalogueError(Fault(path.name, None, "", said))
    key = ["region", "instance_type", "variant"]
    prices = prices.sort_values([*key, "since"], kind="stable")
    older = prices.duplicated(key, keep="last")
    skipped.add("older or repeated prices of the same meter", prices.loc[older, "instance_type"])
    result = assemble("azure", prices[~older].drop(columns="since"), origin, selection or Selection(), skipped)
    if next_page:
        message = "the file ends with a link to a next page: it may not hold all prices"
        result = Imported(result.tables, result.skipped, (message, *result.notices))
    return result


def _items(path: Path) -> tuple[list[dict[str, Any]], bool]:
    """The price entries of one page, a list of pages or a list of entries; and whether a next page is missing."""
    data = read_limited(path)
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_constant=lambda _: None)
    except UnicodeDecodeError:
        raise CatalogueError(Fault(path.name, None, "", "the file is not UTF-8 text")) from None
    except json.JSONDecodeError as error:
        raise CatalogueError(Fault(path.name, error.lineno, "", f"the file is no JSON: {error.msg}")) from None
    except (RecursionError, ValueError) as error:
        raise CatalogueError(Fault(path.name, None, "", f"the file is no price list: {shown(error)}")) from None
    pages = found if isinstance(found, list) else [found]
    items: list[dict[str, Any]] = []
    last_link: object = None
    for page in pages:
        if isinstance(page, dict) and isinstance(page.get("Items"), list):
            items += [i for i in page["Items"] if isinstance(i, dict)]
            last_link = page.get("NextPageLink")
        elif isinstance(page, dict) and "retailPrice" in page:
            items.append(page)
    if not items:
        message = "no prices found; a page has a list `Items` of objects with `retailPrice`"
        raise CatalogueError(Fault(path.name, None, "", message))
    return items, bool(last_link)


def _prices(
    items: list[dict[str, Any]], on: date, hours_per_month: float, skipped: Skipped
) -> Iterator[dict[str, object]]:
    known = machine_types("azure")
    for item in items:
        text = {name: str(item.get(name) or "") for name in TEXTS}
        size = text["armSkuName"]
        reason = _unwanted(text, size.lower() in known.index)
        if not reason and _day(item.get("effectiveStartDate")) > on:
            reason = f"prices that start after {on}"
        terms = [] if reason else list(_terms(item, text, hours_per_month))
        if not reason and not terms:
            reason = "entries without a usable price, unit or term"
        if reason:
            skipped.add(reason, [size or text["productName"] or "an entry"])
            continue
        machine = known.loc[size.lower()]
        for term in terms:
            yield {
                "provider": "azure",
                "region": text["armRegionName"],
                "instance_type": machine["instance_type"],
                "accelerator": machine["accelerator"],
                "accelerators": float(machine["accelerators"]),
                "memory_gb": np.nan,
                "since": str(item.get("effectiveStartDate") or ""),
                **term,
            }


def _unwanted(text: dict[str, str], known: bool) -> str:
    """Why an entry is left out by its kind; empty when it is not."""
    if text["serviceName"] != "Virtual Machines":
        return "entries of other services"
    if not known:
        return NOT_KNOWN
    if not text["armRegionName"]:
        return "entries without a region"
    if text["type"] not in ("Consumption", "Reservation"):
        return "entries of another type than Consumption and Reservation"
    product = text["productName"]
    if product.endswith("Windows"):
        return "prices with a Windows licence"
    if "Cloud Services" in product or "CloudServices" in product or "Dedicated Host" in product:
        return "prices of Cloud Services and dedicated hosts"
    if text["skuName"].endswith("Low Priority"):
        return "low-priority prices: Batch only"
    return ""


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return date.min


def _terms(item: dict[str, Any], text: dict[str, str], hours_per_month: float) -> Iterator[dict[str, object]]:
    """The ways of paying that an entry stands for: its own, and its savings plans."""
    if text["type"] == "Reservation":
        months = TERM_MONTHS.get(str(item.get("reservationTerm")))
        total = _money(item.get("retailPrice"))
        if months and total is not None:
            note = f"reservation, {total:g} for {months} months, by the hour"
            yield _term(COMMITTED, f"reserved-{months}m", total / (months * hours_per_month), note, months)
        return
    price = _money(item.get("retailPrice"))
    if item.get("unitOfMeasure") != HOURLY or price is None or _money(item.get("tierMinimumUnits")) is not None:
        return
    if text["skuName"].endswith("Spot"):
        yield _term(SPOT, "spot", price, "interruptions not priced")
        return
    yield _term(ON_DEMAND, "on-demand", price)
    plans = item.get("savingsPlan")
    for plan in plans if isinstance(plans, list) else []:
        if isinstance(plan, dict):
            months = TERM_MONTHS.get(str(plan.get("term")))
            hourly = _money(plan.get("retailPrice"))
            if months and hourly is not None:
                note = "savings plan: an hourly spend, which also holds for other sizes and regions"
                yield _term(COMMITTED, f"savings-{months}m", hourly, note, months)


def _term(pricing: str, variant: str, price: float, note: str = "", months: float = math.nan) -> dict[str, object]:
    return {"pricing": pricing, "variant": variant, "price_per_hour": price, "note": note, "term_months": months}


def _money(value: object) -> float | None:
    """The number above 0 that a cell holds, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number > 0 else None
