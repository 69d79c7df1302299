"""Heads of units and their time in office. Who came or left while a round was answered is not rated by it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import msgspec

from survey_app.database import database
from survey_app.errors import NotFound, Refused
from survey_app.fieldwork.units import current_register
from survey_app.models import Head

LONGEST = 120  # characters of a name


class InOffice(msgspec.Struct, frozen=True):
    """The head of a unit during a round; `changed`: somebody came or left meanwhile, and no name stands here."""

    name: str
    changed: bool = False


def enter(unit: str, name: str, since: datetime.date, until: datetime.date | None) -> Head:
    """Add a time in office. Raises Refused where it cannot be, or overlaps another of the same unit."""
    name = " ".join(name.split())
    if unit not in current_register():
        raise Refused("There is no unit {unit} in the register.", unit=unit)
    if not name or len(name) > LONGEST:
        raise no_name()
    if until is not None and until < since:
        raise Refused("The last day in office lies before the first: exchange the two.")
    with database.atomic():
        for other in Head.select().where(Head.unit == unit):
            if overlaps(other, since, until):
                raise Refused(
                    "{name} is entered as head of this unit for some of these days: correct or remove that line first.",
                    name=other.name,
                )
        return Head.create(unit=unit, name=name, since=since, until=until)


def no_name() -> Refused:
    """The refusal of a name that is missing or too long."""
    return Refused("Write the name of the head, with at most {n} characters.", n=LONGEST)


def overlaps(other: Head, since: datetime.date, until: datetime.date | None) -> bool:
    """Whether two times in office share a day; one without a last day goes on."""
    return (other.until is None or other.until >= since) and (until is None or until >= other.since)


def remove(number: int) -> Head:
    """Take a line out. Raises NotFound."""
    head = Head.get_or_none(Head.id == number)
    if head is None:
        raise NotFound("This line is not there any more.")
    with database.atomic():
        Head.delete().where(Head.id == number).execute()
    return head


def heads_of(units: Iterable[str]) -> list[Head]:
    """All lines of these units, by unit and day."""
    return list(Head.select().where(Head.unit.in_(list(units))).order_by(Head.unit, Head.since))


def in_office(units: Iterable[str], first: datetime.date, last: datetime.date) -> dict[str, InOffice]:
    """Unit → who headed it on each day from first to last; units of which nothing is entered are left out."""
    found: dict[str, InOffice] = {}
    for head in heads_of(units):
        if overlaps(head, first, last):
            throughout = head.since <= first and (head.until is None or head.until >= last)
            found[head.unit] = InOffice(head.name) if throughout else InOffice("", changed=True)
    return found
