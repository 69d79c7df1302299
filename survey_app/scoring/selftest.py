"""The round's self-test: how well its order would be found in rounds like it, whose truth is known.

Drawn are units as different as these seem to be, and client bases, businesses and chance as large as in this round,
with its very own pattern of who rated whom. Each drawn round is adjusted and ranked as the real one.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from survey_app.scoring import intervals, leniency, ranks
from survey_app.scoring.fits import CLIENT_BASE_SHARE, Components, Design, Fit
from survey_app.scoring.normalise import FloatArray

ROUNDS = 40
TOGETHER = 10  # drawn rounds in memory at once
DRAWS = 2_000  # a rank interval; chance in its ends evens out over rounds and units
DECIMALS = 2


class SelfTest(msgspec.Struct, frozen=True):
    """Over 40 drawn rounds: mean Kendall's tau between the expected ranks and the truth; the share of units whose 90 %
    rank interval holds the true rank."""

    tau: float
    coverage: float


class Spread(msgspec.Struct, frozen=True):
    """Variances on 0–100: of units ω², of client bases κ², of businesses τ², of single sheets s²."""

    unit: float
    client_base: float
    business: float
    sheet: float


def self_test(y: FloatArray, design: Design, seed: int) -> SelfTest | None:
    """From the sheets' composites y (n,). None for too few units, or a unit with fewer than two sheets."""
    design = among(design)
    if design.units < ranks.LEAST_UNITS or np.bincount(design.unit, minlength=design.units).min() < 2:
        return None
    fit = leniency.fit_mixed(y[:, None], design)
    covariance = covariance_of(fit, design)
    if np.isnan(covariance).any():
        return None
    spread = spread_of(y, fit, covariance)
    generator = np.random.Generator(np.random.PCG64(seed))
    taus, held = [], []
    names = [f"{u:06d}" for u in range(design.units)]
    truths = generator.normal(0, np.sqrt(spread.unit), (ROUNDS, design.units))
    for first in range(0, ROUNDS, TOGETHER):
        part = truths[first : first + TOGETHER]
        drawn = np.column_stack([drawn_round(truth, spread, design, generator) for truth in part])
        for place, (truth, post) in enumerate(zip(part, posteriors(drawn, design), strict=True)):
            ranking = ranks.rank(names, post, seed + first + place, draws=DRAWS)
            right = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
            taus.append(kendall(-ranking.expected, truth))
            held.append(float(((ranking.low <= right) & (right <= ranking.high)).mean()))
    return SelfTest(round(float(np.mean(taus)), DECIMALS), round(float(np.mean(held)), DECIMALS))


def posteriors(drawn: FloatArray, design: Design) -> Iterator[ranks.Posterior]:
    """Of each column of the drawn scores (n, K), as the real round's."""
    if leniency.linked(design):
        several = leniency.fit_each(drawn, design)
        for theta, covariance in zip(several.theta.T, several.covariances, strict=True):
            yield ranks.posterior(theta, covariance)
        return
    for column in drawn.T:
        fit = leniency.fit_mixed(column[:, None], design)
        yield ranks.posterior(fit.theta[:, 0], covariance_of(fit, design))


def among(design: Design) -> Design:
    """The design over the units that have sheets."""
    present, unit = np.unique(design.unit, return_inverse=True)
    place = np.full(design.units + 1, -1, dtype=np.int64)
    place[present] = np.arange(present.size)
    return msgspec.structs.replace(design, unit=unit, units=present.size, home=place[design.home], weights=np.ones(1))


def covariance_of(fit: Fit, design: Design) -> FloatArray:
    """(U, U) of one score: the model's, or of plain means by their businesses."""
    if fit.covariance is not None:
        return fit.covariance
    n = np.bincount(design.unit, minlength=design.units)
    by_business = np.zeros((design.units, int(design.place[-1]) + 1))
    np.add.at(by_business, (design.unit, design.place), fit.residuals[:, 0] / n[design.unit])
    spread = intervals.sandwich(by_business @ by_business.T, by_business.shape[1])
    return spread if fit.homes is None else spread + fit.homes


def spread_of(y: FloatArray, fit: Fit, covariance: FloatArray) -> Spread:
    """What the fit leaves: units differ by more than their covariance explains."""
    ratios = fit.components or Components(0.0, CLIENT_BASE_SHARE)
    rest = float(fit.residuals.var()) / (1 + ratios.business + ratios.client_base)
    theta = fit.theta[:, 0]
    away = theta - theta.mean()
    own = float(np.mean(np.diag(covariance)) - covariance.mean())
    between = max(float(away @ away) / (theta.size - 1) - own * theta.size / (theta.size - 1), 0.0)
    return Spread(between, ratios.client_base * rest, ratios.business * rest, rest)


def drawn_round(truth: FloatArray, spread: Spread, design: Design, generator: np.random.Generator) -> FloatArray:
    """Scores (n,) of one drawn round."""
    mood = generator.normal(0, np.sqrt(spread.business), int(design.place[-1]) + 1)
    base = np.append(generator.normal(0, np.sqrt(spread.client_base), design.units), 0.0)  # −1: none known
    chance = generator.normal(0, np.sqrt(spread.sheet), design.unit.size)
    return np.asarray(truth[design.unit] + base[design.home] + mood[design.place] + chance)


def kendall(one: FloatArray, other: FloatArray) -> float:
    """Kendall's tau-a of two orders (U,)."""
    upper = np.triu_indices(one.size, 1)
    signs = np.sign(np.subtract.outer(one, one)) * np.sign(np.subtract.outer(other, other))
    return float(signs[upper].mean())
