"""Ballot stuffing, unit by unit: the rank with and without flagged sheets, marks of coordinated answers, the rank that
only businesses of several units decide, and how many invented sheets would lift the unit by a tier.

The invented sheets say the best of everything, come from businesses that rate this unit alone and call it their main
one, and are taken to escape every flag: what the number tells is how far the *model* resists. They enter its sums as so
many more businesses with one sheet; nothing is fitted to sheets again.
"""

from __future__ import annotations

import copy

import msgspec
import numpy as np

from survey_app.scoring import duplicates, fits, intervals, leniency, ranks, variants
from survey_app.scoring.cleaning import Flags
from survey_app.scoring.counted import CountedGroup
from survey_app.scoring.duplicates import Duplicates
from survey_app.scoring.estimate import estimate_group
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.fits import Design
from survey_app.scoring.leniency import Moments
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan
from survey_app.scoring.redraw import ranks_of
from survey_app.scoring.sheets import IntArray, Sheets

BEST = 100.0
COMPARED = 20_000  # sheets; every pair of more of them is too much to compare
MANY_UNITS = 40  # more are not searched: each try orders them all anew
TIMES = 2.0  # as many invented sheets as this times the unit's own are tried


class Stuffing(msgspec.Struct, frozen=True):
    """One unit. Ranks by expected rank, None where it takes no place; `burst`: share of its sheets in burst groups;
    `near`: near-duplicates, None where too many sheets to compare; `invented`: sheets that lift it by a tier, None for
    the first tier or where `tried` are not enough; `within_rank`: by businesses that rated several units."""

    unit: str
    sheets: int
    flagged: int
    rank: int | None
    rank_all_sheets: int | None
    tier: int | None
    burst: float
    near: Duplicates | None
    invented: int | None
    tried: int
    within_rank: int | None


def stuffing(plan: Plan, sheets: Sheets, flags: Flags, base: GroupEstimate, seed: int) -> tuple[Stuffing, ...]:
    """Every unit of one peer group; `base`: its estimate without flagged sheets. Permutations are seeded (PCG64)."""
    units = range(len(sheets.group.units))
    everything = estimate_group(plan, sheets, np.zeros(sheets.count, dtype=np.bool_), rounded=False)
    order, with_all = Order(plan, base), Order(plan, everything)
    within = _within(plan, sheets, flags)
    near = _near(sheets, seed)
    lifted = Lifted(plan, sheets, flags, order)
    n = np.bincount(sheets.unit, minlength=len(units))
    flagged = np.bincount(sheets.unit, weights=flags.flagged, minlength=len(units))
    burst = np.bincount(sheets.unit, weights=flags.burst, minlength=len(units)) / np.maximum(n, 1)
    found = []
    for u in units:
        tried = int(TIMES * max(base.n_sheets[u], 1))
        found.append(
            Stuffing(
                unit=sheets.group.units[u],
                sheets=int(n[u]),
                flagged=int(flagged[u]),
                rank=order.rank(u),
                rank_all_sheets=with_all.rank(u),
                tier=order.tier(u),
                burst=float(burst[u]),
                near=near.get(u),
                invented=lifted.least(u, tried),
                tried=tried,
                within_rank=int(within[u]) if not np.isnan(within[u]) else None,
            )
        )
    return tuple(found)


def _near(sheets: Sheets, seed: int) -> dict[int, Duplicates]:
    if not 0 < sheets.count <= COMPARED:
        return {}
    found = duplicates.near_duplicates(sheets.block().x, sheets.unit, seed)
    return {one.unit: one for one in found}


def _within(plan: Plan, sheets: Sheets, flags: Flags) -> FloatArray:
    """(U,) ranks by differences that businesses see between units; NaN for those that no business joins."""
    group = CountedGroup(plan, sheets, flags.flagged)
    y, _ = _composites(plan, group)
    if leniency.several(group.design()).sum() == 0:
        return np.full(group.units, np.nan)
    return np.asarray(ranks_of(fits.fit_within(y[:, None], group.design()).theta.T)[0])


def _composites(plan: Plan, group: CountedGroup) -> tuple[FloatArray, float]:
    """Σ w_s a_s y_s of each sheet (n,), a_s the part of the sub-index that is no median; and that of the best sheet."""
    weights = plan.shares_among([sub.id for sub in group.subs])
    columns = group.columns
    own = np.array([columns.weight[(columns.sub == s) & columns.adjustable].sum() for s in range(weights.size)])
    whole = np.array([columns.weight[columns.sub == s].sum() for s in range(weights.size)])
    parts = weights * own / whole
    there = parts > 0
    return np.asarray(group.y()[:, there] @ parts[there]), float(BEST * parts.sum())


# ---------------------------------------------------------------- order


