"""How sure the sub-index scores are: from the businesses' influence, and from the model where there is one."""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring import corating
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import Sheets


class Spread(msgspec.Struct, frozen=True):
    """Covariances (U·S, U·S), unit-major: by businesses' influence, of the whole scores and of their adjusted part; of
    the model for the adjusted part, None where there is none; of client bases, which no business's influence shows."""

    by_influence: FloatArray
    adjusted: FloatArray
    model: FloatArray | None
    homes: FloatArray
    units: int

    def whole(self) -> FloatArray:
        """What a statistician is told."""
        return self.by_influence + self.homes if self.model is None else self.model + self._facts()

    def kept(self, sheets: Sheets) -> FloatArray:
        """What the count may leave of these sheets: between units nothing from which one business's answers could be
        solved. A model holds variances of all sheets and who rated how often; without one, only what many share."""
        if self.model is None:
            return corating.in_common(self.by_influence, corating.co_raters(sheets)) + self.homes
        own = np.kron(np.eye(self.units), np.ones((self.model.shape[0] // max(self.units, 1),) * 2))
        return np.asarray(self.model + own * self._facts())

    def _facts(self) -> FloatArray:
        """What medians add, alone and together with the adjusted part."""
        return self.by_influence - self.adjusted

    def ratio(self) -> float | None:
        """Median over pairs of units of the influence's standard error of their difference to the model's (mean over
        sub-indices): near 1 where the model holds."""
        if self.model is None or np.isnan(self.adjusted).any():
            return None
        size = self.model.shape[0] // self.units
        mean = np.kron(np.eye(self.units), np.full((1, size), 1.0 / size))
        pairs = np.triu_indices(self.units, 1)
        both = []
        for covariance in (self.adjusted + self.homes, self.model):
            units = mean @ covariance @ mean.T
            both.append((np.diag(units)[:, None] + np.diag(units) - units - units.T)[pairs])
        known = (both[0] > 0) & (both[1] > 0)
        return round(float(np.median(np.sqrt(both[0][known] / both[1][known]))), 2) if known.any() else None
