"""How well a sub-index tells units apart: what matters for an order, Cronbach's alpha speaks of questions only."""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.fits import SAME
from survey_app.scoring.normalise import FloatArray


class UnitReliability(msgspec.Struct, frozen=True):
    """reliability: variance of the true scores over that plus the mean squared error; levels that can be told apart,
    (4G + 1) / 3 with G the ratio of their square roots (the strata of Rasch measurement)."""

    reliability: float
    levels: float


def by_sub_index(group: GroupEstimate) -> dict[str, UnitReliability]:
    """Sub-index → how reliable; empty where the covariance is unknown."""
    covariance = group.covariance_array()
    if covariance is None:
        return {}
    scores, size = group.sub_scores(), len(group.sub_indices)
    found = {}
    for s, sub in enumerate(group.sub_indices):
        known = ~np.isnan(scores[:, s])
        if known.sum() < 2:
            continue
        error = _error(covariance[s::size, s::size][np.ix_(known, known)])
        true = max(float(scores[known, s].var(ddof=1)) - error, 0.0)
        ratio = true / (true + error) if true + error > SAME else 0.0
        levels = (4 * np.sqrt(true / error) + 1) / 3 if error > SAME else float(known.sum())
        found[sub.id] = UnitReliability(ratio, float(levels))
    return found


def _error(covariance: FloatArray) -> float:
    """Expected squared error around the units' mean."""
    n = covariance.shape[0]
    return float((np.trace(covariance) - covariance.sum() / n) / (n - 1))
