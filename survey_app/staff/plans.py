"""A unit's action plan (kế hoạch khắc phục) on a published round: written, sent, approved or sent back with a remark.

Every change raises the plan's version, so that the director approves exactly what stood on the page.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from survey_app.database import database
from survey_app.errors import Refused, WrongState
from survey_app.fieldwork.steps import refuse_unless
from survey_app.i18n import N_
from survey_app.models import PUBLISHED, Action, ActionPlan, Round
from survey_app.staff.audit import record
from survey_app.staff.typed import Typed

DRAFT, SENT, RETURNED, APPROVED = "draft", "sent", "returned", "approved"
WRITABLE = (DRAFT, RETURNED)
PLAN, ORDER = "plan", "order"  # kinds of actions
LONGEST_REMARK = 1000  # characters
CHANGED = N_("Somebody changed this meanwhile. Look at what stands there now, then do it again.")
NOT_NOW = {
    DRAFT: N_("The plan is being written: it has not been sent for approval."),
    SENT: N_("The plan was sent for approval: take it back before you change it."),
    RETURNED: N_("The plan was sent back to the unit: it is being rewritten."),
    APPROVED: N_("The plan is approved: only the director can open it again, by sending it back."),
}


class Changed(WrongState):
    """Somebody else was faster; nothing was written."""

    def __init__(self) -> None:
        super().__init__(CHANGED)


def plan_of(round_id: str, unit: str) -> ActionPlan:
    """The unit's plan; one that is not kept yet where nobody has begun it."""
    found = ActionPlan.get_or_none((ActionPlan.round == round_id) & (ActionPlan.unit == unit))
    return found or ActionPlan(round=round_id, unit=unit)


def plans_of(round_id: str) -> dict[str, ActionPlan]:
    """All plans of a round, by unit."""
    return {row.unit: row for row in ActionPlan.select().where(ActionPlan.round == round_id)}


def begin_change(round_: Round, unit: str) -> None:
    """Inside a transaction, before a line is written: the plan may be changed, and nobody decides on it meanwhile.

    Raises WrongState for a plan that was sent or approved.
    """
    refuse_unless(round_, PUBLISHED)
    ActionPlan.insert(round=round_.id, unit=unit).on_conflict_ignore().execute()
    if not moved(round_.id, unit, ActionPlan.state.in_(WRITABLE)):
        raise WrongState(NOT_NOW[plan_of(round_.id, unit).state])


def moved(round_id: str, unit: str, due: object, **values: object) -> int:
    """Change the plan's row where `due` holds, and raise its version; how many rows that were."""
    there = (ActionPlan.round == round_id) & (ActionPlan.unit == unit) & due
    return int(ActionPlan.update(version=ActionPlan.version + 1, **values).where(there).execute())


def send(round_: Round, unit: str, who: str, today: datetime.date) -> None:
    """Send it for approval. Raises Refused for a plan without a line, WrongState."""
    with database.atomic():
        begin_change(round_, unit)
        lines = (Action.round == round_.id) & (Action.unit == unit) & (Action.kind == PLAN)
        if not Action.select().where(lines).exists():
            raise Refused("The plan has no line yet: write at least one before you send it.")
        moved(round_.id, unit, ActionPlan.state.in_(WRITABLE), state=SENT, sent_on=today)
        record(who, "action plan sent", f"{round_.id}/{unit}")


def take_back(round_: Round, unit: str, who: str) -> None:
    """Take a plan back that nobody has decided on. Raises WrongState."""
    with database.atomic():
        if not moved(round_.id, unit, ActionPlan.state == SENT, state=DRAFT):
            raise WrongState(NOT_NOW[plan_of(round_.id, unit).state])
        record(who, "action plan taken back", f"{round_.id}/{unit}")


def approve(round_: Round, unit: str, version: int, who: str, today: datetime.date) -> None:
    """Approve what stands on the page, which had this version. Raises Changed, WrongState."""
    with database.atomic():
        decide(round_, unit, version, (SENT,), state=APPROVED, remark="", decided_on=today, decided_by=who)
        record(who, "action plan approved", f"{round_.id}/{unit}")


def send_back(
    round_: Round, unit: str, version: int, fields: Mapping[str, str], who: str, today: datetime.date
) -> None:
    """Send it back with a `remark`, also one that was approved. Raises Unfit, Changed, WrongState."""
    typed = Typed(fields)
    remark = typed.text("remark", LONGEST_REMARK, Refused("Write what the unit should change."))
    typed.refuse_problems()
    with database.atomic():
        decide(round_, unit, version, (SENT, APPROVED), state=RETURNED, remark=remark, decided_on=today, decided_by=who)
        record(who, "action plan sent back", f"{round_.id}/{unit}", remark)


def decide(round_: Round, unit: str, version: int, states: tuple[str, ...], **values: object) -> None:
    """Inside a transaction: the director's decision on one version of the plan."""
    if moved(round_.id, unit, ActionPlan.state.in_(states) & (ActionPlan.version == version), **values):
        return
    now = plan_of(round_.id, unit)
    raise Changed if now.state in states else WrongState(NOT_NOW[now.state])
