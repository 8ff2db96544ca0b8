import socket
from datetime import UTC, date, datetime
from decimal import Decimal

import genai_prices.data
import pytest
from genai_prices import Usage
from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    Provider,
    StartDateConstraint,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)

from planner.plan.catalogues.common import CatalogueError
from planner.plan.catalogues.token_prices import TokenMix, import_token_prices, output_tokens_of_unit

ON = date(2026, 11, 1)
MIX = TokenMix(input_per_output=3)


def model(name, prices, **more):
    return ModelInfo(id=name, match=ClauseEquals(name), prices=prices, **more)


def tokens(text_in, text_out, **more):
    return ModelPrice(input_mtok=Decimal(text_in), output_mtok=Decimal(text_out), **more)


MODELS = [
    model("plain", tokens("1", "4", cache_read_mtok=Decimal("0.1"), cache_write_mtok=Decimal("1.25"))),
    model("nocache", tokens("1", "4")),
    model(
        "tiered",
        ModelPrice(
            input_mtok=TieredPrices(base=Decimal(1), tiers=[Tier(1000, Decimal(2)), Tier(9000, Decimal(5))]),
            output_mtok=TieredPrices(base=Decimal(4), tiers=[Tier(1000, Decimal(6))]),
        ),
    ),
    model(
        "dated",
        [
            ConditionalPrice(prices=tokens("1", "4")),
            ConditionalPrice(StartDateConstraint(date(2026, 6, 1)), prices=tokens("2", "8")),
            ConditionalPrice(StartDateConstraint(date(2027, 1, 1)), prices=tokens("9", "9")),
        ],
    ),
    model("future", [ConditionalPrice(StartDateConstraint(date(2027, 1, 1)), prices=tokens("9", "9"))]),
    model(
        "clock",
        [
            ConditionalPrice(prices=tokens("1", "1")),
            ConditionalPrice(
                TimeOfDateConstraint(
                    datetime(2026, 1, 1, 6, tzinfo=UTC).timetz(), datetime(2026, 1, 1, 12, tzinfo=UTC).timetz()
                ),
                prices=tokens("2", "2"),
            ),
        ],
    ),
    model("batch", tokens("2", "2"), price_variants=[PriceVariant({"processing": "batch"}, tokens("1", "1"))]),
    model("old", tokens("1", "1"), deprecated=True),
    model("free", tokens("0", "0")),
    model("embed", ModelPrice(input_mtok=Decimal("0.1"))),
    model("toll", tokens("1", "1", requests_kcount=Decimal(5))),
    model("chars", tokens("1", "1", input_mchars=Decimal(5))),
    model("search", tokens("1", "4", web_searches_kcount=Decimal(10))),
]


@pytest.fixture
def made_up(monkeypatch):
    providers = [Provider(id="acme", name="Acme", api_pattern="acme", pricing_urls=["acme.test/prices"], models=MODELS)]
    monkeypatch.setattr(genai_prices.data, "providers", providers)


def price(name, mix=MIX, on=ON, **arguments):
    row = import_token_prices([f"acme/{name}"], "chat", mix, on, zone="US", **arguments).tables["offers"].iloc[0]
    return row["price_per_unit"], row["note"]


