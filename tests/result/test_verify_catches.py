"""The independent check must notice every kind of wrong result: each frame is spoiled in turn."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.result.frames import FRAMES
from planner.result.verify import verify
from tests.result.rich import rich_result

Frames = dict[str, pd.DataFrame]
CASES: dict[str, tuple[Callable[[Frames], None], str]] = {}


def spoils(words: str) -> Callable[[Callable[[Frames], None]], Callable[[Frames], None]]:
    """Register a way to spoil frames, and words that the complaint about it must hold."""

    def register(spoil: Callable[[Frames], None]) -> Callable[[Frames], None]:
        CASES[spoil.__name__] = (spoil, words)
        return spoil

    return register


def change(frame: pd.DataFrame, which: pd.Series, column: str, new: Callable[[Any], Any]) -> None:
    """Change the first chosen row; a choice that is empty would spoil nothing."""
    row = frame.index[which][0]
    before = frame.loc[row, column]
    frame.loc[row, column] = new(before)
    assert frame.loc[row, column] != before


def drop(frames: Frames, name: str, which: pd.Series) -> None:
    frame = frames[name]
    frames[name] = frame.drop(index=frame.index[which][0]).reset_index(drop=True)


def clean() -> Frames:
    return {name: frame.copy() for name, frame in rich_result()[1].frames.items()}


# Routing and dispatch


@spoils("Offers serve")
def volume_goes_to_another_site(f: Frames) -> None:
    r = f["routing"]
    change(r, (r["workload"] == "V") & (r["site"] == "B"), "site", lambda _: "A")


@spoils("which the plan does not have")
def volume_goes_where_no_site_is(f: Frames) -> None:
    change(f["routing"], f["routing"]["volume"] > 0, "site", lambda _: "nowhere")


@spoils("Latency")
def volume_goes_too_far(f: Frames) -> None:
    r = f["routing"]
    change(r, (r["workload"] == "W") & (r["location"] == "M"), "site", lambda _: "A")


@spoils("demand")
def more_is_routed_than_needed(f: Frames) -> None:
    change(f["routing"], f["routing"]["volume"] > 0, "volume", lambda v: v * 1.01)


@spoils("demand")
def a_route_is_missing(f: Frames) -> None:
    drop(f, "routing", f["routing"]["volume"] > 0)


@spoils("must be served in full")
def what_must_be_served_is_not(f: Frames) -> None:
    r = f["routing"]
    row = r.index[(r["workload"] == "W") & (r["location"] == "L")][0]
    left = {**{k: r.loc[row, k] for k in FRAMES["unserved"]}, "volume": 50.0}
    r.loc[row, "volume"] -= 50.0
    f["unserved"] = pd.concat([f["unserved"], pd.DataFrame([left])], ignore_index=True)


@spoils("demand")
def unserved_volume_is_hidden(f: Frames) -> None:
    drop(f, "unserved", f["unserved"]["volume"] > 0)


@spoils("negative volume")
def volume_is_negative(f: Frames) -> None:
    change(f["dispatch"], f["dispatch"]["volume"] > 0, "volume", lambda v: -v)


@spoils("by throughput")
def device_hours_are_too_few(f: Frames) -> None:
    change(f["dispatch"], f["dispatch"]["device_hours"] > 0, "device_hours", lambda v: v * 0.9)


@spoils("by throughput")
def device_hours_are_swapped(f: Frames) -> None:
    d = f["dispatch"]
    a, b = d["device_hours"].idxmax(), d["device_hours"].where(d["device_hours"] > 0).idxmin()
    assert d.loc[a, "device_hours"] != d.loc[b, "device_hours"]
    d.loc[[a, b], "device_hours"] = d.loc[[b, a], "device_hours"].to_numpy()


@spoils("restricted to another workload")
def the_api_serves_another_workload(f: Frames) -> None:
    change(f["dispatch"], f["dispatch"]["offer"] == "b_api", "workload", lambda _: "W")


@spoils("rate limit")
def the_api_is_used_too_fast(f: Frames) -> None:
    d = f["dispatch"]
    change(d, d["offer"] == "b_api", "volume", lambda v: v * 3)


@spoils("interruptible share")
def spot_serves_too_much(f: Frames) -> None:
    change(f["dispatch"], f["dispatch"]["offer"] == "a_spot", "volume", lambda v: v * 3)


@spoils("Device-hours used are")
def offer_quota_is_exceeded(f: Frames) -> None:
    """All of the day's load by an on-demand offer with a quota of 6."""
    d = f["dispatch"]
    mine = d.index[(d["offer"] == "a_own") & (d["slice"] == "day")]
    d.loc[mine, "offer"] = "a_od"
    d.loc[mine, ["volume", "device_hours"]] *= 4


# Devices


