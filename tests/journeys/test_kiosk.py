"""A tablet in the office, in a real browser: one person after the other, and none sees the one before."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from survey_app.config import Settings
from survey_app.models import Draft, Envelope, OpenEnvelope, Round
from survey_app.web import visit
from tests.journeys.test_respondent import Look, Open, choose, to_review
from tests.respondents import answering_round

pytestmark = pytest.mark.journey
WELCOME = re.compile("/open/$")


@pytest.fixture
def tablet(db: Settings, address: str, open_browser: Open) -> Page:
    """Without scripts: it must come back by itself all the same."""
    answering_round()
    Round.update(open_channel=True).execute()
    page = open_browser(1280, scripts=False)
    page.goto(f"{address}/open/?kiosk=1")
    return page


def begin(page: Page) -> None:
    page.locator(".welcome-code button").click()
    expect(page).to_have_url(re.compile("/answer/dealings$"))


@pytest.mark.parametrize("width", [360, 1280])
def test_the_open_channels_pages_can_be_read_by_everybody(
    db: Settings, address: str, open_browser: Open, look: Look, width: int
) -> None:
    answering_round()
    Round.update(open_channel=True).execute()
    page = open_browser(width)
    for start in ("/open/", "/open/?kiosk=1"):
        page.goto(address + start)
        look(page)
        begin(page)
        choose(page, "TXNK")
        page.goto(f"{address}/open/")
        look(page)
        page.goto(f"{address}/go-on")
        to_review(page)
        look(page)
        page.locator(".sheet-actions .button").click()
        expect(page).to_have_url(re.compile("/thanks$"))
        look(page)


def test_one_person_after_the_other_at_a_tablet(tablet: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(tablet)
    choose(tablet, "MCAI")
    to_review(tablet)
    monkeypatch.setattr(visit, "THANKED", 3)
    tablet.locator(".sheet-actions .button").click()
    expect(tablet).to_have_url(re.compile("/thanks$"))
    expect(tablet).to_have_url(WELCOME)  # by itself
    assert (OpenEnvelope.select().count(), Envelope.select().count(), Draft.select().count()) == (1, 0, 0)
    tablet.go_back()
    expect(tablet).to_have_url(WELCOME)
    begin(tablet)
    assert tablet.locator("input:checked").count() == 0


def test_who_walks_away_leaves_nothing_on_the_screen(tablet: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(tablet)
    monkeypatch.setattr(visit, "KIOSK_IDLE", 2)
    choose(tablet, "MCAI")
    expect(tablet).to_have_url(WELCOME)  # by itself
    assert Draft.select().count() == 0
    tablet.go_back()
    expect(tablet).to_have_url(WELCOME)
