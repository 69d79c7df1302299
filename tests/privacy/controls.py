"""What a careless system would have kept of the same round: on it every attack must succeed, else it proves nothing.

The same businesses, sheets and order as the real campaign; the tables are written and read through the same database,
its files and its system columns. Each table is one well-known mistake.
"""

from __future__ import annotations

import random
import secrets
from itertools import combinations

import msgspec
import numpy as np

from survey_app.config import Settings
from survey_app.database import database, is_sqlite
from tests.privacy.campaign import Campaign
from tests.privacy.equations import POINTS, Kept
from tests.privacy.evidence import Evidence, Log, Watch, files_of

MISTAKES = {
    "row order": ("slip",),  # a table of answers, written as they came
    "rowid, xmin, ctid": ("anonymous",),  # random keys, no dates: and yet
    "copies between submissions": ("anonymous",),
    "lengths": (),  # sealed, not padded
    "carving files and logs of the engine": ("draft",),  # a plain draft beside the code, deleted at submission
    "server logs, queue, staff log": ("log",),  # one line a submission
    "solving with exact numbers": ("adjusted",),  # slips with the exact adjustment of their business
    "several rounds": ("pseudonym",),  # a random name that a business keeps
    "two rounds, three copies a day": ("pseudonym",),
    "pg_waldump": ("mark", "anonymous"),  # nothing in either table leads to the other: one transaction wrote both
    "pg_waldump after the wipe": ("mark", "anonymous"),  # the marks deleted, the log left as it is
    "normal equations": ("unit_slip", "estimates"),  # slips, one a unit, and exact estimates with their covariance
}
COLUMNS = {
    "slip": "serial",
    "anonymous": "random",
    "draft": "code",
    "log": "line",
    "adjusted": "adjustment",
    "pseudonym": "name",
    "mark": "code",
    "unit_slip": "unit",
    "estimates": "round",
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
    if "unit_slip" in MISTAKES[attack]:
        return careless_count(real)
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
            "adjusted": adjustment, "pseudonym": names[business], "mark": marks[2].decode(),
        }  # fmt: skip
        with database.atomic():
            for table in mistakes:
                insert(table, values[table], b"" if table == "mark" else content)
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
    log, left = Log(), Log()
    if "mark" in mistakes:
        log.read(since)
        database.execute_sql("DELETE FROM naive_mark")
        left.read(since)
    return Evidence(
        order=evidence.order,
        identifiers=evidence.identifiers,
        sheets=evidence.sheets,
        rows=watch.rows,
        files=files,
        lengths={b: evidence.sheets[real.truth[b]].length for b in evidence.order} if attack == "lengths" else {},
        copies=evidence.copies,
        log=log,
        log_left=left,
    )


def careless_count(real: Campaign) -> Evidence:
    """Slips of one unit each, shuffled, beside exact numbers. The sheets are dealt to more units than the real round
    has, so that two businesses never rated the same two: where many did, even exact numbers leave much open."""
    create()
    evidence = real.evidence
    dealt = dealt_apart(len(evidence.order))
    answers = [[slip for _, slip in evidence.sheets[sheet].slips] for sheet in real.truth]  # of each business
    slips = [
        (unit, msgspec.json.encode(slip) + b"\n" + evidence.sheets[sheet].needles[needle])
        for units, pair, sheet in zip(dealt, answers, real.truth, strict=True)
        for unit, slip, needle in zip(units, pair, (0, -3), strict=True)  # words about the first unit; the last wish
    ]
    for unit, content in random.sample(slips, len(slips)):
        insert("unit_slip", unit, content)
    insert("estimates", "round", msgspec.json.encode(exact(dealt, answers)))
    watch = Watch(only="naive_")
    watch.look(1)
    return Evidence(evidence.order, evidence.identifiers, evidence.sheets, watch.rows, dealt=dealt)


def dealt_apart(businesses: int) -> list[tuple[str, ...]]:
    """Business → two units, never the same two again, over as few units as that takes."""
    units = next(units for units in range(2, businesses + 2) if units * (units - 1) // 2 >= businesses)
    return random.sample(list(combinations([f"U{unit:02d}" for unit in range(units)], 2)), businesses)


def exact(dealt: list[tuple[str, ...]], answers: list[list[dict[str, int]]]) -> Kept:
    """Means and covariance of every unit's every item, as exact as they come: Σ = Σ_b ψ_b ψ_b′ · B/(B − 1)."""
    units = tuple(sorted({unit for pair in dealt for unit in pair}))
    items = sorted(set.intersection(*(set(slip) for pair in answers for slip in pair)))
    z = np.full((len(dealt), len(units), len(items)), np.nan)
    for business, pair in enumerate(dealt):
        for unit, slip in zip(pair, answers[business], strict=True):
            z[business, units.index(unit)] = [(slip[item] - 1) / (POINTS - 1) * 100 for item in items]
    theta, n = np.nanmean(z, axis=0), (~np.isnan(z[:, :, 0])).sum(axis=0)
    influence = np.nan_to_num((z - theta) / n[:, None]).reshape(len(dealt), -1)
    covariance = influence.T @ influence * len(dealt) / (len(dealt) - 1)
    weights = tuple({item: 1.0} for item in items)
    return Kept(units, weights, theta.tolist(), n.tolist(), covariance.tolist())
