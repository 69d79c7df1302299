"""Businesses that answer with a real browser: by phone, by keyboard, without scripts, on two devices, behind TLS."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from survey_app import create_app
from survey_app.config import Settings
from survey_app.models import Draft, Envelope, Round
from tests.respondents import CDCI, answering_round, new_code

pytestmark = pytest.mark.journey
Look = Callable[[Page], None]
Open = Callable[..., Page]


@pytest.fixture
def round_(db: Settings) -> Round:
    return answering_round()


def enter(page: Page, address: str, code: str) -> None:
    """Type a code."""
    page.goto(address)
    page.fill("#code", code)
    page.click(".entry button")


def go_on(page: Page) -> None:
    """Press the page's first button."""
    page.locator("#sheet .sheet-actions .button").click()
    page.wait_for_load_state()


def choose(page: Page, main: str, second: str = "") -> None:
    """Pick the units by their codes."""
    page.locator(f"input[name='units_dealt_with.main'][value='{main}']").check()
    if second:
        page.locator(f"input[name='units_dealt_with'][value='{second}']").check()
    go_on(page)


def fill(page: Page) -> None:
    """Answer every question of the page that can be seen."""
    for card in page.locator("#sheet fieldset.card").all():
        if card.is_visible() and not card.locator("select").count():
            card.locator("label.choice:visible").nth(1).click()
    for row in page.locator(".matrix-row").all():
        row.locator("label.choice").nth(3).click()
    for box in page.locator("textarea").all():
        box.fill("Hướng dẫn rõ ràng.")
    for box in page.locator("input[inputmode]").all():
        box.fill("1")


def to_review(page: Page, at_each: Callable[[Page], None] = lambda page: None) -> None:
    """Answer page after page up to the review."""
    for _ in range(40):
        at_each(page)
        if page.url.endswith("/review"):
            return
        fill(page)
        go_on(page)
    raise AssertionError(f"no review; stuck at {page.url}")


def submit(page: Page) -> str:
    """Submit; the receipt."""
    page.locator(".sheet-actions .button").click()
    expect(page).to_have_url(re.compile("/thanks$"))
    return page.locator(".receipt").inner_text()


def test_from_typed_code_to_thank_you_on_a_phone(db: Settings, address: str, open_browser: Open, look: Look) -> None:
    round_ = answering_round(CDCI)
    page = open_browser(360)
    enter(page, address, new_code(round_))
    choose(page, "MCAI", "HGAI")
    seen: list[str] = []

    def at_each(page: Page) -> None:
        seen.append(page.url.rsplit("/", 1)[1])
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{page.url}: {width} pixels stick out"

    to_review(page, at_each)
    assert {"teams", "mb.MCAI", "team.MCAI-D2", "pc.HGAI", "closing"} <= set(seen)
    look(page)
    receipt = submit(page)
    assert len(receipt.replace("-", "")) == 16
    page.reload()
    assert page.locator(".receipt").inner_text() == receipt
    assert (Envelope.select().count(), Draft.select().count()) == (1, 0)


def test_scanned_code_leaves_the_address_bar_before_anything_is_sent(
    round_: Round, address: str, open_browser: Open
) -> None:
    code = new_code(round_)
    page = open_browser()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/#{code}")
    page.locator("a.button").click()
    expect(page).to_have_url(f"{address}/answer/dealings")
    page.go_back()
    assert code not in page.url
    assert not any(code in url for url in asked)


def test_without_scripts_everything_can_be_answered(round_: Round, address: str, open_browser: Open) -> None:
    page = open_browser(360, scripts=False)
    enter(page, address, new_code(round_))
    choose(page, "MCAI", "CPHA")
    go_on(page)
    expect(page.locator("text=Hỗ trợ hữu ích")).to_be_visible()  # nothing is hidden that only a script could show
    to_review(page)
    submit(page)
    assert Envelope.select().count() == 1


def test_keyboard_alone_is_enough(round_: Round, address: str, open_browser: Open) -> None:
    page = open_browser(1280)
    page.goto(address)
    tab_to(page, "#code")
    page.keyboard.type(new_code(round_))
    page.keyboard.press("Enter")
    page.wait_for_url("**/answer/dealings")
    while not page.url.endswith("/review"):
        if page.locator("#sheet fieldset.card input[type=radio]").count():
            tab_to(page, "#sheet fieldset.card input[type=radio]")
            page.keyboard.press("Space")
        before = page.url
        tab_to(page, "#sheet .sheet-actions .button")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url, before=before: url != before)  # type: ignore[misc]
    tab_to(page, ".sheet-actions .button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/thanks")
    assert Envelope.select().count() == 1


