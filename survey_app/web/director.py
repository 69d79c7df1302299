"""The director's pages: units compared within their peer groups, and the documents beside it. They only read."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, send_file, url_for
from werkzeug.wrappers import Response

from survey_app.errors import NotFound
from survey_app.fieldwork.rounds import round_by_id
from survey_app.results import comparison, open_report, robustness, stored
from survey_app.staff import papers
from survey_app.staff.roles import DIRECTOR, OFFICER
from survey_app.web.guard import requires, settings, staff_pages

director = Blueprint("director", __name__, url_prefix="/staff/director")
staff_pages(director)

Page = str | Response | tuple[str, int]
FILES = ("comparison", "audit", "archive", "csv", "xlsx", "json", "manifest")


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
    reading = stored.reading_of(published_name(round_id), g.language)
    there = {(paper.kind, paper.language) for paper in papers.papers_of(round_by_id(round_id)) if paper.kind in FILES}
    return render_template(
        "director/comparison.html",
        page=comparison.page(reading),
        round_id=round_id,
        rounds=[(row.id, reading.text(row.title)) for row in published],
        open_channel=open_report.said(round_id) is not None,
        files=sorted(there, key=lambda one: (FILES.index(one[0]), one[1] != "vi")),
    )


@director.get("/<round_id>/robustness")
@requires(DIRECTOR, OFFICER)
def firmness(round_id: str) -> Page:
    """Other rules, the self-test, how questions go together, who answered."""
    found = robustness.page(stored.reading_of(published_name(round_id), g.language))
    return render_template("director/robustness.html", page=found, round_id=round_id)


def published_name(round_id: str) -> str:
    """The name of a published round. Raises NotFound for any other."""
    if round_id not in {round_.id for round_ in stored.published()}:
        raise NotFound("There is no published round {round}.", round=round_id)
    return round_id


@director.get("/<round_id>/open-channel")
@requires(DIRECTOR, OFFICER)
def open_channel(round_id: str) -> Page:
    """What people without an invitation said, apart from everything else."""
    reading = stored.reading_of(published_name(round_id), g.language)
    return render_template("director/open_channel.html", page=open_report.page(reading), round_id=round_id)


@director.get("/<round_id>/<kind>-<language>")
@requires(DIRECTOR, OFFICER)
def document(round_id: str, kind: str, language: str) -> Page:
    """The booklet, the data or the manifest, as made when the round was published."""
    if kind not in FILES:
        raise NotFound("There is no such document. Publish the round, then the documents are there.")
    path = papers.file_of(settings(), round_by_id(round_id), kind, "", language)
    return send_file(path, as_attachment=kind != "comparison", download_name=f"{round_id}-{path.name}")
