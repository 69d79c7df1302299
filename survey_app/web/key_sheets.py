"""The key holders' sheets as the page prints them: made for one answer, kept nowhere."""

from __future__ import annotations

import msgspec
import segno
from markupsafe import Markup

from survey_app.ballot.keys import Ceremony
from survey_app.models import Round


class KeySheet(msgspec.Struct, frozen=True):
    """One key holder's sheet."""

    number: int
    of: int
    title: str
    groups: tuple[str, ...]
    qr: Markup


def key_sheets(round_: Round, ceremony: Ceremony) -> tuple[KeySheet, ...]:
    """The sheets in the order of the key holders."""
    return tuple(
        KeySheet(
            number=number,
            of=len(ceremony.shares),
            title=title,
            groups=tuple(share.split("-")),
            qr=Markup(drawing(share)),  # nosec B704 # our own drawing
        )
        for number, (title, share) in enumerate(zip(round_.custodians, ceremony.shares, strict=True), start=1)
    )


def drawing(share: str) -> str:
    """The share as a QR code, inline SVG."""
    return segno.make(share, error="m", micro=False).svg_inline(border=2, omitsize=True, svgclass="qr")
