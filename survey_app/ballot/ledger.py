"""What opened sheets say about units, a row for a business and a unit, in memory only.

A million sheets must fit: each answer stands as a small number, which leads to the few different answers there are.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from survey_app.ballot.envelopes import SealedContent
from survey_app.ballot.ground import Ground
from survey_app.questionnaire.answers import Answer, Missing
from survey_app.questionnaire.schema import Scale
from survey_app.scoring.leaf import Leaf
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import (
    DURATION_SECONDS,
    BoolArray,
    Column,
    IntArray,
    PeerGroup,
    Sheets,
    different_pairs,
    homes,
    number_of,
)

LARGEST = {"B": 2**8, "H": 2**16, "I": 2**32}  # different answers that a column of this type can hold
NO_DURATION = -1


class AnswerColumn:
    """One question's answers in all rows; `different` holds each different one once, None first: not asked."""

    def __init__(self) -> None:
        self.different: list[Answer | None] = [None]
        self.codes = array("B")
        self._places: dict[Answer | None, int] = {None: 0}

    def add(self, answer: Answer | None) -> None:
        """The next row's answer."""
        place = self._places.setdefault(answer, len(self.different))
        if place == len(self.different):
            self.different.append(answer)
            if place == LARGEST[self.codes.typecode]:
                self.codes = array("H" if place == LARGEST["B"] else "I", self.codes)
        self.codes.append(place)

    @property
    def code(self) -> NDArray[np.unsignedinteger]:
        """(N,) leads to `different`."""
        return np.frombuffer(self.codes, dtype=self.codes.typecode)

    def column(self, leaf: Leaf) -> Column:
        """As the scoring reads it for one leaf of the plan."""
        return Column(
            code=self.code,
            number=np.array([leaf_number(leaf, answer) for answer in self.different]),
            asked=np.array([answer is not None and answer != Missing.NOT_SHOWN for answer in self.different]),
        )


