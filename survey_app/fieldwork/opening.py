"""What must be true before a round may open, and what is frozen when it does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from survey_app.ballot import minutes, wipe
from survey_app.ballot.envelopes import envelope_size
from survey_app.database import database
from survey_app.errors import Refused, WrongState
from survey_app.fieldwork.frame import dealings_by_unit
from survey_app.fieldwork.progress import take as take_progress
from survey_app.fieldwork.steps import refuse_unless
from survey_app.fieldwork.units import (
    Placed,
    RegisterLine,
    current_register,
    placed_units,
    rated_units,
    register_hash,
)
from survey_app.fieldwork.versions import facts_of, plan_of, questionnaire_of
from survey_app.i18n import N_
from survey_app.models import OPEN, PREPARING, Count, Dealing, Invitation, Round, RoundUnit
from survey_app.questionnaire.load import missing_translations
from survey_app.scoring.plan import Privacy
from survey_app.scoring.plan_load import check_against

LEAST_EXPECTED = 15  # sheets: a unit below is reported with its group
USUAL_RESPONSE = 0.35  # where no round came before


class NotReady(WrongState):
    """The round cannot open yet: every reason at once."""

    def __init__(self, round_id: str, reasons: tuple[Refused, ...]) -> None:
        super().__init__(N_("{round} cannot be opened yet. Still to do: {count}."), round=round_id, count=len(reasons))
        self.reasons = reasons


class Merging(msgspec.Struct, frozen=True):
    """Which units are reported in which group, and which groups stay too small even so."""

    merged: dict[str, str]
    too_small: dict[str, float]  # group or groupless unit → expected sheets


def open_round(round_: Round, contact: str | None = None) -> Round:
    """preparing → open: freezes the register's lines, merges, envelope size. Raises NotReady with every reason.

    `contact` is whom businesses may ask (SURVEY_CONTACT), "" where nobody is named; None where nobody will ask (demo).
    """
    with database.atomic():
        current = Round.get_by_id(round_.id)
        placed, size = freezable(current, contact)
        for code, place in placed.items():
            RoundUnit.insert(
                round=current.id, unit=code, merged_into=place.merged_into, frozen=msgspec.to_builtins(place.line)
            ).on_conflict(
                conflict_target=[RoundUnit.round, RoundUnit.unit],
                update={"merged_into": place.merged_into, "frozen": msgspec.to_builtins(place.line)},
            ).execute()
        Round.update(state=OPEN, envelope_size=size, register_hash=register_hash(placed.values())).where(
            (Round.id == current.id) & (Round.state == PREPARING)
        ).execute()
        take_progress(current, minutes.today())
    return Round.get_by_id(current.id)


def freezable(round_: Round, contact: str | None = None) -> tuple[dict[str, Placed], int]:
    """What would be frozen, units by code and the envelope's size in bytes. Raises NotReady."""
    refuse_unless(round_, PREPARING)
    reasons = [
        *reasons_of_texts(round_),
        *reasons_of_keys(round_),
        *reasons_of_wipe(round_),
        *reasons_of_frame(round_),
        *reasons_of_dates(round_),
        *reasons_of_contact(round_, contact),
    ]
    placed, merging = merged_units(round_)
    if dealings_by_unit(round_) and not round_.rehearsal:
        reasons += [too_few(placed, code, expected) for code, expected in merging.too_small.items()]
    size = 0
    try:
        register = rated_units(placed.values())
        size = envelope_size(questionnaire_of(round_), register) if register else 0
    except Refused as too_large:
        reasons.append(too_large)
    if reasons:
        raise NotReady(round_.id, tuple(reasons))
    return placed, size


def reasons_to_wait(round_: Round, contact: str | None = None) -> tuple[Refused, ...]:
    """Everything that still keeps the round from opening; empty when it is ready."""
    try:
        freezable(round_, contact)
    except NotReady as waiting:
        return waiting.reasons
    return ()


def reasons_of_texts(round_: Round) -> list[Refused]:
    """Missing translations, also of unit names; a plan that does not fit or lowers a threshold."""
    questionnaire, plan = questionnaire_of(round_), plan_of(round_)
    reasons = [
        Refused("The questionnaire misses a translation: {place}.", place=f"{missing.place} ({missing.language})")
        for missing in missing_translations(questionnaire)
    ]
    for place in placed_units(round_).values():
        lacking = [tag for tag in questionnaire.languages.required if tag not in place.line.names]
        if lacking:
            reasons.append(
                Refused("{unit} has no name in: {languages}.", unit=place.line.code, languages=", ".join(lacking))
            )
    for tag in questionnaire.languages.required:
        if tag not in round_.title or tag not in round_.organisation:
            reasons.append(Refused("The round's title or organisation is missing in: {language}.", language=tag))
    problems = check_against(plan, questionnaire.id, facts_of(questionnaire))
    reasons += [
        Refused("The plan does not fit the questionnaire: {problem}", problem=problem.what)
        for problem in problems
        if problem.severity == "error"
    ]
    for field in msgspec.structs.fields(Privacy):
        least = getattr(Privacy(), field.name)
        if getattr(plan.privacy, field.name) < least:
            reasons.append(Refused("The plan lowers {threshold} below {least}.", threshold=field.name, least=least))
    return reasons


def reasons_of_keys(round_: Round) -> list[Refused]:
    """No key, or a key that nobody has tried: a box that cannot be opened again would lose every answer."""
    if round_.public_key is None:
        return [Refused("The box has no key yet: hold the key ceremony.")]
    if not round_.shares_tested:
        return [Refused("The key sheets were not tested: enter the codes of two key holders once.")]
    return []


