"""What can be wrong with a plan although every key and type is right: all of it found in one reading."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from survey_app.diagnostics import Place, Problem, Reading, suggestion
from survey_app.scoring import plan_method
from survey_app.scoring.leaf import Leaf
from survey_app.scoring.plan import Node, Plan, QuestionFacts
from survey_app.scoring.plan_findings import Findings

NODE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
LEAST = {"min_score": 10, "min_distribution": 15, "min_comments": 15}
CORE_ITEMS = 2


def problems_of(reading: Reading[Plan]) -> list[Problem]:
    """Everything wrong with the plan taken alone, beyond its types."""
    findings, plan = Findings(reading), reading.value
    _check_ids(plan, findings)
    for node, path in _places(plan.tree, ("tree",)):
        _check_node(node, path, plan, findings)
    if reading.sound(("tree",)) and reading.sound(("leaves",)):
        _check_references(plan, findings)
    settled = plan.leaf_table()
    for place, leaf in enumerate(plan.leaves):
        _check_leaf(plan, settled[leaf.id], ("leaves", place), findings)
        plan_method.check_leaf_steps(plan, leaf, ("leaves", place), findings)
    _check_settings(plan, findings)
    plan_method.check_steps(plan, findings)
    return findings.problems


def _places(node: Node, path: Place) -> list[tuple[Node, Place]]:
    found = [(node, path)]
    for place, child in enumerate(node.children):
        found += _places(child, (*path, "children", place))
    return found


def _check_ids(plan: Plan, findings: Findings) -> None:
    named: list[tuple[str, Place]] = [(leaf.id, ("leaves", place, "id")) for place, leaf in enumerate(plan.leaves)]
    named += [(node.id, (*path, "id")) for node, path in _places(plan.tree, ("tree",)) if not node.is_leaf]
    seen: set[str] = set()
    for name, path in named:
        if path[0] == "tree" and not NODE_ID.fullmatch(name):
            findings.add("id", path, f"the id '{name}' cannot be used")
        if name.casefold() in seen:
            findings.add("duplicate", path, f"the id '{name}' is used twice (upper and lower case are alike)")
        seen.add(name.casefold())


def _check_node(node: Node, path: Place, plan: Plan, findings: Findings) -> None:
    if node.is_leaf:
        if node.label or node.coverage != 1 or (node.aggregate, node.weights) != ("arithmetic", "given"):
            findings.add("reference", path, f"'{node.id}' has settings of a node but no children")
        return
    if plan.questionnaire is not None and not (node.label or {}).get("vi"):
        findings.add("label", (*path, "label"), f"the node '{node.id}' has no Vietnamese label")
    if not 0 <= node.coverage <= 1:
        findings.add("coverage", (*path, "coverage"), f"the coverage of '{node.id}' is {node.coverage:g}")
    if node.aggregate in ("geometric", "harmonic") and plan.shown_on.min <= 0 and _shown(node, plan):
        what = f"'{node.id}' is a {node.aggregate} mean on a scale that begins at {plan.shown_on.min:g}"
        findings.add("positive-scale", (*path, "aggregate"), what)
    if node.aggregate == "power" and node.power == 0:
        findings.add("power", (*path, "power"), f"the power of '{node.id}' is 0")
    asked = {leaf.id for leaf in plan.leaves if leaf.source == "question"}
    if node.aggregate != "arithmetic" and any(child.is_leaf and child.id in asked for child in node.children):
        findings.add("sub-index", (*path, "aggregate"), f"'{node.id}' holds questions and is not an arithmetic mean")
    _check_weights(node, path, findings)
    plan_method.check_weighting(plan, node, path, findings)


def _shown(node: Node, plan: Plan) -> bool:
    """Whether anything below is on the shown scale."""
    table = plan.leaf_table()
    return any(below.id not in table or table[below.id].scale.bounded for below in node.walk() if below.is_leaf)


def _check_weights(node: Node, path: Place, findings: Findings) -> None:
    for place, child in enumerate(node.children):
        where: Place = (*path, "children", place, "weight")
        if child.weight is None:
            if node.weights == "given":
                findings.add("weight-missing", where, f"'{child.id}' has no weight", node=node.id)
        elif child.weight < 0:
            findings.add("weight-negative", where, f"'{child.id}' has the weight {child.weight:g}")
    if all(child.weight == 0 for child in node.children):
        findings.add("weight-zero", path, f"no child of '{node.id}' has a weight above 0")


def _check_references(plan: Plan, findings: Findings) -> None:
    known = [leaf.id for leaf in plan.leaves]
    used: dict[str, int] = {}
    for node, path in _places(plan.tree, ("tree",)):
        if not node.is_leaf:
            continue
        used[node.id] = used.get(node.id, 0) + 1
        if node.id not in known:
            near = suggestion(node.id, known)
            findings.add("unknown-leaf", (*path, "id"), f"there is no leaf '{node.id}'", near=near)
        elif used[node.id] == 2:
            findings.add("leaf-twice", (*path, "id"), f"the leaf '{node.id}' stands in the tree twice")
    for place, name in enumerate(known):
        if name not in used:
            findings.add("unused-leaf", ("leaves", place, "id"), f"the leaf '{name}' is not in the tree")


def _check_leaf(plan: Plan, leaf: Leaf, path: Place, findings: Findings) -> None:
    """`leaf` with the plan's normalisation where it has none of its own."""
    if leaf.source == "question":
        _check_question_leaf(leaf, path, findings)
    else:
        if plan.questionnaire is not None and not (leaf.label or {}).get("vi"):
            findings.add("label", (*path, "label"), f"the leaf '{leaf.id}' has no Vietnamese label")
        for key in ("question", "statistic", "codes", "at_least", "values", "not_counted"):
            if getattr(leaf, key):
                findings.add("not-for-source", (*path, key), f"'{leaf.id}' is {leaf.source} data and has `{key}`")
    if leaf.source != "panel" and leaf.points is not None:
        findings.add("not-for-source", (*path, "points"), f"'{leaf.id}' is {leaf.source} data and has `points`")
    if leaf.source == "hard" and leaf.normalise is None:
        findings.add("normalise-missing", (*path, "normalise"), f"the hard figure '{leaf.id}' has no normalise")
    if leaf.source == "panel" and not (leaf.points or 0) > 0:
        findings.add("points", (*path, "points"), f"the panel's leaf '{leaf.id}' has no points above 0")
    if leaf.normalise is not None:
        plan_method.check_scale(leaf, leaf.normalise, (*path, "normalise"), findings)


