"""Numbers as people read them."""

import io
import json

import altair as alt
import pandas as pd
import pytest
import vl_convert as vlc
from hypothesis import given
from hypothesis import strategies as st

from planner.report import format as fmt


def spaced(text: str) -> str:
    return text.replace(fmt.NBSP, " ").replace(fmt.MINUS, "-")


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (1_240_000, "USD", "$1.24 M"),
        (999_600, "USD", "$1.00 M"),
        (999_400, "USD", "$999 k"),
        (12_345, "EUR", "€12.3 k"),
        (2_500_000_000, "GBP", "£2.50 bn"),
        (-5.2, "USD", "-$5.20"),
        (0, "USD", "$0"),
        (250, "CHF", "CHF 250"),
        (0.031, "USD", "$0.0310"),
        (None, "USD", "–"),
        (float("nan"), "USD", "–"),
    ],
)
def test_money(value, currency, text):
    assert spaced(fmt.money(value, currency)) == text


def test_money_signed_and_exact():
    assert spaced(fmt.money(1200, "USD", signed=True)) == "+$1.20 k"
    assert spaced(fmt.money(-1200, "USD", signed=True)) == "-$1.20 k"
    assert fmt.money_exact(1240312.4) == "$1,240,312"
    assert fmt.money_exact(-0.2) == "$0"
    assert spaced(fmt.money_exact(-3.14159, "EUR", 2)) == "-€3.14"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (31, "M output tokens", "3.1 ct per 1k output tokens"),
        (1.2, "M output tokens", "$1.20 per M output tokens"),
        (2.354, "GPU hours", "$2.35 per GPU hour"),
        (0.004, "images", "0.40 ct per image"),
        (150, "M tokens", "$0.15 per 1k tokens"),
    ],
)
def test_unit_price(value, unit, text):
    assert spaced(fmt.unit_price(value, "USD", unit)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.6234, "62 %"),
        (0.00151, "0.15 %"),
        (0.05, "5 %"),
        (1, "100 %"),
        (0.998, "99.8 %"),
        (0.99999, "99.9 %"),
        (-0.123, "-12 %"),
        (0, "0 %"),
        (12.5, "1,250 %"),
    ],
)
def test_percent(value, text):
    assert spaced(fmt.percent(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "no bound yet"),
        (0.0, "proven optimal"),
        (1e-9, "proven optimal"),
        (0.001, "proven within 0.1 %"),
        (0.00083, "proven within 0.09 %"),
        (0.0121, "proven within 1.3 %"),
        (0.012, "proven within 1.2 %"),
        (0.2, "proven within 20 %"),
    ],
)
def test_gap_in_words(value, text):
    assert spaced(fmt.gap(value)) == text


@given(st.floats(1e-6, 0.09))
def test_gap_never_claims_more_than_was_proven(value):
    said = float(spaced(fmt.gap(value)).split()[-2]) / 100
    assert value * (1 - 1e-5) <= said <= value * 2 + 1e-9


def test_quantities_masses_energies_months():
    assert spaced(fmt.quantity(1_204_000, "device-hours")) == "1.20 M device-hours"
    assert fmt.compact(6) == "6"
    assert fmt.compact(6.25) == "6.25"
    assert [spaced(fmt.mass(v)) for v in (0.42, 3.1, 1240, 0)] == ["420 kg", "3.10 t", "1.24 kt", "0 t"]
    assert [spaced(fmt.energy(v)) for v in (420, 3100, 1.24e6)] == ["420 kWh", "3.10 MWh", "1.24 GWh"]
    assert fmt.month("2027-03") == "Mar 2027"
    assert fmt.month("2027-03", long=True) == "March 2027"
    assert fmt.month("soon") == "soon"
    assert fmt.plural(1, "server") == "1 server"
    assert fmt.plural(6, "server") == "6 servers"
    assert fmt.plural(1.5, "box", "boxes") == "1.50 boxes"
    assert fmt.listing(["a", "b", "c"]) == "a, b and c"
    assert fmt.listing(list("abcdef")) == "a, b, c and 3 more"
    assert fmt.listing([]) == ""


@given(st.floats(-1e13, 1e13))
def test_compact_keeps_three_figures(value):
    text = spaced(fmt.compact(value)).replace(",", "")
    number, _, scale = text.partition(" ")
    back = float(number) * {"": 1, "k": 1e3, "M": 1e6, "bn": 1e9, "tn": 1e12}[scale]
    assert back == pytest.approx(value, rel=6e-3, abs=1e-8)


def test_names_stay_names_in_markdown():
    assert fmt.plain("**$5** <b>[x](y)") == r"\*\*\$5\*\* \<b\>\[x\]\(y\)"
    assert "\n" not in fmt.plain("# a\n# b")


def test_no_line_ends_between_a_sign_and_a_currency():
    for currency, shown in (("USD", "$"), ("EUR", "€")):
        cost = fmt.money(-5.2e6, currency)
        assert cost.startswith(fmt.MINUS + shown)  # as it is for tables and files
        assert fmt.MINUS + fmt.JOINER in fmt.plain(f"Cost {cost}")
        assert "+" + fmt.JOINER in fmt.joined(fmt.money(5.2e6, currency, signed=True))
        assert fmt.escaped(f"<{cost}").startswith("&lt;" + fmt.MINUS + fmt.JOINER)
    assert fmt.joined(fmt.money(-1.0, "CHF")) == fmt.money(-1.0, "CHF")
    assert fmt.joined("a + b $5") == "a + b $5"


def test_files_have_no_joiner():
    frame = pd.DataFrame({"Cost": [fmt.money(-5.2e6), fmt.money(5.2e6, signed=True), fmt.money_exact(-3.0)]})
    assert fmt.JOINER not in fmt.csv_bytes(frame).decode("utf-8-sig")


def test_csv_defuses_formulas_and_keeps_numbers():
    frame = pd.DataFrame({"=name": ["=1+1", "-x", "fine", None], "n": [-1.5, 2, 3, 4]})
    text = fmt.csv_bytes(frame).decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0] == "'=name,n"
    assert lines[1:] == ["'=1+1,-1.5", "'-x,2.0", "fine,3.0", ",4.0"]
    assert list(frame.columns) == ["=name", "n"]
    assert pd.read_csv(io.StringIO(text))["n"].tolist() == [-1.5, 2, 3, 4]


def test_axis_labels_agree_with_the_words():
    frame = pd.DataFrame({"x": ["a", "b"], "y": [0.0, 2_500_000.0]})
    chart = (
        alt.Chart(frame)
        .mark_bar()
        .encode(x="x:N", y=alt.Y("y:Q", axis=alt.Axis(values=[500_000, 2_500_000], labelExpr=fmt.d3_axis("EUR"))))
    )
    svg = vlc.vegalite_to_svg(json.dumps(chart.to_dict()))
    assert "€500" + fmt.NBSP + "k" in svg
    assert "€2.5" + fmt.NBSP + "M" in svg


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2_118_811, "M output tokens", "2.12 tn output tokens"),
        (25_000, "1k tokens", "25.0 M tokens"),
        (96, "M tokens", "96 M tokens"),
        (25_000, "device-hours", "25.0 k device-hours"),
        (25_000, "MB", "25.0 k MB"),
    ],
)
def test_a_scale_never_stands_beside_a_unit_that_has_one(value, unit, text):
    assert spaced(fmt.quantity(value, unit)) == text
