"""What changed between two versions of a questionnaire, and whether answers can still be compared.

An item is a question or a row of a matrix; it is the same item if its id is the same. Ids are never used again for
something else: a change of scale under the same id is refused, since old and new answers would be added up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from typing import Literal

import msgspec

from survey_app.questionnaire.schema import (
    AnyQuestion,
    Date,
    Matrix,
    Multi,
    Number,
    Questionnaire,
    Rank,
    RatingScale,
    Scale,
    Section,
    Single,
    Text,
)

Kind = Literal[
    "added",
    "removed",
    "scale_changed",
    "option_added",
    "option_removed",
    "text",
    "translation",
    "moved",
    "mapping_changed",  # of which units it is asked: core, unit_kinds, needs, for_each
    "condition_changed",
    "escape_changed",
    "limits_changed",
    "other",  # of the questionnaire itself: title, headings, roles, lengths, order
]
Comparability = Literal["same", "text", "break", "new"]


class Difference(msgspec.Struct, frozen=True):
    """One change of one item. `detail` says from what to what, in words of the file."""

    kind: Kind
    question: str
    detail: str = ""

    @property
    def refused(self) -> bool:
        """Whether the new version cannot follow the old one: the item needs a new id."""
        return self.kind == "scale_changed"


class _Entry(msgspec.Struct, frozen=True):
    """An item with all that could change about it."""

    question: AnyQuestion
    section: Section
    text: Text
    scale: RatingScale | None
    answers: tuple[str, ...]  # how an answer is measured: two that differ cannot be added up
    escape: frozenset[str]


def differences(old: Questionnaire, new: Questionnaire) -> list[Difference]:
    """All changes, in the order of the new version; what was removed comes last."""
    before, after = _entries(old), _entries(new)
    moved = _moved(before, after)
    default = new.languages.default
    found: list[Difference] = []
    for name, entry in after.items():
        if name not in before:
            found.append(Difference("added", name))
            continue
        found.extend(_changes(name, before[name], entry, default))
        if name in moved:
            found.append(Difference("moved", name, f"{before[name].section.id} → {entry.section.id}"))
    found.extend(Difference("removed", name) for name in before if name not in after)
    if not found and msgspec.structs.replace(old, version=new.version).canonical() != new.canonical():
        found.append(Difference("other", "", "title, headings, roles, lengths of texts or order"))
    return found


def comparability(old: Questionnaire, new: Questionnaire) -> dict[str, Comparability]:
    """For each item of the new version: may its trend line go on?

    same: yes; text: yes, with a note (other words, other ways not to answer, other units asked);
    break: no (other answers to choose from, or other respondents asked); new: there is nothing before it.
    """
    classes: dict[str, Comparability] = dict.fromkeys(_entries(new), "same")
    for each in differences(old, new):
        if each.kind == "added":
            classes[each.question] = "new"
        elif each.kind in ("scale_changed", "option_added", "option_removed", "condition_changed", "limits_changed"):
            classes[each.question] = "break"
        elif each.kind in ("text", "mapping_changed", "escape_changed") and classes[each.question] == "same":
            classes[each.question] = "text"
    return classes


def _entries(questionnaire: Questionnaire) -> dict[str, _Entry]:
    found: dict[str, _Entry] = {}
    for section, question in questionnaire.questions():
        scale = questionnaire.scales[question.scale] if isinstance(question, Scale | Matrix) else None
        answers = _measured(questionnaire, question)
        escape = frozenset(questionnaire.escapes(question))
        if isinstance(question, Matrix):
            for row in question.rows:
                found[row.id] = _Entry(question, section, row.text, scale, answers, escape)
        else:
            found[question.id] = _Entry(question, section, question.text, scale, answers, escape)
    return found


def _measured(questionnaire: Questionnaire, question: AnyQuestion) -> tuple[str, ...]:
    """What the stored answers mean. A row of a matrix and a scale of its own are the same measurement."""
    if isinstance(question, Scale | Matrix):
        return ("scale", str(questionnaire.scales[question.scale].points))
    if isinstance(question, Number):
        measure = questionnaire.measures[question.measure]
        base = f"{measure.dimension}, {measure.decimals} decimals, {measure.min} to {measure.max}, × {measure.to_base}"
        return ("number", base)
    return (str(question.__struct_config__.tag),)


def _moved(before: dict[str, _Entry], after: dict[str, _Entry]) -> set[str]:
    """Items in another section, or in another order among those that stayed in it (as few as explain it)."""
    moved = {name for name in after if name in before and before[name].section.id != after[name].section.id}
    stable = [name for name in after if name in before and name not in moved]
    for section in {entry.section.id for entry in after.values()}:
        new = [name for name in stable if after[name].section.id == section]
        old = [name for name in before if name in new]
        stayed: set[str] = set()
        for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
            stayed.update(old[block.a : block.a + block.size])
        moved.update(name for name in new if name not in stayed)
    return moved


def _changes(name: str, old: _Entry, new: _Entry, default: str) -> Iterator[Difference]:
    if old.answers != new.answers:
        yield Difference("scale_changed", name, f"{', '.join(old.answers)} → {', '.join(new.answers)}")
    elif exchanged := _exchanged(old.scale, new.scale, default):
        yield Difference("scale_changed", name, f"labels exchanged: {', '.join(exchanged)}")
    yield from _options(name, old.question, new.question)
    yield from _words(name, old, new, default)
    checks: tuple[tuple[Kind, Callable[[_Entry], object]], ...] = (
        ("mapping_changed", _mapping),
        ("condition_changed", lambda entry: entry.question.show_when or ""),
        ("escape_changed", lambda entry: ", ".join(sorted(entry.escape))),
        ("limits_changed", _limits),
    )
    for kind, look in checks:
        if look(old) != look(new):
            yield Difference(kind, name, f"{look(old) or 'none'} → {look(new) or 'none'}")


def _exchanged(old: RatingScale | None, new: RatingScale | None, default: str) -> list[str]:
    """Points whose label another point had before: the same number would mean something else."""
    if old is None or new is None:
        return []
    before = {_said(label, default): point for point, label in old.labels.items()}
    return [point for point, label in new.labels.items() if before.get(_said(label, default), point) != point]


def _options(name: str, old: AnyQuestion, new: AnyQuestion) -> Iterator[Difference]:
    if not isinstance(old, Single | Multi | Rank) or not isinstance(new, Single | Multi | Rank):
        return
    before = [option.code for option in old.options]
    after = [option.code for option in new.options]
    for code in after:
        if code not in before:
            yield Difference("option_added", name, code)
    for code in before:
        if code not in after:
            yield Difference("option_removed", name, code)


def _words(name: str, old: _Entry, new: _Entry, default: str) -> Iterator[Difference]:
    """A change of the default language is one of the text; of the others only, one of the translation."""
    before, after = _texts(old), _texts(new)
    kept = _option_texts(old.question).keys() & _option_texts(new.question).keys()
    before.update({place: text for place, text in _option_texts(old.question).items() if place in kept})
    after.update({place: text for place, text in _option_texts(new.question).items() if place in kept})
    common = [place for place in after if place in before]
    changed = [place for place in common if _said(before[place], default) != _said(after[place], default)]
    changed += sorted(before.keys() ^ after.keys())
    if changed:
        yield Difference("text", name, ", ".join(changed))
        return
    languages = {
        language
        for place in common
        for language in before[place].keys() | after[place].keys()
        if _said(before[place], language) != _said(after[place], language)
    }
    if languages:
        yield Difference("translation", name, ", ".join(sorted(languages)))


def _texts(entry: _Entry) -> dict[str, Text]:
    """The words of an item by their place; those of options that came or went are told as such."""
    texts = {"text": entry.text}
    if entry.question.help is not None:
        texts["help"] = entry.question.help
    if isinstance(entry.question, Matrix):
        texts["above the rows"] = entry.question.text
    if entry.scale is not None:
        texts.update({f"label {point}": label for point, label in entry.scale.labels.items()})
    return texts


def _option_texts(question: AnyQuestion) -> dict[str, Text]:
    options = question.options if isinstance(question, Single | Multi | Rank) else ()
    return {f"option {option.code}": option.text for option in options}


def _said(text: Text, language: str) -> str:
    return " ".join(text.get(language, "").split())


def _mapping(entry: _Entry) -> str:
    question = entry.question
    found = [*(["core"] if question.core else []), *sorted(question.unit_kinds), *sorted(question.needs)]
    return ", ".join([*found, *([f"for each of {entry.section.for_each}"] if entry.section.for_each else [])])


def _limits(entry: _Entry) -> str:
    question = entry.question
    if isinstance(question, Date):
        return f"{question.earliest or 'any'} to {question.latest or 'any'}"
    return f"{question.limits.min} to {question.limits.max or 'all'}" if isinstance(question, Multi | Rank) else ""
