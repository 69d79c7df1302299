"""Geometry: everything lies inside its chart and where its number says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.results import charts


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20))
def test_an_axis_holds_its_values_and_has_few_round_ticks(values):
    axis = charts.axis(values, 160, (0, 100))
    assert axis.low <= min(values) + 1e-6
    assert axis.high >= max(values) - 1e-6
    assert 2 <= len(axis.ticks) <= 7
    assert all(0 <= x <= 160 for x, _ in axis.ticks)


def test_places_are_linear_between_the_ends():
    axis = charts.axis([60.0, 80.0], 160, (0, 100))
    assert (axis.low, axis.high) == (60, 80)
    assert axis.place(70.0) == pytest.approx((axis.place(60.0) + axis.place(80.0)) / 2)
    assert axis.place(99.0) == axis.place(80.0)


def test_tones_run_from_worst_to_best():
    assert charts.tones(5, True) == (-2, -1, 0, 1, 2)
    assert charts.tones(5, False) == (2, 1, 0, -1, -2)
    assert charts.tones(2, True) == (-2, 2)
    assert charts.tones(4, True) == (-2, -1, 1, 2)
    assert charts.tones(1, True) == (0,)
    assert charts.merged_tone((-2, -1, 0)) == -1
    assert charts.merged_tone((-2, -1, 0, 1)) == 0


def test_a_diverging_bar_puts_the_middle_astride_the_zero_line():
    bar = charts.diverging((0.2, 0.2, 0.6), (-2, 0, 2), ("20", "20", "60"), 100, charts.Balance(0.4, 0.72), "t")
    worst, middle, best = bar.segments
    assert worst.x + 0.2 * 72 == pytest.approx(middle.x, abs=0.02)
    assert middle.x + 0.1 * 72 == pytest.approx(bar.zero, abs=0.02)
    assert best.x == pytest.approx(bar.zero + 0.1 * 72, abs=0.02)


@given(st.lists(st.lists(st.integers(0, 40), min_size=5, max_size=5).filter(any), min_size=1, max_size=8))
def test_bars_of_a_page_share_one_zero_line_and_fit(pages):
    tone = (-2, -1, 0, 1, 2)
    shares = [[n / sum(counts) for n in counts] for counts in pages]
    on = charts.balance([sum(part[:2]) + part[2] / 2 for part in shares])
    for part in shares:
        bar = charts.diverging(part, tone, ("",) * 5, 160, on, "t")
        assert all(segment.x >= -0.02 and segment.x + segment.width <= 160.4 for segment in bar.segments)


def test_a_trend_breaks_its_line_where_rounds_cannot_be_compared():
    points = [
        ("2022", 80.0, (78.0, 82.0), "80,0", True),
        ("2023", None, None, "–", False),
        ("2024", 84.0, None, "84,0", True),
    ]
    chart = charts.trend(points, 200, 100, "t")
    assert [mark.label for mark in chart.marks] == ["2022", "2024"]
    assert not chart.lines
    assert chart.breaks == ((chart.marks[0].x + chart.marks[1].x) / 2,)
    assert chart.marks[0].y > chart.marks[1].y  # better is higher
