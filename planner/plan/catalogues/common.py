"""What every importer shares: bounded reading, what was skipped and why, bundled facts, rows of plan tables."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from planner.plan.faults import Fault
from planner.plan.plan import canonical
from planner.plan.tables import COMMITTED, TABLES

DATA = Path(__file__).parent / "data"
MOST_BYTES = 256_000_000
"""Bytes of an upstream file: all virtual machines of a cloud come in some tens of megabytes."""
EXAMPLES = 3
PROVIDERS = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud", "lambda": "Lambda", "nebius": "Nebius"}
"""Names of the clouds whose layouts are known, as sites show them."""


class CatalogueError(Exception):
    """A file that is no catalogue, or a request that cannot be met; `faults` tells why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f.text for f in faults))
        self.faults = faults


@dataclass
class Skipped:
    """What an importer left out, counted by reason with a few examples."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, what: Iterable[str] = (), count: int | None = None) -> None:
        """Count what was left out for a reason; the first few different ones are kept as examples."""
        names = list(what)
        number = len(names) if count is None else count
        if number:
            self.counts[reason] = self.counts.get(reason, 0) + number
            shown = self.examples.setdefault(reason, [])
            for name in names:
                if len(shown) < EXAMPLES and name not in shown:
                    shown.append(name)

    def lines(self) -> list[str]:
        """One sentence for each reason."""
        out = []
        for reason, count in self.counts.items():
            some = f" (e.g. {', '.join(self.examples[reason])})" if self.examples[reason] else ""
            out.append(f"skipped {count}: {reason}{some}")
        return out


@dataclass(frozen=True)
class Origin:
    """Where an upstream file comes from: `source` and `as_of` of the rows made from it."""

    source: str
    as_of: str


@dataclass(frozen=True)
class Selection:
    """What to take of a catalogue.

    `regions`, `accelerators`: names; empty takes all. `sites`: region to the site of the plan that
    stands for it; other regions get a site of their own. `every_type`: keep every machine type
    instead of the cheapest of those that come to the same device, site and way of paying.
    `rate`: amount of the plan's currency for one of the catalogue's.
    """

    regions: frozenset[str] = frozenset()
    accelerators: frozenset[str] = frozenset()
    sites: Mapping[str, str] = field(default_factory=dict)
    every_type: bool = False
    rate: float = 1.0

    def takes_region(self, region: str) -> bool:
        """True when the region is wanted."""
        return not self.regions or region in self.regions

    def takes_accelerator(self, name: str) -> bool:
        """True when the accelerator is wanted, in any spelling."""
        return not self.accelerators or canonical_accelerator(name).lower() in {
            canonical_accelerator(a).lower() for a in self.accelerators
        }


@dataclass(frozen=True)
class Imported:
    """Rows for a plan in canonical types, by table; what was skipped; what the user should know."""

    tables: Mapping[str, pd.DataFrame]
    skipped: Skipped
    notices: tuple[str, ...] = ()


def read_limited(path: Path) -> bytes:
    """The bytes of a file. Raises CatalogueError when there is none, it is too large or empty."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise CatalogueError(Fault(path.name, None, "", "this is no file"))
        if size > MOST_BYTES:
            message = f"the file has {size:,} bytes; at most {MOST_BYTES:,} are read"
            raise CatalogueError(Fault(path.name, None, "", message))
        data = path.read_bytes()
    except OSError as error:
        raise CatalogueError(Fault(path.name, None, "", f"cannot be read: {error.strerror}")) from None
    if not data.strip():
        raise CatalogueError(Fault(path.name, None, "", "the file is empty"))
    return data


@cache
def bundled(name: str) -> pd.DataFrame:
    """A bundled table of facts, blank cells as NaN. Do not change it in place."""
    return pd.read_csv(DATA / f"{name}.csv", na_values=[""], keep_default_na=False)


@cache
def _aliases() -> dict[str, str]:
    frame = bundled("accelerators")
    names = {name.lower(): name for name in frame["accelerator"]}
    for name, aliases in zip(frame["accelerator"], frame["aliases"].fillna(""), strict=True):
        names |= {alias.lower(): name for alias in aliases.split(";") if alias}
    return names


