"""What can be wrong with a plan although every key and type is right: all of it found in one reading."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from survey_app.diagnostics import Place, Problem, Reading, suggestion
from survey_app.scoring.leaf import Leaf, Normalise
from survey_app.scoring.plan import Node, Plan, QuestionFacts

NODE_ID = re.compile(r"[a-z][a-z0-9_]*")
LEAST = {"min_score": 10, "min_distribution": 15, "min_comments": 15}
CORE_ITEMS = 2

# code: (why it is wrong, how to mend it)
RULES = {
    "id": ("ids of nodes become names of columns and files", "use a–z, 0–9 and _, beginning with a letter"),
    "duplicate": ("scores are stored under their id", "rename this one"),
    "reference": ("a reference to a leaf has an id and a weight only", "give it children, or settings to the leaf"),
    "label": ("pages and reports print it", "add `label: {{vi: …, en: …, zh-Hans: …}}`"),
    "coverage": ("it is a share of weight", "write a number from 0 to 1"),
    "positive-scale": ("such a mean needs numbers above 0", "set `shown_on: {{min: 1, max: 10}}` or use arithmetic"),
    "power": ("the mean of power 0 is the geometric mean", "use `aggregate: geometric`"),
    "sub-index": ("answers are adjusted as weighted means", "use `aggregate: arithmetic` here and another kind above"),
    "weight-missing": ("no weight is ever guessed", "add `weight:` to it, or `weights: equal` to '{node}'"),
    "weight-negative": ("a negative weight would reward bad answers", "write 0 or more; `direction: lower` reverses"),
    "weight-zero": ("a mean of nothing is no score", "give at least one child a positive weight"),
    "unknown-leaf": ("the tree ends in the leaves listed under `leaves`", "{near}"),
    "leaf-twice": ("it would count twice", "remove one of the two"),
    "unused-leaf": ("it would silently not count", "put it in the tree (`weight: 0` only shows it) or remove it"),
    "not-for-source": ("the key belongs to another source", "remove the key, or change `source`"),
    "normalise-missing": (
        "the ends of its scale are unknown",
        "add `normalise: {{method: goalposts, low: …, high: …}}`",
    ),
    "points": ("the score is a share of the most that can be given", "add `points: 10`"),
    "statistic": ("answers can be counted in several ways", "add `statistic: mean`, share, top_box or median"),
    "codes": ("a share says which answers it counts", "write `statistic: share` with `codes: [yes]`, or neither"),
    "at-least": ("a top box begins at some answer", "write `statistic: top_box` with `at_least: 4`, or neither"),
    "goalposts-only": ("adjusted answers keep an absolute scale", "use `method: goalposts`"),
    "bounds": ("min_max names its bounds, goalposts have none", "use `bounds: own_year`, pooled or fixed with min_max"),
    "rounds": ("pooled bounds say over how many rounds", "write `bounds: pooled` with `rounds: 3`, or neither"),
    "ends": ("a fixed scale has two ends, moving bounds have none", "correct `low` and `high`"),
    "no-length": ("the scale would have no length", "write the smaller number first; `direction: lower` reverses"),
    "decimals": ("no score is exact beyond that", "write 0 to 6"),
    "privacy": ("the limits that protect who answers may only be raised", "write {least} or more"),
    "level": ("it is a probability above a half", "write 0.95"),
    "questionnaire-missing": ("question ids mean nothing without it", "add `questionnaire: <its id>`"),
    "group": ("its members must be clear", "write either `kinds: […]` or `units: […]`"),
    "group-twice": ("a unit has one peer group", "remove it from one of them"),
    "questionnaire": ("a plan belongs to one questionnaire", "write `questionnaire: {id}`"),
    "unknown-question": ("the leaf would stay empty", "{near}"),
    "question-type": ("its answers are no numbers", "use a scale, yes_no, single or number question"),
    "unknown-code": ("the question has no such answer, so it would never be counted", "{near}"),
    "code-without-number": ("a mean needs a number for each answer", "add it to `values` or to `not_counted`"),
    "outcome": ("its drivers are looked for among the sub-indices", "name a leaf with `source: question`, no median"),
    "dichotomy": ("it divides the businesses of a unit in two", "name a `single` or `yes_no` question of the profile"),
    "core": ("second sheets carry core items only; with fewer than two it cannot be estimated", "mark or weigh more"),
}


class Findings:
    """Collects problems, each with its place in the file; silent where the reader has complained already."""

    def __init__(self, reading: Reading[Plan]) -> None:
        self.reading = reading
        self.problems: list[Problem] = []

    def add(self, code: str, path: Place, what: str, **words: object) -> None:
        why, fix = RULES[code]
        if self.reading.sound(path):
            problem = self.reading.source.problem(path, f"plan-{code}", what, why, fix.format(**words))
            self.problems.append(problem)


def problems_of(reading: Reading[Plan]) -> list[Problem]:
    """Everything wrong with the plan taken alone, beyond its types."""
    findings, plan = Findings(reading), reading.value
    _check_ids(plan, findings)
    for node, path in _places(plan.tree, ("tree",)):
        _check_node(node, path, plan, findings)
    if reading.sound(("tree",)) and reading.sound(("leaves",)):
        _check_references(plan, findings)
    for place, leaf in enumerate(plan.leaves):
        _check_leaf(leaf, ("leaves", place), findings)
    _check_settings(plan, findings)
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
    if not (node.label or {}).get("vi"):
        findings.add("label", (*path, "label"), f"the node '{node.id}' has no Vietnamese label")
    if not 0 <= node.coverage <= 1:
        findings.add("coverage", (*path, "coverage"), f"the coverage of '{node.id}' is {node.coverage:g}")
    if node.aggregate in ("geometric", "harmonic") and plan.shown_on.min <= 0:
        what = f"'{node.id}' is a {node.aggregate} mean on a scale that begins at {plan.shown_on.min:g}"
        findings.add("positive-scale", (*path, "aggregate"), what)
    if node.aggregate == "power" and node.power == 0:
        findings.add("power", (*path, "power"), f"the power of '{node.id}' is 0")
    asked = {leaf.id for leaf in plan.leaves if leaf.source == "question"}
    if node.aggregate != "arithmetic" and any(child.is_leaf and child.id in asked for child in node.children):
        findings.add("sub-index", (*path, "aggregate"), f"'{node.id}' holds questions and is not an arithmetic mean")
    _check_weights(node, path, findings)


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


def _check_leaf(leaf: Leaf, path: Place, findings: Findings) -> None:
    if leaf.source == "question":
        _check_question_leaf(leaf, path, findings)
    else:
        if not (leaf.label or {}).get("vi"):
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
        _check_scale(f"'{leaf.id}'", leaf.normalise, (*path, "normalise"), findings)


def _check_question_leaf(leaf: Leaf, path: Place, findings: Findings) -> None:
    if leaf.statistic is None:
        findings.add("statistic", (*path, "statistic"), f"the question leaf '{leaf.id}' has no statistic")
    if (leaf.statistic == "share") != bool(leaf.codes):
        findings.add("codes", (*path, "codes"), f"'{leaf.id}': share and codes go together")
    if (leaf.statistic == "top_box") != (leaf.at_least is not None):
        findings.add("at-least", (*path, "at_least"), f"'{leaf.id}': top_box and at_least go together")
    if leaf.statistic in ("mean", "median") and leaf.normalise is None:
        findings.add("normalise-missing", (*path, "normalise"), f"'{leaf.id}' has no normalise")
    if leaf.normalise is not None and leaf.normalise.method != "goalposts":
        findings.add("goalposts-only", (*path, "normalise", "method"), f"'{leaf.id}' counts answers by min_max")
    if leaf.kinds:
        findings.add("not-for-source", (*path, "kinds"), f"'{leaf.id}' has `kinds`, which the questionnaire says")


def _check_scale(name: str, scale: Normalise, path: Place, findings: Findings) -> None:
    if (scale.method == "min_max") != (scale.bounds is not None):
        findings.add("bounds", (*path, "bounds"), f"{name}: {scale.method} and bounds do not fit")
    if (scale.bounds == "pooled") != (scale.rounds is not None) or (scale.rounds or 2) < 2:
        findings.add("rounds", (*path, "rounds"), f"{name}: the rounds of the bounds do not fit")
    fixed = scale.method == "goalposts" or scale.bounds == "fixed"
    if fixed != (scale.low is not None) or fixed != (scale.high is not None):
        findings.add("ends", path, f"{name}: low and high do not fit the method")
    elif scale.low is not None and scale.high is not None and not scale.low < scale.high:
        findings.add("no-length", path, f"{name}: low {scale.low:g} is not below high {scale.high:g}")


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
    if plan.questionnaire is None and any(leaf.source == "question" for leaf in plan.leaves):
        findings.add("questionnaire-missing", ("questionnaire",), "the plan counts questions of no questionnaire")
    _check_outcome(plan, findings)
    _check_groups(plan, findings)


def _check_outcome(plan: Plan, findings: Findings) -> None:
    adjusted = {leaf.id for leaf in plan.leaves if leaf.source == "question" and leaf.adjustable}
    if plan.outcome is not msgspec.UNSET and plan.outcome not in adjusted:
        findings.add("outcome", ("outcome",), f"the outcome '{plan.outcome}' is no such leaf")


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
