"""Weights of a node's children: given, equal, agreed by experts, or found in the data.

Weights found in the data belong to unit-level indices: a round's weights stand before it opens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray

Weighting = Literal["given", "equal", "pca", "optimised", "benefit_of_doubt", "ahp", "budget"]
FROM_DATA = ("pca", "optimised", "benefit_of_doubt")
CONSISTENT = 0.1  # largest consistency ratio of a comparison matrix (Saaty 1980)
RANDOM_INDEX = (0.0, 0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
OPTIMAL = 1e-6
TRIES = 20  # times the draws wanted, after which a bootstrap gives up


class Weighted(Protocol):
    """Anything that stands under a node with a weight: a node or a reference to a leaf."""

    @property
    def weight(self) -> float | None: ...


class NoWeights(ValueError):
    """The data give no such weights; the message says why and what to do."""


def weights_of(children: Sequence[Weighted], weighting: Weighting) -> FloatArray:
    """Relative weights, shape (children,), where the plan alone decides. A weight of 0 keeps a child out of the index
    under `equal` too. Weights from data are equal here: see `from_data`."""
    if weighting == "given":
        return np.array([child.weight or 0.0 for child in children])
    return np.array([0.0 if child.weight == 0 else 1.0 for child in children])


def from_data(values: FloatArray, weighting: Weighting) -> FloatArray:
    """Weights of the members of values (U, M), of sum 1; (U, M) under benefit of the doubt, each unit its own.

    Raises NoWeights.
    """
    whole = values[~np.isnan(values).any(axis=1)]
    if whole.shape[0] < 3:
        raise NoWeights("fewer than three units have all of its members: give the weights")
    if (whole.std(axis=0) == 0).any():
        raise NoWeights("a member is equal for all units: remove it or give the weights")
    if weighting == "pca":
        return pca(whole).weights
    if weighting == "optimised":
        return optimised(whole).weights
    return benefit_of_doubt(values)


# ---------------------------------------------------------------- experts


def budget(allocations: FloatArray) -> FloatArray:
    """Mean over experts of what each gives of 100 points: (experts, M) → (M,) of sum 1."""
    shares = allocations / allocations.sum(axis=1, keepdims=True)
    return np.asarray(shares.mean(axis=0))


class Hierarchy(msgspec.Struct, frozen=True):
    """weights (M,) of sum 1; consistency ratio, at most 0.1 if the judgements fit together."""

    weights: FloatArray
    consistency: float


def ahp(comparisons: FloatArray) -> Hierarchy:
    """Principal eigenvector of a reciprocal matrix (M, M): how many times row matters more than column (Saaty 1980)."""
    values, vectors = np.linalg.eig(comparisons)
    first = int(np.argmax(values.real))
    weights = np.abs(vectors[:, first].real)
    size = comparisons.shape[0]
    by_chance = RANDOM_INDEX[min(size, len(RANDOM_INDEX) - 1)]
    index = (float(values[first].real) - size) / (size - 1) if size > 1 else 0.0
    return Hierarchy(weights / weights.sum(), index / by_chance if by_chance else 0.0)


# ---------------------------------------------------------------- principal components


class Components(msgspec.Struct, frozen=True):
    """loadings (M,) of the first component of the correlations, their sum positive; explained (M,) shares of variance,
    largest first; weights (M,) squared loadings, which sum to 1 whatever the signs."""

    loadings: FloatArray
    explained: FloatArray
    weights: FloatArray


def pca(values: FloatArray) -> Components:
    """values (U, M) without gaps, no column constant. Raw loadings are no weights: their sign is arbitrary, and mixed
    signs would reward what is bad."""
    size = values.shape[1]
    roots, vectors = np.linalg.eigh(np.corrcoef(values, rowvar=False).reshape(size, size))
    first = vectors[:, -1] * (1.0 if vectors[:, -1].sum() >= 0 else -1.0)
    return Components(first, roots[::-1] / roots.sum(), first**2)


def pca_interval(values: FloatArray, seed: int, draws: int = 500, level: float = 0.9) -> tuple[FloatArray, FloatArray]:
    """Bootstrap interval (M,), (M,) of the squared loadings over units; NaN where hardly any draw leaves every member
    different units."""
    generator = np.random.Generator(np.random.PCG64(seed))
    found: list[FloatArray] = []
    for _ in range(TRIES * draws):
        if len(found) == draws:
            break
        drawn = values[generator.integers(0, values.shape[0], values.shape[0])]
        if (np.ptp(drawn, axis=0) > 0).all():
            found.append(pca(drawn).weights)
    if len(found) < draws:
        return np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    tail = (1 - level) / 2
    low, high = np.quantile(np.array(found), [tail, 1 - tail], axis=0)
    return low, high


# ---------------------------------------------------------------- optimised


class Optimum(msgspec.Struct, frozen=True):
    """weights (M,), none negative, of sum 1; correlations (M,) of the members with the node they make; smallest: the
    least of them; bound: no weights can make the least one larger than this (weak duality), so that the difference
    proves the optimum."""

    weights: FloatArray
    correlations: FloatArray
    smallest: float
    bound: float


def optimised(values: FloatArray) -> Optimum:
    """Weights ≥ 0 that make the smallest correlation between a member and the node as large as possible.

    With C the covariance and D the standard deviations, min_j (D⁻¹Cw)_j / √(w′Cw) is largest where w′Cw is smallest
    under D⁻¹Cw ≥ 1, w ≥ 0: a convex problem, solved as a least-distance problem (Lawson & Hanson 1974, ch. 23). Its
    multipliers λ (sum 1) and μ of the two conditions bound every w ≥ 0: its least is ≤ ‖λ′D⁻¹CL⁻ᵀ + μ′L⁻ᵀ‖, C = LL′.
    Raises NoWeights where no weights make all correlations positive.
    """
    from scipy import optimize  # a quarter of a second that only weights from data need

    standard = (values - values.mean(axis=0)) / values.std(axis=0)
    size = values.shape[1]
    correlation = standard.T @ standard / values.shape[0]
    root = np.linalg.cholesky(correlation + 1e-12 * np.eye(size))
    rows = np.vstack([correlation, np.eye(size)]) @ np.linalg.inv(root).T
    least = np.concatenate([np.ones(size), np.zeros(size)])
    system = np.vstack([rows.T, least])
    aim = np.append(np.zeros(size), 1.0)
    multipliers, _ = optimize.nnls(system, aim)
    residual = system @ multipliers - aim
    if -residual[-1] < OPTIMAL:
        raise NoWeights("its members pull in opposite directions, no weights suit all: check directions or divide it")
    inner = np.clip(np.linalg.solve(root.T, -residual[:-1] / residual[-1]), 0.0, None)
    achieved = correlation @ inner / np.sqrt(inner @ correlation @ inner)
    dual = multipliers[:size] / multipliers[:size].sum()
    support = dual @ rows[:size] + (multipliers[size:] / multipliers[:size].sum()) @ rows[size:]
    weights = inner / values.std(axis=0)
    return Optimum(weights / weights.sum(), achieved, float(achieved.min()), float(np.linalg.norm(support)))


# ---------------------------------------------------------------- benefit of the doubt


def benefit_of_doubt(values: FloatArray, least_share: float = 0.0) -> FloatArray:
    """(U, M) the weights most favourable to each unit, such that no unit would pass 1 under them (Melyn & Moesen 1991;
    Cherchye et al. 2007): Σ_m w_um x_um is the unit's efficiency. `least_share` of each member in the unit's own score
    keeps a unit from hiding a weakness. A unit with gaps gets none."""
    from scipy import optimize

    whole = ~np.isnan(values).any(axis=1)
    best = values[whole]
    if (best < 0).any() or not (best.max(axis=0) > 0).all():
        raise NoWeights("benefit of the doubt needs scores of 0 or more, with one above 0 in every member")
    found = np.full(values.shape, np.nan)
    for u in np.flatnonzero(whole):
        own = values[u]
        shares = least_share * own[None, :] - np.diag(own)  # share · score − own part ≤ 0
        limits = np.vstack([best, shares])
        result = optimize.linprog(-own, A_ub=limits, b_ub=np.append(np.ones(len(best)), np.zeros(own.size)))
        found[u] = result.x
    return found
