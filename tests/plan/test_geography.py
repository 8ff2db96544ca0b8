import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.plan.geography import FIXED_MS, haversine_km, latency_ms, missing_links, network_estimate
from planner.plan.plan import Plan

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs" / "importing.md"


def test_known_distances():
    assert haversine_km(0, 0, 0, 180) == pytest.approx(np.pi * 6371.0088)
    assert haversine_km(36.12, -86.67, 33.94, -118.40) == pytest.approx(2886.4, abs=1)  # BNA to LAX, Rosetta Code
    assert haversine_km(51, 7, 51, 7) == 0


def test_the_date_line_is_no_obstacle():
    assert haversine_km(0, 179.5, 0, -179.5) == pytest.approx(haversine_km(0, -0.5, 0, 0.5))


def test_latency_by_hand():
    # 1000 km x 1.5 there and back at 199.861639 km/ms, and 2 ms.
    assert latency_ms(1000, 1.5, 2) == pytest.approx(3000 / 199.861639 + 2, rel=1e-6)
    assert latency_ms(0) == FIXED_MS


def errors():
    """Relative error of the estimate for each measured pair: (fitted to, not fitted to)."""
    measured = pd.read_csv(HERE / "data" / "latency_measured.csv")
    km = haversine_km(*(measured[f"{end}_{axis}"] for end in ("src", "dst") for axis in ("latitude", "longitude")))
    error = latency_ms(km) / measured["latency_ms"].to_numpy() - 1
    azure = measured["source"].str.contains("Microsoft").to_numpy()
    return error[azure], error[~azure]


def test_the_estimate_is_near_measured_round_trips_and_not_exact():
    for error in errors():
        assert len(error) > 40
        assert abs(np.median(error)) < 0.08
        assert 0.05 < np.median(abs(error)) < 0.2
        assert np.quantile(abs(error), 0.9) < 0.4


def test_the_docs_tell_the_errors_as_they_are():
    text = " ".join(DOCS.read_text().split())
    for name, error in zip(("Azure", "IBM"), errors(), strict=True):
        told = re.search(
            rf"{name}: (\d+) pairs, median error ([-+]\d+) %, median absolute error (\d+) %, nine in ten within (\d+) %",
            text,
        )
        assert told, name
        real = [len(error), *(100 * x for x in (np.median(error), np.median(abs(error)), np.quantile(abs(error), 0.9)))]
        assert [int(x) for x in told.groups()] == pytest.approx(real, abs=0.51)


def sites():
    return pd.DataFrame({"site": ["a", "b", "c"], "latitude": [0.0, 10.0, None], "longitude": [0.0, 10.0, 5.0]})


def locations():
    return pd.DataFrame({"location": ["x", "y"], "latitude": [0.0, None], "longitude": [1.0, 2.0]})


def test_rows_for_every_pair_with_coordinates_say_that_they_are_estimates():
    estimate = network_estimate(sites(), locations())
    assert estimate.rows[["site", "location"]].values.tolist() == [["a", "x"], ["b", "x"]]
    assert estimate.rows["latency_ms"].iloc[0] == pytest.approx(float(latency_ms(haversine_km(0, 0, 0, 1))), abs=0.05)
    assert estimate.rows["source"].str.startswith("estimate").all()
    assert estimate.without_coordinates == ("site c", "location y")


def test_a_plan_gets_only_the_links_that_it_lacks():
    link = pd.DataFrame({"site": ["a"], "location": ["x"], "latency_ms": [7.0]})
    plan = Plan.of({"sites": sites(), "locations": locations(), "network": link})
    assert missing_links(plan).rows["site"].tolist() == ["b"]


def test_no_places_give_no_rows():
    assert network_estimate(sites().iloc[:0], locations()).rows.empty
