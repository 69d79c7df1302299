"""How far ranks hang on choices that could have been made otherwise: outlier limit, normalisation, weights,
aggregation; and which of these moves them most.

Each combination of the countable choices is computed once through all steps; only the weights are drawn many times.
(Saisana, Saltelli & Tarantola 2005; COINr's uncertainty and sensitivity analysis.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from survey_app.scoring import aggregate, redraw
from survey_app.scoring.compute import Steps
from survey_app.scoring.leaf import Leaf, Normalise, Treat
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Node, Plan, ShownOn
from survey_app.scoring.redraw import Draws, NotVaried, Upper, ranks_of, shift
from survey_app.scoring.sobol import Sobol, designed, sobol

Score = Callable[[Plan], Steps]  # all steps of a plan on given figures
Name = Literal["winsorise", "normalise", "aggregate", "weights"]
NAMES: tuple[Name, ...] = ("winsorise", "normalise", "aggregate", "weights")
ABOVE_ZERO = ShownOn(1.0, 100.0)
NEED_ABOVE_ZERO = ("geometric", "harmonic")
OTHER_SCALES = (
    Normalise("min_max", bounds="own_year"),
    Normalise("z_score", mean=50.0, sd=10.0),
    Normalise("percentile"),
)


class Varied(msgspec.Struct, frozen=True):
    """The choices, each alternative as likely as the others; none = as the plan has it. `weights`: Dirichlet around the
    plan's, or each times a uniform number within ± `spread`."""

    winsorise: tuple[int, ...] = ()
    normalise: tuple[Normalise, ...] = ()
    aggregate: tuple[aggregate.Method, ...] = ()
    weights: Literal["dirichlet", "noise"] | None = None
    spread: float = 0.25

    def names(self) -> tuple[Name, ...]:
        return tuple(name for name in NAMES if getattr(self, name))


def usual(plan: Plan, only: Sequence[Name] = ()) -> Varied:
    """The field's alternatives for what the plan has, or for the steps named in `only`. Raises NotVaried where the plan
    lacks one that is named."""
    named = only or [name for name in NAMES if _lacks(plan, name) is None]
    for name in named:
        if why := _lacks(plan, name):
            raise NotVaried(why)
    limits = tuple(range(1, max((rule.winsorise for rule in treatments(plan)), default=1) + 1))
    own = (plan.normalise,) if isinstance(plan.normalise, Normalise) else ()
    scales = (*own, *(one for one in OTHER_SCALES if one.method not in {scale.method for scale in own}))
    positive = not own or own[0].bounded
    methods: tuple[aggregate.Method, ...] = ("arithmetic", "geometric") if positive else ("arithmetic", "median")
    return Varied(
        winsorise=limits if "winsorise" in named else (),
        normalise=scales if "normalise" in named else (),
        aggregate=tuple(dict.fromkeys((plan.tree.aggregate, *methods))) if "aggregate" in named else (),
        weights="dirichlet" if "weights" in named else None,
    )


def treatments(plan: Plan) -> list[Treat]:
    return [rule for rule in (plan.treat, *(leaf.treat for leaf in plan.leaves)) if isinstance(rule, Treat)]


def _lacks(plan: Plan, name: Name) -> str | None:
    """Why a step cannot be varied; None if it can."""
    if name == "winsorise" and not treatments(plan):
        return "the plan has no `treat`, so the limit of winsorising cannot be varied: give it one, or vary other steps"
    if name == "normalise" and not isinstance(plan.normalise, Normalise):
        return "the plan has no `normalise` of its own, so normalisation cannot be varied: give it one, or vary others"
    if name == "weights" and (
        own := [n.id for n in plan.tree.walk() if n.weights == "benefit_of_doubt" and _above(n, plan)]
    ):
        return f"the node '{own[0]}' gives each unit its own weights, so they cannot be varied: vary other steps"
    if name == "normalise" and any(leaf.normalise is not None for leaf in plan.leaves if leaf.source != "panel"):
        return "some leaves have a `normalise` of their own, so the plan's cannot be varied for all: vary other steps"
    return None


