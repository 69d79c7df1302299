"""One number, everywhere the same: page and PDF, CSV, XLSX, JSON, interface, in three languages, for a whole round."""

from __future__ import annotations

import csv
import io
import json
import re

import msgspec
import openpyxl
import pytest

from survey_app.i18n import LANGUAGES
from survey_app.results import comparison, data_types, exports, open_data, published, scorecard
from survey_app.results.reading import DASH
from tests.results.conftest import read

ALL = ("CC-MCAI", "CC-HGAI", "CC-VGIA", "CC-CPHA", "CC-HMO", "CC-BPS", "CC-MCAI-TT", "CC-VGIA-TT", "P-TXNK", "P-GSQL",
       "NHOM-KIEM-SOAT")  # fmt: skip
WITHHELD = ("CC-MCAI-KTGS1", "CC-HGAI-NV", "CC-MCAI-KS", "CC-HMO-TKS")


@pytest.fixture(scope="module")
def readings(reading, reading_en):
    return {"vi": reading, "en": reading_en, "zh-Hans": read("zh-Hans")}


@pytest.fixture(scope="module")
def tables(readings):
    """(language, way) → table → rows as texts, each read from the file by another program's route."""
    found = {}
    for language, one in readings.items():
        found[language, "csv"] = {name.split("-")[2]: of_csv(content, language)
                                  for name, content in exports.files_of(one, "csv")}  # fmt: skip
        found[language, "xlsx"] = of_xlsx(exports.files_of(one, "xlsx")[0][1])
        found[language, "json"] = of_json(exports.files_of(one, "json")[0][1], exports.tables(one))
    return found


def of_json(content, tables):
    """Objects as rows in the order of the tables' columns; numbers as they are written."""
    found = json.loads(content, parse_float=str, parse_int=str)
    assert found.keys() == {"format", "language", *(table.name for table in tables)}
    return {table.name: [[row[column.key] or "" for column in table.columns] for row in found[table.name]]
            for table in tables}  # fmt: skip


def of_csv(content, language):
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";" if language == "vi" else ","))[1:]
    number = re.compile(r"-?\d+,\d+")
    return [[cell.replace(",", ".") if number.fullmatch(cell) else cell for cell in row] for row in rows]


def of_xlsx(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        sheet.title: [[written(cell) for cell in row] for row in sheet.iter_rows(min_row=2, max_col=sheet.max_column)]
        for sheet in book
    }


def written(cell):
    """What a spreadsheet shows of the cell."""
    if cell.value is None:
        return ""
    if isinstance(cell.value, str):
        return cell.value
    places = len(cell.number_format.partition(".")[2]) if cell.number_format != "General" else 0
    return f"{cell.value:.{places}f}"


def plain(text):
    """A page's number as a file writes it."""
    return "" if text in ("", DASH) else text.replace(",", ".").replace("\u2212", "-")


def test_every_file_in_every_language_holds_the_same_numbers(tables):
    first = tables["en", "csv"]
    for (language, way), found in tables.items():
        assert list(found) == ["results", "items", "codebook", "legend", "pedigree"], (language, way)
        for place in (5, 6, 7, 8, 9, 10, 11, 12, 13):
            assert [row[place] for row in found["results"]] == [row[place] for row in first["results"]], (way, place)
        for place in (4, 5, 6, 7, 8, 9):
            assert [row[place] for row in found["items"]] == [row[place] for row in first["items"]], (way, place)
        assert [row[3] for row in found["codebook"]] == [row[3] for row in first["codebook"]]


def test_columns_stand_in_one_order_in_every_language(readings):
    for one in readings.values():
        for table in exports.tables(one):
            keys = [column.key for column in table.columns]
            assert keys == [column.key for column in next(
                other for other in exports.tables(readings["en"]) if other.name == table.name).columns]  # fmt: skip
            assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("language", LANGUAGES)
