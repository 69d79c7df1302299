"""The respondent's pages through Flask's client, on both databases: nothing lost, counted twice, or told."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey_app.ballot import drafts
from survey_app.ballot.tokens import new_token, read_token
from survey_app.config import Settings
from survey_app.database import database, is_sqlite
from survey_app.fieldwork import rounds
from survey_app.fieldwork.units import frozen_register
from survey_app.models import CLOSED, Draft, Envelope, Invitation, Round, RoundUnit
from tests.respondents import Respondent, answering_round, new_code


@pytest.fixture
def round_(db: Settings) -> Round:
    return answering_round()


@pytest.fixture
def code(round_: Round) -> str:
    return new_code(round_)


@pytest.fixture
def somebody(client: FlaskClient) -> Respondent:
    return Respondent(client)


def error_of(who: Respondent) -> list[str]:
    return re.findall(r'<li><a href="#([^"]+)">', who.text)


# ---------------------------------------------------------------- coming in


def test_welcome_says_who_asks_how_long_and_how_far_answers_are_protected(somebody: Respondent, round_: Round) -> None:
    text = somebody.get("/?language=en").text
    for words in (
        "Quảng Ninh Customs",
        "Lãnh đạo Cục; Bộ phận thanh tra; Hiệp hội doanh nghiệp",
        "Two things we cannot rule out",
        "only from 10 sheets on",
        "Law 91/2025/QH15",
        f"{round_.closes_on:%d/%m/%Y}",
    ):
        assert words in text
    assert re.search(r"takes about \d+", text)


def test_single_key_holder_is_said_and_two_of_three_is_not(db: Settings, somebody: Respondent) -> None:
    answering_round(single=True)
    text = somebody.get("/?language=en").text
    assert "This round has a single key holder: Lãnh đạo Cục." in text
    assert "two of these three" not in text


def test_without_an_open_round_the_start_page_says_so(somebody: Respondent) -> None:
    assert "No round is open now" in somebody.get("/?language=en").text


def test_typed_code_leads_to_the_picker_and_scanned_code_to_the_welcome(app: Flask, round_: Round) -> None:
    assert Respondent(app.test_client()).enter(new_code(round_).lower().replace("-", " ")).path == "/answer/dealings"
    assert Respondent(app.test_client()).enter(new_code(round_), by="scan").path == "/"


def test_a_get_never_takes_a_code(somebody: Respondent, code: str) -> None:
    somebody.get(f"/start?code={code}")
    assert somebody.path == "/"
    assert "token" not in session_of(somebody)


def session_of(who: Respondent) -> dict[str, object]:
    with who.client.session_transaction() as session:
        return dict(session)


RANDOM = re.compile(r"""name="csrf_token" value="[^"]+"|nonce-[^']+|nonce="[^"]+\"""")


def refused_codes(round_: Round) -> dict[str, str]:
    """A code of each kind that may not answer."""
    used, revoked, begun, closed, wiped = (new_code(round_) for _ in range(5))
    digests = {code: read_token(code).digest for code in (used, revoked, begun, closed)}  # type: ignore[union-attr]
    Invitation.update(used=True).where(Invitation.digest == digests[used]).execute()
    Invitation.update(revoked=True).where(Invitation.digest.in_([digests[revoked], digests[begun]])).execute()
    other = Round.create(**{**round_.__data__, "id": "cdci-2020", "state": CLOSED})
    Invitation.update(round=other.id).where(Invitation.digest == digests[closed]).execute()
    Invitation.delete().where(Invitation.digest == read_token(wiped).digest).execute()  # type: ignore[union-attr]
    Draft.create(id=drafts.draft_id(read_token(begun)), round=round_.id, sealed=bytes(100))  # type: ignore[arg-type]
    letter = "Z" if used[0] != "Z" else "Y"
    return {
        "empty": "",
        "no code": "x",
        "short": "AAAA-BBBB",
        "mistyped": letter + used[1:],
        "unknown": new_token().printed,
        "used": used,
        "replaced": revoked,
        "replaced with answers": begun,
        "of a closed round": closed,
        "of a wiped round": wiped,
    }


