"""A second, dumb formulation of a plan: one stage, loops, one PuLP variable at a time, for tiny plans.

Written from docs/plan-format.md alone, to be compared with the model: the least cost must agree.
Volume goes from a location straight to an offer (the model sends it to a site first), devices are
kept by vintage, and every amount of money or carbon is one row of a list, from which the objective
and the policies are summed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pulp

from planner.plan.plan import Plan
from planner.plan.schema import split_list

MOST = 60.0
"""More devices than any tiny plan has use for."""

LEAST = 1e-4
"""Share of its possible traffic that a port must carry to be paid."""


@dataclass
class Amount:
    """An amount that depends on the plan's decisions: what causes it, and the measure that it counts in."""

    measure: str
    period: int
    site: str
    offer: str
    workload: str
    value: Any


def least_cost(plan: Plan) -> float:
    """The least cost of a tiny plan, to the solver's last digits; infinity when nothing is feasible."""
    return _Second(plan).solve()


def _records(plan: Plan, table: str) -> list[dict]:
    frame = plan.table(table)
    return [{k: (None if pd.isna(v) else v) for k, v in row.items()} for row in frame.to_dict("records")]


class _Second:
    def __init__(self, plan: Plan) -> None:
        x = plan.settings
        self.x, self.T, self.m, self.H = x, range(1, x.periods + 1), x.months_per_period, x.hours
        shift = {"start": 0, "mid": 0.5, "end": 1}[x.discount_timing]
        self.discount = {t: (1 + x.discount_rate) ** -((t - 1 + shift) * self.m / 12) for t in self.T}
        self.workloads = {r["workload"]: r for r in _records(plan, "workloads")}
        self.sites = {r["site"]: r for r in _records(plan, "sites")}
        self.hardware = {r["hardware"]: r for r in _records(plan, "hardware")}
        self.offers = {r["offer"]: r for r in _records(plan, "offers")}
        self.links = {(r["site"], r["location"]): r for r in _records(plan, "network")}
        self.assets = _records(plan, "assets")
        self.policies = _records(plan, "policies")
        self.share = {r["slice"]: r["share_of_hours"] for r in _records(plan, "slices")}
        self.speed = {(r["workload"], r["hardware"]): r["units_per_hour"] for r in _records(plan, "throughput")}
        shapes = {(r["workload"], r["location"], r["slice"]): r["multiplier"] for r in _records(plan, "load_shapes")}
        self.D: dict[tuple, float] = {}
        for r in _records(plan, "demand"):
            for b, share in self.share.items():
                w, place = r["workload"], r["location"]
                shape = shapes.get((w, place, b), shapes.get((w, None, b), 1.0))
                self.D[w, place, r["period"], b] = r["volume"] * share * shape
        self.lp = pulp.LpProblem("second", pulp.LpMinimize)
        self.names = 0
        self.money: list[tuple[int, str, Any]] = []  # period, cash kind, amount: the objective
        self.amounts: list[Amount] = []
        self.counted = any(p["measure"] == "open_sites" for p in self.policies)

    def var(self, high: float | None = None, whole: bool = False) -> pulp.LpVariable:
        self.names += 1
        return self.lp.add_variable(f"v{self.names}", 0, high, pulp.LpInteger if whole else pulp.LpContinuous)

    def pay(self, cash: str, t: int, site: str, offer: str, workload: str, value: Any) -> None:
        self.money.append((t, cash, value))
        if cash != "non_cash":
            self.amounts.append(Amount(cash, t, site, offer, workload, value))

    def price_at(self, o: dict, t: int) -> float:
        return (1 + o["annual_price_change"]) ** ((t - 1) * self.m / 12)

    def solve(self) -> float:
        self.places()
        self.devices()
        self.volume()
        self.limits()
        self.energy()
        for lost in self.sites:
            self.loss(lost)
        self.rules()
        self.lp += pulp.lpSum(self.discount[t] * value for t, _, value in self.money)
        self.lp.solve(pulp.HiGHS(msg=False, threads=1, gapRel=0, mip_abs_gap=1e-9, mip_feasibility_tolerance=1e-9))
        if self.lp.sol_status != pulp.LpSolutionOptimal:
            return math.inf
        return float(pulp.value(self.lp.objective) or 0.0)

    # Places: sites open, workloads hosted, ports on.

    def places(self) -> None:
        held_before = {
            self.offers[a["offer"]]["site"] for a, first, last, _ in self.there() if first == 1 and last >= 1
        }
        self.open: dict[tuple, Any] = {}
        for s, row in self.sites.items():
            dear = row["opening_cost"] + row["fixed_cost_per_month"] + row["security_cost_per_month"] > 0
            if not (dear or self.counted):
                continue
            before: Any = 1 if s in held_before else 0
            for t in self.T:
                y = self.open[s, t] = self.var(1 if t >= row["available_from"] else 0, whole=True)
                z = self.start(y, before)
                self.pay("capex", t, s, "", "", z * row["opening_cost"])
                self.pay("opex", t, s, "", "", y * self.m * row["fixed_cost_per_month"])
                self.pay("opex", t, s, "", "", y * self.m * row["security_cost_per_month"])
                self.amounts.append(Amount("open_sites", t, s, "", "", y))
                before = y
        self.host: dict[tuple, Any] = {}
        for w, work in self.workloads.items():
            for s, row in self.sites.items():
                storage = work["storage_gb"] * row["storage_price_per_gb_month"]
                if storage + work["deployment_cost_per_site"] <= 0 or not self.could_run(w, s):
                    continue
                before = 0
                for t in self.T:
                    v = self.host[w, s, t] = self.var(1, whole=True)
                    start = self.start(v, before)
                    self.pay("opex", t, s, "", w, v * storage * self.m)
                    self.pay("opex", t, s, "", w, start * work["deployment_cost_per_site"])
                    before = v
        self.port: dict[tuple, Any] = {}
        for (s, place), link in self.links.items():
            if link["port_price_per_month"] > 0:
                for t in self.T:
                    p = self.port[s, place, t] = self.var(1, whole=True)
                    self.pay("opex", t, s, "", "", p * link["port_price_per_month"] * self.m)

    def could_run(self, w: str, s: str) -> bool:
        """Whether a site is ever of use to a workload: no policy makes it deployed where it cannot run."""
        mine = [o for o, row in self.offers.items() if row["site"] == s]
        near = [place for site, place in self.links if site == s]
        return any(self.may(w, place, o, self.T[-1]) for o in mine for place in near)

    def start(self, on: Any, before: Any) -> Any:
        """1 exactly where something is on that was off before: not paid for nothing, whatever a policy would like."""
        z = self.var(1)
        self.lp += z >= on - before
        self.lp += z <= on
        self.lp += z <= 1 - before
        return z

    # Devices, by vintage.

    def whole(self, months: float) -> int:
        return math.ceil(months / self.m - 1e-9)

    def there(self) -> Iterator[tuple[dict, int, int, int]]:
        """Assets with first and last period in service, and months of service before the plan."""
        start = pd.Period(self.x.start, freq="M")
        for a in self.assets:
            row = self.offers[a["offer"]]
            since = (start - pd.Period(a["in_service"], freq="M")).n
            months = row["useful_life_months"] if row["pricing"] == "owned" else row["term_months"]
            age, first = max(since, 0), 1 + self.whole(max(-since, 0))
            yield a, first, first - 1 + self.whole(months - age), age

    def devices(self) -> None:
        self.N: dict[tuple, Any] = defaultdict(float)  # (offer, period): devices in service
        last = self.T[-1]
        for o, row in self.offers.items():
            if row["pricing"] not in ("committed", "leased", "owned"):
                continue
            life = self.whole(row["useful_life_months"] if row["pricing"] == "owned" else row["term_months"])
            vintages: list[tuple] = []  # first, natural last, devices, ordered, age, asset
            for t in self.T:
                first = t + self.whole(row["lead_time_months"])
                if t >= row["available_from"] and first <= last and first >= self.sites[row["site"]]["available_from"]:
                    vintages.append((first, first + life - 1, self.var(MOST, whole=True), t, 0, False))
            for a, first, end, age in self.there():
                if a["offer"] == o and end >= first and first <= last:
                    vintages.append((first, end, a["devices"], 0, age, True))
            for vintage in vintages:
                (self.own if row["pricing"] == "owned" else self.term)(row, life, *vintage)
            for t in self.T:
                n, site, only = self.N[o, t], row["site"], row["workload"] or ""
                hw = self.hardware[row["hardware"]]
                months = self.m
                self.pay("opex", t, site, o, only, n * row["maintenance_rate"] * row["purchase_price"] * months / 12)
                self.pay("opex", t, site, o, only, n * row["license_price_per_month"] * months)
                self.pay(
                    "opex", t, site, o, only, n * row["fte_per_device"] * self.x.labour_cost_per_fte_year * months / 12
                )
                space = self.sites[site]["space_price_per_kw_month"]
                self.pay("opex", t, site, o, only, n * hw["power_kw"] * space * months)
                self.amounts.append(Amount("devices", t, site, o, only, n))
                if row["max_devices"] is not None:
                    self.lp += n <= row["max_devices"]
                if (site, t) in self.open:
                    self.lp += n <= MOST * 3 * self.open[site, t]

    def term(self, row: dict, life: int, first: int, end: int, n: Any, ordered: int, age: int, asset: bool) -> None:
        o, s, only, last = row["offer"], row["site"], row["workload"] or "", self.T[-1]
        for t in range(first, min(end, last) + 1):
            self.N[o, t] += n
            hourly = row["price_per_hour"] * (1 if asset else self.price_at(row, first))
            self.pay("opex", t, s, o, only, n * hourly * self.H)
        if not asset:
            self.pay("opex", first, s, o, only, n * row["upfront_price"])
            self.pay("opex", last, s, o, only, -n * row["upfront_price"] * max(end - last, 0) / life)

    def own(self, row: dict, life: int, first: int, end: int, n: Any, ordered: int, age: int, asset: bool) -> None:
        o, s, only, last = row["offer"], row["site"], row["workload"] or "", self.T[-1]
        paid = row["purchase_price"] * (1 if asset else self.price_at(row, ordered))
        if not asset:
            self.pay("capex", ordered, s, o, only, n * paid)

        def worth(periods: int) -> float:
            months = age + periods * self.m
            if row["annual_value_loss"] is None:
                return paid * max(0.0, 1 - months / row["useful_life_months"])
            return paid * (1 - row["annual_value_loss"]) ** (months / 12)

        before = n
        for t in range(first, min(end, last) + 1):
            if t > first or age > 0:
                kept = self.var()
                self.lp += kept <= before
                self.pay("capex", t, s, o, only, (before - kept) * -worth(t - first))
            else:
                kept = before
            self.N[o, t] += kept
            before = kept
        stop = min(end, last)
        self.pay("capex", min(stop + 1, last), s, o, only, before * -worth(stop - first + 1))

    # Volume: location straight to offer.

    def may(self, w: str, place: str, o: str, t: int) -> bool:
        work, row = self.workloads[w], self.offers[o]
        site, link = self.sites[row["site"]], self.links.get((row["site"], place))
        if link is None or (work["max_latency_ms"] is not None and link["latency_ms"] > work["max_latency_ms"]):
            return False
        zones = split_list(work["allowed_zones"])
        if zones and site["zone"] not in zones:
            return False
        if not set(split_list(work["required_certifications"])) <= set(split_list(site["certifications"])):
            return False
        if row["workload"] not in (None, w) or t < site["available_from"]:
            return False
        if row["pricing"] == "api":
            return t >= row["available_from"] + self.whole(row["lead_time_months"])
        if row["pricing"] in ("on_demand", "spot") and t < row["available_from"] + self.whole(row["lead_time_months"]):
            return False
        return (w, row["hardware"]) in self.speed

    def hours_per_unit(self, w: str, o: str) -> float:
        row = self.offers[o]
        if row["pricing"] == "api":
            return 0.0
        rate = self.speed[w, row["hardware"]] * self.workloads[w]["max_utilization"] * (1 - row["overhead_share"])
        return 1 / rate

    def volume(self) -> None:
        self.X: dict[tuple, Any] = {}
        for (w, place, t, b), demand in self.D.items():
            work, served = self.workloads[w], []
            for o, row in self.offers.items():
                if not self.may(w, place, o, t):
                    continue
                s, link = row["site"], self.links[row["site"], place]
                x = self.X[w, place, o, t, b] = self.var()
                served.append(x)
                for switch in (self.open.get((s, t)), self.host.get((w, s, t)), self.port.get((s, place, t))):
                    if switch is not None:
                        self.lp += x <= demand * switch
                self.amounts.append(Amount("volume", t, s, o, w, x))
                self.amounts.append(Amount("latency", t, s, "", w, x * link["latency_ms"]))
                out = work["egress_gb_per_unit"] * link["egress_price_per_gb"]
                into = work["ingress_gb_per_unit"] * link["ingress_price_per_gb"]
                self.pay("opex", t, s, "", w, x * (out + into))
                lost = (1 - self.sites[s]["availability"]) * work["downtime_cost_per_unit"]
                self.pay("non_cash", t, s, "", w, x * lost)
                if row["pricing"] == "api":
                    self.pay("opex", t, s, o, w, x * row["price_per_unit"] * self.price_at(row, t))
                elif row["pricing"] in ("on_demand", "spot"):
                    hours = x * self.hours_per_unit(w, o)
                    self.pay("opex", t, s, o, w, hours * row["price_per_hour"] * self.price_at(row, t))
                    self.amounts.append(Amount("devices", t, s, o, w, hours * (1 / self.H)))
            penalty = work["unserved_penalty_per_unit"]
            if penalty is not None:
                u = self.var()
                served.append(u)
                slowest = max((link["latency_ms"] for link in self.links.values()), default=0.0)
                self.amounts.append(Amount("latency", t, "", "", w, u * slowest))
                self.pay("non_cash", t, "", "", w, u * penalty)
            self.lp += pulp.lpSum(served) == demand

        for (s, place, t), p in self.port.items():
            at = [k for k in self.X if (k[1], k[3]) == (place, t) and self.offers[k[2]]["site"] == s]
            most = sum({(k[0], k[4]): self.D[k[0], k[1], k[3], k[4]] for k in at}.values())
            # A port that carries nothing is not paid, though a policy may reward spending.
            self.lp += pulp.lpSum(self.X[k] for k in at) >= p * (LEAST * most if most else 1.0)

    def used(self, x: dict[tuple, Any], o: str, t: int, b: str) -> Any:
        return pulp.lpSum(v * self.hours_per_unit(k[0], o) for k, v in x.items() if k[2:] == (o, t, b))

    def capacity(self, x: dict[tuple, Any], gone: str = "") -> None:
        """Limits on use that hold in every slice, with or without a site that is lost."""
        for t in self.T:
            for b, share in self.share.items():
                hours = share * self.H
                for o, row in self.offers.items():
                    if row["site"] == gone:
                        continue
                    if row["pricing"] == "api":
                        if row["max_units_per_hour"] is not None:
                            total = pulp.lpSum(v for k, v in x.items() if k[2:] == (o, t, b))
                            self.lp += total <= row["max_units_per_hour"] * hours
                    elif row["pricing"] in ("on_demand", "spot"):
                        if row["max_devices"] is not None:
                            self.lp += self.used(x, o, t, b) <= row["max_devices"] * hours
                    else:
                        self.lp += self.used(x, o, t, b) <= self.N[o, t] * hours
                for s, site in self.sites.items():
                    if s == gone or site["max_devices"] is None:
                        continue
                    mine = [o for o in self.offers.values() if o["site"] == s]
                    rented = [o["offer"] for o in mine if o["pricing"] in ("on_demand", "spot")]
                    held = pulp.lpSum(self.N[o["offer"], t] for o in mine)
                    self.lp += pulp.lpSum(self.used(x, o, t, b) for o in rented) <= hours * (site["max_devices"] - held)
                for w, work in self.workloads.items():
                    total = sum(d for k, d in self.D.items() if (k[0], k[2], k[3]) == (w, t, b))
                    spot = [
                        v
                        for k, v in x.items()
                        if (k[0], k[3], k[4]) == (w, t, b) and self.offers[k[2]]["pricing"] == "spot"
                    ]
                    if spot:
                        self.lp += pulp.lpSum(spot) <= work["interruptible_share"] * total

    def limits(self) -> None:
        self.capacity(self.X)
        for t in self.T:
            for s, site in self.sites.items():
                if site["power_capacity_kw"] is not None:
                    mine = [o for o in self.offers.values() if o["site"] == s and o["pricing"] != "api"]
                    kw = pulp.lpSum(self.N[o["offer"], t] * self.hardware[o["hardware"]]["power_kw"] for o in mine)
                    self.lp += kw <= site["power_capacity_kw"]
            for (s, place), link in self.links.items():
                if link["bandwidth_gbps"] is None:
                    continue
                for b, share in self.share.items():
                    moved = pulp.lpSum(
                        v
                        * 8
                        * (self.workloads[k[0]]["egress_gb_per_unit"] + self.workloads[k[0]]["ingress_gb_per_unit"])
                        for k, v in self.X.items()
                        if (k[1], k[3], k[4]) == (place, t, b) and self.offers[k[2]]["site"] == s
                    )
                    self.lp += moved <= link["bandwidth_gbps"] * 3600 * share * self.H

    # What is drawn and emitted.

    def draw(self, t: int, o: str, workload: str, kwh: Any) -> None:
        s = self.offers[o]["site"]
        site = self.sites[s]
        meter = kwh * site["pue"]
        self.amounts.append(Amount("energy_kwh", t, s, o, workload, meter))
        self.amounts.append(Amount("water_m3", t, s, o, workload, meter * site["water_l_per_kwh"] * 1e-3))
        self.emit(t, o, workload, meter * site["carbon_g_per_kwh"] * 1e-6)
        if self.offers[o]["pricing"] != "api":
            self.pay("opex", t, s, o, workload, meter * site["electricity_price_per_kwh"])

    def emit(self, t: int, o: str, workload: str, tonnes: Any) -> None:
        self.amounts.append(Amount("carbon_t", t, self.offers[o]["site"], o, workload, tonnes))
        self.money.append((t, "non_cash", tonnes * self.x.carbon_price))

    def energy(self) -> None:
        for (w, _, o, t, _), x in self.X.items():
            row = self.offers[o]
            if row["pricing"] == "api":
                self.emit(t, o, w, x * row["carbon_g_per_unit"] * 1e-6)
                continue
            hw, hours = self.hardware[row["hardware"]], x * self.hours_per_unit(w, o)
            if row["pricing"] in ("on_demand", "spot"):
                self.draw(t, o, w, hours * hw["power_kw"])
                body = hw["embodied_kgco2e"] * self.m / row["useful_life_months"] / 1000
                self.emit(t, o, w, hours * (body / self.H))
            else:
                self.draw(t, o, w, hours * (hw["power_kw"] - hw["idle_power_kw"]))
        for (o, t), n in self.N.items():
            row = self.offers[o]
            if row["pricing"] in ("committed", "leased", "owned"):
                hw, only = self.hardware[row["hardware"]], row["workload"] or ""
                self.draw(t, o, only, n * hw["idle_power_kw"] * self.H)
                self.emit(t, o, only, n * hw["embodied_kgco2e"] * self.m / row["useful_life_months"] / 1000)

    # Loss of a site.

    def loss(self, lost: str) -> None:
        critical = {w: r["survive_site_loss_share"] for w, r in self.workloads.items() if r["survive_site_loss_share"]}
        if not critical:
            return
        x: dict[tuple, Any] = {}
        for key in self.X:
            w, _, o, t, _ = key
            s = self.offers[o]["site"]
            if w in critical and s != lost:
                v = x[key] = self.var()
                for switch in (self.open.get((s, t)), self.host.get((w, s, t))):
                    if switch is not None:
                        self.lp += v <= self.D[key[0], key[1], key[3], key[4]] * switch
        for (w, place, t, b), demand in self.D.items():
            if w in critical:
                self.lp += pulp.lpSum(v for k, v in x.items() if (k[0], k[1], k[3], k[4]) == (w, place, t, b)) <= demand
        for w, share in critical.items():
            for t in self.T:
                for b in self.share:
                    total = sum(d for k, d in self.D.items() if (k[0], k[2], k[3]) == (w, t, b))
                    kept = pulp.lpSum(v for k, v in x.items() if (k[0], k[3], k[4]) == (w, t, b))
                    self.lp += kept >= share * total
        self.capacity(x, lost)

    # Policies.

    def rules(self) -> None:
        for p in self.policies:
            first, last = int(p["from_period"] or 1), min(int(p["to_period"] or self.T[-1]), self.T[-1])
            windows: dict[Any, list[int]] = defaultdict(list)
            for t in range(first, last + 1):
                windows[{"period": t, "year": (t - 1) * self.m // 12, "horizon": 0}[p["window"]]].append(t)
            for window in windows.values():
                inside = [a for a in self.amounts if a.period in window and self.counts(a, p["measure"])]
                over = 1 / len(window) if p["measure"] in ("devices", "open_sites") else 1.0
                if p["measure"] == "latency":
                    mine = {**p, **dict.fromkeys(("provider", "site", "site_kind", "zone", "pricing", "offer"))}
                    asked = [Amount("", t, "", "", w, d) for (w, _, t, _), d in self.D.items() if t in window]
                    over = 1 / (sum(a.value for a in asked if self.in_scope(a, mine)) or 1.0)
                value = pulp.lpSum(a.value for a in inside if self.in_scope(a, p)) * over
                limit = p["limit"]
                if p["share_of"] == "total":
                    limit = pulp.lpSum(a.value for a in inside) * (over * p["limit"])
                give = 0.0
                if p["penalty"] is not None:
                    give = self.var()
                    self.money.append((window[-1], "non_cash", give * p["penalty"]))
                self.lp += (value - limit <= give) if p["sense"] == "max" else (limit - value <= give)

    def counts(self, a: Amount, measure: str) -> bool:
        return a.measure in ("capex", "opex") if measure == "spend" else a.measure == measure

    def in_scope(self, a: Amount, p: dict) -> bool:
        site, offer, work = self.sites.get(a.site), self.offers.get(a.offer), self.workloads.get(a.workload)
        has = {
            "provider": (site or {}).get("provider"),
            "site": a.site,
            "site_kind": (site or {}).get("kind"),
            "zone": (site or {}).get("zone"),
            "pricing": (offer or {}).get("pricing"),
            "offer": a.offer,
            "workload": a.workload,
            "team": (work or {}).get("team"),
        }
        return all(not split_list(p[c]) or has[c] in split_list(p[c]) for c in has)
