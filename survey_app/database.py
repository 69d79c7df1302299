"""The connection, its pragmas, its migrations. One connection a thread, kept open: opening costs more than a page."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from peewee import Database, DatabaseProxy, PostgresqlDatabase, SqliteDatabase
from playhouse.db_url import parse as parse_url
from playhouse.migrations import Runner

from survey_app.errors import Refused

database = DatabaseProxy()
MIGRATIONS = Path(__file__).with_name("migrations")

# secure_delete: what is deleted is overwritten. synchronous FULL (2): "thank you" means it is on the disk.
PRAGMAS: tuple[tuple[str, object], ...] = (
    ("journal_mode", "wal"),
    ("synchronous", 2),
    ("foreign_keys", 1),
    ("busy_timeout", 20000),
    ("secure_delete", 1),
    ("temp_store", 2),
)


def connect_to(url: str) -> Database:
    """The database behind `url`, set as the one all tables use. Raises Refused for an address of another kind."""
    bound = engine(url)
    disconnect()
    database.initialize(bound)
    return bound


def disconnect() -> None:
    """Close this thread's connection, if there is one."""
    if database.obj is not None and not database.is_closed():
        database.close()


def engine(url: str) -> Database:
    """The database behind `url`, not connected yet. Raises Refused for an address of another kind."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = Path(parts.path.replace("//", "/", 1))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(path)
        # IMMEDIATE: a deferred read-then-write fails at once when another writer is about, whatever busy_timeout says.
        return SqliteDatabase(str(path), pragmas=PRAGMAS, lock_type="IMMEDIATE", timeout=20)
    if parts.scheme in ("postgresql", "postgres"):
        address: dict[str, Any] = parse_url(url, unquote_password=True)
        return PostgresqlDatabase(**address, prefer_psycopg3=True)
    raise Refused("DATABASE_URL: {scheme} is not known; use postgresql://… or leave it out.", scheme=parts.scheme)


def make_private(path: Path) -> None:
    """An empty file for SQLite that only its owner can read; one that is there already is not touched.

    Threat: closing a descriptor of a database's file drops every lock that this process holds on it. Another process
    then takes itself for the last one, deletes the write-ahead log, and what we write afterwards is lost. So no process
    that is connected to an SQLite file may open it by any other way, not even to read or to sync it.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def is_sqlite() -> bool:
    """Whether the bound database is SQLite (the wipe differs between engines)."""
    return isinstance(database.obj, SqliteDatabase)


def forget_deleted() -> None:
    """Take what was deleted out of SQLite's write-ahead log, unless a reader is in the way: then the next call does.

    PostgreSQL's log is left behind by its own checkpoints, and by the wipe at the latest.
    """
    if is_sqlite():
        database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def migrate() -> list[str]:
    """Bring the tables up to date; the names of the migrations that were applied."""
    database.connect(reuse_if_open=True)
    return [str(migration) for migration in Runner(database.obj, directory=str(MIGRATIONS)).up()]


def waiting() -> list[str]:
    """Migrations that have not been applied yet."""
    runner = Runner(database.obj, directory=str(MIGRATIONS))
    return [migration.name for migration in runner.status() if not migration.applied]
