"""What drives the overall verdict: shares of R² among sub-indices that go together, and where to start.

Relative weights: Johnson 2000; Shapley or LMG shares: Lindeman, Merenda and Gold 1980, Grömping 2006; the interval of
R²: Steiger and Fouladi 1992. Drivers are associations; nothing here says that a change would move the verdict.
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Literal

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import BoolArray

LEAST = 100  # complete sheets
LEAST_EACH = 10  # complete sheets a predictor
MOST = 12  # predictors: 4096 subsets
LEVEL = 0.9
SINGULAR = 1e-8

Reason = Literal["few", "flat", "copies", "noise"]
Place = Literal["improve", "keep", "later", "enough"]


class Drivers(msgspec.Struct, frozen=True):
    """`shapley` and `relative` weights (S,), each of sum `r2`, whose 90 % interval is low…high; standardised
    coefficients `beta` (S,) and correlations `r` (S,) with the verdict; n complete sheets."""

    shapley: FloatArray
    relative: FloatArray
    beta: FloatArray
    r: FloatArray
    r2: float
    low: float
    high: float
    n: int


class Finding(msgspec.Struct, frozen=True):
    """The drivers, or None and why: `few` sheets (under 100, or under 10 a predictor), `flat` (a column without
    spread), `copies` (a predictor follows from the others), `noise` (R² may be 0)."""

    drivers: Drivers | None
    reason: Reason | None = None


def find(x: FloatArray, y: FloatArray) -> Finding:
    """From sub-scores x (n, S) and the verdict y (n,), NaN = unknown: rows with a gap are left out.

    ValueError with no predictor or more than 12.
    """
    predictors = x.shape[1]
    if not 1 <= predictors <= MOST:
        raise ValueError(f"drivers: {predictors} predictors; give 1 to {MOST}")
    data = np.column_stack([x, y])
    data = data[~np.isnan(data).any(axis=1)]
    n = data.shape[0]
    if n < max(LEAST, LEAST_EACH * predictors):
        return Finding(None, "few")
    spread = data.std(axis=0)
    if (spread <= SINGULAR * np.maximum(np.abs(data).max(axis=0), 1e-300)).any():
        return Finding(None, "flat")
    z = (data - data.mean(axis=0)) / spread
    correlation = z.T @ z / n
    between, outcome = correlation[:-1, :-1], correlation[:-1, -1]
    relative = relative_weights(between, outcome)
    if relative is None:
        return Finding(None, "copies")
    r2 = min(float(relative.sum()), 1.0)
    low, high = r2_interval(r2, n, predictors)
    if low <= 0:
        return Finding(None, "noise")
    beta = np.linalg.solve(between, outcome)
    return Finding(Drivers(shapley(between, outcome), relative, beta, outcome, r2, low, high, n))


def relative_weights(correlation: FloatArray, outcome: FloatArray) -> FloatArray | None:
    """(S,) Johnson's relative weights, of sum R²: `correlation` (S, S) of the predictors, `outcome` (S,) with it.

    Λ = R^½; β* = Λ⁻¹ r; weight_j = Σ_k Λ_jk² β*_k². None where predictors are copies of each other.
    """
    values, vectors = np.linalg.eigh(correlation)
    if values.size == 0 or values.min() < SINGULAR:
        return None
    root = (vectors * np.sqrt(values)) @ vectors.T
    beta = (vectors / np.sqrt(values)) @ vectors.T @ outcome
    return np.asarray(root**2 @ beta**2)


def shapley(correlation: FloatArray, outcome: FloatArray) -> FloatArray:
    """(S,) what each predictor adds to R², averaged over all orders of entry; sum R². Exact, over all 2^S subsets; the
    arguments as in `relative_weights`, regular. ValueError above 12 predictors."""
    size = outcome.size
    if size > MOST:
        raise ValueError(f"drivers: {size} predictors have too many subsets; give at most {MOST}")
    explained = np.zeros(2**size)
    for several in range(1, size + 1):
        chosen = np.array(list(combinations(range(size), several)))
        right = outcome[chosen]
        beta = np.linalg.solve(correlation[chosen[:, :, None], chosen[:, None, :]], right[:, :, None])[:, :, 0]
        explained[(1 << chosen).sum(axis=1)] = (beta * right).sum(axis=1)
    subsets = np.arange(2**size)
    others = np.array([int(subset).bit_count() for subset in subsets])
    weight = np.array([1 / (size * comb(size - 1, k)) if k < size else 0.0 for k in others])
    parts = []
    for predictor in range(size):
        without = subsets[subsets & (1 << predictor) == 0]
        parts.append(float(weight[without] @ (explained[without | (1 << predictor)] - explained[without])))
    return np.array(parts)


def r2_interval(r2: float, n: int, predictors: int, level: float = LEVEL) -> tuple[float, float]:
    """Bounds of the true R² of n sheets, by inverting the non-central F distribution of its F statistic (noncentrality
    n ρ²/(1 − ρ²), the predictors taken as given). The lower bound is 0 exactly where F is not significant."""
    free = n - predictors - 1
    if free < 1:
        return 0.0, 1.0
    if r2 >= 1 - 1e-12:
        return 1.0, 1.0
    f = r2 / predictors / ((1 - r2) / free)
    tail = (1 - level) / 2
    low, high = (_noncentrality(f, predictors, free, chance) for chance in (1 - tail, tail))
    return low / (low + n), high / (high + n)


def _noncentrality(f: float, predictors: int, free: int, chance: float) -> float:
    """At which F falls below f with this chance, by bisection; 0 where it does so more rarely even at 0."""
    from scipy import special  # megabytes that only this bound needs

    if special.fdtr(predictors, free, f) <= chance:
        return 0.0
    below, above = 0.0, 10.0 + 2 * f * predictors
    while special.ncfdtr(predictors, free, above, f) > chance:
        above *= 2
    while above - below > 1e-9 * above:
        middle = (below + above) / 2
        if special.ncfdtr(predictors, free, middle, f) > chance:
            below = middle
        else:
            above = middle
    return (below + above) / 2


def importance_performance(importance: FloatArray, performance: FloatArray) -> tuple[Place, ...]:
    """(S,) where each sub-index lies against the means of both: important and poor to `improve`, important and good to
    `keep`, less important and poor for `later`, less important and good `enough`. Martilla and James 1977."""
    heavy: BoolArray = importance > importance.mean()
    good: BoolArray = performance >= performance.mean()
    places: dict[tuple[bool, bool], Place] = {
        (True, False): "improve",
        (True, True): "keep",
        (False, False): "later",
        (False, True): "enough",
    }
    return tuple(places[bool(a), bool(b)] for a, b in zip(heavy, good, strict=True))
