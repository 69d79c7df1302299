"""Open data: of every question about every unit with 100 answers or more, what the unit's scorecard shows of it.

A choice from what readers are shown already, never finer: it comes through the same disclosure, and the register of
releases counts it among everything that is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from survey_app.i18n import alphabetical
from survey_app.results import exports, questions, tables
from survey_app.results.asked import Asked, asked_in, published_items
from survey_app.results.disclosure import Distribution
from survey_app.results.reading import DASH, Reading
from survey_app.results.tables import Cell, Table, columns

LEAST = 100  # answers about one unit


class Opened(NamedTuple):
    """A question about a unit, and its distribution as shown."""

    unit: str
    asked: Asked
    shown: Distribution


def opened(reading: Reading) -> Iterator[Opened]:
    """What may be open, units in alphabetical order of their codes, questions as they are asked."""
    for unit, asked in sorted(published_items(reading), key=lambda place: place[0]):
        shown = reading.distribution(unit, asked)
        if shown.parts and (shown.n or 0) >= LEAST:
            yield Opened(unit, asked, shown)


def all_tables(reading: Reading) -> tuple[Table, ...]:
    """Scores, answers, what the codes mean, where the numbers come from."""
    found = tuple(opened(reading))
    kept = {one.asked.id for one in found}
    book = tables.codebook(reading)
    return (
        scores(reading, found),
        answers(reading, found),
        Table(book.name, book.columns, tuple(row for row in book.rows if row[0] in kept)),
        tables.legend(reading),
        tables.pedigree(reading),
    )


def scores(reading: Reading, found: tuple[Opened, ...]) -> Table:
    """A row a unit and question. How many answered is a band: that there are 100 is why the row is there."""
    rows: list[tuple[Cell, ...]] = []
    for unit, asked, shown in found:
        score = questions.item_score(reading, unit, asked, shown)
        rows.append(
            (
                unit,
                reading.name(unit),
                reading.home.get(asked.leaf.id),
                asked.id,
                questions.wording(reading, asked),
                score.number,
                f"{LEAST}+",
                score.reason,
            )
        )
    keys = ("unit", "unit_name", "sub_index", "item", "item_text", "score", "answers", "why")
    return Table("open_scores", columns(reading, *keys), tuple(rows))


def answers(reading: Reading, found: tuple[Opened, ...]) -> Table:
    """A row an answer, or neighbouring answers shown as one: `from` and `to` are their codes, the share in per cent."""
    rows: list[tuple[Cell, ...]] = []
    for unit, asked, shown in found:
        for part in shown.parts:
            words = questions.part_label(reading, asked, part.codes)
            rows.append((unit, asked.id, part.codes[0], part.codes[-1], words, percent(part.count, shown.n)))
    keys = ("unit", "item", "from", "to", "answer", "share")
    return Table("open_answers", columns(reading, *keys), tuple(rows))


def percent(count: int, n: int | None) -> int:
    """Whole per cent, rounded as on the pages."""
    return int((Decimal(100 * count) / (n or 1)).quantize(Decimal(1), ROUND_HALF_EVEN))


def files(reading: Reading, form: str) -> bytes:
    """One file: `csv` is a zip of a file a table, `json` holds them all."""
    found = all_tables(reading)
    if form == "json":
        return exports.json_of(found, reading.language)
    name = f"{reading.result.round}-open"
    return exports.zipped(
        [
            (f"{name}-{table.name.removeprefix('open_')}-{reading.language}.csv", exports.csv(table, reading.language))
            for table in found
        ]
    )


class Grid(NamedTuple):
    """The page's table: units in columns; rows of a question and its scores, a dash where one is not open."""

    units: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def grid(reading: Reading) -> Grid:
    """Scores of questions × units, in the reader's language; empty where nothing is open."""
    cells: dict[str, dict[str, str]] = {}
    wording: dict[str, str] = {}
    for unit, asked, shown in opened(reading):
        wording[asked.id] = questions.wording(reading, asked)
        score = questions.item_score(reading, unit, asked, shown)
        cells.setdefault(asked.id, {})[unit] = reading.write(score)
    units = sorted({unit for row in cells.values() for unit in row}, key=lambda unit: alphabetical(reading.short(unit)))
    order = [one.id for section in reading.questionnaire.sections for one in asked_in(reading, section)]
    return Grid(
        tuple(reading.short(unit) for unit in units),
        tuple((wording[item], tuple(cells[item].get(unit, DASH) for unit in units)) for item in order if item in cells),
    )
