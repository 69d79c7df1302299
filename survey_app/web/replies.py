"""Before publication: the officer puts the draft before the unit heads, a head reads the own unit's and may reply."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from survey_app import i18n, jobs
from survey_app.ballot.minutes import today
from survey_app.errors import NotFound, Refused
from survey_app.fieldwork.rounds import round_by_id
from survey_app.models import Round
from survey_app.results import replies as verbs
from survey_app.results import scorecard, signature
from survey_app.results.reading import Reading
from survey_app.staff.plans import Changed
from survey_app.staff.roles import DIRECTOR, OFFICER, UNIT_HEAD, may_see, may_write
from survey_app.web.guard import refuse, requires, settings, signed_in, staff_pages

replies = Blueprint("replies", __name__, url_prefix="/staff/replies")
staff_pages(replies)

Page = str | Response | tuple[str, int]


@replies.post("/<round_id>/<any(open, close):switch>")
@requires(OFFICER)
def switch(round_id: str, switch: str) -> Page:
    """Put the draft before the unit heads, for a number of days; or take it back."""
    round_, who = round_by_id(round_id), signed_in().email
    jobs.refuse_while_publishing(settings(), round_)
    if switch == "open":
        text = request.form.get("days", "")
        days = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
        verbs.open_draft(round_, days, who, today(), signature.public_key(settings()))
        flash(i18n.say(g.language, "The draft is before the unit heads now."))
    else:
        verbs.take_back(round_, who)
        flash(i18n.say(g.language, "The draft was taken back. Replies are kept for the next one."))
    return redirect(url_for("officer.round_page", round_id=round_id))


def seen(round_id: str, code: str) -> tuple[Round, Reading]:
    """The draft's reading, for somebody who may see this unit; a refusal is recorded."""
    round_ = round_by_id(round_id)
    reading = verbs.reading_of(round_, g.language)
    line = reading.lines.get(code)
    if line is None or not any(may_see(signed_in(), one, reading.lines) for one in (code, *line.members)):
        if signed_in().role == UNIT_HEAD:
            refuse()
        raise NotFound("This round has no unit {unit}.", unit=code)
    return round_, reading


@replies.get("/<round_id>")
@requires(OFFICER, DIRECTOR)
def listing(round_id: str) -> Page:
    """Which units have replied."""
    round_ = round_by_id(round_id)
    reading, have = verbs.reading_of(round_, g.language), verbs.replied(round_)
    units = [(code, reading.name(code), code in have) for code, line in reading.lines.items() if not line.members]
    return render_template(
        "replies/listing.html",
        round=round_,
        round_name=reading.text(round_.title),
        units=sorted(units, key=lambda one: i18n.alphabetical(one[1])),
    )


@replies.get("/<round_id>/<code>")
@requires(UNIT_HEAD, OFFICER, DIRECTOR)
def draft(round_id: str, code: str) -> Page:
    """The draft of one unit's scorecard, and its reply."""
    return drawn(*seen(round_id, code), code)


def drawn(round_: Round, reading: Reading, code: str, wrong: Refused | None = None) -> Page:
    """The page; what was typed stays where it could not be saved."""
    reply, writes = verbs.reply_of(round_, code), may_write(signed_in(), code, reading.lines)
    page = render_template(
        "replies/draft.html",
        card=scorecard.page_for(code, reading),
        round=round_,
        round_id=round_.id,
        code=code,
        parts=[(one.code, reading.name(one.code)) for one in reading.result.units if one.parent == code],
        privacy=reading.plan.privacy,
        reply=reply,
        text=request.form.get("text", reply.text) if wrong else reply.text,
        meanwhile=isinstance(wrong, Changed),
        writes=writes and not reading.lines[code].members,
        longest=verbs.LONGEST,
        over=round_.reply_until is not None and round_.reply_until < today(),
        wrong=wrong,
        draft=True,
        comments=(),
        rounds=(),
    )
    return (page, wrong.status) if wrong else page


@replies.post("/<round_id>/<code>")
@requires(UNIT_HEAD)
def reply(round_id: str, code: str) -> Page:
    """Save the reply; an empty one takes it away."""
    round_, reading = seen(round_id, code)
    if not may_write(signed_in(), code, reading.lines):
        refuse()
    text = request.form.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    try:
        verbs.write_reply(round_, code, request.form, version, signed_in().email, today())
    except Refused as refused:
        return drawn(round_, reading, code, refused)
    flash(i18n.say(g.language, "Your reply is saved. You may change it until the result is published."))
    return redirect(url_for("replies.draft", round_id=round_id, code=code))
