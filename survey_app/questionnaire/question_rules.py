"""The rules that a single question keeps: its references, options, limits, escapes, condition, and its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from survey_app.diagnostics import Place, shown, suggestion
from survey_app.questionnaire.answers import Missing
from survey_app.questionnaire.condition import ConditionFaulty, parse
from survey_app.questionnaire.relevance import name_of, scope_of
from survey_app.questionnaire.schema import (
    AnyQuestion,
    Date,
    Info,
    Limits,
    Matrix,
    Multi,
    Number,
    Question,
    Questionnaire,
    Rank,
    Scale,
    Section,
    Single,
    Units,
    YesNo,
)
from survey_app.questionnaire.texts import Finding

MOST_UNITS = 3  # a plan may allow three; more would make every rating hasty


def question_findings(
    questionnaire: Questionnaire, place: Place, section_number: int, question: AnyQuestion
) -> Iterator[Finding]:
    """What is wrong with one question, at `place` in the file."""
    section = questionnaire.sections[section_number]
    yield from _references(questionnaire, place, question)
    if isinstance(question, Single | Multi | Rank):
        yield from _options(place, question)
    if isinstance(question, Multi | Rank):
        yield from _limits((*place, "limits"), question.limits, len(question.options))
    if isinstance(question, Matrix) and not question.rows:
        yield Finding((*place, "rows"), "matrix-empty", "the matrix has no row", "nothing is asked", "add rows")
    if isinstance(question, Date):
        yield from _dates(place, question)
    if isinstance(question, Units):
        yield from _units(place, section, question)
    elif question.required:
        what, why = f"{shown(question.id)} is required", "only the units question is; everything else may be skipped"
        yield Finding((*place, "required"), "required", what, why, "remove required")
    yield from _escapes(place, question)
    yield from _place_in_loop(place, section, question)
    yield from _expected(questionnaire, place, question)
    yield from _role(place, question)
    yield from _condition(questionnaire, place, section, question)


def _references(questionnaire: Questionnaire, place: Place, question: AnyQuestion) -> Iterator[Finding]:
    if isinstance(question, Scale | Matrix) and question.scale not in questionnaire.scales:
        what, fix = f"the scale {shown(question.scale)}", suggestion(question.scale, questionnaire.scales)
        yield Finding((*place, "scale"), "scale-unknown", what, "no such scale is defined", fix)
    if isinstance(question, Number) and question.measure not in questionnaire.measures:
        what, fix = f"the measure {shown(question.measure)}", suggestion(question.measure, questionnaire.measures)
        yield Finding((*place, "measure"), "measure-unknown", what, "no such measure is defined", fix)


def _options(place: Place, question: Single | Multi | Rank) -> Iterator[Finding]:
    path: Place = (*place, "options")
    if len(question.options) < 2:
        yield Finding(path, "options-few", "fewer than two options", "there is nothing to choose", "add options")
    seen: dict[str, str] = {}
    for number, option in enumerate(question.options):
        at: Place = (*path, number, "code")
        if option.code in set(Missing) | {"answered"}:
            why = "it is the code of a missing answer"
            yield Finding(at, "option-reserved", f"the code {shown(option.code)}", why, "use escape, or another code")
        elif option.code.lower() in seen:
            why = f"{shown(seen[option.code.lower()])} has it already (upper and lower case count as one)"
            yield Finding(at, "option-twice", f"the code {shown(option.code)} again", why, "give it another code")
        seen.setdefault(option.code.lower(), option.code)
        if option.exclusive and not isinstance(question, Multi):
            why = "only where several can be chosen does one exclude others"
            yield Finding((*path, number, "exclusive"), "option-exclusive", "exclusive here", why, "remove exclusive")
    if isinstance(question, Multi) and question.options and all(option.exclusive for option in question.options):
        fix = "use type: single"
        yield Finding(path, "options-exclusive", "every option excludes the others", "only one can be chosen", fix)


def _limits(path: Place, limits: Limits, available: int) -> Iterator[Finding]:
    if limits.max is not None and limits.min > limits.max:
        what = f"min {limits.min} is above max {limits.max}"
        yield Finding((*path, "min"), "limits-range", what, "no choice would fit", "exchange them")
    if limits.max is not None and limits.max > available:
        why = f"there are only {available} options"
        yield Finding((*path, "max"), "limits-max", f"max is {limits.max}", why, f"write at most {available}")
    elif limits.min > available:
        why = f"there are only {available} options"
        yield Finding((*path, "min"), "limits-min", f"min is {limits.min}", why, f"write at most {available}")


def _dates(place: Place, question: Date) -> Iterator[Finding]:
    days = []
    for name, text in (("earliest", question.earliest), ("latest", question.latest)):
        try:
            days.append(date.fromisoformat(text) if text else None)
        except ValueError:
            days.append(None)
            yield Finding((*place, name), "date-wrong", f"{text} is no day", "no calendar has it", "mend the date")
    first, last = days
    if first and last and first > last:
        what = f"earliest {first} is after latest {last}"
        yield Finding((*place, "earliest"), "date-range", what, "no day would fit", "exchange them")


def _units(place: Place, section: Section, question: Units) -> Iterator[Finding]:
    path: Place = (*place, "limits")
    limits = question.limits
    if limits.max is None or limits.max > MOST_UNITS:
        fix = f"write limits: {{min: 1, max: 2}}, at most {MOST_UNITS}"
        yield Finding(path, "units-max", "too many units may be rated", "each further one is rated in haste", fix)
    elif limits.min > limits.max:
        what = f"min {limits.min} is above max {limits.max}"
        yield Finding(path, "limits-range", what, "no choice would fit", "exchange them")
    if section.for_each is not None:
        fix = "move it to a section before the loop"
        yield Finding(place, "picker-in-loop", "the units are asked for within their loop", "it has no end", fix)
    if question.show_when is not None:
        what, why = "the units question has a condition", "everything after it hangs on it"
        yield Finding((*place, "show_when"), "picker-condition", what, why, "remove show_when")


def _escapes(place: Place, question: AnyQuestion) -> Iterator[Finding]:
    escapes = question.escape or ()
    if escapes and isinstance(question, Info | Units):
        what = f"escape on a question of type {'info' if isinstance(question, Info) else 'units'}"
        yield Finding((*place, "escape"), "escape-here", what, "it has no answer to escape from", "remove escape")
    for escape in sorted({each for each in escapes if escapes.count(each) > 1}):
        yield Finding((*place, "escape"), "escape-twice", f"{escape} stands twice", "once is enough", "remove one")


def _place_in_loop(place: Place, section: Section, question: Question) -> Iterator[Finding]:
    if section.for_each is not None:
        return
    for name, value in (("core", question.core), ("unit_kinds", question.unit_kinds), ("needs", question.needs)):
        if value:
            why = "no unit is being rated here"
            fix = f"remove {name}, or move the question into a section with for_each"
            yield Finding((*place, name), f"{name.replace('_', '-')}-outside", f"{name} outside a loop", why, fix)
    if question.role == "fear":
        fix = "move it into a section with for_each"
        yield Finding((*place, "role"), "fear-outside", "role: fear outside a loop", "it is about a unit", fix)


def _expected(questionnaire: Questionnaire, place: Place, question: AnyQuestion) -> Iterator[Finding]:
    if question.expect is None:
        return
    if not isinstance(question, Scale | Single | YesNo):
        fix = "use a scale, single or yes_no question"
        yield Finding((*place, "expect"), "expect-type", "expect on this type", "it has no fixed answers", fix)
        return
    codes = name_of(questionnaire, question).codes
    if question.expect not in codes:
        fix = suggestion(question.expect, codes)
        what = f"expect is {shown(question.expect)}"
        yield Finding((*place, "expect"), "expect-code", what, "the question has no such answer", fix)


def _role(place: Place, question: AnyQuestion) -> Iterator[Finding]:
    if question.role == "fear" and not isinstance(question, Scale):
        why, fix = "its share is read from the upper end of a scale", "use type: scale"
        yield Finding((*place, "role"), "fear-type", "role: fear on this type", why, fix)


def _condition(questionnaire: Questionnaire, place: Place, section: Section, question: Question) -> Iterator[Finding]:
    if question.show_when is None:
        return
    try:
        parse(question.show_when, scope_of(questionnaire, section, question))
    except ConditionFaulty as faulty:
        for fault in faulty.faults:
            yield Finding((*place, "show_when"), *fault)
