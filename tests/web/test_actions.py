"""Plans, orders and replies in the browser: who sees and writes what, and that what was typed is never lost."""

from __future__ import annotations

import datetime
import gzip

import pytest

from survey_app.ballot.minutes import today
from survey_app.models import WIPED, Action, ActionNote, ActionPlan, AuditEntry, Procedure, Reply, Round
from survey_app.results import replies, stored
from survey_app.staff import accounts, passwords, plans
from tests.results.published import publish
from tests.web.test_officer import Browser

GOOD = "bốn từ chẳng liên quan"
HASH = passwords.hashed(GOOD)
PLAN = "/staff/actions/cdci-2024/CC-MCAI"
ORDERS = "/staff/orders/cdci-2024"
LINE = {"what": "Niêm yết lại", "owner": "Đội Nghiệp vụ", "due": "2024-12-31", "node": "mb", "effect": "2,5"}


@pytest.fixture
def published(app):
    publish(app.config["SETTINGS"])
    return app


@pytest.fixture
def sign_in(published):
    """Signs a person of a role in."""

    def signed_in(role, unit=None):
        email = f"{role}-{unit}@example.vn".lower()
        account = accounts.add(email, role, role, unit, by="test", language="en")
        accounts.set_password(account, HASH)
        browser = Browser(published)
        browser.post("/staff/sign-in", email=email, password=GOOD)
        return browser

    return signed_in


@pytest.fixture
def head(sign_in):
    return sign_in("unit_head", "CC-MCAI")


@pytest.fixture
def director(sign_in):
    return sign_in("director")


def refusals():
    return AuditEntry.select().where(AuditEntry.action == "refused").count()


def approved(head, director):
    """A plan of one line, sent and approved in the browser; the line's address."""
    head.post(f"{PLAN}/new", **LINE)
    head.post(f"{PLAN}/send", form=PLAN)
    version = ActionPlan.get().version
    director.post(f"{ORDERS}/CC-MCAI/approve", form=PLAN, version=version)
    return f"{PLAN}/action/{Action.get().id}"


# ---------------------------------------------------------------- the plan


def test_a_head_writes_the_director_approves_the_head_notes(head, director):
    line = approved(head, director)
    head.get(PLAN)
    assert "approved" in head.page
    assert "overdue" in head.page
    assert "no note this month" in head.page
    note(head, line, "done", "Đã niêm yết")
    head.get(PLAN)
    assert "overdue" not in head.page
    assert "Đã niêm yết" in head.page
    director.get(ORDERS)
    assert "Niêm yết lại" in director.page
    assert [entry.action for entry in AuditEntry.select().order_by(AuditEntry.id.desc()).limit(1)] == ["status noted"]


def test_a_plan_goes_back_with_a_remark_and_may_be_taken_back(head, director):
    head.post(f"{PLAN}/new", **LINE)
    head.post(f"{PLAN}/send", form=PLAN)
    head.post(f"{PLAN}/withdraw", form=PLAN)
    head.post(f"{PLAN}/send", form=PLAN)
    version = ActionPlan.get().version
    director.post(f"{ORDERS}/CC-MCAI/return", form=PLAN, status=400, version=version, remark="")
    assert "Write what the unit should change." in director.page
    director.post(f"{ORDERS}/CC-MCAI/return", form=PLAN, version=version, remark="Thêm thời hạn")
    head.get(PLAN)
    assert "Thêm thời hạn" in head.page
    assert "sent back to the unit" in head.page


def test_nobody_else_reads_a_plan_before_it_is_sent(head, director):
    head.post(f"{PLAN}/new", **LINE)
    line = f"{PLAN}/action/{Action.get().id}"
    for address in (PLAN, ORDERS):
        director.get(address)
        assert "Niêm yết lại" not in director.page
    director.get(line, 404)
    director.get(f"{PLAN}/plan-vi.pdf", 404)
    assert head.get(f"{PLAN}/plan-en.pdf").data.startswith(b"%PDF")


def test_every_problem_of_a_line_is_named_beside_what_was_typed(head):
    head.post(f"{PLAN}/new", status=400, what="Việc 😀", owner="", due="31/02/2025", node="", effect="x")
    for field in ("what", "owner", "due", "node", "effect"):
        assert f'href="#{field}"' in head.page
        assert f'id="{field}"' in head.page
    assert "Việc 😀" in head.page
    assert not Action.select().exists()


def test_what_a_second_window_typed_is_kept_when_the_first_was_faster(head, sign_in):
    head.post(f"{PLAN}/new", **LINE)
    line = f"{PLAN}/action/{Action.get().id}"
    head.post(f"{line}/change", form=line, **LINE | {"what": "Người thứ nhất", "version": "1"})
    head.post(f"{line}/change", form=line, status=409, **LINE | {"what": "Người thứ hai", "version": "1"})
    assert "Người thứ nhất" in head.page
    assert "Người thứ hai" in head.page
    assert 'name="version" value="2"' in head.page
    head.post(f"{line}/change", form=line, **LINE | {"what": "Người thứ hai", "version": "2"})
    assert Action.get().what == "Người thứ hai"
    head.post(f"{line}/remove", form=line, version="3")
    assert not Action.select().exists()


