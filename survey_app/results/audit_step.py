"""One step of the audit sheet."""

from __future__ import annotations

import msgspec

from survey_app.results.listing import Table, written


class Step(msgspec.Struct, frozen=True):
    """One of the ten steps: what it asks, what the data say, with tables."""

    title: str
    question: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...]


def percent(share: float, language: str) -> str:
    return f"{written(100 * share, 0, language)} %"
