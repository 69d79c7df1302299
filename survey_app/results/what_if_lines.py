"""The lines of the what-if page: each unit with the tried weights, beside it with the plan's own."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import msgspec

from survey_app.i18n import alphabetical, number, say
from survey_app.results import charts
from survey_app.results.chances import SURE
from survey_app.results.charts import Axis, Strip
from survey_app.results.disclosure import rounded
from survey_app.results.reading import DASH, Reading
from survey_app.results.tried import Tried
from survey_app.results.what_if import Delivered

RANK_DECIMALS = 1


class Numbers(msgspec.Struct, frozen=True):
    """A unit under some weights, as written."""

    score: Decimal
    text: str
    interval: str
    expected: str
    tier: int | None


class Line(msgspec.Struct, frozen=True):
    """A unit: with the tried weights, beside it with the plan's own. `shift`: 1 a better tier, −1 a lower one, 0 the
    same; `starts`: the first unit of a tier."""

    unit: str
    name: str
    here: Numbers
    plan: Numbers
    difference: str
    shift: int
    word: str
    starts: bool
    strip: Strip


def written(reading: Reading, numbers: Delivered, found: Tried, u: int) -> Numbers:
    """One unit: decimals as of its published score; the interval stays within the scale."""
    unit = numbers.units[u]
    score = rounded(round(float(found.scores[u]), SURE), unit.decimals)
    ends = (
        number(
            rounded(round(min(max(float(end), numbers.low), numbers.high), SURE), unit.decimals),
            unit.decimals,
            reading.language,
        )
        for end in (found.low[u], found.high[u])
    )
    place = numbers.ranked.index(u) if found.order and u in numbers.ranked else None
    return Numbers(
        score=score,
        text=number(score, unit.decimals, reading.language),
        interval=DASH.join(ends),
        expected=DASH
        if place is None or found.order is None
        else number(round(float(found.order.expected[place]), SURE), RANK_DECIMALS, reading.language),
        tier=None if place is None or found.order is None else int(found.order.tier[place]),
    )


def lines_of(reading: Reading, numbers: Delivered, here: Tried, plan: Tried, axis: Axis) -> tuple[Line, ...]:
    """Ranked units by expected rank, then the others by score, the alphabet settling ties."""
    places = [numbers.ranked[int(place)] for place in here.order.order] if here.order else []
    now = [written(reading, numbers, here, u) for u in range(len(numbers.units))]
    then = [written(reading, numbers, plan, u) for u in range(len(numbers.units))]
    rest = [u for u in range(len(numbers.units)) if u not in places]
    rest.sort(key=lambda u: (-now[u].score, alphabetical(reading.name(numbers.units[u].code))))
    words = shift_words(reading)
    lines: list[Line] = []
    for before, u in pairwise((None, *places, *rest)):
        assert u is not None
        unit = numbers.units[u]
        shift = 0 if now[u].tier is None else (then[u].tier or 0) - (now[u].tier or 0)
        shift = (shift > 0) - (shift < 0)
        lines.append(
            Line(
                unit=unit.code,
                name=reading.short(unit.code),
                here=now[u],
                plan=then[u],
                difference=signed(now[u].score - then[u].score, unit.decimals, reading.language),
                shift=shift,
                word=words[shift] if shift else "",
                starts=before is not None and now[u].tier != now[before].tier,
                strip=strip_of(reading, unit.code, here, u, axis, now[u], then[u]),
            )
        )
    return tuple(lines)


def shift_words(reading: Reading) -> dict[int, str]:
    """What became of a unit's tier."""
    return {1: say(reading.language, "a better tier"), -1: say(reading.language, "a lower tier")}


def signed(value: Decimal, decimals: int, language: str) -> str:
    """A difference with its sign."""
    return ("+" if value > 0 else "") + number(value, decimals, language)


def strip_of(reading: Reading, unit: str, here: Tried, u: int, axis: Axis, now: Numbers, then: Numbers) -> Strip:
    """The interval with the tried weights, and a mark where the plan's own weights put the unit."""
    title = f"{reading.short(unit)}: {now.text} ({now.interval})"
    ends = (float(here.low[u]), float(here.high[u]))
    return charts.strip(axis, float(now.score), ends, float(then.score), title)
