"""The first page of a scorecard: the one number and its place, the last rounds, a line for each sub-index."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from survey_app.i18n import number, say
from survey_app.results import charts
from survey_app.results.charts import Axis, Point, Strip, Trend
from survey_app.results.differences import change_figure, change_range, change_sentence, change_verdict, verdict_words
from survey_app.results.disclosure import Shown
from survey_app.results.reading import DASH, Interval, Reading
from survey_app.scoring.index import Standing
from survey_app.scoring.ranks import RANKED_FROM

STRIP = 160.0
TREND = (250.0, 118.0)
ROUNDS = 3  # in the trend
MANY = 3  # names that a line bears


class PartLine(msgspec.Struct, frozen=True):
    """One part of the index, on the line below it; `share` is its weight."""

    label: str
    share: str
    value: str
    interval: str


class Place(msgspec.Struct, frozen=True):
    """Tier and rank range, always beside each other; `why` where there are none."""

    tier: str = ""
    ranks: str = ""
    tied: str = ""
    why: str = ""


class Headline(msgspec.Struct, frozen=True):
    """The one number that matters, and what belongs on the same line."""

    label: str
    value: str
    interval: str
    of: str
    parts: tuple[PartLine, ...]
    place: Place
    change: str
    sheets: str
    invited: str
    rate: str


class SubIndexLine(msgspec.Struct, frozen=True):
    """A sub-index against the peer group's median. `word` says what colour alone must not say."""

    id: str
    label: str
    score: str
    interval: str
    median: str
    tone: int
    word: str
    lost: str
    change: str
    change_range: str
    change_tone: int
    change_word: str  # only where the change is clear
    strip: Strip | None


def headline(unit: str, reading: Reading) -> Headline:
    """The index where there is one, else the businesses' part in its place."""
    node = headline_node(unit, reading)
    found, line = reading.interval(unit, node), reading.lines[unit]
    rate = Decimal(100 * line.ratings) / line.invited if line.invited else None
    return Headline(
        label=(
            say(reading.language, "businesses' part") if node == reading.business else say(reading.language, "index")
        )
        + reading.starred(unit, node),
        value=reading.write(found.score),
        interval=reading.write_range(found),
        of=number(reading.plan.shown_on.max, 0, reading.language),
        parts=parts(unit, reading) if node != reading.business else (),
        place=place(unit, node, reading),
        change=change_sentence(reading, reading.change(unit, node)),
        sheets=number(line.ratings, 0, reading.language),
        invited=number(line.invited, 0, reading.language) if line.invited else "",
        rate=f"{number(rate, 0, reading.language)} %" if rate is not None and rate <= 100 else "",
    )


def headline_node(unit: str, reading: Reading) -> str:
    """The root, where it is more than the businesses' part for this unit; else the businesses' part."""
    asked = reading.department and reading.score(unit, reading.department).reason != "not_asked"
    return reading.root if asked and reading.score(unit, reading.root).number is not None else reading.business


def parts(unit: str, reading: Reading) -> tuple[PartLine, ...]:
    """The businesses' and the Department's parts, always apart."""
    weights = reading.plan.effective_weights()
    labels = {
        reading.business: say(reading.language, "businesses' part"),
        reading.department: say(reading.language, "the Department's part"),
    }
    return tuple(
        PartLine(
            label,
            f"{number(100 * weights[node], 0, reading.language)} %",
            reading.write(reading.score(unit, node)),
            reading.write_range(reading.interval(unit, node)) if node == reading.business else "",
        )
        for node, label in labels.items()
        if node
    )


def place(unit: str, node: str, reading: Reading) -> Place:
    """Tier and rank range as words; a tier alone would read as evasive, a bare rank would be false."""
    found = reading.standing(unit, node)
    if found is None:
        return Place(why=why_not_ranked(reading, unit))
    group, standing = found
    names = tied_words(reading, standing, [one.unit for one in group.standings])
    return Place(
        tier=number(standing.tier, 0, reading.language),
        ranks=rank_range(standing.rank_low, standing.rank_high, len(group.standings)),
        tied=say(reading.language, "cannot be told apart from {units}", units=names) if names else "",
    )


def tied_words(reading: Reading, standing: Standing, ranked: Sequence[str]) -> str:
    """The units that a unit cannot be told from; where these are nearly all of its group, the exceptions."""
    others = [unit for unit in ranked if unit not in (standing.unit, *standing.tied)]
    if not standing.tied or len(standing.tied) <= MANY:
        return ", ".join(reading.short(code) for code in standing.tied)
    if not others:
        return say(reading.language, "all others")
    if len(others) < len(standing.tied):
        names = ", ".join(reading.short(code) for code in others)
        return say(reading.language, "all others but {units}", units=names)
    return ", ".join(reading.short(code) for code in standing.tied)


