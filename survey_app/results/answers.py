"""One question across units: the distribution of each unit's answers as a bar, all on one zero line, the best first."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from survey_app.i18n import alphabetical, number
from survey_app.results import charts, items, questions
from survey_app.results.asked import Asked
from survey_app.results.charts import Balance, Bar
from survey_app.results.disclosure import Shown
from survey_app.results.items import Cell
from survey_app.results.questions import Category
from survey_app.results.reading import DASH, Reading


class AnswerLine(msgspec.Struct, frozen=True):
    """A unit's answers to a question; `note` stands where they cannot be shown, and says why."""

    unit: str
    name: str
    score: str
    interval: str
    n: str
    missing: str
    bar: Bar | None
    categories: tuple[Category, ...]
    note: str
    fact: str


def lines(reading: Reading, units: Sequence[str], asked: Asked) -> tuple[tuple[AnswerLine, ...], Shown]:
    """Units that were asked: best first, withheld ones last; and the median of the scores as shown."""
    cells = [one for unit in units if (one := items.cell(reading, unit, asked)).score.reason != "not_asked"]
    cells.sort(key=lambda one: alphabetical(reading.name(one.unit)))
    cells.sort(key=lambda one: Decimal(1) if one.score.number is None else -one.score.number)
    on = charts.balance([questions.left_share(reading, asked, one.answers) for one in cells if one.answers.parts])
    return tuple(line(reading, one, on) for one in cells), items.median(cells)


def line(reading: Reading, one: Cell, on: Balance) -> AnswerLine:
    categories = questions.categories_of(reading, one.asked, one.answers)
    return AnswerLine(
        unit=one.unit,
        name=reading.name(one.unit),
        score=reading.write(one.score),
        interval=reading.write_range(one.interval),
        n=number(one.answers.n, 0, reading.language) if one.answers.n else DASH,
        missing=questions.missing_text(reading, reading.result.tallies[one.unit][one.asked.id], one.answers),
        bar=questions.bar(one.answers, categories, on),
        categories=categories,
        note=questions.note(reading, one.answers),
        fact=questions.fact(reading, one.unit, one.asked, one.answers),
    )
