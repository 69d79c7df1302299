"""Oblique rotation of factors: direct quartimin (oblimin with γ = 0) by gradient projection, Jennrich 2002."""

from __future__ import annotations

import numpy as np

from survey_app.scoring.normalise import FloatArray

STEPS = 5_000
STILL = 1e-6  # slope at which a rotation has arrived
LONGEST = 1e6
STARTS = 7


def quartimin(loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Pattern (J, m) and correlations (m, m) of the factors rotated obliquely to the smallest Σ_i Σ_{k≠l} λ_ik² λ_il².

    The best of several starts, always the same ones: unrotated axes can lie on a saddle.
    """
    size = loadings.shape[1]
    generator = np.random.Generator(np.random.PCG64(STARTS))
    turns = [np.eye(size), *(np.linalg.qr(generator.normal(size=(size, size)))[0] for _ in range(STARTS))]
    _, turn = min((_rotated(loadings, start) for start in turns), key=lambda found: found[0])
    pattern = loadings @ np.linalg.inv(turn).T
    sign = np.where(pattern.sum(axis=0) < 0, -1.0, 1.0)
    return pattern * sign, (turn.T @ turn) * np.outer(sign, sign)


def _rotated(loadings: FloatArray, turn: FloatArray) -> tuple[float, FloatArray]:
    """Criterion and axes (m, m), of unit length, that gradient projection comes to from `turn`."""
    others, step = 1.0 - np.eye(turn.shape[0]), 1.0

    def criterion(axes: FloatArray) -> tuple[float, FloatArray]:
        inverse = np.linalg.inv(axes)
        pattern = loadings @ inverse.T
        crossed = pattern**2 @ others
        return float((pattern**2 * crossed).sum()) / 4, -(pattern.T @ (pattern * crossed) @ inverse).T

    value, slope = criterion(turn)
    for _ in range(STEPS):
        tangent = slope - turn * (turn * slope).sum(axis=0)
        size = float((tangent**2).sum())
        if size < STILL**2:
            break
        step = min(2 * step, LONGEST)
        for _ in range(30):
            tried = turn - step * tangent
            tried /= np.sqrt((tried**2).sum(axis=0))
            lower, slope_there = criterion(tried)
            if value - lower > 0.5 * size * step:
                break
            step /= 2
        else:
            break
        turn, value, slope = tried, lower, slope_there
    return value, turn
