"""A look at unit-level figures before they are an index, and at units after: the Handbook's step 4, COINr's analysis.

Statistics of each figure, correlations within a family and between levels, Cronbach's alpha and principal components
of each group, and what a single unit is strong and weak in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from survey_app.scoring import weigh
from survey_app.scoring.aggregate import outranking
from survey_app.scoring.compute import Columns, Steps, ranks
from survey_app.scoring.leaf import Treat
from survey_app.scoring.normalise import FloatArray, good_high
from survey_app.scoring.plan import Node, Plan
from survey_app.scoring.reliability import alpha
from survey_app.scoring.treat import passes, skew_kurtosis

KNOWN = 0.65  # least share of units with a figure
VARIED = 0.5  # least share of units with a figure that is not 0, and of different figures
COLLINEAR, WEAK = 0.92, 0.3  # correlations above and below which two members say the same, or little together
LEAST_PAIRS = 3

Method = Literal["pearson", "spearman"]
Flag = Literal["collinear", "weak", "negative"]

# ---------------------------------------------------------------- one figure


class Univariate(msgspec.Struct, frozen=True):
    """One figure over U units. Shares: known of all units; non_zero, different and same (the most frequent value) of
    the known ones. Flags are True where something is wrong; few_* count against all units. NaN where undefined."""

    low: float
    high: float
    mean: float
    median: float
    sd: float
    skew: float
    kurtosis: float
    known: int
    non_zero: int
    different: int
    same: int
    shares: tuple[float, float, float, float]
    few_known: bool
    few_non_zero: bool
    few_different: bool
    outliers: bool


def univariate(values: FloatArray, rule: Treat | None = None) -> Univariate:
    """Statistics of one figure (U,); `rule` says what an outlier is (the field's 2 and 3.5 without one)."""
    given = values[~np.isnan(values)]
    nothing = given.size == 0
    _, counts = np.unique(given, return_counts=True)
    n, known, non_zero = max(values.size, 1), int(given.size), int((given != 0).sum())
    same = int(counts.max()) if counts.size else 0
    moments = skew_kurtosis(values)
    of_known = max(known, 1)
    return Univariate(
        low=np.nan if nothing else float(given.min()),
        high=np.nan if nothing else float(given.max()),
        mean=np.nan if nothing else float(given.mean()),
        median=np.nan if nothing else float(np.median(given)),
        sd=float(given.std(ddof=1)) if known > 1 else np.nan,
        skew=moments[0],
        kurtosis=moments[1],
        known=known,
        non_zero=non_zero,
        different=int(counts.size),
        same=same,
        shares=(known / n, non_zero / of_known, counts.size / of_known, same / of_known),
        few_known=known / n < KNOWN,
        few_non_zero=non_zero / n < VARIED,
        few_different=counts.size / n < VARIED,
        outliers=not passes(moments, rule or Treat()),
    )


# ---------------------------------------------------------------- two figures


class Correlation(msgspec.Struct, frozen=True):
    """Between two columns over the `n` units that have both; p of a two-sided t test with n − 2 degrees of freedom.
    NaN below three units, or where one is equal for all."""

    upper: str
    lower: str
    r: float
    p: float
    n: int

    @property
    def flag(self) -> Flag | None:
        """What is wrong between a member and its node."""
        if np.isnan(self.r):
            return None
        if self.r < 0:
            return "negative"
        return "collinear" if self.r > COLLINEAR else "weak" if self.r < WEAK else None


def correlation(upper: str, lower: str, columns: Mapping[str, FloatArray], method: Method = "pearson") -> Correlation:
    """Of two columns (U,), by their ids; Spearman's is Pearson's of ranks, ties sharing their mean rank."""
    from scipy import special, stats  # half a second that only this look needs

    both = ~np.isnan(columns[upper]) & ~np.isnan(columns[lower])
    n = int(both.sum())
    pair = np.vstack([columns[upper][both], columns[lower][both]])
    if n < LEAST_PAIRS or (pair.min(axis=1) == pair.max(axis=1)).any():
        return Correlation(upper, lower, np.nan, np.nan, n)
    if method == "spearman":
        pair = stats.rankdata(pair, axis=1)
    away = pair - pair.mean(axis=1, keepdims=True)
    r = float(np.clip(away[0] @ away[1] / np.sqrt((away**2).sum(axis=1).prod()), -1.0, 1.0))
    rest = 1.0 - r**2
    p = 2 * float(special.stdtr(n - 2, -abs(r) * np.sqrt((n - 2) / rest))) if rest > 0 else 0.0
    return Correlation(upper, lower, r, p, n)


def families(plan: Plan) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every node and leaf but the root with its ancestors, nearest first."""

    def below(node: Node, above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for child in node.children:
            yield child.id, above
            yield from below(child, (child.id, *above))

    yield from below(plan.tree, (plan.tree.id,))


def within_family(plan: Plan, columns: Columns, method: Method = "pearson") -> list[Correlation]:
    """Every node and leaf with each of its ancestors."""
    return [correlation(one, child, columns, method) for child, above in families(plan) for one in above]


def level(plan: Plan, depth: int) -> tuple[str, ...]:
    """Ids so many steps below the root (0 is the root itself)."""
    return (plan.tree.id,) if depth == 0 else tuple(child for child, above in families(plan) if len(above) == depth)


def between_levels(
    plan: Plan, columns: Columns, upper: int, lower: int, method: Method = "pearson"
) -> list[Correlation]:
    """Every id of one level with every id of another (depths below the root)."""
    return [
        correlation(one, other, columns, method) for other in level(plan, lower) for one in level(plan, upper)
    ]  # fmt: skip


# ---------------------------------------------------------------- groups


def groups(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Node → its members."""
    return {node.id: tuple(child.id for child in node.children) for node in plan.tree.walk() if not node.is_leaf}


def alphas(plan: Plan, columns: Columns) -> dict[str, float]:
    """Cronbach's alpha of each node's members, from covariances over the units that have both; NaN for one member."""
    found = {}
    for node, members in groups(plan).items():
        covariance = pairwise_covariance(np.column_stack([columns[member] for member in members]))
        told = alpha(covariance, 1.0) if not np.isnan(covariance).any() else None
        found[node] = np.nan if told is None else told[0]
    return found


def pairwise_covariance(values: FloatArray) -> FloatArray:
    """(M, M) of values (U, M), each over the units that have both; NaN below two of them."""
    size = values.shape[1]
    found = np.full((size, size), np.nan)
    for one in range(size):
        for other in range(one, size):
            both = ~np.isnan(values[:, one]) & ~np.isnan(values[:, other])
            if both.sum() > 1:
                pair = np.cov(values[both, one], values[both, other])
                found[one, other] = found[other, one] = pair[0, 1]
    return found


def components(plan: Plan, columns: Columns) -> dict[str, weigh.Components]:
    """Node → principal components of its members, over the units that have all; nodes with fewer than two members,
    fewer than three such units or a member that is equal for all have none."""
    found = {}
    for node, members in groups(plan).items():
        values = np.column_stack([columns[member] for member in members])
        whole = values[~np.isnan(values).any(axis=1)]
        if len(members) > 1 and whole.shape[0] >= LEAST_PAIRS and (whole.std(axis=0) > 0).all():
            found[node] = weigh.pca(whole)
    return found


def duels(plan: Plan, steps: Steps, node: str) -> FloatArray:
    """(U, U) share of the node's weight on which the row's unit is ahead of the column's, a tie counting half."""
    of = next(one for one in plan.tree.walk() if one.id == node)
    given, found = of.child_weights(), steps.tree.weights
    values = np.column_stack([steps.score(child.id) for child in of.children])[:, given > 0]
    return outranking(values, np.broadcast_to(found.get(node, given[given > 0]), values.shape))


# ---------------------------------------------------------------- one unit


class Standout(msgspec.Struct, frozen=True):
    """A figure in which a unit stands high or low among `units` that have one; rank 1 is best."""

    leaf: str
    rank: int
    value: float
    units: int


def standouts(
    plan: Plan, figures: Columns, units: Sequence[str], unit: str, number: int = 5
) -> tuple[list[Standout], list[Standout]]:
    """A unit's best and worst ranked figures, both from better to worse. Equal ranks stay in the order of `figures`. A
    figure whose lowest value several units share, this one among them, tells nothing of it and is passed over."""
    leaves, place = plan.leaf_table(), list(units).index(unit)
    found = []
    for name, values in figures.items():
        good = good_high(values, leaves[name].direction)
        rank = ranks(good)[place]
        if rank is None or (good[place] == np.nanmin(good) and (good == good[place]).sum() > 1):
            continue
        found.append(Standout(name, rank, float(values[place]), int((~np.isnan(good)).sum())))
    ordered = sorted(found, key=lambda one: one.rank)
    return ordered[:number], ordered[-number:]


def summary(plan: Plan, steps: Steps, unit: str) -> list[tuple[str, float, int | None]]:
    """(node, score, rank) of one unit at every node, from the root downwards level by level."""
    place = steps.units.index(unit)
    depth = {plan.tree.id: 0} | {child: len(above) for child, above in families(plan)}
    nodes = sorted((node.id for node in plan.tree.walk() if not node.is_leaf), key=lambda name: depth[name])
    return [(name, float(steps.score(name)[place]), ranks(steps.score(name))[place]) for name in nodes]