@spoils("enter service")
def an_order_is_missing(f: Frames) -> None:
    change(f["capacity"], f["capacity"]["ordered"] > 0, "ordered", lambda _: 0.0)


@spoils("part of a device")
def an_order_is_fractional(f: Frames) -> None:
    change(f["capacity"], f["capacity"]["ordered"] > 0, "ordered", lambda v: v - 0.5)


@spoils("Devices in service are")
def a_device_appears(f: Frames) -> None:
    change(f["capacity"], f["capacity"]["offer"] == "a_own", "devices_in_service", lambda v: v + 1)


@spoils("Device-hours used are")
def a_device_disappears(f: Frames) -> None:
    c = f["capacity"]
    change(c, (c["offer"] == "b_com") & (c["devices_in_service"] > 0), "devices_in_service", lambda v: v - 1)


@spoils("allowed are")
def the_limit_of_an_offer_is_exceeded(f: Frames) -> None:
    c = f["capacity"]
    c.loc[c["offer"] == "a_own", "devices_in_service"] += 3


@spoils("IT power")
def power_is_exceeded(f: Frames) -> None:
    c = f["capacity"]
    c.loc[c["offer"] == "b_com", "devices_in_service"] += 6


@spoils("Devices at the site")
def room_is_exceeded(f: Frames) -> None:
    c = f["capacity"]
    c.loc[c["offer"] == "b_com", "devices_in_service"] += 30


@spoils("is a commitment and cannot be retired")
def a_commitment_is_retired_early(f: Frames) -> None:
    c = f["capacity"]
    change(c, (c["offer"] == "b_com") & (c["period"] == 2), "retired", lambda _: 1.0)


@spoils("before + entered - left")
def an_owned_device_is_retired_unseen(f: Frames) -> None:
    c = f["capacity"]
    change(c, (c["offer"] == "a_own") & (c["period"] == 3), "retired", lambda _: 1.0)


@spoils("by the clock")
def a_term_does_not_end(f: Frames) -> None:
    c = f["capacity"]
    change(c, (c["offer"] == "b_com") & (c["expired"] > 0), "expired", lambda _: 0.0)


@spoils("lead time")
def an_order_comes_too_soon(f: Frames) -> None:
    v = f["vintages"]
    change(v, (v["offer"] == "b_lease"), "first_period", lambda v: v - 1)


@spoils("which is not its term")
def a_term_is_shortened(f: Frames) -> None:
    change(f["vintages"], f["vintages"]["offer"] == "b_com", "last_period", lambda v: v - 1)


@spoils("past its term or life")
def an_asset_outlives_its_life(f: Frames) -> None:
    change(f["vintages"], f["vintages"]["asset"] == "old", "last_period", lambda v: v + 1)


@spoils("leaves before it served")
def a_device_leaves_before_it_served(f: Frames) -> None:
    v = f["vintages"]
    change(v, (v["offer"] == "a_own") & (v["asset"] == ""), "last_period", lambda _: 1)


@spoils("The asset")
def an_asset_is_lost(f: Frames) -> None:
    change(f["vintages"], f["vintages"]["asset"] == "old", "devices", lambda v: v - 1)


@spoils("price paid")
def the_price_paid_is_wrong(f: Frames) -> None:
    v = f["vintages"]
    change(v, (v["offer"] == "a_own") & (v["asset"] == ""), "price_paid", lambda v: v * 0.9)


@spoils("hours used")
def hours_used_are_wrong(f: Frames) -> None:
    change(f["capacity"], f["capacity"]["hours_used"] > 0, "hours_used", lambda v: v + 100)


# Sites


@spoils("not open")
def an_open_site_is_missing(f: Frames) -> None:
    drop(f, "sites", f["sites"]["site"] == "A")


@spoils("opening")
def an_opening_is_missing(f: Frames) -> None:
    change(f["sites"], f["sites"]["opened"] == 1, "opened", lambda _: 0)


@spoils("not deployed")
def a_deployment_is_missing(f: Frames) -> None:
    drop(f, "deployments", f["deployments"]["workload"] == "W")


@spoils("deployment")
def a_start_is_missing(f: Frames) -> None:
    change(f["deployments"], f["deployments"]["started"] == 1, "started", lambda _: 0)


@spoils("After the loss of A")
def the_cover_of_a_site_is_gone(f: Frames) -> None:
    """Without its deployment at B the workload has nowhere to go when A is lost."""
    d = f["deployments"]
    f["deployments"] = d[~((d["workload"] == "W") & (d["site"] == "B"))].reset_index(drop=True)


# Policies


@spoils("has the value")
def the_value_of_a_policy_is_wrong(f: Frames) -> None:
    change(f["policies"], f["policies"]["policy"] == "capex_cap", "value", lambda v: v * 0.5)


