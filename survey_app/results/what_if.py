"""Other weights on the numbers that are shown: what is handed out of a peer group, to a browser and to `tried.py`.

Threat: scores under any weights, seen often enough, tell the sub-indices behind them to the last digit, and these would
tell answers that are shown joined (`inference.py`). So everything here starts from sub-indices *as they are shown*,
rounded and withheld; of their covariance, from the stored one (two significant digits) of what is shown. Whoever plays
with weights learns nothing that the comparison does not say already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from survey_app.results.pooled import pooled
from survey_app.results.reading import Reading
from survey_app.results.result import Result
from survey_app.scoring.estimates import GroupEstimate, Matrix
from survey_app.scoring.figures import Given
from survey_app.scoring.plan import Node
from survey_app.scoring.propagate import ScoredGroup
from survey_app.scoring.ranks import LEAST_UNITS

DIGITS = 6  # significant ones of a covariance: the stored ones have two, products of them a few more


class Branch(msgspec.Struct, frozen=True):
    """A node whose members are weighed, or without `children` one that is weighed as a whole. `sums`: the parent's
    score is the plain sum of the weighted members, not their mean."""

    id: str
    weight: float
    sums: bool = False
    children: tuple[Branch, ...] = ()

    def walk(self) -> Iterator[Branch]:
        """This branch and all below, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


class UnitNumbers(msgspec.Struct, frozen=True):
    """What is known of one unit: its scores as shown, first the `rated`, then the `fixed` ones; `decimals` of what is
    said of its whole; `ranked`: it has a place in the published order."""

    code: str
    decimals: int
    ranked: bool
    values: tuple[float, ...]


class Delivered(msgspec.Struct, frozen=True):
    """All that other weights need of a peer group of U units with R sub-indices.

    `products`: for each pair of units u ≤ v, row by row, and of sub-indices s ≤ t the coefficient of w_s·w_t in the
    covariance of their scores, Σ_us,vt + Σ_ut,vs (once for s = t). `part`: the node of the businesses' part; `low` and
    `high`: ends of the scale; `level`: the chance from which on a unit is ahead.
    """

    group: str
    part: str
    low: float
    high: float
    level: float
    tree: Branch
    rated: tuple[str, ...]
    fixed: tuple[str, ...]
    units: tuple[UnitNumbers, ...]
    products: tuple[tuple[float, ...], ...]

    @property
    def ranked(self) -> list[int]:
        """The units with a place in the order, by the order of their codes; none where they are fewer than four."""
        found = [u for u, unit in enumerate(self.units) if unit.ranked]
        return found if len(found) >= LEAST_UNITS else []

    @property
    def plan_weights(self) -> dict[str, float]:
        """The plan's own weights of everything that can be weighed."""
        return {one.id: one.weight for one in self.tree.walk() if one is not self.tree}


def delivered(reading: Reading, group: GroupEstimate, node: str, shown: Sequence[str]) -> Delivered:
    """What may be handed out of a group under the node that it is compared by. `shown`: units with a score there.

    Left out are units of which a sub-index is withheld: what other weights give of them cannot be said without it.
    """
    tree = branch(reading, reading.nodes[node], shown, 1.0)
    parts = [one.id for one in tree.walk() if not one.children]
    asked = {leaf.id for leaf in reading.plan.leaves if leaf.source == "question"}
    rated = tuple(part for part in parts if asked & {below.id for below in reading.nodes[part].walk()})
    fixed = tuple(part for part in parts if part not in rated)
    ranked = {one.unit for found in reading.result.index.groups if (found.group, found.node) == (group.id, node)
              and reading.may_rank(found) for one in found.standings}  # fmt: skip
    units = tuple(
        UnitNumbers(unit, reading.score(unit, node).decimals, unit in ranked, values)
        for unit in sorted(shown)
        if (values := values_of(reading, unit, (*rated, *fixed))) is not None
    )
    on = reading.plan.shown_on
    return Delivered(
        group=group.id,
        part=reading.business,
        low=on.min,
        high=on.max,
        level=reading.plan.tiers.level,
        tree=tree,
        rated=rated,
        fixed=fixed,
        units=units,
        products=products(reading, group, [unit.code for unit in units], rated),
    )


def branch(reading: Reading, node: Node, units: Sequence[str], weight: float) -> Branch:
    """The tree above the sub-indices, with the members that the group is asked."""
    subs = set(reading.sub_indices)
    if node.id in subs or not any(below.id in subs for below in node.walk()):
        return Branch(node.id, weight)
    members = zip(node.children, node.child_weights().tolist(), strict=True)
    children = tuple(
        branch(reading, child, units, member)
        for child, member in members
        if any(reading.score(unit, child.id).reason != "not_asked" for unit in units)
    )
    return Branch(node.id, weight, node.aggregate == "sum", children)


def values_of(reading: Reading, unit: str, parts: Sequence[str]) -> tuple[float, ...] | None:
    """The unit's scores as shown; None where one of them is not."""
    numbers = [reading.score(unit, part).number for part in parts]
    known = tuple(float(number) for number in numbers if number is not None)
    return known if len(known) == len(parts) else None


def products(reading: Reading, group: GroupEstimate, units: Sequence[str], rated: Sequence[str]) -> Matrix:
    """A row for each pair of the units; as `Delivered` has them."""
    if not units:
        return ()
    scored = ScoredGroup(reading.plan, group, given(reading))
    places = [group.units.index(unit) for unit in units]
    slopes = np.array(
        [scored.slope(part)[places] for part in rated]
    )  # (R, units, S): 1 for a sub-index of answers alone
    size = len(group.sub_indices)
    stored = np.array(group.covariance).reshape(len(group.units), size, len(group.units), size)
    rows = []
    for a, u in enumerate(places):
        for b, v in enumerate(places[a:], start=a):
            block = slopes[:, a] @ stored[u, :, v] @ slopes[:, b].T
            both = block + block.T - np.diag(np.diag(block))
            rows.append(tuple(float(f"{value:.{DIGITS}g}") for value in both[np.triu_indices(len(rated))]))
    return tuple(rows)


def given(reading: Reading) -> Given:
    """The figures of the round: of sub-indices that hold some, how much of a score answers make."""

    def results(one: Reading) -> Iterator[Result]:
        for before in one.earlier:
            yield before.result
            yield from results(before)

    figures = reading.result.figures
    return Given(
        hard={(one.unit, one.leaf): one.value for one in figures if one.source == "hard"},
        panel={(one.unit, one.leaf): one.value for one in figures if one.source == "panel"},
        earlier=pooled(reading.plan, results(reading)),
    )
