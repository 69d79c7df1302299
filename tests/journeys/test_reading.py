"""Director and unit head read in a real browser: every page fits, axe finds nothing, no script is needed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from survey_app.staff import accounts, passwords
from tests.results.published import publish

GOOD = "bốn từ chẳng liên quan"
HASH = passwords.hashed(GOOD)
DIRECTOR = ("/staff/director/cdci-2024", "/staff/unit/cdci-2024/CC-MCAI", "/staff/unit/cdci-2024/CC-MCAI-KS")
HEAD = ("/staff/unit/cdci-2024/CC-BPS",)

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("role", "unit", "addresses"), [("director", None, DIRECTOR), ("unit_head", "CC-BPS", HEAD)])
def test_reading(app, address, open_browser, look, width, role, unit, addresses):
    publish(app.config["SETTINGS"])
    account = accounts.add("reader@example.vn", "Người đọc", role, unit, by="test")
    accounts.set_password(account, HASH)
    page = open_browser(width=width, scripts=False)
    page.goto(f"{address}/staff/sign-in")
    page.fill("input[name=email]", "reader@example.vn")
    page.fill("input[name=password]", GOOD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}{addresses[0]}")
    for one in addresses:
        page.goto(address + one)
        expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_fit_and_axe_finds_nothing(app, address, open_browser, look, width):
    publish(app.config["SETTINGS"])
    account = accounts.add("reader@example.vn", "Người đọc", "director", None, by="test")
    accounts.set_password(account, HASH)
    page = open_browser(width=width)
    page.goto(f"{address}/staff/sign-in")
    page.fill("input[name=email]", "reader@example.vn")
    page.fill("input[name=password]", GOOD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}{DIRECTOR[0]}")
    for one in DIRECTOR:
        page.goto(address + one)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        look(page)
