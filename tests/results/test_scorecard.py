"""What a scorecard says of units of every kind."""

from __future__ import annotations

from decimal import Decimal

import pytest

from survey_app.i18n import number
from survey_app.results import advice, questions, scorecard
from survey_app.results import asked as asking
from tests.results.rounds import BRANCHES


def lines_of(card):
    return {line.id: line for section in card.sections for line in section.lines}


def test_a_full_unit_says_number_interval_tier_and_rank_range(reading):
    card = scorecard.page_for("CC-VGIA", reading)
    score = reading.scores["CC-VGIA", "cdci"]
    assert card.headline.value == number(score.value, 1, "vi")
    assert card.headline.interval == f"{number(score.low, 1, 'vi')}–{number(score.high, 1, 'vi')}"
    _, standing = reading.standing("CC-VGIA", "cdci")
    assert card.headline.place.tier == str(standing.tier)
    assert card.headline.place.ranks == f"{standing.rank_low}–{standing.rank_high} / 6"
    assert "Hòn Gai" in card.headline.place.tied
    assert [part.share for part in card.headline.parts] == ["70 %", "30 %"]
    assert len(card.sub_indices) == 8
    assert len(lines_of(card)) == 77


def test_a_small_unit_is_shown_in_whole_numbers(reading):
    card = scorecard.page_for("CC-BPS", reading)
    assert "," not in card.headline.value
    assert all("," not in line.score and "," not in line.interval for line in card.sub_indices)
    assert all("," not in line.score for line in lines_of(card).values())


@pytest.mark.parametrize(
    ("unit", "reason"), [("CC-MCAI-KTGS1", "too_few"), ("CC-HGAI-NV", "too_few"), ("CC-MCAI-KS", "merged")]
)
def test_nothing_is_shown_of_a_unit_that_is_withheld_or_merged(reading, unit, reason):
    card = scorecard.page_for(unit, reading)
    assert reading.score(unit, reading.business).reason == reason
    assert card.reason
    assert card.explanation
    assert (card.headline, card.sub_indices, card.sections, card.hard) == (None, (), (), ())


def test_a_merged_unit_names_its_group_and_the_group_has_a_scorecard(reading_en):
    assert reading_en.name("NHOM-KIEM-SOAT") in scorecard.page_for("CC-MCAI-KS", reading_en).explanation
    assert scorecard.page_for("NHOM-KIEM-SOAT", reading_en).headline is not None


def test_a_team_with_a_dozen_sheets_has_sub_indices_but_no_question_and_no_rank(reading):
    card = scorecard.page_for("CC-VGIA-TT", reading)
    assert card.headline.place.tier == card.headline.place.ranks == ""
    assert "30" in card.headline.place.why
    assert all(line.bar is None and line.score == "–" and not line.n for line in lines_of(card).values())


def test_no_mean_stands_where_the_distribution_may_not_be_shown(reading):
    for unit in BRANCHES:
        for line in lines_of(scorecard.page_for(unit, reading)).values():
            assert (line.score == "–") == (line.bar is None)
            if line.bar is None:
                assert line.note


def test_no_shown_part_of_a_distribution_is_smaller_than_three(reading):
    for unit in BRANCHES:
        for line in lines_of(scorecard.page_for(unit, reading)).values():
            assert all(category.n >= 3 for category in line.categories)
            if line.categories:
                assert sum(category.n for category in line.categories) == int(line.n)


def test_a_sub_index_is_called_better_or_worse_only_where_the_interval_excludes_the_median(reading):
    for unit in BRANCHES:
        for line in scorecard.page_for(unit, reading).sub_indices:
            found, median = reading.interval(unit, line.id), reading.peer_median(unit, line.id)
            assert line.tone == (found.low.number > median.number) - (found.high.number < median.number)


def test_points_lost_add_up_to_what_is_missing_from_a_hundred(reading):
    for unit in BRANCHES:
        lost = sum(Decimal(line.lost.replace(",", ".")) for line in scorecard.page_for(unit, reading).sub_indices)
        shown = reading.score(unit, "business")
        assert abs(lost - (100 - shown.number)) <= Decimal("0.5") + Decimal("0.5") * (shown.decimals == 0)


