"""What staff did: each entry carries the hash of the one before, so that none can be changed or removed unseen.

Nothing that a respondent does is ever recorded here. Cutting the end off shows only against a hash noted elsewhere:
the auditor's page prints the last one for that purpose.
"""

from __future__ import annotations

import datetime
import hashlib
import json

import msgspec

from survey_app.database import database, is_sqlite
from survey_app.models import AuditEntry

START = "0" * 64


class Chain(msgspec.Struct, frozen=True):
    """The state of the log: how many entries, the last hash, and the first entry that does not fit (None: all do)."""

    entries: int
    head: str
    broken_at: int | None


def record(who: str, action: str, subject: str = "", detail: str = "") -> AuditEntry:
    """Add an entry. Never give it a code, a share or anything about a respondent."""
    with database.atomic():
        lock()
        last = AuditEntry.select(AuditEntry.hash).order_by(AuditEntry.id.desc()).first()
        happened = datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)
        previous = last.hash if last else START
        return AuditEntry.create(
            happened=happened,
            who=who,
            action=action,
            subject=subject,
            detail=detail,
            previous=previous,
            hash=digest(previous, happened, who, action, subject, detail),
        )


def lock() -> None:
    """One writer at a time: two that read the same last entry would fork the chain. SQLite's transactions do that."""
    if not is_sqlite():
        database.execute_sql("LOCK TABLE audit_entry IN EXCLUSIVE MODE")


def digest(previous: str, happened: datetime.datetime, *texts: str) -> str:
    """SHA-256 over the entry and the hash of the one before, as a JSON list: no two entries read the same."""
    line = json.dumps([previous, f"{happened:%Y-%m-%dT%H:%M:%S}", *texts], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


def verify() -> Chain:
    """Recompute every hash from the first entry on."""
    previous, count = START, 0
    for entry in AuditEntry.select().order_by(AuditEntry.id).iterator():
        count += 1
        right = digest(previous, entry.happened, entry.who, entry.action, entry.subject, entry.detail)
        if entry.previous != previous or entry.hash != right:
            return Chain(count, entry.hash, entry.id)
        previous = entry.hash
    return Chain(count, previous, None)


def latest(most: int = 200, before: int | None = None) -> list[AuditEntry]:
    """The newest entries, newest first; `before` an entry's number for the page after."""
    found = AuditEntry.select().order_by(AuditEntry.id.desc()).limit(most)
    return list(found.where(AuditEntry.id < before) if before else found)
