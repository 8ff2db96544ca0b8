"""A plan's cost as a FOCUS 1.2 cost and usage file, month by month, so that actual bills can be joined to it.

BilledCost adds up to the ledger's cash. EffectiveCost is amortised: commitments and leases by what each month
consumes, owned devices and site fit-outs by their depreciation, sales by what they bring against book value.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import pandas as pd

from planner.finance import Books
from planner.finance.allocation import UNASSIGNED
from planner.finance.categories import LEASED_SERVERS, booked, category_table
from planner.finance.lots import CONTRACTS, EQUIPMENT, offer_facts
from planner.finance.units import tokens_in
from planner.plan.csv_tables import defused
from planner.plan.tables import COMMITTED, ON_DEMAND, OWNED, SPOT
from planner.report.focus_columns import ADJUSTMENT, PURCHASE, USAGE, WRITTEN
from planner.report.focus_rules import check

Form = Literal["csv", "parquet"]
INTERNAL = "Internal"
"""The provider of what no site's provider bills."""
HOURS = "Device-Hours"
LEAST = 1e-9
"""An amount that is no larger is rounding, not a charge."""

_SERVICE = {
    "compute": ("Compute", "Virtual Machines", "Accelerated computing"),
    "api": ("AI and Machine Learning", "Generative AI", "Model API"),
    "hardware": ("Compute", "Other (Compute)", "Owned hardware"),
    "resale": ("Compute", "Other (Compute)", "Owned hardware"),
    LEASED_SERVERS: ("Compute", "Other (Compute)", "Leased hardware"),
    "maintenance": ("Compute", "Other (Compute)", "Hardware maintenance"),
    "electricity": ("Other", "Other (Other)", "Electricity"),
    "space": ("Other", "Other (Other)", "Data centre space"),
    "site": ("Other", "Other (Other)", "Data centre site"),
    "security": ("Security", "Other (Security)", "Security and compliance"),
    "network": ("Networking", "Network Connectivity", "Data transfer"),
    "storage": ("Storage", "Other (Storage)", "Storage"),
    "licenses": ("Other", "Other (Other)", "Licenses"),
    "labour": ("Other", "Other (Other)", "Operations staff"),
    "deployment": ("Management and Governance", "Other (Management and Governance)", "Deployment"),
}
_UNITS = {
    "device-hours": HOURS, "devices": "Devices", "kWh": "Kilowatt-Hours", "device-months": "Device-Months",
    "FTE-years": "FTE-Years", "kW-months": "Kilowatt-Months", "months": "Months", "openings": "Openings",
    "GB-months": "GB-Months", "deployments": "Deployments", "GB egress": "GB", "GB ingress": "GB",
    "port-months": "Port-Months",
}  # fmt: skip


def unit_name(unit: str) -> str:
    """A unit as FOCUS writes it: 1,000,000 tokens are "1000000 Tokens", other nouns get a capital."""
    if unit in _UNITS:
        return _UNITS[unit]
    tokens = tokens_in(unit)
    if tokens:
        return "Tokens" if tokens == 1 else f"{tokens:.0f} Tokens"
    return "-".join(part[:1].upper() + part[1:] for part in unit.split()) or "Units"


def focus(books: Books) -> pd.DataFrame:
    """The rows, with the columns of `focus_columns.WRITTEN`; missing cells are None. Amounts of 0 are left out, and what rounding left."""
    parts = [_paid_by_use(books), _purchases(books), _consumed(books), _owned(books)]
    rows = pd.concat([p for p in parts if len(p)], ignore_index=True)
    rows = rows[(rows[["billed", "effective", "list"]].abs() > LEAST).any(axis=1)]
    return _written(books, _by_month(books, rows))


