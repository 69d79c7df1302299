"""The ends of a plan's branches in plain words: which question or figure, counted how, on which scale."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from survey_app.i18n import number, say
from survey_app.questionnaire import schema
from survey_app.questionnaire.schema import AnyQuestion, Questionnaire
from survey_app.results.disclosure import rounded
from survey_app.scoring import weigh
from survey_app.scoring.leaf import Leaf
from survey_app.scoring.plan import Node, Plan


class LeafLine(msgspec.Struct, frozen=True):
    """One question or figure. `scale`: from the worst to the best end. `weight`: in its branch."""

    id: str
    label: str
    counted: str
    scale: str
    weight: str


class Branch(msgspec.Struct, frozen=True):
    """A node with the questions and figures directly below it."""

    id: str
    label: str
    lines: tuple[LeafLine, ...]


def branches(plan: Plan, questionnaire: Questionnaire | None, language: str) -> Iterator[Branch]:
    """All nodes that hold leaves, in the tree's order."""
    table = plan.leaf_table()
    for node in plan.tree.walk():
        weights = node.child_weights()
        lines = [
            line(questionnaire, table[child.id], weight_words(node, weight, weights.sum(), language), language)
            for child, weight in zip(node.children, weights, strict=True)
            if child.is_leaf
        ]
        if lines:
            yield Branch(node.id, text_of(node.label, language) or node.id, tuple(lines))


def weight_words(node: Node, weight: float, total: float, language: str) -> str:
    """What a leaf counts in its branch."""
    if node.weights in weigh.FROM_DATA:
        return say(language, "found in the data")
    return f"{written(100 * weight / total, language)} %" if weight else say(language, "shown, not counted")


def line(questionnaire: Questionnaire | None, leaf: Leaf, weight: str, language: str) -> LeafLine:
    question = questionnaire.by_id.get(leaf.question_id) if questionnaire and leaf.source == "question" else None
    wording = asked(question, leaf.question_id, language) if question else ""
    label = wording or text_of(leaf.label, language) or leaf.id
    measure = measure_of(leaf, question, questionnaire, language)
    points = points_of(question, questionnaire)
    return LeafLine(
        leaf.id, label, counted(leaf, question, points, language), scale_words(leaf, measure, language), weight
    )


def points_of(question: AnyQuestion | None, questionnaire: Questionnaire | None) -> int | None:
    """How many points the question's scale has; None for questions of another type."""
    rated = isinstance(question, schema.Scale | schema.Matrix) and questionnaire is not None
    return questionnaire.scales[question.scale].points if rated else None  # type: ignore[union-attr]


def asked(question: AnyQuestion, name: str, language: str) -> str:
    """The question as a reader sees it: no unit's name put in, no markup."""
    text = question.text
    if isinstance(question, schema.Matrix):
        text = next((row.text for row in question.rows if row.id == name), text)
    words = schema.say(text, language, say(language, "the unit")).replace("**", "")
    return words[:1].upper() + words[1:]


def counted(leaf: Leaf, question: AnyQuestion | None, points: int | None, language: str) -> str:
    """The statistic, or where the figure comes from."""
    if leaf.source == "panel":
        return say(language, "points of the panel")
    if leaf.source == "hard":
        if isinstance(leaf.denominator, str):
            return say(language, "figure, divided by {column}", column=leaf.denominator)
        return say(language, "figure")
    if leaf.statistic == "share":
        answers = ", ".join(f"“{answer(question, code, language)}”" for code in leaf.codes)
        return say(language, "share of those who answered {answers}", answers=answers)
    if leaf.statistic == "top_box":
        least = written(leaf.at_least or 0, language)
        if points is None:
            return say(language, "share of those who answered {n} or more", n=least)
        return say(language, "share of those who answered {n} or more of {points}", n=least, points=points)
    return (
        say(language, "median of the answers") if leaf.statistic == "median" else say(language, "mean of the answers")
    )


def answer(question: AnyQuestion | None, code: str, language: str) -> str:
    """What an answer code says on the form."""
    for option in getattr(question, "options", ()):
        if option.code == code:
            return schema.say(option.text, language)
    return schema.say(schema.WORDS[code], language) if code in schema.WORDS else code


def measure_of(leaf: Leaf, question: AnyQuestion | None, questionnaire: Questionnaire | None, language: str) -> str:
    """In what the ends of its scale are written."""
    if isinstance(question, schema.Number) and questionnaire:
        return schema.say(questionnaire.measures[question.measure].unit, language)
    if leaf.source == "panel":
        return say(language, "points")
    return text_of(leaf.measure, language)


def scale_words(leaf: Leaf, measure: str, language: str) -> str:
    """The two ends, the worst first."""
    scale = leaf.scale
    if scale.relative and scale.method == "min_max":
        ends = [say(language, "lowest unit"), say(language, "highest unit")]
    elif scale.relative or scale.low is None or scale.high is None:
        return say(language, "less is better") if leaf.direction == "lower" else say(language, "more is better")
    elif leaf.source == "question" and leaf.statistic in ("share", "top_box"):
        ends = [f"{written(100 * end, language)} %" for end in (scale.low, scale.high)]
    else:
        ends = [f"{written(end, language)} {measure}".strip() for end in (scale.low, scale.high)]
    worst, best = reversed(ends) if leaf.direction == "lower" else ends
    return say(language, "{worst} to {best}", worst=worst, best=best)


def written(value: float, language: str) -> str:
    """Two decimals at most, none that say nothing."""
    exact = rounded(value, 2)
    decimals = next(places for places in (0, 1, 2) if rounded(value, places) == exact)
    return number(exact, decimals, language)


def text_of(text: dict[str, str] | None, language: str) -> str:
    return (text or {}).get(language) or (text or {}).get("vi") or (text or {}).get("en") or ""
