"""Background work: numbers only in the queue, the count by a pipe, nothing lost when a process dies."""

from __future__ import annotations

import os
import re
import time

import pytest

from survey_app import jobs
from survey_app.backup import drop_boxes
from survey_app.ballot import keys, minutes, wipe
from survey_app.ballot.minutes import Remark
from survey_app.errors import KeysRefused, Refused, WrongState
from survey_app.fieldwork import rounds
from survey_app.fieldwork.opening import open_round
from survey_app.models import Draft, Envelope, Invitation, Job
from survey_app.staff import audit
from tests.office import answer, ready_round


def closed_round(settings, sheets=40):
    created, shares, issued = ready_round(settings)
    opened = open_round(created)
    for number, (_, token) in enumerate(issued[:sheets]):
        answer(opened, token, "A" if number % 2 else "B")
    return rounds.close_round(opened), shares


def ended(settings, job):
    for _ in range(300):
        job = jobs.progress(settings, job.id)
        if job.state in ("done", "failed"):
            return job
        time.sleep(0.1)
    raise AssertionError(job.state)


def test_a_count_in_the_background_counts_every_sheet(db):
    closed, shares = closed_round(db)
    job = ended(db, jobs.start_count(db, closed, shares[1:]))
    assert (job.state, job.message) == ("done", "")
    assert rounds.round_by_id(closed.id).state == "counted"
    assert minutes.read(closed.id).sheets == 40


def test_wrong_codes_fail_with_the_childs_own_line_and_can_be_given_again(db):
    closed, shares = closed_round(db, sheets=1)
    whole = keys.read_share(shares[0])
    forged = keys.Share(whole.number, whole.tag, bytes(16)).printed
    job = ended(db, jobs.start_count(db, closed, [forged, shares[1]]))
    assert job.state == "failed"
    assert "do not open this round's box" in job.message
    assert rounds.round_by_id(closed.id).state == "closed"
    assert ended(db, jobs.start_count(db, closed, shares[:2])).state == "done"


def test_codes_that_cannot_fit_are_refused_before_anything_starts(db):
    closed, shares = closed_round(db, sheets=0)
    mistyped = shares[0].replace(shares[0][-1], "2" if shares[0][-1] != "2" else "3")
    with pytest.raises(KeysRefused, match="Code 2"):
        jobs.start_count(db, closed, [shares[1], mistyped])
    with pytest.raises(KeysRefused, match="two different shares"):
        jobs.start_count(db, closed, [shares[1], shares[1]])
    assert Job.select().where(Job.kind == "count").count() == 0


def test_no_code_is_in_the_childs_arguments_or_environment(db, monkeypatch):
    closed, shares = closed_round(db, sheets=0)
    seen = {}
    real = jobs.subprocess.Popen

    def watched(arguments, **options):
        seen.update(arguments=arguments, environment=options["env"])
        return real(arguments, **options)

    monkeypatch.setattr(jobs.subprocess, "Popen", watched)
    jobs.run_count(db, closed.id, shares[:2], lambda done, total: None)
    text = f"{seen['arguments']} {seen['environment']}"
    assert not any(share in text or share.replace("-", "") in text for share in shares)


def test_a_recount_says_whether_the_minutes_hold_and_keeps_the_wipe_away(db):
    closed, shares = closed_round(db)
    with pytest.raises(WrongState):
        jobs.start_recount(db, closed, shares[:2], "officer@example.vn")
    jobs.run_count(db, closed.id, shares[:2], lambda done, total: None)
    counted = rounds.round_by_id(closed.id)
    under_way = jobs.start_recount(db, counted, shares[1:], "officer@example.vn")
    with pytest.raises(WrongState, match="running already"):
        jobs.start_wipe(db, counted)
    assert ended(db, under_way).state == "done"
    assert audit.latest(1)[0].detail.startswith("same as the minutes")
    minutes.amend(closed.id, outcome="0" * 64)
    other = ended(db, jobs.start_recount(db, counted, shares[1:], "officer@example.vn"))
    assert (other.state, other.message) == ("failed", jobs.RECOUNTED_OTHERWISE)
    assert audit.latest(1)[0].detail.startswith("DIFFERS")


