"""Sealed envelopes: a sheet encrypted to the round's key, all of one length, dropped in the box once a code.

Threat: somebody holds the whole database, at every moment. Nothing opens before the count: the private key is nowhere.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Mapping

import msgspec
from peewee import InterfaceError, OperationalError, PeeweeException

from survey_app.ballot import box, padding
from survey_app.ballot.drafts import draft_id, refused, spent, too_long
from survey_app.ballot.keys import OVERHEAD, SUITE, binding, public_key_bytes, public_key_of
from survey_app.ballot.tokens import Token, new_receipt
from survey_app.database import database
from survey_app.errors import Refused
from survey_app.models import Round
from survey_app.questionnaire.answers import Answers
from survey_app.questionnaire.path import largest_sheet
from survey_app.questionnaire.schema import Questionnaire, RatedUnit

LARGEST = 32 * 1024  # bytes; a questionnaire that needs more is refused when it is checked
KEY = 16  # bytes


class SealedContent(msgspec.Struct, frozen=True):
    """What lies inside an envelope. No date, no business.

    `receipt` as printed; `label` the 32-bit client label; `duration` a class 0–4 (scoring.sheets), None if unknown.
    """

    answers: Answers
    receipt: str
    label: int
    duration: int | None
    language: str


ENCODER = msgspec.json.Encoder(order="sorted")
DECODER = msgspec.json.Decoder(SealedContent)


def envelope_size(questionnaire: Questionnaire, register: Mapping[str, RatedUnit]) -> int:
    """Bytes of every envelope of a round: the smallest multiple of 4 KiB that holds the largest sheet.

    Raises Refused where that is more than 32 KiB.
    """
    around = SealedContent({}, new_receipt(), 2**32 - 1, None, "x" * 12)
    needed = largest_sheet(questionnaire, register) + len(ENCODER.encode(around)) + padding.LENGTH + OVERHEAD
    size = padding.blocks(needed)
    if size > LARGEST:
        raise Refused(
            "The largest sheet needs an envelope of {size} KiB; {largest} KiB are allowed. "
            "Ask fewer questions or shorten the texts' max_length.",
            size=size // 1024,
            largest=LARGEST // 1024,
        )
    return size


def encoded(content: SealedContent) -> bytes:
    """JSON in NFC UTF-8: the same text counts the same, however a keyboard composed it."""
    raw = ENCODER.encode(content)
    text = raw.decode()
    return raw if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text).encode()


def fits(content: SealedContent, size: int) -> None:
    """Raises SheetTooLong naming the longest answer where the sheet does not fit an envelope of `size` bytes."""
    if len(encoded(content)) > size - OVERHEAD - padding.LENGTH:
        raise too_long(content.answers)


def seal(content: SealedContent, round_: Round, info: bytes | None = None) -> bytes:
    """The envelope, of the round's size, bound to `info` (default: the box of the invited). Raises SheetTooLong: an
    answer is never cut."""
    if round_.envelope_size is None:
        raise refused()
    fits(content, round_.envelope_size)
    padded = padding.pad(encoded(content), round_.envelope_size - OVERHEAD)
    info = info or binding(round_.id, round_.questionnaire_id)
    return SUITE.encrypt(padded, public_key_of(public_key_bytes(round_)), info)


def new_key() -> bytes:
    """128 random bits under which an envelope lies; the session keeps them so that a replay finds its own envelope."""
    return secrets.token_bytes(KEY)


def submit(token: Token, content: SealedContent, round_: Round, key: bytes | None = None) -> None:
    """Spend the invitation, drop its envelope, delete its draft: all of it or nothing, on the disk when this returns.

    With the session's own `key` a repeated call is a success: the box is asked whether that very envelope lies in it.
    Raises InvitationSpent for a code that another session used, CodeRefused for one that may not answer.
    """
    key = key or new_key()
    sealed = seal(content, round_)
    try:
        with database.atomic():
            drop(token, round_, key, sealed)
    except (OperationalError, InterfaceError):
        # The connection fell, perhaps at the commit itself: only the box knows the outcome.
        if not landed(key, box.holds):
            raise


def drop(token: Token, round_: Round, key: bytes, sealed: bytes) -> None:
    """The three writes of a submit; runs inside its transaction."""
    box.durable()
    place = box.standing(token.digest, lock=True)
    if place is None or place.round != round_.id:
        raise refused()
    if place.used and box.holds(key):
        return
    if place.used:
        raise spent()
    if not place.may_answer or not box.spend(token.digest):
        raise refused()
    box.drop(key, round_.id, sealed)
    box.destroy_draft(draft_id(token))


def landed(key: bytes, holds: Callable[[bytes], bool]) -> bool:
    """Whether the envelope is in the box that `holds` asks, over a new connection."""
    try:
        database.close()
        database.connect()
        return holds(key)
    except PeeweeException:
        return False


def in_box(key: bytes) -> bool:
    """Whether the envelope that this session sealed is in the box."""
    return box.holds(key)


def already_submitted(token: Token) -> bool:
    """Whether the mark is set. Only for a session that reached the review with this code: a guesser learns nothing."""
    place = box.standing(token.digest)
    return place is not None and place.used
