"""The wipe: envelopes, drafts and marks of a counted round leave no trace in the database's files.

The round becomes `wiped` only when the engine has proved it. A wipe that dies on the way is taken up again by the next
call: the note `wiping` in the minutes says that the box is empty and the traces are not proven gone.
"""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from survey_app.ballot import minutes
from survey_app.ballot.minutes import Remark
from survey_app.database import database, is_sqlite
from survey_app.errors import Refused, WrongState
from survey_app.models import COUNTED, PROGRESS, PUBLISHED, WIPED, Draft, Envelope, Invitation, Job, OpenEnvelope, Round

TABLES = ("envelope", "open_envelope", "draft", "invitation")
TRIES, PAUSE = 40, 0.25  # a checkpoint waits for readers this often, this many seconds


class NotWiped(Refused):
    """Something the wipe needs is missing: the round is not wiped, and publication waits."""

    status = 409


@dataclasses.dataclass(frozen=True)
class Report:
    """What a wipe removed (rows; 0 where an earlier call had emptied the box already)."""

    round: str
    envelopes: int
    drafts: int
    invitations: int


def wipe(round_: Round, progress: Callable[[int, int], None] = lambda done, total: None) -> Report:
    """counted → wiped. Raises WrongState in another state, NotWiped with every reason where the proof fails."""
    current = Round.get_by_id(round_.id)
    if current.state in (WIPED, PUBLISHED):
        return Report(current.id, 0, 0, 0)
    if current.state != COUNTED:
        raise WrongState("{round} is not counted yet: its state is {state}.", round=current.id, state=current.state)
    refuse(current.id, obstacles())
    report = empty_box(current.id)
    progress(1, 3)
    refuse(current.id, scrub())
    progress(2, 3)
    with database.atomic():
        Round.update(state=WIPED).where((Round.id == current.id) & (Round.state == COUNTED)).execute()
        minutes.amend(current.id, wiping=False, wiped_on=minutes.today())
    progress(3, 3)
    return report


def unfinished() -> list[str]:
    """Rounds whose box is empty while the traces are not proven gone: call `wipe` again for each."""
    counted = Round.select(Round.id).where(Round.state == COUNTED).order_by(Round.id)
    return [row.id for row in counted if (found := minutes.read(row.id)) is not None and found.wiping]


def empty_box(round_id: str) -> Report:
    """Delete what respondents left, in one transaction. Invitations go too: no history of taking part stays."""
    with database.atomic():
        report = Report(
            round_id,
            Envelope.delete().where(Envelope.round == round_id).execute(),
            Draft.delete().where(Draft.round == round_id).execute(),
            Invitation.delete().where(Invitation.round == round_id).execute(),
        )
        OpenEnvelope.delete().where(OpenEnvelope.round == round_id).execute()
        Job.delete().where((Job.kind == PROGRESS) & (Job.round == round_id)).execute()
        minutes.amend(round_id, wiping=True)
    return report


def scrub() -> tuple[Remark, ...]:
    """Have the engine forget what was deleted; the reasons why it could not."""
    return scrub_sqlite() if is_sqlite() else scrub_postgresql()


def refuse(round_id: str, reasons: tuple[Remark, ...]) -> None:
    """Raise NotWiped if there is a reason."""
    if reasons:
        found = " ".join(str(reason) for reason in reasons)
        raise NotWiped("{round} is not wiped: {reasons}", round=round_id, reasons=found)


def obstacles() -> tuple[Remark, ...]:
    """What is missing for a wipe on this database; empty when it can be done. `doctor` asks the same."""
    return obstacles_sqlite() if is_sqlite() else obstacles_postgresql()


# ---------------------------------------------------------------- SQLite


def obstacles_sqlite() -> tuple[Remark, ...]:
    """secure_delete, memory for temporary tables, and room for VACUUM's second copy."""
    path = Path(database.database)
    needed = 2 * sum(file.stat().st_size for file in (path, wal_of(path)) if file.exists()) + 2**20
    free = shutil.disk_usage(path.parent).free
    found = []
    if pragma("secure_delete") != 1:
        found.append(Remark("SQLite's secure_delete is off."))
    if pragma("temp_store") != 2:
        found.append(Remark("SQLite's temp_store is not MEMORY."))
    if free < needed:
        found.append(
            Remark(
                "The disk has {free} MiB free; {needed} MiB are needed.", {"free": free >> 20, "needed": needed >> 20}
            )
        )
    return tuple(found)


def scrub_sqlite() -> tuple[Remark, ...]:
    """Rewrite the file and empty the write-ahead log, which still holds what was deleted.

    `wal_checkpoint` does not raise when a reader is in its way: its first column says so. With synchronous = FULL it
    has the rewritten file on the disk before it empties the log.
    """
    database.execute_sql("VACUUM")
    for _ in range(TRIES):
        if database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0:
            break
        time.sleep(PAUSE)
    else:
        return (Remark("Another connection keeps the write-ahead log open. Stop the server, then wipe again."),)
    return ()


