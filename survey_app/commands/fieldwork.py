"""Units, frame, figures, invitations."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import click

from survey_app.ballot.tokens import Token
from survey_app.commands.terminal import FILE, me, opened, say, with_progress
from survey_app.errors import Refused
from survey_app.fieldwork import figures, letters
from survey_app.fieldwork import frame as frames
from survey_app.fieldwork import invitations as codes
from survey_app.fieldwork import units as register
from survey_app.fieldwork.rounds import round_by_id
from survey_app.models import Business
from survey_app.staff.audit import record


@click.group()
def units() -> None:
    """The register of units."""


@units.command("import")
@click.argument("files", metavar="FILE...", type=FILE, nargs=-1, required=True)
def import_units(files: tuple[Path, ...]) -> None:
    """Read units from CSV or XLSX; a line with a known code takes the place of the old one."""
    opened()
    for file in files:
        count = register.import_units(file)
        record(me(), "units imported", file.name, f"{count} units")
        say(f"{file}: {count} units.")


@click.group()
def frame() -> None:
    """The sampling frame of a round."""


@frame.command("import")
@click.argument("round_id", metavar="ROUND")
@click.argument("file", type=FILE)
@click.option("--replace", is_flag=True, help="Businesses that the file does not name leave the round.")
def import_frame(round_id: str, file: Path, replace: bool) -> None:
    """Read the businesses and the units that they dealt with, from CSV or XLSX."""
    opened()
    report = frames.import_frame(round_by_id(round_id), file, replace=replace)
    record(me(), "frame imported", round_id, f"{report.businesses} businesses{', replaced' if replace else ''}")
    say(f"{file}: {report.businesses} businesses, {report.dealings} dealings.")
    for pair in report.alike:
        say(f"Perhaps one business ({pair.why}): {pair.first} and {pair.second}. Decide before printing letters.")


@click.group()
def hard() -> None:
    """Hard data of the units."""


@hard.command("import")
@click.argument("round_id", metavar="ROUND")
@click.argument("file", type=FILE)
def import_hard(round_id: str, file: Path) -> None:
    """Read hard data from CSV or XLSX: a column `unit`, then a column a leaf of the plan."""
    read_figures(round_id, "hard", file)


@click.group()
def panel() -> None:
    """The panel's points for the Department's part."""


@panel.command("import")
@click.argument("round_id", metavar="ROUND")
@click.argument("file", type=FILE)
def import_panel(round_id: str, file: Path) -> None:
    """Read panel points from CSV or XLSX: a column `unit`, then a column a leaf of the plan."""
    read_figures(round_id, "panel", file)


def read_figures(round_id: str, source: figures.Source, file: Path) -> None:
    """Read one table and say what is still missing."""
    opened()
    round_ = round_by_id(round_id)
    count = figures.import_figures(round_, source, file)
    record(me(), "figures imported", round_id, f"{source}: {count}")
    say(f"{file}: {count} figures.")
    for gap in figures.gaps(round_):
        if gap.source == source:
            say(f"Still missing: {gap.leaf} of {', '.join(gap.units)}.")


@click.group()
def invitations() -> None:
    """Invitation codes."""


@invitations.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--letters", "letters_file", type=FILE, metavar="FILE.pdf", help="Write printable letters.")
@click.option(
    "--codes", "codes_file", type=FILE, metavar="FILE.csv", help="Write a list (demo and rehearsal rounds only)."
)
@click.option("--only", "tax_code", metavar="TAX_CODE", help="One business anew: its old code stops working.")
@click.option("--again", is_flag=True, help="All businesses anew, such as after a lost file: old codes stop working.")
def issue(round_id: str, letters_file: Path | None, codes_file: Path | None, tax_code: str | None, again: bool) -> None:
    """Make a code for every business without one, and write them outside the instance.

    The file is the only place where the codes exist: print it, then destroy it.
    """
    settings = opened()
    round_ = round_by_id(round_id)
    if (letters_file is None) == (codes_file is None):
        raise click.UsageError("Name one of --letters FILE.pdf and --codes FILE.csv.")
    if codes_file is not None and not round_.rehearsal:
        raise Refused("A list of codes is written for demo and rehearsal rounds only: use --letters.")
    if not settings.https and not round_.rehearsal:
        say(f"Note: the letters lead to {settings.base_url}, which nobody but this machine can open.")
    target = letters.safe_target(settings, letters_file or codes_file or Path())
    businesses = frames.businesses_of(round_) if again else codes.uninvited(round_)
    if tax_code:
        businesses = [frames.business_of(round_, tax_code)]
    if not businesses:
        raise Refused("No business is without a code: there is nothing to print.")
    if letters_file is not None:
        letters.refuse_without_library()
    try:
        with codes.issuing(round_, businesses) as pairs:
            if codes_file is not None:
                count = write_codes(settings.base_url, pairs, target)
            else:
                count = with_progress(
                    "Letters",
                    lambda step: letters.write_letters(
                        settings, round_, pairs, target, lambda done: step(done, len(businesses))
                    ),
                )
    except BaseException:
        target.unlink(missing_ok=True)  # a part of it would hold codes that are none
        raise
    note = f"again: {tax_code}" if tax_code else f"{count} letters{', all anew' if again else ''}"
    record(me(), "letters made", round_.id, note)
    say(f"{target}: {count} codes. They exist in this file only: print it, then destroy it.")


def write_codes(base_url: str, pairs: Iterator[tuple[Business, Token]], path: Path) -> int:
    """The list of a rehearsal: tax code, name, code, address."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["tax_code", "name", "code", "address"])
    count = 0
    with letters.private_file(path) as file:  # before the first code is made
        for business, token in pairs:
            name = f"'{business.name}" if business.name[:1] in "=+-@\t" else business.name
            writer.writerow([business.tax_code, name, token.printed, f"{base_url}/#{token.printed}"])
            count += 1
        file.write(text.getvalue().encode("utf-8-sig"))
    return count
