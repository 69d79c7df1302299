"""Careless and coordinated sheets: flags only.

The base case leaves flagged sheets out, "all sheets" keeps them, and both are reported: nothing is deleted in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import NO_LABEL, Block, BoolArray, Sheets, changes

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
    fast, agreement = _fast(sheets), Agreement(plan, sheets)
    line, spread = _line(sheets, agreement)
    return Flags(
        burst=_burst(sheets),
        straight=(line > SAME_SHARE) | (fast & (spread < FLAT_SD)),
        random=_scattered(plan, sheets, agreement) & fast,
        fast=fast,
        attention=sheets.attention_missed.copy(),
    )


def _burst(sheets: Sheets) -> BoolArray:
    """Every sheet of a (client label, unit) pair that three or more senders share, the first two as well."""
    pair = sheets.labels * len(sheets.group.units) + sheets.unit
    # A business that rates two teams of one reporting group sends two rows about one unit: that is one sender.
    order = np.lexsort((sheets.business, pair))
    first = changes(pair[order])
    sender = first | changes(sheets.business[order])
    place = np.cumsum(first) - 1
    shared = np.bincount(place, weights=sender)[place] >= BURST if place.size else first
    found = np.zeros(sheets.count, dtype=np.bool_)
    found[order] = shared
    return np.asarray(found & (sheets.labels != NO_LABEL))


def _fast(sheets: Sheets) -> BoolArray:
    """Under half of the group's median time per asked item; unknown times are not fast."""
    known = ~np.isnan(sheets.seconds)
    if not known.any():
        return np.zeros(sheets.count, dtype=np.bool_)
    return np.where(known, sheets.seconds, np.inf) < FAST * float(np.median(sheets.seconds[known]))


class Agreement:
    """Answers to agreement scales as given, before any reversal: a straight line is one in the answers, not in the
    scores. Of several scales the most frequent one counts, from `low` to `high`; distances are those of a five-point
    scale. `chosen` (J,) the items that are answered on it."""

    def __init__(self, plan: Plan, sheets: Sheets) -> None:
        leaves = [plan.leaf(item) for item in sheets.group.items]
        ends = [leaf.scale.ends() if leaf.statistic == "mean" and not leaf.values else None for leaf in leaves]
        frequent = Counter(pair for pair in ends if pair is not None).most_common(1)
        self.low, self.high = frequent[0][0] if frequent else (0.0, FIVE_POINT_RANGE)
        self.chosen = np.array([pair == (self.low, self.high) for pair in ends], dtype=np.bool_)
        self.unit = FIVE_POINT_RANGE / (self.high - self.low)

    def of(self, block: Block) -> FloatArray:
        """(m, J) in five-point distances, NaN for no answer and for other questions."""
        return np.where(self.chosen & block.asked, block.x, np.nan) * self.unit


def _line(sheets: Sheets, agreement: Agreement) -> tuple[FloatArray, FloatArray]:
    """(n,) share of the answers that equal the sheet's median, and their standard deviation; a few equal answers
    happen honestly: 0 and infinity."""
    line, spread = np.zeros(sheets.count), np.full(sheets.count, np.inf)
    for block in sheets.blocks():
        answers = agreement.of(block)
        many = np.flatnonzero((~np.isnan(answers)).sum(axis=1) >= LEAST_ANSWERS)
        given = np.sort(answers[many], axis=1)  # NaN last
        n = (~np.isnan(given)).sum(axis=1)
        each = np.arange(many.size)
        median = (given[each, (n - 1) // 2] + given[each, n // 2]) / 2
        line[block.at.start + many] = (given == median[:, None]).sum(axis=1) / n
        spread[block.at.start + many] = np.nanstd(given, axis=1, ddof=1)
    return line, spread


def _scattered(plan: Plan, sheets: Sheets, agreement: Agreement) -> BoolArray:
    """Variance of (answer − item mean) within sub-indices, averaged over them, above 1.75 times the group's median."""
    means = _means(sheets, agreement)
    variance = np.full(sheets.count, np.nan)
    items = [{leaf.id for leaf in sub.leaves} for sub in plan.sub_indices()]
    subs = [np.array([item in ids for item in sheets.group.items], dtype=np.bool_) for ids in items]
    for block in sheets.blocks():
        variance[block.at] = _within(agreement.of(block) - means, subs)
    if np.isnan(variance).all():
        return np.zeros(sheets.count, dtype=np.bool_)
    return np.asarray(np.nan_to_num(variance) > SCATTER * float(np.nanmedian(variance)))


def _means(sheets: Sheets, agreement: Agreement) -> FloatArray:
    """(J,) item means, 0 without answers."""
    total, n = np.zeros(len(sheets.group.items)), np.zeros(len(sheets.group.items))
    for block in sheets.blocks():
        answers = agreement.of(block)
        total += np.nan_to_num(answers).sum(axis=0)
        n += (~np.isnan(answers)).sum(axis=0)
    return np.asarray(total / np.maximum(n, 1))


def _within(deviation: FloatArray, subs: Sequence[BoolArray]) -> FloatArray:
    """(m,) mean over the sub-indices with two answers or more of their variances within the sheet; NaN for none."""
    total, parts = np.zeros(deviation.shape[0]), np.zeros(deviation.shape[0])
    for inside in subs:
        known = ~np.isnan(deviation[:, inside])
        own = np.nan_to_num(deviation[:, inside])
        k = known.sum(axis=1)
        centre = own.sum(axis=1) / np.maximum(k, 1)
        squares = np.where(known, (own - centre[:, None]) ** 2, 0.0).sum(axis=1)
        total += np.where(k >= 2, squares / np.maximum(k - 1, 1), 0.0)
        parts += k >= 2
    return np.where(parts > 0, total / np.maximum(parts, 1), np.nan)
