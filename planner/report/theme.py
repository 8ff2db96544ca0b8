"""One palette in light and dark, one type scale, one Altair configuration.

A colour has one meaning everywhere: blue is owned, ochre is spot, and so on. Charts name colours
as `light-dark(#light, #dark)` (CSS Color 5), so a chart drawn once follows the browser's theme at
once; `resolved` puts one mode's colours in place for pictures made without a browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

import altair as alt

from planner.plan.tables import API, COMMITTED, LEASED, ON_DEMAND, OWNED, SPOT

Mode = Literal["light", "dark"]

AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart

EDGE = "edge"
SOURCES = (OWNED, LEASED, COMMITTED, EDGE, ON_DEMAND, SPOT, API)
"""What capacity comes from, in the order in which charts stack it: base at the bottom, peaks on top.

`edge` is anything at an edge site, however it is paid; the others are the pricings elsewhere.
"""

SOURCE_LABELS = {
    OWNED: "Owned",
    LEASED: "Leased",
    COMMITTED: "Committed",
    EDGE: "Edge sites",
    ON_DEMAND: "On demand",
    SPOT: "Spot",
    API: "Token API",
}

COST_GROUPS: dict[str, tuple[str, ...]] = {
    "Compute and APIs": ("compute", "api"),
    "Hardware": ("hardware", "resale"),
    "Power and space": ("electricity", "space"),
    "Sites and security": ("site", "security", "deployment"),
    "Network and storage": ("network", "storage"),
    "Operations": ("maintenance", "licenses", "labour"),
    "Not cash": ("carbon", "unserved", "downtime", "policy"),
}
"""The ledger's categories in the groups that charts show; every category is in exactly one."""


@dataclass(frozen=True)
class Tone:
    """One colour by its two hex values."""

    light: str
    dark: str

    @property
    def css(self) -> str:
        """The colour as CSS that follows the theme of the page."""
        return f"light-dark({self.light}, {self.dark})"

    def of(self, mode: Mode) -> str:
        """The hex value in one mode."""
        return self.light if mode == "light" else self.dark


BACKGROUND = Tone("#FFFFFF", "#0F1720")
SURFACE = Tone("#F3F6F9", "#18232F")
INK = Tone("#0D151E", "#E8EEF4")
MUTED = Tone("#556270", "#A3B1BF")
GRID = Tone("#E3E8ED", "#2B3A49")
LAND = Tone("#E6EBF0", "#233140")
ACCENT = Tone("#1F5FA8", "#6EA8E8")
CHOSEN = Tone("#1A4F8F", "#A9CDF5")
GOOD = Tone("#29785D", "#4DB891")
BAD = Tone("#B5402F", "#E5806F")
NEUTRAL = Tone("#687481", "#9BA5B1")

SOURCE = {
    OWNED: Tone("#0955B7", "#497FF0"),
    LEASED: Tone("#338491", "#10BAAD"),
    COMMITTED: Tone("#4A89F3", "#9AD8FB"),
    EDGE: Tone("#435904", "#9CC639"),
    ON_DEMAND: Tone("#A75E55", "#C77236"),
    SPOT: Tone("#A98625", "#FDE2A7"),
    API: Tone("#764470", "#9B689C"),
}

GROUP = {
    "Compute and APIs": Tone("#3A4476", "#7E8AC1"),
    "Hardware": Tone("#AF8358", "#F9CB97"),
    "Power and space": Tone("#6D612B", "#BDAC6D"),
    "Sites and security": Tone("#6A3232", "#BF7E7C"),
    "Network and storage": Tone("#177A83", "#67BFBD"),
    "Operations": Tone("#8684BE", "#DEDEFC"),
    "Not cash": Tone("#331F2A", "#806874"),
}

WORKLOADS = (
    Tone("#2E3945", "#DEE9F5"),
    Tone("#394450", "#CDD8E4"),
    Tone("#44505C", "#BCC7D2"),
    Tone("#505C68", "#ABB6C1"),
    Tone("#5C6875", "#9BA5B1"),
    Tone("#687481", "#8B95A0"),
    Tone("#74818E", "#7B8590"),
    Tone("#818E9B", "#6C7680"),
)
"""A neutral sequence: workloads are told apart by label and place, not by hue."""

