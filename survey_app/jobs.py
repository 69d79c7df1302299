"""Long work in the background, with progress. The queue carries a job's number only, never a secret.

Publishing and wiping go through the queue to the worker. The count does not: its codes go down a pipe to one child
process and exist nowhere else; a count that dies asks for them again.
"""

from __future__ import annotations

import datetime
import fcntl
import functools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from huey import Huey, SqliteHuey, crontab
from huey.contrib.sql_huey import SqlHuey
from huey.registry import Message
from huey.serializer import Serializer

from survey_app.backup import note_wiped
from survey_app.ballot import keys, minutes
from survey_app.ballot import wipe as box
from survey_app.config import Settings
from survey_app.database import database, engine, forget_deleted, make_private
from survey_app.errors import NotFound, Refused, WrongState
from survey_app.fieldwork import progress as progress_numbers
from survey_app.fieldwork import rounds
from survey_app.fieldwork.steps import refuse_unless
from survey_app.i18n import N_
from survey_app.models import CLOSED, COUNTED, PUBLISHED, WIPED, Job, Round
from survey_app.staff.audit import record

Step = Callable[[int, int], None]  # done, total
Follow = Callable[[subprocess.Popen[str], Step], None]
RIVALS = dict.fromkeys(("wipe", "recount"), ("wipe", "recount"))  # kinds that may not run beside each other
EVERY = 0.5  # seconds between two writes of a job's progress
RECOUNTED_OTHERWISE = N_("The recount gives other numbers than the minutes. Do not wipe the box: call the auditor.")
INTERRUPTED = N_("It was interrupted. Nothing was lost: please start it again.")


class PlainMessages(Serializer):  # type: ignore[misc]  # huey carries no types
    """Tasks as JSON. The usual pickle would run whatever somebody wrote into the queue's table."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(list(data)).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data))


class Queue(NamedTuple):
    """The queue, and the function that puts a job's number into it."""

    huey: Huey
    put: Callable[[int], object]


@functools.cache
def queue_of(settings: Settings) -> Queue:
    """The queue: a file of its own beside SQLite, tables of their own in the same PostgreSQL."""
    if settings.database_url.startswith("sqlite"):
        settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = settings.instance / "jobs.db"
        make_private(path)
        huey = SqliteHuey("survey", filename=str(path), results=False, serializer=PlainMessages())
    else:
        huey = SqlHuey("survey", database=engine(settings.database_url), results=False, serializer=PlainMessages())

    def run(job_id: int) -> None:
        run_job(settings, job_id)

    huey.periodic_task(crontab(minute="7"), name="keep_house")(keep_house)
    return Queue(huey, huey.task(name="run")(run))


def keep_house() -> None:
    """What the worker does every hour: the day's numbers of the open rounds, and deleted drafts out of the log."""
    database.connect(reuse_if_open=True)
    progress_numbers.take_daily()
    forget_deleted()


# ---------------------------------------------------------------- starting


def start_publish(settings: Settings, round_: Round, early: bool = False) -> Job:
    """Freeze the result and render every document, in the worker; `early`: although unit heads still read the draft.

    Raises WrongState when it is not due.
    """
    rounds.refuse_unless_wiped(round_)
    rounds.refuse_early_publication(round_, early)
    return queued(settings, round_, "publish")


def start_wipe(settings: Settings, round_: Round) -> Job:
    """Wipe the box, in the worker. Raises WrongState inside the recount window without two persons' order."""
    rounds.refuse_early_wipe(round_)
    return queued(settings, round_, "wipe")


def queued(settings: Settings, round_: Round, kind: str) -> Job:
    """A waiting job in the queue; one of a kind at a time."""
    job = new_job(settings, round_, kind)
    queue_of(settings).put(job.id)
    return job


def start_count(settings: Settings, round_: Round, shares: Sequence[str]) -> Job:
    """Count in a child process that gets the codes down a pipe. Raises KeysRefused, WrongState."""
    refuse_unless(round_, CLOSED)
    return start_child(settings, round_, shares, "count", follow_count)


def start_recount(settings: Settings, round_: Round, shares: Sequence[str], who: str) -> Job:
    """Count again, compare with the minutes, note in the staff log what came out. Raises KeysRefused, WrongState."""
    refuse_unless(round_, COUNTED)

    def follow(child: subprocess.Popen[str], step: Step) -> None:
        refuse_other_numbers(round_.id, followed(child, step), who)

    return start_child(settings, round_, shares, "recount", follow)


