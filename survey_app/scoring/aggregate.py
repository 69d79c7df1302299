"""Several scores into one: weighted means of four kinds, and the sum.

Members that are missing (NaN) or carry no weight are left out and the other weights renormalised, in every kind alike.
Whether so much may be missing is decided before, in `tree.py`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from survey_app.scoring.normalise import FloatArray

Method = Literal["arithmetic", "geometric", "harmonic", "power", "sum"]


def aggregate(values: FloatArray, weights: FloatArray, method: Method, power: float = 1.0) -> FloatArray:
    """Combine along the last axis: values (…, members), weights (members,) → (…); NaN where no member is present.

    Geometric = exp(mean of logs), harmonic = 1 / mean of 1/x, power = (mean of x^p)^(1/p), all weighted.
    A weighted member that is not above 0 makes the first two NaN: plans that use them are shown on a scale above 0.
    """
    present = ~np.isnan(values) & (weights > 0)
    mass = np.where(present, weights, 0.0)
    total = mass.sum(axis=-1)
    filled = np.where(present, values, 1.0)
    if method == "sum":
        result = (mass * filled).sum(axis=-1)
    else:
        share = mass / np.where(total > 0, total, 1.0)[..., None]
        result = _mean(filled, share, method, power)
    return np.where(total > 0, result, np.nan)


def _mean(values: FloatArray, share: FloatArray, method: Method, power: float) -> FloatArray:
    if method == "arithmetic":
        return np.asarray((share * values).sum(axis=-1))
    positive = np.where((share == 0) | (values > 0), values, np.nan)
    if method == "geometric":
        return np.asarray(np.exp((share * np.log(positive)).sum(axis=-1)))
    if method == "harmonic":
        return np.asarray(1.0 / (share / positive).sum(axis=-1))
    return np.asarray((share * positive**power).sum(axis=-1) ** (1.0 / power))
