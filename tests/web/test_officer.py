"""The staff's pages: who may see which, the desk's steps from the first key to the last document."""

from __future__ import annotations

import base64
import datetime
import io
import re
import subprocess
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey_app import jobs
from survey_app.ballot.keys import fingerprint
from survey_app.fieldwork import invitations, rounds
from survey_app.fieldwork.opening import open_round
from survey_app.models import AuditEntry, Comment, Document, Envelope, Round, StaffFigure, StaffSession
from survey_app.staff import accounts, audit, passwords
from survey_app.staff.roles import ROLES
from survey_app.web.director import FILES
from tests.office import answer, ready_round, tiny_round

GOOD = "bốn từ chẳng liên quan"
HASH = passwords.hashed(GOOD)
OPEN_TO_ALL = {
    "account.home",
    "account.sign_in",
    "account.signing_in",
    "account.sign_out",
    "account.link",
    "account.use_link",
}


class Browser:
    """A client that reads the CSRF token of the page before it sends a form."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.page = ""

    def get(self, address, status=200):
        answer = self.client.get(address)
        self.page = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        assert answer.status_code == status, f"{address}: {answer.status_code} {answer.headers.get('Location')}"
        return answer

    def post(self, address, status=302, form=None, **fields):
        """Send the form of the page that lies at `form` (default: the address itself)."""
        self.get(form or address)
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page)[1]
        answer = self.client.post(address, data=fields | {"csrf_token": token}, content_type=None)
        self.page = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        assert answer.status_code == status, self.page
        return answer


@pytest.fixture
def sign_in(app):
    """Signs a person of a role in; the account is made where it is missing."""

    def signed_in(role, unit=None, email=None):
        email = email or f"{role}@example.vn"
        if accounts.Account.get_or_none(accounts.Account.email == email) is None:
            account = accounts.add(email, role, role, unit, by="test", language="en")
            accounts.set_password(account, HASH)
        browser = Browser(app)
        browser.post("/staff/sign-in", email=email, password=GOOD)
        return browser

    return signed_in


def staff_addresses(app):
    """Every staff address with its endpoint, its arguments filled in."""
    filled = {
        "round_id": "tiny-2026",
        "job_id": "1",
        "scenario_id": "1",
        "step": "open",
        "kind": "scorecard",
        "source": "hard",
        "redacting": "propose",
        "deciding": "release",
        "language": "vi",
        "unit": "A",
        "secret": "x",
        "action_id": "1",
        "review_id": "1",
        "sending": "send",
        "changing": "change",
        "verdict": "approve",
        "switch": "open",
        "number": "1",
        "what": "aims",
        "entry": "add",
    }
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/staff"):
            with app.test_request_context():
                values = {name: filled.get(name, "x") for name in rule.arguments}
                for method in sorted(rule.methods & {"GET", "POST"}):
                    yield (
                        method,
                        app.url_map.bind("localhost").build(rule.endpoint, values, method=method),
                        rule.endpoint,
                    )


# ---------------------------------------------------------------- the gate


def test_nobody_reads_a_staff_page_without_signing_in(app, client):
    app.config["WTF_CSRF_ENABLED"] = False
    tiny_round(app.config["SETTINGS"])
    seen = 0
    for method, address, endpoint in staff_addresses(app):
        if endpoint in OPEN_TO_ALL:
            continue
        seen += 1
        answer = client.open(address, method=method)
        if endpoint.startswith("staff_api."):  # a program is told so; there is nobody to be sent to a page
            assert answer.status_code == 401, address
            continue
        assert answer.status_code == 302, f"{method} {address}: {answer.status_code}"
        assert answer.headers["Location"].startswith("/staff/sign-in"), address
    assert seen > 20


@pytest.mark.parametrize("role", ROLES)
def test_each_address_answers_its_roles_only_and_every_refusal_is_recorded(app, sign_in, role):
    tiny_round(app.config["SETTINGS"])
    browser = sign_in(role, unit="A" if role == "unit_head" else None)
    app.config["WTF_CSRF_ENABLED"] = False
    for method, address, endpoint in staff_addresses(app):
        roles = getattr(app.view_functions[endpoint], "roles", None)
        if endpoint in OPEN_TO_ALL or roles is None or role in roles:
            continue
        before = AuditEntry.select().where(AuditEntry.action == "refused").count()
        assert browser.client.open(address, method=method).status_code == 403, f"{method} {address}"
        assert AuditEntry.select().where(AuditEntry.action == "refused").count() == before + 1
    assert rounds.round_by_id("tiny-2026").state == "preparing"


def test_every_staff_page_names_its_roles(app):
    unguarded = {
        endpoint
        for _, _, endpoint in staff_addresses(app)
        if endpoint not in OPEN_TO_ALL and not hasattr(app.view_functions[endpoint], "roles")
    }
    assert unguarded == set()


def test_a_post_without_the_pages_token_changes_nothing(app, sign_in):
    created, _, _ = ready_round(app.config["SETTINGS"])
    browser = sign_in("officer")
    for step in ("keys", "open", "close", "count", "wipe", "publish", "letters", "figures"):
        assert browser.client.post(f"/staff/officer/{created.id}/{step}").status_code == 400
    assert rounds.round_by_id(created.id).state == "preparing"


def test_a_post_from_another_site_is_refused(app, sign_in):
    browser = sign_in("officer")
    assert browser.client.post("/staff/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code in (400, 403)


def test_the_officer_switches_the_open_channel_while_the_round_is_prepared(app, sign_in):
    created, _, _ = ready_round(app.config["SETTINGS"])
    there = f"/staff/officer/{created.id}"
    browser = sign_in("officer")
    browser.get(f"{there}/poster.pdf", status=409)
    browser.post(f"{there}/open-channel", form=there, switch="on")
    assert "127.0.0.1:8000/open/?kiosk=1" in browser.get(there).get_data(as_text=True)
    assert browser.get(f"{there}/poster.pdf").data.startswith(b"%PDF")
    browser.post(f"{there}/open-channel", form=there, switch="off")
    assert not rounds.round_by_id(created.id).open_channel
    browser.post(f"{there}/open-channel", form=there, switch="on")
    open_round(rounds.round_by_id(created.id))
    assert "Switch it" not in browser.get(there).get_data(as_text=True)
    browser.post(f"{there}/open-channel", form=f"{there}/letters", status=409, switch="off")
    assert rounds.round_by_id(created.id).open_channel
    log = [(row.subject, row.detail) for row in AuditEntry.select().where(AuditEntry.action == "open channel switched")]
    assert log == [(created.id, switch) for switch in ("on", "off", "on")]
    assert "/open/?kiosk=1" in sign_in("director").get(there).get_data(as_text=True)


# ---------------------------------------------------------------- signing in


def test_signing_in_leads_back_to_where_one_was_going(app, sign_in):
    sign_in("officer")
    browser = Browser(app)
    there = browser.get("/staff/officer/?x=1", status=302).headers["Location"]
    answer = browser.post(
        "/staff/sign-in", form=there, email="officer@example.vn", password=GOOD, next="/staff/officer/?x=1"
    )
    assert answer.headers["Location"] == "/staff/officer/?x=1"


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example/staff/", "/staff/\\evil", "javascript:alert(1)", "/"]
)
def test_signing_in_never_leads_away(app, sign_in, away):
    sign_in("officer")
    browser = Browser(app)
    browser.get(f"/staff/sign-in?next={away}")
    assert "evil" not in browser.page
    assert "alert(1)" not in browser.page
    answer = browser.post("/staff/sign-in", email="officer@example.vn", password=GOOD, next=away)
    assert answer.headers["Location"] == "/staff/"


def test_a_wrong_password_gets_a_kind_page_that_says_nothing_to_a_guesser(app, sign_in):
    sign_in("officer")
    pages = []
    for email in ("officer@example.vn", "nobody@example.vn"):
        browser = Browser(app)
        browser.post("/staff/sign-in", status=400, email=email, password="wrong")
        pages.append(re.sub(r'value="[^"]*"', "", browser.page))
    assert pages[0] == pages[1]


def test_the_session_is_new_at_sign_in_and_gone_at_sign_out(app, sign_in):
    browser = sign_in("officer")
    cookie = browser.client.get_cookie("staff").value
    assert StaffSession.select().count() == 1
    browser.post("/staff/sign-out", form="/staff/officer/")
    assert StaffSession.select().count() == 0
    browser.client.set_cookie("staff", cookie)
    browser.get("/staff/officer/", status=302)


def test_the_cookie_of_respondents_opens_no_staff_page(app, sign_in):
    browser = sign_in("officer")
    cookie = browser.client.get_cookie("staff").value
    other = Browser(app)
    other.client.set_cookie("answer", cookie)
    other.get("/staff/officer/", status=302)


def test_a_one_time_link_sets_a_password_once(app):
    account = accounts.add("new@example.vn", "New", "auditor", by="test", language="en")
    secret = accounts.link_for(account, by="test")
    browser = Browser(app)
    browser.get(f"/staff/link/{secret}")
    browser.post(f"/staff/link/{secret}", status=400, password="short", again="short")
    browser.post(f"/staff/link/{secret}", status=400, password=GOOD, again="another")
    browser.post(f"/staff/link/{secret}", password=GOOD, again=GOOD)
    browser.get("/staff/audit")
    Browser(app).get(f"/staff/link/{secret}", status=404)
    Browser(app).get("/staff/link/made-up", status=404)


def test_a_changed_password_keeps_this_browser_and_ends_the_others(app, sign_in):
    browser, other = sign_in("officer"), sign_in("officer")
    new = "năm chữ hoàn toàn mới"
    browser.post("/staff/password", status=400, present="wrong", password=new, again=new)
    browser.post("/staff/password", present=GOOD, password=new, again=new)
    browser.get("/staff/officer/")
    other.get("/staff/officer/", status=302)


def test_the_language_is_the_accounts_own(app, sign_in):
    browser = sign_in("officer")
    browser.get("/staff/officer/")
    assert '<html lang="en"' in browser.page
    browser.get("/staff/officer/?language=vi")
    assert '<html lang="vi"' in browser.page
    assert sign_in("officer").get("/staff/officer/").get_data(as_text=True).count('<html lang="vi"') == 1


# ---------------------------------------------------------------- the key


def sheets_taken(officer, sign_in, created, **fields):
    """The ceremony of a real round: three holders, each with an own sign-in; (browser, code) of each."""
    holders = [sign_in("custodian", email=f"holder{n}@example.vn") for n in (1, 2, 3)]
    chosen = {f"holder_{n}": accounts.account_of(f"holder{n}@example.vn").id for n in (1, 2, 3)}
    officer.post(f"/staff/officer/{created.id}/keys", **chosen, **fields)
    taken = []
    for holder in holders:
        sheet = holder.post(f"/staff/key/{created.id}", status=200, form="/staff/key/")
        assert sheet.headers["Cache-Control"] == "no-store"
        code = "-".join(re.findall(r"<span>(\w{5})</span>", holder.page))
        assert code in text_of_sheet(holder.page), "the PDF in the page is the same sheet"
        taken.append((holder, code))
    return taken


def text_of_sheet(page):
    """The text of the PDF that the page holds; groups of a code joined by hyphens."""
    (file,) = re.findall(r'href="data:application/pdf;base64,([^"]+)"', page)
    command = ["pdftotext", "-layout", "-", "-"]
    text = subprocess.run(command, input=base64.b64decode(file), capture_output=True, check=True).stdout.decode()
    return re.sub(r"(?<=\b\w{5})\s+(?=\w{5}\b)", "-", text)


def test_each_key_holder_sees_the_own_sheet_once_and_the_officer_none(app, sign_in):
    created, officer = tiny_round(app.config["SETTINGS"]), sign_in("officer")
    address = f"/staff/officer/{created.id}/keys"
    officer.get(address)
    assert "Every key holder needs an account" in officer.page
    officer.post(address, status=400)
    assert "Choose an account for every key holder" in officer.page
    taken = sheets_taken(officer, sign_in, created)
    assert len({code for _, code in taken}) == 3
    officer.get(address)
    assert not [code for _, code in taken if code in officer.page]
    stranger = sign_in("custodian", email="other@example.vn")
    for browser in (taken[0][0], stranger):
        browser.get("/staff/key/")
        assert "No sheet waits for you" in browser.page
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.page)[1]
        refused = browser.client.post(f"/staff/key/{created.id}", data={"csrf_token": token})
        assert refused.status_code == 404
        assert "it was taken already, or the ceremony must be held again" in refused.text
    noted = AuditEntry.get(AuditEntry.action == "keys made").detail
    assert fingerprint(bytes(rounds.round_by_id(created.id).public_key)) in noted
    assert AuditEntry.select().where(AuditEntry.action == "key sheet taken").count() == 3
    rounds.try_keys(rounds.round_by_id(created.id), taken[0][1], taken[2][1])


def test_nobody_holds_two_sheets(app, sign_in):
    created, officer = tiny_round(app.config["SETTINGS"]), sign_in("officer")
    for name in ("holder1", "holder2", "holder3"):
        sign_in("custodian", email=f"{name}@example.vn")
    one, two = (accounts.account_of(f"holder{n}@example.vn").id for n in (1, 2))
    officer.post(f"/staff/officer/{created.id}/keys", status=400, holder_1=one, holder_2=two, holder_3=one)
    assert "must be different" in officer.page
    officer_id = accounts.account_of("officer@example.vn").id
    officer.post(f"/staff/officer/{created.id}/keys", status=400, holder_1=one, holder_2=two, holder_3=officer_id)
    assert rounds.round_by_id(created.id).public_key is None


def test_a_ceremony_held_again_is_asked_for_and_makes_the_sheets_worthless(app, sign_in):
    created, officer = tiny_round(app.config["SETTINGS"]), sign_in("officer")
    first = sheets_taken(officer, sign_in, created)
    key = bytes(rounds.round_by_id(created.id).public_key)
    officer.post(f"/staff/officer/{created.id}/keys", status=400)
    assert "Tick the box" in officer.page
    assert bytes(rounds.round_by_id(created.id).public_key) == key
    second = sheets_taken(officer, sign_in, created, again="1")
    assert not {code for _, code in first} & {code for _, code in second}
    officer.post(f"/staff/officer/{created.id}/try", status=400, share_1=first[0][1], share_2=first[1][1])
    officer.post(f"/staff/officer/{created.id}/try", share_1=second[0][1], share_2=second[1][1])


def test_a_rehearsal_shows_all_sheets_on_one_page(app, sign_in):
    created, officer = tiny_round(app.config["SETTINGS"], rehearsal=True), sign_in("officer")
    page = officer.post(f"/staff/officer/{created.id}/keys", status=200)
    assert page.headers["Cache-Control"] == "no-store"
    assert officer.page.count('class="key-groups"') == 3
    assert "This is a rehearsal" in officer.page


# ---------------------------------------------------------------- the desk


def test_a_round_lives_in_the_browser(app, sign_in):
    settings = app.config["SETTINGS"]
    created = tiny_round(settings)
    officer, desk = sign_in("officer"), f"/staff/officer/{created.id}"
    officer.get("/staff/officer/")
    assert created.id in officer.page
    officer.get(desk)
    assert "hold the key ceremony" in officer.page

    shares = [taken for _, taken in sheets_taken(officer, sign_in, created)]
    officer.post(f"{desk}/try", status=400, share_1=shares[0], share_2=shares[0])
    officer.post(f"{desk}/try", share_1=shares[0].lower(), share_2=shares[2])
    list(invitations.issue(created, invitations.uninvited(created)[:105]))
    for left in (5, 0):
        pdf = officer.post(f"{desk}/letters", status=200)
        assert pdf.mimetype == "application/pdf"
        officer.get(f"{desk}/letters")
        assert f"{left} do not yet" in officer.page
    officer.post(f"{desk}/letters", status=400)
    officer.post(f"{desk}/open")
    assert rounds.round_by_id(created.id).state == "open"
    officer.get(desk)
    assert "of 160 invited businesses" in officer.page
    officer.post(f"{desk}/close", status=409)
    assert "tick the box" in officer.page
    officer.post(f"{desk}/close", early="1")
    assert AuditEntry.get(AuditEntry.action == "round closed").detail.startswith("EARLY")

    officer.post(f"{desk}/count", status=400, share_1="AAAA", share_2=shares[1])
    work = officer.post(f"{desk}/count", share_1=shares[0], share_2=shares[1]).headers["Location"]
    finished(officer, work)
    officer.post(f"{desk}/recount", status=400, share_1="AAAA", share_2=shares[1])
    finished(officer, officer.post(f"{desk}/recount", share_1=shares[1], share_2=shares[2]).headers["Location"])
    assert "same numbers" in officer.page
    assert AuditEntry.get(AuditEntry.action == "recounted").detail.startswith("same as")
    run_next(settings, officer.post(f"{desk}/wipe").headers["Location"], officer)
    assert rounds.round_by_id(created.id).state == "wiped"
    assert not any(share in f"{row.subject} {row.detail}" for row in AuditEntry.select() for share in shares)
    assert audit.verify().broken_at is None


def finished(browser, address):
    """Follow the page that loads itself again, to the end."""
    for _ in range(200):
        refresh = browser.get(address).headers.get("Refresh")
        if refresh is None:
            assert "Done." in browser.page, browser.page
            return
        time.sleep(0.1)
    raise AssertionError(browser.page)


def run_next(settings, address, browser):
    """Be the worker for one job."""
    assert browser.get(address).headers["Refresh"]
    queue = jobs.queue_of(settings).huey
    queue.execute(queue.dequeue())
    finished(browser, address)


def test_publishing_makes_documents_that_officers_and_directors_read(app, sign_in):
    settings = app.config["SETTINGS"]
    created, shares, issued = ready_round(settings)
    opened = open_round(created)
    for number, (_, token) in enumerate(issued[:40]):
        answer(opened, token, "A" if number % 2 else "B", ("3", "5") if number % 3 else ("4", "4"))
    closed = rounds.close_round(opened)
    jobs.run_count(settings, closed.id, shares[:2], lambda done, total: None)
    jobs.wipe(settings, rounds.round_by_id(closed.id), lambda done, total: None)
    officer, desk = sign_in("officer"), f"/staff/officer/{created.id}"
    run_next(settings, officer.post(f"{desk}/publish").headers["Location"], officer)
    assert rounds.round_by_id(created.id).state == "published"
    for role in ("officer", "director"):
        reader = sign_in(role)
        assert "Audit sheet of the index" in reader.get(f"{desk}/documents").get_data(as_text=True)
        for name in ("documents/scorecard/vi/A", "minutes-vi.pdf", "minutes-en.pdf"):
            pdf = reader.get(f"{desk}/{name}")
            assert pdf.get_data().startswith(b"%PDF")
            pdf.close()
        reader.get(f"{desk}/minutes-xx.pdf", status=404)
        pdf = reader.get(f"{desk}/documents/scorecard/vi/A")
        assert pdf.get_data().startswith(b"%PDF")
        pdf.close()
    compared = sign_in("director").get(f"/staff/director/{created.id}").get_data(as_text=True)
    for kind in FILES:
        named = re.search(rf'/{kind}-vi">([^<]*)</a>', compared)
        assert named, kind
        assert named[1].partition("(")[0].strip(), f"the link to {kind} has no name"
    sign_in("unit_head", unit="B").get(f"{desk}/documents/scorecard/vi/A", status=403)


def test_a_document_whose_path_leads_out_of_the_instance_is_not_read(app, sign_in, tmp_path):
    settings = app.config["SETTINGS"]
    created = tiny_round(settings)
    from survey_app.models import StoredResult

    (tmp_path / "secret.pdf").write_bytes(b"secret")
    StoredResult.insert(hash="h", round=created.id, canonical=b"{}").execute()
    Document.insert(result="h", kind="scorecard", unit="A", language="vi", path="../secret.pdf", sha256="x").execute()
    sign_in("officer").get(f"/staff/officer/{created.id}/documents/scorecard/vi/A", status=404)


def test_an_early_wipe_needs_two_persons(app, sign_in):
    import datetime

    settings = app.config["SETTINGS"]
    created = tiny_round(settings)
    Round.update(state="counted", counted_on=datetime.date(2999, 1, 1)).execute()
    desk = f"/staff/officer/{created.id}"
    officer = sign_in("officer")
    officer.post(f"{desk}/wipe", early="1")
    officer.post(f"{desk}/wipe", early="1")
    assert rounds.round_by_id(created.id).wipe_ordered_by == ["officer@example.vn"]
    director = sign_in("director")
    assert "/work/" in director.post(f"{desk}/wipe", early="1").headers["Location"]


def test_steps_out_of_order_are_refused_in_plain_words(app, sign_in):
    created = tiny_round(app.config["SETTINGS"])
    officer, desk = sign_in("officer"), f"/staff/officer/{created.id}"
    for step in ("close", "wipe", "publish"):
        officer.get(f"{desk}/{step}", status=409)
        officer.post(f"{desk}/{step}", status=409, form=desk)
        assert "Next step" in officer.page
    officer.get(f"{desk}/count", status=409)
    officer.post(f"{desk}/open", status=409)
    assert "key ceremony" in officer.page
    officer.get("/staff/officer/none", status=404)
    officer.get(f"{desk}/work/99", status=404)
    assert Envelope.select().count() == 0


def test_a_lost_letter_is_made_anew_and_an_unknown_business_is_named(app, sign_in):
    created, _, _ = ready_round(app.config["SETTINGS"])
    officer, address = sign_in("officer"), f"/staff/officer/{created.id}/letters"
    assert officer.post(address, status=200, tax_code="5700000001").mimetype == "application/pdf"
    officer.post(address, status=404, tax_code="<b>1</b>")
    assert "&lt;b&gt;1&lt;/b&gt;" in officer.page


def test_an_uploaded_table_is_read_or_refused_with_every_line(app, sign_in):
    created = tiny_round(app.config["SETTINGS"])
    officer, address = sign_in("officer"), f"/staff/officer/{created.id}/figures"

    def upload(text, status):
        officer.post(address, status=status, source="hard", table=(io.BytesIO(text.encode()), "hours.csv"))

    table = officer.get(f"{address}-hard.csv")
    assert table.get_data(as_text=True).startswith("\ufeffunit;hours\r\nA;")
    upload("unit,hours\nA,x\nZ,1\n", 400)
    assert "hours.csv:2:2" in officer.page
    assert "hours.csv:3:1" in officer.page
    upload("unit;hours\nA;12,5\n", 302)
    assert StaffFigure.get().value == 12.5
    officer.post(address, status=400, source="hard")


def test_directors_look_but_do_not_run_the_round(app, sign_in):
    created, _, _ = ready_round(app.config["SETTINGS"])
    director, desk = sign_in("director"), f"/staff/officer/{created.id}"
    director.get(desk)
    assert "Open the round" not in director.page
    director.get(f"{desk}/keys", status=403)


def test_the_auditor_sees_refusals_and_whether_the_chain_holds(app, sign_in):
    sign_in("director").get("/staff/audit", status=403)
    auditor = sign_in("auditor")
    auditor.get("/staff/audit")
    assert "refused" in auditor.page
    assert "entries holds" in auditor.page
    AuditEntry.update(detail="x").where(AuditEntry.id == 1).execute()
    auditor.get("/staff/audit")
    assert "broken at entry 1" in auditor.page


# ---------------------------------------------------------------- comments


def test_two_people_release_comments_in_the_browser(app, sign_in):
    created = tiny_round(app.config["SETTINGS"], rehearsal=True)
    today = datetime.datetime.now(datetime.UTC).date()
    Round.update(state="wiped", counted_on=today).execute()
    for number in range(2):
        Comment.create(id=bytes([number] * 16), round=created.id, unit="A", question="q1", text=f"Ông Nam {number}")
    officer, director = sign_in("officer"), sign_in("director")
    address = f"/staff/comments/{created.id}"
    officer.get(address)
    assert officer.page.count("Ông Nam") == 2
    director.get(address)
    assert "Nothing waits" in director.page
    one, other = (bytes([number] * 16).hex() for number in range(2))
    officer.post(f"{address}/propose", form=address, status=400, comment=one, text=" ", theme="other")
    officer.post(f"{address}/propose", form=address, comment=one, text="Cán bộ", theme="other")
    officer.post(f"{address}/withhold", form=address, comment=other)
    director.get(address)
    assert "Cán bộ" in director.page
    assert "Ông Nam" not in director.page
    director.post(f"{address}/release", form=address, comment=one)
    director.get(address)
    assert "Nothing waits" in director.page
    assert [(row.released, row.text) for row in Comment.select()] == [("Cán bộ", "")]
