"""What each question adds, against R's psych."""

from __future__ import annotations

import numpy as np
import pytest

from survey_app.scoring import item_reliability
from survey_app.scoring.reliability import Moments
from tests.scoring import reference

X = reference.matrix("reliability_A_in.csv")
STATS = reference.values("reliability_A_out.csv")


def covariance(x: np.ndarray) -> np.ndarray:
    found = Moments(x.shape[1])
    found.add(x)
    return found.covariance()


def test_alpha_in_its_forms_equals_psych() -> None:
    found = item_reliability.scale_of(covariance(X), X.shape[0])
    for name, stat in {
        "raw": "alpha_raw",
        "se": "alpha_ase",
        "standardised": "alpha_std",
        "lambda6": "guttman_lambda6",
        "mean_correlation": "mean_r",
        "signal_to_noise": "signal_noise",
    }.items():
        assert getattr(found, name) == pytest.approx(STATS[stat], rel=1e-9)


def test_every_item_equals_psych() -> None:
    found = item_reliability.items_of(X, covariance(X))
    for name, of in {
        "n": "n",
        "mean": "mean",
        "sd": "sd",
        "raw": "raw.r",
        "standardised": "std.r",
        "corrected": "r.cor",
        "rest": "r.drop",
        "alpha_if_dropped": "alpha_if_dropped",
    }.items():
        assert getattr(found, name) == pytest.approx(reference.column("reliability_A_items_out.csv", of), rel=1e-9)


def test_item_rest_correlation_is_that_with_the_sum_of_the_others() -> None:
    x = np.random.default_rng(1).normal(size=(200, 4)) + np.random.default_rng(2).normal(size=(200, 1))
    found = item_reliability.items_of(x, covariance(x))
    for j in range(4):
        assert found.rest[j] == pytest.approx(np.corrcoef(x[:, j], np.delete(x, j, axis=1).sum(axis=1))[0, 1])


def test_items_without_spread_or_answers_are_unknown() -> None:
    flat = np.column_stack([np.full(200, 2.0), X[:200, :3]])
    found = item_reliability.items_of(flat, covariance(flat))
    assert np.isnan(found.raw[0])
    assert np.isnan(found.rest[0])
    assert found.sd[0] == 0
    empty = np.full((1, 2), np.nan)
    nothing = item_reliability.items_of(empty, covariance(empty))
    assert (nothing.n == 0).all()
    for name in ("mean", "sd", "raw", "standardised", "corrected", "rest", "alpha_if_dropped"):
        assert np.isnan(getattr(nothing, name)).all()
    whole = item_reliability.scale_of(np.zeros((2, 2)), 200)
    assert all(np.isnan(getattr(whole, name)) for name in whole.__struct_fields__)


def test_a_single_item_is_no_scale() -> None:
    alone = item_reliability.scale_of(np.ones((1, 1)), 200)
    assert np.isnan(alone.raw)
    assert np.isnan(alone.mean_correlation)
