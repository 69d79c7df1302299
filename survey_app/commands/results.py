"""Documents, data, verification."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from survey_app.commands.terminal import FILE, me, opened, outside, say
from survey_app.errors import Refused
from survey_app.fieldwork.rounds import round_by_id
from survey_app.fieldwork.steps import refuse_unless
from survey_app.i18n import LANGUAGES
from survey_app.models import PUBLISHED, WIPED
from survey_app.staff import papers

LANGUAGE = click.option("--language", type=click.Choice(LANGUAGES), default="vi", show_default=True)


@click.group()
def report() -> None:
    """Copies of the documents that were made when a round was published."""


@report.command()
@click.argument("round_id", metavar="ROUND")
@click.argument("unit_code", metavar="UNIT")
@click.option("--out", type=FILE, required=True, metavar="FILE.pdf")
@LANGUAGE
def unit(round_id: str, unit_code: str, out: Path, language: str) -> None:
    """A unit's scorecard."""
    copy(round_id, "scorecard", unit_code, language, out)


@report.command()
@click.argument("round_id", metavar="ROUND")
@click.argument("unit_code", metavar="UNIT")
@click.option("--out", type=FILE, required=True, metavar="FILE.pdf")
@click.option("--language", type=click.Choice(("vi", "en")), default="vi", show_default=True)
def plan(round_id: str, unit_code: str, out: Path, language: str) -> None:
    """A unit's action plan as it stands, to print and sign."""
    from survey_app.results import plan_paper

    settings = opened()
    round_ = round_by_id(round_id)
    refuse_unless(round_, PUBLISHED)
    written(out, plan_paper.pdf(settings, round_, unit_code, language))


@report.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--out", type=FILE, required=True, metavar="FILE.pdf")
@LANGUAGE
def comparison(round_id: str, out: Path, language: str) -> None:
    """The director's booklet that compares the units."""
    copy(round_id, "comparison", "", language, out)


@report.command("audit")
@click.argument("round_id", metavar="ROUND")
@click.option("--out", type=FILE, required=True, metavar="FILE.pdf")
@LANGUAGE
def audit_(round_id: str, out: Path, language: str) -> None:
    """The audit sheet: the ten steps of the OECD/JRC Handbook, answered from the round's data."""
    copy(round_id, "audit", "", language, out)


@report.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--out", type=FILE, required=True, metavar="DIR")
def archive(round_id: str, out: Path) -> None:
    """Every scorecard for the archive: PDF/A-3a, with its figures as data inside."""
    from survey_app.results import documents

    settings = opened()
    round_ = round_by_id(round_id)
    documents.frozen(round_)
    refuse_unless(round_, PUBLISHED)  # as with `export`
    folder, number = outside(settings, out), 0
    for name, content in documents.archived(settings, round_):
        (folder / name).write_bytes(content)
        number += 1
    say(f"{folder}: {number} documents.")


@report.command("minutes")
@click.argument("round_id", metavar="ROUND")
@click.option("--out", type=FILE, required=True, metavar="FILE.pdf")
@click.option("--language", type=click.Choice(("vi", "en")), default="vi", show_default=True)
def minutes_(round_id: str, out: Path, language: str) -> None:
    """The minutes of the count, to print and sign."""
    from survey_app.results import protocol

    settings = opened()
    written(out, protocol.pdf(settings, round_by_id(round_id), language))


@report.command("poster")
@click.argument("round_id", metavar="ROUND")
@click.option("--out", type=FILE, required=True, metavar="FILE.pdf")
def poster_(round_id: str, out: Path) -> None:
    """The poster of the open channel, to hang up at a counter."""
    from survey_app.results import poster

    settings = opened()
    written(out, poster.pdf(settings, round_by_id(round_id)))


@report.command("awards")
@click.argument("round_id", metavar="ROUND")
@click.option("--out", type=FILE, required=True, metavar="DIR")
@click.option("--language", type=click.Choice(("vi", "en")), default="vi", show_default=True)
def awards_(round_id: str, out: Path, language: str) -> None:
    """Papers of the awards: criteria, brief for the announcement, draft Decision and Submission, certificates."""
    from survey_app.results import award_papers

    settings = opened()
    round_, made = round_by_id(round_id), []
    for paper in award_papers.PAPERS:
        made.append((f"{paper}-{language}.pdf", award_papers.pdf(settings, round_, paper, language)))
    folder = outside(settings, out)
    for name, content in made:
        written(folder / name, content)


