"""Polychoric correlations: of the opinions behind answers on a few steps, two normal variables cut at thresholds.

Two steps (Olsson 1979): thresholds from each item's own answers, then the correlation that makes the table of both most
likely. Bivariate normal areas: Plackett 1954, integrated over the angle (Drezner and Wesolowsky 1990).
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, special

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import IntArray

FARTHEST = 0.999
LEAST = 2  # levels that an item needs
NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(48)


def polychoric(x: FloatArray, empty: float = 0.0) -> FloatArray:
    """(J, J) from answers x (n, J; NaN = not answered), over those who answer both; NaN where an item has one level
    only or nobody answers both. The matrix need not be positive definite."""
    items = x.shape[1]
    coded = [_coded(x[:, j]) for j in range(items)]
    result = np.full((items, items), np.nan)
    for a in range(items):
        (codes_a, cuts_a) = coded[a]
        if cuts_a.size + 1 >= LEAST:
            result[a, a] = 1.0
        for b in range(a):
            codes_b, cuts_b = coded[b]
            table = _table(codes_a, codes_b, cuts_a.size + 1, cuts_b.size + 1)
            result[a, b] = result[b, a] = table_correlation(table, cuts_a, cuts_b, empty)
    return result


def thresholds(counts: IntArray) -> FloatArray:
    """(K − 1,) normal quantiles of the cumulative shares of K levels, each with answers."""
    return np.asarray(special.ndtri(np.cumsum(counts)[:-1] / counts.sum()))


def table_correlation(table: FloatArray, rows: FloatArray, columns: FloatArray, empty: float = 0.0) -> float:
    """Most likely correlation of the table (K, L) of two items, given their thresholds (K − 1,), (L − 1,), within
    ±0.999; NaN where there is no table. `empty` is counted in cells without answers: ½ keeps small tables off ±1, 0 is
    likelihood."""
    if min(table.shape) < LEAST or table.sum() == 0:
        return float("nan")
    counts = np.where(table > 0, table, empty)

    def unlikely(r: float) -> float:
        return -float((counts * np.log(np.maximum(cells(rows, columns, r), 1e-300))).sum())

    found = optimize.minimize_scalar(unlikely, bounds=(-FARTHEST, FARTHEST), method="bounded", options={"xatol": 1e-9})
    return float(found.x)


def cells(rows: FloatArray, columns: FloatArray, r: float) -> FloatArray:
    """(K, L) chances of the cells that thresholds (K − 1,) and (L − 1,) cut from a bivariate normal of correlation
    r."""
    below = np.zeros((rows.size + 2, columns.size + 2))
    below[1:-1, 1:-1] = below_both(rows[:, None], columns[None, :], r)
    below[-1, 1:-1], below[1:-1, -1], below[-1, -1] = special.ndtr(columns), special.ndtr(rows), 1.0
    return np.asarray(np.diff(np.diff(below, axis=0), axis=1))


def below_both(first: FloatArray, second: FloatArray, r: float) -> FloatArray:
    """P(X ≤ first, Y ≤ second), any shapes that fit: Φ(h)Φ(k) + ∫ exp(−(h² + k² − 2hk sin t)/(2 cos² t)) dt / 2π over t
    from 0 to arcsin r; to 1e-9 for |r| ≤ 0.99."""
    angle = float(np.arcsin(r)) / 2
    t = angle * (NODES + 1)
    h, k = np.asarray(first)[..., None], np.asarray(second)[..., None]
    inner = np.exp(-(h**2 + k**2 - 2 * h * k * np.sin(t)) / (2 * np.cos(t) ** 2))
    return np.asarray(special.ndtr(first) * special.ndtr(second) + angle * (inner @ NODE_WEIGHTS) / (2 * np.pi))


def _coded(answers: FloatArray) -> tuple[IntArray, FloatArray]:
    """Levels (n,) as 0…K − 1, −1 = not answered, and the thresholds between them."""
    known = ~np.isnan(answers)
    codes = np.full(answers.size, -1, dtype=np.int64)
    levels, codes[known] = np.unique(answers[known], return_inverse=True)
    if levels.size == 0:
        return codes, np.empty(0)
    return codes, thresholds(np.bincount(codes[known]))


def _table(first: IntArray, second: IntArray, rows: int, columns: int) -> FloatArray:
    both = (first >= 0) & (second >= 0)
    flat = np.bincount(first[both] * columns + second[both], minlength=rows * columns)
    return flat.reshape(rows, columns).astype(np.float64)
