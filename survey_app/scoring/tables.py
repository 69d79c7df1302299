"""Tables of numbers for statisticians: CSV of any size, read as codes, every problem with its line and cure; written so
that every number comes back the same."""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from survey_app.diagnostics import InputProblems, Problem, suggestion
from survey_app.scoring.normalise import FloatArray

Row = Sequence[object]
Contents = tuple[Row, Iterable[Row]]  # names of the columns, and the lines
CHUNK = 50_000  # lines in memory as text
MISSING = ("", "NA")  # what R writes is understood
FIRST_LINE = 2


class TextColumn(msgspec.Struct, frozen=True):
    """A column of n cells as codes (n,) into its different texts, trimmed."""

    codes: NDArray[np.uint32]
    texts: tuple[str, ...]

    def cells(self) -> list[str]:
        return [self.texts[code] for code in self.codes]

    def line_of(self, text: str) -> int:
        """Line of the file where the text stands first."""
        return FIRST_LINE + int(np.argmax(self.codes == self.texts.index(text)))


class Table:
    """A file that was read, and everything that is wrong with it."""

    def __init__(self, file: str, columns: dict[str, TextColumn], decimal_comma: bool) -> None:
        self.file, self.columns, self.decimal_comma = file, columns, decimal_comma
        self.problems: list[Problem] = []

    @property
    def count(self) -> int:
        return next((column.codes.size for column in self.columns.values()), 0)

    def wrong(self, line: int, column: str, code: str, what: str, why: str, fix: str) -> None:
        place = list(self.columns).index(column) + 1 if column in self.columns else 1
        self.problems.append(Problem(self.file, line, place, code, what, why, fix))

    def refuse_problems(self) -> None:
        if self.problems:
            raise InputProblems(self.problems)

    def need(self, columns: Sequence[str], why: str) -> None:
        """Note every column that is not there."""
        for column in columns:
            if column not in self.columns:
                near = suggestion(column, self.columns)
                self.wrong(1, "", "column-missing", f"there is no column '{column}'", why, near)

    def numbers(self, name: str) -> FloatArray:
        """(n,) NaN for blank cells; what is no number is noted, once a text."""
        column, found = self.columns[name], []
        for text in column.texts:
            number = self._number(text)
            if number is None:
                what = f"'{text}' in the column '{name}' is no number"
                self.wrong(column.line_of(text), name, "not-a-number", what, "it cannot be counted",
                           "write a number, or leave the cell blank where it is missing")  # fmt: skip
            found.append(math.nan if number is None else number)
        return np.array(found or [math.nan])[column.codes] if column.codes.size else np.zeros(0)

    def _number(self, text: str) -> float | None:
        if text in MISSING:
            return math.nan
        try:
            number = float(text.replace(",", ".") if self.decimal_comma else text)
        except ValueError:
            return None
        return number if math.isfinite(number) else None

    def names(self, name: str) -> tuple[str, ...]:
        """Codes of units or sheets, one a line: noted if blank or there twice."""
        column = self.columns[name]
        counts = np.bincount(column.codes, minlength=len(column.texts))
        for text, number in zip(column.texts, counts, strict=True):
            if text == "":
                self.wrong(column.line_of(text), name, "empty", f"the column '{name}' is empty", "every line needs it",
                           "fill it in or delete the line")  # fmt: skip
            elif number > 1:
                what = f"'{text}' stands in the column '{name}' {number} times"
                self.wrong(column.line_of(text), name, "twice", what, "each has one line", "keep one of the lines")
        return tuple(column.cells())


def read_table(path: Path) -> Table:
    """A CSV in UTF-8 with a line of column names; `,` or `;` or a tab between cells, with `;` a comma may be decimal.

    Raises InputProblems: not readable, no text, no lines, names twice, lines of another length.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            delimiter = max(";,\t", key=first.count)
            return _read(path, csv.reader(file, delimiter=delimiter, strict=True), delimiter == ";")
    except UnicodeDecodeError:
        raise _refused(path, 1, "not-utf-8", "the file is not UTF-8 text", "letters would be lost",
                       "save it as CSV UTF-8") from None  # fmt: skip
    except OSError as error:
        raise _refused(path, 1, "unreadable", f"the file cannot be read ({error.strerror})", "nothing can be computed",
                       "correct the path") from None  # fmt: skip
    except csv.Error as error:
        raise _refused(path, 1, "no-csv", f"the file is no CSV ({error})", "its cells cannot be told apart",
                       "save it as CSV UTF-8") from None  # fmt: skip


def _read(path: Path, rows: Iterator[list[str]], decimal_comma: bool) -> Table:
    header = [name.strip() for name in next(rows, [])]
    if len(header) < 2:
        raise _refused(path, 1, "no-table", "there is no line of column names", "cells are found by their names",
                       "write a first line such as unit,mb01,mb02")  # fmt: skip
    doubles = sorted({name for name in header if header.count(name) > 1})
    if doubles:
        raise _refused(path, 1, "column-twice", f"the column '{doubles[0]}' stands there twice", "one would be lost",
                       "rename or remove one")  # fmt: skip
    table = _columns(path, header, rows, decimal_comma)
    if not table.count:
        raise _refused(path, 1, "no-lines", "there are no lines below the column names", "there is nothing to compute",
                       "add a line a unit")  # fmt: skip
    return table


def _columns(path: Path, header: list[str], rows: Iterator[list[str]], decimal_comma: bool) -> Table:
    known: list[dict[str, int]] = [{} for _ in header]
    parts: list[list[NDArray[np.uint32]]] = [[] for _ in header]
    line = FIRST_LINE
    while chunk := list(itertools.islice(rows, CHUNK)):
        for place, row in enumerate(chunk):
            if len(row) != len(header) and row:
                what = f"the line has {len(row)} cells, the first line has {len(header)}"
                raise _refused(path, line + place, "ragged", what, "cells would move to other columns",
                               "put text with commas in quotation marks, or fill the line up")  # fmt: skip
        line += len(chunk)
        for j, cells in enumerate(zip(*(row for row in chunk if row), strict=True)):
            places = known[j]
            codes = [places.setdefault(cell, len(places)) for cell in cells]
            parts[j].append(np.array(codes, dtype=np.uint32))
    empty = np.zeros(0, dtype=np.uint32)
    columns = {name: _trimmed(np.concatenate([empty, *parts[j]]), list(known[j])) for j, name in enumerate(header)}
    return Table(str(path), columns, decimal_comma)


def _trimmed(codes: NDArray[np.uint32], texts: list[str]) -> TextColumn:
    """Cells that differ by blanks around them are one."""
    different = list(dict.fromkeys(text.strip() for text in texts))
    places = {text: place for place, text in enumerate(different)}
    moved = np.array([places[text.strip()] for text in texts], dtype=np.uint32)
    return TextColumn(moved[codes] if codes.size else codes, tuple(different))


def _refused(path: Path, line: int, code: str, what: str, why: str, fix: str) -> InputProblems:
    return InputProblems([Problem(str(path), line, 1, code, what, why, fix)])


def write_tables(files: Mapping[str, Contents], folder: Path) -> list[str]:
    """A CSV a name; the names."""
    for name, (head, rows) in files.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(head)
            writer.writerows([_text(cell) for cell in row] for row in rows)
    return list(files)


def _text(cell: object) -> object:
    """17 significant digits, which give the same number back; blank for missing."""
    if isinstance(cell, float):
        return "" if math.isnan(cell) else format(cell, ".17g")
    return "" if cell is None else cell
