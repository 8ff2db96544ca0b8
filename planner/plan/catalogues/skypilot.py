"""SkyPilot catalogue, `catalogs/<version>/<cloud>/vms.csv`: machine types with on-demand and spot prices.

Layouts differ by cloud and are read by the names in the header. One row is one machine type in one
zone; a site of a plan is a region, so zones are brought together. What the files are known to get
wrong is mended or left out, and told.
"""

from __future__ import annotations

import ast
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from planner.plan.catalogues.common import (
    PROVIDERS,
    CatalogueError,
    Imported,
    Origin,
    Selection,
    Skipped,
    assemble,
    bundled,
    canonical_accelerator,
    machine_types,
    read_limited,
)
from planner.plan.faults import Fault, nearest, shown
from planner.plan.tables import ON_DEMAND, SPOT

REQUIRED = ("InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "Region")
OPTIONAL = ("SpotPrice", "AvailabilityZone", "GpuInfo")
MISSING_PRICE = 700.0
"""The files' mark for a price that is not known."""
MOST_INFO = 4_000
"""Characters of a GpuInfo cell that are looked at."""
SAME_MEMORY = 0.1
"""How far a catalogue's memory may be from the bundled fact to be the same accelerator: some give it less reserve."""
TPU = re.compile(r"^tpu-(v\d+)(litepod|e|p)?-(\d+)$")
CORES_PER_CHIP = {"v2": 2, "v3": 2, "v4": 2, "v5p": 2}
"""TPU names of these generations count cores, the others chips (Google Cloud TPU documentation)."""

TYPE_NAMES = {
    "aws": r"[a-z0-9-]+\.[a-z0-9-]+",
    "azure": r"(?:Standard|Basic)_.*",
    "gcp": r"[a-z]\d+[a-z]?-.*",
    "lambda": r"[cg]pu_.*",
    "nebius": r"[cg]pu-.*",
}
"""How each cloud names its machine types: one cloud's file must not be taken for another's."""


def import_skypilot(path: Path, provider: str, origin: Origin, selection: Selection | None = None) -> Imported:
    """Sites, hardware, and on-demand and spot offers of a `vms.csv`.

    `provider`: aws, azure, gcp, lambda or nebius. Prices are in USD.
    Raises CatalogueError when the file is no such catalogue or nothing in it matches.
    """
    if provider not in PROVIDERS:
        raise CatalogueError(
            Fault("provider", None, "", f"found {shown(provider)}; allowed are {', '.join(PROVIDERS)}")
        )
    skipped = Skipped()
    rows = _read(path)
    _must_be_of(provider, rows["InstanceType"], path)
    rows = _whole_regions(rows, skipped)
    rows = _google(rows, skipped) if provider == "gcp" else _plain(rows, provider, skipped)
    if rows.empty:
        raise CatalogueError(
            Fault(path.name, None, "", "; ".join(["no machine type with an accelerator", *skipped.lines()]))
        )
    rows = _told_apart(rows)
    return assemble(provider, _by_region(rows, provider, skipped), origin, selection or Selection(), skipped)


def _read(path: Path) -> pd.DataFrame:
    """The file's rows: text columns, and `price`, `spot`, `count` as numbers (NaN: not given)."""
    data = read_limited(path)
    try:
        frame = pd.read_csv(BytesIO(data), dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CatalogueError(Fault(path.name, None, "", "the file is not UTF-8 text")) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise CatalogueError(Fault(path.name, None, "", f"the file is no CSV: {shown(error, 120)}")) from None
    frame.columns = [str(c).strip() for c in frame.columns]
    missing = [c for c in REQUIRED if c not in frame.columns]
    if missing:
        raise CatalogueError(
            *(Fault(path.name, 1, c, f"the column {c} is missing{nearest(c, frame.columns)}") for c in missing)
        )
    # A column that is not there or blank throughout is text all the same.
    frame = frame.reindex(columns=[*REQUIRED, *OPTIONAL]).dropna(subset=["Region"]).astype("str")
    for name, column in (("price", "Price"), ("spot", "SpotPrice"), ("count", "AcceleratorCount")):
        frame[name] = pd.to_numeric(frame[column], errors="coerce")
    for name in ("price", "spot"):
        frame.loc[~np.isfinite(frame[name]) | (frame[name] <= 0) | (frame[name] == MISSING_PRICE), name] = np.nan
    frame["AcceleratorName"] = frame["AcceleratorName"].str.strip()
    return frame.reset_index(drop=True)


def _must_be_of(provider: str, types: pd.Series, path: Path) -> None:
    known = types.dropna().drop_duplicates()
    share = {cloud: known.str.fullmatch(pattern).mean() for cloud, pattern in TYPE_NAMES.items()}
    likely = max(share, key=lambda cloud: share[cloud])
    if share[likely] > 0.5 and share[provider] <= 0.5:
        message = f"the machine types are named as those of {likely}, not of {provider}"
        raise CatalogueError(Fault(path.name, None, "InstanceType", message))


def _whole_regions(rows: pd.DataFrame, skipped: Skipped) -> pd.DataFrame:
    """Without local, wavelength and special zones, which lie elsewhere and have prices of their own."""
    zone = rows["AvailabilityZone"]
    named = [
        isinstance(z, str) and bool(re.fullmatch(rf"{re.escape(r)}-?[a-z]", z))
        for z, r in zip(zone, rows["Region"], strict=True)
    ]
    usual = (
        zone.isna() | np.array(named, dtype=bool) | zone.str.fullmatch(r"[a-z]+\d+-az\d+").fillna(False).astype(bool)
    )
    skipped.add("rows of local or special zones", zone[~usual])
    return rows[usual]


def _plain(rows: pd.DataFrame, provider: str, skipped: Skipped) -> pd.DataFrame:
    """Rows of machine types with accelerators where one row holds the whole price."""
    has = rows["InstanceType"].notna() & rows["AcceleratorName"].notna() & (rows["count"] > 0)
    skipped.add("rows of machine types without accelerators", rows.loc[~has, "InstanceType"].fillna("no type"))
    rows = rows[has].assign(note="")
    pcie = rows["InstanceType"].str.contains("pcie", case=False) & ~rows["AcceleratorName"].str.contains(
        "pcie", case=False
    )
    rows.loc[pcie, "AcceleratorName"] += "-PCIe"
    known = machine_types(provider)
    key = rows["InstanceType"].str.lower()
    right = key.map(known["accelerators"])
    wrong = right.notna() & (right != rows["count"])
    rows.loc[wrong, "note"] = [
        f"the catalogue says {found:g} accelerators, the type has {real:g}"
        for found, real in zip(rows.loc[wrong, "count"], right[wrong], strict=True)
    ]
    rows["count"] = right.fillna(rows["count"])
    rows["AcceleratorName"] = key.map(known["accelerator"]).astype("str").fillna(rows["AcceleratorName"])
    return rows


def _google(rows: pd.DataFrame, skipped: Skipped) -> pd.DataFrame:
    """Google prices host and accelerators in rows of their own: each known pair of a zone is added up."""
    known = machine_types("gcp")
    is_host = rows["InstanceType"].notna()
    key = rows["InstanceType"].str.lower()
    bare = is_host & ~key.isin(known.index)
    skipped.add("rows of machine types without accelerators", rows.loc[bare, "InstanceType"])
    hosts = rows[is_host & ~bare].drop(columns=["AcceleratorName", "count", "GpuInfo"])
    hosts = hosts.assign(
        AcceleratorName=key[hosts.index].map(known["accelerator"]).astype("str"),
        count=key[hosts.index].map(known["accelerators"]).astype(float),
    )
    parts = rows[~is_host & rows["AcceleratorName"].notna()]
    is_tpu = parts["AcceleratorName"].str.lower().str.match(TPU.pattern)
    gpus = parts[~is_tpu]
    # Names are compared without punctuation: catalogues differ in it.
    on = ["Region", "AvailabilityZone", "pair", "count"]
    hosts, gpus = (
        f.assign(pair=f["AcceleratorName"].str.lower().str.replace(r"[^a-z0-9]", "", regex=True)) for f in (hosts, gpus)
    )
    gpus = gpus.drop_duplicates(on)
    homeless = ~pd.MultiIndex.from_frame(gpus[["pair", "count"]]).isin(
        pd.MultiIndex.from_frame(hosts[["pair", "count"]])
    )
    skipped.add(
        "rows of accelerators that attach to a host of choice and so have no one price",
        gpus.loc[homeless, "AcceleratorName"],
    )
    both = hosts.merge(
        gpus[[*on, "price", "spot", "GpuInfo"]], on=on, how="left", suffixes=("", "_gpu"), indicator=True
    )
    alone = both["_merge"] == "left_only"
    skipped.add("hosts whose accelerator has no price in the zone", both.loc[alone, "InstanceType"])
    both = both[~alone].assign(note="host and accelerators; local SSD not included")
    both["price"] += both["price_gpu"]
    both["spot"] += both["spot_gpu"]
    return pd.concat([both[[*rows.columns, "note"]], _tpus(parts[is_tpu])], ignore_index=True)


def _tpus(rows: pd.DataFrame) -> pd.DataFrame:
    """TPU slices as devices of so many chips; their price holds the host."""
    found = rows["AcceleratorName"].str.lower().str.extract(TPU)
    generation = found[0] + found[1].fillna("").replace("litepod", "e")
    chips = found[2].astype(float) / generation.map(CORES_PER_CHIP).astype(float).fillna(1)
    return rows.assign(
        InstanceType=rows["AcceleratorName"],
        AcceleratorName="TPU-" + generation,
        count=chips,
        note="TPU slice, host included",
    )


def gpu_memory_gb(info: object) -> float | None:
    """Memory of one accelerator from a GpuInfo cell, Python-dict text in single quotes; None when it tells none.

    The text is read as a literal and never run.
    """
    if not isinstance(info, str) or len(info) > MOST_INFO:
        return None
    try:
        size = float(ast.literal_eval(info)["Gpus"][0]["MemoryInfo"]["SizeInMiB"])
    except (ValueError, SyntaxError, KeyError, IndexError, TypeError, OverflowError, MemoryError, RecursionError):
        return None
    return size / 1024 if 0 < size < 1e9 else None


def _told_apart(rows: pd.DataFrame) -> pd.DataFrame:
    """Adds `memory_gb`; an accelerator whose memory is not that of the bundled fact gets a name of its own."""
    cells = rows["GpuInfo"]
    rows = rows.assign(memory_gb=cells.map({c: gpu_memory_gb(c) for c in cells.dropna().unique()}).astype(float))
    facts = bundled("accelerators").set_index("accelerator")["memory_gb"]
    name = rows["AcceleratorName"].map({n: canonical_accelerator(n) for n in rows["AcceleratorName"].unique()})
    fact = name.map(facts)
    other = (rows["memory_gb"] / fact - 1).abs() > SAME_MEMORY
    other &= ~rows["InstanceType"].str.lower().isin(bundled("machine_types")["instance_type"].str.lower())
    rows["AcceleratorName"] = name.where(~other, name + "-" + rows["memory_gb"].map("{:.0f}GB".format))
    return rows


def _by_region(rows: pd.DataFrame, provider: str, skipped: Skipped) -> pd.DataFrame:
    """One row for each region, machine type and way of paying."""
    group = ["Region", "InstanceType", "AcceleratorName", "count"]
    # A zone whose spot price is not below its on-demand price has no discount to offer.
    low = rows["spot"].where(~(rows["spot"] >= rows["price"]))
    rows = rows.assign(low=low, high=rows["spot"].where(rows["spot"] >= rows["price"]))
    by = rows.groupby(group, sort=True, dropna=False)
    found = by.agg(
        memory_gb=("memory_gb", "first"),
        note=("note", "first"),
        price=("price", "min"),
        price_high=("price", "max"),
        spot=("low", "median"),
        spot_low=("low", "min"),
        spot_high=("low", "max"),
        spot_zones=("low", "count"),
        dear_zones=("high", "count"),
    ).reset_index()
    where = found["InstanceType"] + " in " + found["Region"]
    skipped.add("on-demand prices that are blank or marked as missing", where[found["price"].isna()])
    none = found["spot"].isna()
    skipped.add(
        "spot prices that are blank or marked as missing: no spot offer", where[none & (found["dear_zones"] == 0)]
    )
    skipped.add("spot prices not below on-demand: no spot offer", where[none & (found["dear_zones"] > 0)])
    base = found.rename(
        columns={
            "Region": "region",
            "InstanceType": "instance_type",
            "AcceleratorName": "accelerator",
            "count": "accelerators",
        }
    ).assign(provider=provider, term_months=np.nan)
    demand = base[base["price"].notna()].assign(pricing=ON_DEMAND, variant="on-demand")
    demand = demand.assign(price_per_hour=demand["price"])
    differ = demand["price_high"] > demand["price"]
    demand.loc[differ, "note"] = [
        _joined(n, f"lowest of its zones, highest {h:g}")
        for n, h in zip(demand.loc[differ, "note"], demand.loc[differ, "price_high"], strict=True)
    ]
    spot = base[~none].assign(pricing=SPOT, variant="spot")
    spot = spot.assign(price_per_hour=spot["spot"])
    spot["note"] = [
        _joined(
            n,
            "one price" if zones == 1 else f"median of {zones} zones, {low:g} to {high:g}",
            f"{dear} zones without discount" if dear else "",
            "interruptions not priced",
        )
        for n, zones, low, high, dear in zip(
            *(spot[c] for c in ("note", "spot_zones", "spot_low", "spot_high", "dear_zones")), strict=True
        )
    ]
    return pd.concat([demand, spot], ignore_index=True)


def _joined(*notes: str) -> str:
    return "; ".join(n for n in notes if n)
