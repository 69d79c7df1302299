"""What a plan's diagnostics say: for each rule why it matters and how to mend it."""

from __future__ import annotations

from survey_app.diagnostics import Place, Problem, Reading
from survey_app.scoring.plan import Plan

# code: (why it is wrong, how to mend it)
RULES = {
    "id": ("ids of nodes become names of columns and files", "use letters, digits and _, beginning with a letter"),
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
    "answers-scale": (
        "answers are estimated on an absolute scale first",
        "use goalposts, or min_max with low and high",
    ),
    "own-scale": ("answers and figures are mixed on one scale", "use goalposts, min_max or another bounded method"),
    "method-key": ("the key says nothing to this method", "remove it"),
    "method-needs": ("the method cannot do without", "add `{key}: …`"),
    "figures-only": ("answers are never filled in or drawn in, and a round's figures come ready", "remove it"),
    "impute-group": (
        "a group's mean needs to know the groups",
        "write `group: <a column>` with group_mean or group_median",
    ),
    "treat": ("the rule could never hold", "write winsorise 0 or more, and skew and kurtosis above 0"),
    "evidence": ("only the panel's points rest on evidence", "remove the key"),
    "weights-data": (
        "a round's weights stand before it opens",
        "use `index compute` on last year's figures and write them",
    ),
    "weights-experts": ("the experts' judgements are what the weights are made of", "{fix}"),
    "cuts": ("the rule needs them", "{fix}"),
    "bounds": ("min_max names its bounds, others have none", "use `bounds: own_year`, pooled or fixed with min_max"),
    "rounds": ("pooled bounds say over how many rounds", "write `bounds: pooled` with `rounds: 3`, or neither"),
    "ends": ("a fixed scale has two ends, moving bounds have none", "correct `low` and `high`"),
    "no-length": ("the scale would have no length", "write the smaller number first; `direction: lower` reverses"),
    "decimals": ("no score is exact beyond that", "write 0 to 6"),
    "privacy": ("the limits that protect who answers may only be raised", "write {least} or more"),
    "level": ("it is a probability above a half", "write 0.95"),
    "group": ("its members must be clear", "write either `kinds: […]` or `units: […]`"),
    "group-twice": ("a unit has one peer group", "remove it from one of them"),
    "questionnaire": ("a plan belongs to one questionnaire", "write `questionnaire: {id}`"),
    "unknown-question": ("the leaf would stay empty", "{near}"),
    "question-type": ("its answers are no numbers", "use a scale, yes_no, single or number question"),
    "unknown-code": ("the question has no such answer, so it would never be counted", "{near}"),
    "code-without-number": ("a mean needs a number for each answer", "add it to `values` or to `not_counted`"),
    "outcome": ("its drivers are looked for among the sub-indices", "name a leaf with `source: question`, no median"),
    "leadership": ("heads of units are honoured for it", "name a node that holds questions directly"),
    "attitude": ("nothing of the kind would be listed", "{near}"),
    "covariate": ("businesses are told apart by it", "name a `single` or `yes_no` question of the profile"),
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
