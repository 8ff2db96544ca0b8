"""Token prices of the `genai-prices` package (https://github.com/pydantic/genai-prices): offers of the kind api.

Only the data inside the installed package is used; nothing is fetched. Prices are in USD per million
tokens; a plan has one price per unit of a workload, so a mix of tokens blends them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import pandas as pd

from planner.plan.catalogues.common import CatalogueError, Imported, Skipped, identifier
from planner.plan.faults import Fault, nearest, shown
from planner.plan.plan import canonical
from planner.plan.tables import API, TABLES

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

PACKAGE = "genai-prices"
MOST_OFFERS = 200
HALF_HOURS = 48
TEXT_PRICES = frozenset({"input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok"})
OPTIONAL_USES = re.compile(r"_kcount$|audio|image|video|document|citation|reasoning")
"""Prices of what a text request need not use."""
PER_REQUEST = frozenset({"requests_kcount", "input_text_messages_kcount"})
OUTPUT_UNIT = re.compile(r"^(?P<scale>|k|thousand|m|million) ?output tokens$")
SCALES = {"": 1.0, "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6}


@dataclass(frozen=True)
class TokenMix:
    """The tokens of a workload.

    `input_per_output`: input tokens for each output token. `cached_share`: share of the input tokens
    read from a prompt cache. `output_tokens_per_unit`: output tokens in a unit of the workload.
    `prompt_tokens`: input tokens of one request, which decide the tier; None takes the lowest tier.
    """

    input_per_output: float
    cached_share: float = 0.0
    output_tokens_per_unit: float = 1e6
    prompt_tokens: int | None = None

    def problems(self) -> list[str]:
        """What is wrong with the numbers; none: empty."""
        said = []
        if not (math.isfinite(self.input_per_output) and self.input_per_output >= 0):
            said.append("input tokens per output token must be 0 or more")
        if not 0 <= self.cached_share <= 1:
            said.append("the cached share must be 0 to 1")
        if not (math.isfinite(self.output_tokens_per_unit) and self.output_tokens_per_unit > 0):
            said.append("output tokens per unit must be above 0")
        if self.prompt_tokens is not None and self.prompt_tokens < 0:
            said.append("prompt tokens must be 0 or more")
        return said

    def describe(self) -> str:
        """The mix in words, for the note of an offer."""
        return (
            f"{self.output_tokens_per_unit:,.10g} output tokens a unit, {self.input_per_output:g} input tokens "
            f"for each, {self.cached_share:g} of them cached"
        )


def output_tokens_of_unit(unit: str) -> float | None:
    """Output tokens in a unit such as `M output tokens`; None when the text does not tell."""
    found = OUTPUT_UNIT.match(" ".join(unit.lower().split()))
    return SCALES[found["scale"]] if found else None


def import_token_prices(
    patterns: Sequence[str],
    workload: str,
    mix: TokenMix,
    on: date,
    site: str | None = None,
    zone: str | None = None,
    processing: str | None = None,
    rate: float = 1.0,
) -> Imported:
    """Offers of the models that match a pattern `provider/model` (`*` stands for anything).

    They are for `workload` at `site`; without a site each provider gets one in the jurisdiction
    `zone`, which the price data does not tell. `on`: the day whose prices are taken. `processing`:
    a way of processing with its own prices, such as batch. `rate`: plan's currency for a USD.
    Raises CatalogueError when the request is not valid or matches no model with a price.
    """
    faults = [Fault("token mix", None, "", text) for text in mix.problems()]
    if site is None and not zone:
        faults.append(Fault("sites", None, "zone", "the prices do not tell where a model runs: give a site or a zone"))
    if faults:
        raise CatalogueError(*faults)
    skipped = Skipped()
    rows: list[dict[str, object]] = []
    sites: dict[str, dict[str, object]] = {}
    released = _version()
    for provider, model, exact in _matches(patterns):
        name = f"{provider.id}/{model.id}"
        if model.deprecated and not exact:
            skipped.add("models that their provider retires; name one in full to take it", [name])
            continue
        price, notes, reason = _blend(model, mix, on, processing)
        if reason:
            skipped.add(reason, [name])
            continue
        at = site or identifier("api", provider.id)
        page = (provider.pricing_urls or [""])[0]
        source = f"{PACKAGE} {released}" + (f", {page}" if page else "")
        sites.setdefault(
            at,
            {
                "site": at,
                "name": f"{provider.name} API",
                "provider": provider.name,
                "kind": "cloud",
                "zone": zone,
                "source": source,
                "as_of": on.isoformat(),
                "note": "assumption: zone as given; place not known",
            },
        )
        notes = [mix.describe(), *notes, "retired by its provider" if model.deprecated else ""]
        rows.append(
            {
                "offer": identifier(provider.id, model.id, workload, processing or ""),
                "site": at,
                "pricing": API,
                "workload": workload,
                "price_per_unit": float(f"{price * rate:.10g}"),
                "source": source,
                "as_of": on.isoformat(),
                "note": "; ".join(n for n in [name, *notes, "" if rate == 1 else f"USD x {rate:g}"] if n),
            }
        )
    if not rows:
        said = "; ".join(["no price is left to import", *skipped.lines()])
        raise CatalogueError(Fault("offers", None, "", said))
    if len(rows) > MOST_OFFERS:
        message = f"{len(rows)} models match; name at most {MOST_OFFERS}"
        raise CatalogueError(Fault("offers", None, "", message))
    tables = {"sites": [] if site else list(sites.values()), "offers": rows}
    offers = canonical(TABLES["offers"], pd.DataFrame(tables["offers"])).drop_duplicates("offer", ignore_index=True)
    made = canonical(TABLES["sites"], pd.DataFrame(tables["sites"]))
    notices = () if site else ("new sites need network rows before a plan can use them",)
    return Imported({"sites": made, "offers": offers}, skipped, notices)


def _version() -> str:
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        message = f"the package {PACKAGE} is not installed"
        raise CatalogueError(Fault("token prices", None, "", message)) from None


def _matches(patterns: Sequence[str]) -> list[tuple[Provider, ModelInfo, bool]]:
    """Every model that a pattern names, in the data's order, and whether it was named in full."""
    from genai_prices.data import providers

    models = [(p, m, f"{p.id}/{m.id}".lower()) for p in providers for m in p.models]
    names = [name for _, _, name in models]
    wanted = [p.strip().lower() for p in patterns]
    lost = [p for p in wanted if not any(fnmatchcase(name, p) for name in names)]
    if not wanted:
        raise CatalogueError(Fault("models", None, "", "name at least one model as provider/model"))
    if lost:
        raise CatalogueError(
            *(Fault("models", None, "", f"found {shown(p)}; no model of that name{nearest(p, names)}") for p in lost)
        )
    return [(p, m, name in wanted) for p, m, name in models if any(fnmatchcase(name, w) for w in wanted)]


