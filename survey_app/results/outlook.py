"""Aims against what was reached, and other indices beside CDCI's own trend: formatted for pages."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from survey_app.i18n import number, say
from survey_app.results import charts, comparison, disclosure, heat, trends
from survey_app.results.aims import Target
from survey_app.results.charts import Axis, Point, Strip, Trend
from survey_app.results.disclosure import Shown
from survey_app.results.external import NAMES, Said
from survey_app.results.reading import DASH, Interval, Reading

PLOT = 160.0
SIZE = (250.0, 118.0)


class Reached(msgspec.Struct, frozen=True):
    """A unit against an aim, in the round of the aim's year or the last before it."""

    unit: str
    name: str
    year: str
    score: str
    interval: str
    gap: str
    word: str
    tone: int
    strip: Strip | None


class AimLine(msgspec.Struct, frozen=True):
    """An aim and the units it is for. `key`: what takes it back; `sum`: how many are there, in words."""

    key: Target
    index: str
    whom: str
    by: str
    value: str
    axis: Axis | None
    units: tuple[Reached, ...]
    sum: str


class OtherLine(msgspec.Struct, frozen=True):
    """A year of another index."""

    key: str
    year: str
    subject: str
    score: str
    rank: str
    source: str
    link: str  # where the source is an address


class OtherIndex(msgspec.Struct, frozen=True):
    name: str
    chart: Trend | None
    lines: tuple[OtherLine, ...]


class Outlook(msgspec.Struct, frozen=True):
    """`own`: CDCI's trend, the first of the charts; `whose`: what its points are."""

    round: str
    synthetic: bool
    own: Trend | None
    own_years: tuple[tuple[str, str, bool], ...]
    whose: str
    others: tuple[OtherIndex, ...]


# ---------------------------------------------------------------- aims


def aim_lines(reading: Reading, targets: Sequence[Target]) -> tuple[AimLine, ...]:
    """Each aim with its units as they stand now, or stood in its year."""
    return tuple(aim_line(reading, one) for one in targets)


def aim_line(reading: Reading, target: Target) -> AimLine:
    language = reading.language
    at = round_at(reading, target.year)
    units = units_of(at, target.scope) if at is not None else []
    found = [(unit, at.interval(unit, target.node)) for unit in units] if at is not None else []
    places = [place for _, interval in found for place in interval.places]
    on = reading.plan.shown_on
    axis = charts.axis([*places, target.value], PLOT, (on.min, on.max)) if places else None
    lines = tuple(reached(at, unit, interval, target, axis) for unit, interval in found) if at is not None else ()
    return AimLine(
        key=target,
        index=heat.column_label(reading, target.node) if target.node in reading.nodes else target.node,
        whom=whom(reading, target.scope),
        by=say(language, "by {year}, {years}-year aim", year=target.year, years=target.year - target.since)
        if target.year > target.since
        else say(language, "for {year}", year=target.year),
        value=number(target.value, on.decimals, language),
        axis=axis,
        units=lines,
        sum=sum_words(reading, lines),
    )


def round_at(reading: Reading, year: int) -> Reading | None:
    """The round of the year, else the last one before it: an aim ahead is held against the present."""
    at: Reading | None = reading
    while at is not None and at.result.year > year:
        at = at.earlier[0] if at.earlier else None
    return at


def units_of(reading: Reading, scope: str) -> list[str]:
    """The unit, or every unit of the kind, the best first."""
    if scope in reading.lines:
        return [scope]
    units = [line.code for line in reading.result.units if line.kind == scope and not line.merged_into]
    return comparison.by_score(reading, units, reading.business)


def whom(reading: Reading, scope: str) -> str:
    """A unit's name, or every unit of a kind."""
    if scope in reading.lines:
        return reading.name(scope)
    kind = comparison.kind_words(reading.language, scope)
    return say(reading.language, "each of: {kind}", kind=kind) if kind != scope else scope


