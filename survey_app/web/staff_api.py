"""The read-only interface for staff: the numbers of comparison and scorecards, under the same sign-in and roles.

It lies below /staff, where the staff's cookie is read; whoever is not signed in gets a 401, not a page.
"""

from __future__ import annotations

from flask import Blueprint, Response, g
from werkzeug.exceptions import HTTPException

from survey_app.errors import NotFound, Refused
from survey_app.results import data_types, stored
from survey_app.staff.roles import DIRECTOR, OFFICER, UNIT_HEAD
from survey_app.web.api import answer, problem
from survey_app.web.director import published_name
from survey_app.web.guard import load_account, requires
from survey_app.web.unit import seen

staff_api = Blueprint("staff_api", __name__, url_prefix="/staff/api")
staff_api.before_request(load_account)


@staff_api.errorhandler(Refused)
def refused(error: Refused) -> Response:
    """One of our refusals as JSON."""
    return problem(error)


@staff_api.errorhandler(404)
def missing(error: HTTPException) -> Response:
    """A unit that the round does not have."""
    return problem(NotFound("There is nothing at this address. What can be asked: /api/openapi.json"))


@staff_api.get("/rounds/<round_id>/comparison")
@requires(DIRECTOR, OFFICER)
def comparison(round_id: str) -> Response:
    """All units of a round at every node."""
    return answer(data_types.comparison_of(stored.reading_of(published_name(round_id), g.language)))


@staff_api.get("/rounds/<round_id>/units/<code>")
@requires(UNIT_HEAD, DIRECTOR, OFFICER)
def unit(round_id: str, code: str) -> Response:
    """One unit: a head sees the own unit and its parts."""
    return answer(data_types.unit_of(seen(round_id, code), code))