def _blend(model: ModelInfo, mix: TokenMix, on: date, processing: str | None) -> tuple[float, list[str], str]:
    """USD per unit of the workload, notes, and why the model has no such price (else empty)."""
    from genai_prices.types import StartDateConstraint, TimeOfDateConstraint

    conditional = model.prices if isinstance(model.prices, list) else []
    by_clock = any(isinstance(c.constraint, TimeOfDateConstraint) for c in conditional)
    midnight = datetime.combine(on, time(), tzinfo=UTC)
    moments = [midnight + timedelta(minutes=30 * i) for i in range(HALF_HOURS if by_clock else 1)]
    if conditional and not any(c.constraint is None or c.constraint.active(moments[0]) for c in conditional):
        return 0.0, [], f"prices not yet in force on {on}"
    context = {"processing": processing} if processing else None
    if processing and not any(
        v.when == context and (v.constraint is None or v.constraint.active(moments[0]))
        for v in model.price_variants or ()
    ):
        return 0.0, [], f"models without a price for {processing} processing"
    prices: list[float] = []
    notes: list[str] = []
    for moment in moments:
        price, notes, reason = _unit_price(model.get_prices(moment, context), mix)
        if reason:
            return 0.0, [], reason
        prices.append(price)
    if min(prices) < max(prices):
        notes.append(
            f"price changes through the day, {min(prices):.4g} to {max(prices):.4g}: mean over 24 h (assumption)"
        )
    starts = [c.constraint.start_date for c in conditional if isinstance(c.constraint, StartDateConstraint)]
    later = sorted(day for day in starts if day > on)
    if later:
        notes.append(f"another price is announced from {later[0]}")
    return sum(prices) / len(prices), notes, ""


def _unit_price(price: ModelPrice, mix: TokenMix) -> tuple[float, list[str], str]:
    """output + input_per_output x ((1 - cached) x input + cached x cache read), per million, for a unit's tokens."""
    given = {k: v for k, v in vars(price).items() if v is not None}
    if "input_mtok" not in given or "output_mtok" not in given:
        return 0.0, [], "models without prices for text in and out"
    if PER_REQUEST & set(given):
        return 0.0, [], "models that also charge by the request"
    odd = [k for k in given if k not in TEXT_PRICES and not OPTIONAL_USES.search(k)]
    if odd:
        return 0.0, [], f"models that also charge by {', '.join(sorted(odd))}"
    rates, notes = {}, []
    for name in ("input_mtok", "output_mtok", "cache_read_mtok"):
        value = given.get(name)
        tiers = getattr(value, "tiers", [])
        rates[name] = None if value is None else float(getattr(value, "base", value))
        for tier in tiers:  # a cliff: past a tier's start all tokens have its price
            if (mix.prompt_tokens or 0) > tier.start:
                rates[name] = float(tier.price)
        if tiers and name == "input_mtok":
            size = "unknown size" if mix.prompt_tokens is None else f"{mix.prompt_tokens} tokens"
            starts = ", ".join(str(t.start) for t in tiers)
            lowest = "; assumption: lowest tier" if mix.prompt_tokens is None else ""
            notes.append(f"tiers above {starts} input tokens, prompts of {size}{lowest}")
    text_in, text_out, cached = rates["input_mtok"], rates["output_mtok"], rates["cache_read_mtok"]
    assert text_in is not None
    assert text_out is not None
    if text_in <= 0 and text_out <= 0:
        return 0.0, [], "models free of charge, which is no price to plan with"
    if mix.cached_share > 0:
        if cached is None:
            notes.append("no price for cached input: at the full price")
        elif "cache_write_mtok" in given:
            notes.append("writes to the cache not included")
    each_input = (1 - mix.cached_share) * text_in + mix.cached_share * (text_in if cached is None else cached)
    return (text_out + mix.input_per_output * each_input) * mix.output_tokens_per_unit / 1e6, notes, ""
