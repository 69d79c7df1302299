"""Thresholds, decimals and merged categories, on numbers small enough to see."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.results import disclosure
from survey_app.results.disclosure import Part, Shown, merged


@pytest.mark.parametrize(
    ("value", "n", "shown"),
    [
        (87.25, 9, Shown(None, 0, "too_few")),
        (87.25, 10, Shown(Decimal("87"), 0)),
        (87.5, 29, Shown(Decimal("88"), 0)),  # half to even
        (88.5, 29, Shown(Decimal("88"), 0)),
        (87.25, 30, Shown(Decimal("87.2"), 1)),
        (87.35, 30, Shown(Decimal("87.4"), 1)),
        (87.25, None, Shown(Decimal("87.2"), 1)),
        (None, 50, Shown(None, 0, "no_value")),
    ],
)
def test_a_score_is_withheld_below_ten_and_whole_below_thirty(value, n, shown):
    assert disclosure.score(value, n, 10, 1) == shown


def test_a_plan_without_decimals_is_not_given_one():
    assert disclosure.score(87.25, 100, 10, 0) == Shown(Decimal("87"), 0)


def test_a_raised_threshold_holds():
    assert disclosure.score(87.25, 19, 20, 1).reason == "too_few"


@pytest.mark.parametrize(
    ("counts", "parts"),
    [
        ((5, 6, 7, 8, 9), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)]),
        ((1, 6, 7, 8, 9), [(0, 1), (2, 2), (3, 3), (4, 4)]),
        ((0, 0, 1, 10, 40), [(0, 3), (4, 4)]),
        ((2, 1, 5, 9, 1), [(0, 1), (2, 2), (3, 4)]),
        ((0, 0, 0, 2, 48), [(0, 4)]),
        ((50, 0, 0, 0, 0), [(0, 4)]),
        ((1, 48), [(0, 1)]),
        ((3, 47), [(0, 0), (1, 1)]),
        ((20, 1, 20), [(0, 1), (2, 2)]),  # the middle goes to the smaller neighbour, at equality to the lower
    ],
)
def test_small_categories_join_their_neighbour_towards_the_middle(counts, parts):
    assert merged(counts) == parts


def test_none_one_and_two_answers_look_alike():
    """Whatever hides in the outermost category, the same parts are shown."""
    for low, high in itertools.product(range(3), repeat=2):
        assert merged((low, 9, 9, 9, high)) == [(0, 1), (2, 2), (3, 4)]


@given(st.lists(st.integers(0, 12), min_size=2, max_size=11))
def test_parts_cover_the_scale_in_order_and_none_is_small(counts):
    parts = merged(counts)
    assert [code for first, last in parts for code in range(first, last + 1)] == list(range(len(counts)))
    assert len(parts) == 1 or all(sum(counts[a : b + 1]) >= 3 for a, b in parts)


def test_a_distribution_needs_fifteen_answers_and_two_parts():
    codes = ("1", "2", "3", "4", "5")
    assert disclosure.distribution(codes, (0, 0, 0, 7, 7), 15, 80.0).reason == "too_few"
    shown = disclosure.distribution(codes, (0, 0, 3, 6, 6), 15, 80.0)
    assert shown.parts == (Part(("1", "2", "3"), 3), Part(("4",), 6), Part(("5",), 6))
    assert shown.n == 15
    hidden = disclosure.distribution(codes, (0, 0, 0, 1, 60), 15, 98.0)
    assert (hidden.parts, hidden.band) == ((), "ceiling")


def test_a_median_is_taken_of_the_numbers_as_shown():
    shown = [Shown(Decimal(text), len(text.partition(".")[2])) for text in ("80", "71.4", "90.2", "84.4")]
    assert disclosure.median(shown) == Shown(Decimal("82.2"), 1)
    assert disclosure.median([*shown, Shown(None, 0, "too_few")]) == Shown(Decimal("82.2"), 1)
    assert disclosure.median(shown[:2]).reason == "too_few_peers"


def test_the_public_sees_bands_of_n():
    assert [disclosure.public_n(n) for n in (9, 10, 14, 15, 24, 25, 49, 50, 400)] == [
        None, "10–14", "10–14", "15–24", "15–24", "25–49", "25–49", "50+", "50+",
    ]  # fmt: skip
