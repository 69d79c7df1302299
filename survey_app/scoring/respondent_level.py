"""`index estimate`: answer sheets in, adjusted scores, ranks and flags out; at full precision, nothing withheld."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from survey_app.diagnostics import InputProblems, Problem
from survey_app.scoring import cleaning
from survey_app.scoring.cleaning import Flags
from survey_app.scoring.estimate import estimate_group
from survey_app.scoring.estimates import Estimates, GroupEstimate
from survey_app.scoring.figures import Figures, Given
from survey_app.scoring.index import Index, index
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import NO_LABEL, Column, IntArray, PeerGroup, Sheets, number_of
from survey_app.scoring.tables import MISSING, Contents, Row, Table, TextColumn, read_table, write_tables
from survey_app.scoring.unit_reliability import by_sub_index

NEEDED = ("sheet", "business", "unit")
KNOWN = (*NEEDED, "main_unit", "segment", "size", "duration_s", "burst", "fear_item", "group")
FLAGS = ("burst", "straight", "random", "fast")


class Estimated(msgspec.Struct, frozen=True):
    """The groups' sheets with their flags and estimates, and the index; `sheet_names` in the order of the file;
    `outside`: item → answers off its scale; `given`: hard data and seed."""

    plan: Plan
    sheet_names: tuple[str, ...]
    groups: tuple[Sheets, ...]
    flags: tuple[Flags, ...]
    estimates: Estimates
    index: Index
    ignored: tuple[str, ...]
    outside: dict[str, int]
    given: Given

    def notices(self, flags: str = "flags.csv") -> Iterator[str]:
        """What a reader of the scores should know, a line each; `flags`: the table that names flagged sheets."""
        for group, standing in zip(self.estimates.groups, self.index.groups, strict=False):
            yield from (f"{group.id}: {line}" for line in uncorrected(group))
            if standing.reason == "fewer_than_four_units":
                yield f"{group.id}: no ranks, fewer than four units have answers"
            elif standing.left_out:
                yield f"{group.id}: not ranked, too few sheets: {', '.join(standing.left_out)}"
        flagged = sum(int(one.flagged.sum()) for one in self.flags)
        if flagged:
            yield f"{flagged} sheets are flagged ({flags}) and do not enter the scores"
        for item, number in self.outside.items():
            yield f"{item}: {number} answers lie outside its scale and count as its ends"
        if self.ignored:
            yield f"columns that the plan does not use: {', '.join(self.ignored)}"


def estimated(plan: Plan, path: Path, hard: Path | None = None, seed: int = 0) -> Estimated:
    """Read the tables, flag, adjust, rank. Raises InputProblems."""
    table = read_table(path)
    leaves = plan.question_leaves()
    columns = {leaf.id: leaf.question_id for leaf in leaves}
    table.need(NEEDED, "sheets, businesses and units are told apart by it")
    table.need(list(dict.fromkeys(columns.values())), "the plan counts the question")
    table.refuse_problems()
    names = table.names("sheet")
    for column in ("business", "unit"):
        if "" in table.columns[column].texts:
            line = table.columns[column].line_of("")
            table.wrong(line, column, "empty", f"the column '{column}' is empty", "every sheet needs it", "fill it in")
    answers = {leaf.id: _answers(leaf.id, plan, table, table.columns[leaf.question_id]) for leaf in leaves}
    order = np.argsort(table.columns["business"].codes, kind="stable")
    facts = _Facts(table, order)
    figures = _hard(plan, hard, set(table.columns["unit"].texts)) if hard else {}
    table.refuse_problems()
    groups = [facts.sheets(group, [answers[item] for item in group.items]) for group in _groups(plan, facts)]
    flags = tuple(cleaning.flags(plan, sheets) for sheets in groups)
    if facts.burst is not None:
        bursts = [facts.burst[sheets.rows] for sheets in groups]
        flags = tuple(msgspec.structs.replace(one, burst=burst) for one, burst in zip(flags, bursts, strict=True))
    pairs = zip(groups, flags, strict=True)
    estimates = Estimates(tuple(estimate_group(plan, sheets, one.flagged, rounded=False) for sheets, one in pairs))
    used = {*columns.values(), *KNOWN}
    ignored = tuple(name for name in table.columns if name not in used)
    outside = {item: number for item, column in answers.items() if (number := _outside(plan, item, column))}
    given = Given(hard=figures, seed=seed)
    computed = index(plan, estimates, given)
    return Estimated(plan, names, tuple(groups), flags, estimates, computed, ignored, outside, given)


def _answers(leaf_id: str, plan: Plan, table: Table, column: TextColumn) -> Column:
    """A question's cells as the leaf's numbers; what is none of its answers is noted once."""
    leaf, numbers = plan.leaf(leaf_id), []
    for text in column.texts:
        try:
            number = np.nan if text in MISSING else number_of(leaf, text)
        except ValueError:
            what = f"'{text}' in the column '{leaf.question_id}' is no answer that the plan gives a number"
            table.wrong(column.line_of(text), leaf.question_id, "not-an-answer", what, "it cannot be counted",
                        "write one of the question's codes, or leave the cell blank")  # fmt: skip
            number = np.nan
        numbers.append(number)
    known = np.array(numbers)
    return Column(column.codes, known, np.ones(known.size, dtype=np.bool_))


def _outside(plan: Plan, item: str, column: Column) -> int:
    """Number of answers beyond the ends of a mean's scale."""
    leaf = plan.leaf(item)
    if leaf.statistic != "mean":
        return 0
    low, high = leaf.scale.ends()
    beyond = (column.number < low) | (column.number > high)
    return int(np.bincount(column.code, minlength=beyond.size)[beyond].sum())


