"""Figures of staff: checked against the plan, all problems at once, missing stays missing."""

from __future__ import annotations

import msgspec
import pytest

from survey_app.diagnostics import InputProblems
from survey_app.errors import WrongState
from survey_app.fieldwork import figures
from survey_app.fieldwork.rounds import round_by_id
from survey_app.models import Round, StaffFigure
from tests.office import tiny_round


def read(created, tmp_path, source, text):
    path = tmp_path / "figures.csv"
    path.write_text(text, encoding="utf-8")
    return figures.import_figures(created, source, path)


def test_commas_and_points_mean_the_same_and_blanks_stay_missing(db, tmp_path):
    created = tiny_round(db)
    assert read(created, tmp_path, "hard", "unit;hours\nA;12,5\nB;7.25\nC;\n") == 2
    assert {row.unit: row.value for row in StaffFigure.select()} == {"A": 12.5, "B": 7.25}
    assert [(gap.leaf, gap.units) for gap in figures.gaps(created)] == [("hours", ("C",)), ("reform", ("A", "B", "C"))]


def test_a_second_table_replaces_the_first_of_its_source_only(db, tmp_path):
    created = tiny_round(db)
    read(created, tmp_path, "panel", "unit,reform\nA,9\n")
    read(created, tmp_path, "hard", "unit,hours\nA,1\nB,2\n")
    read(created, tmp_path, "hard", "unit,hours\nC,3\n")
    assert sorted((row.source, row.unit) for row in StaffFigure.select()) == [("hard", "C"), ("panel", "A")]


def test_every_problem_is_named_with_its_line(db, tmp_path):
    created = tiny_round(db)
    with pytest.raises(InputProblems) as raised:
        read(created, tmp_path, "panel", "unit,reform\nA,11\nZ,5\nB,1e3\nC,NaN\n")
    found = "\n".join(str(problem) for problem in raised.value.problems)
    assert "csv:2:2: [points]" in found
    assert "csv:3:1: [unknown_unit]" in found
    assert "csv:4:2: [number]" in found
    assert "csv:5:2: [number]" in found
    assert StaffFigure.select().count() == 0


def test_the_table_to_fill_in_is_read_back_as_it_is(db, tmp_path):
    created = tiny_round(db)
    read(created, tmp_path, "hard", "unit;hours\nA;12,5\n")
    table = figures.table_to_fill(created, "hard")
    assert table == "unit;hours\r\nA;12,5\r\nB;\r\nC;\r\n"
    assert read(created, tmp_path, "hard", table.replace("B;", "B;1234,5")) == 2
    assert figures.table_to_fill(created, "hard").splitlines()[2] == "B;1234,5"
    wide = {"A": 12.345, "B": 1234567.5, "C": 0.000001}
    read(created, tmp_path, "hard", "unit;hours\nA;12,3450\nB;1234567,5\nC;0,000001\n")
    read(created, tmp_path, "hard", figures.table_to_fill(created, "hard"))
    assert {row.unit: row.value for row in StaffFigure.select()} == wide


def test_what_can_be_read_in_two_ways_or_cannot_be_is_named(db, tmp_path):
    created = tiny_round(db)
    with pytest.raises(InputProblems) as raised:
        read(created, tmp_path, "hard", "unit;hours\nA;1.234\nB;-2\nC;12,345\n")
    found = "\n".join(str(problem) for problem in raised.value.problems)
    assert "csv:2:2: [ambiguous]" in found
    assert "write 1234 or 1.2340" in found
    assert "csv:3:2: [negative]" in found
    assert "csv:4:2: [ambiguous]" in found
    assert read(created, tmp_path, "hard", "unit;hours\nA;0.234\nB;1.2340\nC;1234,5\n") == 3


def test_a_leaf_of_another_source_is_an_unknown_column(db, tmp_path):
    with pytest.raises(InputProblems, match="'reform' is not known"):
        read(tiny_round(db), tmp_path, "hard", "unit,reform\nA,1\n")


def test_published_figures_do_not_change(db, tmp_path):
    created = tiny_round(db)
    Round.update(state="published").execute()
    with pytest.raises(WrongState):
        read(round_by_id(created.id), tmp_path, "hard", "unit,hours\nA,1\n")


def test_a_unit_twice_in_one_table_is_named(db, tmp_path):
    created = tiny_round(db)
    (tmp_path / "double.csv").write_text("unit,hours\nA,4\nA,5\n", encoding="utf-8")
    with pytest.raises(InputProblems, match="stands in line 2 too"):
        figures.import_figures(created, "hard", tmp_path / "double.csv")


def test_points_that_need_evidence_come_with_a_note(db, tmp_path, monkeypatch):
    created = tiny_round(db)
    plan = figures.plan_of(created)
    leaves = tuple(
        msgspec.structs.replace(leaf, evidence=True) if leaf.id == "reform" else leaf for leaf in plan.leaves
    )
    monkeypatch.setattr(figures, "plan_of", lambda _: msgspec.structs.replace(plan, leaves=leaves))
    with pytest.raises(InputProblems, match=r"csv:3:2: \[evidence\]"):
        read(created, tmp_path, "panel", "unit,reform,reform_evidence\nA,9,Decision 12\nB,8,\nC,0,\n")
    assert read(created, tmp_path, "panel", "unit,reform,reform_evidence\nA,9,Decision 12\nC,0,\n") == 2
    assert {row.unit: row.evidence for row in StaffFigure.select()} == {"A": "Decision 12", "C": ""}
    assert figures.table_to_fill(created, "panel").splitlines()[1] == "A;9;Decision 12"