class Ledger:
    """The rows. `units` are the rated ones, sorted; a row's business counts the sheets as they were opened, from 0.

    `profile`: what was asked once, a row for a business.
    """

    def __init__(self, items: Iterable[str], units: Iterable[str], profile: Iterable[str]) -> None:
        self.units = sorted(units)
        self.columns = {item: AnswerColumn() for item in items}
        self.profile = {item: AnswerColumn() for item in profile}
        self._place = {unit: place for place, unit in enumerate(self.units)}
        self._unit, self._business, self._main = array("H"), array("I"), array("B")
        self.businesses_opened = 0
        self._label, self._duration, self._missed = array("q"), array("b"), array("B")

    @property
    def count(self) -> int:
        return len(self._unit)

    def open(self, given: Mapping[str, Answer]) -> int:
        """The next business, with what it answered once; its number."""
        for item, column in self.profile.items():
            column.add(given.get(item))
        self.businesses_opened += 1
        return self.businesses_opened - 1

    def add(
        self, content: SealedContent, business: int, unit: str, main: bool, missed: bool, given: Mapping[str, Answer]
    ) -> None:
        """One sheet about one unit; `given` what was asked of it, `missed` an attention item answered wrongly."""
        for item, column in self.columns.items():
            column.add(given.get(item))
        self._unit.append(self._place[unit])
        self._business.append(business)
        self._main.append(main)
        self._label.append(content.label)
        self._duration.append(NO_DURATION if content.duration is None else content.duration)
        self._missed.append(missed)

    @property
    def unit(self) -> IntArray:
        """(N,) index into `units`."""
        return np.frombuffer(self._unit, dtype=np.uint16).astype(np.int64)

    @property
    def business(self) -> IntArray:
        """(N,) ascending."""
        return np.frombuffer(self._business, dtype=np.uint32).astype(np.int64)

    def sheets(self, ground: Ground, group: PeerGroup) -> Sheets:
        """One peer group's rows as the scoring takes them."""
        reported = [ground.reported(unit) for unit in self.units]
        place = np.array([group.units.index(unit) if unit in group.units else -1 for unit in reported], dtype=np.int64)
        unit = place[self.unit]
        rows = np.flatnonzero(unit >= 0)
        seconds = np.array([*DURATION_SECONDS, np.nan])[np.frombuffer(self._duration, dtype=np.int8)[rows]]
        leaves = [ground.plan.leaf(item) for item in group.items]
        return Sheets(
            group=group,
            columns=tuple(self.columns[leaf.question_id].column(leaf) for leaf in leaves),
            rows=rows,
            unit=unit[rows],
            business=self.business[rows],
            home=homes(unit[rows], self.business[rows], np.frombuffer(self._main, dtype=np.bool_)[rows]),
            labels=np.frombuffer(self._label, dtype=np.int64)[rows],
            seconds=seconds,
            fear=self._fear(ground)[rows],
            attention_missed=np.frombuffer(self._missed, dtype=np.bool_)[rows],
            dropped=np.zeros((len(group.units), len(group.items)), dtype=np.bool_),
            segments=self._segments(ground)[self.business[rows]],
        )

    def _segments(self, ground: Ground) -> IntArray:
        """(B, Q) answers to the plan's profile questions as small integers, −1 = none."""
        found = []
        for question in ground.plan.profile_covariates():
            column = self.profile[question]
            places = [-1 if answer is None or isinstance(answer, Missing) else place
                      for place, answer in enumerate(column.different)]  # fmt: skip
            found.append(np.array(places, dtype=np.int64)[column.code])
        return np.column_stack(found) if found else np.zeros((self.businesses_opened, 0), dtype=np.int64)

    def _fear(self, ground: Ground) -> FloatArray:
        """(N,) 1 = held back, by the fear question: above the middle of its scale; NaN = no answer."""
        fear = np.full(self.count, np.nan)
        for item, column in self.columns.items():
            question = ground.questionnaire.by_id[item]
            if question.role == "fear" and isinstance(question, Scale):
                middle = (ground.questionnaire.scales[question.scale].points + 1) / 2
                numbers = [np.nan if answer is None or isinstance(answer, Missing) else float(int(answer[0]) > middle)
                           for answer in column.different]  # fmt: skip
                fear = np.where(np.isnan(fear), np.array(numbers)[column.code], fear)
        return fear

    def groups(self, ground: Ground) -> tuple[list[str], IntArray]:
        """The codes under which units are reported, and (N,) which of them each row counts for."""
        reported = [ground.reported(unit) for unit in self.units]
        codes = sorted(set(reported))
        return codes, np.array([codes.index(code) for code in reported], dtype=np.int64)[self.unit]

    def businesses(self, group: IntArray, base: BoolArray) -> Counter[int]:
        """How many businesses have a base row in each group; `group` (N,) of the rows, `base` (N,)."""
        _, rated = different_pairs(self.business[base], group[base], len(self.units) + 1)
        return Counter({place: n for place, n in enumerate(np.bincount(rated).tolist()) if n})

    def answers(self, item: str, group: IntArray, base: BoolArray) -> Iterator[tuple[int, Answer, int]]:
        """(group, answer, number of base rows) of one question."""
        column = self.columns[item]
        size = len(column.different)
        pairs, numbers = np.unique(group[base] * size + column.code[base], return_counts=True)
        for pair, number in zip(pairs.tolist(), numbers.tolist(), strict=True):
            answer = column.different[pair % size]
            if answer is not None:
                yield pair // size, answer, number


def leaf_number(leaf: Leaf, answer: Answer | None) -> float:
    """The number that the plan's leaf makes of an answer; NaN where there is no usable one."""
    if answer is None or isinstance(answer, Missing):
        return np.nan
    code = next((code for code in answer if code in leaf.codes), answer[0])
    try:
        return number_of(leaf, code)
    except ValueError:
        return np.nan
