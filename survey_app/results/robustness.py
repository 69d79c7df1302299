"""Result → how firm the order is: other rules, the self-test, how questions go together, who answered; formatted."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from survey_app.ballot.analysis import Analysis
from survey_app.ballot.segments import Cell
from survey_app.i18n import number, say
from survey_app.questionnaire.schema import Single
from survey_app.results import clients_only, fear, why_changed
from survey_app.results.comparison import group_label, ordered
from survey_app.results.disclosure import rounded
from survey_app.results.listing import Line, Table, written
from survey_app.results.reading import DASH, Reading
from survey_app.scoring import selftest
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.reliability import Reliability
from survey_app.scoring.variants import Name, Shift

RULES: tuple[Name, ...] = ("unadjusted", "all_sheets", "strict", "within_business")


class Group(msgspec.Struct, frozen=True):
    """One peer group."""

    label: str
    response: str
    self_test: str
    tables: tuple[Table, ...]


class Robustness(msgspec.Struct, frozen=True):
    """All that the page says; without groups where the round was counted before there was such an analysis."""

    round: str
    synthetic: bool
    groups: tuple[Group, ...]
    segments: tuple[Table, ...]


def page(reading: Reading) -> Robustness:
    """Units before their teams, larger groups first, as in the comparison."""
    analysis, result = reading.result.analysis, reading.result
    if isinstance(analysis, msgspec.UnsetType):
        return Robustness(reading.text(result.title), result.synthetic, (), ())
    groups = (group(reading, analysis, one) for one in ordered(reading))
    return Robustness(
        reading.text(result.title),
        result.synthetic,
        tuple(one for one in groups if one.tables or one.self_test),
        tuple(segment(reading, question, cells) for question, cells in analysis.segments.items()),
    )


def group(reading: Reading, analysis: Analysis, peers: GroupEstimate) -> Group:
    tables = (
        other_rules(reading, analysis, peers.units),
        together(reading, analysis, peers),
        *halves(reading, analysis, peers.units),
        why_changed.table(reading, analysis, peers),
        fear.table(reading, peers),
        clients_only.table(reading, peers.units),
    )
    return Group(
        group_label(reading, peers.id),
        response(reading, peers.units),
        " ".join(part for part in (self_test(reading, analysis, peers.id), fear.sentence(reading, peers)) if part),
        tuple(table for table in tables if table.lines),
    )


def response(reading: Reading, units: Sequence[str]) -> str:
    """Response weights invited ÷ rated, summed up: the rates' range and Kish's design effect; empty for one unit.

    deff = n Σ v² / (Σ v)² over the n sheets: by how much evening the units' response out would widen an interval².
    """
    pairs = [
        (line.invited, line.ratings)
        for unit in units
        if (line := reading.lines[unit]).ratings >= reading.plan.privacy.min_score and line.invited >= line.ratings
    ]
    if len(pairs) < 2:
        return ""
    rates = [100 * ratings / invited for invited, ratings in pairs]
    n, total = sum(ratings for _, ratings in pairs), sum(invited for invited, _ in pairs)
    deff = n * sum(invited**2 / ratings for invited, ratings in pairs) / total**2
    return say(
        reading.language,
        "Of the invited businesses {low} % to {high} % rated a unit; weighting the units alike would have a design "
        "effect of {deff}.",
        low=written(min(rates), 0, reading.language),
        high=written(max(rates), 0, reading.language),
        deff=written(deff, 2, reading.language),
    )


def self_test(reading: Reading, analysis: Analysis, group_id: str) -> str:
    """A sentence; empty for a group that was not tested."""
    found = analysis.self_test.get(group_id)
    if found is None:
        return ""
    return say(
        reading.language,
        "Self-test: in {rounds} simulated rounds with this round's own pattern of ratings, {coverage} % of the rank "
        "ranges held the true rank, and the order agreed with the true one to {tau} (Kendall's tau; 1: always).",
        rounds=selftest.ROUNDS,
        coverage=number(rounded(100 * found.coverage, 0), 0, reading.language),
        tau=number(rounded(found.tau, 2), 2, reading.language),
    )


def other_rules(reading: Reading, analysis: Analysis, units: Sequence[str]) -> Table:
    """Beside the published score of the businesses' part, what other rules give."""
    language = reading.language
    names = {
        "unadjusted": say(language, "nothing taken out"),
        "all_sheets": say(language, "all sheets"),
        "strict": say(language, "strict cleaning"),
        "within_business": say(language, "within businesses"),
    }
    rules = [rule for rule in RULES if analysis.variants.get(rule)]
    shown = [unit for unit in units if reading.score(unit, reading.business).number is not None]
    lines = tuple(
        Line(
            reading.short(unit),
            (
                reading.write(reading.score(unit, reading.business)),
                *(shift_words(reading, unit, analysis.variants[rule].get(unit)) for rule in rules),
            ),
        )
        for unit in shown
    )
    return Table(
        say(language, "The same round by other rules"),
        say(language, "unit"),
        (say(language, "as published"), *(names[rule] for rule in rules)),
        lines if any(cell != DASH for line in lines for cell in line.cells[1:]) else (),
    )