def write_focus(books: Books, target: str | Path | BinaryIO, form: Form | None = None) -> None:
    """Write the file as CSV or Parquet, by `form` or the ending of the path.

    Raises ValueError when the rows break our reading of the specification (`focus_rules.check`), or for an
    unknown form. In CSV, text that a spreadsheet could run has an apostrophe before it.
    """
    rows = focus(books)
    wrong = check(rows)
    if wrong:
        raise ValueError("not FOCUS 1.2: " + "; ".join(wrong[:5]))
    suffix = form or Path(str(target)).suffix.removeprefix(".").lower()
    if suffix == "parquet":
        _typed(rows).to_parquet(target, index=False)
    elif suffix == "csv":
        texts = [c.name for c in WRITTEN if c.type != "decimal"]
        safe = rows.assign(**{c: rows[c].map(lambda x: defused(x) if isinstance(x, str) else x) for c in texts})
        data = safe.to_csv(index=False, lineterminator="\n").encode()
        if isinstance(target, str | Path):
            Path(target).write_bytes(data)
        else:
            target.write(data)
    else:
        raise ValueError(f"a FOCUS file is csv or parquet, not {suffix or 'nothing'}")


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with dates as points in time, and as text what is text, also where every cell is missing."""
    kinds = {c.name: c.type for c in WRITTEN}
    return rows.assign(
        **{
            name: pd.to_datetime(rows[name], utc=True) if kind == "time" else rows[name].astype("str")
            for name, kind in kinds.items()
            if kind != "decimal"
        }
    )


def read_back(data: bytes) -> pd.DataFrame:
    """The rows of a CSV file as text, missing cells as None: for checking what was written."""
    found = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
    return found.astype(object).where(found != "", None)


_FIELDS = {
    "charge": "", "frequency": "Usage-Based", "quantity": 0.0, "unit": "", "price": 0.0, "billed": 0.0,
    "effective": 0.0, "list": 0.0, "list_price": np.nan, "offer": "", "site": "", "workload": "", "category": "",
    "cash": "", "what": "", "status": "", "covered": 0.0, "consumed": np.nan, "once": False,
}  # fmt: skip


def _rows(**fields: object) -> pd.DataFrame:
    """Rows with every field there."""
    given = pd.DataFrame(fields)
    for name, default in _FIELDS.items():
        if name not in given:
            given[name] = default
    return given


def _paid_by_use(books: Books) -> pd.DataFrame:
    """Operating cost that is no contract: as the ledger has it, used and paid in the same month."""
    ledger = books.ledger
    pricing = offer_facts(books.plan)["pricing"]
    under = ledger["category"].eq("compute") & ledger["offer"].map(pricing).isin(CONTRACTS)
    x = ledger[ledger["cash"].eq("opex") & ~under].reset_index(drop=True)
    lasting = x["unit"].isin(["months", "kW-months", "device-months", "GB-months", "port-months", "FTE-years"])
    return _rows(
        period=x["period"],
        charge=USAGE,
        frequency=np.where(x["unit"] == "deployments", "One-Time", np.where(lasting, "Recurring", "Usage-Based")),
        once=x["unit"] == "deployments",
        quantity=x["quantity"],
        unit=x["unit"].map({u: unit_name(u) for u in x["unit"].unique()}),
        price=x["unit_price"],
        billed=x["amount"],
        effective=x["amount"],
        list=x["amount"],
        offer=x["offer"],
        site=x["site"],
        workload=x["workload"],
        category=x["category"],
        cash="opex",
        consumed=x["quantity"],
    )


def _purchases(books: Books) -> pd.DataFrame:
    """Payments of commitments and leases: recurring by the hour, one-time upfront, refunds at the plan's end."""
    c, x = books.contracts.contracts, books.plan.settings
    f = c.frame
    n, periods = len(f), x.periods
    t = np.tile(np.arange(1, periods + 1), n)
    again = f.loc[f.index.repeat(periods)].reset_index(drop=True)
    hourly = c.payments[:, :periods].ravel()
    hours = again["devices"].to_numpy(float) * x.hours * (hourly != 0)
    price = np.divide(hourly, hours, out=np.zeros_like(hourly), where=hours > 0)
    common = {"charge": PURCHASE, "category": "compute", "cash": "opex"}
    one = _rows(period=t, frequency="Recurring", quantity=hours, unit=HOURS, price=price, billed=hourly, list=hourly,
                offer=again["offer"], site=again["site"], covered=hours, what="Capacity by the hour", **common)  # fmt: skip
    parts = [one[one["billed"] != 0]]
    for amount, when, what in (
        (f["upfront"], f["first_period"], "Upfront payment"),
        (-f["credit"], pd.Series(periods, index=f.index), "Refund of the term beyond the plan"),
    ):
        devices = np.where(amount < 0, -f["devices"], f["devices"])
        each = np.divide(amount, devices, out=np.zeros(n), where=devices != 0)
        term = np.minimum(f["last_period"], periods) - f["first_period"] + 1
        more = _rows(period=when, frequency="One-Time", once=True, quantity=devices, unit="Devices", price=each,
                     billed=amount, list=amount, offer=f["offer"], site=f["site"], what=what,
                     covered=f["devices"] * term * x.hours, **common)  # fmt: skip
        parts.append(more[more["billed"] != 0])
    return pd.concat(parts, ignore_index=True)


