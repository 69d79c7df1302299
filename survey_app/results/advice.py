"""Strengths, and what to mend first: importance × gap to the peers' median, only where the interval excludes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from survey_app.i18n import say
from survey_app.results.questions import QuestionLine, QuestionSection
from survey_app.results.reading import Reading

MOST = 3


class Advice(msgspec.Struct, frozen=True):
    """A strength or a thing to mend first: the question, and the figures that say so."""

    text: str
    why: str


class Advised(msgspec.Struct, frozen=True):
    """`note` stands where nothing is clearly below the median: then the questions that cost most points are named."""

    strengths: tuple[Advice, ...]
    mend_first: tuple[Advice, ...]
    note: str


class Candidate(msgspec.Struct, frozen=True):
    """A counted question with a shown score: weighted gap to the peers' median (None: unknown), weighted loss."""

    line: QuestionLine
    node: str
    gap: Decimal | None
    loss: Decimal


def advice(reading: Reading, tones: Mapping[str, int], sections: Sequence[QuestionSection]) -> Advised:
    """`tones`: sub-index → 1 clearly above its median, −1 clearly below, 0 cannot tell."""
    found = candidates(reading, sections)
    better = sorted(
        (one for one in found if one.gap is not None and one.gap > 0 and tones.get(one.node) == 1),
        key=lambda one: (-(one.gap or 0), one.line.id),
    )
    worse = sorted(
        (one for one in found if one.gap is not None and one.gap < 0 and tones.get(one.node) == -1),
        key=lambda one: (one.gap or 0, one.line.id),
    )
    seldom = say(reading.language, "Seldom met")
    strengths = tuple(written(reading, one, seldom) for one in better[:MOST])
    still = say(reading.language, "Still met")
    if worse:
        return Advised(strengths, tuple(written(reading, one, still) for one in worse[:MOST]), "")
    costly = sorted(found, key=lambda one: (-one.loss, one.line.id))[:MOST]
    note = say(reading.language, "No sub-index is clearly below the median. These questions cost most points:")
    return Advised(strengths, tuple(written(reading, one, still) for one in costly), note if costly else "")


def candidates(reading: Reading, sections: Sequence[QuestionSection]) -> list[Candidate]:
    """Questions that count in the index and whose score is shown."""
    weights = reading.plan.effective_weights()
    home = {leaf.id: sub.id for sub in reading.plan.sub_indices() for leaf in sub.leaves}
    top = Decimal(str(reading.plan.shown_on.max))
    found = []
    for line in (line for section in sections for line in section.lines):
        weight = Decimal(str(weights.get(line.id, 0.0)))
        if line.id not in home or not weight or line.own.number is None:
            continue
        gap = None if line.peers.number is None else weight * (line.own.number - line.peers.number)
        found.append(Candidate(line, home[line.id], gap, weight * (top - line.own.number)))
    return found


def written(reading: Reading, one: Candidate, complaint: str) -> Advice:
    """The question and `Đối xử công bằng · 71,2 (trung vị 78,0)`; `complaint` stands before what is bad if true."""
    median = say(reading.language, "median")
    beside = f" ({median} {one.line.median})" if one.line.peers.number is not None else ""
    text = f"{complaint}: {one.line.text}" if one.line.complaint else one.line.text
    return Advice(text, f"{reading.label(one.node)} · {one.line.score} {beside}".rstrip())
