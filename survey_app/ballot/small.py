"""Which sheets the numbers rest on, and which units have too few of them to stand alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from survey_app.ballot.ground import Ground
from survey_app.scoring.cleaning import Flags, flags
from survey_app.scoring.estimate import entering
from survey_app.scoring.sheets import Row, Sheets, peer_groups, sheets_of


@dataclass(frozen=True)
class Sifted:
    """Sheets and flags a peer group; `base` goes with the rows: not flagged, and entering the estimate."""

    sheets: tuple[Sheets, ...]
    flags: tuple[Flags, ...]
    base: tuple[bool, ...]


def sift(ground: Ground, rows: Sequence[Row]) -> Sifted:
    """The rows as arrays, their flags, and which of them are base sheets."""
    base = [False] * len(rows)
    sheets, found = [], []
    for group in peer_groups(ground.plan, ground.group_units()):
        inside = [place for place, row in enumerate(rows) if row.unit in group.units]
        sheets.append(sheets_of(ground.plan, group, [rows[place] for place in inside]))
        found.append(flags(ground.plan, sheets[-1]))
        for place, enters in zip(inside, entering(sheets[-1], found[-1].flagged).tolist(), strict=True):
            base[place] = enters
    return Sifted(tuple(sheets), tuple(found), tuple(base))


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
