"""The round's self-test: its parts by another route, and rounds where the answer is known."""

from __future__ import annotations

import itertools

import msgspec
import numpy as np
import pytest

from survey_app.scoring import fits, intervals, leniency, selftest
from survey_app.scoring.fits import Design


def drawn(unit_sd: float, business_sd: float, sheet_sd: float, businesses: int = 300) -> tuple[np.ndarray, ...]:
    """Six units; each business rates two of them."""
    draw = np.random.default_rng(8)
    pairs = [draw.choice(6, 2, replace=False) for _ in range(businesses)]
    unit, business = np.concatenate(pairs), np.repeat(np.arange(businesses), 2)
    y = draw.normal(0, unit_sd, 6)[unit] + draw.normal(0, business_sd, businesses)[business]
    return 80 + y + draw.normal(0, sheet_sd, unit.size), unit, business


def design_of(unit: np.ndarray, business: np.ndarray, units: int = 6) -> Design:
    """Each business's first unit is its main unit."""
    _, first, place = np.unique(business, return_index=True, return_inverse=True)
    return msgspec.structs.replace(fits.plain(unit, business, units), home=unit[first][place])


def test_the_spread_that_was_drawn_is_found() -> None:
    y, unit, business = drawn(6.0, 8.0, 5.0, 2000)
    design = design_of(unit, business)
    fit = leniency.fit_mixed(y[:, None], design)
    found = selftest.spread_of(y, fit, selftest.covariance_of(fit, design))
    assert found.business == pytest.approx(64, rel=0.15)
    assert found.sheet == pytest.approx(25, rel=0.15)
    assert 10 < found.unit < 120
    assert found.client_base < 4, "none was drawn"


def test_far_units_are_found_in_order_and_level_ones_are_not() -> None:
    y, unit, business = drawn(20.0, 3.0, 3.0)
    apart = selftest.self_test(y, design_of(unit, business), seed=1)
    level = selftest.self_test(*(lambda y, u, b: (y, design_of(u, b)))(*drawn(0.0, 10.0, 10.0)), seed=1)
    assert apart.tau > 0.9
    assert level.tau < 0.6
    assert apart.coverage > 0.8
    assert apart == selftest.self_test(y, design_of(unit, business), seed=1), "the same round always tells the same"


def test_three_units_are_not_ranked_and_not_tested() -> None:
    y, unit, business = drawn(5.0, 5.0, 5.0)
    assert selftest.self_test(y, design_of(unit % 3, business, 3), seed=1) is None


def test_units_without_sheets_take_no_part() -> None:
    y, unit, business = drawn(20.0, 3.0, 3.0)
    spread_out = design_of(2 * unit, business, 13)
    assert selftest.self_test(y, spread_out, seed=1) == selftest.self_test(y, design_of(unit, business), seed=1)


def test_the_covariance_of_means_is_the_sandwich() -> None:
    y, unit, business = drawn(5.0, 8.0, 5.0, 60)
    design = design_of(unit, business)
    fit = fits.fit_means(y[:, None], design)
    dense = np.zeros((unit.size, 6))
    dense[np.arange(unit.size), unit] = fit.residuals[:, 0] / np.bincount(unit)[unit]
    psi = intervals.by_business(dense, business)
    expected = intervals.sandwich(psi.T @ psi, 60)
    assert selftest.covariance_of(fit, design) == pytest.approx(expected, abs=1e-12)


def test_kendall_counts_pairs() -> None:
    draw = np.random.default_rng(2)
    one, other = draw.permutation(7).astype(float), draw.permutation(7).astype(float)
    signs = [np.sign((one[a] - one[b]) * (other[a] - other[b])) for a, b in itertools.combinations(range(7), 2)]
    assert selftest.kendall(one, other) == pytest.approx(np.mean(signs))
