"""Lists that people keep in a spreadsheet, CSV or XLSX, as checked lines of text: every problem of a file at once."""

from __future__ import annotations

import csv
import datetime
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from survey_app.diagnostics import InputProblems, Problem, suggestion

# A spreadsheet is a zip: a few kilobytes may unpack to gigabytes.
LARGEST_FILE = 5 * 2**20
LARGEST_UNPACKED = 50 * 2**20
WORKBOOKS = (".xlsx", ".xlsm", ".xls")
MOST_ROWS = 200_000
NUMBER = re.compile(r"-?\d{1,12}([.,]\d{1,6})?")
THOUSANDS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")  # 1.234: a thousand and more here, one and a bit there
UNSEEN = ("Cc", "Cs", "Co", "Cn")  # controls, halves of pairs, private use, unassigned


class Line(msgspec.Struct, frozen=True):
    """One line of the list: its number in the file and its cells by column, trimmed, NFC, "" where empty."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


class Listing:
    """A list that was read, and everything that is wrong with it."""

    def __init__(self, file: str, columns: tuple[str, ...], lines: tuple[Line, ...]) -> None:
        self.file = file
        self.columns = columns
        self.lines = lines
        self.problems: list[Problem] = []

    def wrong(self, line: int, column: str, code: str, what: str, why: str, fix: str) -> None:
        """Note one problem; `column` "" = the line as a whole."""
        place = self.columns.index(column) + 1 if column in self.columns else 1
        self.problems.append(Problem(self.file, line, place, code, what, why, fix))

    def need(self, line: Line, *columns: str) -> None:
        """These cells may not be empty."""
        for column in columns:
            if not line[column]:
                self.wrong(
                    line.number, column, "empty", f"the column '{column}' is empty", "every line needs it", "fill it in"
                )

    def number(self, line: Line, column: str) -> float | None:
        """The number in a cell; None where it is blank or (noted) wrong, as 1.234, which can be read in two ways."""
        text = line[column].replace("\u00a0", "").replace(" ", "")
        if not text:
            return None
        if not NUMBER.fullmatch(text):
            self.wrong(
                line.number, column, "number", f"'{line[column]}' is not a number",
                "digits with one comma or point for decimals are read",
                "write for example 12,5; leave a missing one blank",
            )  # fmt: skip
            return None
        if THOUSANDS.fullmatch(text):
            self.wrong(
                line.number, column, "ambiguous", f"'{line[column]}' can be read in two ways",
                "the mark may stand before decimals or between thousands",
                f"write {text.replace('.', '').replace(',', '')} or {text}0",
            )  # fmt: skip
            return None
        return float(text.replace(",", "."))

    def whole(self, line: Line, column: str, least: int, most: int) -> int | None:
        """The whole number in a cell, within these; None where it is blank or (noted) wrong."""
        text = line[column]
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            self.wrong(
                line.number, column, "whole_number", f"'{text}' is no whole number from {least} to {most}",
                "the column holds such numbers", "correct it; leave a missing one blank",
            )  # fmt: skip
            return None
        return int(text)

    def refuse_problems(self) -> None:
        """Raise InputProblems with all that was noted, if anything was."""
        if self.problems:
            raise InputProblems(self.problems)


def read_listing(
    path: Path, required: Iterable[str], optional: Iterable[str] = (), content: bytes | None = None
) -> Listing:
    """The lines of a CSV or XLSX file whose first line names the columns, in any order.

    `content` is given where the file was uploaded; `path` then only names it. Raises InputProblems.
    """
    file = str(path) if content is None else path.name
    content = read_file(path) if content is None else content
    if len(content) > LARGEST_FILE:
        raise only(
            file,
            "too_large",
            "the file is larger than 5 MiB",
            "nobody's list is",
            "split it, or remove pictures and empty columns",
        )
    zipped = content[:4] == b"PK\x03\x04"
    if not zipped and path.suffix.lower() in WORKBOOKS:
        raise only(
            file,
            "xlsx",
            "this is not an XLSX file",
            "its content is of another kind",
            "save it again from Excel as XLSX",
        )
    rows = xlsx_rows(content, file) if zipped else csv_rows(content, file)
    header = next(rows, None)
    if header is None:
        raise only(
            file, "empty_file", "the file is empty", "its first line names the columns", "add the line of column names"
        )
    columns = tuple(name.lower().replace(" ", "_") for name in header[1])
    listing = Listing(file, columns, tuple(lines_of(rows, columns, file)))
    check_columns(listing, tuple(required), tuple(optional))
    if not listing.lines:
        listing.wrong(
            2, "", "no_lines", "the list has no lines", "nothing would be imported", "add a line below the column names"
        )
    listing.refuse_problems()
    return listing


def read_file(path: Path) -> bytes:
    """The file's bytes; one clear line where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise only(
            str(path), "unreadable", "the file cannot be read", str(error.strerror), "check the path and its rights"
        ) from None


