"""The public page: tiers and nothing finer, the list of receipts, the manifest; of published rounds only."""

from __future__ import annotations

import datetime
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from survey_app.ballot.tokens import new_receipt, receipt_hash
from survey_app.models import Document, ReceiptHash, Round, StoredPlan, StoredQuestionnaire, StoredResult
from survey_app.results import method
from survey_app.results.result import Result
from survey_app.web.public import threats
from tests.respondents import Respondent
from tests.results.rounds import shipped_plan, shipped_questionnaire, two_rounds


@pytest.fixture
def published(app: Flask) -> Result:
    """A published round with its manifest, and one that is only counted."""
    questionnaire, plan = shipped_questionnaire(), shipped_plan()
    StoredQuestionnaire.create(
        hash=questionnaire.hash, identifier="cdci_2024", version="1", canonical=questionnaire.canonical()
    )
    StoredPlan.create(hash=plan.hash, identifier=plan.id, canonical=plan.canonical())
    latest, earlier = two_rounds()
    for result, state in ((latest, "published"), (earlier, "counted")):
        day = datetime.date(result.year, 6, 1)
        Round.create(
            id=result.round, year=result.year, title=result.title, organisation=result.organisation, state=state,
            questionnaire=questionnaire.hash, plan=plan.hash, opens_on=day, closes_on=day, custodians=["a"],
            synthetic=result.synthetic,
        )  # fmt: skip
        StoredResult.insert(hash=result.hash, round=result.round, canonical=result.canonical()).execute()
    path = f"documents/{latest.hash}/manifest-vi.json"
    file = app.config["SETTINGS"].instance / path
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    Document.insert(result=latest.hash, kind="manifest", unit="", language="vi", path=path, sha256="0").execute()
    return latest


@pytest.fixture
def visitor(client: FlaskClient) -> Respondent:
    return Respondent(client)


def test_tiers_are_public_and_scores_and_ranks_are_not(published: Result, visitor: Respondent) -> None:
    text = visitor.get("/results?language=vi").text
    shown = {standing.unit for group in published.index.groups for standing in group.standings}
    assert published.title["vi"] in text
    assert any(published.unit(code).names["vi"] in text for code in shown)
    words = re.sub(r"<[^>]+>", " ", text.split("<main")[1])
    assert not re.search(r"\d+[,.]\d", words)
    for found in published.index.scores:
        if found.value is not None and found.node == "cdci":
            assert f"{found.value:.1f}".replace(".", ",") not in words


def test_units_of_a_tier_stand_in_alphabetical_order(published: Result, visitor: Respondent) -> None:
    from survey_app.i18n import alphabetical

    text = visitor.get("/results?language=vi").text
    for tier in re.findall(r'<ul class="plain">(.*?)</ul>', text, re.DOTALL):
        names = re.findall(r"<li>(.*?)</li>", tier)
        assert names == sorted(names, key=alphabetical)


def test_counted_but_unpublished_round_shows_nothing(published: Result, visitor: Respondent) -> None:
    hidden = Round.get(Round.state == "counted").id
    assert hidden not in visitor.get("/results").text
    for path in (f"/results/{hidden}/receipts.txt", f"/results/{hidden}/manifest.json"):
        assert visitor.client.get(path).status_code == 404


def test_receipt_is_found_however_it_is_typed(published: Result, visitor: Respondent) -> None:
    receipt = new_receipt()
    ReceiptHash.insert(round=published.round, hash=receipt_hash(receipt)).execute()
    visitor.get("/results?language=en").post("/results", receipt=f" {receipt.lower().replace('-', ' ')} ")
    assert f"was counted in the round {published.round}" in visitor.text


def test_list_of_receipts_is_sorted_hashes_and_nothing_else(published: Result, visitor: Respondent) -> None:
    hashes = [receipt_hash(new_receipt()) for _ in range(20)]
    ReceiptHash.insert_many([{"round": published.round, "hash": hash_} for hash_ in hashes]).execute()
    answer = visitor.client.get(f"/results/{published.round}/receipts.txt")
    assert answer.text.splitlines() == sorted(hashes)


