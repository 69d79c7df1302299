"""The director's pages: units compared within their peer groups, and the documents beside it. They only read."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, send_file, url_for
from werkzeug.wrappers import Response

from survey_app.errors import NotFound
from survey_app.fieldwork.rounds import round_by_id
from survey_app.results import comparison, robustness, stored
from survey_app.staff import papers
from survey_app.staff.roles import DIRECTOR, OFFICER
from survey_app.web.guard import requires, settings, staff_pages

director = Blueprint("director", __name__, url_prefix="/staff/director")
staff_pages(director)

Page = str | Response
FILES = ("comparison", "csv", "xlsx", "json", "manifest")


@director.get("/")
@requires(DIRECTOR, OFFICER)
def home() -> Page:
    """To the last published round."""
    published = stored.published()
    if not published:
        return render_template("unit/nothing.html")
    return redirect(url_for("director.page", round_id=published[0].id))


@director.get("/<round_id>")
@requires(DIRECTOR, OFFICER)
def page(round_id: str) -> Page:
    """The comparison of units."""
    published = stored.published()
    if round_id not in {round_.id for round_ in published}:
        raise NotFound("There is no published round {round}.", round=round_id)
    reading = stored.reading_of(round_id, g.language)
    there = {(paper.kind, paper.language) for paper in papers.papers_of(round_by_id(round_id)) if paper.kind in FILES}
    return render_template(
        "director/comparison.html",
        page=comparison.page(reading),
        round_id=round_id,
        rounds=[(row.id, reading.text(row.title)) for row in published],
        files=sorted(there, key=lambda one: (FILES.index(one[0]), one[1] != "vi")),
    )


@director.get("/<round_id>/robustness")
@requires(DIRECTOR, OFFICER)
def firmness(round_id: str) -> Page:
    """Other rules, the self-test, how questions go together, who answered."""
    if round_id not in {round_.id for round_ in stored.published()}:
        raise NotFound("There is no published round {round}.", round=round_id)
    found = robustness.page(stored.reading_of(round_id, g.language))
    return render_template("director/robustness.html", page=found, round_id=round_id)


@director.get("/<round_id>/<kind>-<language>")
@requires(DIRECTOR, OFFICER)
def document(round_id: str, kind: str, language: str) -> Page:
    """The booklet, the data or the manifest, as made when the round was published."""
    if kind not in FILES:
        raise NotFound("There is no such document. Publish the round, then the documents are there.")
    path = papers.file_of(settings(), round_by_id(round_id), kind, "", language)
    return send_file(path, as_attachment=kind != "comparison", download_name=f"{round_id}-{path.name}")
