"""Which sheets the numbers rest on, which units have too few of them to stand alone, and what too few answered.

What may never be shown is never computed: whoever holds the whole database finds no numbers of three businesses.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

import numpy as np

from survey_app.ballot.ground import Ground
from survey_app.ballot.ledger import Ledger
from survey_app.scoring.cleaning import Flags, flags
from survey_app.scoring.counted import businesses, entering
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import Block, BoolArray, Sheets, peer_groups


@dataclass(frozen=True)
class Sifted:
    """Sheets, flags and a mask of those left out, a peer group each."""

    sheets: tuple[Sheets, ...]
    flags: tuple[Flags, ...]
    left_out: tuple[BoolArray, ...]

    def base(self, rows: int) -> BoolArray:
        """(N,) which of the ledger's rows are base sheets: not left out, and entering the estimate."""
        found = np.zeros(rows, dtype=np.bool_)
        for sheets, left_out in zip(self.sheets, self.left_out, strict=True):
            found[sheets.rows] = entering(sheets, left_out)
        return found


def sift(ground: Ground, ledger: Ledger) -> Sifted:
    """The rows by peer group, with their flags; flagged ones are left out."""
    sheets = tuple(ledger.sheets(ground, group) for group in peer_groups(ground.plan, ground.group_units()))
    found = tuple(flags(ground.plan, each) for each in sheets)
    return Sifted(sheets, found, tuple(each.flagged for each in found))


def thinned(plan: Plan, sifted: Sifted) -> Sifted:
    """Without what may never be shown: units with too few base sheets, and questions that too few answered of a unit.

    For the estimates such a question was not asked of the unit. Where the unit has enough sheets to show distributions
    a question needs as many answers, else the sub-index and the questions beside it would give it away; where the unit
    has fewer, none of its questions is shown, but a sub-index may not rest on one of them alone.
    """
    pairs = [
        thinned_group(plan, sheets, left_out) for sheets, left_out in zip(sifted.sheets, sifted.left_out, strict=True)
    ]
    return replace(sifted, sheets=tuple(pair[0] for pair in pairs), left_out=tuple(pair[1] for pair in pairs))


def thinned_group(plan: Plan, sheets: Sheets, left_out: BoolArray) -> tuple[Sheets, BoolArray]:
    """Until nothing changes: without a question, a sheet may no longer be half answered."""
    privacy = plan.privacy
    weighted = [
        [sheets.group.items.index(leaf.id) for leaf, weight in zip(sub.leaves, sub.weights, strict=True)
         if weight > 0 and leaf.id in sheets.group.items]
        for sub in plan.sub_indices()
    ]  # fmt: skip
    while True:
        found = businesses(sheets.only(entering(sheets, left_out)), sent_and_answered)
        n, answers = found[:, 0], found[:, 1:]
        small = (n > 0) & (n < privacy.min_score)
        least = np.where(n >= privacy.min_distribution, privacy.min_distribution, privacy.min_score)
        scarce = (answers > 0) & (answers < least[:, None])
        for u in np.flatnonzero(n < privacy.min_distribution):
            for columns in weighted:
                if len(there := [j for j in columns if answers[u, j] and not scarce[u, j]]) == 1:
                    scarce[u, there] = True
        if not small.any() and not scarce.any():
            return sheets, left_out
        sheets, left_out = sheets.without(scarce), left_out | small[sheets.unit]


def sent_and_answered(block: Block) -> BoolArray:
    """(m, 1 + J) every sheet, and whether it answers an item."""
    return np.hstack([np.ones((block.unit.size, 1), dtype=np.bool_), block.answered()])


def merged_at_the_count(ground: Ground, ledger: Ledger, base: BoolArray) -> dict[str, str]:
    """Unit → its fallback group, for the units with fewer than `min_score` businesses on base sheets.

    They are joined with each other and with what was merged into the same group at opening; members large enough stay
    apart, and the group never holds them. Nothing can be subtracted: a group is made of two parts or more, none of
    which is counted under a code of its own, and only where they reach `min_score` together. A unit that finds no
    partner keeps its code and is withheld. A group that is rated itself takes nobody in: its score is its own.
    """
    least = ground.plan.privacy.min_score
    codes, reported = ledger.groups(ground)
    senders = Counter({codes[place]: n for place, n in ledger.businesses(reported, base).items()})
    small: defaultdict[str, list[str]] = defaultdict(list)
    for unit, group in sorted(ground.fallbacks.items()):
        alone = unit in ground.register and unit not in ground.merged
        if alone and group in ground.kinds and group not in ground.register and senders[unit] < least:
            small[group].append(unit)
    merged: dict[str, str] = {}
    for group, units in small.items():
        parts = [*units, group] if group in ground.merged.values() else units
        inside = np.isin(reported, [codes.index(part) for part in parts if part in codes])
        together = ledger.businesses(np.zeros_like(reported), base & inside)[0]
        if len(parts) > 1 and together >= least:
            merged |= dict.fromkeys(units, group)
    return merged
