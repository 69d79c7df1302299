"""A peer group's counted sheets on the way to its estimate: scores, sums and influence, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from survey_app.scoring import fits, intervals, subscores
from survey_app.scoring.covariates import Profile, covariates
from survey_app.scoring.estimates import SURE, Fear, SubIndexItems
from survey_app.scoring.fits import Design, Fit, Model
from survey_app.scoring.leaf import Leaf
from survey_app.scoring.normalise import FloatArray, slope
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import Block, BoolArray, IntArray, Sheets, changes
from survey_app.scoring.spread import Spread
from survey_app.scoring.subscores import Columns, SubScores, UnitSums

LEAST_ITEMS = 2
LEAST_FOR_FEAR = 100  # sheets


def entering(sheets: Sheets, left_out: BoolArray) -> BoolArray:
    """(n,) the sheets that a group's estimate rests on; whatever is published beside it must rest on the same ones."""
    return np.asarray(~left_out & sheets.half_answered())


class Facts(msgspec.Struct, frozen=True):
    """Medians on 0–100: theta (U, J), NaN elsewhere; influence: column → (n,) of each sheet on its unit's."""

    theta: FloatArray
    influence: dict[int, FloatArray]


class Sums(msgspec.Struct, frozen=True):
    """Sums by unit; mass (U,) = A 1; parts (S, U, J) = `SubScores.parts` weighted by A."""

    by_unit: UnitSums
    mass: FloatArray
    parts: FloatArray


class Shares(msgspec.Struct, frozen=True):
    """item (U, J) of its sub-index; adjusted (U, S) of the sub-index's adjustable items together."""

    item: FloatArray
    adjusted: FloatArray


