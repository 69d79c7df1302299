"""A sheet under way: its draft, its path, and how a page's answers are kept."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec
from flask import current_app

from survey_app.ballot import drafts
from survey_app.ballot.drafts import DraftContent
from survey_app.errors import DraftMoved
from survey_app.fieldwork.rounds import round_by_id
from survey_app.fieldwork.units import register_for
from survey_app.fieldwork.versions import questionnaire_of
from survey_app.models import Round
from survey_app.questionnaire.answers import Answers, Missing, parts
from survey_app.questionnaire.path import Page, chosen, completed, merged, pages
from survey_app.questionnaire.schema import Questionnaire, RatedUnit
from survey_app.web.visit import Visit

SLOT = 10.0  # seconds for which a process believes what it read of a round
REVIEW = "review"  # the page after the last one
LONGEST = 30 * 60  # seconds that one page may count: who goes to lunch is not a careful reader


class TakenOver(Exception):
    """The same code was started afresh elsewhere: this session's resume code opens nothing any more."""


class Clash(Exception):
    """Another window saved other answers to the same questions of this page."""

    def __init__(self, sheet: Sheet, keys: tuple[str, ...]) -> None:
        super().__init__()
        self.sheet, self.keys = sheet, keys


@dataclass(frozen=True)
class Sheet:
    """One respondent's sheet as it stands in the draft."""

    visit: Visit
    round: Round
    questionnaire: Questionnaire
    register: Mapping[str, RatedUnit]
    draft: DraftContent

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """The path for the answers given so far."""
        return pages(self.questionnaire, self.register, self.draft.answers, self.draft.seed)

    @cached_property
    def rated(self) -> tuple[RatedUnit, ...]:
        """The units that are rated, main unit first."""
        return chosen(self.questionnaire, self.register, self.draft.answers)

    @cached_property
    def sealed(self) -> Answers:
        """The answers as they would be sealed now."""
        return completed(self.questionnaire, self.register, self.draft.answers, self.draft.seed)

    def page(self, key: str) -> Page | None:
        """The page of the path with this key; None where these answers do not lead to it."""
        return next((page for page in self.pages if page.key == key), None)

    def resumed_at(self) -> Page | None:
        """Where the respondent stopped; None: at the review."""
        if self.draft.page == REVIEW:
            return None
        return self.page(self.draft.page) or self.pages[0]

    def before(self, key: str) -> Page | None:
        """The page before; None at the first."""
        keys = [page.key for page in self.pages]
        place = keys.index(key) if key in keys else 0
        return self.pages[place - 1] if place else None

    def lacks_units(self) -> bool:
        """Whether no unit is left to be rated, so that the sheet cannot be submitted."""
        picker = self.questionnaire.picker
        return picker is not None and picker.required and not self.rated

    def says_nothing(self) -> bool:
        """Whether no question about any unit (where none is rated: no question at all) has an answer.

        Such a sheet would spend the code for nothing: pages left by "continue" alone are rarely meant as an answer.
        """
        picker = self.questionnaire.picker
        given = {
            answer not in (Missing.LEFT_BLANK, Missing.NOT_SHOWN)
            for name, answer in self.sealed.items()
            if picker is None or (parts(name)[1] is not None and not name.startswith(f"{picker.id}."))
        }
        return given == {False}

    def missing_from(self, answers: Answers) -> dict[str, int]:
        """Units whose answers would be lost with these `answers`, and how many of each."""
        lost: dict[str, int] = {}
        for name in self.draft.answers.keys() - answers.keys():
            question, unit = parts(name)
            if unit is not None and "." not in question:
                lost[unit] = lost.get(unit, 0) + 1
        return lost


def round_now(round_id: str) -> Round:
    """The round, at most ten seconds old: what pages show of it never changes while it is open.

    Whether it still takes answers is decided in the transaction that writes them.
    """
    kept: dict[str, tuple[float, Round]] = current_app.extensions.setdefault("rounds_read", {})
    read, found = kept.get(round_id, (-SLOT, None))
    now = time.monotonic()
    if found is None or now - read > SLOT:
        found = round_by_id(round_id)
        kept[round_id] = now, found
    return found