def _above(node: Node, plan: Plan) -> bool:
    """Whether weights are drawn at the node."""
    return node is plan.tree or any(not child.is_leaf for child in node.children)


def check(plan: Plan, varied: Varied) -> None:
    """Raises NotVaried for a step that the plan lacks: varied in silence, it would look as if it moved nothing."""
    for name in varied.names():
        if why := _lacks(plan, name):
            raise NotVaried(why)
    if not varied.names():
        raise NotVaried("nothing is varied: name at least one step")


# ---------------------------------------------------------------- runs


class Runs:
    """A plan's root under drawn choices, for the figures behind `score`. `nominal` (U,): the plan's own scores."""

    def __init__(self, plan: Plan, score: Score, varied: Varied) -> None:
        check(plan, varied)
        self.plan, self.score, self.varied = plan, score, varied
        steps = score(plan)
        self.units, self.nominal = steps.units, steps.score(plan.tree.id)
        self.ranks = ranks_of(self.nominal[None])[0]
        self.weights = redraw.redrawn(plan, steps.tree.weights) if varied.weights else ()
        self.known: dict[tuple[int, ...], Steps] = {}

    def sample(self, draws: int, generator: np.random.Generator) -> dict[str, FloatArray]:
        """Choices of `draws` runs: the place of an alternative (K,), or weights by node (K, M)."""
        found: dict[str, FloatArray] = {}
        for name in ("winsorise", "normalise", "aggregate"):
            alternatives = getattr(self.varied, name)
            found[name] = generator.integers(0, max(len(alternatives), 1), draws).astype(np.float64)
        if self.varied.weights:
            way = redraw.dirichlet if self.varied.weights == "dirichlet" else redraw.noisy
            found |= way(self.weights, draws, generator, self.varied.spread)
        return found

    def factors(self) -> dict[str, Sequence[str]]:
        nodes = [upper.node.id for upper in self.weights]
        return {name: nodes if name == "weights" else [name] for name in self.varied.names()}

    def scores(self, sample: Mapping[str, FloatArray]) -> FloatArray:
        """(K, U) the root of each run."""
        chosen = np.column_stack([sample[name] for name in ("winsorise", "normalise", "aggregate")]).astype(np.int64)
        nodes = {upper.node.id for upper in self.weights}
        draws = {name: values for name, values in sample.items() if name in nodes}
        found = np.empty((chosen.shape[0], len(self.units)))
        kinds, which = np.unique(chosen, axis=0, return_inverse=True)
        for place, kind in enumerate(kinds):
            rows = np.flatnonzero(which.ravel() == place)
            steps = self.combination(tuple(kind.tolist()))
            found[rows] = steps.score(self.plan.tree.id)
            if draws:
                uppers = redraw.redrawn(changed(self.plan, self.varied, tuple(kind.tolist())), steps.tree.weights)
                values = {name: steps.score(name) for name in redraw.inputs(uppers)}
                found[rows] = drawn(uppers, values, redraw.taken(draws, rows), rows.size, len(self.units))
        return found

    def combination(self, kind: tuple[int, ...]) -> Steps:
        """One combination through all steps, once."""
        if kind not in self.known:
            plan = changed(self.plan, self.varied, kind)
            steps = self.score(plan)
            lost = np.isnan(steps.score(plan.tree.id)) & ~np.isnan(self.nominal)
            if lost.any():
                raise NotVaried(_lost(plan, [unit for unit, gone in zip(self.units, lost, strict=True) if gone]))
            self.known[kind] = steps
        return self.known[kind]


def drawn(
    uppers: tuple[Upper, ...], values: Mapping[str, FloatArray], draws: Draws, number: int, units: int
) -> FloatArray:
    """(K, U) the root for K weight draws; all runs are alike without any."""
    if not draws:
        return np.asarray(np.repeat(redraw.root_scores(uppers, values, {}), number, axis=0))
    duels = units if any(upper.node.aggregate == "copeland" for upper in uppers) else 1
    width = units * duels * max(len(upper.members) for upper in uppers)
    parts = [redraw.root_scores(uppers, values, redraw.taken(draws, at)) for at in redraw.blocks(number, width)]
    return np.concatenate(parts) if parts else np.empty((0, units))


