"""A respondent's session: an encrypted cookie with the two halves of the draft's key, and an hour's patience.

On a device that many share (a kiosk) patience is five minutes. Threat: the next person sees what the last answered.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import g, request, session, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from survey_app.ballot import drafts
from survey_app.ballot.tokens import OpenToken, Resume, Token
from survey_app.i18n import LANGUAGES

Answered = Response | str | tuple[str, int]  # what a page's function returns

IDLE = 60 * 60  # seconds without a page that end the session; the answers stay
KIOSK_IDLE = 5 * 60  # the same on a device that many share
THANKED = 20  # seconds that such a device shows the thanks
KEPT = ("language", "kiosk")  # what outlives a session: nothing of who answered


class SessionOver(Exception):
    """Nobody is answering in this browser: never was, or idle for too long; `door` is where to begin again."""

    def __init__(self, idle: bool, door: str = "") -> None:
        super().__init__()
        self.idle = idle
        self.door = door or ("respond.open_welcome" if session.get("kiosk") else "respond.welcome")


@dataclass(frozen=True)
class Visit:
    """A respondent: the two halves of the draft's key, and the round."""

    token: Token
    resume: Resume
    round: str
    seconds: int  # since the page before

    @property
    def is_open(self) -> bool:
        """Whether this is somebody without an invitation."""
        return isinstance(self.token, OpenToken)

    @property
    def door(self) -> str:
        """The welcome page by which this respondent came."""
        return "respond.open_welcome" if self.is_open else "respond.welcome"


def begin(token: Token, resume: Resume, round_id: str) -> None:
    """A new session for this code: nothing of an earlier one survives."""
    end()
    session.update(token=token.value, resume=resume.value, round=round_id, seen=int(time.time()), language=g.language)
    if isinstance(token, OpenToken):
        session["open"] = True


def end() -> None:
    """End the session. In the open channel, where nobody can come back to a draft, it is destroyed."""
    if is_open() and "token" in session:
        drafts.destroy(token_held())
    forget()


def forget() -> None:
    """Empty the session; only the language stays, and whether the device is shared."""
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)


def visit() -> Visit:
    """Who is answering, and a fresh hour for them. Raises SessionOver."""
    if "token" not in session:
        raise SessionOver(idle=False)
    now = int(time.time())
    away = now - session["seen"]
    if away > patience():
        door = "respond.open_welcome" if is_open() else ""
        end()
        raise SessionOver(idle=True, door=door)
    if away:  # an unchanged session needs no new cookie
        session["seen"] = now
    return Visit(token_held(), Resume(session["resume"]), session["round"], max(away, 0))


def is_under_way() -> bool:
    """Whether a code was accepted in this browser within the hour."""
    return "token" in session and int(time.time()) - session["seen"] <= patience()


def is_open() -> bool:
    """Whether this session is one of the open channel."""
    return bool(session.get("open"))


def token_held() -> Token:
    """What the session holds: the code of an invitation, or what was made for a session of the open channel."""
    return OpenToken(session["token"], session["round"]) if is_open() else Token(session["token"])


def patience() -> int:
    """Seconds without a page that end a session on this device."""
    return KIOSK_IDLE if session.get("kiosk") else IDLE


def for_the_next(response: Response) -> Response:
    """A shared device comes back to the start by itself, without a script: no page waits there for the next person."""
    if session.get("kiosk") and response.mimetype == "text/html" and "Location" not in response.headers:
        seconds = THANKED if "done" in session else KIOSK_IDLE
        response.headers["Refresh"] = f"{seconds}; url={url_for('respond.open_welcome', kiosk=1)}"
    return response


def choose_language() -> None:
    """`?language=en`, on any page that holds no answers, changes the language."""
    if (wanted := request.args.get("language")) in LANGUAGES:
        session["language"] = g.language = wanted


def see_other(endpoint: str, **values: object) -> Response:
    """POST, then GET: reloading a page repeats nothing."""
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[arg-type]
