"""`index robustness`: what other choices, fewer elements and other sheets would do to ranks, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from survey_app.scoring import movement, removal, robustness, stuffing
from survey_app.scoring.estimate import estimate_group
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.movement import Choices, Movement, Rule
from survey_app.scoring.plan import Plan
from survey_app.scoring.propagate import ScoredGroup
from survey_app.scoring.redraw import NotVaried, ranks_of
from survey_app.scoring.removal import Outcome
from survey_app.scoring.respondent_level import Estimated
from survey_app.scoring.robustness import RankStatistics, Uncertainty, Varied
from survey_app.scoring.sobol import Sobol
from survey_app.scoring.stuffing import Stuffing
from survey_app.scoring.tables import Contents, Row, write_tables
from survey_app.scoring.unit_level import Panel
from survey_app.scoring.what_if import reweighted

SOBOL = ("factor", "first", "first_low", "first_high", "total", "total_low", "total_high")
RANKS = ("unit", "nominal", "mean", "median", "low", "high")
STUFFING = ("unit", "sheets", "flagged", "rank", "rank_all_sheets", "tier", "burst", "near_pairs", "near_rate",
            "near_expected", "near_p", "invented", "tried", "within_rank")  # fmt: skip


class OfFigures(msgspec.Struct, frozen=True):
    """One year of unit-level figures; `year` None: the table knows none."""

    year: float | None
    units: tuple[str, ...]
    uncertainty: Uncertainty
    removed: tuple[Outcome, ...]
    compared: tuple[Outcome, ...]


class OfSheets(msgspec.Struct, frozen=True):
    """One peer group of a round; `refused`: why ranks were not moved."""

    group: GroupEstimate
    movement: Movement | None
    removed: tuple[Outcome, ...]
    stuffing: tuple[Stuffing, ...]
    refused: str | None


def of_figures(
    plan: Plan, panel: Panel, varied: Varied, others: Mapping[str, Plan], draws: int, seed: int
) -> tuple[OfFigures, ...]:
    """Every year. Raises NotVaried, NoWeights."""
    found = []
    for place, year in enumerate(panel.times()):
        score = panel.score_at(place)
        found.append(
            OfFigures(
                year=year,
                units=score(plan).units,
                uncertainty=robustness.uncertainty(plan, score, varied, draws, seed),
                removed=tuple(removal.removed(plan, score)),
                compared=tuple(removal.compared(plan, others, score)) if others else (),
            )
        )
    return tuple(found)


def of_sheets(found: Estimated, draws: int) -> tuple[OfSheets, ...]:
    """Every peer group; ranks at the root where every unit has a score there, else at the businesses' part."""
    results = []
    for sheets, flags, base in zip(found.groups, found.flags, found.estimates.groups, strict=True):
        by_rule: dict[Rule, GroupEstimate] = {
            "without_flagged": base,
            "all_sheets": estimate_group(found.plan, sheets, np.zeros(sheets.count, dtype=np.bool_), rounded=False),
            "strict": estimate_group(found.plan, sheets, flags.strict, rounded=False),
        }
        node = _node(found, base)
        try:
            moved = movement.movement(found.plan, by_rule, found.given, choices(found.plan), draws, node)
            refused = None
        except NotVaried as reason:
            moved, refused = None, str(reason)
        results.append(
            OfSheets(
                group=base,
                movement=moved,
                removed=tuple(removed(found, base, node)),
                stuffing=stuffing.stuffing(found.plan, sheets, flags, base, found.given.seed),
                refused=refused,
            )
        )
    return tuple(results)


def notices(found: Sequence[OfSheets]) -> Iterator[str]:
    """What a reader of the tables should know, a line each."""
    for one in found:
        if one.refused:
            yield f"{one.group.id}: ranks were not moved: {one.refused}"
        gone = [] if one.movement is None else [rule for rule in movement.RULES if rule not in one.movement.rules]
        if gone:
            yield f"{one.group.id}: too few businesses are left to clean by the rule {', '.join(gone)}"
        if one.movement is not None and one.movement.left_out:
            yield f"{one.group.id}: no score under one of the rules of cleaning: {', '.join(one.movement.left_out)}"
        if len(one.group.units) > stuffing.MANY_UNITS:
            yield f"{one.group.id}: invented sheets are not searched for more than {stuffing.MANY_UNITS} units"
        if sum(unit.sheets for unit in one.stuffing) > stuffing.COMPARED:
            yield f"{one.group.id}: sheets are not compared with each other, there are more than {stuffing.COMPARED}"


def choices(plan: Plan) -> Choices:
    """The usual ones; a geometric mean only where every figure lies on the plan's scale."""
    bounded = all(leaf.scale.bounded for leaf in plan.leaf_table().values())
    methods = (plan.tree.aggregate, "arithmetic", *(("geometric",) if bounded else ()))
    return Choices(aggregate=tuple(dict.fromkeys(methods)))


