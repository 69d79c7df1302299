"""The open channel's pages: nothing before the button, nothing beside the box, nothing for the next person to see."""

from __future__ import annotations

import re
import secrets
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey_app.config import Settings
from survey_app.database import database
from survey_app.fieldwork import rounds
from survey_app.models import Draft, Envelope, Invitation, OpenEnvelope, Round
from survey_app.web import handing_in, open_door
from survey_app.web.visit import IDLE, KIOSK_IDLE
from tests.respondents import Respondent, answering_round, new_code


@pytest.fixture
def round_(db: Settings) -> Round:
    made = answering_round()
    Round.update(open_channel=True).where(Round.id == made.id).execute()
    return rounds.round_by_id(made.id)


@pytest.fixture
def somebody(client: FlaskClient) -> Respondent:
    return at_a_place(Respondent(client))


@pytest.fixture
def tablet(app: Flask) -> Respondent:
    """A device that many share."""
    return at_a_place(Respondent(app.test_client())).get("/open/?kiosk=1")


def at_a_place(who: Respondent) -> Respondent:
    """From a network of its own: what others send does not count against it."""
    who.client.environ_base["REMOTE_ADDR"] = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.7"
    return who


def begin(who: Respondent) -> Respondent:
    return who.get("/open/").post("/open/")


def session_of(who: Respondent) -> dict[str, object]:
    with who.client.session_transaction() as session:
        return dict(session)


def wait(who: Respondent, seconds: int) -> None:
    with who.client.session_transaction() as session:
        session["seen"] = int(time.time()) - seconds


def boxes() -> tuple[int, int, int]:
    return OpenEnvelope.select().count(), Envelope.select().count(), Draft.select().count()


def refresh(who: Respondent) -> str:
    assert who.answer is not None
    return who.answer.headers.get("Refresh", "")


# ---------------------------------------------------------------- anybody's own device


def test_welcome_says_that_this_is_reported_apart_and_makes_nothing(somebody: Respondent, round_: Round) -> None:
    text = somebody.get("/open/?language=en").text
    for words in (
        "This is the open channel.",
        "does not enter the index",
        "Comments in your own words are read by nobody here: they are destroyed at the count.",
        "questions that at least 15 sheets answered",
        "Lãnh đạo Cục; Bộ phận thanh tra; Hiệp hội doanh nghiệp",
        f"{round_.closes_on:%d/%m/%Y}",
    ):
        assert words in text
    assert "token" not in session_of(somebody)
    assert boxes() == (0, 0, 0)


@pytest.mark.parametrize("language", ["vi", "zh-Hans"])
def test_welcome_speaks_every_language(somebody: Respondent, round_: Round, language: str) -> None:
    assert "open channel" not in somebody.get(f"/open/?language={language}").text


def test_whole_journey_leaves_one_open_envelope_and_nothing_else(somebody: Respondent, round_: Round) -> None:
    before = {name: rows(name) for name in database.get_tables()}
    begin(somebody).choose("MCAI", "HGAI")
    assert "Save and stop" not in somebody.get(somebody.path + "?language=en").text
    somebody.to_review()
    assert boxes() == (0, 0, 1)
    receipt = str(session_of(somebody)["receipt"])
    somebody.submit()
    assert somebody.path == "/thanks"
    assert receipt not in somebody.text  # it would stand in no list
    assert boxes() == (1, 0, 0)
    changed = {name for name in database.get_tables() if rows(name) != before[name]}
    assert changed == {"open_envelope"}


def rows(table: str) -> list[object]:
    return list(database.execute_sql(f'SELECT * FROM "{table}"').fetchall())


@pytest.mark.parametrize("page", ["review", "delete"])
def test_no_page_offers_to_go_on_later_or_speaks_of_a_code(somebody: Respondent, round_: Round, page: str) -> None:
    begin(somebody).choose("TXNK").to_review()
    text = somebody.get(f"/{page}?language=en").text
    assert not re.search(r"invitation code|resume code|/stop|later", text, re.IGNORECASE)
    assert somebody.get("/stop").path == "/open/"


def test_replayed_submit_is_one_sheet(somebody: Respondent, round_: Round) -> None:
    begin(somebody).choose("TXNK").to_review()
    token, revision = somebody.hidden("csrf_token"), somebody.hidden("revision")
    cookie = somebody.client.get_cookie("answer")
    assert cookie is not None
    somebody.submit()
    assert somebody.post("/submit", csrf_token=token, revision=revision).path == "/thanks"
    somebody.client.set_cookie("answer", cookie.value)  # a tab that knows nothing of the submit
    assert somebody.post("/submit", csrf_token=token, revision=revision).path == "/thanks"
    assert boxes() == (1, 0, 0)


def test_back_from_the_first_page_and_the_button_again_lead_into_the_same_sheet(
    somebody: Respondent, round_: Round
) -> None:
    begin(somebody).choose("TXNK")
    token = session_of(somebody)["token"]
    somebody.get("/answer/dealings").send("back")
    assert somebody.path == "/open/"
    assert begin(somebody).path.startswith("/answer/")
    assert session_of(somebody)["token"] == token


@pytest.mark.parametrize("channel", [True, False])
def test_without_an_open_channel_or_an_open_round_the_page_says_so(
    somebody: Respondent, round_: Round, channel: bool
) -> None:
    somebody.get("/open/")
    token = somebody.hidden("csrf_token")
    if channel:
        rounds.close_round(round_)
    else:
        Round.update(open_channel=False).execute()
    assert "Nobody can answer without an invitation now" in somebody.get("/open/?language=en").text
    assert somebody.post("/open/", csrf_token=token).path == "/open/"
    assert "token" not in session_of(somebody)


