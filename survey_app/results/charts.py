"""Numbers to chart geometry: plain floats in, typed shapes out, in the viewBox of each chart.

Every chart lies on one row of a table, so that its label wraps like text and its numbers stand beside it. The same
shapes are drawn in a page and in a PDF by `templates/charts/*.svg`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsFloat

ROW = 20.0  # height of a strip
EDGE = 6.0  # room for a point at either end
GAP = 0.7  # between the parts of a bar


@dataclass(frozen=True)
class Axis:
    """A common scale of strips: `low`…`high` over `width` units, with ticks (position, value)."""

    width: float
    low: float
    high: float
    ticks: tuple[tuple[float, float], ...]

    def place(self, value: float) -> float:
        """Where a value lies; values beyond an end lie on it."""
        inside = min(max(value, self.low), self.high)
        return round(EDGE + (self.width - 2 * EDGE) * (inside - self.low) / (self.high - self.low), 2)


@dataclass(frozen=True)
class Strip:
    """An interval as a thin line with a point; `reference`: the peer group's median. None where a number is missing."""

    width: float
    point: float | None
    low: float | None
    high: float | None
    reference: float | None
    own: bool
    ticks: tuple[float, ...]
    title: str


@dataclass(frozen=True)
class Dots:
    """Several units' points on one row, and what they come to together as a thin line with a point."""

    width: float
    units: tuple[float, ...]
    point: float
    low: float
    high: float
    ticks: tuple[float, ...]
    title: str


@dataclass(frozen=True)
class Segment:
    """One part of a stacked bar. `tone` −2 (worst) … 2 (best); `label` is written inside where it fits, centred."""

    x: float
    width: float
    tone: int
    label: str


@dataclass(frozen=True)
class Bar:
    """A stacked bar that diverges from the middle of the scale: `zero` is the same for all bars of a page."""

    width: float
    zero: float
    segments: tuple[Segment, ...]
    title: str


@dataclass(frozen=True)
class Mark:
    """A round in a trend: point, interval, words, and whether the line from the round before is broken."""

    x: float
    y: float
    low: float | None
    high: float | None
    label: str
    value: str
    broken: bool


# A round for `trend`: label, value, interval, value as written, broken from the round before.
Point = tuple[str, float | None, tuple[float, float] | None, str, bool]


@dataclass(frozen=True)
class Trend:
    width: float
    height: float
    marks: tuple[Mark, ...]
    breaks: tuple[float, ...]  # x of the dashed lines between rounds that cannot be compared
    lines: tuple[tuple[float, float, float, float], ...]
    title: str


def axis(values: Sequence[float], width: float, bounds: tuple[float, float]) -> Axis:
    """An axis that holds all values, ends on round numbers, keeps within `bounds` and has three to six ticks."""
    known = list(values) or list(bounds)
    step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1e9) if (max(known) - min(known)) / s <= 4.2)
    low = max(bounds[0], step * math.floor(min(known) / step + 1e-9))
    high = min(bounds[1], step * math.ceil(max(known) / step - 1e-9))
    if high - low < step:
        low, high = max(bounds[0], low - step), min(bounds[1], high + step)
    blank = Axis(width, low, high, ())
    count = round((high - low) / step)
    marks = [low + index * step for index in range(count + 1)]
    return Axis(width, low, high, tuple((blank.place(mark), round(mark, 2)) for mark in marks))


def optional(number: SupportsFloat | None) -> float | None:
    """The number as a float, where there is one."""
    return None if number is None else float(number)


def strip(
    on: Axis,
    point: float | None,
    interval: tuple[float, float] | None,
    reference: float | None,
    title: str,
    own: bool = True,
) -> Strip:
    """One row of an interval dot plot, or of the ordered chart."""
    low, high = (on.place(end) for end in interval) if interval else (None, None)
    return Strip(
        on.width,
        None if point is None else on.place(point),
        low,
        high,
        None if reference is None else on.place(reference),
        own,
        tuple(place for place, _ in on.ticks),
        title,
    )


