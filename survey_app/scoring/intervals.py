"""Influence values, summed within businesses, and what follows from them: covariances and intervals.

A statistic's influence value ψ_i says how far sheet i moves it. Sheets of one business are not independent; so
influence is summed per business first, and the covariance is Σ_b ψ_b ψ_b′ · B/(B − 1).
"""

from __future__ import annotations

import math

import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import IntArray

NORMAL_95 = 1.959963984540054


def by_business(influence: FloatArray, business: IntArray) -> FloatArray:
    """Sum influence (n, K) over the sheets of each business → (B, K), businesses in ascending order."""
    if business.size == 0:
        return np.zeros((0, influence.shape[1]))
    order = np.argsort(business, kind="stable")
    _, starts = np.unique(business[order], return_index=True)
    summed: FloatArray = np.add.reduceat(influence[order], starts, axis=0)
    return summed


def sandwich(products: FloatArray, clusters: int) -> FloatArray:
    """Covariance (K, K) from the sum of ψ_b ψ_b′ over so many businesses. One alone tells nothing of spread: NaN."""
    if clusters < 2:
        return np.full(products.shape, np.nan)
    covariance: FloatArray = products * (clusters / (clusters - 1))
    return covariance


def median_influence(x: FloatArray) -> tuple[float, FloatArray]:
    """Mid-distribution median m of x (n,) and its influence ψ_i = (½ − 1[x_i ≤ m]) / (n f(m)).

    f is a Gaussian kernel density of Silverman's width. An answer equal to m counts half on either side, as in the
    mid-distribution, and ψ is centred, so that a heap of equal answers pulls nowhere. All answers equal: ψ = 0.
    """
    middle = mid_median(x)
    width = silverman_width(x)
    if width == 0:
        return middle, np.zeros(x.size)
    density = float(np.exp(-0.5 * ((x - middle) / width) ** 2).mean()) / (width * np.sqrt(2 * np.pi))
    side = 0.5 - (x < middle) - 0.5 * (x == middle)
    return middle, (side - side.mean()) / (x.size * density)


def mid_median(x: FloatArray) -> float:
    """The median of `statistics.median`, in floating point and for many answers."""
    values, counts = np.unique(x, return_counts=True)
    heights = (np.cumsum(counts) - 0.5 * counts) / x.size
    return float(np.interp(0.5, heights, values))


def silverman_width(x: FloatArray) -> float:
    """0.9 · min(sd, interquartile range / 1.34) · n^(−1/5) (Silverman 1986, 3.31); the sd where the range is 0."""
    if x.size < 2:
        return 0.0
    deviation = float(x.std(ddof=1))
    low, high = np.quantile(x, [0.25, 0.75])
    spread = min(deviation, float(high - low) / 1.34) if high > low else deviation
    return float(0.9 * spread * x.size**-0.2)


def wilson(count: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    z, p = NORMAL_95, count / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(centre - half, 0.0), min(centre + half, 1.0)


def finite(whole: FloatArray, n: IntArray, population: IntArray) -> FloatArray:
    """D C D with D = diag √(1 − n/N): the interval for this year's clients only; all of them asked leaves no chance."""
    scale = np.sqrt(np.clip(1 - n / np.maximum(population, 1), 0.0, 1.0))
    return np.asarray(scale[:, None] * whole * scale)


def positive_part(covariance: FloatArray) -> FloatArray:
    """Symmetric, negative eigenvalues set to 0: rounding may have pushed some below."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    cleaned: FloatArray = (vectors * np.clip(values, 0.0, None)) @ vectors.T
    return cleaned
