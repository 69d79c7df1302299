"""The unit head's and the director's pages: the own unit only, the scorecard's numbers, nothing withheld shown."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys

import pytest

from survey_app.models import AuditEntry, Round
from survey_app.results import scorecard, stored
from survey_app.staff import accounts, passwords
from tests.results.published import publish
from tests.web.test_officer import Browser

GOOD = "bốn từ chẳng liên quan"
HASH = passwords.hashed(GOOD)
SHOWN = ("CC-MCAI", "CC-BPS", "CC-VGIA-TT", "NHOM-KIEM-SOAT")
HIDDEN = ("CC-MCAI-KTGS1", "CC-HGAI-NV", "CC-MCAI-KS")


@pytest.fixture
def published(app):
    """The application with two published rounds."""
    publish(app.config["SETTINGS"])
    return app


@pytest.fixture
def sign_in(published):
    """Signs a person of a role in, in a language."""

    def signed_in(role, unit=None, language="vi"):
        email = f"{role}-{unit}-{language}@example.vn".lower()
        account = accounts.add(email, role, role, unit, by="test", language=language)
        accounts.set_password(account, HASH)
        browser = Browser(published)
        browser.post("/staff/sign-in", email=email, password=GOOD)
        browser.get(f"/staff/sign-in?language={language}", status=302)
        return browser

    return signed_in


def squeezed(text):
    return "".join(text.split())


def file_at(browser, address):
    """A file's bytes; the stream is closed as a server would."""
    with browser.get(address) as answer:
        return answer.data


def refusals():
    return [(entry.who, entry.subject) for entry in AuditEntry.select().where(AuditEntry.action == "refused")]


# ---------------------------------------------------------------- who sees what


def test_a_unit_head_comes_to_the_own_unit_and_sees_its_parts(sign_in):
    head = sign_in("unit_head", "CC-MCAI")
    assert head.get("/staff/unit/", 302).headers["Location"].endswith("/staff/unit/cdci-2024/CC-MCAI")
    head.get("/staff/unit/cdci-2024/CC-MCAI")
    own = head.page
    for part in ("CC-MCAI-TT", "CC-MCAI-KTGS1", "CC-MCAI-KS"):
        assert f"/staff/unit/cdci-2024/{part}" in own
        head.get(f"/staff/unit/cdci-2024/{part}")
    assert not refusals()


@pytest.mark.parametrize(
    "address",
    [
        "/staff/unit/cdci-2024/CC-BPS",
        "/staff/unit/cdci-2023/CC-BPS",
        "/staff/unit/cdci-2024/CC-VGIA-TT",
        "/staff/unit/cdci-2024/CC-BPS/scorecard-vi.pdf",
        "/staff/unit/cdci-2024/none",
        "/staff/director/cdci-2024",
        "/staff/director/cdci-2024/comparison-vi",
        "/staff/officer/cdci-2024/documents/scorecard/vi/CC-BPS",
    ],
)
def test_another_unit_is_refused_and_the_attempt_is_recorded(sign_in, address):
    head = sign_in("unit_head", "CC-MCAI")
    head.get(address, 403)
    assert refusals() == [("unit_head-cc-mcai-vi@example.vn", address)]


def test_a_team_head_sees_that_team_only(sign_in):
    head = sign_in("unit_head", "CC-MCAI-TT")
    head.get("/staff/unit/cdci-2024/CC-MCAI-TT")
    head.get("/staff/unit/cdci-2024/CC-MCAI", 403)
    head.get("/staff/unit/cdci-2024/CC-MCAI-KTGS1", 403)


def test_the_head_of_a_merged_team_reads_the_groups_result(sign_in):
    head = sign_in("unit_head", "CC-MCAI-KS")
    head.get("/staff/unit/cdci-2024/CC-MCAI-KS")
    head.get("/staff/unit/cdci-2024/NHOM-KIEM-SOAT")
    assert not refusals()


@pytest.mark.parametrize("role", ["director", "officer"])
def test_director_and_officer_read_every_unit(sign_in, role):
    reader = sign_in(role)
    for unit in (*SHOWN, *HIDDEN):
        reader.get(f"/staff/unit/cdci-2024/{unit}")
    reader.get("/staff/unit/cdci-2024/none", 404)
    reader.get("/staff/unit/none/CC-MCAI", 404)
    reader.get("/staff/director/none", 404)


