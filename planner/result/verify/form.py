"""The form of the frames: columns, identifiers that exist, figures that are figures, no row twice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.result.frames import FRAMES, TEXT
from planner.result.verify.case import Coded, codes
from planner.result.verify.findings import Findings

KEYS = {
    "capacity": ["offer", "period"],
    "routing": ["workload", "location", "site", "period", "slice"],
    "unserved": ["workload", "location", "period", "slice"],
    "dispatch": ["workload", "offer", "period", "slice"],
    "sites": ["site", "period"],
    "deployments": ["workload", "site", "period"],
    "emissions": ["period", "site", "offer", "workload"],
    "policies": ["policy", "from_period", "to_period"],
}
MAY_BE_BLANK = {
    "ledger": {"site", "offer", "workload"},
    "emissions": {"site", "offer", "workload"},
    "vintages": {"asset"},
}
NOT_NEGATIVE = {
    "capacity": ("devices_in_service", "ordered", "entered", "retired", "expired", "hours_used"),
    "vintages": ("devices", "price_paid", "age_months"),
    "routing": ("volume",),
    "unserved": ("volume",),
    "dispatch": ("volume", "device_hours"),
    "policies": ("violation",),
}
MAY_BE_NAN = {("policies", c) for c in ("value", "slack", "shadow_price")}
"""A share of nothing is no number; `rules.py` looks at the others."""
FLAGS = {"sites": "opened", "deployments": "started"}
LOWEST = {"ordered_period": 0, "last_period": 0}
"""An asset has no order; one that is sold at the start of period 1 was last in service before it."""


def coded(frames: Mapping[str, pd.DataFrame], names: Mapping[str, np.ndarray], say: Findings) -> dict[str, Coded]:
    """The frames as arrays, without the rows that name what the plan does not have, after saying so."""
    return {name: _coded(name, frames.get(name), names, say) for name in FRAMES}


def _coded(name: str, frame: pd.DataFrame | None, names: Mapping[str, np.ndarray], say: Findings) -> Coded:
    missing = set(FRAMES[name]) - set(frame.columns) if frame is not None else set(FRAMES[name])
    if frame is None or missing:
        say.say("frame", f"The frame {name} lacks the columns {', '.join(sorted(missing))}.")
        frame = pd.DataFrame({c: pd.Series([], dtype=t) for c, t in FRAMES[name].items()})
    for column in NOT_NEGATIVE.get(name, ()):
        if (frame[column] < 0).any():
            what = column.replace("_", " ")
            say.say("negative", f"The frame {name} holds a negative {what}: {frame[column].min():,.7g}.")
    if name in FLAGS and not frame[FLAGS[name]].isin([0, 1]).all():
        say.say("flag", f"The column {FLAGS[name]} of the frame {name} holds something other than 0 and 1.")
    if name in KEYS and frame.duplicated(KEYS[name]).any():
        twice = frame[frame.duplicated(KEYS[name])].iloc[0]
        where = ", ".join(f"{k} {twice[k]}" for k in KEYS[name])
        say.say("twice", f"The frame {name} has a row twice ({where}).")

    out: Coded = {}
    known = np.ones(len(frame), dtype=bool)
    for column, kind in FRAMES[name].items():
        if column in names and column != "period":
            out[column] = codes(names[column], frame[column])
            blank = frame[column].to_numpy(object) == ""
            bad = (out[column] < 0) & ~(blank if column in MAY_BE_BLANK.get(name, ()) else np.zeros(len(frame), bool))
            for label in pd.unique(frame[column][bad]):
                say.say("unknown", f"The frame {name} names the {column} {label!r}, which the plan does not have.")
            known &= ~bad
        elif column == "period" or column.endswith("_period"):
            values = frame[column].to_numpy(float)
            bad = ~((values >= LOWEST.get(column, 1)) & (values <= len(names["period"])))
            for label in pd.unique(frame[column][bad]):
                say.say("unknown", f"The frame {name} has {label} as {column}, which the plan does not have.")
            known &= ~bad
            out[column] = np.where(bad, 0, values).astype(int) - 1
        elif kind == TEXT:
            out[column] = frame[column].to_numpy(object)
        else:
            out[column] = frame[column].to_numpy(float)
            if (name, column) not in MAY_BE_NAN and not np.isfinite(out[column]).all():
                say.say("number", f"The column {column} of the frame {name} holds something that is not a number.")
    return {c: v[known] for c, v in out.items()}
