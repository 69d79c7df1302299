"""One sheet a code, one length for all, and nothing that opens before the count."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from peewee import OperationalError

from survey_app.ballot import box, drafts, envelopes, keys
from survey_app.ballot.envelopes import SealedContent
from survey_app.ballot.tokens import new_receipt, new_resume, new_token
from survey_app.database import database, is_sqlite
from survey_app.errors import CodeRefused, InvitationSpent, Refused, SheetTooLong
from survey_app.models import Draft, Envelope, Invitation, Round

ANSWERS = {"units_dealt_with": ("A", "B"), "sp1@A": ("4",), "better@A": ("Nhanh hơn",)}


def sheet(answers=ANSWERS):
    return SealedContent(answers=answers, receipt=new_receipt(), label=1, duration=2, language="vi")


def test_a_code_gives_exactly_one_sheet(open_round):
    token = open_round.invite(1)[0]
    open_round.submit(token, ANSWERS)
    for _ in range(3):
        with pytest.raises(InvitationSpent):
            open_round.submit(token, ANSWERS)
    assert Envelope.select().count() == 1
    assert Invitation.get_by_id(token.digest).used


def test_a_replay_with_the_sessions_own_key_is_a_success_and_one_sheet(open_round):
    token, key, content = open_round.invite(1)[0], envelopes.new_key(), sheet()
    assert not envelopes.in_box(key)
    assert not envelopes.already_submitted(token)
    for _ in range(3):
        envelopes.submit(token, content, open_round.round, key)
    assert Envelope.select().count() == 1
    assert envelopes.in_box(key)
    assert envelopes.already_submitted(token)


def test_a_second_device_with_its_own_key_is_told_that_its_sheet_is_not_in_the_box(open_round):
    token, mine, other = open_round.invite(1)[0], envelopes.new_key(), envelopes.new_key()
    envelopes.submit(token, sheet(), open_round.round, mine)
    with pytest.raises(InvitationSpent):
        envelopes.submit(token, sheet(), open_round.round, other)
    assert not envelopes.in_box(other)


# What one process of the race does: threads that submit the same code, each with a sheet of its own.
RACER = """
import sys, threading
from survey_app.config import read_settings
from survey_app.database import connect_to, database
connect_to(read_settings().database_url)
database.connect()
from survey_app.ballot import envelopes, tokens
from survey_app.errors import InvitationSpent
from survey_app.models import Round
round_ = Round.get_by_id("cdci-2024")
codes = [tokens.read_token(line) for line in sys.stdin]
gate = threading.Barrier(4)
def run():
    database.connect(reuse_if_open=True)
    for token in codes:
        gate.wait()
        content = envelopes.SealedContent({"sp1@A": ("4",)}, tokens.new_receipt(), 1, 2, "vi")
        try:
            envelopes.submit(token, content, round_)
            sys.stdout.write("in\\n")
        except InvitationSpent:
            sys.stdout.write("spent\\n")
    database.close()
threads = [threading.Thread(target=run) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_many_processes_and_threads_with_one_code_leave_one_sheet(open_round, db):
    tokens = open_round.invite(5)
    environment = os.environ | {"DATABASE_URL": db.database_url, "SURVEY_INSTANCE": str(db.instance)}
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        for _ in range(3)
    ]
    for racer in racers:
        racer.stdin.write("".join(f"{token.printed}\n" for token in tokens))
        racer.stdin.close()
    said = [line.strip() for racer in racers for line in racer.stdout]
    for racer in racers:
        assert racer.wait(timeout=120) == 0
        racer.stdout.close()
    assert sorted(said) == ["in"] * 5 + ["spent"] * (3 * 4 * 5 - 5)
    assert Envelope.select().count() == 5
    assert Invitation.select().where(Invitation.used == True).count() == 5  # noqa: E712


def test_all_envelopes_have_the_rounds_one_length(open_round):
    for token, text in zip(open_round.invite(4), ("", "ngắn", "x" * 200, "𠀀" * 200), strict=True):
        open_round.submit(token, {"better@A": (text,), "wish": (text,)})
    assert open_round.round.envelope_size % 4096 == 0
    assert {len(row.sealed) for row in Envelope.select()} == {open_round.round.envelope_size}


def test_an_envelope_holds_no_plain_word_and_nothing_of_its_sender(open_round):
    token = open_round.invite(1)[0]
    receipt = open_round.submit(token, ANSWERS)
    row = Envelope.get()
    for secret in (receipt.encode(), b"sp1@A", token.value, token.digest, "Nhanh hơn".encode()):
        assert secret not in bytes(row.sealed) + bytes(row.key)
    again = keys.SUITE.encrypt(b"", keys.public_key_of(keys.public_key_bytes(open_round.round)), b"")
    assert again[:32] != bytes(row.sealed)[:32]