def why_not_ranked(reading: Reading, unit: str) -> str:
    """The words that stand where a unit or its group has no ranks."""
    if not reading.is_team(unit):
        return say(reading.language, "No ranks: fewer than four comparable units.")
    return say(
        reading.language,
        "Teams are ranked only from {n} sheets on, in a group of at least four.",
        n=RANKED_FROM,
    )


def rank_range(low: int, high: int, of: int) -> str:
    return f"{low} / {of}" if low == high else f"{low}{DASH}{high} / {of}"


def trend_of(unit: str, reading: Reading) -> tuple[Trend | None, str]:
    """The last three rounds, and a sentence on the breaks between them."""
    points, breaks = rounds_of(unit, reading, ROUNDS)
    if len(points) < 2:
        return None, ""
    title = "; ".join(f"{year}: {words}" for year, _, _, words, _ in points)
    return charts.trend(points, *TREND, title), breaks


def rounds_of(unit: str, reading: Reading, most: int) -> tuple[list[Point], str]:
    """The last rounds in which the unit has a score, the oldest first, and a sentence on the breaks between them."""
    rounds: list[tuple[Reading, str]] = [(reading, unit)]
    while len(rounds) < most and (code := rounds[-1][0].predecessor(rounds[-1][1])):
        rounds.append((rounds[-1][0].earlier[0], code))
    points: list[Point] = []
    breaks = []
    for at, code in reversed(rounds):
        node = headline_node(code, at)
        found, change = at.interval(code, node), at.change(code, node)
        broken = change is None or change.reason == "not_comparable"
        value = None if found.score.number is None else float(found.score.number)
        if broken and points and value is not None:
            breaks.append(str(at.result.year))
        if value is not None:
            points.append((str(at.result.year), value, found.ends, reading.write(found.score), broken))
    words = say(
        reading.language,
        "{years}: questions or weights changed, not comparable with the round before.",
        years=", ".join(breaks),
    )
    return points, words if breaks else ""


def axis_of(unit: str, reading: Reading) -> Axis:
    """One scale for all sub-indices of the page."""
    values: list[float] = []
    for node in reading.sub_indices:
        median = charts.optional(reading.peer_median(unit, node).number)
        values += reading.interval(unit, node).places + ([] if median is None else [median])
    return charts.axis(values, STRIP, (reading.plan.shown_on.min, reading.plan.shown_on.max))


def tone_of(found: Interval, median: Shown) -> int:
    """1 where the whole interval, as shown, lies above the median, −1 below, 0 where it cannot be told."""
    if found.low.number is None or found.high.number is None or median.number is None:
        return 0
    return 1 if found.low.number > median.number else (-1 if found.high.number < median.number else 0)


def sub_index(unit: str, node: str, reading: Reading, on: Axis) -> SubIndexLine:
    found, median = reading.interval(unit, node), reading.peer_median(unit, node)
    language, tone = reading.language, tone_of(found, median)
    if found.score.number is None:
        why = reading.why(found.score.reason)
        return SubIndexLine(
            node, reading.label(node), DASH, "", reading.write(median), 0, why, DASH, DASH, "", 0, "", None
        )
    verdict = change_verdict(reading, reading.change(unit, node))
    lost = points_lost(node, found.score.number, reading)
    title = f"{reading.label(node)}: {reading.write(found.score)} ({reading.write_range(found)})"
    return SubIndexLine(
        id=node,
        label=reading.label(node) + reading.starred(unit, node),
        score=reading.write(found.score),
        interval=reading.write_range(found),
        median=reading.write(median),
        tone=tone,
        word=verdict_words(language, tone) if median.number is not None else DASH,
        lost=number(lost, 1, language),
        change=change_figure(reading, reading.change(unit, node)),
        change_range=change_range(reading, reading.change(unit, node)),
        change_tone=verdict,
        change_word=verdict_words(language, verdict) if verdict else "",
        strip=charts.strip(on, float(found.score.number), found.ends, charts.optional(median.number), title),
    )


def points_lost(node: str, score: Decimal, reading: Reading) -> Decimal:
    """Points of the businesses' part that the sub-index falls short of, from the score as shown."""
    weights = reading.plan.effective_weights()
    share = weights[node] / weights[reading.business]
    return Decimal(str(share)) * (Decimal(str(reading.plan.shown_on.max)) - score)
