"""What is missing on this machine, each with the one command that cures it; and the settings, without secrets."""

from __future__ import annotations

import ctypes.util
import os
import resource
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
from peewee import PeeweeException

from survey_app import config
from survey_app.config import Settings
from survey_app.database import connect_to, database, is_sqlite, waiting

LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at. `bad`: something does not work before it is cured."""

    level: str  # ok | hint | bad
    what: str
    cure: str = ""

    @property
    def bad(self) -> bool:
        """Whether something does not work."""
        return self.level == "bad"

    def __str__(self) -> str:
        return f"{self.level:<5} {self.what}" + (f" — {self.cure}" if self.cure else "")


def examine(settings: Settings) -> list[Finding]:
    """Everything, in the order in which it should be mended."""
    return [
        *of_settings(settings),
        *of_instance(settings),
        *of_database(settings),
        *of_documents(settings),
        *of_memory(),
    ]


def of_settings(settings: Settings) -> Iterator[Finding]:
    """Every setting as it is; a password in the database's address is left out."""
    for name in config.ENVIRONMENT:
        value = os.environ.get(name, "")
        if name == "DATABASE_URL" and "@" in value:
            value = f"{value.split('://')[0]}://…@{value.rpartition('@')[2]}"
        yield Finding("ok", f"{name} = {value or '(default)'}")
    if not settings.https:
        yield Finding(
            "hint", f"{settings.base_url} is for this machine only", "set SURVEY_BASE_URL=https://… to go public"
        )
    if not settings.contact:
        yield Finding("hint", "businesses are told no telephone number or address for questions", "set SURVEY_CONTACT")


def of_instance(settings: Settings) -> Iterator[Finding]:
    """The instance folder: there, ours, and closed to others."""
    if not settings.instance.is_dir():
        yield Finding("bad", f"the instance folder {settings.instance} is missing", "run: survey-app init")
        return
    mode = stat.S_IMODE(settings.instance.stat().st_mode)
    if mode & 0o077:
        yield Finding("bad", f"others can look into {settings.instance}", f"run: chmod 700 {settings.instance}")
    if not os.access(settings.instance, os.W_OK):
        yield Finding("bad", f"{settings.instance} cannot be written", f"run: chown {os.getuid()} {settings.instance}")
    free = shutil.disk_usage(settings.instance).free
    if free < 2**30:
        yield Finding("hint", f"{free // 2**20} MiB are free: the wipe rewrites the whole database", "make room")


def of_database(settings: Settings) -> Iterator[Finding]:
    """Whether it answers and is up to date."""
    if settings.database_url.startswith("sqlite") and not Path(settings.database_url.partition("///")[2]).exists():
        yield Finding("bad", "there is no database yet", "run: survey-app init")
        return
    try:
        connect_to(settings.database_url)
        database.connect(reuse_if_open=True)
        late = waiting()
    except PeeweeException as error:
        yield Finding("bad", f"the database does not answer: {str(error).splitlines()[0]}", "check DATABASE_URL")
        return
    if late:
        yield Finding("bad", f"{len(late)} migrations wait", "run: survey-app upgrade")
    else:
        yield Finding("ok", f"database: {'SQLite' if is_sqlite() else 'PostgreSQL'}, up to date")
        yield from of_wipe()


def of_wipe() -> Iterator[Finding]:
    """What the wipe would miss: better known before a round opens than after its count."""
    from survey_app.ballot.wipe import obstacles

    for reason in obstacles():
        yield Finding("bad", f"the wipe would fail: {reason}", "see the deployment page")


def of_documents(settings: Settings) -> Iterator[Finding]:
    """What letters and scorecards need."""
    missing = [name for name in LIBRARIES if ctypes.util.find_library(name) is None]
    if missing:
        yield Finding("bad", f"no PDF can be made: {', '.join(missing)}", f"run: sudo apt-get install {PACKAGES}")
    else:
        yield Finding("ok", "libraries for PDF")
    for folder, name in ((settings.questionnaires, "questionnaires"), (settings.reports, "reports")):
        if not folder.is_dir():
            yield Finding("bad", f"{folder} is missing", f"unset SURVEY_{name.upper()} or name another folder")


def of_memory() -> Iterator[Finding]:
    """Where opened sheets could reach a disk during the count."""
    swaps = Path("/proc/swaps")
    if swaps.is_file() and len(swaps.read_text().splitlines()) > 1:
        yield Finding("hint", "swap is on: opened sheets could be written to it", "run before a count: sudo swapoff -a")
    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        yield Finding("hint", "core dumps are on (the count turns its own off)", "run: ulimit -c 0")
