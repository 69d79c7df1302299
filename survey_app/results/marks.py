"""Marks of bottlenecks that lie outside a unit, as readers see them. The verbs stand in `outside.py`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import msgspec

from survey_app.i18n import day, say

EVERYWHERE = ""  # the unit of a mark that holds for all units


class Mark(msgspec.Struct, frozen=True):
    """Why a question's score does not lie in the unit's hands; `raised_on` is unset with `raised_with`."""

    item: str
    unit: str
    remark: str
    raised_with: str = ""
    raised_on: datetime.date | None = None


class Marks:
    """The marks of a round, by question and unit."""

    def __init__(self, marks: Sequence[Mark] = ()) -> None:
        self._marks: Mapping[tuple[str, str], Mark] = {(one.item, one.unit): one for one in marks}

    def on(self, item: str, unit: str = EVERYWHERE) -> Mark | None:
        """What holds for the unit: its own mark, else the one for all units."""
        return self._marks.get((item, unit)) or self._marks.get((item, EVERYWHERE))

    def partly(self, item: str) -> tuple[Mark, ...]:
        """Marks of the question for single units."""
        return tuple(mark for (one, unit), mark in self._marks.items() if one == item and unit != EVERYWHERE)


def in_words(language: str, mark_: Mark) -> str:
    """`Outside the unit: … Raised with … on 05/12/2024.`"""
    remark = mark_.remark if mark_.remark[-1] in ".!?。" else f"{mark_.remark}."
    said = say(language, "Outside the unit: {remark}", remark=remark)
    if mark_.raised_on is None:
        return said
    raised = say(language, "Raised with {whom} on {day}.", whom=mark_.raised_with, day=day(mark_.raised_on, language))
    return f"{said} {raised}"