def reasons_of_wipe(round_: Round) -> list[Refused]:
    """What would keep the box from being wiped after the count, or leave traces until then."""
    if round_.rehearsal:
        return []
    return [Refused(reason.message, **reason.values) for reason in wipe.obstacles()]


def reasons_of_frame(round_: Round) -> list[Refused]:
    """No units, no businesses, no codes; a unit that nobody was invited to rate; codes that nobody holds."""
    placed = placed_units(round_)
    rated = {code for code, place in placed.items() if place.line.rated}
    if not rated:
        return [Refused("No unit is rated in this round: import the units, then create the round.")]
    asked = Dealing.select(Dealing.business).where(Dealing.round == round_.id).distinct().count()
    if not asked:
        return [Refused("The frame is empty: import the businesses and the units that they dealt with.")]
    codes = Invitation.select().where((Invitation.round == round_.id) & (Invitation.revoked == False)).count()  # noqa: E712
    reasons = [] if codes else [Refused("No invitation code was made: print the letters.")]
    idle = sorted(rated - dealings_by_unit(round_).keys())
    if idle and not round_.rehearsal:
        reasons.append(Refused("No business of the frame dealt with: {units}.", units=", ".join(idle)))
    return reasons


def reasons_of_dates(round_: Round) -> list[Refused]:
    """Another round is open, or the closing day has passed (rehearsals may play an earlier year)."""
    reasons = []
    other = Round.get_or_none((Round.state == OPEN) & (Round.id != round_.id))
    if other is not None:
        reasons.append(Refused("{round} is open: one round at a time is asked.", round=other.id))
    if round_.closes_on < minutes.today() and not round_.rehearsal:
        reasons.append(Refused("The closing day has passed: {day}.", day=f"{round_.closes_on:%d/%m/%Y}"))
    return reasons


def reasons_of_contact(round_: Round, contact: str | None) -> list[Refused]:
    """Nobody to ask: letters and pages would promise help that is not there."""
    if contact != "" or round_.rehearsal:
        return []
    return [Refused("Businesses have nobody to ask: set SURVEY_CONTACT to a telephone number or an e-mail address.")]


def too_few(placed: Mapping[str, Placed], code: str, expected: float) -> Refused:
    """A unit or group from which too few sheets are to be expected."""
    grouped = code not in placed or not placed[code].line.rated
    text = (
        N_("The group {unit} expects {expected} sheets only, fewer than {least}: join it with another group.")
        if grouped
        else N_("{unit} expects {expected} sheets only, fewer than {least}, and the register names no group for it.")
    )
    return Refused(text, unit=code, expected=f"{expected:.0f}", least=LEAST_EXPECTED)


# ---------------------------------------------------------------- small units


def merged_units(round_: Round) -> tuple[dict[str, Placed], Merging]:
    """The round's units with their groups, as they would be frozen now."""
    placed = {code: place for code, place in placed_units(round_).items() if place.line.rated}
    lines = {code: place.line for code, place in placed.items()}
    merging = merge(lines, {unit: len(held) for unit, held in dealings_by_unit(round_).items()}, response(round_))
    register = current_register()
    after = {code: Placed(line, merging.merged.get(code)) for code, line in lines.items()}
    for group in sorted(set(merging.merged.values())):
        after[group] = Placed(register[group], None)
    return after, merging


def merge(lines: Mapping[str, RegisterLine], invited: Mapping[str, int], response_rate: float) -> Merging:
    """Merge every unit that expects fewer than 15 sheets into its group.

    A group that is still below 15, or holds one unit alone, takes in its next smallest member: a group of one hides
    nobody, and a group shown beside all its members but one shows that one.
    """
    expected = {code: invited.get(code, 0) * response_rate for code in lines}
    members: defaultdict[str, list[str]] = defaultdict(list)
    for code, line in sorted(lines.items(), key=lambda pair: (expected[pair[0]], pair[0])):
        if line.fallback:
            members[line.fallback].append(code)
    merged: dict[str, str] = {}
    too_small = {
        code: expected[code] for code, line in lines.items() if not line.fallback and expected[code] < LEAST_EXPECTED
    }
    for group, inside in members.items():
        small = [code for code in inside if expected[code] < LEAST_EXPECTED]
        if not small:
            continue
        size = len(small)
        while size < len(inside) and (size < 2 or sum(expected[code] for code in inside[:size]) < LEAST_EXPECTED):
            size += 1
        merged |= dict.fromkeys(inside[:size], group)
        total = sum(expected[code] for code in inside[:size])
        if total < LEAST_EXPECTED:
            too_small[group] = total
    return Merging(merged, too_small)


def response(round_: Round) -> float:
    """The share of invited businesses that may be expected to answer: last round's, else 35 %."""
    count = Count.get_or_none(Count.round == round_.previous_id) if round_.previous_id else None
    if count is None:
        return USUAL_RESPONSE
    asked = Dealing.select(Dealing.business).where(Dealing.round == round_.previous_id).distinct().count()
    sheets = msgspec.json.decode(bytes(count.outcome), type=Sheets).sheets
    return min(1.0, sheets / asked) if asked else USUAL_RESPONSE


class Sheets(msgspec.Struct, frozen=True):
    """The one number that this room reads of a count's outcome."""

    sheets: int
