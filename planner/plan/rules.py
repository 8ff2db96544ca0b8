"""Rules of a plan that reach over several cells, one function a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from planner.plan.faults import shown
from planner.plan.tables import API, HELD, SETTING_COLUMNS, SPOT

Frames = Mapping[str, pd.DataFrame]
Say = Callable[[str, int | None, str, str], None]
SUM_TOLERANCE = 1e-6


def check_rules(frames: Frames, rows: Mapping[str, list[int]], say: Say) -> None:
    """Every rule over frames in canonical types; `rows` are row numbers as people count them."""
    for rule in (_slices, _shapes, _periods, _offers, _assets, _policies, _throughput):
        rule(frames, rows, say)


def _setting(frames: Frames, key: str) -> float:
    frame = frames["settings"]
    given = frame.loc[(frame["key"] == key) & frame["value"].notna(), "value"]
    default = next(c.default for c in SETTING_COLUMNS if c.name == key)
    return float(given.iloc[0]) if len(given) else float(default or 0)


def _slices(frames: Frames, rows: Mapping[str, list[int]], say: Say) -> None:
    share = frames["slices"]["share_of_hours"]
    if len(share) and share.notna().all() and abs(share.sum() - 1) > SUM_TOLERANCE:
        say("slices", None, "share_of_hours", f"the shares sum to {share.sum():.6g}; they must sum to 1")


def _shapes(frames: Frames, rows: Mapping[str, list[int]], say: Say) -> None:
    """For each workload and location the sum of share x multiplier is 1."""
    shapes, slices = frames["load_shapes"], frames["slices"]
    if shapes.empty or slices.empty or slices["share_of_hours"].isna().any() or shapes["multiplier"].isna().any():
        return
    share = slices.drop_duplicates("slice").set_index("slice")["share_of_hours"]
    for workload, mine in shapes.groupby("workload", sort=False):
        general = mine[mine["location"].isna()].drop_duplicates("slice").set_index("slice")["multiplier"]
        places: list[object] = ([None] if len(general) else []) + list(mine["location"].dropna().unique())
        for place in places:
            own = mine[mine["location"] == place] if place is not None else mine.iloc[:0]
            own = own.drop_duplicates("slice").set_index("slice")["multiplier"]
            used = own.reindex(share.index).fillna(general.reindex(share.index)).fillna(1.0)
            total = float((share * used).sum())
            if abs(total - 1) > SUM_TOLERANCE:
                at = mine.index[mine["location"].isna() if place is None else mine["location"] == place][0]
                where = "" if place is None else f" at {place}"
                message = f"for {workload}{where} share of hours x multiplier sums to {total:.6g} over the slices; it must sum to 1"
                say("load_shapes", rows["load_shapes"][at], "multiplier", message)


def _periods(frames: Frames, rows: Mapping[str, list[int]], say: Say) -> None:
    most = int(_setting(frames, "periods"))
    for table, column in (("demand", "period"), ("policies", "from_period"), ("policies", "to_period")):
        values = frames[table][column]
        for i in values.index[(values > most).fillna(False).astype(bool)]:
            say(table, rows[table][i], column, f"found {values[i]}; the plan has {most} periods")


def _offers(frames: Frames, rows: Mapping[str, list[int]], say: Say) -> None:
    o = frames["offers"]
    for column, which in (
        ("hardware", (o["pricing"] != API) & o["pricing"].notna()),
        ("workload", o["pricing"] == API),
    ):
        for i in o.index[which & o[column].isna()]:
            say("offers", rows["offers"][i], column, f"the cell is blank; {o['pricing'][i]} needs a {column}")


def _assets(frames: Frames, rows: Mapping[str, list[int]], say: Say) -> None:
    pricing = frames["offers"].drop_duplicates("offer").set_index("offer")["pricing"]
    a = frames["assets"]
    held_by = a["offer"].map(pricing)
    for i in a.index[held_by.notna() & ~held_by.isin(HELD)]:
        say(
            "assets",
            rows["assets"][i],
            "offer",
            f"found {shown(a['offer'][i])}, which is {held_by[i]}; allowed is an offer that is {', '.join(HELD)}",
        )


def _policies(frames: Frames, rows: Mapping[str, list[int]], say: Say) -> None:
    p = frames["policies"]
    backwards = (p["from_period"] > p["to_period"]).fillna(False).astype(bool)
    for i in p.index[backwards]:
        say(
            "policies",
            rows["policies"][i],
            "to_period",
            f"found {p['to_period'][i]}, before from_period {p['from_period'][i]}",
        )
    share = (p["share_of"] == "total") & ((p["limit"] < 0) | (p["limit"] > 1))
    for i in p.index[share.fillna(False).astype(bool)]:
        say("policies", rows["policies"][i], "limit", f"found {p['limit'][i]:g}; a share of the total is from 0 to 1")


def runnable(frames: Frames) -> pd.DataFrame:
    """(workload, offer) that can run: hardware with throughput, or an api, where no other workload owns the offer."""
    o = frames["offers"][["offer", "pricing", "hardware", "workload"]].rename(columns={"workload": "only"})
    through = frames["throughput"][["workload", "hardware"]].dropna()
    by_hardware = o[o["pricing"] != API].merge(through, on="hardware")
    by_hardware = by_hardware[by_hardware["only"].isna() | (by_hardware["only"] == by_hardware["workload"])]
    spot = frames["workloads"].set_index("workload")["interruptible_share"].fillna(0.0)
    by_hardware = by_hardware[(by_hardware["pricing"] != SPOT) | (by_hardware["workload"].map(spot).fillna(0) > 0)]
    api = o[(o["pricing"] == API) & o["only"].notna()].assign(workload=lambda x: x["only"])
    return pd.concat([by_hardware, api], ignore_index=True)[["workload", "offer"]]


def _throughput(frames: Frames, rows: Mapping[str, list[int]], say: Say) -> None:
    """Demand that must be served needs something that can run it."""
    d, w = frames["demand"], frames["workloads"].drop_duplicates("workload").set_index("workload")
    if frames["offers"].empty or d.empty:
        return
    can = set(runnable(frames)["workload"])
    asked = d[(d["volume"] > 0) & d["workload"].isin(w.index) & ~d["workload"].isin(can)].drop_duplicates("workload")
    must = w["unserved_penalty_per_unit"].isna().reindex(asked["workload"]).to_numpy(dtype=bool)
    for i in asked.index[np.asarray(must)]:
        name = d["workload"][i]
        message = f"{name} has demand, but no offer can run it: no throughput row for the hardware of any offer, and no api offer for it"
        say("demand", rows["demand"][i], "workload", message)
