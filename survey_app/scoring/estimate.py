"""What the count leaves of the sheets: item scores θ, their numbers n, and the covariance Σ of unit·sub-index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np

from survey_app.scoring import corating, fits, intervals, leniency, subscores
from survey_app.scoring.corating import CoRaters
from survey_app.scoring.covariates import Profile, covariates
from survey_app.scoring.fits import Components, Design, Fit, Model
from survey_app.scoring.leaf import Leaf
from survey_app.scoring.normalise import FloatArray, slope
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import Block, BoolArray, IntArray, Sheets, changes
from survey_app.scoring.subscores import Columns, SubScores, UnitSums

LEAST_ITEMS = 2
LEAST_FOR_FEAR = 100  # sheets
SURE = 9  # decimals that every machine computes alike
Matrix = tuple[tuple[float, ...], ...]
OptionalMatrix = tuple[tuple[float | None, ...], ...]
Counts = tuple[tuple[int, ...], ...]


class SubIndexItems(msgspec.Struct, frozen=True):
    """The items of one sub-index that are asked in the whole group, with the plan's weights (0 = shown only)."""

    id: str
    items: tuple[str, ...]
    weights: tuple[float, ...]


class Linkage(msgspec.Struct, frozen=True):
    """What the adjustment rests on: businesses that rated two units or more; (U,) share of a unit's sheets that are
    theirs; units that no chain of businesses joins to the largest set of joined ones."""

    businesses: int
    shares: tuple[float, ...]
    apart: tuple[int, ...]


class Fear(msgspec.Struct, frozen=True):
    """What fear adds to scores, over all units of the group, on 0–100: a step of the fear question adds `step`; if all
    businesses gave its lowest answer, scores would change by `without`."""

    step: float
    without: float


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
    linkage: Linkage | msgspec.UnsetType = msgspec.UNSET
    fear: Fear | msgspec.UnsetType | None = msgspec.UNSET
    sandwich: float | msgspec.UnsetType | None = msgspec.UNSET

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

    def sub_score(self, name: str) -> FloatArray:
        """θ_us (U,) of one sub-index."""
        place = [sub.id for sub in self.sub_indices].index(name)
        return np.asarray(self.sub_scores()[:, place])

    def item(self, name: str) -> FloatArray:
        """θ_uj (U,) of one item, NaN without answers."""
        place = [item for sub in self.sub_indices for item in sub.items].index(name)
        return np.asarray(self.theta_array()[:, place])

    def covariance_array(self) -> FloatArray | None:
        """Σ, symmetric and with no negative eigenvalue (rounding can make one); None where it is unknown."""
        return intervals.positive_part(np.array(self.covariance)) if self.covariance else None


class Estimates(msgspec.Struct, frozen=True):
    groups: tuple[GroupEstimate, ...]


def estimate(
    plan: Plan,
    groups: Sequence[Sheets],
    left_out: Sequence[BoolArray] | None = None,
    rounded: bool = True,
    model: Model = leniency.fit_mixed,
) -> Estimates:
    """Estimate every peer group. `left_out` (a mask (n,) a group) are flagged sheets: the base case is without them.

    `rounded` as the count stores it: θ to 0.1; of Σ between units only what many businesses have in common, to two
    significant digits and symmetric; negative eigenvalues are taken out where Σ is read (`covariance_array`), so that
    what is stored has few digits on every machine.
    """
    masks = left_out if left_out is not None else [np.zeros(sheets.count, dtype=np.bool_) for sheets in groups]
    pairs = zip(groups, masks, strict=True)
    return Estimates(tuple(estimate_group(plan, sheets, mask, rounded, model) for sheets, mask in pairs))


def entering(sheets: Sheets, left_out: BoolArray) -> BoolArray:
    """(n,) the sheets that a group's estimate rests on; whatever is published beside it must rest on the same ones."""
    return np.asarray(~left_out & sheets.half_answered())


