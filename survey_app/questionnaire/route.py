"""The route of one respondent: which units and teams they rate, and the pages this makes before any condition.

The picker first, then what is asked once, then the units: of the main unit a page a section, one page for each of its
teams, then the second unit the same way with core items only; last what is asked once at the close.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from survey_app.questionnaire.answers import Answer, Missing
from survey_app.questionnaire.asked import (
    Item,
    Register,
    Role,
    answerable,
    items_of,
    none_key,
    picker_item,
    teams_item,
    teams_key,
)
from survey_app.questionnaire.condition import Tree, names
from survey_app.questionnaire.relevance import conditions, holds
from survey_app.questionnaire.schema import Questionnaire, RatedUnit, Section, Units

Group = tuple[Section, tuple[Item, ...]]


def chosen(questionnaire: Questionnaire, register: Register, answers: Mapping[str, Answer]) -> tuple[RatedUnit, ...]:
    """The units to be rated, the main unit first: picked, in the register, and dealt with after all."""
    return _dealt_with(questionnaire, answers, picked(questionnaire, register, answers))


def teams_of(
    questionnaire: Questionnaire, register: Register, answers: Mapping[str, Answer], unit: RatedUnit
) -> tuple[RatedUnit, ...]:
    """The teams of a unit to be rated."""
    return _dealt_with(questionnaire, answers, picked_teams(questionnaire, register, answers, unit))


def picked(questionnaire: Questionnaire, register: Register, answers: Mapping[str, Answer]) -> tuple[RatedUnit, ...]:
    """The units picked, the main unit first, whatever was said of them later."""
    picker = questionnaire.picker
    codes = answers.get(picker.id, ()) if picker else ()
    if picker is None or isinstance(codes, Missing):
        return ()
    known = [register[code] for code in dict.fromkeys(codes) if code in register]
    return tuple(known[: picker.limits.max])


def picked_teams(
    questionnaire: Questionnaire, register: Register, answers: Mapping[str, Answer], unit: RatedUnit
) -> tuple[RatedUnit, ...]:
    picker = questionnaire.picker
    if picker is None or picker.teams is None:
        return ()
    codes = answers.get(teams_key(picker, unit.code), ())
    if isinstance(codes, Missing):
        return ()
    known = [register[code] for code in dict.fromkeys(codes) if code in register]
    return tuple(team for team in known if team.parent == unit.code)[: picker.teams.max]


def _dealt_with(
    questionnaire: Questionnaire, answers: Mapping[str, Answer], units: tuple[RatedUnit, ...]
) -> tuple[RatedUnit, ...]:
    picker = questionnaire.picker
    return tuple(unit for unit in units if picker and not answers.get(none_key(picker, unit.code)))


class Stop(NamedTuple):
    """A page before any condition: some sections, asked once or of one unit."""

    key: str
    groups: tuple[Group, ...]
    unit: RatedUnit | None
    role: Role
    unit_number: int


class Conditioned(NamedTuple):
    """An item with a condition; `near` are the answers of the same page that the condition looks at."""

    item: Item
    tree: Tree
    unit: RatedUnit | None
    near: frozenset[str]


class Route(msgspec.Struct, frozen=True, eq=False):
    """All stops for these units and teams, and what on them hangs on answers, in order. Kept and reused."""

    stops: tuple[Stop, ...]
    conditioned: tuple[Conditioned, ...]
    questionnaire: Questionnaire


def route(
    questionnaire: Questionnaire, register: Register, answers: Mapping[str, Answer], seed: int | None = None
) -> Route:
    """The stops that these answers' units and teams lead to."""
    units = chosen(questionnaire, register, answers)
    teams = tuple(teams_of(questionnaire, register, answers, unit) for unit in units)
    return _route(questionnaire, tuple(register.values()), units, teams, seed)


