"""From sheet scores to unit scores.

The model is y = θ_unit + covariates + leniency of the business + client base of its main unit + rest. Its estimate is
linear in y for given variance ratios r = τ²/s² (businesses) and ρ = κ²/s² (client bases): θ = A y. Everything after
this step needs A and the residuals only, whichever ratios were used. Here r = ρ = 0: θ is the unit's mean.
"""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import IntArray


class Components(msgspec.Struct, frozen=True):
    """Variance ratios that were used: r of businesses, ρ of client bases."""

    business: float
    client_base: float


class Fit(msgspec.Struct, frozen=True):
    """theta (U, S); weights A (U, n) with θ = A y; residuals (n, S) of the sheets; components None: none estimated."""

    theta: FloatArray
    weights: FloatArray
    residuals: FloatArray
    components: Components | None


def fit_means(y: FloatArray, unit: IntArray, units: int) -> Fit:
    """Unit means of y (n, S): the model with r = ρ = 0. A unit without sheets has θ = NaN and weights 0."""
    member = (unit[None, :] == np.arange(units)[:, None]).astype(np.float64)
    n = member.sum(axis=1, keepdims=True)
    weights = member / np.where(n > 0, n, 1.0)
    theta = np.where(n > 0, weights @ y, np.nan)
    return Fit(theta, weights, y - theta[unit], None)
