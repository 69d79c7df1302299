"""The rules that a questionnaire keeps beyond its types: ids, languages, scales, measures, sections and their order."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from survey_app.diagnostics import Place, shown, suggestion
from survey_app.questionnaire.answers import Missing
from survey_app.questionnaire.question_rules import question_findings
from survey_app.questionnaire.schema import (
    AnyQuestion,
    Matrix,
    Measure,
    Number,
    Questionnaire,
    RatingScale,
    Scale,
    Units,
)
from survey_app.questionnaire.texts import Finding, text_findings

# Words with a meaning of their own in conditions, in answers' names and in addresses of pages.
RESERVED = frozenset({"team", "teams", "unit", "answered", "and", "or", "not", "in", "yes", "no", *Missing})


def findings(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Everything wrong or doubtful; the order does not matter, they are sorted by line."""
    yield from _languages(questionnaire)
    yield from _ids(questionnaire)
    for name, scale in questionnaire.scales.items():
        yield from _scale(("scales", name), scale)
    for name, measure in questionnaire.measures.items():
        yield from _measure(("measures", name), measure)
    yield from _unused(questionnaire)
    yield from _sections(questionnaire)
    yield from _picker(questionnaire)
    yield from _fear(questionnaire)
    for place, section, question in _placed(questionnaire):
        yield from question_findings(questionnaire, place, section, question)
    yield from text_findings(questionnaire)


def _placed(questionnaire: Questionnaire) -> Iterator[tuple[Place, int, AnyQuestion]]:
    for number, section in enumerate(questionnaire.sections):
        for at, question in enumerate(section.questions):
            yield ("sections", number, "questions", at), number, question


def _languages(questionnaire: Questionnaire) -> Iterator[Finding]:
    languages = questionnaire.languages
    path: Place = ("languages", "required")
    if languages.default not in languages.required:
        what, why = f"{languages.default} is not among the required languages", "it is the default"
        yield Finding(path, "language-default", what, why, f"add {languages.default} to required")
    named = [*languages.required, *languages.optional]
    for language in sorted({each for each in named if named.count(each) > 1}):
        yield Finding(path, "language-twice", f"{language} stands twice", "once is enough", "remove one of the two")


def _ids(questionnaire: Questionnaire) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for path, name, kind in _all_ids(questionnaire):
        if name in RESERVED:
            what, fix = f"the id {shown(name)}", f"call it {name}_1"
            yield Finding(path, "id-reserved", what, "this word has a meaning of its own", fix)
        elif name in seen:
            what, why = f"the id {shown(name)} stands twice", f"{seen[name]} has it already"
            yield Finding(path, "id-twice", what, why, "give this one another id")
        seen.setdefault(name, kind)


def _all_ids(questionnaire: Questionnaire) -> Iterator[tuple[Place, str, str]]:
    for number, section in enumerate(questionnaire.sections):
        yield ("sections", number, "id"), section.id, "a section"
    for place, _, question in _placed(questionnaire):
        yield (*place, "id"), question.id, "a question"
        for at, row in enumerate(question.rows if isinstance(question, Matrix) else ()):
            yield (*place, "rows", at, "id"), row.id, f"a row of {question.id}"


def _scale(path: Place, scale: RatingScale) -> Iterator[Finding]:
    points = [str(point) for point in range(1, scale.points + 1)]
    for label in scale.labels:
        if label not in points:
            fix = f"label the points 1 to {scale.points}"
            yield Finding((*path, "labels", label), "scale-point", f"there is no point {shown(label)}", "unused", fix)
    for end in (points[0], points[-1]):
        if end not in scale.labels:
            what, why = f"the end {end} has no label", "nobody would know which end is which"
            yield Finding((*path, "labels"), "scale-end", what, why, f'add "{end}": …')
    for escape in sorted({each for each in scale.escape or () if (scale.escape or ()).count(each) > 1}):
        yield Finding((*path, "escape"), "escape-twice", f"{escape} stands twice", "once is enough", "remove one")


