"""Which heads of units are honoured: for the sub-index on the head alone, and only who was in office all the time."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from survey_app.fieldwork.heads import InOffice
from survey_app.i18n import alphabetical, say
from survey_app.results.firstpage import tone_of
from survey_app.results.reading import Reading
from survey_app.scoring.index import GroupStanding
from survey_app.scoring.ranks import RANKED_FROM

LEAST = RANKED_FROM  # sheets about a unit, for a prize; about its head, for an honour


class HeadLine(msgspec.Struct, frozen=True):
    """A ranked unit's head; honoured where `why` is empty."""

    unit: str
    name: str
    why: str


def lines(
    reading: Reading, groups: list[GroupStanding], node: str, heads: Mapping[str, InOffice]
) -> tuple[HeadLine, ...]:
    """Heads of the ranked units, in alphabetical order of these."""
    units = sorted(
        (one.unit for group in groups for one in group.standings), key=lambda u: alphabetical(reading.name(u))
    )
    return tuple(
        HeadLine(
            reading.name(unit),
            heads[unit].name if unit in heads else "",
            why_not_honoured(reading, unit, node, heads.get(unit)),
        )
        for unit in units
    )


def why_not_honoured(reading: Reading, unit: str, node: str, head: InOffice | None) -> str:
    """Empty where every criterion is met."""
    language = reading.language
    if reading.score(unit, node).number is None:
        return reading.why(reading.score(unit, node).reason, unit)
    if sheets_of(reading, unit, node) < LEAST:
        return say(language, "fewer than {n} answers on the head", n=LEAST)
    if tone_of(reading.interval(unit, node), reading.peer_median(unit, node)) < 1:
        return say(language, "not clearly higher than the group's median")
    if head is None:
        return say(language, "no time in office is entered")
    return say(language, "changed during the round") if head.changed else ""


def why_none(language: str, node: str | None, groups: list[GroupStanding], found: tuple[HeadLine, ...]) -> str:
    """Why no head is honoured, in one sentence; empty where one is."""
    if any(not line.why for line in found):
        return ""
    if node is None:
        return say(language, "No head of a unit is honoured: the plan names no sub-index on heads.")
    if not groups:
        return say(language, "No head of a unit is honoured: there is no group with ranks.")
    return say(language, "No head of a unit is honoured: none meets all criteria.")


def sheets_of(reading: Reading, unit: str, node: str) -> int:
    """The score's own number of sheets."""
    found = reading.scores.get((unit, node))
    return (found.n or 0) if found else 0
