"""`index robustness` as a statistician uses it: its tables, and one clear line for what it cannot do."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from survey_app import cli
from tests.scoring import figures
from tests.scoring.conftest import TINY
from tests.scoring.figures import FIGURES, TEXT, UNITS
from tests.scoring.rounds import ITEMS, rows


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plan, its figures, and the same over two years."""
    (tmp_path / "plan.yaml").write_text(TEXT, encoding="utf-8")
    names = list(FIGURES)
    lines = [[unit, *(FIGURES[name][u] for name in names)] for u, unit in enumerate(UNITS)]
    with (tmp_path / "values.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["unit", *names], *lines])
    with (tmp_path / "years.csv").open("w", encoding="utf-8", newline="") as file:
        later = [[2025, unit, *(number + u * u for number in numbers)] for u, (unit, *numbers) in enumerate(lines)]
        csv.writer(file).writerows([["year", "unit", *names], *([2024, *line] for line in lines), *later])
    return tmp_path


def run(folder: Path, *arguments: object, out: str = "out") -> int:
    command = ["index", "robustness", "--plan", folder / "plan.yaml", *arguments, "--out", folder / out, "--draws", 40]
    return cli.run([str(argument) for argument in command])


def test_tables_of_figures_hold_every_unit_factor_and_element(folder: Path) -> None:
    (folder / "other.yaml").write_text(TEXT.replace("weight: 3", "weight: 1"), encoding="utf-8")
    assert run(folder, "--values", folder / "values.csv", "--compare", folder / "other.yaml") == 0
    out = folder / "out"
    assert [row["unit"] for row in table(out / "ranks.csv")] == list(UNITS)
    assert [row["factor"] for row in table(out / "sobol.csv")] == ["winsorise", "normalise", "aggregate", "weights"]
    removed = table(out / "removed.csv")
    elements = ["", "roads", "length", "holes", "ports", "ships", "cranes", "trust"]
    assert list(dict.fromkeys(row["removed"] for row in removed)) == elements
    for row in removed:
        nominal = next(one for one in removed if (one["removed"], one["unit"]) == ("", row["unit"]))
        assert float(row["shift"]) == float(row["rank"]) - float(nominal["rank"])
    assert len(table(out / "compared.csv")) == 2 * len(UNITS)
    nominal = {row["unit"]: row["nominal"] for row in table(out / "ranks.csv")}
    steps = figures.steps()
    best = UNITS[int(steps.score("index").argmax())]
    assert nominal[best] == "1"


def test_the_same_seed_writes_the_same_bytes(folder: Path) -> None:
    for out in ("one", "two"):
        assert run(folder, "--values", folder / "values.csv", "--seed", 5, out=out) == 0
    for name in ("ranks.csv", "sobol.csv", "removed.csv"):
        assert (folder / "one" / name).read_bytes() == (folder / "two" / name).read_bytes()


def test_a_panel_has_tables_a_year(folder: Path) -> None:
    assert run(folder, "--values", folder / "years.csv", "--time-column", "year", "--vary", "weights") == 0
    for name in ("ranks.csv", "sobol.csv", "removed.csv"):
        assert {row["year"] for row in table(folder / "out" / name)} == {"2024", "2025"}
    assert {row["factor"] for row in table(folder / "out" / "sobol.csv")} == {"weights"}
    assert run(folder, "--values", folder / "values.csv", "--vary", "weights", out="single") == 0
    year = [row for row in table(folder / "out" / "removed.csv") if row["year"] == "2024"]
    single = table(folder / "single" / "removed.csv")
    assert [row["score"] for row in year] == [row["score"] for row in single]


def test_a_step_that_the_plan_lacks_is_refused_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    without = TEXT.replace("treat: {winsorise: 2, skew: 2, kurtosis: 3.5, then: none}\n", "")
    (folder / "plan.yaml").write_text(without, encoding="utf-8")
    assert run(folder, "--values", folder / "values.csv", "--vary", "winsorise") == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "the plan has no `treat`" in said[0]
    assert run(folder, "--values", folder / "values.csv") == 0


def test_figures_and_sheets_exclude_each_other(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = folder / "values.csv"
    assert run(folder) == 2
    assert run(folder, "--values", values, "--sheets", values) == 2
    assert run(folder, "--sheets", values, "--vary", "weights") == 2
    assert "Give either --values or --sheets." in capsys.readouterr().err


@pytest.fixture
def sheets(folder: Path) -> Path:
    """The tiny round as a table, one sheet marked as of a burst."""
    (folder / "plan.yaml").write_text(TINY, encoding="utf-8")
    with (folder / "sheets.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sheet", "business", "unit", "main_unit", "burst", *ITEMS])
        for number, row in enumerate(rows(120)):
            answers = [row.answers.get(item) or "" for item in ITEMS]
            writer.writerow([number, row.business, row.unit, row.unit if row.main else "", int(number == 3), *answers])
    with (folder / "hard.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["unit", "clearance", "tasks"], *([u, 9 + 2 * k, 5 + k] for k, u in enumerate("ABCDE"))]
        )
    return folder / "sheets.csv"


def test_tables_of_sheets_hold_every_unit_under_every_factor(folder: Path, sheets: Path) -> None:
    assert run(folder, "--sheets", sheets) == 0
    out = folder / "out"
    factors = ["sampling", "cleaning", "method", "normalise", "aggregate", "weights"]
    sobol = table(out / "sobol.csv")
    assert list(dict.fromkeys(row["unit"] for row in sobol)) == ["", *"ABCDE"]
    assert [row["factor"] for row in sobol if row["unit"] == ""] == factors
    assert [row["unit"] for row in table(out / "ranks.csv")] == list("ABCDE")
    assert {row["removed"] for row in table(out / "removed.csv")} == {"", "transparency", "time"}
    stuffing = table(out / "stuffing.csv")
    assert sum(int(row["flagged"]) for row in stuffing) >= 1
    assert {row["group"] for row in stuffing} == {"all"}


def test_the_share_of_hard_data_moves_too_where_there_are_hard_data(folder: Path, sheets: Path) -> None:
    hard = "source: hard, normalise: {method: goalposts, low: 0, high: 10},"
    text = TINY.replace("  - {id: tasks, source: panel, points: 10,", f"  - {{id: tasks, {hard}")
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    assert run(folder, "--sheets", sheets, "--hard", folder / "hard.csv") == 0
    assert "hard_share" in {row["factor"] for row in table(folder / "out" / "sobol.csv")}
    assert "department" in {row["removed"] for row in table(folder / "out" / "removed.csv")}
