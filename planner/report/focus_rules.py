"""Our own check of a FOCUS 1.2 file: presence, types, nullability, allowed values, and how columns hang together.

Each rule is written from the specification's requirements on a column, and named by it. Written to be run on any
file: on ours before it is handed out, and on bills before they are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd

from planner.report.focus_columns import (
    COLUMNS,
    CORRECTION,
    CREDIT,
    PURCHASE,
    SERVICES,
    TAX,
    USAGE,
    FocusColumn,
)

TIME = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z"
MOST_SHOWN = 3


def check(frame: pd.DataFrame) -> list[str]:
    """Sentences on what breaks the specification, the first rows of each; none is well.

    Cells are text, numbers, or missing (None, NaN). Columns that the specification does not have must begin
    with x_.
    """
    found = list(_presence(frame))
    for column in COLUMNS:
        if column.name in frame:
            found += _column(frame, column)
    needed = {c.name for c in COLUMNS if c.level == "mandatory"}
    if needed <= set(frame.columns):
        found += _together(frame)
    return found


def _presence(frame: pd.DataFrame) -> Iterator[str]:
    for column in COLUMNS:
        if column.level == "mandatory" and column.name not in frame:
            yield f"{column.name}: the column is missing"
    known = {c.name for c in COLUMNS}
    for name in frame.columns:
        if name not in known and not str(name).startswith("x_"):
            yield f"{name}: a column that the specification does not have must begin with x_"
    if frame.columns.duplicated().any():
        yield "a column is there twice"


def _say(frame: pd.DataFrame, name: str, wrong: np.ndarray, what: str) -> list[str]:
    at = np.flatnonzero(wrong)
    if not len(at):
        return []
    rows = ", ".join(str(i + 2) for i in at[:MOST_SHOWN])
    more = f" and {len(at) - MOST_SHOWN:,} more" if len(at) > MOST_SHOWN else ""
    return [f"{name}: {what} (row {rows}{more})"]


def _column(frame: pd.DataFrame, c: FocusColumn) -> list[str]:
    cells = frame[c.name]
    null = cells.isna().to_numpy(bool)
    out = []
    if not c.nullable:
        out += _say(frame, c.name, null, "must not be null")
    there = cells[~null]
    wrong = np.zeros(len(cells), dtype=bool)
    if c.type == "decimal":
        number = pd.to_numeric(there, errors="coerce").to_numpy(float)
        wrong[~null] = ~np.isfinite(number)
        out += _say(frame, c.name, wrong, "must be a decimal number")
        if c.low is not None:
            below = np.zeros(len(cells), dtype=bool)
            below[~null] = number < c.low
            out += _say(frame, c.name, below, "must not be negative")
        return out
    text = there.astype(str)
    if c.allowed:
        wrong[~null] = ~text.isin(c.allowed).to_numpy()
        out += _say(
            frame, c.name, wrong, f"must be one of {', '.join(c.allowed[:8])}{', ...' if len(c.allowed) > 8 else ''}"
        )
    elif c.type == "time":
        wrong[~null] = ~text.str.fullmatch(TIME).to_numpy(bool)
        out += _say(frame, c.name, wrong, "must be a time in UTC as YYYY-MM-DDThh:mm:ssZ")
    elif c.type == "json":
        wrong[~null] = [not _is_key_value(t) for t in text]
        out += _say(frame, c.name, wrong, "must be a JSON object of keys and simple values")
    else:
        wrong[~null] = (text.str.strip() == "").to_numpy(bool) | (text.str.strip() != text).to_numpy(bool)
        out += _say(frame, c.name, wrong, "must be null or text without blanks around it")
    if c.name == "BillingCurrency":
        wrong[~null] = ~text.str.fullmatch(r"[A-Z]{3}").to_numpy(bool)
        out += _say(frame, c.name, wrong, "must be an ISO 4217 code")
    return out


def _is_key_value(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and all(isinstance(v, str | int | float | bool | None) for v in found.values())


def _together(f: pd.DataFrame) -> list[str]:
    n = len(f)

    def column(name: str) -> pd.Series:
        return f[name] if name in f else pd.Series([None] * n, index=f.index, dtype=object)

    def null(name: str) -> np.ndarray:
        return column(name).isna().to_numpy(bool)

    def number(name: str) -> np.ndarray:
        return pd.to_numeric(column(name), errors="coerce").to_numpy(float)

    kind = f["ChargeCategory"].to_numpy(object)
    regular = f["ChargeClass"].isna().to_numpy(bool) | (f["ChargeClass"] != CORRECTION).to_numpy(bool)
    bought = np.isin(kind.astype(str), (USAGE, PURCHASE)) & regular
    usage, tax = (kind == USAGE) & regular, kind == TAX
    out: list[str] = []
    for price, cost in (("ListUnitPrice", "ListCost"), ("ContractedUnitPrice", "ContractedCost")):
        if price in f:
            out += _say(f, price, bought & null(price), "must not be null for usage and purchases")
            product = number(price) * number("PricingQuantity")
            gap = np.abs(product - number(cost)) > 0.005 + 1e-9 * np.abs(product)
            out += _say(f, cost, gap & ~null(price) & regular, f"must be {price} x PricingQuantity")
        out += _say(f, price, tax & ~null(price), "must be null for taxes")
    for name in ("PricingQuantity", "PricingUnit"):
        out += _say(f, name, bought & null(name), "must not be null for usage and purchases")
        out += _say(f, name, tax & ~null(name), "must be null for taxes")
    for name in ("PricingCategory", "SkuPriceId", "SkuId"):
        if name in f:
            out += _say(f, name, bought & null(name), "must not be null for usage and purchases")
    out += _say(f, "SkuPriceId", ~null("SkuPriceId") & null("SkuId"), "has a price and no SKU")
    unrelated = (kind == CREDIT) & (np.abs(number("EffectiveCost") - number("BilledCost")) > 0.005)
    out += _say(f, "EffectiveCost", unrelated, "must be the billed cost for credits")
    out += _commitments(f, column, null, number, kind, usage, regular)
    status = column("CommitmentDiscountStatus").to_numpy(object)
    consumed = usage & (status != "Unused")
    if "ConsumedQuantity" in f:
        out += _say(f, "ConsumedQuantity", consumed & null("ConsumedQuantity"), "must not be null for what was used")
        out += _say(
            f,
            "ConsumedQuantity",
            ~consumed & regular & ~null("ConsumedQuantity"),
            "must be null unless something was used",
        )
        out += _say(f, "ConsumedQuantity", consumed & (number("ConsumedQuantity") <= 0), "must be above 0")
        out += _say(f, "ConsumedUnit", null("ConsumedUnit") != null("ConsumedQuantity"), "goes with the quantity")
    parents = {s: c for c, names in SERVICES.items() for s in names}
    if "ServiceSubcategory" in f:
        wrong = f["ServiceSubcategory"].map(parents).to_numpy(object) != f["ServiceCategory"].to_numpy(object)
        out += _say(f, "ServiceSubcategory", wrong, "does not belong to the ServiceCategory")
    for what in ("BillingPeriod", "ChargePeriod"):
        backwards = (f[f"{what}Start"].astype(str) >= f[f"{what}End"].astype(str)).to_numpy(bool)
        out += _say(f, f"{what}End", backwards, "must be after the start")
    for name, ident in (
        ("ResourceName", "ResourceId"),
        ("ResourceType", "ResourceId"),
        ("RegionName", "RegionId"),
        ("SubAccountName", "SubAccountId"),
    ):
        out += _say(f, name, ~null(name) & null(ident), f"must be null when {ident} is")
    return out


def _commitments(f: pd.DataFrame, column, null, number, kind, usage, regular) -> list[str]:
    if "CommitmentDiscountId" not in f:
        return []
    has = ~null("CommitmentDiscountId")
    out = []
    for name in ("Category", "Name", "Type", "Unit", "Quantity", "Status"):
        full = f"CommitmentDiscount{name}"
        out += _say(f, full, ~has & ~null(full), "must be null without a CommitmentDiscountId")
    for name in ("Category", "Type", "Unit"):
        full = f"CommitmentDiscount{name}"
        out += _say(f, full, has & regular & null(full), "must not be null with a CommitmentDiscountId")
    out += _say(
        f,
        "CommitmentDiscountStatus",
        has & usage & null("CommitmentDiscountStatus"),
        "must not be null for usage under a commitment",
    )
    counted = has & regular & np.isin(kind.astype(str), (USAGE, PURCHASE))
    out += _say(
        f, "CommitmentDiscountQuantity", counted & ~(number("CommitmentDiscountQuantity") > 0), "must be above 0"
    )
    committed = (column("PricingCategory") == "Committed").to_numpy(bool)
    out += _say(f, "PricingCategory", has & usage & ~committed, "must be Committed under a commitment")
    out += _say(
        f, "PricingCategory", committed & (~has | (kind == PURCHASE)), "is Committed without being covered by one"
    )
    ahead = has & (kind == PURCHASE) & (np.abs(number("EffectiveCost")) > 0.005)
    out += _say(f, "EffectiveCost", ahead, "must be 0 for the purchase of a commitment")
    units = (
        f[has].groupby("CommitmentDiscountId")["CommitmentDiscountUnit"].nunique()
        if has.any()
        else pd.Series(dtype=int)
    )
    if (units > 1).any():
        out.append(f"CommitmentDiscountUnit: {units[units > 1].index[0]} has more than one")
    return out
