"""What is to be done: lines of units' plans and the director's orders; how far each is; what is overdue."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import msgspec

from survey_app.database import database
from survey_app.errors import NotAllowed, NotFound, Refused, WrongState
from survey_app.fieldwork.steps import refuse_unless
from survey_app.fieldwork.versions import plan_of as scoring_plan_of
from survey_app.models import PUBLISHED, Action, ActionNote, Round
from survey_app.staff.audit import record
from survey_app.staff.plans import APPROVED, NOT_NOW, ORDER, PLAN, Changed, begin_change, plan_of
from survey_app.staff.typed import Typed

PLANNED, UNDER_WAY, DONE, DROPPED = STATUSES = ("planned", "under_way", "done", "dropped")
CLOSED = (DONE, DROPPED)
LONGEST_WHAT, LONGEST_OWNER, LONGEST_NOTE = 500, 120, 500  # characters


class Line(msgspec.Struct, frozen=True):
    """What an action says. `effect`: points of the sub-index `node` that are expected of it."""

    what: str
    owner: str
    due: datetime.date
    node: str
    effect: float | None = None

    def __str__(self) -> str:
        effect = "" if self.effect is None else f"; {self.effect:g}"
        return f"{self.what}; {self.owner}; {self.due:%d/%m/%Y}; {self.node}{effect}"


def typed_line(round_: Round, fields: Mapping[str, str]) -> Line:
    """The line that a form holds: `what`, `owner`, `due`, `node`, `effect`. Raises Unfit."""
    typed = Typed(fields)
    nodes = [sub.id for sub in scoring_plan_of(round_).sub_indices()]
    line = Line(
        what=typed.text("what", LONGEST_WHAT, Refused("Write what is to be done.")),
        owner=typed.line("owner", LONGEST_OWNER, Refused("Write who is responsible: a post or a name.")),
        due=typed.day("due"),
        node=typed.one_of("node", nodes, Refused("Choose the sub-index that it aims at.")),
        effect=typed.points("effect"),
    )
    typed.refuse_problems()
    return line


def action_by_id(round_: Round, number: int) -> Action:
    """The action. Raises NotFound for one that is none of this round."""
    found = Action.get_or_none((Action.id == number) & (Action.round == round_.id))
    if found is None:
        raise no_such_action()
    return found


def no_such_action() -> NotFound:
    """The refusal for an action that is not there, or not there for this person."""
    return NotFound("There is no such action in this round: perhaps it was removed meanwhile.")


# ---------------------------------------------------------------- lines of a plan


def add_line(round_: Round, unit: str, line: Line, who: str) -> Action:
    """A new line of the unit's plan. Raises WrongState where the plan cannot be changed now."""
    with database.atomic():
        begin_change(round_, unit)
        row = Action.create(kind=PLAN, round=round_.id, unit=unit, **msgspec.structs.asdict(line))
        record(who, "action added", f"{round_.id}/{unit}", f"{row.id}: {line}")
    return row


def change_line(round_: Round, action: Action, line: Line, version: int, who: str) -> None:
    """Put it in place of the line as it had this version. Raises Changed, WrongState."""
    with database.atomic():
        begin_change(round_, action.unit)
        put(action, version, **msgspec.structs.asdict(line))
        record(who, "action changed", f"{round_.id}/{action.unit}", f"{action.id}: {line}")


def remove_line(round_: Round, action: Action, version: int, who: str) -> None:
    """Take a line out of a plan that is being written. Raises Changed, WrongState, Refused for one that has notes."""
    with database.atomic():
        begin_change(round_, action.unit)
        if ActionNote.select().where(ActionNote.action == action.id).exists():
            raise Refused("This line has status notes, which are kept. Leave it in; note later that it is dropped.")
        there = (Action.id == action.id) & (Action.version == version) & (Action.kind == PLAN)
        if not Action.delete().where(there).execute():
            raise Changed
        record(who, "action removed", f"{round_.id}/{action.unit}", f"{action.id}: {action.what}")


# ---------------------------------------------------------------- orders


def give_order(round_: Round, unit: str, line: Line, who: str) -> Action:
    """The director's order to a unit. Raises WrongState before the round is published."""
    refuse_unless(round_, PUBLISHED)
    with database.atomic():
        row = Action.create(kind=ORDER, round=round_.id, unit=unit, **msgspec.structs.asdict(line))
        record(who, "order given", f"{round_.id}/{unit}", f"{row.id}: {line}")
    return row


def change_order(round_: Round, action: Action, line: Line, version: int, who: str) -> None:
    """Say the order otherwise. Raises Changed."""
    with database.atomic():
        put(action, version, **msgspec.structs.asdict(line))
        record(who, "order changed", f"{round_.id}/{action.unit}", f"{action.id}: {line}")


def put(action: Action, version: int, **values: object) -> None:
    """Inside a transaction: write over the version that was read. Raises Changed."""
    there = (Action.id == action.id) & (Action.version == version)
    if not Action.update(version=Action.version + 1, **values).where(there).execute():
        raise Changed


# ---------------------------------------------------------------- how far


def note(action: Action, fields: Mapping[str, str], who: str, today: datetime.date, *, director: bool) -> None:
    """Add how far it is: `status` and a sentence, `text`. Raises Unfit; WrongState for a plan that is not approved;
    NotAllowed for an order that its unit would call done: the director does."""
    typed = Typed(fields)
    status = typed.one_of("status", STATUSES, Refused("Choose how far it is."))
    text = typed.text("text", LONGEST_NOTE, Refused("Write one sentence on how far it is."))
    typed.refuse_problems()
    if action.kind == ORDER and status in CLOSED and not director:
        raise NotAllowed("Only the director marks an order as done or dropped. Note what was done instead.")
    with database.atomic():
        state = plan_of(action.round_id, action.unit).state if action.kind == PLAN else APPROVED
        if state != APPROVED:
            raise WrongState(NOT_NOW[state])
        ActionNote.create(action=action.id, written_on=today, status=status, text=text, who=who)
        Action.update(status=status, version=Action.version + 1).where(Action.id == action.id).execute()
        record(who, "status noted", f"{action.round_id}/{action.unit}", f"{action.id}: {status}; {text}")


def is_overdue(due: datetime.date, status: str, today: datetime.date) -> bool:
    """Whether its day is over and it is neither done nor dropped."""
    return due < today and status not in CLOSED


def urgency(action: Action, today: datetime.date) -> tuple[bool, bool, datetime.date]:
    """Sort key: what is overdue first, what is closed last, then by day."""
    return not is_overdue(action.due, action.status, today), action.status in CLOSED, action.due


def lacks_note(action: Action, notes: list[ActionNote], today: datetime.date) -> bool:
    """Whether it is open and nobody has noted this month how far it is."""
    this_month = any(one.written_on.strftime("%Y%m") == today.strftime("%Y%m") for one in notes)
    return action.status not in CLOSED and not this_month


def actions_of(round_id: str, unit: str | None = None) -> list[Action]:
    """The round's actions, those of one unit where it is named: orders first, then by day."""
    found = Action.select().where(Action.round == round_id)
    if unit is not None:
        found = found.where(Action.unit == unit)
    return list(found.order_by(Action.kind, Action.due, Action.id))


def notes_of(round_id: str) -> dict[int, list[ActionNote]]:
    """The notes of the round's actions, the newest first, by action."""
    rows = ActionNote.select().join(Action).where(Action.round == round_id).order_by(ActionNote.id.desc())
    found: dict[int, list[ActionNote]] = {}
    for row in rows:
        found.setdefault(row.action_id, []).append(row)
    return found