def dots(on: Axis, units: Sequence[float], point: float, interval: tuple[float, float], title: str) -> Dots:
    """One row of units and their mean with its interval."""
    low, high = (on.place(end) for end in interval)
    ticks = tuple(place for place, _ in on.ticks)
    return Dots(on.width, tuple(map(on.place, units)), on.place(point), low, high, ticks, title)


def tones(categories: int, favourable_high: bool) -> tuple[int, ...]:
    """−2…2 for each category of a scale, worst to best or the other way round; the middle one of an odd scale is 0."""
    middle = (categories - 1) / 2
    found = []
    for index in range(categories):
        offset = (index - middle) / middle if middle else 0.0
        tone = 0 if offset == 0 else (1 if abs(offset) < 0.75 else 2) * (1 if offset > 0 else -1)
        found.append(tone if favourable_high else -tone)
    return tuple(found)


def tone_of(score: float) -> int:
    """−2…2 for an answer worth `score` of 100."""
    return 2 if score >= 80 else 1 if score >= 60 else 0 if score >= 40 else -1 if score >= 20 else -2


def merged_tone(of_parts: Sequence[int]) -> int:
    """The tone of categories shown as one: their mean, towards the middle."""
    return int(sum(of_parts) / len(of_parts))


@dataclass(frozen=True)
class Balance:
    """Where the zero line of a page's bars lies and how long all answers are, both as shares of the bar's width."""

    zero: float
    whole: float


def balance(lefts: Sequence[float]) -> Balance:
    """The longest scale on which bars with these shares to the left of the zero line all fit."""
    left = max(lefts, default=0.5)
    right = 1 - min(lefts, default=0.5)
    whole = 1 / max(left + right, 1e-9)
    return Balance(left * whole, whole)


def diverging(
    shares: Sequence[float], tone: Sequence[int], labels: Sequence[str], width: float, on: Balance, title: str
) -> Bar:
    """Worse parts to the left of the zero line, better ones to the right, a middle part astride.

    `shares` sum to 1, the worst first. A label is written where its part is long enough.
    """
    whole = width * on.whole
    x = on.zero * width - left_of_zero(shares, tone) * whole
    segments = []
    for share, t, label in zip(shares, tone, labels, strict=True):
        length = share * whole
        if share > 0:
            fits = length >= 5 * len(label) + 3
            segments.append(Segment(round(x, 2), round(max(length - GAP, 0.3), 2), t, label if fits else ""))
        x += length
    return Bar(width, round(on.zero * width, 2), tuple(segments), title)


def left_of_zero(shares: Sequence[float], tone: Sequence[int]) -> float:
    """How much of a bar lies to the left of the zero line: the worse parts and half of the middle one."""
    return sum(share if t < 0 else share / 2 if t == 0 else 0.0 for share, t in zip(shares, tone, strict=True))


def reach(points: Sequence[Point]) -> list[float]:
    """Everything of a trend that lies on its scale."""
    return [end for p in points if p[1] is not None for end in (p[2] or (p[1], p[1])) if end is not None]


def trend(
    points: Sequence[Point], width: float, height: float, title: str, span: tuple[float, float] | None = None
) -> Trend:
    """Rounds from left to right; those without a value are left out. `span`: the scale that several charts share."""
    known = [p for p in points if p[1] is not None]
    ends = span or reach(known)
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    room = max(high - low, 1e-9)
    top, bottom = 22.0, 20.0

    def y(value: float) -> float:
        return round(top + (height - top - bottom) * (high - value) / room, 2) if high > low else round(height / 2, 2)

    step = width / max(len(known), 1)
    marks = tuple(
        Mark(
            x=round(step * (index + 0.5), 2), y=y(value), low=y(interval[0]) if interval else None,
            high=y(interval[1]) if interval else None, label=label, value=words, broken=broken and index > 0,
        )
        for index, (label, value, interval, words, broken) in enumerate(known)
        if value is not None
    )  # fmt: skip
    pairs = list(itertools.pairwise(marks))
    return Trend(
        width,
        height,
        marks,
        tuple(round((a.x + b.x) / 2, 2) for a, b in pairs if b.broken),
        tuple((a.x, a.y, b.x, b.y) for a, b in pairs if not b.broken),
        title,
    )