def test_a_round_that_closes_meanwhile_takes_no_page_and_no_sheet(somebody: Respondent, round_: Round) -> None:
    begin(somebody).choose("TXNK")
    rounds.close_round(round_)
    somebody.send()
    assert (somebody.path, boxes()) == ("/open/", (0, 0, 0))
    assert "token" not in session_of(somebody)


def test_a_mistyped_code_is_refused_as_everywhere(somebody: Respondent, app: Flask, round_: Round) -> None:
    begin(somebody).choose("TXNK")
    assert somebody.enter("AAAA").heading == Respondent(app.test_client()).enter("AAAA").heading
    assert Draft.select().count() == 0


def test_who_answers_with_a_code_is_not_taken_into_the_open_channel(somebody: Respondent, round_: Round) -> None:
    somebody.enter(new_code(round_)).choose("TXNK").to_review()
    resume = session_of(somebody)["resume"]
    csrf, revision = somebody.hidden("csrf_token"), somebody.hidden("revision")
    for address in ("/open/", "/open/?kiosk=1"):
        assert somebody.get(address).path == "/"
    somebody.post("/open/", csrf_token=csrf)
    assert session_of(somebody)["resume"] == resume
    somebody.post("/submit", csrf_token=csrf, revision=revision)
    assert boxes() == (0, 1, 0)


def test_a_code_typed_after_an_open_sheet_was_begun_counts_as_a_code(somebody: Respondent, round_: Round) -> None:
    begin(somebody).choose("TXNK")
    assert 'name="code"' in somebody.get("/").text
    somebody.enter(new_code(round_))
    assert Draft.select().count() == 0  # what was begun without it is gone
    somebody.choose("TXNK").to_review().submit()
    assert boxes() == (0, 1, 0)
    assert Invitation.get().used


@pytest.mark.parametrize("way", ["leave", "delete", "idle"])
def test_leaving_deletes_what_nobody_could_open_again(somebody: Respondent, round_: Round, way: str) -> None:
    begin(somebody).choose("TXNK")
    assert Draft.select().count() == 1
    if way == "idle":
        somebody.get("/go-on?language=en")
        wait(somebody, IDLE + 5)
        assert "What was answered until then is deleted." in somebody.get("/go-on").text
    else:
        somebody.get(f"/{'delete' if way == 'delete' else 'review'}").post(f"/{way}")
    assert somebody.path == ("/results" if way == "leave" else "/open/")
    assert boxes() == (0, 0, 0)
    assert "token" not in session_of(somebody)


def test_sheets_from_one_network_are_slowed_down_and_none_is_lost(
    somebody: Respondent, round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_in, "SHEETS", 0)
    begin(somebody).choose("TXNK").to_review().submit()
    assert somebody.answer is not None
    assert somebody.answer.status_code == 429
    assert boxes() == (0, 0, 1)
    monkeypatch.undo()
    assert somebody.submit().path == "/thanks"
    monkeypatch.setattr(open_door, "STARTS", 0)
    assert begin(somebody).answer.status_code == 429  # type: ignore[union-attr]


# ---------------------------------------------------------------- a device that many share


def test_a_shared_device_comes_back_by_itself_from_every_page(tablet: Respondent, round_: Round) -> None:
    home = "url=/open/?kiosk=1"
    begin(tablet)
    assert refresh(tablet) == f"{KIOSK_IDLE}; {home}"
    assert refresh(tablet.get("/privacy")) == f"{KIOSK_IDLE}; {home}"
    tablet.get("/go-on").choose("TXNK").to_review()
    assert refresh(tablet) == f"{KIOSK_IDLE}; {home}"
    tablet.submit()
    assert (tablet.path, refresh(tablet)) == ("/thanks", f"20; {home}")


def test_other_devices_stay_where_they_are(somebody: Respondent, round_: Round) -> None:
    assert refresh(begin(somebody)) == ""


@pytest.mark.parametrize("way", ["thanks", "comes back", "idle", "leave"])
def test_the_next_person_sees_nothing_of_the_last_one(tablet: Respondent, round_: Round, way: str) -> None:
    tablet.get("/open/?language=en")
    begin(tablet).choose("MCAI")
    answered = tablet.path
    if way == "thanks":
        tablet.to_review().submit()
    if way == "idle":
        wait(tablet, KIOSK_IDLE + 5)
        tablet.get(answered)
    elif way == "leave":
        tablet.get("/review").post("/leave")
    else:
        tablet.get("/open/?kiosk=1")
    assert (tablet.path, boxes()[2]) == ("/open/", 0)
    assert session_of(tablet).keys() <= {"kiosk", "language", "csrf_token", "form_token"}
    for address in (answered, "/review", "/thanks", "/go-on", "/"):
        assert tablet.get(address).path == "/open/"
        assert "MCAI" not in tablet.text
    if way != "idle":
        assert "language" not in session_of(tablet)
    begin(tablet)
    assert tablet.path == "/answer/dealings"
    assert " checked" not in tablet.text


def test_an_hours_patience_is_not_for_a_shared_device_and_five_minutes_not_for_others(
    somebody: Respondent, tablet: Respondent, round_: Round
) -> None:
    for who in (somebody, tablet):
        begin(who)
        wait(who, KIOSK_IDLE + 60)
        who.get("/answer/dealings")
    assert (somebody.path, tablet.path) == ("/answer/dealings", "/open/")


def test_a_shared_device_becomes_an_ordinary_one_again(tablet: Respondent, round_: Round) -> None:
    assert session_of(tablet)["kiosk"]
    tablet.get("/open/?kiosk=0")
    assert "kiosk" not in session_of(tablet)
    assert tablet.get("/").path == "/"
