"""What answering costs: items, minutes, and the largest sheet in bytes, for one and two units."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from survey_app.questionnaire.answers import Missing
from survey_app.questionnaire.asked import Item, Register, Role, answerable, items_of, none_key, teams_key
from survey_app.questionnaire.schema import (
    Date,
    Multi,
    Number,
    Questionnaire,
    Rank,
    RatedUnit,
    Single,
    TextQuestion,
    Units,
)

SECONDS_A_PAGE = 3.0  # to turn it
BYTES_A_CHARACTER = 4  # the longest in UTF-8; a quote or line break takes two in JSON, and other controls are refused


class Burden(msgspec.Struct, frozen=True):
    """For a respondent who rates so many units, those that ask the most, without teams; `bytes` with teams."""

    language: str
    units: int
    items: int
    minutes: int
    bytes: int


def burden(questionnaire: Questionnaire, register: Register) -> tuple[Burden, ...]:
    """The burden in each required language, for one and two units (one line a language without units)."""
    most = _most_units(questionnaire, register)
    found = []
    for language in questionnaire.languages.required:
        for units in range(1, min(most, 2) + 1) if most else (0,):
            items, seconds = _effort(questionnaire, register, language, units)
            size = _largest(questionnaire, register, units)
            found.append(Burden(language, units, items, math.ceil(seconds / 60), size))
    return tuple(found)


def largest_sheet(questionnaire: Questionnaire, register: Register) -> int:
    """Bytes of the largest JSON of completed answers (NFC, UTF-8) that these units allow."""
    return _largest(questionnaire, register, _most_units(questionnaire, register))


def _most_units(questionnaire: Questionnaire, register: Register) -> int:
    if questionnaire.picker is None:
        return 0
    return min(questionnaire.picker.limits.max or 1, len(_rated(register)))


def _rated(register: Register) -> list[RatedUnit]:
    return [unit for unit in register.values() if unit.parent is None or unit.parent not in register]


def _pages(questionnaire: Questionnaire, unit: RatedUnit | None, role: Role) -> list[list[Item]]:
    looped = unit is not None
    found = []
    for number, section in enumerate(questionnaire.sections):
        if (section.for_each is not None) == looped:
            items = list(answerable(items_of(questionnaire, number, unit, role)))
            if items:
                found.append(items)
    return found


# ---------------------------------------------------------------- minutes


def _effort(questionnaire: Questionnaire, register: Register, language: str, units: int) -> tuple[int, float]:
    """(items, seconds) of the longest path with so many units."""

    def cost(unit: RatedUnit | None, role: Role) -> tuple[float, int]:
        pages = _pages(questionnaire, unit, role)
        seconds = sum(
            SECONDS_A_PAGE + sum(each.reading(language) + each.answering() for each in page) for page in pages
        )
        return seconds, sum(len(page) for page in pages)

    total, count = cost(None, "once")
    rated = _rated(register)
    if units:
        seconds, items, main = max((*cost(unit, "main"), unit.code) for unit in rated)
        rest = sorted((cost(unit, "second") for unit in rated if unit.code != main), reverse=True)[: units - 1]
        total += seconds + sum(each for each, _ in rest)
        count += items + sum(each for _, each in rest)
    return count, total


# ---------------------------------------------------------------- bytes


def _largest(questionnaire: Questionnaire, register: Register, units: int) -> int:
    picker = questionnaire.picker
    once = sum(_bytes(item) for page in _pages(questionnaire, None, "once") for item in page)
    total = 2 + once  # the braces
    if picker is None or not units:
        return total
    rated = _rated(register)
    main = {unit.code: _unit_bytes(questionnaire, register, picker, unit, "main") for unit in rated}
    second = {unit.code: _unit_bytes(questionnaire, register, picker, unit, "second") for unit in rated}
    order = sorted(second, key=lambda code: -second[code])
    return total + max(main[code] + _first_others(order, second, code, units - 1) for code in main)


def _first_others(order: list[str], second: dict[str, int], main: str, count: int) -> int:
    return sum([second[code] for code in order if code != main][:count])


def _unit_bytes(questionnaire: Questionnaire, register: Register, picker: Units, unit: RatedUnit, role: Role) -> int:
    """Of one chosen unit: its items, its place in the picker's answer, and its teams."""
    teams = [team for team in register.values() if team.parent == unit.code]
    sizes = sorted((_own_bytes(questionnaire, picker, team, "team") for team in teams), reverse=True)
    size = _own_bytes(questionnaire, picker, unit, role)
    if picker.teams is not None and teams:
        names = sorted((len(json.dumps(team.code)) + 1 for team in teams), reverse=True)[: picker.teams.max]
        size += _entry(teams_key(picker, unit.code), 2 + sum(names)) + sum(sizes[: picker.teams.max])
    return size


def _own_bytes(questionnaire: Questionnaire, picker: Units, unit: RatedUnit, role: Role) -> int:
    size = sum(_bytes(item) for page in _pages(questionnaire, unit, role) for item in page)
    return size + len(json.dumps(unit.code)) + 1 + _entry(none_key(picker, unit.code), len('["yes"]'))


def _entry(name: str, value: int) -> int:
    """Bytes of `"name":value,`."""
    return len(json.dumps(name, ensure_ascii=False).encode()) + 1 + value + 1


def _bytes(item: Item) -> int:
    missing = max(len(code.value) + 2 for code in (*item.escape, Missing.LEFT_BLANK, Missing.NOT_SHOWN))
    return _entry(item.key, max(missing, _answer_bytes(item)))


def _answer_bytes(item: Item) -> int:
    """Bytes of the longest answer as JSON: a list of texts."""
    question = item.question
    if isinstance(question, TextQuestion):
        return 4 + BYTES_A_CHARACTER * question.max_length
    if isinstance(question, Number) and item.measure is not None:
        ends = (Decimal(item.measure.min), Decimal(item.measure.max))
        longest = max(len(format((end * item.measure.to_base).to_integral_value(), "f")) for end in ends)
        return 4 + longest + 1 + (1 + item.measure.decimals if item.measure.decimals else 0)
    if isinstance(question, Date):
        return 4 + len("2024-12-31")
    if isinstance(question, Units):
        return 2  # the codes are counted with the units
    if isinstance(question, Single):
        return 2 + _codes((option.code for option in question.options), 1)
    if isinstance(question, Multi | Rank):
        return 2 + _codes((option.code for option in question.options), question.limits.max or len(question.options))
    return 4 + len("yes")  # of a scale at most "11"


def _codes(codes: Iterable[str], most: int) -> int:
    return sum(sorted((len(code) + 3 for code in codes), reverse=True)[:most])