def test_a_director_approves_only_what_was_on_the_page(head, director):
    head.post(f"{PLAN}/new", **LINE)
    head.post(f"{PLAN}/send", form=PLAN)
    director.post(f"{ORDERS}/CC-MCAI/approve", form=PLAN, status=409, version=ActionPlan.get().version - 1)
    assert ActionPlan.get().state == plans.SENT


def test_procedures_are_kept_beside_the_plan(head, director):
    there = "/staff/procedures/cdci-2024/CC-MCAI"
    head.post(there, status=400, name="", verdict="", holds_from="")
    head.post(there, name="Nộp bản giấy", verdict="dropped", holds_from="2025-01-01")
    one = f"{there}/{Procedure.get().id}"
    head.post(one, name="Nộp bản giấy", verdict="simplified", holds_from="2025-01-01", version="1")
    head.post(one, status=409, name="Khác", verdict="kept", holds_from="2025-01-01", version="1")
    assert "Khác" in head.page
    head.get(PLAN)
    assert "simplified" in head.page
    head.post(one, remove="1", version="2")
    assert not Procedure.select().exists()


# ---------------------------------------------------------------- who may what


@pytest.mark.parametrize(
    "address",
    [
        PLAN,
        f"{PLAN}/new",
        f"{PLAN}/action/1",
        f"{PLAN}/plan-vi.pdf",
        "/staff/procedures/cdci-2024/CC-MCAI",
        ORDERS,
        f"{ORDERS}/new",
    ],
)
def test_another_units_head_is_refused_and_recorded(sign_in, address):
    other = sign_in("unit_head", "CC-BPS")
    before = refusals()
    other.get(address, 403)
    assert refusals() == before + 1


def test_a_team_has_a_plan_of_its_own_that_its_branchs_head_writes_too(sign_in, head):
    team, there = sign_in("unit_head", "CC-MCAI-TT"), "/staff/actions/cdci-2024/CC-MCAI-TT"
    team.post(f"{there}/new", **LINE)
    head.post(f"{there}/new", **LINE)
    assert Action.select().where(Action.unit == "CC-MCAI-TT").count() == 2
    team.get(PLAN, 403)


def test_officer_and_director_read_and_do_not_write(head, director, sign_in):
    approved(head, director)
    officer = sign_in("officer")
    officer.get(PLAN)
    officer.get(ORDERS)
    officer.get(f"{PLAN}/new", 403)
    director.get(f"{PLAN}/new", 403)
    officer.get(f"{ORDERS}/new", 403)
    assert "Give an order" not in officer.page


def test_a_reporting_group_has_no_plan(director):
    director.get("/staff/actions/cdci-2024/NHOM-KIEM-SOAT", 404)


def test_a_heads_own_pages_lead_to_the_last_round(head, director):
    assert head.get("/staff/actions/", 302).headers["Location"].endswith(PLAN)
    assert director.get("/staff/orders/", 302).headers["Location"].endswith(ORDERS)
    head.get("/staff/unit/cdci-2024/CC-MCAI")
    assert PLAN in head.page


# ---------------------------------------------------------------- orders


def test_an_order_is_given_read_by_the_head_and_marked_done(head, director):
    director.post(f"{ORDERS}/new", status=404, **LINE | {"unit": "none"})
    director.post(f"{ORDERS}/new", **LINE | {"unit": "CC-MCAI", "what": "Trực đường dây nóng"})
    head.get(PLAN)
    assert "Trực đường dây nóng" in head.page
    one = f"{PLAN}/action/{Action.get().id}"
    head.get(one)
    assert 'value="done"' not in head.page
    answer = head.client.post(f"{one}/note", data={"status": "done", "text": "x", "csrf_token": token(head, one)})
    assert answer.status_code == 403
    note(head, one, "under_way")
    note(director, one, "done")
    assert [(row.status, row.who) for row in ActionNote.select().order_by(ActionNote.id)] == [
        ("under_way", "unit_head-cc-mcai@example.vn"),
        ("done", "director-none@example.vn"),
    ]
    director.post(
        f"{one}/change", form=one, **LINE | {"what": "Trực cả cuối tuần", "version": str(Action.get().version)}
    )
    assert Action.get().what == "Trực cả cuối tuần"


def token(browser, address):
    browser.get(address)
    return browser.page.split('name="csrf_token" value="')[1].split('"')[0]


def note(browser, address, status, text="Đã ghi"):
    data = {"status": status, "text": text, "csrf_token": token(browser, address)}
    assert browser.client.post(f"{address}/note", data=data).status_code == 302


