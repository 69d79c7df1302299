"""The processes that set pages: `python -m survey_app.results.bindery`, started and fed by `documents.py`.

A bindery holds no database connection and no secret: it is given a Result, a questionnaire, a plan and the templates'
folder, and gives documents back. It is bounded in time and memory, and a broken font cannot take the worker with it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec

from survey_app.errors import Refused
from survey_app.i18n import say
from survey_app.questionnaire.schema import Questionnaire
from survey_app.results import audit, bottlenecks, comparison, exports, follow_up, open_data, press_sheet, scorecard
from survey_app.results.marks import Mark
from survey_app.results.reading import Reading
from survey_app.results.result import Result
from survey_app.results.typeset import Attached, NotSet, Press
from survey_app.scoring.plan import Plan

MEMORY = 2 * 2**30  # bytes of address space
SECONDS = 1800  # of CPU
OPEN = {"open_csv": "csv", "open_json": "json"}
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")  # of the environment: no address


class Task(msgspec.Struct, frozen=True):
    """One document to make: scorecard (of a unit), comparison, audit, press, csv, xlsx, json, open_csv, open_json;
    archive: a unit's scorecard, without one the comparison, with its data attached."""

    kind: str
    unit: str
    language: str


class Packed(msgspec.Struct, frozen=True):
    """A Result with the questionnaire and the plan it was made by, as canonical bytes."""

    result: bytes
    questionnaire: bytes
    plan: bytes


class Office(msgspec.Struct, frozen=True):
    """Whom readers of the press sheet may ask, and the public page on which they check what it says."""

    contact: str = ""
    address: str = ""


NOBODY = Office()


class Order(msgspec.Struct, frozen=True):
    """What a bindery is given first: the templates' folder, the round with those before it, the newest first, and what
    stands beside it (`FollowUp`, canonical; what was marked as outside its units)."""

    reports: str
    rounds: tuple[Packed, ...]
    office: Office = NOBODY
    follow_up: bytes = b""
    marks: tuple[Mark, ...] = ()


class Made(msgspec.Struct, frozen=True):
    """The document, or the one line that says why it could not be made."""

    content: bytes = b""
    failed: str = ""


# ---------------------------------------------------------------- on the side of the worker


class Bindery:
    """One such process. Closing it ends it."""

    def __init__(self, order: Order) -> None:
        environment = {name: value for name, value in os.environ.items() if name in KEPT}
        # The child finds the same package: installed, or this checkout.
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        environment["SOURCE_DATE_EPOCH"] = "0"  # nothing in a document may tell when it was made
        command = [sys.executable, "-m", "survey_app.results.bindery"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self.send(msgspec.msgpack.encode(order))

    def send(self, content: bytes) -> None:
        assert self.process.stdin is not None
        try:
            write(self.process.stdin, content)
        except BrokenPipeError:
            raise Refused("The process that renders documents has died. Publish again.") from None

    def make(self, task: Task) -> bytes:
        """The document's bytes. Raises Refused with the reason."""
        assert self.process.stdout is not None
        self.send(msgspec.msgpack.encode(task))
        answer = read(self.process.stdout)
        if answer is None:
            raise Refused("The process that renders documents has died. Publish again.")
        made_ = msgspec.msgpack.decode(answer, type=Made)
        if made_.failed:
            raise Refused(
                "{document} could not be rendered: {why}", document=f"{task.kind} {task.unit}".strip(), why=made_.failed
            )
        return made_.content

    def close(self) -> None:
        """End the process: without more work it ends by itself; one that hangs is killed."""
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def write(pipe: BinaryIO | object, content: bytes) -> None:
    """One message: four bytes of length, then the content."""
    pipe.write(len(content).to_bytes(4, "big") + content)  # type: ignore[union-attr]
    pipe.flush()  # type: ignore[union-attr]


def read(pipe: BinaryIO | object) -> bytes | None:
    """The next message; None at the end."""
    head = pipe.read(4)  # type: ignore[union-attr]
    if len(head) < 4:
        return None
    content: bytes = pipe.read(int.from_bytes(head, "big"))  # type: ignore[union-attr]
    return content


# ---------------------------------------------------------------- in the process itself


def main() -> None:
    """Make documents until the pipe closes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    first = read(sys.stdin.buffer)
    if first is None:
        return
    order = msgspec.msgpack.decode(first, type=Order)
    press, readings = Press(Path(order.reports)), dict[str, Reading]()
    while (message := read(sys.stdin.buffer)) is not None:
        task = msgspec.msgpack.decode(message, type=Task)
        if task.language not in readings:
            bare = unpacked(order.rounds, task.language)
            readings[task.language] = dataclasses.replace(bare, follow_up=follow_up.read(order.follow_up))
        try:
            answer = Made(document(task, readings[task.language], press, order.office, order.marks))
        except NotSet as complaint:
            answer = Made(failed=str(complaint))
        except Exception as error:  # one document's fault must not end the others without a word
            answer = Made(failed=f"{type(error).__name__}: {error}".splitlines()[0])
        write(sys.stdout.buffer, msgspec.msgpack.encode(answer))


def unpacked(rounds: tuple[Packed, ...], language: str) -> Reading:
    """The reading of the first round, with those before it."""
    first, before = rounds[0], rounds[1:]
    return Reading(
        Result.from_canonical(first.result),
        Questionnaire.from_canonical(first.questionnaire),
        Plan.from_canonical(first.plan),
        language,
        (unpacked(before, language),) if before else (),
    )


def document(
    task: Task, reading: Reading, press: Press, office: Office = NOBODY, marks: tuple[Mark, ...] = ()
) -> bytes:
    """The document. The same reading with the same marks gives the same bytes."""
    year, issuer = reading.result.year, reading.text(reading.result.organisation)
    attached = data_of(reading, task.unit) if task.kind == "archive" else None
    if task.kind == "scorecard" or (attached and task.unit):
        card = scorecard.page_for(task.unit, reading)
        return press.pdf("scorecard", task.language, year, issuer, attached, card=card, privacy=reading.plan.privacy)
    if task.kind == "comparison" or attached:
        pages = {"page": comparison.page(reading), "bottlenecks": bottlenecks.page(reading, marks)}
        return press.pdf("comparison", task.language, year, issuer, attached, **pages)
    if task.kind == "audit":
        return press.pdf("audit", task.language, year, issuer, page=audit.page(reading))
    if task.kind == "press":
        page = press_sheet.page(reading, office.contact, office.address)
        return press.pdf("press", task.language, year, issuer, page=page)
    if task.kind in OPEN:
        return open_data.files(reading, OPEN[task.kind])
    files = exports.files_of(reading, task.kind)
    return exports.zipped(files) if task.kind == "csv" else files[0][1]


def data_of(reading: Reading, unit: str) -> Attached:
    """What an archived document is accompanied by: the figures it shows, as data."""
    name = "-".join(filter(None, (reading.result.round, unit, reading.language)))
    return Attached(f"{name}.json", say(reading.language, "The published figures as data"), exports.json(reading, unit))


if __name__ == "__main__":
    main()