class Order:
    """Where the units of an estimate stand by the posterior of their composite: those with enough sheets."""

    def __init__(self, plan: Plan, group: GroupEstimate) -> None:
        self.level, self.units = plan.tiers.level, group.units
        value, covariance = variants.composite(plan, group)
        self.value = value
        self.covariance = np.zeros((value.size, value.size)) if covariance is None else covariance
        floor = plan.privacy.min_score
        known = covariance is not None and bool(plan.shares_among([sub.id for sub in group.sub_indices]).sum() > 0)
        self.members = [u for u in range(value.size) if known and not np.isnan(value[u]) and group.n_sheets[u] >= floor]
        if len(self.members) < ranks.LEAST_UNITS:
            self.members = []
        self.ranks, self.tiers = self.at(self.value, self.covariance)

    def at(self, value: FloatArray, covariance: FloatArray) -> tuple[dict[int, int], dict[int, int]]:
        """Unit → rank and tier with these scores (U,) and covariance (U, U)."""
        if not self.members:
            return {}, {}
        names = [self.units[u] for u in self.members]
        post = ranks.posterior(value[self.members], covariance[np.ix_(self.members, self.members)])
        chance = ranks.beats(post)
        expected, order = ranks.in_order(names, chance)
        place = 1 + (expected[None, :] < expected[:, None]).sum(axis=1)
        tiers = ranks.tiers(chance, order, self.level)
        return dict(zip(self.members, place.tolist(), strict=True)), dict(
            zip(self.members, tiers.tolist(), strict=True)
        )

    def rank(self, u: int) -> int | None:
        return self.ranks.get(u)

    def tier(self, u: int) -> int | None:
        return self.tiers.get(u)


# ---------------------------------------------------------------- invented sheets


class Lifted:
    """The order with invented sheets about one unit."""

    def __init__(self, plan: Plan, sheets: Sheets, flags: Flags, order: Order) -> None:
        self.order = order
        group = CountedGroup(plan, sheets, flags.flagged)
        self.y, self.best = _composites(plan, group)
        self.design = msgspec.structs.replace(group.design(), weights=np.ones(1))
        self.adjusted = leniency.linked(self.design)
        self.moments = Moments(self.y[:, None], self.design) if self.adjusted else None
        self.before = self.scores(0, 0) if self.searched else (order.value, order.covariance)

    @property
    def searched(self) -> bool:
        return 0 < len(self.order.members) <= MANY_UNITS

    def least(self, u: int, limit: int) -> int | None:
        """The least number of invented sheets with which the unit stands a tier higher; None above `limit`."""
        before = self.order.tier(u)
        if not self.searched or before is None or before == 1:
            return None
        low, high = 0, 1
        while high <= limit and not self.lifts(u, high):
            low, high = high, 2 * high
        if high > limit and not (low < limit and self.lifts(u, limit)):
            return None
        high = min(high, limit)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.lifts(u, middle) else (middle, high)
        return high

    def lifts(self, u: int, number: int) -> bool:
        value, covariance = self.scores(u, number)
        _, tiers = self.order.at(
            self.order.value + value - self.before[0], self.order.covariance + covariance - self.before[1]
        )
        return tiers[u] < self.order.tiers[u]

    def scores(self, u: int, number: int) -> tuple[FloatArray, FloatArray]:
        """Composites (U,) and their covariance (U, U) with so many invented sheets about a unit."""
        if self.moments is None:
            return plain_scores(self.y, self.design, u, number, self.best)
        found = leniency.each_of(stuffed(self.moments, self.design, u, number, self.best))
        value, covariance = np.zeros(self.design.units), np.zeros((self.design.units, self.design.units))
        value[self.moments.present] = found.theta[:, 0]
        covariance[np.ix_(self.moments.present, self.moments.present)] = found.covariances[0]
        return value, covariance


def stuffed(moments: Moments, design: Design, u: int, number: int, best: float) -> Moments:
    """The sums with `number` more businesses whose one sheet gives `best` to their main unit u, and that are average in
    everything else."""
    column = np.zeros(design.covariates.shape[1])
    if column.size:
        column[0] = 1.0 - design.covariates[:, 0].mean()  # about the main unit
    row = np.zeros(moments.sheets.shape[0])
    units = moments.present.size
    row[int(np.searchsorted(moments.present, u))] = 1.0
    row[units : moments.p] = column[moments.kept]
    row[moments.p :] = best
    at_home = np.zeros(design.units)
    at_home[u] = 1.0
    found = copy.copy(moments)
    single = int(np.searchsorted(moments.sizes, 1))
    parts = [list(moments.business), list(moments.cross), list(moments.home)]
    more = [np.outer(row, row), np.outer(at_home, row), np.outer(at_home, at_home)]
    if single == moments.sizes.size or moments.sizes[single] != 1:
        found.sizes = np.insert(moments.sizes, single, 1)
        for part, one in zip(parts, more, strict=True):
            part.insert(single, np.zeros_like(one))
    for part, one in zip(parts, more, strict=True):
        part[single] = part[single] + number * one
    found.business, found.cross, found.home = parts
    found.sheets = moments.sheets + number * more[0]
    found.number = np.concatenate([moments.number, np.ones(number, dtype=moments.number.dtype)])
    found.n = moments.n + number
    return found


def plain_scores(y: FloatArray, design: Design, u: int, number: int, best: float) -> tuple[FloatArray, FloatArray]:
    """(U,) means and their covariance (U, U) by businesses, where nothing is adjusted."""
    first = int(design.business[-1]) + 1 if design.business.size else 0
    unit: IntArray = np.concatenate([design.unit, np.full(number, u, dtype=np.int64)])
    business: IntArray = np.concatenate([design.business, first + np.arange(number)])
    again = fits.plain(unit, business, design.units)
    fit = fits.fit_means(np.append(y, np.full(number, best))[:, None], again)
    share = np.zeros((design.units, int(again.place[-1]) + 1))
    np.add.at(share, (unit, again.place), fit.residuals[:, 0] / np.bincount(unit, minlength=design.units)[unit])
    return np.nan_to_num(fit.theta[:, 0]), intervals.sandwich(share @ share.T, share.shape[1])
