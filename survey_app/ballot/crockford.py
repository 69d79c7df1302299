"""Numbers as people can type them: Crockford's base 32 with a check character.

The check character is the remainder of a polynomial over GF(32), so that every single wrong character and every swap of
two characters is found (Crockford's own modulus 37 would need characters such as ~ and $ that nobody finds on a phone).
"""

from __future__ import annotations

import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
VALUES = {character: value for value, character in enumerate(ALPHABET)}
# What people type instead: O for 0, I and L for 1, lower case; what they put between: blanks and dashes of all kinds.
FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1"})
SEPARATORS = frozenset("-‐‑‒–—_.·/,;:")


def symbols(number: int, length: int) -> str:
    """`number` as `length` characters, the most significant first."""
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))


def number(text: str) -> int:
    """The number written as clean characters."""
    value = 0
    for character in text:
        value = value << 5 | VALUES[character]
    return value


def check(text: str, start: int = 0) -> str:
    """The check character of clean characters; another `start` (1…31) gives another character for the same text."""
    remainder = start
    for character in text:
        remainder = times_x(remainder) ^ VALUES[character]
    return ALPHABET[times_x(remainder)]


def times_x(value: int) -> int:
    """Multiplication by x in GF(32) = GF(2)[x] / (x⁵ + x² + 1)."""
    value <<= 1
    return value ^ 0b100101 if value & 32 else value


def clean(text: str) -> str | None:
    """Characters of the alphabet only, with everything forgiven that can be; None if something else stands there."""
    wide = unicodedata.normalize("NFKC", text[:400]).upper().translate(FORGIVEN)
    plain = "".join(character for character in wide if not character.isspace() and character not in SEPARATORS)
    return plain if plain and all(character in VALUES for character in plain) else None


def grouped(text: str, size: int = 4) -> str:
    """In groups of four, as on the letter; a character left over joins the last group."""
    groups = [text[place : place + size] for place in range(0, len(text), size)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = ["".join(groups[-2:])]
    return "-".join(groups)


def printed(value: int, length: int) -> str:
    """`value` in `length` characters and the check character, in groups."""
    text = symbols(value, length)
    return grouped(text + check(text))


def read(text: str, length: int) -> int | None:
    """The number that `printed` wrote; None when it is mistyped."""
    plain = clean(text)
    if plain is None or len(plain) != length + 1 or check(plain[:-1]) != plain[-1]:
        return None
    return number(plain[:-1])
