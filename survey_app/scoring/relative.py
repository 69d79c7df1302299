"""Answers on a scale that the units define: PCI's and DDCI's minimum and maximum over the units of one or more years.

Answers are estimated on their own, absolute scale. Only then are the units' scores of an item compared, so that the
adjustment for lenient businesses does not hang on who happens to be last. An item moves with its sub-index: of the
uncertainty of single items the count leaves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from survey_app.scoring.estimates import GroupEstimate, SubIndexItems
from survey_app.scoring.leaf import Leaf
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan


def sub_index(
    plan: Plan, sub: SubIndexItems, group: GroupEstimate, scores: FloatArray, earlier: Mapping[str, Sequence[float]]
) -> FloatArray:
    """Scores (K, U) of one sub-index on 0–100, from its absolute ones (K, U): the same where no item is relative.

    `earlier`: item → absolute scores of earlier rounds, for pooled bounds.
    """
    leaves = [plan.leaf(item) for item in sub.items]
    if not any(leaf.relative for leaf in leaves):
        return scores
    moved = scores - group.sub_score(sub.id)
    total, mass = np.zeros(scores.shape), np.zeros(scores.shape)
    for leaf, weight in zip(leaves, sub.weights, strict=True):
        values = item(leaf, group.item(leaf.id) + moved, earlier.get(leaf.id, ()))
        known = ~np.isnan(values)
        total += np.where(known, weight * np.nan_to_num(values), 0.0)
        mass += weight * known
    return np.where(mass > 0, total / np.where(mass > 0, mass, 1.0), np.nan)


def item(leaf: Leaf, absolute: FloatArray, earlier: Sequence[float]) -> FloatArray:
    """One item (…, U) between the lowest and the highest unit, 0 to 100; NaN where these are the same. `absolute` is
    0–100 with good high already."""
    if not leaf.relative:
        return absolute
    low = np.fmin.reduce(absolute, axis=-1, keepdims=True)
    high = np.fmax.reduce(absolute, axis=-1, keepdims=True)
    if leaf.scale.bounds == "pooled" and earlier:
        low, high = np.fmin(low, min(earlier)), np.fmax(high, max(earlier))
    length = high - low
    return np.where(length > 0, 100.0 * (absolute - low) / np.where(length > 0, length, 1.0), np.nan)
