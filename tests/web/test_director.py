"""The director's other views in a browser's eyes: who may read and enter what, and what a wrong entry gets."""

from __future__ import annotations

import gzip
import io
import re

import pytest

from survey_app.models import Aim, AuditEntry, ExternalScore, OutsideMark
from survey_app.results import bottlenecks, stored
from survey_app.staff import accounts, passwords
from tests.results.published import publish
from tests.web.test_officer import Browser

GOOD = "bốn từ chẳng liên quan"
HASH = passwords.hashed(GOOD)
AT = "/staff/director/cdci-2024"
VIEWS = (
    "", "/bottlenecks", "/attitude", "/node/cdci", "/node/business", "/node/mb", "/node/mb04", "/node/department",
    "/node/clearance_hours_import", "/priorities", "/trend", "/aims", "/external", "/response", "/robustness",
)  # fmt: skip
OTHERS = ("/bottlenecks", "/attitude", "/node/", "/priorities", "/trend", "/aims", "/external", "/response")
HIDDEN = ("CC-MCAI-KTGS1", "CC-HGAI-NV")


@pytest.fixture
def sign_in(app):
    """Signs a person of a role in, in a language; two rounds are published."""
    publish(app.config["SETTINGS"])

    def signed_in(role, language="en"):
        account = accounts.add(f"{role}@example.vn", role, role, None, by="test", language=language)
        accounts.set_password(account, HASH)
        browser = Browser(app)
        browser.post("/staff/sign-in", email=f"{role}@example.vn", password=GOOD)
        return browser

    return signed_in


@pytest.mark.parametrize("language", ["vi", "en", "zh-Hans"])
def test_every_view_leads_to_every_other_and_keeps_to_the_rules_of_pages(sign_in, language):
    director = sign_in("director", language)
    for view in VIEWS:
        director.get(AT + view)
        for other in (
            "/bottlenecks",
            "/attitude",
            "/node/",
            "/priorities",
            "/trend",
            "/aims",
            "/external",
            "/response",
        ):
            assert f'href="{AT}{other}"' in director.page, (view, other)
        if not view.startswith("/node"):
            assert re.search(rf'href="{AT}{view}"\s+aria-current="page"', director.page), view
        assert " style=" not in director.page
        assert "<script" not in director.page
        assert len(gzip.compress(director.page.encode())) < 50_000, view
        assert "<h1>" in director.page
        for svg in re.findall(r"<svg[^>]*role=\"img\">(.{0,20})", director.page, re.DOTALL):
            assert svg.lstrip().startswith("<title>"), view
    director.get(f"{AT}/node/none", 404)
    director.get("/staff/director/none/bottlenecks", 404)
    assert director.get(f"{AT}/node/", 302).headers["Location"].endswith("/node/business")


def test_nothing_of_a_withheld_unit_is_on_any_view_but_that_it_is_withheld(sign_in):
    director, reading = sign_in("director"), None
    reading = stored.reading_of("cdci-2024", "en")
    for view in VIEWS[1:]:
        director.get(AT + view)
        for unit in HIDDEN:
            for row in re.findall(r"<tr.*?</tr>", director.page, re.DOTALL):
                if reading.name(unit) in row:
                    assert "<svg" not in row, view
                    assert "withheld" in row, view


def test_the_page_of_bottlenecks_says_what_its_numbers_are(sign_in):
    director = sign_in("director")
    director.get(f"{AT}/bottlenecks")
    text = "".join(re.sub(r"<[^>]+>", "", director.page).split())
    for group in bottlenecks.page(stored.reading_of("cdci-2024", "en")).groups:
        for row in group.rows:
            assert "".join(f"{row.score}{row.interval}".split()) in text


# ---------------------------------------------------------------- outside the unit


@pytest.mark.parametrize("role", ["director", "officer"])
def test_a_bottleneck_is_marked_seen_by_the_unit_and_taken_back(sign_in, role):
    browser, address = sign_in(role), f"{AT}/outside/cl11"
    browser.post(address, unit="", remark="Quarantine <b>waits</b>", raised_with="Agency", raised_on="2025-01-14")
    browser.get(f"{AT}/bottlenecks")
    said = "Outside the unit: Quarantine &lt;b&gt;waits&lt;/b&gt;. Raised with Agency on 14/01/2025."
    for page in (f"{AT}/bottlenecks", "/staff/unit/cdci-2024/CC-MCAI", address):
        browser.get(page)
        assert said in browser.page, page
    browser.post(address, unit="", do="unmark")
    browser.get(f"{AT}/bottlenecks")
    assert said not in browser.page
    browser.post(address, status=404, unit="", do="unmark")
    log = [(row.who, row.action) for row in AuditEntry.select() if "bottleneck" in row.action]
    assert log == [
        (f"{role}@example.vn", "bottleneck marked outside the unit"),
        (f"{role}@example.vn", "mark of a bottleneck taken back"),
    ]


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("remark", {"remark": "  "}),
        ("remark", {"remark": "x", "raised_with": "Agency"}),
        ("raised_on", {"remark": "x", "raised_with": "Agency", "raised_on": "yesterday"}),
        ("remark", {"remark": "x", "raised_with": "Agency", "raised_on": "2099-01-01"}),
        ("raised_on", {"remark": "x", "raised_with": "Agency", "raised_on": "2999-01-01"}),
        ("remark", {"remark": "Kiểm dịch 检疫"}),  # the booklet has no font for it: it could not be published again
    ],
)
def test_a_wrong_mark_comes_back_with_one_line_and_what_was_typed(sign_in, field, fields):
    director = sign_in("director")
    director.post(f"{AT}/outside/cl11", status=400, unit="", **fields)
    assert director.page.count(f'<li><a href="#{field}">') == 1
    assert director.page.count('<li><a href="#') == 1
    assert f">{fields['remark']}</textarea>" in director.page
    assert not OutsideMark.select().exists()


