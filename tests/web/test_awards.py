"""The awards' page: officer and director read it, the officer enters heads; what is entered is in the papers."""

from __future__ import annotations

import subprocess

import pytest

from survey_app.models import AuditEntry, Head, Round, RoundUnit
from survey_app.staff import accounts
from tests.results.published import publish
from tests.web.test_officer import Browser
from tests.web.test_reading import GOOD, HASH

PAGE = "/staff/awards/cdci-2024"


@pytest.fixture
def sign_in(app):
    publish(app.config["SETTINGS"])
    for unit in ("CC-MCAI", "CC-HGAI"):
        RoundUnit.insert(round="cdci-2024", unit=unit).execute()

    def signed_in(role, unit=None):
        account = accounts.add(f"{role}@example.vn", role, role, unit, by="test", language="en")
        accounts.set_password(account, HASH)
        browser = Browser(app)
        browser.post("/staff/sign-in", email=f"{role}@example.vn", password=GOOD)
        return browser

    return signed_in


def words_of(browser, address):
    with browser.client.get(address) as answer:
        assert answer.status_code == 200
        done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=answer.data, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def test_a_head_who_is_entered_is_honoured_in_the_papers_of_the_next_call(sign_in):
    officer = sign_in("officer")
    officer.get(PAGE)
    assert "no time in office is entered" in officer.page
    assert "Nguyễn Văn An" not in words_of(officer, f"{PAGE}/speech-vi.pdf")
    officer.post(f"{PAGE}/heads", form=PAGE, unit="CC-MCAI", name="Nguyễn Văn An", since="2023-01-01", until="")
    officer.get(PAGE)
    assert "Nguyễn Văn An" in officer.page
    assert "Nguyễn Văn An" in words_of(officer, f"{PAGE}/speech-vi.pdf")
    assert AuditEntry.select().where(AuditEntry.action == "head entered").count() == 1
    number = Head.get().id
    assert f"{PAGE}/heads/{number}/remove" in officer.page
    officer.post(f"{PAGE}/heads/{number}/remove", form=PAGE)
    assert Head.select().count() == 0
    assert AuditEntry.select().where(AuditEntry.action == "head removed").count() == 1


@pytest.mark.parametrize(("since", "until", "words"), [
    ("", "", "Write the first day in office"),
    ("1.1.2023", "", "Write the day as"), ("2023-02-30", "", "Write the day as"),
    ("2023-02-01", "2023-01-01", "exchange the two"),
])  # fmt: skip
def test_a_wrong_line_is_refused_and_what_was_typed_stays(sign_in, since, until, words):
    officer = sign_in("officer")
    officer.post(f"{PAGE}/heads", 400, form=PAGE, unit="CC-HGAI", name="Trần Thị Bình", since=since, until=until)
    assert words in officer.page
    assert 'value="Trần Thị Bình"' in officer.page
    assert Head.select().count() == 0


def test_a_name_that_no_paper_could_print_is_refused(sign_in):
    officer = sign_in("officer")
    officer.post(f"{PAGE}/heads", 400, form=PAGE, unit="CC-HGAI", name="陈氏平", since="2023-02-01")
    assert "cannot be printed" in officer.page
    assert Head.select().count() == 0


def test_the_director_reads_and_enters_nothing(sign_in):
    director = sign_in("director")
    director.get(PAGE)
    assert "First prize" in director.page
    assert '<form method="post" action="/staff/awards' not in director.page
    assert words_of(director, f"{PAGE}/decision-vi.pdf")
    director.get(f"{PAGE}/medal-vi.pdf", 404)


def test_others_do_not_read_it(sign_in):
    sign_in("unit_head", "CC-MCAI").get(PAGE, 403)


def test_before_publication_heads_can_be_entered_and_no_paper_is_there(sign_in):
    officer = sign_in("officer")
    Round.update(state="open").where(Round.id == "cdci-2024").execute()
    officer.get(PAGE)
    assert "Heads of units can be entered now" in officer.page
    officer.get(f"{PAGE}/speech-vi.pdf", 409)
