"""Sites: power, room for devices, open when used; workloads hosted where that costs."""

from __future__ import annotations

import pandas as pd

from planner.result.verify.case import RENTED, Case, Findings, lookup, side_by_side

KEYS = ["site", "period"]


def check_sites(case: Case, say: Findings) -> None:
    """Power, devices, opening, deployment."""
    _power(case, say)
    _devices(case, say)
    _open(case, say)
    _hosted(case, say)


def _power(case: Case, say: Findings) -> None:
    h = case.held.assign(kw=case.held["devices_in_service"] * case.held["hw_power_kw"])
    x = h.groupby(KEYS, as_index=False).agg(kw=("kw", "sum"), limit=("site_power_capacity_kw", "first"))
    say.at_most("power", x, "kw", "limit", KEYS, "Installed IT power is {found} kW, the site has {other}")


def _devices(case: Case, say: Findings) -> None:
    held = case.held.groupby(KEYS, as_index=False)["devices_in_service"].sum()
    d = case.dispatch[case.dispatch["pricing"].isin(RENTED)]
    rented = d.groupby([*KEYS, "slice"], as_index=False)["device_hours"].sum()
    rented["rented"] = rented["device_hours"] / lookup(rented["slice"], case.slice_hours)
    most = rented.groupby(KEYS, as_index=False)["rented"].max()
    x = side_by_side(held, most, KEYS)
    x["devices"] = x["devices_in_service"] + x["rented"]
    x["limit"] = lookup(x["site"], case.sites["max_devices"])
    say.at_most("room", x, "devices", "limit", KEYS, "Devices at the site are {found}, allowed are {other}")


def _costly(case: Case) -> pd.Series:
    """Which sites cost something while they are open or to open."""
    s = case.sites
    return (s["opening_cost"] + s["fixed_cost_per_month"] + s["security_cost_per_month"]) > 0


def _used(case: Case) -> pd.DataFrame:
    serving = case.frames["routing"].loc[case.frames["routing"]["volume"] > 1e-6, KEYS]
    holding = case.held.loc[case.held["devices_in_service"] > 1e-6, KEYS]
    return pd.concat([serving, holding], ignore_index=True).drop_duplicates()


def _open(case: Case, say: Findings) -> None:
    is_open = case.frames["sites"]
    costly = _costly(case)
    used = _used(case)
    used = used[lookup(used["site"], costly).astype(bool)]
    x = used.merge(is_open[KEYS].assign(open=True), on=KEYS, how="left")
    say.none("closed", x[x["open"].isna()], KEYS, "{site} is used in period {period}, but is not open.")
    early = is_open[is_open["period"] < lookup(is_open["site"], case.sites["available_from"]).astype(int)]
    say.none("open early", early, KEYS, "{site} is open in period {period}, before it is available.")
    a = case.assets
    had = set(case.offers.loc[a.loc[a["first"] == 1, "offer"], "site"])
    _starts(is_open.rename(columns={"opened": "flag"}), ["site"], had, say, "opening")


def _starts(frame: pd.DataFrame, who: list[str], before: set, say: Findings, kind: str) -> None:
    """A start is flagged exactly when the period before was off."""
    x = frame.sort_values([*who, "period"])
    gap = x.groupby(who)["period"].diff().fillna(99) != 1
    at_start = (x["period"] == 1) & x[who[0]].isin(before) if before else pd.Series(False, index=x.index)
    expected = gap & ~at_start
    wrong = x[expected.astype(int) != x["flag"]]
    for row in wrong.head(5).itertuples():
        say.say(
            kind,
            f"The {kind} of {' at '.join(str(getattr(row, w)) for w in who)} in period {row.period} is flagged wrongly.",
        )


def _hosted(case: Case, say: Findings) -> None:
    hosted = case.frames["deployments"]
    r = case.frames["routing"]
    r = r[r["volume"] > 1e-6][["workload", "site", "period"]].drop_duplicates()
    storage = lookup(r["workload"], case.workloads["storage_gb"]) * lookup(
        r["site"], case.sites["storage_price_per_gb_month"]
    )
    costs = storage + lookup(r["workload"], case.workloads["deployment_cost_per_site"])
    x = r[costs > 0].merge(hosted.assign(there=True), on=["workload", "site", "period"], how="left")
    say.none(
        "not deployed",
        x[x["there"].isna()],
        ["workload", "site", "period"],
        "{workload} runs at {site} in period {period}, where it is not deployed.",
    )
    _starts(hosted.rename(columns={"started": "flag"}), ["workload", "site"], set(), say, "deployment")