def _check_question_leaf(leaf: Leaf, path: Place, findings: Findings) -> None:
    if leaf.statistic is None:
        findings.add("statistic", (*path, "statistic"), f"the question leaf '{leaf.id}' has no statistic")
    if (leaf.statistic == "share") != bool(leaf.codes):
        findings.add("codes", (*path, "codes"), f"'{leaf.id}': share and codes go together")
    if (leaf.statistic == "top_box") != (leaf.at_least is not None):
        findings.add("at-least", (*path, "at_least"), f"'{leaf.id}': top_box and at_least go together")
    if leaf.statistic in ("mean", "median") and leaf.normalise is None:
        findings.add("normalise-missing", (*path, "normalise"), f"'{leaf.id}' has no normalise")
    if leaf.kinds:
        findings.add("not-for-source", (*path, "kinds"), f"'{leaf.id}' has `kinds`, which the questionnaire says")


def _check_settings(plan: Plan, findings: Findings) -> None:
    if not plan.shown_on.min < plan.shown_on.max:
        findings.add("no-length", ("shown_on",), "shown_on: min is not below max")
    if not 0 <= plan.shown_on.decimals <= 6:
        findings.add("decimals", ("shown_on", "decimals"), f"decimals is {plan.shown_on.decimals}")
    for name, least in LEAST.items():
        if getattr(plan.privacy, name) < least:
            findings.add("privacy", ("privacy", name), f"{name} is below {least}", least=least)
    if not 0.5 < plan.tiers.level < 1:
        findings.add("level", ("tiers", "level"), f"the level of the tiers is {plan.tiers.level:g}")
    _check_outcome(plan, findings)
    _check_leadership(plan, findings)
    _check_attitude(plan, findings)
    _check_groups(plan, findings)


def _check_leadership(plan: Plan, findings: Findings) -> None:
    if plan.leadership is not msgspec.UNSET and plan.leadership not in {sub.id for sub in plan.sub_indices()}:
        findings.add("leadership", ("leadership",), f"the leadership sub-index '{plan.leadership}' is no such node")


def _check_outcome(plan: Plan, findings: Findings) -> None:
    adjusted = {leaf.id for leaf in plan.leaves if leaf.source == "question" and leaf.adjustable}
    if plan.outcome is not msgspec.UNSET and plan.outcome not in adjusted:
        findings.add("outcome", ("outcome",), f"the outcome '{plan.outcome}' is no such leaf")


