"""The director's comparison: order by tiers, the wide tables, one tier, withheld units."""

from __future__ import annotations

from survey_app.results import comparison, heat


def group_of(page, unit):
    return next(group for group in page.groups if unit in group.units)


def test_units_stand_in_the_order_of_their_expected_rank_by_tiers(reading):
    group = group_of(comparison.page(reading), "CC-MCAI")
    standing = next(one for one in reading.result.index.groups if (one.group, one.node) == ("chi_cuc", "cdci"))
    assert group.units == tuple(line.unit for line in standing.standings)
    assert len(group.tiers) == max(line.tier for line in standing.standings)
    for tier, lines in zip(
        group.tiers, ([one for one in standing.standings if one.tier == n] for n in range(1, 9)), strict=False
    ):
        assert [line.unit for line in tier.lines] == [one.unit for one in lines]


def test_every_unit_of_the_round_is_shown_or_named_with_the_reason(reading):
    page = comparison.page(reading)
    shown = [unit for group in page.groups for unit in group.units]
    hidden = [name for group in page.groups for name, _ in group.not_shown]
    assert len(shown) == len(set(shown))
    assert sorted([reading.name(unit) for unit in shown] + hidden) == sorted(
        line.names["vi"] for line in reading.result.units
    )
    assert all(why for group in page.groups for _, why in group.not_shown)


def test_no_number_of_a_withheld_unit_is_anywhere(reading):
    page = comparison.page(reading)
    for unit in ("CC-MCAI-KTGS1", "CC-HGAI-NV", "CC-MCAI-KS", "CC-HMO-TKS"):
        assert all(unit not in group.units for group in page.groups)
        for group in page.groups:
            for table in filter(None, (group.heat, group.changes)):
                assert all(line.unit != unit for line in table.lines)


def test_teams_are_not_ranked_below_thirty_sheets(reading):
    group = group_of(comparison.page(reading), "CC-MCAI-TT")
    assert group.why
    assert all(not line.ranks for tier in group.tiers for line in tier.lines)


def test_one_tier_is_said_in_words(alone):
    reading = alone(levels={}, answered=dict.fromkeys(("CC-MCAI", "CC-HGAI", "CC-VGIA", "CC-CPHA"), 20), figures=False)
    group = group_of(comparison.page(reading), "CC-MCAI")
    assert len(group.tiers) == 1
    assert group.one_tier


def test_colour_comes_with_a_sign_and_a_word(reading):
    group = group_of(comparison.page(reading), "CC-MCAI")
    for line in group.heat.lines:
        for cell in line.cells:
            assert cell.word
            assert {2: "+", -2: "−"}.get(cell.tone, "") == cell.sign


def test_a_change_is_called_clear_only_where_the_shown_interval_excludes_zero(reading):
    group = group_of(comparison.page(reading), "CC-MCAI")
    for line in group.changes.lines:
        for cell in filter(lambda cell: cell.interval, line.cells):
            low, high = (
                float(end.replace("−", "-").replace("+", "").replace(",", ".")) for end in cell.interval.split(" … ")
            )
            assert cell.verdict == (low > 0) - (high < 0)


def test_the_mixed_index_is_not_compared_with_another_mix(reading):
    group = group_of(comparison.page(reading), "CC-MCAI")
    assert heat.column_label(reading, "cdci") in group.changes.broken
    assert all(line.cells[0].text == "–" for line in group.changes.lines)


def test_a_unit_level_with_all_its_peers_does_not_list_their_names(alone):
    branches = ("CC-MCAI", "CC-HGAI", "CC-VGIA", "CC-CPHA", "CC-HMO", "CC-BPS")
    reading = alone(levels={"CC-BPS": -2.0}, answered=dict.fromkeys(branches, 20), figures=False)
    group = group_of(comparison.page(reading), "CC-MCAI")
    line = next(one for tier in group.tiers for one in tier.lines if one.unit == "CC-MCAI")
    assert reading.short("CC-BPS") in line.tied
    assert reading.short("CC-HGAI") not in line.tied
