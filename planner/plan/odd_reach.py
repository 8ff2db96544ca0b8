"""Odd things of where and when: volume that nothing can serve, offers and rules that reach nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from planner.plan.faults import Notice, nearest
from planner.plan.oddity import NEVER, Check, View, counted, listed, positions
from planner.plan.rules import unrunnable, why_not_runnable
from planner.plan.schema import split_list


def unreachable(v: View) -> Iterator[Notice]:
    """A workload at a location that no site can serve, with the test that emptied the list."""
    w, places = np.nonzero(v.demand.sum(axis=2) > 0)
    left = np.ones((len(w), len(v["sites"])), dtype=bool)
    counts = {}
    for test, passed in v.tests.items():
        left &= passed[w, places]
        counts[test] = left.sum(axis=1)
    # The same story at several locations is told once.
    stories: dict[tuple[int, str], list[int]] = {}
    for i in np.flatnonzero(~left.any(axis=1)):
        stories.setdefault((w[i], _story(v, w[i], {t: int(n[i]) for t, n in counts.items()})), []).append(places[i])
    for (workload, story), where in stories.items():
        names = v.names("locations")[where]
        first = _first_row(v, workload, where[0])
        penalty = v["workloads"]["unserved_penalty_per_unit"].isna()[workload]
        end = "" if penalty else "; its volume will stay unserved"
        message = f"no site can serve {v.names('workloads')[workload]} at {listed(names)}: {story}{end}"
        yield v.notice("demand", first, "location", message)


def _story(v: View, w: int, counts: dict[str, int]) -> str:
    """How many sites are left after each test, up to the one that leaves none."""
    row = v["workloads"].loc[w]
    words = {
        "network": "a network row",
        "latency": f"within {row['max_latency_ms']:g} ms",
        "zone": f"in its zones ({row['allowed_zones']})",
        "certification": f"with its certifications ({row['required_certifications']})",
        "offer": "with an offer that can run it",
    }
    needed = {
        "latency": not pd.isna(row["max_latency_ms"]),
        "zone": bool(split_list(row["allowed_zones"])),
        "certification": bool(split_list(row["required_certifications"])),
    }
    parts, before = [], len(v["sites"])
    for test, n in counts.items():
        if needed.get(test, True):
            start = (
                f"{n} of {counted(before, 'site')} {'has' if n == 1 else 'have'}"
                if test == "network"
                else f"{n} of these"
            )
            parts.append(f"{start} {words[test]}")
        if n == 0:
            break
        before = n
    return ", ".join(parts)


def _first_row(v: View, w: int, place: int) -> int:
    d = v["demand"]
    at = (d["workload"] == v.names("workloads")[w]) & (d["location"] == v.names("locations")[place]) & (d["volume"] > 0)
    return int(np.flatnonzero(at.to_numpy(dtype=bool))[0])


def too_early(v: View) -> Iterator[Notice]:
    """Volume before the first capacity that can serve it is in service."""
    asked = v.demand > 0
    earliest = np.where(v.reach, v.service[:, None, :], NEVER).min(axis=2, initial=NEVER)
    first = np.where(asked.any(axis=2), asked.argmax(axis=2) + 1, NEVER)
    stories: dict[tuple[int, int, int], list[int]] = {}
    for w, place in zip(*np.nonzero((earliest > first) & (earliest < NEVER)), strict=True):
        stories.setdefault((w, first[w, place], earliest[w, place]), []).append(place)
    for (w, asked_from, served_from), where in stories.items():
        names = listed(v.names("locations")[where])
        message = (
            f"{v.names('workloads')[w]} at {names} has volume from period {asked_from}, but the first capacity for it "
            f"can be in service in period {served_from} (lead times, available_from)"
        )
        yield v.notice("demand", _first_row(v, w, where[0]), "period", message)


def unrunnable_workloads(v: View) -> Iterator[Notice]:
    """Volume that no offer can run, where a penalty allows it to stay unserved."""
    if v.runs[v.demand.any(axis=(1, 2))].any(axis=1).all():
        return
    asked = unrunnable(v.plan.tables)
    for i, workload in asked.loc[~asked["must"], "workload"].items():
        message = (
            f"no offer can run {workload}: {why_not_runnable(v.plan.tables, workload)}; its volume will stay unserved"
        )
        yield v.notice("demand", int(i), "workload", message)


def single_site(v: View) -> Iterator[Notice]:
    """A workload that must survive the loss of a site that is its only one."""
    share = v["workloads"]["survive_site_loss_share"].to_numpy(dtype=float)
    asked = v.demand.sum(axis=2) > 0
    sites = (v.reach & asked[:, :, None]).any(axis=1).sum(axis=1)
    for w in np.flatnonzero((share > 0) & asked.any(axis=1) & (sites == 1)):
        message = f"{v.names('workloads')[w]} must survive the loss of any one site, but just one can serve it"
        yield v.notice("workloads", int(w), "survive_site_loss_share", message)


def unknown_needs(v: View) -> Iterator[Notice]:
    """Zones and certifications that a workload asks for and no site has."""
    have = {
        "allowed_zones": set(v["sites"]["zone"].dropna()),
        "required_certifications": {c for cell in v["sites"]["certifications"] for c in split_list(cell)},
    }
    for column, known in have.items():
        for i, cell in v["workloads"][column].dropna().items():
            for item in split_list(cell):
                if item not in known:
                    what = "is the zone of no site" if column == "allowed_zones" else "is held by no site"
                    yield v.notice("workloads", int(i), column, f"{item!r} {what}{nearest(item, known)}")


def spot_share(v: View) -> Iterator[Notice]:
    """An interruptible share that no spot offer can take up."""
    w, o = v["workloads"], v["offers"]
    spot = (v.runs & (o["pricing"] == "spot").to_numpy()[None, :]).any(axis=1)
    for i in np.flatnonzero((w["interruptible_share"].to_numpy(dtype=float) > 0) & ~spot):
        message = f"{w['workload'][i]} may use spot, but no spot offer can run it"
        yield v.notice("workloads", int(i), "interruptible_share", message)


def useless_offers(v: View) -> Iterator[Notice]:
    """Offers that can never be used, and why."""
    o, asked = v["offers"], v.demand.sum(axis=2) > 0
    site = positions(o["site"], v["sites"]["site"])
    others = {k: t for k, t in v.tests.items() if k != "offer"}
    may = (np.stack(list(others.values())).all(axis=0) & asked[:, :, None]).any(axis=1)  # (W, S)
    linked = np.isin(np.arange(len(v["sites"])), positions(v["network"]["site"], v["sites"]["site"]))
    held = set(v.assets.loc[v.assets["last"] >= 1, "offer_at"])
    for i, first in enumerate(v.first_service):
        runs = v.runs[:, i] & asked.any(axis=1)
        if first > v.periods and i not in held:
            why, column = (
                f"it could be in service in period {first} at the earliest; the plan has {v.periods}",
                "lead_time_months",
            )
            if o["lead_time_months"][i] == 0:
                column = "available_from"
        elif not runs.any():
            needs = "throughput, interruptible_share" if o["pricing"][i] == "spot" else "throughput"
            why, column = f"it can run no workload that has demand ({needs})", "hardware"
        elif not linked[site[i]]:
            why, column = f"its site {o['site'][i]} has no network row", "site"
        elif not (runs & may[:, site[i]]).any():
            why, column = (
                f"its site {o['site'][i]} can serve none of the workloads that it can run (latency, zone, certification)",
                "site",
            )
        else:
            continue
        yield v.notice("offers", i, column, f"{o['offer'][i]} can never be used: {why}")


def empty_scopes(v: View) -> Iterator[Notice]:
    """Policies whose scope matches nothing that the plan could do."""
    o, s, w = v["offers"], v["sites"], v["workloads"]
    site = positions(o["site"], s["site"])

    def among(cell: object, values: pd.Series) -> np.ndarray:
        items = split_list(cell)
        return values.isin(items).to_numpy(dtype=bool) if items else np.ones(len(values), dtype=bool)

    for i, p in v["policies"].iterrows():
        sites = (
            among(p["provider"], s["provider"])
            & among(p["site"], s["site"])
            & among(p["site_kind"], s["kind"])
            & among(p["zone"], s["zone"])
        )
        offers = sites[site] & among(p["pricing"], o["pricing"]) & among(p["offer"], o["offer"])
        workloads = among(p["workload"], w["workload"]) & among(p["team"], w["team"])
        by_offer = p[["pricing", "offer"]].notna().any()
        by_workload = p[["workload", "team"]].notna().any()
        found = offers.any() if by_offer or p["measure"] != "open_sites" else sites.any()
        if by_workload and found and p["measure"] != "open_sites":
            found = bool(v.runs[np.ix_(workloads, offers)].any())
        if not found:
            effect = "a min that nothing can meet" if p["sense"] == "min" and p["limit"] > 0 else "it has no effect"
            yield v.notice("policies", int(i), "", f"the scope of {p['policy']} matches nothing: {effect}")


CHECKS: tuple[Check, ...] = (
    unrunnable_workloads,
    unreachable,
    too_early,
    single_site,
    unknown_needs,
    spot_share,
    useless_offers,
    empty_scopes,
)
