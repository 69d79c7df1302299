"""The wide tables of a peer group: unit × sub-index against the median, and the changes since the last round."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from survey_app.i18n import say
from survey_app.results.differences import change_figure, change_range, change_verdict, verdict_words
from survey_app.results.disclosure import Reason, Shown
from survey_app.results.firstpage import tone_of
from survey_app.results.reading import DASH, Interval, Reading

LEAN = 1  # points from the median from which a pale colour says "leaning"


class HeatCell(msgspec.Struct, frozen=True):
    """A score against the group's median: tone −2 clearly lower … 2 clearly higher, ±1 leaning, 0 level or unknown."""

    text: str
    tone: int
    sign: str
    word: str


class ChangeCell(msgspec.Struct, frozen=True):
    """A difference to the round before with its interval; `verdict` 1 clearly up, −1 clearly down, 0 cannot tell."""

    text: str
    interval: str
    verdict: int
    word: str


class HeatLine(msgspec.Struct, frozen=True):
    unit: str
    name: str
    cells: tuple[HeatCell, ...]


class ChangeLine(msgspec.Struct, frozen=True):
    unit: str
    name: str
    cells: tuple[ChangeCell, ...]


class Heat(msgspec.Struct, frozen=True):
    """`medians` stand below, a column each."""

    columns: tuple[str, ...]
    lines: tuple[HeatLine, ...]
    medians: tuple[str, ...]


class Changes(msgspec.Struct, frozen=True):
    """`broken` names the columns that cannot be compared with the last round, in a sentence."""

    columns: tuple[str, ...]
    lines: tuple[ChangeLine, ...]
    broken: str


def heat(reading: Reading, units: Sequence[str], node: str) -> Heat | None:
    """`units` in the order of the page; `node` is the score they are ordered by. None without units."""
    if not units:
        return None
    subs = (sub for sub in reading.sub_indices if any(reading.score(unit, sub).number is not None for unit in units))
    columns = (node, *subs)
    return Heat(
        columns=tuple(column_label(reading, column) for column in columns),
        lines=tuple(
            HeatLine(unit, reading.short(unit), tuple(heat_cell(reading, unit, column) for column in columns))
            for unit in units
        ),
        medians=tuple(reading.write(reading.peer_median(units[0], column)) for column in columns),
    )


def heat_cell(reading: Reading, unit: str, node: str) -> HeatCell:
    """The unit's score against the median of its peers."""
    return compared(reading, reading.interval(unit, node), reading.peer_median(unit, node))


def compared(reading: Reading, found: Interval, median: Shown) -> HeatCell:
    """Strong colour and a sign only where the whole interval excludes the median; a pale one where it merely leans."""
    if found.score.number is None:
        return HeatCell(DASH, 0, "", reading.why(found.score.reason))
    clear = tone_of(found, median)
    words = verdict_words(reading.language, clear)
    if clear:
        return HeatCell(reading.write(found.score), 2 * clear, "+" if clear > 0 else "−", words)
    gap = found.score.number - median.number if median.number is not None else 0
    return HeatCell(reading.write(found.score), (gap >= LEAN) - (gap <= -LEAN), "", words)


def changes(reading: Reading, units: Sequence[str], node: str) -> Changes | None:
    """None where there is no round before."""
    wanted = dict.fromkeys((node, reading.business, *reading.sub_indices))
    columns = tuple(column for column in wanted if any(reading.change(unit, column) for unit in units))
    if not columns:
        return None
    return Changes(
        columns=tuple(column_label(reading, column) for column in columns),
        lines=tuple(
            ChangeLine(unit, reading.short(unit), tuple(change_cell(reading, unit, column) for column in columns))
            for unit in units
        ),
        broken=broken(reading, units, columns),
    )


def change_cell(reading: Reading, unit: str, node: str) -> ChangeCell:
    change = reading.change(unit, node)
    if change is None or change.difference is None or change.low is None or change.high is None:
        told: dict[str | None, Reason] = {"not_comparable": "not_comparable", "too_few": "too_few"}
        reason = told.get(change.reason if change else None, "no_earlier")
        return ChangeCell(DASH, "", 0, reading.why(reason))
    verdict = change_verdict(reading, change)
    words = verdict_words(reading.language, verdict)
    return ChangeCell(change_figure(reading, change), change_range(reading, change), verdict, words)


def broken(reading: Reading, units: Sequence[str], columns: Sequence[str]) -> str:
    """Which columns show only dashes because questions or weights changed."""
    found = [
        column
        for column in columns
        if any(change.reason == "not_comparable" for unit in units if (change := reading.change(unit, column)))
    ]
    names = ", ".join(column_label(reading, column) for column in found)
    why = say(reading.language, "not comparable with the last round")
    return f"{names}: {why}." if found else ""


def column_label(reading: Reading, node: str) -> str:
    if node == reading.root:
        return say(reading.language, "index")
    return say(reading.language, "businesses' part") if node == reading.business else reading.label(node)
