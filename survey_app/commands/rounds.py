"""The life of a round at the terminal."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from survey_app import jobs
from survey_app.ballot import minutes
from survey_app.ballot.keys import fingerprint
from survey_app.commands.terminal import FILE, me, opened, say, shares_for, with_progress
from survey_app.config import Settings
from survey_app.errors import Refused, WrongState
from survey_app.fieldwork import figures, frame, invitations, letters, rounds
from survey_app.fieldwork.opening import open_round
from survey_app.fieldwork.progress import Progress, progress_of
from survey_app.fieldwork.steps import refuse_unless
from survey_app.fieldwork.units import placed_units, reporting_groups
from survey_app.fieldwork.versions import questionnaire_by_hash, store_plan, store_questionnaire
from survey_app.i18n import LANGUAGES
from survey_app.models import CLOSED, COUNTED, WIPED, Round
from survey_app.results import key_sheets, replies, signature
from survey_app.staff.audit import record

CLEARED = "\033[2J\033[3J\033[H"  # the screen and what was scrolled off it
DAY = click.DateTime(formats=["%Y-%m-%d", "%d/%m/%Y"])


@click.group("round")
def round_() -> None:
    """The life of a round: create, keys, open, close, count, wipe, publish."""


@round_.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--questionnaire", "folder", required=True, help="Its name, folder or file.")
@click.option("--plan", type=FILE, help="Default: plan.yaml beside the questionnaire.")
@click.option("--title", required=True, help="In Vietnamese; --title-en and --title-zh for the others.")
@click.option("--title-en", default="")
@click.option("--title-zh", default="")
@click.option("--organisation", required=True, help="Who asks, in Vietnamese.")
@click.option("--organisation-en", default="")
@click.option("--organisation-zh", default="")
@click.option("--opens", type=DAY, required=True, help="2026-09-01")
@click.option("--closes", type=DAY, required=True, help="2026-10-15")
@click.option("--year", type=int, help="Default: the opening day's.")
@click.option("--previous", metavar="ROUND", help="The round that it is compared with.")
@click.option("--unit", "units", multiple=True, metavar="CODE", help="Rate only these; default: all rated units.")
@click.option("--custodian", "custodians", multiple=True, help="Title of a key holder: three, or one.")
@click.option("--rehearsal", is_flag=True, help="For training: codes may be written to a file.")
def create(
    round_id: str,
    folder: str,
    plan: Path | None,
    opens: datetime.datetime,
    closes: datetime.datetime,
    year: int | None,
    previous: str | None,
    units: tuple[str, ...],
    custodians: tuple[str, ...],
    rehearsal: bool,
    **texts: str,
) -> None:
    """A round in preparation."""
    settings = opened()
    file = questionnaire_file(settings, folder)
    stored = store_questionnaire(file)
    stored_plan = store_plan(plan or file.with_name("plan.yaml"), questionnaire_by_hash(stored.hash))
    row = rounds.create_round(
        rounds.NewRound(
            id=round_id,
            year=year or opens.year,
            title=by_language(texts, "title"),
            organisation=by_language(texts, "organisation"),
            questionnaire=stored.hash,
            plan=stored_plan.hash,
            opens_on=opens.date(),
            closes_on=closes.date(),
            previous=previous,
            units=units,
            custodians=custodians or settings.custodian_titles,
            recount_days=settings.recount_days,
            rehearsal=rehearsal,
        )
    )
    record(me(), "round created", row.id, f"questionnaire {stored.hash} plan {stored_plan.hash}")
    say(f"{row.id}: created, {len(placed_units(row))} rated units.")
    say(f"Next: survey-app frame import {row.id} FILE")


def questionnaire_file(settings: Settings, name: str) -> Path:
    """questionnaire.yaml of a shipped or own questionnaire by its name, or a path to it or its folder."""
    for path in (Path(name), settings.questionnaires / name):
        if path.is_dir() and (path / "questionnaire.yaml").is_file():
            return path / "questionnaire.yaml"
        if path.is_file():
            return path
    known = sorted(path.parent.name for path in settings.questionnaires.glob("*/questionnaire.yaml"))
    raise Refused("There is no questionnaire {name}. Known: {known}.", name=name, known=", ".join(known) or "–")


def by_language(texts: dict[str, str], name: str) -> dict[str, str]:
    """The text of an option in the languages that were given."""
    found = {"vi": texts[name], "en": texts[f"{name}_en"], "zh-Hans": texts[f"{name}_zh"]}
    return {tag: text.strip() for tag, text in found.items() if text.strip()}


@round_.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--test", "test", is_flag=True, help="Test the sheets instead: asks for the codes of two key holders.")
@click.option("--again", is_flag=True, help="Although there is a key: its sheets become worthless.")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), help="Write the sheets as PDF files here instead, to be printed."
)
@click.option("--language", type=click.Choice(LANGUAGES), default="vi", help="Of the PDF files.")
def keys(round_id: str, test: bool, again: bool, folder: Path | None, language: str) -> None:
    """The key ceremony at this terminal: shows each key holder's code once, one after the other; nothing is kept.

    Hold it with all key holders present: whoever watches the whole screen sees every code. In the browser each key
    holder takes the own sheet under the own sign-in.
    """
    settings = opened()
    row = rounds.round_by_id(round_id)
    if test:
        rounds.try_keys(row, *shares_for(row))
        record(me(), "keys tested", row.id)
        say("The key sheets open the box: the test succeeded.")
        return
    if row.public_key and not again:
        raise Refused(
            "{round} has a key. To make its sheets worthless and a new one: survey-app round keys {round} --again",
            round=row.id,
        )
    targets = sheet_files(settings, row, folder) if folder else []
    ceremony = rounds.hold_keys(row)
    public = fingerprint(ceremony.public_key)
    shown = "written as files" if folder else "shown at the terminal, once"
    record(me(), "keys made", row.id, f"public key {public}; sheets {shown}")
    say(f"{row.id}: fingerprint of the key {public}")
    if folder:
        write_sheets(settings, rounds.round_by_id(row.id), ceremony.shares, targets, language)
        say("Print each alone, hand it to its key holder, then destroy the files: any two of them open the box.")
    else:
        show_sheets(row, ceremony.shares)
    say(f"Next: survey-app round keys {row.id} --test")


def sheet_files(settings: Settings, row: Round, folder: Path) -> list[Path]:
    """Where the sheets will be written; asked before the key is made. Raises Refused."""
    letters.refuse_without_library()
    names = (f"key-sheet-{row.id}-{number}.pdf" for number, _ in enumerate(row.custodians, start=1))
    return [letters.safe_target(settings, folder / name) for name in names]


def write_sheets(settings: Settings, row: Round, shares: Sequence[str], targets: list[Path], language: str) -> None:
    """A PDF (mode 0600) for each key holder."""
    for number, (share, path) in enumerate(zip(shares, targets, strict=True), start=1):
        content = key_sheets.pdf(settings, row, key_sheets.key_sheet(row, number, share), language)
        with letters.private_file(path) as file:
            file.write(content)
        say(f"{path}: key sheet {number} of {len(shares)} for {row.custodians[number - 1]}")


def show_sheets(row: Round, shares: Sequence[str]) -> None:
    """Each code, one key holder after the other."""
    watched = sys.stdin.isatty() and sys.stdout.isatty()
    for number, (title, share) in enumerate(zip(row.custodians, shares, strict=True), start=1):
        if watched:
            click.pause(f"Now key holder {number} comes to the screen alone: {title}. Then press Enter.", err=True)
        say(f"{row.id}: key sheet {number} of {len(shares)} for {title}\n\n    {share}\n")
        if watched:
            click.pause("Write it down, then press Enter: the screen is cleared.", err=True)
            click.echo(CLEARED, nl=False)


@round_.command("open-channel")
@click.argument("round_id", metavar="ROUND")
@click.argument("switch", type=click.Choice(("on", "off")))
def open_channel(round_id: str, switch: str) -> None:
    """Whether people may answer without an invitation too, apart from the index; only before the round opens."""
    settings = opened()
    row = rounds.set_open_channel(rounds.round_by_id(round_id), switch == "on")
    record(me(), "open channel switched", row.id, switch)
    say(f"{row.id}: the open channel is {switch}.")
    if row.open_channel:
        say(f"Link: {settings.base_url}/open/ – for a shared device: {settings.base_url}/open/?kiosk=1")
        say(f"Poster: survey-app report poster {row.id} --out FILE.pdf")


@round_.command("open")
@click.argument("round_id", metavar="ROUND")
def open_(round_id: str) -> None:
    """Open it: units, plan, thresholds and key are frozen. Everything that is missing is named at once."""
    settings = opened()
    row = open_round(rounds.round_by_id(round_id), settings.contact)
    record(me(), "round opened", row.id, f"register {row.register_hash}")
    say(f"{row.id}: open until {row.closes_on:%d/%m/%Y}. Envelopes of {row.envelope_size} bytes.")
    for unit, group in reporting_groups(row).items():
        say(f"{unit}: too few answers to be expected, reported with the group {group}.")


@round_.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--early", is_flag=True, help="Although the closing day that was announced is not over.")
def close(round_id: str, early: bool) -> None:
    """Close it: nobody can answer any more; unfinished answers are destroyed."""
    opened()
    row = rounds.round_by_id(round_id)
    if rounds.is_early(row) and not early:
        raise WrongState(
            "{round} is announced to be open until {day}. To close it before: survey-app round close {round} --early",
            round=row.id,
            day=f"{row.closes_on:%d/%m/%Y}",
        )
    note = rounds.closing_note(row)
    row = rounds.close_round(row)
    record(me(), "round closed", row.id, note)
    say(f"{row.id}: closed. Next: survey-app round count {row.id}")


@round_.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--recount", "again", is_flag=True, help="Count a second time, write nothing, compare with the minutes.")
def count(round_id: str, again: bool) -> None:
    """Open the box with two key holders' codes and count. Codes: without echo, or on standard input."""
    settings = opened()
    row = rounds.round_by_id(round_id)
    refuse_unless(row, COUNTED if again else CLOSED)
    shares = shares_for(row)
    if again:
        record(me(), "recount started", row.id)
        with_progress("Recounting", lambda step: jobs.run_recount(settings, row.id, shares, me(), step))
        say(f"{row.id}: the recount gives the same numbers as the minutes.")
        return
    record(me(), "count started", row.id)
    with_progress("Counting", lambda step: jobs.run_count(settings, row.id, shares, step))
    say(f"{row.id}: counted. Next: survey-app round wipe {row.id}")


