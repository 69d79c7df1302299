"""Answer sheets as arrays, one set of arrays for a peer group. A row is one business's sheet about one unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from survey_app.scoring.leaf import Leaf
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

NO_LABEL = -1
NOT_ASKED = "\0"
BLOCK = 2_000_000  # numbers in memory at once, a few arrays of them
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


def changes(values: IntArray) -> BoolArray:
    """(n,) where a value differs from the one before; the first one does."""
    return np.concatenate([np.ones(min(values.size, 1), dtype=np.bool_), values[1:] != values[:-1]])


def different_pairs(first: IntArray, second: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """The different pairs of two arrays (n,), sorted; `second` lies in 0 … size − 1. As single numbers, which sort ten
    times as fast as pairs."""
    found = np.unique(first * size + second)
    return found // size, found % size


class PeerGroup(msgspec.Struct, frozen=True):
    """Units compared with each other, and the leaves asked in all of them (in the plan's order)."""

    id: str
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    items: tuple[str, ...]


class Row(msgspec.Struct, frozen=True):
    """One sheet about one unit.

    `answers`: leaf id → answered code or number text, None = asked without a usable answer; a leaf that was not asked
    (or not shown) is absent. `duration`: class 0–4 or None. `fear`: 1 = held back. `label`: client label.
    """

    business: int
    unit: str
    main: bool
    answers: Mapping[str, str | None]
    label: int | None = None
    duration: int | None = None
    fear: float | None = None
    attention_missed: bool = False


class Column(msgspec.Struct, frozen=True):
    """A leaf's answers on all sheets of a round: `code` (N,) small integers, which lead to `number` (K,), NaN = no
    usable answer, and `asked` (K,). A round has few different answers: one byte a sheet is enough for most."""

    code: NDArray[np.unsignedinteger]
    number: FloatArray
    asked: BoolArray


class Block(msgspec.Struct, frozen=True):
    """Some sheets in full. `at`: where they stand among the group's; unit (m,); business (m,); x (m, J) answers as
    numbers (`Leaf.number`), NaN = none; asked (m, J)."""

    at: slice
    unit: IntArray
    business: IntArray
    x: FloatArray
    asked: BoolArray

    def answered(self) -> BoolArray:
        return self.asked & ~np.isnan(self.x)


class Sheets(msgspec.Struct, frozen=True):
    """The n sheets of one peer group, sorted by business; J = the group's items.

    columns (J): the items' answers, of which `rows` (n,) are this group's; unit (n,) index into group.units; business
    (n,) any integers, equal for sheets of one business; home (n,) the business's main unit, index into group.units,
    −1 = not known or of another group; segments (n, Q) what the business said of itself, as small integers, −1 =
    nothing; labels (n,) client labels, −1 = none; seconds (n,) per asked item (a class's middle for sealed sheets),
    NaN = unknown; fear (n,) 1 = held back, NaN = no answer; attention_missed (n,). `dropped` (U, J): items that count
    as not asked of a unit.

    A million businesses' answers fit into memory as codes, not as numbers: whoever needs numbers reads them by blocks.
    """

    group: PeerGroup
    columns: tuple[Column, ...]
    rows: IntArray
    unit: IntArray
    business: IntArray
    home: IntArray
    labels: IntArray
    seconds: FloatArray
    fear: FloatArray
    attention_missed: BoolArray
    dropped: BoolArray
    segments: IntArray

    @property
    def count(self) -> int:
        return int(self.unit.size)

    def blocks(self, width: int = 0) -> Iterator[Block]:
        """All sheets, a block at a time, those of one business together. `width`: numbers a sheet that the caller makes
        of it, where they are more than its items: the wider, the fewer sheets a block."""
        size = max(1, BLOCK // max(width, len(self.columns), 1))
        starts = np.flatnonzero(changes(self.business))
        first = 0
        while first < self.count:
            cut = int(np.searchsorted(starts, first + size))
            last = int(starts[cut]) if cut < starts.size else self.count
            yield self.block(slice(first, last))
            first = last

    def block(self, at: slice = slice(None)) -> Block:
        """The sheets at these places in full."""
        unit, rows = self.unit[at], self.rows[at]
        x, asked = np.empty((unit.size, len(self.columns))), np.empty((unit.size, len(self.columns)), dtype=np.bool_)
        for j in range(len(self.columns)):
            x[:, j], asked[:, j] = self._read(j, rows, unit)
        return Block(at, unit, self.business[at], x, asked)

    def x(self, j: int) -> FloatArray:
        """(n,) one item's answers as numbers."""
        return self._read(j, self.rows, self.unit)[0]

    def _read(self, j: int, rows: IntArray, unit: IntArray) -> tuple[FloatArray, BoolArray]:
        column, dropped = self.columns[j], self.dropped[unit, j]
        code = column.code[rows]
        return np.where(dropped, np.nan, column.number[code]), column.asked[code] & ~dropped

    def half_answered(self) -> BoolArray:
        """(n,) at least half of all items asked on the sheet are answered: only such sheets enter the estimate."""
        found = np.zeros(self.count, dtype=np.bool_)
        for block in self.blocks():
            answered = block.answered().sum(axis=1)
            found[block.at] = (answered > 0) & (2 * answered >= block.asked.sum(axis=1))
        return found

    def only(self, keep: BoolArray) -> Sheets:
        """The sheets where `keep` (n,) holds."""
        return Sheets(self.group, self.columns, self.rows[keep], self.unit[keep], self.business[keep], self.home[keep],
                      self.labels[keep], self.seconds[keep], self.fear[keep], self.attention_missed[keep],
                      self.dropped, self.segments[keep])  # fmt: skip

    def without(self, gone: BoolArray) -> Sheets:
        """The same sheets, as if these items (U, J) had not been asked of these units."""
        return msgspec.structs.replace(self, dropped=self.dropped | gone)


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
    mine = sorted((row for row in rows if row.unit in place), key=lambda row: row.business)
    unit = np.array([place[row.unit] for row in mine], dtype=np.int64)
    business = np.array([row.business for row in mine], dtype=np.int64)
    return Sheets(
        group=group,
        columns=tuple(
            _column(plan.leaf(item), [row.answers.get(item, NOT_ASKED) for row in mine]) for item in group.items
        ),
        rows=np.arange(len(mine)),
        unit=unit,
        business=business,
        home=homes(unit, business, np.array([row.main for row in mine], dtype=np.bool_)),
        labels=np.array([NO_LABEL if row.label is None else row.label for row in mine], dtype=np.int64),
        seconds=np.array([np.nan if row.duration is None else DURATION_SECONDS[row.duration] for row in mine]),
        fear=np.array([np.nan if row.fear is None else row.fear for row in mine]),
        attention_missed=np.array([row.attention_missed for row in mine], dtype=np.bool_),
        dropped=np.zeros((len(group.units), len(group.items)), dtype=np.bool_),
        segments=np.zeros((len(mine), 0), dtype=np.int64),
    )


def homes(unit: IntArray, business: IntArray, main: BoolArray) -> IntArray:
    """(n,) the unit of the business's sheet about its main unit, −1 where it has none; business ascending."""
    place: IntArray = np.cumsum(changes(business)) - 1
    found = np.full(int(place[-1]) + 1 if place.size else 0, -1, dtype=np.int64)
    found[place[main]] = unit[main]
    return np.asarray(found[place])


def _column(leaf: Leaf, answers: Sequence[str | None]) -> Column:
    """`answers`: code or number text, None = no answer, NOT_ASKED."""
    places = {answer: place for place, answer in enumerate(dict.fromkeys(answers))}
    numbers = [number_of(leaf, None if answer == NOT_ASKED else answer) for answer in places]
    return Column(
        code=np.array([places[answer] for answer in answers], dtype=np.uint32),
        number=np.array(numbers, dtype=np.float64),
        asked=np.array([answer != NOT_ASKED for answer in places], dtype=np.bool_),
    )


def number_of(leaf: Leaf, answer: str | None) -> float:
    """The leaf's number for an answered code or number text; NaN where there is none."""
    number = None if answer is None else leaf.number(answer)
    return np.nan if number is None else number
