"""Questions across units: intervals recomputed from what is shown, by another route."""

from __future__ import annotations

import math
import statistics

import pytest
from scipy import stats

from survey_app.results import items, questions
from survey_app.results.disclosure import Distribution, Part
from survey_app.scoring import intervals

BRANCH = "CC-MCAI"


def answers_of(reading, unit, asked):
    """Each shown answer as its points, one by one; joined answers at their middle."""
    found = []
    for part in reading.distribution(unit, asked).parts:
        points = [asked.leaf.answer_score(code) for code in part.codes]
        found += [sum(points) / len(points)] * part.count
    return found


def test_a_means_interval_is_students_over_the_shown_answers(reading):
    for item in ("mb04", "cl03", "pl09"):
        cell, asked = items.cell(reading, BRANCH, reading.asked[item]), reading.asked[item]
        points = answers_of(reading, BRANCH, asked)
        half = stats.t.ppf(0.975, len(points) - 1) * statistics.stdev(points) / math.sqrt(len(points))
        score, places = float(cell.score.number), cell.score.decimals
        for end, expected in ((cell.interval.low, score - half), (cell.interval.high, score + half)):
            assert float(end.number) == pytest.approx(min(max(expected, 0), 100), abs=0.51 * 10**-places)
        assert cell.n == len(points)


@pytest.mark.parametrize("free", [14, 20, 40, 200])
def test_students_point_is_that_of_the_tables(free):
    assert items.student(free) == pytest.approx(stats.t.ppf(0.975, free), abs=2e-3)


@pytest.mark.parametrize(("yes", "n"), [(3, 20), (17, 20), (40, 81), (0, 15)])
def test_a_shares_interval_is_wilsons(yes, n):
    expected = stats.binomtest(yes, n).proportion_ci(0.95, method="wilson")
    assert intervals.wilson(yes, n) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_a_medians_interval_holds_its_order_statistics_and_the_score(reading):
    asked = reading.asked["tg01"]
    assert not asked.leaf.adjustable
    answers = Distribution((Part(("2",), 10), Part(("4",), 20), Part(("12",), 10)), 40)
    low, high, _ = items.spread(asked, answers, 90.0)
    ranks = [rank for rank in range(1, 41) if 0.025 <= stats.binom.cdf(rank - 1, 40, 0.5) <= 0.975]
    assert ranks[0] > 10
    assert ranks[-1] <= 30
    assert low == pytest.approx(asked.leaf.score(6.0))
    assert high == pytest.approx(asked.leaf.score(4.0))
    assert items.spread(asked, answers, 95.0)[1] == 95.0


def test_units_together_weigh_alike_and_only_those_that_are_shown(reading):
    units = reading.groups[BRANCH].units
    asked = reading.asked["mb04"]
    pooled = items.pooled(reading, [items.cell(reading, unit, asked) for unit in units])
    shown = [questions.item_shown(reading, unit, asked).number for unit in units]
    known = [float(score) for score in shown if score is not None]
    assert float(pooled.interval.score.number) == pytest.approx(sum(known) / len(known), abs=0.51)
    assert len(pooled.cells) == len(known)
    assert pooled.n == sum(reading.distribution(one.unit, asked).n for one in pooled.cells)
    errors = [one.se for one in pooled.cells]
    half = 1.96 * math.sqrt(sum(error**2 for error in errors)) / len(errors)
    assert float(pooled.interval.high.number) == pytest.approx(sum(known) / len(known) + half, abs=0.51)


def test_a_withheld_question_has_no_interval_and_no_error(reading):
    for unit in ("CC-MCAI-KTGS1", "CC-HGAI-NV", "CC-MCAI-KS"):
        for asked in reading.asked.values():
            cell = items.cell(reading, unit, asked)
            assert cell.score.number is None
            assert cell.interval.ends is None
            assert (cell.se, cell.n) == (None, 0)


def test_less_is_better_is_said_of_complaints_only(reading_en):
    assert items.wording(reading_en, reading_en.asked["pc01"]).endswith("(less is better)")
    assert not items.wording(reading_en, reading_en.asked["cl03"]).endswith("(less is better)")
    assert not items.wording(reading_en, reading_en.asked["tg01"]).endswith("(less is better)")