# A field for dates has parts of its own; its frame stays visible while they have the focus.
FOCUS = """() => [document.activeElement.outerHTML.slice(0, 80),
                   document.activeElement.matches('body, :focus-visible, [type=date]')]"""


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on something that fits; the focus must be visible all the way."""
    for _ in range(80):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
        element, shown = page.evaluate(FOCUS)
        assert shown, element
    raise AssertionError(f"{page.url}: Tab never reaches {selector}")


def test_enter_in_a_field_goes_on_and_does_not_change_the_language(
    round_: Round, address: str, open_browser: Open
) -> None:
    page = open_browser()
    enter(page, address, new_code(round_))
    choose(page, "TXNK")
    page.fill("#fees", "1500")
    page.keyboard.press("Enter")
    page.wait_for_url("**/answer/mb.TXNK")
    assert page.locator("html").get_attribute("lang") == "vi"


def test_resuming_on_a_second_browser_goes_on_at_the_same_page(round_: Round, address: str, open_browser: Open) -> None:
    code = new_code(round_)
    first = open_browser()
    enter(first, address, code)
    choose(first, "TXNK")
    first.locator("input[name=kind][value=state]").check()
    first.locator("button[value=stop]").click()
    resume = first.locator(".figure").inner_text()
    second = open_browser(1280, "en-GB")
    enter(second, address, code)
    second.fill("#resume", resume.lower())
    second.keyboard.press("Enter")
    second.wait_for_url("**/answer/profile")
    assert second.locator("input[value=state]").is_checked()
    to_review(second)
    submit(second)
    first.goto(f"{address}/go-on")
    go_on(first)
    assert Envelope.select().count() == 1


def test_behind_tls_every_post_works_without_a_referrer(
    round_: Round,
    https_settings: Settings,
    certificate: tuple[object, object],
    serve: Callable[..., str],
    open_browser: Open,
) -> None:
    address = serve(create_app(https_settings), certificate)
    page = open_browser()
    referrers: list[str | None] = []
    page.on("request", lambda request: referrers.append(request.headers.get("referer")))
    enter(page, address, new_code(round_))
    choose(page, "HGAI", "CPHA")
    to_review(page)
    submit(page)
    assert not any(referrers)
    names = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert names["__Host-answer"]["secure"]
    assert names["__Host-answer"]["httpOnly"]
    assert Envelope.select().count() == 1


def test_units_are_found_without_diacritics(round_: Round, address: str, open_browser: Open) -> None:
    page = open_browser()
    enter(page, address, new_code(round_))
    page.locator(".find input").first.fill("Dong")
    rows = page.locator(".picker").first.locator(".choice:visible")
    assert [row.inner_text() for row in rows.all()] == ["Phòng Thuế xuất nhập khẩu Đông Bắc"]


def test_question_that_hangs_on_another_appears_with_it(round_: Round, address: str, open_browser: Open) -> None:
    page = open_browser()
    enter(page, address, new_code(round_))
    choose(page, "TXNK")
    card = page.locator("text=Hỗ trợ hữu ích")
    assert not card.is_visible()
    page.locator("input[name=helped][value=yes]").check()
    assert card.is_visible()


def test_comment_counts_the_characters_that_are_left(round_: Round, address: str, open_browser: Open) -> None:
    page = open_browser()
    enter(page, address, new_code(round_))
    choose(page, "TXNK")
    page.goto(f"{address}/answer/cl.TXNK")
    page.locator("textarea").fill("ế" * 61)
    assert "1" in page.locator(".counter-over").inner_text()


def test_leaving_quickly_shows_nothing_of_the_survey_even_on_going_back(
    round_: Round, address: str, open_browser: Open
) -> None:
    page = open_browser()
    enter(page, address, new_code(round_))
    choose(page, "TXNK")
    page.locator(".leave-button").click()
    page.wait_for_url(f"{address}/results")
    page.go_back()
    page.wait_for_load_state()
    assert page.locator("#sheet").count() == 0


@pytest.mark.parametrize(("width", "language"), [(360, "vi-VN"), (1280, "en-GB"), (320, "zh-CN")])
def test_axe_finds_nothing_on_any_page(
    round_: Round, address: str, open_browser: Open, look: Look, width: int, language: str
) -> None:
    code = new_code(round_)
    page = open_browser(width, language)
    for path in ("/", "/privacy", "/protection", "/results", "/ended", "/deleted"):
        page.goto(address + path)
        look(page)
    enter(page, address, "AAAA-BBBB")
    look(page)  # the refusal
    page.goto(f"{address}/#{code}")
    page.locator("a.button").wait_for()
    look(page)  # the code is accepted
    page.locator("a.button").click()
    go_on(page)
    look(page)  # nothing chosen: the error summary
    choose(page, "MCAI", "HGAI")
    to_review(page, look)
    for path in ("/stop", "/delete"):
        page.goto(address + path)
        look(page)
    page.goto(f"{address}/answer/profile")
    page.fill("#fees", "1e3")
    go_on(page)
    look(page)  # a number that cannot be read
    other = open_browser(width, language)
    enter(other, address, code)
    look(other)  # answers are kept under this code
    page.goto(f"{address}/answer/dealings")
    choose(page, "CPHA", "HGAI")
    look(page)  # answers of a removed unit
    page.goto(f"{address}/review")
    submit(page)
    look(page)


def test_every_page_is_light(db: Settings, address: str, open_browser: Open) -> None:
    round_ = answering_round(CDCI)
    page = open_browser()
    weights: dict[str, int] = {}

    def weigh(response: object) -> None:
        if "/fonts/" not in response.url and response.status == 200:  # type: ignore[attr-defined]
            weights[response.url] = len(gzip.compress(response.body()))  # type: ignore[attr-defined]

    page.on("response", weigh)
    enter(page, address, new_code(round_))
    choose(page, "MCAI")
    for key in ("mb", "cl", "pc"):
        page.goto(f"{address}/answer/{key}.MCAI", wait_until="networkidle")
    assert len(weights) >= 8
    assert 10_000 < sum(weights.values()) < 50_000  # all of them together, with styles and scripts
