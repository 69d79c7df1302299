"""Coming in: welcome, code, resume code. The code is never in an address, a log or a page."""

from __future__ import annotations

import time

from flask import render_template, request, session

from survey_app.ballot import drafts, labels
from survey_app.ballot.tokens import Token, new_resume, read_resume, read_token
from survey_app.errors import CodeRefused, Refused
from survey_app.fieldwork.rounds import current_open_round
from survey_app.i18n import N_
from survey_app.web import drawing
from survey_app.web.answering import round_now
from survey_app.web.visit import (
    Answered,
    SessionOver,
    begin,
    end,
    forget,
    is_open,
    is_under_way,
    patience,
    see_other,
)

CODES = 30  # refused codes from one network prefix in ten minutes
RESUMES = 20  # tries at one code's resume code in ten minutes
# Asked for in place of whatever cannot be a code, so that a mistyped one takes as long as an unknown one.
NOBODY = Token(bytes(16))


class TooManyTries(Refused):
    """Somebody tries code after code."""

    status = 429

    def __init__(self) -> None:
        super().__init__(N_("Too many attempts. Please wait a few minutes and try again."))


def welcome() -> Answered:
    """Who asks, why, how long it takes, how far the answers are protected; and the place for the code."""
    under_way = is_under_way() and not is_open()
    if session.get("kiosk") and not under_way:
        return see_other("respond.open_welcome")
    round_ = round_now(session["round"]) if under_way else current_open_round()
    if round_ is None:
        return render_template("respond/closed.html", contact=drawing.contact())
    return drawing.welcome(round_, under_way)


def start() -> Answered:
    """The place for the code is on the welcome page."""
    return see_other("respond.welcome")


def enter() -> Answered:
    """A code: typed from the letter, or sent by the script that read it from the QR. A GET never takes one."""
    token = read_token(request.form.get("code", "")) or NOBODY
    try:
        standing = drafts.entered(token)
    except CodeRefused:
        if labels.too_many("code", labels.network_prefix(request.remote_addr), CODES):
            raise TooManyTries from None
        raise
    if session.get("token") == token.value and is_under_way():
        return see_other("respond.go_on")
    if not standing.has_draft:
        begin(token, new_resume(), standing.round)
        # Who typed the code has just read the welcome page; who scanned it has not.
        return see_other("respond.welcome" if request.form.get("by") == "scan" else "respond.go_on")
    end()
    session.update(waiting=token.value, round=standing.round, seen=int(time.time()))
    typed = request.form.get("resume", "")
    return see_other("respond.go_on" if typed and take_up(typed) else "respond.kept")


def kept() -> Answered:
    """Answers wait for their resume code."""
    waiting()
    return drawing.framed("respond/kept.html", round_now(session["round"]), wrong=False)


def resume() -> Answered:
    """The resume code of the code that waits."""
    if take_up(request.form.get("resume", "")):
        return see_other("respond.go_on")
    return drawing.framed("respond/kept.html", round_now(session["round"]), wrong=True), 400


def afresh() -> Answered:
    """Start again without the resume code: what was kept is destroyed."""
    token = waiting()
    standing = drafts.entered(token)
    drafts.destroy(token)
    begin(token, new_resume(), standing.round)
    return see_other("respond.go_on")


def ended() -> Answered:
    """The session ended by itself; the answers did not."""
    return render_template("respond/ended.html", with_resume=True)


def take_up(typed: str) -> bool:
    """Open the draft of the code that waits in this session; whether the resume code fits."""
    token = waiting()
    if labels.too_many("resume", token.digest.hex(), RESUMES):
        raise TooManyTries
    code = read_resume(typed)
    if code is None or drafts.open_draft(token, code) is None:
        return False
    begin(token, code, session["round"])
    return True


def waiting() -> Token:
    """The accepted code whose answers wait for their resume code. Raises SessionOver."""
    if "waiting" not in session:
        raise SessionOver(idle=False)
    if int(time.time()) - session["seen"] > patience():
        forget()
        raise SessionOver(idle=True)
    return Token(session["waiting"])
