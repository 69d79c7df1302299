"""Count and wipe killed at any moment: the round is closed, counted or wiped, never between, and nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from survey_app import jobs
from survey_app.ballot import minutes
from survey_app.fieldwork import rounds
from survey_app.models import Comment, Count, Envelope, Invitation, ReceiptHash, Round
from tests.office import answer
from tests.privacy.campaign import ready

SHEETS = 30
CHANCE = random.Random()  # other moments at every run


def closed_round(settings, round_id):
    """A round with sheets in its box."""
    opened, shares, tokens = ready(settings, SHEETS, round_id, 2024)
    for token in tokens:
        answer(opened, token, CHANCE.choice("ABC"))
    return rounds.close_round(opened), shares


def killed(command, settings, given, seconds):
    """Start a process, kill it after so long; whether it had ended by itself, and how long it ran."""
    environment = os.environ | {"SURVEY_INSTANCE": str(settings.instance), "DATABASE_URL": settings.database_url,
                                "SURVEY_RECOUNT_DAYS": "0"}  # fmt: skip
    began = time.monotonic()
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, text=True
    )
    with child:
        child.stdin.write(given)
        child.stdin.close()
        try:
            child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
    return child.returncode, time.monotonic() - began


def left(round_id):
    """What the tables hold of the round: state, and the rows that belong to it."""
    tables = (Envelope, Invitation, ReceiptHash, Comment, Count)
    return Round.get_by_id(round_id).state, tuple(
        table.select().where(table.round == round_id).count() for table in tables
    )


def kill_again_and_again(settings, times):
    closed, shares = closed_round(settings, "killed")
    box, codes = SHEETS, SHEETS
    count = [sys.executable, "-m", "survey_app.ballot.count", closed.id]
    given = "\n".join(shares[:2]) + "\n"
    _, whole = killed([*count[:3], "none"], settings, given, 60)  # what starting alone takes
    for _ in range(times):
        killed(count, settings, given, CHANCE.uniform(0.5, 1.3) * whole + CHANCE.uniform(0, 0.3))
        state, rows = left(closed.id)
        if state == "closed":
            assert rows == (box, codes, 0, 0, 0)
            continue
        assert state == "counted"
        assert rows[:3] == (box, codes, SHEETS)
        assert minutes.read(closed.id).is_sound
        Count.delete().where(Count.round == closed.id).execute()  # and once more from the closed box
        ReceiptHash.delete().where(ReceiptHash.round == closed.id).execute()
        Comment.delete().where(Comment.round == closed.id).execute()
        Round.update(state="closed").where(Round.id == closed.id).execute()
    jobs.run_count(settings, closed.id, shares[:2], lambda done, total: None)
    outcome = bytes(Count.get_by_id(closed.id).outcome)

    wipe = [sys.executable, "-m", "survey_app.cli", "round", "wipe", closed.id]
    for _ in range(times):
        killed(wipe, settings, "", CHANCE.uniform(0.3, 1.6) * whole)
        state, rows = left(closed.id)
        assert (state, rows[:2]) in (("counted", (box, codes)), ("counted", (0, 0)), ("wiped", (0, 0)))
        assert bytes(Count.get_by_id(closed.id).outcome) == outcome
    if left(closed.id)[0] == "counted":
        assert killed(wipe, settings, "", 60)[0] == 0
    assert left(closed.id)[0] == "wiped"


def test_count_and_wipe_killed_at_any_moment_leave_one_of_three_states(db):
    kill_again_and_again(db, 10)


@pytest.mark.long
def test_count_and_wipe_killed_two_hundred_times(db):
    kill_again_and_again(db, 200)
