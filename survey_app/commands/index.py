"""The engine alone, for statisticians: no round, no database, no rounding, nothing withheld."""

from __future__ import annotations

from pathlib import Path

import click

from survey_app.commands.terminal import FILE, say
from survey_app.errors import Refused
from survey_app.scoring import respondent_level, unit_level
from survey_app.scoring.plan_load import load_plan
from survey_app.scoring.weigh import NoWeights


@click.group()
def index() -> None:
    """The engine alone: scores and ranks from tables of figures, or of answer sheets."""


def folder_for(path: Path) -> Path:
    """A folder for tables, made if need be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused("The folder {path} cannot be made: {why}.", path=path, why=error.strerror) from None
    return path


@index.command()
@click.option("--plan", type=FILE, required=True, help="The index plan (YAML).")
@click.option("--values", type=FILE, required=True, help="CSV: a line a unit, a column a leaf; blank = missing.")
@click.option("--unit-column", default="unit", show_default=True, help="The column that names the unit.")
@click.option("--time-column", default=None, help="The column of the year, where the table has several.")
@click.option("--steps", is_flag=True, help="Also write a CSV a step.")
@click.option("--out", type=FILE, required=True, help="Folder for the tables.")
def compute(plan: Path, values: Path, unit_column: str, time_column: str | None, steps: bool, out: Path) -> None:
    """Scores and ranks of units from figures: every step of the plan, every node of its tree."""
    checked = load_plan(plan)
    try:
        found = unit_level.computed(checked, values, unit_column, time_column)
    except NoWeights as reason:
        raise Refused("{plan}: {reason}.", plan=plan, reason=reason) from None
    for line in found.notices():
        click.echo(line, err=True)
    names = unit_level.write(found, folder_for(out), steps)
    number = len({unit for year in found.years for unit in year.steps.units})
    say(f"{out}: {', '.join(names)} ({number} units, index '{checked.tree.id}')")


@index.command()
@click.option("--plan", type=FILE, required=True, help="The index plan (YAML).")
@click.option("--sheets", type=FILE, required=True, help="CSV: a line a sheet, a column a question; blank = no answer.")
@click.option("--hard", type=FILE, default=None, help="CSV: a line a unit, a column a figure of the plan.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draws behind rank intervals.")
@click.option("--out", type=FILE, required=True, help="Folder for the tables.")
def estimate(plan: Path, sheets: Path, hard: Path | None, seed: int, out: Path) -> None:
    """Adjusted scores, rank intervals and tiers from answer sheets: what the count does, at full precision.

    SHEETS has the columns sheet, business, unit and, if known, main_unit, segment, size, duration_s, burst, fear_item
    and group (peer group), then a column a question.
    """
    found = respondent_level.estimated(load_plan(plan), sheets, hard, seed)
    for line in found.notices():
        click.echo(line, err=True)
    names = respondent_level.write(found, folder_for(out))
    say(f"{out}: {', '.join(names)} ({len(found.sheet_names)} sheets)")
