"""Tiny questionnaires, a small register of units, and forms filled in as a browser would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict

from survey_app.questionnaire.answers import Answers
from survey_app.questionnaire.forms import PageForm, form_for
from survey_app.questionnaire.load import load
from survey_app.questionnaire.path import Page, RatedUnit, pages
from survey_app.questionnaire.schema import Questionnaire

FEATURES = Path(__file__).resolve().parents[1] / "features"


@pytest.fixture(scope="session")
def feature() -> Callable[[str], Questionnaire]:
    """A questionnaire of tests/features by its name."""
    return lambda name: load(FEATURES / f"{name}.yaml")


@pytest.fixture(scope="session")
def register() -> dict[str, RatedUnit]:
    """Two border-gate branches with teams, one office, one audit branch that clears nothing."""
    known = [
        RatedUnit(code="MC", kind="chi_cuc", names={"vi": "Móng Cái", "en": "Mong Cai"}),
        RatedUnit(code="MC-1", kind="doi", names={"vi": "Đội 1", "en": "Team 1"}, parent="MC"),
        RatedUnit(code="MC-2", kind="doi", names={"vi": "Đội 2", "en": "Team 2"}, parent="MC"),
        RatedUnit(code="HG", kind="chi_cuc", names={"vi": "Hòn Gai", "en": "Hon Gai"}),
        RatedUnit(code="TV", kind="phong", names={"vi": "Phòng Thuế", "en": "Tax Office"}),
        RatedUnit(
            code="KT",
            kind="chi_cuc",
            names={"vi": "Kiểm tra", "en": "Audit"},
            needs=frozenset({"site_check", "tariff"}),
        ),
    ]
    return {unit.code: unit for unit in known}


@pytest.fixture(scope="session")
def page_of(register: dict[str, RatedUnit]) -> Callable[..., Page]:
    """The page with this key on the path of these answers."""

    def find(questionnaire: Questionnaire, name: str, answers: Answers | None = None) -> Page:
        return next(page for page in pages(questionnaire, register, answers or {}) if page.key == name)

    return find


@pytest.fixture(scope="session")
def send() -> Callable[..., PageForm]:
    """A page filled in: values by field name, a text or a list of texts."""

    def fill(page: Page, sent: dict[str, str | list[str]], language: str = "vi") -> PageForm:
        pairs = [
            (name, each) for name, value in sent.items() for each in ([value] if isinstance(value, str) else value)
        ]
        form = form_for(page, language)(MultiDict(pairs))
        form.validate()
        return form

    return fill
