"""A respondent's session: an encrypted cookie with the two halves of the draft's key, and an hour's patience."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import g, request, session, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from survey_app.ballot.tokens import Resume, Token
from survey_app.i18n import LANGUAGES

Answered = Response | str | tuple[str, int]  # what a page's function returns

IDLE = 60 * 60  # seconds without a page that end the session; the answers stay
KEPT = ("language",)  # what outlives a session


class SessionOver(Exception):
    """Nobody is answering in this browser: never was, or idle for too long."""

    def __init__(self, idle: bool) -> None:
        super().__init__()
        self.idle = idle


@dataclass(frozen=True)
class Visit:
    """A respondent who has shown a code: the two halves of the draft's key, and the round."""

    token: Token
    resume: Resume
    round: str
    seconds: int  # since the page before


def begin(token: Token, resume: Resume, round_id: str) -> None:
    """A new session for this code: nothing of an earlier one survives."""
    forget()
    session.update(token=token.value, resume=resume.value, round=round_id, seen=int(time.time()), language=g.language)


def forget() -> None:
    """End the session; only the language stays."""
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)


def visit() -> Visit:
    """Who is answering, and a fresh hour for them. Raises SessionOver."""
    if "token" not in session:
        raise SessionOver(idle=False)
    now = int(time.time())
    away = now - session["seen"]
    if away > IDLE:
        forget()
        raise SessionOver(idle=True)
    if away:  # an unchanged session needs no new cookie
        session["seen"] = now
    return Visit(Token(session["token"]), Resume(session["resume"]), session["round"], max(away, 0))


def is_under_way() -> bool:
    """Whether a code was accepted in this browser within the hour."""
    return "token" in session and int(time.time()) - session["seen"] <= IDLE


def choose_language() -> None:
    """`?language=en`, on any page that holds no answers, changes the language."""
    if (wanted := request.args.get("language")) in LANGUAGES:
        session["language"] = g.language = wanted


def see_other(endpoint: str, **values: object) -> Response:
    """POST, then GET: reloading a page repeats nothing."""
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[arg-type]
