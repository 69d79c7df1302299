"""What a respondent holds: the code of the letter, the resume code, the receipt. None of them is ever stored."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from survey_app.ballot import crockford

TOKEN_BITS, TOKEN_LENGTH = 128, 26
RESUME_BITS, RESUME_LENGTH = 60, 12
RECEIPT_BITS, RECEIPT_LENGTH = 75, 15


@dataclass(frozen=True)
class Token:
    """The code of an invitation: 128 random bits. The database knows `digest` only."""

    value: bytes = field(repr=False)  # a token in a traceback would be a token in a log

    @property
    def printed(self) -> str:
        """As on the letter: XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXX, the last character checks the others."""
        return crockford.printed(int.from_bytes(self.value), TOKEN_LENGTH)

    @property
    def digest(self) -> bytes:
        """SHA-256: all that is stored. 128 random bits need no slow hash."""
        return hashlib.sha256(self.value).digest()


@dataclass(frozen=True)
class OpenToken(Token):
    """What a session of the open channel holds in the place of a code: made for it alone, in no letter or table."""

    round: str


@dataclass(frozen=True)
class Resume:
    """The second half of a draft's key: 60 random bits in the respondent's cookie, shown for another device."""

    value: bytes = field(repr=False)

    @property
    def printed(self) -> str:
        """XXXX-XXXX-XXXXX."""
        return crockford.printed(int.from_bytes(self.value), RESUME_LENGTH)


def new_token() -> Token:
    """A fresh code."""
    return Token(secrets.token_bytes(TOKEN_BITS // 8))


def new_open_token(round_id: str) -> OpenToken:
    """A fresh one for a session that answers this round without an invitation."""
    return OpenToken(new_token().value, round_id)


def read_token(text: str) -> Token | None:
    """The code as typed, read from a QR or pasted with its address; None when it cannot be one."""
    value = crockford.read(text.rpartition("#")[2], TOKEN_LENGTH)
    if value is None or value >> TOKEN_BITS:
        return None
    return Token(value.to_bytes(TOKEN_BITS // 8))


def new_resume() -> Resume:
    """A fresh resume code."""
    return Resume(secrets.randbits(RESUME_BITS).to_bytes(8))


def read_resume(text: str) -> Resume | None:
    """The resume code as typed; None when it cannot be one."""
    value = crockford.read(text, RESUME_LENGTH)
    return None if value is None else Resume(value.to_bytes(8))


def new_receipt() -> str:
    """A fresh receipt in printed form: XXXX-XXXX-XXXX-XXXX. It lies in the cookie and inside the envelope only."""
    return crockford.printed(secrets.randbits(RECEIPT_BITS), RECEIPT_LENGTH)


def receipt_hash(text: str) -> str:
    """SHA-256 (hex) of the receipt as printed, however it was typed; what the public list shows."""
    plain = crockford.clean(text) or ""
    return hashlib.sha256(crockford.grouped(plain).encode("ascii")).hexdigest()
