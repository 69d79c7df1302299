"""Awards after a round: how each unit stands to the criteria, the papers, and who heads a unit since when."""

from __future__ import annotations

import io

from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from survey_app import i18n
from survey_app.errors import Refused
from survey_app.fieldwork import heads
from survey_app.fieldwork.rounds import round_by_id
from survey_app.fieldwork.units import placed_units
from survey_app.models import PUBLISHED, Round
from survey_app.questionnaire.schema import say
from survey_app.results import award_papers
from survey_app.staff.audit import record
from survey_app.staff.roles import DIRECTOR, OFFICER
from survey_app.staff.typed import Typed
from survey_app.web.guard import requires, settings, signed_in, staff_pages

awards = Blueprint("awards", __name__, url_prefix="/staff/awards")
staff_pages(awards)

Page = str | Response | tuple[str, int]


@awards.get("/<round_id>")
@requires(OFFICER, DIRECTOR)
def page(round_id: str) -> Page:
    """Criteria, result, papers, heads."""
    return shown(round_by_id(round_id))


def shown(round_: Round, wrong: Refused | None = None) -> str:
    """The page; `wrong`: why a line was not taken."""
    placed = {code: place for code, place in placed_units(round_).items() if place.line.rated}
    return render_template(
        "awards/page.html",
        round=round_,
        page=award_papers.page_for(round_, g.language) if round_.state == PUBLISHED else None,
        papers=[(paper, award_papers.title_of(paper, g.language)) for paper in award_papers.PAPERS],
        paper_languages=award_papers.LANGUAGES,
        units=sorted(placed, key=lambda code: i18n.alphabetical(say(placed[code].line.names, g.language))),
        placed=placed,
        heads=heads.heads_of(placed),
        wrong=wrong,
        say=say,
        typed=request.form,
    )


@awards.get("/<round_id>/<paper>-<any(vi,en):language>.pdf")
@requires(OFFICER, DIRECTOR)
def paper(round_id: str, paper: str, language: str) -> Page:
    """One of the papers, made now: it has the heads that are entered now."""
    content = award_papers.pdf(settings(), round_by_id(round_id), paper, language)
    name = f"{round_id}-{paper}-{language}.pdf"
    return send_file(io.BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


@awards.post("/<round_id>/heads")
@requires(OFFICER)
def enter_head(round_id: str) -> Page:
    """Add who heads a unit, from and to when."""
    round_, typed = round_by_id(round_id), Typed(request.form)
    try:
        name = typed.line("name", heads.LONGEST, heads.no_name())
        since, until = typed.day("since", Refused("Write the first day in office.")), typed.day_if_any("until")
        typed.refuse_problems()
        head = heads.enter(request.form.get("unit", ""), name, since, until)
    except Refused as refused:
        return shown(round_, refused), refused.status
    record(signed_in().email, "head entered", head.unit, f"{head.name}, {since} – {until or ''}")
    flash(i18n.say(g.language, "The head is entered."))
    return redirect(url_for("awards.page", round_id=round_.id, _anchor="heads"))


@awards.post("/<round_id>/heads/<int:number>/remove")
@requires(OFFICER)
def remove_head(round_id: str, number: int) -> Page:
    """Take a line out."""
    round_, head = round_by_id(round_id), heads.remove(number)
    record(signed_in().email, "head removed", head.unit, head.name)
    return redirect(url_for("awards.page", round_id=round_.id, _anchor="heads"))
