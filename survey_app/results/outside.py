"""Bottlenecks outside a unit: another agency or a national system holds things up. Said once by the director or the
officer, with whom it was raised, so that heads are not blamed for others."""

from __future__ import annotations

from survey_app.ballot import minutes
from survey_app.database import database
from survey_app.errors import NotFound, Refused
from survey_app.fieldwork.steps import refuse_unless
from survey_app.fieldwork.versions import plan_of
from survey_app.models import PUBLISHED, OutsideMark, Round
from survey_app.results import stored
from survey_app.results.marks import EVERYWHERE, Mark, Marks, in_words
from survey_app.staff.audit import record

LONGEST_REMARK, LONGEST_NAME = 500, 120  # characters


def marks_of(round_id: str) -> tuple[Mark, ...]:
    """Of one round, in the order of questions and units."""
    rows = OutsideMark.select().where(OutsideMark.round == round_id).order_by(OutsideMark.item, OutsideMark.unit)
    return tuple(Mark(row.item, row.unit, row.remark, row.raised_with, row.raised_on) for row in rows)


def mark(round_: Round, wanted: Mark, who: str) -> None:
    """Mark a question, of one unit or of all; in place of an earlier mark. Raises Refused, WrongState, NotFound."""
    refuse_unless(round_, PUBLISHED)
    refuse_unknown(round_, wanted.item, wanted.unit)
    if not wanted.remark or len(wanted.remark) > LONGEST_REMARK:
        raise no_remark()
    if len(wanted.raised_with) > LONGEST_NAME:
        raise Refused("Name with whom it was raised in {most} characters or fewer.", most=LONGEST_NAME)
    if bool(wanted.raised_with) != (wanted.raised_on is not None):
        raise Refused("Give both with whom it was raised and the day, or neither.")
    if wanted.raised_on is not None and wanted.raised_on > minutes.today():
        raise Refused("The day on which it was raised lies in the future.")
    values = {"remark": wanted.remark, "raised_with": wanted.raised_with, "raised_on": wanted.raised_on}
    with database.atomic():
        OutsideMark.insert(round=round_.id, item=wanted.item, unit=wanted.unit, **values).on_conflict(
            conflict_target=[OutsideMark.round, OutsideMark.item, OutsideMark.unit], update=values
        ).execute()
        record(who, "bottleneck marked outside the unit", round_.id, place(wanted.item, wanted.unit))


def no_remark() -> Refused:
    """The refusal of a mark that says nothing, or too much."""
    return Refused("Say in 1 to {most} characters what outside the unit holds things up.", most=LONGEST_REMARK)


def unmark(round_: Round, item: str, unit: str, who: str) -> None:
    """Take a mark back. Raises NotFound where there is none."""
    refuse_unless(round_, PUBLISHED)
    this = (OutsideMark.round == round_.id) & (OutsideMark.item == item) & (OutsideMark.unit == unit)
    with database.atomic():
        if not OutsideMark.delete().where(this).execute():
            raise NotFound("This mark is not there any more.")
        record(who, "mark of a bottleneck taken back", round_.id, place(item, unit))


def refuse_unknown(round_: Round, item: str, unit: str) -> None:
    """Raise NotFound for a question that the plan does not count, or a unit that is not of the round."""
    if item not in {leaf.question_id for leaf in plan_of(round_).leaves if leaf.source == "question"}:
        raise NotFound("The plan of {round} has no question {item}.", round=round_.id, item=item)
    result = stored.current(round_.id)
    if unit != EVERYWHERE and (result is None or unit not in {line.code for line in result.units}):
        raise NotFound("There is no unit {unit} in {round}.", unit=unit, round=round_.id)


def place(item: str, unit: str) -> str:
    """As the log has it."""
    return f"{item} {unit}".strip()


def of_unit(round_id: str, unit: str, language: str) -> dict[str, str]:
    """Question → words, for what is marked of this unit."""
    marks = marks_of(round_id)
    found, items = Marks(marks), {mark_.item for mark_ in marks if mark_.unit in (EVERYWHERE, unit)}
    return {item: in_words(language, mark_) for item in items if (mark_ := found.on(item, unit)) is not None}