def test_mend_first_comes_from_clearly_lower_sub_indices_or_says_that_there_is_none(reading):
    worst, best = (scorecard.page_for(unit, reading).advised for unit in ("CC-BPS", "CC-MCAI"))
    assert worst.note == ""
    assert len(worst.mend_first) == 3
    assert [one.text.split(":")[0] for one in worst.strengths] == ["Thời gian thông quan hàng nhập khẩu"], "a fact"
    assert best.note
    assert len(best.strengths) == 3


def test_hard_data_are_mended_first_where_they_cost_most_against_the_median(reading):
    """Recomputed: weight × (score − median) of every hard figure and question, the three lowest."""
    weights = reading.plan.effective_weights()
    for unit in BRANCHES:
        advised = scorecard.page_for(unit, reading).advised
        hard = {
            leaf.id: weights[leaf.id] * float(own.number - peers.number)
            for leaf in reading.plan.leaves
            if leaf.source == "hard"
            and (own := reading.score(unit, leaf.id)).number is not None
            and (peers := reading.peer_median(unit, leaf.id)).number is not None
        }
        said = {one.why for one in advised.mend_first if one.why.startswith("số liệu nghiệp vụ")}
        below = [leaf for leaf, gap in hard.items() if gap < 0]
        assert len(said) <= len(below) or advised.note
        if not advised.note and hard and min(hard.values()) < -0.5:
            assert said, f"{unit}: {hard}"


def test_without_comparable_units_the_page_says_so(reading):
    card = scorecard.page_for("P-GSQL", reading)
    assert all(line.median == "–" and line.word == "–" for line in card.sub_indices)
    tones = dict.fromkeys(reading.sub_indices, 0)
    alone = advice.advice(reading, "P-GSQL", tones, card.sections, ())
    assert "quá ít đơn vị cùng loại" in alone.no_strengths
    assert "quá ít đơn vị cùng loại" in alone.note
    assert len(alone.mend_first) == 3


def test_rounds_that_mix_their_parts_anew_are_not_joined_by_a_line(reading):
    card = scorecard.page_for("CC-MCAI", reading)
    assert [mark.label for mark in card.trend.marks] == ["2023", "2024"]
    assert card.trend.breaks
    assert not card.trend.lines
    assert "2024" in card.breaks


def test_a_last_round_score_is_shown_beside_the_question(reading):
    line = lines_of(scorecard.page_for("CC-MCAI", reading))["mb01"]
    before = reading.earlier[0]
    asked = next(
        one for section in before.questionnaire.sections for one in asking.asked_in(before, section) if one.id == "mb01"
    )
    assert line.earlier == before.write(questions.item_shown(before, "CC-MCAI", asked))


def test_all_numbers_are_the_same_in_both_languages(reading, reading_en):
    for unit in reading.lines:
        vi, en = scorecard.page_for(unit, reading), scorecard.page_for(unit, reading_en)
        if vi.headline is None:
            assert en.headline is None
            continue
        assert vi.headline.value.replace(",", ".") == en.headline.value
        for a, b in zip(vi.sub_indices, en.sub_indices, strict=True):
            for field in ("score", "interval", "median", "lost", "change", "change_range"):
                assert getattr(a, field).replace(",", ".") == getattr(b, field)
            assert a.strip == b.strip or a.strip.point == b.strip.point
        for item, line in lines_of(vi).items():
            other = lines_of(en)[item]
            for field in ("score", "median", "earlier", "n", "missing"):
                assert getattr(line, field).replace(",", ".") == getattr(other, field)


def test_the_median_of_hours_is_the_middle_of_the_tallied_answers(reading):
    tally = reading.result.tallies["CC-MCAI"]["tg01"]
    hours = sorted(float(code) for code, n in tally.items() if code[0].isdigit() for _ in range(n))
    middle = (hours[(len(hours) - 1) // 2] + hours[len(hours) // 2]) / 2
    fact = lines_of(scorecard.page_for("CC-MCAI", reading))["tg01"].fact
    assert f" {number(middle, 0 if middle == int(middle) else 1, 'vi')} giờ" in fact


def test_a_part_of_the_department_that_is_missing_for_one_unit_leaves_only_the_businesses_part(alone):
    reading = alone(figures=False)
    card = scorecard.page_for("CC-MCAI", reading)
    assert card.headline.value == reading.write(reading.score("CC-MCAI", "business"))
    assert card.headline.parts == ()
    assert card.department == "–"
