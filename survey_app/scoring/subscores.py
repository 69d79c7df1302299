"""A sheet's sub-index scores, corrected for the items it does not answer, and back from unit scores to items.

y_is = m̄_s + Σ v_j (z_ij − m̄_j) / Σ v_j over the answered j of sub-index s: a sheet that skips a hard item is not
thereby a better one. A sheet that answers nothing of s gets the plain mean of its deviations from the other
sub-indices: plain, so that y_is does not depend on the sub-indices' weights and every score stays linear in them.
"""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import BoolArray, IntArray


class Columns(msgspec.Struct, frozen=True):
    """What the columns of z are: sub (J,) the sub-index; weight (J,) v_j ≥ 0; adjustable (J,), not a median."""

    sub: IntArray
    weight: FloatArray
    adjustable: BoolArray
    sub_indices: int

    def of(self, s: int) -> BoolArray:
        """(J,) the adjustable columns of sub-index s."""
        return np.asarray((self.sub == s) & self.adjustable)


class SubScores(msgspec.Struct, frozen=True):
    """Sheet scores and what they are made of.

    y (n, S), NaN columns where a sub-index has no adjustable weight; deviation (n, J) z − m̄, 0 where not answered;
    answered (n, J); item_means (J,); sub_means (S,); share (n, J) each item's part v_j / Σ v in its own sub-index of
    that sheet; has (n, S) the sheet answered something of s.
    """

    y: FloatArray
    deviation: FloatArray
    answered: BoolArray
    item_means: FloatArray
    sub_means: FloatArray
    share: FloatArray
    has: BoolArray

    @property
    def estimable(self) -> BoolArray:
        """(S,) sub-indices with adjustable, answered weight."""
        return ~np.isnan(self.sub_means)

    def filled_share(self) -> FloatArray:
        """(n, J) the items' parts in the deviation that stands in for an empty sub-index."""
        return np.asarray(self.share / np.maximum(self.has.sum(axis=1), 1)[:, None])


def sub_scores(z: FloatArray, columns: Columns) -> SubScores:
    """z (n, J) answers on 0–100, NaN = not answered (median columns are ignored)."""
    answered = ~np.isnan(z) & columns.adjustable
    n_items = answered.sum(axis=0)
    totals = np.where(answered, z, 0.0).sum(axis=0)
    item_means = np.where(n_items > 0, totals / np.maximum(n_items, 1), np.nan)
    deviation = np.where(answered, z - item_means, 0.0)
    weight = np.where(n_items > 0, columns.weight, 0.0)

    n, size = z.shape[0], columns.sub_indices
    own, has, share = np.zeros((n, size)), np.zeros((n, size), dtype=np.bool_), np.zeros_like(z)
    sub_means = np.full(size, np.nan)
    for s in range(size):
        inside = columns.of(s)
        v = np.where(inside, weight, 0.0)
        if v.sum() == 0:
            continue
        sub_means[s] = float((v[inside] * np.nan_to_num(item_means[inside])).sum() / v.sum())
        mass = answered @ v
        has[:, s] = mass > 0
        share[:, inside] = (answered * v)[:, inside] / np.where(mass > 0, mass, 1.0)[:, None]
        own[:, s] = (share[:, inside] * deviation[:, inside]).sum(axis=1)
    fill = own.sum(axis=1) / np.maximum(has.sum(axis=1), 1)
    y = sub_means + np.where(has, own, fill[:, None])
    return SubScores(y, deviation, answered, item_means, sub_means, share, has)


def mean_effect(scores: SubScores, columns: Columns, s: int, weights: FloatArray) -> FloatArray:
    """(U, J) derivative of the unit scores θ = A y of sub-index s by the item means m̄_j; 0 if all is answered."""
    inside = columns.of(s)
    v = np.where(inside & ~np.isnan(scores.item_means), columns.weight, 0.0)
    part = np.where(scores.has[:, [s]], np.where(inside, scores.share, 0.0), scores.filled_share())
    effect: FloatArray = weights.sum(axis=1)[:, None] * v / v.sum() - weights @ part
    return effect


def item_scores(scores: SubScores, columns: Columns, unit: IntArray, theta: FloatArray) -> FloatArray:
    """θ_uj (U, J) = θ_us + d_uj for the adjustable items; NaN where nobody of the unit answered, and for medians.

    d_uj = mean over u's sheets that answered j of (z_ij − m̄_j) − (y_is − m̄_s), plus m̄_j − m̄_s, shifted so that
    Σ v_j d_uj = 0 over the unit's answered items: the weighted mean of the stored θ_uj is θ_us. Where a sub-index has
    no adjustable weight, plain means.
    """
    units = theta.shape[0]
    member = (unit[None, :] == np.arange(units)[:, None]).astype(np.float64)
    n = member @ scores.answered
    plain = member @ scores.deviation / np.where(n > 0, n, 1.0) + scores.item_means
    found = np.where(n > 0, plain, np.nan)
    for s in np.flatnonzero(scores.estimable):
        inside = np.flatnonzero(columns.of(int(s)))
        halo = np.where(scores.answered[:, inside], (scores.y[:, s] - scores.sub_means[s])[:, None], 0.0)
        heard = n[:, inside] > 0
        difference = plain[:, inside] - scores.sub_means[s] - member @ halo / np.where(heard, n[:, inside], 1.0)
        v = np.where(heard, columns.weight[inside], 0.0)
        total = v.sum(axis=1, keepdims=True)
        shift = (v * np.where(heard, difference, 0.0)).sum(axis=1, keepdims=True) / np.where(total > 0, total, 1.0)
        found[:, inside] = np.where(heard, theta[:, [s]] + difference - shift, np.nan)
    return found
