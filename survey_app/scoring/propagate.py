"""Uncertainty through the tree: from Σ of the sub-indices to standard errors and covariances of every node.

In a linear plan a node is a weighted sum of its unit's sub-index scores, so its variance is w′Σw: exact, for any
weights. Other plans send 1,000 draws of the sub-index scores through the whole tree.
"""

from __future__ import annotations

import numpy as np

from survey_app.scoring import figures, relative
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.figures import Given, Scored
from survey_app.scoring.intervals import NORMAL_95
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan
from survey_app.scoring.tree import GroupTree

DRAWS = 1_000


class ScoredGroup:
    """One peer group's tree with its uncertainty: U units, S sub-indices. `point` is the tree at the estimates."""

    def __init__(self, plan: Plan, group: GroupEstimate, given: Given) -> None:
        self.plan, self.group, self.given = plan, group, given
        self.sub = group.sub_scores()
        self.covariance = group.covariance_array()
        self.counted = np.array(group.n_sheets) > 0
        self.figures = self._figures()
        self.point = self._tree(self.sub[None])
        self.linear = plan.is_linear()
        self.samples = self._corners() if self.linear else self._draws()

    def _figures(self) -> dict[str, Scored]:
        given = {"hard": self.given.hard, "panel": self.given.panel}
        group, earlier = self.group, self.given.earlier
        return {
            leaf.id: figures.scored(leaf, group.units, group.kinds, given[leaf.source], earlier.get(leaf.id, ()))
            for leaf in self.plan.leaves
            if leaf.source != "question"
        }

    def _tree(self, sub: FloatArray) -> GroupTree:
        """The tree for sub-index scores (K, U, S)."""
        columns = {
            each.id: relative.sub_index(self.plan, each, self.group, sub[:, :, s], self.given.earlier)
            for s, each in enumerate(self.group.sub_indices)
        }
        return GroupTree(self.plan, columns, self.figures, self.counted)

    def _corners(self) -> GroupTree:
        """The tree at 0 and at 100 in each sub-index alone: in a linear plan this gives every derivative exactly."""
        size = self.sub.shape[1]
        corners = np.vstack([np.zeros(size), 100.0 * np.eye(size)])
        return self._tree(np.where(np.isnan(self.sub), np.nan, corners[:, None, :]))

    def _draws(self) -> GroupTree:
        """The tree at 1,000 draws, in the order of the units' codes: their order in the data changes nothing."""
        if self.covariance is None:
            return self.point
        order = np.argsort(np.array(self.group.units), kind="stable")
        units, size = self.sub.shape
        place = (order[:, None] * size + np.arange(size)).ravel()
        values, vectors = np.linalg.eigh(self.covariance[np.ix_(place, place)])
        generator = np.random.Generator(np.random.PCG64(self.given.seed))
        noise = generator.standard_normal((DRAWS, place.size)) @ (vectors * np.sqrt(np.clip(values, 0.0, None))).T
        drawn = np.empty((DRAWS, units, size))
        drawn[:, order] = noise.reshape(DRAWS, units, size)
        return self._tree(np.clip(self.sub + drawn, 0.0, 100.0))  # no sheet gives less or more

    def value(self, node: str) -> FloatArray:
        """(U,) the node's scores on the shown scale, NaN = none."""
        return np.asarray(self.point.nodes[node].values[0])

    def slope(self, node: str) -> FloatArray:
        """(U, S) derivative of a linear plan's node by its unit's sub-index scores; 0 where it has no value."""
        values = self.samples.nodes[node].values
        return np.asarray(np.nan_to_num((values[1:] - values[0]) / 100.0).T)

    def node_covariance(self, node: str) -> FloatArray | None:
        """(U, U) sampling covariance of the node's scores, between units too; None where it is unknown."""
        if self.covariance is None:
            return None
        if not self.linear:
            return np.atleast_2d(np.cov(self.samples.nodes[node].values, rowvar=False))
        units, size = self.sub.shape
        slope, blocks = self.slope(node), self.covariance.reshape(units, size, units, size)
        return np.asarray(np.einsum("us,usvt,vt->uv", slope, blocks, slope, optimize=True))

    def spread(self, node: str) -> FloatArray | None:
        """(U,) standard errors; NaN where the score is missing or one business alone stands behind it."""
        covariance = self.node_covariance(node)
        if covariance is None:
            return None
        known = ~np.isnan(self.value(node)) & (np.array(self.group.businesses) > 1)
        return np.where(known, np.sqrt(np.clip(np.diag(covariance), 0.0, None)), np.nan)

    def ends(self, node: str, spread: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        """(U,) lower and upper ends of the 95 % interval: normal in a linear plan, else quantiles of the draws."""
        value = self.value(node)
        if spread is None:
            return np.full(value.size, np.nan), np.full(value.size, np.nan)
        if self.linear:
            return value - NORMAL_95 * spread, value + NORMAL_95 * spread
        low, high = np.quantile(self.samples.nodes[node].values, [0.025, 0.975], axis=0)
        return np.where(np.isnan(spread), np.nan, low), np.where(np.isnan(spread), np.nan, high)

    def n(self, node: str) -> tuple[int, ...]:
        """(U,) sheets behind a node: for a sub-index those that answer half of it, above it all."""
        for s, sub in enumerate(self.group.sub_indices):
            if sub.id == node:
                return tuple(row[s] for row in self.group.n_sub)
        return self.group.n_sheets
