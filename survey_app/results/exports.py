"""Published statistics as files: CSV, XLSX, JSON. Never sheets. Result and language alone decide the bytes."""

from __future__ import annotations

import csv as csv_module
import datetime
import io
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from survey_app.results import stored
from survey_app.results.reading import Reading
from survey_app.results.tables import Cell, Table, tables

Form = Literal["csv", "xlsx", "json"]
BOM = "\ufeff"  # tells Excel that the file is UTF-8
FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "|",
    "%",
    "＝",
    "＋",
    "－",
    "＠",
)  # East Asian Excel takes the wide ones too
EPOCH = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's date of making would change its bytes


def files(round_id: str, form: str, language: str, bom: bool = True) -> list[tuple[str, bytes]]:
    """Name and content of each file of a published round. Raises NotFound before it was frozen."""
    return files_of(stored.reading_of(round_id, language), form, bom)


def files_of(reading: Reading, form: str, bom: bool = True) -> list[tuple[str, bytes]]:
    """The same from a reading."""
    name, language = reading.result.round, reading.language
    if form == "csv":
        return [(f"{name}-{table.name}-{language}.csv", csv(table, language, bom)) for table in tables(reading)]
    if form == "xlsx":
        return [(f"{name}-{language}.xlsx", xlsx(reading))]
    return [(f"{name}-{language}.json", json(reading))]


def safe(text: str) -> str:
    """Text that a spreadsheet takes for text: what it would read as a formula gets an apostrophe in front."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA) else text


def written(cell: Cell, language: str) -> str:
    """A cell as CSV text: decimal comma in Vietnamese, point elsewhere, an ASCII minus, no thousands mark."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe(cell)
    text = format(cell, "f") if isinstance(cell, Decimal) else str(cell)
    return text.replace(".", ",") if language == "vi" else text


def csv(table: Table, language: str, bom: bool = True) -> bytes:
    """UTF-8; separated by semicolons where the comma is the decimal mark, else by commas."""
    out = io.StringIO()
    writer = csv_module.writer(out, delimiter=";" if language == "vi" else ",", lineterminator="\r\n")
    writer.writerow([safe(column.heading) for column in table.columns])
    for row in table.rows:
        writer.writerow([written(cell, language) for cell in row])
    return ((BOM if bom else "") + out.getvalue()).encode()


def json(reading: Reading, unit: str = "") -> bytes:
    """All tables of the round, or only one unit's lines of them."""
    return json_of(tables(reading), reading.language, unit)


def json_of(contents: Sequence[Table], language: str, unit: str = "") -> bytes:
    """Tables with language-neutral keys, or only one unit's lines of them; numbers as numbers with the shown
    decimals."""
    content: dict[str, Any] = {"format": "survey-app/data/1", "language": language}
    for table in contents:
        content[table.name] = [row for row in records(table) if not unit or row.get("unit", unit) == unit]
    return msgspec.json.Encoder(decimal_format="number", order="deterministic").encode(content)


def records(table: Table) -> list[dict[str, Cell]]:
    """A table's rows by key."""
    keys = [column.key for column in table.columns]
    return [dict(zip(keys, row, strict=True)) for row in table.rows]


def xlsx(reading: Reading) -> bytes:
    """One workbook: a sheet a table, headings frozen and filterable, numbers as numbers with their shown decimals."""
    import xlsxwriter

    out = io.BytesIO()
    # Strings stay strings: no formula, no link is ever made of what somebody typed.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": reading.text(reading.result.title), "created": EPOCH})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        places: book.add_format({"num_format": "0" if places == 0 else "0." + "0" * places}) for places in range(5)
    }
    plain = book.add_format({"text_wrap": False})
    for table in tables(reading):
        sheet = book.add_worksheet(table.name)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(table.columns):
            sheet.write_string(0, place, safe(column.heading), head)
            sheet.set_column(place, place, width_of(table, place))
        for index, row in enumerate(table.rows, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(index, place, safe(cell), plain)
                elif cell is not None:
                    sheet.write_number(index, place, float(cell), formats[places_of(cell)])
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    book.close()
    return out.getvalue()


def places_of(cell: Decimal | int) -> int:
    exponent = cell.as_tuple().exponent if isinstance(cell, Decimal) else 0
    return min(4, -exponent) if isinstance(exponent, int) and exponent < 0 else 0


def width_of(table: Table, place: int) -> int:
    """Wide enough for most cells, never wider than a line of text."""
    longest = max((len(str(row[place])) for row in table.rows[:200] if row[place] is not None), default=8)
    return max(8, min(48, longest + 2, 60), min(20, len(table.columns[place].heading)))


def zipped(contents: list[tuple[str, bytes]]) -> bytes:
    """Several files as one, without a date."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents:
            archive.writestr(zipfile.ZipInfo(name, EPOCH.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
