"""A consistent copy of the database, also while it is in use; and back again.

A copy that was made before a count holds the sealed box. Whoever restores it must not bring back, unnoticed, what was
promised to be gone: rounds whose box was wiped since then are named, and their box is dropped before anything serves.
Their names lie in the instance folder and beside every copy, so that another host knows them too.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from survey_app.ballot import wipe
from survey_app.config import Settings
from survey_app.database import connect_to, database, is_sqlite, migrate
from survey_app.errors import Refused
from survey_app.models import PUBLISHED, WIPED, Draft, Envelope, Invitation, OpenEnvelope, Round

DROPPING = "dropping.json"  # boxes that a copy brought back, until their traces are proven gone
BOX = (Envelope, OpenEnvelope, Draft, Invitation)
KEPT = "wiped.json"  # in the instance folder, outside the database, so that a restored copy cannot unknow it


class Restored(msgspec.Struct, frozen=True):
    """What a restore did; `dropped` are the rounds whose box it threw away again."""

    sha256: str
    dropped: tuple[str, ...]


def back_up(settings: Settings, path: Path) -> str:
    """Write the copy (mode 0600) and its SHA-256 beside it; the hash. Raises Refused."""
    if path.exists():
        raise Refused("{path} exists already: name another file.", path=path)
    if not path.parent.is_dir():
        raise Refused("There is no folder {path}.", path=path.parent)
    note_wiped(settings)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        (copy_sqlite if is_sqlite() else dump_postgresql)(settings, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    digest = sha256(path)
    beside(path).write_text(f"{digest}  {path.name}\n")
    write_names(path.with_name(KEPT), {*wiped_before(settings), *names_in(path.with_name(KEPT))})
    return digest


def copy_sqlite(settings: Settings, path: Path) -> None:
    """SQLite's own online backup: a consistent state, however many write meanwhile."""
    with sqlite3.connect(path) as target:
        database.connection().backup(target, pages=256)
        target.execute("PRAGMA journal_mode=DELETE")
    target.close()


def dump_postgresql(settings: Settings, path: Path) -> None:
    """PostgreSQL's own dump, of the custom kind."""
    run_tool("pg_dump", settings, "--format=custom", "--no-owner", f"--file={path}")


def restore(settings: Settings, path: Path, newest_list: bool = False) -> Restored:
    """Put the copy in the place of the present database. Raises Refused for a file that is not a whole copy.

    A new host has not seen which boxes were wiped since the copy was made: there the list beside the copy counts, and
    `newest_list` says that somebody has made sure that it is the newest. Raises Refused without it.
    """
    digest = refuse_unless_copy(path)
    named = names_in(path.with_name(KEPT))
    if not newest_list and not (settings.instance / KEPT).is_file():
        raise Refused(
            "This host has not seen which boxes were wiped since {path} was made. The list beside it ({list}) names: "
            "{rounds}. Put the list of the newest copy there, then say --newest-list.",
            path=path,
            list=KEPT,
            rounds=", ".join(named) or "–",
        )
    note_wiped(settings, named)
    (put_sqlite if is_sqlite() else put_postgresql)(settings, path)
    connect_to(settings.database_url)
    migrate()
    return Restored(digest, drop_boxes(settings))


def refuse_unless_copy(path: Path) -> str:
    """The file's SHA-256. Raises Refused where it is not a whole copy of a database of the present kind."""
    if not path.is_file():
        raise Refused("There is no file {path}.", path=path)
    if is_sqlite() and Path(database.database).exists() and path.samefile(database.database):
        raise Refused("{path} is the present database itself, not a copy of it.", path=path)
    digest = sha256(path)
    if beside(path).is_file() and beside(path).read_text().split()[:1] != [digest]:
        raise Refused("{path} is not the copy that was made: its SHA-256 differs from the one beside it.", path=path)
    with path.open("rb") as file:
        start = file.read(16)
    if is_sqlite() and start != b"SQLite format 3\x00":
        raise Refused("{path} is not a copy of an SQLite database.", path=path)
    if not is_sqlite() and not start.startswith(b"PGDMP"):
        raise Refused("{path} is not a copy of a PostgreSQL database.", path=path)
    if is_sqlite():
        refuse_unless_sound(path)
    return digest