def _consumed(books: Books) -> pd.DataFrame:
    """What commitments and leases give in each period: hours used by workload, and hours that nobody used."""
    x, f = books.plan.settings, books.contracts.contracts.frame
    if f.empty:
        return _rows(period=[]).iloc[:0]
    n, periods = len(f), x.periods
    cost = pd.DataFrame(
        {"offer": np.repeat(f["offer"].to_numpy(object), periods), "site": np.repeat(f["site"].to_numpy(object), periods),
         "period": np.tile(np.arange(1, periods + 1), n), "cost": books.contracts.tax_cost.ravel()}
    ).groupby(["offer", "site", "period"], as_index=False)["cost"].sum()  # fmt: skip
    c = books.frames["capacity"]
    cost = cost.merge(c[["offer", "period", "devices_in_service"]], on=["offer", "period"])
    cost["hours"] = cost["devices_in_service"] * x.hours
    cost = cost[cost["hours"] > 0]
    d = books.frames["dispatch"].groupby(["offer", "workload", "period"], as_index=False)["device_hours"].sum()
    used = cost.merge(d, on=["offer", "period"]).assign(status="Used").rename(columns={"device_hours": "mine"})
    rest = d.groupby(["offer", "period"])["device_hours"].sum()
    gone = rest.reindex(pd.MultiIndex.from_frame(cost[["offer", "period"]])).fillna(0.0).to_numpy(float)
    idle = cost.assign(mine=np.maximum(cost["hours"] - gone, 0.0), workload="", status="Unused")
    both = pd.concat([used[used["mine"] > 0], idle[idle["mine"] > 1e-6 * idle["hours"]]], ignore_index=True)
    effective = both["cost"] * both["mine"] / both["hours"]
    price = np.divide(effective, both["mine"], out=np.zeros(len(both)), where=both["mine"].to_numpy() > 0)
    rent = _list_price(books, both["offer"], both["period"])
    list_price = np.where(np.isnan(rent), price, rent)
    return _rows(
        period=both["period"], charge=USAGE, frequency="Usage-Based", quantity=both["mine"], unit=HOURS,
        price=list_price, list_price=list_price, list=list_price * both["mine"], effective=effective,
        offer=both["offer"], site=both["site"], workload=both["workload"], category="compute", cash="",
        status=both["status"], covered=both["mine"], consumed=both["mine"],
        what=np.where(both["status"] == "Used", "Hours used of held capacity", "Hours of held capacity not used"),
    )  # fmt: skip


def _list_price(books: Books, offer: pd.Series, period: pd.Series) -> np.ndarray:
    """What the same device costs on demand at the same site in the period; NaN where nothing offers it so."""
    facts = offer_facts(books.plan)
    rent = facts[(facts["pricing"] == ON_DEMAND) & facts["workload"].isna()]
    cheapest = rent.sort_values("price_per_hour").drop_duplicates(["site", "hardware"])
    key = pd.MultiIndex.from_frame(facts.loc[offer, ["site", "hardware"]])
    mine = cheapest.set_index(["site", "hardware"])[["price_per_hour", "annual_price_change"]].reindex(key)
    years = books.plan.settings.years_since_start()[period.to_numpy(int) - 1]
    return mine["price_per_hour"].to_numpy(float) * (1.0 + mine["annual_price_change"].to_numpy(float)) ** years