def test_every_code_that_cannot_answer_gets_the_same_page_for_the_same_work(app: Flask, round_: Round, caplog) -> None:
    """Page, headers and the statements sent to the database: a guesser learns nothing, not even by the clock."""
    seen = {}
    for kind, code in refused_codes(round_).items():
        who = Respondent(app.test_client())
        who.get("/?language=en")
        with caplog.at_level(logging.DEBUG, logger="peewee"):
            caplog.clear()
            answer = who.enter(code).answer
        assert answer is not None
        page = RANDOM.sub("", who.text)
        headers = [
            (name, value.partition("=")[0] if name == "Set-Cookie" else RANDOM.sub("", value))
            for name, value in answer.headers
        ]
        cookies = [len(value) for name, value in answer.headers if name == "Set-Cookie"]
        statements = [record.msg[0] for record in caplog.records if record.name == "peewee"]
        assert len(statements) > 1
        assert "sealed" not in " ".join(statements), "to read answers takes longer than to find none"
        seen[kind] = (answer.status_code, page, headers, cookies, statements)
    first = seen["unknown"]
    for kind, found in seen.items():
        assert found == first, kind


def test_closed_round_refuses_its_codes_like_any_other(somebody: Respondent, code: str, round_: Round) -> None:
    somebody.get("/?language=en")
    token = somebody.hidden("csrf_token")
    rounds.close_round(round_)
    somebody.post("/start", code=code, csrf_token=token)
    assert "This code cannot be used. Please check each character or contact 0203 3825 789." in somebody.text


def test_trying_code_after_code_is_slowed_down(somebody: Respondent, round_: Round) -> None:
    somebody.client.environ_base["REMOTE_ADDR"] = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.7"
    statuses = []
    for _ in range(33):
        somebody.enter("AAAA")
        assert somebody.answer is not None
        statuses.append(somebody.answer.status_code)
    assert statuses[0] == 400
    assert statuses[-1] == 429


# ---------------------------------------------------------------- from the first page to the receipt


