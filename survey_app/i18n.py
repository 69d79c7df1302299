"""Three languages: what is said, how numbers and dates are written, and the Vietnamese alphabet.

English texts are the message ids; `translations/<language>/LC_MESSAGES/messages.po` holds the other two. The catalogues
are read as they are: no compile step, and a translator's change shows at the next start.
"""

from __future__ import annotations

import datetime
import functools
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

from babel.messages.pofile import read_po

DEFAULT = "vi"
LANGUAGES = ("vi", "en", "zh-Hans")
LANGUAGE_NAMES = {"vi": "Tiếng Việt", "en": "English", "zh-Hans": "简体中文"}
FOLDER = Path(__file__).with_name("translations")

# The Vietnamese alphabet: a letter with its mark is a letter of its own; the tone counts only between equal words.
ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền, hỏi, ngã, sắc, nặng


@functools.cache
def catalogue(language: str) -> dict[str, str]:
    """Message id → text of one language. English needs none."""
    path = FOLDER / language.replace("-", "_") / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id and message.string}


def say(language: str, message: str, /, **values: object) -> str:
    """`message` in `language`, its named placeholders filled. A missing translation falls back to English."""
    text = catalogue(language).get(message, message)
    return text.format_map(values) if values else text


def N_(message: str) -> str:  # noqa: N802 - the name that translators' tools look for
    """Marks a text that is said later, by its variable, so that the catalogues hold it."""
    return message


def best_language(accepted: list[str]) -> str:
    """The first of a browser's languages that we have; Vietnamese otherwise."""
    for tag in accepted:
        for language in LANGUAGES:
            if tag.lower().split("-")[0] == language.split("-")[0]:
                return language
    return DEFAULT


def number(value: float | Decimal | int, decimals: int, language: str) -> str:
    """`value` with this many decimals, rounded half-even once: 1.268,50 in vi, 1,268.50 in en and zh-Hans.

    Half-even acts on the shortest decimal that names the float, so that 0.125 and 2.5 round as a reader would.
    """
    step = Decimal(1).scaleb(-decimals)
    rounded = Decimal(str(value)).quantize(step, ROUND_HALF_EVEN)
    text = f"{abs(rounded):,}" if rounded >= 0 else f"\u2212{-rounded:,}"  # never "−0"
    return text.translate(str.maketrans(",.", ".,")) if language == "vi" else text


def day(date: datetime.date, language: str) -> str:
    """A date as people write it."""
    if language == "zh-Hans":
        return f"{date.year}年{date.month}月{date.day}日"
    return f"{date:%d/%m/%Y}"


def alphabetical(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Sort key in Vietnamese alphabetical order: Đ after D, Ă and Â after A, tones last."""
    letters: list[int] = []
    tones: list[int] = []
    for character in unicodedata.normalize("NFC", text.lower()):
        base, tone = without_tone(character)
        position = ALPHABET.find(base)
        letters.append(1000 + position if position >= 0 else ord(base))
        tones.append(tone)
    return tuple(letters), tuple(tones)


def without_tone(character: str) -> tuple[str, int]:
    """One letter without its tone mark, and the tone's place (0 = level)."""
    tone = 0
    kept = []
    for part in unicodedata.normalize("NFD", character):
        if part in TONES:
            tone = TONES[part]
        else:
            kept.append(part)
    return unicodedata.normalize("NFC", "".join(kept))[:1] or character, tone


def plain(text: str) -> str:
    """Without any mark and in lower case, for searching: `Dong` finds `Đông`."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(part for part in decomposed if not unicodedata.combining(part))
