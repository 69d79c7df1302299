"""The plan's tree on numbers: from sub-index scores and figures up to the root, for many draws at once.

A child that a peer group is not asked is left out and its weight spread over the others. A child that is asked and
missing takes its parent with it, unless the parent's `coverage` allows less; then the rest is renormalised and flagged.
Where a branch of answers meets one of figures (70/30) no coverage helps: if one unit lacks the figures, its whole peer
group has no mixed score.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from survey_app.scoring import weigh
from survey_app.scoring.aggregate import aggregate
from survey_app.scoring.figures import Scored
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Node, Plan
from survey_app.scoring.sheets import BoolArray

PARTIAL = "partial"
FOR_ALL = "figure_missing_in_group"
Reasons = tuple[str | None, ...]


class Values(msgspec.Struct, frozen=True):
    """One node's or leaf's values (K, U) on the shown scale, NaN = none, and the reasons (U,). `asked` False: it does
    not exist for this group. `rated`: answers enter it."""

    values: FloatArray
    reasons: Reasons
    asked: bool = True
    rated: bool = True


class GroupTree:
    """The tree of one peer group. subs: sub-index id → θ_us (K, U) on 0–100; figures: leaf id → hard or panel score;
    counted (U,): units with answers, the only ones whose missing figures matter to the others."""

    def __init__(
        self, plan: Plan, subs: Mapping[str, FloatArray], figures: Mapping[str, Scored], counted: BoolArray
    ) -> None:
        self.plan, self.subs, self.figures, self.counted = plan, subs, figures, counted
        self.draws = max((array.shape[0] for array in subs.values()), default=1)
        self.leaves = plan.leaf_table()
        self.nodes: dict[str, Values] = {}
        self.weights: dict[str, FloatArray] = {}  # those found in the data
        self._node(plan.tree)

    def _shown(self, scores: FloatArray) -> FloatArray:
        scale = self.plan.shown_on
        return self._spread(scale.min + (scale.max - scale.min) * scores / 100.0)

    def _spread(self, scores: FloatArray) -> FloatArray:
        """(K, U): the same for every draw where it is a figure."""
        return np.asarray(np.broadcast_to(scores, (self.draws, self.counted.size)))

    def _node(self, node: Node) -> Values:
        members = self._members(node)
        asked = [(weight, values) for weight, values in members if values.asked]
        weighted = [(weight, values) for weight, values in asked if weight > 0]
        if not weighted:
            empty = np.full((self.draws, self.counted.size), np.nan)
            result = Values(empty, ("not_asked",) * self.counted.size, asked=False, rated=False)
        else:
            result = self._combined(node, weighted)
        self.nodes[node.id] = result
        return result

    def _members(self, node: Node) -> list[tuple[float, Values]]:
        """The node's members with their weights. Its question leaves count as one, with their weights' sum: they are
        the sub-index, whose own gaps are closed before."""
        members: list[tuple[float, Values]] = []
        questions = 0.0
        for child, weight in zip(node.children, node.child_weights(), strict=True):
            if not child.is_leaf:
                members.append((float(weight), self._node(child)))
            elif child.id in self.figures:
                figure = self.figures[child.id]
                values = self._shown(figure.values) if figure.bounded else self._spread(figure.values)
                leaf = Values(values, figure.reasons, figure.asked, rated=False)
                self.nodes[child.id] = leaf
                members.append((float(weight), leaf))
            elif self.leaves[child.id].source == "question":
                questions += float(weight)
        if questions and node.id in self.subs:
            values = self._shown(self.subs[node.id])
            reasons = tuple("no_answers" if np.isnan(value) else None for value in values[0])
            members.append((questions, Values(values, reasons)))
        return members

    def _combined(self, node: Node, members: list[tuple[float, Values]]) -> Values:
        values = np.stack([member.values for _, member in members], axis=-1)
        weights = self._weights(node, np.array([weight for weight, _ in members]), values[0])
        present = ~np.isnan(values[0])
        covered = (present * weights).sum(axis=-1) / weights.sum(axis=-1)
        enough = covered >= node.coverage - 1e-12
        score = aggregate(values, weights, node.aggregate, node.power)
        rated = any(member.rated for _, member in members)
        # Within a sub-index the plan's coverage may do without a figure; the Department's part is never left out.
        strict = any(not child.is_leaf and self.nodes[child.id].rated for child in node.children)
        withheld = rated and bool(((strict | ~enough) & self._lacks_figure(members) & self.counted).any())
        score = np.where(enough & (not withheld), score, np.nan)
        reasons = [
            self._reason(u, members, known=not np.isnan(score[0, u]), whole=bool(present[u].all()), withheld=withheld)
            for u in range(self.counted.size)
        ]
        return Values(score, tuple(reasons), rated=rated)

    def _weights(self, node: Node, given: FloatArray, values: FloatArray) -> FloatArray:
        """(members,), or (U, members) where each unit has its own: the plan's, or those the values (U, members) give.

        Raises NoWeights.
        """
        if node.weights not in weigh.FROM_DATA:
            return given
        try:
            found = weigh.from_data(values, node.weights)
        except weigh.NoWeights as reason:
            raise weigh.NoWeights(f"the node '{node.id}' has no weights: {reason}") from None
        self.weights[node.id] = found
        return found

    def _lacks_figure(self, members: list[tuple[float, Values]]) -> BoolArray:
        """(U,) a member without answers (the Department's part) is missing: then no unit of the group has the mixed
        score, for units with and without it cannot be compared."""
        figures = [np.isnan(member.values[0]) for _, member in members if not member.rated]
        return np.any(figures, axis=0) if figures else np.zeros(self.counted.size, dtype=np.bool_)

    @staticmethod
    def _reason(u: int, members: list[tuple[float, Values]], *, known: bool, whole: bool, withheld: bool) -> str | None:
        below = [member.reasons[u] for _, member in members]
        if known:
            return None if whole and PARTIAL not in below else PARTIAL
        first = next((reason for reason in below if reason not in (None, PARTIAL)), None)
        return first or (FOR_ALL if withheld else "outside_scale")