def test_an_unknown_question_or_unit_is_not_found(sign_in):
    director = sign_in("director")
    director.get(f"{AT}/outside/none", 404)
    director.get(f"{AT}/outside/cl11?unit=NONE", 404)
    director.post(f"{AT}/outside/cl11", status=404, unit="NONE", remark="x")


# ---------------------------------------------------------------- aims and other indices


def test_the_officer_enters_an_aim_and_the_director_reads_it(sign_in):
    officer = sign_in("officer")
    aim = {"node": "business", "scope": "chi_cuc", "since": "2023", "year": "2026", "value": "92,5"}
    officer.post(f"{AT}/aims/add", form=f"{AT}/aims", **aim)
    officer.get(f"{AT}/aims")
    assert "92.5, by 2026, 3-year aim" in officer.page
    director = sign_in("director")
    director.get(f"{AT}/aims")
    assert "3-year aim" in director.page
    assert "Enter an aim" not in director.page
    officer.post(f"{AT}/aims/remove", form=f"{AT}/aims", node="business", scope="chi_cuc", year="2026")
    officer.post(f"{AT}/aims/remove", form=f"{AT}/aims", status=404, node="business", scope="chi_cuc", year="x")
    assert not Aim.select().exists()


def test_a_wrong_field_gets_one_line_in_the_language_of_the_page(sign_in):
    officer = sign_in("officer", "vi")
    aim = {"node": "business", "scope": "chi_cuc", "since": "2026", "year": "26", "value": "chín mươi"}
    officer.post(f"{AT}/aims/add", form=f"{AT}/aims", status=400, **aim)
    lines = re.findall(r'<a href="#entry">\s*(.*?)\s*</a>', officer.page)
    assert lines == ["Năm: xin ghi một số nguyên hợp lý.", "Mục tiêu: xin ghi một số, ví dụ 12,5."]
    assert 'value="chín mươi"' in officer.page
    officer.post(f"{AT}/external/add", form=f"{AT}/external", status=400, index="pci", year="2019", source="")
    lines = re.findall(r'<a href="#entry">\s*(.*?)\s*</a>', officer.page)
    assert sorted(lines) == ["Nguồn: xin điền.", "Điểm: xin điền."]
    assert not Aim.select().exists()
    assert not ExternalScore.select().exists()


def test_a_list_is_read_as_a_whole_or_not_at_all(sign_in):
    officer = sign_in("officer")
    table = "index;year;score;source\nddci;2018;77,81;x\npci;2019;73,40;y\n"
    officer.post(f"{AT}/external/table", form=f"{AT}/external", table=(io.BytesIO(table.encode()), "a.csv"))
    assert ExternalScore.select().count() == 2
    with officer.get(f"{AT}/external.csv") as answer:
        assert b"ddci;2018;;77,81" in answer.data
    wrong = table.replace("77,81", "x").replace("pci", "pcj")
    officer.post(f"{AT}/external/table", form=f"{AT}/external", status=400, table=(io.BytesIO(wrong.encode()), "a.csv"))
    lines = re.findall(r'<a href="#entry">\s*(.*?)\s*</a>', officer.page)
    assert [line.split(": ")[0] for line in lines] == ["a.csv:2:3", "a.csv:3:1"]
    officer.post(f"{AT}/external/table", form=f"{AT}/external", status=400, table=(io.BytesIO(b""), ""))
    assert "Choose a file first" in officer.page
    assert ExternalScore.select().count() == 2


def test_the_director_enters_nothing(sign_in):
    director = sign_in("director")
    director.post(f"{AT}/aims/add", form=f"{AT}/outside/cl11", status=403, node="business")
    director.get(f"{AT}/aims.csv", 403)
    assert not Aim.select().exists()


def test_a_source_becomes_a_link_only_where_it_is_an_address(sign_in):
    officer = sign_in("officer")
    for year, source in (("2018", "https://x.vn/a"), ("2019", "javascript:alert(1)")):
        officer.post(f"{AT}/external/add", form=f"{AT}/external", index="pci", year=year, score="70", source=source)
    officer.get(f"{AT}/external")
    assert 'href="https://x.vn/a"' in officer.page
    assert 'href="javascript' not in officer.page