def start_child(settings: Settings, round_: Round, shares: Sequence[str], kind: str, follow: Follow) -> Job:
    """The job of a child that counts, followed by a thread of this process."""
    keys.fitting(round_.id, keys.public_key_bytes(round_), shares)
    job = new_job(settings, round_, kind)
    held = hold(settings, job)
    if held is None:
        raise WrongState("This work is running already.")
    try:
        child = count_child(settings, round_.id, shares, keep_open=held, again=kind == "recount")
    except OSError:
        os.close(held)
        finish(job, "failed", INTERRUPTED)
        raise
    threading.Thread(target=follow_child, args=(child, job.id, held, follow), daemon=True).start()
    return job


def refuse_while_publishing(settings: Settings, round_: Round) -> None:
    """Raise WrongState while the round's documents are being made."""
    for job in Job.select().where((Job.round == round_.id) & (Job.kind == "publish")):
        if progress(settings, job.id).state in ("waiting", "running"):
            raise WrongState("This work is running already.")


def new_job(settings: Settings, round_: Round, kind: str) -> Job:
    """A waiting job; refused while another of its kind is under way in the round."""
    with database.atomic():
        for other in Job.select().where((Job.round == round_.id) & Job.kind.in_(RIVALS.get(kind, (kind,)))):
            if progress(settings, other.id).state in ("waiting", "running"):
                raise WrongState("This work is running already.")
        return Job.create(kind=kind, round=round_.id, state="waiting", started=now())


def now() -> datetime.datetime:
    """UTC without a zone, as the tables keep it."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


# ---------------------------------------------------------------- the count's child


def count_child(
    settings: Settings, round_id: str, shares: Sequence[str], keep_open: int | None = None, again: bool = False
) -> subprocess.Popen[str]:
    """The process that counts. The codes go down its standard input: not into arguments, environment or files."""
    child = subprocess.Popen(
        [sys.executable, "-m", "survey_app.ballot.count", round_id, *(["--recount"] if again else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment_of(settings),
        pass_fds=() if keep_open is None else (keep_open,),
        start_new_session=True,  # a restart of the web server does not kill a count
    )
    assert child.stdin is not None
    with child.stdin as pipe:
        pipe.write("\n".join(shares) + "\n")
    return child


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of a child that works on the same instance."""
    return os.environ | {
        "SURVEY_INSTANCE": str(settings.instance),
        "DATABASE_URL": settings.database_url,
        "SURVEY_BASE_URL": settings.base_url,
        "PORT": str(settings.port),
        "SURVEY_RECOUNT_DAYS": str(settings.recount_days),
        "SURVEY_CUSTODIANS": ";".join(settings.custodian_titles),
    }


def followed(child: subprocess.Popen[str], step: Step) -> str:
    """Read the child's progress to its end; the outcome's hash. Raises Refused with the child's own line on failure."""
    assert child.stdout is not None
    assert child.stderr is not None
    outcome = ""
    with child:
        for line in child.stdout:
            done, _, total = line.strip().partition(" ")
            if done.isdigit() and total.isdigit():
                step(int(done), int(total))
            elif done == "outcome":
                outcome = total
        complaint = child.stderr.read().strip().splitlines()
    if child.returncode != 0:
        raise Refused(complaint[-1] if complaint else INTERRUPTED)
    return outcome


def refuse_other_numbers(round_id: str, outcome: str, who: str) -> None:
    """Compare a recount's hash with the minutes' and record it. Raises Refused where they differ."""
    written = minutes.read(round_id)
    same = written is not None and written.outcome == outcome
    record(who, "recounted", round_id, f"{'same as' if same else 'DIFFERS from'} the minutes: {outcome}")
    if not same:
        raise Refused(RECOUNTED_OTHERWISE)


def follow_count(child: subprocess.Popen[str], step: Step) -> None:
    """A count that is followed to its end: what it found lies in the database."""
    followed(child, step)


def follow_child(child: subprocess.Popen[str], job_id: int, held: int, follow: Follow) -> None:
    """What the web process does beside serving while its child counts: note the progress."""
    try:
        database.connect(reuse_if_open=True)
        with reported(Job.get_by_id(job_id)) as step:
            follow(child, step)
    finally:
        database.close()
        os.close(held)


def run_count(settings: Settings, round_id: str, shares: Sequence[str], step: Step) -> None:
    """The same at the terminal, waiting for the end. Raises Refused."""
    followed(count_child(settings, round_id, shares), step)


