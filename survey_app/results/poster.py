"""The poster of the open channel: one A4 page for a counter, its address as a QR picture, in three languages."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup

from survey_app import i18n
from survey_app.config import Settings
from survey_app.errors import WrongState
from survey_app.fieldwork.letters import refuse_without_library
from survey_app.fieldwork.units import register_for
from survey_app.fieldwork.versions import questionnaire_of
from survey_app.i18n import LANGUAGES
from survey_app.models import Round
from survey_app.questionnaire.burden import burden
from survey_app.questionnaire.schema import say as said
from survey_app.results.typeset import press_of


def pdf(settings: Settings, round_: Round) -> bytes:
    """The page as PDF/UA. Raises WrongState where the round has no open channel, Refused without the PDF library."""
    if not round_.open_channel:
        raise WrongState("{round} has no open channel: switch it on before the round opens.", round=round_.id)
    refuse_without_library()
    expected = {line.language: line.minutes for line in burden(questionnaire_of(round_), register_for(round_))}
    address = f"{settings.base_url}/open/"
    return press_of(settings.reports).pdf(
        "poster",
        "vi",
        round_.year,
        said(round_.organisation, "vi"),
        title=said(round_.title, "vi"),
        languages=LANGUAGES,
        say=i18n.say,
        address=address,
        qr=picture(address),
        organisation={tag: said(round_.organisation, tag) for tag in LANGUAGES},
        minutes={tag: expected.get(tag, max(expected.values())) for tag in LANGUAGES},
        closing={tag: i18n.day(round_.closes_on, tag) for tag in LANGUAGES},
        contact=settings.contact,
    )


def picture(address: str) -> Markup:
    """The address as a QR picture that survives a scratch."""
    drawn, title = io.BytesIO(), i18n.say("vi", "Address as a QR picture")
    code = segno.make(address, error="q", micro=False)
    code.save(drawn, kind="svg", xmldecl=False, border=0, omitsize=True, nl=False, title=title)
    return Markup(drawn.getvalue().decode())  # nosec B704 # our own drawing
