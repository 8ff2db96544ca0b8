"""Figures of the inputs: their numbers by hand arithmetic, their words by the numbers."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf
import pandas as pd
import pytest

from planner.plan.files import read_plan
from planner.plan.plan import Plan
from planner.report.inputs import demand, holdings, policies, prices, reach

SAMPLES = ("pilot", "global_assistant")


@pytest.fixture(scope="module", params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> Plan:
    plan = read_plan(f"sample_data/{request.param}").plan
    assert plan is not None
    return plan


def small(**tables: pd.DataFrame) -> Plan:
    """One workload at one place; two sites in one zone, one in another."""
    rows = {
        "settings": pd.DataFrame(
            {"key": ["periods", "discount_rate", "labour_cost_per_fte_year"], "value": ["2", "0.1", "87600"]}
        ),
        "locations": pd.DataFrame({"location": ["l"], "zone": ["EU"], "latitude": [50.0], "longitude": [8.0]}),
        "workloads": pd.DataFrame(
            {"workload": ["w"], "unit": ["requests"], "max_latency_ms": [20.0], "max_utilization": [0.5]}
        ),
        "demand": pd.DataFrame(
            {"workload": ["w"] * 2, "location": ["l"] * 2, "period": [1, 2], "volume": [2190.0, 4380.0]}
        ),
        "slices": pd.DataFrame({"slice": ["day", "night"], "share_of_hours": [0.25, 0.75]}),
        "load_shapes": pd.DataFrame({"workload": ["w"] * 2, "slice": ["day", "night"], "multiplier": [2.5, 0.5]}),
        "hardware": pd.DataFrame({"hardware": ["h"], "accelerators": [2.0], "power_kw": [3.0], "idle_power_kw": [1.0]}),
        "throughput": pd.DataFrame({"workload": ["w"], "hardware": ["h"], "units_per_hour": [4.0]}),
        "sites": pd.DataFrame(
            {
                "site": ["a", "b", "far"],
                "zone": ["EU", "EU", "US"],
                "kind": ["cloud", "on_premises", "cloud"],
                "latitude": [50.0, 51.0, 40.0],
                "longitude": [8.0, 9.0, -80.0],
                "space_price_per_kw_month": [None, 73.0, None],
                "electricity_price_per_kwh": [None, 0.2, None],
                "pue": [None, 1.5, None],
            }
        ),
        "offers": pd.DataFrame(
            {
                "offer": ["rent", "commit", "buy", "tokens"],
                "site": ["a", "a", "b", "a"],
                "pricing": ["on_demand", "committed", "owned", "api"],
                "hardware": ["h", "h", "h", None],
                "workload": [None, None, None, "w"],
                "price_per_hour": [10.0, 6.0, None, None],
                "purchase_price": [None, None, 87600.0, None],
                "price_per_unit": [None, None, None, 7.0],
                "useful_life_months": [None, None, 48, None],
                "maintenance_rate": [None, None, 0.1, None],
                "fte_per_device": [None, None, 0.1, None],
                "overhead_share": [None, None, 0.2, None],
            }
        ),
        "network": pd.DataFrame({"site": ["a", "b", "far"], "location": ["l"] * 3, "latency_ms": [5.0, 10.0, 90.0]}),
    }
    return Plan.of({**rows, **tables})


def test_full_cost_of_an_owned_hour_by_hand() -> None:
    row = prices.hourly(small()).set_index("offer").loc["buy"]
    monthly = 1.1 ** (1 / 12) - 1
    capital = -npf.pmt(monthly, 48, 87600.0) / 730
    maintenance, staff, space, idle = 87600 * 0.1 / 8760, 87600 * 0.1 / 8760, 3 * 73 / 730, 1 * 1.5 * 0.2
    assert row["fixed"] == pytest.approx(capital + maintenance + staff + space + idle)
    assert row["variable"] == pytest.approx((3 - 1) * 1.5 * 0.2)
    assert row["per_accelerator"] == pytest.approx((row["fixed"] + row["variable"]) / (2 * 0.8))


def test_value_left_at_the_end_of_life_lowers_the_cost() -> None:
    offers = small().tables["offers"].copy()
    offers.loc[offers["offer"] == "buy", "annual_value_loss"] = 0.2
    with_value = prices.hourly(small(offers=offers)).set_index("offer").loc["buy", "fixed"]
    monthly = 1.1 ** (1 / 12) - 1
    saved = -npf.pmt(monthly, 48, 87600.0 * 0.8**4 / (1 + monthly) ** 48) / 730
    assert prices.hourly(small()).set_index("offer").loc["buy", "fixed"] - with_value == pytest.approx(saved)


def test_break_even_is_the_ratio_of_prices_at_the_same_site() -> None:
    rows = prices.hourly(small()).set_index("offer")
    assert rows.loc["commit", "break_even"] == pytest.approx(0.6)
    bought = rows.loc["buy"]
    assert bought["break_even"] == pytest.approx(bought["fixed"] / (10.0 - bought["variable"]))
    assert np.isnan(rows.loc["rent", "break_even"])


def test_cost_of_a_unit_counts_the_planned_utilization() -> None:
    rows = prices.per_unit(small()).set_index("offer")
    assert rows.loc["rent", "unit_cost"] == pytest.approx(10.0 / (4.0 * 0.5))
    assert rows.loc["tokens", "unit_cost"] == 7.0
    assert rows.loc["commit", "idle_share"] == 1.0


def test_work_is_what_the_volumes_keep_busy() -> None:
    rows = demand.work(small())
    # 2,190 requests in 2,190 hours are one an hour; an accelerator does two an hour; the day is 2.5 times as busy.
    first = rows[rows["period"] == 1].set_index("slice")["accelerators"]
    assert first["day"] == pytest.approx(0.5 * 2.5)
    assert first["night"] == pytest.approx(0.5 * 0.5)
    assert demand.by_period(rows)["accelerators"].tolist() == pytest.approx([0.5, 1.0])
    assert demand.busiest(rows)["slice"].tolist() == ["day", "day"]
    assert "2.0-fold" in demand.demand(small()).title
    assert "5.0 times as busy" in demand.slices(small(), 1).title


def test_volumes_in_millions_are_counted_out() -> None:
    assert demand.volume_text(8e6, "M tokens") == "8.00\u00a0tn\u00a0tokens"
    assert demand.volume_text(12.0, "requests") == "12\u00a0requests"


def test_reach_names_the_rule_that_forbids_a_link() -> None:
    rows = reach.links(small(), "w").set_index("site")
    assert rows["why"].to_dict() == {"a": "", "b": "", "far": "latency"}
    assert "from 2 sites" in reach.reach(small(), "w").title
    sites = small().tables["sites"].assign(zone=["EU", "US", "US"])
    workloads = small().tables["workloads"].assign(allowed_zones="EU")
    assert "single site" in reach.reach(small(sites=sites, workloads=workloads), "w").title
    none = small().tables["workloads"].assign(max_latency_ms=1.0)
    assert "no site within its rules" in reach.reach(small(workloads=none), "w").title


def test_assets_end_with_their_term_or_life() -> None:
    assets = pd.DataFrame(
        {
            "asset": ["old", "new"],
            "offer": ["commit", "buy"],
            "devices": [3.0, 2.0],
            "in_service": ["2026-07", "2025-01"],
        }
    )
    rows = holdings.holdings(small(assets=assets)).set_index("asset")
    assert rows.loc["old", "months_left"] == 6  # twelve months from July 2026; the plan starts in January 2027
    assert rows.loc["new", "months_left"] == 24
    assert "5 devices" in holdings.assets(small(assets=assets)).title
    assert "3 leave" in holdings.assets(small(assets=assets)).title


def test_every_figure_of_the_samples_has_words_a_table_and_a_chart(sample: Plan) -> None:
    workloads = sample.tables["workloads"]["workload"]
    figures = [demand.demand(sample), demand.slices(sample, 1), prices.hourly_figure(sample), holdings.assets(sample)]
    figures += [f(sample, w) for w in workloads for f in (demand.volumes, prices.unit_figure, reach.reach)]
    for figure in figures:
        assert figure.title
        assert figure.alt_text
        assert figure.spec
        assert len(figure.table)
    assert len(policies.sentences(sample)) == len(sample.tables["policies"])
    assert policies.sentences(sample)["sentence"].str.endswith(".").all()


def test_figures_of_nothing_say_so() -> None:
    plan = small(demand=pd.DataFrame(), assets=pd.DataFrame())
    assert demand.demand(plan).title == "No demand yet"
    assert "no volume yet" in demand.volumes(plan, "w").title
    assert "nothing in service" in holdings.assets(plan).title
