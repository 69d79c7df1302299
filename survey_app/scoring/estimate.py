"""What the count leaves of the sheets: item scores θ, their numbers n, and the covariance Σ of unit·sub-index."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from survey_app.scoring import intervals, leniency, subscores
from survey_app.scoring.leaf import Leaf
from survey_app.scoring.leniency import Components, Fit
from survey_app.scoring.normalise import FloatArray, slope
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import BoolArray, IntArray, Sheets
from survey_app.scoring.subscores import Columns, SubScores

LEAST_ITEMS = 2
SURE = 9  # decimals that every machine computes alike
Matrix = tuple[tuple[float, ...], ...]
OptionalMatrix = tuple[tuple[float | None, ...], ...]
Counts = tuple[tuple[int, ...], ...]


class SubIndexItems(msgspec.Struct, frozen=True):
    """The items of one sub-index that are asked in the whole group, with the plan's weights (0 = shown only)."""

    id: str
    items: tuple[str, ...]
    weights: tuple[float, ...]


class GroupEstimate(msgspec.Struct, frozen=True):
    """One peer group. U units, J items in the sub-indices' order, S sub-indices.

    theta (U, J) on 0–100, None without answers; n (U, J) answers; n_sub (U, S) sheets with at least half of the
    sub-index answered; n_sheets (U,) sheets counted; businesses (U,) that sent them; covariance (U·S, U·S), unit-major,
    of the sub-index scores, empty where fewer than two businesses answered. `components` None: no leniency taken out.
    Every n counts businesses, once each, also where a business has several sheets on a group of teams.
    """

    id: str
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    sub_indices: tuple[SubIndexItems, ...]
    theta: OptionalMatrix
    n: Counts
    n_sub: Counts
    n_sheets: tuple[int, ...]
    businesses: tuple[int, ...]
    covariance: Matrix
    components: Components | None = None

    def theta_array(self) -> FloatArray:
        """(U, J), NaN where None."""
        rows = [[np.nan if value is None else value for value in row] for row in self.theta]
        return np.array(rows, dtype=np.float64).reshape(len(self.units), -1)

    def sub_scores(self) -> FloatArray:
        """θ_us (U, S): weighted means of the stored θ_uj; NaN where no weighted item has answers."""
        theta, first, columns = self.theta_array(), 0, []
        for sub in self.sub_indices:
            part = theta[:, first : first + len(sub.items)]
            mass = np.where(np.isnan(part), 0.0, np.array(sub.weights))
            total = mass.sum(axis=1)
            score = (mass * np.nan_to_num(part)).sum(axis=1) / np.where(total > 0, total, 1.0)
            columns.append(np.where(total > 0, score, np.nan))
            first += len(sub.items)
        return np.array(columns).reshape(len(self.sub_indices), len(self.units)).T

    def covariance_array(self) -> FloatArray | None:
        """Σ, symmetric and with no negative eigenvalue (rounding can make one); None where it is unknown."""
        return intervals.positive_part(np.array(self.covariance)) if self.covariance else None


class Estimates(msgspec.Struct, frozen=True):
    groups: tuple[GroupEstimate, ...]


def estimate(
    plan: Plan, groups: Sequence[Sheets], left_out: Sequence[BoolArray] | None = None, rounded: bool = True
) -> Estimates:
    """Estimate every peer group. `left_out` (a mask (n,) a group) are flagged sheets: the base case is without them.

    `rounded` as the count stores it: θ to 0.1, Σ to two significant digits and symmetric; negative eigenvalues are
    taken out where Σ is read (`covariance_array`), so that what is stored has few digits on every machine.
    """
    masks = left_out if left_out is not None else [np.zeros(sheets.count, dtype=np.bool_) for sheets in groups]
    pairs = zip(groups, masks, strict=True)
    return Estimates(tuple(estimate_group(plan, sheets, mask, rounded) for sheets, mask in pairs))


def entering(sheets: Sheets, left_out: BoolArray) -> BoolArray:
    """(n,) the sheets that a group's estimate rests on; whatever is published beside it must rest on the same ones."""
    return np.asarray(~left_out & sheets.half_answered())


def estimate_group(plan: Plan, sheets: Sheets, left_out: BoolArray, rounded: bool) -> GroupEstimate:
    """One peer group; sheets that are left out, or less than half answered, do not enter."""
    counted = sheets.only(entering(sheets, left_out))
    subs = _sub_indices(plan, sheets.group.items)
    leaves = [plan.leaf(item) for sub in subs for item in sub.items]
    place = {item: j for j, item in enumerate(sheets.group.items)}
    order = np.array([place[leaf.id] for leaf in leaves], dtype=np.int64)
    x, asked = counted.x[:, order], counted.asked[:, order]
    columns = _columns(subs, leaves)

    scores = subscores.sub_scores(_mapped(leaves, x), columns)
    units = len(sheets.group.units)
    fit = leniency.fit_means(scores.y, counted.unit, units)
    theta = subscores.item_scores(scores, columns, counted.unit, fit.theta)
    facts = _medians(leaves, x, counted.unit, units)
    theta = np.where(columns.adjustable, theta, facts.theta)
    influence = _influence(scores, columns, fit, facts, theta)
    covariance = intervals.sandwich(intervals.by_business(influence, counted.business))
    answered = ~np.isnan(x) & asked
    everybody = tuple(n for (n,) in businesses(np.ones((counted.count, 1), dtype=np.bool_), counted, units))
    return GroupEstimate(
        id=sheets.group.id,
        units=sheets.group.units,
        kinds=sheets.group.kinds,
        sub_indices=subs,
        theta=_optional(theta, 1 if rounded else None),
        n=businesses(answered, counted, units),
        n_sub=businesses(_half_of_each(answered, asked, columns), counted, units),
        n_sheets=everybody,
        businesses=everybody,
        covariance=_stored(covariance, rounded),
        components=fit.components,
    )


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


