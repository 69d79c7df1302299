"""What stands beside a score: last round's actions with what this round says, and the unit's own explanation."""

from __future__ import annotations

import dataclasses
import datetime
import re

import msgspec
import pytest

from survey_app.i18n import number
from survey_app.results import bindery, effects, follow_up, scorecard
from survey_app.results.bindery import Task
from survey_app.results.follow_up import FollowUp, PastAction
from tests.results.test_documents import html_of, printed, words_of

DAY = datetime.date(2024, 12, 1)
REPLY = "Cầu dẫn vào bãi sửa chữa 7 tuần.\nĐơn vị tiếp thu <b>ý kiến</b> & sẽ khắc phục."


def past(unit, node, number_=1, **changes):
    """An action of the round before."""
    action = PastAction(
        number_, "plan", unit, node, f"Việc {number_}", "Đội Nghiệp vụ", datetime.date(2024, 6, 30), 2.5, "under_way",
        "Đang làm", datetime.date(2024, 5, 2),
    )  # fmt: skip
    return msgspec.structs.replace(action, **changes)


def beside(reading, actions, replies=()):
    """The reading with these actions and replies."""
    of = reading.earlier[0].result.round
    return dataclasses.replace(reading, follow_up=FollowUp(tuple(replies), of, tuple(actions), DAY))


@pytest.fixture(scope="module")
def beside_all(reading):
    """An action of every unit at every sub-index."""
    pairs = [(unit, node) for unit in reading.earlier[0].lines for node in reading.sub_indices]
    actions = [past(unit, node, place) for place, (unit, node) in enumerate(pairs, 1)]
    return beside(reading, actions, [("CC-MCAI", REPLY)])


# ---------------------------------------------------------------- what the next round says


def test_each_verdict_is_what_the_interval_says(beside_all):
    """By another route: from the Result's own changes, rounded as the two scores are shown."""
    changes = {(one.unit, one.node): one for one in beside_all.result.changes}
    seen = set()
    for unit in beside_all.lines:
        for line, action in zip(
            effects.lines(unit, beside_all), [a for a in beside_all.follow_up.actions if a.unit == unit], strict=True
        ):
            told = line.effect
            if told.verdict is None:
                assert told.change == told.interval == ""
                assert told.why
                continue
            change = changes[unit, action.node]
            now, then = beside_all.score(unit, action.node), beside_all.earlier[0].score(unit, action.node)
            places = min(now.decimals, then.decimals)
            low, high = (round(end, places) for end in (change.low, change.high))
            assert told.verdict == (1 if low > 0 else -1 if high < 0 else 0)
            assert number(abs(change.difference), places, "vi").lstrip("+\u2212") in told.change
            seen.add(told.verdict)
    assert seen == {-1, 0, 1}


def test_nothing_is_told_of_a_score_that_is_withheld_in_one_of_the_rounds(beside_all):
    before, hidden = beside_all.earlier[0], 0
    for unit in beside_all.lines:
        for line, node in zip(effects.lines(unit, beside_all), beside_all.sub_indices, strict=False):
            scores = beside_all.score(unit, node).number, before.score(unit, node).number
            if None in scores:
                hidden += 1
                assert (line.effect.verdict, line.effect.change, line.effect.interval) == (None, "", "")
    assert hidden > 10


def test_a_sub_index_that_is_gone_cannot_be_compared(reading_en):
    (line,) = effects.lines("CC-MCAI", beside(reading_en, [past("CC-MCAI", "gone")]))
    assert (line.effect.word, line.effect.why) == ("cannot be compared", "this round has no such sub-index")


def test_a_unit_reported_with_a_group_cannot_be_compared(reading_en):
    node = reading_en.sub_indices[0]
    (line,) = effects.lines("CC-MCAI-KS", beside(reading_en, [past("CC-MCAI-KS", node)]))
    assert line.effect.word == "cannot be compared"
    assert line.effect.why.startswith("reported together with")


def renamed(reading, old, **changes):
    """The round before as it would be with this unit's line changed."""
    before = reading.earlier[0]
    lines = tuple(
        msgspec.structs.replace(line, **changes) if line.code == old else line for line in before.result.units
    )
    earlier = dataclasses.replace(before, result=msgspec.structs.replace(before.result, units=lines))
    return dataclasses.replace(reading, earlier=(earlier,))


