"""The second line of an interval: what is uncertain about this year's clients alone, not about a unit's service.

Published intervals treat the businesses that answered as a draw from all that might deal with a unit. Of those on this
year's list a known share answered, so that their own mean is known better: √(1 − n/N) of the interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from survey_app.i18n import number, say
from survey_app.results.listing import Line, Table, written
from survey_app.results.reading import DASH, Reading


def table(reading: Reading, units: Sequence[str]) -> Table:
    """A line a unit with an interval and a list of clients."""
    language = reading.language
    columns = (
        say(language, "businesses on its list"),
        say(language, "95 % interval"),
        say(language, "this year's clients only"),
    )
    lines = (line(reading, unit) for unit in units)
    return Table(
        say(language, "This year's clients only"),
        say(language, "unit"),
        columns,
        tuple(one for one in lines if one is not None),
        say(
            language,
            "Tiers and order keep the wider interval: those who did not answer are no random draw, and next year's "
            "clients are others.",
        ),
    )


def line(reading: Reading, unit: str) -> Line | None:
    language, interval, of = reading.language, reading.interval(unit, reading.business), reading.lines[unit]
    if interval.ends is None or interval.score.number is None or not of.invited >= of.ratings > 0:
        return None
    share, score = math.sqrt(1 - of.ratings / of.invited), float(interval.score.number)
    ends = (score + share * (end - score) for end in interval.ends)
    narrower = DASH.join(written(end, interval.score.decimals, language) for end in ends)
    return Line(reading.short(unit), (number(of.invited, 0, language), reading.write_range(interval), narrower))
