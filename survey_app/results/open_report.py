"""What the open channel said, on a page of its own. Nothing of it is in the Result, so nothing of it is in an index.

The number of sheets also stands in the minutes of the count, whose hash of the count's numbers covers all of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from survey_app.ballot.outcome import OpenChannel, Outcome
from survey_app.errors import NotFound
from survey_app.i18n import number, say
from survey_app.models import Count
from survey_app.questionnaire.schema import Number
from survey_app.results import disclosure
from survey_app.results.asked import Asked, asked_in
from survey_app.results.facts import answered
from survey_app.results.questions import wording
from survey_app.results.reading import DASH, Reading

MIDDLE = 50.0  # of a score on 0–100: an answer above it is favourable


class Line(msgspec.Struct, frozen=True):
    """A question, its answers about all units, and the share of favourable ones in words."""

    text: str
    answers: str
    share: str


class Section(msgspec.Struct, frozen=True):
    """The questions of one section."""

    heading: str
    lines: tuple[Line, ...]


class OpenPage(msgspec.Struct, frozen=True):
    """Everything that the page says."""

    round: str
    synthetic: bool
    sheets: str
    unopened: str  # empty where all opened
    repeated: str
    least: int
    sections: tuple[Section, ...]


def said(round_id: str) -> OpenChannel | None:
    """What the count left of the open channel; None before the count, and where there was no such channel."""
    row = Count.get_or_none(Count.round == round_id)
    found = msgspec.UNSET if row is None else Outcome.from_canonical(bytes(row.outcome)).open_channel
    return found if isinstance(found, OpenChannel) else None


def page(reading: Reading) -> OpenPage:
    """The page of a published round. Raises NotFound where it had no open channel."""
    found = said(reading.result.round)
    if found is None:
        raise NotFound("{round} had no open channel.", round=reading.result.round)
    sections = []
    for section in reading.questionnaire.sections:
        lines = tuple(
            line(reading, asked, found.answers)
            for asked in asked_in(reading, section)
            if not isinstance(asked.question, Number)  # an amount is neither favourable nor not
        )
        if lines:
            heading = reading.text(section.heading).replace("{unit}", say(reading.language, "the unit"))
            sections.append(Section(heading[:1].upper() + heading[1:], lines))
    return OpenPage(
        round=reading.text(reading.result.title),
        synthetic=reading.result.synthetic,
        sheets=number(found.sheets, 0, reading.language),
        unopened=number(found.unopened, 0, reading.language) if found.unopened else "",
        repeated=number(found.repeated, 0, reading.language) if found.repeated else "",
        least=reading.plan.privacy.min_distribution,
        sections=tuple(sections),
    )


def line(reading: Reading, asked: Asked, answers: Mapping[str, Mapping[str, int]]) -> Line:
    """One question; neither number where too few sheets have an answer to it."""
    counts = answered(answers.get(asked.id, {}))
    n = sum(counts.values())
    if not n:
        return Line(wording(reading, asked), DASH, say(reading.language, "too few"))
    good = sum(count for code, count in counts.items() if (asked.leaf.answer_score(code) or 0.0) > MIDDLE)
    return Line(wording(reading, asked), number(n, 0, reading.language), share(good, n, reading.language))


def share(good: int, n: int, language: str) -> str:
    """Per cent; where fewer than three answers are on one side, only that they are few."""
    if disclosure.few(good):
        return say(language, "hardly any")
    if disclosure.few(n - good):
        return say(language, "nearly all")
    return f"{number(100 * good / n, 0, language)} %"