def wal_of(path: Path) -> Path:
    """The write-ahead log beside the database file."""
    return path.with_name(path.name + "-wal")


def pragma(name: str) -> int:
    """The value of a pragma."""
    return int(database.execute_sql(f"PRAGMA {name}").fetchone()[0])


# ---------------------------------------------------------------- PostgreSQL

# Columns of which ANALYZE may have kept a sample.
SAMPLED = (
    ("envelope", "key"),
    ("envelope", "sealed"),
    ("open_envelope", "key"),
    ("open_envelope", "sealed"),
    ("draft", "id"),
    ("draft", "sealed"),
    ("invitation", "digest"),
)
SETTINGS = (
    # Old log segments must be deleted, not renamed for use again; nothing may keep them; no transaction has a date.
    ("wal_recycle", "off"),
    ("track_commit_timestamp", "off"),
    ("wal_keep_size", "0"),
    ("archive_mode", "off"),
    # The server's own log may repeat no statement: it would hold digests and envelopes beside a time.
    ("log_statement", "none"),
    ("log_duration", "off"),
    ("log_min_duration_statement", "-1"),
    ("log_min_duration_sample", "-1"),
    ("log_transaction_sample_rate", "0"),
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
)
# Who keeps rows that we have deleted: a snapshot from before the deletion, in this database or on a standby.
OLDER_SNAPSHOTS = (
    "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_xmin IS NOT NULL"
    " AND (datname IS NULL OR datname = current_database()) AND age(backend_xmin) > age(%s::xid)"
)


def obstacles_postgresql() -> tuple[Remark, ...]:
    """Settings of the server and rights of our role."""
    found = [
        Remark("PostgreSQL's {name} must be {value}.", {"name": name, "value": value})
        for name, value in SETTINGS
        if one("SELECT setting FROM pg_settings WHERE name = %s", name) != value
    ]
    if one("SELECT count(*) FROM pg_replication_slots"):
        found.append(Remark("A replication slot of PostgreSQL keeps the log."))
    if one("SELECT count(*) FROM pg_stat_replication"):
        found.append(Remark("A standby of PostgreSQL receives the log."))
    if one("SELECT count(*) FROM pg_prepared_xacts"):
        found.append(Remark("A prepared transaction of PostgreSQL keeps deleted rows."))
    if not one("SELECT has_function_privilege('pg_switch_wal()', 'EXECUTE')"):
        found.append(Remark("The database role may not call {name}.", {"name": "pg_switch_wal()"}))
    if not one("SELECT has_function_privilege('pg_ls_waldir()', 'EXECUTE')"):
        found.append(Remark("The database role may not call {name}.", {"name": "pg_ls_waldir()"}))
    if one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        return tuple(found)
    found += [
        Remark("The database role is not a member of {name}.", {"name": name})
        for name in ("pg_checkpoint", "pg_read_all_stats")
        if not is_member(name)
    ]
    if not one("SELECT pg_has_role(current_user, datdba, 'USAGE') FROM pg_database WHERE datname = current_database()"):
        found.append(Remark("The database role does not own the database."))
    return tuple(found)


def is_member(name: str) -> bool:
    """Whether our role belongs to this one, where it exists (pg_checkpoint does since PostgreSQL 15)."""
    return bool(
        one("SELECT count(*) FROM pg_roles WHERE rolname = %s AND pg_has_role(current_user, oid, 'USAGE')", name)
    )


def scrub_postgresql() -> tuple[Remark, ...]:
    """Rewrite the tables without dead rows, then leave every log segment that knew them behind and have it deleted.

    Threats: VACUUM FULL keeps a row's xmin, by which a mark and an envelope of one transaction find each other; so no
    row that a respondent touched survives: marks are deleted, not reset. And ANALYZE samples digests and keys into
    pg_statistic, where they outlive an emptied table: naming a column's type anew drops its sample.
    """
    # This number is later than the deletion's: whoever looks at the tables as they were before it is in the way.
    after = one("SELECT pg_current_xact_id()::xid::text")
    for _ in range(TRIES):
        if not one(OLDER_SNAPSHOTS, after):
            break
        time.sleep(PAUSE)
    else:
        return (Remark("Another session of the database still sees what was deleted. End it, then wipe again."),)
    for table, column in SAMPLED:
        database.execute_sql(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE bytea")
    for table in (*TABLES, "pg_statistic"):
        database.execute_sql(f"VACUUM FULL {table}")
    database.execute_sql("SELECT pg_switch_wal()")
    database.execute_sql("CHECKPOINT")
    old = (
        "SELECT count(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'"
        " AND name < (SELECT redo_wal_file FROM pg_control_checkpoint())"
    )
    if one(old):
        return (Remark("PostgreSQL has kept old log segments. Wipe again; see who keeps them (archive, standby)."),)
    return ()


def one(statement: str, *values: object) -> object:
    """The first column of the first row."""
    row = database.execute_sql(statement, values or None).fetchone()
    return row[0] if row else None
