"""Everything that a respondent reads or writes in the database, on one screen: mark, draft, envelope.

Written as SQL because these few statements are the promise, and because a page must cost little. None of them leaves a
date, a serial number or a reference from an invitation to a draft or an envelope.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from survey_app.database import database, is_sqlite
from survey_app.models import OPEN

STANDING = (
    "SELECT i.used, i.revoked, r.id, r.state, r.envelope_size, r.questionnaire_id"
    " FROM invitation AS i JOIN round AS r ON r.id = i.round_id WHERE i.digest = ?"
)
# PostgreSQL: the same code waits for itself, and the round cannot close between the check and the commit. On SQLite an
# IMMEDIATE transaction is alone anyway.
LOCKED = STANDING + " FOR UPDATE OF i FOR SHARE OF r"
SPEND = "UPDATE invitation SET used = TRUE WHERE digest = ? AND NOT used AND NOT revoked"
READ_DRAFT = "SELECT sealed FROM draft WHERE id = ?"
HOLDS_DRAFT = "SELECT 1 FROM draft WHERE id = ?"
WRITE_DRAFT = (
    "INSERT INTO draft (id, round, sealed) VALUES (?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET round = excluded.round, sealed = excluded.sealed"
)
DESTROY_DRAFT = "DELETE FROM draft WHERE id = ?"
DROP = "INSERT INTO envelope (key, round, sealed) VALUES (?, ?, ?)"
HOLDS = "SELECT 1 FROM envelope WHERE key = ?"
# The open channel: no invitation, a box of its own.
OPEN_STANDING = (
    "SELECT r.id, r.state, r.envelope_size, r.questionnaire_id FROM round AS r WHERE r.id = ? AND r.open_channel"
)
DROP_OPEN = "INSERT INTO open_envelope (key, round, sealed) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING"
HOLDS_OPEN = "SELECT 1 FROM open_envelope WHERE key = ?"


class Place(NamedTuple):
    """Where an invitation stands, or somebody who needs none."""

    used: bool
    revoked: bool
    round: str
    state: str
    envelope_size: int
    questionnaire: str

    @property
    def may_answer(self) -> bool:
        return self.state == OPEN and not self.used and not self.revoked


def run(statement: str, *values: object) -> Any:
    """The cursor of a statement with `?` for its values."""
    return database.execute_sql(statement if is_sqlite() else statement.replace("?", "%s"), values)


def standing(digest: bytes, lock: bool = False) -> Place | None:
    """Where the invitation with this digest stands; None for an unknown code. `lock` holds it until the commit."""
    row = run(LOCKED if lock and not is_sqlite() else STANDING, digest).fetchone()
    return None if row is None else Place(bool(row[0]), bool(row[1]), *row[2:])


def open_standing(round_id: str, lock: bool = False) -> Place | None:
    """Where somebody without an invitation stands; None where the round has no open channel. `lock` as above."""
    row = run(OPEN_STANDING + " FOR SHARE OF r" if lock and not is_sqlite() else OPEN_STANDING, round_id).fetchone()
    return None if row is None else Place(False, False, *row)


def spend(digest: bytes) -> bool:
    """Set the mark if it is unset; whether exactly one row changed."""
    return bool(run(SPEND, digest).rowcount == 1)


def read_draft(draft_id: bytes) -> bytes | None:
    """The draft's ciphertext."""
    row = run(READ_DRAFT, draft_id).fetchone()
    return None if row is None else bytes(row[0])


def holds_draft(draft_id: bytes) -> bool:
    """Whether there is one; its pages are not read, so that the answer takes as long as a no."""
    return run(HOLDS_DRAFT, draft_id).fetchone() is not None


def write_draft(draft_id: bytes, round_id: str, sealed: bytes) -> None:
    """Put the ciphertext in place of the one before."""
    run(WRITE_DRAFT, draft_id, round_id, sealed)


def destroy_draft(draft_id: bytes) -> None:
    """Delete it; secure_delete overwrites it."""
    run(DESTROY_DRAFT, draft_id)


def drop(key: bytes, round_id: str, sealed: bytes) -> None:
    """Drop an envelope in the box."""
    run(DROP, key, round_id, sealed)


def holds(key: bytes) -> bool:
    """Whether the box holds the envelope with this key."""
    return run(HOLDS, key).fetchone() is not None


def drop_open(key: bytes, round_id: str, sealed: bytes) -> None:
    """Drop an envelope in the open channel's box, once under this key."""
    run(DROP_OPEN, key, round_id, sealed)


def holds_open(key: bytes) -> bool:
    """Whether the open channel's box holds the envelope with this key."""
    return run(HOLDS_OPEN, key).fetchone() is not None


@contextmanager
def unhurried() -> Iterator[None]:
    """A transaction whose commit does not wait for the disk on SQLite: a power cut may take the last pages saved.

    For drafts alone, saved forty times a sheet. A crash of the program loses nothing, the file stays whole, and the
    next durable commit takes along what came before it. SQLite changes this between transactions only; the connection
    is durable again at the end, for whoever writes next. (PostgreSQL: the server's own setting holds.)
    """
    switches = is_sqlite() and not database.in_transaction()
    if switches:
        run("PRAGMA synchronous = NORMAL")
    try:
        with database.atomic():
            yield
    finally:
        if switches:
            run("PRAGMA synchronous = FULL")


def durable() -> None:
    """This transaction's commit waits for the disk, whatever the server's setting is. (SQLite: synchronous = FULL.)"""
    if not is_sqlite():
        run("SET LOCAL synchronous_commit TO on")
