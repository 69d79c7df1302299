"""What a respondent has answered, in words: for the review page and where two windows differ."""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import NamedTuple

from survey_app import i18n
from survey_app.questionnaire.answers import Answer, Missing
from survey_app.questionnaire.asked import Item
from survey_app.questionnaire.numbers import show_number
from survey_app.questionnaire.schema import WORDS, Date, Number, Rank, TextQuestion, say
from survey_app.web.answering import Sheet


class Line(NamedTuple):
    """One question and what was answered."""

    question: str
    answer: str
    blank: bool


class Part(NamedTuple):
    """One page of the path."""

    key: str
    heading: str
    lines: tuple[Line, ...]

    @property
    def address(self) -> str:
        """Where it is answered, as seen from the review."""
        return f"answer/{self.key}"


def reviewed(sheet: Sheet, language: str) -> tuple[Part, ...]:
    """All that was asked, page by page, as it would be sealed now."""
    answers = sheet.sealed
    found = []
    for page in sheet.pages:
        items = [item for item in page.items if item.part != "none"]
        lines = tuple(
            line(item, answers.get(item.key), language)
            for item in items
            if answers.get(item.key) is not Missing.NOT_SHOWN
        )
        if lines:
            heading = i18n.say(language, "Teams") if page.key == "teams" else page.heading(language)
            found.append(Part(page.key, heading, lines))
    return tuple(found)


def line(item: Item, answer: Answer | None, language: str) -> Line:
    """The line of one item. A team not chosen is no gap: it was offered, not asked."""
    if item.part == "teams":
        question = i18n.say(language, "Team of {unit}", unit=item.name(language))
        if answer is None:
            return Line(question, i18n.say(language, "No team in particular"), False)
        return Line(question, in_words(item, answer, language), False)
    blank = answer is None or answer is Missing.LEFT_BLANK
    return Line(words_of(item, language)[0], in_words(item, answer, language), blank)


@lru_cache(maxsize=8192)
def words_of(item: Item, language: str) -> tuple[str, dict[str, str]]:
    """An item's question without marks, and the labels of its codes: the same for every respondent."""
    return item.say(language).replace("**", ""), dict(item.choices(language))


def in_words(item: Item, answer: Answer | None, language: str) -> str:
    """An answer as the respondent reads it."""
    if answer is None or answer is Missing.LEFT_BLANK:
        return i18n.say(language, "No answer")
    if isinstance(answer, Missing):
        return say(WORDS[answer.value], language)
    if isinstance(item.question, Number) and item.measure is not None:
        return f"{show_number(answer[0], item.measure, language)} {say(item.measure.unit, language)}"
    if isinstance(item.question, Date):
        return i18n.day(datetime.date.fromisoformat(answer[0]), language)
    if isinstance(item.question, TextQuestion):
        return answer[0]
    labels = words_of(item, language)[1]
    chosen = [labels.get(code, code) for code in answer]
    if isinstance(item.question, Rank):
        chosen = [f"{place}. {label}" for place, label in enumerate(chosen, 1)]
    return "; ".join(chosen)
