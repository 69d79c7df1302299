"""Heads read the draft before publication: it is what is published, its figures stand still, replies end with it."""

from __future__ import annotations

import datetime
import hashlib
import threading

import msgspec
import pytest

from survey_app import jobs
from survey_app.database import database
from survey_app.errors import NotFound, Refused, WrongState
from survey_app.fieldwork import figures, rounds
from survey_app.fieldwork.figures import Entry
from survey_app.models import (
    PUBLISHED,
    WIPED,
    Action,
    AuditEntry,
    Document,
    Reply,
    Round,
    StoredFollowUp,
    StoredResult,
)
from survey_app.results import follow_up, freeze, replies, scorecard, signature, stored, verification
from survey_app.staff import actions, plans
from survey_app.staff.actions import Line
from survey_app.staff.plans import Changed
from survey_app.staff.typed import Unfit
from tests.results.test_freeze import counted_round

DAY = datetime.date(2026, 3, 10)
WHO = "officer@example.vn"


def wiped(settings, **changes):
    """A counted round as it stands after the wipe."""
    counted = counted_round(settings, **changes)
    Round.update(state=WIPED).where(Round.id == counted.id).execute()
    return rounds.round_by_id(counted.id)


def opened(settings, days=7, **changes):
    """A round whose draft is before the heads."""
    round_ = wiped(settings, **changes)
    replies.open_draft(round_, days, WHO, DAY, signature.public_key(settings))
    return rounds.round_by_id(round_.id)


def reply(round_, text, version=0, unit="A"):
    replies.write_reply(rounds.round_by_id(round_.id), unit, {"text": text}, version, "head@example.vn", DAY)


def publish(settings, round_):
    """Without the documents, which take their time."""
    row = rounds.round_by_id(round_.id)
    follow_up.freeze(replies.result_to_publish(row, signature.public_key(settings)))
    rounds.mark_published(row)
    return rounds.round_by_id(round_.id)


def publish_whole(settings, round_):
    jobs.publish(settings, rounds.round_by_id(round_.id), lambda done, total: None)
    return rounds.round_by_id(round_.id)


# ---------------------------------------------------------------- the draft


def test_the_draft_is_what_is_published(db):
    round_ = opened(db)
    draft = replies.reading_of(round_, "vi")
    before = scorecard.page_for("A", draft)
    published = publish_whole(db, round_)
    after = stored.reading_of(published.id, "vi")
    assert after.result.hash == draft.result.hash == published.reply_result
    assert scorecard.page_for("A", after) == before
    assert StoredResult.select().count() == 1
    assert all(check.holds for check in verification.verify(db, published))


def test_the_draft_is_registered_as_a_release_like_any_other(db, monkeypatch):
    round_ = wiped(db)

    def exposed(round_, result):
        raise Refused("hidden numbers")

    monkeypatch.setattr(freeze, "refuse_exposed", exposed)
    with pytest.raises(Refused, match="hidden numbers"):
        replies.open_draft(round_, 7, WHO, DAY, "")
    assert rounds.round_by_id(round_.id).reply_result is None
    assert not StoredResult.select().exists()


@pytest.mark.parametrize("state", ["open", "closed", "counted", "published"])
def test_there_is_no_draft_before_the_wipe_or_after_publication(db, state):
    counted = counted_round(db, sheets=12)
    Round.update(state=state).where(Round.id == counted.id).execute()
    with pytest.raises(WrongState):
        replies.open_draft(rounds.round_by_id(counted.id), 7, WHO, DAY, "")
    with pytest.raises(NotFound):
        replies.reading_of(rounds.round_by_id(counted.id), "vi")


@pytest.mark.parametrize("days", [0, 61, -3])
def test_the_number_of_days_is_a_sensible_one(db, days):
    with pytest.raises(Refused, match="1 to 60 days"):
        replies.open_draft(wiped(db, sheets=12), days, WHO, DAY, "")


