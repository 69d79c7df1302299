"""One page → one WTForms class, for validation only: pages are drawn by plain templates from the same items.

Fields bear the names of the answers ("mb01@MCAI"). Escapes of choices are values of the same field; typed answers
(number, date, text, rank) have theirs in a field of their own, "tg01@MCAI.escape". Where the picker asks for a main
unit, "units_dealt_with.main" says which; the field itself then holds the other ones.
Leaving an item blank is always allowed, except the units; nothing is required and nothing is chosen beforehand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar, cast

from wtforms.fields.core import Field
from wtforms.form import BaseForm

from survey_app.questionnaire import messages as say
from survey_app.questionnaire.answers import Answer, Answers, Missing
from survey_app.questionnaire.asked import Item
from survey_app.questionnaire.messages import FieldRefused, Message
from survey_app.questionnaire.numbers import read_number, show_number
from survey_app.questionnaire.path import Page
from survey_app.questionnaire.schema import Date, Limits, Multi, Number, Rank, TextQuestion, Units

ESCAPE = ".escape"
MAIN = ".main"
OTHERS = ".others"  # beside the list of the other units
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class PageForm(BaseForm):  # type: ignore[misc]
    """The form of a page. `validate()`, then `answers()`; `errors` holds Message objects by field name.

    A BaseForm and not a Form: fields stay out of the attributes, so a question may be called "data" or "errors".
    """

    unbound: ClassVar[dict[str, Any]] = {}

    def __init__(self, formdata: Any = None) -> None:
        super().__init__(self.unbound)
        self.process(formdata)

    def answers(self) -> Answers:
        """What was answered here; an item left blank has no entry."""
        fields = (field for field in self if isinstance(field, AnswerField))
        return {field.item.key: field.data for field in fields if field.data is not None}

    def problems(self) -> tuple[tuple[Item, Message], ...]:
        """For the summary at the top of the page: the items with what to do, in the order of the page."""
        fields = (field for field in self if isinstance(field, AnswerField))
        return tuple((field.item, cast(Message, error)) for field in fields for error in field.errors)


class AnswerField(Field):  # type: ignore[misc]
    """A field of one item. `data` is the Answer, or None if it was left blank."""

    data: Answer | None

    def __init__(self, item: Item, language: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.item, self.language = item, language
        self.raw: list[str] = []  # as it was sent, to be shown again beside the error

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Reads what was sent; WTForms calls it for each field. There is never a value beforehand."""
        self.process_errors: list[Any] = []
        self.data = None
        if formdata is None:
            return
        self.raw = formdata.getlist(self.name)
        try:
            self.data = self.read(self.raw, formdata)
        except FieldRefused as refused:
            self.process_errors.append(refused.message)

    def read(self, values: Sequence[str], formdata: Any) -> Answer | None:
        raise NotImplementedError

    def escaped(self, values: Sequence[str]) -> Missing | None:
        """The escape that was chosen, if one was. Raises FieldRefused for one that is not offered, or for several."""
        chosen = [value for value in dict.fromkeys(values) if value]
        if not chosen:
            return None
        if len(chosen) > 1:
            raise FieldRefused(say.ONE_ANSWER)
        if chosen[0] not in self.item.escape:
            raise FieldRefused(say.NOT_OFFERED)
        return Missing(chosen[0])

    def escape_label(self, escape: Missing) -> str:
        return next((label for code, label in self.item.escapes(self.language) if code == escape), escape.value)


class ChoiceField(AnswerField):
    """scale, matrix row, single, yes_no: one of the codes, or an escape."""

    def read(self, values: Sequence[str], formdata: Any) -> Answer | None:
        chosen = [value for value in dict.fromkeys(values) if value]
        if not chosen:
            return None
        if len(chosen) > 1:
            raise FieldRefused(say.ONE_ANSWER)
        return (chosen[0],) if chosen[0] in self.item.codes else self.escaped(chosen)


class MultiField(AnswerField):
    """Several codes, in the order of the file; an escape or an exclusive option stands alone."""

    def read(self, values: Sequence[str], formdata: Any) -> Answer | None:
        question = cast(Multi, self.item.question)
        chosen = {value for value in values if value}
        codes = [option.code for option in question.options if option.code in chosen]
        others = sorted(chosen.difference(codes))
        if others:
            escape = self.escaped(others)
            if codes and escape is not None:
                raise FieldRefused(say.BOTH, escape=self.escape_label(escape))
            return escape
        if not codes:
            return None
        for option in question.options:
            if option.exclusive and option.code in codes:
                if len(codes) > 1:
                    labels = dict(self.item.choices(self.language))
                    raise FieldRefused(say.EXCLUSIVE, option=labels[option.code])
                return tuple(codes)
        _within(question.limits, len(codes))
        return tuple(codes)


class TypedField(AnswerField):
    """An answer that is typed, with its escapes in a field beside it."""

    def read(self, values: Sequence[str], formdata: Any) -> Answer | None:
        escape = self.escaped(formdata.getlist(self.name + ESCAPE))
        answer = self.typed(values)
        if escape is not None and answer is not None:
            raise FieldRefused(say.BOTH, escape=self.escape_label(escape))
        return answer if escape is None else escape

    def typed(self, values: Sequence[str]) -> Answer | None:
        raise NotImplementedError


class NumberField(TypedField):
    def typed(self, values: Sequence[str]) -> Answer | None:
        text = " ".join(value for value in values if value.strip())
        if not text or self.item.measure is None:
            return None
        return (read_number(text, self.item.measure, self.language),)