def open_sheet(visit: Visit, language: str) -> Sheet:
    """The sheet of this visit; an empty one where nothing was saved yet."""
    round_ = round_now(visit.round)
    draft = drafts.open_draft(visit.token, visit.resume) or blank(language)
    return Sheet(visit, round_, questionnaire_of(round_), register_for(round_), draft)


def blank(language: str) -> DraftContent:
    """A draft before its first save. The seed orders sections at random where the questionnaire asks for it."""
    return DraftContent(answers={}, page="", seconds={}, seed=secrets.randbits(32), revision=0, language=language)


@dataclass(frozen=True)
class Sent:
    """A page as it was sent: what could be read, what could not, and the revision it was drawn from."""

    page: Page
    given: Answers
    refused: frozenset[str]  # names of items whose text could not be read: what was saved of them stays
    revision: int
    over: bool  # the respondent has seen both versions and chosen this one
    forward: bool  # the respondent is done with the page


def with_page(sheet: Sheet, sent: Sent) -> Answers:
    """The draft's answers with those of the page in place of the ones before.

    Raises Clash where another window saved something else meanwhile; what only one of the windows answered is kept.
    """
    stored = {item.key: sheet.draft.answers[item.key] for item in sent.page.items if item.key in sheet.draft.answers}
    given = sent.given
    if sent.revision != sheet.draft.revision or sent.over:
        differing = tuple(key for key in given if key in stored and stored[key] != given[key])
        if differing and not sent.over:
            raise Clash(sheet, differing)
        given = stored | given
    refused = {key: stored[key] for key in sent.refused if key in stored}
    return merged(sheet.questionnaire, sheet.register, sheet.draft.answers, sent.page, given | refused)


def keep(sheet: Sheet, sent: Sent, answers: Answers, language: str) -> Sheet:
    """Save these answers; the sheet as it then stands, `draft.page` being where to go on.

    Raises Clash, TakenOver, SheetTooLong, and InvitationSpent or CodeRefused where the code may no longer answer.
    """
    seconds = dict(sheet.draft.seconds)
    seconds[sent.page.key] = seconds.get(sent.page.key, 0) + min(sheet.visit.seconds, LONGEST)
    content = msgspec.structs.replace(sheet.draft, answers=answers, seconds=seconds, language=language)
    after = replace(sheet, draft=content)
    here = sent.page.key
    if sent.forward:
        ahead = next_page(sheet, after, here)
        here = ahead.key if ahead else REVIEW
        if after.lacks_units():  # "no dealings" with the last one: without a unit there is no path
            here = after.pages[0].key
    content = msgspec.structs.replace(content, page=here)
    try:
        revision = drafts.save(sheet.visit.token, sheet.visit.resume, content, sheet.draft.revision)
    except DraftMoved:
        newer = newest(sheet)
        return keep(newer, sent, with_page(newer, sent), language)
    return replace(sheet, draft=msgspec.structs.replace(content, revision=revision))


def newest(sheet: Sheet) -> Sheet:
    """The sheet as another window left it. Raises TakenOver."""
    draft = drafts.open_draft(sheet.visit.token, sheet.visit.resume)
    if draft is None:
        raise TakenOver
    return replace(sheet, draft=draft)


def next_page(before: Sheet, after: Sheet, key: str) -> Page | None:
    """Where to go on after page `key`: the first page behind it that the new answers lead to; None at the end."""
    fresh = {page.key: place for place, page in enumerate(after.pages)}
    if key in fresh:
        place = fresh[key] + 1
        return after.pages[place] if place < len(after.pages) else None
    old = [page.key for page in before.pages]
    behind = old[old.index(key) + 1 :] if key in old else []
    return next((after.pages[fresh[each]] for each in behind if each in fresh), None)
