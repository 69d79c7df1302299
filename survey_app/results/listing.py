"""A small table of words, as the robustness page and the audit sheet print it, and how its numbers are written."""

from __future__ import annotations

import msgspec

from survey_app.i18n import number
from survey_app.results.disclosure import rounded


class Line(msgspec.Struct, frozen=True):
    """A row of a table."""

    name: str
    cells: tuple[str, ...]


class Table(msgspec.Struct, frozen=True):
    """`columns` without the first, which names the rows; `note`: what the numbers mean, if that is not plain."""

    caption: str
    first: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    note: str = ""


def written(value: float, decimals: int, language: str) -> str:
    """Rounded half-even, in the reader's language."""
    return number(rounded(value, decimals), decimals, language)
