"""The typed shape of a questionnaire: what is asked, of which units, in which words. All question types, one screen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta, Struct

FORMAT = "survey-app/questionnaire/1"

Text = dict[str, str]  # by BCP-47 tag: {"vi": "giờ", "en": "hours", "zh-Hans": "小时"}
Id = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]{0,39}\Z",
        description="an id is lower-case letters, digits and '_', begins with a letter, and has at most 40 characters",
    ),
]
Code = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9_]{1,40}\Z", description="a code is letters, digits and '_', at most 40 characters"),
]
Tag = Annotated[
    str,
    Meta(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?\Z", description="a language is a tag such as vi, zh-Hans"),
]
Iso = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d\Z", description="a date is written 2024-12-31")]
DecimalText = Annotated[
    str, Meta(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,2})?\Z", description="a number is digits with a point for decimals")
]
Escape = Literal["not_applicable", "dont_know", "declined"]

# The few words that every questionnaire shares; they stand here so that a page needs nothing but the questionnaire.
WORDS: dict[str, Text] = {
    "yes": {"vi": "Có", "en": "Yes", "zh-Hans": "是"},
    "no": {"vi": "Không", "en": "No", "zh-Hans": "否"},
    "not_applicable": {"vi": "Không phát sinh", "en": "Not applicable", "zh-Hans": "未发生"},
    "dont_know": {"vi": "Không biết", "en": "Don't know", "zh-Hans": "不知道"},
    "declined": {"vi": "Không muốn trả lời", "en": "Prefer not to answer", "zh-Hans": "不愿回答"},
}


def say(text: Text, language: str, unit: str | None = None) -> str:
    """The text in a language, else in Vietnamese, else in English; `unit` is the name that stands for {unit}."""
    said = text.get(language) or text.get("vi") or text.get("en") or next(iter(text.values()), "")
    return said if unit is None else said.replace("{unit}", unit)


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Any part of the file. Defaults are left out of the canonical form: a later field does not change old hashes."""


class Option(Part, frozen=True, kw_only=True):
    code: Code
    text: Text
    exclusive: bool = False  # of a multi: chosen alone ("none of these")


class Row(Part, frozen=True, kw_only=True):
    id: Id
    text: Text


class Limits(Part, frozen=True, kw_only=True):
    """How many may be chosen."""

    min: Annotated[int, Meta(ge=0, le=50)] = 0
    max: Annotated[int, Meta(ge=1, le=50)] | None = None


class Teams(Part, frozen=True, kw_only=True):
    """How many teams of a chosen unit may be rated too."""

    max: Annotated[int, Meta(ge=1, le=3)]


class RatingScale(Part, frozen=True, kw_only=True):
    """Points 1…n; labels by point, at least at both ends (the others show their number)."""

    points: Annotated[int, Meta(ge=2, le=11)]
    labels: dict[str, Text]
    escape: tuple[Escape, ...] | None = None


class Measure(Part, frozen=True, kw_only=True):
    """Numbers of one kind. `min` and `max` in this unit; stored = entered × to_base.

    At most two decimals: with three, 1.500 would be one and a half in one language and fifteen hundred in another.
    """

    dimension: Literal["time", "count", "money", "percent", "other"]
    decimals: Annotated[int, Meta(ge=0, le=2)]
    min: DecimalText
    max: DecimalText
    unit: Text
    to_base: Annotated[int, Meta(ge=1, le=1_000_000)] = 1


class Question(Part, frozen=True, kw_only=True, tag_field="type"):
    """What all types share. `escape`: None takes the scale's or the file's, () means none."""

    id: Id
    text: Text
    help: Text | None = None
    core: bool = False  # asked of the second unit and of teams too
    sensitive: bool = False
    unit_kinds: tuple[Id, ...] = ()  # kinds of unit it makes sense for; none named: all
    needs: tuple[Id, ...] = ()  # work that the unit must do for it to make sense
    escape: tuple[Escape, ...] | None = None
    show_when: str | None = None
    role: Literal["fear"] | None = None
    expect: str | None = None  # of an attention item: the answer that shows the form is read
    required: bool = False  # of the units question only: everything else may be skipped


class Scale(Question, frozen=True, kw_only=True, tag="scale"):
    """Agreement, satisfaction, frequency … on a scale of 2 to 11 points."""

    scale: str


class Matrix(Question, frozen=True, kw_only=True, tag="matrix"):
    """Several rows on one scale; each row is an item with its own id and answer."""

    scale: str
    rows: tuple[Row, ...]


class Single(Question, frozen=True, kw_only=True, tag="single"):
    options: tuple[Option, ...]


class Multi(Question, frozen=True, kw_only=True, tag="multi"):
    options: tuple[Option, ...]
    limits: Limits = Limits()


