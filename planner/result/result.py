"""A solved plan: status, bounds and tidy frames, with a folder form that survives processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from planner.plan.csv_tables import armed, defused
from planner.result.frames import FRAMES, NON_CASH, TEXT, result_frame

Status = Literal["optimal", "feasible", "infeasible", "unsolved"]
"""optimal: solved to the gap; feasible: stopped (time, cancel) with a plan; unsolved: stopped without one."""


@dataclass(frozen=True)
class Conflict:
    """One change that would help an infeasible plan: what, where, when, by how much, in words."""

    table: str
    key: str
    period: int | None
    amount: float
    unit: str
    sentence: str


@dataclass(frozen=True)
class AimOutcome:
    """How well a plan serves another aim than least cost: its value, bound and relative gap in the aim's own unit."""

    key: str
    value: float
    bound: float | None
    gap: float | None


@dataclass(frozen=True)
class Result:
    """What a solve gives. `frames` holds the tables of `frames.FRAMES`; empty when there is no plan."""

    status: Status
    plan_hash: str
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    size: dict[str, int] = field(default_factory=dict)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    alternatives: tuple[tuple[Conflict, ...], ...] = ()
    """Other sets of changes, each of which alone would make an infeasible plan feasible."""
    violations: tuple[str, ...] = ()
    """What the independent check of the frames found wrong: must be empty."""
    solver: str = ""
    relaxed: float | None = None
    """Present value with every decision divisible, where it was found on the way: free of rounding to whole devices."""
    aim: AimOutcome | None = None
    """How another aim was served; None where the plan is the one of least cost."""

    @property
    def has_plan(self) -> bool:
        """True when there are frames to look at."""
        return bool(self.frames)

    @property
    def ledger(self) -> pd.DataFrame:
        """The ledger frame."""
        return self.frames["ledger"]

    @property
    def cash_present_value(self) -> float | None:
        """Present value of the cash rows of the ledger; None without a plan."""
        if not self.has_plan:
            return None
        return float(self.ledger.loc[self.ledger["cash"] != NON_CASH, "present_value"].sum())

    @property
    def not_cash(self) -> pd.Series:
        """Present value by category of what is counted without being paid; empty without a plan."""
        if not self.has_plan:
            return pd.Series(dtype=float)
        return self.ledger[self.ledger["cash"] == NON_CASH].groupby("category")["present_value"].sum()

    def summary(self) -> dict[str, Any]:
        """The object that `--json` prints: see docs/plan-format.md."""
        out: dict[str, Any] = {
            "status": self.status,
            "objective": self.objective,
            "bound": self.bound,
            "gap": self.gap,
            "cash_present_value": self.cash_present_value,
            "seconds": self.seconds,
            "size": self.size,
            "solver": self.solver,
            "plan_hash": self.plan_hash,
            "relaxed": self.relaxed,
        }
        if self.aim is not None:
            out["aim"] = asdict(self.aim)
        if self.has_plan:
            by_category = self.ledger.groupby("category")["present_value"].sum()
            out["cost_by_category"] = {k: float(v) for k, v in by_category.items()}
            out["carbon_t"] = float(self.frames["emissions"]["carbon_t"].sum())
            out["energy_kwh"] = float(self.frames["emissions"]["energy_kwh"].sum())
        out["conflicts"] = [asdict(c) for c in self.conflicts]
        out["alternatives"] = [[asdict(c) for c in way] for way in self.alternatives]
        out["violations"] = list(self.violations)
        return out

    def write(self, folder: str | Path) -> None:
        """Write `summary.json` and one CSV for each frame into the folder, made when missing."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in self.frames.items():
            texts = [c for c, kind in FRAMES[name].items() if kind == TEXT]
            safe = frame.assign(**{c: frame[c].map(defused) for c in texts})
            safe.to_csv(folder / f"{name}.csv", index=False)
        (folder / "summary.json").write_text(json.dumps(self.summary(), indent=2))

    @classmethod
    def read(cls, folder: str | Path) -> Result:
        """The result that `write` put into the folder."""
        folder = Path(folder)
        said = json.loads((folder / "summary.json").read_text())
        paths = {name: folder / f"{name}.csv" for name in FRAMES}
        frames = {name: _read_frame(name, path) for name, path in paths.items() if path.exists()}
        return cls.of_summary(said, frames)

    @classmethod
    def of_summary(cls, said: Mapping[str, Any], frames: dict[str, pd.DataFrame]) -> Result:
        """The result whose `summary` said this, with its frames."""
        return cls(
            status=said["status"],
            plan_hash=said["plan_hash"],
            objective=said["objective"],
            bound=said["bound"],
            gap=said["gap"],
            seconds=said["seconds"],
            size=said["size"],
            frames=frames,
            conflicts=tuple(Conflict(**c) for c in said["conflicts"]),
            alternatives=tuple(tuple(Conflict(**c) for c in way) for way in said["alternatives"]),
            violations=tuple(said["violations"]),
            solver=said["solver"],
            relaxed=said.get("relaxed"),
            aim=AimOutcome(**said["aim"]) if said.get("aim") else None,
        )


def _read_frame(name: str, path: Path) -> pd.DataFrame:
    """A frame as `Result.write` wrote it: text exact, numbers to the last bit."""
    columns = FRAMES[name]
    frame = pd.read_csv(path, keep_default_na=False, dtype=str)
    # Python reads numbers back exactly, the CSV reader only with an option that pandas gives up.
    cells = {
        c: frame[c].map(armed) if kind == TEXT else frame[c].replace("", "nan").astype("float64")
        for c, kind in columns.items()
    }
    return result_frame(name, frame.assign(**cells))
