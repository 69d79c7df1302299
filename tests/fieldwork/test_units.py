"""The unit register: read, refused with every problem at once, frozen."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from survey_app.diagnostics import InputProblems
from survey_app.fieldwork import units
from survey_app.models import Unit

ROOT = Path(__file__).resolve().parents[2]
UNITS = Path(__file__).with_name("units.csv")


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "units.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputProblems) as raised:
        units.import_units(path)
    return [str(problem) for problem in raised.value.problems]


def test_both_shipped_structures_import_and_the_later_succeeds_the_earlier(db):
    for year in (2018, 2025):
        units.import_units(ROOT / "questionnaires" / "units" / f"quangninh_{year}.csv")
    before, after = units.valid_on(datetime.date(2024, 6, 1)), units.valid_on(datetime.date(2025, 6, 1))
    assert before
    assert after
    codes = {line.code for line in after}
    assert {line.successor for line in before if line.successor} <= codes


def test_every_problem_of_a_file_is_named_with_its_line(db, tmp_path):
    found = problems(
        tmp_path,
        "code,kind,parent,name_vi,valid_from,rated\n"
        "A,chi_cuc,,Chi cục A,2018-13-01,yes\n"
        "a,Chi Cục,,Chi cục A,2018-01-01,maybe\n"
        "B,doi,X,,01/02/2019,yes\n",
    )
    text = "\n".join(found)
    assert "units.csv:2:5: [date]" in text
    assert "units.csv:3:1: [double]" in text
    assert "units.csv:3:2: [code]" in text
    assert "units.csv:3:6: [yes_no]" in text
    assert "units.csv:4:4: [empty]" in text
    assert Unit.select().count() == 0


def test_a_unit_that_is_part_of_itself_is_refused(db, tmp_path):
    found = problems(
        tmp_path,
        "code,kind,parent,name_vi,valid_from\nA,doi,B,A,2018-01-01\nB,doi,A,B,2018-01-01\nC,doi,Z,C,2018-01-01\n",
    )
    assert [line.split("[")[1].split("]")[0] for line in found] == ["circle", "circle", "unknown_unit"]


def test_wrong_columns_are_named_with_what_was_meant(db, tmp_path):
    found = "\n".join(problems(tmp_path, "code,kin,name_vi,valid_from\nA,doi,A,2018-01-01\n"))
    assert "the column 'kind' is missing" in found
    assert "did you mean 'kind'?" in found


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        ("code,kind\nChi c\xf4c".encode("latin-1"), "UTF-8"),
        (b"PK\x03\x04 no workbook", "workbook cannot be read"),
        (b'code,kind,name_vi,valid_from\n"A,doi', "quotation marks"),
        (b"code,kind,name_vi,valid_from\n", "no lines"),
        (b"x" * (5 * 2**20 + 1), "larger than 5 MiB"),
    ],
)
def test_a_file_of_another_kind_gets_one_clear_line(db, tmp_path, content, word):
    path = tmp_path / "units.csv"
    path.write_bytes(content)
    with pytest.raises(InputProblems, match=word):
        units.import_units(path)


def test_a_workbook_by_name_only_is_not_read_as_text(db, tmp_path):
    path = tmp_path / "units.xlsx"
    path.write_bytes(UNITS.read_bytes())
    with pytest.raises(InputProblems, match=r"this is not an XLSX file.*save it again from Excel"):
        units.import_units(path)


def test_a_missing_file_gets_one_clear_line(db, tmp_path):
    with pytest.raises(InputProblems, match="cannot be read"):
        units.import_units(tmp_path / "none.csv")


def test_a_workbook_says_the_same_as_a_csv(db, tmp_path):
    book = Workbook()
    for line in UNITS.read_text(encoding="utf-8").splitlines():
        book.active.append([cell or None for cell in line.split(",")])
    book.active["G2"] = datetime.datetime(2018, 1, 1)  # noqa: DTZ001 - a workbook's dates have no zone
    book.save(tmp_path / "units.xlsx")
    units.import_units(UNITS)
    from_csv = units.current_register()
    Unit.delete().execute()
    units.import_units(tmp_path / "units.xlsx")
    assert units.current_register() == from_csv


def test_a_second_import_mends_the_first(db, tmp_path):
    units.import_units(UNITS)
    path = tmp_path / "units.csv"
    path.write_text(UNITS.read_text(encoding="utf-8").replace("Chi cục A", "Chi cục Móng Cái"), encoding="utf-8")
    assert units.import_units(path) == 6
    assert units.current_register()["A"].names["vi"] == "Chi cục Móng Cái"


def test_the_units_of_a_day_leave_out_those_that_ended(db):
    units.import_units(UNITS)
    assert "OLD" in {line.code for line in units.valid_on(datetime.date(2019, 12, 31))}
    assert "OLD" not in {line.code for line in units.valid_on(datetime.date(2020, 1, 1))}
