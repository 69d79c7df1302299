"""What everybody is told of a round: units by tier, never a score or a rank. Page, press sheet and API say this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

import msgspec

from survey_app.i18n import alphabetical, say
from survey_app.results.comparison import group_label
from survey_app.results.reading import Reading
from survey_app.scoring.index import GroupStanding


class Named(msgspec.Struct, frozen=True):
    """A unit by code and name."""

    code: str
    name: str


class Tier(msgspec.Struct, frozen=True):
    """Units that are too close to say which is ahead, in alphabetical order. `words`: what the tier is called."""

    number: int
    words: str
    units: tuple[Named, ...]


class Group(msgspec.Struct, frozen=True):
    """A peer group by tiers. `not_ranked`: too few sheets to be set beside others; `withheld`: no score at all."""

    label: str
    tiers: tuple[Tier, ...]
    not_ranked: tuple[Named, ...]
    withheld: tuple[Named, ...]


class PublishedRound(msgspec.Struct, frozen=True):
    """A published round. `days`: when it was answered and counted, in words. `groups`: those that have an order."""

    id: str
    year: int
    title: str
    organisation: str
    simulated: bool
    days: str
    sheets: int
    groups: tuple[Group, ...]


def page(reading: Reading) -> PublishedRound:
    """The round as the public reads it."""
    result = reading.result
    return PublishedRound(
        id=result.round,
        year=result.year,
        title=reading.text(result.title),
        organisation=reading.text(result.organisation),
        simulated=result.synthetic,
        days=reading.days,
        sheets=result.participation.sheets,
        groups=tuple(tiered(reading, group) for group in ordered_groups(reading)),
    )


def ordered_groups(reading: Reading) -> Iterable[GroupStanding]:
    """Peer groups with an order of the businesses' part: the Department's own points move no public tier."""
    return (one for one in reading.result.index.groups if one.node == reading.business and reading.may_rank(one))


def tiered(reading: Reading, group: GroupStanding) -> Group:
    """A group's units by tier, in alphabetical order within a tier: a hidden order would be a rank."""
    tiers: Mapping[str, int] = {one.unit: one.tier for one in group.standings}
    last = max(tiers.values())
    ordered = sorted(tiers, key=lambda code: tiers[code])
    withheld = [code for code in group.left_out if reading.score(code, reading.business).number is None]
    return Group(
        label=group_label(reading, group.group),
        tiers=tuple(
            Tier(number, tier_words(reading.language, number, last), named(reading, codes))
            for number, codes in groupby(ordered, key=lambda code: tiers[code])
        ),
        not_ranked=named(reading, (code for code in group.left_out if code not in withheld)),
        withheld=named(reading, withheld),
    )


def named(reading: Reading, codes: Iterable[str]) -> tuple[Named, ...]:
    """Units in Vietnamese alphabetical order."""
    found = (Named(code, reading.name(code)) for code in codes)
    return tuple(sorted(found, key=lambda one: alphabetical(one.name)))


def tier_words(language: str, number: int, last: int) -> str:
    """What a tier is called in public: the lowest one needs improvement, it is never called bad."""
    if last == 1:
        return say(language, "all level")
    if number == 1:
        return say(language, "leading")
    return say(language, "needs improvement") if number == last else say(language, "in between")


def why_left_out(language: str) -> tuple[str, str]:
    """The words beside units that are not ranked, and beside those that are withheld."""
    return (
        say(language, "not ranked: too few sheets to be set beside others"),
        say(language, "withheld: too few answers"),
    )
