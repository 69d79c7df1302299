"""How much of a unit's rank is chance of who answered (sampling), how much the rule of cleaning, how much the method.

One design varies all of them: sub-index scores drawn from their covariance, three rules of which sheets count, and the
method's choices: normalisation, aggregation, share of hard data, weights. Sobol indices divide the movement of each
unit's rank, and of the mean absolute shift. Single choices of the method stand beside the method as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from survey_app.scoring import aggregate, redraw, relative
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.figures import Given
from survey_app.scoring.leaf import Leaf, Normalise
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Node, Plan
from survey_app.scoring.propagate import ScoredGroup
from survey_app.scoring.redraw import NotVaried, Upper, ranks_of, shift
from survey_app.scoring.robustness import ABOVE_ZERO, RankStatistics, drawn, rank_statistics
from survey_app.scoring.sobol import Sobol, designed, sobol

Rule = Literal["without_flagged", "all_sheets", "strict"]
Scale = Literal["absolute", "own_year"]
RULES: tuple[Rule, ...] = ("without_flagged", "all_sheets", "strict")
METHOD = ("normalise", "aggregate", "hard_share")
ANSWERS = "answers of "  # a node's questions together, where it has figures too


class Choices(msgspec.Struct, frozen=True):
    """The method's alternatives, each as likely as the others: answers as they are, or between the lowest and highest
    unit; means; what is added to the share of hard data; `spread` of the weights (see `redraw.dirichlet`)."""

    normalise: tuple[Scale, ...] = ("absolute", "own_year")
    aggregate: tuple[aggregate.Method, ...] = ("arithmetic", "geometric")
    hard_share: tuple[float, ...] = (-0.1, 0.0, 0.1)
    spread: float = 0.25


class Movement(msgspec.Struct, frozen=True):
    """Of one peer group's units (U,): what their ranks do; Sobol indices (d, U) of each unit's rank and (d,) of the
    mean absolute shift. `rules`: those that leave enough businesses; `left_out`: units without a score under one."""

    group: str
    node: str
    ranks: RankStatistics
    by_unit: Sobol
    overall: Sobol
    rules: tuple[Rule, ...]
    left_out: tuple[str, ...]


class Drawn(msgspec.Struct, frozen=True):
    """Sub-index scores (U, S) under one rule, and a root (U·S, U·S) of their covariance."""

    sub: FloatArray
    root: FloatArray


def movement(
    plan: Plan,
    by_rule: Mapping[Rule, GroupEstimate],
    given: Given,
    choices: Choices,
    draws: int,
    node: str | None = None,
) -> Movement:
    """(d + 2) · `draws` runs, seeded by `given` (PCG64). `by_rule`: the same peer group estimated from other sheets.
    Ranks at `node` (the businesses' part). Raises NotVaried."""
    runs = RoundRuns(plan, by_rule, given, choices, node or plan.businesses_part())
    generator = np.random.Generator(np.random.PCG64(given.seed))
    a, b = runs.sample(draws, generator), runs.sample(draws, generator)
    y_a, y_b, y_ab = designed(runs.factors(), a, b, runs.ranks)
    moved = [shift(ranks, runs.nominal) for ranks in (y_a, y_b, y_ab)]
    names = list(runs.factors())
    return Movement(
        group=runs.group.id,
        node=runs.node,
        ranks=rank_statistics(runs.units, runs.nominal, np.concatenate([y_a, y_b])),
        by_unit=sobol(names, y_a, y_b, y_ab, given.seed),
        overall=sobol(names, moved[0], moved[1], moved[2], given.seed),
        rules=runs.rules,
        left_out=tuple(unit for unit in runs.group.units if unit not in runs.units),
    )


class RoundRuns:
    """One peer group's ranks at a node under drawn choices; `units`, `nominal`: those with a score under every rule,
    and their ranks by the plan and the base case."""

    def __init__(
        self, plan: Plan, by_rule: Mapping[Rule, GroupEstimate], given: Given, choices: Choices, node: str
    ) -> None:
        self.plan, self.given, self.choices, self.node = plan, given, choices, node
        self.rules = tuple(rule for rule in RULES if rule in by_rule and (rule == RULES[0] or by_rule[rule].covariance))
        self.estimates = [by_rule[rule] for rule in self.rules]
        self.group = self.estimates[0]
        self.drawn = [_drawn(estimate) for estimate in self.estimates]
        scored = ScoredGroup(plan, self.group, given)
        self.figures = scored.figures
        self.uppers = self._uppers(_below(plan.tree, node))
        self.mixed = [
            upper.node.id for upper in self.uppers if self._figures(upper).any() != self._figures(upper).all()
        ]
        self.kept = ~np.isnan(scored.value(node))
        for one in self.drawn:
            self.kept &= ~np.isnan(one.sub).any(axis=1)
        if self.kept.sum() < 2:
            raise NotVaried(f"fewer than two units of '{self.group.id}' have a score at '{node}' under every rule")
        self.units = tuple(unit for unit, kept in zip(self.group.units, self.kept, strict=True) if kept)
        self.nominal = ranks_of(scored.value(node)[None, self.kept])[0]

    # ------------------------------------------------ the tree above the sub-indices

    def _uppers(self, node: Node) -> list[Upper]:
        """Nodes with members other than questions alone, children before parents; what is not asked is left out."""
        found: list[Upper] = []
        members: list[tuple[str, float]] = []
        answers = 0.0
        for child, weight in zip(node.children, node.child_weights().tolist(), strict=True):
            if child.is_leaf and child.id not in self.figures:
                answers += weight
            elif child.is_leaf:
                members += [(child.id, weight)] if self.figures[child.id].asked else []
            else:
                below = self._uppers(child)
                found += below
                there = bool(below) or child.id in self._subs()
                members += [(child.id, weight)] if there else []
        if answers and node.id in self._subs():
            members.append((ANSWERS + node.id, answers))
        members = [(member, weight) for member, weight in members if weight > 0]
        if members and members[0][0] != ANSWERS + node.id:
            found.append(Upper(node, tuple(member for member, _ in members), np.array([w for _, w in members])))
        return found

    def _subs(self) -> list[str]:
        return [sub.id for sub in self.group.sub_indices]

    def _figures(self, upper: Upper) -> FloatArray:
        """(M,) True for members without any answers."""
        rated = set(self._subs()) | {ANSWERS + sub for sub in self._subs()}
        for one in self.uppers:
            if any(member in rated for member in one.members):
                rated.add(one.node.id)
        return np.array([member not in rated for member in upper.members], dtype=np.bool_)

    # ------------------------------------------------ runs

    def factors(self) -> dict[str, Sequence[str]]:
        weights = [upper.node.id for upper in self._weighed()]
        single: dict[str, Sequence[str]] = {name: [name] for name in METHOD if self._alternatives(name) > 1}
        single |= {"weights": weights} if weights else {}
        method = [part for parts in single.values() for part in parts]
        cleaning: dict[str, Sequence[str]] = {"cleaning": ["cleaning"]} if len(self.rules) > 1 else {}
        whole: dict[str, Sequence[str]] = {"method": method} if method else {}
        return {"sampling": ["sampling"], **cleaning, **whole, **single}

    def _alternatives(self, name: str) -> int:
        return 1 if name == "hard_share" and not self.mixed else len(getattr(self.choices, name))

    def _weighed(self) -> list[Upper]:
        """Nodes whose weights are drawn; those between answers and hard data have a share instead."""
        return [upper for upper in self.uppers if upper.node.id not in self.mixed and len(upper.members) > 1]

    def sample(self, draws: int, generator: np.random.Generator) -> dict[str, FloatArray]:
        """Independent draws of every part: normal numbers, places of alternatives, weights."""
        found: dict[str, FloatArray] = {
            "sampling": generator.standard_normal((draws, self.drawn[0].root.shape[0])),
            "cleaning": generator.integers(0, len(self.rules), draws).astype(np.float64),
        }
        for name in METHOD:
            found[name] = generator.integers(0, self._alternatives(name), draws).astype(np.float64)
        return found | redraw.dirichlet(tuple(self._weighed()), draws, generator, self.choices.spread)

    def ranks(self, sample: Mapping[str, FloatArray]) -> FloatArray:
        """(K, U) ranks of each run."""
        chosen = np.column_stack([sample[name] for name in ("cleaning", *METHOD)]).astype(np.int64)
        found = np.empty((chosen.shape[0], len(self.units)))
        kinds, which = np.unique(chosen, axis=0, return_inverse=True)
        for place, kind in enumerate(kinds):
            rows = np.flatnonzero(which.ravel() == place)
            part = {name: values[rows] for name, values in sample.items()}
            found[rows] = ranks_of(self._scores(part, kind.tolist())[:, self.kept])
        if np.isnan(found).any():
            raise NotVaried(
                "a choice leaves units without a score: a geometric mean of 0 or less, or a scale of no length"
            )
        return found

    def _scores(self, part: Mapping[str, FloatArray], kind: Sequence[int]) -> FloatArray:
        """(K, U) at the node, all with the same alternatives."""
        rule, scale, method, share = kind
        one, (units, size) = self.drawn[rule], self.drawn[rule].sub.shape
        noise = (part["sampling"] @ one.root).reshape(-1, units, size)
        sub = np.clip(one.sub + noise, 0.0, 100.0)  # no sheet gives less or more
        values = self._inputs(sub, self.estimates[rule], self.choices.normalise[scale])
        way = self.choices.aggregate[method]
        uppers = tuple(
            msgspec.structs.replace(upper, node=msgspec.structs.replace(upper.node, aggregate=way))
            for upper in self._shared(self.choices.hard_share[share] if self.mixed else 0.0)
        )
        if not uppers:
            return values[self.node]
        weights = {upper.node.id: part[upper.node.id] for upper in self._weighed()}
        return drawn(uppers, values, weights, sub.shape[0], units)

    def _inputs(self, sub: FloatArray, estimate: GroupEstimate, scale: Scale) -> dict[str, FloatArray]:
        """What enters the tree, on the shown scale: one above 0, since geometric means may follow."""
        plan = self.plan.absolute() if scale == "absolute" else own_year(self.plan)
        shown = self.plan.shown_on if self.plan.shown_on.min > 0 else ABOVE_ZERO
        found: dict[str, FloatArray] = {}
        for s, one in enumerate(estimate.sub_indices):
            scores = relative.sub_index(plan, one, estimate, sub[:, :, s], {})
            found[one.id] = found[ANSWERS + one.id] = shown.min + (shown.max - shown.min) * scores / 100.0
        for name, figure in self.figures.items():
            lifted = shown.min + (shown.max - shown.min) * figure.values / 100.0
            found[name] = lifted if figure.bounded else figure.values
        return found

    def _shared(self, add: float) -> list[Upper]:
        """The nodes with another share of hard data where answers and hard data meet."""
        found = []
        for upper in self.uppers:
            weights = upper.weights / upper.weights.sum()
            if upper.node.id in self.mixed:
                hard = self._figures(upper)
                before = float(weights[hard].sum())
                after = min(max(before + add, 0.0), 1.0)
                weights = np.where(hard, weights * after / before, weights * (1 - after) / (1 - before))
            found.append(msgspec.structs.replace(upper, weights=weights))
        return found


def _drawn(estimate: GroupEstimate) -> Drawn:
    covariance = estimate.covariance_array()
    if covariance is None:
        raise NotVaried(f"the group '{estimate.id}' has a unit about which fewer than two businesses say anything")
    values, vectors = np.linalg.eigh(covariance)
    return Drawn(estimate.sub_scores(), (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T)


def _below(tree: Node, name: str) -> Node:
    return next(node for node in tree.walk() if node.id == name)


def own_year(plan: Plan) -> Plan:
    """The plan with every question between its lowest and its highest unit (PCI's way)."""

    def moved(leaf: Leaf) -> Leaf:
        if leaf.source != "question":
            return leaf
        low, high = leaf.scale.low, leaf.scale.high
        return msgspec.structs.replace(leaf, normalise=Normalise("min_max", low, high, bounds="own_year"))

    return msgspec.structs.replace(plan, leaves=tuple(moved(leaf) for leaf in plan.leaf_table().values()))
