"""The interface for programs: what the description says is what is sent; public parts know tiers only."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from flask import Flask

from survey_app.i18n import LANGUAGES
from survey_app.models import AuditEntry, Document, Round, StaffSession
from survey_app.results import bindery, data_types, open_data, published, stored
from survey_app.results.bindery import Task
from survey_app.staff import accounts
from survey_app.web.api_description import OPERATIONS
from tests.results.published import publish
from tests.web.test_officer import Browser
from tests.web.test_reading import HASH

ROUND = "cdci-2024"


@pytest.fixture
def round_(app: Flask):
    """Two published rounds; open data of the last one lie there as publishing makes them."""
    settings = app.config["SETTINGS"]
    publish(settings)
    result = stored.current(ROUND)
    for language in LANGUAGES:
        path = f"documents/{result.hash}/open_json-{language}.json"
        content = bindery.document(Task("open_json", "", language), stored.reading_of(ROUND, language), None)
        (settings.instance / path).write_bytes(content)
        Document.insert(
            result=result.hash, kind="open_json", unit="", language=language, path=path, sha256="0"
        ).execute()
    return app


@pytest.fixture
def sign_in(round_):
    def signed_in(role, unit=None):
        account = accounts.add(f"{role}@example.vn", role, role, unit, by="test", language="en")
        accounts.set_password(account, HASH)
        browser = Browser(round_)
        browser.post("/staff/sign-in", email=f"{role}@example.vn", password="bốn từ chẳng liên quan")
        return browser

    return signed_in


def asked(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, path
    assert answer.mimetype == "application/json"
    return answer


def address(operation, unit="CC-MCAI"):
    return operation.path.replace("{round_id}", ROUND).replace("{code}", unit)


# ---------------------------------------------------------------- the description


@pytest.fixture
def described(round_, client):
    return json.loads(asked(client, "/api/openapi.json").data)


def test_every_route_is_described_and_nothing_else(round_, described):
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in round_.url_map.iter_rules()
              if rule.endpoint.split(".")[0] in ("api", "staff_api")}  # fmt: skip
    assert routes - {"/api/openapi.json", "/api/{other}"} == set(described["paths"])
    for rule in round_.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in ("api", "staff_api"):
            assert rule.methods <= {"GET", "HEAD", "OPTIONS"}


def test_the_description_is_openapi_three_one_and_whole(described):
    assert described["openapi"] == "3.1.0"
    assert {"title", "version", "description"} <= described["info"].keys()
    names = [one["get"]["operationId"] for one in described["paths"].values()]
    assert len(set(names)) == len(names) == len(OPERATIONS)
    text = json.dumps(described)
    for reference in re.findall(r'"\$ref": "#/components/schemas/(\w+)"', text):
        assert reference in described["components"]["schemas"]
    for path, item in described["paths"].items():
        wanted = set(re.findall(r"{(\w+)}", path))
        given = {one["name"] for one in item["get"]["parameters"] if one["in"] == "path"}
        assert given == wanted
        assert all(one["required"] for one in item["get"]["parameters"] if one["in"] == "path")
        assert ("security" in item["get"]) == path.startswith("/staff/")
        for status, answer in item["get"]["responses"].items():
            assert status.isdigit()
            assert answer["description"]
    for schema in described["components"]["schemas"].values():
        assert schema["type"] == "object"
        assert schema["description"]
        assert set(schema.get("required", [])) <= schema["properties"].keys()


def fits(value, schema, schemas):
    """Whether a value is of a JSON schema, as far as ours use the language."""
    if "$ref" in schema:
        return fits(value, schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    if "anyOf" in schema:
        return any(fits(value, one, schemas) for one in schema["anyOf"])
    kinds = {"string": str, "boolean": bool, "null": type(None), "array": list, "object": dict}
    kind = schema["type"]
    if kind in ("integer", "number"):
        numbers = int if kind == "integer" else int | float
        return isinstance(value, numbers) and not isinstance(value, bool)
    if not isinstance(value, kinds[kind]):
        return False
    if kind == "array":
        return all(fits(one, schema["items"], schemas) for one in value)
    if kind == "object":
        return set(schema.get("required", [])) <= value.keys() <= schema["properties"].keys() and all(
            fits(one, schema["properties"][key], schemas) for key, one in value.items()
        )
    return True


@pytest.mark.parametrize("operation", OPERATIONS, ids=[one.name for one in OPERATIONS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_sent_is_what_is_described(described, sign_in, client, operation, language):
    reader = sign_in("director").client if operation.staff else client
    answer = asked(reader, f"{address(operation)}?language={language}")
    content, schemas = json.loads(answer.data), described["components"]["schemas"]
    assert content["language"] == language
    assert fits(content, schemas[operation.type.__name__], schemas)
    msgspec.json.decode(answer.data, type=operation.type)


def test_a_schema_that_does_not_fit_is_noticed(described, client):
    content = json.loads(asked(client, f"/api/rounds/{ROUND}").data)
    schemas = described["components"]["schemas"]
    assert fits(content, schemas["RoundAnswer"], schemas)
    assert not fits(content | {"more": 1}, schemas["RoundAnswer"], schemas)
    assert not fits(content | {"language": 1}, schemas["RoundAnswer"], schemas)
    del content["round"]["groups"]
    assert not fits(content, schemas["RoundAnswer"], schemas)


# ---------------------------------------------------------------- the public part


def test_public_answers_say_what_the_public_page_says(round_, client):
    page = client.get("/results?language=vi").text
    content = msgspec.json.decode(asked(client, f"/api/rounds/{ROUND}").data, type=data_types.RoundAnswer)
    assert content.round == published.page(stored.reading_of(ROUND, "vi"))
    units = msgspec.json.decode(asked(client, f"/api/rounds/{ROUND}/units").data, type=data_types.UnitList).units
    assert units
    for unit in units:
        assert unit.name in page
        assert (unit.tier_words or unit.why_words) in page


def test_nothing_public_tells_a_score_of_a_unit(round_, client):
    scores = {f"{one.value:.{places}f}" for one in stored.current(ROUND).index.scores for places in (1, 2)
              if one.value is not None and one.node in ("cdci", "business")}  # fmt: skip
    for path in ("/api/rounds", f"/api/rounds/{ROUND}", f"/api/rounds/{ROUND}/units"):
        text = asked(client, path).text
        assert not [score for score in scores if re.search(rf"(?<![0-9a-f]){re.escape(score)}(?![0-9a-f])", text)]


def test_open_data_are_the_public_file(round_, client):
    for language in LANGUAGES:
        answer = asked(client, f"/api/rounds/{ROUND}/open-data?language={language}")
        assert answer.data == open_data.files(stored.reading_of(ROUND, language), "json")
        file = client.get(f"/results/{ROUND}/open_json-{language}")
        assert file.data == answer.data
        file.close()


def test_an_answer_may_be_kept_and_is_not_sent_twice(round_, client):
    answer = asked(client, f"/api/rounds/{ROUND}")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    again = client.get(f"/api/rounds/{ROUND}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = asked(client, f"/api/rounds/{ROUND}?language=en")
    assert other.headers["ETag"] != answer.headers["ETag"]


def test_the_address_alone_decides_and_nothing_is_kept_of_who_asks(round_, client):
    client.get("/results?language=en")
    answer = client.get(f"/api/rounds/{ROUND}", headers={"Accept-Language": "zh-CN"})
    assert json.loads(answer.data)["language"] == "vi"
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert AuditEntry.select().count() == 0


@pytest.mark.parametrize("path", ["/api/rounds/none", "/api/rounds/none/units", "/api/rounds/none/method", "/api/what",
                                  "/api/rounds/none/open-data"])  # fmt: skip
def test_what_is_not_there_is_said_in_json_and_not_kept(round_, client, path):
    answer = asked(client, f"{path}?language=en", 404)
    content = msgspec.json.decode(answer.data, type=data_types.Problem)
    assert content.status == 404
    assert content.message.endswith((".", "openapi.json"))
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_language_that_there_is_not_is_refused(round_, client):
    content = msgspec.json.decode(asked(client, "/api/rounds?language=fr", 400).data, type=data_types.Problem)
    assert "vi, en, zh-Hans" in content.message


def test_a_round_that_is_not_published_is_not_there_but_its_method_is(round_, client):
    Round.update(state="counted").where(Round.id == ROUND).execute()
    for part in ("", "/units", "/open-data"):
        asked(client, f"/api/rounds/{ROUND}{part}", 404)
    assert ROUND not in asked(client, "/api/rounds").text
    asked(client, f"/api/rounds/{ROUND}/method")
    Round.update(state="preparing").where(Round.id == ROUND).execute()
    asked(client, f"/api/rounds/{ROUND}/method", 404)


# ---------------------------------------------------------------- the staff's part


def test_a_head_reads_the_own_unit_and_another_is_refused_and_recorded(sign_in):
    head = sign_in("unit_head", "CC-MCAI").client
    own = msgspec.json.decode(asked(head, f"/staff/api/rounds/{ROUND}/units/CC-MCAI").data, type=data_types.UnitAnswer)
    assert own == data_types.unit_of(stored.reading_of(ROUND, "en"), "CC-MCAI")
    asked(head, f"/staff/api/rounds/{ROUND}/units/CC-MCAI-TT")
    for path in (f"/staff/api/rounds/{ROUND}/units/CC-BPS", f"/staff/api/rounds/{ROUND}/comparison"):
        content = msgspec.json.decode(asked(head, path, 403).data, type=data_types.Problem)
        assert "recorded" in content.message
        assert AuditEntry.select().where((AuditEntry.action == "refused") & (AuditEntry.subject == path)).count() == 1


@pytest.mark.parametrize("role", ["auditor", "custodian"])
def test_other_roles_read_nothing(sign_in, role):
    reader = sign_in(role).client
    asked(reader, f"/staff/api/rounds/{ROUND}/units/CC-MCAI", 403)
    asked(reader, f"/staff/api/rounds/{ROUND}/comparison", 403)


def test_without_a_sign_in_a_program_is_told_so(round_, client):
    content = msgspec.json.decode(
        asked(client, f"/staff/api/rounds/{ROUND}/comparison", 401).data, type=data_types.Problem
    )
    assert content.status == 401
    assert StaffSession.select().count() == 0


def test_staff_answers_are_not_kept_by_anything_on_the_way(sign_in):
    director = sign_in("director").client
    answer = asked(director, f"/staff/api/rounds/{ROUND}/comparison")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers
    asked(director, f"/staff/api/rounds/{ROUND}/units/none", 404)
    asked(director, "/staff/api/rounds/none/comparison", 404)
