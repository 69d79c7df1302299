"""A plan from its file, or from what is stored: read, checked, and held against its questionnaire."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from survey_app.diagnostics import InputProblems, Problem, Reading, Source, read_yaml, reading
from survey_app.diagnostics.source import Node
from survey_app.scoring import plan_check
from survey_app.scoring.plan import Plan, QuestionFacts


def load_plan(
    origin: Path | str, questionnaire: str | None = None, questions: Mapping[str, QuestionFacts] | None = None
) -> Plan:
    """Read and check a plan (a path, or the text itself), and, where both are given, against a questionnaire.

    Raises InputProblems with every problem of the file at once, each with line, cause and cure.
    """
    plan = reading(read_yaml(origin), Plan)
    problems = plan.problems + plan_check.problems_of(plan)
    if not problems and questionnaire is not None and questions is not None:
        problems = plan_check.check_against(plan, questionnaire, questions)
    if problems:
        raise InputProblems(problems)
    return plan.value


def check_against(plan: Plan, questionnaire: str, questions: Mapping[str, QuestionFacts]) -> tuple[Problem, ...]:
    """In what a plan that is stored already does not fit a questionnaire; there is no file, so no line, to point at."""
    stored = Reading(Source(f"plan {plan.id}", Node(0, 0, None)), plan, [], set())
    return tuple(plan_check.check_against(stored, questionnaire, questions))
