"""Cumulative logit models of answers on a few steps: the ordinal twin of the leniency model.

logit P(y ≤ k) = θ_k − x′β − u_b, u_b ~ N(0, σ²) for each business: McCullagh 1980, Agresti 2010; the businesses are
integrated out by Laplace's approximation, as R's ordinal does (clm without them, clmm with). It serves as a check: if
it orders units otherwise than the linear model, the steps are not evenly spaced.
"""

from __future__ import annotations

import msgspec
import numpy as np
from scipy import optimize, special

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import IntArray

STEP = 1e-4  # of the central differences that make second derivatives
INNER = 100
SETTLED = 1e-12
POLISH = 4  # Newton steps from where the search stopped, unless one leads as far as FAR
FAR = 0.5
NEAR = 1e-6  # a step, after which the next one would be in the last decimals
UNSURE = 100.0  # a standard error that no answers stand behind


class Ordinal(msgspec.Struct, frozen=True):
    """`levels` (K,) answers that were given; `thresholds` (K − 1,), `coefficients` (p,) in logits, higher = higher
    answers; `business_sd` σ, 0 without businesses; `covariance` of (thresholds, coefficients, and σ where there are
    businesses); n answers."""

    levels: FloatArray
    thresholds: FloatArray
    coefficients: FloatArray
    business_sd: float
    covariance: FloatArray
    log_likelihood: float
    n: int


class _Data(msgspec.Struct, frozen=True):
    """y (n,) 0…K − 1; x (n, p); business (n,) 0…B − 1, or empty without businesses."""

    y: IntArray
    x: FloatArray
    business: IntArray
    steps: int

    @property
    def mixed(self) -> bool:
        return self.business.size > 0


class _Point(msgspec.Struct, frozen=True):
    """All of one parameter value: below (n,), density and slope of the logistic at the upper (a) and lower (b)
    threshold."""

    below_a: FloatArray
    below_b: FloatArray
    density_a: FloatArray
    density_b: FloatArray
    chance: FloatArray

    @property
    def score(self) -> FloatArray:
        """∂ log P / ∂ of the opinion: F(a) + F(b) − 1."""
        return self.below_a + self.below_b - 1

    @property
    def weight(self) -> FloatArray:
        """−∂² log P."""
        return self.density_a + self.density_b

    @property
    def slope_a(self) -> FloatArray:
        return self.density_a * (1 - 2 * self.below_a)

    @property
    def slope_b(self) -> FloatArray:
        return self.density_b * (1 - 2 * self.below_b)


def indicators(unit: IntArray, units: int) -> FloatArray:
    """(n, U − 1) columns for units 1…U − 1 from `unit` (n,) 0…U − 1: unit 0 is the base level."""
    return np.asarray(np.eye(units)[unit][:, 1:])


def cumulative_logit(answers: FloatArray, x: FloatArray, business: IntArray | None = None) -> Ordinal:
    """Fitted to `answers` (n,) given x (n, p), rows with a gap (NaN) left out, with a random intercept for each
    `business` (n,) where these are given. ValueError with one level of answers, with columns of x that follow from
    others, or that set answers of one end apart."""
    known = ~np.isnan(answers) & ~np.isnan(x).any(axis=1)
    levels, y = np.unique(answers[known], return_inverse=True)
    if levels.size < 2:
        raise ValueError(f"ordinal model: {levels.size} kinds of answers; there must be two or more")
    if np.linalg.matrix_rank(np.column_stack([np.ones(y.size), x[known]])) <= x.shape[1]:
        raise ValueError("ordinal model: a column of x follows from the others; leave it out")
    of = np.empty(0, dtype=np.int64) if business is None else np.unique(business[known], return_inverse=True)[1]
    data = _Data(y, x[known], of, levels.size - 1)
    shares = np.cumsum(np.bincount(y))[:-1] / y.size
    start = np.concatenate([special.logit(shares), np.zeros(x.shape[1]), np.ones(int(data.mixed))])
    found = optimize.minimize(
        _searched, _to_free(start, data.steps), (data,), "BFGS", jac=True, options={"gtol": 1e-6, "maxiter": 500}
    )
    return _polished(_from_free(found.x, data.steps), data, levels)


def _polished(parameters: FloatArray, data: _Data, levels: FloatArray) -> Ordinal:
    """From near the optimum to it, with the curvature there."""
    information = _information(parameters, data)
    for _ in range(POLISH):
        if np.linalg.eigvalsh(information)[0] <= 0:
            break
        step = np.linalg.solve(information, _likelihood(parameters, data)[1])
        if np.abs(step).max() > FAR:
            break
        parameters = parameters + step
        if np.abs(step).max() < NEAR:
            break
        information = _information(parameters, data)
    covariance = np.asarray(np.linalg.pinv(information, hermitian=True), dtype=np.float64)
    _refuse_unsure(covariance, data)
    sd = abs(float(parameters[-1])) if data.mixed else 0.0
    end = data.steps + data.x.shape[1]
    likelihood = _likelihood(parameters, data)[0]
    return Ordinal(
        levels, parameters[: data.steps], parameters[data.steps : end], sd, covariance, likelihood, data.y.size
    )


