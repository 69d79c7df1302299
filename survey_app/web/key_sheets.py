"""The key holders' sheets as the page prints them: made for one answer, kept nowhere."""

from __future__ import annotations

import msgspec
import segno
from markupsafe import Markup

from survey_app.ballot.keys import fingerprint_of
from survey_app.models import Round


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
    """The share as a QR code, inline SVG."""
    return segno.make(share, error="m", micro=False).svg_inline(border=2, omitsize=True, svgclass="qr")
