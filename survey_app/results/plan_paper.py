"""A unit's action plan as an official document (Decree 30/2020/NĐ-CP), to print, number, sign and have approved."""

from __future__ import annotations

import datetime

import msgspec

from survey_app import i18n
from survey_app.ballot.minutes import today
from survey_app.config import Settings
from survey_app.errors import NotFound
from survey_app.i18n import say
from survey_app.models import Procedure, Round
from survey_app.results import effects, firstpage, follow_up, stored
from survey_app.results.effects import ActionLine
from survey_app.results.reading import Reading
from survey_app.results.typeset import press_of
from survey_app.staff import actions, plans, procedures

Row = tuple[str, str, str]


class PlanPaper(msgspec.Struct, frozen=True):
    """Everything that the document says; `approved`: the day of approval in words, empty before."""

    language: str
    name: str
    short: str
    round: str
    organisation: str
    synthetic: bool
    place: str
    dated: str
    basis: str
    lines: tuple[ActionLine, ...]
    orders: tuple[ActionLine, ...]
    reviews: tuple[Row, ...]
    state: str
    approved: str


def page_for(round_: Round, unit: str, language: str, place: str) -> PlanPaper:
    """The plan as it stands. Raises NotFound for a unit that the round has not, or that has written nothing."""
    reading = stored.reading_of(round_.id, language)
    if unit not in reading.lines:
        raise NotFound("This round has no unit {unit}.", unit=unit)
    plan, reviewed = plans.plan_of(round_.id, unit), procedures.reviews_of(round_.id, unit)
    lines = described(round_.id, unit, reading)
    if not lines and not reviewed:
        raise NotFound("{unit} has written no plan on {round} yet.", unit=unit, round=round_.id)
    return PlanPaper(
        language=language,
        name=reading.name(unit),
        short=reading.short(unit),
        round=reading.text(round_.title),
        organisation=reading.text(round_.organisation),
        synthetic=round_.synthetic,
        place=place,
        dated=dated(plan.sent_on, language),
        basis=basis(unit, reading),
        lines=tuple(line for line in lines if line.kind == plans.PLAN),
        orders=tuple(line for line in lines if line.kind == plans.ORDER),
        reviews=tuple(review_row(one, language) for one in reviewed),
        state=plan.state,
        approved=i18n.day(plan.decided_on, language) if plan.state == plans.APPROVED and plan.decided_on else "",
    )


def described(round_id: str, unit: str, reading: Reading) -> list[ActionLine]:
    """The unit's actions in words, as they stand today."""
    notes, after, day = actions.notes_of(round_id), stored.following(round_id, reading.language), today()
    return [
        effects.described(follow_up.past_action(one, notes.get(one.id, [])), reading, after, day)
        for one in actions.actions_of(round_id, unit)
    ]


def basis(unit: str, reading: Reading) -> str:
    """The score that the plan answers to, or why there is none."""
    node = firstpage.headline_node(unit, reading)
    found = reading.interval(unit, node)
    if found.score.number is None:
        return reading.why(found.score.reason, unit)
    return say(
        reading.language,
        "score {score} of {most}, confidence interval {interval}",
        score=reading.write(found.score),
        most=i18n.number(reading.plan.shown_on.max, 0, reading.language),
        interval=reading.write_range(found) or reading.why("no_value"),
    )


def review_row(row: Procedure, language: str) -> Row:
    """Procedure, what became of it, from which day."""
    return row.name, verdict_word(language, row.verdict), i18n.day(row.holds_from, language)


def verdict_word(language: str, verdict: str) -> str:
    words = {
        "kept": say(language, "kept"),
        "simplified": say(language, "simplified"),
        "dropped": say(language, "abolished"),
    }
    return words[verdict]


def dated(day: datetime.date | None, language: str) -> str:
    """The day as the Decree writes it: below 10, and January and February, with a leading 0; dots to fill in before."""
    if day is None:
        return say(language, "…../…../……")
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return say(language, "{day}/{month}/{year}", day=f"{day.day:02}", month=month, year=day.year)


def pdf(settings: Settings, round_: Round, unit: str, language: str) -> bytes:
    """The plan as PDF/UA, made anew at each call: work on it goes on."""
    press = press_of(settings.reports)
    page = page_for(round_, unit, language, press.letterhead.place.get(language, ""))
    header = press.letterhead.lines(language, round_.year, page.name) | {"superior": page.organisation}
    html = press.html("action_plan", language, letterhead=header, page=page)
    return press.set(html, ("page.css", "action_plan/action_plan.css"))
