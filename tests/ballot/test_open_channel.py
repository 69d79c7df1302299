"""The open channel: sheets without an invitation lie, are counted and are wiped apart from those of the invited."""

from __future__ import annotations

import os

import msgspec
import pytest
from peewee import OperationalError

from survey_app.backup import drop_boxes, note_wiped
from survey_app.ballot import box, count, drafts, envelopes, keys, minutes, open_channel, wipe
from survey_app.ballot.opening import Progress
from survey_app.ballot.outcome import Outcome
from survey_app.ballot.tokens import new_open_token, new_resume
from survey_app.database import database
from survey_app.errors import CodeRefused
from survey_app.models import OPEN, Comment, Count, Draft, Envelope, OpenEnvelope, ReceiptHash, Round
from survey_app.questionnaire.answers import Missing
from tests.ballot.conftest import Fieldwork, sheet
from tests.ballot.test_wipe import found

ANSWERS = {"units_dealt_with": ("A",), "size": ("small",), "sp1@A": ("4",), "better@A": ("Nhanh hơn",)}


@pytest.fixture
def fieldwork(open_round: Fieldwork) -> Fieldwork:
    """A round with an open channel."""
    Round.update(open_channel=True).where(Round.id == open_round.round.id).execute()
    open_round.round = Round.get_by_id(open_round.round.id)
    return open_round


def say(fieldwork, answers, key=None, **changes):
    """Somebody without an invitation submits a sheet; the envelope's key."""
    key = key or envelopes.new_key()
    open_channel.submit(new_open_token(fieldwork.round.id), sheet(answers, **changes), fieldwork.round, key)
    return key


def evaluated(fieldwork) -> Outcome:
    """What a count would find now."""
    progress: Progress = count.silent
    return count.evaluate(fieldwork.round, fieldwork.shares[:2], progress).outcome


def test_open_sheets_change_nothing_but_the_open_channels_own_numbers(fieldwork):
    fieldwork.answered(30)
    before = evaluated(fieldwork)
    for place in range(40):
        say(fieldwork, {**ANSWERS, "sp2@A": ("1",)}, label=place)
    after = evaluated(fieldwork)
    assert (before.open_channel.sheets, after.open_channel.sheets) == (0, 40)
    alike = [msgspec.structs.replace(one, open_channel=msgspec.UNSET).canonical() for one in (before, after)]
    assert alike[0] == alike[1]


def test_a_round_without_the_channel_counts_to_the_bytes_of_before_there_was_one(open_round):
    open_round.answered(12)
    outcome = evaluated(open_round)
    assert b"open_channel" not in outcome.canonical()
    assert Outcome.from_canonical(outcome.canonical()) == outcome


def test_answers_are_counted_over_all_units_where_fifteen_sheets_have_one(fieldwork):
    fieldwork.invite(1)
    for place in range(15):
        unit = "ABC"[place % 3]
        more = {"sp2@A": ("2",), "sp2@B": ("3",)} if place < 14 else {"sp2@A": Missing.DONT_KNOW}
        say(fieldwork, {"size": ("small",), f"sp1@{unit}": ("5" if place < 5 else "4",), **more})
    said = evaluated(fieldwork).open_channel
    assert said.sheets == 15
    assert said.answers["sp1"] == {"4": 10, "5": 5}
    assert said.answers["sp2"] == {}  # 28 answers, but of 14 sheets
    assert said.answers["size"] == {"small": 15}


def test_who_they_are_is_shown_in_cells_of_ten_or_nobody_outside(fieldwork):
    fieldwork.invite(1)
    for place in range(24):
        size = ("small",) if place < 20 else ("large",)
        say(fieldwork, {"size": size, "trades": ("import", "export") if place < 15 else ("import",), "sp1@A": ("4",)})
    answers = evaluated(fieldwork).open_channel.answers
    assert answers["size"] == {}  # four large ones would follow from twenty small ones
    assert answers["trades"] == {"import": 24}  # nine without "export" are too few