def test_whole_journey_leaves_one_envelope_and_no_draft(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("MCAI", "HGAI")
    assert somebody.path == "/answer/teams"
    somebody.send(**{"units_dealt_with.teams@MCAI": "MCAI-D1"}).to_review()
    somebody.submit()
    assert somebody.path == "/thanks"
    assert re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", somebody.text)
    assert (Envelope.select().count(), Draft.select().count()) == (1, 0)
    assert Invitation.get().used


def test_nothing_is_ever_chosen_beforehand(somebody: Respondent, code: str) -> None:
    somebody.enter(code)
    for _ in range(12):
        assert " checked" not in somebody.text
        assert " selected" not in somebody.text
        if somebody.path == "/review":
            break
        somebody.choose("TXNK") if "dealings" in somebody.path else somebody.send()


def test_replayed_submit_and_a_second_tab_show_the_same_receipt(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("TXNK").to_review()
    token, revision = somebody.hidden("csrf_token"), somebody.hidden("revision")
    before = {name: somebody.client.get_cookie(name) for name in ("answer",)}
    receipt = receipt_in(somebody.submit().text)
    again = somebody.post("/submit", csrf_token=token, revision=revision)
    assert (again.path, receipt_in(again.text)) == ("/thanks", receipt)
    cookie = before["answer"]
    assert cookie is not None
    somebody.client.set_cookie("answer", cookie.value)  # a tab that knows nothing of the submit
    replay = somebody.post("/submit", csrf_token=token, revision=revision)
    assert (replay.path, receipt_in(replay.text)) == ("/thanks", receipt)
    assert Envelope.select().count() == 1


def receipt_in(text: str) -> str:
    found = re.search(r'translate="no">([0-9A-Z-]+)<', text)
    assert found is not None
    return found[1]


def test_used_code_gets_the_neutral_page_elsewhere(somebody: Respondent, code: str, app: Flask) -> None:
    somebody.enter(code).choose("TXNK").to_review().submit()
    other = Respondent(app.test_client()).enter(code)
    assert other.heading == Respondent(app.test_client()).enter("AAAA").heading


def test_two_devices_at_the_review_make_one_sheet(app: Flask, code: str) -> None:
    first = Respondent(app.test_client()).enter(code).choose("TXNK").to_review()
    resume = session_of(first)["resume"]
    second = Respondent(app.test_client()).enter(code, resume=printed_resume(resume)).to_review()
    first.submit()
    second.submit()
    assert second.path != "/thanks"
    assert Envelope.select().count() == 1


def printed_resume(value: object) -> str:
    from survey_app.ballot.tokens import Resume

    assert isinstance(value, bytes)
    return Resume(value).printed


# ---------------------------------------------------------------- saving, going back, stopping


def test_answers_come_back_as_they_were_given_in_every_language(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("MCAI").send().send(
        kind="private",
        ways=["web", "desk"],
        helped="yes",
        helpful="4",
        when="2024-05-06",
        fees="1.500.000",
        first=["clarity", ""],
    )
    somebody.get("/answer/profile?language=en")
    for expected in (
        'value="private" id="kind" checked',
        'value="web" id="ways" checked',
        'value="desk" checked',
        'value="1500000"',
        'value="2024-05-06"',
        'value="clarity" selected',
    ):
        assert expected in somebody.text
    somebody.get("/answer/mb.MCAI").send(**{"tg01@MCAI": "1,5"})
    assert 'value="1.5"' in somebody.get("/answer/mb.MCAI?language=en").text
    assert 'value="1,5"' in somebody.get("/answer/mb.MCAI?language=vi").text


def test_language_button_saves_the_page_and_keeps_what_cannot_be_read(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("MCAI").send()
    somebody.send(go="language:en", kind="state", fees="abc")
    assert somebody.path == "/answer/profile"
    assert 'value="abc"' in somebody.text
    assert "Please write a number in digits" in somebody.text
    assert "<title>Error: About your firm</title>" in somebody.text
    somebody.send(go="language:vi", kind="state", fees="1000")
    assert '<html lang="vi">' in somebody.text
    assert 'value="state" checked' in somebody.text
    assert 'value="1000"' in somebody.text


def test_error_summary_links_to_fields_that_are_there(somebody: Respondent, code: str) -> None:
    somebody.enter(code).send()
    assert error_of(somebody) == ["units_dealt_with"]
    somebody.choose("MCAI").send().send(ways=["web", "none"], fees="1e3", when="31/31/2024", first=["speed", "speed"])
    assert error_of(somebody) == ["ways", "when", "fees", "first"]
    for field in error_of(somebody):
        assert f'id="{field}"' in somebody.text
        assert f'id="{field}-wrong"' in somebody.text


def test_valid_answers_beside_a_wrong_one_are_saved(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("MCAI").send().send(kind="private", fees="1e3")
    assert 'value="private" id="kind" checked' in somebody.get("/answer/profile").text


def test_earlier_answer_survives_a_text_that_cannot_be_read(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("MCAI").send().send(fees="500")
    somebody.get("/answer/profile").send(fees="1e3")
    assert 'value="500"' in somebody.get("/answer/profile").text


def test_back_and_forward_lose_nothing(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("MCAI").send().send(kind="state")
    assert somebody.path == "/answer/mb.MCAI"
    somebody.send(go="back", **{"mb01@MCAI": "2"})
    assert somebody.path == "/answer/profile"
    assert 'value="state" checked' in somebody.text
    somebody.send(kind="state")
    assert 'value="2" checked' in somebody.text.replace('" id="mb01@MCAI"', '"')


def test_going_back_from_the_picker_needs_no_unit(somebody: Respondent, code: str) -> None:
    assert somebody.enter(code).send(go="back").path == "/"


def test_stopping_shows_the_resume_code_that_opens_the_answers_elsewhere(
    somebody: Respondent, code: str, app: Flask
) -> None:
    somebody.enter(code).choose("MCAI").send().send(go="stop", kind="state")
    assert somebody.path == "/stop"
    resume = receipt_in(somebody.text)
    elsewhere = Respondent(app.test_client()).enter(code)
    assert elsewhere.path == "/kept"
    elsewhere.post("/kept", resume="AAAA-AAAA-AAAAA")
    assert "resume-wrong" in elsewhere.text
    elsewhere.post("/kept", resume=resume.lower())
    assert elsewhere.path == "/answer/profile"
    assert 'value="state" checked' in elsewhere.text


def test_starting_afresh_asks_first_and_then_replaces_what_was_kept(
    somebody: Respondent, code: str, app: Flask
) -> None:
    somebody.enter(code).choose("MCAI")
    elsewhere = Respondent(app.test_client()).enter(code)
    assert Draft.select().count() == 1
    elsewhere.post("/afresh")
    assert (elsewhere.path, Draft.select().count()) == ("/answer/dealings", 0)
    elsewhere.choose("HGAI")
    somebody.get("/answer/dealings").choose("CPHA")
    assert somebody.answer is not None
    assert somebody.answer.status_code == 409
    assert "token" not in session_of(somebody)
    assert elsewhere.to_review().submit().path == "/thanks"


def test_a_code_that_waits_for_its_resume_code_waits_an_hour(somebody: Respondent, code: str, app: Flask) -> None:
    somebody.enter(code).choose("MCAI")
    elsewhere = Respondent(app.test_client()).enter(code)
    with elsewhere.client.session_transaction() as session:
        session["seen"] = int(time.time()) - 3601
    elsewhere.post("/afresh")
    assert elsewhere.path == "/ended"
    assert "waiting" not in session_of(elsewhere)
    assert Draft.select().count() == 1


def test_an_hour_without_a_page_ends_the_session_but_not_the_answers(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("TXNK").send(kind="private")
    resume = printed_resume(session_of(somebody)["resume"])
    with somebody.client.session_transaction() as session:
        session["seen"] = int(time.time()) - 3601
    assert somebody.get("/answer/profile").path == "/ended"
    assert "token" not in session_of(somebody)
    somebody.post("/start", code=code, resume=resume)
    assert 'value="private" id="kind" checked' in somebody.get("/answer/profile").text


def test_deleting_asks_first_and_leaves_nothing(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("TXNK")
    somebody.get("/delete")
    assert Draft.select().count() == 1
    somebody.post("/delete")
    assert (somebody.path, Draft.select().count()) == ("/deleted", 0)
    assert somebody.enter(code).path == "/answer/dealings"


def test_leaving_quickly_ends_the_session_on_a_neutral_page(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("TXNK").post("/leave")
    assert somebody.path == "/results"
    assert "token" not in session_of(somebody)
    assert somebody.get("/answer/profile").path == "/"


# ---------------------------------------------------------------- units


def test_removing_a_unit_asks_first_and_then_removes_its_answers(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("CPHA", "HGAI").send().send(**{"mb01@CPHA": "3", "q10@CPHA": "9"})
    somebody.get("/answer/dealings").choose("HGAI")
    assert "Chi cục Cẩm Phả" in somebody.text
    assert 'name="sure" value="yes"' in somebody.text
    assert 'value="9" checked' in somebody.get("/answer/mb.CPHA").text
    somebody.get("/answer/dealings").choose("HGAI")
    somebody.send(path="/answer/dealings", sure="yes", **{"units_dealt_with.main": "HGAI", "units_dealt_with": ""})
    somebody.get("/answer/dealings").choose("CPHA").get("/answer/mb.CPHA")
    assert " checked" not in somebody.text


def test_no_dealings_ends_the_loop_of_that_unit(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("CPHA", "HGAI").send()
    assert somebody.path == "/answer/mb.CPHA"
    somebody.send(**{"units_dealt_with.none@CPHA": "yes"})
    assert somebody.path == "/answer/mb.HGAI"
    somebody.send(**{"units_dealt_with.none@HGAI": "yes"})
    somebody.get("/review")
    assert somebody.path == "/answer/dealings"
    assert somebody.choose("HGAI").to_review().submit().path == "/thanks"


def test_no_dealings_with_the_only_unit_leads_to_the_picker_at_once(somebody: Respondent, code: str) -> None:
    somebody.get("/?language=en").enter(code).choose("CPHA").send()
    assert somebody.path == "/answer/mb.CPHA"
    somebody.post(somebody.path, data={"revision": somebody.hidden("revision"), "units_dealt_with.none@CPHA": "yes"})
    assert somebody.path == "/answer/dealings"
    assert "No unit is left to rate. Please choose one that you did deal with." in somebody.text
    assert somebody.get("/go-on").path == "/answer/dealings"


def test_one_unit_chosen_twice_is_said_beside_the_second_list(somebody: Respondent, code: str) -> None:
    somebody.get("/?language=en").enter(code).choose("CPHA", "CPHA")
    assert error_of(somebody) == ["units_dealt_with.others"]
    first, second = somebody.text.split('<fieldset class="card picker')[1:]
    assert "already chosen above" in second
    assert "already chosen above" not in first
    assert 'id="units_dealt_with.others"' in second
    assert 'name="units_dealt_with.main" value="CPHA" checked' in " ".join(first.split())
    assert somebody.choose("CPHA", "HGAI").path == "/answer/profile"


def test_another_unit_without_a_main_one_is_not_made_the_main_one(somebody: Respondent, code: str) -> None:
    somebody.get("/?language=en").enter(code).send(units_dealt_with="HGAI")
    assert error_of(somebody) == ["units_dealt_with"]
    assert "Please choose first the unit that you dealt with most." in somebody.text
    first, second = somebody.text.split('<fieldset class="card picker')[1:]
    assert " checked" not in first
    assert re.search(r'value="HGAI"\s+checked', second)


def test_no_team_in_particular_goes_on_for_one_unit_and_for_two(somebody: Respondent, round_: Round) -> None:
    frozen = RoundUnit.get(RoundUnit.unit == "MCAI-D1").frozen
    own = frozen | {"code": "HGAI-D1", "parent": "HGAI"}
    RoundUnit.insert(round=round_.id, unit="HGAI-D1", frozen=own).execute()
    frozen_register.cache_clear()
    none = {"units_dealt_with.teams@MCAI": "", "units_dealt_with.teams@HGAI": ""}
    try:
        for units, teams in ((("MCAI",), 1), (("MCAI", "HGAI"), 2)):
            somebody.get("/?language=en").enter(new_code(round_)).choose(*units)
            assert (somebody.path, somebody.text.count("No team in particular")) == ("/answer/teams", teams)
            somebody.send(**dict(list(none.items())[:teams]))
            assert (somebody.path, error_of(somebody)) == ("/answer/profile", [])
            assert somebody.to_review().submit().path == "/thanks"
            somebody.post("/leave")
    finally:
        frozen_register.cache_clear()


def test_keeping_a_unit_after_all_leads_back_to_where_one_was(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("CPHA").send().send(**{"mb01@CPHA": "3"})
    here = somebody.path
    somebody.send(go="units")
    assert somebody.path == "/answer/dealings"
    somebody.choose("HGAI")
    keep = re.search(r'<a class="button-second" href="([^"]+)"', somebody.text)
    assert keep is not None
    assert somebody.get(keep[1]).path == here
    assert 'value="3" checked' in somebody.get("/answer/mb.CPHA").text


def test_second_unit_gets_core_questions_only(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("CPHA", "HGAI")
    assert "q10@CPHA" in somebody.get("/answer/mb.CPHA").text
    second = somebody.get("/answer/mb.HGAI").text
    assert "mb01@HGAI" in second
    assert "q10@HGAI" not in second


def test_names_of_units_cannot_smuggle_markup_into_a_page(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("BPS").get("/answer/mb.BPS?language=vi")
    assert "Bắc Phong Sinh &lt;b&gt;" in somebody.text
    assert "Sinh <b>" not in somebody.text


def test_unknown_pages_lead_back_to_the_path(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("CPHA")
    assert somebody.get("/answer/mb.NOBODY").path == "/answer/dealings"


# ---------------------------------------------------------------- two windows


def test_other_pages_saved_in_another_window_are_both_kept(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("TXNK")
    old = somebody.hidden("revision")
    somebody.send(kind="private")
    somebody.get("/answer/mb.TXNK").send(revision=old, **{"mb01@TXNK": "5"})
    assert 'value="private" id="kind" checked' in somebody.get("/answer/profile").text
    assert 'value="5" checked' in somebody.get("/answer/mb.TXNK").text


def test_different_answers_in_two_windows_are_both_shown_and_the_respondent_chooses(
    somebody: Respondent, code: str
) -> None:
    somebody.enter(code).choose("TXNK")
    old = somebody.hidden("revision")
    somebody.send(kind="private", helped="no")
    somebody.get("/answer/profile?language=vi").send(revision=old, kind="state", fees="7")
    assert somebody.answer is not None
    assert somebody.answer.status_code == 409
    assert "<td>Tư nhân</td><td>Nhà nước</td>" in somebody.text
    somebody.send(path="/answer/profile", over="yes", kind="state", fees="7")
    text = somebody.get("/answer/profile").text
    assert 'value="state" checked' in text
    assert 'value="no" checked' in text  # answered in the other window only: kept
    assert 'value="7"' in text


def test_answers_changed_in_another_window_are_shown_before_they_are_submitted(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("TXNK").to_review()
    token, old = somebody.hidden("csrf_token"), somebody.hidden("revision")
    somebody.get("/answer/profile").send(kind="private")
    somebody.post("/submit", csrf_token=token, revision=old)
    assert somebody.answer is not None
    assert somebody.answer.status_code == 409
    assert Envelope.select().count() == 0


# ---------------------------------------------------------------- the review


def test_review_shows_every_answer_in_words_and_counts_the_gaps(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("CPHA").send(
        kind="private", ways=["web", "desk"], helped="no", when="2024-05-06", fees="1500", first=["clarity", "speed"]
    )
    somebody.send(**{"mb01@CPHA": "5", "tg01@CPHA": "1.5", "q10@CPHA": "dont_know"})
    somebody.send(**{"grid_know@CPHA": "2", "o1@CPHA": "Nhanh <hơn>\nnữa"})
    text = somebody.to_review().get("/review?language=vi").text
    for words in (
        "Trang điện tử; Tại quầy",
        "06/05/2024",
        "1500 đồng",
        "1. Rõ hơn; 2. Nhanh hơn",
        "Hoàn toàn đồng ý",
        "1,5 giờ",
        "Không biết",
        "Nhanh &lt;hơn&gt;",
    ):
        assert words in text
    assert "Hỗ trợ hữu ích" not in text  # hangs on an answer that was not given
    assert text.count('class="blank"') == 2  # one row of the matrix, the last comment


def test_a_sheet_without_any_answer_about_a_unit_is_not_offered_and_not_taken(somebody: Respondent, code: str) -> None:
    somebody.get("/?language=en").enter(code).choose("CPHA").send(kind="private")
    for _ in range(10):
        if somebody.path != "/review":
            somebody.send()
    for words in ("there is nothing to submit", "Go back and answer", "Stop and go on later"):
        assert words in somebody.text
    assert "Submit the sheet" not in somebody.text
    somebody.submit()
    assert somebody.answer is not None
    assert (somebody.answer.status_code, Envelope.select().count()) == (400, 0)
    assert "there is nothing to submit" in somebody.text
    somebody.get("/answer/mb.CPHA").send(**{"mb01@CPHA": "dont_know"})
    assert somebody.to_review().submit().path == "/thanks"


def test_too_long_comment_is_refused_with_both_lengths_and_kept(somebody: Respondent, code: str) -> None:
    somebody.enter(code).choose("CPHA").get("/answer/cl.CPHA").send(**{"o1@CPHA": "ă" * 61})
    assert error_of(somebody) == ["o1@CPHA"]
    assert "61" in somebody.text
    assert "ă" * 61 in somebody.text


# ---------------------------------------------------------------- when nothing can be written


@pytest.fixture
def stuck_disk(round_: Round) -> Iterator[Callable[[], None]]:
    """Makes every later write of this connection fail, as a full disk does."""
    yes, no = ("PRAGMA query_only = 1", "PRAGMA query_only = 0")
    if not is_sqlite():
        yes, no = ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    yield lambda: database.execute_sql(yes)
    database.execute_sql(no)


def test_answers_stay_in_the_form_when_they_cannot_be_saved(
    somebody: Respondent, code: str, stuck_disk: Callable[[], None]
) -> None:
    somebody.enter(code).choose("TXNK")
    stuck_disk()
    somebody.send(kind="state", fees="77")
    assert somebody.answer is not None
    assert somebody.answer.status_code == 503
    assert 'value="state" checked' in somebody.text
    assert 'value="77"' in somebody.text
    assert 'class="saved"' not in somebody.text


def test_nobody_is_thanked_for_a_sheet_that_could_not_be_written(
    somebody: Respondent, code: str, stuck_disk: Callable[[], None]
) -> None:
    somebody.enter(code).choose("TXNK").to_review()
    stuck_disk()
    somebody.submit()
    assert somebody.answer is not None
    assert (somebody.path, somebody.answer.status_code) == ("/submit", 503)
    database.execute_sql("PRAGMA query_only = 0" if is_sqlite() else "SET default_transaction_read_only = off")
    assert somebody.submit().path == "/thanks"
    assert Envelope.select().count() == 1


# ---------------------------------------------------------------- nothing is told


def test_no_page_and_no_header_holds_the_code(somebody: Respondent, code: str) -> None:
    bare = code.replace("-", "")
    somebody.enter(code)
    for _ in range(12):
        assert somebody.answer is not None
        seen = somebody.text + str(somebody.answer.headers)
        assert code not in seen
        assert bare not in seen
        if somebody.path == "/review":
            break
        somebody.choose("TXNK") if "dealings" in somebody.path else somebody.send()


def test_respondent_pages_are_not_kept_by_anybody(somebody: Respondent, code: str) -> None:
    somebody.enter(code)
    assert somebody.answer is not None
    assert somebody.answer.headers["Cache-Control"] == "no-store"
    assert somebody.answer.headers["Referrer-Policy"] == "no-referrer"


def test_post_without_its_token_is_refused(somebody: Respondent, code: str) -> None:
    somebody.enter(code)
    somebody.post("/answer/dealings", csrf_token="forged", data={"units_dealt_with.main": "TXNK"})
    assert somebody.answer is not None
    assert somebody.answer.status_code == 400
    assert Draft.select().count() == 0


def test_page_times_stay_in_the_draft_and_become_a_class(somebody: Respondent, code: str) -> None:
    somebody.enter(code)
    with somebody.client.session_transaction() as session:
        session["seen"] = int(time.time()) - 40
    somebody.choose("TXNK")
    token, resume = read_token(code), session_of(somebody)["resume"]
    from survey_app.ballot.tokens import Resume

    assert token is not None
    assert isinstance(resume, bytes)
    draft = drafts.open_draft(token, Resume(resume))
    assert draft is not None
    assert 40 <= draft.seconds["dealings"] <= 45


# ---------------------------------------------------------------- the public pages


def test_public_page_and_privacy_notice_stand_without_any_round(somebody: Respondent) -> None:
    assert "No round has been published yet" in somebody.get("/results?language=en").text
    assert "0203 3825 789" in somebody.get("/privacy").text


def test_unknown_receipt_is_not_found_and_stands_in_no_address(somebody: Respondent) -> None:
    somebody.get("/results?language=en").post("/results", receipt="AAAA-BBBB-CCCC-DDDD")
    assert "is not in any list yet" in somebody.text
    assert somebody.path == "/results"
