"""What in a comment could show who wrote it: numbers, addresses, dates, names. Found for the first reader, who decides.

A pattern sees no style and no story: it saves reading time, never the reading.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

GAP = "[…]"
Kind = Literal["email", "web", "phone", "plate", "number", "date", "time", "business", "person"]

UPPER = "A-Z" + "".join(letter for letter in map(chr, range(0xC0, 0x1EFA)) if letter.isupper())
# In this order: what an earlier pattern took is no longer looked at.
PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("web", re.compile(r"(?:https?://|www\.)\S+|\b(?:zalo|facebook|fb)\.\S+", re.IGNORECASE)),
    ("date", re.compile(r"\b\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?(?!\d)\b")),
    ("date", re.compile(r"\bngày\s+\d{1,2}(?:\s+tháng\s+\d{1,2})?\b", re.IGNORECASE)),
    ("plate", re.compile(r"\b\d{2}[A-ZĐ]{1,2}\d?[- ]?\d{3}[.]?\d{1,2}\b")),
    ("phone", re.compile(r"(?<!\d)(?:\+84|0)(?:[ .-]?\d){8,10}(?!\d)")),
    ("time", re.compile(r"\b\d{1,2}[h:]\d{2}\b|\blúc\s+\d{1,2}\s?(?:h|giờ)\b", re.IGNORECASE)),
    ("number", re.compile(r"(?<!\d)\d(?:[ .-]?\d){5,}(?!\d)")),
    ("person", re.compile(rf"\b(?:[Aa]nh|[Cc]hị|[Ôô]ng|[Bb]à|[Ee]m|[Đđ]ồng chí|Mrs?|Ms)\.?(?:\s+[{UPPER}]\w*){{1,4}}")),
)
FORMS = re.compile(
    r"^(?:chi nhánh|văn phòng đại diện|công ty|cty|doanh nghiệp tư nhân|dntn|hợp tác xã|htx|tập đoàn|tổng công ty"
    r"|tnhh|trách nhiệm hữu hạn|cổ phần|cp|mtv|một thành viên|hai thành viên|thương mại|xuất nhập khẩu|xnk|tm|dv"
    r"|dịch vụ|vận tải|logistics|sản xuất|và|&|-|,|\s)+",
    re.IGNORECASE,
)
SHORTEST = 4  # letters of a business's own name; shorter ones are ordinary words


class Trace(msgspec.Struct, frozen=True):
    """A place in the text, from `start` to before `end`, and what it seems to be."""

    kind: Kind
    start: int
    end: int


def own_name(name: str) -> str:
    """What is left of a business's name without its legal form and line of trade; empty where that is no name."""
    rest = FORMS.sub("", unicodedata.normalize("NFC", name)).strip(" .,-\"'“”")
    return rest if len(rest) >= SHORTEST else ""


def traces(text: str, businesses: Iterable[str] = ()) -> tuple[Trace, ...]:
    """Everything found, from left to right, nothing twice. `businesses`: own names on the round's frame."""
    found: list[Trace] = []
    for kind, start, end in candidates(text, businesses):
        if all(end <= other.start or start >= other.end for other in found):
            found.append(Trace(kind, start, end))
    return tuple(sorted(found, key=lambda one: one.start))


def candidates(text: str, businesses: Iterable[str]) -> Iterator[tuple[Kind, int, int]]:
    folded = text.casefold()
    if len(folded) == len(text):  # else places in the two would differ
        for name in sorted({name.casefold() for name in businesses if name}, key=len, reverse=True):
            for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", folded) if name in folded else ():
                yield "business", match.start(), match.end()
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            yield kind, match.start(), match.end()


def pieces(text: str, found: Iterable[Trace]) -> Iterator[tuple[str, Kind | None]]:
    """The text in pieces, each with what it seems to be; None for what lies between traces."""
    at = 0
    for one in found:
        yield from [(text[at : one.start], None)] if one.start > at else []
        yield text[one.start : one.end], one.kind
        at = one.end
    if at < len(text):
        yield text[at:], None


def redacted(text: str, found: Iterable[Trace]) -> str:
    """The text with a gap in the place of every trace."""
    return "".join(GAP if kind else piece for piece, kind in pieces(text, found))
