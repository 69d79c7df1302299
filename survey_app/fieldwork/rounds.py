"""The life of a round: preparing → open → closed → counted → wiped → published. Every step is a verb here."""

from __future__ import annotations

import datetime
import re

import msgspec

from survey_app.ballot import drafts, keys, minutes
from survey_app.database import database, forget_deleted
from survey_app.errors import NotFound, Refused, WrongState
from survey_app.fieldwork.opening import NotReady, open_round, reasons_to_wait
from survey_app.fieldwork.progress import take as take_progress
from survey_app.fieldwork.steps import NEXT, NOT_READY, READY, not_due, refuse_unless
from survey_app.fieldwork.units import RegisterLine, valid_on
from survey_app.fieldwork.versions import plan_by_hash, questionnaire_by_hash, questionnaire_of, refuse_other_scales
from survey_app.i18n import N_
from survey_app.models import (
    CLOSED,
    COUNTED,
    OPEN,
    PREPARING,
    PUBLISHED,
    WIPED,
    Round,
    RoundUnit,
)

Text = dict[str, str]  # by language tag
EARLIEST, LATEST = 2000, 2100
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


class NewRound(msgspec.Struct, frozen=True, kw_only=True):
    """What a round is created from. `units` empty: every rated unit that is valid on the opening day."""

    id: str
    year: int
    title: Text
    organisation: Text
    questionnaire: str  # hash
    plan: str  # hash
    opens_on: datetime.date
    closes_on: datetime.date
    custodians: tuple[str, ...]
    previous: str | None = None
    units: tuple[str, ...] = ()
    recount_days: int = 14
    rehearsal: bool = False
    synthetic: bool = False


def create_round(new: NewRound) -> Round:
    """A round in preparation. Raises Refused or NotFound for what cannot be."""
    if not IDENTIFIER.fullmatch(new.id):
        raise Refused("A round's name holds small letters, digits and '-', such as cdci-2026: {round}.", round=new.id)
    if Round.get_or_none(Round.id == new.id) is not None:
        raise Refused("There is a round {round} already.", round=new.id)
    if new.closes_on < new.opens_on:
        raise Refused("The round would close before it opens.")
    if len(new.custodians) not in (1, 3):
        raise Refused("A round has three key holders, or one.")
    if len({name.strip().casefold() for name in new.custodians}) < len(new.custodians) or not all(
        name.strip() for name in new.custodians
    ):
        raise Refused("The key holders must be different: nobody may hold two parts of the key.")
    if not EARLIEST <= new.year <= LATEST:
        raise Refused("A round's year is one from {low} to {high}.", low=EARLIEST, high=LATEST)
    questionnaire, plan = questionnaire_by_hash(new.questionnaire), plan_by_hash(new.plan)
    if plan.questionnaire is not None and plan.questionnaire != questionnaire.id:
        raise Refused("The plan counts another questionnaire: {questionnaire}.", questionnaire=plan.questionnaire)
    if new.previous is not None:
        before = questionnaire_of(round_by_id(new.previous))
        if before.id == questionnaire.id:
            refuse_other_scales(before, questionnaire, f"{questionnaire.id} {questionnaire.version}")
    for tag in questionnaire.languages.required:
        if not (new.title.get(tag, "").strip() and new.organisation.get(tag, "").strip()):
            raise Refused("The round's title or organisation is missing in: {language}.", language=tag)
    units = chosen_units(new)
    with database.atomic():
        row = Round.create(**msgspec.structs.asdict(new) | {"custodians": list(new.custodians)}, state=PREPARING)
        for unit in units:
            RoundUnit.insert(round=row.id, unit=unit.code).execute()
    return row


def chosen_units(new: NewRound) -> list[RegisterLine]:
    """The units the round will rate: the named ones, else all that are rated and valid on the opening day."""
    there = {line.code: line for line in valid_on(new.opens_on) if line.rated}
    unknown = [code for code in new.units if code not in there]
    if unknown:
        raise NotFound("Not in the register on the opening day, or not rated: {units}.", units=", ".join(unknown))
    if not there:
        raise Refused("The register has no rated unit on the opening day: import the units first.")
    return [there[code] for code in new.units] if new.units else list(there.values())


def round_by_id(round_id: str) -> Round:
    """The round with this name. Raises NotFound naming those there are."""
    found = Round.get_or_none(Round.id == round_id)
    if found is None:
        known = ", ".join(row.id for row in Round.select(Round.id).order_by(Round.id)) or "–"
        raise NotFound("There is no round {round}. Rounds: {known}.", round=round_id, known=known)
    return found


def all_rounds() -> list[Round]:
    """Every round, the newest first."""
    return list(Round.select().order_by(Round.year.desc(), Round.id.desc()))


def current_open_round() -> Round | None:
    """The round that is being answered."""
    return Round.get_or_none(Round.state == OPEN)


def hold_keys(round_: Round) -> keys.Ceremony:
    """Make the round's key. The printed shares are in the return value and nowhere else; they are never made again.

    While the round is being prepared the ceremony may be held anew: the shares of before are worthless then.
    """
    if round_.state != PREPARING:
        raise WrongState("The key of {round} cannot be made again: answers are sealed with it.", round=round_.id)
    ceremony = keys.hold_ceremony(round_.id, round_.questionnaire_id, single=len(round_.custodians) == 1)
    with database.atomic():
        Round.update(public_key=ceremony.public_key, shares_tested=False).where(
            (Round.id == round_.id) & (Round.state == PREPARING)
        ).execute()
    return ceremony


