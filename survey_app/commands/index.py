"""The engine alone, for statisticians: no round, no database, no rounding, nothing withheld."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from survey_app.commands.terminal import FILE, say
from survey_app.errors import Refused
from survey_app.scoring import advisor, clients_only, respondent_level, robustness, robustness_files, unit_level
from survey_app.scoring.advisor import Advice, Fieldwork, Variances
from survey_app.scoring.plan import Plan
from survey_app.scoring.plan_load import load_plan
from survey_app.scoring.redraw import NotVaried
from survey_app.scoring.tables import write_tables
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
@click.option("--clients", type=FILE, default=None, help="CSV: unit,clients; adds what is uncertain about these alone.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draws behind rank intervals.")
@click.option("--out", type=FILE, required=True, help="Folder for the tables.")
def estimate(plan: Path, sheets: Path, hard: Path | None, clients: Path | None, seed: int, out: Path) -> None:
    """Adjusted scores, rank intervals and tiers from answer sheets: what the count does, at full precision.

    SHEETS has the columns sheet, business, unit and, if known, main_unit, segment, size, duration_s, burst, fear_item
    and group (peer group), then a column a question.
    """
    found = respondent_level.estimated(load_plan(plan), sheets, hard, seed)
    for line in found.notices():
        click.echo(line, err=True)
    known = clients_only.read(clients, found) if clients else None
    names = respondent_level.write(found, folder_for(out))
    if known is not None:
        names += write_tables({"clients_only.csv": (clients_only.HEAD, clients_only.rows(found, known))}, out)
    say(f"{out}: {', '.join(names)} ({len(found.sheet_names)} sheets)")


@index.command("robustness")
@click.option("--plan", type=FILE, required=True, help="The index plan (YAML).")
@click.option("--values", type=FILE, default=None, help="CSV: a line a unit, a column a leaf; blank = missing.")
@click.option("--sheets", type=FILE, default=None, help="Instead: CSV of answer sheets, as for `index estimate`.")
@click.option("--unit-column", default="unit", show_default=True, help="The column of VALUES that names the unit.")
@click.option("--time-column", default=None, help="The column of the year, where VALUES has several.")
@click.option("--hard", type=FILE, default=None, help="Beside SHEETS: a line a unit, a column a figure of the plan.")
@click.option(
    "--vary", type=click.Choice(robustness.NAMES), multiple=True, help="A step to vary (default: all that it has)."
)
@click.option("--compare", type=FILE, multiple=True, help="Another plan on the same VALUES, side by side.")
@click.option("--draws", type=click.IntRange(min=2), default=1000, show_default=True, help="Runs a sample.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of all draws.")
@click.option("--out", type=FILE, required=True, help="Folder for the tables.")
def robust(
    plan: Path,
    values: Path | None,
    sheets: Path | None,
    unit_column: str,
    time_column: str | None,
    hard: Path | None,
    vary: tuple[robustness.Name, ...],
    compare: tuple[Path, ...],
    draws: int,
    seed: int,
    out: Path,
) -> None:
    """How far ranks hang on choices: what moves them most, what each element adds, and, with SHEETS, what chance and
    cleaning do and how well the order resists stuffed ballots."""
    if (values is None) == (sheets is None):
        raise click.UsageError("Give either --values or --sheets.")
    if values is None and (vary or compare or time_column):
        raise click.UsageError("--vary, --compare and --time-column go with --values.")
    checked = load_plan(plan)
    try:
        if values is not None:
            others = {str(path): load_plan(path) for path in compare}
            names = _of_figures(checked, values, (unit_column, time_column), vary, others, (draws, seed), out)
        else:
            names = _of_sheets(checked, Path(str(sheets)), hard, (draws, seed), out)
    except (NoWeights, NotVaried) as reason:
        raise Refused("{plan}: {reason}.", plan=plan, reason=reason) from None
    say(f"{out}: {', '.join(names)}")


@index.command()
@click.option("--plan", type=FILE, required=True, help="The index plan (YAML).")
@click.option("--values", type=FILE, default=None, help="CSV: a line a unit, a column a leaf; blank = missing.")
@click.option("--sheets", type=FILE, default=None, help="Instead: CSV of answer sheets, as for `index estimate`.")
@click.option("--unit-column", default="unit", show_default=True, help="The column of VALUES that names the unit.")
@click.option("--time-column", default=None, help="The column of the year, where VALUES has several.")
@click.option("--hard", type=FILE, default=None, help="Beside SHEETS: a line a unit, a column a figure of the plan.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of all draws.")
@click.option("--out", type=FILE, required=True, help="Folder for the tables.")
def examine(
    plan: Path,
    values: Path | None,
    sheets: Path | None,
    unit_column: str,
    time_column: str | None,
    hard: Path | None,
    seed: int,
    out: Path,
) -> None:
    """A look before the index is believed: how figures, or questions, go together, and, with SHEETS, which sheets look
    careless and what the index is without them."""
    if (values is None) == (sheets is None):
        raise click.UsageError("Give either --values or --sheets.")
    if values is None and time_column:
        raise click.UsageError("--time-column goes with --values.")
    if sheets is None and hard:
        raise click.UsageError("--hard goes with --sheets.")
    checked = load_plan(plan)
    try:
        if values is not None:
            names = _examined_figures(checked, values, (unit_column, time_column), seed, out)
        else:
            names = _examined_sheets(checked, Path(str(sheets)), hard, seed, out)
    except NoWeights as reason:
        raise Refused("{plan}: {reason}.", plan=plan, reason=reason) from None
    say(f"{out}: {', '.join(names)}")


def _examined_figures(plan: Plan, values: Path, columns: tuple[str, str | None], seed: int, out: Path) -> list[str]:
    from survey_app.scoring import examine_figures  # scipy, megabytes that serving pages does not need

    found = unit_level.computed(plan, values, *columns)
    looks = examine_figures.examined(found, seed)
    for line in (*found.notices("reasons.csv of `index compute`"), *examine_figures.notices(looks)):
        click.echo(line, err=True)
    return examine_figures.write(found, looks, folder_for(out))


def _examined_sheets(plan: Plan, sheets: Path, hard: Path | None, seed: int, out: Path) -> list[str]:
    from survey_app.scoring import examine_sheets

    found = respondent_level.estimated(plan, sheets, hard, seed)
    looks = examine_sheets.examined(found)
    for line in (*found.notices("careless.csv"), *examine_sheets.notices(found, looks)):
        click.echo(line, err=True)
    return examine_sheets.write(found, looks, folder_for(out))


def _of_figures(
    plan: Plan,
    values: Path,
    columns: tuple[str, str | None],
    vary: tuple[robustness.Name, ...],
    others: dict[str, Plan],
    drawn: tuple[int, int],
    out: Path,
) -> list[str]:
    varied = robustness.usual(plan, vary)
    panel = unit_level.read([plan, *others.values()], values, *columns)
    return robustness_files.write_figures(
        robustness_files.of_figures(plan, panel, varied, others, *drawn), folder_for(out)
    )


def _of_sheets(plan: Plan, sheets: Path, hard: Path | None, drawn: tuple[int, int], out: Path) -> list[str]:
    draws, seed = drawn
    estimated = respondent_level.estimated(plan, sheets, hard, seed)
    for line in estimated.notices():
        click.echo(line, err=True)
    found = robustness_files.of_sheets(estimated, draws)
    for line in robustness_files.notices(found):
        click.echo(line, err=True)
    return robustness_files.write_sheets(found, folder_for(out))


@index.command()
@click.option("--units", type=click.IntRange(2, 500), required=True, help="Units to be compared.")
@click.option(
    "--sheets", type=click.IntRange(1, 1_000_000), required=True, help="Sheets hoped for, all units together."
)
@click.option("--second-share", type=click.FloatRange(0, 1), default=0.0, show_default=True,
              help="Share of the businesses that rate a second unit.")  # fmt: skip
@click.option("--population", type=click.IntRange(1), default=None, help="Clients of a unit, if known.")
@click.option("--half-width", type=click.FloatRange(0, 50, min_open=True), default=2.0, show_default=True,
              help="Wanted of a unit's 95 % interval, in points of 100.")  # fmt: skip
@click.option("--margin", type=click.FloatRange(0, 1, min_open=True), default=0.05, show_default=True,
              help="e of Slovin's rule, n = N / (1 + N e²).")  # fmt: skip
@click.option("--like", type=FILE, default=None, help="SHEETS of an earlier round, for its variances.")
@click.option("--plan", type=FILE, default=None, help="The plan of that round.")
def advise(units: int, sheets: int, second_share: float, population: int | None, half_width: float, margin: float,
           like: Path | None, plan: Path | None) -> None:  # fmt: skip
    """Before fieldwork: how many sheets and second ratings tell two units apart."""
    if (like is None) != (plan is None):
        raise click.UsageError("--like and --plan belong together")
    if sheets < 2 * units:
        raise click.UsageError("at least two sheets a unit are needed")
    variances = advisor.TYPICAL if like is None or plan is None else earlier(plan, like)
    parts = zip(("client bases", "businesses", "single sheets"), msgspec.structs.astuple(variances), strict=True)
    source = "typical; --like takes an earlier round's" if like is None else "of the earlier round"
    say(f"variances on 0–100 ({source}): {', '.join(f'{name} {part:.1f}' for name, part in parts)}")
    say(f"{sheets} sheets about {units} units; points of 100; told apart = found four times of five with P ≥ 0.95")
    head = "second ratings  businesses  error of a difference  told apart from"
    say(head if population is None else f"{head}  this year's clients only")
    for one in advisor.curve(Fieldwork(units, sheets, second_share, population), variances):
        say(line_of(one))
    least = advisor.needed(half_width, variances.within, population)
    say(f"± {half_width:g} for a unit's mean, client bases apart: {least} sheets a unit")
    if population is not None:
        say(f"Slovin's rule at e = {margin:g}: {advisor.slovin(population, margin)} of {population} clients")


def line_of(one: Advice) -> str:
    clients = "" if one.clients_only is None else f"{one.clients_only:26.2f}"
    return f"{one.second_share:14.0%}{one.businesses:12}{one.error:23.2f}{one.told_apart:17.2f}{clients}"


def earlier(plan: Path, sheets: Path) -> Variances:
    """Of the largest peer group of an earlier round."""
    checked = load_plan(plan)
    found = respondent_level.estimated(checked, sheets)
    largest = max(range(len(found.groups)), key=lambda place: found.groups[place].count)
    return advisor.variances_of(checked, found.groups[largest], found.flags[largest])
