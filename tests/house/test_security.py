"""Headers and cookies: the same on every answer, apart for the two sides."""

import pytest

from survey_app.security import side_of


def test_every_answer_forbids_what_we_do_not_need(client):
    answer = client.get("/")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_missing_page_is_kind_and_hardened_too(client):
    answer = client.get("/no-such-page", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert "Content-Security-Policy" in answer.headers


def test_a_post_without_the_token_is_refused(client):
    assert client.post("/start", data={"code": "X"}).status_code == 400


def test_a_post_from_another_site_is_refused(client):
    assert client.post("/start", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize(
    ("path", "side"),
    [
        ("/", "answer"),
        ("/staff", "staff"),
        ("/staff/officer", "staff"),
        ("/staffing", "answer"),
        ("/results", "answer"),
    ],
)
def test_staff_and_respondents_live_apart(path, side):
    assert side_of(path) == side


def test_one_side_s_cookie_is_worth_nothing_on_the_other(app):
    sessions = app.session_interface
    with app.test_request_context("/"):
        from flask import Response

        answer = Response()
        content = sessions.open_session(app, _request("/"))
        content["language"] = "en"
        sessions.save_session(app, content, answer)
    sealed = answer.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
    assert sessions.open_session(app, _request("/", answer=sealed))["language"] == "en"
    assert not sessions.open_session(app, _request("/staff", staff=sealed))
    assert not sessions.open_session(app, _request("/", answer=sealed[:-2] + "00"))


def _request(path, **cookies):
    from flask import Request
    from werkzeug.test import EnvironBuilder

    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return Request(EnvironBuilder(path, headers={"Cookie": header} if header else {}).get_environ())


def test_a_refusal_is_in_the_visitors_language(client):
    for tag in ("en", "vi"):
        refused = client.post("/start", data={"code": "X"}, headers={"Accept-Language": tag})
        assert refused.status_code == 400
        assert f'lang="{tag}"' in refused.get_data(as_text=True)
