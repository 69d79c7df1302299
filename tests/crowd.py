"""A closed round with as many envelopes as wanted, counted by the real child process: what that takes.

    python -m tests.crowd 1000000      needs 9 KB of disk an envelope

A few hundred simulated businesses' sheets are sealed again and again, each time with another receipt and label.
"""

from __future__ import annotations

import itertools
import os
import re
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from peewee import chunked

from survey_app import demo, jobs
from survey_app.ballot.envelopes import SealedContent, new_key, seal
from survey_app.ballot.tokens import new_receipt
from survey_app.config import Settings, read_settings
from survey_app.database import connect_to, database, migrate
from survey_app.demo import fieldwork
from survey_app.demo.answers import replies
from survey_app.fieldwork import rounds
from survey_app.fieldwork.units import register_for
from survey_app.fieldwork.versions import plan_of, questionnaire_of
from survey_app.models import Envelope, Invitation, Round
from survey_app.questionnaire.path import completed

MIB = 2**20


class Took(msgspec.Struct, frozen=True):
    """Of the counting process: peak of its memory in bytes, CPU and wall seconds, bytes it wrote before the last
    envelope was open, and how often it told how far it is."""

    peak: int
    cpu: float
    wall: float
    written_while_opening: int
    told: int


def closed_round(settings: Settings, envelopes: int) -> tuple[Round, tuple[str, ...]]:
    """The round and its key holders' codes."""
    connect_to(settings.database_url)
    database.connect()
    migrate()
    demo.load_register(settings)
    plot, frame = demo.past()[0], fieldwork.frame_of(demo.SEED)
    round_, _, shares = fieldwork.open_box(fieldwork.prepare(plot, *demo.versions(settings), frame))
    answering = fieldwork.who_answers(plot, frame)
    given = replies(questionnaire_of(round_), plan_of(round_), register_for(round_), answering, plot.quality, plot.seed)
    sheets = [completed(questionnaire_of(round_), register_for(round_), reply.answers) for reply in given]
    business = fieldwork.everyone()[0]
    Invitation.delete().where(Invitation.round == round_.id).execute()
    for part in chunked(itertools.islice(itertools.cycle(sheets), envelopes), 400):
        with database.atomic():
            Envelope.insert_many([dropped(round_, sheet) for sheet in part]).execute()
            mark = {"round": round_.id, "business": business.id, "used": True}
            marks = [mark | {"digest": secrets.token_bytes(32)} for _ in part]
            Invitation.insert_many(marks).execute()
    rounds.close_round(round_)
    return Round.get_by_id(round_.id), shares


def dropped(round_: Round, sheet: dict[str, object]) -> dict[str, object]:
    """One envelope as it lies in the box."""
    content = SealedContent(sheet, new_receipt(), secrets.randbits(32), 2, "vi")
    return {"key": new_key(), "round": round_.id, "sealed": seal(content, round_)}


def count(settings: Settings, round_: Round, shares: Sequence[str]) -> Took:
    """Count it in the child process, with an eye on that."""
    database.close()
    began, told, written = time.monotonic(), 0, 0
    child = jobs.count_child(settings, round_.id, shares[:2])
    assert child.stdout is not None
    assert child.stderr is not None
    with child.stdout, child.stderr:
        for line in child.stdout:
            if re.fullmatch(r"\d+ \d+\n", line):
                told, written = told + 1, written_by(child.pid)
        problem = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, problem
    return Took(
        peak=usage.ru_maxrss * 1024,
        cpu=usage.ru_utime + usage.ru_stime,
        wall=time.monotonic() - began,
        written_while_opening=written,
        told=told,
    )


def written_by(pid: int) -> int:
    """Bytes that a process has sent to storage."""
    fields = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(fields["write_bytes"])


def took(envelopes: int) -> Took:
    """Make such a round in a folder of its own and count it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings({"SURVEY_INSTANCE": str(Path(folder) / "instance")})
        settings.instance.mkdir(parents=True)
        return count(settings, *closed_round(settings, envelopes))


def lines(envelopes: int) -> Iterator[str]:
    """What it took, to be read."""
    found = took(envelopes)
    yield (
        f"count of {envelopes} envelopes: peak {found.peak / MIB:.0f} MiB, {found.cpu:.0f} CPU-s "
        f"({found.cpu / envelopes * 1e3:.2f} ms an envelope), {found.wall:.0f} s; "
        f"{found.written_while_opening} bytes written while opening; progress told {found.told} times"
    )


if __name__ == "__main__":
    for line in lines(int(sys.argv[1])):
        sys.stdout.write(f"{line}\n")
