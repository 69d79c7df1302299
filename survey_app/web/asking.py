"""One page after the other: shown, saved, and on to where the pressed button leads. Nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g, request, session
from peewee import PeeweeException
from werkzeug.wrappers import Response

from survey_app import i18n
from survey_app.errors import SheetTooLong
from survey_app.i18n import LANGUAGES
from survey_app.questionnaire.forms import OTHERS, PageForm, form_for, formdata_from
from survey_app.questionnaire.path import Page
from survey_app.web import drawing
from survey_app.web.answering import REVIEW, Clash, Sent, Sheet, keep, open_sheet, with_page
from survey_app.web.visit import Answered, see_other, visit

CONTROLS = frozenset({"csrf_token", "revision", "go", "over", "sure"})  # form fields that are no answers


def go_on() -> Answered:
    """To the page where the respondent stopped."""
    where = open_sheet(visit(), g.language).resumed_at()
    return see_other("respond.page", key=where.key) if where else see_other("respond.review")


def page(key: str) -> Answered:
    """A page of the path with the answers given so far."""
    sheet = open_sheet(visit(), g.language)
    asked = sheet.page(key)
    if asked is None:  # another window changed the units meanwhile
        return see_other("respond.page", key=sheet.pages[0].key)
    return drawing.page(sheet, asked, formdata_from(asked, sheet.draft.answers, g.language), {})


def keep_page(key: str) -> Answered:
    """Save a page. What cannot be read is shown again beside the reason; what can is saved."""
    go = request.form.get("go", "next")
    if (wanted := go.removeprefix("language:")) in LANGUAGES:
        session["language"] = g.language = wanted
    sheet = open_sheet(visit(), g.language)
    asked = sheet.page(key)
    if asked is None:
        return see_other("respond.page", key=sheet.pages[0].key)
    form = form_for(asked, g.language)(request.form)
    form.validate()
    wrong = problems(form, forward=go == "next")
    revision = request.form.get("revision", "")
    sent = Sent(
        page=asked,
        given=form.answers(),
        refused=frozenset(field.removesuffix(OTHERS) for field in wrong),
        revision=int(revision) if revision.isdecimal() and len(revision) < 10 else -1,
        over="over" in request.form,
        forward=go == "next" and not wrong,
    )
    return saved(sheet, sent, wrong, go)


def saved(sheet: Sheet, sent: Sent, wrong: dict[str, str], go: str) -> Answered:
    """The answer to a page that was sent."""
    raw = request.form.to_dict(flat=False)
    try:
        answers = with_page(sheet, sent)
        lost = sheet.missing_from(answers)
        if lost and "sure" not in request.form:
            return drawing.removing(sheet, sent.page, lost, posted(), go)
        after = keep(sheet, sent, answers, g.language)
    except Clash as clash:
        return drawing.moved(clash, sent, posted(), go)
    except SheetTooLong as refused:
        return drawing.page(sheet, sent.page, raw, too_long(sent.page, refused)), 400
    except PeeweeException:  # disk full, database away: the answers stay in the form, nobody is told they are saved
        return drawing.page(sheet, sent.page, raw, {"main": not_saved()}), 503
    if wrong:
        return drawing.page(after, sent.page, raw, wrong), 400
    return onward(after, sent.page, go)


def onward(sheet: Sheet, left: Page, go: str) -> Response:
    """Where the pressed button leads."""
    if go == "stop":
        return see_other("respond.stop")
    if go == "back":
        before = sheet.before(left.key)
        return see_other("respond.page", key=before.key) if before else see_other(sheet.visit.door)
    if go == "units":
        return see_other("respond.page", key=sheet.pages[0].key)
    if go == "next" and sheet.draft.page == REVIEW:
        return see_other("respond.review")
    return see_other("respond.page", key=sheet.draft.page if go == "next" else left.key)


def problems(form: PageForm, forward: bool) -> dict[str, str]:
    """What cannot be read, by field, in words. Who does not go on yet need not have chosen a unit."""
    return {
        item.key + message.beside: i18n.say(g.language, message.text, **message.values)
        for item, message in form.problems()
        if forward or any(form[item.key].raw)
    }


def not_saved() -> str:
    """What somebody reads whose page could not be written."""
    return i18n.say(
        g.language,
        "This page could not be saved just now. "
        "Your answers are still here: please press the button again in a moment.",
    )


def too_long(asked: Page, refused: SheetTooLong) -> dict[str, str]:
    """The refusal, with the question's words in place of its field's name."""
    field = str(refused.values.get("field"))
    question = next((item.say(g.language) for item in asked.items if item.key == field), field)
    return {field: i18n.say(g.language, refused.message, field=f"“{question}”")}


def posted() -> Sequence[tuple[str, str]]:
    """The answers that were sent, for a page that asks before it saves them."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in CONTROLS]
