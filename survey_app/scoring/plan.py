"""The index plan: how answers are counted. What is asked stands in the questionnaire, a file of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from survey_app.scoring import aggregate, weigh
from survey_app.scoring.leaf import Impute, Leaf, Normalise, Text, Treat
from survey_app.scoring.normalise import FloatArray


class ShownOn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The scale readers see. Inside, every score lies on 0–100."""

    min: float = 0.0
    max: float = 100.0
    decimals: int = 1

    def shown(self, score: float) -> float:
        return self.min + (self.max - self.min) * score / 100.0


class Privacy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Least numbers of answers; they may be raised, never lowered."""

    min_score: int = 10
    min_distribution: int = 15
    min_comments: int = 15


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A peer group that the plan names, by kinds of unit or by codes. Only items asked in all its units enter."""

    id: str
    label: Text | None = None
    kinds: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A node of the tree, or, without children, a reference to a leaf by its id."""

    id: str
    weight: float | None = None
    label: Text | None = None
    aggregate: aggregate.Method = "arithmetic"
    power: float = 1.0
    weights: weigh.Weighting = "given"
    coverage: float = 1.0
    children: tuple[Node, ...] = ()
    comparisons: tuple[tuple[float, ...], ...] | msgspec.UnsetType = msgspec.UNSET
    allocations: tuple[tuple[float, ...], ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def is_leaf(self) -> bool:
        return not self.children

    def walk(self) -> Iterator[Node]:
        """This node and all below, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def child_weights(self) -> FloatArray:
        """Relative weights, shape (children,); equal ones where only data can tell them."""
        if self.weights == "ahp" and not isinstance(self.comparisons, msgspec.UnsetType):
            return weigh.ahp(np.array(self.comparisons)).weights
        if self.weights == "budget" and not isinstance(self.allocations, msgspec.UnsetType):
            return weigh.budget(np.array(self.allocations))
        return weigh.weights_of(self.children, self.weights)


class SubIndex(msgspec.Struct, frozen=True):
    """A node that holds question leaves directly, with these leaves and their weights."""

    id: str
    leaves: tuple[Leaf, ...]
    weights: tuple[float, ...]


class Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How units are put into tiers: by what the noise allows (`posterior`), or by a rule on scores that knows no noise:
    `cuts` on the shown scale, `cuts` in per cent of the units, or so many natural `tiers`."""

    rule: Literal["posterior", "cut_offs", "percentiles", "natural_breaks"] = "posterior"
    level: float = 0.95
    cuts: tuple[float, ...] | msgspec.UnsetType = msgspec.UNSET
    tiers: int | msgspec.UnsetType = msgspec.UNSET


class Screen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units with a smaller share of known figures are not scored."""

    coverage: float = 0.65