def test_manifest_can_be_downloaded(published: Result, visitor: Respondent) -> None:
    answer = visitor.client.get(f"/results/{published.round}/manifest.json")
    assert answer.status_code == 200
    assert answer.text == "{}"
    answer.close()


def test_privacy_notice_says_what_the_law_asks(visitor: Respondent) -> None:
    text = visitor.get("/privacy?language=en").text
    for words in ("Who is responsible", "Purpose", "Ground", "Data recorded by the system", "How long", "Your rights",
                  "Requests and complaints", "Ministry of Public Security"):  # fmt: skip
        assert words in text


@pytest.mark.parametrize("language", ["vi", "en", "zh-Hans"])
def test_the_protection_says_who_can_learn_what(visitor: Respondent, language: str) -> None:
    page = visitor.client.get(f"/protection?language={language}").get_data(as_text=True)
    for who, can, cannot in threats(language, 10):
        assert all(str(escape(words)) in page for words in (who, can, cannot))
    assert page.count('<th scope="row">') == 9


def test_a_single_key_holder_is_not_told_as_three(published: Result, visitor: Respondent) -> None:
    Round.update(state="open", custodians=["Lãnh đạo Cục"]).where(Round.id == published.round).execute()
    page = visitor.client.get("/protection?language=en").get_data(as_text=True)
    assert "The key holder together with the database" in page
    assert "Three key holders" not in page
    assert "One key holder, also" not in page


# ---------------------------------------------------------------- method, open data, files


def test_the_method_page_is_the_rounds_own_plan(published: Result, visitor: Respondent) -> None:
    for language, words in (("vi", "Cách tính điểm"), ("en", "How it is counted"), ("zh-Hans", "计分方法")):
        text = visitor.get(f"/results/{published.round}/method?language={language}").text
        page = method.page(shipped_plan(), shipped_questionnaire(), language)
        assert words in text
        assert shipped_plan().hash in text
        for passage in page.passages:
            assert all(str(escape(sentence)) in text for sentence in passage.sentences)
        assert all(str(escape(line.label)) in text for branch in page.branches for line in branch.lines)


@pytest.mark.parametrize(("state", "status"), [("preparing", 404), ("open", 200), ("counted", 200), ("published", 200)])
def test_the_method_can_be_read_as_soon_as_it_is_fixed(
    published: Result, visitor: Respondent, state: str, status: int
) -> None:
    Round.update(state=state).where(Round.id == published.round).execute()
    answer = visitor.client.get(f"/results/{published.round}/method?language=en")
    assert answer.status_code == status
    assert ("This round is being answered" in answer.text) == (state == "open")


def test_a_round_without_open_data_says_why_and_offers_no_file(published: Result, visitor: Respondent) -> None:
    text = visitor.get(f"/results/{published.round}/open-data?language=en").text
    assert "there is nothing to open" in text
    assert "<table" not in text
    assert visitor.client.get(f"/results/{published.round}/open_csv-vi").status_code == 404


def test_public_files_are_those_of_published_rounds_and_of_public_kinds(
    app: Flask, published: Result, visitor: Respondent
) -> None:
    for kind in ("press", "open_csv", "comparison"):
        path = f"documents/{published.hash}/{kind}-vi.bin"
        (app.config["SETTINGS"].instance / path).write_bytes(kind.encode())
        Document.insert(result=published.hash, kind=kind, unit="", language="vi", path=path, sha256="0").execute()
    for kind, status in (("press", 200), ("open_csv", 200), ("comparison", 404)):
        answer = visitor.client.get(f"/results/{published.round}/{kind}-vi")
        assert answer.status_code == status
        answer.close()
    assert f"/results/{published.round}/press-vi" in visitor.get("/results").text
    Round.update(state="wiped").where(Round.id == published.round).execute()
    assert visitor.client.get(f"/results/{published.round}/press-vi").status_code == 404


def test_the_lowest_tier_is_said_to_need_improvement(published: Result, visitor: Respondent) -> None:
    text = visitor.get("/results?language=vi").text
    assert "cần cải thiện" in text
    assert "dẫn đầu" in text
    assert "kém" not in re.sub(r"<[^>]+>", " ", text.split("<main")[1])