def try_keys(round_: Round, first: str, second: str = "") -> None:
    """A test opening with the codes of two key holders (one in single mode). Raises KeysRefused."""
    if round_.state != PREPARING:
        raise WrongState("The key of {round} was tested before it opened.", round=round_.id)
    keys.test_opening(round_, first, second)


def set_open_channel(round_: Round, on: bool) -> Round:
    """Let people answer without an invitation too, apart from the index, or not. Raises WrongState once it has opened:
    what businesses were told on the first day holds until the last."""
    changed = Round.update(open_channel=on).where((Round.id == round_.id) & (Round.state == PREPARING)).execute()
    if not changed:
        raise WrongState("The open channel of {round} was decided before it opened.", round=round_.id)
    return Round.get_by_id(round_.id)


def is_early(round_: Round, today: datetime.date | None = None) -> bool:
    """Whether the round is open and was announced to stay so: its closing day is not over. Rehearsals announce none."""
    return round_.state == OPEN and not round_.rehearsal and (today or minutes.today()) <= round_.closes_on


def closing_note(round_: Round) -> str:
    """What the staff log says of a closing: whether it came before the announced day was over."""
    return f"EARLY: announced until {round_.closes_on:%d/%m/%Y}" if is_early(round_) else ""


def close_round(round_: Round) -> Round:
    """open → closed. Drafts that were never submitted are destroyed: they were not meant to be read."""
    last = minutes.today() if is_early(round_) else round_.closes_on  # the day announced stands in the staff log
    with database.atomic():
        closing = Round.update(state=CLOSED, closes_on=last)
        changed = closing.where((Round.id == round_.id) & (Round.state == OPEN)).execute()
        if not changed:
            raise not_due(round_)
        drafts.destroy_all(round_.id)
        take_progress(round_, minutes.today())
    forget_deleted()
    return Round.get_by_id(round_.id)


def order_wipe(round_: Round, who: str) -> bool:
    """Order the wipe before the recount window ends; True once two different persons have."""
    with database.atomic():
        current = Round.get_by_id(round_.id)
        if current.state != COUNTED:
            raise not_due(current)
        ordered = sorted({*(current.wipe_ordered_by or []), who})
        Round.update(wipe_ordered_by=ordered).where(Round.id == round_.id).execute()
    return len(ordered) >= 2


def wipe_day(round_: Round) -> datetime.date | None:
    """The first day on which the box may be wiped without an order; None before the count."""
    return round_.counted_on + datetime.timedelta(days=round_.recount_days) if round_.counted_on else None


def is_half_wiped(round_: Round) -> bool:
    """Whether a wipe emptied the box and died before its traces were proven gone."""
    written = minutes.read(round_.id)
    return written is not None and written.wiping


def refuse_early_wipe(round_: Round, today: datetime.date | None = None) -> None:
    """Raise WrongState unless the box may be wiped: counted, and the recount window over or two persons' order."""
    if round_.state != COUNTED:
        raise not_due(round_)
    if is_half_wiped(round_):
        return
    due = wipe_day(round_)
    today = today or minutes.today()
    if due is not None and today < due and len(round_.wipe_ordered_by or []) < 2:
        raise WrongState(
            "A recount may be asked for until {day}. The box can be wiped then, or earlier if two persons order it.",
            day=f"{due:%d/%m/%Y}",
        )


def refuse_unless_wiped(round_: Round) -> None:
    """Raise WrongState unless the result may be published (again)."""
    refuse_unless(round_, WIPED, PUBLISHED)


def replies_until(round_: Round, today: datetime.date | None = None) -> datetime.date | None:
    """The last day on which the unit heads were promised to have the draft, until it is over or the round published."""
    last = round_.reply_until
    return last if round_.state == WIPED and last is not None and (today or minutes.today()) <= last else None


def refuse_early_publication(round_: Round, early: bool) -> None:
    """Raise WrongState while the unit heads read the draft, unless that is what is wanted."""
    last = replies_until(round_)
    if last is not None and not early:
        raise WrongState(
            "Unit heads may read the draft and reply until {day}. To publish before, tick the box above the button or "
            "use survey-app round publish {round} --early",
            day=f"{last:%d/%m/%Y}",
            round=round_.id,
        )


def publishing_note(round_: Round) -> str:
    """What the staff log says of a publication: whether it came before the heads' days were over."""
    last = replies_until(round_)
    return f"EARLY: unit heads could reply until {last:%d/%m/%Y}" if last else ""


def mark_published(round_: Round) -> None:
    """wiped → published."""
    changed = (
        Round.update(state=PUBLISHED).where((Round.id == round_.id) & Round.state.in_([WIPED, PUBLISHED])).execute()
    )
    if not changed:
        raise not_due(round_)


def next_step(round_: Round, contact: str | None = None) -> tuple[str, tuple[Refused, ...]]:
    """What to do now, in plain words (a text of the catalogue), and what still stands in the way.

    `contact` as `open_round` has it.
    """
    if round_.state == COUNTED and is_half_wiped(round_):
        return N_("The wipe was interrupted: the box is empty, its traces are not gone yet. Wipe it again."), ()
    if round_.state != PREPARING:
        return NEXT[round_.state], ()
    reasons = reasons_to_wait(round_, contact)
    return (NOT_READY if reasons else READY), reasons


__all__ = ["NewRound", "NotReady", "close_round", "create_round", "current_open_round", "next_step", "open_round"]