def shift_words(reading: Reading, unit: str, shift: Shift | None) -> str:
    """The score, with the decimals of the published one, and where the tier goes; either may be missing."""
    if shift is None:
        return DASH
    words = {
        "same": say(reading.language, "tier unchanged"),
        "up": say(reading.language, "a better tier"),
        "down": say(reading.language, "a lower tier"),
    }
    decimals = reading.score(unit, reading.business).decimals
    on = reading.plan.shown_on
    score = "" if shift.score is None else number(rounded(on.shown(shift.score), decimals), decimals, reading.language)
    tier = words[shift.tier] if shift.tier else ""
    return " · ".join(part for part in (score, tier) if part) or DASH


def together(reading: Reading, analysis: Analysis, peers: GroupEstimate) -> Table:
    """By sub-index: Cronbach's alpha, and its part in the overall verdict."""
    language, found = reading.language, analysis.reliability.get(peers.id)
    columns = [say(language, "questions"), say(language, "Cronbach's alpha")]
    if found is not None and found.drivers:
        columns += [say(language, "part in the overall verdict"), say(language, "correlation with it")]
    subs = peers.sub_indices if found is not None and found.alpha else ()
    return Table(
        say(language, "How the questions go together"),
        say(language, "sub-index"),
        tuple(columns),
        tuple(Line(reading.label(sub.id), sub_index_cells(found, sub.id, language)) for sub in subs if found),
        ""
        if reading.plan.outcome_leaf() is None or (found is not None and found.drivers)
        else say(
            language,
            "What drives the overall verdict is not told: too few answers, or it cannot be told from chance.",
        ),
    )


def sub_index_cells(found: Reliability, sub: str, language: str) -> tuple[str, ...]:
    alpha, driver = found.alpha.get(sub), found.drivers.get(sub)
    cells = (
        str(alpha.items) if alpha else DASH,
        f"{written(alpha.value, 2, language)} ± {written(2 * alpha.se, 2, language)}" if alpha else DASH,
    )
    if not found.drivers:
        return cells
    return (
        *cells,
        f"{written(100 * driver.weight, 0, language)} %" if driver else DASH,
        written(driver.correlation, 2, language) if driver else DASH,
    )


def halves(reading: Reading, analysis: Analysis, units: Sequence[str]) -> list[Table]:
    """A table for each question of the plan that divides a unit's businesses in two."""
    tables = []
    for divided in reading.plan.divided():
        question = reading.questionnaire.by_id[divided.question]
        options = question.options if isinstance(question, Single) else ()
        inside = [reading.text(option.text) for option in options if option.code in divided.codes]
        lines = [
            Line(reading.name(unit), (on_scale(reading, two.inside), on_scale(reading, two.outside)))
            for unit in units
            if (two := analysis.halves.get(unit, {}).get(divided.question)) is not None
        ]
        columns = (" / ".join(inside) or " / ".join(divided.codes), say(reading.language, "the others"))
        caption = reading.text(question.text)
        tables.append(Table(caption, say(reading.language, "unit"), columns, tuple(lines)))
    return tables


def segment(reading: Reading, question_id: str, cells: dict[str, Cell]) -> Table:
    """One profile question over the whole Cục."""
    language, question = reading.language, reading.questionnaire.by_id[question_id]
    options = question.options if isinstance(question, Single) else ()
    names = {option.code: reading.text(option.text) for option in options} | {
        "yes": say(language, "yes"),
        "no": say(language, "no"),
    }
    order = [code for code in names if code in cells]
    lines = (
        Line(
            names[code],
            (say(language, "about {n}", n=number(cells[code].n, 0, language)), on_scale(reading, cells[code].score)),
        )
        for code in order
    )
    columns = (say(language, "businesses"), say(language, "score"))
    return Table(reading.text(question.text), say(language, "answer"), columns, tuple(lines))


def on_scale(reading: Reading, score: float) -> str:
    """A score of 0–100 on the readers' scale; whole ones stay whole."""
    shown = reading.plan.shown_on.shown(score)
    return written(shown, 0 if float(score).is_integer() else 1, reading.language)
