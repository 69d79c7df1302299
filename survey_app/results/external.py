"""What other indices said of the Cục and its province, by year: DDCI, PAR INDEX, SIPAS, PAPI, ICT Index, PCI.

Entered by the officer with the source, one by one or as a list; any wrong cell is one line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import msgspec

from survey_app.database import database
from survey_app.diagnostics import suggestion
from survey_app.errors import NotFound
from survey_app.fieldwork.figures import as_read
from survey_app.fieldwork.spreadsheet import Line, Listing, read_listing
from survey_app.models import ExternalScore
from survey_app.staff.audit import record

# Proper names, the same in all languages.
NAMES = {
    "ddci": "DDCI",
    "par_index": "PAR INDEX",
    "sipas": "SIPAS",
    "papi": "PAPI",
    "ict_index": "ICT Index",
    "pci": "PCI",
}
REQUIRED = ("index", "year", "source")
OPTIONAL = ("subject", "score", "out_of", "rank", "of")
COLUMNS = ("index", "year", "subject", "score", "out_of", "rank", "of", "source")
YEARS, MOST_RANKED, LONGEST = (1990, 2100), 10_000, 300


class Said(msgspec.Struct, frozen=True):
    """One index in one year. `subject`: whom it rated; score or rank may be missing, never both."""

    index: str
    year: int
    subject: str
    score: float | None
    out_of: float | None
    rank: int | None
    ranked: int | None
    source: str


def all_scores() -> tuple[Said, ...]:
    """By index in the order of `NAMES`, then by year."""
    rows = ExternalScore.select().order_by(ExternalScore.year)
    found = [
        Said(row.which, row.year, row.subject, row.score, row.out_of, row.rank, row.ranked, row.source) for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (list(NAMES).index(one.index), one.year)))


def import_scores(path: Path, who: str, content: bytes | None = None) -> int:
    """Read a list; how many lines. A line takes the place of an earlier one for the same index and year. Raises
    InputProblems."""
    return enter(read_listing(path, REQUIRED, OPTIONAL, content), who)


def add(cells: Mapping[str, str], who: str) -> None:
    """One line from a form. Raises InputProblems."""
    enter(Listing("external", COLUMNS, (Line(1, {name: cells.get(name, "").strip() for name in COLUMNS}),)), who)


def enter(listing: Listing, who: str) -> int:
    """Check every cell, then write all lines or none."""
    wanted = [said for line in listing.lines if (said := said_of(listing, line))]
    listing.refuse_problems()
    with database.atomic():
        for one in wanted:
            values = {name: getattr(one, name) for name in ("subject", "score", "out_of", "rank", "ranked", "source")}
            ExternalScore.insert(which=one.index, year=one.year, **values).on_conflict(
                conflict_target=[ExternalScore.which, ExternalScore.year], update=values
            ).execute()
        record(who, "results of other indices entered", str(len(wanted)))
    return len(wanted)


def said_of(listing: Listing, line: Line) -> Said | None:
    """One line, checked; None where anything in it is (noted) wrong."""
    before, number = len(listing.problems), line.number
    listing.need(line, *REQUIRED)
    year = listing.whole(line, "year", *YEARS)
    rank, ranked = (listing.whole(line, column, 1, MOST_RANKED) for column in ("rank", "of"))
    score, out_of = (listing.number(line, column) for column in ("score", "out_of"))
    index = line["index"].lower().replace(" ", "_")
    if index and index not in NAMES:
        listing.wrong(number, "index", "unknown_index", f"the index '{line['index']}' is not known",
                      "its trend would stand alone", suggestion(index, NAMES))  # fmt: skip
    if not line["score"] and not line["rank"]:
        listing.wrong(number, "score", "empty", "there is neither a score nor a rank", "a line says one of them",
                      "fill in what was published")  # fmt: skip
    if score is not None and not 0 <= score <= (out_of if out_of is not None else score):
        listing.wrong(number, "score", "scale", f"{line['score']} is not between 0 and {line['out_of'] or 'its top'}",
                      "`out_of` is the top of the scale", "correct one of them")  # fmt: skip
    if rank is not None and ranked is not None and rank > ranked:
        listing.wrong(number, "rank", "rank", f"rank {rank} of {ranked} is not possible",
                      "`of` says how many were ranked", "correct one of them")  # fmt: skip
    for column in ("subject", "source"):
        if len(line[column]) > LONGEST:
            listing.wrong(number, column, "too_long", f"the column '{column}' has more than {LONGEST} characters",
                          "it would not fit its table", "shorten it")  # fmt: skip
    if len(listing.problems) > before or year is None:
        return None
    return Said(index, year, line["subject"], score, out_of, rank, ranked, line["source"])


def remove(index: str, year: int, who: str) -> None:
    """Take a line out. Raises NotFound."""
    with database.atomic():
        this = (ExternalScore.which == index) & (ExternalScore.year == year)
        if not ExternalScore.delete().where(this).execute():
            raise NotFound("This line is not there any more.")
        record(who, "result of another index taken out", f"{index} {year}")


def as_table() -> str:
    """CSV as `import_scores` reads it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in all_scores():
        score, out_of = ("" if value is None else as_read(value) for value in (one.score, one.out_of))
        writer.writerow([one.index, one.year, one.subject, score, out_of, one.rank or "", one.ranked or "", one.source])
    return text.getvalue()
