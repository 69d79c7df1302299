"""`index examine --values`: the Handbook's step 4, figures and groups of figures looked at before they are believed.

Statistics are of the figures as the plan divides them, gaps and outliers as they are; correlations, alphas and
components of what each node counts: normalised, so that more is better.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from survey_app.scoring import factors, item_reliability, multivariate, weigh
from survey_app.scoring.compute import Columns, Steps, effective_weights, treat_of, weights_at
from survey_app.scoring.item_reliability import Scale
from survey_app.scoring.multivariate import Correlation, Standout, Univariate
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Node, Plan
from survey_app.scoring.tables import Contents, Row, write_tables
from survey_app.scoring.unit_level import Computed, Year
from survey_app.scoring.weigh import Components

SHOWN = 5  # strengths, and weaknesses, of a unit
ABOVE_ONE = 1 + 1e-9  # eigenvalues; at exactly 1 a component explains as much as any single member

FIGURES = ("leaf", "units", "known", "low", "high", "mean", "median", "sd", "skew", "kurtosis", "non_zero",
           "different", "same", "share_known", "share_non_zero", "share_different", "share_same", "few_known",
           "few_non_zero", "few_different", "outliers")  # fmt: skip
CORRELATIONS = ("member", "ancestor", "levels", "pearson", "pearson_p", "spearman", "spearman_p", "n", "flag")
GROUPS = ("node", "members", "units", "alpha", "alpha_low", "alpha_high", "omega_total", "kmo", "lambda6",
          "first_component", "components_above_1")  # fmt: skip
MEMBERS = ("node", "member", "weight", "effective_weight", "correlation", "loading", "squared_loading",
           "squared_low", "squared_high", "alpha_if_dropped")  # fmt: skip
STANDOUTS = ("unit", "kind", "place", "leaf", "rank", "value", "units")

FEW_MEMBERS = "nothing is told of the group, fewer than two members have different figures"
FEW_UNITS = "nothing is told of the group, fewer than three units have all members"
PAIR = "no omega and no KMO, two members are too few"
DEPENDENT = "no lambda6 and no KMO, members follow from each other or are as many as the units"
AGAINST = "no omega, the members pull against each other"
OPPOSED = "no alpha, the members add up to the same for all units"
HARDLY = "no interval of loadings, hardly any draw of units leaves every member different figures"


class Group(msgspec.Struct, frozen=True):
    """What a node's members have in common, over the `units` that have all of them. `members`: those with a weight and
    with different figures, `left_out` those without. Arrays (M,) in their order: `low`, `high` are the 90 % bootstrap
    interval of squared loadings; `dropped` alpha without the member. `untold`: what could not be told, and why."""

    node: str
    members: tuple[str, ...]
    left_out: tuple[str, ...]
    units: int
    untold: tuple[str, ...]
    scale: Scale | None = None
    omega: float = np.nan
    kmo: float = np.nan
    components: Components | None = None
    low: FloatArray = np.empty(0)
    high: FloatArray = np.empty(0)
    dropped: FloatArray = np.empty(0)


class Look(msgspec.Struct, frozen=True):
    """One year. `correlations`: Pearson's and Spearman's of a member with an ancestor, and how many levels that is
    above it; `standouts`: (unit, kind, place, figure)."""

    year: Year
    figures: dict[str, Univariate]
    correlations: tuple[tuple[Correlation, Correlation, int], ...]
    groups: tuple[Group, ...]
    standouts: tuple[tuple[str, str, int, Standout], ...]


def examined(found: Computed, seed: int = 0) -> tuple[Look, ...]:
    """Every year; `seed` of the draws behind the intervals of loadings."""
    return tuple(_look(found.plan, year, seed) for year in found.years)


def _look(plan: Plan, year: Year, seed: int) -> Look:
    steps, leaves = year.steps, plan.leaf_table()
    columns = {node.id: steps.score(node.id) for node in plan.tree.walk()}
    return Look(
        year=year,
        figures={name: multivariate.univariate(values, treat_of(plan, leaves[name]))
                 for name, values in steps.denominated.items()},
        correlations=tuple(_correlations(plan, columns)),
        groups=tuple(group(node, columns, seed) for node in plan.tree.walk() if len(weighted(node)) > 1),
        standouts=tuple(_standouts(plan, steps)),
    )  # fmt: skip


def _correlations(plan: Plan, columns: Columns) -> Iterator[tuple[Correlation, Correlation, int]]:
    levels = [place + 1 for _, above in multivariate.families(plan) for place in range(len(above))]
    pairs = (multivariate.within_family(plan, columns, method) for method in ("pearson", "spearman"))
    yield from zip(*pairs, levels, strict=True)


def weighted(node: Node) -> tuple[str, ...]:
    """Ids of the members that count."""
    return tuple(child.id for child, weight in zip(node.children, node.child_weights(), strict=True) if weight > 0)


def group(node: Node, columns: Columns, seed: int) -> Group:
    """One node with two weighted members or more."""
    names = weighted(node)
    some = [name for name in names if not np.isnan(columns[name]).all()]
    values = np.column_stack([columns[name] for name in some]) if some else np.empty((0, 0))
    whole = values[~np.isnan(values).any(axis=1)]
    varied = np.ptp(whole, axis=0) > 0 if whole.size else np.zeros(len(some), dtype=np.bool_)
    kept = tuple(name for name, differs in zip(some, varied, strict=True) if differs)
    gone = tuple(name for name in names if name not in kept)
    units = whole.shape[0]
    if units < multivariate.LEAST_PAIRS:
        return Group(node.id, names, (), units, (FEW_UNITS,))
    if len(kept) < 2:
        return Group(node.id, kept, gone, units, (FEW_MEMBERS,))
    return _together(Group(node.id, kept, gone, units, ()), whole[:, varied], seed)


def _together(of: Group, whole: FloatArray, seed: int) -> Group:
    """Of values (U, M) without gaps, every member with different ones."""
    covariance = np.cov(whole, rowvar=False)
    correlation = item_reliability.correlation_of(covariance)
    scale = item_reliability.scale_of(covariance, whole.shape[0])
    low, high = weigh.pca_interval(whole, seed)
    pair, omega = len(of.members) < factors.LEAST_ITEMS, factors.one_factor_omega(correlation)
    reasons = {
        PAIR: pair,
        AGAINST: np.isnan(omega) and not pair,
        DEPENDENT: np.isnan(scale.lambda6),
        OPPOSED: np.isnan(scale.raw),
        HARDLY: np.isnan(low).any(),
    }
    return msgspec.structs.replace(
        of,
        untold=tuple(reason for reason, holds in reasons.items() if holds),
        scale=scale,
        omega=omega,
        kmo=np.nan if pair else factors.sampling_adequacy(correlation),
        components=weigh.pca(whole),
        low=low,
        high=high,
        dropped=item_reliability.items_of(whole, covariance).alpha_if_dropped,
    )


def _standouts(plan: Plan, steps: Steps) -> Iterator[tuple[str, str, int, Standout]]:
    """Up to five each, none both: first the best, or the worst."""
    for unit in steps.units:
        found, _ = multivariate.standouts(plan, steps.denominated, steps.units, unit, len(steps.denominated))
        found = [one for one in found if one.units > 1]
        number = min(SHOWN, len(found) // 2)
        for kind, ordered in (("strength", found), ("weakness", found[::-1])):
            for place, one in enumerate(ordered[:number], start=1):
                yield unit, kind, place, one


# ---------------------------------------------------------------- what could not be told


def notices(looks: Sequence[Look]) -> Iterator[str]:
    """A line for each kind of blank cell, and whom it concerns."""
    for look in looks:
        when = "" if look.year.name is None else f"{look.year.name:g}: "
        for reason, names in _blanks(look):
            if names:
                yield f"{when}{reason}: {', '.join(names)}"


def _blanks(look: Look) -> Iterator[tuple[str, list[str]]]:
    shapeless = [name for name, one in look.figures.items() if np.isnan(one.skew)]
    yield "no skew and no kurtosis, fewer than four figures or all the same", shapeless
    known = look.year.steps.score
    ids = dict.fromkeys(name for one, _, _ in look.correlations for name in (one.upper, one.lower))
    flat = [name for name in ids if _flat(known(name))]
    yield "no correlations, fewer than three units have a score or all have the same", flat
    apart = [f"{one.lower} with {one.upper}" for one, _, _ in look.correlations
             if np.isnan(one.r) and one.lower not in flat and one.upper not in flat]  # fmt: skip
    yield "no correlation, fewer than three units have both, or all of these the same", apart
    left_out = [f"{name} of {one.node}" for one in look.groups for name in one.left_out]
    yield "left out of the group, no figures or all the same", left_out
    for reason in dict.fromkeys(reason for one in look.groups for reason in one.untold):
        yield reason, [one.node for one in look.groups if reason in one.untold]


def _flat(scores: FloatArray) -> bool:
    known = scores[~np.isnan(scores)]
    return known.size < multivariate.LEAST_PAIRS or bool(known.min() == known.max())


# ---------------------------------------------------------------- files


def write(found: Computed, looks: Sequence[Look], folder: Path) -> list[str]:
    """figures.csv, correlations.csv, groups.csv, members.csv, standouts.csv; of several years each line begins with its
    year. Returns the files' names."""
    timed = looks[0].year.name is not None

    def years(rows: Iterable[tuple[Look, Row]]) -> Iterator[Row]:
        for look, row in rows:
            yield (look.year.name, *row) if timed else row

    only = {node.children[0].id for node in found.plan.tree.walk() if len(node.children) == 1}
    related = ((look, _correlated(*one, only)) for look in looks for one in look.correlations)
    rows = {
        "figures.csv": (FIGURES, ((look, row) for look in looks for row in _figures(look))),
        "correlations.csv": (CORRELATIONS, related),
        "groups.csv": (GROUPS, ((look, _group(one)) for look in looks for one in look.groups)),
        "members.csv": (MEMBERS, ((look, row) for look in looks for row in _members(found.plan, look))),
        "standouts.csv": (STANDOUTS, ((look, _standout(*one)) for look in looks for one in look.standouts)),
    }
    head = ("year",) if timed else ()
    files: dict[str, Contents] = {name: ((*head, *columns), years(lines)) for name, (columns, lines) in rows.items()}
    return write_tables(files, folder)


