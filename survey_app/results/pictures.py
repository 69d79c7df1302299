"""Pictures that are not rows of a table: the map of priorities and the funnel of sheets. Numbers in, geometry out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey_app.results import charts
from survey_app.results.charts import Axis

LEFT, TOP, RIGHT, BOTTOM = 44.0, 22.0, 14.0, 34.0
RADIUS = 10.0
STEP, THICK = 34.0, 20.0


@dataclass(frozen=True)
class Spot:
    """A sub-index on the map; `label`: its number in the table beside it."""

    x: float
    y: float
    label: str
    urgent: bool


@dataclass(frozen=True)
class PriorityMap:
    """Importance to the right, performance upwards; the lines of the means divide it in four. `x_ticks`, `y_ticks`:
    place and value."""

    width: float
    height: float
    left: float
    top: float
    right: float
    bottom: float
    middle_x: float
    middle_y: float
    spots: tuple[Spot, ...]
    x_ticks: tuple[tuple[float, float], ...]
    y_ticks: tuple[tuple[float, float], ...]
    title: str


@dataclass(frozen=True)
class Step:
    """A step of the funnel: its bar and where its words begin; `beside`: behind the bar's end, in ink."""

    y: float
    length: float
    label: str
    value: str


@dataclass(frozen=True)
class Funnel:
    """Steps from above, all on one scale from zero."""

    width: float
    height: float
    thick: float
    steps: tuple[Step, ...]
    title: str


def priority_map(
    importance: Sequence[float], performance: Sequence[float], urgent: Sequence[bool], size: tuple[float, float],
    bounds: tuple[float, float], title: str,
) -> PriorityMap:  # fmt: skip
    """Points with equal places drawn apart sideways; `bounds` of performance."""
    width, height = size
    across = charts.axis([0.0, *importance], width - LEFT - RIGHT, (0.0, 1e9))
    upwards = charts.axis(performance, height - TOP - BOTTOM, bounds)
    x = [round(LEFT + across.place(value), 2) for value in importance]
    y = [round(height - BOTTOM - upwards.place(value), 2) for value in performance]
    spots = tuple(
        Spot(*at, str(number), one) for number, (at, one) in enumerate(zip(apart(x, y), urgent, strict=True), start=1)
    )
    return PriorityMap(
        width, height, LEFT, TOP, width - RIGHT, height - BOTTOM,
        middle_x=round(LEFT + across.place(sum(importance) / len(importance)), 2),
        middle_y=round(height - BOTTOM - upwards.place(sum(performance) / len(performance)), 2),
        spots=spots,
        x_ticks=ticks(across, LEFT),
        y_ticks=tuple((round(height - BOTTOM - place, 2), value) for place, value in upwards.ticks),
        title=title,
    )  # fmt: skip


def ticks(on: Axis, start: float) -> tuple[tuple[float, float], ...]:
    return tuple((round(start + place, 2), value) for place, value in on.ticks)


def apart(x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
    """The places, those that would cover an earlier one moved up until its number can be read."""
    found: list[tuple[float, float]] = []
    for at, height in zip(x, y, strict=True):
        level = height
        while any((at - a) ** 2 + (level - b) ** 2 < (1.5 * RADIUS) ** 2 for a, b in found):
            level -= RADIUS / 2
        found.append((at, round(level, 2)))
    return found


def funnel(steps: Sequence[tuple[str, int, str]], width: float, title: str) -> Funnel:
    """`steps`: words, number, number as written; the first is the widest."""
    most = max((count for _, count, _ in steps), default=0) or 1
    drawn = tuple(
        Step(round(14 + place * STEP, 2), round(max(width * count / most, 1.0), 2), label, value)
        for place, (label, count, value) in enumerate(steps)
    )
    return Funnel(width, round(len(steps) * STEP, 2), THICK - 4, drawn, title)