def _check_attitude(plan: Plan, findings: Findings) -> None:
    asked = {leaf.id for leaf in plan.leaves if leaf.source == "question"}
    known = {node.id for node in plan.tree.walk() if asked & {below.id for below in node.walk()}}
    for place, name in enumerate(() if isinstance(plan.attitude, msgspec.UnsetType) else plan.attitude):
        if name not in known:
            what = f"no question or sub-index of the tree is called '{name}'"
            findings.add("attitude", ("attitude", place), what, near=suggestion(name, known))


def _check_groups(plan: Plan, findings: Findings) -> None:
    seen: set[str] = set()
    for place, group in enumerate(plan.named_groups()):
        if bool(group.kinds) == bool(group.units):
            findings.add("group", ("peer_groups", place), f"the group '{group.id}' names kinds and units, or neither")
        members = [f"kind {kind}" for kind in group.kinds] + [f"unit {unit}" for unit in group.units]
        for member in (f"group {group.id}", *members):
            if member.casefold() in seen:
                findings.add("group-twice", ("peer_groups", place), f"the {member} is named twice")
            seen.add(member.casefold())


def check_against(reading: Reading[Plan], questionnaire: str, questions: Mapping[str, QuestionFacts]) -> list[Problem]:
    """Everything in which the plan does not fit the questionnaire: ids, answer codes, core items."""
    findings, plan = Findings(reading), reading.value
    if plan.questionnaire != questionnaire:
        what = f"the plan counts '{plan.questionnaire}', the questionnaire is '{questionnaire}'"
        findings.add("questionnaire", ("questionnaire",), what, id=questionnaire)
    for place, leaf in enumerate(plan.leaves):
        if leaf.source != "question":
            continue
        facts = questions.get(leaf.question_id)
        if facts is None:
            what, near = f"no question '{leaf.question_id}' is asked", suggestion(leaf.question_id, questions)
            findings.add("unknown-question", ("leaves", place), what, near=near)
        else:
            _check_answers(leaf, facts, ("leaves", place), findings)
    _check_dichotomies(plan, questions, findings)
    for place, name in enumerate(plan.profile_covariates()):
        facts = questions.get(name)
        if facts is None or not facts.once or facts.type not in ("single", "yes_no"):
            findings.add("covariate", ("covariates", place), f"'{name}' is no such question")
    _check_core(plan, questions, findings)
    return findings.problems


def _check_dichotomies(plan: Plan, questions: Mapping[str, QuestionFacts], findings: Findings) -> None:
    for place, divided in enumerate(plan.divided()):
        path: Place = ("dichotomies", place)
        facts = questions.get(divided.question)
        if facts is None or not facts.once or facts.type not in ("single", "yes_no"):
            findings.add("dichotomy", (*path, "question"), f"'{divided.question}' is no such question")
            continue
        for code in divided.codes:
            if code not in facts.codes:
                near = suggestion(code, facts.codes)
                findings.add(
                    "unknown-code", (*path, "codes"), f"'{divided.question}' has no answer '{code}'", near=near
                )
        if not 0 < len(set(divided.codes) & set(facts.codes)) < len(facts.codes):
            findings.add("dichotomy", (*path, "codes"), f"the codes of '{divided.question}' leave one side empty")


def _check_answers(leaf: Leaf, facts: QuestionFacts, path: Place, findings: Findings) -> None:
    if facts.type not in ("scale", "matrix", "single", "yes_no", "number"):
        findings.add("question-type", path, f"'{leaf.id}' counts a question of type {facts.type}")
        return
    for code in (*leaf.codes, *(leaf.values or {}), *leaf.not_counted):
        if facts.codes and code not in facts.codes:
            near = suggestion(code, facts.codes)
            findings.add("unknown-code", path, f"'{leaf.id}' names the answer '{code}'", near=near)
    for code in facts.codes:
        try:
            leaf.number(code)
        except ValueError:
            findings.add("code-without-number", path, f"'{leaf.id}' gives the answer '{code}' no number")


def _check_core(plan: Plan, questions: Mapping[str, QuestionFacts], findings: Findings) -> None:
    """In every kind of unit each sub-index needs two core items that count: second sheets have no others."""
    kinds = sorted({kind for facts in questions.values() for kind in facts.kinds}) or ["any"]
    places = {node.id: path for node, path in _places(plan.tree, ("tree",))}
    for sub in plan.sub_indices():
        counted = [leaf.question_id for leaf, weight in zip(sub.leaves, sub.weights, strict=True) if weight > 0]
        asked = [questions[name] for name in counted if name in questions and questions[name].core]
        for kind in kinds:
            core = sum(not facts.kinds or kind in facts.kinds for facts in asked)
            if core < CORE_ITEMS:
                what = f"the sub-index '{sub.id}' has {core} core items for units of kind '{kind}'"
                findings.add("core", places[sub.id], what)
