"""The fear meter, and the other tables that stand beside an order: who answered, this year's clients."""

from __future__ import annotations

import math

import msgspec
import pytest

from survey_app.ballot.analysis import Analysis
from survey_app.results import clients_only, fear, why_changed
from survey_app.scoring import intervals
from survey_app.scoring.estimates import Fear
from survey_app.scoring.variants import Shift


@pytest.fixture
def largest(reading_en):
    return max(reading_en.result.estimates.groups, key=lambda one: len(one.units))


def with_result(reading, earlier=None, **changed):
    found = msgspec.structs.replace(reading.result, **changed)
    before = reading.earlier if earlier is None else earlier
    return type(reading)(found, reading.questionnaire, reading.plan, reading.language, before)


def scored(reading, group):
    return [unit for unit in group.units if reading.score(unit, reading.business).number is not None]


def test_a_share_stands_with_its_interval_and_the_score_without_fear(reading_en, largest):
    first, second, third, fourth = scored(reading_en, largest)[:4]
    shares = {first: (30, 100), second: (2, 40), third: (39, 40), fourth: (3, 14)}
    group = msgspec.structs.replace(largest, fear=Fear(-1.5, -2.0))
    table = fear.table(with_result(reading_en, fear_share=shares), group)
    (line,) = table.lines
    assert line.name == reading_en.short(first), "two on one side, or 14 answers, tell nothing"
    shown = reading_en.score(first, reading_en.business)
    lower = float(shown.number) - 2.0 * (reading_en.plan.shown_on.max - reading_en.plan.shown_on.min) / 100
    assert line.cells[0] == "30 %"
    assert line.cells[2] == reading_en.write(shown)
    assert float(line.cells[3]) == pytest.approx(lower, abs=0.5 * 10**-shown.decimals)


@pytest.mark.parametrize(("count", "n"), [(30, 100), (3, 15), (0, 20), (20, 20)])
def test_the_interval_holds_the_shares_under_which_the_count_is_no_surprise(count, n):
    """Wilson's ends solve |p̂ − p| = 1.96 √(p(1 − p)/n)."""
    for end in intervals.wilson(count, n):
        if 0 < end < 1:
            assert abs(count / n - end) == pytest.approx(1.959964 * math.sqrt(end * (1 - end) / n), rel=1e-5)


def test_who_answered_is_what_the_plain_means_moved_beside_the_scores(reading_en, largest):
    before = reading_en.earlier[0]
    units = [one.unit for one in why_changed.parts_of_change(reading_en, largest)]
    unit = units[0]
    then = reading_en.predecessor(unit)
    now_plain, then_plain = 88.0, 83.5
    analysis = Analysis({"unadjusted": {unit: Shift(now_plain, None)}}, {}, {}, {}, {})
    earlier = with_result(before, analysis=Analysis({"unadjusted": {then: Shift(then_plain, None)}}, {}, {}, {}, {}))
    reading = with_result(reading_en, (earlier,), analysis=analysis)
    rows = {line.name: line.cells for line in why_changed.table(reading, analysis, largest).lines}
    on = reading.plan.shown_on
    moved = float(on.shown(now_plain)) - float(on.shown(then_plain))
    scores = float(reading.score(unit, reading.business).number) - float(before.score(then, before.business).number)
    assert float(rows[reading.short(unit)][-1].replace("−", "-")) == pytest.approx(moved - scores, abs=0.051)
    assert all(cells[-1] == "–" for name, cells in rows.items() if name != reading.short(unit))


def test_the_clients_only_interval_is_narrower_by_the_share_that_answered(reading_en, largest):
    units = scored(reading_en, largest)
    table = clients_only.table(reading_en, units)
    assert {line.name for line in table.lines} <= {reading_en.short(unit) for unit in units}
    by_name = {reading_en.short(unit): unit for unit in units}
    for line in table.lines:
        unit = by_name[line.name]
        of, interval = reading_en.lines[unit], reading_en.interval(unit, reading_en.business)
        low, high = (float(end) for end in line.cells[2].split("–"))
        wide = interval.ends[1] - interval.ends[0]
        assert high - low == pytest.approx(
            wide * math.sqrt(1 - of.ratings / of.invited), abs=1.01 * 10**-interval.score.decimals
        )
