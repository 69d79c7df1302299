"""The published statistics as plain tables: what CSV, XLSX and JSON files hold. The numbers are those of the pages."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import msgspec

from survey_app.i18n import say
from survey_app.questionnaire import schema
from survey_app.questionnaire.answers import MISSING
from survey_app.results import asked as asking
from survey_app.results import disclosure, questions
from survey_app.results.asked import Asked
from survey_app.results.disclosure import Shown
from survey_app.results.reading import Reading

Cell = str | Decimal | int | None


class Column(msgspec.Struct, frozen=True):
    """`key` never changes; `heading` is in the reader's language."""

    key: str
    heading: str


class Table(msgspec.Struct, frozen=True):
    """Rows in a fixed order, columns in a fixed order. None: withheld or not there; the column `why` then says why."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


def tables(reading: Reading) -> tuple[Table, ...]:
    """Everything that is published of the round."""
    return (results(reading), items(reading), codebook(reading), legend(reading), pedigree(reading))


def columns(reading: Reading, *keys: str) -> tuple[Column, ...]:
    language = reading.language
    words = {
        "unit": say(language, "unit code"),
        "unit_name": say(language, "unit"),
        "group": say(language, "peer group"),
        "node": say(language, "code of index or sub-index"),
        "node_name": say(language, "index or sub-index"),
        "score": say(language, "score"),
        "low": say(language, "confidence interval, from"),
        "high": say(language, "confidence interval, to"),
        "median": say(language, "Peers' median"),
        "tier": say(language, "tier"),
        "rank_low": say(language, "rank range, from"),
        "rank_high": say(language, "rank range, to"),
        "n": say(language, "number of sheets (band)"),
        "why": say(language, "why it is not shown"),
        "item": say(language, "question code"),
        "item_text": say(language, "question"),
        "answers": say(language, "number of answers (band)"),
        "band": say(language, "band"),
        "distribution": say(language, "distribution of answers"),
        "sub_index": say(language, "sub-index"),
        "weight": say(language, "weight"),
        "direction": say(language, "direction"),
        "statistic": say(language, "statistic"),
        "codes": say(language, "answer codes"),
        "missing_codes": say(language, "codes of missing answers"),
        "name": say(language, "name"),
        "value": say(language, "Value"),
        "column": say(language, "column"),
        "code": say(language, "code"),
        "meaning": say(language, "meaning"),
        "from": say(language, "answer code, from"),
        "to": say(language, "answer code, to"),
        "answer": say(language, "answer"),
        "share": say(language, "share of answers, %"),
    }
    return tuple(Column(key, words[key]) for key in keys)


def number_of(shown: Shown) -> Decimal | None:
    return shown.number


def results(reading: Reading) -> Table:
    """Scores of every unit at every node of the tree and every figure."""
    nodes = [
        node.id for node in reading.plan.tree.walk() if not node.is_leaf or reading.leaves[node.id].source != "question"
    ]
    rows: list[tuple[Cell, ...]] = []
    for line in sorted(reading.result.units, key=lambda line: line.code):
        for node in nodes:
            found = reading.interval(line.code, node)
            if found.score.reason == "not_asked":
                continue
            place = reading.standing(line.code, node)
            shown = found.score.number is not None
            rows.append(
                (
                    line.code,
                    reading.name(line.code),
                    reading.groups[line.code].id if line.code in reading.groups else None,
                    node,
                    reading.label(node),
                    number_of(found.score),
                    number_of(found.low),
                    number_of(found.high),
                    number_of(reading.peer_median(line.code, node)) if shown else None,
                    place[1].tier if place and shown else None,
                    place[1].rank_low if place and shown else None,
                    place[1].rank_high if place and shown else None,
                    band_of(reading, line.code, node) if shown else None,
                    found.score.reason,
                )
            )
    keys = (
        "unit",
        "unit_name",
        "group",
        "node",
        "node_name",
        "score",
        "low",
        "high",
        "median",
        "tier",
        "rank_low",
        "rank_high",
        "n",
        "why",
    )
    return Table("results", columns(reading, *keys), tuple(rows))


def band_of(reading: Reading, unit: str, node: str) -> str | None:
    found = reading.scores.get((unit, node))
    return disclosure.public_n(found.n) if found and found.n is not None else None


def items(reading: Reading) -> Table:
    """Every question of every unit: score and merged distribution, or the reason why not."""
    rows: list[tuple[Cell, ...]] = []
    asked = [one for section in reading.questionnaire.sections for one in asking.asked_in(reading, section)]
    for line in sorted(reading.result.units, key=lambda line: line.code):
        if line.merged_into:
            continue
        for one in asked:
            if one.id in reading.result.tallies.get(line.code, {}):
                rows.append(item_row(reading, line.code, one))
    keys = ("unit", "unit_name", "item", "item_text", "score", "median", "answers", "band", "distribution", "why")
    return Table("items", columns(reading, *keys), tuple(rows))


def item_row(reading: Reading, unit: str, asked: Asked) -> tuple[Cell, ...]:
    answers = reading.distribution(unit, asked)
    score = questions.item_score(reading, unit, asked, answers)
    parts = "; ".join(
        f"{'-'.join(dict.fromkeys((part.codes[0], part.codes[-1])))}: "
        + questions.share_text(reading, part.count, answers.n)
        for part in answers.parts
    )
    return (
        unit,
        reading.name(unit),
        asked.id,
        questions.wording(reading, asked),
        number_of(score),
        number_of(questions.peer_median(reading, unit, asked)) if score.number is not None else None,
        disclosure.public_n(answers.n) if answers.n is not None else None,
        answers.band,
        parts or None,
        answers.reason or score.reason,
    )


def codebook(reading: Reading) -> Table:
    """What the codes mean, and how each question is counted."""
    weights = reading.plan.effective_weights()
    rows: list[tuple[Cell, ...]] = []
    for section in reading.questionnaire.sections:
        for one in asking.asked_in(reading, section):
            leaf = one.leaf
            rows.append(
                (
                    one.id,
                    questions.wording(reading, one),
                    reading.home.get(leaf.id),
                    disclosure.rounded(100 * weights[leaf.id], 4) if leaf.id in weights else None,
                    leaf.direction,
                    leaf.statistic,
                    "; ".join(
                        f"{code} = {questions.answer_words(reading, one.question, code)}"
                        for code in asking.ordered_codes(reading, one)
                    )
                    if not isinstance(one.question, schema.Number)
                    else reading.text(reading.questionnaire.measures[one.question.measure].unit),
                    ", ".join(sorted(MISSING)),
                )
            )
    keys = ("item", "item_text", "sub_index", "weight", "direction", "statistic", "codes", "missing_codes")
    return Table("codebook", columns(reading, *keys), tuple(rows))


def legend(reading: Reading) -> Table:
    """What the codes in the columns mean that are not answers: reasons, bands, statistics, missing answers."""
    language = reading.language
    codes: list[tuple[str, str, str]] = [
        ("why", reason, reading.why(reason)) for reason in get_args(disclosure.Reason) if reason != "merged"
    ]
    codes.append(("why", "merged", say(language, "reported together with its group")))
    codes += [("band", band, words) for band, words in questions.band_words(language).items()]
    codes += [
        ("direction", "higher", say(language, "more is better")),
        ("direction", "lower", say(language, "less is better")),
        ("statistic", "mean", say(language, "mean")),
        ("statistic", "share", say(language, "share")),
        ("statistic", "top_box", say(language, "share of the top answers")),
        ("statistic", "median", say(language, "median")),
        ("missing_codes", "not_applicable", reading.text(schema.WORDS["not_applicable"])),
        ("missing_codes", "dont_know", reading.text(schema.WORDS["dont_know"])),
        ("missing_codes", "declined", reading.text(schema.WORDS["declined"])),
        ("missing_codes", "left_blank", say(language, "left blank")),
        ("missing_codes", "not_shown", say(language, "not asked: a condition did not hold")),
    ]
    return Table("legend", columns(reading, "column", "code", "meaning"), tuple(codes))


def pedigree(reading: Reading) -> Table:
    """Where the numbers come from. The language-neutral names are those of the manifest."""
    result, origin = reading.result, reading.result.pedigree
    rows: list[tuple[Cell, ...]] = [
        ("round", result.round),
        ("title", reading.text(result.title)),
        ("organisation", reading.text(result.organisation)),
        ("simulated", say(reading.language, "simulated data") if result.synthetic else None),
        ("result_sha256", result.hash),
        ("questionnaire_sha256", origin.questionnaire),
        ("plan_sha256", origin.plan),
        ("register_sha256", origin.register),
        ("code_version", origin.code),
        ("signed_by_ed25519", origin.signer or None),
    ]
    return Table("pedigree", columns(reading, "name", "value"), tuple(rows))
