"""What a round's count stands on, all of it frozen at opening: questionnaire, plan, units, reporting groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec

from survey_app.models import Round, RoundUnit, StoredPlan, StoredQuestionnaire, Unit
from survey_app.questionnaire.asked import Role, answerable, items_of
from survey_app.questionnaire.schema import (
    AnyQuestion,
    Matrix,
    Multi,
    Questionnaire,
    Rank,
    RatedUnit,
    Scale,
    Single,
    YesNo,
)
from survey_app.scoring.leaf import Leaf
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import GroupUnit


class FrozenUnit(msgspec.Struct, frozen=True):
    """A round's unit as `RoundUnit.frozen` has it: the part of the register's line that the count reads."""

    code: str
    kind: str
    names: dict[str, str]
    needs: tuple[str, ...] = ()
    parent: str | None = None
    rated: bool = True
    fallback: str | None = None


@dataclass(frozen=True)
class Ground:
    """`register` holds the rated units; `merged` leads from a unit to the group it is reported in, `fallbacks` to the
    group it would be reported in if it turned out too small."""

    questionnaire: Questionnaire
    plan: Plan
    register: Mapping[str, RatedUnit]
    kinds: Mapping[str, str]  # kind of every unit and reporting group
    merged: Mapping[str, str]
    fallbacks: Mapping[str, str]

    def reported(self, unit: str) -> str:
        """The code under which a unit's answers are counted."""
        return self.merged.get(unit, unit)

    @cached_property
    def codes(self) -> Mapping[str, frozenset[str] | None]:
        """Question or matrix row → the codes an answer may have; None where it is a number, a date or a text."""
        return {name: codes_of(self.questionnaire, question) for name, question in self.questionnaire.by_id.items()}

    @cached_property
    def leaves(self) -> Mapping[str, tuple[Leaf, ...]]:
        """Question or matrix row → the plan's leaves that come from it."""
        found: dict[str, tuple[Leaf, ...]] = {}
        for leaf in self.plan.question_leaves():
            found[leaf.question_id] = (*found.get(leaf.question_id, ()), leaf)
        return found

    @cached_property
    def profile(self) -> tuple[str, ...]:
        """Questions asked once whose answer is one of a few."""
        return tuple(
            question.id
            for section in self.questionnaire.sections
            if section.for_each is None
            for question in section.questions
            if isinstance(question, Single | YesNo)
        )

    def group_units(self) -> tuple[GroupUnit, ...]:
        """The units as the scoring knows them; a reporting group is asked what all of its members are asked."""
        members: dict[str, list[RatedUnit]] = {}
        for unit in self.register.values():
            members.setdefault(self.reported(unit.code), []).append(unit)
        return tuple(self._group_unit(code, inside) for code, inside in sorted(members.items()))

    def _group_unit(self, code: str, members: list[RatedUnit]) -> GroupUnit:
        asked = frozenset.intersection(*(self.asked(unit) for unit in members))
        kinds = {unit.kind for unit in members}
        return GroupUnit(code, kinds.pop() if len(kinds) == 1 else self.kinds[code], asked)

    def asked(self, unit: RatedUnit) -> frozenset[str]:
        """Leaves of all questions asked about a unit: as a main unit, or as a team of its parent."""
        role: Role = "team" if unit.parent in self.register else "main"
        items = (
            item
            for number, section in enumerate(self.questionnaire.sections)
            if section.for_each is not None
            for item in answerable(items_of(self.questionnaire, number, unit, role))
        )
        return frozenset(leaf.id for item in items for leaf in self.leaves.get(item.id, ()))


def ground_of(round_: Round) -> Ground:
    """Read it from the tables."""
    questionnaire = StoredQuestionnaire.get_by_id(round_.questionnaire_id)
    plan = StoredPlan.get_by_id(round_.plan_id)
    rows = list(RoundUnit.select().where(RoundUnit.round == round_.id).order_by(RoundUnit.unit))
    units = {row.unit: msgspec.convert(row.frozen, FrozenUnit) for row in rows}
    fallbacks = {code: unit.fallback for code, unit in units.items() if unit.fallback}
    # Only the groups that were needed at opening are frozen with the round; of the others the register has the kind.
    later = Unit.select(Unit.code, Unit.kind).where(Unit.code.in_(sorted(set(fallbacks.values()) - units.keys())))
    return Ground(
        questionnaire=Questionnaire.from_canonical(bytes(questionnaire.canonical)),
        plan=Plan.from_canonical(bytes(plan.canonical)),
        register={code: rated(unit) for code, unit in units.items() if unit.rated},
        kinds={row.code: row.kind for row in later} | {code: unit.kind for code, unit in units.items()},
        merged={row.unit: row.merged_into for row in rows if row.merged_into},
        fallbacks=fallbacks,
    )


def rated(unit: FrozenUnit) -> RatedUnit:
    """As the questionnaire sees it."""
    return RatedUnit(code=unit.code, kind=unit.kind, names=unit.names, needs=frozenset(unit.needs), parent=unit.parent)


def codes_of(questionnaire: Questionnaire, question: AnyQuestion) -> frozenset[str] | None:
    """The codes an answer to this question may have."""
    if isinstance(question, Scale | Matrix):
        return frozenset(str(point) for point in range(1, questionnaire.scales[question.scale].points + 1))
    if isinstance(question, Single | Multi | Rank):
        return frozenset(option.code for option in question.options)
    return frozenset(("yes", "no")) if isinstance(question, YesNo) else None
