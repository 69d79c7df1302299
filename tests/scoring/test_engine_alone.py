"""The engine alone, as a statistician meets it: tables in, tables out, one clear line for whatever is wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from survey_app.cli import program
from survey_app.diagnostics import InputProblems

FIGURES = """
format: survey-app/plan/1
id: t
shown_on: {min: 1, max: 10}
tree: {id: root, children: [{id: a, weight: 1}, {id: b, weight: 3}]}
leaves:
  - {id: a, source: hard, direction: lower, normalise: {method: min_max, bounds: own_year}}
  - {id: b, source: hard, normalise: {method: goalposts, low: 0, high: 10}}
"""
ANSWERS = """
format: survey-app/plan/1
id: t
normalise: {method: goalposts, low: 1, high: 5}
tree: {id: root, children: [{id: s, weight: 1, weights: equal, children: [{id: q1}, {id: q2}]}]}
leaves: [{id: q1, statistic: mean}, {id: q2, statistic: mean}]
"""


def run(tmp_path: Path, command: str, plan: str, table: str, *more: str) -> tuple[int, str, Path]:
    """Exit status, what was said, and the folder of the tables."""
    (tmp_path / "plan.yaml").write_text(plan, encoding="utf-8")
    (tmp_path / "table.csv").write_text(table, encoding="utf-8")
    option = "--values" if command == "compute" else "--sheets"
    arguments = ["index", command, "--plan", str(tmp_path / "plan.yaml"), option, str(tmp_path / "table.csv"),
                 "--out", str(tmp_path / "out"), *more]  # fmt: skip
    result = CliRunner().invoke(program, arguments)
    if isinstance(result.exception, InputProblems):
        return 1, str(result.exception), tmp_path / "out"
    return result.exit_code, result.output, tmp_path / "out"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_scores_are_those_of_the_formula(tmp_path: Path) -> None:
    code, _, out = run(tmp_path, "compute", FIGURES, "unit,a,b\nX,4,5\nY,8,1\nZ,6,\n")
    assert code == 0
    score = {(row["unit"], row["node"]): row["score"] for row in rows(out / "scores.csv")}
    assert float(score["X", "a"]) == 10
    assert float(score["Z", "a"]) == pytest.approx(11 - (1 + 9 * (6 - 4) / 4))
    assert float(score["X", "root"]) == pytest.approx((10 + 3 * 5.5) / 4)
    assert score["Z", "root"] == ""
    reasons = {(row["unit"], row["node"]): row["reason"] for row in rows(out / "reasons.csv")}
    assert reasons == {("Z", "b"): "no_hard_data", ("Z", "root"): "no_hard_data"}
    rank = {(row["unit"], row["node"]): row["rank"] for row in rows(out / "scores.csv")}
    assert (rank["X", "root"], rank["Y", "root"], rank["Z", "root"]) == ("1", "2", "")


def test_level_units_share_the_best_of_their_ranks(tmp_path: Path) -> None:
    _, _, out = run(tmp_path, "compute", FIGURES, "unit,a,b\nW,9,9\nX,4,5\nY,4,5\nZ,4,1\n")
    assert [row["rank"] for row in rows(out / "scores.csv") if row["node"] == "a"] == ["4", "1", "1", "1"]


def test_seventeen_digits_give_the_same_number_back(tmp_path: Path) -> None:
    _, _, out = run(tmp_path, "compute", FIGURES, "unit,a,b\nX,0.1,3.3333333333333335\nY,0.7,1\n")
    score = {(row["unit"], row["node"]): float(row["score"]) for row in rows(out / "scores.csv")}
    assert score["X", "b"] == 1 + 9 * (100.0 * (3.3333333333333335 / 10.0)) / 100.0


WRONG = [
    ("unit,a,b\nX,1,2\nX,2,3\n", "'X' stands in the column 'unit' 2 times"),
    ("unit,a,b\nX,1,two\nY,2,3\n", "'two' in the column 'b' is no number"),
    ("unit,a,b\nX,1,inf\nY,2,3\n", "'inf' in the column 'b' is no number"),
    ("unit,a\nX,1\nY,2\n", "there is no column 'b'"),
    ("province,a,b\nX,1,2\n", "there is no column 'unit'"),
    ("unit,a,b\n,1,2\nY,2,3\n", "the column 'unit' is empty"),
    ("unit,a,b\nX,1,2\nY,1\n", "the line has 2 cells, the first line has 3"),
    ("unit,a,a\nX,1,2\n", "the column 'a' stands there twice"),
    ("unit,a,b\n", "there are no lines below the column names"),
    ("", "there is no line of column names"),
]


@pytest.mark.parametrize(("table", "line"), WRONG, ids=[line for _, line in WRONG])
def test_a_wrong_table_gets_one_clear_line(tmp_path: Path, table: str, line: str) -> None:
    code, said, out = run(tmp_path, "compute", FIGURES, table)
    assert code == 1
    assert line in said
    assert "Fix:" in said
    assert len(said.strip().splitlines()) == 1
    assert not out.exists(), "nothing half-written"


def test_what_has_no_scale_is_said(tmp_path: Path) -> None:
    code, said, _ = run(tmp_path, "compute", FIGURES, "unit,a,b,note\nX,1,2,\nY,1,3,\n")
    assert code == 0
    assert "a: no scale, since the lowest and the highest figure are the same" in said
    assert "columns that the plan does not use: note" in said


def test_semicolons_and_decimal_commas_are_read(tmp_path: Path) -> None:
    _, _, out = run(tmp_path, "compute", FIGURES, "\ufeffunit;a;b\nX;1,5;2\nY;2,5;3\n")
    assert {row["node"]: row["score"] for row in rows(out / "scores.csv") if row["unit"] == "X"}["a"] == "10"


def test_several_years_look_back_and_have_trends(tmp_path: Path) -> None:
    plan = FIGURES.replace("bounds: own_year", "bounds: pooled, rounds: 2")
    table = "unit,year,a,b\nX,2023,2,1\nY,2023,4,2\nX,2024,3,3\nY,2024,4,4\n"
    _, _, out = run(tmp_path, "compute", plan, table, "--time-column", "year")
    score = {(row["unit"], row["node"], row["year"]): float(row["score"]) for row in rows(out / "scores.csv")}
    assert score["X", "a", "2024"] == pytest.approx(11 - (1 + 9 * 0.5)), "2 of the year before is the lowest"
    trend = next(row for row in rows(out / "trends.csv") if (row["unit"], row["node"]) == ("X", "b"))
    assert float(trend["change"]) == pytest.approx(1.8)
    assert float(trend["slope"]) == pytest.approx(1.8)


def test_gaps_are_filled_from_other_years(tmp_path: Path) -> None:
    plan = FIGURES.replace("id: t\n", "id: t\nimpute: {method: linear}\n")
    table = "unit,year,a,b\n" + "".join(f"X,{y},{a},1\nY,{y},9,2\n" for y, a in ((1, 2), (2, ""), (4, 5)))
    _, _, out = run(tmp_path, "compute", plan, table, "--time-column", "year", "--steps")
    assert [row["a"] for row in rows(out / "denominated.csv") if row["unit"] == "X"] == ["2", "3", "5"]


def test_every_step_has_its_table(tmp_path: Path) -> None:
    plan = FIGURES.replace("id: t\n", "id: t\nscreen: {coverage: 0.6}\ntiers: {rule: percentiles, cuts: [50]}\n")
    _, said, out = run(tmp_path, "compute", plan, "unit,a,b\nX,4,5\nY,8,1\nZ,6,\n", "--steps")
    assert "not scored, too few figures are known: Z" in said
    names = {path.name for path in out.iterdir()}
    assert names == {"scores.csv", "reasons.csv", "tiers.csv", "denominated.csv", "screened.csv", "imputed.csv",
                     "treated.csv", "treatment.csv", "normalised.csv", "weights.csv", "aggregated.csv"}  # fmt: skip
    assert {row["node"]: float(row["effective_weight"]) for row in rows(out / "weights.csv")} == {"a": 0.25, "b": 0.75}
    assert [row["tier"] for row in rows(out / "tiers.csv")] == ["1", "2", ""]


def sheets_csv(businesses: int = 60) -> str:
    """Two units each: U0 to U4; U3 the best."""
    draw = np.random.default_rng(6)
    lines = ["sheet,business,unit,main_unit,q1,q2"]
    for b in range(businesses):
        home = b % 5
        for unit in (home, (home + 1 + b // 5 % 4) % 5):
            level = 3.9 if unit == 3 else 2.6
            answers = [int(np.clip(round(draw.normal(level, 0.9)), 1, 5)) for _ in range(2)]
            lines.append(f"s{len(lines)},B{b},U{unit},U{home},{answers[0]},{answers[1]}")
    return "\n".join(lines) + "\n"


def test_sheets_become_ranks_with_intervals(tmp_path: Path) -> None:
    code, _, out = run(tmp_path, "estimate", ANSWERS, sheets_csv())
    assert code == 0
    ranks = rows(out / "ranks.csv")
    assert list(ranks[0]) == ["unit", "score", "rank", "expected_rank", "rank_low", "rank_high", "tier"]
    assert ranks[0]["unit"] == "U3"
    assert all(int(row["rank_low"]) <= int(row["rank"]) <= int(row["rank_high"]) for row in ranks)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))["all"]
    assert report["linkage"]["businesses_with_several_units"] == 60
    assert report["linkage"]["joined"] is True
    assert report["variance_components"]["business_to_sheet"] > 0
    assert 0 <= report["reliability"]["s"]["reliability"] <= 1


def test_without_second_ratings_it_is_said_what_could_not_be_corrected(tmp_path: Path) -> None:
    table = sheets_csv().splitlines(keepends=True)
    _, said, out = run(tmp_path, "estimate", ANSWERS, table[0] + "".join(table[1::2]))
    assert "not adjusted for lenient businesses" in said
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))["all"]
    assert report["variance_components"] is None
    assert report["not_corrected"]


def test_flags_name_the_sheets_of_the_file(tmp_path: Path) -> None:
    """Three sheets of one burst, anywhere in the file."""
    lines = sheets_csv().replace("q1,q2", "burst,q1,q2").splitlines()
    table = [lines[0]] + [line.rsplit(",", 2)[0] + f",{int(k in (3, 50, 119))}," + ",".join(line.rsplit(",", 2)[1:])
                          for k, line in enumerate(lines[1:], start=1)]  # fmt: skip
    _, said, out = run(tmp_path, "estimate", ANSWERS, "\n".join(table) + "\n")
    assert sorted(row["sheet"] for row in rows(out / "flags.csv") if row["flag"] == "burst") == ["s119", "s3", "s50"]
    assert "3 sheets are flagged" in said


WRONG_SHEETS = [
    ("sheet,business,unit,q1,q2\n1,a,X,1,2\n1,b,Y,3,4\n", "'1' stands in the column 'sheet' 2 times"),
    ("sheet,business,unit,q1,q2\n1,a,X,1,two\n", "'two' in the column 'q2' is no answer"),
    ("sheet,business,unit,q1\n1,a,X,1\n", "there is no column 'q2'"),
    ("sheet,business,unit,q1,q2\n1,a,,1,2\n", "the column 'unit' is empty"),
    ("sheet,business,unit,duration_s,q1,q2\n1,a,X,fast,1,2\n", "'fast' in the column 'duration_s' is no number"),
]


@pytest.mark.parametrize(("table", "line"), WRONG_SHEETS, ids=[line for _, line in WRONG_SHEETS])
def test_wrong_sheets_get_one_clear_line(tmp_path: Path, table: str, line: str) -> None:
    code, said, out = run(tmp_path, "estimate", ANSWERS, table)
    assert code == 1
    assert line in said
    assert not out.exists()


def test_answers_off_the_scale_are_told(tmp_path: Path) -> None:
    _, said, _ = run(tmp_path, "estimate", ANSWERS, sheets_csv() + "x,new,U1,U1,9,5\n")
    assert "q1: 1 answers lie outside its scale" in said


def test_peer_groups_of_the_file_are_apart(tmp_path: Path) -> None:
    lines = sheets_csv().replace("main_unit,q1", "main_unit,group,q1").splitlines()
    table = [lines[0]]
    for line in lines[1:]:
        cells = line.split(",")
        table.append(",".join([*cells[:4], "odd" if cells[2] in ("U1", "U3") else "even", *cells[4:]]))
    _, said, out = run(tmp_path, "estimate", ANSWERS, "\n".join(table) + "\n")
    assert set(json.loads((out / "report.json").read_text(encoding="utf-8"))) == {"even", "odd"}
    assert "odd: no ranks, fewer than four units have answers" in said
