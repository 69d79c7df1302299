"""Unit scores with what lenient businesses and well-disposed client bases add taken out: the core of the method.

    y = θ_unit + covariates + a_business + c_main unit + rest,   a ~ N(0, r·s²), c ~ N(0, ρ·s²)

A business that rates one unit informs θ + c only; those that rate several separate the two, and the likelihood decides
how far to trust each. r and ρ are averaged over their REML likelihood, not set to its peak: with few units it is flat.
(Henderson's mixed-model equations. At the peak and with one random effect: `reml.py`, which equals lme4.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from survey_app.scoring.fits import Components, Design, Fit, fit_widely
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import BoolArray, IntArray

if TYPE_CHECKING:  # loaded where it is used: pages read estimates, they make none
    from scipy import sparse

LOG_R = np.arange(-5.0, 3.01, 0.5)
RHO = np.concatenate([[0.0], np.exp(np.arange(-9.0, 2.01, 0.5))])
NEGLIGIBLE = 0.002  # of the largest weight of a grid point
COLLINEAR = 1e-8
LEAST_LINKS = 10  # businesses that rated several units, below which leniency cannot be told from quality


class Moments:
    """Everything the likelihood needs of the sheets, as sums over businesses of one size (number of sheets).

    Columns are [units with sheets | covariates | y]. `sheets` (p+S, p+S) over sheets; for each size: `business` over
    businesses' sums, `cross` (U, p+S) of main units with these, `home` (U, U) of main units.
    """

    def __init__(self, y: FloatArray, design: Design) -> None:
        self.present = np.flatnonzero(np.bincount(design.unit, minlength=design.units))
        covariates = design.covariates - design.covariates.mean(axis=0) if design.unit.size else design.covariates
        self.kept = _independent(covariates, design)
        self.covariates = covariates[:, self.kept]
        self.shift = (design.reference - design.covariates.mean(axis=0))[self.kept]
        self.n, self.size = y.shape
        self.p = self.present.size + self.covariates.shape[1]
        self.number = np.bincount(design.place)  # sheets of each business
        self.member = _incidence(np.searchsorted(self.present, design.unit), self.present.size)
        dense = np.hstack([self.covariates, y])
        self.sheets = _gram(self.member, dense)
        by_business = _incidence(design.place, self.number.size).T.tocsr()
        self.rated, self.sums = (by_business @ self.member).tocsr(), np.asarray(by_business @ dense)
        self.homes = _homes(design, self.rated, self.present)
        self.sizes = np.unique(self.number)
        chosen = [np.flatnonzero(self.number == size) for size in self.sizes]
        self.business = [_gram(self.rated[rows], self.sums[rows]) for rows in chosen]
        self.cross = [_cross(self.homes[rows], self.rated[rows], self.sums[rows]) for rows in chosen]
        self.home = [(self.homes[rows].T @ self.homes[rows]).toarray() for rows in chosen]

    def reduced(self, r: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Sums under V⁻¹ of leniency alone: [X y]′W[X y], Z′W[X y], Z′WZ."""
        k = [r / (1 + r * n) for n in self.sizes]
        joint = self.sheets - sum(factor * part for factor, part in zip(k, self.business, strict=True))
        cross = sum(part / (1 + r * n) for part, n in zip(self.cross, self.sizes, strict=True))
        home = sum(part * n / (1 + r * n) for part, n in zip(self.home, self.sizes, strict=True))
        return np.asarray(joint), np.asarray(cross), np.asarray(home)

    def log_sizes(self, r: float) -> float:
        """Σ_b log(1 + r n_b)."""
        return float(np.log1p(r * self.number).sum())


def _incidence(place: IntArray, width: int) -> sparse.csr_array:
    from scipy import sparse

    return sparse.csr_array((np.ones(place.size), (np.arange(place.size), place)), shape=(place.size, width))


def _gram(member: sparse.csr_array, dense: FloatArray) -> FloatArray:
    """[M D]′[M D] of a sparse and a dense part."""
    corner = member.T @ dense
    return np.block([[(member.T @ member).toarray(), corner], [corner.T, dense.T @ dense]])


def _cross(homes: sparse.csr_array, rated: sparse.csr_array, sums: FloatArray) -> FloatArray:
    return np.hstack([(homes.T @ rated).toarray(), homes.T @ sums])


def _independent(covariates: FloatArray, design: Design) -> IntArray:
    """Columns that neither the units nor the columns before them make up: a covariate that is constant within every
    unit is left out."""
    kept: list[int] = []
    n = np.maximum(np.bincount(design.unit, minlength=design.units), 1)
    inner = np.empty_like(covariates)
    for c in range(covariates.shape[1]):
        mean = np.bincount(design.unit, weights=covariates[:, c], minlength=design.units) / n
        inner[:, c] = covariates[:, c] - mean[design.unit]
    gram = inner.T @ inner
    for c in range(covariates.shape[1]):
        others = gram[np.ix_(kept, kept)]
        explained = gram[c, kept] @ np.linalg.solve(others, gram[kept, c]) if kept else 0.0
        total = float(np.square(covariates[:, c]).sum())
        if total > 0 and gram[c, c] - explained > COLLINEAR * total:
            kept.append(c)
    return np.array(kept, dtype=np.int64)


