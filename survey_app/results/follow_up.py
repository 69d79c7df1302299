"""What stands beside a Result: the units' replies to it, and what had become of last round's plans and orders.

It is frozen when the round is published, once for each Result: the scorecards print it, and a second rendering has to
give the same bytes although work on the actions goes on.
"""

from __future__ import annotations

import datetime

import msgspec

from survey_app.ballot import minutes
from survey_app.database import database
from survey_app.models import PUBLISHED, Action, ActionNote, Reply, Round, StoredFollowUp, StoredResult
from survey_app.results.result import Result
from survey_app.staff.actions import actions_of, notes_of
from survey_app.staff.plans import APPROVED, ORDER, plans_of


class PastAction(msgspec.Struct, frozen=True):
    """A line of an approved plan, or an order, as it stood on a day; `note`: the last word on how far it was."""

    id: int
    kind: str  # plan | order
    unit: str
    node: str
    what: str
    owner: str
    due: datetime.date
    effect: float | None
    status: str
    note: str = ""
    noted_on: datetime.date | None = None


class FollowUp(msgspec.Struct, frozen=True):
    """`replies`: (unit, text) in the order of the codes; `actions`: of round `of`, as they stood on `day`."""

    replies: tuple[tuple[str, str], ...] = ()
    of: str = ""
    actions: tuple[PastAction, ...] = ()
    day: datetime.date | None = None

    def canonical(self) -> bytes:
        """Canonical JSON: equal content gives equal bytes."""
        return msgspec.json.encode(self, order="deterministic")

    def reply(self, unit: str) -> str:
        """What the unit says to its own score; empty where it says nothing."""
        return dict(self.replies).get(unit, "")


NOTHING = FollowUp()


def past_action(action: Action, notes: list[ActionNote]) -> PastAction:
    """The action as it stands, with its newest note (`notes` come newest first)."""
    return PastAction(
        action.id, action.kind, action.unit, action.node, action.what, action.owner, action.due, action.effect,
        action.status, *((notes[0].text, notes[0].written_on) if notes else ()),
    )  # fmt: skip


def standing_actions(round_id: str) -> tuple[PastAction, ...]:
    """The round's orders and the lines of its approved plans, as they stand."""
    approved = {unit for unit, plan in plans_of(round_id).items() if plan.state == APPROVED}
    notes = notes_of(round_id)
    return tuple(
        past_action(one, notes.get(one.id, []))
        for one in actions_of(round_id)
        if one.kind == ORDER or one.unit in approved
    )


def gathered(result: Result, today: datetime.date | None = None) -> FollowUp:
    """What would stand beside this Result today: replies to this very Result only."""
    before = result.earlier_rounds[0] if result.earlier_rounds else ""
    return FollowUp(
        replies=replies_to(result),
        of=before,
        actions=standing_actions(before) if before else (),
        day=today or minutes.today(),
    )


def replies_to(result: Result) -> tuple[tuple[str, str], ...]:
    """The replies of heads who read this Result in the draft."""
    round_ = Round.get_by_id(result.round)
    if round_.reply_result != result.hash:
        return ()
    rows = Reply.select().where(Reply.round == round_.id).order_by(Reply.unit)
    return tuple((row.unit, row.text) for row in rows)


def freeze(result: Result, today: datetime.date | None = None) -> FollowUp:
    """Keep what stands beside it, once: from then on no reply changes.

    What was kept before stays, also for a round that is published again under another Result.
    """
    with database.atomic():
        # The round's row is written first: a head who saves a reply at this moment comes before, or is refused.
        Round.update(reply_until=Round.reply_until).where(Round.id == result.round).execute()
        made = (first_published(result.round) or gathered(result, today)).canonical()
        StoredFollowUp.insert(result=result.hash, canonical=made).on_conflict_ignore().execute()
    return kept(result.hash)


def first_published(round_id: str) -> FollowUp | None:
    """What was kept when the round was published; None before."""
    if Round.get_by_id(round_id).state != PUBLISHED:
        return None
    row = StoredFollowUp.select().join(StoredResult).where(StoredResult.round == round_id).first()
    return None if row is None else read(bytes(row.canonical))


def kept(result_hash: str) -> FollowUp:
    """What stood beside the Result when it was published; nothing for one that is not, or was before this was kept."""
    row = StoredFollowUp.get_or_none(StoredFollowUp.result == result_hash)
    return NOTHING if row is None else read(bytes(row.canonical))


def is_frozen(result_hash: str | None) -> bool:
    """Whether it was kept: publication has begun."""
    return StoredFollowUp.get_or_none(StoredFollowUp.result == result_hash) is not None


def read(canonical: bytes) -> FollowUp:
    """From its canonical bytes; nothing where there are none."""
    return msgspec.json.decode(canonical, type=FollowUp) if canonical else NOTHING
