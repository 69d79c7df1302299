"""Which choice moves the result, and how much: Sobol indices by Saltelli's design, with bootstrap intervals.

Two independent samples A and B of N runs each; for each factor i a third one, A with factor i taken from B. First order
S_i = mean(y_B (y_ABi − y_A)) / V (Saltelli et al. 2010), total T_i = Σ (y_A − y_ABi)² / 2NV (Jansen 1999): S_i is what
goes away if factor i is settled, T_i what is left if all others are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray

RESAMPLED = 500
NOTHING = 1e-12  # variance of something that does not move


class Sobol(msgspec.Struct, frozen=True):
    """first, total (d, …) of d factors; *_low, *_high (d, …) bootstrap intervals; variance (…). NaN where the result
    does not move at all."""

    factors: tuple[str, ...]
    first: FloatArray
    total: FloatArray
    first_low: FloatArray
    first_high: FloatArray
    total_low: FloatArray
    total_high: FloatArray
    variance: FloatArray


def indices(y_a: FloatArray, y_b: FloatArray, y_ab: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """First and total order (d, …) and the variance (…) from y_a, y_b (N, …) and y_ab (d, N, …)."""
    variance = np.concatenate([y_a, y_b]).var(axis=0, ddof=1)
    there = np.where(variance > NOTHING, variance, np.nan)
    first = (y_b * (y_ab - y_a)).mean(axis=1) / there
    total = ((y_a - y_ab) ** 2).mean(axis=1) / (2 * there)
    return first, total, variance


def sobol(
    factors: Sequence[str], y_a: FloatArray, y_b: FloatArray, y_ab: FloatArray, seed: int, level: float = 0.9
) -> Sobol:
    """Indices with percentile intervals over 500 resamples of the N runs (PCG64). The runs are centred first, which
    changes no expectation and much of the noise of S_i."""
    centre = np.concatenate([y_a, y_b]).mean(axis=0)
    y_a, y_b, y_ab = y_a - centre, y_b - centre, y_ab - centre
    first, total, variance = indices(y_a, y_b, y_ab)
    generator = np.random.Generator(np.random.PCG64(seed))
    n = y_a.shape[0]
    drawn = [generator.integers(0, n, n) for _ in range(RESAMPLED)]
    again = [indices(y_a[rows], y_b[rows], y_ab[:, rows])[:2] for rows in drawn]
    tail = (1 - level) / 2
    ends = [_ends(np.array([pair[order] for pair in again]), tail) for order in (0, 1)]
    return Sobol(tuple(factors), first, total, ends[0][0], ends[0][1], ends[1][0], ends[1][1], variance)


def _ends(found: FloatArray, tail: float) -> tuple[FloatArray, FloatArray]:
    """Quantiles over the resamples that moved."""
    never = np.isnan(found).all(axis=0)
    low, high = np.nanquantile(np.where(never, 0.0, found), [tail, 1 - tail], axis=0)
    return np.where(never, np.nan, low), np.where(never, np.nan, high)


def mixed(a: dict[str, FloatArray], b: dict[str, FloatArray], changed: Sequence[str]) -> dict[str, FloatArray]:
    """Sample A with the named parts taken from B."""
    return {name: b[name] if name in changed else values for name, values in a.items()}


def designed(
    factors: dict[str, Sequence[str]],
    a: dict[str, FloatArray],
    b: dict[str, FloatArray],
    run: Callable[[dict[str, FloatArray]], FloatArray],
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The design's runs: y_a, y_b (N, …) and y_ab (d, N, …). `a`, `b`: independent samples by part; a factor is one
    part or several that change together."""
    return run(a), run(b), np.stack([run(mixed(a, b, parts)) for parts in factors.values()])
