"""The numbers of docs/pilot.md and docs/sample-data.md, as Markdown.

Texts are written by hand; what stands between the markers of a block comes from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from planner.plan.files import read_plan
from planner.plan.plan import Plan
from planner.plan.tables import PRICINGS, TABLES
from planner.result.frames import NON_CASH
from planner.result.result import Result
from planner.result.run import Options, business_as_usual, solve_plan
from sample_data.by_hand import by_hand

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- begin: python sample_data/describe.py {} -->", "<!-- end -->"


def markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table: first column to the left, the others to the right."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(str(c) for c in line) + " |" for line in lines)


def frame(table: pd.DataFrame, form: str, corner: str) -> str:
    """A frame with its index as Markdown, every number in one form."""
    rows = [[i, *(form.format(x) for x in row)] for i, row in zip(table.index, table.to_numpy(), strict=True)]
    return markdown([corner, *map(str, table.columns)], rows)


def pilot_block(plan: Plan) -> str:
    """The arithmetic of docs/pilot.md."""
    h = by_hand(plan)
    devices = markdown(
        ["Load in devices", "day", "rest"],
        [
            [place, *(f"{layers.load[b]:.3f}" for b in ("day", "rest"))]
            for place, layers in (("Boston", h.boston), ("Berlin, without what spot serves", h.berlin))
        ],
    )
    boston = markdown(
        ["Boston, layer", "works of the hours", "on demand, USD a year", "committed, USD a year"],
        [
            [int(r.layer), f"{r.share_of_hours:.1%}", f"{r.on_demand_a_year:,.0f}", f"{r.committed_a_year:,.0f}"]
            for r in h.boston.rows.itertuples()
        ],
    )
    berlin = markdown(
        ["Berlin, layer", "works of the hours", *(f"{w}, {q} quarters" for q in (3, 2) for w in ("saves", "costs"))],
        [
            [int(r.layer), f"{r.share_of_hours:.1%}"]
            + [f"{x:,.0f}" for x in (r.saved_3, r.kept_3, r.saved_2, r.kept_2)]
            for r in h.berlin.rows.itertuples()
        ],
    )
    costs = markdown(
        ["Cost of the year", "USD"],
        [[f"Boston, {k}", f"{v:,.0f}"] for k, v in h.boston_cost.items()]
        + [[f"Berlin, {k}", f"{v:,.0f}"] for k, v in h.berlin_cost.items()]
        + [["**Total**", f"**{h.total:,.0f}**"]],
    )
    own = ", ".join(f"{n} in quarter {t}" for t, n in h.owned.items())
    useful = "; ".join(f"{w} {x:.2f}" for w, x in h.useful.items())
    return "\n\n".join(
        [
            f"Useful units an hour of a device (rate x planned utilization): {useful}. Hours of a quarter: {h.hours:,.0f}.",
            devices,
            f"Break-even of the commitment: {h.break_even:.0%} of the hours. Committed: **{h.committed}** servers.",
            boston,
            f"The quarterly limit on capex buys {h.affordable} servers at a time. Own servers in service: {own}.",
            berlin,
            costs,
        ]
    )


def size_block(plan: Plan) -> str:
    """What is in a plan: rows by table, offers by pricing and kind of site."""
    rows = [(t, len(plan.tables[t])) for t in TABLES if len(plan.tables[t])]
    offers = plan.table("offers").merge(plan.table("sites")[["site", "kind"]], on="site")
    counts = pd.crosstab(offers["kind"], offers["pricing"]).reindex(columns=list(PRICINGS))
    sourced = {t: plan.tables[t]["source"].notna().sum() for t, _ in rows}
    return "\n\n".join(
        [
            markdown(["Table", "rows", "rows with a source"], [(t, n, sourced[t]) for t, n in rows]),
            frame(counts, "{:d}", "Offers by kind of site"),
        ]
    )


def answer_block(plan: Plan, result: Result, usual: Result) -> str:
    """What the optimizer answers to a plan."""
    offers = plan.table("offers").set_index("offer")
    pricing, frames = offers["pricing"], result.frames
    ledger = result.ledger[result.ledger["cash"] != NON_CASH]
    year = (ledger["period"] - 1) * plan.settings.months_per_period // 12 + 1
    cash = ledger.groupby(year)["amount"].sum() / 1e6
    seconds = sum(result.seconds.values())
    head = markdown(
        ["", "this plan", "business as usual"],
        [
            ["Present value of cash, USD M"] + [f"{(r.cash_present_value or 0) / 1e6:,.1f}" for r in (result, usual)],
            ["Objective, with non-cash terms, USD M"] + [f"{(r.objective or 0) / 1e6:,.1f}" for r in (result, usual)],
            ["Proven gap"] + [f"{r.gap or 0:.2%}" for r in (result, usual)],
            ["Carbon, t"] + [f"{r.frames['emissions']['carbon_t'].sum():,.0f}" for r in (result, usual)],
        ],
    )
    capacity = frames["capacity"].assign(pricing=frames["capacity"]["offer"].map(pricing))
    devices = capacity.pivot_table(index="pricing", columns="period", values="devices_in_service", aggfunc="sum")
    devices = devices.reindex([p for p in PRICINGS if p in devices.index]).fillna(0.0)
    dispatch = frames["dispatch"].assign(pricing=frames["dispatch"]["offer"].map(pricing))

    def mix(keys: list[str]) -> pd.DataFrame:
        volume = dispatch.pivot_table(index=keys, columns="pricing", values="volume", aggfunc="sum").fillna(0.0)
        volume = volume.reindex(columns=[p for p in PRICINGS if p in volume])
        return volume.div(volume.sum(axis=1), axis=0)

    slices = list(plan.table("slices")["slice"])
    hours = plan.settings.hours * plan.table("slices").set_index("slice")["share_of_hours"]
    last = dispatch[dispatch["period"] == plan.settings.periods]
    busy = last.assign(busy=last["device_hours"] / last["slice"].map(hours)).pivot_table(
        index="pricing", columns="slice", values="busy", aggfunc="sum"
    )
    busy = busy.reindex(index=[p for p in PRICINGS if p in busy.index and p != "api"], columns=slices).fillna(0.0)
    policies = frames["policies"]
    tight = policies[(policies["slack"].abs() <= 0.01 * policies["limit"].abs()) | (policies["violation"] > 0)]
    opened = frames["sites"].groupby("site")["period"].agg(["min", "max"])
    return "\n\n".join(
        [
            f"Solved to {result.gap or 0:.2%} in {seconds:.0f} s on one thread of a two-core machine.",
            head,
            "Cash a year, USD M: " + ", ".join(f"year {y}: {x:,.1f}" for y, x in cash.items()) + ".",
            frame(devices, "{:,.0f}", "Devices in service by quarter"),
            frame(mix(["workload"]), "{:.0%}", "Volume served by"),
            frame(busy, "{:,.0f}", f"Devices at work in quarter {plan.settings.periods}"),
            markdown(
                ["Policies at their limit", "quarters", "value", "limit", "over it"],
                [
                    [r.policy, f"{r.from_period}-{r.to_period}", f"{r.value:,.3g}", f"{r.limit:,.3g}", f"{r.violation:,.3g}"]
                    for r in tight.itertuples()
                ],
            ),
            "Sites in use, first to last quarter: "
            + ", ".join(f"{s} {r['min']}-{r['max']}" for s, r in opened.iterrows())
            + ".",
        ]
    )  # fmt: skip


def put(path: Path, name: str, block: str) -> None:
    """Replace what stands between the markers of a block in a document."""
    text = path.read_text()
    before, rest = text.split(BEGIN.format(name) + "\n", 1)
    _, after = rest.split(END, 1)
    path.write_text(f"{before}{BEGIN.format(name)}\n\n{block}\n\n{END}{after}")


def main(names: Sequence[str]) -> None:
    """Write the blocks of the named plans."""
    for name in names or ("pilot", "global_assistant"):
        reading = read_plan(ROOT / "sample_data" / name)
        if reading.plan is None:
            raise SystemExit("\n".join(f.text for f in reading.faults))
        plan = reading.plan
        if name == "pilot":
            put(ROOT / "docs" / "pilot.md", name, pilot_block(plan))
            continue
        document = ROOT / "docs" / "sample-data.md"
        put(document, f"{name} size", size_block(plan))
        options = Options(gap=0.003, time_limit=120)
        result, usual = (solve_plan(p, options) for p in (plan, business_as_usual(plan)))
        put(document, f"{name} answer", answer_block(plan, result, usual))