class Dichotomy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A profile question whose answers divide a unit's businesses in two: those that gave one of `codes`, and the rest
    that answered."""

    question: str
    codes: tuple[str, ...]


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checked plan. Built by `plan_load` or `from_canonical` only."""

    format: Literal["survey-app/plan/1"]
    id: str
    tree: Node
    leaves: tuple[Leaf, ...]
    questionnaire: str | None = None
    version: str | None = None
    title: Text | None = None
    shown_on: ShownOn = ShownOn()
    privacy: Privacy = Privacy()
    peer_groups: Literal["by_kind"] | tuple[Group, ...] = "by_kind"
    tiers: Tiers = Tiers()
    # The question of the overall verdict, whose drivers are told; and how units' businesses are divided in two. Unset
    # in plans from before there were such: a field that is added later must not change their hash.
    outcome: str | msgspec.UnsetType = msgspec.UNSET
    dichotomies: tuple[Dichotomy, ...] | msgspec.UnsetType = msgspec.UNSET
    # The sub-index on the head of a unit: what heads may be honoured for.
    leadership: str | msgspec.UnsetType = msgspec.UNSET
    # Profile questions by whose answers businesses may be more lenient or stricter: taken out of the unit scores.
    covariates: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    # Sub-indices and questions that tell of service attitude: the director has a list of where it needs attention.
    attitude: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    # Steps of hard data (COINr's): who is scored, how gaps and outliers are met, and the rule of leaves without one.
    screen: Screen | msgspec.UnsetType = msgspec.UNSET
    impute: Impute | msgspec.UnsetType = msgspec.UNSET
    treat: Treat | msgspec.UnsetType = msgspec.UNSET
    normalise: Normalise | msgspec.UnsetType = msgspec.UNSET

    def outcome_leaf(self) -> Leaf | None:
        return None if self.outcome is msgspec.UNSET else self.leaf(str(self.outcome))

    def leadership_node(self) -> str | None:
        """Id of the sub-index on the head of a unit, where the plan names one."""
        return None if self.leadership is msgspec.UNSET else str(self.leadership)

    def divided(self) -> tuple[Dichotomy, ...]:
        return () if isinstance(self.dichotomies, msgspec.UnsetType) else self.dichotomies

    def profile_covariates(self) -> tuple[str, ...]:
        return () if isinstance(self.covariates, msgspec.UnsetType) else self.covariates

    def attitude_leaves(self) -> tuple[Leaf, ...]:
        """The question leaves that the plan names as service attitude, those of a named node among them, in the tree's
        order."""
        named = () if isinstance(self.attitude, msgspec.UnsetType) else self.attitude
        inside = {below.id for node in self.tree.walk() if node.id in named for below in node.walk()}
        return tuple(leaf for leaf in self.question_leaves() if leaf.id in inside)

    def named_groups(self) -> tuple[Group, ...]:
        return () if isinstance(self.peer_groups, str) else self.peer_groups

    def leaf(self, leaf_id: str) -> Leaf:
        return self.leaf_table()[leaf_id]

    def leaf_table(self) -> dict[str, Leaf]:
        return {leaf.id: self._settled(leaf) for leaf in self.leaves}

    def _settled(self, leaf: Leaf) -> Leaf:
        """The leaf with the plan's normalisation where it has none of its own."""
        if leaf.normalise is None and isinstance(self.normalise, Normalise) and leaf.source != "panel":
            return msgspec.structs.replace(leaf, normalise=self.normalise)
        return leaf

    def question_leaves(self) -> tuple[Leaf, ...]:
        """Leaves that come from questions, in the tree's order."""
        return tuple(leaf for sub in self.sub_indices() for leaf in sub.leaves)

    def sub_indices(self) -> tuple[SubIndex, ...]:
        table = self.leaf_table()
        found = []
        for node in self.tree.walk():
            pairs = [
                (table[child.id], float(weight))
                for child, weight in zip(node.children, node.child_weights(), strict=True)
                if child.is_leaf and table[child.id].source == "question"
            ]
            if pairs:
                found.append(SubIndex(node.id, tuple(leaf for leaf, _ in pairs), tuple(w for _, w in pairs)))
        return tuple(found)

    def businesses_part(self) -> str:
        """Id of the smallest node that holds every question leaf: ranks and tiers act on it."""
        asked = {leaf.id for leaf in self.leaves if leaf.source == "question"}
        node = self.tree
        while True:
            inner = next((c for c in node.children if asked and asked <= {below.id for below in c.walk()}), None)
            if inner is None or inner.is_leaf:
                return node.id
            node = inner

    def is_linear(self) -> bool:
        """Scores are linear in the sub-indices: then intervals and what-if weights are exact closed forms."""
        return self.is_absolute() and all(
            node.is_leaf or node.aggregate in aggregate.LINEAR for node in self.tree.walk()
        )

    def is_absolute(self) -> bool:
        """No question's score hangs on the other units."""
        return not any(leaf.relative for leaf in self.question_leaves())

    def absolute(self) -> Plan:
        """The same plan with every question on its answers' own scale: what units are ordered by, since a scale that
        its own extremes define knows no noise there."""
        return msgspec.structs.replace(self, leaves=tuple(leaf.absolute() for leaf in self.leaf_table().values()))

    def shares_among(self, nodes: Sequence[str]) -> FloatArray:
        """(K,) effective weights of some nodes, of sum 1 unless all are 0."""
        effective = self.effective_weights()
        weights = np.array([effective[node] for node in nodes], dtype=np.float64)
        return np.asarray(weights / weights.sum()) if weights.sum() > 0 else weights

    def effective_weights(self) -> Mapping[str, float]:
        """Share of each node and leaf in the root, by id, where every level is a weighted mean."""
        found = {self.tree.id: 1.0}
        for node in self.tree.walk():
            weights = node.child_weights()
            for child, weight in zip(node.children, weights, strict=True):
                found[child.id] = found[node.id] * float(weight / weights.sum())
        return found

    def canonical(self) -> bytes:
        """The plan's bytes, the same for the same meaning: layout and comments of the file do not count."""
        return msgspec.json.encode(self, order="sorted")

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.canonical()).hexdigest()

    @classmethod
    def from_canonical(cls, data: bytes) -> Plan:
        return msgspec.json.decode(data, type=cls)


class QuestionFacts(msgspec.Struct, frozen=True):
    """What a plan must know of a question: plain data, so that scoring never reads a questionnaire itself.

    `codes`: the answer codes ("1".."5", "yes", "no", option codes); none for numbers. `kinds`: none = every kind.
    """

    id: str
    type: str
    codes: tuple[str, ...] = ()
    core: bool = False
    kinds: frozenset[str] = frozenset()
    once: bool = False  # asked of the business, not of each unit
