"""The minutes of a count as a page to print and sign: who opened the box, what lay in it, what was odd."""

from __future__ import annotations

import datetime

import msgspec

from survey_app import i18n
from survey_app.ballot import minutes
from survey_app.ballot.minutes import Minutes, Remark
from survey_app.config import Settings
from survey_app.errors import WrongState
from survey_app.i18n import number, say
from survey_app.models import Round
from survey_app.questionnaire.schema import say as said
from survey_app.results import open_report
from survey_app.results.typeset import press_of

Lines = tuple[tuple[str, str], ...]


class Protocol(msgspec.Struct, frozen=True):
    """Everything that the page says. `sound`: the four counts agree and nothing was odd."""

    language: str
    round: str
    synthetic: bool
    sound: bool
    verdict: str
    anomalies: tuple[str, ...]
    warnings: tuple[str, ...]
    facts: Lines
    numbers: Lines
    hashes: Lines
    key_holders: tuple[str, ...]


def page_for(round_: Round, language: str) -> Protocol:
    """The minutes in words. Raises WrongState before the count."""
    written = minutes.read(round_.id)
    if written is None:
        raise WrongState("{round} has not been counted yet: there are no minutes.", round=round_.id)
    return Protocol(
        language=language,
        round=said(round_.title, language),
        synthetic=round_.synthetic,
        sound=written.is_sound,
        verdict=say(language, "Codes used, envelopes, sheets and receipts agree: every sheet was counted once.")
        if written.is_sound
        else say(language, "The counts do not agree, or something was odd. See the remarks."),
        anomalies=remarks(written.anomalies, language),
        warnings=remarks(written.warnings, language),
        facts=facts(round_, written, language),
        numbers=(*numbers(written, language), *of_open_channel(round_, language)),
        hashes=(
            (say(language, "the count's numbers"), written.outcome),
            (say(language, "questionnaire"), written.questionnaire),
            (say(language, "scoring plan"), written.plan),
            (say(language, "unit register"), written.register),
            (say(language, "public key of the box"), written.public_key),
            (say(language, "code version"), written.code),
        ),
        key_holders=tuple(round_.custodians),
    )


def remarks(found: tuple[Remark, ...], language: str) -> tuple[str, ...]:
    """In words."""
    return tuple(say(language, remark.message, **remark.values) for remark in found)


def facts(round_: Round, written: Minutes, language: str) -> Lines:
    """Days and people."""
    until = i18n.day(round_.closes_on, language)
    wiped = i18n.day(written.wiped_on, language) if written.wiped_on else say(language, "not yet")
    last = written.counted_on + datetime.timedelta(days=round_.recount_days)
    until_then = say(language, "recount until {day}", day=i18n.day(last, language))
    recount = f"; {until_then}" if round_.recount_days else ""
    return (
        (say(language, "Round"), round_.id),
        (say(language, "Open from, until"), f"{i18n.day(round_.opens_on, language)} – {until}"),
        (say(language, "Counted on"), f"{i18n.day(written.counted_on, language)}{recount}"),
        (say(language, "Key holders present"), "; ".join(present(round_, written))),
        (say(language, "Box wiped on"), wiped),
        *early_wipe(round_, language),
    )


def early_wipe(round_: Round, language: str) -> Lines:
    """Who ordered the wipe before the recount window was over; nothing where nobody did."""
    who = round_.wipe_ordered_by or []
    return ((say(language, "Early wipe ordered by"), ", ".join(who)),) if who else ()


def present(round_: Round, written: Minutes) -> list[str]:
    """Titles of those whose codes opened the box; share numbers begin at 1, a single key holder's is 0."""
    return [str(round_.custodians[max(number_ - 1, 0)]) for number_ in written.key_holders]


def numbers(written: Minutes, language: str) -> Lines:
    """The counts, in the order in which they arise."""
    lines = (
        (say(language, "Businesses that held a code"), written.invited),
        (say(language, "Codes replaced by a new letter"), written.replaced),
        (say(language, "Codes used"), written.used),
        (say(language, "Envelopes in the box"), written.envelopes),
        (say(language, "Sheets counted"), written.sheets),
        (say(language, "Receipts published"), written.receipts),
        (say(language, "Comments kept for release"), written.comments),
        (say(language, "Comments destroyed: too few to be released"), written.comments_destroyed),
    )
    return tuple((name, number(value, 0, language)) for name, value in lines)


def of_open_channel(round_: Round, language: str) -> Lines:
    """Sheets without an invitation. They change no verdict: anybody may put one in."""
    found = open_report.said(round_.id)
    if found is None:
        return ()
    odd = found.unopened + found.repeated
    sheets = (say(language, "Open channel, apart from the index: sheets counted"), found.sheets)
    left_out = (say(language, "Open channel: envelopes left out, not opened or counted already"), odd)
    return tuple((name, number(value, 0, language)) for name, value in (sheets, left_out)[: 2 if odd else 1])


def pdf(settings: Settings, round_: Round, language: str) -> bytes:
    """The minutes as PDF/UA, made anew at each call: the wipe adds its day."""
    return press_of(settings.reports).pdf(
        "minutes", language, round_.year, said(round_.organisation, language), page=page_for(round_, language)
    )
