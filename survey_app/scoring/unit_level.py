"""`index compute`: a table of unit-level figures in, tables of every step out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from survey_app.scoring.compute import Steps, Values, compute, effective_weights, ranks, rule_of, weights_at
from survey_app.scoring.impute import along_years
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan
from survey_app.scoring.tables import Contents, Row, Table, read_table, write_tables
from survey_app.scoring.tiers import tiers_of

ALONG = ("latest", "linear")


class Year(msgspec.Struct, frozen=True):
    """One year's index; `name` None: the table knows no years."""

    name: float | None
    steps: Steps


class Computed(msgspec.Struct, frozen=True):
    """years, oldest first; ignored: columns that the plan does not use."""

    plan: Plan
    years: tuple[Year, ...]
    ignored: tuple[str, ...]

    def notices(self, reasons: str = "reasons.csv") -> Iterator[str]:
        """What a reader of the scores should know, a line each; `reasons`: where it is told what is missing."""
        for year in self.years:
            when = "" if year.name is None else f"{year.name:g}: "
            steps = year.steps
            gone = [unit for unit, stays in zip(steps.units, steps.screened.stays, strict=True) if not stays]
            if gone:
                yield f"{when}not scored, too few figures are known: {', '.join(gone)}"
            for name, scored in steps.normalised.items():
                if "max_equals_min" in scored.reasons:
                    yield f"{when}{name}: no scale, since the lowest and the highest figure are the same"
                elif "outside_scale" in scored.reasons:
                    yield f"{when}{name}: no scale, since all units have reached the aim, or none is above 0"
            empty = [unit for unit, score in zip(steps.units, steps.score(self.plan.tree.id), strict=True)
                     if np.isnan(score) and unit not in gone]  # fmt: skip
            if empty:
                yield f"{when}no {self.plan.tree.id}, something is missing (see {reasons}): {', '.join(empty)}"
        if self.ignored:
            yield f"columns that the plan does not use: {', '.join(self.ignored)}"


class Panel(msgspec.Struct, frozen=True):
    """A table of figures as several plans need them; `time` (n,) the lines' years, None: it knows no years. `ignored`:
    columns that no plan uses."""

    values: Values
    time: FloatArray | None
    ignored: tuple[str, ...]

    def times(self) -> tuple[float | None, ...]:
        """The years, ascending."""
        return (None,) if self.time is None else tuple(np.unique(self.time).tolist())

    def score_at(self, place: int) -> Callable[[Plan], Steps]:
        """Plan → its steps in the year at this place, the years before it computed too, where its scales look back."""
        known: dict[bytes, Steps] = {}

        def score(plan: Plan) -> Steps:
            name = plan.canonical()
            if name not in known:
                known[name] = next(itertools.islice(years(plan, self.values, self.time), place, None)).steps
            return known[name]

        return score


def read(plans: Sequence[Plan], path: Path, unit_column: str = "unit", time_column: str | None = None) -> Panel:
    """Raises InputProblems: everything that is wrong with the table for any of the plans."""
    table = read_table(path)
    leaves = {name: leaf for plan in plans for name, leaf in plan.leaf_table().items()}
    denominators = {leaf.denominator for leaf in leaves.values() if isinstance(leaf.denominator, str)}
    groups = {rule.group for plan in plans for leaf in plan.leaves if (rule := rule_of(plan, leaf)) and rule.group}
    table.need([name for name in (unit_column, time_column) if name], "units and years are told apart by it")
    table.need(list(leaves), "the plan has a leaf of that name")
    table.need(sorted(denominators), "the plan divides by it")
    table.need(sorted(groups), "the plan fills gaps by it")
    table.refuse_problems()
    columns = {name: table.numbers(name) for name in leaves}
    numbers = {name: table.numbers(name) for name in sorted(denominators)}
    for name, column in numbers.items():
        if (column == 0).any():
            line = 2 + int(np.argmax(column == 0))
            table.wrong(line, name, "zero", f"the denominator '{name}' is 0", "nothing can be divided by it",
                        "write the right number, or leave it blank")  # fmt: skip
    whole = Values(
        units=tuple(table.columns[unit_column].cells()) if time_column else table.names(unit_column),
        leaves=columns,
        numbers=numbers,
        groups={name: tuple(table.columns[name].cells()) for name in sorted(groups)},
    )
    time = table.numbers(time_column) if time_column else None
    _check_years(table, whole.units, time, unit_column)
    table.refuse_problems()
    used = {unit_column, time_column, *leaves, *denominators, *groups}
    return Panel(whole, time, tuple(name for name in table.columns if name not in used))


