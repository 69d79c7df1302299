"""One page for those who report on a round: what was asked, how many took part, the tiers, how to check it."""

from __future__ import annotations

import msgspec

from survey_app.i18n import number, say
from survey_app.results import published
from survey_app.results.method_leaves import text_of
from survey_app.results.published import Group, PublishedRound
from survey_app.results.reading import Reading


class PressSheet(msgspec.Struct, frozen=True):
    """All that the sheet says. `not_ranked`, `withheld`: the words beside such units."""

    round: PublishedRound
    index: str
    asked: str
    took_part: str
    tiers: str
    groups: tuple[Group, ...]
    why_none: str
    not_ranked: str
    withheld: str
    verify: tuple[str, ...]
    contact: str


def page(reading: Reading, contact: str, address: str) -> PressSheet:
    """The sheet of one round; `address` is the public page of results."""
    found, language = published.page(reading), reading.language
    not_ranked, withheld = published.why_left_out(language)
    return PressSheet(
        round=found,
        index=text_of(reading.plan.title, language) or reading.plan.id,
        asked=what_was_asked(reading),
        took_part=who_took_part(reading),
        tiers=say(language, "Units of the same tier are too close, given the error, to say which is ahead.")
        + " "
        + say(language, "Within a tier units stand in alphabetical order."),
        groups=found.groups,
        why_none=""
        if found.groups
        else say(language, "No group of this round has enough units and answers to be divided into tiers."),
        not_ranked=not_ranked,
        withheld=withheld,
        verify=how_to_verify(reading, address),
        contact=contact,
    )


def what_was_asked(reading: Reading) -> str:
    """The sub-indices by name."""
    names = "; ".join(reading.label(node) for node in reading.sub_indices)
    return say(
        reading.language,
        "{questions} questions on {n} subjects: {names}.",
        questions=number(len(reading.plan.question_leaves()), 0, reading.language),
        n=len(reading.sub_indices),
        names=names,
    )


def who_took_part(reading: Reading) -> str:
    """Invited and answered, anonymously."""
    part, language = reading.result.participation, reading.language
    counted = say(
        language,
        "{sheets} businesses answered, of {invited} invited. They answered anonymously: sheets lay sealed until the "
        "count and were destroyed after it.",
        sheets=number(part.sheets, 0, language),
        invited=number(part.invited, 0, language),
    )
    return f"{counted} {sentence(reading.days)}".strip() if reading.days else counted


def sentence(words: str) -> str:
    """Words as a sentence."""
    return f"{words[:1].upper()}{words[1:]}."


def how_to_verify(reading: Reading, address: str) -> tuple[str, ...]:
    """Where, and the hash that must be found there."""
    language = reading.language
    return (
        say(language, "Method, receipts of the sheets counted, manifest and open data: {address}", address=address),
        say(language, "Result (SHA-256): {hash}", hash=reading.result.hash),
    )
