"""Factors and omega, against R's psych and lavaan and against the definitions."""

from __future__ import annotations

import numpy as np
import pytest

from survey_app.scoring import factors
from survey_app.scoring.reliability import Moments
from survey_app.scoring.rotation import quartimin
from tests.scoring import reference

X = reference.matrix("reliability_A_in.csv")
STATS = reference.values("reliability_A_out.csv")
ONE = np.array([0.8, 0.7, 0.6, 0.5, 0.4])


def moments() -> Moments:
    found = Moments(X.shape[1])
    found.add(X)
    return found


R = moments().correlation()


def implied(loadings: np.ndarray) -> np.ndarray:
    found = loadings @ loadings.T if loadings.ndim == 2 else np.outer(loadings, loadings)
    np.fill_diagonal(found, 1)
    return found


def test_omega_total_of_one_factor_equals_psych() -> None:
    assert factors.omega_total(R) == pytest.approx(STATS["omega_total_1factor"], rel=1e-8)


def test_omega_of_three_factors_equals_psych() -> None:
    found = factors.omega(R, 3)
    # psych's optimiser stops early at the edge, where one item's uniqueness is at its bound
    assert found.heywood
    assert found.total == pytest.approx(STATS["omega_total_3factor"], rel=1e-5)
    assert found.total == factors.omega_total(R, 3)
    assert found.hierarchical == pytest.approx(STATS["omega_h_3factor"], rel=1e-3)


def test_sampling_adequacy_equals_psych() -> None:
    assert factors.sampling_adequacy(R) == pytest.approx(STATS["kmo_msa"], rel=1e-9)


def test_one_factor_fit_equals_lavaan() -> None:
    expected = reference.values("cfa_listwise_A_out.csv")
    found = factors.one_factor_fit(X)
    for name in ("chisq", "df", "cfi", "tli", "rmsea", "srmr"):
        assert getattr(found, name) == pytest.approx(expected[name], rel=1e-6)
    assert found.loadings == pytest.approx([expected[f"lambda_q{j}"] for j in range(1, 10)], rel=1e-5)


def test_two_factors_do_not_pass_for_one() -> None:
    draw = np.random.default_rng(8)
    x = np.repeat(draw.normal(size=(400, 2)), 3, axis=1) + draw.normal(size=(400, 6))
    found = factors.one_factor_fit(x)
    r = np.corrcoef(x.T)
    model = implied(found.loadings)
    likelihood = np.linalg.slogdet(model)[1] + np.trace(np.linalg.solve(model, r)) - np.linalg.slogdet(r)[1] - 6
    excess, excess0 = found.chisq - 9, -400 * np.linalg.slogdet(r)[1] - 15
    assert found.df == 9
    assert found.chisq == pytest.approx(400 * likelihood)
    assert found.chisq > 100
    assert found.cfi == pytest.approx(1 - excess / excess0)
    assert found.tli == pytest.approx(1 - (excess / 9) / (excess0 / 15))
    assert found.rmsea == pytest.approx(np.sqrt(excess / (9 * 400)))
    assert found.srmr == pytest.approx(np.sqrt((np.tril(r - model) ** 2).sum() / 21), rel=1e-4)
    assert found.n == 400


def test_both_methods_recover_factors_that_are_there() -> None:
    for found in (factors.minres(implied(ONE)), factors.most_likely(implied(ONE))[0]):
        assert found.loadings[:, 0] == pytest.approx(ONE, abs=1e-5)
        assert found.unique == pytest.approx(1 - ONE**2, abs=1e-5)
        assert not found.heywood


def test_minres_residuals_are_smaller_than_any_nearby() -> None:
    found = factors.minres(R, 2).loadings
    off = ~np.eye(9, dtype=bool)
    best = ((R - found @ found.T)[off] ** 2).sum()
    draw = np.random.default_rng(1)
    for _ in range(50):
        other = found + draw.normal(0, 0.01, found.shape)
        assert ((R - other @ other.T)[off] ** 2).sum() > best


def test_one_factor_omega_is_the_share_of_common_variance() -> None:
    expected = ONE.sum() ** 2 / (ONE.sum() ** 2 + (1 - ONE**2).sum())
    assert factors.omega_total(implied(ONE)) == pytest.approx(expected, rel=1e-7)