def computed(plan: Plan, path: Path, unit_column: str = "unit", time_column: str | None = None) -> Computed:
    """Read the table and go all steps, a year at a time. Raises InputProblems, NoWeights."""
    panel = read([plan], path, unit_column, time_column)
    return Computed(plan, tuple(years(plan, panel.values, panel.time)), panel.ignored)


def _check_years(table: Table, units: Sequence[str], time: FloatArray | None, unit_column: str) -> None:
    """Every line has a year, every unit one line a year."""
    if time is None:
        return
    seen: set[tuple[str, float]] = set()
    for place, pair in enumerate(zip(units, time.tolist(), strict=True)):
        if np.isnan(pair[1]):
            table.wrong(2 + place, unit_column, "empty", "the year is empty", "every line needs it", "fill it in")
        elif pair in seen:
            what = f"'{pair[0]}' has two lines for {pair[1]:g}"
            table.wrong(2 + place, unit_column, "twice", what, "each has one line a year", "keep one of the lines")
        seen.add(pair)


def years(plan: Plan, whole: Values, time: FloatArray | None) -> Iterator[Year]:
    if time is None:
        yield Year(None, compute(plan, whole))
        return
    whole = _filled_along(plan, whole, time)
    before: list[Steps] = []
    for year in np.unique(time):
        earlier = {leaf.id: _earlier(plan, leaf.id, before) for leaf in plan.leaves}
        steps = compute(plan, _only(whole, time == year), earlier)
        before.append(steps)
        yield Year(float(year), steps)


def _earlier(plan: Plan, name: str, before: Sequence[Steps]) -> list[float]:
    """The leaf's figures in the years that its pooled bounds look back on."""
    back = (plan.leaf(name).scale.rounds or 1) - 1
    return [value for steps in before[-back:] for value in steps.treated[name].tolist()] if back else []


def _only(whole: Values, lines: np.ndarray) -> Values:
    chosen = np.flatnonzero(lines)
    return Values(
        units=tuple(whole.units[place] for place in chosen),
        leaves={name: column[chosen] for name, column in whole.leaves.items()},
        numbers={name: column[chosen] for name, column in whole.numbers.items()},
        groups={name: tuple(cells[place] for place in chosen) for name, cells in whole.groups.items()},
    )


def _filled_along(plan: Plan, whole: Values, time: FloatArray) -> Values:
    """Gaps filled from the same unit's other years, where the plan says so."""
    years, row = np.unique(time, return_inverse=True)
    units, column = np.unique(np.array(whole.units), return_inverse=True)
    leaves = dict(whole.leaves)
    for name, leaf in plan.leaf_table().items():
        rule, values = rule_of(plan, leaf), whole.leaves[name]
        if rule is not None and rule.method in ALONG:
            panel = np.full((years.size, units.size), np.nan)
            panel[row, column] = values
            leaves[name] = along_years(panel, years, rule.method)[row, column]
    return msgspec.structs.replace(whole, leaves=leaves)


# ---------------------------------------------------------------- files


def write(found: Computed, folder: Path, steps: bool) -> list[str]:
    """scores.csv, reasons.csv, tiers.csv where the plan's rule gives them, trends.csv of several years, and, with
    `steps`, a CSV a step. Returns the files' names."""
    timed = found.years[0].name is not None
    files: dict[str, Contents] = {
        "scores.csv": (("unit", "node", "score", "rank"), _scores(found)),
        "reasons.csv": (("unit", "node", "reason"), _reasons(found)),
    }
    if found.plan.tiers.rule != "posterior":
        files["tiers.csv"] = (("unit", "tier"), _tiers(found))
    if steps:
        files |= _step_files(found)
    if timed:
        files = {name: ((*head, "year"), rows) for name, (head, rows) in files.items()}
        files["trends.csv"] = (("unit", "node", "first", "last", "change", "yearly_growth", "slope"), _trends(found))
    return write_tables(files, folder)


def _stamped(year: Year, row: Row) -> Row:
    return row if year.name is None else (*row, year.name)


