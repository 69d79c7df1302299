"""How the round is going: numbers only, once a day, and never of a group so small that one answer can be seen in it.

Threat: an officer who watches a counter knows the minute in which a business answered. So the numbers are taken once
a day and stored; a page shows the stored ones.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping

import msgspec

from survey_app.ballot import minutes
from survey_app.database import database
from survey_app.fieldwork.frame import dealings_by_unit
from survey_app.models import OPEN, Invitation, Job, Round

SMALLEST_GROUP = 20  # invited businesses


class GroupProgress(msgspec.Struct, frozen=True):
    """A unit's clients in the frame: how many were invited, how many of them answered (about whichever unit)."""

    unit: str
    invited: int
    answered: int | None  # None: fewer than SMALLEST_GROUP invited


class Progress(msgspec.Struct, frozen=True):
    """The numbers of one day."""

    day: datetime.date
    invited: int
    answered: int | None
    groups: tuple[GroupProgress, ...]


def progress_of(round_: Round, today: datetime.date | None = None) -> Progress:
    """The day's numbers: counted at the first look of the day while the round is open, else the last ones stored."""
    today = today or minutes.today()
    kept = Job.select().where((Job.kind == "progress") & (Job.round == round_.id)).order_by(Job.id.desc()).first()
    if kept is not None:
        last = msgspec.json.decode(kept.message, type=Progress)
        if last.day == today or round_.state != OPEN:
            return last
    counted = count_marks(round_, today)
    if round_.state == OPEN:
        keep(round_, counted)
    return counted


def keep(round_: Round, progress: Progress) -> None:
    """Store the day's numbers in place of the last ones."""
    with database.atomic():
        Job.delete().where((Job.kind == "progress") & (Job.round == round_.id)).execute()
        Job.create(kind="progress", round=round_.id, state="done", message=msgspec.json.encode(progress).decode())


def count_marks(round_: Round, day: datetime.date) -> Progress:
    """Marks per unit of the frame. The marks themselves do not leave this function."""
    used: defaultdict[int, bool] = defaultdict(bool)
    for row in Invitation.select(Invitation.business, Invitation.used).where(Invitation.round == round_.id):
        used[row.business_id] |= bool(row.used)
    clients = {unit: businesses & used.keys() for unit, businesses in dealings_by_unit(round_).items()}
    shown = shown_units(clients)
    groups = tuple(
        GroupProgress(unit, len(held), sum(used[business] for business in held) if unit in shown else None)
        for unit, held in sorted(clients.items())
    )
    total = sum(used.values()) if len(used) >= SMALLEST_GROUP else None
    return Progress(day, len(used), total, groups)


def shown_units(clients: Mapping[str, frozenset[int]]) -> set[str]:
    """Units whose number may be shown: large enough, and those left over are not few enough to be worked out."""
    shown = {unit for unit, held in clients.items() if len(held) >= SMALLEST_GROUP}
    everyone: set[int] = set().union(*clients.values()) if clients else set()
    by_size = sorted(shown, key=lambda unit: (len(clients[unit]), unit))
    while by_size:
        left = everyone - set().union(*(clients[unit] for unit in shown))
        if not left or len(left) >= SMALLEST_GROUP:
            break
        shown.discard(by_size.pop(0))
    return shown