def test_the_table_shows_what_is_overdue_first_and_filters_by_unit(director):
    late, soon = today() - datetime.timedelta(days=9), today() + datetime.timedelta(days=9)
    for unit, what, due in (("CC-BPS", "sắp đến hạn", soon), ("CC-HMO", "đã trễ", late), ("CC-MCAI", "cũng trễ", late)):
        director.post(f"{ORDERS}/new", **LINE | {"unit": unit, "what": what, "due": due.isoformat()})
    director.get(ORDERS)
    places = [director.page.index(what) for what in ("đã trễ", "cũng trễ", "sắp đến hạn")]
    assert places == sorted(places)
    assert "3 actions, 2 overdue" in director.page
    director.get(f"{ORDERS}?unit=CC-BPS")
    assert "sắp đến hạn" in director.page
    assert "đã trễ" not in director.page
    director.get(f"{ORDERS}?unit=nobody")
    assert len(gzip.compress(director.page.encode())) < 50_000


def test_beside_last_rounds_actions_stands_what_this_round_says(director, head):
    old = "/staff/orders/cdci-2023"
    reading = stored.reading_of("cdci-2024", "en")
    for node in reading.sub_indices:
        director.post(f"{old}/new", **LINE | {"unit": "CC-MCAI", "node": node, "what": f"Việc {node}"})
    director.get(old)
    head.get("/staff/actions/cdci-2023/CC-MCAI")
    for page in (director.page, head.page):
        assert any(word in page for word in ("better", "worse", "cannot tell"))
        assert "not published yet" not in page


# ---------------------------------------------------------------- the draft and the reply


@pytest.fixture
def draft(published):
    """The last round as it stands while the heads read the draft."""
    result = stored.current("cdci-2024")
    until = today() + datetime.timedelta(days=5)
    changes = {"state": WIPED, "reply_until": until, "reply_result": result.hash}
    Round.update(**changes).where(Round.id == "cdci-2024").execute()
    return "/staff/replies/cdci-2024"


def test_a_head_reads_the_own_draft_only_and_replies(draft, head):
    head.get("/staff/unit/cdci-2023/CC-MCAI")
    assert f"{draft}/CC-MCAI" in head.page
    head.get(f"{draft}/CC-MCAI")
    assert "Draft, not published yet." in head.page
    head.get(f"{draft}/CC-BPS", 403)
    head.get("/staff/unit/cdci-2024/CC-MCAI", 404)
    head.post(f"{draft}/CC-MCAI", text="Giải trình", version="0")
    head.get(f"{draft}/CC-MCAI")
    assert "Giải trình</textarea>" in head.page
    head.post(f"{draft}/CC-MCAI", status=409, text="Từ cửa sổ khác", version="0")
    assert "Từ cửa sổ khác" in head.page
    assert 'class="said">Giải trình' in head.page
    assert Reply.get().text == "Giải trình"


def test_the_draft_shows_what_will_be_published(draft, head):
    """From the sub-indices on the two pages say the same, but for links to teams, which are drafts too."""
    head.get(f"{draft}/CC-MCAI")
    before = head.page.split('id="subs"')[1].split('id="mend"')
    Round.update(state="published").where(Round.id == "cdci-2024").execute()
    head.get("/staff/unit/cdci-2024/CC-MCAI")
    after = head.page.split('id="subs"')[1].split('id="mend"')
    assert after[0] == before[0]
    assert after[1].split('id="questions"')[1] == before[1].split('id="questions"')[1]


def test_officer_and_director_see_who_has_replied_and_nobody_else(draft, sign_in, head, director):
    head.post(f"{draft}/CC-MCAI", text="Giải trình", version="0")
    for reader in (director, sign_in("officer")):
        reader.get(draft)
        assert reader.page.count("has replied") == 1
        reader.get(f"{draft}/CC-MCAI")
        assert "Giải trình" in reader.page
        assert "<textarea" not in reader.page
    head.get(draft, 403)
    sign_in("auditor").get(f"{draft}/CC-MCAI", 403)


def test_the_officer_gives_more_days_and_takes_the_draft_back(draft, sign_in, head):
    officer, there = sign_in("officer"), "/staff/officer/cdci-2024"
    officer.get(f"{there}/publish")
    assert "Publish before the heads" in officer.page
    officer.post(f"{there}/publish", status=409)
    officer.post(f"{draft}/open", form=there, days="20")
    assert Round.get_by_id("cdci-2024").reply_until == today() + datetime.timedelta(days=20)
    officer.post(f"{draft}/open", form=there, status=400, days="x")
    officer.post(f"{draft}/close", form=there)
    assert replies.open_drafts() == []
    head.get(f"{draft}/CC-MCAI", 404)


def test_before_the_first_publication_a_head_is_told_of_the_draft(draft, head):
    Round.update(state="wiped").execute()
    head.get("/staff/unit/")
    assert f"{draft}/CC-MCAI" in head.page
