"""Numbers as people write them: 1,5 and 1.5 are the same in every language; what is ambiguous is asked about."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple

from survey_app.questionnaire.messages import (
    AMBIGUOUS,
    NOT_A_NUMBER,
    OUT_OF_RANGE,
    TOO_PRECISE,
    WHOLE_NUMBER,
    FieldRefused,
)
from survey_app.questionnaire.schema import Measure

LONGEST = 40
# Full-width digits and marks, and the various minus signs; nothing else is taken for a digit ("²" and "½" are not).
_PLAIN = str.maketrans("０１２３４５６７８９，．－−–‐‑％", "0123456789,.-----%")
# No-break, thin, narrow and full-width spaces: what editors and phones put between thousands.
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000", " "))
_WRITTEN = re.compile(r"(-?) ?([0-9]*(?:[ .,][0-9]+)*)")


class _Parts(NamedTuple):
    groups: list[str]  # of digits
    marks: list[str]  # between them: one fewer


def read_number(text: str, measure: Measure, language: str) -> str:
    """What was typed, as decimal text in the base unit ("1.5"). Raises FieldRefused with what to do.

    `language` is only for the words of a refusal: a text means the same in every language.
    """
    sign, parts = _parts(text, measure, language)
    value = _value(parts, measure, language)
    if sign:
        value = -value
    low, high = Decimal(measure.min), Decimal(measure.max)
    if not low <= value <= high:
        raise FieldRefused(OUT_OF_RANGE, min=_spoken(low, language), max=_spoken(high, language))
    return _plain(value * measure.to_base)


def show_number(stored: str, measure: Measure, language: str) -> str:
    """A stored number as a field shows it: without thousands marks, so that it reads back as itself anywhere."""
    return _spoken(Decimal(stored) / measure.to_base, language)


def _parts(text: str, measure: Measure, language: str) -> tuple[str, _Parts]:
    plain = " ".join(text.translate(_SPACES).translate(_PLAIN).split())
    match = _WRITTEN.fullmatch(_without_unit(plain, measure)) if len(plain) <= LONGEST else None
    if match is None or not re.search(r"[0-9]", match.group(2)):
        raise FieldRefused(NOT_A_NUMBER, example=_example(measure, language))
    return match.group(1), _Parts(re.split(r"[ .,]", match.group(2)), re.findall(r"[ .,]", match.group(2)))


def _without_unit(text: str, measure: Measure) -> str:
    """People write "5 giờ" and "50%"; the unit in any language at the end says nothing new."""
    for unit in (*measure.unit.values(), *("%" for _ in range(measure.dimension == "percent"))):
        ending = unicodedata.normalize("NFC", unit).casefold()
        written = unicodedata.normalize("NFC", text).casefold()
        if ending and written.endswith(ending):
            return unicodedata.normalize("NFC", text)[: len(written) - len(ending)].strip()
    return text


def _value(parts: _Parts, measure: Measure, language: str) -> Decimal:
    groups, marks = parts
    if not marks:
        return Decimal(groups[0])
    thousands = _grouped(groups, marks)
    fraction = _fraction(groups, marks)
    if thousands is not None and (fraction is None or measure.decimals == 0):
        return thousands  # 1.500 dong are fifteen hundred: there is no half dong
    if thousands is not None and fraction is not None:
        raise FieldRefused(AMBIGUOUS, first=_spoken(fraction, language), second=_spoken(thousands, language))
    if fraction is None:
        raise FieldRefused(NOT_A_NUMBER, example=_example(measure, language))
    if len(groups[-1].rstrip("0")) > measure.decimals:
        if measure.decimals == 0:
            raise FieldRefused(WHOLE_NUMBER)
        raise FieldRefused(TOO_PRECISE, decimals=str(measure.decimals))
    return fraction


def _grouped(groups: list[str], marks: list[str]) -> Decimal | None:
    """The number if all marks divide thousands: 1.500.000, 1 500."""
    even = all(len(group) == 3 for group in groups[1:])
    if even and len(set(marks)) == 1 and re.fullmatch(r"[1-9][0-9]{0,2}", groups[0]):
        return Decimal("".join(groups))
    return None


def _fraction(groups: list[str], marks: list[str]) -> Decimal | None:
    """The number if the last mark is the decimal one: 1,5; 1.500,5; ,5."""
    if marks[-1] == " " or marks[-1] in marks[:-1]:
        return None
    whole = _grouped(groups[:-1], marks[:-1]) if marks[:-1] else Decimal(groups[0] or "0")
    return None if whole is None else whole + Decimal(f"0.{groups[-1]}")


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _spoken(value: Decimal, language: str) -> str:
    return _plain(value).replace(".", ",") if language == "vi" else _plain(value)


def _example(measure: Measure, language: str) -> str:
    middle = (Decimal(measure.min) + Decimal(measure.max)) / 2
    small = min(middle, Decimal(2)) if Decimal(measure.min) <= 1 else middle
    return _spoken(Decimal(int(small)) - (Decimal("0.5") if measure.decimals else 0), language)