def estimate_group(
    plan: Plan, sheets: Sheets, left_out: BoolArray, rounded: bool = True, model: Model = leniency.fit_mixed
) -> GroupEstimate:
    """One peer group; sheets that are left out, or less than half answered, do not enter."""
    group = CountedGroup(plan, sheets, left_out)
    design = group.design()
    fit = group.fitted(model, design)
    sums, facts = group.sums(fit), group.medians()
    theta = subscores.item_scores(sums.by_unit, group.columns, group.centre, fit.theta)
    theta = np.where(group.columns.adjustable, theta, facts.theta)
    spread = group.spread(fit, sums, facts, theta)
    covariance = spread.kept(corating.co_raters(group.counted)) if rounded else spread.whole()
    n, n_sub, everybody = group.businesses()
    return GroupEstimate(
        id=sheets.group.id,
        units=sheets.group.units,
        kinds=sheets.group.kinds,
        sub_indices=group.subs,
        theta=_optional(theta, 1 if rounded else None),
        n=_counts(n),
        n_sub=_counts(n_sub),
        n_sheets=tuple(everybody.tolist()),
        businesses=tuple(everybody.tolist()),
        covariance=_stored(covariance, rounded),
        components=_short(fit.components) if rounded else fit.components,
        linkage=linkage_of(design, rounded),
        fear=group.fear(fit, design, rounded),
        sandwich=spread.ratio(),
    )


class Facts(msgspec.Struct, frozen=True):
    """Medians on 0–100: theta (U, J), NaN elsewhere; influence: column → (n,) of each sheet on its unit's."""

    theta: FloatArray
    influence: dict[int, FloatArray]


class Sums(msgspec.Struct, frozen=True):
    """Sums by unit; mass (U,) = A 1; parts (S, U, J) = A · `SubScores.parts`."""

    by_unit: UnitSums
    mass: FloatArray
    parts: FloatArray


class Shares(msgspec.Struct, frozen=True):
    """item (U, J) of its sub-index; adjusted (U, S) of the sub-index's adjustable items together."""

    item: FloatArray
    adjusted: FloatArray


