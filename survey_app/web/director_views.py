"""The director's other views of a published round: where, why, since when, against what aim. They only read."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for

from survey_app.results import attitude, bottlenecks, drilldown, outside, priorities, response, stored, trends
from survey_app.results.reading import Reading
from survey_app.staff.roles import DIRECTOR, OFFICER
from survey_app.web.director import Page, director, published_name
from survey_app.web.guard import requires


def reading_of(round_id: str) -> Reading:
    """A published round in the language of the page. Raises NotFound."""
    return stored.reading_of(published_name(round_id), g.language)


@director.get("/<round_id>/bottlenecks")
@requires(DIRECTOR, OFFICER)
def lowest(round_id: str) -> Page:
    """The lowest questions across units, and each unit's own."""
    found = bottlenecks.page(reading_of(round_id), outside.marks_of(round_id))
    return render_template("director/bottlenecks.html", page=found, round_id=round_id)


@director.get("/<round_id>/attitude")
@requires(DIRECTOR, OFFICER)
def slack(round_id: str) -> Page:
    """Where service attitude needs attention."""
    found = attitude.page(reading_of(round_id))
    return render_template("director/attitude.html", page=found, round_id=round_id)


@director.get("/<round_id>/node/")
@requires(DIRECTOR, OFFICER)
def top(round_id: str) -> Page:
    """To the index itself."""
    return redirect(url_for("director.node", round_id=round_id, node=reading_of(round_id).business))


@director.get("/<round_id>/node/<node>")
@requires(DIRECTOR, OFFICER)
def node(round_id: str, node: str) -> Page:
    """The index, a sub-index, a question or a figure across all units."""
    found = drilldown.page(reading_of(round_id), node)
    return render_template("director/node.html", page=found, round_id=round_id)


@director.get("/<round_id>/priorities")
@requires(DIRECTOR, OFFICER)
def important(round_id: str) -> Page:
    """What the overall verdict hangs on, and how it stands."""
    found = priorities.page(reading_of(round_id))
    return render_template("director/priorities.html", page=found, round_id=round_id)


@director.get("/<round_id>/trend")
@requires(DIRECTOR, OFFICER)
def over_rounds(round_id: str) -> Page:
    """All units over all rounds."""
    found = trends.page(reading_of(round_id))
    return render_template("director/trend.html", page=found, round_id=round_id)


@director.get("/<round_id>/response")
@requires(DIRECTOR, OFFICER)
def took_part(round_id: str) -> Page:
    """From invited businesses to counted sheets."""
    found = response.page(reading_of(round_id))
    return render_template("director/response.html", page=found, round_id=round_id)
