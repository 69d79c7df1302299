"""Answer sheets as arrays, one set of arrays for a peer group. A row is one business's sheet about one unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

NO_LABEL = -1
# Seconds per asked item. A sealed sheet carries only the class, so that no exact time can tell who wrote it. The bounds
# are finer where people are fast: "under half of the median" must be decidable from classes (see cleaning.py).
DURATION_BOUNDS = (3.0, 5.0, 8.0, 14.0)
DURATION_SECONDS = (2.2, 3.9, 6.3, 10.6, 18.0)


def duration_class(seconds: float, asked: int) -> int:
    """Class 0 (fastest) to 4 of a whole sheet's time, per asked item."""
    return int(np.searchsorted(DURATION_BOUNDS, seconds / max(asked, 1), side="right"))


class GroupUnit(msgspec.Struct, frozen=True):
    """A rated unit as scoring knows it: `asked` = ids of the question leaves asked about it on a main unit's sheet."""

    code: str
    kind: str
    asked: frozenset[str]


class PeerGroup(msgspec.Struct, frozen=True):
    """Units compared with each other, and the leaves asked in all of them (in the plan's order)."""

    id: str
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    items: tuple[str, ...]


class Row(msgspec.Struct, frozen=True):
    """One sheet about one unit.

    `answers`: leaf id → answered code or number text, None = asked without a usable answer; a leaf that was not asked
    (or not shown) is absent. `duration`: class 0–4 or None. `fear`: the fear item's answer. `label`: client label.
    """

    business: int
    unit: str
    main: bool
    answers: Mapping[str, str | None]
    label: int | None = None
    duration: int | None = None
    fear: float | None = None
    attention_missed: bool = False


class Sheets(msgspec.Struct, frozen=True):
    """Arrays over n sheets of one peer group; J = the group's items.

    unit (n,) index into group.units; business (n,) any integers, equal for sheets of one business; main (n,) it is the
    business's main unit; x (n, J) answers as numbers (`Leaf.number`), NaN = none; asked (n, J); labels (n,) client
    labels, −1 = none; seconds (n,) per asked item (a class's middle for sealed sheets), NaN = unknown; fear (n,) NaN =
    no answer; attention_missed (n,).
    """

    group: PeerGroup
    unit: IntArray
    business: IntArray
    main: BoolArray
    x: FloatArray
    asked: BoolArray
    labels: IntArray
    seconds: FloatArray
    fear: FloatArray
    attention_missed: BoolArray

    @property
    def count(self) -> int:
        return int(self.unit.size)

    def answered(self) -> BoolArray:
        return self.asked & ~np.isnan(self.x)

    def half_answered(self) -> BoolArray:
        """(n,) at least half of all items asked on the sheet are answered: only such sheets enter the estimate."""
        answered = self.answered().sum(axis=1)
        return np.asarray((answered > 0) & (2 * answered >= self.asked.sum(axis=1)))

    def only(self, keep: BoolArray) -> Sheets:
        """The sheets where `keep` (n,) holds."""
        return Sheets(self.group, self.unit[keep], self.business[keep], self.main[keep], self.x[keep], self.asked[keep],
                      self.labels[keep], self.seconds[keep], self.fear[keep], self.attention_missed[keep])  # fmt: skip


def peer_groups(plan: Plan, units: Sequence[GroupUnit]) -> tuple[PeerGroup, ...]:
    """The round's peer groups: those the plan names, then one per kind and set of asked items for the units left over.

    In a named group only the items asked in all of its units count; a unit's other items are shown, not scored.
    """
    left = {unit.code: unit for unit in sorted(units, key=lambda unit: unit.code)}
    groups = []
    for group in plan.named_groups():
        members = [unit for unit in left.values() if unit.code in group.units or unit.kind in group.kinds]
        if members:
            groups.append(_group(plan, group.id, members))
        for unit in members:
            del left[unit.code]
    return (*groups, *_by_kind(plan, list(left.values())))


def _by_kind(plan: Plan, units: list[GroupUnit]) -> list[PeerGroup]:
    weighted = {leaf.id for sub in plan.sub_indices() for leaf in sub.leaves}
    alike: dict[tuple[str, frozenset[str]], list[GroupUnit]] = {}
    for unit in units:
        alike.setdefault((unit.kind, unit.asked & weighted), []).append(unit)
    groups: list[PeerGroup] = []
    taken: dict[str, int] = {}
    # The largest set of alike units bears the kind's plain name; a branch without clearance work becomes "chi_cuc.2".
    for (kind, _), members in sorted(alike.items(), key=lambda pair: (pair[0][0], -len(pair[1]), pair[1][0].code)):
        taken[kind] = taken.get(kind, 0) + 1
        groups.append(_group(plan, kind if taken[kind] == 1 else f"{kind}.{taken[kind]}", members))
    return groups


def _group(plan: Plan, name: str, members: list[GroupUnit]) -> PeerGroup:
    common = frozenset.intersection(*(unit.asked for unit in members))
    items = tuple(leaf.id for leaf in plan.question_leaves() if leaf.id in common)
    return PeerGroup(name, tuple(unit.code for unit in members), tuple(sorted({unit.kind for unit in members})), items)


def sheets_of(plan: Plan, group: PeerGroup, rows: Iterable[Row]) -> Sheets:
    """The group's rows as arrays; rows about units of other groups are passed over."""
    place = {code: index for index, code in enumerate(group.units)}
    column = [(plan.leaf(item), item) for item in group.items]
    mine = [row for row in rows if row.unit in place]
    x = np.full((len(mine), len(column)), np.nan)
    asked = np.zeros((len(mine), len(column)), dtype=np.bool_)
    for i, row in enumerate(mine):
        for j, (leaf, item) in enumerate(column):
            if item in row.answers:
                asked[i, j] = True
                code = row.answers[item]
                number = None if code is None else leaf.number(code)
                x[i, j] = np.nan if number is None else number
    return Sheets(
        group=group,
        unit=np.array([place[row.unit] for row in mine], dtype=np.int64),
        business=np.array([row.business for row in mine], dtype=np.int64),
        main=np.array([row.main for row in mine], dtype=np.bool_),
        x=x,
        asked=asked,
        labels=np.array([NO_LABEL if row.label is None else row.label for row in mine], dtype=np.int64),
        seconds=np.array([np.nan if row.duration is None else DURATION_SECONDS[row.duration] for row in mine]),
        fear=np.array([np.nan if row.fear is None else row.fear for row in mine]),
        attention_missed=np.array([row.attention_missed for row in mine], dtype=np.bool_),
    )
