"""The adjustment: equal to lme4 where lme4 has the model, and to dense matrices written down from the definition."""

from __future__ import annotations

import csv

import msgspec
import numpy as np
import pytest

from survey_app.scoring import fits, leniency, reml
from survey_app.scoring.covariates import Profile, covariates
from survey_app.scoring.fits import Design
from tests.scoring.test_reliability import GOLDEN


def column(name: str, *fields: str) -> list[np.ndarray]:
    with (GOLDEN / name).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [np.array([float(row[field]) for row in rows]) for field in fields]


def raters() -> tuple[np.ndarray, Design]:
    business, unit, y = column("raters_A_in.csv", "business", "unit", "y")
    order = np.argsort(business, kind="stable")
    return y[order], fits.plain(unit[order].astype(int) - 1, business[order].astype(int), 12)


def test_unit_means_with_random_businesses_equal_lme4() -> None:
    peak = reml.reml(*raters())
    mean, se = column("raters_A_fixed_units_out.csv", "gls_mean", "se")
    assert peak.theta == pytest.approx(mean, rel=1e-6)
    assert np.sqrt(np.diag(peak.covariance)) == pytest.approx(se, rel=1e-6)
    vcov = np.column_stack(column("raters_A_fixed_units_vcov_out.csv", *(f"unit{u}" for u in range(1, 13))))
    assert peak.covariance == pytest.approx(vcov, rel=1e-5)
    (variances,) = column("raters_A_fixed_units_varcomp_out.csv", "value")
    assert [peak.var_business, peak.var_sheet] == pytest.approx(variances[:2].tolist(), rel=1e-5)
    (leniencies,) = column("raters_A_leniency_out.csv", "leniency_blup")
    assert peak.leniency == pytest.approx(leniencies, abs=1e-5)


def test_random_units_equal_lme4() -> None:
    """lme4's own optimum is 1e-4 away in the units' variance; its deviance there is higher than ours."""
    found = reml.reml_random_units(*raters())
    with (GOLDEN / "raters_A_random_units_varcomp_out.csv").open(encoding="utf-8") as file:
        value = {row["stat"]: float(row["value"]) for row in csv.DictReader(file)}
    assert found.intercept == pytest.approx(value["intercept"], rel=1e-5)
    assert found.var_business == pytest.approx(value["var_business"], rel=1e-4)
    assert found.var_unit == pytest.approx(value["var_unit"], rel=2e-4)
    assert found.var_sheet == pytest.approx(value["var_Residual"], rel=1e-4)
    effects, sd = column("raters_A_random_units_out.csv", "shrunk_effect", "cond_sd")
    assert found.effects == pytest.approx(effects, abs=1e-4)
    assert found.conditional_sd == pytest.approx(sd, abs=1e-4)


def drawn(seed: int = 3, businesses: int = 70, units: int = 6) -> tuple[np.ndarray, Design]:
    """Businesses with one to three sheets, some without a known main unit, two scores, fear and a segment."""
    draw = np.random.default_rng(seed)
    unit, business, home, segment = [], [], [], []
    for b in range(businesses):
        rated = draw.choice(units, draw.integers(1, 4), replace=False)
        unit += rated.tolist()
        business += [b] * rated.size
        home += [-1 if b % 5 == 0 else int(rated[0])] * rated.size
        segment += [int(draw.integers(0, 2))] * rated.size
    unit, business, home = np.array(unit), np.array(business), np.array(home)
    fear = draw.integers(1, 6, unit.size).astype(float)
    known = covariates(Profile(unit, business, home, fear, np.array(segment)[:, None]))
    y = (
        draw.normal(70, 8, (unit.size, 2))
        + draw.normal(0, 6, (businesses, 1))[business]
        + draw.normal(0, 5, (units, 1))[unit]
    )
    return y, Design(unit, business, units, home, known.values, known.reference, np.array([0.6, 0.4]))


