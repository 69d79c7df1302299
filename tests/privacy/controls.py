"""What a careless system would have kept of the same round: on it every attack must succeed, else it proves nothing.

The same businesses, sheets and order as the real campaign; the tables are written and read through the same database,
its files and its system columns. Each table is one well-known mistake.
"""

from __future__ import annotations

import random
import secrets

from survey_app.config import Settings
from survey_app.database import database, is_sqlite
from tests.privacy.campaign import Campaign
from tests.privacy.evidence import Evidence, Watch, files_of

MISTAKES = {
    "row order": ("slip",),  # a table of answers, written as they came
    "rowid, xmin, ctid": ("anonymous",),  # random keys, no dates: and yet
    "copies between submissions": ("anonymous",),
    "lengths": (),  # sealed, not padded
    "carving files and logs of the engine": ("draft",),  # a plain draft beside the code, deleted at submission
    "server logs, queue, staff log": ("log",),  # one line a submission
    "solving with exact numbers": ("adjusted",),  # slips with the exact adjustment of their business
    "several rounds": ("pseudonym",),  # a random name that a business keeps
}
COLUMNS = {
    "slip": "serial",
    "anonymous": "random",
    "draft": "code",
    "log": "line",
    "adjusted": "adjustment",
    "pseudonym": "name",
}


def create() -> None:
    """The careless tables, empty."""
    binary = "BLOB" if is_sqlite() else "BYTEA"
    for table, column in COLUMNS.items():
        database.execute_sql(f"DROP TABLE IF EXISTS naive_{table}")
        # The anonymous one is keyed by its random value: the order of a plain look tells nothing.
        kind = "TEXT PRIMARY KEY" if table == "anonymous" else "TEXT"
        database.execute_sql(f"CREATE TABLE naive_{table} ({column} {kind}, content {binary})")


def insert(table: str, value: str, content: bytes) -> None:
    """One row."""
    mark = "?" if is_sqlite() else "%s"
    database.execute_sql(
        f"INSERT INTO naive_{table} ({COLUMNS[table]}, content) VALUES ({mark}, {mark})", (value, content)
    )


def careless(settings: Settings, real: Campaign, attack: str, names: dict[int, str], since: float) -> Evidence:
    """The evidence that this attack's mistakes leave. `names`: the pseudonym that each business keeps."""
    mistakes, evidence = MISTAKES[attack], real.evidence
    create()
    watch, files = Watch(only="naive_"), []
    if is_sqlite():
        database.execute_sql("PRAGMA secure_delete = OFF")
    for place, business in enumerate(evidence.order, 1):
        sheet = real.truth[business]
        content = real.saved[sheet] + b"\n" + b"\n".join(evidence.sheets[sheet].needles)
        marks = evidence.identifiers[business]
        adjustment = repr(random.Random(business).gauss(0, 1))
        values = {
            "slip": str(place), "anonymous": secrets.token_hex(8), "draft": marks[2].decode(), "log": marks[0].decode(),
            "adjusted": adjustment, "pseudonym": names[business],
        }  # fmt: skip
        for table in mistakes:
            insert(table, values[table], content)
        if "adjusted" in mistakes:  # the estimates name each business's adjustment, as exactly
            insert("adjusted", adjustment, marks[0])
        watch.look(place)
        if "draft" in mistakes:
            if place == len(evidence.order) // 2:
                files += files_of(settings, since)
            database.execute_sql(f"DELETE FROM naive_draft WHERE code = '{values['draft']}'")
    if "draft" in mistakes:
        files += files_of(settings, since)
    if is_sqlite():
        database.execute_sql("PRAGMA secure_delete = ON")
    return Evidence(
        order=evidence.order,
        identifiers=evidence.identifiers,
        sheets=evidence.sheets,
        rows=watch.rows,
        files=files,
        lengths={b: evidence.sheets[real.truth[b]].length for b in evidence.order} if attack == "lengths" else {},
    )
