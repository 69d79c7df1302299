"""A Result as one reader reads it: with its questionnaire and plan, the rounds before, and a language."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import msgspec

from survey_app.i18n import day, number, say
from survey_app.questionnaire.differences import comparability
from survey_app.results import asked as asking
from survey_app.results import disclosure, inference
from survey_app.results.asked import Asked
from survey_app.results.disclosure import Distribution, Reason, Shown
from survey_app.results.facts import Facts
from survey_app.results.follow_up import NOTHING, FollowUp
from survey_app.results.inference import Guard
from survey_app.results.result import Change
from survey_app.scoring.index import GroupStanding, Score, Standing
from survey_app.scoring.tree import PARTIAL

DASH = "–"
STAR = "*"  # beside a number that rests on a part only


class Interval(msgspec.Struct, frozen=True):
    """A shown score with the ends of its 95 % interval, all rounded alike; without a number it has no ends."""

    score: Shown
    low: Shown
    high: Shown

    @property
    def ends(self) -> tuple[float, float] | None:
        """Both ends as floats, for charts."""
        low, high = self.low.number, self.high.number
        return None if low is None or high is None else (float(low), float(high))

    @property
    def drawn(self) -> tuple[float, tuple[float, float] | None]:
        """The point (0 where there is none: callers ask first) and the ends, as charts take them."""
        return float(self.score.number or 0), self.ends

    @property
    def places(self) -> list[float]:
        """Everything of it that lies on a scale."""
        return [float(one.number) for one in (self.score, self.low, self.high) if one.number is not None]


@dataclass(frozen=True)
class Reading(Facts):
    """Look-ups only: what is shown of what. `earlier` are earlier rounds, the last one first; `follow_up` is what
    stands beside the Result."""

    language: str
    earlier: tuple[Reading, ...] = ()
    follow_up: FollowUp = NOTHING

    @property
    def days(self) -> str:
        """When the round was answered and counted, in words; nothing for Results that do not say."""
        days = self.result.days
        if days is msgspec.UNSET:
            return ""
        return say(
            self.language,
            "answered {opened} – {closed}, counted {counted}",
            opened=day(days.opened, self.language),
            closed=day(days.closed, self.language),
            counted=day(days.counted, self.language),
        )

    # ------------------------------------------------------------ the tree

    def label(self, node: str) -> str:
        """The plan's name of a node or leaf, in the reader's language."""
        text = self.nodes[node].label if node in self.nodes and self.nodes[node].label else None
        text = text or (self.leaves[node].label if node in self.leaves else None) or {}
        return self.text(text) or node

    # ------------------------------------------------------------ units

    def name(self, code: str) -> str:
        return self.text(self.lines[code].names) if code in self.lines else code

    def short(self, code: str) -> str:
        return self.text(self.lines[code].short_names) or self.name(code) if code in self.lines else code

    def is_team(self, code: str) -> bool:
        """Whether the unit is part of another rated unit, or a group of such."""
        return any(
            self.lines[one].parent in self.lines for one in (code, *self.lines[code].members) if one in self.lines
        )

    # ------------------------------------------------------------ questions

    @cached_property
    def asked(self) -> dict[str, Asked]:
        """Every question about units that the plan counts or shows, by its own id, in the questionnaire's order."""
        sections = self.questionnaire.sections
        return {one.id: one for section in sections for one in asking.asked_in(self, section)}

    # ------------------------------------------------------------ scores

    def score(self, unit: str, node: str) -> Shown:
        """A score as it may be shown."""
        return self.interval(unit, node).score

    def interval(self, unit: str, node: str) -> Interval:
        """A score with its interval, as they may be shown."""
        found = self.scores.get((unit, node))
        line = self.lines.get(unit)
        if line is not None and line.merged_into:
            return self._nothing("merged")
        if found is None:
            return self._nothing("not_asked" if unit in self.groups else "too_few")
        n, least = found.n, self.plan.privacy.min_score
        if (unit, node) in self._hidden_beside:
            return self._nothing("too_few")
        if found.value is None:
            return self._nothing(reason_of(found, least))
        decimals = 0 if (unit, node) in self.guard.whole else self.plan.shown_on.decimals
        shown = disclosure.score(found.value, n, least, decimals)
        if shown.number is not None and found.reason == PARTIAL:
            shown = msgspec.structs.replace(shown, reason="partial")
        if shown.number is None or found.low is None or found.high is None:
            return Interval(shown, *(disclosure.withheld("no_value"),) * 2)
        on = self.plan.shown_on
        within = (min(max(end, on.min), on.max) for end in (found.low, found.high))  # no score lies beyond the scale
        ends = (Shown(disclosure.rounded(end, shown.decimals), shown.decimals) for end in within)
        return Interval(shown, *ends)

    @cached_property
    def _hidden_beside(self) -> frozenset[tuple[str, str]]:
        """Sub-indices that are withheld because another one of the unit is, alone: the businesses' part and the others
        would give it away. It is the one with the fewest sheets among the others."""
        least, found = self.plan.privacy.min_score, set()
        for unit in self.groups:
            asked = [
                score for sub in self.sub_indices if (score := self.scores.get((unit, sub))) and score.value is not None
            ]
            few = [score for score in asked if (score.n or 0) < least]
            rest = sorted((score for score in asked if score not in few), key=lambda score: (score.n or 0, score.node))
            if len(few) == 1 and rest:
                found.add((unit, rest[0].node))
        return frozenset(found)

    @cached_property
    def guard(self) -> Guard:
        """What must be shown more coarsely, since other numbers would tell it."""
        return inference.guard(self)

    def distribution(self, unit: str, asked: Asked) -> Distribution:
        """The distribution of a question as far as it may be shown beside everything else."""
        if (unit, asked.id) in self.guard.hidden:
            return Distribution(reason="deducible")
        return asking.distribution(self, unit, asked)

    @staticmethod
    def _nothing(reason: Reason) -> Interval:
        return Interval(*(disclosure.withheld(reason),) * 3)

    def peer_median(self, unit: str, node: str) -> Shown:
        """Median over the own peer group's units, of the numbers as shown."""
        return disclosure.median([self.score(peer, node) for peer in self.peers(unit)])

    def standing(self, unit: str, node: str) -> tuple[GroupStanding, Standing] | None:
        """Rank and tier of a unit, where its group may be ranked."""
        for group in self.result.index.groups:
            if group.node != node or not self.may_rank(group):
                continue
            for standing in group.standings:
                if standing.unit == unit:
                    return group, standing
        return None

    @staticmethod
    def may_rank(group: GroupStanding) -> bool:
        """Whether the group has an order at all."""
        return not group.reason and bool(group.standings)

    def change(self, unit: str, node: str) -> Change | None:
        return next((change for change in self.result.changes if (change.unit, change.node) == (unit, node)), None)

    def shown_change(self, change: Change, decimals: int) -> tuple[Decimal, Decimal, Decimal]:
        """Low end, difference and high end, rounded alike. Zero where there is none: callers ask first."""
        low, middle, high = (
            disclosure.rounded(value or 0.0, decimals) for value in (change.low, change.difference, change.high)
        )
        return low, middle, high

    # ------------------------------------------------------------ the round before

    def predecessor(self, unit: str) -> str | None:
        """The unit's code in the round before: the same, or the one it succeeded."""
        if not self.earlier:
            return None
        before = self.earlier[0].lines
        found = [code for code, line in before.items() if line.successor == unit]
        return unit if unit in before else (found[0] if len(found) == 1 else None)

    @cached_property
    def comparable_items(self) -> frozenset[str]:
        """Questions whose scores may stand beside the last round's: asked alike, and counted alike."""
        if not self.earlier:
            return frozenset()
        before = self.earlier[0]
        alike = comparability(before.questionnaire, self.questionnaire)
        return frozenset(
            leaf.id
            for leaf in self.plan.question_leaves()
            if alike.get(leaf.question_id) in ("same", "text") and before.leaves.get(leaf.id) == leaf
        )

    # ------------------------------------------------------------ words

    def text(self, text: dict[str, str]) -> str:
        return text.get(self.language) or text.get("vi") or text.get("en") or ""

    def write(self, shown: Shown) -> str:
        """A shown number in the reader's language; a dash where there is none."""
        return DASH if shown.number is None else number(shown.number, shown.decimals, self.language)

    def starred(self, unit: str, node: str) -> str:
        """A star where the shown score rests on a part only; its note is `why("partial")`."""
        return f" {STAR}" if self.score(unit, node).reason == "partial" else ""

    def write_range(self, interval: Interval) -> str:
        """The interval's two ends, `84,1–88,9`; empty where there is none."""
        if interval.low.number is None or interval.high.number is None:
            return ""
        return f"{self.write(interval.low)}{DASH}{self.write(interval.high)}"

    def why(self, reason: Reason | None, unit: str | None = None) -> str:
        """The words for a number that is not shown."""
        group = self.lines[unit].merged_into if unit in self.lines else None
        return why(self.language, reason, self.name(group) if group else "")


def reason_of(score: Score, least: int) -> Reason:
    """Why the index gives no value, as far as readers care."""
    if score.n is not None and score.n < least:
        return "too_few"
    known: dict[str | None, Reason] = {
        "no_answers": "too_few",
        "not_asked": "not_asked",
        "no_hard_data": "no_figure",
        "no_panel_points": "no_figure",
        "figure_missing_in_group": "no_figure",
    }
    return known.get(score.reason, "no_value")


def why(language: str, reason: Reason | None, group: str = "") -> str:
    """The words for a number that is not shown."""
    if reason == "merged":
        return say(language, "reported together with {group}", group=group)
    if reason == "not_comparable":
        return say(language, "not comparable with the last round")
    words = {
        "too_few": say(language, "withheld: too few answers"),
        "not_asked": say(language, "not asked of this unit"),
        "no_figure": say(language, "no figure entered"),
        "too_few_peers": say(language, "too few comparable units"),
        "no_earlier": say(language, "no earlier round"),
        "partial": say(language, "computed without a figure or questions that are missing"),
        "deducible": say(language, "withheld: it would tell too much together with other numbers"),
    }
    return words.get(reason or "", say(language, "cannot be computed"))