def test_figures_stand_still_while_the_heads_read(db):
    round_ = opened(db)
    entry = Entry("A", "hours", 13.0)
    with pytest.raises(WrongState, match="Take the draft back"):
        figures.enter(round_, "hard", ["hours"], [entry])
    replies.take_back(round_, WHO)
    figures.enter(rounds.round_by_id(round_.id), "hard", ["hours"], [entry])
    replies.open_draft(rounds.round_by_id(round_.id), 7, WHO, DAY, signature.public_key(db))
    again = rounds.round_by_id(round_.id)
    assert again.reply_result != round_.reply_result
    assert publish(db, again).reply_result == stored.current(round_.id).hash
    actions_ = [entry.action for entry in AuditEntry.select().order_by(AuditEntry.id)]
    assert actions_[-3:] == ["draft opened to the unit heads", "draft taken back", "draft opened to the unit heads"]


def test_days_may_be_added_without_another_result(db):
    round_ = opened(db)
    replies.open_draft(round_, 20, WHO, DAY, signature.public_key(db))
    assert rounds.round_by_id(round_.id).reply_until == DAY + datetime.timedelta(days=20)
    assert StoredResult.select().count() == 1


def test_publication_before_the_days_are_over_must_be_confirmed(db):
    round_ = opened(db)
    last = DAY + datetime.timedelta(days=7)
    assert rounds.replies_until(round_, last) == last
    assert rounds.replies_until(round_, last + datetime.timedelta(days=1)) is None
    Round.update(reply_until=datetime.date(2999, 1, 1)).where(Round.id == round_.id).execute()
    round_ = rounds.round_by_id(round_.id)
    with pytest.raises(WrongState, match="01/01/2999"):
        jobs.start_publish(db, round_)
    assert rounds.publishing_note(round_).startswith("EARLY")
    rounds.refuse_early_publication(round_, early=True)


# ---------------------------------------------------------------- replies


def test_a_reply_is_printed_beside_the_score_as_it_stood_at_publication(db):
    round_ = opened(db)
    reply(round_, "Lời đầu")
    reply(round_, "Lời sau\r\n\r\nđoạn hai", version=1)
    publish(db, round_)
    card = scorecard.page_for("A", stored.reading_of(round_.id, "vi"))
    assert card.reply == ("Lời sau", "đoạn hai")
    with pytest.raises(WrongState):
        reply(round_, "Muộn", version=2)
    assert scorecard.page_for("B", stored.reading_of(round_.id, "vi")).reply == ()


def test_a_second_rendering_gives_the_same_bytes_though_the_tables_went_on(db):
    round_ = opened(db)
    reply(round_, "Đơn vị giải trình")
    publish_whole(db, round_)
    first = {(row.kind, row.unit, row.language): row.sha256 for row in Document.select()}
    Reply.update(text="sửa trong bảng").execute()
    publish_whole(db, round_)
    assert {(row.kind, row.unit, row.language): row.sha256 for row in Document.select()} == first
    for row in Document.select():
        assert hashlib.sha256((db.instance / row.path).read_bytes()).hexdigest() == row.sha256


def test_a_reply_to_a_draft_that_was_taken_back_is_not_printed(db):
    round_ = opened(db)
    reply(round_, "Về số liệu cũ")
    replies.take_back(round_, WHO)
    publish(db, round_)
    assert scorecard.page_for("A", stored.reading_of(round_.id, "vi")).reply == ()
    assert Reply.select().count() == 1, "it is kept"


def test_of_two_who_write_one_reply_the_second_is_told(db):
    round_ = opened(db, sheets=12)
    reply(round_, "Một")
    with pytest.raises(Changed):
        reply(round_, "Hai")
    reply(round_, "Ba", version=1)
    with pytest.raises(Changed):
        reply(round_, "Bốn", version=1)
    reply(round_, "", version=2)
    assert not Reply.select().exists()
    assert replies.replied(round_) == []


