"""What programs read: the shapes of the interface's answers. The numbers are those of pages and files."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from survey_app.results import exports, published, tables
from survey_app.results.method import Method
from survey_app.results.published import PublishedRound
from survey_app.results.reading import Reading
from survey_app.results.tables import Cell


class Problem(msgspec.Struct, frozen=True):
    """Why there is no answer: the status and one line in the language asked for."""

    status: int
    message: str


class RoundLine(msgspec.Struct, frozen=True):
    """A published round."""

    id: str
    year: int
    title: str
    organisation: str
    simulated: bool


class RoundList(msgspec.Struct, frozen=True):
    """Published rounds, the newest first."""

    language: str
    rounds: tuple[RoundLine, ...]


class RoundAnswer(msgspec.Struct, frozen=True):
    """A published round by tiers: no score, no rank. SHA-256 of its result, as in the manifest."""

    language: str
    result_sha256: str
    round: PublishedRound


class UnitPlace(msgspec.Struct, frozen=True):
    """Where the public sees a unit. Without a tier `why` says the reason: `not_ranked` or `too_few`."""

    code: str
    name: str
    group: str
    tier: int | None
    tier_words: str
    why: str | None
    why_words: str


class UnitList(msgspec.Struct, frozen=True):
    """Units of the groups that have an order; by group, then tier, then in alphabetical order."""

    round: str
    language: str
    units: tuple[UnitPlace, ...]


class MethodAnswer(msgspec.Struct, frozen=True):
    """How the round is counted, from its own plan and questionnaire."""

    round: str
    language: str
    method: Method


class OpenScore(msgspec.Struct, frozen=True):
    """The score of a question about a unit, where 100 or more answered; `why`: "partial" where something is missing."""

    unit: str
    unit_name: str
    sub_index: str | None
    item: str
    item_text: str
    score: Decimal | None
    answers: str
    why: str | None


class OpenAnswer(msgspec.Struct, frozen=True):
    """A part of a distribution: the answers from one code to another, and their share in whole per cent."""

    unit: str
    item: str
    first: str = msgspec.field(name="from")
    last: str = msgspec.field(name="to")
    answer: str = ""
    share: int = 0


class CodebookLine(msgspec.Struct, frozen=True):
    """A question: its words, its weight in the whole (per cent), how it is counted, what its codes mean."""

    item: str
    item_text: str
    sub_index: str | None
    weight: Decimal | None
    direction: str
    statistic: str
    codes: str
    missing_codes: str


class LegendLine(msgspec.Struct, frozen=True):
    """What a code in a column means."""

    column: str
    code: str
    meaning: str


class PedigreeLine(msgspec.Struct, frozen=True):
    """Where the numbers come from."""

    name: str
    value: str | None


class OpenData(msgspec.Struct, frozen=True):
    """Open data, byte for byte as the public file of this language."""

    format: str
    language: str
    open_scores: tuple[OpenScore, ...]
    open_answers: tuple[OpenAnswer, ...]
    codebook: tuple[CodebookLine, ...]
    legend: tuple[LegendLine, ...]
    pedigree: tuple[PedigreeLine, ...]


class ResultLine(msgspec.Struct, frozen=True):
    """A unit at a node of the plan: score, interval, median of its peers, tier, rank range; or why there is no score.

    The reason "partial" stands beside a score: a part of what it rests on is missing.
    """

    unit: str
    unit_name: str
    group: str | None
    node: str
    node_name: str
    score: Decimal | None
    low: Decimal | None
    high: Decimal | None
    median: Decimal | None
    tier: int | None
    rank_low: int | None
    rank_high: int | None
    n: str | None
    why: str | None
    why_words: str


class ItemLine(msgspec.Struct, frozen=True):
    """A question about a unit: score, median of its peers, distribution with joined answers; or a band; or why not."""

    unit: str
    unit_name: str
    item: str
    item_text: str
    score: Decimal | None
    median: Decimal | None
    answers: str | None
    band: str | None
    distribution: str | None
    why: str | None
    why_words: str


class ComparisonAnswer(msgspec.Struct, frozen=True):
    """All units of a round."""

    round: str
    language: str
    results: tuple[ResultLine, ...]


class UnitAnswer(msgspec.Struct, frozen=True):
    """One unit of a round, as its scorecard has it."""

    round: str
    language: str
    unit: str
    name: str
    results: tuple[ResultLine, ...]
    items: tuple[ItemLine, ...]


def encoded(content: msgspec.Struct) -> bytes:
    """JSON; numbers as numbers with the decimals that are shown."""
    return msgspec.json.Encoder(decimal_format="number").encode(content)


# ---------------------------------------------------------------- what everybody reads


def round_of(reading: Reading) -> RoundAnswer:
    return RoundAnswer(reading.language, reading.result.hash, published.page(reading))


def line_of(reading: Reading) -> RoundLine:
    found = reading.result
    return RoundLine(
        found.round, found.year, reading.text(found.title), reading.text(found.organisation), found.synthetic
    )


def units_of(reading: Reading) -> UnitList:
    """The units as the public page names them."""
    found = []
    reasons = dict(zip(("not_ranked", "too_few"), published.why_left_out(reading.language), strict=True))
    for group in published.page(reading).groups:
        found += [
            UnitPlace(one.code, one.name, group.label, tier.number, tier.words, None, "")
            for tier in group.tiers
            for one in tier.units
        ]
        for why, units in (("not_ranked", group.not_ranked), ("too_few", group.withheld)):
            found += [UnitPlace(one.code, one.name, group.label, None, "", why, reasons[why]) for one in units]
    return UnitList(reading.result.round, reading.language, tuple(found))


# ---------------------------------------------------------------- what staff read


def comparison_of(reading: Reading) -> ComparisonAnswer:
    """Every unit at every node."""
    return ComparisonAnswer(reading.result.round, reading.language, result_lines(reading))


def unit_of(reading: Reading, unit: str) -> UnitAnswer:
    """One unit at every node, and its questions."""
    items = (ItemLine(**row, why_words=why_words(reading, row)) for row in rows_of(tables.items(reading), unit))
    return UnitAnswer(
        reading.result.round, reading.language, unit, reading.name(unit), result_lines(reading, unit), tuple(items)
    )


def result_lines(reading: Reading, unit: str = "") -> tuple[ResultLine, ...]:
    return tuple(ResultLine(**row, why_words=why_words(reading, row)) for row in rows_of(tables.results(reading), unit))


def rows_of(table: tables.Table, unit: str) -> list[dict[str, Any]]:
    """The rows of a unit by key; of all units where none is named."""
    return [row for row in exports.records(table) if not unit or row["unit"] == unit]


def why_words(reading: Reading, row: dict[str, Cell]) -> str:
    """The words that pages have for the reason."""
    reason = row["why"]
    return reading.why(reason, str(row["unit"])) if reason else ""  # type: ignore[arg-type]
