"""Every figure draws, in both modes and at a phone's width, says what it shows and has its table."""

import io
import json

import numpy as np
import pandas as pd
import pytest
import vl_convert as vlc
from PIL import Image

from planner.report import figures, theme
from planner.report.charts.base import Figure
from planner.report.charts.world import equal_earth, place_labels
from planner.report.insight import Insight
from planner.result.frames import FRAMES, result_frame
from tests.report import fixture

NAMES = [*figures.ALL, *figures.BY_PERIOD]


def draw(insight: Insight, name: str) -> Figure:
    return figures.ALL[name](insight) if name in figures.ALL else figures.BY_PERIOD[name](insight, 1)


@pytest.fixture(scope="module")
def insight() -> Insight:
    return Insight(fixture.plan(), fixture.result(), fixture.usual())


@pytest.fixture(scope="module")
def bare() -> Insight:
    """A result in which nothing happens, without business as usual."""
    tables = {n: result_frame(n, pd.DataFrame(columns=list(c))) for n, c in FRAMES.items()}
    return Insight(fixture.plan(), fixture.result(frames=tables, objective=0.0))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [310, 900])
def test_figures_draw_at_every_width(insight, name, width):
    spec = theme.resolved({**draw(insight, name).spec, "width": width}, "dark")
    svg = vlc.vegalite_to_svg(json.dumps(spec))
    assert "light-dark" not in svg
    assert "NaN" not in svg
    assert "undefined" not in svg


@pytest.mark.parametrize("name", NAMES)
def test_figures_say_what_they_show(insight, name):
    figure = draw(insight, name)
    assert figure.title
    assert figure.title != figure.name
    assert len(figure.alt_text) > len(figure.title)
    assert len(figure.table)
    assert "nan" not in f"{figure.title} {figure.alt_text} {figure.note}".lower().split()
    assert figure.spec["config"]["background"] == "transparent"


@pytest.mark.parametrize("name", NAMES)
def test_figures_of_nothing_say_so(bare, name):
    figure = draw(bare, name)
    assert figure.title
    json.dumps(theme.resolved(figure.spec, "light"))


def test_insight_of_nothing_has_words_for_it(bare):
    assert [n.label for n in bare.headline]
    assert bare.warnings == ()
    assert bare.agenda.empty
    assert bare.rules.empty


def test_pictures_carry_title_and_background(insight):
    picture = Image.open(io.BytesIO(figures.cost_by_year(insight).png("dark", width=400, scale=1)))
    assert picture.getpixel((1, 1))[:3] == (0x0F, 0x17, 0x20)
    assert picture.width >= 400


def test_sources_keep_their_colours(insight):
    text = json.dumps(figures.capacity_mix(insight).spec)
    for source in ("owned", "on_demand", "spot", "api"):
        assert theme.SOURCE[source].css in text


def test_equal_earth_is_that_of_its_authors():
    # the map is 2.7066 by 1.3173 half-widths of the unit sphere (Savric et al. 2018, table 1)
    x, _ = equal_earth(np.array([0.0]), np.array([180.0]))
    _, y = equal_earth(np.array([90.0]), np.array([0.0]))
    assert (x[0], y[0]) == (pytest.approx(2.70663, abs=1e-4), pytest.approx(1.31736, abs=1e-4))


def test_labels_do_not_cover_each_other():
    crowd = place_labels(np.full(6, 250.0), np.full(6, 150.0), ["Frankfurt"] * 6)
    assert crowd[:4] == ["above", "below", "right", "left"]
    assert crowd[4:] == ["", ""]
    assert place_labels(np.array([2.0]), np.array([50.0]), ["A long name here"]) == ["right"]


def test_labels_do_not_cover_the_marks_of_others():
    """One place, and another right above it, below it and on its right: what is left is its left side."""
    x, y = np.array([250.0]), np.array([150.0])
    own = [250.0, 150.0, 15.0]
    around = np.array([own, [250.0, 125.0, 4.0], [250.0, 175.0, 4.0], [280.0, 150.0, 4.0]])
    assert place_labels(x, y, ["Stockholm"], marks=around[:1]) == ["above"]
    assert place_labels(x, y, ["Stockholm"], marks=around) == ["left"]
    assert place_labels(x, y, ["Stockholm"], marks=np.vstack([around, [220.0, 150.0, 4.0]])) == [""]
