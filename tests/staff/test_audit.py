"""The staff's log: a changed, removed or swapped entry breaks the chain."""

from __future__ import annotations

import threading

from survey_app.database import database
from survey_app.models import AuditEntry
from survey_app.staff import audit


def three():
    for number in range(3):
        audit.record("lan@example.vn", "round opened", f"r{number}", "detail")


def test_an_untouched_chain_holds(db):
    three()
    chain = audit.verify()
    assert (chain.entries, chain.broken_at) == (3, None)
    assert chain.head == audit.latest()[0].hash


def test_an_empty_log_holds(db):
    assert audit.verify().head == audit.START


def test_a_changed_entry_is_found(db):
    three()
    AuditEntry.update(detail="other").where(AuditEntry.id == 2).execute()
    assert audit.verify().broken_at == 2


def test_a_removed_entry_is_found(db):
    three()
    AuditEntry.delete().where(AuditEntry.id == 2).execute()
    assert audit.verify().broken_at == 3


def test_texts_cannot_be_moved_from_one_field_to_another(db):
    assert audit.digest("0", audit.datetime.datetime(2026, 1, 1), "ab", "c") != audit.digest(
        "0",
        audit.datetime.datetime(2026, 1, 1),
        "a",
        "bc",
    )


def test_entries_written_at_once_make_one_chain(db):
    def write():
        database.connect(reuse_if_open=True)
        for _ in range(10):
            audit.record("lan@example.vn", "signed in")
        database.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.verify() == audit.Chain(40, audit.latest()[0].hash, None)
