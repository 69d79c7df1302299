"""Result → the audit sheet: the ten steps of the OECD/JRC Handbook on composite indicators, answered from the data.

For those who judge the index itself: what was asked, what is missing, how firm the order is. Nothing is withheld less
here than elsewhere: figures of units are the published ones.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from survey_app.i18n import number, say
from survey_app.results.asked import asked_in
from survey_app.results.audit_order import firmness
from survey_app.results.audit_step import Step, percent
from survey_app.results.comparison import group_label
from survey_app.results.disclosure import rounded
from survey_app.results.listing import Line, Table, written
from survey_app.results.questions import wording
from survey_app.results.reading import DASH, Reading
from survey_app.scoring.multivariate import correlation
from survey_app.scoring.unit_reliability import by_sub_index

LEAST_UNITS = 4  # below, a correlation over units says nothing


class Audit(msgspec.Struct, frozen=True):
    round: str
    synthetic: bool
    index: str
    steps: tuple[Step, ...]


def page(reading: Reading) -> Audit:
    """Everything that the sheet says."""
    steps: tuple[Callable[[Reading], Step], ...] = (
        framework, variables, gaps, multivariate, normalisation,
        weighting, firmness, back_to_items, links, presentation,
    )  # fmt: skip
    title = reading.plan.title or {}
    return Audit(
        round=reading.text(reading.result.title),
        synthetic=reading.result.synthetic,
        index=reading.text(title) if title else reading.plan.id,
        steps=tuple(step(reading) for step in steps),
    )


# ---------------------------------------------------------------- 1 to 3: what is asked


def framework(reading: Reading) -> Step:
    plan, language = reading.plan, reading.language
    shares = plan.effective_weights()
    nodes = [node for node in plan.tree.walk() if not node.is_leaf and node.id != plan.tree.id]
    lines = tuple(Line(reading.label(node.id), (f"{written(100 * shares[node.id], 1, language)} %",)) for node in nodes)
    sources = [leaf.source for leaf in plan.leaves]
    return Step(
        say(language, "1 Framework"),
        say(language, "What is measured, and how is it divided?"),
        (
            say(
                language,
                "The index rests on {questions} questions put to businesses, {hard} figures of the customs system and "
                "{panel} points given by the Department.",
                questions=sources.count("question"),
                hard=sources.count("hard"),
                panel=sources.count("panel"),
            ),
            say(
                language,
                "The plan {plan} was fixed before the round opened; its hash is {hash}.",
                plan=plan.id,
                hash=reading.result.pedigree.plan[:16],
            ),
        ),
        (
            Table(
                say(language, "Parts of the index"),
                say(language, "part"),
                (say(language, "share of the whole"),),
                lines,
            ),
        ),
    )


def variables(reading: Reading) -> Step:
    language, table = reading.language, reading.plan.leaf_table()
    kinds = {
        "mean": say(language, "mean"),
        "share": say(language, "share"),
        "top_box": say(language, "share of the top answers"),
        "median": say(language, "median"),
    }
    lines = []
    for sub in reading.plan.sub_indices():
        statistics = [str(leaf.statistic) for leaf in sub.leaves]
        told = ", ".join(f"{kinds[kind]} {statistics.count(kind)}" for kind in kinds if kind in statistics)
        reversed_ = sum(table[leaf.id].direction == "lower" for leaf in sub.leaves)
        lines.append(Line(reading.label(sub.id), (str(len(sub.leaves)), told, str(reversed_))))
    columns = (say(language, "questions"), say(language, "counted as"), say(language, "less is better"))
    return Step(
        say(language, "2 Choice of variables"),
        say(language, "Which questions, counted how?"),
        (say(language, "Factual answers such as hours enter as medians and are not adjusted."),),
        (Table(say(language, "Questions"), say(language, "sub-index"), columns, tuple(lines)),),
    )


def gaps(reading: Reading) -> Step:
    language = reading.language
    lines = []
    for group in reading.result.estimates.groups:
        answered, sheets = np.array(group.n, dtype=np.float64), np.array(group.n_sheets, dtype=np.float64)
        if not sheets.sum():
            continue
        shares = answered.sum(axis=0) / sheets.sum()
        shares = shares[shares > 0]
        if not shares.size:
            continue
        cells = (
            percent(float(shares.mean()), language),
            percent(float(shares.min()), language),
            str(sum(n < reading.plan.privacy.min_score for n in group.n_sheets)),
        )
        lines.append(Line(group_label(reading, group.id), cells))
    columns = (say(language, "answered on average"), say(language, "least answered"), say(language, "units withheld"))
    return Step(
        say(language, "3 Gaps"),
        say(language, "What is missing, and what was done about it?"),
        (
            say(language, "No answer is ever filled in: a sheet's score is corrected for the questions it leaves out."),
            say(language, "Second units and teams are asked the core questions only, which lowers these shares."),
        ),
        (Table(say(language, "Answers"), say(language, "peer group"), columns, tuple(lines)),),
    )


# ---------------------------------------------------------------- 4 to 6: how it is put together


def multivariate(reading: Reading) -> Step:
    language, tables, sentences = reading.language, [], []
    analysis = reading.result.analysis
    for group in reading.result.estimates.groups:
        found = None if isinstance(analysis, msgspec.UnsetType) else analysis.reliability.get(group.id)
        units = by_sub_index(group)
        lines = []
        for sub in group.sub_indices:
            alpha = found.alpha.get(sub.id) if found else None
            unit = units.get(sub.id)
            both = (alpha.value, 2 * alpha.se) if alpha else ()
            lines.append(
                Line(
                    reading.label(sub.id),
                    (
                        " ± ".join(written(one, 2, language) for one in both) or DASH,
                        written(unit.reliability, 2, language) if unit else DASH,
                        written(unit.levels, 1, language) if unit else DASH,
                    ),
                )
            )
        columns = (
            say(language, "Cronbach's alpha"),
            say(language, "reliability of units"),
            say(language, "levels that can be told apart"),
        )
        if any(cell != DASH for line in lines for cell in line.cells):
            tables.append(Table(group_label(reading, group.id), say(language, "sub-index"), columns, tuple(lines)))
    sentences.append(say(language, "Alpha of 0.7 and more is usual; the reliability of units is what an order needs."))
    return Step(
        say(language, "4 Multivariate look"),
        say(language, "Do the questions of a sub-index belong together, and do they tell units apart?"),
        tuple(sentences),
        tuple(tables),
    )


def normalisation(reading: Reading) -> Step:
    plan, language = reading.plan, reading.language
    relative = [leaf.id for leaf in plan.leaf_table().values() if leaf.scale.relative]
    on = plan.shown_on
    sentences = [
        say(
            language,
            "Scores are shown from {low} to {high}.",
            low=number(rounded(on.min, 0), 0, language),
            high=number(rounded(on.max, 0), 0, language),
        )
    ]
    if relative:
        sentences.append(
            say(
                language,
                "{n} of {all} leaves are scaled by the units' own extremes: there a score moves when another unit "
                "moves. Order and tiers rest on the absolute scores.",
                n=len(relative),
                all=len(plan.leaves),
            )
        )
    else:
        sentences.append(say(language, "All leaves have fixed ends: no unit can move the score of another."))
    return Step(
        say(language, "5 Normalisation"),
        say(language, "How do answers and figures come to one scale?"),
        tuple(sentences),
        (),
    )


def weighting(reading: Reading) -> Step:
    plan, language = reading.plan, reading.language
    sentences = [
        say(language, "Scores are weighted means at every level: weak parts can be made good by strong ones.")
        if plan.is_linear()
        else say(language, "Some levels are no weighted means: intervals come from draws through the whole tree."),
        say(language, "Weights are the plan's, and stood before the round opened."),
    ]
    return Step(
        say(language, "6 Weights and aggregation"),
        say(language, "What counts how much, and may one part make up for another?"),
        tuple(sentences),
        (),
    )


# ---------------------------------------------------------------- 8 to 10: what it says, and to whom


def back_to_items(reading: Reading) -> Step:
    """Items on which the units of a group differ most: what makes the order."""
    language, tables = reading.language, []
    for group in reading.result.estimates.groups:
        enough = np.array(group.n_sheets) >= reading.plan.privacy.min_score
        if enough.sum() < LEAST_UNITS:
            continue
        theta = group.theta_array()[enough]
        items = [item for sub in group.sub_indices for item in sub.items]
        known = ~np.isnan(theta).any(axis=0)
        spread = np.where(known, theta.std(axis=0), -1.0)
        first = [j for j in np.argsort(-spread)[:5].tolist() if spread[j] > 0]
        lines = tuple(Line(question_text(reading, items[j]), (written(float(spread[j]), 1, language),)) for j in first)
        columns = (say(language, "standard deviation between units"),)
        tables.append(Table(group_label(reading, group.id), say(language, "question"), columns, lines))
    return Step(
        say(language, "8 Back to the questions"),
        say(language, "Which questions make the order?"),
        (),
        tuple(tables),
    )


def links(reading: Reading) -> Step:
    """Rank correlation over units between the businesses' part and each figure of the customs system."""
    language = reading.language
    hard = [leaf for leaf in reading.plan.leaf_table().values() if leaf.source != "question"]
    lines = []
    for leaf in hard:
        given = {figure.unit: figure.value for figure in reading.result.figures if figure.leaf == leaf.id}
        both = [
            (float(score), given[unit])
            for unit in given
            if unit in reading.lines and (score := reading.score(unit, reading.business).number) is not None
        ]
        if len(both) >= LEAST_UNITS:
            sign = 1.0 if leaf.direction == "higher" else -1.0
            pair = np.array(both).T * [[1.0], [sign]]
            found = correlation("score", "figure", {"score": pair[0], "figure": pair[1]}, "spearman")
            told = DASH if np.isnan(found.r) else written(found.r, 2, language)
            lines.append(Line(reading.label(leaf.id), (str(len(both)), told)))
    sentence = (
        say(language, "With so few units only a correlation near 1 or −1 means anything.")
        if lines
        else say(language, "No figure is known for four units or more.")
    )
    columns = (say(language, "units"), say(language, "rank correlation, good with good"))
    return Step(
        say(language, "9 Links to other measures"),
        say(language, "Do the businesses see what the figures show?"),
        (sentence,),
        (Table(say(language, "Figures"), say(language, "figure"), columns, tuple(lines)),) if lines else (),
    )


def presentation(reading: Reading) -> Step:
    language, privacy = reading.language, reading.plan.privacy
    nodes = [node.id for node in reading.plan.tree.walk() if not node.is_leaf]
    hidden = sum(reading.score(unit, node).number is None for unit in reading.lines for node in nodes)
    return Step(
        say(language, "10 Presentation"),
        say(language, "What is shown to whom, and what is not?"),
        (
            say(
                language,
                "Scores from {score} businesses on, distributions from {distribution}, comments from {comments}.",
                score=privacy.min_score,
                distribution=privacy.min_distribution,
                comments=privacy.min_comments,
            ),
            say(language, "{hidden} of {all} scores are withheld or do not exist.",
                hidden=hidden, all=len(reading.lines) * len(nodes)),
            say(language, "Every score has its 95 % interval beside it; units are put into tiers, not into a queue."),
        ),
        (),
    )  # fmt: skip


def question_text(reading: Reading, leaf: str) -> str:
    """A question leaf's question, without the unit's name."""
    name = reading.plan.leaf(leaf).question_id
    asked = (one for section in reading.questionnaire.sections for one in asked_in(reading, section))
    return next((wording(reading, one) for one in asked if one.id == name), name)
