"""What staff type into a form: read, checked, every problem of the form at once, each with its field.

Texts end in PDFs, whose fonts hold Vietnamese and no more: a character that no font has is named here, while its writer
can still change it, and not when a round is published.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Collection, Mapping

from survey_app.errors import Refused

PRINTABLE = re.compile(
    r"[\n -~\u00a1-\u00ac\u00ae-\u00ff\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0"
    r"\u1ea0-\u1ef9\u2013\u2014\u2018\u2019\u201c-\u201e\u2022\u2026\u2030\u20ab\u20ac\u2122\u2212\u2248\u2260\u2264\u2265]*"
)
# What word processors put in the place of plain characters, and what nobody sees.
SWAPPED = str.maketrans(
    {"\u2010": "-", "\u2011": "-", "\u2015": "\u2014", "\u2192": "->", "\u201a": ",", "\u2032": "'", "\uf0b7": "\u2022",
     "\u25cf": "\u2022", "\u25aa": "\u2022", "\t": " ", "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "",
     "\u2060": "", "\ufeff": ""}
)  # fmt: skip
SPACES = re.compile(r"[^\S\n]+")
POINTS = re.compile(r"\+?\d{1,3}([.,]\d)?")
MOST_POINTS = 100
YEARS = range(2000, 2101)


class Unfit(Refused):
    """A form with problems: `problems` are (field, refusal), in the order of the fields."""

    def __init__(self, problems: tuple[tuple[str, Refused], ...]) -> None:
        first = problems[0][1]
        super().__init__(first.message, **first.values)
        self.problems = problems
        self.reasons = tuple(problem for _, problem in problems[1:])


class Typed:
    """The fields of one form. Each reader gives the value, or notes a problem and gives what stands for nothing."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields
        self.problems: list[tuple[str, Refused]] = []

    def wrong(self, name: str, problem: Refused) -> None:
        """Note what is wrong with a field."""
        self.problems.append((name, problem))

    def text(self, name: str, most: int, missing: Refused | None) -> str:
        """Plain text of at most so many characters; `missing` is said where it is empty (None: it may be)."""
        text = plain(self.fields.get(name, ""))
        strange = PRINTABLE.sub("", text)
        if not text and missing is not None:
            self.wrong(name, missing)
        elif len(text) > most:
            self.wrong(
                name,
                Refused("It is too long: {count} characters, {most} are possible.", count=len(text), most=most),
            )
        elif strange:
            self.wrong(
                name,
                Refused(
                    "The character {character} (U+{code}) cannot be printed. Please take it out.",
                    character=strange[0] if strange[0].isprintable() else "?",
                    code=f"{ord(strange[0]):04X}",
                ),
            )
        return text

    def line(self, name: str, most: int, missing: Refused | None) -> str:
        """As `text`, on one line."""
        return self.text(name, most, missing).replace("\n", " ")

    def day(self, name: str, missing: Refused | None = None) -> datetime.date:
        """2026-03-31 or 31/03/2026; `missing` is said where nothing is written."""
        text = self.fields.get(name, "").strip()
        if not text and missing is not None:
            self.wrong(name, missing)
            return datetime.date.min
        if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
            text = f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}"
        try:
            found = datetime.date.fromisoformat(text)
        except ValueError:
            found = datetime.date.min
        if found.year not in YEARS:
            self.wrong(name, Refused("Write the day as 31/03/2026."))
        return found

    def day_if_any(self, name: str) -> datetime.date | None:
        """As `day`; None where nothing is written."""
        return self.day(name) if self.fields.get(name, "").strip() else None

    def points(self, name: str) -> float | None:
        """Points with at most one decimal; None where nothing is written."""
        text = self.fields.get(name, "").strip().replace(" ", "")
        if not text:
            return None
        value = float(text.replace(",", ".")) if POINTS.fullmatch(text) else MOST_POINTS + 1
        if value > MOST_POINTS:
            self.wrong(name, Refused("Points are a number from 0 to 100 such as 2 or 2,5; leave it blank if unknown."))
        return value

    def one_of(self, name: str, choices: Collection[str], missing: Refused) -> str:
        """One of these codes."""
        text = self.fields.get(name, "")
        if text not in choices:
            self.wrong(name, missing)
        return text

    def refuse_problems(self) -> None:
        """Raise Unfit with everything that was noted."""
        if self.problems:
            raise Unfit(tuple(self.problems))


def plain(text: str) -> str:
    """NFC, one kind of line end and of space, nothing that cannot be seen; at most one empty line in a row."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").translate(SWAPPED)
    lines = [SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
