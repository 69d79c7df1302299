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


class Centre(msgspec.Struct, frozen=True):
    """What deviations are taken from: n (J,) answers; item_means m̄ (J,) and sub_means m̄_s (S,), NaN without answers;
    weight (J,) v_j of the items that somebody answered."""

    n: IntArray
    item_means: FloatArray
    sub_means: FloatArray
    weight: FloatArray

    @property
    def estimable(self) -> BoolArray:
        """(S,) sub-indices with adjustable, answered weight."""
        return ~np.isnan(self.sub_means)


class SubScores(msgspec.Struct, frozen=True):
    """Scores of m sheets and what they are made of.

    y (m, S), NaN columns where a sub-index has no adjustable weight; deviation (m, J) z − m̄, 0 where not answered;
    answered (m, J); share (m, J) each item's part v_j / Σ v in its own sub-index of that sheet; has (m, S) the sheet
    answered something of s.
    """

    y: FloatArray
    deviation: FloatArray
    answered: BoolArray
    share: FloatArray
    has: BoolArray

    def parts(self, weights: FloatArray, columns: Columns, s: int) -> FloatArray:
        """(U, J) sums over the sheets, weighted by (U, m), of the items' parts in y_is; where a sheet has nothing of s,
        of those in the deviation that stands in."""
        inside, found = columns.of(s), np.zeros((weights.shape[0], self.share.shape[1]))
        found[:, inside] = weights @ self.share[:, inside]
        bare = np.flatnonzero(~self.has[:, s])
        if bare.size:
            several = np.maximum(self.has[bare].sum(axis=1), 1)
            found += (weights[:, bare] / several) @ self.share[bare]
        return found


class UnitSums(msgspec.Struct, frozen=True):
    """Sums over the sheets of each unit: n (U, J) answers; deviation (U, J); halo (U, J) y_is − m̄_s of the sheets that
    answered the item."""

    n: FloatArray
    deviation: FloatArray
    halo: FloatArray

    def __add__(self, other: UnitSums) -> UnitSums:
        return UnitSums(self.n + other.n, self.deviation + other.deviation, self.halo + other.halo)


def centre(totals: FloatArray, n: IntArray, columns: Columns) -> Centre:
    """From the sum (J,) and the number (J,) of the answers to each item, on 0–100."""
    item_means = np.where(n > 0, totals / np.maximum(n, 1), np.nan)
    weight = np.where(n > 0, columns.weight, 0.0)
    sub_means = np.full(columns.sub_indices, np.nan)
    for s in range(columns.sub_indices):
        inside = columns.of(s)
        v = weight[inside]
        if v.sum() > 0:
            sub_means[s] = float((v * np.nan_to_num(item_means[inside])).sum() / v.sum())
    return Centre(n, item_means, sub_means, weight)


def sub_scores(z: FloatArray, columns: Columns, around: Centre) -> SubScores:
    """z (m, J) answers on 0–100, NaN = not answered (median columns are ignored)."""
    answered = ~np.isnan(z) & columns.adjustable
    deviation = np.where(answered, z - around.item_means, 0.0)
    member = (columns.sub[:, None] == np.arange(columns.sub_indices)).astype(np.float64)
    weighed = answered * around.weight
    mass = weighed @ member
    has = mass > 0
    share = weighed / np.where(has, mass, 1.0)[:, columns.sub]
    own = (share * deviation) @ member
    fill = own.sum(axis=1) / np.maximum(has.sum(axis=1), 1)
    y = around.sub_means + np.where(has, own, fill[:, None])
    return SubScores(y, deviation, answered, share, has)


def mean_effect(around: Centre, columns: Columns, s: int, mass: FloatArray, parts: FloatArray) -> FloatArray:
    """(U, J) derivative of the unit scores θ = A y of sub-index s by the item means m̄_j; 0 if all is answered.

    mass (U,) = A 1, parts (U, J) = `SubScores.parts` of all sheets, weighted by A.
    """
    v = np.where(columns.of(s), around.weight, 0.0)
    effect: FloatArray = mass[:, None] * v / v.sum() - parts
    return effect


def unit_sums(scores: SubScores, columns: Columns, around: Centre, member: FloatArray) -> UnitSums:
    """Of m sheets; `member` (U, m) is 1 where a sheet is about the unit."""
    centred = np.nan_to_num(scores.y - around.sub_means)[:, columns.sub]
    return UnitSums(
        member @ scores.answered, member @ scores.deviation, member @ np.where(scores.answered, centred, 0.0)
    )


def item_scores(sums: UnitSums, columns: Columns, around: Centre, theta: FloatArray) -> FloatArray:
    """θ_uj (U, J) = θ_us + d_uj for the adjustable items; NaN where nobody of the unit answered, and for medians.

    d_uj = mean over u's sheets that answered j of (z_ij − m̄_j) − (y_is − m̄_s), plus m̄_j − m̄_s, shifted so that
    Σ v_j d_uj = 0 over the unit's answered items: the weighted mean of the stored θ_uj is θ_us. Where a sub-index has
    no adjustable weight, plain means.
    """
    count = np.where(sums.n > 0, sums.n, 1.0)
    plain = sums.deviation / count + around.item_means
    found = np.where(sums.n > 0, plain, np.nan)
    for s in np.flatnonzero(around.estimable):
        inside = np.flatnonzero(columns.of(int(s)))
        heard = sums.n[:, inside] > 0
        difference = plain[:, inside] - around.sub_means[s] - sums.halo[:, inside] / count[:, inside]
        v = np.where(heard, columns.weight[inside], 0.0)
        total = v.sum(axis=1, keepdims=True)
        shift = (v * np.where(heard, difference, 0.0)).sum(axis=1, keepdims=True) / np.where(total > 0, total, 1.0)
        found[:, inside] = np.where(heard, theta[:, [s]] + difference - shift, np.nan)
    return found
