"""Several scores into one: weighted means of four kinds, sum, median, and Copeland's count of duels.

Members that are missing (NaN) or carry no weight are left out and the other weights renormalised, in every kind alike.
Whether so much may be missing is decided before, in `tree.py`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from survey_app.scoring.normalise import FloatArray

Method = Literal["arithmetic", "geometric", "harmonic", "power", "sum", "median", "copeland"]
LINEAR = ("arithmetic", "sum")


def aggregate(values: FloatArray, weights: FloatArray, method: Method, power: float = 1.0) -> FloatArray:
    """Combine along the last axis: values (…, U, members), weights (members,) or (U, members) → (…, U); NaN where no
    member is present.

    Geometric = exp(mean of logs), harmonic = 1 / mean of 1/x, power = (mean of x^p)^(1/p), all weighted. A weighted
    member that is not above 0 makes geometric, harmonic and negative powers NaN (below 0: every power): plans that use
    them are shown on a scale above 0.
    """
    present = ~np.isnan(values) & (weights > 0)
    mass = np.where(present, weights, 0.0)
    total = mass.sum(axis=-1)
    filled = np.where(present, values, 1.0)
    if method == "sum":
        result = (mass * filled).sum(axis=-1)
    elif method == "copeland":
        result = copeland(values, mass)
    else:
        share = mass / np.where(total > 0, total, 1.0)[..., None]
        result = median(filled, share) if method == "median" else _mean(filled, share, method, power)
    return np.where(total > 0, result, np.nan)


def _mean(values: FloatArray, share: FloatArray, method: Method, power: float) -> FloatArray:
    if method == "arithmetic":
        return np.asarray((share * values).sum(axis=-1))
    allowed = values >= 0 if method == "power" and power > 0 else values > 0
    positive = np.where((share == 0) | allowed, values, np.nan)
    if method == "geometric":
        return np.asarray(np.exp((share * np.log(positive)).sum(axis=-1)))
    if method == "harmonic":
        return np.asarray(1.0 / (share / positive).sum(axis=-1))
    return np.asarray((share * positive**power).sum(axis=-1) ** (1.0 / power))


def median(values: FloatArray, share: FloatArray) -> FloatArray:
    """Weighted median: the value at which half of the weight is passed, the middle of two where it is met exactly."""
    order = np.argsort(np.where(share > 0, values, np.inf), axis=-1)
    ordered = np.take_along_axis(values, order, -1)
    passed = np.cumsum(np.take_along_axis(np.broadcast_to(share, values.shape), order, -1), axis=-1)
    first = (passed < 0.5 - 1e-12).sum(axis=-1, keepdims=True)
    second = (passed <= 0.5 + 1e-12).sum(axis=-1, keepdims=True)
    last = values.shape[-1] - 1
    low = np.take_along_axis(ordered, np.minimum(first, last), -1)
    high = np.take_along_axis(ordered, np.minimum(second, last), -1)
    return np.asarray((low + high)[..., 0] / 2)


def outranking(values: FloatArray, mass: FloatArray) -> FloatArray:
    """(…, U, U) share of the weight on which the row's unit is ahead of the column's, a tie counting half; only members
    that both have. values, mass (…, U, members)."""
    row, column = values[..., :, None, :], values[..., None, :, :]
    both = np.where(~np.isnan(row) & ~np.isnan(column), np.minimum(mass[..., :, None, :], mass[..., None, :, :]), 0.0)
    ahead = (both * ((row > column) + 0.5 * (row == column))).sum(axis=-1)
    total = both.sum(axis=-1)
    return np.where(total > 0, ahead / np.where(total > 0, total, 1.0), 0.5)


def copeland(values: FloatArray, mass: FloatArray) -> FloatArray:
    """(…, U) duels won less duels lost against the other units (Copeland 1951)."""
    duels = outranking(values, np.broadcast_to(mass, values.shape))
    return np.asarray((np.sign(np.round(duels - 0.5, 12))).sum(axis=-1))
