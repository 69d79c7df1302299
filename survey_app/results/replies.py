"""The heads read the draft before publication and may have a reply (giải trình) printed beside their score.

The draft is a frozen Result, checked and registered like one that is published, and the one that is published in the
end: heads reply to the very numbers that readers will see. Its figures cannot be changed while they read it.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import msgspec

from survey_app.database import database
from survey_app.errors import NotFound, Refused, WrongState
from survey_app.fieldwork.steps import refuse_unless
from survey_app.i18n import N_
from survey_app.models import WIPED, Reply, Round, StoredFollowUp
from survey_app.results import follow_up, stored
from survey_app.results.freeze import freeze
from survey_app.results.reading import Reading
from survey_app.results.result import Result
from survey_app.staff.audit import record
from survey_app.staff.plans import Changed
from survey_app.staff.typed import Typed

DAYS, MOST_DAYS = 7, 60
LONGEST = 2000  # characters: what fits beside a score without pushing the rest off its page
CLOSED = N_("The draft of {round} is not before the unit heads now.")
PUBLISHING = N_("{round} is being published: replies cannot be changed any more.")


def open_draft(round_: Round, days: int, who: str, today: datetime.date, signed_by: str) -> Result:
    """Put the draft before the unit heads for so many days; called again, for so many days from now on.

    `signed_by`: the public key under which its manifest will be signed. Raises Refused where hidden numbers could be
    worked out from it, or for an impossible number of days; WrongState before the wipe and after publication.
    """
    refuse_unless(round_, WIPED)
    if not 1 <= days <= MOST_DAYS:
        raise Refused("The draft is read for {low} to {high} days.", low=1, high=MOST_DAYS)
    until = today + datetime.timedelta(days=days)
    result = draft_of(round_) or freeze(round_, signed_by)
    with database.atomic():
        there = (Round.id == round_.id) & (Round.state == WIPED)
        if not Round.update(reply_until=until, reply_result=result.hash).where(there).execute():
            raise WrongState(PUBLISHING, round=round_.id)
        if round_.reply_result is None:  # a publication that failed before has kept what stood beside the result then
            StoredFollowUp.delete().where(StoredFollowUp.result == result.hash).execute()
        record(who, "draft opened to the unit heads", round_.id, f"until {until:%d/%m/%Y}; result {result.hash}")
    return result


def take_back(round_: Round, who: str) -> None:
    """Take the draft back, such as to correct a figure. Replies are kept for the next draft. Raises WrongState."""
    with database.atomic():
        there = (Round.id == round_.id) & (Round.state == WIPED) & Round.reply_result.is_null(False)
        current = Round.get_by_id(round_.id).reply_result
        if not Round.update(reply_until=None, reply_result=None).where(there).execute():
            raise WrongState(CLOSED, round=round_.id)
        StoredFollowUp.delete().where(StoredFollowUp.result == current).execute()
        record(who, "draft taken back", round_.id, f"result {current}")


def draft_of(round_: Round) -> Result | None:
    """The Result that the heads read; None where no draft is before them."""
    return stored.by_hash(round_.reply_result) if round_.reply_result and round_.state == WIPED else None


def result_to_publish(round_: Round, signed_by: str) -> Result:
    """The draft where heads read one, else what is frozen now."""
    return draft_of(round_) or freeze(round_, signed_by)


def open_drafts() -> list[Round]:
    """The rounds whose draft is before the unit heads, the newest first."""
    there = (Round.state == WIPED) & Round.reply_result.is_null(False)
    return list(Round.select().where(there).order_by(Round.year.desc(), Round.id.desc()))


def drafts_before(unit: str | None) -> list[Round]:
    """Those in which this unit stands: its head may read it there."""
    return [row for row in open_drafts() if unit in {line.code for line in stored.by_hash(row.reply_result).units}]


class DraftState(msgspec.Struct, frozen=True):
    """For the officer's page: whether the draft is before the heads, until when, and which units have replied."""

    open: bool
    until: datetime.date | None
    over: bool
    replied: tuple[str, ...]
    days: int = DAYS
    most: int = MOST_DAYS


def state_of(round_: Round, today: datetime.date) -> DraftState:
    """How the round's draft stands."""
    until = round_.reply_until
    return DraftState(draft_of(round_) is not None, until, until is not None and until < today, tuple(replied(round_)))


def reading_of(round_: Round, language: str) -> Reading:
    """The draft as its published scorecard will be read: with the last round's actions and replies as they stand.

    Raises NotFound where no draft is before the heads.
    """
    result = draft_of(round_)
    if result is None:
        raise NotFound(CLOSED, round=round_.id)
    return stored.reading_beside(result, language, follow_up.gathered(result))


# ---------------------------------------------------------------- replies


def reply_of(round_: Round, unit: str) -> Reply:
    """The unit's reply; an empty one that is not kept yet where there is none."""
    found = Reply.get_or_none((Reply.round == round_.id) & (Reply.unit == unit))
    return found or Reply(round=round_.id, unit=unit, text="", version=0)


def replied(round_: Round) -> list[str]:
    """The units that have written one."""
    return [row.unit for row in Reply.select(Reply.unit).where(Reply.round == round_.id).order_by(Reply.unit)]


def write_reply(
    round_: Round, unit: str, fields: Mapping[str, str], version: int, who: str, today: datetime.date
) -> None:
    """Put `text` in the place of the reply that was read with this version (0: none); an empty one takes it away.

    Raises Unfit; Changed where somebody else wrote meanwhile; WrongState before the draft and once publication began.
    """
    typed = Typed(fields)
    text = typed.text("text", LONGEST, None)
    typed.refuse_problems()
    with database.atomic():
        # The row is written so that a publication that begins now waits, or is seen.
        there = (Round.id == round_.id) & (Round.state == WIPED) & Round.reply_result.is_null(False)
        if not Round.update(reply_until=Round.reply_until).where(there).execute():
            raise WrongState(CLOSED, round=round_.id)
        if follow_up.is_frozen(Round.get_by_id(round_.id).reply_result):
            raise WrongState(PUBLISHING, round=round_.id)
        put(round_.id, unit, version, text, {"who": who, "written_on": today})
        if text:
            record(who, "reply written", f"{round_.id}/{unit}", f"{len(text)} characters")
        else:
            record(who, "reply taken away", f"{round_.id}/{unit}")


def put(round_id: str, unit: str, version: int, text: str, by: dict[str, object]) -> None:
    """Inside a transaction that holds the round's row: write over the version that was read. Raises Changed."""
    there = (Reply.round == round_id) & (Reply.unit == unit)
    now = Reply.select(Reply.version).where(there).first()
    if version != (now.version if now else 0):
        raise Changed
    if not text:
        Reply.delete().where(there).execute()
    elif now is None:
        Reply.insert(round=round_id, unit=unit, text=text, **by).execute()
    else:
        Reply.update(text=text, version=version + 1, **by).where(there).execute()
