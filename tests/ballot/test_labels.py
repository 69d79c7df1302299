"""What workers remember together for a day, in memory only."""

from __future__ import annotations

import os
import signal
import time

import pytest
import time_machine

from survey_app.ballot import labels


@pytest.fixture
def memory(monkeypatch):
    fresh = labels.DayMemory()
    monkeypatch.setattr(labels, "_shared", fresh)
    return fresh


def in_child(work):
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return child


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("203.113.131.7", "203.113.131.0/24"),
        ("::ffff:203.113.131.7", "203.113.131.0/24"),
        ("2001:ee0:4161:1:2::3", "2001:ee0:4161::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        (None, ""),
        ("unknown", ""),
    ],
)
def test_only_the_network_of_an_address_is_used(address, prefix):
    assert labels.network_prefix(address) == prefix


def test_a_label_is_one_for_a_network_and_browser_on_a_day(memory):
    first = labels.client_label("203.113.131.0/24", "Firefox")
    assert 0 <= first < 2**32
    assert labels.client_label("203.113.131.0/24", "Firefox") == first
    assert labels.client_label("203.113.132.0/24", "Firefox") != first
    assert labels.client_label("203.113.131.0/24", "Chrome") != first


def test_the_key_of_the_day_before_is_gone_and_labels_change(memory):
    with time_machine.travel("2024-05-01T16:59:59Z", tick=False):
        label = labels.client_label("n", "b")
        key = memory.day_key()
        assert not labels.too_many("code", "n", 1)
    with time_machine.travel("2024-05-01T17:00:00Z", tick=False):  # midnight in Viet Nam
        assert labels.client_label("n", "b") != label
        assert key not in bytes(memory.map)
        assert not labels.too_many("code", "n", 1)
    with time_machine.travel("2024-05-01T16:59:59Z", tick=False):
        assert labels.client_label("n", "b") != label


def test_counters_stop_at_the_limit_and_start_anew_with_the_window(memory):
    with time_machine.travel("2024-05-01T10:00:00Z", tick=False):
        assert [labels.too_many("code", "n", 3) for _ in range(5)] == [False, False, False, True, True]
        assert not labels.too_many("code", "other", 3)
        assert not labels.too_many("resume", "n", 3)
        assert not labels.too_many("code", "n", 3, seconds=60)
    with time_machine.travel("2024-05-01T10:10:00Z", tick=False):
        assert not labels.too_many("code", "n", 3)


def test_a_flood_of_other_networks_does_not_reset_a_counter(memory):
    for _ in range(20):
        labels.too_many("code", "guesser", 5)
    for number in range(3 * labels.SLOTS // 2):
        labels.too_many("code", f"network {number}", 5)
    assert labels.too_many("code", "guesser", 5)


def test_all_processes_count_together_and_share_the_key(memory):
    label = labels.client_label("n", "b")

    def work():
        assert labels.client_label("n", "b") == label
        for _ in range(500):
            labels.too_many("code", "n", 0, seconds=86400)

    children = [in_child(work) for _ in range(4)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert not labels.too_many("code", "n", 2001, seconds=86400)
    assert labels.too_many("code", "n", 2001, seconds=86400)


def test_a_worker_killed_while_it_holds_the_lock_stops_nobody(memory):
    def hold():
        with memory.locked():
            time.sleep(60)

    child = in_child(hold)
    time.sleep(0.3)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    started = time.monotonic()
    labels.client_label("n", "b")
    assert time.monotonic() - started < 5


def test_no_address_lies_in_the_memory(memory):
    labels.too_many("code", "203.113.131.0/24", 3)
    labels.client_label("203.113.131.0/24", "Firefox")
    assert b"203.113" not in bytes(memory.map)
