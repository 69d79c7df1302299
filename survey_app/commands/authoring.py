"""Questionnaires and plans, before any database exists."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from survey_app.ballot.envelopes import envelope_size
from survey_app.commands.terminal import FILE, say
from survey_app.diagnostics import InputProblems, Problem
from survey_app.errors import Refused
from survey_app.fieldwork.versions import facts_of, refuse_other_scales
from survey_app.questionnaire import load as loader
from survey_app.questionnaire.burden import burden
from survey_app.questionnaire.differences import differences
from survey_app.questionnaire.schema import Questionnaire, RatedUnit
from survey_app.scoring.plan_load import load_plan


@click.group()
def questionnaire() -> None:
    """Questionnaires: check them, compare two versions."""


@questionnaire.command()
@click.argument("paths", metavar="PATH...", type=FILE, nargs=-1, required=True)
def check(paths: tuple[Path, ...]) -> None:
    """Check files or folders: every problem of every file in one run, and what answering will cost.

    In a folder, questionnaire.yaml is checked and plan.yaml against it.
    """
    problems: list[Problem] = []
    for path in paths:
        file = path / "questionnaire.yaml" if path.is_dir() else path
        found = loader.check([file])
        errors = [problem for problem in found if problem.severity == "error"]
        for problem in found:
            if problem.severity == "warning":
                click.echo(str(problem), err=True)
        problems += errors
        if not errors:
            problems += examine(file, path.is_dir())
    if problems:
        raise InputProblems(problems)


def examine(file: Path, with_plan: bool) -> list[Problem]:
    """What can be said of a sound questionnaire: its items, minutes and envelope; and its plan's problems."""
    checked = loader.load(file)
    say(f"{file}: {checked.id} {checked.version}, {count_of(checked)}. Hash {checked.hash}")
    for line in burden(checked, pretended_register(checked)):
        units = f"{line.units} units" if line.units != 1 else "1 unit"
        say(f"  {line.language}, {units}: {line.items} items, about {line.minutes} minutes, at most {line.bytes} bytes")
    try:
        say(f"  envelope: {envelope_size(checked, pretended_register(checked))} bytes")
    except Refused as large:
        what, _, fix = str(large).partition(". ")
        return [Problem(str(file), 1, 1, "sheet-size", what, "every envelope has the size of the largest sheet", fix)]
    plan_file = file.with_name("plan.yaml")
    if not with_plan or not plan_file.exists():
        return []
    try:
        plan = load_plan(plan_file, checked.id, facts_of(checked))
    except InputProblems as wrong:
        return list(wrong.problems)
    say(f"{plan_file}: {plan.id}, fits. Hash {plan.hash}")
    return []


def count_of(checked: Questionnaire) -> str:
    """How many questions of each type."""
    types = Counter(str(question.__struct_config__.tag) for _, question in checked.questions())
    return f"{sum(types.values())} questions ({', '.join(f'{count} {name}' for name, count in types.most_common())})"


USUAL_NAME = {  # of a usual length: it stands in most questions and takes its time to read
    "vi": "Chi cục Hải quan cửa khẩu ví dụ",
    "en": "Example Border Gate Customs Branch",
    "zh-Hans": "示例口岸海关分局",
}


def pretended_register(checked: Questionnaire) -> dict[str, RatedUnit]:
    """Two units of every kind that the questionnaire names, with a team each: no register is needed to check it."""
    kinds = sorted({kind for _, question in checked.questions() for kind in question.unit_kinds} or {"unit"})
    names = {language: USUAL_NAME.get(language, USUAL_NAME["en"]) for language in checked.languages.required}
    register = {}
    for kind in kinds:
        for number in (1, 2):
            code = f"{kind}-{number}"
            register[code] = RatedUnit(code=code, kind=kind, names=names)
    for kind in kinds:
        for number in (1, 2):
            code = f"{kind}-{number}-team"
            register[code] = RatedUnit(code=code, kind=kind, names=names, parent=f"{kinds[0]}-{number}")
    return register


@questionnaire.command()
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
def diff(old: Path, new: Path) -> None:
    """What changed from OLD to NEW, and which trend lines break. Refused: a scale changed under the same id."""
    before, after = (loader.load(path / "questionnaire.yaml" if path.is_dir() else path) for path in (old, new))
    found = differences(before, after)
    for each in found:
        say(f"{each.kind}\t{each.question}\t{each.detail}".rstrip())
    if not found:
        say("No difference.")
    refuse_other_scales(before, after, str(new))