def _scores(found: Computed) -> Iterator[Row]:
    for year in found.years:
        for node in found.plan.tree.walk():
            scores = year.steps.score(node.id)
            for unit, score, rank in zip(year.steps.units, scores.tolist(), ranks(scores), strict=True):
                yield _stamped(year, (unit, node.id, score, rank))


def _reasons(found: Computed) -> Iterator[Row]:
    for year in found.years:
        for node in found.plan.tree.walk():
            for unit, reason in zip(year.steps.units, year.steps.reasons(node.id), strict=True):
                if reason is not None:
                    yield _stamped(year, (unit, node.id, reason))


def _tiers(found: Computed) -> Iterator[Row]:
    for year in found.years:
        tiers = tiers_of(found.plan.tiers, year.steps.score(found.plan.tree.id))
        for unit, tier in zip(year.steps.units, tiers, strict=True):
            yield _stamped(year, (unit, tier))


def _step_files(found: Computed) -> dict[str, Contents]:
    leaves = list(found.plan.leaf_table())
    nodes = [node.id for node in found.plan.tree.walk()]

    def units(of: Mapping[float | None, Mapping[str, FloatArray]], names: Sequence[str]) -> Iterator[Row]:
        for year in found.years:
            for place, unit in enumerate(year.steps.units):
                yield _stamped(year, (unit, *(float(of[year.name][name][place]) for name in names)))

    def step(pick: str) -> Mapping[float | None, Mapping[str, FloatArray]]:
        return {year.name: getattr(year.steps, pick) for year in found.years}

    normalised = {year.name: {name: one.values for name, one in year.steps.normalised.items()} for year in found.years}
    shown = {year.name: {name: year.steps.score(name) for name in nodes} for year in found.years}
    return {
        "denominated.csv": (("unit", *leaves), units(step("denominated"), leaves)),
        "screened.csv": (("unit", "known", "non_zero", "stays"), _screened(found)),
        "imputed.csv": (("unit", *leaves), units(step("imputed"), leaves)),
        "treated.csv": (("unit", *leaves), units(step("treated"), leaves)),
        "treatment.csv": (TREATMENT, _treatments(found)),
        "normalised.csv": (("unit", *leaves), units(normalised, leaves)),
        "weights.csv": (("node", "parent", "weight", "effective_weight"), _weights(found)),
        "aggregated.csv": (("unit", *nodes), units(shown, nodes)),
    }


TREATMENT = ("leaf", "winsorised", "transformed", "skew_before", "kurtosis_before", "skew_after", "kurtosis_after",
             "passes")  # fmt: skip


def _screened(found: Computed) -> Iterator[Row]:
    for year in found.years:
        screened = year.steps.screened
        for place, unit in enumerate(year.steps.units):
            row = (unit, float(screened.known[place]), float(screened.non_zero[place]), int(screened.stays[place]))
            yield _stamped(year, row)


def _treatments(found: Computed) -> Iterator[Row]:
    for year in found.years:
        for name, one in year.steps.treatments.items():
            row = (name, one.winsorised, one.transformed, *one.before, *one.after, int(one.passes))
            yield _stamped(year, row)


def _weights(found: Computed) -> Iterator[Row]:
    for year in found.years:
        shares = effective_weights(found.plan, year.steps.tree.weights)
        for node in found.plan.tree.walk():
            if node.is_leaf:
                continue
            for child, weight in zip(node.children, weights_at(node, year.steps.tree.weights).tolist(), strict=True):
                yield _stamped(year, (child.id, node.id, weight, shares[child.id]))


def _trends(found: Computed) -> Iterator[Row]:
    """First and last score, their difference, yearly growth (geometric) and the slope of the least-squares line."""
    times = np.array([year.name for year in found.years], dtype=np.float64)
    units = sorted({unit for year in found.years for unit in year.steps.units})
    for node in found.plan.tree.walk():
        scores = {year.name: dict(zip(year.steps.units, year.steps.score(node.id).tolist(), strict=True))
                  for year in found.years}  # fmt: skip
        for unit in units:
            line = np.array([scores[year.name].get(unit, np.nan) for year in found.years])
            known = ~np.isnan(line)
            if known.sum() >= 2:
                first, last = line[known][0], line[known][-1]
                span = times[known][-1] - times[known][0]
                growth = (last / first) ** (1 / span) - 1 if first > 0 and last > 0 else np.nan
                slope = np.polyfit(times[known], line[known], 1)[0]
                yield unit, node.id, float(first), float(last), float(last - first), float(growth), float(slope)