def reached(reading: Reading, unit: str, found: Interval, target: Target, axis: Axis | None) -> Reached:
    """`tone` 1 the whole interval is at the aim or above it, −1 below it, 0 cannot tell."""
    language, value = reading.language, Decimal(str(target.value))
    score, low, high = found.score.number, found.low.number, found.high.number
    if score is None:
        why = reading.why(found.score.reason, unit)
        return Reached(unit, reading.name(unit), str(reading.result.year), DASH, "", DASH, why, 0, None)
    tone = 0
    if low is not None and high is not None:
        tone = 1 if low >= value else (-1 if high < value else 0)
    elif found.score.reason is None:  # a figure of the Department has no interval
        tone = 1 if score >= value else -1
    words = {
        1: say(language, "reached"),
        0: say(language, "cannot tell"),
        -1: say(language, "not reached") if reading.result.year >= target.year else say(language, "not yet reached"),
    }
    title = f"{reading.short(unit)}: {reading.write(found.score)} ({reading.write_range(found)}); {target.value:g}"
    return Reached(
        unit=unit,
        name=reading.name(unit),
        year=str(reading.result.year),
        score=reading.write(found.score),
        interval=reading.write_range(found),
        gap=gap_words(reading, score - value, found.score.decimals),
        word=words[tone],
        tone=tone,
        strip=charts.strip(axis, float(score), found.ends, target.value, title) if axis else None,
    )


def gap_words(reading: Reading, gap: Decimal, decimals: int) -> str:
    shown = Shown(disclosure.rounded(float(gap), decimals), decimals)
    text = reading.write(shown)
    return f"+{text}" if shown.number and shown.number > 0 else text


def sum_words(reading: Reading, lines: Sequence[Reached]) -> str:
    """`Reached: 2 · cannot tell: 3 · not reached: 1`; empty for one unit."""
    known = [one for one in lines if one.strip is not None]
    if len(known) < 2:
        return ""
    counts = {word: sum(one.word == word for one in known) for word in dict.fromkeys(one.word for one in known)}
    return " · ".join(f"{word}: {number(count, 0, reading.language)}" for word, count in counts.items())


# ---------------------------------------------------------------- other indices


def outlook(reading: Reading, said: Sequence[Said]) -> Outlook:
    """Each index has its own scale: what is compared is the direction, not the height."""
    points, whose = trends.whole(reading)
    known = [point for point in points if point[1] is not None]
    return Outlook(
        round=reading.text(reading.result.title),
        synthetic=reading.result.synthetic,
        own=charts.trend(points, *SIZE, trends.title(known)) if len(known) > 1 else None,
        own_years=tuple((year, words, broken and at > 0) for at, (year, _, _, words, broken) in enumerate(points)),
        whose=whose,
        others=tuple(
            other(reading, index, [one for one in said if one.index == index])
            for index in NAMES
            if any(one.index == index for one in said)
        ),
    )


def other(reading: Reading, index: str, said: Sequence[Said]) -> OtherIndex:
    """A change of the scale or of whom it rates breaks the line."""
    points: list[Point] = []
    last: Said | None = None
    for one in said:
        broken = last is not None and (one.out_of, one.subject) != (last.out_of, last.subject)
        points.append((str(one.year), one.score, None, score_words(reading, one.score), broken))
        last = one if one.score is not None else last
    known = [point for point in points if point[1] is not None]
    return OtherIndex(
        NAMES[index],
        charts.trend(points, *SIZE, f"{NAMES[index]}: {trends.title(known)}") if len(known) > 1 else None,
        tuple(other_line(reading, one) for one in said),
    )


def other_line(reading: Reading, one: Said) -> OtherLine:
    top = f" / {number(one.out_of, 0, reading.language)}" if one.out_of is not None and one.score is not None else ""
    of = f" / {number(one.ranked, 0, reading.language)}" if one.ranked else ""
    return OtherLine(
        key=one.index,
        year=str(one.year),
        subject=one.subject,
        score=f"{score_words(reading, one.score)}{top}",
        rank=f"{number(one.rank, 0, reading.language)}{of}" if one.rank else DASH,
        source=one.source,
        link=one.source if one.source.startswith(("https://", "http://")) and " " not in one.source else "",
    )


def score_words(reading: Reading, score: float | None) -> str:
    """As it was published: two decimals at least where it has any."""
    if score is None:
        return DASH
    decimals = -int(Decimal(str(score)).normalize().as_tuple().exponent)
    return number(score, 0 if decimals <= 0 else max(decimals, 2), reading.language)
