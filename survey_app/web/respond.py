"""The respondent's addresses, all on one screen.

Nothing behind them logs, counts or stores who asked for what: no network address, no browser, no code. Every page
loads, checks, does, redirects; the verbs are the ballot's.
"""

from __future__ import annotations

from flask import Blueprint, render_template

from survey_app.errors import CodeRefused, InvitationSpent
from survey_app.web import asking, drawing, entry, handing_in
from survey_app.web.answering import TakenOver
from survey_app.web.visit import Answered, SessionOver, choose_language, forget, see_other

respond = Blueprint("respond", __name__)
respond.before_request(choose_language)

ADDRESSES = (
    ("GET", "/", "welcome", entry.welcome),
    ("GET", "/start", "start", entry.start),
    ("POST", "/start", "enter", entry.enter),
    ("GET", "/kept", "kept", entry.kept),
    ("POST", "/kept", "resume", entry.resume),
    ("POST", "/afresh", "afresh", entry.afresh),
    ("GET", "/ended", "ended", entry.ended),
    ("GET", "/go-on", "go_on", asking.go_on),
    ("GET", "/answer/<key>", "page", asking.page),
    ("POST", "/answer/<key>", "keep", asking.keep_page),
    ("GET", "/stop", "stop", handing_in.stop),
    ("GET", "/delete", "delete", handing_in.delete),
    ("POST", "/delete", "delete_now", handing_in.delete_now),
    ("GET", "/deleted", "deleted", handing_in.deleted),
    ("POST", "/leave", "leave", handing_in.leave),
    ("GET", "/review", "review", handing_in.review),
    ("POST", "/submit", "submit", handing_in.submit),
    ("GET", "/thanks", "thanks", handing_in.thanks),
)
for method, address, name, view in ADDRESSES:
    respond.add_url_rule(address, endpoint=name, view_func=view, methods=[method])


@respond.errorhandler(CodeRefused)
@respond.errorhandler(InvitationSpent)
def refused(error: Exception) -> Answered:
    """One page for every code that cannot answer, whatever the reason: a guesser learns nothing."""
    forget()
    return render_template("respond/refused.html", contact=drawing.contact()), 400


@respond.errorhandler(SessionOver)
def session_over(over: SessionOver) -> Answered:
    """Idle for an hour: how to go on. Never begun: the welcome page."""
    return see_other("respond.ended" if over.idle else "respond.welcome")


@respond.errorhandler(TakenOver)
def taken_over(error: TakenOver) -> Answered:
    """The same code was started afresh elsewhere."""
    forget()
    return render_template("respond/taken.html", with_resume=True), 409
