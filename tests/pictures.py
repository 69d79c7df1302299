"""`make pictures`: the pictures of README, taken from a fresh example Cục in a real browser and from its PDFs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from survey_app.config import read_settings
from tests.bench import free_port, server

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PHONE = {"width": 360, "height": 780}
DESK = {"width": 1280, "height": 900}
CHROMIUM = "/usr/bin/chromium"
STAFF = {  # account: name of the picture and its page
    "director@example.vn": ("director", "/staff/director/cdci-2024"),
    "officer@example.vn": ("officer", "/staff/officer/cdci-2025"),
    "mongcai@example.vn": ("unit-head", "/staff/unit/cdci-2024/CC-MCAI"),
}
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def respondent(browser: Browser, address: str, code: str) -> None:
    """The welcome page and a question page on a phone."""
    page = browser.new_context(viewport=PHONE, device_scale_factor=2, locale="vi-VN").new_page()
    page.goto(address)
    page.screenshot(path=DOCS / "welcome-phone.png")
    page.fill("input[name=code]", code)
    press(page)
    page.check('input[name="units_dealt_with.main"][value="CC-MCAI"]')
    while "/answer/mb." not in page.url:
        with page.expect_navigation():
            page.locator("button[name=go][value=next]:not([aria-hidden])").first.click()
    page.locator("input[type=radio][value='4']").first.check(force=True)
    page.screenshot(path=DOCS / "respondent-phone.png")


def press(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def staff(browser: Browser, address: str, who: str, password: str) -> None:
    """Sign in and photograph the account's page."""
    page = browser.new_context(viewport=DESK, locale="vi-VN").new_page()
    page.goto(f"{address}/staff/sign-in")
    page.fill("input[name=email]", who)
    page.fill("input[type=password]", password)
    press(page)
    name, path = STAFF[who]
    page.goto(address + path)
    page.screenshot(path=DOCS / f"{name}.png")


def documents(instance: Path) -> None:
    """The first pages of a scorecard and the booklet, from the newest result."""
    for name, pattern, pages in (("scorecard", "scorecard-CC-MCAI-vi.pdf", 3), ("booklet", "comparison-vi.pdf", 1)):
        newest = max(instance.glob(f"documents/*/{pattern}"), key=lambda path: path.stat().st_mtime)
        command = ["pdftoppm", "-r", "70", "-png", "-f", "1", "-l", str(pages), newest, DOCS / name]
        subprocess.run(command, check=True)


def main() -> None:
    """Build, serve, photograph."""
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environment = os.environ | {"SURVEY_INSTANCE": f"{folder}/instance", "PORT": str(port)}
        settings = read_settings(environment)
        command = [sys.executable, "-m", "survey_app.cli"]
        subprocess.run([*command, "demo", "--no-serve"], env=environment, check=True)
        notes = (settings.instance / "demo.txt").read_text(encoding="utf-8")
        code, password = (
            re.findall(pattern, notes)[0] for pattern in (r"to try:\s+(\S+)", r"password of all:\s+(\S+)")
        )
        with server([*command, "serve"], port, environment), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            respondent(browser, settings.base_url, code)
            for who in STAFF:
                staff(browser, settings.base_url, who, password)
            browser.close()
        documents(settings.instance)


if __name__ == "__main__":
    main()
