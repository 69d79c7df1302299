"""Coming in without an invitation: by a link, a poster's QR or a tablet in the office. What is said is reported apart.

Threat: somebody fills the box from one place. A network may begin and submit so many sheets in ten minutes; beyond that
only the report helps, which says that anybody may have answered, as often as they liked.
"""

from __future__ import annotations

from flask import render_template, request, session

from survey_app.ballot import labels
from survey_app.ballot.tokens import new_open_token, new_resume
from survey_app.fieldwork.rounds import current_open_round
from survey_app.models import Round
from survey_app.web import drawing
from survey_app.web.entry import TooManyTries
from survey_app.web.visit import Answered, begin, end, is_open, is_under_way, see_other

STARTS = 60  # sheets begun from one network prefix in ten minutes


def welcome() -> Answered:
    """What this channel is, and the button that begins. A GET makes nothing; `?kiosk=1` makes the device a shared one,
    and ends what the last person left on it; `?kiosk=0` makes it an ordinary one again."""
    if invited() and not session.get("kiosk"):
        return see_other("respond.welcome")
    if "kiosk" in request.args:
        return start_over(request.args["kiosk"] == "1")
    round_, kiosk = answering(), bool(session.get("kiosk"))
    if round_ is None:
        return render_template("respond/closed.html", contact=drawing.contact(), without_code=True)
    return drawing.open_welcome(round_, is_open() and is_under_way(), ended="ended" in request.args and not kiosk)


def start_over(kiosk: bool) -> Answered:
    """Forget whoever was here, the language too."""
    end()
    session.clear()
    if kiosk:
        session["kiosk"] = True
    return see_other("respond.open_welcome")


def enter() -> Answered:
    """Begin a sheet under a random token that is made for this session."""
    round_ = answering()
    if round_ is None or is_under_way():
        return see_other("respond.go_on" if is_under_way() else "respond.open_welcome")
    if labels.too_many("open start", labels.network_prefix(request.remote_addr), STARTS):
        raise TooManyTries
    begin(new_open_token(round_.id), new_resume(), round_.id)
    return see_other("respond.go_on")


def answering() -> Round | None:
    """The round that takes answers without an invitation now."""
    round_ = current_open_round()
    return round_ if round_ is not None and round_.open_channel else None


def invited() -> bool:
    """Whether somebody with an invitation is answering in this browser."""
    return is_under_way() and not is_open()
