"""The interface described for programs: OpenAPI 3.1. Its schemas are made of the types that are sent."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from survey_app import i18n
from survey_app.config import Settings, version
from survey_app.results import data_types

REF = "#/components/schemas/{name}"


class Operation(NamedTuple):
    """An address that can be read, what it gives, and whether it takes the staff's sign-in."""

    path: str
    name: str
    summary: str
    type: type[msgspec.Struct]
    staff: bool = False


OPERATIONS = (
    Operation("/api/rounds", "rounds", "Published rounds", data_types.RoundList),
    Operation("/api/rounds/{round_id}", "round", "One round: its units by tier", data_types.RoundAnswer),
    Operation("/api/rounds/{round_id}/units", "units", "The units of a round", data_types.UnitList),
    Operation("/api/rounds/{round_id}/method", "method", "How a round is counted", data_types.MethodAnswer),
    Operation("/api/rounds/{round_id}/open-data", "openData", "Open data of a round", data_types.OpenData),
    Operation(
        "/staff/api/rounds/{round_id}/comparison", "comparison", "All units with scores (director, officer)",
        data_types.ComparisonAnswer, staff=True,
    ),
    Operation(
        "/staff/api/rounds/{round_id}/units/{code}", "unit", "One unit with its questions (head, director, officer)",
        data_types.UnitAnswer, staff=True,
    ),
)  # fmt: skip
MEANING = {"round_id": "Name of a round, such as cdci-2024", "code": "Code of a unit, such as CC-MCAI"}


def document(settings: Settings) -> bytes:
    """The whole description as JSON."""
    _, schemas = msgspec.json.schema_components(
        [*(one.type for one in OPERATIONS), data_types.Problem], ref_template=REF
    )
    content = {
        "openapi": "3.1.0",
        "info": {
            "title": "Published results of the survey",
            "version": version(),
            "description": "Read only. The public part says what the public pages say: units by tier, never a score or "
            "a rank; open data of questions with 100 answers or more. Where a number is withheld, `why` says the "
            "reason. The staff part takes the cookie of the staff's sign-in and the roles of the staff's pages.",
        },
        "servers": [{"url": settings.base_url}],
        "paths": {one.path: {"get": operation(one)} for one in OPERATIONS},
        "components": {
            "schemas": numbers_for_decimals(schemas),
            "securitySchemes": {
                "staff": {"type": "apiKey", "in": "cookie", "name": "__Host-staff" if settings.https else "staff"}
            },
        },
    }
    return msgspec.json.encode(content)


def operation(one: Operation) -> dict[str, Any]:
    """One operation."""
    found: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": [*path_parameters(one.path), language_parameter(staff=one.staff)],
        "responses": {
            "200": {"description": one.summary, "content": in_json(one.type)},
            **problems(one),
        },
    }
    if one.staff:
        found["security"] = [{"staff": []}]
    else:
        found["responses"]["304"] = {"description": "Unchanged: the ETag that was sent is that of the answer"}
    return found


def problems(one: Operation) -> dict[str, Any]:
    """What may be answered instead."""
    words = {"404": "There is no such published round or unit"}
    if one.staff:
        words |= {"401": "Not signed in", "403": "Another role's, and recorded"}
    else:
        words |= {"400": "A language that there is not"}
    return {status: {"description": text, "content": in_json(data_types.Problem)} for status, text in words.items()}


def in_json(type_: type[msgspec.Struct]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REF.format(name=type_.__name__)}}}


def path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "description": words, "schema": {"type": "string"}}
        for name, words in MEANING.items()
        if f"{{{name}}}" in path
    ]


def language_parameter(*, staff: bool) -> dict[str, Any]:
    """The language of texts; numbers are the same in all. On the staff's side it is kept as on their pages."""
    schema: dict[str, Any] = {"type": "string", "enum": list(i18n.LANGUAGES)}
    return {
        "name": "language",
        "in": "query",
        "description": "Language of the texts (default: that of the account)" if staff else "Language of the texts",
        "schema": schema if staff else schema | {"default": i18n.DEFAULT},
    }


def numbers_for_decimals(schema: Any) -> Any:
    """The same schema with decimals as the numbers that are sent."""
    if isinstance(schema, list):
        return [numbers_for_decimals(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {"type": "number"}
    return {key: numbers_for_decimals(value) for key, value in schema.items()}
