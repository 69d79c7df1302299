"""The upper part of a tree at many weights at once: what is below is computed once, only the weighing is repeated.

`redrawn` are the nodes whose weights vary: the root and every node above another one. What enters them from below (a
pillar's score, a figure that hangs high) is their *input*, and stays as the whole chain has made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np

from survey_app.scoring.aggregate import aggregate
from survey_app.scoring.compute import SAME, weights_at
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Node, Plan
from survey_app.scoring.sheets import IntArray

Draws = Mapping[str, FloatArray]  # node → (K, M) weights of its members
CELLS = 4_000_000  # numbers in memory at once, a few arrays of them
LEAST_WEIGHT = 1e-9


class NotVaried(ValueError):
    """What was to be varied cannot be; the message says why and what to do."""


class Upper(msgspec.Struct, frozen=True):
    """A redrawn node: ids of its members, their weights (M,), and those of them that are no redrawn node."""

    node: Node
    members: tuple[str, ...]
    weights: FloatArray


def redrawn(plan: Plan, found: Mapping[str, FloatArray] = {}) -> tuple[Upper, ...]:
    """The nodes whose weights vary, children before parents; `found`: weights that the data gave. Members without
    weight are left out. Raises NotVaried where units have weights of their own."""
    uppers = []
    for node in plan.tree.walk():
        if node.is_leaf or (node is not plan.tree and all(child.is_leaf for child in node.children)):
            continue
        weights = weights_at(node, found)
        if np.isnan(weights).any():
            raise NotVaried(f"the node '{node.id}' gives each unit its own weights, so they cannot be varied")
        kept = [place for place, weight in enumerate(weights) if weight > 0]
        uppers.append(Upper(node, tuple(node.children[place].id for place in kept), weights[kept]))
    return tuple(reversed(uppers))


def inputs(uppers: tuple[Upper, ...]) -> tuple[str, ...]:
    """Ids that enter the redrawn nodes from below."""
    above = {upper.node.id for upper in uppers}
    return tuple(member for upper in uppers for member in upper.members if member not in above)


def root_scores(uppers: tuple[Upper, ...], values: Mapping[str, FloatArray], draws: Draws) -> FloatArray:
    """(K, U) the root at K weight draws; values: input → (U,) or (K, U). A node without draws keeps its weights."""
    known = dict(values)
    for upper in uppers:
        weights = np.atleast_2d(draws.get(upper.node.id, upper.weights))[:, None, :]
        members = np.stack(np.broadcast_arrays(*(np.atleast_2d(known[member]) for member in upper.members)), axis=-1)
        members = np.broadcast_to(members, np.broadcast_shapes(members.shape, weights.shape))
        score = aggregate(members, weights, upper.node.aggregate, upper.node.power)
        if np.isnan(members).any():
            present = (weights * ~np.isnan(members)).sum(axis=-1) / weights.sum(axis=-1)
            score = np.where(present >= upper.node.coverage - 1e-12, score, np.nan)
        known[upper.node.id] = score
    return known[uppers[-1].node.id]


def blocks(draws: int, cells: int) -> Iterator[slice]:
    """Slices of the draws, each with no more than CELLS numbers at `cells` numbers a draw."""
    step = max(1, CELLS // max(cells, 1))
    for first in range(0, draws, step):
        yield slice(first, min(first + step, draws))


def taken(draws: Draws, rows: IntArray | slice) -> dict[str, FloatArray]:
    """Some of the draws."""
    return {node: weights[rows] for node, weights in draws.items()}


# ---------------------------------------------------------------- weights


def dirichlet(
    uppers: tuple[Upper, ...], draws: int, generator: np.random.Generator, spread: float
) -> dict[str, FloatArray]:
    """Weights of sum 1 around the nominal ones, which are their means: none is negative, and a small one stays small.
    `spread`: the relative standard deviation of a weight of a half; concentration = 1 / spread² − 1."""
    concentration = 1.0 / spread**2 - 1.0
    found = {}
    for upper in uppers:
        share = upper.weights / upper.weights.sum()
        drawn = generator.gamma(share * concentration, size=(draws, share.size)) + LEAST_WEIGHT * share
        found[upper.node.id] = drawn / drawn.sum(axis=1, keepdims=True)
    return found


def noisy(
    uppers: tuple[Upper, ...], draws: int, generator: np.random.Generator, spread: float
) -> dict[str, FloatArray]:
    """Every weight times a uniform number within ± `spread` of 1 (COINr's way)."""
    return {
        upper.node.id: upper.weights * generator.uniform(1 - spread, 1 + spread, (draws, upper.weights.size))
        for upper in uppers
    }


# ---------------------------------------------------------------- ranks


def ranks_of(scores: FloatArray) -> FloatArray:
    """(K, U) 1 = highest, equal scores share the best of their ranks, NaN without a score."""
    level = -np.round(scores, SAME)
    order = np.argsort(level, axis=1, kind="stable")  # NaN last
    ordered = np.take_along_axis(level, order, 1)
    fresh = np.ones(ordered.shape, dtype=np.bool_)
    fresh[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    rank = np.maximum.accumulate(np.where(fresh, np.arange(1, scores.shape[1] + 1), 0), axis=1).astype(np.float64)
    found = np.empty(scores.shape)
    np.put_along_axis(found, order, rank, 1)
    return np.where(np.isnan(scores), np.nan, found)


def shift(ranks: FloatArray, nominal: FloatArray) -> FloatArray:
    """(K,) mean absolute difference of ranks (K, U) from the nominal ones (U,), over the units that have both."""
    away = np.abs(ranks - nominal)
    known = ~np.isnan(away)
    number = known.sum(axis=-1)
    return np.asarray(np.where(number > 0, np.where(known, away, 0.0).sum(axis=-1) / np.maximum(number, 1), np.nan))
