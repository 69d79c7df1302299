"""Answers, and the reasons why there is none: six codes, never mixed up, never worth a number."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Missing(StrEnum):
    """Why an item has no answer. The first three are chosen by the respondent (escapes), the others found at submit."""

    NOT_APPLICABLE = "not_applicable"
    DONT_KNOW = "dont_know"
    DECLINED = "declined"
    NOT_SHOWN = "not_shown"  # asked of this unit, but its condition did not hold
    LEFT_BLANK = "left_blank"


ANSWERED = "answered"  # the sixth code
MISSING = frozenset(code.value for code in Missing)  # in a tally: counts of these are no answers

# A tuple is an answer (one text for all types but multi, rank and units). Scale answers are "1"…, yes_no "yes" or
# "no", single an option's code, number decimal text in the base unit, date ISO, text NFC.
Answer = tuple[str, ...] | Missing
Answers = dict[str, Answer]


def key(question: str, unit: str | None = None) -> str:
    """The name under which the answer stands: "mb01" once, "mb01@MCAI" of a unit."""
    return question if unit is None else f"{question}@{unit}"


def parts(name: str) -> tuple[str, str | None]:
    """The question (with ".teams" or ".none" of the picker) and the unit's code of an answer's name."""
    question, at, unit = name.partition("@")
    return question, unit if at else None


def state(answer: Answer | None) -> str:
    """One of the six codes."""
    if answer is None:
        return Missing.LEFT_BLANK.value
    return answer.value if isinstance(answer, Missing) else ANSWERED


def encode(answers: Mapping[str, Answer]) -> bytes:
    """JSON in UTF-8, keys in order: a list is an answer, a text a missing code."""
    return msgspec.json.encode(answers, order="sorted")


def decode(raw: bytes) -> Answers:
    """The other way round. Raises ValueError (msgspec.DecodeError) if it is not a sheet of answers."""
    found = msgspec.json.decode(raw, type=dict[str, tuple[str, ...] | str])
    return {name: Missing(value) if isinstance(value, str) else value for name, value in found.items()}