@lru_cache(maxsize=1024)
def _route(
    questionnaire: Questionnaire,
    register: tuple[RatedUnit, ...],
    units: tuple[RatedUnit, ...],
    teams: tuple[tuple[RatedUnit, ...], ...],
    seed: int | None,
) -> Route:
    stops: list[Stop] = []
    looping = False
    for number, section in enumerate(questionnaire.sections):
        if section.for_each is None:
            stops.extend(_once(questionnaire, register, units, number))
        elif not looping:
            looping = True
            order = looped(questionnaire, seed)
            for place, (unit, its_teams) in enumerate(zip(units, teams, strict=True), 1):
                stops.extend(_of_unit(questionnaire, order, unit, its_teams, place))
    return Route(tuple(stops), tuple(_conditioned(questionnaire, stops)), questionnaire)


def _once(
    questionnaire: Questionnaire, register: tuple[RatedUnit, ...], units: tuple[RatedUnit, ...], number: int
) -> Iterator[Stop]:
    """A section that is asked once; after the picker the page for teams, if a chosen unit has any."""
    section = questionnaire.sections[number]
    codes = {unit.code for unit in register}
    offered = tuple(unit for unit in register if unit.parent not in codes)
    items = tuple(
        picker_item(questionnaire, offered) if isinstance(item.question, Units) else item
        for item in items_of(questionnaire, number, None, "once")
    )
    yield Stop(section.id, ((section, items),), None, "once", 0)
    picker = questionnaire.picker
    if picker is not None and picker.teams is not None and any(item.question is picker for item in items):
        having = [(unit, tuple(team for team in register if team.parent == unit.code)) for unit in units]
        choices = tuple(teams_item(questionnaire, unit, teams) for unit, teams in having if teams)
        if choices:
            yield Stop("teams", ((section, choices),), None, "once", 0)


def looped(questionnaire: Questionnaire, seed: int | None) -> tuple[int, ...]:
    """The numbers of the sections asked for each unit, in this respondent's order."""
    numbers = [number for number, section in enumerate(questionnaire.sections) if section.for_each is not None]
    if not questionnaire.random_order or seed is None:
        return tuple(numbers)

    def lot(number: int) -> bytes:
        # A hash and not `random`: the same seed must give the same order on every device and version.
        return hashlib.sha256(f"{seed}:{questionnaire.sections[number].id}".encode()).digest()

    moving = iter(sorted((n for n in numbers if not questionnaire.sections[n].keep_place), key=lot))
    return tuple(n if questionnaire.sections[n].keep_place else next(moving) for n in numbers)


def _of_unit(
    questionnaire: Questionnaire, order: tuple[int, ...], unit: RatedUnit, teams: tuple[RatedUnit, ...], place: int
) -> Iterator[Stop]:
    """A page a section of the unit, then one page for each of its teams."""
    role: Role = "main" if place == 1 else "second"
    for number in order:
        section = questionnaire.sections[number]
        items = items_of(questionnaire, number, unit, role)
        if any(answerable(items)):
            yield Stop(f"{section.id}.{unit.code}", ((section, items),), unit, role, place)
    for team in teams:
        groups = tuple((questionnaire.sections[n], items_of(questionnaire, n, team, "team")) for n in order)
        kept = tuple((section, items) for section, items in groups if any(answerable(items)))
        if kept:
            yield Stop(f"team.{team.code}", kept, team, "team", place)


def _conditioned(questionnaire: Questionnaire, stops: list[Stop]) -> Iterator[Conditioned]:
    trees = conditions(questionnaire)
    for stop in stops:
        here: dict[str, str] = {}
        for item in (item for _, items in stop.groups for item in items):
            if item.id in trees:
                near = frozenset(here[name] for name in names(trees[item.id]) if name in here)
                yield Conditioned(item, trees[item.id], stop.unit, near)
            here.update((each.id, each.key) for each in answerable((item,)))


def outcomes(on: Route, answers: Mapping[str, Answer]) -> tuple[bool, ...]:
    """Whether each condition of the route holds. Answers off the path count as missing for those that come later."""
    if not on.conditioned:
        return ()
    live = dict(answers)
    found = []
    for each in on.conditioned:
        held = holds(each.tree, live, each.unit)
        if not held:
            for item in answerable((each.item,)):
                live.pop(item.key, None)
        found.append(held)
    return tuple(found)