def canonical_accelerator(name: str) -> str:
    """One spelling for an accelerator that catalogues name differently; unknown names stay as they are."""
    return _aliases().get(name.strip().lower(), name.strip())


def machine_types(provider: str) -> pd.DataFrame:
    """Accelerators in the provider's machine types, as far as bundled: index instance type in lower case."""
    frame = bundled("machine_types")
    frame = frame[frame["provider"] == provider]
    return frame.set_index(frame["instance_type"].str.lower())


def identifier(*parts: str) -> str:
    """A lower-case identifier of the parts, with nothing in it but letters, digits, dots and hyphens."""
    return re.sub(r"[^a-z0-9.]+", "-", "-".join(p for p in parts if p).lower()).strip("-")


def hardware_id(accelerator: str, accelerators: float) -> str:
    """The identifier of a device: equal on every cloud, so that throughput is given once. E.g. h100x8."""
    return f"{identifier(canonical_accelerator(accelerator))}x{accelerators:.4g}"


def hardware_row(accelerator: str, accelerators: float, memory_gb: float | None, origin: Origin) -> dict[str, object]:
    """A row of the hardware table from the bundled facts; what they do not know stays blank, and `note` says so.

    Power is that of a whole server where one is known; else accelerators x TDP and their part of a
    host without accelerators. `memory_gb` of the catalogue is used where no fact is bundled.
    """
    name = canonical_accelerator(accelerator)
    facts = bundled("accelerators").set_index("accelerator")
    fact = facts.loc[name].to_dict() if name in facts.index else {}
    servers = bundled("servers")
    host = servers[servers["accelerator"].isna()].iloc[0]
    part = accelerators / host["accelerators"]
    whole = servers[(servers["accelerator"] == name) & (servers["accelerators"] == accelerators)]
    sources, dates, notes = [], [], []
    row: dict[str, object] = {
        "hardware": hardware_id(name, accelerators),
        "name": f"{accelerators:.4g} x {name}",
        "accelerator": name,
        "accelerators": accelerators,
    }
    known = fact.get("memory_gb")
    if _real(known):
        row["accelerator_memory_gb"] = known
    elif memory_gb:
        row["accelerator_memory_gb"] = round(memory_gb, 1)
        sources.append(f"memory: {origin.source}")
        dates.append(origin.as_of)
    if len(whole):
        row["power_kw"] = float(whole.iloc[0]["power_kw"])
        sources.append(f"power: {whole.iloc[0]['source']} ({whole.iloc[0]['note']})")
        dates.append(str(whole.iloc[0]["as_of"]))
    elif _real(fact.get("tdp_w")):
        row["power_kw"] = round(accelerators * fact["tdp_w"] / 1000 + part * host["power_kw"], 4)
        notes.append(
            f"power: {accelerators:.4g} x TDP and {part:.4g} of a host of {host['power_kw']:g} kW (assumption)"
        )
    else:
        notes.append("power not known, blank counts as 0")
    if _real(fact.get("embodied_kgco2e")):
        row["embodied_kgco2e"] = round(accelerators * fact["embodied_kgco2e"] + part * host["embodied_kgco2e"], 1)
        notes.append(f"embodied carbon with {part:.4g} of a host of {host['embodied_kgco2e']:g} kg (assumption)")
    else:
        notes.append("embodied carbon not known, blank counts as 0")
    if fact:
        sources.append(str(fact["source"]))
        dates.append(str(fact["as_of"]))
        if "power_kw" in row or "embodied_kgco2e" in row:
            sources.append(f"host: {host['source']}")
    notes.append("idle power not known, blank counts as 0")
    row["source"] = "; ".join(dict.fromkeys(sources)) or origin.source
    row["as_of"] = "; ".join(dict.fromkeys(dates)) or origin.as_of
    row["note"] = "; ".join(notes)
    return row


def _real(value: object) -> bool:
    return isinstance(value, int | float) and not math.isnan(value)


