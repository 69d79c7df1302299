"""A round that is being answered, built by the office's own verbs, and codes for it."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey_app.ballot import envelopes, keys
from survey_app.ballot.tokens import new_token
from survey_app.fieldwork import rounds, versions
from survey_app.models import OPEN, Business, Invitation, Round, RoundUnit, StoredPlan
from survey_app.questionnaire import load
from survey_app.questionnaire.schema import RatedUnit
from survey_app.scoring.plan_load import load_plan

TESTS = Path(__file__).parent
EVERY_TYPE = TESTS / "web" / "every_type.yaml"
CDCI = TESTS.parent / "questionnaires" / "cdci_2024" / "questionnaire.yaml"
NAMES = {
    "MCAI": ("chi_cuc", None, "Chi cục Móng Cái", "Móng Cái Branch"),
    "HGAI": ("chi_cuc", None, "Chi cục Hòn Gai", "Hòn Gai Branch"),
    "CPHA": ("chi_cuc", None, "Chi cục Cẩm Phả", "Cẩm Phả Branch"),
    "VGIA": ("chi_cuc", None, "Chi cục Vạn Gia", "Vạn Gia Branch"),
    "HMO": ("chi_cuc", None, "Chi cục Hoành Mô", "Hoành Mô Branch"),
    "BPS": ("chi_cuc", None, "Chi cục Bắc Phong Sinh <b>", "Bắc Phong Sinh Branch"),
    "TXNK": ("phong", None, "Phòng Thuế xuất nhập khẩu Đông Bắc", "Tariff Division"),
    "MCAI-D1": ("doi", "MCAI", "Đội Nghiệp vụ 1", "Team 1"),
    "MCAI-D2": ("doi", "MCAI", "Đội Nghiệp vụ 2", "Team 2"),
}


def answering_round(questionnaire_file: Path = EVERY_TYPE, single: bool = False) -> Round:
    """An open round over nine units, two of them teams."""
    stored = versions.store_questionnaire(questionnaire_file)
    questionnaire = load.load(questionnaire_file)
    plan = load_plan(TESTS / "ballot" / "plan.yaml")
    StoredPlan.insert(hash=plan.hash, identifier=plan.id, canonical=plan.canonical()).on_conflict_ignore().execute()
    today = datetime.datetime.now(datetime.UTC).date()
    frozen = {
        code: {
            "code": code, "kind": kind, "needs": [], "parent": parent, "names": {"vi": vi, "en": en, "zh-Hans": code},
            "short_names": {"vi": vi}, "valid_from": "2018-01-01", "valid_to": None, "successor": None, "rated": True,
            "fallback": None,
        }
        for code, (kind, parent, vi, en) in NAMES.items()
    }  # fmt: skip
    register = {
        code: RatedUnit(code=code, kind=kind, parent=parent, names={"vi": vi})
        for code, (kind, parent, vi, _) in NAMES.items()
    }
    ceremony = keys.hold_ceremony("cdci-2025", stored.hash, single)
    custodians = ["Lãnh đạo Cục", "Bộ phận thanh tra", "Hiệp hội doanh nghiệp"]
    Round.create(
        id="cdci-2025",
        year=2025,
        title={"vi": "Khảo sát CDCI 2025", "en": "CDCI survey 2025", "zh-Hans": "2025年CDCI调查"},
        organisation={"vi": "Cục Hải quan tỉnh Quảng Ninh", "en": "Quảng Ninh Customs", "zh-Hans": "广宁省海关局"},
        questionnaire=stored.hash,
        plan=plan.hash,
        state=OPEN,
        opens_on=today,
        closes_on=today + datetime.timedelta(days=30),
        custodians=custodians[:1] if single else custodians,
        public_key=ceremony.public_key,
        envelope_size=envelopes.envelope_size(questionnaire, register),
        register_hash=stored.hash,
    )
    for code, line in frozen.items():
        RoundUnit.insert(round="cdci-2025", unit=code, frozen=line).execute()
    return rounds.round_by_id("cdci-2025")


def new_code(round_: Round) -> str:
    """A code as printed, for a new business."""
    token = new_token()
    business = Business.create(tax_code=token.digest.hex()[:12], name="Công ty A")
    Invitation.insert(digest=token.digest, round=round_.id, business=business.id).execute()
    return token.printed


@dataclass
class Respondent:
    """Somebody with a browser that shows no pictures and runs no scripts."""

    client: FlaskClient
    answer: TestResponse | None = None

    @property
    def text(self) -> str:
        assert self.answer is not None
        return self.answer.text

    @property
    def path(self) -> str:
        assert self.answer is not None
        return self.answer.request.path

    @property
    def heading(self) -> str:
        """The page's first heading."""
        found = re.search(r"<h1>(.*?)</h1>", self.text, re.DOTALL)
        return found[1].strip() if found else ""

    def hidden(self, name: str) -> str:
        """The value of a hidden field of the page."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        return found[1] if found else ""

    def get(self, path: str) -> Respondent:
        """Open a page, going where it sends."""
        self.answer = self.client.get(path, follow_redirects=True)
        return self

    def post(self, path: str, follow: bool = True, **fields: object) -> Respondent:
        """Send a form with the page's own token; field names with "@" or "." come in a dict `data`."""
        data = {"csrf_token": self.hidden("csrf_token")} | fields.pop("data", {}) | fields  # type: ignore[operator]
        self.answer = self.client.post(path, data=data, follow_redirects=follow)
        return self

    def enter(self, code: str, **fields: object) -> Respondent:
        """Type a code on the welcome page."""
        return self.get("/").post("/start", code=code, **fields)

    def send(self, go: str = "next", path: str = "", revision: str = "", **answers: object) -> Respondent:
        """Send the page that is open, with these answers (keys as in the form)."""
        fields = {"go": go, "revision": revision or self.hidden("revision")} | answers
        return self.post(path or self.path, data=fields)

    def choose(self, main: str, second: str = "") -> Respondent:
        """Pick units on the picker's page."""
        return self.send(**{"units_dealt_with.main": main, "units_dealt_with": second})

    def to_review(self) -> Respondent:
        """Press "continue" until the review, on the way answering one question about each unit."""
        for _ in range(40):
            if self.path == "/review":
                return self
            unit = self.path.removeprefix("/answer/mb.")
            self.send(**({} if unit == self.path else {f"mb01@{unit}": "4"}))
        raise AssertionError(f"no review; stuck at {self.path}")

    def submit(self) -> Respondent:
        """Submit from the review."""
        return self.post("/submit", revision=self.hidden("revision"))