def test_numbers_are_counted_by_class_and_no_word_is_kept(fieldwork):
    fieldwork.answered(6)
    for _ in range(20):
        say(fieldwork, {"hours@A": ("31.7",), "better@A": ("Tôi là ai",), "wish": ("Bí mật",), "sp1@A": ("3",)})
    round_ = fieldwork.close()
    count.count_box(round_, fieldwork.shares[:2])
    stored = bytes(Count.get_by_id(round_.id).outcome)
    assert Outcome.from_canonical(stored).open_channel.answers["hours"] == {"24": 20}
    for word in ("31.7", "Tôi là ai", "Bí mật"):
        assert word.encode() not in stored
    assert not [row for row in Comment.select() if row.text in ("Tôi là ai", "Bí mật")]
    assert ReceiptHash.select().count() == 6
    assert minutes.read(round_.id).is_sound


@pytest.mark.parametrize("into_open", [True, False])
def test_an_envelope_moved_from_one_box_to_the_other_does_not_open_there(fieldwork, into_open):
    fieldwork.answered(20)
    say(fieldwork, ANSWERS)
    source, target = (Envelope, OpenEnvelope) if into_open else (OpenEnvelope, Envelope)
    moved = source.get()
    source.delete().where(source.key == moved.key).execute()
    target.insert(key=moved.key, round=moved.round, sealed=moved.sealed).execute()
    if not into_open:  # so that the box still holds no more envelopes than codes were used
        Envelope.delete().where(Envelope.key == Envelope.get(Envelope.key != moved.key).key).execute()
    counted = count.evaluate(fieldwork.round, fieldwork.shares[:2], count.silent)
    said = counted.outcome.open_channel
    assert (said.sheets, said.unopened) == ((1, 1) if into_open else (0, 0))
    assert counted.outcome.sheets == 19
    assert not counted.minutes.is_sound


def test_a_copied_envelope_is_counted_once(fieldwork):
    fieldwork.invite(1)
    say(fieldwork, ANSWERS)
    OpenEnvelope.insert(key=os.urandom(16), round=fieldwork.round.id, sealed=OpenEnvelope.get().sealed).execute()
    said = evaluated(fieldwork).open_channel
    assert (said.sheets, said.repeated, said.unopened) == (1, 1, 0)


def test_all_envelopes_of_both_boxes_have_one_size(fieldwork):
    fieldwork.answered(1)
    say(fieldwork, ANSWERS)
    say(fieldwork, {"wish": ("x" * 150,)})
    sizes = {len(row.sealed) for table in (Envelope, OpenEnvelope) for row in table.select()}
    assert sizes == {fieldwork.round.envelope_size}


# ---------------------------------------------------------------- into the box


def test_a_replay_with_the_sessions_own_key_is_a_success_and_one_sheet(fieldwork):
    token, key, content = new_open_token(fieldwork.round.id), envelopes.new_key(), sheet(ANSWERS)
    assert not open_channel.in_box(key)
    for _ in range(3):
        open_channel.submit(token, content, fieldwork.round, key)
    assert open_channel.in_box(key)
    assert (OpenEnvelope.select().count(), Envelope.select().count()) == (1, 0)
    fieldwork.close()
    open_channel.submit(token, content, fieldwork.round, key)  # what was thanked for stays thanked for


def test_a_draft_needs_no_invitation_and_is_gone_with_the_submit(fieldwork):
    token, resume = new_open_token(fieldwork.round.id), new_resume()
    content = drafts.DraftContent({"sp1@A": ("3",)}, "speed.A", {}, 1, 0, "vi")
    assert drafts.save(token, resume, content, 0) == 1
    assert drafts.open_draft(token, resume).answers == content.answers
    assert {len(row.sealed) for row in Draft.select()} == {2 * fieldwork.round.envelope_size}
    open_channel.submit(token, sheet(ANSWERS), fieldwork.round, envelopes.new_key())
    assert Draft.select().count() == 0
    drafts.save(token, resume, content, 0)
    fieldwork.close()
    assert Draft.select().count() == 0


@pytest.mark.parametrize("closed", [True, False])
def test_without_an_open_channel_or_after_closing_nothing_is_taken(open_round, closed):
    Round.update(open_channel=closed).where(Round.id == open_round.round.id).execute()
    if closed:
        open_round.close()
    with pytest.raises(CodeRefused):
        say(open_round, ANSWERS)
    content = drafts.DraftContent({"sp1@A": ("3",)}, "speed.A", {}, 1, 0, "vi")
    with pytest.raises(CodeRefused):
        drafts.save(new_open_token(open_round.round.id), new_resume(), content, 0)
    assert OpenEnvelope.select().count() == Draft.select().count() == 0


