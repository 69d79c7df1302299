"""What the templates of the respondent's pages are told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from flask import current_app, g, render_template, session
from markupsafe import Markup, escape

from survey_app import i18n
from survey_app.fieldwork.units import register_for
from survey_app.fieldwork.versions import plan_of, questionnaire_by_hash
from survey_app.models import Round
from survey_app.questionnaire.answers import Answers
from survey_app.questionnaire.burden import Burden, burden
from survey_app.questionnaire.condition import Every, Not, Some, Tree
from survey_app.questionnaire.path import Page
from survey_app.questionnaire.relevance import holds
from survey_app.questionnaire.schema import RatedUnit, say
from survey_app.web import cards, frames
from survey_app.web.answering import Clash, Sent, Sheet, round_now
from survey_app.web.review import in_words
from survey_app.web.visit import is_open


def contact() -> str:
    """Whom a business may ask."""
    return str(current_app.config["SETTINGS"].contact) or i18n.say(g.language, "the authority that invited you")


def framed(template: str, round_: Round, own: Mapping[str, str | int] | None = None, **values: object) -> str:
    """A page in the frame of its round; see `frames.framed`."""
    return frames.framed(template, g.language, own or {}, **round_words(round_), **values)


def round_words(round_: Round) -> dict[str, str | bool]:
    """What every page may say of its round, and whether it is one of the open channel."""
    return {
        "open_channel": is_open(),
        "organisation": say(round_.organisation, g.language),
        "closing_date": i18n.day(round_.closes_on, g.language),
    }


def welcome(round_: Round, under_way: bool) -> str:
    """Who asks, why, for how long, and how far the answers are protected."""
    return framed(
        "respond/welcome.html",
        round_,
        under_way=under_way,
        round_title=say(round_.title, g.language),
        synthetic=round_.synthetic,
        rehearsal=round_.rehearsal,
        minutes=minutes(round_, g.language),
        custodians=tuple(round_.custodians),
        privacy=plan_of(round_).privacy,
    )


def open_welcome(round_: Round, under_way: bool, ended: bool) -> str:
    """The same for somebody without an invitation, who is told what that means."""
    return framed(
        "respond/open_welcome.html",
        round_,
        under_way=under_way,
        ended=ended,
        kiosk=bool(session.get("kiosk")),
        round_title=say(round_.title, g.language),
        synthetic=round_.synthetic,
        rehearsal=round_.rehearsal,
        minutes=minutes(round_, g.language),
        custodians=tuple(round_.custodians),
        privacy=plan_of(round_).privacy,
    )


def minutes(round_: Round, language: str) -> str:
    """How long answering takes: for one unit – for two."""
    lines = burdens(round_.id, round_.questionnaire_id, round_.register_hash or "")
    found = sorted({line.minutes for line in lines if line.language == language})
    return "\u2060–\u2060".join(str(part) for part in found)


@lru_cache(maxsize=16)
def burdens(round_id: str, questionnaire: str, register: str) -> tuple[Burden, ...]:
    """The burden of a round, worked out once: its questionnaire and register, named by hash, never change."""
    return burden(questionnaire_by_hash(questionnaire), register_for(round_now(round_id)))


# ---------------------------------------------------------------- a page of questions


def page(sheet: Sheet, asked: Page, shown: cards.Values, wrong: Mapping[str, str]) -> str:
    """A page of the path, with what its fields show and what is wrong with them."""
    language = g.language
    unit = say(asked.unit.names, language) if asked.unit else ""
    first = asked.groups[0][0]
    rated = not sheet.lacks_units()
    values = {
        "key": asked.key,
        "heading": heading(asked, language),
        "over": say(first.heading, language) if asked.key == "teams" else "",
        "intro": cards.marked_up(say(first.intro, language, unit or None))
        if first.intro and asked.loop_role != "team"
        else "",
        "sensitive": any(section.sensitive for section, _ in asked.groups),
        "note": note(sheet, asked, unit),
        "saved": sheet.draft.revision > 0 and not wrong,
        "unit_name": unit,
        "no_dealings": asked.no_dealings.key if asked.no_dealings else "",
        "first": asked.step == 1,
    }
    own: dict[str, str | int] = {
        "revision": sheet.draft.revision,
        "step": asked.step if rated else 0,
        "steps": asked.steps + 1,
        "where": where(asked) if rated else "",
        "left": f"· {left(asked)}" if rated else all_of_it(sheet),
        "cards": drawn(sheet, asked, shown, wrong),
    }
    if not wrong:
        return framed("respond/page.html", sheet.round, own, **values)
    several = len(asked.items) > 1 and "main" not in wrong
    words = round_words(sheet.round)
    return render_template("respond/page.html", wrong=wrong, several=several, **words, **values, **own)


def where(asked: Page) -> str:
    """How far along the path this page is."""
    if asked.unit_count > 1:
        return i18n.say(
            g.language,
            "Unit {unit} of {units}, page {step} of {steps}",
            unit=asked.unit_number,
            units=asked.unit_count,
            step=asked.unit_step,
            steps=asked.unit_steps,
        )
    return i18n.say(g.language, "Page {step} of {steps}", step=asked.step, steps=asked.steps)


def left(asked: Page) -> str:
    """The minutes that remain, this page's among them."""
    return i18n.say(g.language, "about {minutes} minutes left", minutes=asked.minutes_left)