def _homes(design: Design, rated: sparse.csr_array, present: IntArray) -> sparse.csr_array:
    """(B, U) 1 at a business's main unit; where it is not known, spread evenly over the units it rated."""
    from scipy import sparse

    business, first = np.unique(design.place, return_index=True)
    home = design.home[first]
    known = np.flatnonzero(home >= 0)
    declared = sparse.csr_array((np.ones(known.size), (known, home[known])), shape=(business.size, design.units))
    some = (rated > 0).astype(np.float64).tocoo()
    share = np.where(home < 0, 1.0 / np.bincount(some.row, minlength=business.size), 0.0)
    spread = sparse.csr_array((share[some.row], (some.row, present[some.col])), shape=(business.size, design.units))
    return (declared + spread).tocsr()


class Point(msgspec.Struct, frozen=True):
    """The model at one pair of ratios. deviance (K,): −2 log REML of each of K composites, up to a constant; beta
    (p, S); sigma (S, S) of a sheet; inverse (p, p) of X′PX; smooth (p, U) = X′WZ H⁻¹, what main units take out."""

    r: float
    rho: float
    deviance: FloatArray
    beta: FloatArray
    sigma: FloatArray
    inverse: FloatArray
    smooth: FloatArray


def points(moments: Moments, composites: FloatArray, r: float, rhos: FloatArray) -> list[Point]:
    """The model at one r and several ρ (R,): one decomposition serves them all. composites (K, S) weights of y."""
    joint, cross, home = moments.reduced(r)
    p, n = moments.p, moments.n
    values, vectors = np.linalg.eigh(home)
    values, turned = np.clip(values, 0.0, None), vectors.T @ cross
    held = rhos[:, None] / (1 + rhos[:, None] * values)  # (R, U) eigenvalues of H⁻¹
    inner = joint - np.matmul(turned.T * held[:, None, :], turned)
    inverse = np.linalg.inv(inner[:, :p, :p])
    beta = inverse @ inner[:, :p, p:]
    sigma = (inner[:, p:, p:] - inner[:, p:, :p] @ beta) / (n - p)
    smooth = np.matmul(turned[:, :p].T * held[:, None, :], vectors.T)
    s2 = np.maximum(np.einsum("ks,rst,kt->rk", composites, sigma, composites, optimize=True), 1e-300)
    rest = moments.log_sizes(r) + np.log1p(rhos[:, None] * values).sum(axis=1) - np.linalg.slogdet(inverse)[1]
    deviance = (n - p) * np.log(s2) + rest[:, None]
    return [Point(r, float(rho), deviance[k], beta[k], sigma[k], inverse[k], smooth[k]) for k, rho in enumerate(rhos)]


def grid_of(moments: Moments, composites: FloatArray) -> list[Point]:
    """The model at every pair of ratios."""
    return [point for log_r in LOG_R for point in points(moments, composites, float(np.exp(log_r)), RHO)]


def fit_mixed(y: FloatArray, design: Design) -> Fit:
    """The adjusted unit scores of y (n, S), where enough businesses rated several units; elsewhere plain means, with
    what client bases may add to their spread.

    θ is read at a = 0, c = 0 and the reference of the covariates. Its covariance: of the model, plus its spread between
    the ratios that the likelihood leaves open.
    """
    if not linked(design):
        return fit_widely(y, design)
    moments = Moments(y, design)
    if moments.n - moments.p < LEAST_LINKS:
        return fit_widely(y, design)
    return averaged(moments, y, design, grid_of(moments, design.weights[None, :]))


class Several(msgspec.Struct, frozen=True):
    """K scores of the same sheets, each adjusted for itself: theta (U, K), covariances (K, U, U)."""

    theta: FloatArray
    covariances: FloatArray


def fit_each(y: FloatArray, design: Design) -> Several:
    """As K calls of `fit_mixed` with one column of y (n, K) each; every unit has sheets, and the design is linked."""
    return each_of(Moments(y, design))


def each_of(moments: Moments) -> Several:
    """The same from the sums alone; U units with sheets."""
    grid, size, units = grid_of(moments, np.eye(moments.size)), moments.size, moments.present.size
    chance = chances(grid)
    read = _reading(moments)
    beta = np.array([point.beta for point in grid])
    used = np.flatnonzero(chance.any(axis=1))
    theta = np.einsum("uq,gqk,gk->uk", read, beta[used], chance[used], optimize=True)
    covariances = np.zeros((size, units, units))
    for g in used:
        point = grid[g]
        inverse = read @ point.inverse @ read.T
        away = (read @ point.beta - theta).T
        sigma = np.diag(point.sigma)[:, None, None]
        covariances += chance[g][:, None, None] * (sigma * inverse + away[:, :, None] * away[:, None, :])
    return Several(theta, covariances)


def _reading(moments: Moments) -> FloatArray:
    """(U, p) what θ reads of β: the unit's own effect, at the reference of the covariates."""
    units = moments.present.size
    return np.hstack([np.eye(units), np.tile(moments.shift, (units, 1))])


