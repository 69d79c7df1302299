"""A peer group under other weights, by the engine itself, from nothing but what a browser has too.

The shown scores of the sub-indices stand in for a group's estimates, in a plan that begins above them: so intervals,
chances and tiers come from the same code as the published ones.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from survey_app.results.what_if import Branch, Delivered
from survey_app.scoring.estimates import GroupEstimate, SubIndexItems
from survey_app.scoring.figures import Given
from survey_app.scoring.leaf import Leaf, Normalise
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Node, Plan, ShownOn, Tiers
from survey_app.scoring.what_if import Order, order, what_if

ANSWERS = "/answers"  # what stands below a sub-index in place of its questions
ABSOLUTE = Normalise("goalposts", 0.0, 100.0, outside="keep")

Weights = Mapping[str, float]


class Tried(msgspec.Struct, frozen=True):
    """A group under some weights: score, standard error and 95 % interval (U,); the order of the ranked units, None
    where there are too few."""

    scores: FloatArray
    errors: FloatArray
    low: FloatArray
    high: FloatArray
    order: Order | None


class Shown(GroupEstimate, frozen=True):
    """A peer group of which only shown numbers are known. Nothing is cut off its covariance: a browser, which has the
    same numbers, does not decompose it either."""

    def covariance_array(self) -> FloatArray | None:
        """(U·R, U·R) as it was handed out."""
        return np.array(self.covariance)


def tried(numbers: Delivered, weights: Weights) -> Tried:
    """The group under these weights of nodes, the others as the plan has them. Raises NotVaried for weights that
    cannot be."""
    scored = what_if(reduced_plan(numbers), reduced_group(numbers), figures(numbers), weights)
    node = numbers.tree.id
    spread = scored.spread(node)
    if spread is None:
        raise ValueError("of shown units the covariance is known")
    low, high = scored.ends(node, spread)
    members = numbers.ranked
    found = order(scored, numbers.part, node, members) if members else None
    return Tried(scored.value(node), spread, low, high, found)


def reduced_plan(numbers: Delivered) -> Plan:
    """The plan above the sub-indices: each of them counts as one question, each fixed part as the panel's points."""
    questions = tuple(Leaf(part + ANSWERS, statistic="mean", normalise=ABSOLUTE) for part in numbers.rated)
    panel = tuple(Leaf(part, "panel", normalise=ABSOLUTE) for part in numbers.fixed)

    def node(one: Branch) -> Node:
        if one.id in numbers.rated:
            return Node(one.id, one.weight, children=(Node(one.id + ANSWERS, 1.0),))
        children = tuple(map(node, one.children))
        return Node(one.id, one.weight, aggregate="sum" if one.sums else "arithmetic", children=children)

    return Plan(
        "survey-app/plan/1",
        "what-if",
        node(numbers.tree),
        questions + panel,
        shown_on=ShownOn(numbers.low, numbers.high),
        tiers=Tiers(level=numbers.level),
    )


def inside(numbers: Delivered, value: float) -> float:
    """A shown score on 0–100."""
    return 100 * (value - numbers.low) / (numbers.high - numbers.low)


def reduced_group(numbers: Delivered) -> Shown:
    """The shown scores of the sub-indices as a group's estimates."""
    rated, units = len(numbers.rated), len(numbers.units)
    return Shown(
        id=numbers.group,
        units=tuple(unit.code for unit in numbers.units),
        kinds=("",) * units,
        sub_indices=tuple(SubIndexItems(part, (part + ANSWERS,), (1.0,)) for part in numbers.rated),
        theta=tuple(tuple(inside(numbers, value) for value in unit.values[:rated]) for unit in numbers.units),
        n=((2,) * rated,) * units,
        n_sub=((2,) * rated,) * units,
        n_sheets=(2,) * units,  # all of them are shown: how many there were decides nothing any more
        businesses=(2,) * units,
        covariance=tuple(map(tuple, covariance(numbers).tolist())),
    )


def covariance(numbers: Delivered) -> FloatArray:
    """(U·R, U·R) on 0–100, with the delivered products; how one divides between s, t and t, s tells no weighting."""
    size, rated = len(numbers.units), len(numbers.rated)
    rows, columns = np.triu_indices(rated)
    whole = np.zeros((size, rated, size, rated))
    pairs = ((u, v) for u in range(size) for v in range(u, size))
    for (u, v), products_ in zip(pairs, numbers.products, strict=True):
        block = np.zeros((rated, rated))
        block[rows, columns] = products_
        block = (block + block.T) / 2
        whole[u, :, v] = block
        whole[v, :, u] = block.T
    scale = 100 / (numbers.high - numbers.low)
    return whole.reshape(size * rated, size * rated) * scale**2


def figures(numbers: Delivered) -> Given:
    """The fixed parts, such as the Department's."""
    first = len(numbers.rated)
    return Given(
        panel={
            (unit.code, part): inside(numbers, value)
            for unit in numbers.units
            for part, value in zip(numbers.fixed, unit.values[first:], strict=True)
        }
    )