def _measure(path: Place, measure: Measure) -> Iterator[Finding]:
    low, high = Decimal(measure.min or "0"), Decimal(measure.max or "0")
    if low >= high:
        what = f"min {measure.min} is not below max {measure.max}"
        yield Finding((*path, "min"), "measure-range", what, "no number would fit", "exchange or widen them")
    for name, text in (("min", measure.min), ("max", measure.max)):
        if len(text.partition(".")[2]) > measure.decimals:
            why = f"the measure has {measure.decimals} decimals"
            yield Finding((*path, name), "measure-decimals", f"{name} {text} has more", why, f"round {name}")
    if measure.dimension == "percent" and (low < 0 or high > 100):
        what, fix = f"a percentage from {measure.min} to {measure.max}", "use 0 to 100, or dimension: other"
        yield Finding((*path, "max"), "measure-percent", what, "shares lie between 0 and 100", fix)


def _unused(questionnaire: Questionnaire) -> Iterator[Finding]:
    questions = [question for _, question in questionnaire.questions()]
    scales = {question.scale for question in questions if isinstance(question, Scale | Matrix)}
    measures = {question.measure for question in questions if isinstance(question, Number)}
    for name in questionnaire.scales.keys() - scales:
        yield Finding(
            ("scales", name), "unused", f"the scale {shown(name)}", "no question has it", "remove it", "warning"
        )
    for name in questionnaire.measures.keys() - measures:
        what = f"the measure {shown(name)}"
        yield Finding(("measures", name), "unused", what, "no question has it", "remove it", "warning")


def _sections(questionnaire: Questionnaire) -> Iterator[Finding]:
    if not questionnaire.sections:
        yield Finding(("sections",), "sections-none", "there is no section", "nothing is asked", "add a section")
    for number, section in enumerate(questionnaire.sections):
        if not section.questions:
            path: Place = ("sections", number, "questions")
            yield Finding(path, "section-empty", f"{shown(section.id)} has no question", "an empty page", "remove it")
        if section.keep_place and section.for_each is None:
            path = ("sections", number, "keep_place")
            yield Finding(path, "keep-place", "keep_place has no effect", "only for_each sections move", "remove it")
    looped = [number for number, section in enumerate(questionnaire.sections) if section.for_each is not None]
    for before, after in pairwise(looped):
        if after != before + 1:
            why = "all that is asked of one unit is asked together"
            fix = "move it next to the other sections with for_each"
            yield Finding(("sections", after, "for_each"), "loop-apart", "the loop is interrupted", why, fix)
    if questionnaire.random_order and len(looped) < 2:
        why = "fewer than two sections are asked for each unit"
        yield Finding(("random_order",), "random-order", "random_order has no effect", why, "remove it")


def _picker(questionnaire: Questionnaire) -> Iterator[Finding]:
    pickers = [(place, number, q) for place, number, q in _placed(questionnaire) if isinstance(q, Units)]
    for place, _, _ in pickers[1:]:
        why, fix = f"{shown(pickers[0][2].id)} asks for the units already", "remove one of the two"
        yield Finding(place, "picker-twice", "a second units question", why, fix)
    known = [question.id for _, _, question in pickers]
    for number, section in enumerate(questionnaire.sections):
        path: Place = ("sections", number, "for_each")
        if section.for_each is None:
            continue
        if section.for_each not in known:
            what, fix = f"for_each: {shown(section.for_each)}", suggestion(section.for_each, known)
            yield Finding(path, "loop-unknown", what, "it names no question of type units", fix)
        elif number <= next(at for _, at, q in pickers if q.id == section.for_each):
            what, fix = "the loop begins before its units are chosen", "move the units question to an earlier section"
            yield Finding(path, "loop-early", what, f"{shown(section.for_each)} is asked later", fix)


def _fear(questionnaire: Questionnaire) -> Iterator[Finding]:
    found = [place for place, _, question in _placed(questionnaire) if question.role == "fear"]
    for place in found[1:]:
        why = "one item is reported as the share of guarded answers"
        yield Finding((*place, "role"), "fear-twice", "a second item with role: fear", why, "remove one of the two")
