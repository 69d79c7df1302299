"""Near-duplicate sheets: pairs about one unit that agree in nearly every answer, against what chance would give.

Chance is a permutation of whole sheets over the units: sheets keep their own evenness, so that satisfied or hurried
people who answer alike everywhere do not look like one hand that filled in many sheets about one unit.
"""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import IntArray

AGREE = 0.95  # of the items that both answer
LEAST_ANSWERS = 8  # in common; fewer equal answers happen honestly
PERMUTATIONS = 999
ROWS = 512  # compared at a time
ROUNDING = 1e-3  # of counts in single precision


class Duplicates(msgspec.Struct, frozen=True):
    """Of one unit: near-duplicate `pairs` among its sheets, their share `rate` of all its pairs, the share `expected`
    under permutation, and `p`, the chance of as many. NaN rates where a unit has fewer than two sheets."""

    unit: int
    sheets: int
    pairs: int
    rate: float
    expected: float
    p: float


def near_duplicates(x: FloatArray, unit: IntArray, seed: int, agree: float = AGREE) -> tuple[Duplicates, ...]:
    """By unit, from answers x (n, J; NaN = not answered) and `unit` (n,); permutations are drawn with `seed`
    (PCG64)."""
    names, place = np.unique(unit, return_inverse=True)
    first, second = alike(x, agree)
    sheets = np.bincount(place, minlength=names.size)
    found = _within(place, first, second, names.size)
    generator = np.random.Generator(np.random.PCG64(seed))
    total, as_many = np.zeros(names.size), np.ones(names.size)
    for _ in range(PERMUTATIONS):
        drawn = _within(generator.permutation(place), first, second, names.size)
        total += drawn
        as_many += drawn >= found
    possible = np.where(sheets > 1, sheets * (sheets - 1) / 2, np.nan)
    return tuple(
        Duplicates(int(name), int(size), int(pairs), float(rate), float(expected), float(p))
        for name, size, pairs, rate, expected, p in zip(
            names,
            sheets,
            found,
            found / possible,
            total / PERMUTATIONS / possible,
            as_many / (1 + PERMUTATIONS),
            strict=True,
        )
    )


def alike(x: FloatArray, agree: float = AGREE) -> tuple[IntArray, IntArray]:
    """Pairs (K,), (K,) of rows of x, first < second, that agree in more than a share `agree` of at least eight answers
    that both give."""
    known = ~np.isnan(x)
    there = known.astype(np.float32)
    levels = np.unique(x[known])
    coded = np.concatenate([(x == level).astype(np.float32) for level in levels], axis=1) if levels.size else there
    firsts, seconds = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for start in range(0, x.shape[0], ROWS):
        common = there[start : start + ROWS] @ there[start:].T
        equal = coded[start : start + ROWS] @ coded[start:].T
        near = np.triu((common >= LEAST_ANSWERS) & (equal > agree * common + ROUNDING), 1)
        first, second = np.nonzero(near)
        firsts.append(first + start)
        seconds.append(second + start)
    return np.concatenate(firsts), np.concatenate(seconds)


def _within(place: IntArray, first: IntArray, second: IntArray, units: int) -> IntArray:
    """(U,) pairs whose two sheets are about the same unit."""
    same = place[first] == place[second]
    return np.bincount(place[first][same], minlength=units).astype(np.int64)
