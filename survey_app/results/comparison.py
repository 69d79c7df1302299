"""Result → everything the director's comparison says: the order with tiers, the wide tables; all of it formatted."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from survey_app.i18n import N_, alphabetical, number, say
from survey_app.results import chances, charts, disclosure, heat
from survey_app.results.chances import Chances
from survey_app.results.charts import Axis, Strip
from survey_app.results.firstpage import rank_range, tied_words, why_not_ranked
from survey_app.results.heat import Changes, Heat
from survey_app.results.reading import Interval, Reading
from survey_app.results.scorecard import pedigree
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.index import GroupStanding

STRIP = 190.0
ONE_TIER = N_("All units are in one tier: their scores are too close, given the error, to say which is ahead.")


class OrderLine(msgspec.Struct, frozen=True):
    """A unit in the ordered chart."""

    unit: str
    name: str
    score: str
    interval: str
    business: str
    department: str
    ranks: str
    tied: str
    n: str
    strip: Strip | None


class Tier(msgspec.Struct, frozen=True):
    """Units of one tier, in the order of their expected rank. `heading` is empty where the group has no ranks."""

    heading: str
    lines: tuple[OrderLine, ...]


class PeerGroup(msgspec.Struct, frozen=True):
    """One peer group: units of different groups are never ranked together. `not_shown`: name of a unit, and why."""

    id: str
    label: str
    why: str
    one_tier: str
    axis: Axis
    parts: bool  # the score is the whole index: the businesses' and the Department's parts stand beside it
    tiers: tuple[Tier, ...]
    not_shown: tuple[tuple[str, str], ...]
    heat: Heat | None
    changes: Changes | None
    chances: Chances | None

    @property
    def units(self) -> tuple[str, ...]:
        """The units that are shown, in the order of the page."""
        return tuple(line.unit for tier in self.tiers for line in tier.lines)


class Comparison(msgspec.Struct, frozen=True):
    """All that the comparison says."""

    round: str
    year: str
    organisation: str
    synthetic: bool
    days: str
    language: str
    groups: tuple[PeerGroup, ...]
    facts: tuple[tuple[str, str], ...]
    pedigree: tuple[tuple[str, str], ...]


def page(reading: Reading) -> Comparison:
    """The comparison of all peer groups of the round: units before their teams, larger groups first."""
    result = reading.result
    groups = (peer_group(reading, group.id, group.units) for group in ordered(reading))
    return Comparison(
        round=reading.text(result.title),
        year=str(result.year),
        organisation=reading.text(result.organisation),
        synthetic=result.synthetic,
        days=reading.days,
        language=reading.language,
        groups=tuple(group for group in groups if group.units or group.not_shown),
        facts=facts(reading),
        pedigree=pedigree(reading),
    )


def ordered(reading: Reading) -> list[GroupEstimate]:
    """Peer groups in the order of the director's pages: units before their teams, larger groups first."""
    groups = reading.result.estimates.groups
    return sorted(groups, key=lambda one: (any(map(reading.is_team, one.units)), -len(one.units), one.id))


def facts(reading: Reading) -> tuple[tuple[str, str], ...]:
    """The round in numbers, as the manifest has them."""
    part, language = reading.result.participation, reading.language
    flagged = disclosure.flagged_band(part.flagged, part.ratings)
    rate = f"{number(100 * part.sheets / part.invited, 0, language)} %" if part.invited else ""
    lines = (
        (say(language, "Businesses invited"), number(part.invited, 0, language)),
        (say(language, "Sheets counted"), number(part.sheets, 0, language)),
        (say(language, "response rate"), rate),
        (say(language, "Ratings of units"), number(part.ratings, 0, language)),
        (say(language, "Flagged ratings left out"), flagged),
    )
    return tuple(line for line in lines if line[1])


def peer_group(reading: Reading, group_id: str, units: Sequence[str]) -> PeerGroup:
    """One peer group; units whose score is withheld stand below, with the reason."""
    shown = [unit for unit in units if reading.score(unit, reading.business).number is not None]
    node = main_node(reading, shown)
    found = (one for one in reading.result.index.groups if (one.group, one.node) == (group_id, node))
    standing = next((one for one in found if reading.may_rank(one)), None)
    axis = axis_of(reading, shown, node)
    tiers = tiers_of(reading, standing, axis) if standing else ()
    placed = [line.unit for tier in tiers for line in tier.lines]
    rest = by_score(reading, [unit for unit in shown if unit not in placed], node)
    if rest:
        heading = say(reading.language, "Not ranked") if tiers else ""
        tiers += (Tier(heading, tuple(order_line(reading, unit, node, axis, None) for unit in rest)),)
    order = placed + rest
    return PeerGroup(
        id=group_id,
        label=group_label(reading, group_id),
        why=why_not_ranked(reading, order[0]) if order and standing is None else "",
        one_tier=one_tier(reading, standing),
        axis=axis,
        parts=node != reading.business,
        tiers=tiers,
        not_shown=not_shown(reading, units, shown),
        heat=heat.heat(reading, order, node),
        changes=heat.changes(reading, order, node),
        chances=chances.published(reading, standing),
    )


