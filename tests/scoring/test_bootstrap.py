"""The bootstraps, against plain loops and against each other."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from survey_app.scoring import bootstrap
from survey_app.scoring.bootstrap import Scale
from survey_app.scoring.item_means import by_unit, item_sums

UNITS, ITEMS = 6, 5
SCALE = Scale(np.array([10.0, 20.0, 30.0, 25.0, 15.0]), np.ones(ITEMS), np.full(ITEMS, 5.0))
OWN_ROUND = Scale(SCALE.weights, SCALE.low, SCALE.high, "own_round")


def drawn(businesses: int = 300, seed: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """codes, unit, business: each rates one to three sheets, some about one unit twice."""
    draw = np.random.default_rng(seed)
    business = np.repeat(np.arange(businesses), draw.integers(1, 4, businesses))
    unit = draw.integers(0, UNITS, business.size)
    hidden = draw.normal(0, 0.15, UNITS)[unit] + draw.normal(0, 0.6, businesses)[business]
    codes = np.clip(np.rint(3 + hidden[:, None] + draw.normal(0, 1, (business.size, ITEMS))), 1, 5).astype(np.int8)
    codes[draw.random(codes.shape) < 0.1] = 0
    return codes, unit, business * 7


def weighted(codes: np.ndarray, unit: np.ndarray, weight: list[float], scale: Scale) -> list[float]:
    """Scores of weighted sheets, by loops."""
    sums, mass = Counter(), Counter()
    for row, u, v in zip(codes.tolist(), unit.tolist(), weight, strict=True):
        for j, code in enumerate(row):
            if code:
                sums[u, j] += v * code
                mass[u, j] += v
    means = {place: sums[place] / mass[place] for place in sums if mass[place]}
    ends = []
    for j in range(ITEMS):
        column = [means[u, j] for u in range(UNITS)]
        ends.append((1.0, 5.0) if scale.bounds == "fixed" else (min(column), max(column)))
    return [
        sum(scale.weights[j] * (means[u, j] - low) / (high - low) for j, (low, high) in enumerate(ends))
        for u in range(UNITS)
    ]


@pytest.mark.parametrize("scale", [SCALE, OWN_ROUND], ids=["fixed", "own_round"])
def test_each_exact_replicate_is_the_score_of_weighted_sheets(scale: Scale) -> None:
    codes, unit, business = drawn()
    means = bootstrap.weighted_means(by_unit(codes, unit, UNITS), business, seed=3, replicates=6)
    weights = bootstrap.poisson_weights(business, 6, seed=3)
    for r in range(6):
        assert scale.scores(means[r]) == pytest.approx(weighted(codes, unit, weights[:, r].tolist(), scale), rel=1e-5)


def test_a_business_has_one_weight_in_a_replicate_wherever_it_stands() -> None:
    weights = bootstrap.poisson_weights(np.array([5, 9, 5, 0, 9]), 10, seed=1)
    assert (weights[0] == weights[2]).all()
    assert (weights[1] == weights[4]).all()
    assert (weights[0] != weights[1]).any()
    assert (weights != bootstrap.poisson_weights(np.array([5, 9, 5, 0, 9]), 10, seed=2)).any()


def test_weights_are_poisson_and_independent() -> None:
    weights = bootstrap.poisson_weights(np.arange(2000), 200, seed=8)
    for k in range(5):
        assert (weights == k).mean() == pytest.approx(math.exp(-1) / math.factorial(k), abs=0.003)
    assert weights.var() == pytest.approx(1, abs=0.01)
    between = np.corrcoef(weights.T)
    assert np.abs(between - np.eye(200)).max() < 0.12  # of 20,000 pairs at 1/√2000
    neighbours = np.corrcoef(weights[:-1].ravel(), weights[1:].ravel())[0, 1]
    assert abs(neighbours) < 0.01


def test_influence_is_the_derivative_by_a_businesss_weight() -> None:
    codes, unit, business = drawn(60)
    sheets = by_unit(codes, unit, UNITS)
    found = item_sums(sheets)
    means = found.means()
    psi = np.empty(unit.size)
    psi[sheets.order] = bootstrap.influence(sheets, found.counts, means, SCALE.slopes(means))
    step, ones = 1e-6, [1.0] * unit.size
    base = weighted(codes, unit, ones, SCALE)
    for b in np.unique(business)[:12]:
        moved = weighted(codes, unit, [1.0 + step * (b == own) for own in business], SCALE)
        for u in range(UNITS):
            assert psi[(business == b) & (unit == u)].sum() == pytest.approx((moved[u] - base[u]) / step, abs=1e-4)


def test_covariance_is_that_of_businesses_sums_of_influence() -> None:
    codes, unit, business = drawn(80)
    sheets = by_unit(codes, unit, UNITS)
    found = item_sums(sheets)
    means = found.means()
    slopes = SCALE.slopes(means)
    psi = bootstrap.influence(sheets, found.counts, means, slopes)
    expected = np.zeros((UNITS, UNITS))
    for b in np.unique(business):
        own = np.zeros(UNITS)
        for place in np.flatnonzero(business[sheets.order] == b):
            own[unit[sheets.order][place]] += psi[place]
        expected += np.outer(own, own)
    assert bootstrap.covariance(sheets, business, found.counts, means, slopes) == pytest.approx(expected)


def test_linearised_bounds_agree_with_exact_ones() -> None:
    codes, unit, business = drawn(3000)
    sheets = by_unit(codes, unit, UNITS)
    linear, exact = (find(sheets, business, SCALE, 5) for find in (bootstrap.linearised, bootstrap.exact))
    assert np.abs(linear.low - exact.low).max() <= 1
    assert np.abs(linear.high - exact.high).max() <= 1
    assert (np.abs(linear.low - exact.low) + np.abs(linear.high - exact.high)).mean() < 0.5


def test_naive_replicates_spread_as_the_covariance_says() -> None:
    codes, unit, business = drawn(400)
    sheets = by_unit(codes, unit, UNITS)
    found = item_sums(sheets)
    means = found.means()
    said = bootstrap.covariance(sheets, business, found.counts, means, SCALE.slopes(means))
    scores = [bootstrap.naive_scores(codes, unit, business, UNITS, SCALE, seed) for seed in range(400)]
    assert np.cov(np.array(scores).T).diagonal() == pytest.approx(np.diag(said), rel=0.35)


def test_bounds_are_quantiles_of_ranks() -> None:
    scores = np.array([[3.0, 2.0, 1.0]] * 94 + [[1.0, 2.0, 3.0]] * 6)
    bounds = bootstrap.rank_bounds(scores)
    assert bounds.low.tolist() == [1, 2, 1]
    assert bounds.high.tolist() == [3, 2, 3]