def only(file: str, code: str, what: str, why: str, fix: str, line: int = 1) -> InputProblems:
    """A problem of the file as a whole: nothing else can be said of it."""
    return InputProblems([Problem(file, line, 1, code, what, why, fix)])


def lines_of(rows: Iterator[tuple[int, list[str]]], columns: tuple[str, ...], file: str) -> Iterator[Line]:
    """The lines below the header that are not blank."""
    for count, (number, cells) in enumerate(rows):
        if count >= MOST_ROWS:
            raise only(
                file, "too_many", f"more than {MOST_ROWS} lines", "the file was not meant for this", "split it", number
            )
        if any(cells):
            yield Line(number, dict(zip(columns, cells, strict=False)))


def check_columns(listing: Listing, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    """Missing, unknown and doubled column names."""
    known = (*required, *optional)
    for name in required:
        if name not in listing.columns:
            listing.wrong(
                1,
                "",
                "missing_column",
                f"the column '{name}' is missing",
                "the import needs it",
                f"columns are: {', '.join(known)}",
            )
    for place, name in enumerate(listing.columns):
        if name and name not in known:
            listing.wrong(
                1,
                name,
                "unknown_column",
                f"the column '{name}' is not known",
                "it would be ignored silently",
                suggestion(name, known),
            )
        if name and name in listing.columns[:place]:
            listing.wrong(
                1,
                name,
                "double_column",
                f"the column '{name}' stands twice",
                "which one counts is unclear",
                "remove one",
            )


def csv_rows(content: bytes, file: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and trimmed cells; UTF-8 with or without a mark, separated by comma, semicolon or tab."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise only(
            file,
            "encoding",
            "the text is not UTF-8",
            "Vietnamese letters would be damaged",
            "save it as 'CSV UTF-8' or as XLSX",
            line,
        ) from None
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise only(
                file, "csv", "the line is not CSV", str(error), "check the quotation marks", reader.line_num
            ) from None
        if row is None:
            return
        yield reader.line_num, [tidy(cell) for cell in row]


def xlsx_rows(content: bytes, file: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and trimmed cells of the workbook's first sheet, values only."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise only(
                file,
                "too_large",
                "the workbook unpacks to more than 50 MiB",
                "it may be a trap",
                "save the list alone, as CSV",
            )
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True, max_row=MOST_ROWS + 2))
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, OSError, EOFError):
        raise only(
            file,
            "xlsx",
            "the workbook cannot be read",
            "it is damaged or of another kind",
            "save it again as XLSX or CSV",
        ) from None
    for number, row in enumerate(rows, start=1):
        yield number, [tidy(written(cell)) for cell in row]


def written(cell: object) -> str:
    """A workbook's value as a person would type it: 2300123456.0 is a tax code that lost its text format."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    return str(cell)


def tidy(text: str) -> str:
    """NFC, without outer blanks; inner runs of blanks, and characters that no paper can show, become one."""
    seen = "".join(" " if unicodedata.category(one) in UNSEEN else one for one in unicodedata.normalize("NFC", text))
    return " ".join(seen.split())