@spoils("gives way by")
def a_violation_is_hidden(f: Frames) -> None:
    change(f["policies"], f["policies"]["violation"] > 0, "violation", lambda _: 0.0)


@spoils("windows")
def a_window_is_missing(f: Frames) -> None:
    drop(f, "policies", f["policies"]["policy"] == "capex_cap")


@spoils("is broken by")
def a_hard_policy_is_broken(f: Frames) -> None:
    change(f["ledger"], f["ledger"]["category"] == "hardware", "amount", lambda v: v + 40000)


# Money and footprint


def _cheaper(category: str) -> Callable[[Frames], None]:
    def spoil(f: Frames) -> None:
        """A price that nobody asked for, with amount and present value that go with it."""
        x = f["ledger"]
        row = x.index[x["category"] == category][0]
        x.loc[row, ["unit_price", "amount", "present_value"]] *= 0.9

    return spoil


for _category in (
    "compute", "api", "hardware", "resale", "maintenance", "electricity", "space", "site", "security", "network",
    "storage", "licenses", "labour", "deployment", "carbon", "unserved", "downtime", "policy",
):  # fmt: skip
    CASES[f"{_category}_is_charged_at_another_price"] = (_cheaper(_category), _category)


@spoils("quantity")
def an_amount_is_wrong(f: Frames) -> None:
    change(f["ledger"], f["ledger"]["amount"] > 1, "amount", lambda v: v + 1)


@spoils("quantity")
def a_unit_price_is_wrong(f: Frames) -> None:
    change(f["ledger"], f["ledger"]["unit_price"] > 0, "unit_price", lambda v: v * 1.1)


@spoils("discount factor")
def a_discount_factor_is_wrong(f: Frames) -> None:
    change(f["ledger"], f["ledger"]["amount"] > 1, "discount_factor", lambda v: v * 0.99)


@spoils("present value")
def a_present_value_is_wrong(f: Frames) -> None:
    change(f["ledger"], f["ledger"]["amount"] > 100, "present_value", lambda v: v * 1.01)


@spoils("electricity")
def a_row_of_the_ledger_is_missing(f: Frames) -> None:
    drop(f, "ledger", f["ledger"]["category"] == "electricity")


@spoils("compute")
def a_row_of_the_ledger_is_there_twice(f: Frames) -> None:
    x = f["ledger"]
    f["ledger"] = pd.concat([x, x[x["category"] == "compute"].head(1)], ignore_index=True)


@spoils("resale")
def resale_comes_a_period_later(f: Frames) -> None:
    """Same amount in another period: the sum of amounts is right, its time is not."""
    x = f["ledger"]
    row = x.index[(x["category"] == "resale")][0]
    x.loc[row, "period"] = 3 if x.loc[row, "period"] == 4 else 4


@spoils("cash")
def capex_is_called_opex(f: Frames) -> None:
    change(f["ledger"], f["ledger"]["category"] == "hardware", "cash", lambda _: "opex")


def _spoiled_emissions(column: str) -> Callable[[Frames], None]:
    return lambda f: change(f["emissions"], f["emissions"][column] > 0, column, lambda v: v * 0.5)


for _column in ("energy_kwh", "operational_carbon_t", "embodied_carbon_t", "carbon_t", "water_m3"):
    CASES[f"{_column}_is_understated"] = (_spoiled_emissions(_column), _column)


@cache
def untouched() -> list[str]:
    plan, result = rich_result()
    return verify(plan, clean(), objective=result.objective)


def test_an_untouched_result_is_fine() -> None:
    assert untouched() == []


def test_the_plan_has_something_to_spoil_in_every_table() -> None:
    assert all(len(frame) for frame in clean().values())


@pytest.mark.parametrize("name", list(CASES))
def test_a_spoiled_result_is_noticed(name: str) -> None:
    spoil, words = CASES[name]
    frames = clean()
    spoil(frames)
    said = verify(rich_result()[0], frames)
    assert said
    assert any(words.lower() in sentence.lower() for sentence in said), said


def test_an_objective_that_the_ledger_does_not_sum_to_is_noticed() -> None:
    plan, result = rich_result()
    assert result.objective is not None
    said = verify(plan, clean(), objective=result.objective * (1 + 1e-5))
    assert len(said) == 1
    assert "objective" in said[0]


@pytest.mark.parametrize("name", [n for n in FRAMES if n != "unserved"])
def test_an_empty_table_is_noticed(name: str) -> None:
    frames = clean()
    frames[name] = frames[name].iloc[:0]
    assert verify(rich_result()[0], frames)


def test_a_number_that_is_none_is_noticed() -> None:
    frames = clean()
    frames["ledger"].loc[0, ["amount", "present_value"]] = np.nan
    assert verify(rich_result()[0], frames)
