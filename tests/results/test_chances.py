"""The table of chances: whole per cent that never cross the level, never claim certainty, and make 100 in a pair."""

from __future__ import annotations

import pytest

from survey_app.results import chances, comparison


@pytest.mark.parametrize(
    ("chance", "text", "tone"),
    [
        (0.5, "50\u00a0%", 0),
        (0.79, "79\u00a0%", 0),
        (0.8, "80\u00a0%", 1),
        (0.9496, "94\u00a0%", 1),
        (0.95, "95\u00a0%", 2),
        (0.996, ">\u00a099\u00a0%", 2),
        (1.0, ">\u00a099\u00a0%", 2),
        (0.0, "<\u00a01\u00a0%", -2),
        (0.05, "5\u00a0%", -2),
        (0.0504, "6\u00a0%", -1),
        (0.2, "20\u00a0%", -1),
    ],
)
def test_a_chance_is_written_in_whole_per_cent_that_do_not_cross_the_level(chance, text, tone):
    found = chances.cell(chance, 0.95, "en", {2: "ahead", -2: "behind"})
    assert (found.text, found.tone) == (text, tone)
    assert bool(found.sign) == bool(found.word) == (abs(tone) == 2)


def test_both_directions_of_a_pair_make_a_hundred():
    for thousandths in range(1001):
        chance = thousandths / 1000
        assert chances.percents(chance, 0.95) + chances.percents(1 - chance, 0.95) == 100


def test_the_comparison_has_the_chances_of_the_result_in_its_order(reading):
    groups = {group.id: group for group in comparison.page(reading).groups}
    standing = next(one for one in reading.result.index.groups if (one.group, one.node) == ("chi_cuc", "cdci"))
    found = groups["chi_cuc"].chances
    assert [line.unit for line in found.lines] == [one.unit for one in standing.standings]
    assert [line.unit for line in found.lines] == list(groups["chi_cuc"].units)
    for a, line in enumerate(found.lines):
        for b, cell in enumerate(line.cells):
            if a == b:
                assert cell.text == "–"
            else:
                assert cell.tone == chances.tone(standing.beats[a][b], 0.95)
                assert cell.text == chances.percent_text(standing.beats[a][b], 0.95, "vi")


def test_a_group_without_an_order_has_no_chances(reading):
    without = [group for group in comparison.page(reading).groups if group.why]
    assert without
    assert all(group.chances is None for group in without)
