"""survey-app …: the commands. Exit status 0 done, 1 the input is wrong (one clear line a problem), 2 usage."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from peewee import InterfaceError, OperationalError

from survey_app import config, doctor
from survey_app.commands.authoring import questionnaire
from survey_app.commands.fieldwork import frame, hard, invitations, panel, units
from survey_app.commands.index import index
from survey_app.commands.results import aims_, export, external_, report, verify
from survey_app.commands.rounds import round_
from survey_app.commands.staff import audit, user
from survey_app.commands.terminal import FILE, me, opened, say
from survey_app.database import connect_to, disconnect, migrate
from survey_app.diagnostics import InputProblems
from survey_app.errors import Refused
from survey_app.staff.audit import record


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(config.version(), message="survey-app %(version)s")
def program() -> None:
    """Anonymous business surveys, an honest index, and scorecards people want to read."""


PARTS = (
    questionnaire, index, units, frame, hard, panel, invitations, round_, report, export, verify, aims_, external_,
    user, audit,
)  # fmt: skip
for part in PARTS:
    program.add_command(part)


@program.command()
def init() -> None:
    """Make the instance folder, its secrets and the database; doing it twice does no harm."""
    settings = config.read_settings()
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.instance.chmod(0o700)
    connect_to(settings.database_url)
    applied = migrate()
    say(
        f"{settings.instance}: ready, {len(applied)} migrations applied." if applied else f"{settings.instance}: ready."
    )


@program.command()
def upgrade() -> None:
    """Bring the database up to date with this version. Make a backup first."""
    settings = config.read_settings()
    connect_to(settings.database_url)
    applied = migrate()
    say("\n".join(f"applied {name}" for name in applied) or "Nothing to do: the database is up to date.")


@program.command("doctor")
def doctor_() -> None:
    """Say what is missing, and the one command that cures it; print the settings without secrets."""
    findings = doctor.examine(config.read_settings())
    for finding in findings:
        say(str(finding))
    if any(finding.bad for finding in findings):
        raise SystemExit(1)


@program.command()
@click.option("--no-serve", is_flag=True, help="Only build it.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
def demo(no_serve: bool, host: str) -> None:
    """A complete example Cục in the instance folder: built once, then served with the worker."""
    from survey_app import demo as example
    from survey_app.serving import refuse_busy_port
    from survey_app.serving import serve as serve_now

    settings = config.read_settings()
    if not no_serve:
        refuse_busy_port(settings, host, "demo")
    say(example.build(settings, say))
    if not no_serve:
        serve_now(settings, host, with_worker=True)


@program.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--with-worker", is_flag=True, help="Run the worker beside it: enough for one machine.")
def serve(host: str, with_worker: bool) -> None:
    """The web server. It keeps no list of requests."""
    from survey_app.serving import refuse_busy_port
    from survey_app.serving import serve as serve_now

    settings = opened()
    refuse_busy_port(settings, host, "serve")
    serve_now(settings, host, with_worker)


@program.command()
@click.option("--until-input-ends", is_flag=True, help="End when standard input is closed (used by --with-worker).")
def worker(until_input_ends: bool) -> None:
    """Background jobs: publishing and wiping."""
    from survey_app.serving import work

    work(opened(), until_input_ends)


@program.command()
@click.argument("file", type=FILE)
def backup(file: Path) -> None:
    """A consistent copy of the database in FILE, also while it is in use."""
    from survey_app.backup import back_up

    digest = back_up(opened(), file)
    record(me(), "copy made", str(file), f"SHA-256 {digest}")
    say(f"{file}: written. SHA-256 {digest}")
    say("Copy the instance's folder `secrets` too, to another place. Destroy copies after 35 days.")


@program.command()
@click.argument("file", type=FILE)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--newest-list", is_flag=True, help="On a new host: wiped.json beside the copy is the newest there is.")
def restore(file: Path, yes: bool, newest_list: bool) -> None:
    """Put a copy in the place of the present database. Stop the web server first."""
    from survey_app.backup import refuse_unless_copy
    from survey_app.backup import restore as put_back

    settings = config.read_settings()
    connect_to(settings.database_url)
    refuse_unless_copy(file)
    if not yes:
        click.confirm("Everything in the present database is replaced. Go on?", abort=True, err=True)
    done = put_back(settings, file, newest_list)
    # The copy's own log ends where the copy was made: this entry says what happened to the later ones.
    record(me(), "copy restored", str(file), f"SHA-256 {done.sha256}")
    say(f"Restored from {file}. SHA-256 {done.sha256}")
    for name in done.dropped:
        say(f"{name}: its box had been wiped after this copy was made; the copy's box was dropped again.")


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. Nothing that goes wrong ends in a traceback."""
    try:
        status = program.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.UsageError as wrong:
        wrong.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return complain("Stopped; nothing was left half done.")
    except InputProblems as wrong:
        return complain(*(str(problem) for problem in wrong.problems))
    except Refused as refused:
        return complain(str(refused), *(f"- {reason}" for reason in getattr(refused, "reasons", ())))
    except (OperationalError, InterfaceError) as error:
        return complain(f"The database cannot be used: {first_line(error)}. Look: survey-app doctor")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except OSError as error:
        what = error.filename or "A file"
        return complain(f"{what}: {error.strerror or error}. Check the path, its rights and the free space.")
    except Exception as error:
        if os.environ.get("SURVEY_DEBUG"):
            raise
        return complain(
            f"Unexpected: {type(error).__name__}: {first_line(error)}. Please report it, with what "
            "SURVEY_DEBUG=1 shows when the command is run again."
        )
    finally:
        disconnect()


def complain(*lines: str) -> int:
    """One line a problem on the error output; exit status 1."""
    for line in lines:
        click.echo(line, err=True)
    return 1


def first_line(error: Exception) -> str:
    """The first line of an error's text."""
    return (str(error).strip().splitlines() or ["no message"])[0]


def main() -> None:
    """The entry point of the command `survey-app`."""
    sys.exit(run())


if __name__ == "__main__":
    main()