class Spread(msgspec.Struct, frozen=True):
    """Covariances (U·S, U·S), unit-major: by businesses' influence, of the whole scores and of their adjusted part; of
    the model for the adjusted part, None where there is none; of client bases, which no business's influence shows."""

    by_influence: FloatArray
    adjusted: FloatArray
    model: FloatArray | None
    homes: FloatArray
    units: int

    def whole(self) -> FloatArray:
        """What a statistician is told."""
        return self.by_influence + self.homes if self.model is None else self.model + self._facts()

    def kept(self, raters: CoRaters) -> FloatArray:
        """What the count may leave: between units nothing from which one business's answers could be solved."""
        if self.model is None:
            return corating.in_common(self.by_influence, raters) + self.homes
        own = np.kron(np.eye(self.units), np.ones((self.model.shape[0] // max(self.units, 1),) * 2))
        return np.asarray(self.model + own * self._facts())

    def _facts(self) -> FloatArray:
        """What medians add, alone and together with the adjusted part."""
        return self.by_influence - self.adjusted

    def ratio(self) -> float | None:
        """Median over pairs of units of the influence's standard error of their difference to the model's (mean over
        sub-indices): near 1 where the model holds."""
        if self.model is None or np.isnan(self.adjusted).any():
            return None
        size = self.model.shape[0] // self.units
        mean = np.kron(np.eye(self.units), np.full((1, size), 1.0 / size))
        pairs = np.triu_indices(self.units, 1)
        both = []
        for covariance in (self.adjusted + self.homes, self.model):
            units = mean @ covariance @ mean.T
            both.append((np.diag(units)[:, None] + np.diag(units) - units - units.T)[pairs])
        known = (both[0] > 0) & (both[1] > 0)
        return round(float(np.median(np.sqrt(both[0][known] / both[1][known]))), 2) if known.any() else None


class CountedGroup:
    """A peer group's counted sheets, gone through block by block; columns are the items in the sub-indices' order."""

    def __init__(self, plan: Plan, sheets: Sheets, left_out: BoolArray) -> None:
        self.plan = plan
        self.counted = sheets.only(entering(sheets, left_out))
        self.units = len(sheets.group.units)
        self.subs = _sub_indices(plan, sheets.group.items)
        self.leaves = [plan.leaf(item) for sub in self.subs for item in sub.items]
        self.columns = _columns(self.subs, self.leaves)
        profile = (
            self.counted.unit,
            self.counted.business,
            self.counted.home,
            self.counted.fear,
            self.counted.segments,
        )
        self.known = covariates(Profile(*profile))
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
        effective = self.plan.effective_weights()
        weights = np.array([effective[sub.id] for sub in self.subs], dtype=np.float64)
        return Design(counted.unit, counted.business, self.units, counted.home, known.values, known.reference, weights)

    def fear(self, fit: Fit, design: Design, rounded: bool) -> Fear | None:
        """None where it was not estimated, or too few sheets would stand behind it."""
        column = self.known.fear
        if fit.effects is None or column is None or (rounded and self.counted.count < LEAST_FOR_FEAR):
            return None
        there = self.centre.estimable
        weights = design.weights[there] / max(float(design.weights[there].sum()), fits.SAME)
        step = float(fit.effects[column] @ weights)
        values = self.known.values[:, column]
        without = step * float(values.min() - values.mean())
        digits = 1 if rounded else SURE
        return Fear(round(round(step, SURE), digits), round(round(without, SURE), digits))

    def fitted(self, model: Model, design: Design) -> Fit:
        """The model on the sub-indices that adjustable items make; NaN in the others (they rest on medians alone)."""
        there = self.centre.estimable
        weights = design.weights[there]
        weights = weights / weights.sum() if weights.sum() > 0 else np.full(weights.size, 1.0 / max(weights.size, 1))
        inner = model(self.y()[:, there], msgspec.structs.replace(design, weights=weights))
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
            parts += [weights @ scores.parts(self.columns, s) for s in range(size)]
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


def _put_back(part: FloatArray | None, there: BoolArray, units: int) -> FloatArray | None:
    """A covariance of the sub-indices that are `there`, with nothing for the others."""
    if part is None:
        return None
    place = np.tile(there, units)
    found = np.zeros((place.size, place.size))
    found[np.ix_(place, place)] = part
    return found


def linkage_of(design: Design, rounded: bool) -> Linkage:
    """Shares to a tenth where rounded, the number of businesses down to a ten."""
    several = leniency.several(design)
    theirs = several[design.place] if design.unit.size else np.zeros(0, dtype=np.bool_)
    n = np.bincount(design.unit, minlength=design.units)
    share = np.bincount(design.unit, weights=theirs, minlength=design.units) / np.maximum(n, 1)
    matrix = np.zeros((design.units, design.units))
    for one, other in fits.pairs(design.business):
        matrix += fits.by_pair(design.unit[one], design.unit[other], np.ones(one.size), design.units)
    joined = fits.largest_joined(matrix + matrix.T)
    number = int(several.sum())
    return Linkage(
        number // 10 * 10 if rounded else number,
        tuple(round(float(part), 1 if rounded else SURE) for part in share),
        tuple(int(u) for u in np.flatnonzero(~joined & (n > 0))),
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
        np.add.at(found, block.unit[order][first], np.logical_or.reduceat(flags(block)[order], first, axis=0))
    return found


def _counts(numbers: IntArray) -> Counts:
    return tuple(tuple(row) for row in numbers.tolist())


def _short(ratios: Components | None) -> Components | None:
    """Two significant digits."""
    return None if ratios is None else Components(*(_digits(ratio) for ratio in msgspec.structs.astuple(ratios)))


def _digits(value: float) -> float:
    """Two significant digits, rounded twice: the last bits differ between machines."""
    return float(f"{float(f'{value:.{SURE}e}'):.1e}")


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
    return tuple(tuple(_digits(value) for value in row) for row in symmetric.tolist())
