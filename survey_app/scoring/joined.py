"""What a mean of several questions tells of answers that are shown joined.

Shown are how many gave one of the joined answers, not how they divide. Their mean with other questions may tell that.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Collection, Sequence
from typing import NamedTuple

EPSILON = 1e-6
MICRO = 1_000_000  # scores are compared in millionths
MANY_STEPS = 400  # beyond these the ends of a range decide


class Weighed(NamedTuple):
    """A question in a mean of questions. `parts`: how many people, and the scores that their answers may have."""

    weight: float
    parts: tuple[tuple[int, tuple[float, ...]], ...]
    withheld: bool = False  # nothing is shown: what follows of it follows from the mean alone, which may be known

    @property
    def people(self) -> int:
        return sum(count for count, _ in self.parts)

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest mean that the parts allow."""
        least = sum(count * min(scores) for count, scores in self.parts)
        most = sum(count * max(scores) for count, scores in self.parts)
        return least / self.people, most / self.people


def determined_by_mean(questions: Collection[Weighed], low: float, high: float) -> list[Weighed]:
    """The questions with a joined answer whose number follows from their weighted mean, known to lie in low … high.

    A question stands in the list once for each such answer. One that the parts do not fit is passed over: the mean is
    then not that of these parts, and tells less.
    """
    questions = [one for one in questions if one.people]
    total = sum(one.weight for one in questions)
    least = sum(one.weight * one.ends[0] for one in questions)
    most = sum(one.weight * one.ends[1] for one in questions)
    found = []
    for one in questions:
        if one.withheld or all(len(scores) == 1 for _, scores in one.parts):
            continue
        bottom, top = one.ends
        from_below = (total * low - (most - one.weight * top)) / one.weight
        from_above = (total * high - (least - one.weight * bottom)) / one.weight
        if from_below > top + EPSILON or from_above < bottom - EPSILON:
            continue
        found += [one] * _determined(one, max(bottom, from_below) * one.people, min(top, from_above) * one.people)
    return found


def _determined(one: Weighed, low: float, high: float) -> int:
    """How many joined answers have one possible number where the question's scores add up to low … high."""
    number = 0
    for place, (people, scores) in enumerate(one.parts):
        others = [part for index, part in enumerate(one.parts) if index != place]
        least = low - sum(count * max(each) for count, each in others)
        most = high - sum(count * min(each) for count, each in others)
        for index, score in enumerate(scores if len(scores) > 1 else ()):
            rest = scores[:index] + scores[index + 1 :]
            possible = (
                count
                for count in range(people + 1)
                if _reachable(people - count, rest, least - score * count, most - score * count)
            )
            number += len(list(possible)) == 1
    return number


def _reachable(people: int, scores: Sequence[float], low: float, high: float) -> bool:
    """Whether so many people, each with one of these scores, can add up to something in low … high.

    Exact for evenly spaced scores, and for others where the numbers are small; elsewhere the ends alone decide.
    """
    first = min(scores)
    sizes = [round((score - first) * MICRO) for score in scores]
    unit = math.gcd(*sizes)
    if unit == 0:
        return low - EPSILON <= people * first <= high + EPSILON
    steps = tuple(sorted(size // unit for size in sizes))
    start, width = people * first, unit / MICRO
    least = max(0, math.ceil((low - start) / width - EPSILON))
    most = min(people * steps[-1], math.floor((high - start) / width + EPSILON))
    if most < least or len(steps) == steps[-1] + 1 or people * steps[-1] > MANY_STEPS:
        return most >= least
    return bool(_sums(people, steps) >> least & ((1 << (most - least + 1)) - 1))


@functools.lru_cache(maxsize=4096)
def _sums(people: int, steps: tuple[int, ...]) -> int:
    """Bit k is set where so many people, each with one of these numbers of steps, can have k steps together."""
    if people == 0:
        return 1
    before = _sums(people - 1, steps)
    return functools.reduce(operator.or_, (before << step for step in steps))
