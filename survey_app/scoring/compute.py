"""The index of unit-level data, COINr's steps in their order: denominate, screen, impute, treat, normalise, aggregate.

Each step keeps what it made, so that every number can be looked at. Screening comes before imputation: afterwards
nothing is missing any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from survey_app.scoring import figures
from survey_app.scoring.figures import Scored
from survey_app.scoring.impute import impute
from survey_app.scoring.leaf import Impute, Leaf, Treat
from survey_app.scoring.normalise import FloatArray, rank
from survey_app.scoring.plan import Node, Plan
from survey_app.scoring.screen import Screened, screen
from survey_app.scoring.treat import Treated, treat
from survey_app.scoring.tree import GroupTree

Columns = dict[str, FloatArray]
SAME = 12  # decimals beyond which two scores are level: the arithmetic's last bits give no rank


class Values(msgspec.Struct, frozen=True):
    """Unit-level data: leaves by id (U,), NaN = missing; other numbers (denominators) and groups by column name."""

    units: tuple[str, ...]
    leaves: Columns
    numbers: Columns = {}
    groups: Mapping[str, tuple[str, ...]] = {}


class Steps(msgspec.Struct, frozen=True):
    """What each step made of the leaves, by id; `treatments` of those the outlier rule looked at; the tree's nodes on
    the shown scale."""

    units: tuple[str, ...]
    denominated: Columns
    screened: Screened
    imputed: Columns
    treated: Columns
    treatments: dict[str, Treated]
    normalised: dict[str, Scored]
    tree: GroupTree

    def score(self, node: str) -> FloatArray:
        """(U,) of a node or leaf, NaN = none."""
        return np.asarray(self.tree.nodes[node].values[0])

    def reasons(self, node: str) -> tuple[str | None, ...]:
        return self.tree.nodes[node].reasons


def compute(plan: Plan, values: Values, earlier: Mapping[str, Sequence[float]] = {}) -> Steps:
    """All steps. `earlier`: leaf → treated figures of earlier years, for pooled bounds. Raises NoWeights."""
    leaves = plan.leaf_table()
    denominated = {name: _denominated(leaf, values) for name, leaf in leaves.items()}
    screened = screen(np.column_stack(list(denominated.values())), _coverage(plan))
    kept = {name: np.where(screened.stays, column, np.nan) for name, column in denominated.items()}
    imputed = {name: _imputed(plan, leaves[name], column, values, screened) for name, column in kept.items()}
    rules = {name: rule for name, leaf in leaves.items() if (rule := treat_of(plan, leaf))}
    treatments = {name: treat(imputed[name], rule) for name, rule in rules.items()}
    treated = {name: treatments[name].values if name in treatments else column for name, column in imputed.items()}
    normalised = {
        name: figures.on_scale(leaves[name], column, values.units, np.array(earlier.get(name, ()), dtype=np.float64))
        for name, column in treated.items()
    }
    tree = GroupTree(plan, {}, normalised, np.zeros(len(values.units), dtype=np.bool_))
    return Steps(values.units, denominated, screened, imputed, treated, treatments, normalised, tree)


def _denominated(leaf: Leaf, values: Values) -> FloatArray:
    column = values.leaves[leaf.id]
    if isinstance(leaf.denominator, msgspec.UnsetType):
        return column
    by = values.numbers[leaf.denominator]
    return np.asarray(column / np.where(by == 0, np.nan, by))


def _coverage(plan: Plan) -> float:
    return 0.0 if isinstance(plan.screen, msgspec.UnsetType) else plan.screen.coverage


def _imputed(plan: Plan, leaf: Leaf, column: FloatArray, values: Values, screened: Screened) -> FloatArray:
    """Units that were screened out stay empty."""
    rule = rule_of(plan, leaf)
    if rule is None or rule.method in ("none", "latest", "linear"):
        return column
    groups = None if rule.group is None else values.groups[rule.group]
    return np.where(screened.stays, impute(column, rule, groups), np.nan)


def rule_of(plan: Plan, leaf: Leaf) -> Impute | None:
    """The leaf's own way to fill gaps, else the plan's."""
    rule = plan.impute if isinstance(leaf.impute, msgspec.UnsetType) else leaf.impute
    return None if isinstance(rule, msgspec.UnsetType) else rule


def treat_of(plan: Plan, leaf: Leaf) -> Treat | None:
    """The leaf's own rule of outliers, else the plan's."""
    rule = plan.treat if isinstance(leaf.treat, msgspec.UnsetType) else leaf.treat
    return None if isinstance(rule, msgspec.UnsetType) else rule


def ranks(scores: FloatArray) -> tuple[int | None, ...]:
    """(U,) 1 = highest, equal scores share the best of their ranks, None without a score."""
    found = rank(np.round(scores, SAME), "lower")
    return tuple(None if np.isnan(one) else int(one) for one in found)


def weights_at(node: Node, found: Mapping[str, FloatArray]) -> FloatArray:
    """(children,) weights of a node's children: the plan's, or those found in the data, which leave out children
    without any in the plan. NaN where units have weights of their own."""
    weights = node.child_weights()
    if node.id not in found:
        return weights
    if found[node.id].ndim > 1:
        return np.full(weights.shape, np.nan)
    weights[weights > 0] = found[node.id]
    return weights


def effective_weights(plan: Plan, found: Mapping[str, FloatArray]) -> dict[str, float]:
    """Share of each node and leaf in the root; `found`: node → weights that the data gave its members. NaN below a node
    whose units have weights of their own."""
    shares = {plan.tree.id: 1.0}
    for node in plan.tree.walk():
        if node.is_leaf:
            continue
        weights = weights_at(node, found)
        for child, weight in zip(node.children, weights, strict=True):
            shares[child.id] = shares[node.id] * float(weight / weights.sum())
    return shares
