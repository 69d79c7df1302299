"""Who is ahead of whom, and how surely: empirical Bayes posterior, expected ranks, rank intervals, tiers.

Estimates θ̂ ~ N(θ, C), true scores θ ~ N(m, ω² I), m flat, ω flat on a grid (Morris 1983; Lin et al. 2006 on ranks).
Point scores are never ranked: 0.07 points between two units are noise when five points could be.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import BoolArray, IntArray

LEAST_UNITS = 4
RANKED_FROM = 30  # teams (units below another rated unit) are ranked from this n on
CELLS = 200
DRAWS = 10_000
SAME = 1e-9
ROUNDED = 9  # decimals of expected ranks: the last bits of the arithmetic do not order units


class Posterior(msgspec.Struct, frozen=True):
    """The posterior as a mixture over the grid of ω: p (K,); means (K, U); roots (K, U, U + 1) of the covariances RR′.

    The roots are symmetric square roots beside the column of m's uncertainty: they move with the units when these are
    put into another order, and are the same on every machine, whatever signs it gives to eigenvectors.
    """

    p: FloatArray
    means: FloatArray
    roots: FloatArray

    @property
    def mean(self) -> FloatArray:
        """(U,) shrunk scores."""
        return np.asarray(self.p @ self.means)

    @property
    def covariances(self) -> FloatArray:
        """(K, U, U)."""
        return np.asarray(self.roots @ self.roots.swapaxes(1, 2))

    def in_order(self, units: IntArray) -> Posterior:
        """The same with the units (U,) in this order."""
        columns = np.append(units, units.size)
        return Posterior(self.p, self.means[:, units], self.roots[:, units][:, :, columns])

    def shifted(self, scale: FloatArray, add: FloatArray) -> Posterior:
        """The posterior of scale·θ + add, both (U,): `add` are known figures such as the Department's part."""
        return Posterior(self.p, scale * self.means + add, scale[:, None] * self.roots)


class Ranking(msgspec.Struct, frozen=True):
    """beats (U, U) P(row beats column); expected rank (U,) from 1; order (U,) indices from first to last; rank (U,),
    equal for equal expected ranks; low, high (U,) bounds of the 90 % rank interval; tier (U,) from 1; shrunk (U,)."""

    beats: FloatArray
    expected: FloatArray
    order: IntArray
    rank: IntArray
    low: IntArray
    high: IntArray
    tier: IntArray
    shrunk: FloatArray


def seed_of(round_id: str) -> int:
    """The seed of a round's draws: the same round always draws the same."""
    return int.from_bytes(hashlib.sha256(round_id.encode()).digest()[:8], "big")


def posterior(estimate: FloatArray, covariance: FloatArray) -> Posterior:
    """Posterior of θ (U,) given θ̂ and its covariance C (U, U), U ≥ 2, with ω on the midpoints of 200 equal cells.

    The cells cover (0, 3·sd(θ̂)], sd with U − 1. For one ω, with V = C + ω²I and K = ω²V⁻¹: mean m̂ + K(θ̂ − m̂),
    covariance ω²(I − K) + (I − K)1 (1′V⁻¹1)⁻¹ 1′(I − K). All of it in the eigenbasis of C, so that one decomposition
    serves the grid. Where all θ̂ are equal the grid has no length: all are level, with nothing to tell them apart.
    """
    units = estimate.size
    spread = float(estimate.std(ddof=1))
    if spread < SAME:
        return Posterior(np.ones(1), np.full((1, units), estimate.mean()), np.zeros((1, units, units + 1)))
    values, vectors = np.linalg.eigh(covariance)
    values = np.clip(values, 0.0, None)
    omega2 = ((np.arange(CELLS) + 0.5) / CELLS * 3 * spread)[:, None] ** 2
    precision = 1.0 / (values + omega2)
    ones, data = vectors.T @ np.ones(units), vectors.T @ estimate
    total = (precision * ones**2).sum(axis=1, keepdims=True)
    centre = (precision * ones * data).sum(axis=1, keepdims=True) / total
    residual = data - centre * ones
    log_p = 0.5 * (np.log(precision).sum(axis=1) - np.log(total[:, 0]) - (precision * residual**2).sum(axis=1))
    p = np.exp(log_p - log_p.max())
    means = centre + (omega2 * precision * residual) @ vectors.T
    rest = (values * precision * ones) @ vectors.T / np.sqrt(total)
    inner = (vectors * np.sqrt(omega2 * values * precision)[:, None, :]) @ vectors.T
    return Posterior(p / p.sum(), means, np.concatenate([inner, rest[:, :, None]], axis=2))


