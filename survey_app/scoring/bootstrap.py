"""How far ranks move when other businesses of the same kind had answered: the business-cluster bootstrap, three ways.

exact        each replicate gives every business a Poisson(1) weight, hashed from its number, and scores anew
linearised   infinitesimal jackknife: each sheet's influence on its unit's score, summed by business; their covariance;
             Gaussian draws (Efron 1982; the limit of as many replicates as one likes)
naive        draw businesses with replacement and score anew: what the others are measured against
"""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from survey_app.scoring.item_means import Codes, OrderedSheets, by_unit, item_sums
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import IntArray

REPLICATES = 1000
TAIL = 0.05
STEPS = 1 << 16  # of the chances of a Poisson weight
TOGETHER = 1 << 19  # weights in memory at once
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


class Scale(msgspec.Struct, frozen=True):
    """A score of item means m: Σ_j w_j (m_j − low_j) / (high_j − low_j). Bounds "fixed": low, high (J,); "own_round":
    the lowest and the highest mean among the units, anew in every replicate."""

    weights: FloatArray
    low: FloatArray
    high: FloatArray
    bounds: Literal["fixed", "own_round"] = "fixed"

    def ends(self, means: FloatArray) -> tuple[FloatArray, FloatArray]:
        if self.bounds == "fixed":
            return self.low, self.high
        return np.asarray(np.nanmin(means, axis=-2)), np.asarray(np.nanmax(means, axis=-2))

    def scores(self, means: FloatArray) -> FloatArray:
        """(…, U) of means (…, U, J); an item without answers adds nothing, one without spread neither."""
        low, high = (np.asarray(end)[..., None, :] for end in self.ends(means))
        spread = np.where(high > low, high - low, np.inf)
        found: FloatArray = np.nan_to_num((means - low) / spread) @ self.weights
        return found

    def slopes(self, means: FloatArray) -> FloatArray:
        """(J,) derivative of a unit's score by its own means, bounds held."""
        low, high = self.ends(means)
        return np.asarray(self.weights / np.where(high > low, high - low, np.inf))


class RankBounds(msgspec.Struct, frozen=True):
    """5 and 95 % points (U,) of the replicates' ranks, 1 = best."""

    low: IntArray
    high: IntArray


def rank_bounds(scores: FloatArray) -> RankBounds:
    """Of replicates' scores (R, U)."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(1, scores.shape[1] + 1), order.shape), axis=1)
    low, high = np.quantile(ranks, [TAIL, 1 - TAIL], axis=0, method="inverted_cdf")
    return RankBounds(low.astype(np.int64), high.astype(np.int64))


# ---------------------------------------------------------------- linearised


def linearised(sheets: OrderedSheets, business: IntArray, scale: Scale, seed: int) -> RankBounds:
    """1000 Gaussian replicates. `business` (n,) of the sheets as they stood before `by_unit`."""
    found = item_sums(sheets)
    means = found.means()
    root = _root(covariance(sheets, business, found.counts, means, scale.slopes(means)))
    normals = np.random.Generator(np.random.PCG64(seed)).standard_normal((REPLICATES, means.shape[0]))
    return rank_bounds(scale.scores(means) + normals @ root.T)


def influence(sheets: OrderedSheets, counts: IntArray, means: FloatArray, slopes: FloatArray) -> FloatArray:
    """ψ (n,) of each sheet on its own unit's score: Σ_j a_j (x_ij − m_uj) / n_uj over the items it answered."""
    found = np.zeros(sheets.codes.shape[0])
    share = np.where(counts > 0, slopes / np.maximum(counts, 1), 0.0)
    away = (share * np.nan_to_num(means)).astype(np.float32)
    share = share.astype(np.float32)
    for u in range(means.shape[0]):
        rows = slice(int(sheets.starts[u]), int(sheets.starts[u + 1]))
        own = sheets.codes[rows]
        found[rows] = own.astype(np.float32) @ share[u] - (own != 0).astype(np.float32) @ away[u]
    return found


