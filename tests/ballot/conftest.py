"""An open round on a small questionnaire, and businesses that answer it through the ballot's own verbs."""

from __future__ import annotations

import datetime
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from survey_app.ballot import drafts, envelopes, keys
from survey_app.ballot.tokens import Token, new_receipt, new_resume, new_token
from survey_app.config import Settings
from survey_app.models import (
    CLOSED,
    OPEN,
    Business,
    Invitation,
    Round,
    RoundUnit,
    StoredPlan,
    StoredQuestionnaire,
)
from survey_app.questionnaire import load, path
from survey_app.questionnaire.answers import Answers, Missing
from survey_app.questionnaire.schema import RatedUnit
from survey_app.scoring.plan_load import load_plan

HERE = Path(__file__).parent
UNITS = {
    "A": {"code": "A", "kind": "chi_cuc", "names": {"en": "Branch A"}},
    "B": {"code": "B", "kind": "chi_cuc", "names": {"en": "Branch B"}},
    "C": {"code": "C", "kind": "chi_cuc", "names": {"en": "Branch C"}},
    "A1": {"code": "A1", "kind": "doi", "names": {"en": "Team A1"}, "parent": "A"},
    "A2": {"code": "A2", "kind": "doi", "names": {"en": "Team A2"}, "parent": "A"},
    "AG": {"code": "AG", "kind": "nhom", "names": {"en": "Teams of A"}, "rated": False},
}
MERGED = {"A1": "AG", "A2": "AG"}


@dataclass
class Fieldwork:
    """A round under way: its shares, its codes."""

    round: Round
    shares: tuple[str, ...]
    tokens: list[Token] = field(default_factory=list)

    def invite(self, number: int) -> list[Token]:
        """Codes for new businesses."""
        tokens = [new_token() for _ in range(number)]
        for token in tokens:
            business = Business.create(tax_code=token.digest.hex()[:12], name="A firm")
            Invitation.insert(digest=token.digest, round=self.round.id, business=business.id).execute()
        self.tokens += tokens
        return tokens

    def submit(self, token: Token, answers: Answers, **changes: object) -> str:
        """Seal and send a sheet; its receipt."""
        content = sheet(answers, **changes)
        envelopes.submit(token, content, self.round)
        return content.receipt

    def answered(self, number: int, seed: int = 7) -> list[str]:
        """So many businesses answer; their receipts. Every fifth leaves a draft open first."""
        chance = random.Random(seed)
        receipts = []
        for place, token in enumerate(self.invite(number)):
            if place % 5 == 0:
                keep(token)
            receipts.append(self.submit(token, answers_by(chance, place), label=place))
        return receipts

    def close(self) -> Round:
        """The box is shut."""
        Round.update(state=CLOSED).where(Round.id == self.round.id).execute()
        drafts.destroy_all(self.round.id)
        return Round.get_by_id(self.round.id)


def sheet(answers: Answers, **changes: object) -> envelopes.SealedContent:
    """A sealed sheet's content with usual particulars."""
    usual = {"receipt": new_receipt(), "label": secrets.randbits(32), "duration": 2, "language": "vi"}
    return envelopes.SealedContent(answers=answers, **(usual | changes))  # type: ignore[arg-type]


def keep(token: Token) -> None:
    """A draft that nobody comes back to."""
    content = drafts.DraftContent({"sp1@A": ("3",)}, "speed.A", {"speed.A": 9}, 1, 0, "vi")
    drafts.save(token, new_resume(), content, 0)


def answers_by(chance: random.Random, place: int) -> Answers:
    """One business's answers: two branches, the better the earlier in the alphabet, and sometimes a team."""
    main, second = chance.sample(["A", "B", "C"], 2)
    rated = [main, second, *(["A1" if place % 2 else "A2"] if main == "A" else [])]
    answers: Answers = {"units_dealt_with": (main, second), "size": ("small",), "trades": ("import", "export")}
    for unit in rated:
        level = {"A": 4, "B": 3, "C": 2}.get(unit, 4)
        for item in ("sp1", "sp2", "ca1", "ca2"):
            answers[f"{item}@{unit}"] = (str(min(5, max(1, level + chance.choice([-1, 0, 0, 1])))),)
        answers[f"fear@{unit}"] = (chance.choice("12345"),)
    answers[f"hours@{main}"] = (chance.choice(["1.5", "2", "30"]),)
    answers[f"read@{main}"] = ("3" if place % 10 else "4",)
    answers[f"better@{main}"] = (f"Ý kiến thứ {place} về {main}",) if place % 2 else Missing.LEFT_BLANK
    answers["wish"] = (f"Mong muốn {place}",)
    return answers


@pytest.fixture
def another_round(db: Settings) -> Callable[[str], Fieldwork]:
    """Opens a round of another name beside it."""
    return start


@pytest.fixture
def open_round(db: Settings) -> Fieldwork:
    """A round that is being answered, its key split among three."""
    return start("cdci-2024")


def start(name: str, single: bool = False) -> Fieldwork:
    """Create and open a round of this name."""
    questionnaire, plan = load.load(HERE / "questionnaire.yaml"), load_plan(HERE / "plan.yaml")
    for table, row in (
        (StoredQuestionnaire, {"hash": questionnaire.hash, "identifier": "small", "version": "1",
                               "canonical": questionnaire.canonical()}),
        (StoredPlan, {"hash": plan.hash, "identifier": "small", "canonical": plan.canonical()}),
    ):  # fmt: skip
        table.insert(**row).on_conflict_ignore().execute()
    register = {
        code: RatedUnit(code=code, kind=unit["kind"], names=unit["names"], parent=unit.get("parent"))
        for code, unit in UNITS.items()
        if unit.get("rated", True)
    }
    ceremony = keys.hold_ceremony(name, questionnaire.hash, single)
    Round.create(
        id=name, year=2024, title={"en": name}, organisation={"en": "The Cục"}, questionnaire=questionnaire.hash,
        plan=plan.hash, state=OPEN, opens_on=datetime.date(2024, 1, 1), closes_on=datetime.date(2024, 2, 1),
        custodians=["one"] if single else ["one", "two", "three"], public_key=ceremony.public_key,
        envelope_size=envelopes.envelope_size(questionnaire, register), register_hash="00" * 32,
    )  # fmt: skip
    for code, unit in UNITS.items():
        RoundUnit.insert(round=name, unit=code, merged_into=MERGED.get(code), frozen=unit).execute()
    assert path.largest_sheet(questionnaire, register) > 0
    return Fieldwork(Round.get_by_id(name), ceremony.shares)
