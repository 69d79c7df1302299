"""Questions across units: each unit's score with its interval, and what they come to together.

An interval here is worked out from the distribution as it is shown, joined answers at their middle: so it tells nothing
that the distribution beside it does not tell. Means: Student's t; shares: Wilson 1927; medians: order statistics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from survey_app.i18n import say
from survey_app.questionnaire import schema
from survey_app.questionnaire.classes import EDGES
from survey_app.results import disclosure, questions
from survey_app.results.asked import Asked
from survey_app.results.disclosure import Distribution, Part, Shown
from survey_app.results.reading import Interval, Reading
from survey_app.scoring.intervals import NORMAL_95 as Z
from survey_app.scoring.intervals import wilson


class Cell(msgspec.Struct, frozen=True):
    """One question of one unit. `se` on 0–100, None where no score is shown."""

    unit: str
    asked: Asked
    answers: Distribution
    interval: Interval
    se: float | None

    @property
    def score(self) -> Shown:
        return self.interval.score

    @property
    def n(self) -> int:
        """Answers behind the score; 0 where none is shown."""
        return (self.answers.n or 0) if self.score.number is not None else 0


class Pooled(msgspec.Struct, frozen=True):
    """A question over several units: the mean of their shown scores, each unit weighing alike, and its interval."""

    asked: Asked
    cells: tuple[Cell, ...]  # the units that show a score
    interval: Interval
    n: int


def counted_questions(reading: Reading) -> tuple[Asked, ...]:
    """Questions about units that count in the index, in the questionnaire's order."""
    weights = reading.plan.effective_weights()
    return tuple(one for one in reading.asked.values() if weights.get(one.leaf.id))


def question(reading: Reading, item: str) -> Asked | None:
    """The question of this id, or the one behind the plan's leaf of this id."""
    leaf = reading.leaves.get(item)
    return reading.asked.get(leaf.question_id if leaf is not None and leaf.source == "question" else item)


def cell(reading: Reading, unit: str, asked: Asked) -> Cell:
    """The unit's score of a question as it may be shown, with its interval."""
    line = reading.lines.get(unit)
    if asked.id not in reading.result.tallies.get(unit, {}) or (line and line.merged_into):
        nothing = disclosure.withheld("merged" if line and line.merged_into else "not_asked")
        return Cell(unit, asked, Distribution(reason=nothing.reason), Interval(nothing, nothing, nothing), None)
    answers = reading.distribution(unit, asked)
    score = questions.item_score(reading, unit, asked, answers)
    if score.number is None:
        return Cell(unit, asked, answers, Interval(score, score, score), None)
    on = reading.plan.shown_on
    low, high, se = spread(asked, answers, 100 * (float(score.number) - on.min) / (on.max - on.min))
    ends = (Shown(disclosure.rounded(on.shown(end), score.decimals), score.decimals) for end in (low, high))
    return Cell(unit, asked, answers, Interval(score, *ends), se)


def spread(asked: Asked, answers: Distribution, score: float) -> tuple[float, float, float]:
    """Low end, high end and standard error on 0–100 of a score of 0–100, from the parts that are shown."""
    if not asked.leaf.adjustable:
        return median_spread(asked, answers, score)
    pairs = [(part.count, points) for part in answers.parts if (points := points_of(asked, part)) is not None]
    n = sum(count for count, _ in pairs)
    if n < 2:
        return 0.0, 100.0, 50.0
    if all(points in (0.0, 100.0) for _, points in pairs):
        low, high = (100 * end for end in wilson(sum(count for count, points in pairs if points > 0), n))
        return low, high, (high - low) / (2 * Z)
    mean = sum(count * points for count, points in pairs) / n
    se = math.sqrt(sum(count * (points - mean) ** 2 for count, points in pairs) / (n - 1) / n)
    half = student(n - 1) * se
    return max(score - half, 0.0), min(score + half, 100.0), se


def points_of(asked: Asked, part: Part) -> float | None:
    """What an answer of a part is worth on 0–100; None where it is not counted."""
    if isinstance(asked.question, schema.Number):
        return asked.leaf.score(questions.class_middle(part.codes))
    known = [points for code in part.codes if (points := asked.leaf.answer_score(code)) is not None]
    return sum(known) / len(known) if known else None


def student(free: int) -> float:
    """The 97.5 % point of Student's t, to 0.002 from 14 degrees of freedom on (Abramowitz and Stegun 26.7.5)."""
    first = (Z**3 + Z) / 4
    second = (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96
    return Z + first / free + second / free**2


def median_spread(asked: Asked, answers: Distribution, score: float) -> tuple[float, float, float]:
    """Between which shown classes the median lies: the order statistics that hold it with 95 %, drawn out to the score,
    which within its class is finer than the classes."""
    n = sum(part.count for part in answers.parts)
    reach = Z * math.sqrt(n) / 2
    first, last = max(math.floor(n / 2 - reach), 1), min(math.ceil(n / 2 + 1 + reach), n)
    edges = [int(class_at(answers.parts, first).codes[0]), upper_edge(class_at(answers.parts, last))]
    ends = [score, *(asked.leaf.score(float(edge)) for edge in edges)]
    low, high = min(ends), max(ends)
    return max(low, 0.0), min(high, 100.0), (high - low) / (2 * Z)


def class_at(parts: Sequence[Part], place: int) -> Part:
    """The part in which the answer of this place lies, counted from the smallest."""
    passed = 0
    for part in parts:
        passed += part.count
        if passed >= place:
            return part
    return parts[-1]


def upper_edge(part: Part) -> int:
    """Where a class of numbers ends; the open last one counts by its lower edge."""
    after = EDGES.index(int(part.codes[-1])) + 1
    return EDGES[after] if after < len(EDGES) else int(part.codes[-1])


def pooled(reading: Reading, cells: Sequence[Cell]) -> Pooled | None:
    """One question's cells together, as far as they show a score; None where fewer than two do."""
    cells = tuple(one for one in cells if one.score.number is not None)
    if len(cells) < 2:
        return None
    scores = [one.score.number for one in cells if one.score.number is not None]
    mean, on = sum(scores, Decimal(0)) / len(scores), reading.plan.shown_on
    scale = (on.max - on.min) / 100
    half = Decimal(str(Z * scale * math.sqrt(sum((one.se or 0.0) ** 2 for one in cells)) / len(cells)))
    decimals = max(one.score.decimals for one in cells)
    ends = (max(mean - half, Decimal(str(on.min))), mean, min(mean + half, Decimal(str(on.max))))
    low, middle, high = (Shown(disclosure.rounded(float(end), decimals), decimals) for end in ends)
    return Pooled(cells[0].asked, cells, Interval(middle, low, high), sum(one.n for one in cells))


def wording(reading: Reading, asked: Asked) -> str:
    """The question, and where less of it is better, that it is so."""
    text = questions.wording(reading, asked)
    complaint = not asked.favourable_high and not isinstance(asked.question, schema.Number)
    less = say(reading.language, "less is better")
    return f"{text} ({less})" if complaint else text


def median(cells: Sequence[Cell]) -> Shown:
    """The group's median of the scores as shown."""
    return disclosure.median([one.score for one in cells])
