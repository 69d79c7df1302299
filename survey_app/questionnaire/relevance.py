"""Whether a question is asked: the conditions of a questionnaire, and whether they hold for some answers.

A condition refers only to what stands before it: questions asked once, or of the same unit. So there are no circles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from survey_app.diagnostics import shown
from survey_app.questionnaire.answers import Answer, Missing, key
from survey_app.questionnaire.condition import (
    UNIT_KIND,
    Among,
    Answered,
    Every,
    Fault,
    Includes,
    Name,
    Not,
    Scope,
    Some,
    Tree,
    names_in,
    parse,
)
from survey_app.questionnaire.schema import (
    AnyQuestion,
    Date,
    Info,
    Matrix,
    Multi,
    Number,
    Question,
    Questionnaire,
    Rank,
    RatedUnit,
    Scale,
    Section,
    Single,
    YesNo,
)

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


@lru_cache(maxsize=32)
def conditions(questionnaire: Questionnaire) -> dict[str, Tree]:
    """The parsed condition of each question that has one. Raises ConditionFaulty (never if it was loaded)."""
    found: dict[str, Tree] = {}
    for section, question in questionnaire.questions():
        if question.show_when is not None:
            found[question.id] = parse(question.show_when, scope_of(questionnaire, section, question))
    return found


def holds(tree: Tree, answers: Mapping[str, Answer], unit: RatedUnit | None = None) -> bool:
    """Whether the condition holds for these answers (and this unit, within its loop)."""
    if isinstance(tree, Every):
        return all(holds(part, answers, unit) for part in tree.parts)
    if isinstance(tree, Some):
        return any(holds(part, answers, unit) for part in tree.parts)
    if isinstance(tree, Not):
        return not holds(tree.part, answers, unit)
    answer = _answer(tree.name, answers, unit)
    if not answer:
        return False
    if isinstance(tree, Answered):
        return True
    if isinstance(tree, Includes):
        return tree.code in answer
    if isinstance(tree, Among):
        return any(_compare("==", answer[0], value, tree.numeric) for value in tree.values)
    return _compare(tree.operator, answer[0], tree.value, tree.numeric)


def _answer(name: str, answers: Mapping[str, Answer], unit: RatedUnit | None) -> tuple[str, ...]:
    if name == UNIT_KIND:
        return (unit.kind,) if unit else ()
    answer = answers.get(key(name, unit.code)) if unit else None
    if answer is None:
        answer = answers.get(name)
    return () if answer is None or isinstance(answer, Missing) else answer


def _compare(sign: str, left: str, right: str, numeric: bool) -> bool:
    return _COMPARE[sign](Decimal(left), Decimal(right)) if numeric else _COMPARE[sign](left, right)


# ---------------------------------------------------------------- what a condition may know


def name_of(questionnaire: Questionnaire, question: AnyQuestion) -> Name:
    """What a condition may compare of a question."""
    if isinstance(question, Scale | Matrix):
        scale = questionnaire.scales.get(question.scale)
        return Name("scale", tuple(str(point) for point in range(1, (scale.points if scale else 11) + 1)))
    if isinstance(question, YesNo):
        return Name("code", ("yes", "no"))
    if isinstance(question, Single):
        return Name("code", tuple(option.code for option in question.options))
    if isinstance(question, Multi | Rank):
        return Name("several", tuple(option.code for option in question.options))
    if isinstance(question, Number):
        measure = questionnaire.measures.get(question.measure)
        return Name("number", to_base=measure.to_base if measure else 1)
    if isinstance(question, Date):
        return Name("date")
    return Name("nothing") if isinstance(question, Info) else Name("text")


def scope_of(questionnaire: Questionnaire, section: Section, question: Question) -> Scope:
    """The names that this question's condition may use, and why it may not use the others."""
    open_names: dict[str, Name] = {}
    closed: dict[str, Fault] = {}
    before = True
    for other_section, other in questionnaire.questions():
        if other is question:
            before = False
        fault = _closed(questionnaire, section, question, other_section, other, before)
        facts = name_of(questionnaire, other)
        if isinstance(other, Matrix):
            rows = ", ".join(row.id for row in other.rows)
            why, fix = "a matrix is answered row by row", f"name one of its rows: {rows}"
            closed[other.id] = Fault("condition-matrix", f"{shown(other.id)} cannot be compared", why, fix)
        for name in [row.id for row in other.rows] if isinstance(other, Matrix) else [other.id]:
            if fault is not None:
                closed[name] = fault
            else:
                open_names[name] = facts
    return Scope(open_names, closed, in_loop=section.for_each is not None)


def _closed(
    questionnaire: Questionnaire,
    section: Section,
    question: Question,
    other_section: Section,
    other: Question,
    before: bool,
) -> Fault | None:
    """Why `other` cannot be used in the condition of `question`; None if it can."""
    what = f"{shown(other.id)} cannot be used here"
    if other is question:
        return Fault("condition-self", what, "a question cannot depend on itself", "name another question")
    if not before:
        if question.id in _reached(questionnaire, other.id):
            why = f"{shown(other.id)} depends on {shown(question.id)} in turn, so neither would ever be asked"
            return Fault("condition-circle", what, why, "remove one of the two conditions")
        return Fault("condition-later", what, "it is asked later", "move it before this question")
    if other_section.for_each is None:
        return None
    if section.for_each is None:
        why = "it is answered for each unit, and this question is asked once"
        return Fault("condition-loop", what, why, "move this question into a section with for_each")
    if question.core and not other.core:
        why = "it is asked of the main unit only, and this question of all"
        return Fault("condition-core", what, why, "make that question core, or this one not")
    kinds = set(question.unit_kinds) & set(other.unit_kinds)
    if question.unit_kinds and other.unit_kinds and not kinds:
        why = "no kind of unit is asked both"
        return Fault("condition-kinds", what, why, "let unit_kinds of the two questions overlap")
    shuffled = questionnaire.random_order and not (section.keep_place and other_section.keep_place)
    if shuffled and other_section is not section:
        why = "its section may come later, since sections come in random order"
        return Fault("condition-order", what, why, "put both into one section, or set keep_place on both sections")
    return None


def _reached(questionnaire: Questionnaire, start: str) -> set[str]:
    """All questions that `start` depends on, directly or not, as the texts of the conditions say."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        question = questionnaire.by_id.get(waiting.pop())
        for name in names_in(question.show_when or "") if question else ():
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return reached
