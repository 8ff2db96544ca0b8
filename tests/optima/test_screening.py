"""Commitment by the newsvendor rule, and three kinds by screening curves."""

import pytest

from tests.builders import amount, cost, ordered, solved, tiny

HOURS = 8760.0


def stairs(levels: list[float]) -> dict:
    """Slices of equal length whose load is `levels` devices."""
    n = len(levels)
    mean = sum(levels) / n
    return {
        "volume": mean * HOURS,
        "slices": [{"slice": f"b{i}", "share_of_hours": 1 / n} for i in range(n)],
        "load_shapes": [{"workload": "W", "slice": f"b{i}", "multiplier": x / mean} for i, x in enumerate(levels)],
    }


@pytest.mark.parametrize(("committed", "expected"), [(0.95, 1), (0.72, 3), (0.55, 5), (0.31, 7), (0.15, 9)])
def test_commit_to_layers_that_work_more_hours_than_the_price_ratio(committed: float, expected: int) -> None:
    """Newsvendor: layer n of the load works in a share of the hours; commit while it is above committed / on demand.

    Load of 1 to 10 devices in ten equal slices: layer n works (11 - n) / 10 of the hours.
    """
    plan = tiny(
        [{"offer": "od", "price_per_hour": 1.0}, {"offer": "c", "pricing": "committed", "price_per_hour": committed}],
        **stairs([float(x) for x in range(1, 11)]),
    )
    result = solved(plan)
    assert sum((11 - n) / 10 > committed for n in range(1, 11)) == expected
    assert ordered(result) == {"c": expected}
    rented = sum((11 - n) / 10 for n in range(expected + 1, 11))
    assert result.objective == pytest.approx(HOURS * (expected * committed + rented))


def test_three_kinds_by_screening_curves() -> None:
    """Each kind costs fixed + variable x hours; each layer of the load takes the kind that is lowest at its hours.

    Screening curves (e.g. Stoft, Power System Economics, 2002, ch. 2-2). On demand 1.0 h meets owned
    2,000 + 0.4 h at 3,333 hours, owned meets committed 4,000 at 5,000 hours: committed at the base,
    owned in the middle, on demand at the peak.
    """
    rates = {"owned": (2000.0, 0.4), "committed": (4000.0, 0.0), "on_demand": (0.0, 1.0)}
    plan = tiny(
        [
            {"offer": "od", "price_per_hour": 1.0, "hardware": "plain"},
            {"offer": "c", "pricing": "committed", "price_per_hour": 4000 / HOURS, "hardware": "plain"},
            {"offer": "own", "pricing": "owned", "purchase_price": 2000.0, "useful_life_months": 12, "hardware": "hot"},
        ],
        **stairs([float(x) for x in range(1, 11)]),
        hardware=[{"hardware": "plain"}, {"hardware": "hot", "power_kw": 1.0}],
        throughput=[{"workload": "W", "hardware": h, "units_per_hour": 1.0} for h in ("plain", "hot")],
        sites=[{"site": "S", "zone": "Z", "kind": "cloud", "electricity_price_per_kwh": 0.4}],
    )
    layers = [(11 - n) / 10 * HOURS for n in range(1, 11)]
    best = [min(rates, key=lambda k, h=h: rates[k][0] + rates[k][1] * h) for h in layers]
    result = solved(plan)
    assert {"committed", "owned", "on_demand"} == set(best)
    assert ordered(result) == {"c": best.count("committed"), "own": best.count("owned")}
    assert result.objective == pytest.approx(sum(min(a + b * h for a, b in rates.values()) for h in layers))
    assert amount(result, "electricity") > 0


def test_gpu_mix_in_whole_devices() -> None:
    """Whole devices of two kinds: at 4.1 requests/s two A100 and one A10G.

    A100 2.0 requests/s at 3.67 an hour, A10G 0.37 at 1.01 (after Griggs et al., Melange, 2024):
    2 x 3.67 + 1 x 1.01 = 8.35 an hour; three A100 cost 11.01, one A100 and six A10G 9.73.
    """
    committed = {"pricing": "committed", "term_months": 12}
    plan = tiny(
        [
            {"offer": "a100", "hardware": "A100", "price_per_hour": 3.67, **committed},
            {"offer": "a10g", "hardware": "A10G", "price_per_hour": 1.01, **committed},
        ],
        volume=4.1 * 3600 * HOURS,
        hardware=[{"hardware": "A100"}, {"hardware": "A10G"}],
        throughput=[
            {"workload": "W", "hardware": "A100", "units_per_hour": 2.0 * 3600},
            {"workload": "W", "hardware": "A10G", "units_per_hour": 0.37 * 3600},
        ],
    )
    result = solved(plan)
    assert ordered(result) == {"a100": 2, "a10g": 1}
    brute = min(3.67 * a + 1.01 * b for a in range(4) for b in range(13) if 2.0 * a + 0.37 * b >= 4.1)
    assert result.objective == pytest.approx(brute * HOURS)


@pytest.mark.parametrize(("rate", "hours"), [(98.32, 2720), (62.92, 4423), (43.16, 6800)])
def test_buy_against_rent_breaks_even_at_the_published_hours(rate: float, hours: int) -> None:
    """A server of 8 H100 at 250,141.80 that costs 6.37 an hour to run breaks even with renting at these hours.

    Lenovo Press LP2225, On-Premise vs Cloud: Generative AI Total Cost of Ownership (2025): on demand
    98.32 an hour, one year reserved 62.92, three years reserved 43.16. Hours = 250,141.80 / (rate - 6.37).
    """
    assert round(250141.80 / (rate - 6.37)) == pytest.approx(hours, abs=1)

    def plan(used: float):
        return tiny(
            [
                {"offer": "rent", "price_per_hour": rate, "hardware": "cloud"},
                {"offer": "buy", "pricing": "owned", "purchase_price": 250141.80, "useful_life_months": 12},
            ],
            volume=used,
            hardware=[{"hardware": "H", "power_kw": 1.0}, {"hardware": "cloud"}],
            throughput=[{"workload": "W", "hardware": h, "units_per_hour": 1.0} for h in ("H", "cloud")],
            sites=[{"site": "S", "zone": "Z", "kind": "cloud", "electricity_price_per_kwh": 6.37}],
        )

    assert ordered(solved(plan(hours - 5))) == {}
    assert ordered(solved(plan(hours + 5))) == {"buy": 1}
    even = 250141.80 / (rate - 6.37)
    assert cost(plan(even)) == pytest.approx(rate * even)
