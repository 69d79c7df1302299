"""Director and unit head read in a real browser: every page fits, axe finds nothing, no script is needed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from survey_app.demo import longterm
from survey_app.models import RoundUnit
from survey_app.results import open_data
from survey_app.staff import accounts, passwords
from tests.results.published import publish

GOOD = "bốn từ chẳng liên quan"
HASH = passwords.hashed(GOOD)
VIEWS = tuple(
    f"/staff/director/cdci-2024/{view}"
    for view in (
        "bottlenecks", "attitude", "node/business", "node/mb", "node/cl03", "node/department", "priorities", "trend",
        "aims", "external", "response", "outside/cl11",
    )
)  # fmt: skip
DIRECTOR = ("/staff/director/cdci-2024", *VIEWS, "/staff/unit/cdci-2024/CC-MCAI", "/staff/unit/cdci-2024/CC-MCAI-KS")
PUBLIC = ("/results", "/results/cdci-2024/method", "/results/cdci-2024/open-data")
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
@pytest.mark.parametrize("role", ["director", "officer"])
def test_pages_fit_and_axe_finds_nothing(app, address, open_browser, look, width, role):
    publish(app.config["SETTINGS"])
    longterm.mark()
    longterm.enter()
    account = accounts.add("reader@example.vn", "Người đọc", role, None, by="test")
    accounts.set_password(account, HASH)
    page = open_browser(width=width)
    page.goto(f"{address}/staff/sign-in")
    page.fill("input[name=email]", "reader@example.vn")
    page.fill("input[name=password]", GOOD)
    page.keyboard.press("Enter")
    expect(page.locator(".person")).to_be_visible()
    for one in DIRECTOR if role == "director" else VIEWS[-4:]:
        page.goto(address + one)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        look(page)


@pytest.mark.parametrize("width", [360, 1280])
def test_public_pages_fit_and_axe_finds_nothing_in_any_language(app, address, open_browser, look, monkeypatch, width):
    publish(app.config["SETTINGS"])
    monkeypatch.setattr(open_data, "LEAST", 50)  # so that there is a table to look at
    page = open_browser(width=width)
    for language in ("vi", "en", "zh-Hans"):
        for one in PUBLIC:
            page.goto(f"{address}{one}?language={language}")
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            look(page)


@pytest.mark.parametrize("width", [360, 1280])
def test_a_head_is_entered_without_scripts_and_the_awards_pass_axe(app, address, open_browser, look, width):
    publish(app.config["SETTINGS"])
    RoundUnit.insert(round="cdci-2024", unit="CC-MCAI").execute()
    account = accounts.add("reader@example.vn", "Cán bộ", "officer", None, by="test")
    accounts.set_password(account, HASH)
    for scripts in (False, True):
        page = open_browser(width=width, scripts=scripts)
        page.goto(f"{address}/staff/sign-in")
        page.fill("input[name=email]", "reader@example.vn")
        page.fill("input[name=password]", GOOD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/staff/officer/**")
        page.goto(f"{address}/staff/awards/cdci-2024")
        if scripts:
            look(page)
        else:
            page.select_option("#unit", "CC-MCAI")
            page.fill("#name", "Nguyễn Văn An")
            page.fill("#since", "2023-01-01")
            page.click("main form .button")
            expect(page.locator("main")).to_contain_text("Được tôn vinh")
