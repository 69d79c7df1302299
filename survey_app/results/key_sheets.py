"""The key holders' sheets, as the page shows them and as a PDF: made for one answer, kept nowhere."""

from __future__ import annotations

import io

import msgspec
import segno
from markupsafe import Markup

from survey_app import i18n
from survey_app.ballot.keys import fingerprint_of
from survey_app.config import Settings
from survey_app.models import Round
from survey_app.questionnaire.schema import say as said
from survey_app.results.typeset import press_of


class KeySheet(msgspec.Struct, frozen=True):
    """One key holder's sheet."""

    number: int
    of: int
    title: str
    groups: tuple[str, ...]
    qr: Markup
    key: str  # the public key's fingerprint


def key_sheet(round_: Round, number: int, share: str) -> KeySheet:
    """The sheet of key holder `number` (from 1)."""
    return KeySheet(
        number=number,
        of=len(round_.custodians),
        title=round_.custodians[number - 1],
        groups=tuple(share.split("-")),
        qr=Markup(drawing(share)),  # nosec B704 # our own drawing
        key=fingerprint_of(round_),
    )


def drawing(share: str) -> str:
    """The share as a QR code: SVG with its namespace, without which the PDF would not know it for a drawing."""
    written = io.BytesIO()
    code = segno.make(share, error="m", micro=False)
    code.save(written, kind="svg", xmldecl=False, nl=False, border=2, omitsize=True, svgclass="qr")
    return written.getvalue().decode()


def pdf(settings: Settings, round_: Round, sheet: KeySheet, language: str) -> bytes:
    """The sheet as PDF/UA, one page to be signed."""
    return press_of(settings.reports).pdf(
        "key_sheet",
        language,
        round_.year,
        said(round_.organisation, language),
        sheet=sheet,
        round=said(round_.title, language),
        round_id=round_.id,
        closes=i18n.day(round_.closes_on, language),
        rehearsal=round_.rehearsal,
    )
