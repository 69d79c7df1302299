"""What is asked about a unit, and the distribution of its answers as far as it may be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from survey_app.questionnaire import schema
from survey_app.questionnaire.classes import EDGES, class_of
from survey_app.questionnaire.schema import AnyQuestion
from survey_app.results import disclosure
from survey_app.results.disclosure import Distribution, Part
from survey_app.results.facts import Facts, answered
from survey_app.scoring.leaf import Leaf


class Asked(msgspec.Struct, frozen=True):
    """A question, or a row of a matrix, with the ordered answers it can get and which end is good."""

    id: str
    text: schema.Text
    question: AnyQuestion
    leaf: Leaf

    @property
    def favourable_high(self) -> bool:
        return self.leaf.direction == "higher"


def asked_in(facts: Facts, section: schema.Section) -> list[Asked]:
    """The section's questions about a unit that the plan counts or shows, in order; a matrix by its rows."""
    leaves = {leaf.question_id: leaf for leaf in facts.plan.leaves if leaf.source == "question"}
    found = []
    for question in section.questions if section.for_each else ():
        if isinstance(question, schema.Matrix):
            found += [Asked(row.id, row.text, question, leaves[row.id]) for row in question.rows if row.id in leaves]
        elif (
            isinstance(question, schema.Scale | schema.YesNo | schema.Single | schema.Number) and question.id in leaves
        ):
            found.append(Asked(question.id, question.text, question, leaves[question.id]))
    return found


def published_items(facts: Facts) -> Iterator[tuple[str, Asked]]:
    """Unit and question, for everything that any reader is shown."""
    for unit, tally in facts.result.tallies.items():
        line = facts.lines.get(unit)
        if line is None or line.merged_into:
            continue
        for section in facts.questionnaire.sections:
            for asked in asked_in(facts, section):
                if asked.id in tally:
                    yield unit, asked


def distribution(facts: Facts, unit: str, asked: Asked) -> Distribution:
    """The distribution as its own numbers allow, whatever stands beside it."""
    counts = answered(facts.result.tallies[unit][asked.id])
    value = facts.item(unit, asked.leaf).score
    least = facts.plan.privacy.min_distribution
    if isinstance(asked.question, schema.Number):
        codes, classes, middle = histogram(counts)
        return disclosure.distribution(codes, classes, least, value, middle)
    codes = ordered_codes(facts, asked)
    return disclosure.distribution(codes, [counts.get(code, 0) for code in codes], least, value)


def ordered_codes(facts: Facts, asked: Asked) -> tuple[str, ...]:
    """Answer codes in the order of the scale."""
    question = asked.question
    if isinstance(question, schema.Scale | schema.Matrix):
        return tuple(str(point) for point in range(1, facts.questionnaire.scales[question.scale].points + 1))
    if isinstance(question, schema.YesNo):
        return ("no", "yes")
    codes = tuple(option.code for option in question.options) if isinstance(question, schema.Single) else ()
    values = asked.leaf.values
    return tuple(sorted(codes, key=lambda code: values.get(code, 0.0))) if values else codes


def histogram(counts: Mapping[str, int]) -> tuple[tuple[str, ...], list[int], float]:
    """Numbers in classes `low` … below the next edge: codes are the lower edges. The middle is the median's class."""
    classes = [0] * len(EDGES)
    for text, n in counts.items():
        classes[EDGES.index(int(class_of(text)))] += n
    last = max((index for index, n in enumerate(classes) if n), default=0)
    classes, half, middle = classes[: last + 1], sum(classes) / 2, 0
    while middle < last and sum(classes[: middle + 1]) < half:
        middle += 1
    return tuple(str(edge) for edge in EDGES[: last + 1]), classes, float(middle)


def grouped_score(leaf: Leaf, parts: Sequence[Part]) -> float | None:
    """The mean on 0–100 that follows from a shown distribution: each part's answers at the middle of its codes."""
    total = people = 0.0
    for part in parts:
        points = [point for code in part.codes if (point := leaf.answer_score(code)) is not None]
        if points:
            total += part.count * sum(points) / len(points)
            people += part.count
    return total / people if people else None
