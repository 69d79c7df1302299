"""The path of one respondent: the pages that these answers lead to, and what is sealed at the end.

Pages are worked out once for a route and the outcome of its conditions, and kept: every request asks for them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from survey_app.questionnaire.answers import Answer, Answers, Missing, parts
from survey_app.questionnaire.asked import Item, Register, Role, answerable, none_item, teams_key
from survey_app.questionnaire.burden import SECONDS_A_PAGE, Burden, burden, largest_sheet
from survey_app.questionnaire.condition import Tree
from survey_app.questionnaire.route import (
    Group,
    Route,
    chosen,
    outcomes,
    picked,
    picked_teams,
    route,
    teams_of,
)
from survey_app.questionnaire.schema import Questionnaire, RatedUnit, say

__all__ = [
    "Burden",
    "Group",
    "Item",
    "Page",
    "RatedUnit",
    "burden",
    "chosen",
    "completed",
    "largest_sheet",
    "merged",
    "pages",
    "teams_of",
]


class Page(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A page of the path. `key` is fit for an address: "profile", "mb.MCAI", "team.MCAI-D1", "teams".

    `open` holds the conditions that hang on an answer of this same page: those items are drawn (a script may hide
    them), and what is answered there in vain becomes not_shown at submit.
    """

    key: str
    groups: tuple[Group, ...]
    unit: RatedUnit | None = None
    loop_role: Role = "once"
    no_dealings: Item | None = None  # on the first page of a unit
    open: Mapping[str, Tree] = {}  # by question id
    step: int = 1
    steps: int = 1
    unit_number: int = 0  # "unit 1 of 2"
    unit_count: int = 0
    unit_step: int = 0  # "page 3 of 8"
    unit_steps: int = 0
    minutes_left: int = 0  # from this page on

    @property
    def items(self) -> tuple[Item, ...]:
        """All that is answered here: matrices by their rows."""
        found = [item for _, items in self.groups for item in answerable(items)]
        return (*found, self.no_dealings) if self.no_dealings else tuple(found)

    def heading(self, language: str) -> str:
        name = say(self.unit.names, language) if self.unit else None
        if self.loop_role == "team" and name is not None:
            return name
        return say(self.groups[0][0].heading, language, name) if self.groups else ""


def pages(
    questionnaire: Questionnaire, register: Register, answers: Mapping[str, Answer], seed: int | None = None
) -> tuple[Page, ...]:
    """The path for these answers. `seed` (kept in the draft) orders the sections if the file asks for it."""
    on = route(questionnaire, register, answers, seed)
    return _pages(on, outcomes(on, answers))


@lru_cache(maxsize=1024)
def _pages(on: Route, outcome: tuple[bool, ...]) -> tuple[Page, ...]:
    hidden: set[Item] = set()
    silent: set[str] = set()  # answers that this path cannot have
    open_: dict[Item, Tree] = {}
    for each, held in zip(on.conditioned, outcome, strict=True):
        if each.near - silent:
            open_[each.item] = each.tree
        elif not held:
            hidden.add(each.item)
            silent.update(item.key for item in answerable((each.item,)))
    found: list[Page] = []
    greeted: set[str] = set()
    for stop in on.stops:
        groups = tuple((section, tuple(item for item in items if item not in hidden)) for section, items in stop.groups)
        groups = tuple(
            (section, items) for section, items in groups if items and (any(answerable(items)) or not stop.unit)
        )
        if not groups:
            continue
        none = None
        if stop.unit is not None and stop.unit.code not in greeted:
            greeted.add(stop.unit.code)
            none = none_item(on.questionnaire, stop.unit)
        conditions_here = {item.id: open_[item] for _, items in groups for item in items if item in open_}
        page = Page(
            key=stop.key,
            groups=groups,
            unit=stop.unit,
            loop_role=stop.role,
            no_dealings=none,
            open=conditions_here,
            unit_number=stop.unit_number,
        )
        found.append(page)
    return _numbered(found)


def _numbered(found: list[Page]) -> tuple[Page, ...]:
    """With "page 3 of 8", "unit 1 of 2" and the minutes left."""
    total = Counter(page.unit_number for page in found)
    seconds = [SECONDS_A_PAGE + sum(item.seconds for item in page.items) for page in found]
    done: Counter[int] = Counter()
    result = []
    for step, page in enumerate(found, 1):
        number = page.unit_number
        done[number] += 1
        numbered = msgspec.structs.replace(
            page,
            step=step,
            steps=len(found),
            unit_count=max(total) if number else 0,
            unit_step=done[number] if number else 0,
            unit_steps=total[number] if number else 0,
            minutes_left=math.ceil(sum(seconds[step - 1 :]) / 60),
        )
        result.append(numbered)
    return tuple(result)


# ---------------------------------------------------------------- answers on their way


def merged(
    questionnaire: Questionnaire, register: Register, answers: Mapping[str, Answer], page: Page, given: Answers
) -> Answers:
    """The draft after a page was sent: its answers replace those of the page; a unit taken out takes its answers along.

    Answers off the path stay: going back restores them.
    """
    here = {item.key for item in page.items}
    kept = {name: answer for name, answer in answers.items() if name not in here}
    kept.update(given)
    picker = questionnaire.picker
    asks_units = picker is not None and any(item.question is picker and item.part != "none" for item in page.items)
    if picker is None or not asks_units:
        return kept
    if any(item.key == picker.id for item in page.items):  # chosen anew: "no dealings" said before is taken back
        kept = {name: answer for name, answer in kept.items() if not name.startswith(f"{picker.id}.none@")}
    units = picked(questionnaire, register, kept)
    codes = {unit.code for unit in units}
    codes.update(team.code for unit in units for team in picked_teams(questionnaire, register, kept, unit))
    return {name: answer for name, answer in kept.items() if parts(name)[1] in (None, *codes)}


def completed(
    questionnaire: Questionnaire, register: Register, answers: Mapping[str, Answer], seed: int | None = None
) -> Answers:
    """What is sealed at submit: an answer or a missing code for every item asked; everything off the path dropped."""
    on = route(questionnaire, register, answers, seed)
    hidden = {each.item for each, held in zip(on.conditioned, outcomes(on, answers), strict=True) if not held}
    sealed: Answers = {}
    for item in (item for stop in on.stops for _, items in stop.groups for item in items):
        for each in answerable((item,)):
            if each.part == "question":
                sealed[each.key] = Missing.NOT_SHOWN if item in hidden else answers.get(each.key, Missing.LEFT_BLANK)
    return _with_units(questionnaire, register, answers, sealed)


def _with_units(
    questionnaire: Questionnaire, register: Register, answers: Mapping[str, Answer], sealed: Answers
) -> Answers:
    """The picker's answer as it came out: the units that are rated, main unit first, their teams, and the others."""
    picker = questionnaire.picker
    if picker is None:
        return sealed
    rated = chosen(questionnaire, register, answers)
    sealed[picker.id] = tuple(unit.code for unit in rated) if rated else Missing.LEFT_BLANK
    for unit in rated:
        if teams := teams_of(questionnaire, register, answers, unit):
            sealed[teams_key(picker, unit.code)] = tuple(team.code for team in teams)
    for name, answer in answers.items():
        if name.startswith(f"{picker.id}.none@") and parts(name)[1] in register and answer:
            sealed[name] = ("yes",)
    return sealed