def test_the_own_document_is_read_from_its_file(sign_in):
    head = sign_in("unit_head", "CC-MCAI")
    assert file_at(head, "/staff/unit/cdci-2024/CC-MCAI/scorecard-vi.pdf") == b"%PDF-1.7 CC-MCAI"
    head.get("/staff/unit/cdci-2024/CC-MCAI/scorecard-en.pdf", 404)


def test_a_round_that_is_not_published_has_no_page(sign_in):
    director = sign_in("director")
    Round.update(state="wiped").where(Round.id == "cdci-2024").execute()
    director.get("/staff/director/cdci-2024", 404)
    director.get("/staff/unit/cdci-2024/CC-MCAI", 404)
    assert director.get("/staff/director/", 302).headers["Location"].endswith("cdci-2023")


def test_before_the_first_publication_the_pages_say_so(sign_in):
    Round.update(state="open").execute()
    sign_in("director").get("/staff/director/")
    sign_in("unit_head", "CC-MCAI").get("/staff/unit/")


# ---------------------------------------------------------------- what they say


@pytest.mark.parametrize("language", ["vi", "en", "zh-Hans"])
def test_the_page_says_what_the_scorecard_says(sign_in, language):
    director = sign_in("director", language=language)
    reading = stored.reading_of("cdci-2024", language)
    for unit in SHOWN:
        card = scorecard.page_for(unit, reading)
        director.get(f"/staff/unit/cdci-2024/{unit}")
        text = squeezed(re.sub(r"<[^>]+>", "", director.page))
        assert card.headline.value in text
        for line in card.sub_indices:
            assert squeezed(f"{line.score}{line.interval}") in text
        assert card.head.name in director.page


@pytest.mark.parametrize("unit", HIDDEN)
def test_a_withheld_unit_has_words_and_no_number(sign_in, unit):
    director = sign_in("director")
    director.get(f"/staff/unit/cdci-2024/{unit}")
    main = director.page.split("<main")[1].split('id="how"')[0]
    assert "<svg" not in main
    assert "<table" not in main
    director.get("/staff/director/cdci-2024")
    assert f"/staff/unit/cdci-2024/{unit}" not in director.page


def test_the_comparison_shows_order_tables_and_documents(sign_in):
    director = sign_in("director")
    director.get("/staff/director/cdci-2024")
    reading = stored.reading_of("cdci-2024", "vi")
    for unit in ("CC-MCAI", "CC-BPS", "P-TXNK"):
        assert reading.name(unit) in director.page
    assert director.page.count('class="heat"') >= 2
    assert "/staff/director/cdci-2024/comparison-vi" in director.page
    assert file_at(director, "/staff/director/cdci-2024/comparison-vi").startswith(b"%PDF")
    director.get("/staff/director/cdci-2024/scorecard-vi", 404)


def test_simulated_rounds_say_so(sign_in):
    director = sign_in("director", language="en")
    for address in ("/staff/director/cdci-2024", "/staff/unit/cdci-2024/CC-MCAI"):
        director.get(address)
        assert "Simulated data" in director.page


def test_pages_keep_to_the_content_security_policy_and_are_small(sign_in):
    director = sign_in("director")
    for address in ("/staff/director/cdci-2024", "/staff/unit/cdci-2024/CC-MCAI"):
        director.get(address)
        assert " style=" not in director.page
        assert "<script" not in director.page
        assert len(gzip.compress(director.page.encode())) < 50_000


def test_serving_pages_never_loads_the_page_setter():
    code = "import sys, survey_app.web, survey_app.jobs; assert 'weasyprint' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# ---------------------------------------------------------------- how firm the order is


def test_the_director_reads_how_firm_the_order_is(sign_in):
    director = sign_in("director", language="en")
    director.get("/staff/director/cdci-2024")
    assert "/staff/director/cdci-2024/robustness" in director.page
    director.get("/staff/director/cdci-2024/robustness")
    assert "No such figures were kept when this round was counted." in director.page


@pytest.mark.parametrize("role", ["unit_head", "auditor"])
def test_others_do_not_read_it(sign_in, role):
    sign_in(role, "CC-MCAI" if role == "unit_head" else None).get("/staff/director/cdci-2024/robustness", 403)