def _lost(plan: Plan, units: Sequence[str]) -> str:
    method = plan.normalise.method if isinstance(plan.normalise, Normalise) else "the leaves' own"
    return (f"with normalisation {method} and aggregation {plan.tree.aggregate} some units have no score "
            f"({', '.join(units[:5])}): vary one of the two only")  # fmt: skip


def changed(plan: Plan, varied: Varied, kind: tuple[int, ...]) -> Plan:
    """The plan with one alternative of each step, by their places. Geometric and harmonic means know no zero, which
    the lowest unit has on a scale from 0: where one of them is among the alternatives, all are shown on 1–100."""
    winsorise, normalise, method = kind
    if varied.winsorise:
        plan = _winsorised(plan, varied.winsorise[winsorise])
    if varied.normalise:
        plan = msgspec.structs.replace(plan, normalise=varied.normalise[normalise])
    if varied.aggregate:
        plan = msgspec.structs.replace(plan, tree=_aggregated(plan.tree, varied.aggregate[method]))
    if plan.shown_on.min <= 0 and set(varied.aggregate) & set(NEED_ABOVE_ZERO):
        plan = msgspec.structs.replace(plan, shown_on=ABOVE_ZERO)
    return plan


def _winsorised(plan: Plan, limit: int) -> Plan:
    def limited(of: Plan | Leaf) -> Treat | msgspec.UnsetType:
        return msgspec.structs.replace(of.treat, winsorise=limit) if isinstance(of.treat, Treat) else of.treat

    leaves = tuple(msgspec.structs.replace(leaf, treat=limited(leaf)) for leaf in plan.leaves)
    return msgspec.structs.replace(plan, treat=limited(plan), leaves=leaves)


def _aggregated(node: Node, method: aggregate.Method) -> Node:
    if node.is_leaf:
        return node
    children = tuple(_aggregated(child, method) for child in node.children)
    return msgspec.structs.replace(node, aggregate=method, children=children)


# ---------------------------------------------------------------- what is told


class RankStatistics(msgspec.Struct, frozen=True):
    """Of each unit's ranks over the runs (U,): nominal, mean, median, 5th and 95th percentile (R's type 7)."""

    units: tuple[str, ...]
    nominal: FloatArray
    mean: FloatArray
    median: FloatArray
    low: FloatArray
    high: FloatArray


def rank_statistics(units: tuple[str, ...], nominal: FloatArray, ranks: FloatArray) -> RankStatistics:
    """From ranks (K, U) and nominal ones (U,)."""
    low, median, high = np.quantile(ranks, [0.05, 0.5, 0.95], axis=0)
    return RankStatistics(units, nominal, ranks.mean(axis=0), median, low, high)


class Uncertainty(msgspec.Struct, frozen=True):
    """What the choices do to ranks together, and each to the mean absolute shift of rank."""

    ranks: RankStatistics
    sobol: Sobol


def uncertainty(plan: Plan, score: Score, varied: Varied, draws: int, seed: int) -> Uncertainty:
    """(d + 2) · `draws` runs; PCG64. Raises NotVaried, NoWeights."""
    runs = Runs(plan, score, varied)
    generator = np.random.Generator(np.random.PCG64(seed))
    a, b = runs.sample(draws, generator), runs.sample(draws, generator)

    def ranks(sample: dict[str, FloatArray]) -> FloatArray:
        return ranks_of(runs.scores(sample))

    y_a, y_b, y_ab = designed(runs.factors(), a, b, ranks)
    moved = [shift(ranked, runs.ranks) for ranked in (y_a, y_b, y_ab)]
    statistics = rank_statistics(runs.units, runs.ranks, np.concatenate([y_a, y_b]))
    return Uncertainty(statistics, sobol(list(runs.factors()), moved[0], moved[1], moved[2], seed))
