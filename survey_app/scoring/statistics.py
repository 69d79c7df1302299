"""Statistics of one question from its tally alone, exact to the last digit: a verifier recomputes them without sheets.

A tally says how often each answer was given: {code: count}, codes as in `QuestionFacts.codes` or numbers as text. Sums
are taken in fractions, so that the result depends neither on the order of answers nor on the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import msgspec

from survey_app.scoring.leaf import Leaf

Histogram = Mapping[Fraction, int]


class ItemStatistic(msgspec.Struct, frozen=True):
    """`n` answers counted, `value` in the question's own unit (share 0…1), `score` on 0–100; None without answers."""

    n: int
    value: float | None
    score: float | None


def statistic_of(leaf: Leaf, tally: Mapping[str, int]) -> ItemStatistic:
    """The unadjusted statistic that the plan asks of this leaf."""
    histogram = numbers(leaf, tally)
    n = sum(histogram.values())
    if n == 0:
        return ItemStatistic(0, None, None)
    if leaf.statistic == "median":
        middle = median(histogram)
        return ItemStatistic(n, float(middle), float(_scored(leaf, middle)))
    if leaf.statistic == "top_box":
        histogram = {Fraction(1): (top := at_least(histogram, Fraction(repr(leaf.at_least)))), Fraction(0): n - top}
    score = sum((_scored(leaf, number) * count for number, count in histogram.items()), Fraction(0)) / n
    return ItemStatistic(n, float(mean(histogram)), float(score))


def numbers(leaf: Leaf, tally: Mapping[str, int]) -> dict[Fraction, int]:
    """The tally by number instead of by code; codes that are not counted fall out. Decimal text stays exact."""
    found: dict[Fraction, int] = {}
    for code, count in tally.items():
        number = leaf.number(code)
        if number is not None and count:
            exact = Fraction(code) if _is_plain_number(leaf, code) else Fraction(repr(number))
            found[exact] = found.get(exact, 0) + count
    return found


def _is_plain_number(leaf: Leaf, code: str) -> bool:
    return leaf.statistic != "share" and code not in (leaf.values or {}) and code not in ("yes", "no")


def mean(histogram: Histogram) -> Fraction:
    total = sum((number * count for number, count in histogram.items()), Fraction(0))
    return total / sum(histogram.values())


def at_least(histogram: Histogram, least: Fraction) -> int:
    """Number of answers of `least` or more."""
    return sum(count for number, count in histogram.items() if number >= least)


def median(histogram: Histogram) -> Fraction:
    """Median of the mid-distribution: where P(X < x) + ½P(X = x), joined by straight lines, passes ½.

    The ordinary median where all answers differ; with many ties ("0 visits") it still moves when answers move.
    (Ma, Genton, Parzen 2011, Statistics and Probability Letters 81.)
    """
    n = sum(histogram.values())
    before, below = None, 0
    for number in sorted(histogram):
        height = Fraction(2 * below + histogram[number], 2 * n)
        if height >= Fraction(1, 2):
            if before is None:
                return number
            step = (Fraction(1, 2) - before[1]) / (height - before[1])
            return Fraction(before[0] + (number - before[0]) * step)
        before, below = (number, height), below + histogram[number]
    return max(histogram)


def _scored(leaf: Leaf, number: Fraction) -> Fraction:
    low, high = (Fraction(repr(end)) for end in leaf.scale.ends())
    share = (number - low) / (high - low)
    if leaf.scale.outside == "clip":
        share = min(max(share, Fraction(0)), Fraction(1))
    return 100 * (share if leaf.direction == "higher" else 1 - share)