class Number(Question, frozen=True, kw_only=True, tag="number"):
    measure: str


class YesNo(Question, frozen=True, kw_only=True, tag="yes_no"):
    """Codes "yes" and "no"."""


class Date(Question, frozen=True, kw_only=True, tag="date"):
    earliest: Iso | None = None
    latest: Iso | None = None


class TextQuestion(Question, frozen=True, kw_only=True, tag="text"):
    """Free text; `max_length` in characters (code points in NFC)."""

    max_length: Annotated[int, Meta(ge=1, le=2000)] = 500


class Rank(Question, frozen=True, kw_only=True, tag="rank"):
    """The best `limits.max` options in order (all of them if it is not said)."""

    options: tuple[Option, ...]
    limits: Limits = Limits()


class Units(Question, frozen=True, kw_only=True, tag="units"):
    """The picker: which units the business dealt with; the first is the main unit."""

    limits: Limits = Limits(min=1, max=2)
    main: bool = True
    teams: Teams | None = None


class Info(Question, frozen=True, kw_only=True, tag="info"):
    """A text between the questions; nothing is answered."""


AnyQuestion = Scale | Matrix | Single | Multi | Number | YesNo | Date | TextQuestion | Rank | Units | Info


class Section(Part, frozen=True, kw_only=True):
    """One page; with `for_each` one page a unit."""

    id: Id
    heading: Text
    questions: tuple[AnyQuestion, ...]
    intro: Text | None = None
    for_each: str | None = None
    sensitive: bool = False  # opens with the fixed words on delicate questions
    keep_place: bool = False  # stays where it is when sections come in random order


class Languages(Part, frozen=True, kw_only=True):
    """A round opens only when every text is there in the `required` languages; `optional` ones may have gaps."""

    default: Tag
    required: tuple[Tag, ...]
    optional: tuple[Tag, ...] = ()


class Questionnaire(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, dict=True, eq=False
):
    """A version of a questionnaire. Compared by identity, so that what is worked out once is kept; see `hash`."""

    current_format: ClassVar[str] = FORMAT

    format: Literal["survey-app/questionnaire/1"]
    id: Id
    version: Annotated[str, Meta(min_length=1, max_length=40)]
    languages: Languages
    title: Text
    sections: tuple[Section, ...]
    scales: dict[str, RatingScale] = {}
    measures: dict[str, Measure] = {}
    escape: tuple[Escape, ...] = ()
    random_order: bool = False  # of the sections that are asked for each unit

    def canonical(self) -> bytes:
        """The one JSON form of this version: sorted keys, UTF-8, defaults left out."""
        return msgspec.json.encode(self, order="sorted")

    @classmethod
    def from_canonical(cls, raw: bytes) -> Questionnaire:
        """Raises ValueError (msgspec.ValidationError) if the bytes are not a questionnaire of this format."""
        return msgspec.json.decode(raw, type=cls)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical form, in hex: the version's name for ever."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @cached_property
    def picker(self) -> Units | None:
        """The question that asks for the units, if there is one."""
        return next((question for _, question in self.questions() if isinstance(question, Units)), None)

    def questions(self) -> Iterator[tuple[Section, AnyQuestion]]:
        for section in self.sections:
            for question in section.questions:
                yield section, question

    @cached_property
    def by_id(self) -> dict[str, AnyQuestion]:
        """Each question by its id, and each matrix by the ids of its rows."""
        found: dict[str, AnyQuestion] = {}
        for _, question in self.questions():
            found[question.id] = question
            if isinstance(question, Matrix):
                found.update(dict.fromkeys((row.id for row in question.rows), question))
        return found

    def escapes(self, question: AnyQuestion) -> tuple[Escape, ...]:
        """Ways not to answer: the question's own, else the scale's or the file's, with `declined` if it is delicate."""
        if isinstance(question, Info | Units):
            return ()
        if question.escape is not None:
            return question.escape
        if isinstance(question, TextQuestion):
            return ()
        scale = self.scales[question.scale].escape if isinstance(question, Scale | Matrix) else None
        usual = self.escape if scale is None else scale
        return (*usual, "declined") if question.sensitive and "declined" not in usual else usual


class RatedUnit(Struct, frozen=True, kw_only=True):
    """A unit as the questionnaire sees it. `needs` is the work it does; empty: the register does not say."""

    code: str
    kind: str
    names: Text
    needs: frozenset[str] = frozenset()
    parent: str | None = None

    def __hash__(self) -> int:
        return hash((self.code, self.kind, self.parent))

    def does(self, question: AnyQuestion) -> bool:
        """Whether the question makes sense for this unit."""
        if question.unit_kinds and self.kind not in question.unit_kinds:
            return False
        return not self.needs or self.needs.issuperset(question.needs)
