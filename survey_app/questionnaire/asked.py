"""Which items are asked of a unit, with all that a form and a template need to know of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec

from survey_app.questionnaire.answers import Missing, key
from survey_app.questionnaire.schema import (
    WORDS,
    AnyQuestion,
    Info,
    Matrix,
    Measure,
    Multi,
    Number,
    Questionnaire,
    Rank,
    RatedUnit,
    RatingScale,
    Row,
    Scale,
    Section,
    Single,
    Text,
    Units,
    YesNo,
    say,
)

Role = Literal["once", "main", "second", "team"]
Register = Mapping[str, RatedUnit]

# Reading speed in characters a second: Trauzettel-Klosinski & Dietz 2012 (IReST), English 987 and Chinese 255 a
# minute; Vietnamese is read as English is, letter for letter.
READING = {"zh-Hans": 4.25}
READING_USUAL = 16.5
# Seconds to make up one's mind and answer, after reading.
ANSWERING = {"scale": 4, "yes_no": 4, "single": 6, "multi": 9, "number": 12, "date": 9, "text": 25, "rank": 15}
ANSWERING_UNITS = 30


class Choice(NamedTuple):
    code: str
    label: str


class Item(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One question as it is asked here: once, or of a unit. Kept and reused: compared by identity.

    `part` tells the picker's three controls apart: the units themselves, the teams of a unit, "no dealings with it".
    A matrix holds its rows, each an item of its own; only the rows have answers.
    """

    key: str
    id: str
    question: AnyQuestion
    text: Text
    unit: RatedUnit | None = None
    scale: RatingScale | None = None
    measure: Measure | None = None
    escape: tuple[Missing, ...] = ()
    rows: tuple[Item, ...] = ()
    units: tuple[RatedUnit, ...] = ()  # that the picker offers
    part: Literal["question", "teams", "none"] = "question"
    codes: frozenset[str] = frozenset()  # that can be chosen
    seconds: float = 0.0  # to read and answer it, in the default language

    @property
    def type(self) -> str:
        """The question's type as it stands in the file; of a matrix's row: scale."""
        return "scale" if isinstance(self.question, Matrix) and not self.rows else _tag(self.question)

    def name(self, language: str) -> str | None:
        """The unit's name, for {unit}."""
        return None if self.unit is None else say(self.unit.names, language)

    def say(self, language: str) -> str:
        return say(self.text, language, self.name(language))

    def help(self, language: str) -> str:
        words = self.question.help
        is_row = isinstance(self.question, Matrix) and not self.rows
        return say(words, language, self.name(language)) if words and not is_row else ""

    def choices(self, language: str) -> tuple[Choice, ...]:
        """What can be chosen, in order; nothing of it is ever chosen beforehand. Escapes stand apart."""
        if self.scale is not None:
            labels = self.scale.labels
            points = (str(point) for point in range(1, self.scale.points + 1))
            return tuple(Choice(code, say(labels[code], language) if code in labels else code) for code in points)
        if isinstance(self.question, Single | Multi | Rank):
            unit = self.name(language)
            return tuple(Choice(option.code, say(option.text, language, unit)) for option in self.question.options)
        if isinstance(self.question, YesNo):
            return tuple(Choice(code, say(WORDS[code], language)) for code in ("yes", "no"))
        return tuple(Choice(unit.code, say(unit.names, language)) for unit in self.units)

    def escapes(self, language: str) -> tuple[Choice, ...]:
        return tuple(Choice(code.value, say(WORDS[code.value], language)) for code in self.escape)

    def reading(self, language: str) -> float:
        """Seconds to read it in a language."""
        return (len(self.say(language)) + len(self.help(language))) / READING.get(language, READING_USUAL)

    def answering(self) -> float:
        """Seconds to answer it."""
        if isinstance(self.question, Units):
            return ANSWERING_UNITS if self.part == "question" else 0
        return ANSWERING.get(self.type, 0)


def _tag(question: AnyQuestion) -> str:
    return str(question.__struct_config__.tag)


def answerable(items: tuple[Item, ...]) -> Iterator[Item]:
    """The items that have answers: a matrix by its rows, no info."""
    for item in items:
        if item.rows:
            yield from item.rows
        elif not isinstance(item.question, Info):
            yield item


def wanted(question: AnyQuestion, unit: RatedUnit | None, role: Role) -> bool:
    """Whether this question is asked: core items only of a second unit and of teams, and only where it makes sense."""
    if unit is None:
        return True
    return unit.does(question) and (question.core or role == "main")


@lru_cache(maxsize=8192)
def items_of(questionnaire: Questionnaire, number: int, unit: RatedUnit | None, role: Role) -> tuple[Item, ...]:
    """The items of section `number` that are asked (of this unit, in this role), before any condition."""
    section = questionnaire.sections[number]
    return tuple(
        _item(questionnaire, section, question, unit) for question in section.questions if wanted(question, unit, role)
    )


def _item(questionnaire: Questionnaire, section: Section, question: AnyQuestion, unit: RatedUnit | None) -> Item:
    code = None if unit is None else unit.code
    scale = questionnaire.scales[question.scale] if isinstance(question, Scale | Matrix) else None
    measure = questionnaire.measures[question.measure] if isinstance(question, Number) else None
    escape = tuple(Missing(each) for each in questionnaire.escapes(question))

    def item(name: str, text: Text, rows: tuple[Item, ...] = ()) -> Item:
        return _timed(
            questionnaire,
            Item(
                key=key(name, code),
                id=name,
                question=question,
                text=text,
                unit=unit,
                scale=scale,
                measure=measure,
                escape=escape,
                rows=rows,
            ),
        )

    rows: tuple[Row, ...] = question.rows if isinstance(question, Matrix) else ()
    return item(question.id, question.text, tuple(item(row.id, row.text) for row in rows))


def _timed(questionnaire: Questionnaire, item: Item) -> Item:
    language = questionnaire.languages.default
    codes = frozenset(choice.code for choice in item.choices(language))
    return msgspec.structs.replace(item, codes=codes, seconds=item.reading(language) + item.answering())


@lru_cache(maxsize=64)
def picker_item(questionnaire: Questionnaire, units: tuple[RatedUnit, ...]) -> Item:
    """The question for the units, with those that are offered."""
    picker = _picker(questionnaire)
    return _timed(questionnaire, Item(key=picker.id, id=picker.id, question=picker, text=picker.text, units=units))


@lru_cache(maxsize=1024)
def teams_item(questionnaire: Questionnaire, unit: RatedUnit, teams: tuple[RatedUnit, ...]) -> Item:
    """The choice among the teams of a chosen unit. Its words belong to the page, not to the file."""
    picker = _picker(questionnaire)
    name = teams_key(picker, unit.code)
    item = Item(key=name, id=picker.id, question=picker, text=picker.text, unit=unit, units=teams, part="teams")
    return _timed(questionnaire, item)


@lru_cache(maxsize=1024)
def none_item(questionnaire: Questionnaire, unit: RatedUnit) -> Item:
    """ "I had no dealings with this unit": ends its loop. Its words belong to the page."""
    picker = _picker(questionnaire)
    name = none_key(picker, unit.code)
    return Item(key=name, id=picker.id, question=picker, text=picker.text, unit=unit, part="none")


def teams_key(picker: Units, unit: str) -> str:
    return key(f"{picker.id}.teams", unit)


def none_key(picker: Units, unit: str) -> str:
    return key(f"{picker.id}.none", unit)


def _picker(questionnaire: Questionnaire) -> Units:
    if questionnaire.picker is None:
        raise LookupError(f"{questionnaire.id} asks for no units")
    return questionnaire.picker
