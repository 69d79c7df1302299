"""What every command needs of the terminal: the opened instance, secrets without echo, progress that can be read."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from survey_app.config import Settings, read_settings
from survey_app.database import connect_to, database, is_sqlite, waiting
from survey_app.errors import Refused
from survey_app.models import Round

FILE = click.Path(path_type=Path, readable=False)


def say(line: str = "") -> None:
    """One line of a command's answer."""
    click.echo(line)


def opened() -> Settings:
    """The settings, with the database connected and up to date. Raises Refused naming the command that mends it."""
    settings = read_settings()
    if settings.database_url.startswith("sqlite") and not Path(settings.database_url.partition("///")[2]).exists():
        raise Refused("There is no database in {folder} yet. Make it: survey-app init", folder=settings.instance)
    connect_to(settings.database_url)
    database.connect(reuse_if_open=True)
    if waiting():
        first = not database.get_tables() and is_sqlite()
        raise Refused(
            "The database is not up to date. Mend it: survey-app {command}", command="init" if first else "upgrade"
        )
    return settings


def me() -> str:
    """Who acts, as the staff log names it."""
    return f"terminal:{getpass.getuser()}"


def shares_for(round_: Round) -> tuple[str, ...]:
    """The key holders' codes: asked without echo at a terminal, else read from standard input, one a line.

    Never from arguments: those stand in the list of processes and in the shell's history.
    """
    needed = 1 if len(round_.custodians) == 1 else 2
    if sys.stdin.isatty():
        return tuple(str(click.prompt(f"Code {number}", hide_input=True, err=True)) for number in range(1, needed + 1))
    given = tuple(line.strip() for line in sys.stdin if line.strip())
    if len(given) != needed:
        raise Refused("{needed} codes are needed on standard input, one a line.", needed=needed)
    return given


def with_progress(label: str, work: Callable[[Callable[[int, int], None]], Any]) -> Any:
    """Run the work with a bar at a terminal, and silently elsewhere."""
    if not sys.stderr.isatty():
        return work(lambda done, total: None)
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def step(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.pos = min(done, bar.length)
            bar.update(0)

        return work(step)


def outside(settings: Settings, path: Path) -> Path:
    """A folder for documents, made if need be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused("The folder {path} cannot be made: {why}.", path=path, why=error.strerror) from None
    return path
