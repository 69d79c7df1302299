"""Which sheets the numbers rest on, which units have too few of them to stand alone, and what too few answered.

What may never be shown is never computed: whoever holds the whole database finds no numbers of three businesses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec
import numpy as np

from survey_app.ballot.ground import Ground
from survey_app.scoring.cleaning import Flags, flags
from survey_app.scoring.estimate import businesses, entering
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import BoolArray, Row, Sheets, peer_groups, sheets_of


@dataclass(frozen=True)
class Sifted:
    """Sheets, flags and a mask of those left out, a peer group each; `places` lead from its sheets to the rows."""

    sheets: tuple[Sheets, ...]
    flags: tuple[Flags, ...]
    left_out: tuple[BoolArray, ...]
    places: tuple[tuple[int, ...], ...]

    @cached_property
    def base(self) -> tuple[bool, ...]:
        """Which rows are base sheets: not left out, and entering the estimate."""
        found = [False] * sum(len(places) for places in self.places)
        for sheets, left_out, places in zip(self.sheets, self.left_out, self.places, strict=True):
            for place, enters in zip(places, entering(sheets, left_out).tolist(), strict=True):
                found[place] = enters
        return tuple(found)


def sift(ground: Ground, rows: Sequence[Row]) -> Sifted:
    """The rows as arrays, with their flags; flagged ones are left out."""
    groups = peer_groups(ground.plan, ground.group_units())
    places = [tuple(place for place, row in enumerate(rows) if row.unit in group.units) for group in groups]
    sheets = [
        sheets_of(ground.plan, group, [rows[place] for place in inside])
        for group, inside in zip(groups, places, strict=True)
    ]
    found = [flags(ground.plan, each) for each in sheets]
    return Sifted(tuple(sheets), tuple(found), tuple(each.flagged for each in found), tuple(places))


def thinned(plan: Plan, sifted: Sifted) -> Sifted:
    """Without what may never be shown: units with too few base sheets, and questions that too few answered of a unit.

    For the estimates such a question was not asked of the unit. Where the unit has enough sheets to show distributions
    a question needs as many answers, else the sub-index and the questions beside it would give it away; where the unit
    has fewer, none of its questions is shown, but a sub-index may not rest on one of them alone.
    """
    pairs = [_thinned(plan, sheets, left_out) for sheets, left_out in zip(sifted.sheets, sifted.left_out, strict=True)]
    return replace(sifted, sheets=tuple(pair[0] for pair in pairs), left_out=tuple(pair[1] for pair in pairs))


def _thinned(plan: Plan, sheets: Sheets, left_out: BoolArray) -> tuple[Sheets, BoolArray]:
    """Until nothing changes: without a question, a sheet may no longer be half answered."""
    privacy, units = plan.privacy, len(sheets.group.units)
    weighted = [
        [sheets.group.items.index(leaf.id) for leaf, weight in zip(sub.leaves, sub.weights, strict=True)
         if weight > 0 and leaf.id in sheets.group.items]
        for sub in plan.sub_indices()
    ]  # fmt: skip
    while True:
        counted = sheets.only(entering(sheets, left_out))
        n = np.array(businesses(np.ones((counted.count, 1), dtype=np.bool_), counted, units)).reshape(units)
        answers = np.array(businesses(counted.answered(), counted, units)).reshape(units, len(sheets.group.items))
        small = (n > 0) & (n < privacy.min_score)
        least = np.where(n >= privacy.min_distribution, privacy.min_distribution, privacy.min_score)
        scarce = (answers > 0) & (answers < least[:, None])
        for u in np.flatnonzero(n < privacy.min_distribution):
            for columns in weighted:
                if len(there := [j for j in columns if answers[u, j] and not scarce[u, j]]) == 1:
                    scarce[u, there] = True
        if not small.any() and not scarce.any():
            return sheets, left_out
        gone = scarce[sheets.unit]
        sheets = msgspec.structs.replace(sheets, x=np.where(gone, np.nan, sheets.x), asked=sheets.asked & ~gone)
        left_out = left_out | small[sheets.unit]


def merged_at_the_count(ground: Ground, rows: Sequence[Row], base: Sequence[bool]) -> dict[str, str]:
    """Unit → its fallback group, for the units with fewer than `min_score` businesses on base sheets.

    They are joined with each other and with what was merged into the same group at opening; members large enough stay
    apart, and the group never holds them. Nothing can be subtracted: a group is made of two parts or more, none of
    which is counted under a code of its own, and only where they reach `min_score` together. A unit that finds no
    partner keeps its code and is withheld. A group that is rated itself takes nobody in: its score is its own.
    """
    least = ground.plan.privacy.min_score
    senders: defaultdict[str, set[int]] = defaultdict(set)
    for row, counted in zip(rows, base, strict=True):
        if counted:
            senders[row.unit].add(row.business)
    small: defaultdict[str, list[str]] = defaultdict(list)
    for unit, group in sorted(ground.fallbacks.items()):
        alone = unit in ground.register and unit not in ground.merged
        if alone and group in ground.kinds and group not in ground.register and len(senders[unit]) < least:
            small[group].append(unit)
    merged: dict[str, str] = {}
    for group, units in small.items():
        parts = [*units, group] if group in ground.merged.values() else units
        if len(parts) > 1 and len(set().union(*(senders[part] for part in parts))) >= least:
            merged |= dict.fromkeys(units, group)
    return merged
