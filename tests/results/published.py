"""An instance with two published rounds, as the publishing job leaves its tables; some documents stand for all."""

from __future__ import annotations

import datetime

from survey_app.config import Settings
from survey_app.fieldwork import units
from survey_app.models import Document, Round, StoredPlan, StoredQuestionnaire, StoredResult
from tests.results.rounds import SHIPPED, shipped_plan, shipped_questionnaire, two_rounds


def publish(settings: Settings) -> None:
    """Write the rounds of 2023 and 2024."""
    questionnaire, plan, previous = shipped_questionnaire(), shipped_plan(), None
    units.import_units(SHIPPED / "units" / "quangninh_2018.csv")
    StoredQuestionnaire.create(
        hash=questionnaire.hash, identifier="cdci_2024", version="1", canonical=questionnaire.canonical()
    )
    StoredPlan.create(hash=plan.hash, identifier=plan.id, canonical=plan.canonical())
    for result in reversed(two_rounds()):
        day = datetime.date(result.year, 6, 1)
        Round.create(
            id=result.round, year=result.year, title=result.title, organisation=result.organisation, state="published",
            questionnaire=questionnaire.hash, plan=plan.hash, opens_on=day, closes_on=day, previous=previous,
            custodians=["a"], synthetic=result.synthetic,
        )  # fmt: skip
        StoredResult.insert(hash=result.hash, round=result.round, canonical=result.canonical()).execute()
        previous = result.round
    folder = settings.instance / "documents" / result.hash
    folder.mkdir(parents=True)
    for kind, unit in (("scorecard", "CC-MCAI"), ("scorecard", "CC-BPS"), ("comparison", "")):
        name = f"{kind}-{unit}.pdf"
        (folder / name).write_bytes(b"%PDF-1.7 " + unit.encode())
        Document.insert(
            result=result.hash, kind=kind, unit=unit, language="vi", path=f"documents/{result.hash}/{name}", sha256="0"
        ).execute()