def run_recount(settings: Settings, round_id: str, shares: Sequence[str], who: str, step: Step) -> None:
    """Count again at the terminal and compare. Raises Refused where the numbers differ."""
    refuse_other_numbers(round_id, followed(count_child(settings, round_id, shares, again=True), step), who)


# ---------------------------------------------------------------- in the worker


def run_job(settings: Settings, job_id: int) -> None:
    """What the worker does with a number from the queue."""
    database.connect(reuse_if_open=True)
    job = Job.get_or_none(Job.id == job_id)
    held = hold(settings, job) if job else None
    if job is None or held is None:
        return
    try:
        with reported(job) as step:
            WORK[job.kind](settings, Round.get_by_id(job.round_id), step)
    finally:
        os.close(held)


def publish(settings: Settings, round_: Round, step: Step) -> None:
    """Freeze, render everything once, and only then call it published. A second run makes the same again."""
    # Imported here: they bring the page-setting libraries along.
    from survey_app.results import follow_up, replies
    from survey_app.results.documents import render_all
    from survey_app.results.signature import public_key

    follow_up.freeze(replies.result_to_publish(round_, public_key(settings)))
    render_all(round_, step, settings)
    rounds.mark_published(round_)


def wipe(settings: Settings, round_: Round, step: Step) -> None:
    """Wipe; what could not be wiped is the job's message. Noted outside the database, which a copy may replace."""
    box.wipe(round_, step)
    note_wiped(settings)


WORK: dict[str, Callable[[Settings, Round, Step], None]] = {"publish": publish, "wipe": wipe}


def resume(settings: Settings) -> int:
    """At the worker's start: queue again what was running when it died; how many."""
    died = [
        job
        for job in Job.select().where((Job.state == "running") & Job.kind.in_(list(WORK)))
        if not alive(settings, job)
    ]
    for job in died:
        Job.update(state="waiting").where(Job.id == job.id).execute()
        queue_of(settings).put(job.id)
    again = len(died)
    for round_id in box.unfinished():
        known = (Job.round == round_id) & (Job.kind == "wipe") & Job.state.in_(("waiting", "running"))
        if not Job.select().where(known).exists():
            queued(settings, Round.get_by_id(round_id), "wipe")
            again += 1
    return again


# ---------------------------------------------------------------- progress


@contextmanager
def reported(job: Job) -> Iterator[Step]:
    """Running → done, or failed with one line; the step function writes progress, not more often than it is read."""
    last = 0.0

    def step(done: int, total: int) -> None:
        nonlocal last
        if done == total or time.monotonic() - last > EVERY:
            last = time.monotonic()
            Job.update(done=done, total=total).where(Job.id == job.id).execute()

    Job.update(state="running", message="", started=now()).where(Job.id == job.id).execute()
    try:
        yield step
    except Refused as refused:
        finish(job, "failed", str(refused))
    except Exception as error:
        finish(job, "failed", f"{type(error).__name__}: {error}".splitlines()[0][:300])
    else:
        finish(job, "done", "")


def finish(job: Job, state: str, message: str) -> None:
    """The job's end."""
    Job.update(state=state, message=message).where(Job.id == job.id).execute()


def progress(settings: Settings, job_id: int) -> Job:
    """The job as it stands. One whose process died says so. Raises NotFound."""
    job = Job.get_or_none(Job.id == job_id)
    if job is None:
        raise NotFound("There is no such work.")
    if job.state == "running" and not alive(settings, job):
        counted = job.kind == "count" and Round.get_by_id(job.round_id).state in (COUNTED, WIPED, PUBLISHED)
        finish(job, *(("done", "") if counted else ("failed", INTERRUPTED)))
        return Job.get_by_id(job_id)
    return job


def latest(settings: Settings, round_: Round) -> Job | None:
    """The round's newest job, whatever became of it."""
    kinds = ("count", "recount", *WORK)
    job = Job.select().where((Job.round == round_.id) & Job.kind.in_(kinds)).order_by(Job.id.desc()).first()
    return progress(settings, job.id) if job else None


def lock_file(settings: Settings, job: Job) -> str:
    """The file that the job's process holds locked for as long as it lives: a killed process lets go by itself."""
    folder = settings.instance / "jobs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(folder / f"{job.id}.lock")


def hold(settings: Settings, job: Job) -> int | None:
    """Lock the job's file; None when another process holds it."""
    descriptor = os.open(lock_file(settings, job), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def alive(settings: Settings, job: Job) -> bool:
    """Whether a process works on it. On another host there is no file here, and nothing to judge by."""
    try:
        descriptor = os.open(lock_file(settings, job), os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)
