"""The pilot's answer by arithmetic alone: no solver, nothing of the model, only its tables."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.plan.plan import Plan


@dataclass(frozen=True)
class Layers:
    """The n-th device of a load: the share of hours in which it works, and what it costs and saves."""

    load: dict[str, float]
    """Devices that the load keeps busy, by slice."""
    rows: pd.DataFrame
    """One row a layer: layer, share_of_hours, and the columns of the comparison."""


@dataclass(frozen=True)
class ByHand:
    """Every step of docs/pilot.md. Money in USD over the year, nominal and undiscounted."""

    hours: float
    useful: dict[str, float]
    boston: Layers
    break_even: float
    committed: int
    boston_cost: dict[str, float]
    berlin: Layers
    affordable: int
    owned: dict[int, int]
    """Own devices in service by period."""
    berlin_cost: dict[str, float]
    total: float


def by_hand(plan: Plan) -> ByHand:
    """Work the pilot out layer by layer.

    Committing pays for a layer that works more of the hours than committed price / on-demand price;
    owning pays for a layer whose saved rent exceeds the value lost and the keep of the device.
    """
    settings = plan.settings
    hours, periods = settings.hours, settings.periods
    share = plan.table("slices").set_index("slice")["share_of_hours"]
    workloads = plan.table("workloads").set_index("workload")
    rate = plan.table("throughput").set_index("workload")["units_per_hour"]
    useful = {str(w): float(rate[w] * workloads["max_utilization"][w]) for w in workloads.index}
    demand = plan.table("demand").groupby(["workload", "location"])["volume"].first()
    shapes = plan.table("load_shapes").set_index(["workload", "slice"])["multiplier"]
    offers = plan.table("offers").set_index("offer")

    def load(workload: str, location: str) -> pd.Series:
        flat = demand[workload, location] / hours / useful[workload]
        return pd.Series({b: flat * shapes.get((workload, b), 1.0) for b in share.index})

    def works(busy: pd.Series, layer: int) -> float:
        """Share of hours in which the layer works."""
        return float((share * (busy - layer + 1).clip(0, 1)).sum())

    # Boston: commit to the layers that work more than the break-even share of hours.
    boston = load("assistant", "boston")
    on_demand, committed_price = (float(offers["price_per_hour"][o]) for o in ("aws-on-demand", "aws-1y"))
    break_even = committed_price / on_demand
    layers = pd.DataFrame({"layer": range(1, 6)})
    layers["share_of_hours"] = [works(boston, n) for n in layers["layer"]]
    layers["on_demand_a_year"] = layers["share_of_hours"] * hours * periods * on_demand
    layers["committed_a_year"] = committed_price * hours * periods
    committed = int((layers["share_of_hours"] > break_even).sum())
    above = float((share * (boston - committed).clip(lower=0)).sum()) * hours * periods
    boston_cost = {
        "committed": committed * committed_price * hours * periods,
        "on demand": above * on_demand,
    }

    # Berlin: half of the reports on spot, own the layers that pay, rent what is above.
    spot_share = float(workloads["interruptible_share"]["reports"])
    reports = load("reports", "berlin")
    berlin = load("assistant", "berlin") + reports * (1 - spot_share)
    rent = float(offers["price_per_hour"]["nebius-on-demand"])
    own, device, site = (
        offers.loc["own-h100"],
        plan.table("hardware").iloc[0],
        plan.table("sites").set_index("site").loc["own-stockholm"],
    )
    purchase = float(own["purchase_price"])
    per_kwh = float(site["pue"] * site["electricity_price_per_kwh"])
    idle = float(device["idle_power_kw"]) * per_kwh
    running = float(device["power_kw"] - device["idle_power_kw"]) * per_kwh

    def keep(quarters: int) -> float:
        """Value lost and keep of one own device over some quarters of service, before it runs."""
        years = quarters / 4
        lost = purchase * (1 - (1 - float(own["annual_value_loss"])) ** years)
        space = float(device["power_kw"] * site["space_price_per_kw_month"]) * 3 * quarters
        return lost + purchase * float(own["maintenance_rate"]) * years + space + idle * hours * quarters

    rows = pd.DataFrame({"layer": range(1, 6)})
    rows["share_of_hours"] = [works(berlin, n) for n in rows["layer"]]
    for quarters in (3, 2):
        rows[f"saved_{quarters}"] = rows["share_of_hours"] * hours * quarters * (rent - running)
        rows[f"kept_{quarters}"] = keep(quarters)
    limit = float(plan.table("policies")["limit"].iloc[0])
    affordable = int(limit // purchase)
    wanted = int((rows["saved_3"] > rows["kept_3"]).sum())
    first = min(affordable, wanted)
    later = min(affordable, int((rows["saved_2"] > rows["kept_2"]).sum()) - first)
    owned = {1: 0, 2: first, 3: first + later, 4: first + later}
    rented = sum(float((share * (berlin - n).clip(lower=0)).sum()) for n in owned.values()) * hours
    own_hours = sum(float((share * berlin.clip(upper=n)).sum()) for n in owned.values()) * hours
    spot = offers.loc["nebius-spot"]
    spot_hours = float((share * reports).sum()) * spot_share / (1 - float(spot["overhead_share"])) * hours * periods
    berlin_cost = {
        "own devices": first * keep(3) + later * keep(2) + own_hours * running,
        "GPU cloud on demand": rented * rent,
        "spot": spot_hours * float(spot["price_per_hour"]),
    }
    return ByHand(
        hours,
        useful,
        Layers({str(b): float(x) for b, x in boston.items()}, layers),
        break_even,
        committed,
        boston_cost,
        Layers({str(b): float(x) for b, x in berlin.items()}, rows),
        affordable,
        owned,
        berlin_cost,
        sum(boston_cost.values()) + sum(berlin_cost.values()),
    )
