"""Confidence sets for ranks that hold whatever the true scores are, ties included: Mogstad, Romano, Shaikh and Wilhelm
2024.

Two units are told apart when their difference, in standard errors, exceeds a quantile of the largest such difference
that noise alone makes. A rank's lower bound is 1 + the units found better, its upper bound U − the units found worse.
The marginal set covers one unit's rank, the simultaneous sets all ranks at once. Stepwise: pairs told apart are taken
out and the quantile is drawn anew among the rest, until nothing is added (Romano and Wolf 2005); never wider than
single-step."""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import BoolArray, IntArray

DRAWS = 20_000
ROWS = 2_000  # drawn at a time
LEVEL = 0.95


class RankSets(msgspec.Struct, frozen=True):
    """Bounds (U,) of each unit's rank; rank 1 is the highest score."""

    low: IntArray
    high: IntArray


class _Noise:
    """Draws of the estimates' noise, and the standard errors of all differences."""

    def __init__(self, estimate: FloatArray, covariance: FloatArray, seed: int, draws: int) -> None:
        variance = np.diag(covariance)
        error = np.sqrt(np.clip(variance[:, None] + variance[None, :] - 2 * covariance, 0.0, None))
        scale = float(np.abs(covariance).max()) if covariance.size else 0.0
        # Differences that do not vary: any is real, none at all is none.
        known = error > 1e-9 * np.sqrt(scale)
        apart = estimate[:, None] - estimate[None, :]
        safe = np.where(known, error, 1.0)
        self.z = np.where(known, apart / safe, np.where(apart == 0, 0.0, np.copysign(np.inf, apart)))
        self.error = np.where(known, error, np.inf)
        values, vectors = np.linalg.eigh(covariance)
        normals = np.random.Generator(np.random.PCG64(seed)).standard_normal((draws, estimate.size))
        self.drawn = normals @ (vectors * np.sqrt(np.clip(values, 0.0, None))).T

    def largest(self, first: IntArray, second: IntArray) -> FloatArray:
        """(draws,) largest studentised difference first − second over the given pairs."""
        errors, found = self.error[first, second], np.empty(self.drawn.shape[0])
        for start in range(0, found.size, ROWS):
            part = self.drawn[start : start + ROWS]
            found[start : start + ROWS] = ((part[:, first] - part[:, second]) / errors).max(axis=1)
        return found


def simultaneous(
    estimate: FloatArray,
    covariance: FloatArray,
    seed: int,
    level: float = LEVEL,
    stepwise: bool = True,
    draws: int = DRAWS,
) -> RankSets:
    """Sets that together cover all ranks with probability ≥ level, from estimates (U,) and their covariance (U, U)."""
    noise = _noise(estimate, covariance, seed, level, draws)
    first, second = np.nonzero(~np.eye(estimate.size, dtype=np.bool_))
    ahead = _ahead(noise, first, second, level, stepwise)
    return RankSets(1 + ahead.sum(axis=0), estimate.size - ahead.sum(axis=1))


def marginal(
    estimate: FloatArray,
    covariance: FloatArray,
    seed: int,
    level: float = LEVEL,
    stepwise: bool = True,
    draws: int = DRAWS,
) -> RankSets:
    """Sets each of which covers its own unit's rank with probability ≥ level; arguments as in `simultaneous`."""
    noise = _noise(estimate, covariance, seed, level, draws)
    units = estimate.size
    low, high = np.ones(units, dtype=np.int64), np.full(units, units, dtype=np.int64)
    for unit in range(units):
        others, itself = np.delete(np.arange(units), unit), np.full(units - 1, unit)
        pairs = np.concatenate([others, itself]), np.concatenate([itself, others])
        ahead = _ahead(noise, *pairs, level, stepwise)
        low[unit] += int(ahead[:, unit].sum())
        high[unit] -= int(ahead[unit].sum())
    return RankSets(low, high)


def tau_best(
    estimate: FloatArray,
    covariance: FloatArray,
    tau: int,
    seed: int,
    level: float = LEVEL,
    stepwise: bool = True,
    draws: int = DRAWS,
) -> BoolArray:
    """(U,) the units that may be among the `tau` best: with probability ≥ level it holds all that are. From the lower
    bounds of all ranks at once. Minus the estimates gives the worst. ValueError unless tau is in 1…U."""
    if not 1 <= tau <= estimate.size:
        raise ValueError(f"rank sets: the best {tau} of {estimate.size} units do not exist; take 1 to {estimate.size}")
    return np.asarray(simultaneous(estimate, covariance, seed, level, stepwise, draws).low <= tau)


def _noise(estimate: FloatArray, covariance: FloatArray, seed: int, level: float, draws: int) -> _Noise:
    if not 0 < level < 1:
        raise ValueError(f"rank sets: the level is {level:g}; give one between 0 and 1")
    if covariance.shape != (estimate.size, estimate.size):
        shape = " × ".join(str(size) for size in covariance.shape)
        raise ValueError(f"rank sets: {estimate.size} estimates, but a covariance of {shape}; give one row a unit")
    if not (np.isfinite(estimate).all() and np.isfinite(covariance).all()):
        raise ValueError("rank sets: an estimate or its covariance is unknown; leave that unit out")
    return _Noise(estimate, covariance, seed, draws)


def _ahead(noise: _Noise, first: IntArray, second: IntArray, level: float, stepwise: bool) -> BoolArray:
    """(U, U) the row is found ahead of the column, among the pairs first–second (P,). A pair stays among the rest the
    other way round: finding the wrong one ahead must stay as rare as finding one ahead where both are level."""
    ahead = np.zeros(noise.z.shape, dtype=np.bool_)
    left = np.ones(first.size, dtype=np.bool_)
    z = noise.z[first, second]
    while left.any():
        over = left & (z > float(np.quantile(noise.largest(first[left], second[left]), level)))
        ahead[first[over], second[over]] = True
        left &= ~over
        if not stepwise or not over.any():
            break
    return ahead
