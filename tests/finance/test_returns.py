"""IRR, MIRR, payback: published examples, two libraries against each other, and what does not exist."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from planner.finance.returns import irr, mirr, payback, returns, roots, sign_changes

HEALTHY = [-70000, 12000, 15000, 18000, 21000, 26000]


def test_irr_of_the_documented_example() -> None:
    """The spreadsheet function IRR's example: 8.66 % after five years, -2.12 % after four."""
    assert irr(np.array(HEALTHY)).rate == pytest.approx(0.0866, abs=5e-5)
    assert irr(np.array(HEALTHY[:-1])).rate == pytest.approx(-0.0212, abs=5e-5)


def test_irr_of_numpy_financials_example() -> None:
    """numpy-financial's documentation: irr([-100, 39, 59, 55, 20]) = 0.28095."""
    found = irr(np.array([-100, 39, 59, 55, 20]))
    assert found.rate == pytest.approx(0.28095, abs=5e-6)
    assert found.note.endswith("unique.")


def test_mirr_of_the_documented_example() -> None:
    """The spreadsheet function MIRR's example: 10 % to borrow, 12 % reinvested: 12.61 %."""
    flows = np.array([-120000, 39000, 30000, 21000, 37000, 46000])
    assert mirr(flows, 0.10, 0.12) == pytest.approx(0.1261, abs=5e-5)
    assert mirr(flows[:4], 0.10, 0.12) == pytest.approx(-0.0480, abs=5e-5)
    assert mirr(flows, 0.10, 0.14) == pytest.approx(0.1348, abs=5e-5)


def test_quarterly_flows_give_an_annual_rate() -> None:
    """1 % a quarter is 1.01^4 - 1 a year."""
    assert irr(np.array([-100.0, 0, 0, 0, 100 * 1.01**4]), 4).rate == pytest.approx(1.01**4 - 1)


def test_two_rates_are_stated_and_not_chosen_from() -> None:
    """-100, 230, -132 is zero at 10 % and at 20 % (a textbook pair: 1.1 x 1.2 = 1.32)."""
    found = irr(np.array([-100.0, 230.0, -132.0]))
    assert found.rate is None
    assert found.rates == pytest.approx((0.10, 0.20))
    assert "more than one" in found.note


def test_no_rate_is_stated() -> None:
    """100, -150, 100 has no real root; flows of one sign have none either."""
    found = irr(np.array([100.0, -150.0, 100.0]))
    assert (found.rate, found.rates) == (None, ())
    assert "never zero" in found.note
    same = irr(np.array([5.0, 5.0]))
    assert same.rate is None
    assert "opposite sign" in same.note


def test_very_high_rates_are_found() -> None:
    """Norstrom's kind of case: two rates far apart, and one of 1,900 %, as numpy-financial says too."""
    assert irr(np.array([-1.0, 20.0])).rate == pytest.approx(npf.irr([-1.0, 20.0]))
    assert irr(np.array([-5.0, 100.0, -20.0])).rates == pytest.approx([-0.7980, 18.7980], abs=5e-5)


def test_a_rate_at_which_the_value_only_touches_zero_is_found() -> None:
    """-100 (1 - v)^2 is 0 at a rate of 0 alone."""
    found = irr(np.array([-100.0, 200.0, -100.0]))
    assert found.rate == pytest.approx(0.0, abs=1e-9)
    assert len(found.rates) == 1


def test_many_signs_one_rate() -> None:
    """Norstrom: the running sum changes sign once, so there is one positive rate."""
    flows = np.array([-100.0, 50.0, -10.0, 90.0, 40.0])
    found = irr(flows)
    assert found.sign_changes == 3
    assert found.rate == pytest.approx(npf.irr(flows))
    assert "no other positive rate" in found.note


def test_payback() -> None:
    """100 back at 40 a year is 2.5 years after the first; discounted at 10 % 3.02 (34 - interest)."""
    flows = np.array([-100.0, 40, 40, 40, 40])
    assert payback(flows) == pytest.approx(2.5)
    discounted = payback(flows * 1.1 ** -np.arange(5))
    assert discounted == pytest.approx(3 + (100 - 40 * (1 - 1.1**-3) / 0.1) / (40 * 1.1**-4))
    assert payback(np.array([-100.0, 10])) is None
    assert payback(np.array([10.0, 10])) == 0


def test_returns_agree_with_each_other() -> None:
    """Profitability index 1 + NPV / outlay; the NPV at the IRR is 0."""
    flows, factors = np.array(HEALTHY, dtype=float), 1.08 ** -np.arange(6)
    r = returns(flows, factors, 0.08, 1, 70000)
    assert r.npv == pytest.approx(npf.npv(0.08, flows))
    assert r.npv == pytest.approx(pyxirr.npv(0.08, list(flows)))
    assert r.profitability_index == pytest.approx(1 + r.npv / 70000)
    assert r.irr.rate is not None
    assert npf.npv(r.irr.rate, flows) == pytest.approx(0, abs=1e-6)
    assert returns(flows, factors, 0.08, 1, 0).profitability_index is None


money = st.floats(-1e6, 1e6).map(lambda x: round(x, 2))


@given(st.lists(money, min_size=2, max_size=24))
def test_roots_are_roots_and_never_more_than_sign_changes(flows: list[float]) -> None:
    """Descartes: no more roots than changes of sign; each makes the present value nothing next to the flows."""
    f = np.array(flows)
    found = roots(f)
    assert len(found) <= sign_changes(f)
    for r in found:
        terms = f * (1.0 + r) ** -np.arange(len(f))
        assert abs(terms.sum()) <= 1e-6 * np.abs(terms).sum() + 1e-6


@given(outlay=st.floats(10, 1e6), back=st.lists(money.map(abs), min_size=1, max_size=20), rate=st.floats(0.01, 0.3))
def test_both_libraries_agree(outlay: float, back: list[float], rate: float) -> None:
    """numpy-financial and pyxirr give the same IRR, MIRR and NPV as each other and as ours."""
    flows = np.array([-outlay, *back])
    ours = irr(flows)
    theirs = npf.irr(flows)
    if ours.rate is not None and np.isfinite(theirs):
        assert ours.rate == pytest.approx(theirs, rel=1e-6, abs=1e-8)
        assert ours.rate == pytest.approx(pyxirr.irr(flows), rel=1e-6, abs=1e-8)
    assert pyxirr.npv(rate, list(flows)) == pytest.approx(npf.npv(rate, flows), rel=1e-9, abs=1e-6)
    modified = mirr(flows, rate, rate)
    if modified is not None:
        assert modified == pytest.approx(npf.mirr(flows, rate, rate), rel=1e-9, abs=1e-12)
