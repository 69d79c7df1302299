"""Question cards: the HTML of each question, made once and filled for each page.

Drawing a page's 70 radio buttons through form widgets costs more CPU than the rest of the request together. So every
question is rendered once per version and language with holes where a respondent or a unit differs, and a page only
joins strings. A card is complete before anybody can see it: two threads may make the same one, none sees half of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from flask import current_app
from markupsafe import Markup, escape

from survey_app import i18n
from survey_app.questionnaire.asked import Item
from survey_app.questionnaire.forms import ESCAPE, MAIN
from survey_app.questionnaire.schema import WORDS, AnyQuestion, Questionnaire, Text, Units, say
from survey_app.web.frames import PRIVATE, Hole, Pieces, hole, pieces_of

BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)

Values = Mapping[str, Sequence[str]]  # what fields show, by their names ("mb01@MCAI")


def marked_up(text: str) -> Markup:
    """A text of the questionnaire: escaped; **bold** and line breaks are all the markup there is."""
    safe = BOLD.sub(r"<strong>\1</strong>", str(escape(PRIVATE.sub("", text))))
    return Markup(safe.replace("\n", "<br>"))  # nosec B704 # escaped just above


# ---------------------------------------------------------------- made once


def pieces_for(questionnaire: Questionnaire, item: Item, language: str) -> Pieces:
    """The card of an item: shared by all units, but for the picker, which lists them."""
    if isinstance(item.question, Units):
        return unit_card(item, language)
    return question_card(questionnaire, item.question.id, language)


@lru_cache(maxsize=8192)
def question_card(questionnaire: Questionnaire, question: str, language: str) -> Pieces:
    """The card of a question. A questionnaire is compared by identity and kept by its hash."""
    asked = questionnaire.by_id[question]

    def words(text: Text | None) -> Markup:
        safe = str(marked_up(say(text, language))) if text else ""
        return Markup(safe.replace("{unit}", hole("unit")))  # nosec B704 # escaped by marked_up

    return drawn(
        f"fields/{asked.__struct_config__.tag}.html",
        language,
        q=asked,
        words=words,
        points=points(questionnaire, asked),
        escapes=[(code, words(WORDS[code])) for code in questionnaire.escapes(asked)],
        yes_no=[(code, words(WORDS[code])) for code in ("yes", "no")],
        measure=questionnaire.measures.get(getattr(asked, "measure", "")),
    )


@lru_cache(maxsize=2048)
def unit_card(item: Item, language: str) -> Pieces:
    """The picker's card, or the choice among a unit's teams."""
    by_kind: dict[str, list[tuple[str, str]]] = {}
    for unit in item.units:
        by_kind.setdefault(unit.kind, []).append((unit.code, say(unit.names, language)))
    choices = [sorted(units, key=lambda unit: i18n.alphabetical(unit[1])) for units in by_kind.values()]
    return drawn(
        "fields/teams.html" if item.part == "teams" else "fields/units.html",
        language,
        q=item.question,
        key=item.key,
        words=lambda text: marked_up(say(text, language)) if text else "",
        kinds=choices,
        unit_name=item.name(language),
    )


def drawn(template: str, language: str, **values: object) -> Pieces:
    """A card's template, rendered and cut."""

    def translated(message: str, **named: object) -> str:
        return i18n.say(language, message, **named)

    found = current_app.jinja_env.get_template(template)
    return pieces_of(found.render(values, hole=hole, language=language, _=translated, plain=i18n.plain))


def points(questionnaire: Questionnaire, question: AnyQuestion) -> list[tuple[str, Text | None]]:
    """The points of the question's scale with their labels; none where it has no scale."""
    scale = questionnaire.scales.get(getattr(question, "scale", ""))
    if scale is None:
        return []
    return [(str(point), scale.labels.get(str(point))) for point in range(1, scale.points + 1)]


@lru_cache(maxsize=4096)
def card_of_unit(
    questionnaire: Questionnaire, item: Item, language: str, suffix: str, unit_name: str
) -> tuple[Pieces, str]:
    """The card as it is about one unit: what is left to fill, and the whole of it with nothing answered."""
    pieces: list[str | Hole] = []
    for piece in pieces_for(questionnaire, item, language):
        if isinstance(piece, Hole) and piece.kind in ("at", "unit"):
            piece = suffix if piece.kind == "at" else str(escape(unit_name))  # noqa: PLW2901 - filled
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return tuple(pieces), fill(tuple(pieces), suffix, {}, {})


# ---------------------------------------------------------------- filled for each page


def card(questionnaire: Questionnaire, item: Item, language: str, shown: Values, wrong: Mapping[str, str]) -> str:
    """The card of an item as one respondent sees it; `wrong` is what to mend, by field."""
    loop = item.unit is not None and not isinstance(item.question, Units)
    suffix = f"@{item.unit.code}" if loop and item.unit else ""
    name = item.name(language) or "" if loop else ""
    pieces, blank = card_of_unit(questionnaire, item, language, suffix, name)
    fields = [row.key for row in item.rows] or [item.key]
    if not any(one in shown or one in wrong or one + ESCAPE in shown or one + MAIN in shown for one in fields):
        return blank
    return fill(pieces, suffix, shown, wrong)


def fill(pieces: Pieces, suffix: str, shown: Values, wrong: Mapping[str, str]) -> str:
    """A card's text."""
    out: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            out.append(piece)
        elif piece.kind == "checked":
            if piece.code in shown.get(piece.item + suffix, ()):
                out.append(" checked")
        else:
            out.append(rare(piece.kind, piece.item + suffix, piece.code, shown, wrong))
    return "".join(out)


def rare(kind: str, field: str, code: str, shown: Values, wrong: Mapping[str, str]) -> str:
    """The holes of which a card has one or two: typed values, ranks, what is wrong."""
    if kind == "value":
        return str(escape(next(iter(shown.get(field, ())), "")))
    if kind == "escaped":  # the escape of something typed stands in a field of its own
        return " checked" if code in shown.get(field + ESCAPE, ()) else ""
    if kind == "selected":  # code is "place:option" of a rank
        place, _, option = code.partition(":")
        chosen = shown.get(field, ())
        return " selected" if int(place) < len(chosen) and chosen[int(place)] == option else ""
    if kind == "described":  # code is "help" where the card has a help text
        ids = [f"{field}-{part}" for part, there in (("help", code), ("wrong", field in wrong)) if there]
        return f' aria-describedby="{escape(" ".join(ids))}"' if ids else ""
    if field not in wrong:
        return ""
    if kind == "why":
        return f'<span class="wrong-why" id="{escape(field)}-wrong">{escape(wrong[field])}</span>'
    return ' aria-invalid="true"' if kind == "invalid" else " wrong"