FONT = "Inter, 'Source Sans', 'Source Sans Pro', 'Liberation Sans', sans-serif"
SIZE = {"title": 16, "subtitle": 13, "label": 12, "note": 11}
"""The type scale of charts, in px."""

_LIGHT_DARK = re.compile(r"light-dark\((#[0-9A-Fa-f]{6}), (#[0-9A-Fa-f]{6})\)")


def category_groups() -> dict[str, str]:
    """The group of each ledger category."""
    return {category: group for group, members in COST_GROUPS.items() for category in members}


def workload_tones(count: int) -> list[Tone]:
    """`count` tones of the neutral sequence, spread over it and repeated when there are more."""
    last = len(WORKLOADS) - 1
    if count <= 1:
        return [WORKLOADS[0]][:count]
    return [WORKLOADS[round(i * last / (count - 1))] for i in range(count)]


def scale(tones: dict[str, Tone], present: Iterable[str], labels: dict[str, str] | None = None) -> alt.Scale:
    """A colour scale over those keys of `tones` that are present, in the palette's order.

    `labels` gives the text by which the data names a key; without it, the key itself.
    """
    here = set(present)
    keys = [k for k in tones if k in here]
    return alt.Scale(domain=[labels[k] if labels else k for k in keys], range=[tones[k].css for k in keys])


def config() -> dict[str, Any]:
    """The Vega-Lite configuration of every chart: transparent, one font stack, one type scale."""
    ink, muted, grid = INK.css, MUTED.css, GRID.css
    return {
        "background": "transparent",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "font": FONT,
        "padding": {"left": 4, "right": 8, "top": 4, "bottom": 4},
        "view": {"stroke": None, "continuousWidth": 640, "continuousHeight": 280},
        "title": {
            "anchor": "start",
            "frame": "group",
            "fontSize": SIZE["title"],
            "fontWeight": 600,
            "color": ink,
            "subtitleColor": muted,
            "subtitleFontSize": SIZE["subtitle"],
            "subtitlePadding": 4,
            "offset": 14,
        },
        "axis": {
            "labelColor": muted,
            "titleColor": muted,
            "labelFontSize": SIZE["label"],
            "titleFontSize": SIZE["label"],
            "titleFontWeight": "normal",
            "gridColor": grid,
            "domainColor": NEUTRAL.css,
            "tickColor": NEUTRAL.css,
            "labelOverlap": True,
        },
        "axisY": {"domain": False, "ticks": False, "labelPadding": 6},
        "axisX": {"grid": False},
        "legend": {
            "orient": "top",
            "direction": "horizontal",
            "title": None,
            "labelColor": ink,
            "titleColor": muted,
            "labelFontSize": SIZE["label"],
            "symbolType": "square",
            "symbolSize": 110,
            "symbolStrokeWidth": 0,
            "columnPadding": 14,
            "offset": 8,
        },
        "text": {"color": ink, "fontSize": SIZE["label"], "font": FONT},
        "rule": {"color": muted},
        "line": {"color": ink, "strokeWidth": 2.5},
        "bar": {"color": ACCENT.css},
        "mark": {"tooltip": True},
        "range": {"category": [t.css for t in (*SOURCE.values(), *GROUP.values())]},
    }


@alt.theme.register("planner", enable=True)
def planner_theme() -> alt.theme.ThemeConfig:
    """The theme that Altair applies to every chart once this module is imported."""
    # SVG, because a canvas does not know `light-dark()` and hides its parts from assistive technology.
    embed = {"renderer": "svg", "actions": False}
    return cast(alt.theme.ThemeConfig, {"config": config(), "usermeta": {"embedOptions": embed}})


def resolved(spec: dict[str, Any], mode: Mode, background: bool = True) -> dict[str, Any]:
    """A copy of a Vega-Lite specification with the colours of one mode in place.

    For pictures made without a browser (PNG, PDF, slides), where `light-dark()` means nothing.
    """
    pick = r"\1" if mode == "light" else r"\2"
    out: dict[str, Any] = json.loads(_LIGHT_DARK.sub(pick, json.dumps(spec)))
    if background:
        out["background"] = BACKGROUND.of(mode)
    return out


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two hex colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def linear(color: str) -> tuple[float, float, float]:
    """Linear-light sRGB of a hex colour, each channel 0 to 1 (IEC 61966-2-1)."""
    r, g, b = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return _linear(r), _linear(g), _linear(b)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _luminance(color: str) -> float:
    r, g, b = linear(color)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
