"""Why scores changed since the round before: own answers, others' bounds, weights, questions; and who answered."""

from __future__ import annotations

from survey_app.ballot.analysis import Analysis
from survey_app.i18n import say
from survey_app.results.listing import Line, Table, written
from survey_app.results.pooled import pooled
from survey_app.results.reading import DASH, Reading
from survey_app.scoring import decomposition
from survey_app.scoring.decomposition import Parts
from survey_app.scoring.estimates import GroupEstimate


def table(reading: Reading, analysis: Analysis, peers: GroupEstimate) -> Table:
    """The parts of each unit's change since the round before, where both scores are shown."""
    language = reading.language
    columns = (
        say(language, "own answers"),
        say(language, "bounds that other units moved"),
        say(language, "weights"),
        say(language, "other questions"),
        say(language, "together"),
        say(language, "who answered (taken out)"),
    )
    parts = parts_of_change(reading, peers)
    return Table(
        say(language, "Why scores changed since the round before"),
        say(language, "unit"),
        columns,
        tuple(Line(reading.short(one.unit), cells(reading, analysis, one)) for one in parts),
        say(
            language,
            "Who answered: by how much the plain means moved beside the scores, since more or fewer lenient, afraid or "
            "otherwise minded businesses took part. It is in no score.",
        ),
    )


def cells(reading: Reading, analysis: Analysis, one: Parts) -> tuple[str, ...]:
    parts = (one.answers, one.bounds, one.weights, one.questions, one.total)
    mix = who_answered(reading, analysis, one)
    told = DASH if mix is None else written(mix, 1, reading.language)
    return (*(written(part, 1, reading.language) for part in parts), told)


def who_answered(reading: Reading, analysis: Analysis, one: Parts) -> float | None:
    """Change of the plain mean less the change of the score; None where a plain mean is not told in both rounds."""
    before = reading.earlier[0]
    then = before.result.analysis
    code = reading.predecessor(one.unit) or one.unit
    if not isinstance(then, Analysis):
        return None
    sides = ((reading, analysis, one.unit), (before, then, code))
    apart = [lifted(side, kept, unit) for side, kept, unit in sides]
    now, earlier = apart
    return None if now is None or earlier is None else now - earlier


def lifted(reading: Reading, analysis: Analysis, unit: str) -> float | None:
    """By how much a unit's plain mean lies above its published score."""
    shift = analysis.variants.get("unadjusted", {}).get(unit)
    score = reading.score(unit, reading.business)
    if shift is None or shift.score is None or score.number is None:
        return None
    return float(reading.plan.shown_on.shown(shift.score)) - float(score.number)


def parts_of_change(reading: Reading, peers: GroupEstimate) -> list[Parts]:
    if not reading.earlier:
        return []
    before = reading.earlier[0]
    old = next((group for group in before.result.estimates.groups if group.id == peers.id), None)
    if old is None:
        return []
    codes = {unit: reading.predecessor(unit) or unit for unit in peers.units}
    then = decomposition.Round(before.plan, old, pooled(before.plan, [one.result for one in before.earlier]))
    now = decomposition.Round(reading.plan, peers, pooled(reading.plan, [one.result for one in reading.earlier]))
    return [
        one
        for one in decomposition.decompose(then, now, reading.comparable_items, codes)
        if reading.score(one.unit, reading.business).number is not None
        and before.score(codes[one.unit], before.business).number is not None
    ]
