"""Frames: what is the same for everybody on a page, rendered once, with holes for what is one respondent's own.

Most of a page's cost is its frame: links, words, language buttons. So a template is rendered once for each language
(and unit, and version), cut at its holes, and a request only joins strings. What is kept is complete before anybody can
see it: two threads may make the same frame, none sees half of it. Nothing of a respondent is ever in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from flask import render_template, session
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

# Holes are marked with private-use characters, which no text of a questionnaire or a register needs.
OPEN, SEP = "\ue000", "\ue001"
PRIVATE = re.compile("[\ue000-\uf8ff]")
FORM_TOKEN = "form_token"  # nosec B105 # the name of a field


class Hole(NamedTuple):
    """A place in rendered text: what belongs there, for which item, for which code."""

    kind: str
    item: str = ""
    code: str = ""


Pieces = tuple[str | Hole, ...]


def hole(kind: str, item: str = "", code: str = "") -> Markup:
    """The mark of a hole, for templates. Kinds, ids and codes are letters, digits and a few marks."""
    return Markup(f"{OPEN}{kind}{SEP}{item}{SEP}{code}{OPEN}")  # nosec B704 # no text of anybody is in it


def pieces_of(html: str) -> Pieces:
    """Rendered text cut at its holes."""
    tidy = re.sub(r"\n\s*", "\n", html)
    parts = enumerate(tidy.split(OPEN))
    return tuple(Hole(*part.split(SEP)) if number % 2 else part for number, part in parts if part)


@lru_cache(maxsize=1024)
def prepared(template: str, language: str, values: tuple[tuple[str, object], ...], holes: tuple[str, ...]) -> Pieces:
    """The template with these values, cut at its holes. `language` is the request's, in which it is rendered."""
    marks = {name: hole(name) for name in holes}
    html = render_template(template, csrf_token=lambda: hole(FORM_TOKEN), **dict(values), **marks)
    return pieces_of(html)


def framed(template: str, language: str, own: Mapping[str, str | int], **values: object) -> str:
    """A page. `values` are the same for many and can be hashed; `own` is this respondent's and fills the holes."""
    pieces = prepared(template, language, tuple(sorted(values.items())), tuple(own))
    filled = {name: str(escape(value)) for name, value in own.items()}
    filled[FORM_TOKEN] = form_token()
    return "".join([piece if isinstance(piece, str) else filled[piece.kind] for piece in pieces])


def form_token() -> str:
    """This session's CSRF token, signed once and kept in its encrypted cookie: signing anew costs as much as a page."""
    if FORM_TOKEN not in session:
        session[FORM_TOKEN] = generate_csrf()
    return str(session[FORM_TOKEN])
