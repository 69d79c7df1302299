"""Other weights on what the count left: scores, standard errors and order in closed form, var = w′Σw.

Only for plans that are linear in the sub-indices; elsewhere an exact answer would need the sheets.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from survey_app.scoring import ranks
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.figures import Given
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Node, Plan
from survey_app.scoring.propagate import ScoredGroup
from survey_app.scoring.redraw import NotVaried
from survey_app.scoring.sheets import IntArray
from survey_app.scoring.standing import posterior_of


class Order(msgspec.Struct, frozen=True):
    """Who is ahead, as far as closed forms say it: chance (M, M) that the row is ahead of the column, expected rank
    (M,), order (M,) indices from first to last, tier (M,) from 1. Rank ranges would need draws."""

    chance: FloatArray
    expected: FloatArray
    order: IntArray
    tier: IntArray


def what_if(plan: Plan, group: GroupEstimate, given: Given, weights: Mapping[str, float]) -> ScoredGroup:
    """The group scored with these weights of nodes or leaves, the others as they are. Raises NotVaried."""
    if not plan.is_linear():
        raise NotVaried("the plan is not linear in its sub-indices, so other weights have no exact standard errors")
    asked = {leaf.id for leaf in plan.question_leaves()}
    if inside := sorted(asked & set(weights)):
        raise NotVaried(f"what a question weighs in its sub-index is settled in the count: {', '.join(inside)}")
    return ScoredGroup(reweighted(plan, weights), group, given)


def order(scored: ScoredGroup, part: str, node: str, members: list[int]) -> Order:
    """The order of some units of a group at `node`; shrinkage acts on the businesses' `part`. Raises NotVaried where no
    sub-index of that part has a weight: then nothing is left to be unsure of."""
    if not np.all(scored.slope(part)[members].sum(axis=1) > 0):
        raise NotVaried(f"no sub-index of the node '{part}' has a weight left")
    chance = ranks.beats(posterior_of(scored, part, node, members))
    expected, places = ranks.in_order([scored.group.units[u] for u in members], chance)
    return Order(chance, expected, places, ranks.tiers(chance, places, scored.plan.tiers.level))


def reweighted(plan: Plan, weights: Mapping[str, float]) -> Plan:
    """The plan with other weights, which are relative to those of the same parent. Raises NotVaried: unknown ids, the
    root, negative weights, a node without any weight."""
    known = {node.id for node in plan.tree.walk() if node is not plan.tree}
    if unknown := sorted(set(weights) - known):
        raise NotVaried(f"the plan has no node or leaf below its root named {', '.join(unknown)}")
    if negative := sorted(name for name, weight in weights.items() if weight < 0):
        raise NotVaried(f"a weight below 0 would reward what is bad: {', '.join(negative)}")
    return msgspec.structs.replace(plan, tree=_reweighted(plan.tree, weights))


def _reweighted(node: Node, weights: Mapping[str, float]) -> Node:
    if node.is_leaf:
        return node
    children = tuple(_reweighted(child, weights) for child in node.children)
    if not any(child.id in weights for child in children):
        return msgspec.structs.replace(node, children=children)
    nominal = node.child_weights().tolist()
    changed = [weights.get(child.id, weight) for child, weight in zip(children, nominal, strict=True)]
    if not sum(changed) > 0:
        raise NotVaried(f"no member of the node '{node.id}' has a weight left")
    fixed = tuple(msgspec.structs.replace(c, weight=weight) for c, weight in zip(children, changed, strict=True))
    return msgspec.structs.replace(node, weights="given", children=fixed)
