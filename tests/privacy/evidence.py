"""What an attacker has: every row of every table at every moment, files, logs, and more than anybody would give.

He also knows in which order the businesses submitted, everything that identifies each of them (code, digest, tax code,
draft's id, the key of its envelope), which units it rated, and the content of all sheets, shuffled. He only has to say
whose sheet is whose.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from survey_app.config import Settings
from survey_app.database import database, is_sqlite

Value = bytes
SEGMENT = re.compile(r"[0-9A-F]{24}")


@dataclass(frozen=True)
class Sheet:
    """A sheet's content: `needles` are the byte strings by which it is recognised wherever it stands."""

    needles: tuple[bytes, ...]
    length: int  # bytes of its answers
    slips: tuple[tuple[str, dict[str, int]], ...]  # unit → item → answer on its scale; the main unit first


@dataclass(frozen=True)
class Row:
    """A row when it was first seen. `moment` counts the submissions before; `place`, `system`: where it lay."""

    table: str
    moment: int
    place: int
    system: tuple[int, ...]
    columns: tuple[tuple[str, Value], ...]

    @property
    def content(self) -> bytes:
        return b"\0".join(value for _, value in self.columns)


@dataclass
class Log:
    """Segments of PostgreSQL's log by name, and which (database, file) was which table. Empty on SQLite."""

    segments: dict[str, bytes] = field(default_factory=dict)
    tables: dict[tuple[str, str], str] = field(default_factory=dict)

    def read(self, since: float) -> None:
        """Copy what is there now; a segment that was copied before has grown."""
        if is_sqlite():
            return
        found = database.execute_sql(
            "SELECT d.oid::text, pg_relation_filenode(c.oid)::text, relname FROM pg_class c, pg_database d"
            " WHERE relkind = 'r' AND datname = current_database()"
        )
        self.tables |= {(oid, file): table for oid, file, table in found.fetchall()}
        self.segments |= {path.name: copied(path) for path in segments(since)}


@dataclass
class Evidence:
    """Everything together. Businesses and sheets are numbers; what belongs together is not in here."""

    order: list[int]  # businesses as they submitted
    identifiers: list[tuple[bytes, ...]]  # of each business
    sheets: list[Sheet]
    rows: list[Row] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    lengths: dict[int, int] = field(default_factory=dict)  # business → bytes of its envelope
    dealt: list[tuple[str, ...]] = field(default_factory=list)  # business → units it rated, its main unit first
    copies: list[int] = field(default_factory=list)  # moments of the copies taken three times a day
    log: Log = field(default_factory=Log)  # read at every copy, and between count and wipe
    log_left: Log = field(default_factory=Log)  # after the wipe

    def holding(self, content: bytes) -> set[int]:
        """The sheets of which a needle stands in this content."""
        return {number for number, sheet in enumerate(self.sheets) if any(n in content for n in sheet.needles)}

    def content_rows(self) -> Iterator[tuple[Row, int]]:
        """Rows that show the content of exactly one sheet."""
        for row in self.rows:
            held = self.holding(row.content)
            if len(held) == 1:
                yield row, held.pop()


class Watch:
    """Looks at all rows again and again and keeps what is new."""

    def __init__(self, only: str | None = None) -> None:
        self.only = only
        self.seen: set[tuple[str, bytes]] = set()
        self.rows: list[Row] = []

    def look(self, moment: int) -> None:
        """Read every table."""
        for table in tables():
            if (self.only is not None) != table.startswith("naive_"):
                continue
            for row in rows_of(table, moment):
                key = table, row.content
                if key not in self.seen:
                    self.seen.add(key)
                    self.rows.append(row)


def tables() -> list[str]:
    """All tables there are, the queue's too."""
    return sorted(set(database.get_tables()) - {"sqlite_sequence"})


def rows_of(table: str, moment: int) -> list[Row]:
    """The rows as they lie, with what the engine says of each: rowid, or xmin and ctid."""
    names = [column.name for column in database.get_columns(table)]
    shown = ", ".join(f'"{name}"' for name in names)
    if is_sqlite():
        serial = has_rowid(table)
        found = database.execute_sql(f'SELECT {"rowid" if serial else "NULL"}, {shown} FROM "{table}"').fetchall()
        lines = [((row[0],) if serial else (), row[1:]) for row in found]
    else:
        found = database.execute_sql(f'SELECT xmin::text, ctid::text, {shown} FROM "{table}"').fetchall()
        lines = [((int(row[0]), *map(int, row[1].strip("()").split(","))), row[2:]) for row in found]
    return [
        Row(table, moment, place, system, tuple(zip(names, map(as_bytes, values), strict=True)))
        for place, (system, values) in enumerate(lines)
    ]


def has_rowid(table: str) -> bool:
    """Whether SQLite numbers the rows of this table."""
    (sql,) = database.execute_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return "WITHOUT ROWID" not in sql.upper()


def as_bytes(value: object) -> bytes:
    """A column's value as it could be searched."""
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return str(value).encode()


def files_of(settings: Settings, since: float) -> list[tuple[str, bytes]]:
    """Every file of the instance, and of the database server what was written since then: tables, both its logs."""
    found = [path for path in settings.instance.rglob("*") if path.is_file() and "secrets" not in path.parts]
    if not is_sqlite():
        database.execute_sql("CHECKPOINT")
        data = Path(database.execute_sql("SHOW data_directory").fetchone()[0])
        found += [path for path in data.parent.rglob("*") if path.is_file() and path.stat().st_mtime >= since]
    return [(str(path), copied(path)) for path in found if path.exists()]


def segments(since: float) -> list[Path]:
    """The segments of PostgreSQL's log that were written to since then."""
    folder = Path(database.execute_sql("SHOW data_directory").fetchone()[0]) / "pg_wal"
    return [path for path in folder.iterdir() if SEGMENT.fullmatch(path.name) and path.stat().st_mtime >= since]


def copied(path: Path) -> bytes:
    """A file's content, read by another process: closing a database's file here would drop SQLite's locks on it."""
    return subprocess.run(["/bin/cat", path], capture_output=True, check=False).stdout