def all_of_it(sheet: Sheet) -> str:
    """The minutes of the whole, before any unit is chosen."""
    return i18n.say(g.language, "about {minutes} minutes left", minutes=minutes(sheet.round, g.language))


def heading(asked: Page, language: str) -> str:
    """The page's heading; the page of teams asks nothing of the questionnaire, so its heading is ours."""
    return i18n.say(language, "Teams you dealt with") if asked.key == "teams" else asked.heading(language)


def note(sheet: Sheet, asked: Page, unit: str) -> str:
    """A word of explanation at the top of some pages."""
    picker = sheet.questionnaire.picker
    if picker and asked is sheet.pages[0] and sheet.lacks_units() and picker.id in sheet.draft.answers:
        return i18n.say(g.language, "No unit is left to rate. Please choose one that you did deal with.")
    if asked.loop_role == "second" and asked.unit_step == 1:
        return i18n.say(
            g.language,
            "Please answer a short part about {unit} as well. "
            "Each further rating makes the comparison of units fairer.",
            unit=unit,
        )
    return ""


def drawn(sheet: Sheet, asked: Page, shown: cards.Values, wrong: Mapping[str, str]) -> Markup:
    """The cards of a page, under their sections' headings where there are several."""
    language = g.language
    out = []
    for section, items in asked.groups:
        if len(asked.groups) > 1:
            unit = say(asked.unit.names, language) if asked.unit else None
            out.append(f'<h2 class="section">{escape(say(section.heading, language, unit))}</h2>')
        for item in items:
            card = cards.card(sheet.questionnaire, item, language, shown, wrong)
            if item.id in asked.open:
                tree = reduced(asked.open[item.id], here(asked), sheet.draft.answers, asked.unit)
                card = f'<div class="when" data-when="{escape(json.dumps(tree))}">{card}</div>'
            out.append(card)
    return Markup("".join(out))  # nosec B704 # templates and fill() have escaped every part


def here(asked: Page) -> Mapping[str, str]:
    """Field names of this page's items, by question id."""
    return {item.id: item.key for item in asked.items if item.part == "question"}


def reduced(tree: Tree, fields: Mapping[str, str], answers: Answers, unit: RatedUnit | None) -> Any:
    """A condition for the page's script: what hangs on earlier pages is settled here, names become fields."""
    if isinstance(tree, Every | Some):
        return {
            "is": tree.__struct_config__.tag,
            "parts": [reduced(part, fields, answers, unit) for part in tree.parts],
        }
    if isinstance(tree, Not):
        return {"is": "not", "part": reduced(tree.part, fields, answers, unit)}
    if tree.name in fields:
        return {**msgspec.to_builtins(tree), "name": fields[tree.name]}
    return holds(tree, answers, unit)


# ---------------------------------------------------------------- pages that ask first


def removing(sheet: Sheet, asked: Page, lost: Mapping[str, int], posted: Sequence[tuple[str, str]], go: str) -> str:
    """Before answers of a unit that was taken out are deleted."""
    names = [
        (say(sheet.register[code].names, g.language) if code in sheet.register else code, n) for code, n in lost.items()
    ]
    revision = sheet.draft.revision
    words = round_words(sheet.round)
    return render_template(
        "respond/removing.html", page=asked, lost=names, posted=posted, revision=revision, go=go, **words
    )


def moved(clash: Clash, sent: Sent, posted: Sequence[tuple[str, str]], go: str) -> tuple[str, int]:
    """Two windows answered the same questions: both versions are shown, the respondent chooses."""
    items = {item.key: item for item in sent.page.items}
    theirs = clash.sheet.draft.answers
    clashes = [
        {
            "question": items[key].say(g.language).replace("**", ""),
            "theirs": in_words(items[key], theirs.get(key), g.language),
            "ours": in_words(items[key], sent.given[key], g.language),
        }
        for key in clash.keys
    ]
    revision = clash.sheet.draft.revision
    drawn_page = render_template(
        "respond/moved.html",
        **round_words(clash.sheet.round),
        page=sent.page,
        clashes=clashes,
        posted=posted,
        revision=revision,
        go=go,
    )
    return drawn_page, 409
