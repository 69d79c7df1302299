"""Item statistics from tallies alone."""

from __future__ import annotations

import statistics as oracle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.scoring import intervals
from survey_app.scoring.leaf import Leaf, Normalise
from survey_app.scoring.statistics import mean, median, statistic_of

FIVE = Normalise(method="goalposts", low=1, high=5)


def test_a_mean_comes_from_counts_and_goalposts() -> None:
    found = statistic_of(Leaf(id="q", statistic="mean", normalise=FIVE), {"1": 2, "4": 3, "5": 5})
    assert (found.n, found.value, found.score) == (10, 3.9, 72.5)


def test_a_harm_is_reversed() -> None:
    found = statistic_of(Leaf(id="q", statistic="mean", direction="lower", normalise=FIVE), {"1": 3, "5": 1})
    assert (found.value, found.score) == (2.0, 75.0)


def test_a_share_counts_the_codes_that_the_plan_names() -> None:
    leaf = Leaf(id="q", statistic="share", codes=("yes",), direction="lower")
    found = statistic_of(leaf, {"yes": 3, "no": 9})
    assert (found.n, found.value, found.score) == (12, 0.25, 75.0)


def test_a_top_box_counts_from_its_edge_upwards() -> None:
    found = statistic_of(Leaf(id="q", statistic="top_box", at_least=4), {"3": 6, "4": 1, "5": 1})
    assert (found.value, found.score) == (0.25, 25.0)


def test_codes_that_are_not_counted_are_missing_and_options_get_their_numbers() -> None:
    leaf = Leaf(
        id="q",
        statistic="mean",
        direction="lower",
        values={"none": 0, "few": 1, "many": 4},
        not_counted=("other",),
        normalise=Normalise(method="goalposts", low=0, high=4),
    )
    found = statistic_of(leaf, {"none": 2, "few": 2, "many": 1, "other": 40})
    assert (found.n, found.value, found.score) == (5, 1.2, 70.0)


def test_clip_acts_on_the_answer_for_a_mean_and_on_the_statistic_for_a_median() -> None:
    scale = Normalise(method="goalposts", low=0, high=10)
    tally = {"0": 1, "10": 1, "100": 2}
    assert statistic_of(Leaf(id="q", statistic="mean", normalise=scale), tally).score == 75.0
    assert statistic_of(Leaf(id="q", statistic="median", normalise=scale), tally).value == 40.0
    assert statistic_of(Leaf(id="q", statistic="median", normalise=scale), tally).score == 100.0


def test_nobody_answered_gives_no_number() -> None:
    found = statistic_of(Leaf(id="q", statistic="mean", normalise=FIVE), {"3": 0})
    assert (found.n, found.value, found.score) == (0, None, None)


def test_decimal_text_is_exact() -> None:
    scale = Normalise(method="goalposts", low=0, high=1)
    found = statistic_of(Leaf(id="q", statistic="mean", normalise=scale), {"0.1": 3, "0.2": 0})
    assert found.value == 0.1


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=60, unique=True))
def test_the_median_without_ties_is_the_ordinary_one(values: list[int]) -> None:
    assert median({Fraction(value): 1 for value in values}) == oracle.median(values)


@given(st.dictionaries(st.integers(-9, 9), st.integers(1, 7), min_size=1))
def test_tallies_and_sheets_give_the_same_mean_and_median(tally: dict[int, int]) -> None:
    values = np.repeat(list(tally), list(tally.values())).astype(float)
    histogram = {Fraction(value): count for value, count in tally.items()}
    assert float(median(histogram)) == pytest.approx(intervals.mid_median(values), abs=1e-9)
    assert float(mean(histogram)) == pytest.approx(values.mean(), abs=1e-9)


@given(st.dictionaries(st.integers(0, 9), st.integers(1, 7), min_size=1), st.integers(1, 9))
def test_the_median_moves_with_all_answers(tally: dict[int, int], step: int) -> None:
    moved = {Fraction(value + step): count for value, count in tally.items()}
    assert median(moved) == median({Fraction(v): c for v, c in tally.items()}) + step


def test_the_influence_of_a_median_has_its_known_spread() -> None:
    """Normal answers: the median's variance is π/(2n); the density estimate smooths, hence 25 %."""
    x = np.random.default_rng(1).normal(10, 2, 4000)
    _, psi = intervals.median_influence(x)
    assert psi.sum() == pytest.approx(0, abs=1e-9)
    assert (psi**2).sum() == pytest.approx(np.pi / 2 * 4 / 4000, rel=0.25)


def test_equal_answers_have_no_influence() -> None:
    middle, psi = intervals.median_influence(np.full(12, 3.0))
    assert middle == 3.0
    assert not psi.any()
