"""The palette keeps its promises: contrast, distinct under colour blindness, nothing left out."""

from itertools import combinations

import altair as alt
import numpy as np
import pandas as pd
import pytest

from planner.plan.tables import PRICINGS
from planner.report import theme
from planner.result.frames import CATEGORIES

MODES: tuple[theme.Mode, ...] = ("light", "dark")
GRAPHICAL = {
    **theme.SOURCE,
    **theme.GROUP,
    **{f"workload {i}": t for i, t in enumerate(theme.WORKLOADS)},
    "accent": theme.ACCENT,
    "good": theme.GOOD,
    "bad": theme.BAD,
    "neutral": theme.NEUTRAL,
}
TEXT = {
    "ink": theme.INK,
    "muted": theme.MUTED,
    "good": theme.GOOD,
    "bad": theme.BAD,
    "accent": theme.ACCENT,
    "chosen": theme.CHOSEN,
}

# Full-strength colour blindness in linear sRGB (Machado, Oliveira and Fernandes 2009, table 1).
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def oklab(linear: np.ndarray) -> np.ndarray:
    """OKLab of linear sRGB rows (Ottosson 2020)."""
    lms = (
        linear
        @ np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        ).T
    )
    return (
        np.cbrt(lms)
        @ np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        ).T
    )


def test_contrast_is_that_of_wcag():
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("behind", [theme.BACKGROUND, theme.SURFACE], ids=["background", "surface"])
def test_marks_and_text_stand_out(mode, behind):
    for name, tone in GRAPHICAL.items():
        assert theme.contrast(tone.of(mode), behind.of(mode)) >= 3, name
    for name, tone in TEXT.items():
        assert theme.contrast(tone.of(mode), behind.of(mode)) >= 4.5, name


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("family", [theme.SOURCE, theme.GROUP], ids=["sources", "cost groups"])
def test_colours_of_a_family_differ_for_everyone(family, vision, mode):
    names = list(family)
    seen = np.clip(np.array([theme.linear(family[n].of(mode)) for n in names]) @ np.array(VISION[vision]).T, 0, 1)
    lab = oklab(seen)
    for i, j in combinations(range(len(names)), 2):
        assert np.linalg.norm(lab[i] - lab[j]) >= 0.07, (names[i], names[j])


def test_every_pricing_and_category_has_a_colour():
    assert set(PRICINGS) <= set(theme.SOURCE)
    assert set(theme.SOURCES) == set(theme.SOURCE) == set(theme.SOURCE_LABELS)
    assert sorted(theme.category_groups()) == sorted(CATEGORIES)
    assert set(theme.GROUP) == set(theme.COST_GROUPS)


def test_scale_keeps_the_order_of_the_palette():
    scale = theme.scale(theme.SOURCE, ["spot", "owned"], theme.SOURCE_LABELS).to_dict()
    assert scale["domain"] == ["Owned", "Spot"]
    assert scale["range"] == [theme.SOURCE["owned"].css, theme.SOURCE["spot"].css]


def test_workload_tones_spread_over_the_sequence():
    assert theme.workload_tones(0) == []
    assert theme.workload_tones(2) == [theme.WORKLOADS[0], theme.WORKLOADS[-1]]
    assert len(theme.workload_tones(20)) == 20


def test_resolved_leaves_no_css_colour():
    chart = alt.Chart(pd.DataFrame({"a": [1]})).mark_bar(color=theme.INK.css).encode(x="a:Q")
    for mode in MODES:
        spec = theme.resolved(chart.to_dict(), mode)
        assert "light-dark" not in str(spec)
        assert spec["mark"]["color"] == theme.INK.of(mode)
        assert spec["config"]["font"].endswith("'Liberation Sans', sans-serif")
    assert chart.to_dict()["config"]["background"] == "transparent"
    assert chart.to_dict()["usermeta"]["embedOptions"]["renderer"] == "svg"