def _node(found: Estimated, group: GroupEstimate) -> str:
    root = found.plan.tree.id
    scored = ScoredGroup(found.plan, group, found.given).value(root)
    counted = np.array(group.n_sheets) > 0
    return root if not np.isnan(scored[counted]).any() else found.plan.businesses_part()


def removed(found: Estimated, group: GroupEstimate, node: str) -> Iterator[Outcome]:
    """The node's ranks as they are (named "") and without each node and figure below the root."""
    plan = found.plan
    scores = ScoredGroup(plan, group, found.given).value(node)
    nominal = ranks_of(scores[None])[0]
    yield removal.outcome("", scores, nominal)
    asked = {leaf.id for leaf in plan.question_leaves()}
    inside = next(one for one in plan.tree.walk() if one.id == node)
    for element in inside.walk():
        if element.id == node or element.id in asked:
            continue
        try:
            rest = reweighted(plan, {element.id: 0.0})
        except NotVaried:
            continue
        yield removal.outcome(element.id, ScoredGroup(rest, group, found.given).value(node), nominal)


# ---------------------------------------------------------------- files


def write_figures(found: Sequence[OfFigures], folder: Path) -> list[str]:
    """ranks.csv, sobol.csv, removed.csv, and compared.csv of other plans. Returns the files' names."""
    timed = found[0].year is not None
    head = ("year",) if timed else ()

    def years(rows: Iterable[tuple[float | None, Row]]) -> Iterator[Row]:
        for year, row in rows:
            yield (year, *row) if timed else row

    files: dict[str, Contents] = {
        "ranks.csv": (
            (*head, *RANKS),
            years((one.year, row) for one in found for row in _ranks(one.uncertainty.ranks)),
        ),
        "sobol.csv": (
            (*head, *SOBOL),
            years((one.year, row) for one in found for row in _sobol(one.uncertainty.sobol)),
        ),
        "removed.csv": (
            (*head, "removed", "unit", "score", "rank", "shift", "mean_shift"),
            years((one.year, row) for one in found for row in _outcomes(one.units, one.removed)),
        ),
    }
    if found[0].compared:
        files["compared.csv"] = (
            (*head, "plan", "unit", "score", "rank", "shift", "mean_shift"),
            years((one.year, row) for one in found for row in _outcomes(one.units, one.compared)),
        )
    return write_tables(files, folder)


def write_sheets(found: Sequence[OfSheets], folder: Path) -> list[str]:
    """ranks.csv, sobol.csv (a blank unit: of the mean absolute shift), removed.csv, stuffing.csv, each by peer group.
    Returns the files' names."""
    moved = [(one.group.id, one.movement) for one in found if one.movement is not None]
    files: dict[str, Contents] = {
        "ranks.csv": (("group", *RANKS), ((group, *row) for group, one in moved for row in _ranks(one.ranks))),
        "sobol.csv": (("group", "unit", *SOBOL), ((group, *row) for group, one in moved for row in _by_unit(one))),
        "removed.csv": (
            ("group", "removed", "unit", "score", "rank", "shift", "mean_shift"),
            ((one.group.id, *row) for one in found for row in _outcomes(one.group.units, one.removed)),
        ),
        "stuffing.csv": (
            ("group", *STUFFING),
            ((one.group.id, *_stuffing(unit)) for one in found for unit in one.stuffing),
        ),
    }
    return write_tables(files, folder)


def _ranks(found: RankStatistics) -> Iterator[Row]:
    columns = (found.nominal, found.mean, found.median, found.low, found.high)
    for place, unit in enumerate(found.units):
        yield (unit, *(float(column[place]) for column in columns))


def _sobol(found: Sobol, at: tuple[int, ...] = ()) -> Iterator[Row]:
    columns = (found.first, found.first_low, found.first_high, found.total, found.total_low, found.total_high)
    for place, factor in enumerate(found.factors):
        yield (factor, *(float(column[(place, *at)]) for column in columns))


def _by_unit(found: Movement) -> Iterator[Row]:
    for row in _sobol(found.overall):
        yield "", *row
    for place, unit in enumerate(found.ranks.units):
        for row in _sobol(found.by_unit, (place,)):
            yield unit, *row


def _outcomes(units: Sequence[str], found: Sequence[Outcome]) -> Iterator[Row]:
    for one in found:
        for place, unit in enumerate(units):
            away = float(one.ranks[place] - found[0].ranks[place])
            yield one.name, unit, float(one.scores[place]), float(one.ranks[place]), away, one.moved


def _stuffing(one: Stuffing) -> Row:
    near = one.near
    pairs: Row = (None,) * 4 if near is None else (near.pairs, near.rate, near.expected, near.p)
    return (one.unit, one.sheets, one.flagged, one.rank, one.rank_all_sheets, one.tier, one.burst, *pairs, one.invented,
            one.tried, one.within_rank)  # fmt: skip