@pytest.mark.parametrize("text", ["x" * 2001, "mặt cười 😀"])
def test_a_reply_that_could_not_be_printed_is_refused(db, text):
    round_ = opened(db, sheets=12)
    with pytest.raises(Unfit):
        reply(round_, text)
    assert not Reply.select().exists()


def test_replies_end_when_publication_begins(db):
    round_ = opened(db, sheets=12)
    reply(round_, "Một")
    follow_up.freeze(replies.draft_of(round_))
    with pytest.raises(WrongState, match="being published"):
        reply(round_, "Hai", version=1)
    replies.take_back(round_, WHO)
    assert not StoredFollowUp.select().exists()


def test_a_publication_that_failed_before_the_draft_does_not_close_the_replies(db):
    round_ = wiped(db, sheets=12)
    follow_up.freeze(replies.result_to_publish(round_, signature.public_key(db)))
    replies.open_draft(round_, 7, WHO, DAY, signature.public_key(db))
    reply(round_, "Một")
    publish(db, round_)
    assert follow_up.kept(stored.current(round_.id).hash).reply("A") == "Một"


def test_a_reply_saved_at_the_moment_of_publication_is_printed_or_refused(db):
    round_ = opened(db, sheets=12)
    start, saved = threading.Barrier(2), []

    def write():
        start.wait()
        try:
            reply(round_, "Kịp")
            saved.append(True)
        except WrongState:
            saved.append(False)
        finally:
            database.close()

    thread = threading.Thread(target=write)
    thread.start()
    start.wait()
    kept = follow_up.freeze(replies.draft_of(round_))
    thread.join()
    assert (kept.reply("A") == "Kịp") is saved[0]


# ---------------------------------------------------------------- last round's actions, frozen


def test_what_had_become_of_last_rounds_actions_is_frozen_at_publication(db):
    first = wiped(db, round_id="tiny-2025")
    publish(db, first)
    assert rounds.round_by_id(first.id).state == PUBLISHED
    line = Line("Việc", "Ai", datetime.date(2026, 1, 31), "service", 2.0)
    actions.add_line(first := rounds.round_by_id(first.id), "A", line, "head")
    actions.add_line(first, "B", line, "head")
    plans.send(first, "A", "head", DAY)
    plans.approve(first, "A", plans.plan_of(first.id, "A").version, "director", DAY)
    order = actions.give_order(first, "B", line, "director")
    second = publish(db, wiped(db, round_id="tiny-2026", previous="tiny-2025"))
    kept = stored.reading_of(second.id, "vi").follow_up
    assert [(one.kind, one.unit) for one in kept.actions] == [("order", "B"), ("plan", "A")], "B's plan was not sent"
    actions.note(order, {"status": "done", "text": "Xong"}, "director", DAY, director=True)
    assert stored.reading_of(second.id, "vi").follow_up == kept
    assert stored.following("tiny-2025", "vi").result.round == "tiny-2026"
    assert stored.following("tiny-2026", "vi") is None
    assert Action.get_by_id(order.id).status == "done"


def test_a_round_published_again_under_another_result_keeps_what_stood_beside_it(db):
    round_ = opened(db, sheets=12)
    reply(round_, "Lời")
    publish(db, round_)
    result = stored.current(round_.id)
    other = msgspec.structs.replace(result, pedigree=msgspec.structs.replace(result.pedigree, code="1.0.1"))
    StoredResult.insert(hash=other.hash, round=round_.id, canonical=other.canonical(), current=True).execute()
    assert follow_up.freeze(other).reply("A") == "Lời"


def test_a_round_published_before_this_was_kept_has_nothing_beside_it(db):
    round_ = wiped(db, sheets=12)
    result = freeze.freeze(round_)
    Round.update(state=PUBLISHED).where(Round.id == round_.id).execute()
    assert stored.reading_of(round_.id, "vi").follow_up == follow_up.NOTHING
    assert follow_up.kept(result.hash) == follow_up.NOTHING
