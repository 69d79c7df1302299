"""Files of data: the same numbers as the pages, nothing that a spreadsheet would run, nothing that is withheld."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from survey_app.results import exports, scorecard, tables
from survey_app.results.tables import Column, Table


def rows_of(content, language):
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";" if language == "vi" else ","))


def file_of(reading, form, part=""):
    return next(content for name, content in exports.files_of(reading, form) if part in name)


def test_page_csv_xlsx_and_json_hold_the_same_numbers(reading):
    """The page's text is the oracle: each file is read by another route."""
    sheet = openpyxl.load_workbook(io.BytesIO(file_of(reading, "xlsx")))["results"]
    book = {(row[0], row[3]): row[5] for row in sheet.iter_rows(min_row=2, values_only=True)}
    data = {(row["unit"], row["node"]): row["score"] for row in json.loads(file_of(reading, "json"))["results"]}
    lines = {(row[0], row[3]): row[5] for row in rows_of(file_of(reading, "csv", "results"), "vi")[1:]}
    assert book.keys() == data.keys() == lines.keys()
    for unit in reading.lines:
        card = scorecard.page_for(unit, reading)
        for line in card.sub_indices:
            shown = None if line.score == "–" else line.score
            assert lines[unit, line.id] == (shown or "")
            number = None if shown is None else float(shown.replace(",", "."))
            assert data[unit, line.id] == number
            assert book[unit, line.id] == number


def test_vietnamese_and_english_files_differ_only_in_marks_and_words(reading, reading_en):
    vi = rows_of(file_of(reading, "csv", "results"), "vi")
    en = rows_of(file_of(reading_en, "csv", "results"), "en")
    assert len(vi) == len(en)
    for a, b in zip(vi[1:], en[1:], strict=True):
        assert [cell.replace(",", ".") for cell in a[5:12]] == b[5:12]


def test_a_withheld_unit_has_no_number_in_any_file(reading):
    for unit in ("CC-MCAI-KTGS1", "CC-HGAI-NV", "CC-MCAI-KS"):
        for table in tables.tables(reading):
            for row in table.rows:
                if row[0] == unit:
                    assert not [cell for cell in row if isinstance(cell, Decimal | int)]
                    assert row[-1]
        distributions = [row[8] for row in tables.items(reading).rows if row[0] == unit]
        assert not any(distributions)


def test_numbers_of_sheets_are_bands(reading):
    assert {row[12] for row in tables.results(reading).rows} <= {None, "10–14", "15–24", "25–49", "50+"}


@pytest.mark.parametrize("text", ["=1+1", "+84 203", "-1", "@SUM(A1)", "\tx", "\rx", "=cmd|' /C calc'!A0"])
def test_text_that_looks_like_a_formula_is_made_harmless(text):
    table = Table("t", (Column("k", text),), ((text,),))
    for row in rows_of(exports.csv(table, "vi"), "vi"):
        assert row[0].startswith("'")


def test_negative_numbers_stay_numbers():
    table = Table("t", (Column("k", "k"),), ((Decimal("-1.5"),),))
    assert rows_of(exports.csv(table, "vi"), "vi")[1] == ["-1,5"]
    assert rows_of(exports.csv(table, "en"), "en")[1] == ["-1.5"]


def test_the_byte_order_mark_can_be_left_out(reading):
    table = tables.pedigree(reading)
    assert exports.csv(table, "vi").startswith(b"\xef\xbb\xbf")
    assert not exports.csv(table, "vi", bom=False).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_the_same_result_gives_the_same_bytes(reading, form):
    assert exports.files_of(reading, form) == exports.files_of(reading, form)


def test_a_zip_holds_all_csv_files_without_a_date(reading):
    archive = zipfile.ZipFile(io.BytesIO(exports.zipped(exports.files_of(reading, "csv"))))
    assert len(archive.namelist()) == 5
    assert {info.date_time[0] for info in archive.infolist()} == {2000}


def test_the_codebook_explains_every_question_that_has_a_row(reading):
    known = {row[0] for row in tables.codebook(reading).rows}
    assert {row[2] for row in tables.items(reading).rows} <= known
    assert len(known) == 77
