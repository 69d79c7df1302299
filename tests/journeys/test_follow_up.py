"""From the draft to the plan that is overdue, in a real browser: head, director and officer, narrow and wide."""

from __future__ import annotations

import datetime

import pytest
from playwright.sync_api import expect

from survey_app.ballot.minutes import today
from survey_app.models import WIPED, Action, Reply, Round
from survey_app.results import stored
from survey_app.staff import accounts, passwords
from tests.results.published import publish

pytestmark = pytest.mark.journey
GOOD = "bốn từ chẳng liên quan"
PLAN = "/staff/actions/cdci-2024/CC-MCAI"
LONG = "Niêm yết công khai toàn bộ thủ tục, thời hạn xử lý và số điện thoại của lãnh đạo trực tại mọi điểm làm thủ tục."


@pytest.fixture
def staff(app):
    publish(app.config["SETTINGS"])
    hashed = passwords.hashed(GOOD)
    for role, unit in (("unit_head", "CC-MCAI"), ("director", None), ("officer", None)):
        account = accounts.add(f"{role}@example.vn", role, role, unit, by="test", language="vi")
        accounts.set_password(account, hashed)


def sign_in(page, address, role):
    page.goto(f"{address}/staff/")
    page.fill("#email", f"{role}@example.vn")
    page.fill("#password", GOOD)
    page.click("main button")


def fill_line(page, due):
    page.fill("#what", LONG)
    page.fill("#owner", "Phó Chi cục trưởng phụ trách nghiệp vụ")
    page.fill("#due", due.isoformat())
    page.select_option("#node", "mb")
    page.fill("#effect", "2,5")
    page.click("main form .button")


@pytest.mark.parametrize("width", [360, 1280])
def test_head_writes_director_approves_head_notes_and_the_day_passes(staff, address, open_browser, look, width):
    head, director = open_browser(width=width), open_browser(width=width)
    sign_in(head, address, "unit_head")
    head.goto(address + PLAN)
    look(head)
    head.click(f"a[href='{PLAN}/new']")
    look(head)
    fill_line(head, today() + datetime.timedelta(days=30))
    expect(head.locator("main")).to_contain_text(LONG)
    look(head)
    head.click(f"form[action='{PLAN}/send'] button")
    expect(head.locator("main")).to_contain_text("chờ phê duyệt")

    sign_in(director, address, "director")
    director.goto(f"{address}/staff/orders/cdci-2024")
    expect(director.locator("main")).to_contain_text("1 kế hoạch chờ phê duyệt")
    look(director)
    director.click(f"#plans ~ ul a[href='{PLAN}']")
    look(director)
    director.click("form[action$='/approve'] button")
    expect(director.locator("main")).to_contain_text("đã phê duyệt")

    head.goto(address + PLAN)
    head.click(f"a:has-text('{LONG[:30]}')")
    look(head)
    head.check("input[value=under_way]")
    head.fill("#text", "Đã in xong bảng niêm yết.")
    head.click("form[action$='/note'] button")
    expect(head.locator("#notes ~ ol")).to_contain_text("Đã in xong bảng niêm yết.")
    expect(head.locator("main")).not_to_contain_text("quá hạn")

    Action.update(due=today() - datetime.timedelta(days=1)).execute()  # the day passes
    for page, there in ((head, PLAN), (director, "/staff/orders/cdci-2024")):
        page.goto(address + there)
        expect(page.locator("main table")).to_contain_text("quá hạn")
        look(page)
    director.click("a[href*='/staff/orders/cdci-2024/new']")
    look(director)
    director.select_option("#unit", "CC-MCAI")
    fill_line(director, today())
    expect(director.locator("main table tbody tr")).to_have_count(2)
    head.goto(f"{address}/staff/procedures/cdci-2024/CC-MCAI")
    look(head)


@pytest.mark.parametrize("width", [360, 1280])
def test_a_head_reads_the_draft_and_replies_without_a_script(staff, address, open_browser, look, width):
    result, until = stored.current("cdci-2024"), today() + datetime.timedelta(days=7)
    Round.update(state=WIPED, reply_until=until, reply_result=result.hash).where(Round.id == "cdci-2024").execute()
    looked_at, page, officer = open_browser(width=width), open_browser(width=width, scripts=False), open_browser(width)
    sign_in(page, address, "unit_head")
    page.click("a[href$='/staff/replies/cdci-2024/CC-MCAI']")
    page.fill("#text", "Cầu dẫn vào bãi kiểm hóa được sửa chữa 7 tuần.")
    page.click(".reply .button")
    expect(page.locator("[role=status]")).to_be_visible()
    assert Reply.get().text.startswith("Cầu dẫn")
    sign_in(looked_at, address, "unit_head")
    looked_at.goto(f"{address}/staff/replies/cdci-2024/CC-MCAI")
    look(looked_at)
    sign_in(officer, address, "officer")
    for there in ("officer/cdci-2024", "officer/cdci-2024/publish", "replies/cdci-2024"):
        officer.goto(f"{address}/staff/{there}")
        look(officer)