def test_scores_of_the_scorecard_stand_in_the_files(readings, tables, language):
    one = readings[language]
    rows = {(row[0], row[3]): row for row in tables[language, "csv"]["results"]}
    for unit in ALL:
        card = scorecard.page_for(unit, one)
        for line in card.sub_indices:
            row = rows[unit, line.id]
            assert (row[5], row[8]) == (plain(line.score), plain(line.median)) or not row[5]
            assert f"{row[6]}{DASH}{row[7]}" == plain(line.interval).replace("--", DASH) or not line.interval
        for line in (*card.hard, *card.panel):
            assert rows[unit, line.id][5] == plain(line.score)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_comparisons_order_stands_in_the_files(readings, tables, language):
    one = readings[language]
    rows = {(row[0], row[3]): row for row in tables[language, "csv"]["results"]}
    for group in comparison.page(one).groups:
        node = one.root if group.parts else one.business
        for tier in group.tiers:
            for line in tier.lines:
                row = rows[line.unit, node]
                assert row[5] == plain(line.score)
                assert row[10] == (plain(re.split(r"[–/ ]", line.ranks)[0]) if line.ranks else "")
                assert rows[line.unit, one.business][5] == plain(line.business)


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_of_the_scorecard_stand_in_the_files(readings, tables, language):
    one = readings[language]
    rows = {(row[0], row[2]): row for row in tables[language, "csv"]["items"]}
    for unit in ALL:
        for section in scorecard.page_for(unit, one).sections:
            for line in section.lines:
                row = rows[unit, line.id]
                assert row[4] == plain(line.score)
                assert row[5] == (plain(line.median) if row[4] else "")
                shares = sorted(category.share for category in line.categories)
                assert sorted(re.findall(r"\d+ %", row[8])) == shares


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_interface_for_staff_says_what_the_files_say(readings, tables, language):
    one = readings[language]
    whole = json.loads(data_types.encoded(data_types.comparison_of(one)), parse_float=str, parse_int=str)["results"]
    assert [[cell or "" for cell in row.values()][:14] for row in whole] == tables[language, "json"]["results"]
    for unit in (*ALL, *WITHHELD):
        found = data_types.encoded(data_types.unit_of(one, unit))
        content = json.loads(found, parse_float=str, parse_int=str)
        assert content["results"] == [row for row in whole if row["unit"] == unit]
        mine = [row for row in tables[language, "json"]["items"] if row[0] == unit]
        assert [[cell or "" for cell in row.values()][:10] for row in content["items"]] == mine
        msgspec.json.decode(found, type=data_types.UnitAnswer)


@pytest.mark.parametrize("unit", WITHHELD)
def test_what_is_withheld_is_withheld_everywhere(readings, tables, unit):
    for language, one in readings.items():
        why = one.why(one.score(unit, one.business).reason, unit)
        assert scorecard.page_for(unit, one).reason == why
        for way in ("csv", "xlsx", "json"):
            for row in (*tables[language, way]["results"], *tables[language, way]["items"]):
                if row[0] == unit:
                    numbers = [cell for cell in row[4:] if re.fullmatch(r"-?\d+(\.\d+)?", str(cell))]
                    assert not [cell for cell in numbers if cell not in row[:5]]
        answer = data_types.unit_of(one, unit)
        assert answer.results
        for line in answer.results:
            assert line.score is line.low is line.high is line.tier is line.rank_low is line.n is None
            assert line.why
            assert line.why_words
        assert all(line.score is None and line.distribution is None for line in answer.items)
        assert why in {line.why_words for line in answer.results}
        assert not [row for row in open_data.all_tables(one)[0].rows if row[0] == unit]
        public = data_types.units_of(one)
        assert not [place for place in public.units if place.code == unit and place.tier is not None]


def test_each_number_that_the_page_withholds_has_the_same_reason_in_the_files(readings, tables):
    one = readings["en"]
    for row in tables["en", "csv"]["results"]:
        shown = one.score(row[0], row[3])
        assert bool(row[5]) == (shown.number is not None)
        assert row[13] == (shown.reason or "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_public_is_told_tiers_and_never_a_score(readings, language):
    one = readings[language]
    for content in (data_types.round_of(one), data_types.units_of(one), published.page(one)):
        text = msgspec.json.encode(content).decode()
        assert not re.search(r'(?<![0-9a-f"])\d+[.,]\d', text)
        for key in ("score", "low", "high", "rank", "median", "shrunk", "expected"):
            assert f'"{key}' not in text
    places = {place.code: (place.tier, place.why_words) for place in data_types.units_of(one).units}
    for group in published.page(one).groups:
        for tier in group.tiers:
            assert all(places[unit.code] == (tier.number, "") for unit in tier.units)
        not_ranked, withheld = published.why_left_out(language)
        assert all(places[unit.code] == (None, not_ranked) for unit in group.not_ranked)
        assert all(places[unit.code] == (None, withheld) for unit in group.withheld)


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "\u00a0@x", "＝1+1", "－2", "+84", "%x", "|x"])
def test_headings_and_cells_that_look_like_formulas_are_harmless_in_both_kinds_of_file(text):
    assert exports.safe(text) == f"'{text}"
