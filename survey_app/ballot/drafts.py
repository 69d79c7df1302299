"""Answers under way: encrypted under the code and the resume code together, of one size, without a date.

Threat: somebody holds the database and the letters' codes. The code alone gives the draft's id (so its existence is
known) but never its content: the key needs the resume code, which lies in the respondent's cookie only.
"""

from __future__ import annotations

import os

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from survey_app.ballot import box, padding
from survey_app.ballot.tokens import OpenToken, Resume, Token
from survey_app.database import database
from survey_app.errors import CodeRefused, DraftMoved, InvitationSpent, SheetTooLong
from survey_app.models import Draft
from survey_app.questionnaire.answers import Answers

NONCE = 12  # bytes
TAG = 16
# A draft also keeps answers that left the path (going back restores them): twice the envelope holds them.
ENVELOPES_WIDE = 2


class DraftContent(msgspec.Struct, frozen=True):
    """What a draft keeps. `seconds` per page become a duration class at submit; `revision` counts the saves."""

    answers: Answers
    page: str
    seconds: dict[str, int]
    seed: int
    revision: int
    language: str


class Standing(msgspec.Struct, frozen=True):
    """A code that may answer: its round's id, and whether a draft waits for its resume code."""

    round: str
    has_draft: bool


ENCODER = msgspec.json.Encoder()
DECODER = msgspec.json.Decoder(DraftContent)


def entered(token: Token) -> Standing:
    """Where a typed code stands. Raises CodeRefused, never saying why: a guesser listens."""
    place = box.standing(token.digest)
    has_draft = exists(token)  # asked in any case: a refusal takes as long as a welcome
    if place is None or not place.may_answer:
        raise refused()
    return Standing(place.round, has_draft)


def refused() -> CodeRefused:
    """The one neutral refusal, whatever is wrong with a code."""
    return CodeRefused("This code cannot be used. It may be mistyped, already used, or replaced by a newer one.")


def spent() -> InvitationSpent:
    """Said only to a session that has shown its code before."""
    return InvitationSpent("A sheet was already submitted with this code.")


def too_long(answers: Answers) -> SheetTooLong:
    """Names the longest answer as the one to shorten."""
    field = max(answers, key=lambda name: sum(len(part.encode()) for part in answers[name]), default="")
    return SheetTooLong("The answer to {field} is too long. Please shorten it.", field=field)


def exists(token: Token) -> bool:
    """Whether a draft waits for this code."""
    return box.holds_draft(draft_id(token))


def open_draft(token: Token, resume: Resume) -> DraftContent | None:
    """The draft of this code; None where there is none or the resume code is another's."""
    sealed = box.read_draft(draft_id(token))
    return None if sealed is None else unseal(token, resume, sealed)


def save(token: Token, resume: Resume, content: DraftContent, expected_revision: int) -> int:
    """Keep the draft if nobody saved a newer one since `expected_revision` (0 = there was none); the new revision.

    Raises InvitationSpent or CodeRefused where the code may no longer answer, DraftMoved where another device or tab
    saved meanwhile (`open_draft` then gives the other one), SheetTooLong naming the field.
    """
    revised = msgspec.structs.replace(content, revision=expected_revision + 1)
    identifier = draft_id(token)
    with box.unhurried():
        place = place_of(token)
        if place is None or not place.may_answer:
            raise spent() if place and place.used else refused()
        stored = box.read_draft(identifier)
        if revision_of(token, resume, stored) != expected_revision:
            raise DraftMoved("Another device or tab saved these answers meanwhile.")
        size = ENVELOPES_WIDE * place.envelope_size
        box.write_draft(identifier, place.round, seal(token, resume, revised, size))
    return revised.revision


def place_of(token: Token) -> box.Place | None:
    """Where the holder of this token stands, held until the commit: by the invitation, or by the open channel."""
    if isinstance(token, OpenToken):
        return box.open_standing(token.round, lock=True)
    return box.standing(token.digest, lock=True)


def destroy(token: Token) -> None:
    """Delete the draft of this code: the respondent asked for it, or starts afresh."""
    with database.atomic():
        box.destroy_draft(draft_id(token))


def destroy_all(round_id: str) -> int:
    """Delete every draft of a round, at its closing; how many there were."""
    with database.atomic():
        return int(Draft.delete().where(Draft.round == round_id).execute())


# ---------------------------------------------------------------- keys and padding


def draft_id(token: Token) -> bytes:
    """Where the draft lies: known to whoever holds the code, and to nobody who holds the database."""
    return HKDF(algorithm=SHA256(), length=16, salt=None, info=b"survey-app draft id/1").derive(token.value)


def draft_key(token: Token, resume: Resume) -> AESGCM:
    """AES-256-GCM under code and resume code together."""
    material = token.value + resume.value
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"survey-app draft/1").derive(material))


def seal(token: Token, resume: Resume, content: DraftContent, size: int) -> bytes:
    """The draft's ciphertext, `size` bytes. Raises SheetTooLong naming the longest answer."""
    nonce = os.urandom(NONCE)
    try:
        padded = padding.pad(ENCODER.encode(content), size - NONCE - TAG)
    except ValueError:
        raise too_long(content.answers) from None
    return nonce + draft_key(token, resume).encrypt(nonce, padded, None)


def unseal(token: Token, resume: Resume, sealed: bytes) -> DraftContent | None:
    """The draft of its ciphertext; None under another resume code."""
    try:
        padded = draft_key(token, resume).decrypt(sealed[:NONCE], sealed[NONCE:], None)
    except InvalidTag:
        return None
    return DECODER.decode(padding.unpad(padded))


def revision_of(token: Token, resume: Resume, sealed: bytes | None) -> int:
    """The stored draft's revision: 0 where there is none, −1 where it is sealed under another resume code."""
    if sealed is None:
        return 0
    content = unseal(token, resume, sealed)
    return -1 if content is None else content.revision
