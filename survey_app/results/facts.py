"""A Result with its questionnaire and plan: what there is, before it is asked what of it may be shown to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec

from survey_app.questionnaire.answers import MISSING
from survey_app.questionnaire.schema import Questionnaire
from survey_app.results.result import Result, UnitLine
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.index import Score
from survey_app.scoring.leaf import Leaf
from survey_app.scoring.plan import Node, Plan
from survey_app.scoring.statistics import ItemStatistic, statistic_of


def answered(tally: Mapping[str, int]) -> dict[str, int]:
    """The part of a tally that are answers, not missing codes."""
    return {code: n for code, n in tally.items() if code not in MISSING}


@dataclass(frozen=True)
class Facts:
    """Look-ups by unit, node and question."""

    result: Result
    questionnaire: Questionnaire
    plan: Plan

    @cached_property
    def nodes(self) -> dict[str, Node]:
        return {node.id: node for node in self.plan.tree.walk()}

    @property
    def root(self) -> str:
        return self.plan.tree.id

    @cached_property
    def business(self) -> str:
        """The node that ranks and tiers act on."""
        return self.plan.businesses_part()

    @cached_property
    def department(self) -> str | None:
        """The Department's part: the branch of the root that no answer enters, where there is one."""
        asked = {leaf.id for leaf in self.plan.leaves if leaf.source == "question"}
        branches = (child for child in self.plan.tree.children if not child.is_leaf)
        return next((one.id for one in branches if not asked & {node.id for node in one.walk()}), None)

    @cached_property
    def sub_indices(self) -> tuple[str, ...]:
        return tuple(sub.id for sub in self.plan.sub_indices())

    @cached_property
    def leaves(self) -> dict[str, Leaf]:
        return self.plan.leaf_table()

    @cached_property
    def home(self) -> dict[str, str]:
        """Leaf → the sub-index that holds it."""
        return {leaf.id: sub.id for sub in self.plan.sub_indices() for leaf in sub.leaves}

    @cached_property
    def lines(self) -> dict[str, UnitLine]:
        return {line.code: line for line in self.result.units}

    @cached_property
    def groups(self) -> dict[str, GroupEstimate]:
        """Peer group by unit."""
        return {unit: group for group in self.result.estimates.groups for unit in group.units}

    def peers(self, code: str) -> tuple[str, ...]:
        """The units of the own peer group, itself among them."""
        return self.groups[code].units if code in self.groups else (code,)

    @cached_property
    def scores(self) -> dict[tuple[str, str], Score]:
        return {(score.unit, score.node): score for score in self.result.index.scores}

    def item(self, unit: str, leaf: Leaf) -> ItemStatistic:
        """The question's own statistic, from the tally of which the distribution is drawn; `score` is on 0–100.

        The sub-indices rest on θ, which also weighs who was asked which questions; a question stands for itself.
        """
        found = self._items.get((unit, leaf.id))
        if found is None:
            tally = answered(self.result.tallies.get(unit, {}).get(leaf.question_id, {}))
            value = self.number_of(unit, leaf)
            found = statistic_of(leaf, tally) if value is None else self._of_classes(unit, leaf, value, tally)
            self._items[unit, leaf.id] = found
        return found

    def number_of(self, unit: str, leaf: Leaf) -> float | None:
        """The statistic of a number question as the count left it: its tally has classes only."""
        numbers = self.result.numbers
        return None if numbers is msgspec.UNSET else numbers.get(unit, {}).get(leaf.id)

    def _of_classes(self, unit: str, leaf: Leaf, value: float, tally: Mapping[str, int]) -> ItemStatistic:
        """The count's own statistic; its score is the estimate's where goalposts acted on each answer."""
        stored = self.scores.get((unit, leaf.id))
        n, on = sum(tally.values()), self.plan.shown_on
        if leaf.adjustable and stored is not None and stored.value is not None:
            return ItemStatistic(n, value, 100 * (stored.value - on.min) / (on.max - on.min))
        return ItemStatistic(n, value, leaf.score(value))

    @cached_property
    def _items(self) -> dict[tuple[str, str], ItemStatistic]:
        """Statistics computed so far: each question's peers are asked for it too."""
        return {}