def main_node(reading: Reading, units: Sequence[str]) -> str:
    """The root where every shown unit has it, else the businesses' part."""
    whole = bool(units) and all(reading.score(unit, reading.root).number is not None for unit in units)
    asked = reading.department and any(reading.score(unit, reading.department).number is not None for unit in units)
    return reading.root if whole and asked else reading.business


def not_shown(reading: Reading, units: Sequence[str], shown: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Withheld units and those reported in a group, in alphabetical order, each with the reason."""
    hidden = [unit for unit in units if unit not in shown]
    merged = [line.code for line in reading.result.units if line.merged_into in units]
    names = sorted((*hidden, *merged), key=lambda unit: alphabetical(reading.name(unit)))
    return tuple(
        (reading.name(unit), reading.why(reading.score(unit, reading.business).reason, unit)) for unit in names
    )


def group_label(reading: Reading, group_id: str) -> str:
    """The plan's words for the group; else its kind, and for one that is asked other questions its units by name."""
    for group in reading.plan.peer_groups if isinstance(reading.plan.peer_groups, tuple) else ():
        if group.id == group_id and group.label:
            return reading.text(group.label)
    kind, _, apart = group_id.partition(".")
    words = kind_words(reading.language, kind)
    if not apart:
        return words
    units = next(group.units for group in reading.result.estimates.groups if group.id == group_id)
    return f"{words}: {', '.join(sorted((reading.short(unit) for unit in units), key=alphabetical))}"


def kind_words(language: str, kind: str) -> str:
    """Kinds of unit, in words; an unknown kind is shown as the register writes it."""
    words = {
        "chi_cuc": say(language, "Customs branches"),
        "hqck": say(language, "Border-gate customs units"),
        "phong": say(language, "Divisions"),
        "doi": say(language, "Teams"),
        "to": say(language, "Groups within teams"),
        "nhom": say(language, "Reporting groups"),
    }
    return words.get(kind, kind)


def one_tier(reading: Reading, standing: GroupStanding | None) -> str:
    """The common case deserves words: nobody is ahead."""
    if standing is None or any(line.tier > 1 for line in standing.standings):
        return ""
    return say(reading.language, ONE_TIER)


def by_score(reading: Reading, units: Sequence[str], node: str) -> list[str]:
    """Highest first, as shown; equal ones in alphabetical order."""
    return sorted(units, key=lambda unit: (-(reading.score(unit, node).number or 0), alphabetical(reading.name(unit))))


def tiers_of(reading: Reading, standing: GroupStanding, axis: Axis) -> tuple[Tier, ...]:
    found = []
    for tier in sorted({line.tier for line in standing.standings}):
        units = [line.unit for line in standing.standings if line.tier == tier]
        word = say(reading.language, "tier")
        heading = f"{word.capitalize()} {tier}"
        lines = (order_line(reading, unit, standing.node, axis, standing) for unit in units)
        found.append(Tier(heading, tuple(lines)))
    return tuple(found)


def axis_of(reading: Reading, units: Sequence[str], node: str) -> Axis:
    values = [place for unit in units for place in reading.interval(unit, node).places]
    return charts.axis(values, STRIP, (reading.plan.shown_on.min, reading.plan.shown_on.max))


def order_line(reading: Reading, unit: str, node: str, axis: Axis, standing: GroupStanding | None) -> OrderLine:
    found, line = reading.interval(unit, node), reading.lines[unit]
    place = next((one for one in standing.standings if one.unit == unit), None) if standing else None
    return OrderLine(
        unit=unit,
        name=reading.name(unit) + reading.starred(unit, node),
        score=reading.write(found.score),
        interval=reading.write_range(found),
        business=reading.write(reading.score(unit, reading.business)),
        department=reading.write(reading.score(unit, reading.department)) if reading.department else "",
        ranks=rank_range(place.rank_low, place.rank_high, len(standing.standings)) if place and standing else "",
        tied=tied_words(reading, place, [one.unit for one in standing.standings]) if place and standing else "",
        n=number(line.ratings, 0, reading.language)
        if line.ratings
        else f"< {number(reading.plan.privacy.min_score, 0, reading.language)}",
        strip=strip_of(reading, unit, found, axis),
    )


def strip_of(reading: Reading, unit: str, found: Interval, axis: Axis) -> Strip | None:
    if found.score.number is None:
        return None
    title = f"{reading.short(unit)}: {reading.write(found.score)} ({reading.write_range(found)})"
    return charts.strip(axis, float(found.score.number), found.ends, None, title)
