"""The chance that one unit is ahead of another, as a table of words and whole per cent."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from survey_app.i18n import number, say
from survey_app.results.disclosure import rounded
from survey_app.results.reading import DASH, Reading
from survey_app.scoring.index import GroupStanding

SURE = 9  # decimals that a server and a browser compute alike
SIGNS = {2: "+", -2: "−"}
LEAN = 0.8  # from this chance on a pale colour says "leaning"


class Chance(msgspec.Struct, frozen=True):
    """One cell: the row's unit against the column's. Tone 2 ahead … −2 behind, ±1 leaning, 0 open; `sign` and `word`
    say what colour alone must not say."""

    text: str
    tone: int
    sign: str = ""
    word: str = ""


class ChanceLine(msgspec.Struct, frozen=True):
    unit: str
    name: str
    cells: tuple[Chance, ...]


class Chances(msgspec.Struct, frozen=True):
    """Units in the order of their expected ranks, down and across. `level`: from which chance on "ahead" is said."""

    level: str
    lines: tuple[ChanceLine, ...]


def published(reading: Reading, standing: GroupStanding | None) -> Chances | None:
    """Of a group as it was published; None where it has no order."""
    if standing is None:
        return None
    units = [one.unit for one in standing.standings]
    return table(reading, units, standing.beats, reading.plan.tiers.level)


def table(reading: Reading, units: Sequence[str], chance: Sequence[Sequence[float]], level: float) -> Chances:
    """`chance` (U, U): the row's unit is ahead of the column's; both in the order of `units`."""
    words = {2: say(reading.language, "ahead"), -2: say(reading.language, "behind")}
    lines = []
    for a, unit in enumerate(units):
        cells = tuple(
            Chance(DASH, 0) if a == b else cell(float(chance[a][b]), level, reading.language, words)
            for b in range(len(units))
        )
        lines.append(ChanceLine(unit, reading.short(unit), cells))
    return Chances(f"{number(100 * level, 0, reading.language)}\u00a0%", tuple(lines))


def cell(chance: float, level: float, language: str, words: dict[int, str]) -> Chance:
    """One chance in words and colour."""
    found = tone(chance, level)
    return Chance(percent_text(chance, level, language), found, SIGNS.get(found, ""), words.get(found, ""))


def tone(chance: float, level: float) -> int:
    """2 where the chance reaches the level from which "is ahead" is said, 1 where it leans; negative for the other."""
    if chance < 0.5:
        return -tone(1 - chance, level)
    chance = round(chance, SURE)
    return 2 if chance >= level else 1 if chance >= LEAN else 0


def percent_text(chance: float, level: float, language: str) -> str:
    """In whole per cent, never rounded across the level; nothing is certain, so never 0 or 100. Both directions of a
    pair make 100."""
    percent = percents(chance, level)
    if percent in (0, 100):
        return f"{'<' if percent == 0 else '>'}\u00a0{number(1 if percent == 0 else 99, 0, language)}\u00a0%"
    return f"{number(percent, 0, language)}\u00a0%"


def percents(chance: float, level: float) -> int:
    """Whole per cent from 0 to 100."""
    if chance < 0.5:
        return 100 - percents(1 - chance, level)
    chance = round(chance, SURE)
    whole = int(rounded(round(100 * chance, SURE - 2), 0))
    return math.ceil(100 * level) - 1 if chance < level <= whole / 100 else whole
