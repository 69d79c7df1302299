"""Reading comments: the officer takes out what shows the writer, the director sees what is left and releases it."""

from __future__ import annotations

import itertools

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from survey_app import i18n
from survey_app.errors import Refused
from survey_app.fieldwork import rounds
from survey_app.fieldwork.units import placed_units
from survey_app.fieldwork.versions import plan_of, questionnaire_of
from survey_app.models import Round
from survey_app.questionnaire.schema import say
from survey_app.results import comments as reading
from survey_app.staff.roles import DIRECTOR, OFFICER
from survey_app.web.guard import requires, said, signed_in, staff_pages

comments = Blueprint("comments", __name__, url_prefix="/staff/comments")
staff_pages(comments)

Page = str | Response | tuple[str, int]
AT_ONCE = 20  # comments on a page


@comments.get("/<round_id>")
@requires(OFFICER, DIRECTOR)
def page(round_id: str) -> Page:
    """What waits for this reader."""
    return drawn(rounds.round_by_id(round_id))


def drawn(round_: Round, wrong: str = "") -> str:
    """The page of the first or the second reader."""
    first = signed_in().role == OFFICER
    waiting = list(reading.to_redact(round_) if first else reading.to_release(round_))
    questions = questionnaire_of(round_).by_id
    return render_template(
        "comments/page.html",
        round=round_,
        first=first,
        waiting=list(itertools.islice(waiting, AT_ONCE)),
        left=len(waiting),
        themes=[(theme, theme_label(round_, theme)) for theme in reading.themes_of(round_)],
        placed=placed_units(round_),
        asked={one.question: say(questions[one.question].text, g.language) for one in waiting},
        longest=reading.LONGEST,
        wrong=wrong,
        say=say,
    )


def theme_label(round_: Round, theme: str) -> str:
    """The sub-index's name, or the word for the rest."""
    node = next((node for node in plan_of(round_).tree.walk() if node.id == theme), None)
    if node is None or not node.label:
        return i18n.say(g.language, "Other matters")
    return say(node.label, g.language)


@comments.post("/<round_id>/<any(propose, withhold):redacting>")
@requires(OFFICER)
def redact(round_id: str, redacting: str) -> Page:
    """The first reader: put a redacted text before the second, or destroy the comment."""
    round_, who = rounds.round_by_id(round_id), signed_in().email
    comment = request.form.get("comment", "")
    try:
        if redacting == "withhold":
            reading.withhold(round_, comment, who)
        else:
            reading.propose(round_, comment, request.form.get("text", ""), request.form.get("theme", ""), who)
    except Refused as refused:
        return drawn(round_, said(refused)), refused.status
    return redirect(url_for("comments.page", round_id=round_.id))


@comments.post("/<round_id>/<any(release, back):deciding>")
@requires(DIRECTOR)
def decide(round_id: str, deciding: str) -> Page:
    """The second reader: show the proposed text, or ask for more to be taken out."""
    round_, comment = rounds.round_by_id(round_id), request.form.get("comment", "")
    try:
        if deciding == "release":
            reading.release(round_, comment, signed_in().email)
        else:
            reading.send_back(round_, comment)
            flash(i18n.say(g.language, "It went back to the first reader."))
    except Refused as refused:
        return drawn(round_, said(refused)), refused.status
    return redirect(url_for("comments.page", round_id=round_.id))