def covariance(
    sheets: OrderedSheets, business: IntArray, counts: IntArray, means: FloatArray, slopes: FloatArray
) -> FloatArray:
    """(U, U) Σ_b ψ_b ψ_b′ of the units' scores."""
    units = means.shape[0]
    unit = np.repeat(np.arange(units), np.diff(sheets.starts))
    psi = influence(sheets, counts, means, slopes)
    own = business[sheets.order]
    by_business = sparse.csr_array((psi, (own - own.min(initial=0), unit)))  # sheets of one business and unit add up
    found = np.zeros((units, units))
    width = by_business.shape[1]
    found[:width, :width] = (by_business.T @ by_business).toarray()
    return found


def _root(matrix: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))


# ---------------------------------------------------------------- exact


def exact(
    sheets: OrderedSheets, business: IntArray, scale: Scale, seed: int, replicates: int = REPLICATES
) -> RankBounds:
    """Replicates with Poisson weights, bounds and denominators of every replicate its own."""
    return rank_bounds(scale.scores(weighted_means(sheets, business, seed, replicates)))


def weighted_means(sheets: OrderedSheets, business: IntArray, seed: int, replicates: int) -> FloatArray:
    """(R, U, J) item means under each replicate's weights, NaN where no business with an answer has any."""
    units, width = sheets.starts.size - 1, sheets.codes.shape[1]
    own = business[sheets.order]
    found = np.empty((replicates, units, width))
    deep = max(1, TOGETHER // replicates)
    for u in range(units):
        total = np.zeros((replicates, 2 * width), dtype=np.float32)
        for first in range(int(sheets.starts[u]), int(sheets.starts[u + 1]), deep):
            rows = slice(first, min(first + deep, int(sheets.starts[u + 1])))
            codes = sheets.codes[rows]
            both = np.hstack([codes, codes != 0]).astype(np.float32)
            total += poisson_weights(own[rows], replicates, seed).T @ both
        known = total[:, width:] > 0
        found[:, u] = np.where(known, total[:, :width] / np.where(known, total[:, width:], 1), np.nan)
    return found


def poisson_weights(business: IntArray, replicates: int, seed: int) -> NDArray[np.float32]:
    """(m, R) Poisson(1) weights, the same for equal numbers: nothing is kept between units.

    Four 16-bit pieces of each 64-bit hash are looked up among the Poisson distribution's steps (SplitMix64).
    """
    start = np.arange(-(-replicates // 4), dtype=np.uint64) * GOLDEN
    own = _mixed(business.astype(np.uint64) + np.uint64(seed * int(MIX[0]) % (1 << 64)))
    pieces = _mixed(own[:, None] + start).view(np.uint16)[:, :replicates]
    return np.asarray(_POISSON[pieces])


def _mixed(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's last step (Steele, Lea, Flood 2014), in place."""
    moved = z >> np.uint64(30)
    z ^= moved
    z *= MIX[0]
    z ^= np.right_shift(z, np.uint64(27), out=moved)
    z *= MIX[1]
    z ^= np.right_shift(z, np.uint64(31), out=moved)
    return z


def _steps() -> NDArray[np.float32]:
    """(65536,) the Poisson(1) quantiles of (k + ½) / 65536."""
    chances = np.exp(-1.0) / np.cumprod([1.0, *range(1, 12)])
    return np.searchsorted(np.cumsum(chances), (np.arange(STEPS) + 0.5) / STEPS).astype(np.float32)


_POISSON = _steps()


# ---------------------------------------------------------------- naive


def naive_scores(codes: Codes, unit: IntArray, business: IntArray, units: int, scale: Scale, seed: int) -> FloatArray:
    """(U,) of one replicate: as many businesses drawn with replacement, their sheets put together and scored."""
    draw = np.random.Generator(np.random.PCG64(seed))
    order = np.argsort(business, kind="stable")
    names, starts = np.unique(business[order], return_index=True)
    number = np.diff(np.append(starts, business.size))
    chosen = draw.integers(0, names.size, names.size)
    ends = np.cumsum(number[chosen])
    rows = np.repeat(starts[chosen] - (ends - number[chosen]), number[chosen]) + np.arange(int(ends[-1]))
    return scale.scores(item_sums(by_unit(codes[order[rows]], unit[order[rows]], units)).means())
