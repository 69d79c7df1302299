"""The end of a sheet: stop for now, delete it, check it, submit it; the thanks with the receipt."""

from __future__ import annotations

import time

from flask import current_app, g, render_template, request, session
from markupsafe import Markup
from peewee import PeeweeException

from survey_app import i18n
from survey_app.ballot import drafts, envelopes, labels, open_channel
from survey_app.ballot.envelopes import SealedContent
from survey_app.ballot.tokens import OpenToken, new_receipt
from survey_app.scoring.sheets import duration_class
from survey_app.web import drawing
from survey_app.web.answering import Sheet, open_sheet, round_now
from survey_app.web.review import reviewed
from survey_app.web.visit import (
    Answered,
    SessionOver,
    Visit,
    end,
    forget,
    is_open,
    patience,
    see_other,
    visit,
)

SHEETS = 30  # open sheets from one network prefix in ten minutes: an office with several tablets and telephones


def stop() -> Answered:
    """Saved; how to go on later, here or elsewhere. The open channel knows no later."""
    who = visit()
    if who.is_open:
        return see_other("respond.open_welcome")
    address = current_app.config["SETTINGS"].base_url
    return drawing.framed("respond/stop.html", round_now(who.round), {"resume": who.resume.printed}, address=address)


def delete() -> Answered:
    """Asks before deleting."""
    return drawing.framed("respond/delete.html", round_now(visit().round))


def delete_now() -> Answered:
    """Destroy the draft and end the session. The invitation stays valid."""
    who = visit()
    drafts.destroy(who.token)
    forget()
    return see_other(who.door if who.is_open else "respond.deleted")


def deleted() -> Answered:
    """Nothing is left."""
    return render_template("respond/deleted.html")


def leave() -> Answered:
    """End the session at once and show a page that says nothing about answering; a shared device begins anew."""
    end()
    return see_other("respond.open_welcome", kiosk=1) if session.get("kiosk") else see_other("public.home")


def review() -> Answered:
    """Everything as it would be sealed. The receipt and the envelope's key are made here, in the cookie only."""
    if "done" in session:
        return see_other("respond.thanks")
    sheet = open_sheet(visit(), g.language)
    if sheet.lacks_units():
        return see_other("respond.page", key=sheet.pages[0].key)
    session.setdefault("receipt", new_receipt())
    session.setdefault("envelope", envelopes.new_key())
    return shown(sheet)


def shown(sheet: Sheet, warning: str = "") -> str:
    """The review page, with a word on why it is shown again."""
    parts = reviewed(sheet, g.language)
    blank = sum(line.blank for part in parts for line in part.lines)
    html = render_template("respond/review_parts.html", parts=parts, change=i18n.say(g.language, "Change"))
    drawn = Markup(html)  # nosec B704 # a template escaped it
    own: dict[str, str | int] = {"parts": drawn, "blank": blank, "revision": sheet.draft.revision}
    nothing = sheet.says_nothing()
    return drawing.framed(
        "respond/review.html",
        sheet.round,
        own,
        gaps=blank > 0,
        warning=warning,
        nothing=nothing,
        back=first_about_a_unit(sheet) if nothing else sheet.pages[-1].key,
    )


def first_about_a_unit(sheet: Sheet) -> str:
    """The key of the page on which the questions about the first unit begin."""
    return next((page.key for page in sheet.pages if page.unit), sheet.pages[0].key)


def submit() -> Answered:
    """Spend the invitation and drop the sealed sheet: both or neither. A replay finds its own envelope in the box."""
    if "done" in session:
        return see_other("respond.thanks")
    who = visit()
    if "envelope" not in session:
        return see_other("respond.review")
    sheet = open_sheet(who, g.language)
    if sheet.draft.revision == 0:  # the draft is gone: submitted by a tab that was faster, or the round has closed
        if not is_in_box(who):
            raise SessionOver(idle=False, door=who.door)
        return done()
    if sheet.lacks_units():
        return see_other("respond.page", key=sheet.pages[0].key)
    if request.form.get("revision") != str(sheet.draft.revision):
        warning = i18n.say(g.language, "Answers were changed in another window. Please check them once more.")
        return shown(sheet, warning), 409
    if sheet.says_nothing():
        return shown(sheet), 400
    if who.is_open and labels.too_many("open sheet", labels.network_prefix(request.remote_addr), SHEETS):
        warning = i18n.say(
            g.language,
            "Many sheets came from this network just now. "
            "Your answers are kept: please press the button again in a few minutes.",
        )
        return shown(sheet, warning), 429
    try:
        hand_in(who, sheet)
    except PeeweeException:  # disk full, database away: nothing was sent, nothing is lost, nobody is thanked
        warning = i18n.say(
            g.language,
            "The sheet could not be submitted just now. "
            "Your answers are kept: please press the button again in a moment.",
        )
        return shown(sheet, warning), 503
    return done()


def is_in_box(who: Visit) -> bool:
    """Whether the envelope that this session sealed is in the box of its channel."""
    return (open_channel.in_box if who.is_open else envelopes.in_box)(session["envelope"])


def hand_in(who: Visit, sheet: Sheet) -> None:
    """Into the box of the respondent's channel."""
    if isinstance(who.token, OpenToken):
        open_channel.submit(who.token, content_of(sheet), sheet.round, session["envelope"])
    else:
        envelopes.submit(who.token, content_of(sheet), sheet.round, session["envelope"])


def content_of(sheet: Sheet) -> SealedContent:
    """What goes into the envelope: answers, receipt, the day's label, a class of duration; never a time.

    In the open channel nothing is weighed, so that neither label nor duration is taken.
    """
    answers = sheet.sealed
    if sheet.visit.is_open:
        return SealedContent(answers, session["receipt"], label=0, duration=None, language=g.language)
    prefix = labels.network_prefix(request.remote_addr)
    return SealedContent(
        answers=answers,
        receipt=session["receipt"],
        label=labels.client_label(prefix, request.headers.get("User-Agent", "")),
        duration=duration_class(sum(sheet.draft.seconds.values()), len(answers)),
        language=g.language,
    )


def done() -> Answered:
    """Forget everything but the receipt: a second tab or a replay (hence its CSRF token) shows the same page."""
    kept = {name: session[name] for name in ("receipt", "round", "open", "csrf_token", "form_token") if name in session}
    forget()
    session.update(kept, done=True, seen=int(time.time()))
    return see_other("respond.thanks")


def thanks() -> Answered:
    """The sheet is in the box; the receipt."""
    if "done" not in session:
        return see_other("respond.welcome")
    if int(time.time()) - session["seen"] > patience():
        forget()
        return see_other("respond.welcome")
    if is_open():
        return drawing.framed("respond/open_thanks.html", round_now(session["round"]), kiosk=bool(session.get("kiosk")))
    return drawing.framed("respond/thanks.html", round_now(session["round"]), {"receipt": session["receipt"]})
