"""Actions in words, and beside each what the next round says of the sub-index that it aimed at."""

from __future__ import annotations

import datetime
from decimal import Decimal

import msgspec

from survey_app.i18n import day, number, say
from survey_app.results.differences import change_figure, change_range, change_verdict
from survey_app.results.follow_up import PastAction
from survey_app.results.reading import DASH, Reading
from survey_app.staff.actions import is_overdue


class Effect(msgspec.Struct, frozen=True):
    """What the next round says: `verdict` 1 better, −1 worse, 0 cannot be told, None cannot be compared, and why."""

    word: str
    change: str = ""
    interval: str = ""
    verdict: int | None = None
    why: str = ""


class ActionLine(msgspec.Struct, frozen=True):
    """One action as pages and documents say it."""

    id: int
    kind: str  # plan | order
    kind_word: str
    unit: str
    name: str
    what: str
    owner: str
    due: str
    overdue: bool
    status: str
    status_word: str
    note: str
    noted_on: str
    aim: str
    expected: str
    effect: Effect


def lines(unit: str, after: Reading) -> tuple[ActionLine, ...]:
    """Last round's actions of this unit or its predecessor, as they stood when this round was published."""
    follow = after.follow_up
    if not after.earlier or follow.day is None or follow.of != after.earlier[0].result.round:
        return ()
    before = after.predecessor(unit)
    return tuple(
        described(one, after.earlier[0], after, follow.day) for one in follow.actions if one.unit in (unit, before)
    )


def described(action: PastAction, at: Reading, after: Reading | None, today: datetime.date) -> ActionLine:
    """One action of the round `at`; `after`: the round that followed it, once it is published."""
    language = at.language
    return ActionLine(
        id=action.id,
        kind=action.kind,
        kind_word=kind_word(language, action.kind),
        unit=action.unit,
        name=at.short(action.unit),
        what=action.what,
        owner=action.owner,
        due=day(action.due, language),
        overdue=is_overdue(action.due, action.status, today),
        status=action.status,
        status_word=status_word(language, action.status),
        note=action.note,
        noted_on=day(action.noted_on, language) if action.noted_on else "",
        aim=at.label(action.node),
        expected=points(language, action.effect),
        effect=effect(action.unit, action.node, at, after),
    )


def kind_word(language: str, kind: str) -> str:
    return say(language, "order of the director") if kind == "order" else say(language, "the unit's plan")


def status_word(language: str, status: str) -> str:
    words = {
        "planned": say(language, "planned"),
        "under_way": say(language, "under way"),
        "done": say(language, "done"),
        "dropped": say(language, "dropped"),
    }
    return words[status]


def points(language: str, effect: float | None) -> str:
    """Expected points, `+2,5`; a dash where nobody said any."""
    if effect is None:
        return DASH
    value = Decimal(str(effect)).normalize()
    text = number(value, 1 if value != value.to_integral_value() else 0, language)
    return f"+{text}" if value else text


# ---------------------------------------------------------------- what the next round says


def effect(unit: str, node: str, at: Reading, after: Reading | None) -> Effect:
    """What the round `after` says of the unit's sub-index: the change with its interval, or why there is none.

    A number stands here only where both scores stand in the two scorecards; differences of others would give them away.
    """
    language = at.language
    if after is None:
        return Effect(DASH, why=say(language, "The next round is not published yet."))
    code, why = successor(unit, at, after)
    if not why and node not in after.nodes:
        why = say(language, "this round has no such sub-index")
    if why:
        return apart(language, why)
    now, then = after.score(code, node), at.score(unit, node)
    change = after.change(code, node)
    if now.number is None:
        return apart(language, after.why(now.reason, code))
    if then.number is None:
        return apart(language, say(language, "last round: {why}", why=at.why(then.reason, unit)))
    if change is None or change.difference is None:
        few = change is not None and change.reason == "too_few"
        return apart(language, after.why("too_few") if few else say(language, "other questions or weights"))
    if change.low is None or change.high is None:
        return apart(language, say(language, "the error of the change is not known"))
    verdict = change_verdict(after, change)
    return Effect(
        word=verdict_word(language, verdict),
        change=change_figure(after, change),
        interval=change_range(after, change),
        verdict=verdict,
    )


def apart(language: str, why: str) -> Effect:
    """Two rounds that say nothing of each other."""
    return Effect(say(language, "cannot be compared"), why=why)


def verdict_word(language: str, verdict: int) -> str:
    """In one word; "cannot tell" where the interval holds 0."""
    if verdict == 0:
        return say(language, "cannot tell")
    return say(language, "better") if verdict > 0 else say(language, "worse")


def successor(unit: str, at: Reading, after: Reading) -> tuple[str, str]:
    """The unit's code in the later round, and "" – or why nothing there can stand beside it."""
    language = at.language
    if unit in after.lines:
        return unit, ""
    found = [code for code in after.lines if after.predecessor(code) == unit]
    if found:
        return found[0], ""
    line = at.lines.get(unit)
    new = line.successor if line else None
    if new in after.lines:
        return "", say(language, "several units became {unit}", unit=after.name(str(new)))
    return "", say(language, "the unit is not rated any more")
