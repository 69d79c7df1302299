"""Result → where businesses are held up: the lowest questions across the units of a peer group, and each unit's own.

What was marked as outside the unit stands apart: heads are not blamed for another agency or a national system.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from survey_app.i18n import number, say
from survey_app.results import charts, comparison, firstpage, items
from survey_app.results.charts import Axis, Dots, Strip
from survey_app.results.differences import verdict_words
from survey_app.results.disclosure import Shown
from survey_app.results.items import Cell, Pooled
from survey_app.results.marks import Mark, Marks, in_words
from survey_app.results.reading import DASH, Reading

MOST, MOST_OF_UNIT = 10, 3
PLOT = 190.0


class Row(msgspec.Struct, frozen=True):
    """A question over all units of the group. `units`: how many show it, of how many; `apart`: words of the mark;
    `partly`: the units in which it is marked."""

    id: str
    text: str
    home: str
    home_id: str
    score: str
    interval: str
    n: str
    units: str
    dots: Dots | None
    apart: str = ""
    partly: str = ""


class UnitRow(msgspec.Struct, frozen=True):
    """A question of one unit, against the median of its group."""

    id: str
    text: str
    home: str
    score: str
    interval: str
    n: str
    median: str
    tone: int
    word: str
    strip: Strip | None
    apart: str = ""


class OfUnit(msgspec.Struct, frozen=True):
    """One unit's lowest questions, and those that were marked as outside it."""

    unit: str
    name: str
    short: str
    rows: tuple[UnitRow, ...]
    apart: tuple[UnitRow, ...]


class Group(msgspec.Struct, frozen=True):
    """One peer group."""

    id: str
    label: str
    teams: bool
    axis: Axis
    unit_axis: Axis
    rows: tuple[Row, ...]
    apart: tuple[Row, ...]
    units: tuple[OfUnit, ...]


class Bottlenecks(msgspec.Struct, frozen=True):
    """All that page and booklet say; `groups` without those in which nothing is shown."""

    round: str
    synthetic: bool
    groups: tuple[Group, ...]


def page(reading: Reading, marks: Sequence[Mark] = ()) -> Bottlenecks:
    """Units before their teams, larger groups first, as in the comparison."""
    found = (group(reading, one.id, one.units, Marks(marks)) for one in comparison.ordered(reading))
    return Bottlenecks(
        reading.text(reading.result.title), reading.result.synthetic, tuple(one for one in found if one.units)
    )


def group(reading: Reading, group_id: str, units: Sequence[str], marks: Marks) -> Group:
    shown = [unit for unit in units if reading.score(unit, reading.business).number is not None]
    asked = items.counted_questions(reading)
    cells = {(one.id, unit): items.cell(reading, unit, one) for one in asked for unit in shown}
    together = sorted(
        (one for question in asked if (one := items.pooled(reading, [cells[question.id, unit] for unit in shown]))),
        key=lambda one: (one.interval.score.number or Decimal(0), one.asked.id),
    )
    medians = {one.id: items.median([cells[one.id, unit] for unit in shown]) for one in asked}
    inside = [one for one in together if marks.on(one.asked.id) is None][:MOST]
    apart = [one for one in together if marks.on(one.asked.id) is not None]
    axis = axis_of(reading, together_places([*inside, *apart]))
    of_units = axis_of(reading, [place for one in cells.values() for place in one.interval.places])
    order = comparison.by_score(reading, shown, reading.business)
    return Group(
        id=group_id,
        label=comparison.group_label(reading, group_id),
        teams=any(map(reading.is_team, units)),
        axis=axis,
        unit_axis=of_units,
        rows=tuple(row(reading, one, len(shown), axis, marks) for one in inside),
        apart=tuple(row(reading, one, len(shown), axis, marks) for one in apart),
        units=tuple(of_unit(reading, unit, [cells[one.id, unit] for one in asked], medians, of_units, marks)
                    for unit in order),
    )  # fmt: skip


def axis_of(reading: Reading, places: Sequence[float]) -> Axis:
    """One scale for all rows of a table, up to the top of the scale."""
    on = reading.plan.shown_on
    return charts.axis([*places, on.max] if places else [], PLOT, (on.min, on.max))


def together_places(rows: Sequence[Pooled]) -> list[float]:
    """Everything that the rows of all units draw."""
    units = [float(one.score.number) for row in rows for one in row.cells if one.score.number is not None]
    return units + [place for one in rows for place in one.interval.places]


def row(reading: Reading, one: Pooled, of: int, axis: Axis, marks: Marks) -> Row:
    language, home = reading.language, reading.home
    score, interval = reading.write(one.interval.score), reading.write_range(one.interval)
    partly = ", ".join(reading.short(mark.unit) for mark in marks.partly(one.asked.id) if mark.unit in reading.lines)
    mark = marks.on(one.asked.id)
    title = "; ".join(
        [f"{score} ({interval})", *(f"{reading.short(cell.unit)} {reading.write(cell.score)}" for cell in one.cells)]
    )
    places = [float(cell.score.number) for cell in one.cells if cell.score.number is not None]
    return Row(
        id=one.asked.id,
        text=items.wording(reading, one.asked),
        home=reading.label(home[one.asked.leaf.id]),
        home_id=home[one.asked.leaf.id],
        score=score,
        interval=interval,
        n=number(one.n, 0, language),
        units=f"{len(one.cells)} / {of}",
        dots=charts.dots(axis, places, float(one.interval.score.number or 0), one.interval.ends or (0.0, 0.0), title),
        apart=in_words(language, mark) if mark else "",
        partly=say(language, "Outside the unit in: {units}.", units=partly) if partly else "",
    )


def of_unit(
    reading: Reading, unit: str, cells: Sequence[Cell], medians: dict[str, Shown], axis: Axis, marks: Marks
) -> OfUnit:
    """The unit's lowest questions, worst first."""
    known = [one for one in cells if one.score.number is not None]
    known.sort(key=lambda one: (one.score.number or Decimal(0), one.asked.id))
    inside = [one for one in known if marks.on(one.asked.id, unit) is None][:MOST_OF_UNIT]
    lowest = max((one.score.number or Decimal(0) for one in inside), default=Decimal(0))
    apart = [one for one in known if marks.on(one.asked.id, unit) is not None and (one.score.number or 0) <= lowest]
    return OfUnit(
        unit,
        reading.name(unit),
        reading.short(unit),
        *(tuple(unit_row(reading, one, medians[one.asked.id], axis, marks) for one in several)
          for several in (inside, apart)),
    )  # fmt: skip


def unit_row(reading: Reading, one: Cell, median: Shown, axis: Axis, marks: Marks) -> UnitRow:
    tone = firstpage.tone_of(one.interval, median)
    score, interval = reading.write(one.score), reading.write_range(one.interval)
    mark = marks.on(one.asked.id, one.unit)
    return UnitRow(
        id=one.asked.id,
        text=items.wording(reading, one.asked),
        home=reading.label(reading.home[one.asked.leaf.id]),
        score=score,
        interval=interval,
        n=number(one.n, 0, reading.language),
        median=reading.write(median),
        tone=tone,
        word=verdict_words(reading.language, tone) if median.number is not None else DASH,
        strip=charts.strip(axis, *one.interval.drawn, charts.optional(median.number), f"{score} ({interval})"),
        apart=in_words(reading.language, mark) if mark else "",
    )
