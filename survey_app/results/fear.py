"""The fear meter: how many businesses held back when they answered, and what scores would be if nobody did.

A share stands under the rule of distributions: from 15 answers on, and with three businesses on either side.
"""

from __future__ import annotations

from survey_app.i18n import say
from survey_app.results import disclosure
from survey_app.results.listing import Line, Table, written
from survey_app.results.reading import DASH, Reading
from survey_app.scoring.estimates import Fear, GroupEstimate
from survey_app.scoring.intervals import wilson


def sentence(reading: Reading, peers: GroupEstimate) -> str:
    """What fear adds to scores; empty where it was not estimated."""
    if not isinstance(peers.fear, Fear):
        return ""
    width = reading.plan.shown_on.max - reading.plan.shown_on.min
    return say(
        reading.language,
        "Fear: businesses that held back gave {step} points more (−: fewer) than the others; if nobody were afraid, "
        "scores would differ by {without} points. Order and tiers are read at equal fear.",
        step=written(peers.fear.step * width / 100, 1, reading.language),
        without=written(peers.fear.without * width / 100, 1, reading.language),
    )


def table(reading: Reading, peers: GroupEstimate) -> Table:
    """A line a unit that enough businesses told of: those who held back, with the share's 95 % interval; the score with
    fear and without."""
    language = reading.language
    columns = (
        say(language, "held back"),
        say(language, "95 % interval"),
        say(language, "as published"),
        say(language, "if nobody were afraid"),
    )
    return Table(
        say(language, "Fear of consequences"),
        say(language, "unit"),
        columns,
        tuple(line(reading, peers, unit, told) for unit in peers.units if (told := held_back(reading, unit))),
        say(
            language,
            "Held back: share of the businesses who agree that they must be careful when they answer about the unit. "
            "It is no part of any score.",
        ),
    )


def line(reading: Reading, peers: GroupEstimate, unit: str, told: tuple[int, int]) -> Line:
    language, score, without = reading.language, reading.score(unit, reading.business), DASH
    low, high = (written(100 * end, 0, language) for end in wilson(*told))
    if isinstance(peers.fear, Fear) and score.number is not None:
        on = reading.plan.shown_on
        moved = float(score.number) + peers.fear.without * (on.max - on.min) / 100
        without = written(min(max(moved, on.min), on.max), score.decimals, language)
    share = f"{written(100 * told[0] / told[1], 0, language)} %"
    return Line(reading.short(unit), (share, f"{low}{DASH}{high} %", reading.write(score), without))


def held_back(reading: Reading, unit: str) -> tuple[int, int] | None:
    """Businesses above the middle of the scale, and all that answered; None where one of the sides is too small."""
    guarded, answered = reading.result.fear_share.get(unit, (0, 0))
    merged = reading.lines[unit].merged_into if unit in reading.lines else None
    if merged or answered < reading.plan.privacy.min_distribution:
        return None
    sides = (guarded, answered - guarded)
    return None if any(disclosure.few(side) for side in sides) else (guarded, answered)