class DateField(TypedField):
    """ISO, as browsers send it; or typed as 31/12/2024 where the browser has no calendar."""

    def typed(self, values: Sequence[str]) -> Answer | None:
        question = cast(Date, self.item.question)
        text = "".join(values).strip()
        if not text:
            return None
        match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text, re.ASCII)
        try:
            if match:
                day = date(int(match.group(3)), int(match.group(2)), int(match.group(1)))
            elif re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
                day = date.fromisoformat(text)
            else:
                raise FieldRefused(say.NOT_A_DATE, example="31/12/2024")
        except FieldRefused:
            raise
        except ValueError:
            raise FieldRefused(say.NOT_A_DATE, example="31/12/2024") from None
        if question.earliest and day < date.fromisoformat(question.earliest):
            raise FieldRefused(say.DATE_TOO_EARLY, earliest=_day(question.earliest))
        if question.latest and day > date.fromisoformat(question.latest):
            raise FieldRefused(say.DATE_TOO_LATE, latest=_day(question.latest))
        return (day.isoformat(),)


class WordsField(TypedField):
    """Free text in NFC. Too long is refused with both lengths, never cut."""

    def typed(self, values: Sequence[str]) -> Answer | None:
        question = cast(TextQuestion, self.item.question)
        text = unicodedata.normalize("NFC", "\n".join(values).replace("\r\n", "\n").replace("\r", "\n"))
        text = text.replace("\t", " ").strip()
        if not text:
            return None
        if _UNSTORABLE.search(text):
            raise FieldRefused(say.NOT_WRITTEN)
        if len(text) > question.max_length:
            raise FieldRefused(say.TOO_LONG, length=str(len(text)), max=str(question.max_length))
        return (text,)


class RankField(TypedField):
    """One select for each place, all of the same name; the first is the best."""

    def typed(self, values: Sequence[str]) -> Answer | None:
        question = cast(Rank, self.item.question)
        chosen = [value for value in values if value]
        if not chosen:
            return None
        if not self.item.codes.issuperset(chosen):
            raise FieldRefused(say.NOT_OFFERED)
        if len(set(chosen)) < len(chosen):
            raise FieldRefused(say.TWICE)
        _within(question.limits, len(chosen))
        return tuple(chosen)


class UnitsField(AnswerField):
    """The picker, or the teams of one unit."""

    def read(self, values: Sequence[str], formdata: Any) -> Answer | None:
        question = cast(Units, self.item.question)
        codes = [value for value in dict.fromkeys(values) if value]
        asks_main = question.main and self.item.part == "question"
        main = [value for value in formdata.getlist(self.name + MAIN) if value][:1] if asks_main else []
        others, codes = codes, list(dict.fromkeys([*main, *codes]))
        if not self.item.codes.issuperset(codes):
            raise FieldRefused(say.NOT_OFFERED)
        if self.item.part == "teams":
            _within(Limits(max=question.teams.max if question.teams else 1), len(codes))
            return tuple(codes) or None
        if not codes:
            if question.required:
                raise FieldRefused(say.CHOOSE_UNIT)
            return None
        if asks_main and not main:  # all of its questions would be asked of a unit that was meant as another one
            raise FieldRefused(say.CHOOSE_MAIN)
        if main and main[0] in others:
            raise FieldRefused(say.CHOSEN_ABOVE, beside=OTHERS)
        _within(question.limits, len(codes))
        return tuple(codes)


class NoneField(AnswerField):
    """ "I had no dealings with this unit"."""

    def read(self, values: Sequence[str], formdata: Any) -> Answer | None:
        return ("yes",) if "yes" in values else None


_FIELDS: dict[type, type[AnswerField]] = {
    Multi: MultiField,
    Number: NumberField,
    Date: DateField,
    TextQuestion: WordsField,
    Rank: RankField,
}


def field_for(item: Item) -> type[AnswerField]:
    """The field class of an item: one a type."""
    if isinstance(item.question, Units):
        return NoneField if item.part == "none" else UnitsField
    return _FIELDS.get(type(item.question), ChoiceField)


def form_for(page: Page, language: str) -> type[PageForm]:
    """The form class of a page in a language. Classes are kept: pages with the same items share one."""
    return _form_class(page.items, language)


@lru_cache(maxsize=1024)
def _form_class(items: tuple[Item, ...], language: str) -> type[PageForm]:
    fields = {item.key: field_for(item)(item, language) for item in items}
    return type("PageForm", (PageForm,), {"unbound": fields})


def formdata_from(page: Page, answers: Answers, language: str) -> dict[str, list[str]]:
    """What the fields of a page show: field name → values. Sent back unchanged, in any language, it changes nothing."""
    found: dict[str, list[str]] = {}
    for item in page.items:
        answer = answers.get(item.key)
        if answer is None:
            continue
        typed = issubclass(field_for(item), TypedField)
        if isinstance(answer, Missing):
            if answer in item.escape:
                found[item.key + ESCAPE if typed else item.key] = [answer.value]
        elif isinstance(item.question, Number) and item.measure is not None:
            found[item.key] = [show_number(answer[0], item.measure, language)]
        elif isinstance(item.question, Units) and item.question.main and item.part == "question":
            found[item.key + MAIN], found[item.key] = list(answer[:1]), list(answer[1:])
        else:
            found[item.key] = list(answer)
    return found


def _within(limits: Limits, count: int) -> None:
    if count < limits.min:
        raise FieldRefused(say.TOO_FEW, min=str(limits.min))
    if limits.max is not None and count > limits.max:
        raise FieldRefused(say.TOO_MANY, max=str(limits.max))


def _day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{day}/{month}/{year}"


__all__ = ["ESCAPE", "MAIN", "OTHERS", "AnswerField", "PageForm", "field_for", "form_for", "formdata_from"]
