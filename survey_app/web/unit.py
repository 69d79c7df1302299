"""The unit head's pages: the own unit and its parts, as the last published rounds left them. They only read."""

from __future__ import annotations

from flask import Blueprint, abort, g, redirect, render_template, send_file, url_for
from werkzeug.wrappers import Response

from survey_app.errors import NotFound
from survey_app.fieldwork.rounds import round_by_id
from survey_app.i18n import alphabetical, number
from survey_app.results import comments, outside, replies, scorecard, stored
from survey_app.results.reading import Reading
from survey_app.results.typeset import capitalised
from survey_app.staff import papers
from survey_app.staff.roles import DIRECTOR, OFFICER, UNIT_HEAD, may_see
from survey_app.web.comments import theme_label
from survey_app.web.guard import refuse, requires, settings, signed_in, staff_pages

unit = Blueprint("unit", __name__, url_prefix="/staff/unit")
staff_pages(unit)
unit.app_template_filter("capitalised")(capitalised)

Page = str | Response


@unit.app_template_filter("tick")
def tick(value: float) -> str:
    """A number on a chart's axis."""
    return number(value, 0 if value == int(value) else 1, g.language)


@unit.get("/")
@requires(UNIT_HEAD)
def home() -> Page:
    """To the own unit in the last published round it stood in."""
    own = signed_in().unit
    for round_ in stored.published():
        reading = stored.reading_of(round_.id, g.language)
        if own in reading.lines:
            return redirect(url_for("unit.page", round_id=round_.id, code=own))
    return render_template("unit/nothing.html", drafts=replies.drafts_before(own), own=own)


@unit.get("/<round_id>/<code>")
@requires(UNIT_HEAD, DIRECTOR, OFFICER)
def page(round_id: str, code: str) -> Page:
    """The scorecard of one unit, as a page."""
    reading = seen(round_id, code)
    card, row = scorecard.page_for(code, reading), round_by_id(round_id)
    rounds = [
        (one.id, reading.text(one.title))
        for one in stored.published()
        if code in stored.reading_of(one.id, g.language).lines
    ]
    return render_template(
        "unit/scorecard.html", card=card, round_id=round_id, code=code, parts=parts(reading, code), rounds=rounds,
        privacy=reading.plan.privacy, drafts=replies.drafts_before(signed_in().unit), own=signed_in().unit,
        members=reading.lines[code].members, outside=outside.of_unit(round_id, code, g.language),
        comments=[(theme_label(row, one.id), one.texts) for one in comments.released(row, code)],
    )  # fmt: skip


@unit.get("/<round_id>/<code>/scorecard-<language>.pdf")
@requires(UNIT_HEAD, DIRECTOR, OFFICER)
def document(round_id: str, code: str, language: str) -> Page:
    """The scorecard as it was rendered when the round was published."""
    seen(round_id, code)
    path = papers.file_of(settings(), round_by_id(round_id), "scorecard", code, language)
    return send_file(path, download_name=f"{round_id}-{code}-{language}.pdf")


def seen(round_id: str, code: str) -> Reading:
    """The round's reading, for somebody who may see this unit; a refusal is recorded."""
    if round_id not in {round_.id for round_ in stored.published()}:
        raise NotFound("There is no published round {round}.", round=round_id)
    reading = stored.reading_of(round_id, g.language)
    line = reading.lines.get(code)
    # The head of a merged unit has no other result than the group's: it names no unit of the group.
    if line is None or not any(may_see(signed_in(), one, reading.lines) for one in (code, *line.members)):
        if signed_in().role == UNIT_HEAD:
            refuse()
        abort(404)
    return reading


def parts(reading: Reading, code: str) -> list[tuple[str, str, str]]:
    """The unit's own parts: code, name, score or why there is none."""
    found = [line.code for line in reading.result.units if line.parent == code]
    lines = []
    for one in sorted(found, key=lambda one: alphabetical(reading.name(one))):
        score = reading.score(one, reading.business)
        lines.append(
            (
                one,
                reading.name(one),
                reading.write(score) if score.number is not None else reading.why(score.reason, one),
            )
        )
    return lines