def _held_back(fear: FloatArray) -> FloatArray:
    """(n,) 1 above the middle between the lowest and the highest answer to the fear question, NaN = no answer."""
    if np.isnan(fear).all():
        return fear
    middle = (np.nanmin(fear) + np.nanmax(fear)) / 2
    return np.where(np.isnan(fear), np.nan, fear > middle)


class _Facts:
    """What the file says beside the answers, in the order of the businesses."""

    def __init__(self, table: Table, order: IntArray) -> None:
        units = table.columns["unit"]
        self.order, self.units = order, tuple(sorted(text for text in units.texts))
        place = np.array([self.units.index(text) for text in units.texts], dtype=np.int64)
        self.unit = place[units.codes][order]
        self.business = table.columns["business"].codes.astype(np.int64)[order]
        self.home = self._main(table)[order]
        seconds = table.numbers("duration_s") if "duration_s" in table.columns else np.full(order.size, np.nan)
        self.seconds = seconds[order]
        fear = table.numbers("fear_item") if "fear_item" in table.columns else np.full(order.size, np.nan)
        self.fear = _held_back(fear)[order]
        self.burst = table.numbers("burst") > 0 if "burst" in table.columns else None
        self.segments = np.column_stack(
            [np.where(np.array([text in MISSING for text in column.texts])[column.codes], -1, column.codes)[order]
             for name in ("segment", "size") if (column := table.columns.get(name))]
            or [np.zeros((order.size, 0))]
        ).astype(np.int64)  # fmt: skip
        groups = table.columns.get("group")
        self.group = np.array([""] * order.size) if groups is None else np.array(groups.cells())[order]

    def _main(self, table: Table) -> IntArray:
        """(n,) the main unit; blank, or a unit that nobody rated: not known."""
        column = table.columns.get("main_unit")
        if column is None:
            return np.full(self.order.size, -1, dtype=np.int64)
        place = [self.units.index(text) if text in self.units else -1 for text in column.texts]
        return np.array(place, dtype=np.int64)[column.codes]

    def sheets(self, group: PeerGroup, columns: Sequence[Column]) -> Sheets:
        """One peer group's sheets, times per asked item."""
        members = np.array([self.units.index(unit) for unit in group.units], dtype=np.int64)
        place = np.full(len(self.units) + 1, -1, dtype=np.int64)
        place[members] = np.arange(members.size)
        rows = np.flatnonzero(place[self.unit] >= 0)
        return Sheets(
            group=group,
            columns=tuple(columns),
            rows=self.order[rows],
            unit=place[self.unit[rows]],
            business=self.business[rows],
            home=place[self.home[rows]],
            labels=np.full(rows.size, NO_LABEL, dtype=np.int64),
            seconds=self.seconds[rows] / max(len(columns), 1),
            fear=self.fear[rows],
            attention_missed=np.zeros(rows.size, dtype=np.bool_),
            dropped=np.zeros((members.size, len(columns)), dtype=np.bool_),
            segments=self.segments[rows],
        )