@round_.command()
@click.argument("round_id", metavar="ROUND")
def wipe(round_id: str) -> None:
    """Destroy the sealed sheets and all marks, once the recount window is over."""
    settings = opened()
    row = rounds.round_by_id(round_id)
    rounds.refuse_early_wipe(row)
    record(me(), "wipe started", row.id)
    with_progress("Wiping", lambda step: jobs.wipe(settings, row, step))
    say(f"{row.id}: wiped. Next: survey-app round publish {row.id}")


@round_.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--days", type=int, default=replies.DAYS, show_default=True, help="How long they may have it.")
@click.option("--take-back", is_flag=True, help="Take it back instead, such as to correct a figure.")
def draft(round_id: str, days: int, take_back: bool) -> None:
    """Put the draft before the unit heads: each reads the own scorecard and may reply to it."""
    settings = opened()
    row = rounds.round_by_id(round_id)
    jobs.refuse_while_publishing(settings, row)
    if take_back:
        replies.take_back(row, me())
        say(f"{row.id}: the draft was taken back. Replies are kept for the next one.")
        return
    replies.open_draft(row, days, me(), minutes.today(), signature.public_key(settings))
    until = rounds.round_by_id(round_id).reply_until
    say(f"{row.id}: unit heads may read the draft and reply until {until:%d/%m/%Y}: {settings.base_url}/staff")


