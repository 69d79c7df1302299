"""What changed between two rounds: like with like only, with an interval.

The count keeps Σ of whole sub-indices at their own plan's weights. Where only some items are compared, or with other
weights, the standard error is a bound instead: w′Σw with each sub-index stretched by the largest ratio of an item's
weight in the comparison to its weight in the stored sub-index. The stretched sub-index is the compared mean plus items
with weights ≥ 0, so its variance is no smaller as long as the errors of items are not negatively correlated: within a
sheet they are not (halo, leniency).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import msgspec
import numpy as np

from survey_app.scoring.estimates import Estimates, GroupEstimate, SubIndexItems
from survey_app.scoring.intervals import NORMAL_95
from survey_app.scoring.leaf import Leaf
from survey_app.scoring.plan import Node, Plan
from survey_app.scoring.standing import DECIMALS


class Round(msgspec.Struct, frozen=True):
    """One round as the count left it."""

    plan: Plan
    estimates: Estimates


class Change(msgspec.Struct, frozen=True):
    """Newer minus older, on the newer plan's shown scale, for a unit's sub-index or the businesses' part.

    `items`: how many questions are compared. The interval treats the rounds as independent; businesses that answered
    both make it too wide, which the text beside it says. `reason`: why there is no value; or "no_interval" beside a
    value whose error the stored numbers do not bound.
    """

    unit: str
    node: str
    value: float | None
    se: float | None
    low: float | None
    high: float | None
    items: int
    n_old: int
    n_new: int
    reason: str | None


class _Side(msgspec.Struct, frozen=True):
    """One unit in one round: its items' θ and shares in their stored sub-index by leaf id, Σ of its own sub-indices."""

    theta: Mapping[str, float]
    share: Mapping[str, float]
    subs: tuple[str, ...]
    covariance: tuple[tuple[float, ...], ...]
    n_sub: Mapping[str, int]
    n_sheets: int
    least: int  # sheets that a score is shown from


class _Part(msgspec.Struct, frozen=True):
    """A sub-index's difference on 0–100 over `items` shared items; how far each side's Σ is stretched (old, new)."""

    value: float
    items: int
    stretch: tuple[float, float]


def change(old: Round, new: Round, comparable: Collection[str], successor_of: Mapping[str, str]) -> tuple[Change, ...]:
    """Changes of every unit of the newer round.

    `comparable`: question ids classed comparable between the two questionnaires. `successor_of`: newer unit → the older
    one it continues, for units whose code changed. Differences are taken item by item on the absolute scale, over items
    asked in both peer groups and counted alike by both plans, weighted by the newer plan; SE² = SE₁² + SE₂², a bound
    where not all of a sub-index is compared (see above).
    """
    same = _same_items(old.plan, new.plan, comparable)
    before = {unit: (group, u) for group in old.estimates.groups for u, unit in enumerate(group.units)}
    found: list[Change] = []
    for group in new.estimates.groups:
        for u, unit in enumerate(group.units):
            there = before.get(successor_of.get(unit, unit))
            if there is not None:
                found += _unit_changes(new.plan, unit, _side(*there, old.plan), _side(group, u, new.plan), same)
    return tuple(found)


def _same_items(old: Plan, new: Plan, comparable: Collection[str]) -> set[str]:
    """Leaves that ask the same question and count it in the same way in both plans."""
    earlier = old.leaf_table()
    return {
        leaf.id
        for leaf in new.leaves
        if leaf.source == "question" and leaf.question_id in comparable and earlier.get(leaf.id) == leaf
    }


def _side(group: GroupEstimate, u: int, plan: Plan) -> _Side:
    items = [item for sub in group.sub_indices for item in sub.items]
    theta = {item: value for item, value in zip(items, group.theta[u], strict=True) if value is not None}
    size = len(group.sub_indices)
    block = slice(u * size, (u + 1) * size)
    return _Side(
        theta=theta,
        share={item: share for sub in group.sub_indices for item, share in _shares(sub, theta).items()},
        subs=tuple(sub.id for sub in group.sub_indices),
        covariance=tuple(row[block] for row in group.covariance[block]),
        n_sub={sub.id: group.n_sub[u][s] for s, sub in enumerate(group.sub_indices)},
        n_sheets=group.n_sheets[u],
        least=plan.privacy.min_score,
    )


