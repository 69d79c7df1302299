"""What a round leaves behind: nothing that tells who answered, in any file or table, whatever went wrong on the way.

Threat: somebody takes the disk, or a copy of it. Everything that was written is searched (`evidence.py`): the database
with its free pages and its log of changes, the database server's log, the queue's tables, the instance, temporary
files, what the servers said. Rate limits, sessions and the day's key have no file to be searched; nothing is mailed.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterable

from survey_app.database import is_sqlite
from tests.privacy import waldump
from tests.privacy.campaign import BROWSER, FAR, NEAR, Campaign, campaign, email
from tests.privacy.evidence import files_of

# The only places where something may stand: a table, and with it the database's own files.
MAY_STAND = {
    "digest": {"invitation"},  # by it a typed code is found; the wipe takes it away
    "e-mail": {"business"},  # the frame says whom to invite; it is there before anybody answers, and stays
}
# What must be among the files, or too little was searched.
SQLITE = ("/survey.db", "/survey.db-wal", "/jobs.db", "/server-traces.log", "/secrets/")
POSTGRESQL = ("/base/", "/pg_wal/", "/log", "/server-traces.log", "/secrets/")


def test_nothing_that_identifies_a_respondent_is_written_anywhere(db, monkeypatch):
    temporary = db.instance / "temporary"  # so that it is searched as often as the instance
    temporary.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(temporary))
    real = campaign(db, 12, random.Random(), "traces", 2026)
    files = [*real.evidence.files, *((str(path), path.read_bytes()) for path in (db.instance / "secrets").iterdir())]
    for part in SQLITE if is_sqlite() else POSTGRESQL:
        assert any(part in name for name, _ in files), f"{part} was not searched"
    outside = [(name, content) for name, content in files if not is_of_database(name)]
    rows = [(row.table, row.content) for row in real.evidence.rows]
    assert is_sqlite() or "task" in dict(rows), "the queue's table was not searched"
    for kind, marks in marks_of_all(real).items():
        tables = MAY_STAND.get(kind, set())
        assert traces(rows, marks) == tables, kind
        assert traces(outside if tables else files, marks) == set(), kind
    if not is_sqlite():
        assert waldump.paired(real.evidence.log, real.evidence) == 12, "pg_waldump shows less than it could"
        assert waldump.paired(real.evidence.log_left, real.evidence) == 0
    assert "POST respond.enter failed: " in real.log, "an error of ours was put to the test"
    assert "A request could not be served: " in real.log
    assert not re.search(r"/answer/|/start|\d-\d\d \d\d:(?!00 )", real.log), "an address of a page, a minute"


def marks_of_all(real: Campaign) -> dict[str, list[bytes]]:
    """What is searched for: codes in every spelling and as they are computed with, and what else tells of a person."""
    receipts = [sheet.needles[-2].decode() for sheet in real.evidence.sheets]
    values, digests = [code.value for code in real.codes], [code.digest for code in real.codes]
    return {
        "code": [*spelled(code.printed for code in real.codes), *values, *(value.hex().encode() for value in values)],
        "resume code": spelled(real.resumes),
        "receipt": spelled(receipts),
        "address": [FAR.rpartition(".")[0].encode(), NEAR.encode()],  # of the far one not even its network
        "browser": [BROWSER.encode()],
        "digest": [*digests, *(digest.hex().encode() for digest in digests)],
        "e-mail": [email(business).encode() for business in range(len(real.codes))],
    }


def spelled(printed: Iterable[str]) -> list[bytes]:
    """With and without dashes, in capitals and in small letters."""
    wide = [form for text in printed for form in (text, text.replace("-", ""))]
    return [form.encode() for text in wide for form in (text, text.lower())]


def traces(written: Iterable[tuple[str, bytes]], marks: list[bytes]) -> set[str]:
    """The names under which one of the marks stands."""
    return {name for name, content in written if any(mark in content for mark in marks)}


def is_of_database(name: str) -> bool:
    """Whether a file belongs to the database itself, which holds the frame and the digests; the queue's is no such."""
    return any(part in name for part in ("/survey.db", "/base/", "/pg_wal/"))


def test_traces_are_found_where_there_are_some(db):
    """The same search over a careless round: each kind of trace, in each of its forms, in a file of its own."""
    real = campaign(db, 2, random.Random(), "careless", 2027)
    kinds = marks_of_all(real)
    for kind, marks in kinds.items():
        for number, mark in enumerate(marks):
            (db.instance / f"{kind} {number}.log").write_bytes(b"visited by " + mark + b" today")
    outside = [(name, content) for name, content in files_of(db, time.time()) if not is_of_database(name)]
    for kind, marks in kinds.items():
        found = {name.rpartition("/")[2] for name in traces(outside, marks)}
        assert found == {f"{kind} {number}.log" for number in range(len(marks))}
