"""Strengths, and what to mend first: importance × gap to the peers' median, only where the interval excludes it.

Hard data are facts without an interval: they stand among the questions by what they cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from survey_app.i18n import say
from survey_app.results.questions import QuestionLine, QuestionSection
from survey_app.results.reading import DASH, Reading

MOST = 3


class Figure(Protocol):
    """A hard figure as the scorecard writes it."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def median(self) -> str: ...


class Advice(msgspec.Struct, frozen=True):
    """A strength or a thing to mend first: the question, and the figures that say so."""

    text: str
    why: str


class Advised(msgspec.Struct, frozen=True):
    """`note` stands where nothing is clearly below the median: then what costs most points is named. `no_strengths`
    says why none is."""

    strengths: tuple[Advice, ...]
    mend_first: tuple[Advice, ...]
    note: str
    no_strengths: str


class Candidate(msgspec.Struct, frozen=True):
    """What counts in the index and is shown: weighted gap to the peers' median (None: unknown), weighted loss.

    `fact`: a hard figure, of which nobody need ask whether the interval excludes the median.
    """

    id: str
    node: str
    gap: Decimal | None
    loss: Decimal
    good: Advice
    bad: Advice
    fact: bool = False


def advice(
    reading: Reading, unit: str, tones: Mapping[str, int], sections: Sequence[QuestionSection], hard: Sequence[Figure]
) -> Advised:
    """`tones`: sub-index → 1 clearly above its median, −1 clearly below, 0 cannot tell."""
    found = [*candidates(reading, sections), *hard_candidates(reading, unit, hard)]
    better = sorted(
        (one for one in found if one.gap is not None and one.gap > 0 and (one.fact or tones.get(one.node) == 1)),
        key=lambda one: (-(one.gap or 0), one.id),
    )
    worse = sorted(
        (one for one in found if one.gap is not None and one.gap < 0 and (one.fact or tones.get(one.node) == -1)),
        key=lambda one: (one.gap or 0, one.id),
    )
    strengths = tuple(one.good for one in better[:MOST])
    if any(not one.fact for one in worse) or len(worse) >= MOST:
        return Advised(strengths, tuple(one.bad for one in worse[:MOST]), "", "")
    # Only facts are below the median: after them comes what costs most points, whatever the others have.
    others = [one for one in found if one not in (*worse, *better[:MOST]) and not (one.fact and (one.gap or 0) > 0)]
    costly = [*worse, *sorted(others, key=lambda one: (-one.loss, one.id))][:MOST]
    alone = all(one.gap is None for one in found)
    why = (
        say(reading.language, "There are too few comparable units for a median.")
        if alone
        else say(reading.language, "No sub-index is clearly below the median.")
    )
    most = say(reading.language, "These cost most points:")
    note = f"{why} {most}" if costly else ""
    none = why if alone else say(reading.language, "No sub-index is clearly above the median.")
    return Advised(strengths, tuple(one.bad for one in costly), note, "" if strengths else none)


def hard_candidates(reading: Reading, unit: str, hard: Sequence[Figure]) -> list[Candidate]:
    """Hard figures that count in the index, as far as they are shown."""
    weights, top = reading.plan.effective_weights(), Decimal(str(reading.plan.shown_on.max))
    found = []
    for figure in hard:
        own, peers = reading.score(unit, figure.id), reading.peer_median(unit, figure.id)
        weight = Decimal(str(weights.get(figure.id, 0.0)))
        if not weight or own.number is None:
            continue
        gap = None if peers.number is None else weight * (own.number - peers.number)
        median, kind = say(reading.language, "median"), say(reading.language, "hard data")
        beside = f" ({median} {figure.median})" if figure.median != DASH else ""
        words = Advice(f"{figure.label}: {figure.value}", f"{kind}{beside}")
        found.append(Candidate(figure.id, "", gap, weight * (top - own.number), words, words, fact=True))
    return found


def candidates(reading: Reading, sections: Sequence[QuestionSection]) -> list[Candidate]:
    """Questions that count in the index and whose score is shown."""
    weights = reading.plan.effective_weights()
    home = reading.home
    top = Decimal(str(reading.plan.shown_on.max))
    found = []
    for line in (line for section in sections for line in section.lines):
        weight = Decimal(str(weights.get(line.id, 0.0)))
        if line.id not in home or not weight or line.own.number is None:
            continue
        gap = None if line.peers.number is None else weight * (line.own.number - line.peers.number)
        node = home[line.id]
        seldom, still = say(reading.language, "Seldom met"), say(reading.language, "Still met")
        met, unmet = say(reading.language, "Often confirmed"), say(reading.language, "Too seldom confirmed")
        good = written(reading, line, node, seldom if line.complaint else met)
        bad = written(reading, line, node, still if line.complaint else unmet)
        found.append(Candidate(line.id, node, gap, weight * (top - line.own.number), good, bad))
    return found


def written(reading: Reading, line: QuestionLine, node: str, before: str) -> Advice:
    """The question and `Đối xử công bằng · 71,2 (trung vị 78,0)`; `before` says whether it is good or bad as it is."""
    median = say(reading.language, "median")
    beside = f" ({median} {line.median})" if line.peers.number is not None else ""
    text = f"{before}: {line.text}" if line.statement else line.text
    return Advice(text, f"{reading.label(node)} · {line.score}{beside}")