def _shares(sub: SubIndexItems, theta: Collection[str]) -> dict[str, float]:
    """Parts of the answered items in the sub-index as it is stored."""
    answered = {item: weight for item, weight in zip(sub.items, sub.weights, strict=True) if item in theta}
    total = sum(answered.values())
    return {item: weight / total for item, weight in answered.items() if weight > 0}


def _unit_changes(plan: Plan, unit: str, old: _Side, new: _Side, same: set[str]) -> list[Change]:
    shared = same & old.theta.keys() & new.theta.keys()
    subs = {sub.id: _sub_change(sub.leaves, sub.weights, old, new, shared) for sub in plan.sub_indices()}
    found = []
    for node in plan.tree.walk():
        if node.id in subs:
            weights = {node.id: 1.0}
            n_old, n_new = old.n_sub.get(node.id, 0), new.n_sub.get(node.id, 0)
        elif node.id == plan.businesses_part() and plan.is_linear():
            weights = _sub_weights(node, set(subs))
            n_old, n_new = old.n_sheets, new.n_sheets
        else:
            continue
        length = (plan.shown_on.max - plan.shown_on.min) / 100.0
        found.append(_combined(unit, node.id, weights, subs, (old, new), (n_old, n_new), length))
    return found


def _sub_change(
    leaves: tuple[Leaf, ...], weights: tuple[float, ...], old: _Side, new: _Side, shared: set[str]
) -> _Part | None:
    pairs = [(leaf.id, w) for leaf, w in zip(leaves, weights, strict=True) if leaf.id in shared and w > 0]
    if not pairs:
        return None
    total = sum(w for _, w in pairs)
    value = sum(w * (new.theta[item] - old.theta[item]) for item, w in pairs) / total
    compared = {item: w / total for item, w in pairs}
    return _Part(value, len(pairs), (_stretch(compared, old), _stretch(compared, new)))


def _stretch(compared: Mapping[str, float], side: _Side) -> float:
    """1 where the side's whole sub-index is compared at its own weights; infinite where an item had no weight in it."""
    return max(share / side.share[item] if item in side.share else math.inf for item, share in compared.items())


def _sub_weights(node: Node, subs: set[str]) -> dict[str, float]:
    """Share of each sub-index in a node above, by the plan's weights."""
    found: dict[str, float] = {}
    weights = node.child_weights()
    for child, weight in zip(node.children, weights / weights.sum(), strict=True):
        below = {child.id: 1.0} if child.id in subs else _sub_weights(child, subs) if not child.is_leaf else {}
        for name, share in below.items():
            found[name] = found.get(name, 0.0) + float(weight) * share
    return found


def _combined(
    unit: str,
    node: str,
    weights: Mapping[str, float],
    subs: Mapping[str, _Part | None],
    sides: tuple[_Side, _Side],
    n: tuple[int, int],
    length: float,
) -> Change:
    """Sub-indices without a shared item drop out, and with them their weight, on both sides alike."""
    known = {name: part for name in weights if (part := subs[name]) is not None}
    total = sum(weights[name] for name in known)
    items = sum(part.items for part in known.values())
    reason = "too_few" if min(n) < max(side.least for side in sides) else "nothing_comparable" if not total else None
    if reason is not None:
        return Change(unit, node, None, None, None, None, items, *n, reason)
    value = length * sum(weights[name] * part.value for name, part in known.items()) / total
    variances = [
        _variance(side, {name: weights[name] / total * part.stretch[which] for name, part in known.items()})
        for which, side in enumerate(sides)
    ]
    if None in variances:
        return Change(unit, node, round(value, DECIMALS), None, None, None, items, *n, "no_interval")
    se = length * float(np.sqrt(sum(variance for variance in variances if variance is not None)))
    ends = (round(value - NORMAL_95 * se, DECIMALS), round(value + NORMAL_95 * se, DECIMALS))
    return Change(unit, node, round(value, DECIMALS), round(se, DECIMALS), *ends, items, *n, None)


def _variance(side: _Side, weights: Mapping[str, float]) -> float | None:
    """w′Σw of the unit's own sub-indices; None where it is not known."""
    if not side.covariance or not set(weights) <= set(side.subs) or math.inf in weights.values():
        return None
    w = np.array([weights.get(name, 0.0) for name in side.subs])
    return max(float(w @ np.array(side.covariance) @ w), 0.0)
