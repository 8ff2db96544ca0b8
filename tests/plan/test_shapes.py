from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.plan.plan import Plan
from planner.plan.shapes import LocalLoad, curve_error, shapes_from_profiles, utc_profile, with_shapes

OFFICE = [1.0] * 8 + [4.0] * 4 + [6.0] * 4 + [3.0] * 4 + [1.0] * 4
WEEK = [x * (1.0 if day < 5 else 0.3) for day in range(7) for x in OFFICE]


def by_load(shapes):
    merged = shapes.load_shapes.merge(shapes.slices[["slice", "share_of_hours"]], on="slice")
    merged["location"] = merged["location"].fillna("")
    return (merged["share_of_hours"] * merged["multiplier"]).groupby([merged["workload"], merged["location"]]).sum()


def test_utc_hours_run_behind_local_hours_in_the_east():
    local = np.zeros(24)
    local[9] = 1
    assert utc_profile(LocalLoad("w", "jp", local, 9), 24).argmax() == 0
    assert utc_profile(LocalLoad("w", "us", local, -5), 24).argmax() == 14


def test_a_half_hour_offset_shares_an_hour_between_two():
    local = np.zeros(24)
    local[9] = 1
    utc = utc_profile(LocalLoad("w", "in", local, 5.5), 24)
    assert utc[3] == utc[4] == 12.0
    assert utc.sum() == pytest.approx(24)


def test_a_day_is_repeated_through_a_week():
    assert utc_profile(LocalLoad("w", "a", OFFICE), 168).reshape(7, 24) == pytest.approx(
        np.tile(np.array(OFFICE) / np.mean(OFFICE), (7, 1))
    )


def test_three_levels_give_three_slices_without_loss():
    shapes = shapes_from_profiles([LocalLoad("chat", None, [1.0] * 12 + [2.0] * 8 + [5.0] * 4)], 3)
    assert shapes.slices["slice"].tolist() == ["peak", "shoulder", "base"]
    assert shapes.slices["share_of_hours"].to_numpy() == pytest.approx([4 / 24, 8 / 24, 12 / 24])
    assert shapes.load_shapes["multiplier"].to_numpy() == pytest.approx(np.array([5, 2, 1]) / 2)
    assert shapes.load_shapes["location"].isna().all()
    assert shapes.total_curve_error == pytest.approx(0, abs=1e-12)
    assert shapes.total_peak_lost == pytest.approx(0, abs=1e-12)


def test_one_load_is_cut_as_well_as_the_best_of_all_contiguous_cuts():
    load = np.sort(np.random.default_rng(5).gamma(1.5, size=24))

    def scatter(groups):
        return sum(((g - g.mean()) ** 2).sum() for g in groups)

    best = min(scatter(np.split(load, cut)) for cut in combinations(range(1, 24), 2))
    label = shapes_from_profiles([LocalLoad("w", None, load)], 3).slice_of_hour
    assert scatter([load[label == i] for i in range(3)]) == pytest.approx(best)


def test_hours_are_told_apart_in_which_different_regions_are_busy():
    east = [1.0] * 12 + [3.0] * 12
    west = [3.0] * 12 + [1.0] * 12  # the total is flat: quantiles of it could not tell the two halves
    shapes = shapes_from_profiles([LocalLoad("w", "east", east), LocalLoad("w", "west", west)], 2)
    assert shapes.errors["curve_error"].max() == pytest.approx(0, abs=1e-12)
    assert sorted(np.unique(shapes.slice_of_hour[:12])) != sorted(np.unique(shapes.slice_of_hour[12:]))


def test_pinned_peak_hours_are_the_highest_and_lose_less_of_the_peak():
    spiky = np.array(WEEK) * np.random.default_rng(2).uniform(0.8, 1.2, 168)
    loads = [LocalLoad("w", "a", spiky), LocalLoad("w", "b", WEEK, 8, weight=0.2)]
    plain = shapes_from_profiles(loads, 3)
    pinned = shapes_from_profiles(loads, 3, peak_share_of_hours=0.02)
    assert (pinned.slice_of_hour == 0).sum() == 3
    assert pinned.total_peak_lost < plain.total_peak_lost


def test_more_slices_lose_less():
    loads = [LocalLoad("w", "a", WEEK), LocalLoad("w", "b", WEEK, 8), LocalLoad("v", "b", OFFICE, 8, 0.3)]
    lost = [shapes_from_profiles(loads, k).total_curve_error for k in (1, 2, 4, 8)]
    assert lost == sorted(lost, reverse=True)
    assert lost[-1] < lost[0] / 4


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.floats(0, 100), min_size=24, max_size=24).filter(lambda x: sum(x) > 0.1),
            st.sampled_from([-8.0, 0.0, 3.5, 5.5, 9.0]),
            st.floats(0.1, 5),
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(1, 6),
    st.sampled_from([0.0, 0.1]),
)
def test_volume_is_kept_for_every_load(loads, slices, peak):
    shapes = shapes_from_profiles(
        [LocalLoad(f"w{i}", f"l{i}", p, o, w) for i, (p, o, w) in enumerate(loads)], slices, peak
    )
    assert by_load(shapes).to_numpy() == pytest.approx(1, abs=1e-12)
    assert shapes.slices["share_of_hours"].sum() == pytest.approx(1, abs=1e-12)
    assert len(shapes.slices) <= slices
    assert (shapes.errors["peak_lost"] > -1e-9).all()


def test_a_year_of_hours_is_done_in_a_blink_and_deterministic():
    rng = np.random.default_rng(1)
    loads = [LocalLoad("w", f"l{i}", rng.gamma(2, size=8760), i) for i in range(4)]
    first, second = shapes_from_profiles(loads, 6), shapes_from_profiles(loads, 6)
    assert len(first.slice_of_hour) == 8760
    assert (first.slice_of_hour == second.slice_of_hour).all()


def test_curve_error_of_a_flat_picture_by_hand():
    assert curve_error(np.array([1.0, 3.0]), np.array([2.0, 2.0])) == 0.5


def test_shapes_replace_those_of_the_plan():
    old = Plan.of({"slices": pd.DataFrame({"slice": ["x"], "share_of_hours": [1.0]})})
    plan = with_shapes(old, shapes_from_profiles([LocalLoad("chat", "us", OFFICE)], 2))
    assert plan.tables["slices"]["slice"].tolist() == ["peak", "base"]


@pytest.mark.parametrize(
    ("loads", "arguments", "message"),
    [
        ([], {}, "at least one"),
        ([LocalLoad("w", "a", [1.0] * 23)], {}, "23 numbers"),
        ([LocalLoad("w", "a", [0.0] * 24)], {}, "not all 0"),
        ([LocalLoad("w", "a", [-1.0] + [1.0] * 23)], {}, "0 or more"),
        ([LocalLoad("w", "a", OFFICE, 15)], {}, "UTC offset"),
        ([LocalLoad("w", "a", OFFICE), LocalLoad("w", "a", OFFICE)], {}, "twice"),
        ([LocalLoad("w", "a", OFFICE, weight=-1)], {}, "weights"),
        ([LocalLoad("w", "a", OFFICE)], {"slices": 0}, "1 to 24 slices"),
        ([LocalLoad("w", "a", OFFICE)], {"peak_share_of_hours": 1.0}, "peak hours"),
    ],
)
def test_what_is_no_profile_is_refused_with_the_reason(loads, arguments, message):
    with pytest.raises(ValueError, match=message):
        shapes_from_profiles(loads, **arguments)
