"""The page of the other rules: what stands in it is what the count left, rounded as the published score."""

from __future__ import annotations

import msgspec
import pytest

from survey_app.ballot.analysis import Analysis
from survey_app.ballot.segments import Cell, Halves
from survey_app.results import robustness
from survey_app.scoring.reliability import Alpha, Driver, Reliability
from survey_app.scoring.selftest import SelfTest
from survey_app.scoring.variants import Shift


@pytest.fixture
def analysed(reading):
    """The reading with an analysis, and its largest peer group."""
    group = max(reading.result.estimates.groups, key=lambda one: len(one.units))
    first, second, third = group.units[:3]
    sub = group.sub_indices[0].id
    analysis = Analysis(
        variants={
            "all_sheets": {first: Shift(81.26, "same"), second: Shift(None, "up")},
            "strict": {third: Shift(None, "down")},
        },
        segments={"p4": {"in_province": Cell(120, 91.0)}},
        halves={first: {"p4": Halves(90.4, 88.0)}},
        reliability={group.id: Reliability((), (), {sub: Alpha(0.812, 0.02, 9, 280)}, {sub: Driver(0.1234, 0.456)})},
        self_test={group.id: SelfTest(0.62, 0.91)},
    )
    found = msgspec.structs.replace(reading.result, analysis=analysis)
    return type(reading)(found, reading.questionnaire, reading.plan, "en", reading.earlier), group


def tables(analysed):
    reading, group = analysed
    page = robustness.page(reading)
    (largest,) = (one for one in page.groups if one.self_test)
    return page, largest, [reading.short(unit) for unit in group.units]


def test_a_second_figure_has_the_decimals_of_the_first_and_a_tier_alone_is_words(analysed):
    reading, group = analysed
    _, largest, names = tables(analysed)
    rows = {line.name: line.cells for line in largest.tables[0].lines}
    decimals = reading.score(group.units[0], reading.business).decimals
    expected = "81" if decimals == 0 else "81.3"
    assert rows[names[0]][1:] == (f"{expected} · tier unchanged", "–")
    assert rows[names[1]][1:] == ("a better tier", "–")
    assert rows[names[2]][1:] == ("–", "a lower tier")
    assert rows[names[0]][0] == reading.write(reading.score(group.units[0], reading.business))


def test_alpha_drivers_segments_and_the_self_test_are_in_words(analysed):
    page, largest, _ = tables(analysed)
    together = largest.tables[1]
    assert together.lines[0].cells == ("9", "0.81 ± 0.04", "12 %", "0.46")
    assert together.lines[1].cells == ("–", "–", "–", "–")
    assert "91 %" in largest.self_test
    assert "0.62" in largest.self_test
    assert [line.cells for table in page.segments for line in table.lines] == [("about 120", "91")]


def test_response_weights_are_summed_up(analysed):
    """Each sheet with the weight invited ÷ rated of its unit, in plain loops."""
    reading, group = analysed
    _, largest, _ = tables(analysed)
    lines = [reading.lines[unit] for unit in group.units if reading.lines[unit].ratings >= 10]
    weights = [line.invited / line.ratings for line in lines for _ in range(line.ratings)]
    deff = len(weights) * sum(v * v for v in weights) / sum(weights) ** 2
    rates = [round(100 * line.ratings / line.invited) for line in lines]
    assert f"{min(rates)} % to {max(rates)} %" in largest.response
    assert f"design effect of {deff:.2f}." in largest.response


def test_a_withheld_unit_has_no_line(analysed):
    reading, group = analysed
    hidden = [unit for unit in group.units if reading.score(unit, reading.business).number is None]
    _, largest, _ = tables(analysed)
    named = {line.name for line in largest.tables[0].lines}
    assert not named & {reading.name(unit) for unit in hidden}
    assert len(named) == len(group.units) - len(hidden)


def test_a_round_from_before_says_nothing(reading):
    assert robustness.page(reading).groups == ()
