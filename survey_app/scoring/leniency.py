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
    """theta (U, S); residuals (n, S) of the sheets; components None: none estimated. A is `share` (n,) of each sheet in
    its own unit's score and nothing elsewhere."""

    theta: FloatArray
    residuals: FloatArray
    unit: IntArray
    share: FloatArray
    components: Components | None

    def weights(self, at: slice) -> FloatArray:
        """A (U, m) with θ = A y, of the sheets at these places."""
        weights: FloatArray = self.share[at] * (self.unit[at] == np.arange(self.theta.shape[0])[:, None])
        return weights


def fit_means(y: FloatArray, unit: IntArray, units: int) -> Fit:
    """Unit means of y (n, S): the model with r = ρ = 0. A unit without sheets has θ = NaN and weights 0."""
    n = np.bincount(unit, minlength=units)
    totals = np.array([np.bincount(unit, weights=column, minlength=units) for column in y.T]).reshape(-1, units).T
    theta = np.where(n[:, None] > 0, totals / np.maximum(n, 1)[:, None], np.nan)
    return Fit(theta, y - theta[unit], unit, 1.0 / n[unit], None)
