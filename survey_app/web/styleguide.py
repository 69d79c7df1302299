"""The look on one page, for those who build pages: read from the stylesheet itself, so that it cannot be out of date.

Only where the application serves this machine alone: a deployment for others has no such page.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Blueprint, abort, g, render_template

from survey_app.config import LOOPBACK, PACKAGE
from survey_app.i18n import number
from survey_app.results import charts
from survey_app.web.guard import settings
from survey_app.web.visit import Answered

styleguide = Blueprint("styleguide", __name__)

TOKEN = re.compile(r"^\s*--([a-z0-9-]+): ([^;]+);", re.MULTILINE)
ENOUGH = 4.5  # contrast of text, WCAG 2.2 AA


class Colour(NamedTuple):
    """A colour of the stylesheet, and its contrast on white (1 … 21)."""

    name: str
    value: str
    contrast: float


@styleguide.get("/styleguide")
def page() -> Answered:
    """Colours, type, space, components and charts."""
    if not served_here(settings().base_url):
        abort(404)
    tokens = tokens_of((PACKAGE / "static" / "look.css").read_text("utf-8"))
    return render_template(
        "styleguide/page.html",
        colours=[Colour(name, value, contrast(value)) for name, value in tokens.items() if value.startswith("#")],
        sizes=[(name, value) for name, value in tokens.items() if name.startswith("s-")],
        enough=ENOUGH,
        examples=examples(g.language),
    )


def served_here(base_url: str) -> bool:
    """Whether the address is one of this machine's own."""
    return urlsplit(base_url).hostname in LOOPBACK


def tokens_of(stylesheet: str) -> dict[str, str]:
    """The custom properties of the root, in their order."""
    root = stylesheet[stylesheet.index(":root") :]
    return dict(TOKEN.findall(root[: root.index("}")]))


def contrast(colour: str) -> float:
    """Of a colour on white, as WCAG 2.2 defines it: 1.05 over its relative luminance and 0.05."""
    digits = colour.lstrip("#")
    parts = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    channels = [int(parts[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return round(1.05 / (luminance + 0.05), 1)


def examples(language: str) -> dict[str, object]:
    """The charts with invented numbers, drawn by the same code as real ones."""
    on = charts.axis([62.0, 91.0], 190.0, (0.0, 100.0))
    shares, tones = (0.06, 0.12, 0.22, 0.38, 0.22), charts.tones(5, favourable_high=True)
    words = [number(100 * share, 0, language) for share in shares]
    balance = charts.balance([charts.left_of_zero(shares, tones)])
    points: list[charts.Point] = [
        ("2022", 78.4, (75.0, 81.8), number(78.4, 1, language), False),
        ("2023", 81.0, (77.9, 84.1), number(81.0, 1, language), False),
        ("2024", 79.6, (76.8, 82.4), number(79.6, 1, language), True),
    ]
    return {
        "axis": on,
        "strips": [charts.strip(on, 84.2, (80.1, 88.3), 79.0, "84.2 (80.1–88.3)"),
                   charts.strip(on, 71.5, (65.0, 78.0), 79.0, "71.5 (65.0–78.0)", own=False)],
        "bar": charts.diverging(shares, tones, words, 160.0, balance, ", ".join(words)),
        "trend": charts.trend(points, 150.0, 90.0, "2022–2024"),
        "figure": number(1234567.8, 1, language),
    }  # fmt: skip
