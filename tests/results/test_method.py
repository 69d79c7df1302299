"""The method page: made of the plan alone, right for every plan that is shipped, in three languages."""

from __future__ import annotations

import re

import msgspec
import pytest

from survey_app.i18n import LANGUAGES
from survey_app.questionnaire.load import load
from survey_app.results import method
from survey_app.scoring.plan_load import load_plan
from tests.results.rounds import SHIPPED

PLANS = sorted(path.parent.name for path in SHIPPED.glob("*/plan.yaml"))


def read(name):
    questions = SHIPPED / name / "questionnaire.yaml"
    return load_plan(SHIPPED / name / "plan.yaml"), load(questions) if questions.exists() else None


def words_of(page):
    return " ".join(sentence for passage in page.passages for sentence in passage.sentences)


@pytest.fixture(scope="module")
def pages():
    return {(name, language): method.page(*read(name), language) for name in PLANS for language in LANGUAGES}


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_leaf_and_every_part_stands_there_once(pages, name, language):
    plan, page = read(name)[0], pages[name, language]
    lines = [line.id for branch in page.branches for line in branch.lines]
    assert sorted(lines) == sorted(leaf.id for leaf in plan.leaves)
    assert len(page.parts) == sum(not node.is_leaf for node in plan.tree.walk())
    assert all(
        line.label and line.counted and line.scale and line.weight for one in page.branches for line in one.lines
    )
    for words in (*words_of(page).split(), *(line.counted for one in page.branches for line in one.lines)):
        assert not re.search(r"[{}]|UNSET|None|nan\b", words)


@pytest.mark.parametrize("name", PLANS)
def test_shares_of_the_whole_are_those_of_the_plan(pages, name):
    """Recomputed from the written weights, level by level."""
    plan, page = read(name)[0], pages[name, "en"]
    if not page.shares:
        assert all(not part.share for part in page.parts)
        return
    inner = [node for node in plan.tree.walk() if not node.is_leaf]
    expected = {plan.tree.id: 100.0}
    for node in inner:
        total = sum(child.weight or 0 for child in node.children) if node.weights == "given" else len(node.children)
        for child in node.children:
            weight = (child.weight or 0) if node.weights == "given" else 1
            expected[child.id] = expected[node.id] * weight / total
    for node, part in zip(inner, page.parts, strict=True):
        assert abs(float(part.share.removesuffix(" %")) - expected[node.id]) <= 0.005


def test_what_a_plan_does_not_do_is_not_mentioned(pages):
    figures = words_of(pages["asem", "en"])
    assert "sheets" not in figures
    assert "Questions" not in figures
    assert "mean of the unit's group" in figures
    assert "divided by a measure of size" in figures
    for name in ("sipas", "papi", "pci", "ddci"):
        words = words_of(pages[name, "en"])
        assert "panel" not in words
        assert "shown apart" not in words
        assert "Department" not in words
    assert "a note of what they rest on" in words_of(pages["par_index", "en"])


def test_fixed_and_relative_scales_are_told_apart(pages):
    assert "no unit can move the score of another" in words_of(pages["cdci_2024", "en"])
    assert "lowest unit of the year gets 10, the highest 100" in words_of(pages["pci", "en"])
    assert "lowest unit of the last 3 rounds gets 1, the highest 10" in words_of(pages["ddci", "en"])
    assert "no unit can move" not in words_of(pages["pci", "en"])
    scales = {line.scale for branch in pages["pci", "en"].branches for line in branch.lines}
    assert scales == {"lowest unit to highest unit", "highest unit to lowest unit"}


def test_the_two_parts_of_cdci_come_from_its_plan(pages):
    for language, words in (("vi", "chiếm 70 %"), ("en", "counts 70 %"), ("zh-Hans", "占70 %")):
        assert words in words_of(pages["cdci_2024", language])
    plan, questionnaire = read("cdci_2024")
    first, second = plan.tree.children
    other = msgspec.structs.replace(
        plan, tree=msgspec.structs.replace(plan.tree, children=(msgspec.structs.replace(first, weight=60), second))
    )
    assert "counts 66.67 %" in words_of(method.page(other, questionnaire, "en"))


def test_thresholds_and_tiers_are_the_plans(pages):
    plan, questionnaire = read("cdci_2024")
    raised = msgspec.structs.replace(
        plan,
        privacy=msgspec.structs.replace(plan.privacy, min_score=23, min_distribution=31, min_comments=47),
        tiers=msgspec.structs.replace(plan.tiers, level=0.9),
    )
    words = words_of(method.page(raised, questionnaire, "en"))
    for least in ("needs 23 sheets", "needs 31;", "need 47 sheets", "at least 90 %"):
        assert least in words
    assert "percentiles: 75; 50; 25" in words_of(pages["asem", "en"])
    assert "widest gaps between scores; there are at most 3" in words_of(pages["ict_index", "en"])


def test_a_question_of_weight_nought_is_said_not_to_count(pages):
    lines = {line.id: line for branch in pages["cdci_2024", "en"].branches for line in branch.lines}
    assert lines["cl12"].weight == "shown, not counted"
    assert lines["mb06"].counted == "share of those who answered “Yes”"
    assert lines["mb06"].scale == "100 % to 0 %"
    assert lines["tg01"].scale == "48 hours to 0 hours"
    assert lines["mb05"].scale == "5 to 1"


def test_other_kinds_of_aggregation_have_words():
    plan, _ = read("ict_index")
    kinds = ("geometric", "harmonic", "power", "median", "copeland")
    trees = [msgspec.structs.replace(plan.tree, aggregate=kind) for kind in kinds]
    found = {words_of(method.page(msgspec.structs.replace(plan, tree=tree), None, "en")) for tree in trees}
    assert len(found) == len(kinds)