def dense(y: np.ndarray, design: Design, r: float, rho: float) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """−2 log REML of the composite, θ, its covariance by sub-index, and A, from full matrices."""
    n, p = design.unit.size, design.units + design.covariates.shape[1]
    centred = design.covariates - design.covariates.mean(axis=0)
    x = np.hstack([np.eye(design.units)[design.unit], centred])
    z = np.zeros((n, design.units))
    for i in range(n):
        own = design.unit[design.business == design.business[i]]
        z[i, own if design.home[i] < 0 else [design.home[i]]] = 1.0 / (own.size if design.home[i] < 0 else 1)
    v = np.eye(n) + r * (design.business[:, None] == design.business) + rho * z @ z.T
    inverse = np.linalg.inv(v)
    inner = np.linalg.inv(x.T @ inverse @ x)
    beta = inner @ x.T @ inverse @ y
    left = y - x @ beta
    sigma = left.T @ inverse @ left / (n - p)
    read = np.hstack(
        [np.eye(design.units), np.tile(design.reference - design.covariates.mean(axis=0), (design.units, 1))]
    )
    s2 = design.weights @ sigma @ design.weights
    deviance = (n - p) * np.log(s2) + np.linalg.slogdet(v)[1] - np.linalg.slogdet(inner)[1]
    return deviance, read @ beta, np.kron(read @ inner @ read.T, sigma), read @ inner @ x.T @ inverse


def test_a_point_of_the_grid_is_the_dense_model() -> None:
    y, design = drawn()
    moments = leniency.Moments(y, design)
    for r, rho in ((0.3, 0.0), (2.0, 0.05), (0.1, 1.5)):
        (point,) = leniency.points(moments, design.weights[None, :], r, np.array([rho]))
        deviance, theta, covariance, _ = dense(y, design, r, rho)
        (zero,) = leniency.points(moments, design.weights[None, :], 1.0, np.zeros(1))
        assert point.deviance[0] - zero.deviance[0] == pytest.approx(deviance - dense(y, design, 1.0, 0.0)[0], abs=1e-7)
        read = np.hstack([np.eye(6), np.tile(moments.shift, (6, 1))])
        assert read @ point.beta == pytest.approx(theta, abs=1e-8)
        assert np.kron(read @ point.inverse @ read.T, point.sigma) == pytest.approx(covariance, abs=1e-8)


def test_the_fit_averages_the_grid_by_likelihood() -> None:
    """θ, Σ and A again from dense matrices at every point of the grid."""
    y, design = drawn(businesses=40)
    found = leniency.fit_mixed(y, design)
    grid = [(r, rho) for r in np.exp(leniency.LOG_R) for rho in leniency.RHO]
    models = [dense(y, design, r, rho) for r, rho in grid]
    root = np.sqrt(leniency.RHO)
    spacing = np.gradient(root)
    spacing[0], spacing[-1] = root[1] / 2, (root[-1] - root[-2]) / 2
    chance = np.exp(-0.5 * (np.array([m[0] for m in models]) - min(m[0] for m in models)))
    chance *= np.tile(spacing, leniency.LOG_R.size)
    chance[chance < 0.002 * chance.max()] = 0
    chance /= chance.sum()
    theta = sum(c * m[1] for c, m in zip(chance, models, strict=True))
    assert found.theta == pytest.approx(theta, abs=1e-7)
    assert found.weights(slice(None)) == pytest.approx(
        sum(c * m[3] for c, m in zip(chance, models, strict=True)), abs=1e-8
    )
    spread = sum(c * (m[2] + np.outer((m[1] - theta).ravel(), (m[1] - theta).ravel()))
                 for c, m in zip(chance, models, strict=True))  # fmt: skip
    assert found.covariance == pytest.approx(spread, abs=1e-6)


def test_the_adjustment_is_the_same_for_any_weights_at_given_ratios() -> None:
    """θ of a mixture is the mixture of the θ."""
    y, design = drawn()
    both = leniency.fit_mixed(y, design)
    mixed = leniency.fit_mixed((y @ design.weights)[:, None], msgspec.structs.replace(design, weights=np.ones(1)))
    assert both.theta @ design.weights == pytest.approx(mixed.theta[:, 0], abs=1e-9)
    assert both.components.business == pytest.approx(mixed.components.business)
    assert both.components.client_base == pytest.approx(mixed.components.client_base)


