"""Polychoric correlations, against R's psych and against normal variables whose correlation is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from survey_app.scoring import polychoric
from tests.scoring import reference


def test_correlations_equal_psych() -> None:
    rows = reference.rows("polychoric_A_out.csv")
    expected = np.array([[float(value) for name, value in row.items() if name != "item"] for row in rows])
    found = polychoric.polychoric(reference.matrix("reliability_A_in.csv"))
    assert found == pytest.approx(expected, abs=1e-4)


def test_areas_are_those_of_the_bivariate_normal() -> None:
    for r in (-0.99, -0.6, 0.0, 0.3, 0.9):
        for h, k in ((0.0, 0.0), (-1.2, 0.7), (2.0, 1.9)):
            expected = multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf([h, k])
            assert float(polychoric.below_both(np.array(h), np.array(k), r)) == pytest.approx(expected, abs=1e-7)


def test_areas_at_zero_are_those_of_the_arcsine() -> None:
    for r in (-0.95, 0.2, 0.8):
        found = float(polychoric.below_both(np.array(0.0), np.array(0.0), r))
        assert found == pytest.approx(0.25 + np.arcsin(r) / (2 * np.pi), abs=1e-12)


def test_cells_add_up_to_the_items_own_shares() -> None:
    rows, columns = np.array([-1.0, 0.2]), np.array([-0.5, 0.0, 1.3])
    found = polychoric.cells(rows, columns, 0.7)
    assert found.shape == (3, 4)
    assert found.sum() == pytest.approx(1)
    assert polychoric.thresholds(found.sum(axis=1)) == pytest.approx(rows)


def test_two_by_two_at_the_median_is_the_sine() -> None:
    table = np.array([[40.0, 10.0], [10.0, 40.0]])
    found = polychoric.table_correlation(table, np.zeros(1), np.zeros(1))
    assert found == pytest.approx(np.sin(np.pi / 2 * 0.6), abs=1e-6)


def test_a_known_correlation_comes_back() -> None:
    draw = np.random.default_rng(1)
    z = draw.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 4000)
    x = np.column_stack([np.digitize(z[:, 0], [-1, 0, 1]), np.digitize(z[:, 1], [-0.5, 0.8])]).astype(float)
    assert polychoric.polychoric(x)[0, 1] == pytest.approx(0.6, abs=0.03)
    assert polychoric.polychoric(np.column_stack([x[:, 0], -x[:, 1]]))[0, 1] == pytest.approx(-0.6, abs=0.03)


def test_equal_items_stop_short_of_one() -> None:
    x = np.random.default_rng(2).integers(1, 6, 2000).astype(float)
    both = np.column_stack([x, x])
    assert polychoric.polychoric(both)[0, 1] == pytest.approx(polychoric.FARTHEST, abs=1e-6)
    assert 0.9 < polychoric.polychoric(both, empty=0.5)[0, 1] < polychoric.FARTHEST


def test_items_that_tell_nothing_are_unknown() -> None:
    x = np.column_stack([[1.0, 2, 1, 2], [3.0] * 4, [np.nan] * 4])
    found = polychoric.polychoric(x)
    assert found[0, 0] == 1
    assert np.isnan(found[1:]).all()
    apart = np.array([[1, np.nan], [2, np.nan], [np.nan, 1], [np.nan, 2]])
    assert np.isnan(polychoric.polychoric(apart)[0, 1])
