"""The respondent's addresses, all on one screen.

Nothing behind them logs, counts or stores who asked for what: no network address, no browser, no code. Every page
loads, checks, does, redirects; the verbs are the ballot's.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request

from survey_app.errors import CodeRefused, InvitationSpent
from survey_app.web import asking, drawing, entry, handing_in, open_door
from survey_app.web.answering import TakenOver
from survey_app.web.visit import Answered, SessionOver, choose_language, end, for_the_next, is_open, see_other

respond = Blueprint("respond", __name__)
respond.before_request(choose_language)
respond.after_request(for_the_next)

ADDRESSES = (
    ("GET", "/", "welcome", entry.welcome),
    ("GET", "/open/", "open_welcome", open_door.welcome),
    ("POST", "/open/", "open_begin", open_door.enter),
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
    if is_open() and request.endpoint != "respond.enter":  # no code was typed: the round was closed meanwhile
        end()
        return see_other("respond.open_welcome")
    end()
    return render_template("respond/refused.html", contact=drawing.contact()), 400


@respond.errorhandler(SessionOver)
def session_over(over: SessionOver) -> Answered:
    """Idle for too long: how to go on, or that there is nothing to go on with. Never begun: the welcome page."""
    if not over.idle:
        return see_other(over.door)
    return see_other("respond.ended") if over.door == "respond.welcome" else see_other(over.door, ended=1)


@respond.errorhandler(TakenOver)
def taken_over(error: TakenOver) -> Answered:
    """The same code was started afresh elsewhere."""
    end()
    return render_template("respond/taken.html", with_resume=True), 409