def test_a_successor_takes_over_what_its_predecessor_had_planned(reading_en):
    """CC-HMO was called CC-OLD in the round before, and named CC-HMO as its successor."""
    node = reading_en.sub_indices[0]
    moved = renamed(reading_en, "CC-HMO", code="CC-OLD", successor="CC-HMO")
    (line,) = effects.lines("CC-HMO", beside(moved, [past("CC-OLD", node)]))
    assert effects.successor("CC-OLD", moved.earlier[0], moved) == ("CC-HMO", "")
    assert line.unit == "CC-OLD"
    assert not effects.lines("CC-MCAI", beside(moved, [past("CC-OLD", node)]))


def test_units_that_were_joined_or_ended_cannot_be_compared(reading_en):
    joined = renamed(renamed(reading_en, "CC-HMO", code="O1", successor="CC-BPS"), "CC-VGIA", code="O2")
    found = effects.effect("O1", reading_en.sub_indices[0], joined.earlier[0], joined)
    assert (found.word, "several units became" in found.why) == ("cannot be compared", True)
    ended = effects.effect("O2", reading_en.sub_indices[0], joined.earlier[0], joined)
    assert ended.why == "the unit is not rated any more"


def test_before_the_next_round_is_published_nothing_is_said(reading_en):
    found = effects.effect("CC-MCAI", reading_en.sub_indices[0], reading_en, None)
    assert (found.verdict, found.why) == (None, "The next round is not published yet.")


def test_overdue_is_judged_on_the_day_of_publication(reading):
    node = reading.sub_indices[0]
    due = [past("CC-MCAI", node, 1), past("CC-MCAI", node, 2, due=DAY), past("CC-MCAI", node, 3, status="done")]
    assert [line.overdue for line in effects.lines("CC-MCAI", beside(reading, due))] == [True, False, False]


@pytest.mark.parametrize(("effect", "words"), [(None, "–"), (2.0, "+2"), (2.5, "+2,5"), (10.0, "+10"), (0.0, "0")])
def test_expected_points_are_written_as_people_write_them(effect, words):
    assert effects.points("vi", effect) == words


# ---------------------------------------------------------------- the scorecard


def test_actions_of_another_round_than_the_last_are_not_shown(reading):
    other = dataclasses.replace(
        reading, follow_up=FollowUp((), "cdci-2020", (past("CC-MCAI", reading.sub_indices[0]),), DAY)
    )
    assert effects.lines("CC-MCAI", other) == ()


def test_page_and_pdf_say_the_same_of_actions_and_reply(beside_all, press):
    card = scorecard.page_for("CC-MCAI", beside_all)
    assert card.reply == tuple(REPLY.split("\n"))
    assert len(card.followed) == len(beside_all.sub_indices)
    text = printed(bindery.document(Task("scorecard", "CC-MCAI", "vi"), beside_all, press)).lower()
    missing = [
        word for word in words_of(html_of(press, beside_all, "scorecard", "CC-MCAI")) if word.lower() not in text
    ]
    assert missing == []
    for line in card.followed:
        assert re.sub(r"\s", "", line.effect.interval).lower() in text


def test_a_withheld_unit_may_speak_too(reading, press):
    spoken = beside(reading, [], [("CC-MCAI-KS", REPLY)])
    card = scorecard.page_for("CC-MCAI-KS", spoken)
    assert card.reason
    assert "Cầudẫnvàobãi" in printed(bindery.document(Task("scorecard", "CC-MCAI-KS", "vi"), spoken, press))


def test_the_same_actions_give_the_same_bytes_and_none_give_those_of_before(beside_all, reading, press):
    task = Task("scorecard", "CC-BPS", "vi")
    through = dataclasses.replace(reading, follow_up=follow_up.read(beside_all.follow_up.canonical()))
    assert bindery.document(task, beside_all, press) == bindery.document(task, through, press)
    nothing = dataclasses.replace(reading, follow_up=follow_up.read(b""))
    assert bindery.document(task, reading, press) == bindery.document(task, nothing, press)