@report.command("all")
@click.argument("round_id", metavar="ROUND")
@click.option("--out", type=FILE, required=True, metavar="DIR")
def all_(round_id: str, out: Path) -> None:
    """Every document of the round."""
    settings = opened()
    round_ = round_by_id(round_id)
    found = papers.papers_of(round_)
    if not found:
        raise Refused("{round} has no documents yet. Make them: survey-app round publish {round}", round=round_.id)
    folder = outside(settings, out)
    for paper in found:
        path = papers.file_of(settings, round_, paper.kind, paper.unit, paper.language)
        shutil.copyfile(path, folder / path.name)
    say(f"{folder}: {len(found)} documents.")


def copy(round_id: str, kind: str, unit_code: str, language: str, out: Path) -> None:
    """Copy one document to a path of the user's."""
    settings = opened()
    written(out, papers.file_of(settings, round_by_id(round_id), kind, unit_code, language).read_bytes())


def written(out: Path, content: bytes) -> None:
    """Write a document to a path of the user's."""
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Refused("{path} cannot be written: {why}.", path=out, why=error.strerror) from None
    say(f"{out}: written.")


@click.group("aims")
def aims_() -> None:
    """Aims of the indices by year."""


@aims_.command("import")
@click.argument("file", type=FILE)
def import_aims(file: Path) -> None:
    """Read aims from CSV or XLSX: `node`, `scope` (a unit or a kind of unit), `since`, `year`, `value`."""
    from survey_app.results import aims

    opened()
    say(f"{file}: {aims.import_aims(file, me())} aims.")


@click.group("external")
def external_() -> None:
    """What other indices said, by year."""


@external_.command("import")
@click.argument("file", type=FILE)
def import_external(file: Path) -> None:
    """Read results of DDCI, PAR INDEX, SIPAS, PAPI, ICT Index, PCI: `index`, `year`, `score` or `rank`, `source`."""
    from survey_app.results import external

    opened()
    say(f"{file}: {external.import_scores(file, me())} results.")


@click.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--format", "form", type=click.Choice(["csv", "xlsx", "json"]), default="csv", show_default=True)
@click.option("--out", type=FILE, required=True, metavar="DIR")
@LANGUAGE
def export(round_id: str, form: str, out: Path, language: str) -> None:
    """Published statistics as data, never sheets."""
    from survey_app.results import exports

    settings = opened()
    round_ = round_by_id(round_id)
    refuse_unless(round_, PUBLISHED)  # a draft that the unit heads read has a result already
    folder = outside(settings, out)
    for name, content in exports.files(round_.id, form, language):
        (folder / name).write_bytes(content)
        say(f"{folder / name}: {len(content)} bytes.")


@click.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--manifest", "given", type=FILE, help="A manifest that was kept elsewhere: compare it too.")
def verify(round_id: str, given: Path | None) -> None:
    """Recompute what can be recomputed, compare every hash and the signature."""
    from survey_app.results.verification import verify as checks_of

    settings = opened()
    if given and not given.is_file():
        raise Refused("There is no file {path}.", path=given)
    checks = checks_of(settings, round_by_id(round_id), given.read_bytes() if given else None)
    for check in checks:
        say(f"{check.verdict:<7}{check.what}: {check.detail}")
    wrong = [check.what for check in checks if not check.holds]
    if wrong:
        raise Refused("{round} does not verify: {what}.", round=round_id, what="; ".join(wrong))
    if any(check.verdict == "other" for check in checks):
        say("The hashes hold. The result was made by other code: run that version to recompute it.")
        return
    gone = round_by_id(round_id).state in (WIPED, PUBLISHED)
    say(
        "All of it holds. The sheets are destroyed: the count's own numbers cannot be made again."
        if gone
        else f"All of it holds. Until the wipe the count can be made again: survey-app round count {round_id} --recount"
    )
