"""Who is honoured after a round, and why nobody else: rules that stand before the result, applied to it.

Order and tiers are those that the public reads: of what businesses said, without the Department's own points.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from survey_app.fieldwork.heads import InOffice
from survey_app.i18n import alphabetical, number, say
from survey_app.results import award_heads, published
from survey_app.results.award_heads import LEAST, HeadLine, sheets_of
from survey_app.results.comparison import group_label
from survey_app.results.method_leaves import text_of, written
from survey_app.results.reading import Reading
from survey_app.scoring.index import GroupStanding

MEDALS = 3


class UnitLine(msgspec.Struct, frozen=True):
    """A ranked unit against the criteria. `prize` is empty where one of them fails; `why` then says which."""

    name: str
    tier: int
    words: str
    n: str
    prize: str
    why: str


class GroupLines(msgspec.Struct, frozen=True):
    """A peer group with an order: best tier first, in alphabetical order within a tier."""

    label: str
    units: tuple[UnitLine, ...]


class Prize(msgspec.Struct, frozen=True):
    """A prize of a group and who bears it: several are level."""

    name: str
    group: str
    units: tuple[str, ...]


class Certificate(msgspec.Struct, frozen=True):
    """For every unit that took part. `distinction`: its tier and prize, where it is in a leading tier."""

    unit: str
    distinction: tuple[str, ...]


class Awards(msgspec.Struct, frozen=True):
    """All that the papers say. `why_none`: the one sentence where nothing is awarded."""

    language: str
    round: str
    year: str
    index: str
    organisation: str
    simulated: bool
    sheets: str
    invited: str
    hash: str
    criteria: tuple[tuple[str, str], ...]
    tiers: tuple[published.Group, ...]
    groups: tuple[GroupLines, ...]
    prizes: tuple[Prize, ...]
    why_none: str
    leadership: str
    heads: tuple[HeadLine, ...]
    why_no_heads: str
    certificates: tuple[Certificate, ...]

    @property
    def honoured(self) -> tuple[HeadLine, ...]:
        """The heads that are honoured, in alphabetical order of their units."""
        return tuple(head for head in self.heads if not head.why)


def page(reading: Reading, heads: Mapping[str, InOffice]) -> Awards:
    """The awards of a round; `heads` as the register has them for its days."""
    result, part, language = reading.result, reading.result.participation, reading.language
    standing = list(published.ordered_groups(reading))
    groups = tuple(group_lines(reading, group) for group in standing)
    prizes = tuple(prize for group in groups for prize in prizes_of(group))
    node = reading.plan.leadership_node()
    lines = award_heads.lines(reading, standing, node, heads) if node else ()
    return Awards(
        language=language,
        round=reading.text(result.title),
        year=str(result.year),
        index=text_of(reading.plan.title, language) or reading.plan.id,
        organisation=reading.text(result.organisation),
        simulated=result.synthetic,
        sheets=number(part.sheets, 0, language),
        invited=number(part.invited, 0, language),
        hash=result.hash,
        criteria=criteria(reading),
        tiers=published.page(reading).groups,
        groups=groups,
        prizes=prizes,
        why_none="" if prizes else why_none(language, standing),
        leadership=reading.label(node) if node else "",
        heads=lines,
        why_no_heads=award_heads.why_none(language, node, standing, lines),
        certificates=certificates(reading, groups),
    )


def criteria(reading: Reading) -> tuple[tuple[str, str], ...]:
    """Each rule, and what it is for."""
    language, level = reading.language, written(100 * reading.plan.tiers.level, reading.language)
    return (
        (
            say(language, "What is compared"),
            say(
                language,
                "What businesses said of the units of a group with ranks; the Department's points do not count.",
            ),
        ),
        (
            say(language, "Least number of sheets"),
            say(language, "{n} about the unit: with fewer, luck would decide.", n=LEAST),
        ),
        (
            say(language, "Clear lead"),
            say(
                language,
                "Ahead of every unit of the next tier with a certainty of at least {level} %. The lowest tier bears no "
                "prize.",
                level=level,
            ),
        ),
        (
            say(language, "Ties"),
            say(
                language,
                "Units of one tier are level: all of them bear the same prize, or none does. There may be several "
                "firsts.",
            ),
        ),
        (
            say(language, "Prizes"),
            say(
                language,
                "First prize for the first tier, second for the second, third for the third; none below a tier without "
                "one.",
            ),
        ),
        (
            say(language, "Heads of units"),
            say(
                language,
                "Only by the sub-index on the head, from {n} answers on, clearly higher than the group's median, in "
                "office on every day of the round.",
                n=LEAST,
            ),
        ),
        (
            say(language, "Certificates"),
            say(language, "Every unit that took part gets one; those of the leading tier have it said."),
        ),
    )


def group_lines(reading: Reading, group: GroupStanding) -> GroupLines:
    last = max(one.tier for one in group.standings)
    reasons = why_no_prize(reading, group)
    lines = [
        UnitLine(
            name=reading.name(one.unit),
            tier=one.tier,
            words=published.tier_words(reading.language, one.tier, last),
            n=number(sheets_of(reading, one.unit, reading.business), 0, reading.language),
            prize="" if reasons[one.unit] else prize_words(reading.language)[one.tier - 1],
            why=reasons[one.unit],
        )
        for one in group.standings
    ]
    return GroupLines(
        group_label(reading, group.group), tuple(sorted(lines, key=lambda one: (one.tier, alphabetical(one.name))))
    )


def why_no_prize(reading: Reading, group: GroupStanding) -> dict[str, str]:
    """Unit → why it bears no prize; empty where it bears one.

    A tier is level: all its units with enough sheets bear the prize, or none does. Below a tier without a prize there
    is none either, else a lower tier would be honoured before a higher one.
    """
    language, last = reading.language, max(one.tier for one in group.standings)
    found: dict[str, str] = {}
    above = True
    for tier in range(1, last + 1):
        units = [one for one in group.standings if one.tier == tier]
        enough = [one for one in units if sheets_of(reading, one.unit, reading.business) >= LEAST]
        bears = tier < last and tier <= MEDALS
        clear = bears and above and bool(enough) and all(one.clear for one in enough)
        for one in units:
            if not bears:
                why = say(language, "only one tier") if last == 1 else say(language, "this tier bears no prize")
            elif one not in enough:
                why = say(language, "fewer than {n} sheets", n=LEAST)
            elif not one.clear:
                why = say(language, "not clearly ahead of every unit of the next tier")
            elif not above:
                why = say(language, "the tier above bears no prize")
            else:
                why = "" if clear else say(language, "level with a unit that is not clearly ahead of the next tier")
            found[one.unit] = why
        above = clear
    return found


def prize_words(language: str) -> tuple[str, str, str]:
    return say(language, "First prize"), say(language, "Second prize"), say(language, "Third prize")


def prizes_of(group: GroupLines) -> list[Prize]:
    """The prizes of a group, the first one first."""
    found: dict[str, list[str]] = {}
    for unit in group.units:
        if unit.prize:
            found.setdefault(unit.prize, []).append(unit.name)
    return [Prize(name, group.label, tuple(units)) for name, units in found.items()]


def why_none(language: str, groups: list[GroupStanding]) -> str:
    """The one sentence that stands in the place of prizes."""
    if not groups:
        return say(language, "No prize is awarded: no group has four comparable units with enough sheets to be ranked.")
    if all(one.tier == 1 for group in groups for one in group.standings):
        return say(language, "No prize is awarded: all units are in one tier, too close to say which is ahead.")
    return say(
        language,
        "No prize is awarded: the leading tier as a whole has not the least number of sheets and a clear lead.",
    )


# ---------------------------------------------------------------- certificates


def certificates(reading: Reading, groups: tuple[GroupLines, ...]) -> tuple[Certificate, ...]:
    """One for every rated unit, in alphabetical order; reporting groups are no units."""
    said = {unit.name: distinction(reading.language, group, unit) for group in groups for unit in group.units}
    names = [reading.name(line.code) for line in reading.result.units if not line.members]
    return tuple(Certificate(name, said.get(name, ())) for name in sorted(names, key=alphabetical))


def distinction(language: str, group: GroupLines, unit: UnitLine) -> tuple[str, ...]:
    """What a certificate says beyond having taken part."""
    leading = unit.tier == 1 and any(one.tier > 1 for one in group.units)
    lines = [say(language, "in the leading tier of: {group}", group=group.label)] if leading else []
    level = sum(one.prize == unit.prize for one in group.units) > 1
    if unit.prize:
        lines.append(say(language, "{prize}, level with others", prize=unit.prize) if level else unit.prize)
    return tuple(lines)
