"""The papers of an award ceremony as PDF: drafts to be checked and signed, made anew at each call."""

from __future__ import annotations

from typing import Literal, get_args

from survey_app.config import Settings
from survey_app.errors import NotFound, WrongState
from survey_app.fieldwork import heads
from survey_app.i18n import say
from survey_app.models import PUBLISHED, Round
from survey_app.results import awards, stored
from survey_app.results.awards import Awards
from survey_app.results.typeset import press_of

Paper = Literal["criteria", "speech", "decision", "proposal", "certificates"]
PAPERS: tuple[Paper, ...] = get_args(Paper)
LANGUAGES = ("vi", "en")


def page_for(round_: Round, language: str) -> Awards:
    """The awards of a published round. Raises WrongState before it is published."""
    if round_.state != PUBLISHED:
        raise WrongState("{round} is not published yet: awards follow the published result.", round=round_.id)
    reading = stored.reading_of(round_.id, language)
    return awards.page(reading, heads.in_office(reading.lines, round_.opens_on, round_.closes_on))


def pdf(settings: Settings, round_: Round, paper: str, language: str) -> bytes:
    """One paper as PDF/UA. Raises NotFound for another name."""
    if paper not in PAPERS:
        raise NotFound("There is no such paper. Papers there are: {papers}.", papers=", ".join(PAPERS))
    page = page_for(round_, language)
    return press_of(settings.reports).pdf(
        "awards", language, round_.year, page.organisation, paper=paper, page=page, title=title_of(paper, language)
    )


def title_of(paper: str, language: str) -> str:
    """What the paper is called."""
    return {
        "criteria": say(language, "Criteria and result of the awards"),
        "speech": say(language, "Brief for the announcement"),
        "decision": say(language, "Decision (draft)"),
        "proposal": say(language, "Submission (draft)"),
        "certificates": say(language, "Certificates"),
    }[paper]