def test_no_private_key_and_no_share_lies_in_database_or_instance(open_round, db):
    open_round.answered(5)
    shares = [keys.read_share(share) for share in open_round.shares]
    secret = keys.combine(shares[:2])
    seed = keys.key_pair(secret, open_round.round.id)
    assert seed.public == open_round.round.public_key
    needles = [
        secret,
        secret.hex().encode(),
        *(share.value for share in shares),
        *(s.encode() for s in open_round.shares),
    ]
    if is_sqlite():
        files = [file for file in Path(db.instance).rglob("*") if file.is_file()]
        assert files
        held = b"".join(file.read_bytes() for file in files)
    else:
        held = b"".join(repr(row).encode() for table in database.get_tables() for row in whole(table))
        needles += [repr(needle)[2:-1].encode() for needle in needles]
    assert not [needle for needle in needles if needle in held]


def whole(table):
    return database.execute_sql(f'SELECT * FROM "{table}"').fetchall()


def test_composed_and_decomposed_vietnamese_make_the_same_sheet(open_round):
    text = "Thủ tục rườm rà, chậm trễ"
    receipt = new_receipt()
    made = {
        envelopes.encoded(SealedContent({"wish": (unicodedata.normalize(form, text),)}, receipt, 1, 2, "vi"))
        for form in ("NFC", "NFD")
    }
    assert len(made) == 1
    assert text.encode() in made.pop()


def test_the_largest_sheet_fits_and_one_byte_more_is_refused_with_its_field(open_round):
    size = open_round.round.envelope_size
    empty = len(envelopes.encoded(sheet({"sp1@A": ("4",), "wish": ("",)})))
    room = size - keys.OVERHEAD - envelopes.padding.LENGTH - empty
    token = open_round.invite(1)[0]
    with pytest.raises(SheetTooLong, match="wish") as refused:
        open_round.submit(token, {"sp1@A": ("4",), "wish": ("x" * (room + 1),)}, label=1)
    assert refused.value.values["field"] == "wish"
    assert not envelopes.already_submitted(token)
    open_round.submit(token, {"sp1@A": ("4",), "wish": ("x" * room,)}, label=1)
    assert Envelope.get().sealed


def test_a_questionnaire_that_needs_more_than_32_kib_is_refused(monkeypatch):
    monkeypatch.setattr(envelopes, "largest_sheet", lambda questionnaire, register: 40_000)
    with pytest.raises(Refused, match="44 KiB; 32 KiB"):
        envelopes.envelope_size(None, {})


def test_the_size_is_the_smallest_multiple_that_holds_the_sheet(monkeypatch):
    around = 4 * 4096 - keys.OVERHEAD - envelopes.padding.LENGTH
    needed = around - len(envelopes.ENCODER.encode(SealedContent({}, new_receipt(), 2**32 - 1, None, "x" * 12)))
    for extra, size in ((0, 16384), (1, 20480)):
        monkeypatch.setattr(envelopes, "largest_sheet", lambda questionnaire, register, extra=extra: needed + extra)
        assert envelopes.envelope_size(None, {}) == size


def test_unknown_revoked_and_late_codes_leave_nothing_in_the_box(open_round):
    revoked, late = open_round.invite(2)
    Invitation.update(revoked=True).where(Invitation.digest == revoked.digest).execute()
    for token in (new_token(), revoked):
        with pytest.raises(CodeRefused):
            open_round.submit(token, ANSWERS)
    open_round.close()
    with pytest.raises(CodeRefused):
        open_round.submit(late, ANSWERS)
    assert Envelope.select().count() == 0
    assert not Invitation.select().where(Invitation.used == True).count()  # noqa: E712


def test_a_submit_that_fails_half_way_leaves_code_and_draft_as_they_were(open_round, monkeypatch):
    token, resume = open_round.invite(1)[0], new_resume()
    content = drafts.DraftContent({"sp1@A": ("3",)}, "speed.A", {}, 1, 0, "vi")
    drafts.save(token, resume, content, 0)
    monkeypatch.setattr(box, "destroy_draft", lambda identifier: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        open_round.submit(token, ANSWERS)
    monkeypatch.undo()
    assert Envelope.select().count() == 0
    assert not envelopes.already_submitted(token)
    assert drafts.open_draft(token, resume).answers == {"sp1@A": ("3",)}


def test_a_commit_whose_outcome_is_unknown_is_resolved_by_the_box(open_round, monkeypatch):
    token, lost = open_round.invite(2)
    commit = type(database.obj).commit

    def committed_but_unheard(self):
        commit(self)
        raise OperationalError("the connection fell")

    monkeypatch.setattr(type(database.obj), "commit", committed_but_unheard)
    envelopes.submit(token, sheet(), open_round.round)

    def never_arrived(self):
        self.rollback()
        raise OperationalError("the connection fell")

    monkeypatch.setattr(type(database.obj), "commit", never_arrived)
    with pytest.raises(OperationalError):
        envelopes.submit(lost, sheet(), open_round.round)
    monkeypatch.undo()
    assert envelopes.already_submitted(token)
    assert not envelopes.already_submitted(lost)
    assert Envelope.select().count() == 1


def test_a_round_without_a_frozen_size_takes_no_sheet(open_round):
    token = open_round.invite(1)[0]
    with pytest.raises(CodeRefused):
        envelopes.submit(token, sheet(), Round(id="cdci-2024", envelope_size=None))
    assert Draft.select().count() == Envelope.select().count() == 0
