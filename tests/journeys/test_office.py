"""The officer runs a round in a real browser; every page is looked at by axe, narrow and wide."""

from __future__ import annotations

import contextlib
import datetime

import pytest
from playwright.sync_api import Error as PlaywrightError

from survey_app.fieldwork import invitations, rounds
from survey_app.models import Comment, Round
from survey_app.staff import accounts, passwords
from survey_app.staff.roles import CUSTODIAN, ROLES
from tests.office import tiny_round

pytestmark = pytest.mark.journey
HOLDERS = ("chief", "inspector", "association")
GOOD = "bốn từ chẳng liên quan"


@pytest.fixture
def staff(app):
    """An account a role, three of key holders."""
    created = tiny_round(app.config["SETTINGS"])
    list(invitations.issue(created, invitations.uninvited(created)[:150]))  # all but ten letters are printed already
    for role in ROLES:
        for name in [role] if role != CUSTODIAN else HOLDERS:
            unit = "A" if role == "unit_head" else None
            account = accounts.add(f"{name}@example.vn", name, role, unit, by="test", language="en")
            accounts.set_password(account, passwords.hashed(GOOD))
    return created


def sign_in(page, address, name):
    page.goto(f"{address}/staff/")
    page.fill("#email", f"{name}@example.vn")
    page.fill("#password", GOOD)
    page.click("main button")


def go_back(page):
    """The Back button; a page that the browser may not keep is not shown again but reported as missing."""
    with contextlib.suppress(PlaywrightError):
        page.go_back()
    page.wait_for_timeout(1000)  # the browser sets its own page of an error, of which no event tells


def taken_by_their_holders(page, address, open_browser, look, width):
    """The ceremony of a real round: the officer makes the key, three people take their sheets on their own screens."""
    look(page)
    for number, name in enumerate(HOLDERS, 1):
        page.select_option(f"#holder_{number}", label=f"{name} ({name}@example.vn)")
    page.click("main form button")
    look(page)
    shares = []
    for name in HOLDERS:
        own = open_browser(width=width)
        sign_in(own, address, name)
        look(own)
        own.click("main form button")
        look(own)
        (text,) = own.locator(".key-groups:visible").all_inner_texts()
        shares.append("-".join(text.split()))
        own.click("text=It is printed")
        look(own)
        go_back(own)
        assert shares[-1][:5] not in own.content(), "the Back button shows the sheet again"
    page.reload()
    assert "No sheet waits any more" in page.inner_text("main")
    return shares


def shown_one_by_one(page, look):
    """The three codes, as three key holders see them one after the other."""
    look(page)
    assert page.locator(".key-groups:visible").count() == 0
    page.click("main a >> text=Begin the ceremony")
    shares = []
    for _ in range(3):
        look(page)
        page.click("main a:visible >> text=Show my sheet")
        look(page)
        (text,) = page.locator(".key-groups:visible").all_inner_texts()
        shares.append("-".join(text.split()))
        page.click("main a:visible >> text=Hide it and go on")
    look(page)
    return shares


@pytest.mark.parametrize("width", [360, 1280])
def test_the_officer_brings_a_round_from_the_key_to_the_count(staff, address, open_browser, look, width):
    page = open_browser(width=width)
    page.goto(f"{address}/staff/officer/")
    look(page)
    sign_in(page, address, "officer")
    look(page)
    page.click("main .rounds a")
    look(page)
    page.click("main a >> text=Hold the key ceremony")
    look(page)
    shares = taken_by_their_holders(page, address, open_browser, look, width)
    page.click("main a >> text=Test the key sheets")
    page.fill("#share_1", shares[0])
    page.fill("#share_2", shares[0])
    page.click("main form button")
    look(page)
    page.fill("#share_1", shares[0])
    page.fill("#share_2", shares[2])
    page.click("main form button")
    page.click("main a >> text=Print letters")
    look(page)
    with page.expect_download(timeout=60_000):
        page.click("main form button", no_wait_after=True)
    page.reload()
    assert "0 do not yet" in page.inner_text("main")
    page.click(".over a")
    page.click("main a >> text=Open the round")
    look(page)
    page.click("main form button")
    look(page)
    page.click("main a >> text=Close the round")
    look(page)
    page.check("input[name=early]")
    page.click("main form button")
    page.click("main a >> text=Open the box and count")
    look(page)
    page.fill("#share_1", shares[1])
    page.fill("#share_2", shares[2])
    page.click("main form button")
    page.wait_for_selector("text=Done.", timeout=60_000)
    look(page)
    page.click("main a >> text=On to the next step")
    page.click("main a >> text=Wipe the box")
    look(page)
    for part in ("figures", "documents"):
        page.goto(f"{address}/staff/officer/{staff.id}/{part}")
        look(page)
    assert rounds.round_by_id(staff.id).state == "counted"


def test_a_rehearsal_shows_its_sheets_one_by_one_and_not_again(staff, address, open_browser, look):
    Round.update(rehearsal=True).where(Round.id == staff.id).execute()
    page = open_browser(width=360)
    sign_in(page, address, "officer")
    page.goto(f"{address}/staff/officer/{staff.id}/keys")
    page.click("main form button")
    shares = shown_one_by_one(page, look)
    assert len(set(shares)) == 3
    page.click("main a >> text=Test the key sheets")
    go_back(page)
    assert not [share for share in shares if share[:5] in page.content()]


def test_both_readers_of_comments_get_by_without_scripts_in_every_language(staff, address, open_browser, look):
    Round.update(state="wiped", rehearsal=True, counted_on=datetime.date(2026, 1, 1)).where(
        Round.id == staff.id
    ).execute()
    Comment.create(id=b"1" * 16, round=staff.id, unit="A", question="q1", text="Ông Nam làm chậm")
    for name in ("officer", "director"):
        page = open_browser(width=360)
        sign_in(page, address, name)
        for language in ("en", "zh-Hans", "vi"):
            page.goto(f"{address}/staff/comments/{staff.id}?language={language}")
            assert page.get_attribute("html", "lang") == language
            look(page)
        page = open_browser(width=360, scripts=False)
        sign_in(page, address, name)
        page.goto(f"{address}/staff/comments/{staff.id}")
        if name == "officer":
            page.fill("textarea", "Cán bộ làm chậm")
            page.select_option("select", "other")
        page.focus("section form button")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Không có ý kiến nào chờ")
    assert [(row.released, row.text) for row in Comment.select()] == [("Cán bộ làm chậm", "")]


def test_the_auditors_and_the_account_pages_pass_axe(staff, address, open_browser, look):
    page = open_browser()
    sign_in(page, address, "auditor")
    look(page)
    page.goto(f"{address}/staff/password")
    look(page)
    page.goto(f"{address}/staff/officer/")
    assert "recorded" in page.inner_text("main")
    look(page)
    account = accounts.add("new@example.vn", "New", "auditor", by="test")
    page.click("text=Sign out")
    page.goto(f"{address}/staff/link/{accounts.link_for(account, by='test')}")
    look(page)


def test_signing_in_works_with_the_keyboard_alone(staff, address, open_browser):
    page = open_browser()
    page.goto(f"{address}/staff/sign-in")
    page.focus("#email")
    page.keyboard.type("officer@example.vn")
    page.keyboard.press("Tab")
    page.keyboard.type(GOOD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".rounds")
