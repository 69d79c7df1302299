"""The rendered documents of a round: which there are, and the file of one."""

from __future__ import annotations

from pathlib import Path

from survey_app.config import Settings
from survey_app.errors import NotFound
from survey_app.i18n import LANGUAGES
from survey_app.models import Document, Round, StoredResult

KINDS = (
    "comparison",
    "audit",
    "press",
    "scorecard",
    "archive",
    "xlsx",
    "csv",
    "json",
    "open_csv",
    "open_json",
    "manifest",
)


def papers_of(round_: Round) -> list[Document]:
    """Documents of the round's current Result: the booklet, the scorecards by unit, then data and manifest; each in
    the product's order of languages."""
    found = list(
        Document.select().join(StoredResult).where((StoredResult.round == round_.id) & (StoredResult.current == True))  # noqa: E712
    )
    kinds, languages = (*KINDS, *{paper.kind for paper in found}), (*LANGUAGES, *{paper.language for paper in found})
    return sorted(found, key=lambda one: (kinds.index(one.kind), one.unit, languages.index(one.language)))


def refuse_unknown(round_: Round, made: list[Document], unit: str, language: str) -> None:
    """Raise NotFound naming what there is, where documents of the kind were made, but not for this unit or language."""
    units = sorted({paper.unit for paper in made})
    languages = sorted({paper.language for paper in made if paper.unit == unit})
    if made and unit not in units:
        raise NotFound(
            "{round} has no such document of the unit {unit}. Units: {units}.",
            round=round_.id,
            unit=unit,
            units=", ".join(units),
        )
    if made and language not in languages:
        raise NotFound(
            "This document is not made in the language {language}. Languages there are: {languages}.",
            language=language,
            languages=", ".join(languages),
        )


def file_of(settings: Settings, round_: Round, kind: str, unit: str, language: str) -> Path:
    """The file of one document. Raises NotFound; a path that leads out of the instance is no document."""
    found = papers_of(round_)
    refuse_unknown(round_, [paper for paper in found if paper.kind == kind], unit, language)
    for paper in found:
        if (paper.kind, paper.unit, paper.language) == (kind, unit, language):
            path = (settings.instance / paper.path).resolve()
            if path.is_file() and path.is_relative_to(settings.instance.resolve()):
                return path
    raise NotFound("There is no such document. Publish the round, then the documents are there.")
