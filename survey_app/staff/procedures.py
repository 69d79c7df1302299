"""A unit's self-review of its procedures: which it keeps, simplifies or drops, and from which day that holds."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import msgspec

from survey_app.database import database
from survey_app.errors import NotFound, Refused
from survey_app.fieldwork.steps import refuse_unless
from survey_app.models import PUBLISHED, Procedure, Round
from survey_app.staff.audit import record
from survey_app.staff.plans import Changed
from survey_app.staff.typed import Typed

KEPT, SIMPLIFIED, DROPPED = VERDICTS = ("kept", "simplified", "dropped")
LONGEST = 300  # characters


class Reviewed(msgspec.Struct, frozen=True):
    """One procedure and what became of it."""

    name: str
    verdict: str
    holds_from: datetime.date

    def __str__(self) -> str:
        return f"{self.name}; {self.verdict}; {self.holds_from:%d/%m/%Y}"


def typed_review(fields: Mapping[str, str]) -> Reviewed:
    """What a form holds: `name`, `verdict`, `holds_from`. Raises Unfit."""
    typed = Typed(fields)
    found = Reviewed(
        name=typed.line("name", LONGEST, Refused("Write which procedure was looked through.")),
        verdict=typed.one_of("verdict", VERDICTS, Refused("Choose what became of it.")),
        holds_from=typed.day("holds_from"),
    )
    typed.refuse_problems()
    return found


def reviews_of(round_id: str, unit: str) -> list[Procedure]:
    """What the unit has looked through, in the order of writing."""
    there = (Procedure.round == round_id) & (Procedure.unit == unit)
    return list(Procedure.select().where(there).order_by(Procedure.id))


def review_by_id(round_: Round, number: int) -> Procedure:
    """One of them. Raises NotFound."""
    found = Procedure.get_or_none((Procedure.id == number) & (Procedure.round == round_.id))
    if found is None:
        raise NotFound("There is no such procedure in this round: perhaps it was removed meanwhile.")
    return found


def add_review(round_: Round, unit: str, reviewed: Reviewed, who: str) -> Procedure:
    """Note one more. Raises WrongState before the round is published."""
    refuse_unless(round_, PUBLISHED)
    with database.atomic():
        row = Procedure.create(round=round_.id, unit=unit, **msgspec.structs.asdict(reviewed))
        record(who, "procedure reviewed", f"{round_.id}/{unit}", f"{row.id}: {reviewed}")
    return row


def change_review(row: Procedure, reviewed: Reviewed, version: int, who: str) -> None:
    """Put it in place of the one that was read. Raises Changed."""
    with database.atomic():
        there = (Procedure.id == row.id) & (Procedure.version == version)
        values = msgspec.structs.asdict(reviewed)
        if not Procedure.update(version=Procedure.version + 1, **values).where(there).execute():
            raise Changed
        record(who, "procedure changed", f"{row.round_id}/{row.unit}", f"{row.id}: {reviewed}")


def remove_review(row: Procedure, version: int, who: str) -> None:
    """Take it out. Raises Changed."""
    with database.atomic():
        if not Procedure.delete().where((Procedure.id == row.id) & (Procedure.version == version)).execute():
            raise Changed
        record(who, "procedure removed", f"{row.round_id}/{row.unit}", f"{row.id}: {row.name}")
