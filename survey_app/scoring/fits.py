"""From sheet scores to unit scores without a model of businesses: plain means, and differences within businesses.

Every fit is linear in the sheets' scores, θ = A y: what comes after it needs A and the residuals only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import BoolArray, IntArray, changes

SAME = 1e-12
# Variance of client bases ÷ variance of sheets within a unit, assumed where nothing of the round can tell it. In
# simulated rounds with second ratings it was 0.002 (no client base drawn), 0.01–0.03 (the usual scenarios) and 0.09
# (heavy confounding): docs/accuracy.md.
CLIENT_BASE_SHARE = 0.03


class Design(msgspec.Struct, frozen=True):
    """Who said something about whom: n sheets, business ascending.

    unit (n,) below `units`; home (n,) the main unit of the sheet's business, −1 = not known; covariates (n, C);
    reference (C,) where unit scores are read; weights (S,) of the sub-indices, whose mean decides the variance ratios.
    """

    unit: IntArray
    business: IntArray
    units: int
    home: IntArray
    covariates: FloatArray
    reference: FloatArray
    weights: FloatArray

    @property
    def place(self) -> IntArray:
        """(n,) businesses numbered from 0."""
        return np.cumsum(changes(self.business)) - 1


class Components(msgspec.Struct, frozen=True):
    """Variance ratios, averaged over their likelihood: r of businesses, ρ of client bases, both to that of a sheet."""

    business: float
    client_base: float


class Fit(msgspec.Struct, frozen=True):
    """theta (U, S), NaN without sheets; residuals (n, S); weights: A (U, m) with θ = A y, of the sheets at some places;
    components None: none estimated. covariance (U·S, U·S), unit-major: of the model, None where the spread of the
    businesses' influence tells it; homes (U·S, U·S): what client bases add to that spread, None: nothing;
    effects (C, S) of the covariates, 0 for those left out."""

    theta: FloatArray
    residuals: FloatArray
    weights: Callable[[slice], FloatArray]
    components: Components | None = None
    covariance: FloatArray | None = None
    homes: FloatArray | None = None
    effects: FloatArray | None = None


Model = Callable[[FloatArray, Design], Fit]  # of y (n, S)


def plain(unit: IntArray, business: IntArray, units: int, size: int = 1) -> Design:
    """A design without main units and covariates."""
    nobody = np.full(unit.size, -1, dtype=np.int64)
    return Design(unit, business, units, nobody, np.zeros((unit.size, 0)), np.zeros(0), np.full(size, 1.0 / size))


def fit_means(y: FloatArray, design: Design) -> Fit:
    """Unit means of y (n, S). A unit without sheets has θ = NaN and weights 0."""
    unit, units = design.unit, design.units
    n = np.bincount(unit, minlength=units)
    theta = np.where(n[:, None] > 0, by_unit(y, unit, units) / np.maximum(n, 1)[:, None], np.nan)
    share = 1.0 / n[unit]
    return Fit(theta, residuals(y, theta, unit), lambda at: share[at] * member(unit[at], units))


def fit_widely(y: FloatArray, design: Design) -> Fit:
    """Unit means that say how little they know: client bases, which shift a whole unit, are assumed to spread as
    `CLIENT_BASE_SHARE` says; without it an interval would hold the truth too seldom."""
    fit = fit_means(y, design)
    present = np.bincount(design.unit, minlength=design.units) > 0
    freedom = max(design.unit.size - int(present.sum()), 1)
    within = fit.residuals.T @ fit.residuals / freedom
    homes = np.kron(np.diag(present.astype(np.float64)), CLIENT_BASE_SHARE * within)
    return msgspec.structs.replace(fit, homes=homes)


def fit_within(y: FloatArray, design: Design) -> Fit:
    """Differences that businesses see between the units they rate: every business has a level of its own.

    M θ = X′ (y − ȳ_b) with M = D − Σ_b N_b N_b′ / n_b, N_b a business's sheets by unit; the mean over all sheets stays
    what it was. Units that no business joins are not compared: θ = NaN for all but the largest set of joined ones.
    """
    unit, business, units = design.unit, design.business, design.units
    if not unit.size:
        return fit_means(y, design)
    place = design.place
    count = np.bincount(place)
    matrix = np.diag(np.bincount(unit, minlength=units).astype(np.float64))
    for one, other in pairs(business):
        joint = by_pair(unit[one], unit[other], 1.0 / count[place[one]], units)
        matrix -= joint + joint.T
    matrix -= by_pair(unit, unit, 1.0 / count[place], units)
    inverse = np.linalg.pinv(matrix, hermitian=True)
    sheets = np.bincount(unit, minlength=units) / max(unit.size, 1)
    level = np.eye(units) - sheets  # takes the mean over all sheets away
    own = by_unit(y, place, count.size) / count[:, None]
    theta = level @ inverse @ by_unit(y - own[place], unit, units) + y.mean(axis=0)
    joined = largest_joined(matrix)
    theta[~joined] = np.nan

    def weights(at: slice) -> FloatArray:
        spread = member(unit[at], units)
        inside = place[at] - place[at][:1]
        mean = np.array([np.bincount(inside, weights=row) for row in spread]).reshape(units, -1)[:, inside]
        found: FloatArray = level @ inverse @ (spread - mean / count[place[at]]) + 1.0 / unit.size
        return np.asarray(np.where(joined[:, None], found, 0.0))

    return Fit(theta, residuals(y, theta, unit), weights)


def by_unit(y: FloatArray, unit: IntArray, units: int) -> FloatArray:
    """(U, S) sums of y (n, S) over the sheets of each unit."""
    found = np.zeros((units, y.shape[1]))
    for s in range(y.shape[1]):
        found[:, s] = np.bincount(unit, weights=y[:, s], minlength=units)
    return found


def by_pair(one: IntArray, other: IntArray, values: FloatArray, units: int) -> FloatArray:
    """(U, U) sums of values by a pair of units."""
    sums = np.bincount(one * units + other, weights=values, minlength=units**2)
    return np.asarray(sums, dtype=np.float64).reshape(units, units)


def residuals(y: FloatArray, theta: FloatArray, unit: IntArray) -> FloatArray:
    """(n, S) y − θ of the sheet's unit; a column at a time, for there may be millions of sheets."""
    found = np.empty_like(y)
    for s in range(y.shape[1]):
        np.subtract(y[:, s], theta[unit, s], out=found[:, s])
    return found


def member(unit: IntArray, units: int) -> FloatArray:
    """(U, m) 1 where a sheet is about the unit."""
    return np.asarray(unit == np.arange(units)[:, None], dtype=np.float64)


def pairs(business: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Places of two sheets of one business, every pair once; `business` (n,) ascending."""
    step = 1
    while step < business.size and (one := np.flatnonzero(business[:-step] == business[step:])).size:
        yield one, one + step
        step += 1


def largest_joined(matrix: FloatArray) -> BoolArray:
    """(U,) the largest set of units that a chain of businesses joins; `matrix` is not 0 where two are joined."""
    left = set(range(matrix.shape[0]))
    best: set[int] = set()
    while left:
        found: set[int] = set()
        fresh = {min(left)}
        while fresh:
            found |= fresh
            fresh = {int(v) for u in fresh for v in np.flatnonzero(np.abs(matrix[u]) > SAME)} - found
        left -= found
        best = max(best, found, key=len)
    return np.isin(np.arange(matrix.shape[0]), sorted(best))
