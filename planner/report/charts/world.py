"""The world as a chart: land, the part of it that holds all points, and names that do not cover one another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from planner.report.theme import BACKGROUND, INK, LAND, SIZE

MAP_LABELS = 8
"""Places named on the map at most; the others tell their name when pointed at."""
NOMINAL = 520
"""Width in px for which labels are placed: between a phone's and a screen's."""


@cache
def world() -> dict[str, Any]:
    """Country outlines as TopoJSON, object `countries` (see data/README.md)."""
    shapes: dict[str, Any] = json.loads((files("planner.report") / "data" / "countries-110m.json").read_text())
    return shapes


def equal_earth(latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Plane coordinates of degrees in the Equal Earth projection, unit sphere, y upwards.

    Savric, Patterson and Jenny 2018, equations 3 to 5; the same as Vega's `equalEarth`.
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    root = np.sqrt(3.0)
    theta = np.arcsin(root / 2 * np.sin(np.radians(latitude)))
    t2 = theta * theta
    t6 = t2 * t2 * t2
    below = root * (9 * a4 * t6 * t2 + 7 * a3 * t6 + 3 * a2 * t2 + a1)
    x = 2 * root * np.radians(longitude) * np.cos(theta) / (3 * below / root)
    return x, theta * (a4 * t6 * t2 + a3 * t6 + a2 * t2 + a1)


@dataclass(frozen=True)
class Window:
    """Centre and size of the part of the map that is shown, in plane coordinates, on a chart of a height in px."""

    x: float
    y: float
    wide: float
    high: float
    height: int

    @classmethod
    def around(cls, points: Sequence[pd.DataFrame], height: int) -> Window:
        """All points (latitude, longitude) and a margin; the world when there are none."""
        both = pd.concat([p[["latitude", "longitude"]] for p in points])
        if both.empty:
            return cls(0.0, 0.0, 5.4, 2.6, height)
        x, y = equal_earth(both["latitude"].to_numpy(float), both["longitude"].to_numpy(float))
        wide = max(float(np.ptp(x)) * 1.22, 0.5)
        high = max(float(np.ptp(y)) * 1.35, 0.35)
        return cls(float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2, wide, high, height)

    def chart(self, layers: Sequence[alt.Chart]) -> alt.LayerChart | alt.FacetChart:
        """Land under the layers, zoomed so that the window fills whatever width there is."""
        zoom = f"min(width / {self.wide:.4f}, height / {self.high:.4f})"
        projection = alt.Projection(
            type="equalEarth",
            scale=alt.ExprRef(zoom),
            translate=alt.ExprRef(f"[width / 2 - {self.x:.4f} * {zoom}, height / 2 + {self.y:.4f} * {zoom}]"),
        )
        return alt.layer(_land(), *layers).properties(height=self.height, projection=projection)

    def sides(
        self, named: pd.DataFrame, most: int = MAP_LABELS, around: pd.DataFrame | None = None, width: float = NOMINAL
    ) -> np.ndarray:
        """Where the name of each place goes, shape (places,); "" where it has no room.

        `around`: marks that no name may cover, with their `radius` in px. `width`: of the chart, in px.
        """
        marks = np.empty((0, 3))
        if around is not None and len(around):
            marks = np.column_stack([*self._at(around, width), around["radius"].to_numpy(float)])
        at_x, at_y = self._at(named, width)
        return np.array(place_labels(at_x, at_y, [str(n) for n in named["name"]], most, marks, width))

    def _at(self, points: pd.DataFrame, width: float) -> tuple[np.ndarray, np.ndarray]:
        """Points (latitude, longitude) in px on a chart of a width."""
        zoom = min(width / self.wide, self.height / self.high)
        x, y = equal_earth(points["latitude"].to_numpy(float), points["longitude"].to_numpy(float))
        return width / 2 + (x - self.x) * zoom, self.height / 2 - (y - self.y) * zoom


def names_beside(named: pd.DataFrame, side: str, **style: Any) -> list[alt.Chart]:
    """The names of places on one side of them, with a halo so that they are read across borders and lines."""
    if named.empty:
        return []
    base = alt.Chart(named).encode(latitude="latitude:Q", longitude="longitude:Q", text="name:N")
    whole = {"fontSize": SIZE["note"], "fontWeight": 600, "tooltip": None, **SIDES[side], **style}
    halo = base.mark_text(stroke=BACKGROUND.css, strokeWidth=3, strokeJoin="round", **whole)
    return [halo, base.mark_text(color=INK.css, **whole)]


Box = tuple[float, float, float, float]
"""Left, top, right and bottom in px."""


def place_labels(
    x: np.ndarray,
    y: np.ndarray,
    texts: list[str],
    most: int = MAP_LABELS,
    marks: np.ndarray | None = None,
    width: float = NOMINAL,
) -> list[str]:
    """Where each label goes (above, below, right, left) so that it covers no other label and no mark; "" when nowhere.

    x, y in px, downwards; the first in the list has the first choice. `marks`: rows of x, y and radius; the one
    that a label belongs to is no hindrance to it. `width`: of the chart, in px.
    """
    taken: list[Box] = []
    out = []
    for at_x, at_y, text in zip(x, y, texts, strict=True):
        others = [] if marks is None else marks[np.hypot(marks[:, 0] - at_x, marks[:, 1] - at_y) > 1.0]
        covered = [*taken, *((mx - r, my - r, mx + r, my + r) for mx, my, r in others)]
        wide, high = 6.3 * len(text), 19.0
        spots = {
            "above": (at_x - wide / 2, at_y - 19 - high / 2),
            "below": (at_x - wide / 2, at_y + 19 - high / 2),
            "right": (at_x + 14, at_y - high / 2),
            "left": (at_x - 14 - wide, at_y - high / 2),
        }
        chosen = ""
        for side, (left, top) in spots.items():
            box = (left, top, left + wide, top + high)
            inside = box[0] > -10 and box[2] < width + 10
            if inside and len(taken) < most and not any(_overlap(box, other) for other in covered):
                taken.append(box)
                chosen = side
                break
        out.append(chosen)
    return out


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


SIDES: dict[str, dict[str, Any]] = {
    "above": {"dy": -19},
    "below": {"dy": 19},
    "right": {"dx": 14, "align": "left"},
    "left": {"dx": -14, "align": "right"},
}
"""Where a name can stand beside its place."""


def _land() -> alt.Chart:
    shapes = alt.Data(values=world(), format=alt.TopoDataFormat(type="topojson", feature="countries"))
    return alt.Chart(shapes).mark_geoshape(
        fill=LAND.css, stroke=BACKGROUND.css, strokeWidth=0.6, clip=True, tooltip=None, aria=False
    )
