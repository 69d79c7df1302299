"""The read-only interface for programs, open to everybody: exactly what the public pages say, as JSON.

An address alone decides the answer: no cookie is read, no language is guessed, nothing is noted of who asks.
"""

from __future__ import annotations

import hashlib

import msgspec
from flask import Blueprint, Response, current_app, g, request

from survey_app import i18n
from survey_app.errors import NotFound, Refused
from survey_app.fieldwork.versions import plan_of, questionnaire_of
from survey_app.results import data_types, method, stored
from survey_app.results.data_types import MethodAnswer, Problem, RoundList
from survey_app.staff import papers
from survey_app.web import api_description
from survey_app.web.public import fixed, published

api = Blueprint("api", __name__, url_prefix="/api")
MINUTES = 5  # for which an answer may be kept: a result changes when it is published again


@api.before_request
def choose_language() -> None:
    """`?language=`, else Vietnamese. Raises Refused for another."""
    g.language = request.args.get("language", i18n.DEFAULT)
    if g.language not in i18n.LANGUAGES:
        g.language = i18n.DEFAULT
        raise Refused("Languages there are: {languages}.", languages=", ".join(i18n.LANGUAGES))


@api.after_request
def for_everybody(response: Response) -> Response:
    """Pages of other sites may read it too: there is nothing in it that not everybody may know."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    if response.status_code in (200, 304):
        g.cache_control = f"public, max-age={60 * MINUTES}"
    return response


@api.errorhandler(Refused)
def refused(error: Refused) -> Response:
    """One of our refusals as JSON."""
    return problem(error)


def problem(error: Refused) -> Response:
    """Status and line."""
    line = i18n.say(g.get("language", i18n.DEFAULT), error.message, **error.values)
    content = data_types.encoded(Problem(error.status, line))
    return Response(content, status=error.status, mimetype="application/json")


def answer(content: msgspec.Struct | bytes) -> Response:
    """The content as JSON with its own hash as ETag: whoever has it already is sent nothing."""
    body = content if isinstance(content, bytes) else data_types.encoded(content)
    response = Response(body, mimetype="application/json")
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.make_conditional(request)
    return response


@api.get("/openapi.json")
def description() -> Response:
    """What can be asked, in OpenAPI 3.1."""
    return answer(api_description.document(current_app.config["SETTINGS"]))


@api.get("/rounds")
def rounds() -> Response:
    """Published rounds."""
    found = (data_types.line_of(stored.reading_of(round_.id, g.language)) for round_ in stored.published())
    return answer(RoundList(g.language, tuple(found)))


@api.get("/rounds/<round_id>")
def round_(round_id: str) -> Response:
    """One round by tiers."""
    return answer(data_types.round_of(stored.reading_of(published(round_id).id, g.language)))


@api.get("/rounds/<round_id>/units")
def units(round_id: str) -> Response:
    """Its units."""
    return answer(data_types.units_of(stored.reading_of(published(round_id).id, g.language)))


@api.get("/rounds/<round_id>/method")
def method_(round_id: str) -> Response:
    """How it is counted: as soon as its plan is fixed."""
    found = fixed(round_id)
    page = method.page(plan_of(found), questionnaire_of(found), g.language)
    return answer(MethodAnswer(found.id, g.language, page))


@api.get("/rounds/<round_id>/open-data")
def open_data(round_id: str) -> Response:
    """The public file of open data."""
    path = papers.file_of(current_app.config["SETTINGS"], published(round_id), "open_json", "", g.language)
    return answer(path.read_bytes())


@api.get("/<path:other>")
def unknown(other: str) -> Response:
    """Any other address below /api: a program is answered in JSON too."""
    raise NotFound("There is nothing at this address. What can be asked: /api/openapi.json")
