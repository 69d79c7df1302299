"""The index: from what the count left, the hard data and the panel's points to scores, intervals, ranks and tiers."""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring import relative
from survey_app.scoring.estimates import Estimates
from survey_app.scoring.figures import Given
from survey_app.scoring.plan import Plan
from survey_app.scoring.propagate import ScoredGroup
from survey_app.scoring.standing import DECIMALS, GroupStanding, Standing, standings

__all__ = ["Given", "GroupStanding", "Index", "Score", "Standing", "index"]
NOTHING_GIVEN = Given()


class Score(msgspec.Struct, frozen=True):
    """One unit's score at one node or leaf, on the plan's shown scale.

    `low`, `high`: 95 % interval. `n`: sheets (nodes) or answers (questions) it rests on, None for figures. `reason`:
    why there is no value, or "partial" beside one.
    """

    unit: str
    node: str
    value: float | None
    se: float | None
    low: float | None
    high: float | None
    n: int | None
    reason: str | None


class Index(msgspec.Struct, frozen=True):
    """All scores, unit by unit within each node of each peer group, and the order within the groups."""

    scores: tuple[Score, ...]
    groups: tuple[GroupStanding, ...]


def index(plan: Plan, estimates: Estimates, given: Given = NOTHING_GIVEN) -> Index:
    """Everything a Result holds of scores and order. Pure: the same numbers in, the same out."""
    scores: list[Score] = []
    groups: list[GroupStanding] = []
    for group in estimates.groups:
        scored = ScoredGroup(plan, group, given)
        scores += _scores(scored)
        # A scale that its own extremes define knows no noise there: order comes from the absolute scores.
        ordered = scored if plan.is_absolute() else ScoredGroup(plan.absolute(), group, given)
        groups += standings(ordered)
    return Index(tuple(scores), tuple(groups))


def _scores(scored: ScoredGroup) -> list[Score]:
    """Every node and leaf in the tree's order, unit by unit; what the group is not asked says so."""
    found: list[Score] = []
    items = [item for sub in scored.group.sub_indices for item in sub.items]
    for node in scored.plan.tree.walk():
        if node.id in items:
            found += _item_scores(scored, node.id, items.index(node.id))
        elif node.id in scored.point.nodes and scored.point.nodes[node.id].asked:
            found += _node_scores(scored, node.id)
        else:
            found += [Score(unit, node.id, None, None, None, None, None, "not_asked") for unit in scored.group.units]
    return found


def _item_scores(scored: ScoredGroup, item: str, column: int) -> list[Score]:
    values = relative.item(scored.plan.leaf(item), scored.group.item(item), scored.given.earlier.get(item, ()))
    found = []
    for u, unit in enumerate(scored.group.units):
        value, n = _tidy(scored.plan.shown_on.shown(values[u])), scored.group.n[u][column]
        unheard = scored.group.theta[u][column] is None
        reason = "no_answers" if unheard else "max_equals_min" if value is None else None
        found.append(Score(unit, item, value, None, None, None, n, reason))
    return found


def _node_scores(scored: ScoredGroup, node: str) -> list[Score]:
    values, value = scored.point.nodes[node], scored.value(node)
    spread = scored.spread(node) if values.rated else None
    low, high = scored.ends(node, spread)
    n = scored.n(node)
    return [
        Score(
            unit=unit,
            node=node,
            value=_tidy(value[u]),
            se=_tidy(spread[u]) if spread is not None else None,
            low=_tidy(low[u]),
            high=_tidy(high[u]),
            n=n[u] if values.rated else None,
            reason=values.reasons[u],
        )
        for u, unit in enumerate(scored.group.units)
    ]


def _tidy(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), DECIMALS) + 0.0
