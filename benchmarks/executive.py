"""How soon the executive page answers: `python -m benchmarks.executive [--repeat N]`.

Each row is a change of the sample plan as a slider makes it. First the seconds from the change to the answer
in the store, through a waiting child process: for the quick answer, and for the ordinary solve to the same
gap. Then the page itself: from the move of a slider to the page that shows its answer, without a browser.
Seconds depend on the machine; compare rows of one run.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from planner.explore.quick import QUICK
from planner.jobs import Job, Queue
from planner.jobs.quick import submit_quick
from planner.jobs.solve import submit_solve
from planner.plan.files import read_plan
from planner.plan.patch import Change, apply
from planner.plan.plan import Plan
from planner.store import Store

SAMPLE = Path(__file__).parent.parent / "sample_data" / "global_assistant"
CHANGES = {
    "demand +10 %": Change("demand", "", "volume", "multiply", 1.1),
    "demand +50 %": Change("demand", "", "volume", "multiply", 1.5),
    "purchase price -30 %": Change("offers", "", "purchase_price", "multiply", 0.7),
    "electricity +40 %": Change("sites", "", "electricity_price_per_kwh", "multiply", 1.4),
    "capex limit halved": Change("policies", "policy=capex_a_year", "limit", "multiply", 0.5),
    "delivery 6 months late": Change("offers", "pricing=owned", "lead_time_months", "add", 6),
    "out of Nebius": Change("offers", "provider=Nebius", "", "remove"),
}
REST = 2.0
"""Seconds in which the next child process gets ready."""


def timed(queue: Queue, ask: Callable[[], Job]) -> tuple[float, Job]:
    """Seconds from asking to the answer, with a child that waits as it does on a server at rest."""
    time.sleep(REST)
    began = time.perf_counter()
    job = ask()
    job.wait(120)
    if job.state != "done":
        raise SystemExit(job.error)
    return time.perf_counter() - began, job


def row(queue: Queue, folder: Path, base: Plan, start: bytes | None, name: str, number: int) -> tuple[float, float]:
    """Print one row; returns the seconds of both ways."""
    store = Store.open(f"sqlite:///{folder / f'{number}.db'}")
    began = time.perf_counter()
    plan = apply(base, [CHANGES[name]])
    changed = time.perf_counter() - began
    quick, job = timed(queue, lambda: submit_quick(queue, store, plan, start=start))
    gap = (job.result or {})["gap"]
    full, whole = timed(queue, lambda: submit_solve(queue, store, plan, QUICK, express=True))
    print(f"| {name} | {changed + quick:.2f} | {gap:.2%} | {changed + full:.2f} | {(whole.result or {})['gap']:.2%} |")
    store.close()
    return changed + quick, changed + full


MOVES = ((0, "Demand", 0.1), (0, "Demand", -0.2), (1, "GPU price", -0.3), (2, "AWS share at most", 0.25))
"""Sliders of the sample plan by their place, and where they are moved to."""


def page(folder: Path) -> None:
    """Print a row for each move on the page, as a visitor of a fresh server sees it."""
    os.environ["PLANNER_DATA_DIR"] = str(folder)
    os.environ.pop("PLANNER_DATABASE_URL", None)
    from streamlit.testing.v1 import AppTest

    from pages._shared import services

    began = time.perf_counter()
    visitor = AppTest.from_file(SAMPLE.parents[1] / "app.py", default_timeout=120).run()
    visitor.switch_page("pages/executive.py").run()
    print(f"\nThe page opens after {time.perf_counter() - began:.2f} s.\n")
    print("| slider | to | answer on the page s |\n| --- | ---: | ---: |")
    for place, name, value in MOVES:
        time.sleep(REST)
        began = time.perf_counter()
        visitor.slider[place].set_value(value).run()
        while visitor.get("progress"):
            time.sleep(0.05)
            visitor.run()
        said = " ".join(str(h.value) for h in visitor.header)
        if name not in said.replace("\\", ""):
            raise SystemExit(f"the page does not show the answer to {name}: {said}")
        print(f"| {name} | {value:+g} | {time.perf_counter() - began:.2f} |")
    services.work().queue.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=1, help="times that each change is made")
    args = parser.parse_args()
    base = read_plan(SAMPLE).plan
    if base is None:
        raise SystemExit("the sample plan is not valid")
    queue = Queue()
    with tempfile.TemporaryDirectory() as folder:
        kept: list[bytes] = []
        store = Store.open(f"sqlite:///{Path(folder) / 'base.db'}")
        first, _ = timed(queue, lambda: submit_quick(queue, store, base, keep=kept.append))
        store.close()
        print(f"The base, from nothing, once for each plan: {first:.2f} s.\n")
        print("| change | quick s | gap | ordinary s | gap |\n| --- | ---: | ---: | ---: | ---: |")
        seconds = [
            row(queue, Path(folder), base, kept[0] if kept else None, name, len(CHANGES) * i + j)
            for i in range(args.repeat)
            for j, name in enumerate(CHANGES)
        ]
        queue.close()
        page(Path(folder) / "page")
    quick, full = (sorted(x) for x in zip(*seconds, strict=True))
    middle = len(quick) // 2
    print(f"\nIn the middle {quick[middle]:.2f} s against {full[middle]:.2f} s; the slowest {quick[-1]:.2f} s.")


if __name__ == "__main__":
    main()
