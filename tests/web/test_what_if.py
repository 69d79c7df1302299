"""The what-if page without a script: typed weights, scenarios, and who may come here."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from survey_app.models import AuditEntry, Round, Scenario
from survey_app.results import stored, what_if_page
from survey_app.staff import accounts, passwords
from tests.results.published import publish
from tests.web.test_officer import Browser

HASH = passwords.hashed("bốn từ chẳng liên quan")
PAGE = "/staff/director/cdci-2024/what-if"


@pytest.fixture
def sign_in(app):
    """Signs a person of a role in; two rounds are published."""
    publish(app.config["SETTINGS"])

    def signed_in(role, unit=None):
        account = accounts.add(f"{role}@example.vn", f"Tên {role}", role, unit, by="test", language="en")
        accounts.set_password(account, HASH)
        browser = Browser(app)
        browser.post("/staff/sign-in", email=f"{role}@example.vn", password="bốn từ chẳng liên quan")
        return browser

    return signed_in


def lines(page):
    """Text of the lines of the table, tags gone."""
    rows = re.findall(r'<tr role="row"\s+data-unit="([^"]+)".*?</tr>', page, re.DOTALL)
    texts = re.findall(r'<tr role="row"\s+data-unit="[^"]+"(.*?)</tr>', page, re.DOTALL)
    return {unit: " ".join(re.sub(r"<[^>]+>", " ", text).split()) for unit, text in zip(rows, texts, strict=True)}


@pytest.mark.parametrize("role", ["director", "officer"])
def test_director_and_officer_come_from_the_comparison(sign_in, role):
    reader = sign_in(role)
    reader.get("/staff/director/cdci-2024")
    assert f"{PAGE}?group=chi_cuc" in reader.page
    assert "Chance that one unit is ahead of another" in reader.page
    reader.get(PAGE)
    assert "The published result stays as it is" in reader.page
    assert "Simulated data" in reader.page
    assert " style=" not in reader.page
    assert len(gzip.compress(reader.page.encode())) < 50_000


@pytest.mark.parametrize(("role", "unit"), [("unit_head", "CC-MCAI"), ("auditor", None), ("custodian", None)])
def test_others_are_refused(sign_in, role, unit):
    sign_in(role, unit).get(PAGE, 403)


def test_typed_weights_are_computed_and_stand_in_the_address(sign_in):
    director = sign_in("director")
    there = director.post(PAGE, group="chi_cuc", do="try", **{"w.mb": "80", "w.pc": "0"}).headers["Location"]
    director.get(there)
    found = what_if_page.page(stored.reading_of("cdci-2024", "en"), "chi_cuc", {"mb": "80", "pc": "0"})
    texts = lines(director.page)
    assert list(texts) == [line.unit for line in found.board.lines]
    for line in found.board.lines:
        for text in (line.here.text, line.here.interval, line.plan.text, line.difference, line.here.expected):
            assert text in texts[line.unit]
    assert re.search(r'name="w\.mb"[^>]*value="80"', director.page)


def test_the_numbers_that_come_with_the_page_are_those_it_shows(sign_in):
    director = sign_in("director")
    director.get(PAGE)
    data = json.loads(re.search(r'<script type="application/json" id="numbers">(.*?)</script>', director.page, re.S)[1])
    shown = {unit["code"] for unit in data["numbers"]["units"]}
    assert shown == set(lines(director.page))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"w.mb": "x"}, "Transparency and access to information” must be a number from 0 to 100"),
        ({"w.mb": "200"}, "must be a number from 0 to 100"),
        ({f"w.{one}": "0" for one in ("mb", "cl", "tg", "cb", "ld", "ht", "pl", "pc")}, "At least one weight"),
    ],
)
def test_weights_that_cannot_be_get_one_clear_line_on_the_page(sign_in, fields, said):
    director = sign_in("director")
    there = director.post(PAGE, group="chi_cuc", do="try", **fields).headers["Location"]
    director.get(there, 400)
    assert said in director.page
    assert len(lines(director.page)) == 6
    director.post(PAGE, 400, group="chi_cuc", do="save", name="a", **fields)
    assert said in director.page
    assert not Scenario.select().exists()


def test_a_scenario_is_saved_listed_opened_and_deleted(sign_in):
    director = sign_in("director")
    there = director.post(PAGE, group="chi_cuc", do="save", name="Giá gấp bốn", **{"w.pc": "50"}).headers["Location"]
    kept = Scenario.get()
    assert there.endswith(f"{PAGE}?scenario={kept.id}")
    assert kept.weights["pc"] == 50.0
    assert kept.weights["mb"] == 12.5
    director.get(there)
    assert "scenario “Giá gấp bốn”" in director.page
    assert "Tên director" in director.page
    assert re.search(r'name="w\.pc"[^>]*value="50"', director.page)
    director.post(PAGE, 400, group="chi_cuc", do="save", name="Giá gấp bốn", **{"w.pc": "40"})
    assert "already" in director.page
    assert re.search(r'name="w\.pc"[^>]*value="40"', director.page)
    assert Scenario.get().weights["pc"] == 50.0
    director.post(f"{PAGE}/{kept.id}/delete", form=PAGE)
    assert not Scenario.select().exists()
    director.get(there, 404)
    done = [entry.action for entry in AuditEntry.select().where(AuditEntry.who == "director@example.vn")]
    assert done[-2:] == ["scenario saved", "scenario deleted"]


def test_what_is_not_there_is_not_found(sign_in):
    director = sign_in("director")
    director.get(f"{PAGE}?group=none", 404)
    director.get(f"{PAGE}?scenario=7", 404)
    director.get("/staff/director/none/what-if", 404)
    Round.update(state="wiped").where(Round.id == "cdci-2024").execute()
    director.get(PAGE, 404)


def test_fewer_than_four_units_have_sliders_but_no_order(sign_in):
    director = sign_in("director")
    director.get(f"{PAGE}?group=phong")
    assert "No ranks: fewer than four comparable units." in director.page
    assert 'class="heat chances"' not in director.page
    assert director.page.count('type="range"') == 10
