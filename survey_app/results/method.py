"""A plan and its questionnaire → how the index is made, in plain words. Nothing in it knows of one index in particular:
whatever a plan says, the page says; what a plan does not do, is not mentioned."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from survey_app.i18n import say
from survey_app.questionnaire.schema import Questionnaire
from survey_app.results import method_leaves, method_words
from survey_app.results.method_leaves import Branch, text_of, written
from survey_app.scoring import weigh
from survey_app.scoring.plan import Node, Plan


class Part(msgspec.Struct, frozen=True):
    """A node of the tree: how deep it lies, what it counts in the node above, and in the whole."""

    depth: int
    label: str
    weight: str
    share: str


class Passage(msgspec.Struct, frozen=True):
    """A heading and its sentences."""

    id: str
    heading: str
    sentences: tuple[str, ...]


class Method(msgspec.Struct, frozen=True):
    """Everything that the method page says. `shares`: whether every part has a fixed share of the whole."""

    title: str
    plan: str
    version: str
    plan_hash: str
    questionnaire_hash: str
    passages: tuple[Passage, ...]
    shares: bool
    parts: tuple[Part, ...]
    branches: tuple[Branch, ...]


def page(plan: Plan, questionnaire: Questionnaire | None, language: str) -> Method:
    """The method of a plan; `questionnaire` is None for an index of figures alone."""
    shares = has_shares(plan)
    return Method(
        title=text_of(plan.title, language) or plan.id,
        plan=plan.id,
        version=plan.version or "",
        plan_hash=plan.hash,
        questionnaire_hash=questionnaire.hash if questionnaire else "",
        passages=tuple(
            Passage(name, heading, found)
            for name, heading, found in method_words.passages(plan, questionnaire, language)
            if found
        ),
        shares=shares,
        parts=tuple(parts(plan, shares, language)),
        branches=tuple(method_leaves.branches(plan, questionnaire, language)),
    )


def has_shares(plan: Plan) -> bool:
    """Whether weighted means and given weights make each part's share of the whole a fixed number."""
    inner = [node for node in plan.tree.walk() if not node.is_leaf]
    return all(node.aggregate == "arithmetic" and node.weights not in weigh.FROM_DATA for node in inner)


def parts(plan: Plan, shares: bool, language: str) -> Iterator[Part]:
    """The tree without its leaves, parents first."""
    effective = plan.effective_weights()

    def below(node: Node, depth: int) -> Iterator[Part]:
        weights = node.child_weights()
        for child, weight in zip(node.children, weights, strict=True):
            if child.is_leaf:
                continue
            share = f"{written(100 * effective[child.id], language)} %" if shares else ""
            yield Part(depth, label_of(child, language), weight_words(node, weight, weights.sum(), language), share)
            yield from below(child, depth + 1)

    whole = f"{written(100.0, language)} %" if shares else ""
    yield Part(0, label_of(plan.tree, language), "", whole)
    yield from below(plan.tree, 1)


def weight_words(node: Node, weight: float, total: float, language: str) -> str:
    """What a child counts in its parent."""
    if node.weights in weigh.FROM_DATA:
        return say(language, "found in the data")
    if node.aggregate == "sum":
        return f"× {written(weight, language)}"
    return f"{written(100 * weight / total, language)} %"


def label_of(node: Node, language: str) -> str:
    return text_of(node.label, language) or node.id