class CountedGroup:
    """A peer group's counted sheets, gone through block by block; columns are the items in the sub-indices' order."""

    def __init__(self, plan: Plan, sheets: Sheets, left_out: BoolArray) -> None:
        self.plan = plan
        self.counted = sheets.only(entering(sheets, left_out))
        self.units = len(sheets.group.units)
        self.subs = _sub_indices(plan, sheets.group.items)
        self.leaves = [plan.leaf(item) for sub in self.subs for item in sub.items]
        self.columns = _columns(self.subs, self.leaves)
        own = self.counted
        self.known = covariates(Profile(own.unit, own.business, own.home, own.fear, own.segments))
        self.order = [sheets.group.items.index(leaf.id) for leaf in self.leaves]
        self.totals, self.n = self._totals()
        self.centre = subscores.centre(self.totals, self.n, self.columns)

    def _totals(self) -> tuple[FloatArray, IntArray]:
        """Sum and number (J,) of the answers to each item, on 0–100."""
        totals, n = np.zeros(len(self.leaves)), np.zeros(len(self.leaves), dtype=np.int64)
        for block in self.counted.blocks():
            z = self._mapped(block)
            totals += np.nan_to_num(z).sum(axis=0)
            n += (~np.isnan(z)).sum(axis=0)
        return totals, n

    def _mapped(self, block: Block) -> FloatArray:
        """Answers on 0–100 (m, J); median columns stay empty, since their goalposts act on the statistic."""
        z = np.full((block.unit.size, len(self.leaves)), np.nan)
        for j, (leaf, place) in enumerate(zip(self.leaves, self.order, strict=True)):
            if leaf.adjustable:
                z[:, j] = leaf.mapped(block.x[:, place])
        return z

    def _scores(self, block: Block) -> SubScores:
        return subscores.sub_scores(self._mapped(block), self.columns, self.centre)

    def deviations(self) -> Iterator[FloatArray]:
        """(m, J) answers on 0–100 less the item's mean, NaN for none and for medians."""
        for block in self.counted.blocks():
            yield self._mapped(block) - self.centre.item_means

    def y(self, without: str | None = None) -> FloatArray:
        """(n, S) the sheets' sub-index scores, NaN where a sub-index has no weight; as if `without` had none."""
        kept = np.array([leaf.id != without for leaf in self.leaves], dtype=np.bool_)
        columns = msgspec.structs.replace(self.columns, weight=np.where(kept, self.columns.weight, 0.0))
        around = subscores.centre(self.totals, self.n, columns)
        y = np.empty((self.counted.count, columns.sub_indices))
        for block in self.counted.blocks():
            y[block.at] = subscores.sub_scores(self._mapped(block), columns, around).y
        return y

    def design(self) -> Design:
        """Who said something about whom, and what is known of them."""
        counted, known = self.counted, self.known
        weights = self.plan.shares_among([sub.id for sub in self.subs])
        return Design(counted.unit, counted.business, self.units, counted.home, known.values, known.reference, weights)

    def fear(self, fit: Fit, design: Design, rounded: bool) -> Fear | None:
        """None where it was not estimated, or too few sheets would stand behind it."""
        column = self.known.fear
        if fit.effects is None or column is None or (rounded and self.counted.count < LEAST_FOR_FEAR):
            return None
        there = self.centre.estimable
        step = float(fit.effects[column] @ _of_sum_one(design.weights[there]))
        values = self.known.values[:, column]
        without = step * float(values.min() - values.mean())
        digits = 1 if rounded else SURE
        return Fear(round(round(step, SURE), digits), round(round(without, SURE), digits))

    def fitted(self, model: Model, design: Design) -> Fit:
        """The model on the sub-indices that adjustable items make; NaN in the others (they rest on medians alone)."""
        there = self.centre.estimable
        weighed = msgspec.structs.replace(design, weights=_of_sum_one(design.weights[there]))
        inner = model(self.y()[:, there], weighed)
        if there.all():
            return inner
        theta, residuals = np.full((self.units, there.size), np.nan), np.full((design.unit.size, there.size), np.nan)
        theta[:, there], residuals[:, there] = inner.theta, inner.residuals
        covariance, homes = (_put_back(part, there, self.units) for part in (inner.covariance, inner.homes))
        return msgspec.structs.replace(inner, theta=theta, residuals=residuals, covariance=covariance, homes=homes)

    def sums(self, fit: Fit) -> Sums:
        """What the item scores and the covariance need of all sheets."""
        units, width, size = self.units, len(self.leaves), self.columns.sub_indices
        mass, parts = np.zeros(units), np.zeros((size, units, width))
        by_unit = UnitSums(*(np.zeros((units, width)) for _ in range(3)))
        for block in self.counted.blocks(units):
            scores, weights = self._scores(block), fit.weights(block.at)
            member = fits.member(block.unit, units)
            by_unit += subscores.unit_sums(scores, self.columns, self.centre, member)
            mass += weights.sum(axis=1)
            parts += [scores.parts(weights, self.columns, s) for s in range(size)]
        return Sums(by_unit, mass, parts)

    def medians(self) -> Facts:
        counted = self.counted
        theta, influence = np.full((self.units, len(self.leaves)), np.nan), {}
        for j, (leaf, place) in enumerate(zip(self.leaves, self.order, strict=True)):
            if leaf.adjustable:
                continue
            low, high = leaf.scale.ends()
            x, influence[j] = counted.x(place), np.zeros(counted.count)
            for u in range(self.units):
                rows = np.flatnonzero((counted.unit == u) & ~np.isnan(x))
                if rows.size:
                    middle, psi = intervals.median_influence(x[rows])
                    theta[u, j] = leaf.score(middle)
                    influence[j][rows] = psi * slope(middle, low, high, leaf.direction, leaf.scale.outside)
        return Facts(theta, influence)

    def spread(self, fit: Fit, sums: Sums, facts: Facts, theta: FloatArray) -> Spread:
        """The uncertainty of the sub-index scores, from the influence of each sheet summed by business and, where the
        fit has one, from its model."""
        size = self.units * self.columns.sub_indices
        whole, adjusted, clusters = np.zeros((size, size)), np.zeros((size, size)), 0
        shares = self._shares(theta)
        for block in self.counted.blocks(2 * size):
            own, fact = self._influence(block, fit, sums, facts, shares)
            psi = intervals.by_business(own.reshape(-1, size), block.business)
            adjusted += psi.T @ psi
            clusters += psi.shape[0]
            if facts.influence:
                psi = psi + intervals.by_business(fact.reshape(-1, size), block.business)
            whole += psi.T @ psi
        scale = shares.adjusted.ravel()
        around = np.outer(scale, scale)
        model = None if fit.covariance is None else around * fit.covariance
        homes = np.zeros((size, size)) if fit.homes is None else around * fit.homes
        influence = intervals.sandwich(whole, clusters), intervals.sandwich(adjusted, clusters)
        return Spread(*influence, model, homes, self.units)

    def _shares(self, theta: FloatArray) -> Shares:
        """What each item has of its sub-index in each unit, where it has answers."""
        present = np.where(np.isnan(theta), 0.0, self.columns.weight)
        inside = [self.columns.sub == s for s in range(self.columns.sub_indices)]
        total = np.stack([present[:, own].sum(axis=1) for own in inside], axis=1)
        item = present / np.where(total > 0, total, 1.0)[:, self.columns.sub]
        adjusted = np.where(self.columns.adjustable, item, 0.0)
        return Shares(item, np.stack([adjusted[:, own].sum(axis=1) for own in inside], axis=1))

    def _influence(
        self, block: Block, fit: Fit, sums: Sums, facts: Facts, shares: Shares
    ) -> tuple[FloatArray, FloatArray]:
        """(m, U, S) influence of each sheet on each unit's sub-index: of its adjusted part, through the sheet's own
        answers and through m̄_j; and of its facts."""
        columns, weights = self.columns, fit.weights(block.at).T
        own = np.zeros((block.unit.size, *fit.theta.shape))
        fact = np.zeros(own.shape) if facts.influence else own
        centred = self._scores(block).deviation / np.maximum(self.centre.n, 1)
        mine = fits.member(block.unit, self.units).T
        for s in range(columns.sub_indices):
            if self.centre.estimable[s]:
                direct = weights * fit.residuals[block.at, s][:, None]
                effect = subscores.mean_effect(self.centre, columns, s, sums.mass, sums.parts[s])
                own[:, :, s] = (direct + centred @ effect.T) * shares.adjusted[:, s]
            for j in np.flatnonzero((columns.sub == s) & ~columns.adjustable):
                fact[:, :, s] += mine * facts.influence[int(j)][block.at, None] * shares.item[:, j]
        return own, fact

    def businesses(self) -> tuple[IntArray, IntArray, IntArray]:
        """Businesses that answered each item (U, J), at least half of each sub-index (U, S), and sent a sheet (U,)."""
        width = len(self.leaves)

        def flags(block: Block) -> BoolArray:
            answered, asked = block.answered()[:, self.order], block.asked[:, self.order]
            sent = np.ones((block.unit.size, 1), dtype=np.bool_)
            return np.hstack([answered, _half_of_each(answered, asked, self.columns), sent])

        found = businesses(self.counted, flags)
        return found[:, :width], found[:, width:-1], found[:, -1]