def test_the_queue_holds_a_number_and_nothing_else(db):
    closed, shares = closed_round(db, sheets=0)
    jobs.run_count(db, closed.id, shares[:2], lambda done, total: None)
    job = jobs.start_wipe(db, rounds.round_by_id(closed.id))
    (message,) = jobs.queue_of(db).huey.storage.enqueued_items()
    text = bytes(message).decode()
    assert re.search(rf"\[{job.id}\]|\({job.id},\)", text)
    assert closed.id not in text


def test_the_worker_wipes_and_a_second_run_does_no_harm(db):
    closed, shares = closed_round(db)
    jobs.run_count(db, closed.id, shares[:2], lambda done, total: None)
    job = jobs.start_wipe(db, rounds.round_by_id(closed.id))
    queue = jobs.queue_of(db).huey
    task = queue.dequeue()
    queue.execute(task)
    jobs.run_job(db, job.id)
    assert jobs.progress(db, job.id).state == "done", jobs.progress(db, job.id).message
    assert rounds.round_by_id(closed.id).state == "wiped"
    assert [table.select().count() for table in (Envelope, Draft, Invitation)] == [0, 0, 0]
    Envelope.insert(key=b"1" * 16, round=closed.id, sealed=b"x").execute()  # as an old copy of the file would
    assert drop_boxes(db) == (closed.id,)
    assert Envelope.select().count() == 0
    assert drop_boxes(db) == ()


def test_a_dropped_box_that_left_traces_is_tried_again_at_the_next_start(db, monkeypatch):
    closed, shares = closed_round(db)
    jobs.run_count(db, closed.id, shares[:2], lambda done, total: None)
    jobs.wipe(db, rounds.round_by_id(closed.id), lambda done, total: None)
    Envelope.insert(key=b"1" * 16, round=closed.id, sealed=b"x").execute()
    monkeypatch.setattr(wipe, "scrub", lambda: (Remark("Somebody is in the way."),))
    for _ in range(2):
        with pytest.raises(wipe.NotWiped, match="in the way"):
            drop_boxes(db)
    assert Envelope.select().count() == 0
    monkeypatch.undo()
    assert drop_boxes(db) == (closed.id,)
    assert drop_boxes(db) == ()


def test_work_whose_process_died_says_so(db):
    closed, _ = closed_round(db, sheets=0)
    job = jobs.new_job(db, closed, "count")
    os.close(jobs.hold(db, job))
    Job.update(state="running").where(Job.id == job.id).execute()
    found = jobs.progress(db, job.id)
    assert (found.state, found.message) == ("failed", jobs.INTERRUPTED)


def test_a_wipe_that_died_is_taken_up_when_the_worker_starts(db):
    closed, shares = closed_round(db, sheets=2)
    jobs.run_count(db, closed.id, shares[:2], lambda done, total: None)
    job = jobs.new_job(db, rounds.round_by_id(closed.id), "wipe")
    os.close(jobs.hold(db, job))
    Job.update(state="running").where(Job.id == job.id).execute()
    assert jobs.resume(db) == 1
    queue = jobs.queue_of(db).huey
    queue.execute(queue.dequeue())
    assert rounds.round_by_id(closed.id).state == "wiped"


def test_the_same_work_is_not_started_twice(db):
    closed, shares = closed_round(db, sheets=0)
    jobs.run_count(db, closed.id, shares[:2], lambda done, total: None)
    counted = rounds.round_by_id(closed.id)
    jobs.start_wipe(db, counted)
    with pytest.raises(WrongState, match="running already"):
        jobs.start_wipe(db, counted)


def test_publishing_waits_for_the_wipe(db):
    closed, _ = closed_round(db, sheets=0)
    with pytest.raises(Refused, match="Next step: count"):
        jobs.start_publish(db, closed)
