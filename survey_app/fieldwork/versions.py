"""Versions: a questionnaire and a plan are stored once, for ever, under the hash of their canonical bytes."""

from __future__ import annotations

import functools
from pathlib import Path

from survey_app.database import database
from survey_app.errors import NotFound, Refused
from survey_app.models import Round, StoredPlan, StoredQuestionnaire
from survey_app.questionnaire.differences import differences
from survey_app.questionnaire.load import load
from survey_app.questionnaire.schema import AnyQuestion, Matrix, Questionnaire, Scale, Single, YesNo
from survey_app.scoring.plan import Plan, QuestionFacts
from survey_app.scoring.plan_load import load_plan


def store_questionnaire(path: Path) -> StoredQuestionnaire:
    """Check the file and keep it; the same content twice is one version. Raises InputProblems."""
    questionnaire = load(path)
    return stored(questionnaire)


def stored(questionnaire: Questionnaire) -> StoredQuestionnaire:
    """The row of this version, made where it is new."""
    fields = {
        "hash": questionnaire.hash,
        "identifier": questionnaire.id,
        "version": questionnaire.version,
        "canonical": questionnaire.canonical(),
    }
    with database.atomic():
        StoredQuestionnaire.insert(**fields).on_conflict_ignore().execute()
    return StoredQuestionnaire.get_by_id(questionnaire.hash)


def store_plan(path: Path, questionnaire: Questionnaire | None = None) -> StoredPlan:
    """Check the plan, against its questionnaire where one is given, and keep it. Raises InputProblems."""
    facts = (None, None) if questionnaire is None else (questionnaire.id, facts_of(questionnaire))
    plan = load_plan(path, *facts)
    with database.atomic():
        fields = {"hash": plan.hash, "identifier": plan.id, "canonical": plan.canonical()}
        StoredPlan.insert(**fields).on_conflict_ignore().execute()
    return StoredPlan.get_by_id(plan.hash)


def facts_of(questionnaire: Questionnaire) -> dict[str, QuestionFacts]:
    """What the plan's check must know of each item: neither room reads the other, so the office carries it over."""
    facts = {}
    once = {question.id for section in questionnaire.sections if not section.for_each for question in section.questions}
    for name, question in questionnaire.by_id.items():
        if isinstance(question, Matrix) and name == question.id:
            continue
        facts[name] = QuestionFacts(
            id=name,
            type="scale" if isinstance(question, Matrix) else str(question.__struct_config__.tag),
            codes=answer_codes(questionnaire, question),
            core=question.core,
            kinds=frozenset(question.unit_kinds),
            once=name in once,
        )
    return facts


def answer_codes(questionnaire: Questionnaire, question: AnyQuestion) -> tuple[str, ...]:
    """The codes an answer may have; () where answers are numbers or texts."""
    if isinstance(question, Scale | Matrix):
        return tuple(str(point) for point in range(1, questionnaire.scales[question.scale].points + 1))
    if isinstance(question, Single):
        return tuple(option.code for option in question.options)
    return ("yes", "no") if isinstance(question, YesNo) else ()


def questionnaire_of(round_: Round) -> Questionnaire:
    """The questionnaire that this round asks."""
    return questionnaire_by_hash(round_.questionnaire_id)


def plan_of(round_: Round) -> Plan:
    """The plan by which this round is counted."""
    return plan_by_hash(round_.plan_id)


# Content under its hash never changes, so a process may keep what it has read for as long as it lives.
@functools.lru_cache(maxsize=16)
def questionnaire_by_hash(hash_: str) -> Questionnaire:
    """The stored questionnaire with this hash. Raises NotFound."""
    row = StoredQuestionnaire.get_or_none(StoredQuestionnaire.hash == hash_)
    if row is None:
        raise NotFound("There is no questionnaire with the hash {hash}.", hash=hash_[:16])
    return Questionnaire.from_canonical(bytes(row.canonical))


@functools.lru_cache(maxsize=16)
def plan_by_hash(hash_: str) -> Plan:
    """The stored plan with this hash. Raises NotFound."""
    row = StoredPlan.get_or_none(StoredPlan.hash == hash_)
    if row is None:
        raise NotFound("There is no plan with the hash {hash}.", hash=hash_[:16])
    return Plan.from_canonical(bytes(row.canonical))


def refuse_other_scales(old: Questionnaire, new: Questionnaire, name: str) -> None:
    """Raise Refused naming the questions that keep their id and measure something else than before."""
    refused = [each.question for each in differences(old, new) if each.refused]
    if refused:
        raise Refused(
            "{new}: the scale changed under the same id: {items}. Old and new answers would be added up. "
            "Give these questions new ids.",
            new=name,
            items=", ".join(refused),
        )
