"""Figures that staff enter: hard data of the units, and the panel's points of the Department's part."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from survey_app.database import database
from survey_app.diagnostics import InputProblems, suggestion
from survey_app.errors import Refused, WrongState
from survey_app.fieldwork.spreadsheet import THOUSANDS, Line, Listing, read_listing
from survey_app.fieldwork.units import RegisterLine, placed_units
from survey_app.fieldwork.versions import plan_of
from survey_app.models import PUBLISHED, Round, StaffFigure
from survey_app.scoring.leaf import Leaf

Source = Literal["hard", "panel"]
EVIDENCE = "_evidence"  # ends the name of the column beside the points


class Entry(msgspec.Struct, frozen=True):
    """One figure of one unit; `evidence`: what it rests on, where the plan asks for that."""

    unit: str
    leaf: str
    value: float
    evidence: str = ""


def import_figures(round_: Round, source: Source, path: Path, content: bytes | None = None) -> int:
    """Read a table with the column `unit` and one column a leaf of the plan (blank = missing); how many figures.
    Points that need evidence have a second column, `<leaf>_evidence`.

    Raises InputProblems with everything that does not fit the plan.
    """
    leaves = leaves_of(round_, source)
    columns = {leaf.id.lower().replace(" ", "_"): leaf for leaf in leaves}
    notes = tuple(f"{column}{EVIDENCE}" for column, leaf in columns.items() if leaf.evidence is True)
    listing = read_listing(path, ("unit",), (*columns, *notes), content)
    rated = rated_lines(round_)
    entries = [
        entry
        for row in listing.lines
        for column, leaf in columns.items()
        if (entry := figure(row, column, leaf, rated, listing))
    ]
    for row in listing.lines:
        if row["unit"] not in rated:
            listing.wrong(
                row.number, "unit", "unknown_unit", f"no unit '{row['unit']}' is rated in {round_.id}",
                "a figure belongs to a rated unit", suggestion(row["unit"], rated),
            )  # fmt: skip
    check_doubles(listing)
    listing.refuse_problems()
    there = [leaf.id for column, leaf in columns.items() if column in listing.columns]
    return enter(round_, source, there, entries)


def table_to_fill(round_: Round, source: Source) -> str:
    """CSV as `import_figures` reads it: the rated units, a column a leaf, what was entered so far. Raises Refused."""
    leaves = leaves_of(round_, source)
    rows = StaffFigure.select().where((StaffFigure.round == round_.id) & (StaffFigure.source == source))
    known = {(row.unit, row.leaf): row.value for row in rows}
    noted = {(row.unit, row.leaf): row.evidence for row in rows}
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    proven = [leaf for leaf in leaves if leaf.evidence is True]
    writer.writerow(["unit", *(leaf.id for leaf in leaves), *(f"{leaf.id}{EVIDENCE}" for leaf in proven)])
    for unit, line in sorted(rated_lines(round_).items()):
        if any(not leaf.kinds or line.kind in leaf.kinds for leaf in leaves):
            values = (known.get((unit, leaf.id)) for leaf in leaves)
            cells = ["" if value is None else as_read(value) for value in values]
            writer.writerow([unit, *cells, *(noted.get((unit, leaf.id), "") for leaf in proven)])
    return text.getvalue()


def as_read(value: float) -> str:
    """The figure as `figure` reads it back: a comma, six decimals at most, and never in two ways."""
    text = f"{value:.6f}".rstrip("0").rstrip(".").replace(".", ",")
    return f"{text}0" if THOUSANDS.fullmatch(text) else text


def check_doubles(listing: Listing) -> None:
    """A unit twice in one table: which of its figures counts would be chance."""
    seen: dict[str, int] = {}
    for row in listing.lines:
        if row["unit"] in seen:
            listing.wrong(
                row.number, "unit", "double", f"{row['unit']} stands in line {seen[row['unit']]} too",
                "a unit has one line", "join the lines",
            )  # fmt: skip
        seen.setdefault(row["unit"], row.number)


def leaves_of(round_: Round, source: Source) -> tuple[Leaf, ...]:
    """The plan's leaves that take figures of this source. Raises Refused where it has none."""
    leaves = tuple(leaf for leaf in plan_of(round_).leaves if leaf.source == source)
    if not leaves:
        raise Refused("The plan of {round} counts no figures of this kind ({source}).", round=round_.id, source=source)
    return leaves