def _groups(plan: Plan, facts: _Facts) -> Iterator[PeerGroup]:
    """Those the plan names by units, and the others by the file's column `group`; without it, all together."""
    items = tuple(leaf.id for leaf in plan.question_leaves())
    left = dict.fromkeys(facts.units, "")
    for unit, name in zip(facts.unit.tolist(), facts.group.tolist(), strict=True):
        left[facts.units[unit]] = name
    for group in plan.named_groups():
        members = tuple(unit for unit in left if unit in group.units)
        if members:
            yield PeerGroup(group.id, members, (), items)
        for unit in members:
            del left[unit]
    for name in sorted(set(left.values())):
        yield PeerGroup(name or "all", tuple(unit for unit in left if left[unit] == name), (), items)


def _hard(plan: Plan, path: Path, units: set[str]) -> Figures:
    """(unit, leaf) → figure of a table with a line a unit and a column a hard leaf."""
    table = read_table(path)
    leaves = [leaf for leaf in plan.leaf_table().values() if leaf.source != "question"]
    table.need(["unit"], "units are told apart by it")
    table.need([leaf.id for leaf in leaves], "the plan has a leaf of that name")
    table.refuse_problems()
    names = table.names("unit")
    columns = {leaf.id: table.numbers(leaf.id) for leaf in leaves}
    table.refuse_problems()
    missing = sorted(units - set(names))
    if missing and leaves:
        what = f"there is no line for {', '.join(missing)}"
        raise InputProblems([Problem(str(path), 1, 1, "unit-missing", what, "units without figures have no whole index",
                                     "add the lines; blank cells are missing figures")])  # fmt: skip
    return {(unit, leaf): float(values[place]) for leaf, values in columns.items() for place, unit in enumerate(names)
            if not np.isnan(values[place])}  # fmt: skip


# ---------------------------------------------------------------- files


def write(found: Estimated, folder: Path) -> list[str]:
    """scores.csv, ranks.csv, flags.csv, report.json. Returns the files' names."""
    files: dict[str, Contents] = {
        "scores.csv": (("unit", "node", "score", "se", "n"), _scores(found)),
        "ranks.csv": (("unit", "score", "rank", "expected_rank", "rank_low", "rank_high", "tier"), _ranks(found)),
        "flags.csv": (("sheet", "flag"), _flags(found)),
    }
    names = write_tables(files, folder)
    report = {group.id: _report(group) for group in found.estimates.groups}
    (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    return [*names, "report.json"]


def _scores(found: Estimated) -> Iterator[Row]:
    for score in found.index.scores:
        yield score.unit, score.node, score.value, score.se, score.n


def _ranks(found: Estimated) -> Iterator[Row]:
    """By the businesses' part, in the order of the expected ranks."""
    values = {(score.unit, score.node): score.value for score in found.index.scores}
    part = found.plan.businesses_part()
    for group in found.index.groups:
        if group.node == part:
            for one in group.standings:
                yield (one.unit, values[one.unit, part], one.rank, one.expected_rank, one.rank_low, one.rank_high,
                       one.tier)  # fmt: skip


def _flags(found: Estimated) -> Iterator[Row]:
    for sheets, flags in zip(found.groups, found.flags, strict=True):
        for flag in FLAGS:
            for row in sheets.rows[getattr(flags, flag)].tolist():
                yield found.sheet_names[row], flag


def _report(group: GroupEstimate) -> dict[str, object]:
    linkage = None if isinstance(group.linkage, msgspec.UnsetType) else group.linkage
    parts = group.components
    return {
        "units": len(group.units),
        "sheets": sum(group.n_sheets),
        "linkage": None if linkage is None else {
            "businesses_with_several_units": linkage.businesses,
            "joined": not linkage.apart,
            "not_joined": [group.units[u] for u in linkage.apart],
            "share_of_sheets_from_businesses_with_several_units":
                dict(zip(group.units, linkage.shares, strict=True)),
        },
        "variance_components": None if parts is None else {
            "business_to_sheet": parts.business, "client_base_to_sheet": parts.client_base,
        },
        "reliability": {name: msgspec.structs.asdict(one) for name, one in by_sub_index(group).items()},
        "standard_errors_by_influence_to_model": group.sandwich,
        "not_corrected": list(uncorrected(group)),
    }  # fmt: skip


def uncorrected(group: GroupEstimate) -> Iterator[str]:
    """What the adjustment could not do, a line each."""
    linkage = None if isinstance(group.linkage, msgspec.UnsetType) else group.linkage
    if group.components is None:
        yield (
            "not adjusted for lenient businesses: too few businesses rated several units; scores are plain means, "
            "with intervals widened by an assumed spread of client bases"
        )
    if linkage is not None and linkage.apart and group.components is not None:
        names = ", ".join(group.units[u] for u in linkage.apart)
        yield f"no chain of businesses joins these units to the others, leniency there is only assumed alike: {names}"
