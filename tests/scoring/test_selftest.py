"""The round's self-test: its parts by another route, and rounds where the answer is known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from survey_app.scoring import intervals, selftest


def drawn(unit_sd: float, business_sd: float, sheet_sd: float, businesses: int = 300) -> tuple[np.ndarray, ...]:
    """Six units; each business rates two of them."""
    draw = np.random.default_rng(8)
    pairs = [draw.choice(6, 2, replace=False) for _ in range(businesses)]
    unit, business = np.concatenate(pairs), np.repeat(np.arange(businesses), 2)
    y = draw.normal(0, unit_sd, 6)[unit] + draw.normal(0, business_sd, businesses)[business]
    return 80 + y + draw.normal(0, sheet_sd, unit.size), unit, business


def test_the_spread_that_was_drawn_is_found() -> None:
    found = selftest.spread_of(*drawn(6.0, 8.0, 5.0, 2000), 6)
    assert found.business == pytest.approx(64, rel=0.15)
    assert found.sheet == pytest.approx(25, rel=0.15)
    assert 10 < found.unit < 120


def test_far_units_are_found_in_order_and_level_ones_are_not() -> None:
    apart = selftest.self_test(*drawn(20.0, 3.0, 3.0), 6, seed=1)
    level = selftest.self_test(*drawn(0.0, 10.0, 10.0), 6, seed=1)
    assert apart.tau > 0.9
    assert level.tau < 0.6
    assert apart.coverage > 0.8
    assert apart == selftest.self_test(*drawn(20.0, 3.0, 3.0), 6, seed=1), "the same round always tells the same"


def test_three_units_are_not_ranked_and_not_tested() -> None:
    y, unit, business = drawn(5.0, 5.0, 5.0)
    assert selftest.self_test(y, unit % 3, business, 3, seed=1) is None


def test_the_covariance_of_means_is_the_sandwich() -> None:
    y, unit, business = drawn(5.0, 8.0, 5.0, 60)
    influence = (y - 80) / np.bincount(unit)[unit]
    dense = np.zeros((unit.size, 6))
    dense[np.arange(unit.size), unit] = influence
    psi = intervals.by_business(dense, business)
    expected = intervals.sandwich(psi.T @ psi, 60)
    assert selftest.covariance_of_means(influence, unit, business, 6) == pytest.approx(expected, abs=1e-12)


def test_kendall_counts_pairs() -> None:
    draw = np.random.default_rng(2)
    one, other = draw.permutation(7).astype(float), draw.permutation(7).astype(float)
    signs = [np.sign((one[a] - one[b]) * (other[a] - other[b])) for a, b in itertools.combinations(range(7), 2)]
    assert selftest.kendall(one, other) == pytest.approx(np.mean(signs))