def _of_sum_one(weights: FloatArray) -> FloatArray:
    """Equal where all are 0."""
    total = float(weights.sum())
    return weights / total if total > 0 else np.full(weights.size, 1.0 / max(weights.size, 1))


def _put_back(part: FloatArray | None, there: BoolArray, units: int) -> FloatArray | None:
    """A covariance of the sub-indices that are `there`, with nothing for the others."""
    if part is None:
        return None
    place = np.tile(there, units)
    found = np.zeros((place.size, place.size))
    found[np.ix_(place, place)] = part
    return found


def _sub_indices(plan: Plan, items: tuple[str, ...]) -> tuple[SubIndexItems, ...]:
    """The plan's sub-indices as far as the group is asked them; one with fewer than two weighted items there is not
    estimated there, and its weight goes to the others."""
    found = []
    for sub in plan.sub_indices():
        pairs = [(leaf.id, weight) for leaf, weight in zip(sub.leaves, sub.weights, strict=True) if leaf.id in items]
        if sum(weight > 0 for _, weight in pairs) >= LEAST_ITEMS:
            found.append(SubIndexItems(sub.id, tuple(item for item, _ in pairs), tuple(weight for _, weight in pairs)))
    return tuple(found)


def _columns(subs: tuple[SubIndexItems, ...], leaves: list[Leaf]) -> Columns:
    return Columns(
        sub=np.repeat(np.arange(len(subs)), [len(sub.items) for sub in subs]),
        weight=np.array([weight for sub in subs for weight in sub.weights], dtype=np.float64),
        adjustable=np.array([leaf.adjustable for leaf in leaves], dtype=np.bool_),
        sub_indices=len(subs),
    )


def _half_of_each(answered: BoolArray, asked: BoolArray, columns: Columns) -> BoolArray:
    """(n, S) at least half of the sub-index's items asked on the sheet are answered."""
    member = (columns.sub[:, None] == np.arange(columns.sub_indices)[None, :]).astype(np.int64)
    n_asked, n_answered = asked @ member, answered @ member
    enough: BoolArray = (n_answered > 0) & (2 * n_answered >= n_asked)
    return enough


def businesses(sheets: Sheets, flags: Callable[[Block], BoolArray]) -> IntArray:
    """(U, K) businesses with a flagged sheet on the unit, each once; `flags` gives a block's mask (m, K)."""
    units = len(sheets.group.units)
    found = np.zeros((units, flags(sheets.block(slice(0, 0))).shape[1]), dtype=np.int64)
    for block in sheets.blocks():
        pair = np.unique(block.business, return_inverse=True)[1] * units + block.unit
        order = np.argsort(pair, kind="stable")
        first = np.flatnonzero(changes(pair[order]))
        each = np.logical_or.reduceat(flags(block)[order], first, axis=0)
        found += (fits.member(block.unit[order][first], units) @ each).astype(np.int64)
    return found
