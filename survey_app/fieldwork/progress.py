"""How the round is going: whole tens, once a day, and never of a group so small that one answer can be seen in it.

Threats: an officer who watches a counter knows the minute in which a business answered; who subtracts the parts of a
unit from the unit knows what the few others did. So the worker takes the numbers once a day, in steps of ten, and
leaves out every unit whose difference from another shown one is small. A page shows what was stored, and the wipe
deletes it.
"""

from __future__ import annotations

import datetime
import math
from collections import defaultdict
from collections.abc import Mapping

import msgspec

from survey_app.ballot import minutes
from survey_app.database import database
from survey_app.fieldwork.frame import dealings_by_unit
from survey_app.models import OPEN, PROGRESS, Invitation, Job, Round

SMALLEST_GROUP = 20  # invited businesses
STEP = 10  # a number moves only when ten more have answered


class GroupProgress(msgspec.Struct, frozen=True):
    """A group of invited businesses: how many, and how many of them answered (about whichever unit)."""

    unit: str  # whose clients they are; "" for all
    invited: int
    answered: int | None  # whole tens, rounded down; None: too few, or others would give such a group away

    @property
    def most(self) -> int:
        """The largest number that `answered` may stand for."""
        return min((self.answered or 0) + STEP - 1, self.invited)

    @property
    def rates(self) -> tuple[int, int]:
        """The response rate lies between these, in per cent."""
        return math.floor(100 * (self.answered or 0) / self.invited), math.ceil(100 * self.most / self.invited)


class Progress(msgspec.Struct, frozen=True):
    """The numbers of one day."""

    day: datetime.date
    everyone: GroupProgress
    groups: tuple[GroupProgress, ...]


def progress_of(round_: Round) -> Progress | None:
    """The numbers taken last; None before the first ones."""
    kept = Job.select().where((Job.kind == PROGRESS) & (Job.round == round_.id)).first()
    return msgspec.json.decode(kept.message, type=Progress) if kept else None


def take_daily() -> None:
    """What the worker does every hour: take the numbers of each open round that has none of today."""
    today = minutes.today()
    for round_ in Round.select().where(Round.state == OPEN):
        last = progress_of(round_)
        if last is None or last.day != today:
            take(round_, today)


def take(round_: Round, day: datetime.date) -> Progress:
    """Count the marks and store the numbers in place of the last ones."""
    progress = count_marks(round_, day)
    with database.atomic():
        Job.delete().where((Job.kind == PROGRESS) & (Job.round == round_.id)).execute()
        Job.create(kind=PROGRESS, round=round_.id, state="done", message=msgspec.json.encode(progress).decode())
    return progress


def count_marks(round_: Round, day: datetime.date) -> Progress:
    """Marks of all and per unit of the frame. The marks themselves do not leave this function."""
    used: defaultdict[int, bool] = defaultdict(bool)
    for row in Invitation.select(Invitation.business, Invitation.used).where(Invitation.round == round_.id):
        used[row.business_id] |= bool(row.used)
    clients = {unit: held & used.keys() for unit, held in dealings_by_unit(round_).items()}
    everyone = frozenset(used)
    shown = shown_groups({**clients, "": everyone})

    def group(unit: str, held: frozenset[int]) -> GroupProgress:
        answered = sum(used[business] for business in held)
        return GroupProgress(unit, len(held), answered // STEP * STEP if unit in shown else None)

    groups = tuple(group(unit, held) for unit, held in sorted(clients.items()) if held)
    return Progress(day, group("", everyone), groups)


def shown_groups(groups: Mapping[str, frozenset[int]]) -> set[str]:
    """Which groups may show a number, the largest first: none that leaves a small rest.

    A rest is what remains of a shown group without those shown inside it, one of them or all of them.
    """
    shown: dict[str, frozenset[int]] = {}
    for name in sorted(groups, key=lambda each: (-len(groups[each]), each)):
        if len(groups[name]) >= SMALLEST_GROUP and leaves_no_small_rest({**shown, name: groups[name]}):
            shown[name] = groups[name]
    return set(shown)


def leaves_no_small_rest(shown: Mapping[str, frozenset[int]]) -> bool:
    """Whether every rest is empty or a group that could be shown itself."""
    for whole in shown.values():
        parts = [part for part in shown.values() if part <= whole and part != whole]
        rests = [whole - part for part in parts] + [whole - frozenset().union(*parts)]
        if any(0 < len(rest) < SMALLEST_GROUP for rest in rests):
            return False
    return True
