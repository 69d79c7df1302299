"""Careless and coordinated sheets: flags only.

The base case leaves flagged sheets out, "all sheets" keeps them, and both are reported: nothing is deleted in silence.
"""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np

from survey_app.scoring.leaf import Leaf
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import NO_LABEL, BoolArray, Sheets

BURST = 3  # senders about one unit with one client label
SAME_SHARE = 0.95  # of the answers equal to the sheet's median
FLAT_SD = 0.25  # of answers within a sheet, on a five-point scale
FIVE_POINT_RANGE = 4.0
SCATTER = 1.75  # times the group's median variance within sub-indices
FAST = 0.5  # of the group's median time per asked item
LEAST_ANSWERS = 8  # fewer equal answers happen honestly


class Flags(msgspec.Struct, frozen=True):
    """Masks (n,) over a group's sheets."""

    burst: BoolArray
    straight: BoolArray
    random: BoolArray
    fast: BoolArray
    attention: BoolArray

    @property
    def flagged(self) -> BoolArray:
        """Left out of the base case. Being fast alone, or missing the attention item alone, is no ground."""
        return self.burst | self.straight | self.random

    @property
    def strict(self) -> BoolArray:
        """Left out under strict cleaning."""
        return self.flagged | self.fast | self.attention


def flags(plan: Plan, sheets: Sheets) -> Flags:
    """All flags of one peer group's sheets. Which sheets are flagged is known during the count only."""
    answers = _scale_answers(plan, sheets)
    fast = _fast(sheets)
    return Flags(
        burst=_burst(sheets),
        straight=_straight(answers, fast),
        random=_scattered(plan, sheets, answers) & fast,
        fast=fast,
        attention=sheets.attention_missed.copy(),
    )


def _burst(sheets: Sheets) -> BoolArray:
    """Every sheet of a (client label, unit) pair that three or more senders share, the first two as well."""
    pairs = list(zip(sheets.labels.tolist(), sheets.unit.tolist(), strict=True))
    # A business that rates two teams of one reporting group sends two rows about one unit: that is one sender.
    seen = Counter(pair for pair, _ in set(zip(pairs, sheets.business.tolist(), strict=True)))
    return np.array([pair[0] != NO_LABEL and seen[pair] >= BURST for pair in pairs], dtype=np.bool_)


def _fast(sheets: Sheets) -> BoolArray:
    """Under half of the group's median time per asked item; unknown times are not fast."""
    known = ~np.isnan(sheets.seconds)
    if not known.any():
        return np.zeros(sheets.count, dtype=np.bool_)
    return np.where(known, sheets.seconds, np.inf) < FAST * float(np.median(sheets.seconds[known]))


def _scale_answers(plan: Plan, sheets: Sheets) -> FloatArray:
    """(n, J) answers to agreement scales as given, before any reversal: a straight line is one in the answers, not in
    the scores. Columns of other questions are NaN; of several scales the most frequent one counts."""
    ends = [
        leaf.scale.ends() if leaf.statistic == "mean" and not leaf.values else None for leaf in _leaves(plan, sheets)
    ]
    frequent = Counter(pair for pair in ends if pair is not None).most_common(1)
    if not frequent:
        return np.full(sheets.x.shape, np.nan)
    scale = frequent[0][0]
    chosen = np.array([pair == scale for pair in ends], dtype=np.bool_)
    return np.where(chosen & sheets.asked, sheets.x, np.nan) * (FIVE_POINT_RANGE / (scale[1] - scale[0]))


def _straight(answers: FloatArray, fast: BoolArray) -> BoolArray:
    """Nearly all answers equal the sheet's median; or hardly any spread, and fast."""
    flagged = np.zeros(answers.shape[0], dtype=np.bool_)
    for i, row in enumerate(answers):
        given = row[~np.isnan(row)]
        if given.size >= LEAST_ANSWERS:
            equal = float((given == np.median(given)).mean())
            flagged[i] = equal > SAME_SHARE or (fast[i] and float(given.std(ddof=1)) < FLAT_SD)
    return flagged


def _scattered(plan: Plan, sheets: Sheets, answers: FloatArray) -> BoolArray:
    """Variance of (answer − item mean) within sub-indices, averaged over them, above 1.75 times the group's median."""
    known = ~np.isnan(answers)
    n = known.sum(axis=0)
    means = np.where(known, answers, 0.0).sum(axis=0) / np.maximum(n, 1)
    deviation = np.where(known, answers - means, 0.0)
    total, parts = np.zeros(sheets.count), np.zeros(sheets.count)
    for sub in plan.sub_indices():
        ids = {leaf.id for leaf in sub.leaves}
        inside = np.array([item in ids for item in sheets.group.items], dtype=np.bool_)
        k = known[:, inside].sum(axis=1)
        several = k >= 2
        centre = deviation[:, inside].sum(axis=1) / np.maximum(k, 1)
        squares = np.where(known[:, inside], (deviation[:, inside] - centre[:, None]) ** 2, 0.0).sum(axis=1)
        total += np.where(several, squares / np.maximum(k - 1, 1), 0.0)
        parts += several
    variance = np.where(parts > 0, total / np.maximum(parts, 1), np.nan)
    if np.isnan(variance).all():
        return np.zeros(sheets.count, dtype=np.bool_)
    return np.nan_to_num(variance) > SCATTER * float(np.nanmedian(variance))


def _leaves(plan: Plan, sheets: Sheets) -> list[Leaf]:
    return [plan.leaf(item) for item in sheets.group.items]