def refuse_unless_sound(path: Path) -> None:
    """Raise Refused for an SQLite file that is damaged or holds something else."""
    source = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        if source.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise Refused("{path} is damaged.", path=path)
        if not source.execute("SELECT 1 FROM sqlite_master WHERE name = 'round'").fetchone():
            raise Refused("{path} is a database of something else.", path=path)
    except sqlite3.DatabaseError:
        raise Refused("{path} is damaged.", path=path) from None
    finally:
        source.close()


def put_sqlite(settings: Settings, path: Path) -> None:
    """Copy the file over the database by SQLite itself: readers of before see either the old or the new one."""
    source = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        source.backup(database.connection())
    finally:
        source.close()
    database.close()


def put_postgresql(settings: Settings, path: Path) -> None:
    """Replace what is in the database."""
    database.close()
    run_tool("pg_restore", settings, "--clean", "--if-exists", "--no-owner", "--exit-on-error", str(path))


def run_tool(tool: str, settings: Settings, *arguments: str) -> None:
    """A PostgreSQL program; the password goes by the environment, never by the arguments."""
    if shutil.which(tool) is None:
        raise Refused("{tool} is missing: install the Debian package postgresql-client.", tool=tool)
    parts = urlsplit(settings.database_url)
    environment = dict(os.environ)
    if parts.password:
        environment["PGPASSWORD"] = parts.password
    address = settings.database_url.replace(f":{parts.password}@", "@") if parts.password else settings.database_url
    command = [tool, f"--dbname={address}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        line = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Refused("{tool} failed: {line}", tool=tool, line=line)


def note_wiped(settings: Settings, more: Iterable[str] = ()) -> None:
    """Keep the names of wiped rounds outside the database."""
    known = {*wiped_before(settings), *more}
    if "round" in database.get_tables():
        known |= {row.id for row in Round.select(Round.id).where(Round.state.in_([WIPED, PUBLISHED]))}
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_names(settings.instance / KEPT, known)


def wiped_before(settings: Settings) -> list[str]:
    """Rounds that were wiped in this instance, as far as was noted."""
    return names_in(settings.instance / KEPT)


def names_in(path: Path) -> list[str]:
    """The rounds that a note of wiped ones names; none where there is no note. Raises Refused for a broken one."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[str]) if path.is_file() else []
    except msgspec.DecodeError:
        raise Refused("{path} is damaged: it should list the rounds whose box was wiped.", path=path) from None


def write_names(path: Path, names: Iterable[str]) -> None:
    """The note, whole or not at all."""
    waiting = path.with_name(f"{path.name}.new")
    waiting.write_bytes(msgspec.json.encode(sorted(names)))
    waiting.replace(path)


def drop_boxes(settings: Settings) -> tuple[str, ...]:
    """Throw away what a copy brings back of rounds whose box was wiped; which rounds had something.

    Raises NotWiped where the engine cannot be made to forget it: then nothing may be served, at the next start neither.
    """
    pending = settings.instance / DROPPING
    dropped = names_in(pending)
    for round_id in wiped_before(settings):
        if any(table.select().where(table.round == round_id).exists() for table in BOX):
            dropped = sorted({*dropped, round_id})
            write_names(pending, dropped)  # before the first row goes
            with database.atomic():
                for table in BOX:
                    table.delete().where(table.round == round_id).execute()
    if dropped:
        wipe.refuse(", ".join(dropped), (*wipe.obstacles(), *wipe.scrub()))
        pending.unlink(missing_ok=True)
    return tuple(dropped)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def beside(path: Path) -> Path:
    """Where the copy's hash is written."""
    return path.with_name(path.name + ".sha256")