def test_a_submit_that_fails_half_way_leaves_the_draft_and_no_envelope(fieldwork, monkeypatch):
    token, resume = new_open_token(fieldwork.round.id), new_resume()
    drafts.save(token, resume, drafts.DraftContent({"sp1@A": ("3",)}, "speed.A", {}, 1, 0, "vi"), 0)
    monkeypatch.setattr(box, "destroy_draft", lambda identifier: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        open_channel.submit(token, sheet(ANSWERS), fieldwork.round, envelopes.new_key())
    monkeypatch.undo()
    assert OpenEnvelope.select().count() == 0
    assert drafts.open_draft(token, resume).answers == {"sp1@A": ("3",)}


def test_a_commit_whose_outcome_is_unknown_is_resolved_by_the_box(fieldwork, monkeypatch):
    commit = type(database.obj).commit

    def committed_but_unheard(self):
        commit(self)
        raise OperationalError("the connection fell")

    def never_arrived(self):
        self.rollback()
        raise OperationalError("the connection fell")

    monkeypatch.setattr(type(database.obj), "commit", committed_but_unheard)
    key = say(fieldwork, ANSWERS)
    monkeypatch.setattr(type(database.obj), "commit", never_arrived)
    with pytest.raises(OperationalError):
        say(fieldwork, ANSWERS)
    monkeypatch.undo()
    assert open_channel.in_box(key)
    assert OpenEnvelope.select().count() == 1


def test_the_two_channels_are_sealed_with_different_info():
    assert keys.binding("r", "h") != keys.open_binding("r", "h")


# ---------------------------------------------------------------- after the count


def test_a_recount_gives_the_same_hash_and_notices_a_sheet_that_is_gone(fieldwork):
    fieldwork.answered(8)
    for _ in range(16):
        say(fieldwork, ANSWERS)
    round_ = fieldwork.close()
    count.count_box(round_, fieldwork.shares[:2])
    written = minutes.read(round_.id).outcome
    assert count.recount(round_, fieldwork.shares[1:]) == written
    OpenEnvelope.delete().where(OpenEnvelope.key == OpenEnvelope.get().key).execute()
    assert count.recount(round_, fieldwork.shares[1:]) != written


def test_a_carver_finds_open_sheets_before_the_wipe_and_nothing_after(fieldwork, db):
    fieldwork.answered(4)
    for _ in range(3):
        say(fieldwork, ANSWERS)
    row = OpenEnvelope.get()
    needles = {"open envelope": bytes(row.sealed)[1000:1400], "its key": bytes(row.key)}
    database.execute_sql("ANALYZE")  # which samples keys
    round_ = fieldwork.close()
    count.count_box(round_, fieldwork.shares[:2])
    assert found(db, needles) == needles.keys()
    wipe.wipe(Round.get_by_id(round_.id))
    assert OpenEnvelope.select().count() == 0
    assert found(db, needles) == set()


def test_the_wipe_leaves_another_rounds_open_sheets(fieldwork, another_round):
    fieldwork.answered(3)
    other = another_round("cdci-2025")
    Round.update(open_channel=True).where(Round.state == OPEN).execute()
    say(other, ANSWERS)
    say(fieldwork, ANSWERS)
    round_ = fieldwork.close()
    count.count_box(round_, fieldwork.shares[:2])
    wipe.wipe(Round.get_by_id(round_.id))
    assert [row.round for row in OpenEnvelope.select()] == ["cdci-2025"]


def test_a_copy_that_brings_open_sheets_of_a_wiped_round_back_loses_them(fieldwork, db):
    fieldwork.answered(3)
    round_ = fieldwork.close()
    count.count_box(round_, fieldwork.shares[:2])
    wipe.wipe(Round.get_by_id(round_.id))
    note_wiped(db)
    OpenEnvelope.insert(key=b"1" * 16, round=round_.id, sealed=b"x").execute()
    assert drop_boxes(db) == (round_.id,)
    assert OpenEnvelope.select().count() == 0
