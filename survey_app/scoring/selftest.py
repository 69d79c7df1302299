"""The round's self-test: how well its order would be found in rounds like it, whose truth is known.

Drawn are units as different as these seem to be, and businesses and chance as large as in this round, with its very own
pattern of who rated whom. Each drawn round is scored and ranked as the real one.
"""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring import leniency, ranks
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import IntArray, changes

ROUNDS = 40
DECIMALS = 2


class SelfTest(msgspec.Struct, frozen=True):
    """Over 40 drawn rounds: mean Kendall's tau between the expected ranks and the truth; the share of units whose 90 %
    rank interval holds the true rank."""

    tau: float
    coverage: float


class Spread(msgspec.Struct, frozen=True):
    """Variances on 0–100: of units ω², of businesses τ², of single sheets σ²."""

    unit: float
    business: float
    sheet: float


def self_test(y: FloatArray, unit: IntArray, business: IntArray, units: int, seed: int) -> SelfTest | None:
    """From the sheets' composites y (n,), business ascending; every unit has sheets. None for too few units."""
    if units < ranks.LEAST_UNITS or np.bincount(unit, minlength=units).min() < 2:
        return None
    spread = spread_of(y, unit, business, units)
    generator = np.random.Generator(np.random.PCG64(seed))
    taus, held = [], []
    place = np.cumsum(changes(business)) - 1
    n = np.bincount(unit)
    names = [f"{u:06d}" for u in range(units)]
    for drawn in range(ROUNDS):
        truth = generator.normal(0, np.sqrt(spread.unit), units)
        mood = generator.normal(0, np.sqrt(spread.business), int(place[-1]) + 1)
        again = truth[unit] + mood[place] + generator.normal(0, np.sqrt(spread.sheet), y.size)
        fit = leniency.fit_means(again[:, None], unit, business, units)
        theta = fit.theta[:, 0]
        covariance = covariance_of_means(fit.residuals[:, 0] / n[unit], unit, business, units)
        ranking = ranks.rank(names, ranks.posterior(theta, covariance), seed + drawn)
        right = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
        taus.append(kendall(-ranking.expected, truth))
        held.append(float(((ranking.low <= right) & (right <= ranking.high)).mean()))
    return SelfTest(round(float(np.mean(taus)), DECIMALS), round(float(np.mean(held)), DECIMALS))


def spread_of(y: FloatArray, unit: IntArray, business: IntArray, units: int) -> Spread:
    """By moments: τ² from the products of a business's sheets on different units; ω² as the posterior has it."""
    fit = leniency.fit_means(y[:, None], unit, business, units)
    residual = fit.residuals[:, 0]
    total, number = 0.0, 0
    for one, other in leniency.pairs(business):
        different = unit[one] != unit[other]
        total += float((residual[one] * residual[other])[different].sum())
        number += int(different.sum())
    whole = float(residual.var())
    shared = min(max(total / max(number, 1), 0.0), whole)
    covariance = covariance_of_means(residual / np.bincount(unit)[unit], unit, business, units)
    theta = fit.theta[:, 0]
    between = max(float(theta.var(ddof=1)) - float(np.mean(np.diag(covariance))), 0.0)
    return Spread(between, shared, whole - shared)


def covariance_of_means(influence: FloatArray, unit: IntArray, business: IntArray, units: int) -> FloatArray:
    """(U, U) Σ_b ψ_b ψ_b′ · B/(B − 1) where each sheet (n,) moves its own unit only."""
    found = leniency.by_pair(unit, unit, influence**2, units)
    for one, other in leniency.pairs(business):
        joint = leniency.by_pair(unit[one], unit[other], influence[one] * influence[other], units)
        found += joint + joint.T
    clusters = int(changes(business).sum())
    return found * (clusters / max(clusters - 1, 1))


def kendall(one: FloatArray, other: FloatArray) -> float:
    """Kendall's tau-a of two orders (U,)."""
    upper = np.triu_indices(one.size, 1)
    signs = np.sign(np.subtract.outer(one, one)) * np.sign(np.subtract.outer(other, other))
    return float(signs[upper].mean())