def rated_lines(round_: Round) -> dict[str, RegisterLine]:
    """The round's rated units."""
    return {code: place.line for code, place in placed_units(round_).items() if place.line.rated}


def figure(row: Line, column: str, leaf: Leaf, rated: dict[str, RegisterLine], listing: Listing) -> Entry | None:
    """The figure in one cell; None where it is blank or (noted) wrong."""
    value, unit = listing.number(row, column), row["unit"]
    if value is None:
        return None
    if leaf.source == "hard" and value < 0 <= (leaf.scale.low or 0.0):
        listing.wrong(
            row.number, column, "negative", f"'{row[column]}' is below 0",
            f"the scale of '{leaf.id}' does not go below 0", "correct it; leave a missing one blank",
        )  # fmt: skip
    if leaf.source == "panel" and leaf.points is not None and not 0 <= value <= leaf.points:
        listing.wrong(
            row.number, column, "points", f"{row[column]} points are not possible",
            f"'{leaf.id}' gives 0 to {leaf.points:g} points", "correct it",
        )  # fmt: skip
    if leaf.kinds and unit in rated and rated[unit].kind not in leaf.kinds:
        listing.wrong(
            row.number, column, "kind", f"'{leaf.id}' does not count for a unit of the kind {rated[unit].kind}",
            f"the plan has it for {', '.join(leaf.kinds)}", "leave the cell blank",
        )  # fmt: skip
    evidence = row[f"{column}{EVIDENCE}"]
    if leaf.evidence is True and value > 0 and not evidence:
        listing.wrong(
            row.number, column, "evidence", f"the points of '{leaf.id}' have no evidence",
            "the plan counts them only with a note of what they rest on", f"fill in the column '{column}{EVIDENCE}'",
        )  # fmt: skip
    return Entry(unit, leaf.id, value, evidence) if math.isfinite(value) else None


def enter(round_: Round, source: Source, leaves: Sequence[str], entries: Sequence[Entry]) -> int:
    """Write the figures in place of all earlier ones of these leaves. Refused once the result is published."""
    if round_.state == PUBLISHED:
        raise WrongState("The figures of {round} are part of a published result.", round=round_.id)
    with database.atomic():
        refuse_while_read(round_)
        earlier = (StaffFigure.round == round_.id) & (StaffFigure.source == source) & StaffFigure.leaf.in_(leaves)
        StaffFigure.delete().where(earlier).execute()
        for entry in entries:
            StaffFigure.insert(
                round=round_.id,
                source=source,
                unit=entry.unit,
                leaf=entry.leaf,
                value=entry.value,
                evidence=entry.evidence,
            ).execute()
    return len(entries)


def refuse_while_read(round_: Round) -> None:
    """Raise WrongState while the unit heads have the draft before them: it shows what will be published."""
    if Round.select().where((Round.id == round_.id) & Round.reply_result.is_null(False)).exists():
        raise WrongState(
            "Unit heads are reading the draft of {round}, and its figures are part of it. Take the draft back first, "
            "then open it again.",
            round=round_.id,
        )


class Gap(msgspec.Struct, frozen=True):
    """A figure that the plan counts and nobody has entered."""

    source: Source
    leaf: str
    units: tuple[str, ...]


def gaps(round_: Round) -> tuple[Gap, ...]:
    """What is missing, by leaf: a missing figure is missing in the index too, never 0."""
    have = {
        (row.unit, row.leaf)
        for row in StaffFigure.select(StaffFigure.unit, StaffFigure.leaf).where(StaffFigure.round == round_.id)
    }
    rated = rated_lines(round_)
    found = []
    for leaf in plan_of(round_).leaves:
        if leaf.source == "question":
            continue
        missing = tuple(
            unit
            for unit, line in rated.items()
            if (not leaf.kinds or line.kind in leaf.kinds) and (unit, leaf.id) not in have
        )
        if missing:
            found.append(Gap(leaf.source, leaf.id, missing))
    return tuple(found)


__all__ = ["Entry", "Gap", "InputProblems", "enter", "gaps", "import_figures"]