def site_rows(provider: str, regions: Iterable[str], skipped: Skipped) -> dict[str, dict[str, object]]:
    """Rows of the sites table by region, of those regions that are bundled; the others are reported."""
    known = bundled("regions")
    known = known[known["provider"] == provider].set_index("region")
    rows: dict[str, dict[str, object]] = {}
    for region in sorted(set(regions)):
        if region not in known.index:
            skipped.add("offers in a region that is not bundled; give its site with --site REGION=SITE", [region])
            continue
        fact = known.loc[region]
        place = fact["place"]
        notes = [] if pd.isna(fact["note"]) else [str(fact["note"])]
        rows[region] = {
            "site": identifier(provider, region),
            "name": f"{PROVIDERS[provider]} {region}" + ("" if place == region else f" ({place})"),
            "provider": PROVIDERS[provider],
            "kind": "cloud",
            **{c: fact[c] for c in ("country", "zone", "latitude", "longitude", "pue", "carbon_g_per_kwh")},
            "water_l_per_kwh": fact["water_l_per_kwh"],
            "source": fact["source"],
            "as_of": fact["as_of"],
            "note": "; ".join([*notes, "certifications, storage price and availability not known"]),
        }
    return rows


PRICES = ("provider", "region", "instance_type", "accelerator", "accelerators", "memory_gb", "pricing")
"""Columns that `assemble` wants, besides variant, term_months, price_per_hour, upfront_price and note."""


def assemble(provider: str, prices: pd.DataFrame, origin: Origin, selection: Selection, skipped: Skipped) -> Imported:
    """Plan tables from one row a price: columns `PRICES`, variant (ends the identifier), term_months (NaN: none),
    price_per_hour (catalogue's currency), note.

    Raises CatalogueError when nothing is left.
    """
    wanted = prices["region"].map(selection.takes_region).astype(bool)
    wanted &= prices["accelerator"].map(selection.takes_accelerator).astype(bool)
    prices = prices[wanted].reset_index(drop=True)
    sites = site_rows(provider, set(prices["region"]) - set(selection.sites), skipped)
    prices = prices.assign(
        site=prices["region"].map({r: s["site"] for r, s in sites.items()} | dict(selection.sites)),
        hardware=[
            hardware_id(a, n) for a, n in zip(prices["accelerator"], prices["accelerators"].astype(float), strict=True)
        ],
    ).dropna(subset=["site"])
    if prices.empty:
        raise CatalogueError(
            Fault("offers", None, "", f"no price is left to import; {'; '.join(skipped.lines()) or 'none matches'}")
        )
    if not selection.every_type:
        same = ["site", "hardware", "pricing", "variant"]
        prices = prices.sort_values([*same, "price_per_hour", "instance_type"], kind="stable")
        again = prices.duplicated(same)
        skipped.add(
            "dearer machine types with the same device; --every-type keeps them", prices.loc[again, "instance_type"]
        )
        prices = prices[~again]
    prices = prices.sort_values(["region", "hardware", "instance_type", "pricing", "variant"], kind="stable")
    rate = "" if selection.rate == 1 else f"; catalogue's price x {selection.rate:g}"
    offers = pd.DataFrame(
        {
            "offer": [
                identifier(provider, r, t, v)
                for r, t, v in zip(prices["region"], prices["instance_type"], prices["variant"], strict=True)
            ],
            "site": prices["site"],
            "pricing": prices["pricing"],
            "hardware": prices["hardware"],
            "price_per_hour": (prices["price_per_hour"] * selection.rate).round(6),
            "term_months": prices["term_months"].where(prices["pricing"] == COMMITTED),
            "source": origin.source,
            "as_of": origin.as_of,
            "note": prices["instance_type"] + prices["note"].map(lambda n: f"; {n}" if n else "") + rate,
        }
    )
    again = offers.duplicated("offer")
    skipped.add("further rows of the same machine type, region and way of paying", offers.loc[again, "offer"])
    offers = offers[~again]
    devices = prices.drop_duplicates("hardware").sort_values("hardware")
    hardware = [
        hardware_row(a, float(n), None if pd.isna(m) else float(m), origin)
        for a, n, m in zip(devices["accelerator"], devices["accelerators"], devices["memory_gb"], strict=True)
    ]
    used = set(offers["site"])
    tables = {
        "sites": [row for row in sites.values() if row["site"] in used],
        "hardware": hardware,
        "offers": offers,
    }
    notices: tuple[str, ...] = ()
    if sites:
        notices = ("new sites need network rows and the hardware needs throughput before a plan can use them",)
    return Imported(
        {name: canonical(TABLES[name], pd.DataFrame(rows)) for name, rows in tables.items()}, skipped, notices
    )
