"""Passwords: what may be one, and Argon2id. The same work is done for an unknown user as for a known one."""

from __future__ import annotations

import functools
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from survey_app import i18n
from survey_app.errors import Refused

LEAST, MOST = 12, 128  # characters
# Few enough to read, common enough to be tried first; the length alone keeps most others out.
COMMON = (
    "123456789",
    "password",
    "matkhau",
    "qwerty",
    "haiquan",
    "customs",
    "iloveyou",
    "admin",
    "abcdef",
    "khongbiet",
)

HASHER = PasswordHasher()  # Argon2id, RFC 9106's second recommendation: 64 MiB, 3 passes


def refuse_weak(password: str, email: str) -> None:
    """Raise Refused for a password that is short, common or the own name."""
    if not LEAST <= len(password) <= MOST:
        raise Refused(
            "A password has {least} to {most} characters. Several words make a good one.", least=LEAST, most=MOST
        )
    bare = i18n.plain(password).replace(" ", "")
    own = i18n.plain(email.split("@")[0])
    known = (*COMMON, own) if len(own) >= 4 else COMMON
    if len(set(bare)) < 5 or any(len(bare.replace(word, "")) < 6 for word in known):
        raise Refused("This password is easily guessed. Please choose several words that have nothing to do with you.")


def hashed(password: str) -> str:
    """Argon2id with its own salt."""
    return HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is right; takes as long where there is no such account or no password yet."""
    try:
        return HASHER.verify(stored or nobody(), password[: MOST + 1]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@functools.cache
def nobody() -> str:
    """The hash of a password that nobody has."""
    return hashed(secrets.token_urlsafe(32))
