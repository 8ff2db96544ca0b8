"""Rules of a plan that reach over several cells, one function a rule."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.plan.checked import Checked
from planner.plan.faults import shown
from planner.plan.tables import API, HELD, SETTING_COLUMNS, SPOT

Frames = Mapping[str, pd.DataFrame]
SUM_TOLERANCE = 1e-6


def check_rules(check: Checked) -> None:
    """Every rule over the checked tables; one that would only repeat what follows from faults is left out."""
    for rule in (_slices, _shapes, _periods, _offers, _assets, _policies, _throughput):
        rule(check)


def _setting(frames: Frames, key: str) -> float:
    frame = frames["settings"]
    given = frame.loc[(frame["key"] == key) & frame["value"].notna(), "value"]
    default = next(c.default for c in SETTING_COLUMNS if c.name == key)
    return float(given.iloc[0]) if len(given) else float(default or 0)


def _slices(check: Checked) -> None:
    share = check.frames["slices"]["share_of_hours"]
    if len(share) and share.notna().all() and abs(share.sum() - 1) > SUM_TOLERANCE:
        check.say("slices", None, "share_of_hours", f"the shares sum to {share.sum():.9g}; they must sum to 1")


def shape_sums(frames: Frames) -> pd.DataFrame:
    """(workload, location or blank, total, at): the sum of share of hours x multiplier over the slices.

    For every place that load_shapes names, `at` its first row there. A row of a location goes before
    the one for every location, which goes before 1; so the total is 1 plus what each row adds to
    what it replaces.
    """
    shapes, slices = frames["load_shapes"], frames["slices"]
    share = slices.set_index("slice")["share_of_hours"] if len(slices) else pd.Series({"all": 1.0})
    rows = shapes[["workload", "location", "slice", "multiplier"]].assign(
        share=shapes["slice"].map(share).astype(float), at=range(len(shapes))
    )
    everywhere, own = rows[rows["location"].isna()], rows[rows["location"].notna()]
    before = everywhere.rename(columns={"multiplier": "before"})[["workload", "slice", "before"]]
    own = own.merge(before, on=["workload", "slice"], how="left").fillna({"before": 1.0})

    def added(frame: pd.DataFrame, to: pd.Series | float, by: list[str]) -> pd.DataFrame:
        frame = frame.assign(adds=frame["share"] * (frame["multiplier"] - to))
        return frame.groupby(by, sort=False, as_index=False).agg(adds=("adds", "sum"), at=("at", "min"))

    general = added(everywhere, 1.0, ["workload"])
    mine = added(own, own["before"], ["workload", "location"])
    inherited = mine["workload"].map(general.set_index("workload")["adds"]).astype(float).fillna(0.0)
    mine["adds"] += inherited
    sums = pd.concat([general, mine], ignore_index=True).reindex(columns=["workload", "location", "adds", "at"])
    return sums.assign(total=1.0 + sums["adds"].astype(float))[["workload", "location", "total", "at"]]


def _shapes(check: Checked) -> None:
    shapes = check.frames["load_shapes"]
    if shapes.empty or not check.clean("load_shapes", "slices"):
        return
    sums = shape_sums(check.frames)
    for workload, location, total, at in sums[(sums["total"] - 1).abs() > SUM_TOLERANCE].itertuples(index=False):
        where = "" if pd.isna(location) else f" at {location}"
        message = (
            f"for {workload}{where} share of hours x multiplier sums to {total:.9g} over the slices "
            "(1 where there is no row); it must sum to 1"
        )
        check.say_at("load_shapes", int(at), "multiplier", message)


def _periods(check: Checked) -> None:
    if not check.clean("settings"):
        return
    most = int(_setting(check.frames, "periods"))
    for table, column in (("demand", "period"), ("policies", "from_period"), ("policies", "to_period")):
        values = check.frames[table][column]
        for i in values.index[(values > most).fillna(False).astype(bool)]:
            check.say_at(table, i, column, f"found {values[i]}; allowed is 1 to {most}, the plan's periods")


def _offers(check: Checked) -> None:
    """Devices need hardware, an api a workload."""
    o = check.frames["offers"]
    for column, which in (
        ("hardware", (o["pricing"] != API) & o["pricing"].notna()),
        ("workload", o["pricing"] == API),
    ):
        for i in o.index[which & o[column].isna()]:
            check.say_at("offers", i, column, f"the cell is blank; {o['pricing'][i]} needs a {column}")


def _assets(check: Checked) -> None:
    """Only what is held can be there already."""
    pricing = check.frames["offers"].drop_duplicates("offer").set_index("offer")["pricing"]
    a = check.frames["assets"]
    held_by = a["offer"].map(pricing)
    for i in a.index[held_by.notna() & ~held_by.isin(HELD)]:
        message = f"found {shown(a['offer'][i])}, which is {held_by[i]}; allowed is an offer that is {', '.join(HELD)}"
        check.say_at("assets", i, "offer", message)


def _policies(check: Checked) -> None:
    p = check.frames["policies"]
    backwards = (p["from_period"] > p["to_period"]).fillna(False).astype(bool)
    for i in p.index[backwards]:
        message = f"found {p['to_period'][i]}; allowed is from_period, {p['from_period'][i]}, or later"
        check.say_at("policies", i, "to_period", message)
    share = (p["share_of"] == "total") & ((p["limit"] < 0) | (p["limit"] > 1))
    for i in p.index[share.fillna(False).astype(bool)]:
        message = f"found {p['limit'][i]:g}; allowed is 0 to 1, a share of the total"
        check.say_at("policies", i, "limit", message)
    mean = (p["share_of"] == "total") & (p["measure"] == "latency")
    for i in p.index[mean.fillna(False).astype(bool)]:
        check.say_at("policies", i, "share_of", "found total; latency is a mean, of which there are no shares")


def runnable(frames: Frames) -> pd.DataFrame:
    """(workload, offer) that can run: hardware with throughput, or an api; within the offer's workload and spot's share."""
    o = frames["offers"][["offer", "pricing", "hardware", "workload"]].rename(columns={"workload": "only"})
    through = frames["throughput"][["workload", "hardware"]].dropna().drop_duplicates()
    by_hardware = o[(o["pricing"] != API) & o["hardware"].notna()].merge(through, on="hardware")
    by_hardware = by_hardware[by_hardware["only"].isna() | (by_hardware["only"] == by_hardware["workload"])]
    spot = frames["workloads"].drop_duplicates("workload").set_index("workload")["interruptible_share"].fillna(0.0)
    by_hardware = by_hardware[
        (by_hardware["pricing"] != SPOT) | (by_hardware["workload"].map(spot).astype(float).fillna(0.0) > 0)
    ]
    api = o[(o["pricing"] == API) & o["only"].notna()].assign(workload=lambda x: x["only"])
    return pd.concat([by_hardware, api], ignore_index=True)[["workload", "offer"]]


def why_not_runnable(frames: Frames, workload: str) -> str:
    """Why no offer can run a workload, in words; only for one of which `runnable` has no row."""
    hardware = frames["throughput"].loc[frames["throughput"]["workload"] == workload, "hardware"]
    o = frames["offers"]
    mine = o[o["hardware"].isin(hardware) & (o["pricing"] != API)]
    if hardware.empty:
        return "it has no throughput row, and no api offer serves it"
    if mine.empty:
        return f"no offer has hardware with a throughput row for it ({', '.join(hardware)}), and no api offer serves it"
    free = mine[mine["workload"].isna() | (mine["workload"] == workload)]
    if free.empty:
        return "the offers with hardware for it are restricted to other workloads, and no api offer serves it"
    return "only spot offers have hardware for it, and its interruptible_share is 0"


def unrunnable(frames: Frames) -> pd.DataFrame:
    """First demand row of each workload that has demand and that no offer can run; `must` where all must be served."""
    d, w = frames["demand"], frames["workloads"].set_index("workload")["unserved_penalty_per_unit"]
    asked = d[(d["volume"] > 0) & ~d["workload"].isin(runnable(frames)["workload"])].drop_duplicates("workload")
    return asked.assign(must=asked["workload"].map(w).astype(float).isna())


def _throughput(check: Checked) -> None:
    """Demand that must be served needs something that can run it; with a penalty it is odd, not wrong."""
    if not check.clean("workloads", "demand", "throughput", "hardware", "offers"):
        return
    asked = unrunnable(check.frames)
    for i, workload in asked.loc[asked["must"], "workload"].items():
        message = f"no offer can run {workload}: {why_not_runnable(check.frames, workload)}; add one, or an unserved_penalty_per_unit"
        check.say_at("demand", i, "workload", message)
