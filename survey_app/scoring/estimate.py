"""From a peer group's sheets to what the count leaves of them: adjusted, with its covariance, rounded once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from survey_app.scoring import fits, leniency, subscores
from survey_app.scoring.counted import CountedGroup
from survey_app.scoring.estimates import SURE, Counts, Estimates, GroupEstimate, Linkage, Matrix, OptionalMatrix
from survey_app.scoring.fits import Components, Design, Model
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import BoolArray, IntArray, Sheets

LEAST = 10  # businesses, below which nothing is told of those that rated several units


def estimate(
    plan: Plan,
    groups: Sequence[Sheets],
    left_out: Sequence[BoolArray] | None = None,
    rounded: bool = True,
    model: Model = leniency.fit_mixed,
) -> Estimates:
    """Estimate every peer group. `left_out` (a mask (n,) a group) are flagged sheets: the base case is without them.

    `rounded` as the count stores it: θ to 0.1; Σ as `Spread.kept` leaves it, to two significant digits and symmetric;
    negative eigenvalues are taken out where Σ is read (`covariance_array`), so that what is stored has few digits on
    every machine.
    """
    masks = left_out if left_out is not None else [np.zeros(sheets.count, dtype=np.bool_) for sheets in groups]
    pairs = zip(groups, masks, strict=True)
    return Estimates(tuple(estimate_group(plan, sheets, mask, rounded, model) for sheets, mask in pairs))


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
    covariance = spread.kept(group.counted) if rounded else spread.whole()
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


def linkage_of(design: Design, rounded: bool) -> Linkage:
    """Rounded: the number of businesses down to a ten; a unit's share to a tenth where ten sheets and more are theirs;
    units are joined by ten businesses and more."""
    several = leniency.several(design)
    theirs = several[design.place] if design.unit.size else np.zeros(0, dtype=np.bool_)
    n = np.bincount(design.unit, minlength=design.units)
    number = np.bincount(design.unit, weights=theirs, minlength=design.units)
    links = np.zeros((design.units, design.units))
    for one, other in fits.pairs(design.business):
        links += fits.by_pair(design.unit[one], design.unit[other], np.ones(one.size), design.units)
    enough = links + links.T >= (LEAST if rounded else 1)
    joined = fits.largest_joined(enough.astype(np.float64))
    apart = tuple(int(u) for u in np.flatnonzero(~joined & (n > 0)))
    shares = (number / np.maximum(n, 1)).tolist()
    if not rounded:
        return Linkage(int(several.sum()), tuple(shares), apart)
    told = tuple(round(share, 1) if k >= LEAST else None for share, k in zip(shares, number.tolist(), strict=True))
    return Linkage(int(several.sum()) // LEAST * LEAST, told, apart)


def _counts(numbers: IntArray) -> Counts:
    return tuple(tuple(row) for row in numbers.tolist())


def _short(ratios: Components | None) -> Components | None:
    """Two significant digits."""
    return None if ratios is None else Components(*_digits(np.array(msgspec.structs.astuple(ratios))).tolist())


def _digits(values: FloatArray) -> FloatArray:
    """Two significant digits, half-even; rounded twice, since the last bits differ between machines."""
    size = np.abs(values)
    exponent = np.floor(np.log10(np.where(size > 0, size, 1.0))).astype(np.int64) - 1
    digits = np.rint(np.round(size / 10.0 ** exponent.astype(np.float64), SURE - 1)).astype(np.int64)
    pairs, place = np.unique(np.stack([digits.ravel(), exponent.ravel()]), axis=1, return_inverse=True)
    short = np.array([float(f"{digits}e{exponent}") for digits, exponent in pairs.T.tolist()])
    return np.asarray(np.copysign(short[place.ravel()].reshape(values.shape), values) + 0.0)


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
    told = _digits(symmetric) if rounded else symmetric
    return tuple(tuple(row) for row in told.tolist())