def _mapped(leaves: list[Leaf], x: FloatArray) -> FloatArray:
    """Answers on 0–100 (n, J); median columns stay empty, since their goalposts act on the statistic."""
    z = np.full(x.shape, np.nan)
    for j, leaf in enumerate(leaves):
        if leaf.adjustable:
            z[:, j] = leaf.mapped(x[:, j])
    return z


class Facts(msgspec.Struct, frozen=True):
    """Medians on 0–100: theta (U, J), NaN elsewhere; influence (n, J) of each sheet on its own unit's median."""

    theta: FloatArray
    influence: FloatArray


def _medians(leaves: list[Leaf], x: FloatArray, unit: IntArray, units: int) -> Facts:
    theta, influence = np.full((units, len(leaves)), np.nan), np.zeros(x.shape)
    for j, leaf in enumerate(leaves):
        if leaf.adjustable:
            continue
        low, high = leaf.scale.ends()
        for u in range(units):
            rows = np.flatnonzero((unit == u) & ~np.isnan(x[:, j]))
            if rows.size:
                middle, psi = intervals.median_influence(x[rows, j])
                theta[u, j] = leaf.score(middle)
                influence[rows, j] = psi * slope(middle, low, high, leaf.direction, leaf.scale.outside)
    return Facts(theta, influence)


def _influence(scores: SubScores, columns: Columns, fit: Fit, facts: Facts, theta: FloatArray) -> FloatArray:
    """(n, U·S) influence of each sheet on each unit's sub-index: through its own answers and through item means m̄_j."""
    units, size = fit.theta.shape
    influence = np.zeros((fit.residuals.shape[0], units, size))
    centred = scores.deviation / np.maximum(scores.answered.sum(axis=0), 1)
    present = np.where(np.isnan(theta), 0.0, columns.weight)
    for s in range(size):
        inside = columns.sub == s
        total = present[:, inside].sum(axis=1)
        scale = 1.0 / np.where(total > 0, total, 1.0)
        if scores.estimable[s]:
            adjusted = present[:, inside & columns.adjustable].sum(axis=1)
            own = fit.weights.T * fit.residuals[:, [s]]
            means = centred @ subscores.mean_effect(scores, columns, s, fit.weights).T
            influence[:, :, s] = (own + means) * (adjusted * scale)
        for j in np.flatnonzero(inside & ~columns.adjustable):
            influence[:, :, s] += (fit.weights.T > 0) * facts.influence[:, [j]] * (present[:, j] * scale)
    return influence.reshape(fit.residuals.shape[0], units * size)


def _half_of_each(answered: BoolArray, asked: BoolArray, columns: Columns) -> BoolArray:
    """(n, S) at least half of the sub-index's items asked on the sheet are answered."""
    member = (columns.sub[:, None] == np.arange(columns.sub_indices)[None, :]).astype(np.int64)
    n_asked, n_answered = asked @ member, answered @ member
    enough: BoolArray = (n_answered > 0) & (2 * n_answered >= n_asked)
    return enough


def businesses(flags: BoolArray, sheets: Sheets, units: int) -> Counts:
    """(U, K) businesses with a flagged sheet on the unit."""
    found = []
    for u in range(units):
        mine = sheets.unit == u
        _, sender = np.unique(sheets.business[mine], return_inverse=True)
        any_sheet = np.zeros((int(sender.max(initial=-1)) + 1, flags.shape[1]), dtype=np.bool_)
        np.logical_or.at(any_sheet, sender, flags[mine])
        found.append(tuple(int(n) for n in any_sheet.sum(axis=0)))
    return tuple(found)


def _optional(values: FloatArray, decimals: int | None) -> OptionalMatrix:
    exact = [[None if np.isnan(value) else float(value) for value in row] for row in values]
    if decimals is None:
        return tuple(tuple(row) for row in exact)
    # Rounded twice: sums that are equal on paper differ in the last bit between machines, and 50.05 is a tie.
    return tuple(
        tuple(None if value is None else round(round(value, SURE), decimals) for value in row) for row in exact
    )


def _stored(covariance: FloatArray, rounded: bool) -> Matrix:
    """Two significant digits of the upper triangle, mirrored; empty where it is unknown."""
    if np.isnan(covariance).any():
        return ()
    symmetric = np.triu(covariance) + np.triu(covariance, 1).T
    if not rounded:
        return tuple(tuple(row) for row in symmetric.tolist())
    return tuple(tuple(float(f"{float(f'{value:.{SURE}e}'):.1e}") for value in row) for row in symmetric.tolist())
