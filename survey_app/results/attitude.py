"""Result → where service attitude needs attention: units and numbers of answers, never an officer.

The plan names what tells of attitude. A unit is listed where its whole interval lies below the group's median, or below
the middle of the scale: less would be noise, and nobody is called slack by noise.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from survey_app.i18n import number, say
from survey_app.results import comparison, heat, items
from survey_app.results.asked import Asked
from survey_app.results.disclosure import Shown
from survey_app.results.heat import HeatCell
from survey_app.results.items import Cell
from survey_app.results.reading import Reading


class Finding(msgspec.Struct, frozen=True):
    """A question of a unit that needs attention, and why."""

    id: str
    text: str
    score: str
    interval: str
    n: str
    why: str


class UnitFindings(msgspec.Struct, frozen=True):
    unit: str
    name: str
    findings: tuple[Finding, ...]


class QuestionRow(msgspec.Struct, frozen=True):
    """A question with a cell for each unit of the group, in the order of `Group.names`."""

    id: str
    text: str
    home: str
    cells: tuple[HeatCell, ...]
    median: str


class Group(msgspec.Struct, frozen=True):
    """`quiet`: nothing needs attention, in words."""

    label: str
    names: tuple[tuple[str, str], ...]  # code and short name
    rows: tuple[QuestionRow, ...]
    units: tuple[UnitFindings, ...]
    quiet: str


class Attitude(msgspec.Struct, frozen=True):
    """`why`: the plan names nothing of the kind."""

    round: str
    synthetic: bool
    why: str
    groups: tuple[Group, ...]


def page(reading: Reading) -> Attitude:
    """Units before their teams, larger groups first."""
    leaves = {leaf.id for leaf in reading.plan.attitude_leaves()}
    asked = tuple(one for one in reading.asked.values() if one.leaf.id in leaves)
    why = "" if asked else say(reading.language, "The plan of this round does not name what tells of service attitude.")
    groups = (group(reading, one.id, one.units, asked) for one in comparison.ordered(reading)) if asked else ()
    title = reading.text(reading.result.title)
    return Attitude(title, reading.result.synthetic, why, tuple(one for one in groups if one.rows))


def group(reading: Reading, group_id: str, units: Sequence[str], asked: Sequence[Asked]) -> Group:
    shown = comparison.by_score(
        reading, [one for one in units if reading.score(one, reading.business).number is not None], reading.business
    )
    cells = {(unit, one.id): items.cell(reading, unit, one) for unit in shown for one in asked}
    here = [one for one in asked if any(cells[unit, one.id].score.number is not None for unit in shown)]
    medians = {one.id: items.median([cells[unit, one.id] for unit in shown]) for one in here}
    found = []
    for unit in shown:
        every = (finding(reading, cells[unit, one.id], medians[one.id]) for one in here)
        findings = tuple(one for one in every if one is not None)
        if findings:
            found.append(UnitFindings(unit, reading.name(unit), findings))
    found.sort(key=lambda one: -len(one.findings))
    return Group(
        label=comparison.group_label(reading, group_id),
        names=tuple((unit, reading.short(unit)) for unit in shown),
        rows=tuple(
            QuestionRow(
                one.id,
                items.wording(reading, one),
                reading.label(reading.home[one.leaf.id]),
                tuple(heat.compared(reading, cells[unit, one.id].interval, medians[one.id]) for unit in shown),
                reading.write(medians[one.id]),
            )
            for one in here
        ),
        units=tuple(found),
        quiet="" if found else say(reading.language, "In no unit of this group is a question clearly low."),
    )


def finding(reading: Reading, cell: Cell, median: Shown) -> Finding | None:
    """None where nothing can be said against the unit."""
    high, on = cell.interval.high.number, reading.plan.shown_on
    if high is None:
        return None
    if high < (on.min + on.max) / 2:
        why = say(reading.language, "below the middle of the scale")
    elif median.number is not None and high < median.number:
        why = say(reading.language, "clearly below the group's median {median}", median=reading.write(median))
    else:
        return None
    return Finding(
        cell.asked.id,
        items.wording(reading, cell.asked),
        reading.write(cell.score),
        reading.write_range(cell.interval),
        number(cell.n, 0, reading.language),
        why,
    )