def beats(post: Posterior) -> FloatArray:
    """(U, U) P(A beats B) = Σ_k p_k Φ(Δmean_k / sd_k), exactly; ½ on the diagonal and where nothing tells two apart."""
    units, covariances = post.means.shape[1], post.covariances
    result = np.full((units, units), 0.5)
    variance = np.diagonal(covariances, axis1=1, axis2=2)
    for a in range(units - 1):
        apart = variance[:, [a]] + variance[:, a + 1 :] - 2 * covariances[:, a, a + 1 :]
        ahead = _ahead(post.means[:, [a]] - post.means[:, a + 1 :], np.sqrt(np.clip(apart, 0.0, None)))
        result[a, a + 1 :] = post.p @ ahead
        result[a + 1 :, a] = 1.0 - result[a, a + 1 :]
    return result


def _ahead(difference: FloatArray, deviation: FloatArray) -> FloatArray:
    sure = np.where(np.abs(difference) < SAME, 0.5, (difference > 0).astype(np.float64))
    from scipy import special  # megabytes that pages, which order nobody anew, do not load

    z = difference / np.where(deviation > SAME, deviation, 1.0)
    return np.where(deviation > SAME, 0.5 * special.erfc(-z / math.sqrt(2.0)), sure)


def rank_interval(post: Posterior, seed: int, draws: int = DRAWS, level: float = 0.9) -> tuple[IntArray, IntArray]:
    """Bounds (U,) of the middle `level` of each unit's rank in so many draws (PCG64); whole ranks, rank 1 is best."""
    generator = np.random.Generator(np.random.PCG64(seed))
    units = post.means.shape[1]
    chosen = np.sort(generator.choice(post.p.size, draws, p=post.p))
    normals = generator.standard_normal((draws, units + 1))
    drawn = post.means[chosen]
    cells, starts = np.unique(chosen, return_index=True)
    for k, here in zip(cells, np.split(np.arange(draws), starts[1:]), strict=True):
        drawn[here] += normals[here] @ post.roots[k].T
    drawn += SAME * generator.standard_normal(drawn.shape)  # level units take turns
    ranks = _ranks_of(drawn)
    tail = (1 - level) / 2
    low, high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="inverted_cdf")
    return low.astype(np.int64), high.astype(np.int64)


def _ranks_of(drawn: FloatArray) -> IntArray:
    order = np.argsort(-drawn, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(1, drawn.shape[1] + 1), order.shape), axis=1)
    return ranks


def tiers(chance: FloatArray, order: IntArray, level: float) -> IntArray:
    """Tiers (U,) from 1: going down the order, a new one begins with the first unit that the first unit of the current
    tier beats with probability ≥ level. `chance` is P(row beats column)."""
    found = np.ones(order.size, dtype=np.int64)
    first, tier = int(order[0]), 1
    for unit in order[1:]:
        if chance[first, unit] >= level:
            first, tier = int(unit), tier + 1
        found[unit] = tier
    return found


def rank(names: Sequence[str], post: Posterior, seed: int, level: float = 0.95, draws: int = DRAWS) -> Ranking:
    """Everything said about order, from the posterior. `names` (U,) settle ties and make draws independent of the order
    in which units are given: they are drawn by name."""
    canonical = np.argsort(np.array(list(names)), kind="stable")
    back = np.argsort(canonical, kind="stable")
    chance = beats(post)
    expected, order = in_order(names, chance)
    low, high = rank_interval(post.in_order(canonical), seed, draws)
    return Ranking(
        beats=chance,
        expected=expected,
        order=order,
        rank=1 + (expected[None, :] < expected[:, None]).sum(axis=1),
        low=low[back],
        high=high[back],
        tier=tiers(chance, order, level),
        shrunk=post.mean,
    )


def in_order(names: Sequence[str], chance: FloatArray) -> tuple[FloatArray, IntArray]:
    """Expected ranks (U,) from 1, and the units (U,) from first to last; names settle ties."""
    expected = np.round(1 + (chance.sum(axis=0) - 0.5), ROUNDED)
    return expected, np.lexsort((np.array(list(names)), expected))


def clear_of_next_tier(chance: FloatArray, tier: IntArray, level: float) -> BoolArray:
    """(U,) the unit beats every unit of the next tier with probability ≥ level: only then may it bear a medal."""
    clear = np.ones(tier.size, dtype=np.bool_)
    for unit in range(tier.size):
        below = tier == tier[unit] + 1
        clear[unit] = bool(below.any() and (chance[unit, below] >= level).all())
    return clear
