"""No joined answer follows from a sub-index; where it would, the sub-index is shown more coarsely."""

from __future__ import annotations

from decimal import Decimal

import pytest

from survey_app.questionnaire import schema
from survey_app.results import asked as asking
from survey_app.results import inference, questions, scorecard
from survey_app.results.disclosure import Part
from survey_app.scoring.joined import determined_by_mean
from survey_app.scoring.leaf import Leaf, Normalise


def what_follows(reading, shown):
    """Joined answers that follow from the sub-indices where these are shown as `shown` says."""
    known = {one.id: one for section in reading.questionnaire.sections for one in asking.asked_in(reading, section)}
    for unit, group in reading.groups.items():
        for sub in group.sub_indices:
            mean = inference.shown_mean(reading, unit, sub.id, shown(unit, sub.id))
            if mean is None:
                continue
            weighed = inference.weighed_questions(reading, unit, sub, known)
            for leaf, one in weighed.items():
                if (unit, known[leaf].id) in reading.guard.hidden:
                    weighed[leaf] = inference.withheld(one)
            yield from determined_by_mean(weighed.values(), *mean)


def test_nothing_follows_from_what_is_shown(reading):
    guard = reading.guard
    assert guard.whole, "else the example puts nothing to the test"
    assert list(what_follows(reading, lambda unit, sub: None)), "to one decimal something would"
    assert not list(what_follows(reading, lambda unit, sub: 0 if (unit, sub) in guard.whole else None))


def test_a_guarded_sub_index_is_a_whole_number_everywhere(reading):
    for unit, sub in reading.guard.whole:
        interval = reading.interval(unit, sub)
        for one in (interval.score, interval.low, interval.high):
            assert one.decimals == 0
            assert one.number == one.number.to_integral_value()


def test_a_guarded_question_says_why_nothing_is_shown(reading, monkeypatch):
    unit, asked = next(
        (unit, asked)
        for unit, asked in asking.published_items(reading)
        if asking.distribution(reading, unit, asked).parts
    )
    hidden = inference.Guard(frozenset(), frozenset({(unit, asked.id)}))
    monkeypatch.setitem(reading.__dict__, "guard", hidden)
    line = next(
        line for section in scorecard.page_for(unit, reading).sections for line in section.lines if line.id == asked.id
    )
    assert line.bar is None
    assert line.score == "–"
    assert "cùng với các số khác" in line.note


AGREE = Leaf(id="q", statistic="mean", direction="higher", normalise=Normalise(method="goalposts", low=1, high=5))


@pytest.mark.parametrize(
    ("parts", "score"),
    [
        ((Part(("1", "2", "3"), 4), Part(("4",), 10), Part(("5",), 6)), (4 * 25 + 10 * 75 + 6 * 100) / 20),
        ((Part(("1", "2"), 3), Part(("3", "4", "5"), 17)), (3 * 12.5 + 17 * 75) / 20),
    ],
)
def test_joined_answers_count_as_their_middle(parts, score):
    assert asking.grouped_score(AGREE, parts) == pytest.approx(score)


def test_a_score_beside_joined_answers_is_that_of_the_joined_answers(reading):
    seen = 0
    for unit, asked in asking.published_items(reading):
        answers = reading.distribution(unit, asked)
        if any(len(part.codes) > 1 for part in answers.parts):
            shown = questions.item_score(reading, unit, asked, answers)
            assert shown.decimals == 0
            if isinstance(asked.question, schema.Number):
                continue
            grouped = asking.grouped_score(asked.leaf, answers.parts)
            assert abs(shown.number - Decimal(str(grouped))) <= Decimal("0.5")
            seen += 1
    assert seen > 100
