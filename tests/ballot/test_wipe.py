"""Counted → wiped: a carver that finds everything before finds nothing after, on either engine."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from survey_app.ballot import count, drafts, minutes, wipe
from survey_app.ballot.tokens import new_resume
from survey_app.database import database, engine, is_sqlite
from survey_app.errors import Refused, WrongState
from survey_app.models import (
    COUNTED,
    WIPED,
    Comment,
    Count,
    Draft,
    Envelope,
    Invitation,
    ReceiptHash,
    Round,
)


def files_of(settings):
    """Every file in which the database may keep a byte."""
    if is_sqlite():
        folder = Path(settings.instance)
    else:
        database.execute_sql("CHECKPOINT")
        folder = Path(database.execute_sql("SHOW data_directory").fetchone()[0])
    return [file for part in ("base", "pg_wal", "") for file in (folder / part).rglob("*") if file.is_file()]


def found(settings, needles):
    """Names of the needles that lie in any of the database's files."""
    here = set()
    for file in files_of(settings):
        held = file.read_bytes()
        here |= {name for name, needle in needles.items() if needle in held}
    return here


def needles_of(open_round):
    """A stretch of every kind of thing that must be gone."""
    envelope, draft = Envelope.get(), Draft.get()
    return {
        "envelope": bytes(envelope.sealed)[1000:1400],
        "envelope's key": bytes(envelope.key),
        "draft": bytes(draft.sealed)[1000:1400],
        "draft's id": bytes(draft.id),
        "mark": open_round.tokens[0].digest,
    }


def abandoned_draft(open_round):
    token, resume = open_round.invite(1)[0], new_resume()
    for revision in range(3):
        content = drafts.DraftContent({"sp1@A": ("3",)}, "speed.A", {"speed.A": 9}, 1, 0, "vi")
        drafts.save(token, resume, content, revision)


def counted_round(open_round):
    round_ = open_round.close()
    count.count_box(round_, open_round.shares[:2])
    return Round.get_by_id(round_.id)


def test_a_carver_finds_everything_before_the_wipe_and_nothing_after(open_round, db):
    open_round.answered(25)
    abandoned_draft(open_round)
    needles = needles_of(open_round)
    assert found(db, needles) == needles.keys()
    database.execute_sql("ANALYZE")  # which samples digests and keys
    round_ = counted_round(open_round)
    assert {"envelope", "envelope's key", "mark"} <= found(db, needles)
    report = wipe.wipe(round_)
    assert (report.envelopes, report.drafts, report.invitations) == (25, 0, 26)
    assert found(db, needles) == set()
    assert Round.get_by_id(round_.id).state == WIPED
    assert minutes.read(round_.id).wiped_on is not None


def elsewhere(statement):
    """What another process reads from the same SQLite file, and closes it again."""
    program = (
        f"import sqlite3; there = sqlite3.connect({database.database!r}); "
        f"print(there.execute({statement!r}).fetchone()[0]); there.close()"
    )
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("deed", ["wipe", "connect"])
def test_what_we_write_after_another_process_has_closed_the_file_is_not_lost(open_round, db, deed):
    if not is_sqlite():
        return
    open_round.answered(3)
    round_ = counted_round(open_round)
    if deed == "wipe":
        wipe.wipe(round_)
    else:
        engine(db.database_url)  # as a second thread, or the queue, names the same file
    elsewhere("SELECT count(*) FROM round")
    Round.update(year=1999).where(Round.id == round_.id).execute()
    assert elsewhere("SELECT year FROM round") == "1999"


def test_what_the_count_left_survives_the_wipe(open_round):
    open_round.answered(25)
    round_ = counted_round(open_round)
    before = bytes(Count.get_by_id(round_.id).outcome)
    comments = Comment.select().count()
    wipe.wipe(round_)
    assert bytes(Count.get_by_id(round_.id).outcome) == before
    assert Comment.select().count() == comments > 0
    assert ReceiptHash.select().count() == 25


def test_a_round_that_is_being_answered_meanwhile_keeps_its_box(open_round, another_round):
    open_round.answered(5)
    round_ = counted_round(open_round)
    other = another_round("cdci-2025")
    other.answered(4)
    token, resume = other.invite(1)[0], new_resume()
    drafts.save(token, resume, drafts.DraftContent({"sp1@A": ("3",)}, "p", {}, 1, 0, "vi"), 0)
    wipe.wipe(round_)
    assert Envelope.select().where(Envelope.round == "cdci-2025").count() == Envelope.select().count() == 4
    assert Invitation.select().count() == 5
    assert drafts.open_draft(token, resume).answers == {"sp1@A": ("3",)}
    closed = other.close()
    count.count_box(closed, other.shares[:2])
    assert minutes.read("cdci-2025").is_sound


def test_a_round_that_is_not_counted_is_not_wiped(open_round):
    open_round.answered(3)
    with pytest.raises(WrongState):
        wipe.wipe(open_round.round)
    round_ = open_round.close()
    with pytest.raises(WrongState):
        wipe.wipe(round_)
    assert Envelope.select().count() == 3