def test_lenient_clients_lift_no_unit() -> None:
    """Unit 0 is rated by lenient businesses, which rate others too: plain means are fooled, the adjustment is not."""
    draw = np.random.default_rng(11)
    unit, business, lenient = [], [], []
    for b in range(400):
        home = int(draw.integers(0, 5))
        rated = [home, *draw.choice([u for u in range(5) if u != home], 1)]
        unit += rated
        business += [b, b]
        lenient += [25.0 if home == 0 else 0.0] * 2
    unit, business = np.array(unit), np.array(business)
    y = (np.array([60.0, 62, 64, 66, 68])[unit] + np.array(lenient) + draw.normal(0, 3, unit.size))[:, None]
    design = msgspec.structs.replace(fits.plain(unit, business, 5), home=np.repeat(unit[::2], 2))
    assert np.argmax(fits.fit_means(y, design).theta[:, 0]) == 0
    adjusted = leniency.fit_mixed(y, design)
    assert np.argsort(adjusted.theta[:, 0]).tolist() == [0, 1, 2, 3, 4]
    assert adjusted.components.client_base > 1


def test_without_businesses_that_rate_several_units_means_stay_means() -> None:
    y, design = drawn()
    _, first = np.unique(design.business, return_index=True)
    alone = msgspec.structs.replace(
        design, unit=design.unit[first], business=design.business[first], home=design.home[first],
        covariates=design.covariates[first],
    )  # fmt: skip
    fit = leniency.fit_mixed(y[first], alone)
    assert fit.components is None
    assert fit.theta == pytest.approx(fits.fit_means(y[first], alone).theta)


def test_a_unit_without_sheets_has_no_score() -> None:
    y, design = drawn()
    wide = msgspec.structs.replace(design, units=8)
    fit = leniency.fit_mixed(y, wide)
    assert np.isnan(fit.theta[6:]).all()
    assert fit.theta[:6] == pytest.approx(leniency.fit_mixed(y, design).theta)
    assert (fit.weights(slice(None))[6:] == 0).all()


def test_a_covariate_that_the_units_make_up_is_left_out() -> None:
    y, design = drawn()
    by_unit = np.column_stack([design.covariates, (design.unit == 2).astype(float)])
    more = msgspec.structs.replace(design, covariates=by_unit, reference=by_unit.mean(axis=0))
    base = msgspec.structs.replace(design, reference=design.covariates.mean(axis=0))
    assert leniency.fit_mixed(y, more).theta == pytest.approx(leniency.fit_mixed(y, base).theta, abs=1e-9)


def test_several_scores_at_once_are_each_fitted_for_itself() -> None:
    y, design = drawn()
    one = msgspec.structs.replace(design, weights=np.ones(1))
    together = leniency.fit_each(y, one)
    for k in range(2):
        alone = leniency.fit_mixed(y[:, [k]], one)
        assert together.theta[:, k] == pytest.approx(alone.theta[:, 0], abs=1e-10)
        assert together.covariances[k] == pytest.approx(alone.covariance, abs=1e-9)


def test_without_links_plain_means_admit_what_client_bases_may_add() -> None:
    """Each business rated one unit: nothing tells its unit's mood from its unit's quality, and the intervals say so."""
    draw = np.random.default_rng(5)
    unit = np.repeat(np.arange(4), 50)
    y = draw.normal(70, 8, (200, 2))
    design = fits.plain(unit, np.arange(200), 5, size=2)  # nobody rated unit 4
    fit = leniency.fit_mixed(y, design)
    assert fit.components is None
    assert fit.theta[:4] == pytest.approx(np.array([y[unit == u].mean(axis=0) for u in range(4)]))
    products = np.zeros((2, 2))
    for u in range(4):
        away = y[unit == u] - y[unit == u].mean(axis=0)
        products += away.T @ away
    expected = np.zeros((10, 10))
    for u in range(4):
        expected[2 * u : 2 * u + 2, 2 * u : 2 * u + 2] = 0.03 * products / 196
    assert fit.homes == pytest.approx(expected)
