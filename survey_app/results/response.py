"""Result → who took part: from invited businesses to counted sheets, for the whole round and by unit."""

from __future__ import annotations

import msgspec

from survey_app.i18n import number, say
from survey_app.results import comparison, disclosure, pictures
from survey_app.results.pictures import Funnel
from survey_app.results.reading import DASH, Reading

WIDE, NARROW = 420.0, 200.0


class Step(msgspec.Struct, frozen=True):
    """A step of the whole round: number, and its share of those invited."""

    label: str
    value: str
    share: str


class UnitLine(msgspec.Struct, frozen=True):
    """A unit: businesses of its list, and those that rated it; `why` stands where the number is withheld."""

    unit: str
    name: str
    invited: str
    rated: str
    share: str
    why: str
    funnel: Funnel | None


class Group(msgspec.Struct, frozen=True):
    label: str
    lines: tuple[UnitLine, ...]


class Response(msgspec.Struct, frozen=True):
    """All that the page says. `flagged`: the share of ratings left out, in a band."""

    round: str
    synthetic: bool
    steps: tuple[Step, ...]
    funnel: Funnel
    ratings: str
    flagged: str
    groups: tuple[Group, ...]


def page(reading: Reading) -> Response:
    """The round's own counts are those of its manifest; a unit's follow the rule of its score."""
    part, language = reading.result.participation, reading.language
    counts = (
        (say(language, "Businesses invited"), part.invited),
        (say(language, "Codes used"), part.used),
        (say(language, "Sheets counted"), part.sheets),
    )
    steps = tuple(
        Step(label, number(count, 0, language), share(language, count, part.invited)) for label, count in counts
    )
    title = "; ".join(f"{one.label}: {one.value}" for one in steps)
    drawn = pictures.funnel([(one.label, count, f"{one.value} ({one.share})" if one.share else one.value)
                             for one, (_, count) in zip(steps, counts, strict=True)], WIDE, title)  # fmt: skip
    return Response(
        round=reading.text(reading.result.title),
        synthetic=reading.result.synthetic,
        steps=steps,
        funnel=drawn,
        ratings=number(part.ratings, 0, language),
        flagged=disclosure.flagged_band(part.flagged, part.ratings),
        groups=tuple(
            Group(comparison.group_label(reading, one.id), tuple(unit_line(reading, unit) for unit in one.units))
            for one in comparison.ordered(reading)
        ),
    )


def share(language: str, count: int, of: int) -> str:
    return f"{number(disclosure.rounded(100 * count / of, 0), 0, language)} %" if of >= count and of else ""


def unit_line(reading: Reading, unit: str) -> UnitLine:
    """Withheld where the unit's score is: how few answered is told by nobody."""
    language, line = reading.language, reading.lines[unit]
    score = reading.score(unit, reading.business)
    invited = number(line.invited, 0, language) if line.invited else DASH
    if score.number is None:
        return UnitLine(unit, reading.name(unit), invited, DASH, DASH, reading.why(score.reason, unit), None)
    rated, rate = number(line.ratings, 0, language), share(language, line.ratings, line.invited)
    return UnitLine(unit, reading.name(unit), invited, rated, rate or DASH, "", bars(reading, unit) if rate else None)


def bars(reading: Reading, unit: str) -> Funnel:
    """The unit's list and what of it answered, on its own scale."""
    line, language = reading.lines[unit], reading.language
    steps = [
        (say(language, "on its list"), line.invited, number(line.invited, 0, language)),
        (say(language, "rated it"), line.ratings, number(line.ratings, 0, language)),
    ]
    return pictures.funnel(steps, NARROW, f"{reading.short(unit)}: {steps[0][2]}; {steps[1][2]}")
