"""Key sheets that wait: shared by all processes of a host, one for each account, taken once, gone after hours."""

from __future__ import annotations

import os

import pytest
import time_machine

from survey_app.ballot.handover import HOURS, SLOTS, Handover


def test_a_sheet_is_taken_once_and_only_by_its_account():
    waiting = Handover()
    waiting.put("cdci-2026", [(7, "1AAAA"), (8, "2BBBB"), (9, "3CCCC")])
    assert waiting.waiting() == [("cdci-2026", 7, 1), ("cdci-2026", 8, 2), ("cdci-2026", 9, 3)]
    assert waiting.take("cdci-2026", 6) is None
    assert waiting.take("cdci-2025", 8) is None
    taken = waiting.take("cdci-2026", 8)
    assert (taken.number, taken.share) == (2, "2BBBB")
    assert "2BBBB" not in repr(taken)
    assert waiting.take("cdci-2026", 8) is None
    assert b"2BBBB" not in bytes(waiting.map), "erased, not only marked"


def test_another_process_of_the_host_takes_it():
    waiting = Handover()
    waiting.put("cdci-2026", [(7, "1AAAA")])
    child = os.fork()
    if child == 0:
        os._exit(0 if waiting.take("cdci-2026", 7) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert waiting.waiting() == []


def test_a_new_ceremony_replaces_the_sheets_of_its_round_only():
    waiting = Handover()
    waiting.put("a", [(1, "A1"), (2, "A2")])
    waiting.put("b", [(1, "B1")])
    waiting.put("a", [(3, "A3")])
    assert sorted(waiting.waiting()) == [("a", 3, 1), ("b", 1, 1)]


def test_what_nobody_takes_is_erased_after_hours():
    with time_machine.travel("2026-01-05 08:00 +0700", tick=False) as clock:
        waiting = Handover()
        waiting.put("a", [(1, "SECRET")])
        clock.shift(HOURS * 3600 + 1)
        assert waiting.take("a", 1) is None
        assert not any(waiting.map[:])


def test_more_than_there_is_room_for_is_an_error_not_a_loss():
    waiting = Handover()
    waiting.put("a", [(1, "A1")] * SLOTS)
    with pytest.raises(MemoryError):
        waiting.put("b", [(1, "B1")])
    assert len(waiting.waiting()) == SLOTS
