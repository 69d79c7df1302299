"""Result → the units' scores over all rounds, on one scale a peer group, with visible breaks; CDCI's own trend too."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from survey_app.i18n import say
from survey_app.results import charts, comparison, disclosure, firstpage
from survey_app.results.charts import Point, Trend
from survey_app.results.disclosure import Shown
from survey_app.results.reading import DASH, Reading
from survey_app.scoring.estimates import GroupEstimate

SIZE = (250.0, 118.0)
MOST = 12  # rounds


class Year(msgspec.Struct, frozen=True):
    """A round in the table behind a chart; `broken`: not comparable with the one before."""

    label: str
    score: str
    interval: str
    broken: bool


class UnitTrend(msgspec.Struct, frozen=True):
    """`chart` is None where there is one round only."""

    unit: str
    name: str
    chart: Trend | None
    years: tuple[Year, ...]
    breaks: str


class Group(msgspec.Struct, frozen=True):
    label: str
    units: tuple[UnitTrend, ...]


class Trends(msgspec.Struct, frozen=True):
    round: str
    synthetic: bool
    groups: tuple[Group, ...]


def page(reading: Reading) -> Trends:
    """Units before their teams, larger groups first."""
    groups = (group(reading, one) for one in comparison.ordered(reading))
    return Trends(
        reading.text(reading.result.title), reading.result.synthetic, tuple(one for one in groups if one.units)
    )


def group(reading: Reading, peers: GroupEstimate) -> Group:
    """All charts of a group share one scale."""
    shown = [unit for unit in peers.units if reading.score(unit, reading.business).number is not None]
    order = comparison.by_score(reading, shown, reading.business)
    found = {unit: firstpage.rounds_of(unit, reading, MOST) for unit in order}
    span = span_of([points for points, _ in found.values()])
    units = tuple(unit_trend(reading, unit, points, breaks, span) for unit, (points, breaks) in found.items())
    return Group(comparison.group_label(reading, peers.id), units)


def span_of(several: Sequence[Sequence[Point]]) -> tuple[float, float] | None:
    """What all of them reach together."""
    ends = [end for points in several for end in charts.reach(points)]
    return (min(ends), max(ends)) if ends else None


def unit_trend(
    reading: Reading, unit: str, points: list[Point], breaks: str, span: tuple[float, float] | None
) -> UnitTrend:
    return UnitTrend(
        unit,
        reading.name(unit),
        charts.trend(points, *SIZE, f"{reading.short(unit)}: {title(points)}", span) if len(points) > 1 else None,
        tuple(Year(year, words, range_words(reading, ends), broken and place > 0)
              for place, (year, _, ends, words, broken) in enumerate(points)),
        breaks,
    )  # fmt: skip


def range_words(reading: Reading, ends: tuple[float, float] | None) -> str:
    """The interval's ends as they were shown: rounded already, so whole numbers stay whole."""
    if ends is None:
        return ""
    decimals = 0 if all(float(end).is_integer() for end in ends) else 1
    return DASH.join(reading.write(Shown(disclosure.rounded(end, decimals), decimals)) for end in ends)


def title(points: Sequence[Point]) -> str:
    return "; ".join(f"{year}: {words}" for year, _, _, words, _ in points)


# ---------------------------------------------------------------- the whole index, for beside other indices


def whole(reading: Reading) -> tuple[list[Point], str]:
    """The median of the largest group of units that are no teams, by round, the oldest first; and whose it is."""
    rounds = [reading]
    while rounds[-1].earlier and len(rounds) < MOST:
        rounds.append(rounds[-1].earlier[0])
    points: list[Point] = []
    for at in reversed(rounds):
        peers = comparison.ordered(at)[0]
        shown = [unit for unit in peers.units if at.score(unit, at.business).number is not None]
        node = comparison.main_node(at, shown)
        median = disclosure.median([at.score(unit, node) for unit in shown])
        broken = any(change.reason == "not_comparable" for unit in shown if (change := at.change(unit, node)))
        broken |= bool(points) and not any(at.change(unit, node) for unit in shown)
        value = charts.optional(median.number)
        points.append((str(at.result.year), value, None, at.write(median), broken))
    label = comparison.group_label(reading, comparison.ordered(reading)[0].id)
    return points, say(reading.language, "median of {group}", group=label)
