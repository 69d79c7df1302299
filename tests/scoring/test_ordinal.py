"""Cumulative logits, against R's ordinal and against models whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from survey_app.scoring import ordinal
from tests.scoring import reference

DATA = reference.matrix("ordinal_A_in.csv")
BUSINESS, UNIT, Q = DATA[:, 0].astype(int), DATA[:, 1].astype(int) - 1, DATA[:, 2]
X = ordinal.indicators(UNIT, 12)
FIT = reference.values("ordinal_A_fit_out.csv")


def out(name: str) -> tuple[np.ndarray, np.ndarray]:
    found = reference.column("ordinal_A_out.csv", name)
    return found[:4], found[4:]


def simulated(n: int, sd: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    business = np.arange(n) // 6
    x = draw.normal(size=(n, 2))
    opinion = x @ [1.0, -0.5] + sd * draw.normal(size=n)[business] + draw.logistic(size=n)
    return np.digitize(opinion, [-1.0, 0.5, 1.5]).astype(float), x, business


def test_cumulative_logit_equals_clm() -> None:
    found, (thresholds, units) = ordinal.cumulative_logit(Q, X), out("clm")
    assert found.thresholds == pytest.approx(thresholds, rel=1e-6)
    assert found.coefficients == pytest.approx(units, rel=1e-6)
    assert found.log_likelihood == pytest.approx(FIT["clm_loglik"], rel=1e-10)
    assert found.business_sd == 0
    assert found.n == 524


def test_businesses_intercepts_equal_clmm() -> None:
    found, (thresholds, units) = ordinal.cumulative_logit(Q, X, BUSINESS), out("clmm_laplace")
    # clmm stops a little before the top: its likelihood is 8e-5 lower
    assert found.thresholds == pytest.approx(thresholds, rel=2e-4)
    assert found.coefficients == pytest.approx(units, rel=1e-3, abs=2e-4)
    assert 0 <= found.log_likelihood - FIT["clmm_loglik"] < 1e-3
    assert found.business_sd == pytest.approx(FIT["clmm_business_sd"], rel=1e-4)


@pytest.mark.parametrize("mixed", [False, True])
def test_the_gradient_is_that_of_the_likelihood(mixed: bool) -> None:
    y, x, business = simulated(120, 1.0)
    data = ordinal._Data(y.astype(int), x, business if mixed else np.empty(0, dtype=int), 3)
    at = np.array([-1.1, 0.2, 1.7, 0.8, -0.3] + [1.3] * mixed)
    for place, slope in enumerate(ordinal._likelihood(at, data)[1]):
        shift = np.where(np.arange(at.size) == place, 1e-5, 0.0)
        up, down = (ordinal._likelihood(at + sign * shift, data)[0] for sign in (1, -1))
        assert slope == pytest.approx((up - down) / 2e-5, abs=1e-6)


def test_a_known_model_comes_back_within_its_errors() -> None:
    y, x, business = simulated(3000, 1.0)
    found = ordinal.cumulative_logit(y, x, business)
    estimate = np.concatenate([found.thresholds, found.coefficients, [found.business_sd]])
    truth = np.array([-1.0, 0.5, 1.5, 1.0, -0.5, 1.0])
    # Laplace's approximation takes σ a little small with six answers a business
    assert (np.abs(estimate - truth) < 3.5 * np.sqrt(np.diag(found.covariance)) + 0.03).all()


def test_two_levels_are_a_logistic_regression() -> None:
    y = np.repeat([0.0, 1, 0, 1], [30, 10, 15, 25])
    x = np.repeat([[0.0], [1.0]], 40, axis=0)
    found = ordinal.cumulative_logit(y, x)
    assert found.thresholds == pytest.approx([logit(30 / 40)])
    assert found.coefficients == pytest.approx([logit(30 / 40) - logit(15 / 40)])
    # the textbook error of a log odds ratio
    assert found.covariance[1, 1] == pytest.approx(1 / 30 + 1 / 10 + 1 / 15 + 1 / 25, rel=1e-6)


def test_without_predictors_the_thresholds_are_the_answers_shares() -> None:
    found = ordinal.cumulative_logit(Q, np.empty((524, 0)))
    assert expit(found.thresholds) == pytest.approx(np.cumsum(np.bincount(Q.astype(int))[1:])[:-1] / 524)


def test_businesses_that_differ_less_than_chance_have_no_spread() -> None:
    y, x = np.tile([1.0, 2, 3, 4], 50), np.random.default_rng(6).normal(size=(200, 1))
    mixed, plain = ordinal.cumulative_logit(y, x, np.arange(200) // 4), ordinal.cumulative_logit(y, x)
    assert mixed.business_sd == pytest.approx(0, abs=1e-4)
    assert mixed.coefficients == pytest.approx(plain.coefficients, abs=1e-6)
    assert mixed.log_likelihood == pytest.approx(plain.log_likelihood)


def test_one_answer_a_business_still_has_a_fit() -> None:
    y, x, _ = simulated(300, 1.0)
    found = ordinal.cumulative_logit(y, x, np.arange(300))
    assert np.isfinite(found.log_likelihood)
    assert np.isfinite(found.coefficients).all()


def test_questions_left_out_are_left_out() -> None:
    gaps, holes = Q.copy(), X.copy()
    gaps[:30] = np.nan
    holes[30:50, 3] = np.nan
    found, cut = ordinal.cumulative_logit(gaps, holes), ordinal.cumulative_logit(Q[50:], X[50:])
    assert found.coefficients == pytest.approx(cut.coefficients, abs=1e-9)
    assert found.n == 474


def test_what_cannot_be_fitted_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match="1 kinds of answers; there must be two or more"):
        ordinal.cumulative_logit(np.full(5, 3.0), np.zeros((5, 1)))
    with pytest.raises(ValueError, match="0 kinds of answers"):
        ordinal.cumulative_logit(np.full(5, np.nan), np.zeros((5, 1)))
    with pytest.raises(ValueError, match="a column of x follows from the others; leave it out"):
        ordinal.cumulative_logit(Q, np.column_stack([X, X[:, 0]]))
    ends = np.where(Q == 5, 1.0, 0.0)[:, None]
    with pytest.raises(ValueError, match="column 1 of x has answers of one end only; leave it out or merge it"):
        ordinal.cumulative_logit(Q, ends)
    with pytest.raises(ValueError, match="column 1 of x has answers of one end only"):
        ordinal.cumulative_logit(Q, ends, BUSINESS)