def _figures(look: Look) -> Iterator[Row]:
    for name, one in look.figures.items():
        counts = (one.non_zero, one.different, one.same)
        moments = (one.low, one.high, one.mean, one.median, one.sd, one.skew, one.kurtosis)
        flags = (one.few_known, one.few_non_zero, one.few_different, one.outliers)
        units = len(look.year.steps.units)
        yield name, units, one.known, *moments, *counts, *one.shares, *(int(flag) for flag in flags)


def _correlated(pearson: Correlation, spearman: Correlation, levels: int, only: Container[str]) -> Row:
    """An only member is its node; that is no flag."""
    flag = None if levels == 1 and pearson.lower in only else pearson.flag
    return pearson.lower, pearson.upper, levels, pearson.r, pearson.p, spearman.r, spearman.p, pearson.n, flag


def _group(one: Group) -> Row:
    if one.scale is None or one.components is None:
        return one.node, len(one.members), one.units, *(None,) * (len(GROUPS) - 3)
    first, size = float(one.components.explained[0]), len(one.members)
    above = int((one.components.explained * size > ABOVE_ONE).sum())
    return (one.node, size, one.units, one.scale.raw, *one.scale.ends, one.omega, one.kmo, one.scale.lambda6, first,
            above)  # fmt: skip


def _members(plan: Plan, look: Look) -> Iterator[Row]:
    """Every node's members, those without a weight too."""
    weights = look.year.steps.tree.weights
    shares = effective_weights(plan, weights)
    r = {(one.upper, one.lower): one.r for one, _, _ in look.correlations}
    groups = {one.node: one for one in look.groups}
    for node in plan.tree.walk():
        for child, weight in zip(node.children, weights_at(node, weights).tolist(), strict=True):
            row = (node.id, child.id, weight, shares[child.id], r[node.id, child.id])
            yield *row, *_loading(groups.get(node.id), child.id)


def _loading(of: Group | None, member: str) -> Row:
    if of is None or of.components is None or member not in of.members:
        return (None,) * 5
    place = of.members.index(member)
    columns = (of.components.loadings, of.components.weights, of.low, of.high, of.dropped)
    return tuple(float(column[place]) for column in columns)


def _standout(unit: str, kind: str, place: int, one: Standout) -> Row:
    return unit, kind, place, one.leaf, one.rank, one.value, one.units