def _owned(books: Books) -> pd.DataFrame:
    """Owned devices and fit-outs: purchase, depreciation, book value of what is sold, and the sale."""
    f = books.register.frame()
    f = f.assign(workload="", out=f["disposals"] + f["horizon"])
    devices = f["lot"].map(books.lots.set_index("lot")["devices"]).to_numpy(float)
    equipment = (f["kind"] == EQUIPMENT).to_numpy()
    count = np.where(equipment & (devices > 0), devices, 1.0)
    unit = np.where(equipment, "Devices", "Openings")
    bought = np.where(equipment, "hardware", "site")
    parts = []
    for charge, frequency, amount, billed, effective, category, cash, what in (
        (PURCHASE, "One-Time", f["additions"], True, False, bought, "capex", "Purchase"),
        (USAGE, "Recurring", f["depreciation"], False, True, bought, "", "Depreciation"),
        (USAGE, "One-Time", f["out"], False, True, np.where(equipment, "resale", "site"), "", "Book value of what leaves"),
        (ADJUSTMENT, "One-Time", -f["proceeds"], True, True, np.where(equipment, "resale", "site"), "capex", "Sale of equipment"),
    ):  # fmt: skip
        sign = np.where(amount < 0, -1.0, 1.0)
        rows = _rows(
            period=f["period"], charge=charge, frequency=frequency, quantity=sign * count, unit=unit,
            price=amount.abs() / count, billed=amount if billed else 0.0, effective=amount if effective else 0.0,
            list=amount, offer=f["offer"], site=f["site"], category=category, cash=cash, what=what,
            once=frequency == "One-Time", consumed=count if charge == USAGE else np.nan,
        )  # fmt: skip
        parts.append(rows[rows["list"] != 0])
    return pd.concat(parts, ignore_index=True)


def _by_month(books: Books, rows: pd.DataFrame) -> pd.DataFrame:
    """Each row split evenly over the months of its period; one-time charges in the first of them, sales in the last."""
    x = books.plan.settings
    m = x.months_per_period
    once = rows["once"].to_numpy(bool)
    times = np.where(once, 1, m)
    out = rows.loc[rows.index.repeat(times)].reset_index(drop=True)
    within = np.concatenate([np.arange(k) for k in times]) if len(times) else np.zeros(0, dtype=int)
    last = out["once"].to_numpy(bool) & out["what"].isin(["Sale of equipment", "Book value of what leaves", "Refund of the term beyond the plan"]).to_numpy()  # fmt: skip
    at_end = out["period"].to_numpy(int) == x.periods
    within = np.where(last & at_end, m - 1, within)
    out["month"] = (out["period"].to_numpy(int) - 1) * m + within
    share = np.where(out["once"], 1.0, 1.0 / m)
    for name in ("quantity", "billed", "effective", "list", "covered", "consumed"):
        out[name] = out[name] * share
    return out


