"""The worker beside the web server: it comes back when it dies, and ends when it is told to."""

from __future__ import annotations

import time

from survey_app import serving


def alive(beside, besides=()):
    """The running worker's process id, once there is one that is not among these."""
    for _ in range(100):
        if beside.child is not None and beside.child.poll() is None and beside.child.pid not in besides:
            return beside.child.pid
        time.sleep(0.05)
    raise AssertionError("no worker is running")


def test_a_worker_that_dies_is_started_again(db, monkeypatch):
    monkeypatch.setattr(serving, "PAUSE", 0.1)
    beside = serving.Beside(db)
    beside.start(None)
    first = alive(beside)
    beside.child.kill()
    assert alive(beside, (first,)) != first
    beside.stop(None)
    time.sleep(0.4)
    assert beside.child.poll() is not None, "told to end, it stays ended"