def _likelihood(parameters: FloatArray, data: _Data) -> tuple[float, FloatArray]:
    """Log-likelihood and gradient at (θ, β[, σ]); with businesses Laplace's, Σ_b ℓ_b(v) − v²/2 − ½ log D_b, where u =
    σv, v at its mode, D_b = 1 + σ² Σ (f(a) + f(b)); the gradient follows v as it moves with the parameters."""
    sigma = float(parameters[-1]) if data.mixed else 0.0
    fixed = data.x @ parameters[data.steps : data.steps + data.x.shape[1]]
    cuts = np.concatenate([[-np.inf], parameters[: data.steps], [np.inf]])
    mode = _modes(cuts, fixed, sigma, data) if data.mixed else np.zeros(1)
    of = data.business if data.mixed else np.zeros(data.y.size, dtype=np.int64)
    v = mode[of]
    at = _point(cuts, fixed + sigma * v, data.y)
    curvature = 1 + sigma**2 * np.bincount(of, at.weight, minlength=mode.size)
    bend = -(sigma**3) * np.bincount(of, at.slope_a + at.slope_b, minlength=mode.size)
    value = float(np.log(at.chance).sum() - 0.5 * (mode**2).sum() - 0.5 * np.log(curvature).sum())
    # ∂/∂φ of −½ log D: directly (q ∂D) and through the mode (r ∂v)
    q = -0.5 / curvature[of]
    r = q * bend[of] / curvature[of]
    upper = at.density_a / at.chance + q * sigma**2 * at.slope_a + r * sigma * at.density_a
    lower = -at.density_b / at.chance + q * sigma**2 * at.slope_b + r * sigma * at.density_b
    slopes = at.slope_a + at.slope_b
    opinion = at.score - q * sigma**2 * slopes - r * sigma * at.weight
    cut = np.bincount(data.y + 1, upper, minlength=cuts.size) + np.bincount(data.y, lower, minlength=cuts.size)
    parts = [cut[1:-1], data.x.T @ opinion]
    if data.mixed:
        direct = at.score * v + q * (2 * sigma * at.weight - sigma**2 * v * slopes)
        parts.append(np.array([(direct + r * (at.score - sigma * v * at.weight)).sum()]))
    return value, np.concatenate(parts)


def _modes(cuts: FloatArray, fixed: FloatArray, sigma: float, data: _Data) -> FloatArray:
    """(B,) most likely v of each business: the objective is concave, its curvature at least 1."""
    mode = np.zeros(int(data.business.max()) + 1)
    for _ in range(INNER):
        at = _point(cuts, fixed + sigma * mode[data.business], data.y)
        slope = sigma * np.bincount(data.business, at.score, minlength=mode.size) - mode
        step = slope / (1 + sigma**2 * np.bincount(data.business, at.weight, minlength=mode.size))
        mode = mode + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < SETTLED:
            break
    return mode


def _point(cuts: FloatArray, opinion: FloatArray, y: IntArray) -> _Point:
    a, b = cuts[y + 1] - opinion, cuts[y] - opinion
    below_a, below_b, above_a, above_b = special.expit(a), special.expit(b), special.expit(-a), special.expit(-b)
    # in the upper tail the difference of the complements is the exact one
    chance = np.where(below_b > 0.5, above_b - above_a, below_a - below_b)
    return _Point(below_a, below_b, below_a * above_a, below_b * above_b, np.maximum(chance, 1e-300))


def _information(parameters: FloatArray, data: _Data) -> FloatArray:
    """Minus the second derivatives, by central differences of the exact gradient."""
    rows = []
    for place in range(parameters.size):
        shift = np.where(np.arange(parameters.size) == place, STEP, 0.0)
        rows.append(_likelihood(parameters - shift, data)[1] - _likelihood(parameters + shift, data)[1])
    found = np.array(rows) / (2 * STEP)
    return np.asarray((found + found.T) / 2)


def _refuse_unsure(covariance: FloatArray, data: _Data) -> None:
    """A column that sets the answers of one end apart has next to no curvature: its coefficient would run away."""
    spread = np.sqrt(np.clip(np.diag(covariance), 0.0, None))[data.steps : data.steps + data.x.shape[1]]
    if (spread > UNSURE).any():
        place = int(np.argmax(spread)) + 1
        raise ValueError(f"ordinal model: column {place} of x has answers of one end only; leave it out or merge it")


def _searched(free: FloatArray, data: _Data) -> tuple[float, FloatArray]:
    """What the search makes small, over (θ_1, log steps between thresholds, the rest): thresholds stay in order."""
    value, gradient = _likelihood(_from_free(free, data.steps), data)
    through = np.cumsum(gradient[: data.steps][::-1])[::-1]
    through[1:] *= np.exp(np.clip(free[1 : data.steps], -30.0, 30.0))
    return -value, -np.concatenate([through, gradient[data.steps :]])


def _to_free(parameters: FloatArray, steps: int) -> FloatArray:
    return np.concatenate([parameters[:1], np.log(np.diff(parameters[:steps])), parameters[steps:]])


def _from_free(free: FloatArray, steps: int) -> FloatArray:
    gaps = np.exp(np.clip(free[1:steps], -30.0, 30.0))
    return np.concatenate([free[0] + np.concatenate([[0.0], np.cumsum(gaps)]), free[steps:]])