def test_a_wipe_that_dies_is_counted_still_and_resumes(open_round, db, monkeypatch):
    open_round.answered(5)
    envelope = bytes(Envelope.get().sealed)[1000:1400]
    round_ = counted_round(open_round)
    assert wipe.unfinished() == []

    def die():
        raise KeyboardInterrupt

    name = "scrub_sqlite" if is_sqlite() else "scrub_postgresql"
    monkeypatch.setattr(wipe, name, die)
    with pytest.raises(KeyboardInterrupt):
        wipe.wipe(round_)
    monkeypatch.undo()
    assert Round.get_by_id(round_.id).state == COUNTED
    assert found(db, {"envelope": envelope})
    assert wipe.unfinished() == [round_.id]
    with pytest.raises(WrongState, match="cannot be recounted"):
        count.recount(round_, open_round.shares[:2])
    assert wipe.wipe(round_).envelopes == 0
    assert Round.get_by_id(round_.id).state == WIPED
    assert wipe.unfinished() == []
    assert not found(db, {"envelope": envelope})


def test_a_wipe_that_dies_while_it_deletes_leaves_the_whole_box(open_round, monkeypatch):
    open_round.answered(5)
    round_ = counted_round(open_round)
    monkeypatch.setattr(minutes, "amend", lambda *arguments, **changes: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        wipe.wipe(round_)
    monkeypatch.undo()
    assert (Envelope.select().count(), Invitation.select().count()) == (5, 5)
    assert count.recount(round_, open_round.shares[:2]) == minutes.read(round_.id).outcome


def test_a_second_wipe_does_nothing(open_round):
    open_round.answered(3)
    round_ = counted_round(open_round)
    wipe.wipe(round_)
    assert wipe.wipe(round_) == wipe.Report(round_.id, 0, 0, 0)


def test_nothing_is_deleted_where_something_for_the_wipe_is_missing(open_round, monkeypatch):
    open_round.answered(3)
    round_ = counted_round(open_round)
    if is_sqlite():
        database.execute_sql("PRAGMA secure_delete = 0")
        reason = "secure_delete is off"
    else:
        database.execute_sql("CREATE ROLE plain")
        database.execute_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO plain")
        database.execute_sql("SET ROLE plain")
        reason = "pg_switch_wal"
    try:
        with pytest.raises(wipe.NotWiped, match=reason):
            wipe.wipe(round_)
    finally:
        if not is_sqlite():
            database.execute_sql("RESET ROLE")
            database.execute_sql("DROP OWNED BY plain")
            database.execute_sql("DROP ROLE plain")
    assert Envelope.select().count() == 3
    assert Round.get_by_id(round_.id).state == COUNTED


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_setting_that_keeps_the_log_is_reported(open_round, monkeypatch):
    assert wipe.obstacles() == ()
    monkeypatch.setattr(wipe, "SETTINGS", (("wal_recycle", "on"), ("track_commit_timestamp", "off")))
    assert [str(remark) for remark in wipe.obstacles()] == ["PostgreSQL's wal_recycle must be on."]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_session_that_still_sees_the_box_is_in_the_way(open_round, db, monkeypatch):
    """A snapshot from before keeps the deleted rows through VACUUM FULL."""
    open_round.answered(3)
    round_ = counted_round(open_round)
    envelope = bytes(Envelope.get().sealed)[1000:1400]
    monkeypatch.setattr(wipe, "TRIES", 2)
    with psycopg.connect(db.database_url) as other:
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        other.execute("SELECT count(*) FROM envelope")
        with pytest.raises(wipe.NotWiped, match="still sees what was deleted"):
            wipe.wipe(round_)
        assert Round.get_by_id(round_.id).state == COUNTED
        other.rollback()
        wipe.wipe(round_)
        assert Round.get_by_id(round_.id).state == WIPED
        assert not found(db, {"envelope": envelope})


def test_a_box_that_was_dropped_is_not_counted(open_round):
    open_round.answered(3)
    round_ = open_round.close()
    for table in (Envelope, Invitation):
        table.delete().execute()
    with pytest.raises(Refused, match="was dropped"):
        count.count_box(round_, open_round.shares[:2])
    assert Round.get_by_id(round_.id).state == "closed"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_reader_that_holds_the_log_open_is_reported_as_not_wiped(open_round, monkeypatch):
    open_round.answered(3)
    round_ = counted_round(open_round)
    monkeypatch.setattr(wipe, "TRIES", 2)
    database.execute_sql("PRAGMA busy_timeout = 100")
    reader = sqlite3.connect(database.database)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM envelope").fetchone()
    with pytest.raises(wipe.NotWiped, match="write-ahead log"):
        wipe.wipe(round_)
    assert Round.get_by_id(round_.id).state == COUNTED
    reader.close()
    wipe.wipe(round_)
    assert Round.get_by_id(round_.id).state == WIPED


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_the_carver_would_find_the_samples_that_analyze_keeps(open_round, db, monkeypatch):
    open_round.answered(25)
    key = {"envelope's key": bytes(Envelope.get().key)}
    database.execute_sql("ANALYZE")
    round_ = counted_round(open_round)
    monkeypatch.setattr(wipe, "SAMPLED", ())
    wipe.wipe(round_)
    assert found(db, key) == key.keys()
