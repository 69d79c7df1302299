"""Marking a bottleneck as outside the unit: one form, by the director or the officer."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, url_for

from survey_app import i18n
from survey_app.ballot import minutes
from survey_app.errors import NotFound, Refused
from survey_app.fieldwork.rounds import round_by_id
from survey_app.results import items, outside
from survey_app.results.marks import EVERYWHERE, Mark, in_words
from survey_app.results.outside import LONGEST_NAME, LONGEST_REMARK, no_remark
from survey_app.staff.roles import DIRECTOR, OFFICER
from survey_app.staff.typed import Typed
from survey_app.web.director import Page, director
from survey_app.web.director_views import reading_of
from survey_app.web.guard import requires, signed_in


@director.get("/<round_id>/outside/<item>")
@requires(DIRECTOR, OFFICER)
def mark_form(round_id: str, item: str) -> Page:
    """What is marked of the question, and the form."""
    return drawn(round_id, item, request.args.get("unit", EVERYWHERE))


def drawn(round_id: str, item: str, unit: str, wrong: Refused | None = None) -> str:
    """The form with what was typed, else with the mark that is there."""
    reading = reading_of(round_id)
    asked = reading.asked.get(item)
    if asked is None or (unit != EVERYWHERE and unit not in reading.lines):
        raise NotFound("The plan of {round} has no question {item}.", round=round_id, item=item)
    marks = [one for one in outside.marks_of(round_id) if one.item == item]
    there = next((one for one in marks if one.unit == unit), None)
    known = {
        "remark": there.remark if there else "",
        "raised_with": there.raised_with if there else "",
        "raised_on": there.raised_on.isoformat() if there and there.raised_on else "",
    }
    answered = [code for code in reading.groups if item in reading.result.tallies.get(code, {})]
    return render_template(
        "director/outside.html",
        round_id=round_id,
        round=reading.text(reading.result.title),
        item=item,
        unit=unit,
        text=items.wording(reading, asked),
        units=sorted(((code, reading.name(code)) for code in answered), key=lambda one: i18n.alphabetical(one[1])),
        marks=[(one.unit, reading.name(one.unit) if one.unit else "", in_words(g.language, one)) for one in marks],
        typed={name: request.form.get(name, value) for name, value in known.items()},
        most=(LONGEST_REMARK, LONGEST_NAME),
        today=minutes.today().isoformat(),
        wrong=wrong,
    )


@director.post("/<round_id>/outside/<item>")
@requires(DIRECTOR, OFFICER)
def mark(round_id: str, item: str) -> Page:
    """Mark it, or take the mark back."""
    round_, unit, who = round_by_id(round_id), request.form.get("unit", EVERYWHERE), signed_in().email
    reading_of(round_id)
    try:
        if request.form.get("do") == "unmark":
            outside.unmark(round_, item, unit, who)
            flash(i18n.say(g.language, "The mark was taken back."))
        else:
            outside.mark(round_, typed_mark(item, unit), who)
            flash(i18n.say(g.language, "Marked as outside the unit."))
    except NotFound:
        raise
    except Refused as refused:
        return drawn(round_id, item, unit, refused), refused.status
    return redirect(url_for("director.lowest", round_id=round_id))


def typed_mark(item: str, unit: str) -> Mark:
    """The mark of the form: the booklet prints it. Raises Unfit."""
    typed = Typed(request.form)
    found = Mark(
        item,
        unit,
        remark=typed.line("remark", LONGEST_REMARK, no_remark()),
        raised_with=typed.line("raised_with", LONGEST_NAME, None),
        raised_on=typed.day_if_any("raised_on"),
    )
    typed.refuse_problems()
    return found