def linked(design: Design) -> bool:
    """Whether leniency can be told from quality at all."""
    return bool(several(design).sum() >= LEAST_LINKS)


def several(design: Design) -> BoolArray:
    """(B,) businesses that rated two units or more."""
    rated = np.unique(design.place * design.units + design.unit) // design.units
    return np.asarray(np.bincount(rated) > 1)


def chances(grid: list[Point]) -> FloatArray:
    """(G, K) the points' parts for each composite: likelihood, flat in log r and √ρ; negligible ones get nothing."""
    root = np.sqrt(RHO)
    edges = np.concatenate([[0.0], (root[1:] + root[:-1]) / 2, root[-1:]])
    spacing = np.tile(np.diff(edges), len(grid) // RHO.size)[:, None]
    deviance = np.array([point.deviance for point in grid])
    chance = np.exp(-0.5 * (deviance - deviance.min(axis=0))) * spacing
    chance[chance < NEGLIGIBLE * chance.max(axis=0)] = 0.0
    return np.asarray(chance / chance.sum(axis=0))


def averaged(moments: Moments, y: FloatArray, design: Design, grid: list[Point]) -> Fit:
    """The fit over the points of a grid, by their chances."""
    chance = chances(grid)[:, 0]
    kept = [(part, point) for part, point in zip(chance.tolist(), grid, strict=True) if part > 0]
    units, size = moments.present.size, moments.size
    read = _reading(moments)
    beta = sum(part * point.beta for part, point in kept)
    theta = read @ beta
    covariance, homes = np.zeros((units * size, units * size)), np.zeros((units * size, units * size))
    for part, point in kept:
        covariance += part * np.kron(read @ point.inverse @ read.T, point.sigma)
        away = (read @ point.beta - theta).ravel()
        covariance += part * np.outer(away, away)
        _, cross, home = moments.reduced(point.r)
        moved = read @ point.inverse @ (cross[:, : moments.p].T - point.smooth @ home)
        homes += part * point.rho * np.kron(moved @ moved.T, point.sigma)
    components = Components(sum(part * point.r for part, point in kept), sum(part * point.rho for part, point in kept))
    effect = _Effect(moments, design, [(part, point, read) for part, point in kept])
    fitted = moments.member @ beta[:units] + moments.covariates @ beta[units:]
    effects = np.zeros((design.covariates.shape[1], size))
    effects[moments.kept] = beta[units:]
    return Fit(
        theta=_all_units(theta, moments, design),
        residuals=y - fitted,
        weights=effect.of,
        components=components,
        covariance=_all_units(covariance, moments, design, size),
        homes=_all_units(homes, moments, design, size),
        effects=effects,
    )


def _all_units(values: FloatArray, moments: Moments, design: Design, size: int = 0) -> FloatArray:
    """Rows (and, with a size, columns) of units without sheets put back: NaN scores, no covariance."""
    if not size:
        found = np.full((design.units, values.shape[1]), np.nan)
        found[moments.present] = values
        return found
    place = (moments.present[:, None] * size + np.arange(size)).ravel()
    found = np.zeros((design.units * size, design.units * size))
    found[np.ix_(place, place)] = values
    return found


class _Effect:
    """A (U, n) with θ = A y, by three small matrices a size of business:
    A_i = M0 x_i − M1 x_b − M2 z_b, since V⁻¹ = I − k 11′ within a business, and what main units take out."""

    def __init__(self, moments: Moments, design: Design, kept: list[tuple[float, Point, FloatArray]]) -> None:
        self.moments, self.place, self.units = moments, design.place, design.units
        solved = [(part, point, read @ point.inverse) for part, point, read in kept]
        self.own = np.asarray(sum(part * one for part, _, one in solved))
        self.shared, self.home = {}, {}
        for n in moments.sizes.tolist():
            mass = [(part / (1 + point.r * n), point, one) for part, point, one in solved]
            self.shared[n] = np.asarray(sum(part * point.r * one for part, point, one in mass))
            self.home[n] = np.asarray(sum(part * one @ point.smooth for part, point, one in mass))

    def of(self, at: slice) -> FloatArray:
        """(U, m) of the sheets at these places."""
        moments, place = self.moments, self.place[at]
        units = moments.present.size
        own = (moments.member[at] @ self.own[:, :units].T).T + self.own[:, units:] @ moments.covariates[at].T
        business, inside = np.unique(place, return_inverse=True)
        number = moments.number[business]
        taken = np.zeros((units, business.size))
        for n in np.unique(number).tolist():
            rows = np.flatnonzero(number == n)
            chosen = business[rows]
            sums = moments.sums[chosen][:, : moments.covariates.shape[1]]
            shared, home = self.shared[n], self.home[n]
            taken[:, rows] = (moments.rated[chosen] @ shared[:, :units].T).T + shared[:, units:] @ sums.T
            taken[:, rows] += (moments.homes[chosen] @ home.T).T
        found = np.zeros((self.units, place.size))
        found[moments.present] = own - taken[:, inside]
        return found
