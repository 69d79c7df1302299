"""Result → everything a unit's scorecard says, formatted and withheld. Page and PDF only lay it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from survey_app.i18n import number, say
from survey_app.results import advice, disclosure, effects, firstpage, questions
from survey_app.results.advice import Advised
from survey_app.results.charts import Axis, Trend
from survey_app.results.disclosure import Shown
from survey_app.results.effects import ActionLine
from survey_app.results.firstpage import Headline, SubIndexLine
from survey_app.results.questions import QuestionSection
from survey_app.results.reading import STAR, Reading
from survey_app.scoring.leaf import Leaf


class Head(msgspec.Struct, frozen=True):
    """Whose scorecard it is, of which round."""

    unit: str
    name: str
    short: str
    parent: str
    round: str
    year: str
    organisation: str
    synthetic: bool
    language: str
    days: str


class FigureLine(msgspec.Struct, frozen=True):
    """A figure of the Department: hard data in its own measure, or panel points."""

    id: str
    label: str
    value: str
    median: str
    score: str


class Scorecard(msgspec.Struct, frozen=True):
    """All that a unit's scorecard says. `reason` ≠ "": nothing is shown of the unit, and why."""

    head: Head
    reason: str
    explanation: str
    headline: Headline | None = None
    trend: Trend | None = None
    breaks: str = ""
    axis: Axis | None = None
    sub_indices: tuple[SubIndexLine, ...] = ()
    advised: Advised | None = None
    caveat: str = ""
    partial: str = ""  # what the star means, where there is one
    sections: tuple[QuestionSection, ...] = ()
    hard: tuple[FigureLine, ...] = ()
    panel: tuple[FigureLine, ...] = ()
    department: str = ""
    pedigree: tuple[tuple[str, str], ...] = ()
    followed: tuple[ActionLine, ...] = ()  # last round's actions, and what this round says of them
    reply: tuple[str, ...] = ()  # the unit's own explanation, by paragraph


def page_for(unit: str, reading: Reading) -> Scorecard:
    """The scorecard of one unit, with what stands beside it. Raises KeyError for a unit that is not of the round."""
    paragraphs = tuple(part for part in reading.follow_up.reply(unit).split("\n") if part)
    return msgspec.structs.replace(scored_page(unit, reading), followed=effects.lines(unit, reading), reply=paragraphs)


def scored_page(unit: str, reading: Reading) -> Scorecard:
    """What the Result alone says of it."""
    line, head = reading.lines[unit], head_of(unit, reading)
    score = reading.score(unit, reading.business)
    if score.number is None:
        why = reading.why(score.reason, unit)
        return Scorecard(head, why, explanation(unit, reading), pedigree=pedigree(reading))
    axis = firstpage.axis_of(unit, reading)
    asked = [node for node in reading.sub_indices if reading.score(unit, node).reason != "not_asked"]
    lines = tuple(firstpage.sub_index(unit, node, reading, axis) for node in asked)
    sections = questions.sections(reading, unit, reading.predecessor(unit))
    hard = figures(unit, reading, "hard")
    headline = firstpage.headline(unit, reading)
    trend, breaks = firstpage.trend_of(unit, reading)
    return Scorecard(
        head,
        reason="",
        explanation="",
        headline=headline,
        trend=trend,
        breaks=breaks,
        axis=axis,
        sub_indices=lines,
        advised=advice.advice(reading, unit, {one.id: one.tone for one in lines}, sections, hard),
        caveat=caveat(line.ratings, reading),
        partial=partial_note([headline.label, *(one.label for one in lines)], reading),
        sections=sections,
        hard=hard,
        panel=figures(unit, reading, "panel"),
        department=reading.write(reading.score(unit, reading.department)) if reading.department else "",
        pedigree=pedigree(reading),
    )


def explanation(unit: str, reading: Reading) -> str:
    """What a page says instead of a result."""
    group = reading.lines[unit].merged_into
    if group:
        return say(
            reading.language,
            "Too few businesses dealt with this unit for a result of its own, so its sheets count for {group}. "
            "See the scorecard of that group.",
            group=reading.name(group),
        )
    return say(
        reading.language,
        "There are too few sheets on this unit. Nothing is shown, to protect the businesses that answered; "
        "it is not a bad result.",
    )


def caveat(n: int, reading: Reading) -> str:
    """What the numbers cannot say."""
    return say(
        reading.language,
        "The score reflects the views of the {n} businesses that answered in this round, with the error stated; "
        "by itself it is not enough to conclude anything about a person or a case.",
        n=number(n, 0, reading.language),
    )


def partial_note(labels: Iterable[str], reading: Reading) -> str:
    """What the star means; nothing where no label bears one."""
    return f"{STAR} {reading.why('partial')}" if any(label.endswith(STAR) for label in labels) else ""


def head_of(unit: str, reading: Reading) -> Head:
    result, line = reading.result, reading.lines[unit]
    return Head(
        unit=unit,
        name=reading.name(unit),
        short=reading.short(unit),
        parent=reading.name(line.parent) if line.parent in reading.lines else reading.text(result.organisation),
        round=reading.text(result.title),
        year=str(result.year),
        organisation=reading.text(result.organisation),
        synthetic=result.synthetic,
        language=reading.language,
        days=reading.days,
    )


def figures(unit: str, reading: Reading, source: str) -> tuple[FigureLine, ...]:
    """Hard data or panel points, each beside the peer group's median. No respondent stands behind them."""
    known = {(one.unit, one.leaf): one.value for one in reading.result.figures if one.source == source}
    leaves = [leaf for leaf in reading.plan.leaves if leaf.source == source]
    return tuple(
        figure(unit, reading, leaf, known) for leaf in leaves if reading.score(unit, leaf.id).reason != "not_asked"
    )


def figure(unit: str, reading: Reading, leaf: Leaf, known: Mapping[tuple[str, str], float]) -> FigureLine:
    """One figure in its own measure, or out of its points."""
    points = f"/ {number(leaf.points, 0, reading.language)}" if leaf.points else ""
    measure = reading.text(leaf.measure or {}) or points
    peers = [known[peer, leaf.id] for peer in reading.peers(unit) if (peer, leaf.id) in known]
    median = disclosure.median([Shown(disclosure.rounded(value, leaf.decimals), leaf.decimals) for value in peers])
    own = known.get((unit, leaf.id))
    value = number(own, leaf.decimals, reading.language) if own is not None else ""
    return FigureLine(
        id=leaf.id,
        label=reading.label(leaf.id),
        value=f"{value} {measure}".strip() if value else reading.why("no_figure"),
        median=reading.write(median),
        score=reading.write(reading.score(unit, leaf.id)),
    )


def pedigree(reading: Reading) -> tuple[tuple[str, str], ...]:
    """Where the numbers come from: what a verifier compares."""
    result, language = reading.result, reading.language
    return (
        (say(language, "round"), result.round),
        (say(language, "result (SHA-256)"), result.hash),
        (say(language, "questionnaire"), result.pedigree.questionnaire),
        (say(language, "scoring plan"), result.pedigree.plan),
        (say(language, "unit register"), result.pedigree.register),
        (say(language, "code version"), result.pedigree.code),
        (say(language, "signed with (Ed25519)"), result.pedigree.signer or reading.why("no_value")),
    )