def test_omega_hierarchical_recovers_a_general_factor() -> None:
    general, group = np.full(12, 0.6), np.kron(np.eye(3), np.full((4, 1), 0.5))
    both = implied(np.column_stack([general, group]))
    found = factors.omega(both, 3)
    assert found.general == pytest.approx(general, abs=1e-3)
    assert found.group[:, np.argsort(np.argmax(found.group, axis=0))] == pytest.approx(group, abs=1e-3)
    assert found.hierarchical == pytest.approx(general.sum() ** 2 / both.sum(), abs=1e-3)


def test_two_factors_lean_on_the_general_one_alike() -> None:
    general, group = np.full(8, 0.6), np.kron(np.eye(2), np.full((4, 1), 0.5))
    found = factors.omega(implied(np.column_stack([general, group])), 2)
    assert found.general == pytest.approx(general, abs=1e-3)


def test_rotation_keeps_what_the_factors_explain() -> None:
    loadings = factors.minres(R, 2).loadings
    pattern, between = quartimin(loadings)
    assert pattern @ between @ pattern.T == pytest.approx(loadings @ loadings.T, abs=1e-9)
    assert np.diag(between) == pytest.approx([1, 1])


def test_rotation_reaches_the_simplest_pattern_of_all_pairs_of_axes() -> None:
    loadings = factors.minres(R, 2).loadings
    pattern, _ = quartimin(loadings)
    assert (pattern.sum(axis=0) > 0).all()
    grid = np.linspace(0, np.pi, 61)
    tried = []
    for a in grid:
        for b in grid:
            axes = np.array([[np.cos(a), np.cos(b)], [np.sin(a), np.sin(b)]])
            if abs(np.linalg.det(axes)) > 0.2:
                other = loadings @ np.linalg.inv(axes).T
                tried.append((other[:, 0] ** 2 * other[:, 1] ** 2).sum())
    assert (pattern[:, 0] ** 2 * pattern[:, 1] ** 2).sum() <= min(tried) + 1e-12


def test_lambda6_and_multiple_correlations_are_those_of_regressions() -> None:
    z = np.random.default_rng(2).normal(size=(300, 4)) + np.random.default_rng(3).normal(size=(300, 1))
    r = np.corrcoef(z.T)
    left = []
    for j in range(4):
        others = np.column_stack([np.ones(300), np.delete(z, j, axis=1)])
        residual = z[:, j] - others @ np.linalg.lstsq(others, z[:, j])[0]
        left.append(residual.var() / z[:, j].var())
    assert factors.multiple_correlations(r) == pytest.approx(1 - np.array(left))
    assert factors.lambda6(r) == pytest.approx(1 - sum(left) / r.sum())


def test_items_that_copy_others_are_unknown_or_refused() -> None:
    copies = np.ones((5, 5))
    assert np.isnan(factors.lambda6(copies))
    assert np.isnan(factors.sampling_adequacy(copies))
    with pytest.raises(ValueError, match="an item follows from the others"):
        factors.most_likely(copies)
    assert factors.minres(copies).heywood
    assert np.isnan(factors.sampling_adequacy(np.eye(3)))


def test_what_has_no_answer_is_refused_in_one_line() -> None:
    gaps = np.eye(5)
    gaps[1, 3] = gaps[3, 1] = np.nan
    with pytest.raises(ValueError, match="the correlation of items 2 and 4 is unknown; leave one of them out"):
        factors.minres(gaps)
    with pytest.raises(ValueError, match="5 items cannot tell 3 factors apart; take fewer"):
        factors.minres(implied(ONE), 3)
    with pytest.raises(ValueError, match="one factor has no general one behind it"):
        factors.omega(R, 1)
    with pytest.raises(ValueError, match="3 items fit always; the model needs 4"):
        factors.one_factor_fit(X[:, :3])
    with pytest.raises(ValueError, match="2 rows are complete; 9 items need more than 9"):
        factors.one_factor_fit(np.ones((2, 9)))
    with pytest.raises(ValueError, match="everybody answers item 2 alike; leave it out"):
        factors.one_factor_fit(np.where(np.arange(9) == 1, 3.0, X))
