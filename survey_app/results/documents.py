"""Everything of a published round is rendered once, into files beside the Result's hash. A request only reads them."""

from __future__ import annotations

import hashlib
import os
import queue
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from survey_app import i18n
from survey_app.config import Settings, read_settings
from survey_app.database import database
from survey_app.errors import NotFound
from survey_app.models import Document, Round
from survey_app.results import bindery, follow_up, manifest, outside, stored
from survey_app.results.bindery import Bindery, Office, Order, Packed, Task
from survey_app.results.result import Result
from survey_app.results.typeset import press_of

Progress = Callable[[int, int], None]
LANGUAGES = ("vi", "en")
ARCHIVE = "vi"  # the language of the files that are kept for good
PROCESSES = 2
SUFFIX = {
    "csv": "zip",
    "xlsx": "xlsx",
    "json": "json",
    "manifest": "json",
    "open_csv": "zip",
    "open_json": "json",
}


def render_all(round_: Round, progress: Progress, settings: Settings | None = None) -> None:
    """Make every document of the round's current Result. Raises NotFound before it is frozen, Refused if one fails."""
    settings = settings or read_settings()
    result = frozen(round_)
    folder = settings.instance / "documents" / result.hash
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    todo = tasks(result)
    made: dict[str, str] = {}
    progress(0, len(todo) + 1)
    for done, (task, content) in enumerate(rendered(settings, result, todo), start=1):
        made[name_of(task)] = keep(folder, result, task, content)
        progress(done, len(todo) + 1)
    last = manifest.manifest(result, manifest.kept(round_), made)
    keep(folder, result, Task("manifest", "", "vi"), manifest.signed(settings, last).canonical())
    progress(len(todo) + 1, len(todo) + 1)


def scorecard_pdf(settings: Settings, round_: Round, unit: str, language: str) -> bytes:
    """One scorecard, set in this process and kept nowhere: for looking at and measuring."""
    return bindery.document(
        Task("scorecard", unit, language), stored.reading_of(round_.id, language), press_of(settings.reports)
    )


def tasks(result: Result) -> list[Task]:
    """The slow ones first, so that the processes end together."""
    found = [Task(kind, "", language) for kind in ("comparison", "audit", "press") for language in LANGUAGES]
    found += [Task("scorecard", line.code, language) for line in result.units for language in LANGUAGES]
    found.append(Task("archive", "", ARCHIVE))
    found += [Task(kind, "", language) for kind in ("xlsx", "json", "csv") for language in LANGUAGES]
    return found + [Task(kind, "", language) for kind in bindery.OPEN for language in i18n.LANGUAGES]


def archived(settings: Settings, round_: Round) -> Iterator[tuple[str, bytes]]:
    """Name and content of every scorecard as it is kept for good: PDF/A-3a with its data. Made when it is asked for,
    from the frozen Result alone, so that it is the same whenever that is. Raises NotFound before there is a Result."""
    result = frozen(round_)
    for task, content in rendered(settings, result, [Task("archive", line.code, ARCHIVE) for line in result.units]):
        yield name_of(task), content


def frozen(round_: Round) -> Result:
    """The round's current Result. Raises NotFound."""
    result = stored.current(round_.id)
    if result is None:
        raise NotFound("{round} has no result yet.", round=round_.id)
    return result


def name_of(task: Task) -> str:
    """The file's name: kind, unit and language are all of it."""
    return "-".join(filter(None, (task.kind, task.unit, task.language))) + f".{SUFFIX.get(task.kind, 'pdf')}"


def keep(folder: Path, result: Result, task: Task, content: bytes) -> str:
    """Write the file whole or not at all, then its row; the file's SHA-256."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as file:
        file.write(content)
    Path(file.name).replace(folder / name_of(task))
    row = {
        "path": f"documents/{result.hash}/{name_of(task)}",
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    with database.atomic():
        Document.insert(result=result.hash, kind=task.kind, unit=task.unit, language=task.language, **row).on_conflict(
            conflict_target=[Document.result, Document.kind, Document.unit, Document.language], update=row
        ).execute()
    return row["sha256"]


def rendered(settings: Settings, result: Result, todo: list[Task]) -> Iterator[tuple[Task, bytes]]:
    """Documents as they are finished, from as many processes as the machine has cores for."""
    office = Office(settings.contact, f"{settings.base_url}/results")
    beside, marks = follow_up.kept(result.hash).canonical(), outside.marks_of(result.round)
    order = Order(str(settings.reports), tuple(pack(one) for one in stored.chain(result)), office, beside, marks)
    idle: queue.SimpleQueue[Bindery] = queue.SimpleQueue()
    processes = [Bindery(order) for _ in range(max(1, min(PROCESSES, os.cpu_count() or 1)))]
    for process in processes:
        idle.put(process)

    def make(task: Task) -> bytes:
        process = idle.get()
        try:
            return process.make(task)
        finally:
            idle.put(process)

    pool = ThreadPoolExecutor(len(processes))
    try:
        running = {pool.submit(make, task): task for task in todo}
        for future in as_completed(running):
            yield running[future], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for process in processes:
            process.close()


def pack(result: Result) -> Packed:
    """The round as a bindery is given it."""
    reading = stored.reading(result, "vi")
    return Packed(result.canonical(), reading.questionnaire.canonical(), reading.plan.canonical())
