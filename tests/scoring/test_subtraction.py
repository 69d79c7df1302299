"""What can be worked out from published sums, checked against linear programming on thousands of publications."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from survey_app.results.disclosure import merged
from survey_app.scoring.subtraction import (
    LEAST_RANGE,
    Sum,
    exposed,
    ranges,
    suppressed,
)

MANY = settings(max_examples=1500, deadline=None)
COUNTS = st.lists(st.one_of(st.integers(0, 4), st.integers(0, 60)), min_size=2, max_size=7)


def by_programming(sums, cells):
    """The range of each cell by the simplex method: the other route."""
    rows = np.array([[float(cell in one.cells) for cell in cells] for one in sums])
    totals = [one.total for one in sums]
    found = []
    for place in range(len(cells)):
        unit = np.eye(len(cells))[place]
        ends = [linprog(sign * unit, A_eq=rows, b_eq=totals, bounds=(0, None), method="highs").fun for sign in (1, -1)]
        found.append((round(ends[0]), round(-ends[1])))
    return found


def test_a_total_and_all_cells_but_one_determine_the_last():
    shown = [Sum(frozenset("abc"), 100), Sum(frozenset("a"), 60), Sum(frozenset("b"), 38)]
    assert exposed(shown, "c") == [("c", 2, 2)]


def test_two_hidden_cells_of_a_large_total_are_hidden():
    assert exposed([Sum(frozenset("abcd"), 100), Sum(frozenset("a"), 80), Sum(frozenset("b"), 8)], "cd") == []


@pytest.mark.parametrize(
    ("rest", "is_exposed"), [(LEAST_RANGE - 1, True), (LEAST_RANGE, False), (LEAST_RANGE + 1, False)]
)
def test_the_threshold_of_a_range_is_exact(rest, is_exposed):
    found = exposed([Sum(frozenset("abc"), 50 + rest), Sum(frozenset("a"), 50)], "bc")
    assert bool(found) is is_exposed


def test_sums_that_nobody_can_have_are_refused():
    with pytest.raises(ValueError, match="contradict"):
        exposed([Sum(frozenset("ab"), 5), Sum(frozenset("a"), 9), Sum(frozenset("b"), 9)], "ab")


def test_a_cell_is_found_through_several_sums():
    shown = [Sum(frozenset("ab"), 20), Sum(frozenset("bc"), 30), Sum(frozenset("ac"), 26)]  # only a solver sees it
    assert {one.cell for one in exposed(shown, "abc")} == {"a", "b", "c"}


@MANY
@given(COUNTS, st.integers(5, 15))
def test_suppression_never_leaves_a_hidden_cell_determined(counts, least):
    cells = [f"c{number}" for number in range(len(counts))]
    table = dict(zip(cells, counts, strict=True))
    hidden = suppressed(table, least)
    assert all(table[cell] >= least for cell in cells if cell not in hidden)
    if len(hidden) == len(cells):
        return  # nothing of it is published
    shown = [Sum(frozenset(cells), sum(counts)), *(Sum(frozenset((c,)), table[c]) for c in cells if c not in hidden)]
    assert exposed(shown, hidden) == []
    if hidden:
        assert sum(table[cell] for cell in hidden) >= least
        assert len(hidden) >= 2
        bounds = by_programming(shown, cells)
        assert all(bounds[cells.index(cell)][1] - bounds[cells.index(cell)][0] >= LEAST_RANGE for cell in hidden)


@MANY
@given(COUNTS)
def test_merging_never_leaves_a_joined_category_determined(counts):
    parts = merged(counts)
    if len(parts) < 2:
        return  # a band stands for it
    shown = [Sum(frozenset(range(first, last + 1)), sum(counts[first : last + 1])) for first, last in parts]
    shown.append(Sum(frozenset(range(len(counts))), sum(counts)))
    joined = {cell for first, last in parts if first < last for cell in range(first, last + 1)}
    assert exposed(shown, joined) == []


@settings(max_examples=400, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=3, max_size=6), st.data())
def test_ranges_of_nested_sums_are_those_of_linear_programming(counts, data):
    cells = list(range(len(counts)))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(counts) - 1), max_size=3)))
    edges = [0, *cuts, len(counts)]
    groups = [frozenset(range(a, b)) for a, b in itertools.pairwise(edges)] + [frozenset(cells)]
    shown = [Sum(group, sum(counts[cell] for cell in group)) for group in groups]
    low, high = ranges(shown, cells)
    assert list(zip(low, high, strict=True)) == by_programming(shown, cells)
