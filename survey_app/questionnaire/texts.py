"""The texts of a questionnaire: every one of them, and the rules for its languages, placeholders and markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from survey_app.diagnostics import Place, shown, suggestion
from survey_app.questionnaire.schema import (
    AnyQuestion,
    Languages,
    Matrix,
    Multi,
    Questionnaire,
    Rank,
    Single,
    Text,
)

LONGEST = 2000
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
HTML = re.compile(r"<[A-Za-z/!?]|&(#\d+|#x[0-9A-Fa-f]+|[A-Za-z]+);")
# Marks that turn the direction of writing or cannot be seen: a text could show other words than the file does.
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f]")


class Finding(NamedTuple):
    """A problem at a path of the file; `load` knows the line."""

    path: Place
    code: str
    what: str
    why: str
    fix: str
    severity: Literal["error", "warning"] = "error"


class Spoken(NamedTuple):
    """A text of the questionnaire; `unit_known` where {unit} has a meaning."""

    path: Place
    text: Text
    unit_known: bool


class MissingText(NamedTuple):
    """A string that a required language lacks."""

    place: str
    language: str


def spoken(questionnaire: Questionnaire) -> Iterator[Spoken]:
    """Every text, in the order of the file."""
    yield Spoken(("title",), questionnaire.title, False)
    for name, scale in questionnaire.scales.items():
        for point, label in scale.labels.items():
            yield Spoken(("scales", name, "labels", point), label, False)
    for name, measure in questionnaire.measures.items():
        yield Spoken(("measures", name, "unit"), measure.unit, False)
    for number, section in enumerate(questionnaire.sections):
        place: Place = ("sections", number)
        looped = section.for_each is not None
        yield Spoken((*place, "heading"), section.heading, looped)
        if section.intro is not None:
            yield Spoken((*place, "intro"), section.intro, looped)
        for at, question in enumerate(section.questions):
            yield from _of_question((*place, "questions", at), question, looped)


def _of_question(place: Place, question: AnyQuestion, looped: bool) -> Iterator[Spoken]:
    yield Spoken((*place, "text"), question.text, looped)
    if question.help is not None:
        yield Spoken((*place, "help"), question.help, looped)
    if isinstance(question, Matrix):
        for number, row in enumerate(question.rows):
            yield Spoken((*place, "rows", number, "text"), row.text, looped)
    if isinstance(question, Single | Multi | Rank):
        for number, option in enumerate(question.options):
            yield Spoken((*place, "options", number, "text"), option.text, looped)


def missing_translations(questionnaire: Questionnaire) -> tuple[MissingText, ...]:
    """What is still to be translated; a round cannot be opened while there is anything."""
    return tuple(
        MissingText(" › ".join(str(step) for step in _named(questionnaire, each.path)), language)
        for each in spoken(questionnaire)
        for language in questionnaire.languages.required
        if not each.text.get(language, "").strip()
    )


def _named(questionnaire: Questionnaire, path: Place) -> Place:
    """The path with the ids of sections and questions in the place of their numbers."""
    if path[0] != "sections":
        return path
    section = questionnaire.sections[int(path[1])]
    if len(path) > 3 and path[2] == "questions":
        return (section.id, section.questions[int(path[3])].id, *path[4:])
    return (section.id, *path[2:])


def text_findings(questionnaire: Questionnaire) -> Iterator[Finding]:
    languages = questionnaire.languages
    for each in spoken(questionnaire):
        yield from _translations(each, languages)
        for language, text in each.text.items():
            yield from _markup((*each.path, language), text)
        yield from _placeholders(each, languages.default)


def _translations(each: Spoken, languages: Languages) -> Iterator[Finding]:
    default, required = languages.default, languages.required
    known = {default, *required, *languages.optional}
    original = each.text.get(default)
    if original is None:
        fix = f"add {default}: …"
        yield Finding(each.path, "text-default", f"the text in {default} is missing", "it is the default", fix)
    for language in each.text:
        if language not in known:
            why, fix = "it is not among the languages of the questionnaire", suggestion(language, known)
            yield Finding((*each.path, language), "text-language", f"the language {shown(language)}", why, fix)
    for language in required:
        said = each.text.get(language)
        if said is None and language != default:
            what, why = f"{language} is missing here", "a round cannot open without it"
            yield Finding(each.path, "translation-missing", what, why, f"add {language}: …", "warning")
        elif language != default and said == original and len(re.findall(r"[^\W\d_]", said or "")) > 2:
            what, why = f"the {language} text equals the {default} text", "it looks untranslated"
            yield Finding((*each.path, language), "translation-same", what, why, "translate it", "warning")


def _markup(path: Place, text: str) -> Iterator[Finding]:
    if not text.strip():
        yield Finding(path, "text-empty", "the text is empty", "nothing would be shown", "write it, or remove the line")
    if len(text) > LONGEST:
        why = f"{len(text)} characters; {LONGEST} are allowed"
        yield Finding(path, "text-too-long", "the text is too long", why, "shorten it")
    if found := HTML.search(text):
        why = "texts are data: **bold** and line breaks are all the markup there is"
        yield Finding(
            path, "text-html", f"HTML in a text: {shown(text[found.start() :], 20)}", why, "write plain words"
        )
    if text.count("**") % 2:
        yield Finding(path, "text-bold", "'**' is opened and not closed", "bold has two ends", "add or remove '**'")
    if found := INVISIBLE.search(text):
        what = f"a mark that cannot be seen (U+{ord(found.group()):04X})"
        yield Finding(path, "text-invisible", what, "it can hide or turn words", "type the text again")


def _placeholders(each: Spoken, default: str) -> Iterator[Finding]:
    expected = sorted(PLACEHOLDER.findall(each.text.get(default, "")))
    for language, text in each.text.items():
        path = (*each.path, language)
        names = PLACEHOLDER.findall(text)
        if re.search(r"[{}]", PLACEHOLDER.sub("", text)):
            fix = "write {unit}, or remove the brace"
            yield Finding(path, "placeholder-brace", "a single brace", "braces enclose a placeholder", fix)
        for name in sorted(set(names)):
            if name != "unit":
                fix = suggestion(name, ["unit"])
                yield Finding(path, "placeholder-unknown", f"the placeholder {{{name}}}", "nothing fills it", fix)
            elif not each.unit_known:
                why, fix = "no unit is being rated here", "use it in a section with for_each"
                yield Finding(path, "placeholder-outside", "the placeholder {unit}", why, fix)
        if default in each.text and sorted(names) != expected and sorted(set(names)) != sorted(set(expected)):
            wanted = ", ".join(f"{{{name}}}" for name in sorted(set(expected))) or "none"
            why = f"the {default} text has {wanted}"
            yield Finding(path, "placeholder-differs", "other placeholders here", why, "use the same in every language")