@pytest.mark.usefixtures("made_up")
class TestBlend:
    def test_input_and_output_by_the_mix(self):
        assert price("nocache")[0] == 4 + 3 * 1
        assert price("nocache", TokenMix(3, output_tokens_per_unit=1000))[0] == pytest.approx(0.007)
        assert price("search")[0] == 7

    def test_cached_input_has_its_own_price_or_the_full_one(self):
        value, note = price("plain", TokenMix(3, cached_share=0.5))
        assert value == pytest.approx(4 + 3 * (0.5 * 1 + 0.5 * 0.1))
        assert "writes to the cache not included" in note
        value, note = price("nocache", TokenMix(3, cached_share=0.5))
        assert value == 7
        assert "no price for cached input" in note

    def test_a_tier_holds_for_all_tokens_past_its_start(self):
        assert price("tiered")[0] == 7
        assert "assumption: lowest tier" in price("tiered")[1]
        assert price("tiered", TokenMix(3, prompt_tokens=1000))[0] == 7
        assert price("tiered", TokenMix(3, prompt_tokens=1001))[0] == 6 + 3 * 2
        assert price("tiered", TokenMix(3, prompt_tokens=9001))[0] == 6 + 3 * 5

    def test_the_price_in_force_on_the_day_is_taken(self):
        assert price("dated", on=date(2026, 5, 31))[0] == 7
        value, note = price("dated")
        assert value == 14
        assert "another price is announced from 2027-01-01" in note
        with pytest.raises(CatalogueError, match="not yet in force on 2026-11-01"):
            price("future")

    def test_a_price_by_the_clock_is_averaged_over_the_day(self):
        value, note = price("clock")
        assert value == pytest.approx(0.75 * 4 + 0.25 * 8)
        assert "mean over 24 h (assumption)" in note

    def test_batch_prices_only_where_there_are_any(self):
        assert price("batch")[0] == 8
        assert price("batch", processing="batch")[0] == 4
        with pytest.raises(CatalogueError, match="without a price for batch"):
            price("plain", processing="batch")

    def test_what_cannot_be_planned_is_left_out_and_told(self):
        result = import_token_prices(["acme/*"], "chat", MIX, ON, zone="US")
        names = set(result.tables["offers"]["offer"])
        assert not names & {f"acme-{n}-chat" for n in ("old", "free", "embed", "toll", "chars", "future")}
        text = "\n".join(result.skipped.lines())
        for reason in (
            "retires",
            "free of charge",
            "text in and out",
            "by the request",
            "input_mchars",
            "not yet in force",
        ):
            assert reason in text
        assert price("old")[0] == 4  # named in full

    def test_a_provider_without_site_gets_one_in_the_zone(self):
        tables = import_token_prices(["acme/plain"], "chat", MIX, ON, zone="US").tables
        assert tables["sites"][["site", "provider", "zone", "kind"]].values.tolist() == [
            ["api-acme", "Acme", "US", "cloud"]
        ]
        offer = tables["offers"].iloc[0]
        assert (offer["offer"], offer["workload"], offer["pricing"]) == ("acme-plain-chat", "chat", "api")
        assert "acme.test/prices" in offer["source"]
        at_site = import_token_prices(["acme/plain"], "chat", MIX, ON, site="here").tables
        assert at_site["sites"].empty
        assert at_site["offers"]["site"].tolist() == ["here"]

    def test_the_plans_currency(self):
        value, note = price("nocache", rate=2.0)
        assert value == 14
        assert "USD x 2" in note

    @pytest.mark.parametrize(
        ("mix", "message"),
        [
            (TokenMix(-1), "input tokens"),
            (TokenMix(float("nan")), "input tokens"),
            (TokenMix(1, cached_share=1.5), "cached share"),
            (TokenMix(1, output_tokens_per_unit=0), "per unit"),
            (TokenMix(1, prompt_tokens=-1), "prompt tokens"),
        ],
    )
    def test_a_mix_that_is_none_is_a_fault(self, mix, message):
        with pytest.raises(CatalogueError, match=message):
            price("plain", mix)

    def test_a_request_without_place_or_model_is_a_fault(self):
        with pytest.raises(CatalogueError, match="give a site or a zone"):
            import_token_prices(["acme/plain"], "chat", MIX, ON)
        with pytest.raises(CatalogueError, match="did you mean acme/plain"):
            import_token_prices(["acme/plaim"], "chat", MIX, ON, zone="US")
        with pytest.raises(CatalogueError, match="at least one model"):
            import_token_prices([], "chat", MIX, ON, zone="US")


@pytest.mark.parametrize("name", ["openai/gpt-4o-mini", "google/gemini-2.5-pro", "anthropic/claude-3-5-sonnet"])
@pytest.mark.parametrize("prompt", [4_000, 400_000])
def test_the_blend_is_what_the_package_itself_charges(monkeypatch, name, prompt):
    def refused(*_):
        raise AssertionError("no network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    mix = TokenMix(input_per_output=4, cached_share=0.25, prompt_tokens=prompt, output_tokens_per_unit=prompt / 4)
    ours = import_token_prices([name], "chat", mix, ON, zone="US").tables["offers"]["price_per_unit"].iloc[0]
    usage = Usage(input_tokens=prompt, cache_read_tokens=prompt // 4, output_tokens=prompt // 4)
    provider, reference = name.split("/")
    theirs = genai_prices.calc_price(
        usage, reference, provider_id=provider, genai_request_timestamp=datetime(2026, 11, 1, tzinfo=UTC)
    )
    assert ours == pytest.approx(float(theirs.total_price), rel=1e-9)


@pytest.mark.parametrize(
    ("unit", "tokens"),
    [
        ("M output tokens", 1e6),
        ("1k output tokens", None),
        ("k output tokens", 1e3),
        ("output tokens", 1),
        ("GPU hours", None),
    ],
)
def test_units_that_count_output_tokens_are_understood(unit, tokens):
    assert output_tokens_of_unit(unit) == tokens