def _written(books: Books, r: pd.DataFrame) -> pd.DataFrame:
    """The fields as the columns of FOCUS."""
    plan, x = books.plan, books.plan.settings
    offers, sites = offer_facts(plan), plan.tables["sites"].set_index("site")
    pricing = r["offer"].map(offers["pricing"]).fillna("")
    r = r.assign(category=booked(r["category"], pricing))
    provider = r["site"].map(sites["provider"]).fillna("")
    provider = provider.where(provider != "", INTERNAL).str.strip()
    team = r["workload"].map(plan.tables["workloads"].set_index("workload")["team"].fillna(UNASSIGNED))
    first = pd.Period(x.start, freq="M")
    months = [first + int(i) for i in range(x.periods * x.months_per_period + 1)]
    stamps = np.array([p.start_time.strftime("%Y-%m-%dT00:00:00Z") for p in months], dtype=object)
    at = r["month"].to_numpy(int)
    service = {k: r["category"].map({c: v[i] for c, v in _SERVICE.items()}) for i, k in enumerate(("c", "s", "n"))}
    committed = ((pricing == COMMITTED) & (r["category"] == "compute")).to_numpy()
    usage = (r["charge"] == USAGE).to_numpy()
    # The idle hours of a commitment are nobody's; those of a lease were there to be used.
    took = usage & ~(committed & (r["status"] == "Unused").to_numpy())
    sku = r["category"].where(r["offer"] == "", "offer " + r["offer"] + " " + r["category"])
    price = r["list_price"].where(r["list_price"].notna(), r["price"])

    def some(values: object, where: np.ndarray | pd.Series) -> pd.Series:
        series = pd.Series(values, index=r.index, dtype=object)
        return series.where(np.asarray(where, dtype=bool) & series.notna().to_numpy(), None)

    kind = np.select(
        [committed & usage, (pricing == SPOT).to_numpy(), (pricing == OWNED).to_numpy() & usage],
        ["Committed", "Dynamic", "Other"],
        "Standard",
    )
    described = r["what"].where(r["what"] != "", service["n"])
    where = r["site"].map(sites["name"]).fillna("")
    where = where.where(where != "", r["site"])
    name = r["offer"].map(offers["device"])
    cells: dict[str, object] = {
        "BilledCost": r["billed"],
        "BillingAccountId": "plan " + provider,
        "BillingAccountName": provider,
        "BillingCurrency": x.currency,
        "BillingPeriodStart": stamps[at],
        "BillingPeriodEnd": stamps[at + 1],
        "ChargeCategory": r["charge"],
        "ChargeClass": None,
        "ChargeDescription": described + some(" at " + where, r["site"] != "").fillna(""),
        "ChargeFrequency": r["frequency"],
        "ChargePeriodStart": stamps[at],
        "ChargePeriodEnd": stamps[at + 1],
        "CommitmentDiscountCategory": some("Usage", committed),
        "CommitmentDiscountId": some("commitment " + r["offer"], committed),
        "CommitmentDiscountName": some(r["offer"], committed),
        "CommitmentDiscountQuantity": some(r["covered"], committed),
        "CommitmentDiscountStatus": some(r["status"].where(r["status"] != ""), committed & usage),
        "CommitmentDiscountType": some("Committed capacity", committed),
        "CommitmentDiscountUnit": some(HOURS, committed),
        "ConsumedQuantity": some(r["consumed"], took),
        "ConsumedUnit": some(r["unit"], took),
        "ContractedCost": r["list"],
        "ContractedUnitPrice": price,
        "EffectiveCost": r["effective"],
        "InvoiceIssuerName": provider,
        "ListCost": r["list"],
        "ListUnitPrice": price,
        "PricingCategory": kind,
        "PricingQuantity": r["quantity"],
        "PricingUnit": r["unit"],
        "ProviderName": provider,
        "PublisherName": provider,
        "RegionId": some(r["site"].str.strip(), r["site"] != ""),
        "RegionName": some(where.str.strip(), r["site"] != ""),
        "ResourceId": some(r["offer"].str.strip(), r["offer"] != ""),
        "ResourceName": some(name.where(name.notna(), r["offer"]).astype(str).str.strip(), r["offer"] != ""),
        "ResourceType": some(pricing.str.replace("_", " "), r["offer"] != ""),
        "ServiceCategory": service["c"],
        "ServiceName": service["n"],
        "ServiceSubcategory": service["s"],
        "SkuId": sku,
        "SkuMeter": service["n"],
        "SkuPriceDetails": some(r["offer"].map(_details(offers)), r["offer"] != ""),
        "SkuPriceId": sku,
        "SubAccountId": some(team, team.notna()),
        "SubAccountName": some(team, team.notna()),
        "Tags": some(_tags(r["workload"], team), r["workload"] != ""),
        "x_IsForecast": "true",
        "x_ScenarioId": plan.content_hash,
        "x_ScenarioName": x.name,
        "x_CostCategory": r["category"],
        "x_CostPool": r["category"].map(category_table()["pool"]),
        "x_CashKind": some(r["cash"], r["cash"] != ""),
        "x_PlanPeriod": r["period"].astype(float),
        "x_Offer": some(r["offer"], r["offer"] != ""),
        "x_Workload": some(r["workload"], r["workload"] != ""),
        "x_CostCentre": some(team, team.notna()),
    }
    frame = pd.DataFrame({c.name: pd.Series(cells[c.name], index=r.index) for c in WRITTEN})
    numbers = [c.name for c in WRITTEN if c.type == "decimal"]
    order = ["BillingPeriodStart", "ProviderName", "ServiceName", "SkuId"]
    frame[numbers] = frame[numbers].astype(float)
    texts = [c.name for c in WRITTEN if c.type != "decimal"]
    frame[texts] = frame[texts].astype(object).where(frame[texts].notna(), None)
    return frame.sort_values(order, kind="stable", ignore_index=True)


def _details(offers: pd.DataFrame) -> dict[str, str]:
    """What is known of an offer's SKU, as JSON."""
    out = {}
    for o in offers.itertuples(index=False):
        about: dict[str, object] = {"x_Pricing": o.pricing}
        if isinstance(o.hardware, str):
            about |= {"InstanceType": o.hardware, "GpuCount": int(o.accelerators)}
        if o.pricing in CONTRACTS:
            about["x_TermMonths"] = int(o.term_months)
        out[str(o.offer)] = json.dumps(about)
    return out


def _tags(workload: pd.Series, team: pd.Series) -> pd.Series:
    pairs = {w: json.dumps({"workload": w, "team": t}) for w, t in zip(workload, team, strict=True) if w}
    return workload.map(pairs)
