"""A tiny round, built by the office's own verbs, for tests of the office, its pages and commands."""

from __future__ import annotations

import datetime
from pathlib import Path

from survey_app.ballot.envelopes import SealedContent, submit
from survey_app.ballot.tokens import Token, new_receipt
from survey_app.config import Settings
from survey_app.fieldwork import frame, invitations, rounds, units, versions
from survey_app.models import Round
from survey_app.questionnaire.answers import Answers
from survey_app.questionnaire.path import completed

FOLDER = Path(__file__).parent / "fieldwork"
# Clients a unit: 60 × 35 % is enough for a report of its own, 20 × 35 % is not.
CLIENTS = {"A": 120, "B": 60, "C": 20}


def tiny_round(settings: Settings, round_id: str = "tiny-2026", **changes: object) -> Round:
    """A round in preparation: three units of which C is too small for itself, 160 businesses, no keys, no codes."""
    units.import_units(FOLDER / "units.csv")
    questionnaire = versions.store_questionnaire(FOLDER / "tiny.yaml")
    plan = versions.store_plan(FOLDER / "tiny_plan.yaml", versions.questionnaire_by_hash(questionnaire.hash))
    today = datetime.datetime.now(datetime.UTC).date()
    fields: dict[str, object] = {
        "id": round_id,
        "year": today.year,
        "title": {"vi": "Khảo sát thử", "en": "Trial survey"},
        "organisation": {"vi": "Cục Hải quan tỉnh Quảng Ninh", "en": "Quảng Ninh Customs Department"},
        "questionnaire": questionnaire.hash,
        "plan": plan.hash,
        "opens_on": today,
        "closes_on": today + datetime.timedelta(days=30),
        "custodians": settings.custodian_titles,
        "recount_days": settings.recount_days,
    }
    created = rounds.create_round(rounds.NewRound(**fields | changes))
    frame.write_frame(created, list(frame_lines()))
    return created


def frame_lines() -> list[frame.FrameLine]:
    """160 businesses, some of which deal with two units."""
    lines = []
    for number in range(160):
        dealt = tuple(
            unit for unit, first in (("A", 0), ("B", 100), ("C", 140)) if first <= number < first + CLIENTS[unit]
        )
        lines.append(
            frame.FrameLine(
                tax_code=f"57{number:08d}",
                name=f"Công ty {number}",
                units=dealt,
                address=f"Số {number}, phường Hồng Gai, tỉnh Quảng Ninh",
            )
        )
    return lines


def ready_round(settings: Settings, **changes: object) -> tuple[Round, tuple[str, ...], list[tuple[str, Token]]]:
    """The round with tested keys and all codes: it may open. With the printed shares and (tax code, token) pairs."""
    created = tiny_round(settings, **changes)
    ceremony = rounds.hold_keys(created)
    created = rounds.round_by_id(created.id)
    rounds.try_keys(created, *ceremony.shares[:2])
    issued = [
        (business.tax_code, token) for business, token in invitations.issue(created, invitations.uninvited(created))
    ]
    return rounds.round_by_id(created.id), ceremony.shares, issued


def answer(round_: Round, token: Token, unit: str, ratings: tuple[str, str] = ("4", "5")) -> None:
    """One business answers about one unit, through the real path."""
    questionnaire, register = versions.questionnaire_of(round_), units.register_for(round_)
    given: Answers = {
        "units_dealt_with": (unit,),
        f"q1@{unit}": (ratings[0],),
        f"q2@{unit}": (ratings[1],),
    }
    content = SealedContent(
        answers=completed(questionnaire, register, given),
        receipt=new_receipt(),
        label=0,
        duration=2,
        language="vi",
    )
    submit(token, content, round_)