@round_.command()
@click.argument("round_id", metavar="ROUND")
@click.option("--early", is_flag=True, help="Although the unit heads may still read the draft and reply.")
def publish(round_id: str, early: bool) -> None:
    """Freeze the result and make every document."""
    settings = opened()
    row = rounds.round_by_id(round_id)
    rounds.refuse_unless_wiped(row)
    rounds.refuse_early_publication(row, early)
    for gap in figures.gaps(row):
        say(f"Missing: {gap.leaf} of {', '.join(gap.units)}. It stays missing in the index.")
    record(me(), "publishing started", row.id, rounds.publishing_note(row))
    with_progress("Documents", lambda step: jobs.publish(settings, row, step))
    say(f"{row.id}: published.")


@round_.command()
@click.argument("round_id", metavar="[ROUND]", required=False)
def status(round_id: str | None) -> None:
    """Where each round stands, and what to do next."""
    settings = opened()
    for row in [rounds.round_by_id(round_id)] if round_id else rounds.all_rounds():
        tell_status(row, settings.contact)


def tell_progress(progress: Progress) -> None:
    """The numbers that were taken last, in whole tens."""
    if progress.everyone.answered is None:
        say("  Too few are invited for a number.")
    else:
        say(f"  Answered by {progress.day:%d/%m/%Y}: {progress.everyone.answered} to {progress.everyone.most}.")


def tell_status(row: Round, contact: str) -> None:
    """A few lines on one round."""
    words, reasons = rounds.next_step(row, contact)
    say(f"{row.id}: {row.state}. {words}")
    for reason in reasons:
        say(f"  - {reason}")
    say(f"  {len(frame.businesses_of(row))} businesses, {invitations.invited(row)} hold a code.")
    if (progress := progress_of(row)) is not None:
        tell_progress(progress)
    if row.state == WIPED and row.reply_until:
        have = len(replies.replied(row))
        say(f"  Unit heads may read the draft and reply until {row.reply_until:%d/%m/%Y}; {have} have replied.")
    if row.state == WIPED:
        for gap in figures.gaps(row):
            say(f"  Missing: {gap.leaf} of {', '.join(gap.units)}.")
