"""Can hidden cells be worked out from shown ones? Counts of people, known sums over them, and what follows.

A cell is a number of people, 0 or more. What is published are sums over cells. A hidden cell is exposed where its unit
vector lies in the row space of the sums (then it is determined), or where the sums leave it a range narrower than
`LEAST_RANGE`. (Willenborg, de Waal 2001, Elements of Statistical Disclosure Control, ch. 5.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from survey_app.scoring.normalise import FloatArray

LEAST_RANGE = 3  # a hidden cell must be able to take values at least this far apart
EPSILON = 1e-9

Cell = Hashable


class Sum(NamedTuple):
    """A published total over some cells, each counted once."""

    cells: frozenset[Cell]
    total: int


class Exposed(NamedTuple):
    """A hidden cell about which too much is known: it lies between `low` and `high`."""

    cell: Any  # as it was given
    low: int
    high: int


def exposed(sums: Iterable[Sum], hidden: Collection[Cell]) -> list[Exposed]:
    """The hidden cells that the sums determine, or confine to a range narrower than LEAST_RANGE.

    Sums that share no cell, directly or through others, say nothing of each other: each connected part is solved alone.
    """
    found: list[Exposed] = []
    for part in connected(list(sums)):
        cells = sorted({cell for one in part for cell in one.cells}, key=repr)
        concerned = [cell for cell in cells if cell in hidden]
        if not concerned:
            continue
        low, high = ranges(part, cells)
        known = determined(part, cells)
        for place, cell in enumerate(cells):
            if cell in hidden and (known[place] or high[place] - low[place] < LEAST_RANGE):
                found.append(Exposed(cell, low[place], high[place]))
    return found


def connected(sums: Sequence[Sum]) -> list[list[Sum]]:
    """The sums in groups that share cells."""
    owner: dict[Cell, int] = {}
    group = list(range(len(sums)))

    def root(number: int) -> int:
        while group[number] != number:
            group[number] = group[group[number]]
            number = group[number]
        return number

    for number, one in enumerate(sums):
        for cell in one.cells:
            group[root(number)] = root(owner.setdefault(cell, number))
    parts: defaultdict[int, list[Sum]] = defaultdict(list)
    for number, one in enumerate(sums):
        parts[root(number)].append(one)
    return list(parts.values())


def matrix_of(sums: Sequence[Sum], cells: Sequence[Cell]) -> FloatArray:
    """(sums, cells) of 0 and 1."""
    return np.array([[float(cell in one.cells) for cell in cells] for one in sums])


def determined(sums: Sequence[Sum], cells: Sequence[Cell]) -> list[bool]:
    """Whether each cell's unit vector lies in the row space of the sums."""
    _, values, rows = np.linalg.svd(matrix_of(sums, cells), full_matrices=False)
    basis = rows[values > EPSILON * max(1.0, float(values.max(initial=0.0)))]
    # The projection of a unit vector on the row space has the length 1 exactly where it lies in it.
    return [bool(length > 1 - 1e-6) for length in (basis**2).sum(axis=0)]


def ranges(sums: Sequence[Sum], cells: Sequence[Cell]) -> tuple[list[int], list[int]]:
    """The least and the greatest value of each cell, by bounds that tighten each other until they stand.

    Exact where the sums are nested or apart, as ours are; elsewhere never narrower than the truth. Raises ValueError
    for sums that no numbers of people can have.
    """
    place = {cell: number for number, cell in enumerate(cells)}
    low = [0] * len(cells)
    high = [min(one.total for one in sums if cell in one.cells) for cell in cells]
    known = differences(sums)
    changed = True
    while changed:
        changed = False
        for one in known:
            inside = [place[cell] for cell in one.cells]
            least, most = sum(low[i] for i in inside), sum(high[i] for i in inside)
            for i in inside:
                up, down = one.total - (least - low[i]), one.total - (most - high[i])
                if up < high[i] or down > low[i]:
                    high[i], low[i], changed = min(high[i], up), max(low[i], down), True
                    least, most = sum(low[j] for j in inside), sum(high[j] for j in inside)
                if low[i] > high[i]:
                    raise ValueError("the sums contradict each other")
    return low, high


def differences(sums: Sequence[Sum]) -> list[Sum]:
    """The sums, and what is left of one when another lies inside it."""
    found = set(sums)
    waiting = list(found)
    while waiting and len(found) < 4 * len(sums) + 16:
        one = waiting.pop()
        for other in list(found):
            for big, small in ((one, other), (other, one)):
                if small.cells < big.cells:
                    rest = Sum(big.cells - small.cells, big.total - small.total)
                    if rest not in found:
                        found.add(rest)
                        waiting.append(rest)
    return list(found)


def suppressed(counts: Mapping[str, int], least: int) -> frozenset[str]:
    """Which cells of a breakdown with a known total to hide: those below `least`, and then the smallest others, until
    two or more are hidden and they have `least` people together. Cells without anybody are hidden with them."""
    hidden: list[str] = []
    for code, count in sorted(counts.items(), key=lambda item: (item[1], item[0])):
        total = sum(counts[one] for one in hidden)
        if count < least or (hidden and (len(hidden) < 2 or total < least)):
            hidden.append(code)
    return frozenset(hidden)
