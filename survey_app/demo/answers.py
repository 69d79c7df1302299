"""Synthetic answers: the simulator's sheets as the answers that a business would have given on the pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey_app.demo.population import Client
from survey_app.questionnaire.answers import Answer, Answers, Missing, key
from survey_app.questionnaire.asked import teams_key, wanted
from survey_app.questionnaire.schema import (
    AnyQuestion,
    Number,
    Questionnaire,
    RatedUnit,
    Scale,
    Single,
    TextQuestion,
    YesNo,
)
from survey_app.scoring.plan import Plan
from survey_app.scoring.simulate import Item, Settings, Sheet, simulate_round

# What unit heads will read. Said by nobody: written for the demo.
COMMENTS = (
    "Nội dung mô phỏng: cán bộ hướng dẫn rõ ràng, giải quyết nhanh.",
    "Nội dung mô phỏng: thời gian chờ kiểm tra hàng vào cuối tuần còn lâu.",
    "Nội dung mô phỏng: nên thông báo sớm hơn khi thay đổi quy trình.",
    "Nội dung mô phỏng: đường dây nóng trả lời tốt.",
    "Nội dung mô phỏng: vẫn phải nộp lại bản giấy dù đã gửi điện tử.",
)
# Typical hours and visits at a unit of average quality.
TYPICAL = {"tg01": 7.0, "tg02": 16.0, "tg03": 1.0, "tg09": 0.2}

# Units differ by the quality that the demo sets, hardly by chance: so one peer group of the demo is truly level.
SPREAD = Settings(sub_index=0.06, item_unit=0.08, client_base=0.04)


@dataclass(frozen=True)
class Reply:
    """One business's finished answers and the seconds it took."""

    client: Client
    answers: Answers
    seconds: int
    language: str


def replies(
    questionnaire: Questionnaire,
    plan: Plan,
    register: Mapping[str, RatedUnit],
    answering: Sequence[Client],
    quality: Mapping[str, float],
    seed: int,
) -> list[Reply]:
    """What these businesses answer. `quality` fixes a unit's hidden quality (0 = average)."""
    codes = tuple(register)
    questions = loop_questions(questionnaire)
    items = [simulated(questionnaire, plan, section, question) for section, question in questions]
    asked = np.array([[wanted(question, register[code], "main") for _, question in questions] for code in codes])
    dealings = [tuple(codes.index(code) for code in rated(client)) for client in answering]
    hidden = np.array([quality.get(code, 0.0) for code in codes])
    drawn = simulate_round(items, asked, dealings, seed, SPREAD, quality=hidden)
    generator = np.random.default_rng([seed, 1])
    sheets: list[list[Sheet]] = [[] for _ in answering]
    for sheet in drawn.sheets:
        sheets[sheet.business].append(sheet)
    return [
        reply(questionnaire, client, mine, codes, [item.id for item in items], generator)
        for client, mine in zip(answering, sheets, strict=True)
    ]


def rated(client: Client) -> Iterable[str]:
    """The units that a business rates: main unit, its team, the second unit, its team."""
    for unit in client.units:
        yield unit
        if unit in client.teams:
            yield client.teams[unit]


def loop_questions(questionnaire: Questionnaire) -> list[tuple[str, AnyQuestion]]:
    """(section, question) of everything asked of a unit whose answer the simulator draws."""
    return [
        (section.id, question)
        for section in questionnaire.sections
        if section.for_each
        for question in section.questions
        if isinstance(question, Scale | YesNo | Single | Number)
    ]


def simulated(questionnaire: Questionnaire, plan: Plan, section: str, question: AnyQuestion) -> Item:
    """The question as the simulator knows it; which end is good comes from the plan."""
    leaf = next((leaf for leaf in plan.leaves if leaf.question_id == question.id), None)
    favourable: Literal["high", "low"] = "low" if leaf is not None and leaf.direction == "lower" else "high"
    escapes = tuple(escape for escape in questionnaire.escapes(question))
    if isinstance(question, Number):
        measure = questionnaire.measures[question.measure]
        return Item(
            question.id, section, (), favourable, question.core, escapes,
            typical=TYPICAL.get(question.id, 1.0), largest=float(measure.max or 100), decimals=0,
        )  # fmt: skip
    return Item(question.id, section, codes_of(questionnaire, question), favourable, question.core, escapes)


def codes_of(questionnaire: Questionnaire, question: AnyQuestion) -> tuple[str, ...]:
    """Answer codes from low to high."""
    if isinstance(question, Scale):
        return tuple(str(point) for point in range(1, questionnaire.scales[question.scale].points + 1))
    if isinstance(question, Single):
        return tuple(option.code for option in question.options)
    return ("no", "yes")


def reply(
    questionnaire: Questionnaire,
    client: Client,
    sheets: Sequence[Sheet],
    codes: Sequence[str],
    items: Sequence[str],
    generator: np.random.Generator,
) -> Reply:
    """One business's answers, keyed as the pages key them."""
    picker = questionnaire.picker
    if picker is None:
        raise LookupError("the demo needs a questionnaire with units")
    answers: Answers = {picker.id: client.units}
    for unit, team in client.teams.items():
        answers[teams_key(picker, unit)] = (team,)
    for sheet in sheets:
        answers |= unit_answers(questionnaire, sheet, codes[sheet.unit], items)
    answers |= asked_once(questionnaire, client, generator)
    number = sum(len(sheet.codes) - sheet.codes.count(None) for sheet in sheets)
    seconds = round(sum(sheet.seconds for sheet in sheets) / len(sheets) * number)
    return Reply(client, answers, seconds, str(generator.choice(["vi", "en", "zh-Hans"], p=[0.86, 0.05, 0.09])))


def unit_answers(questionnaire: Questionnaire, sheet: Sheet, unit: str, items: Sequence[str]) -> Answers:
    """The answers about one unit; a question left blank has none."""
    given: Answers = {}
    for item, code, missing in zip(items, sheet.codes, sheet.missing, strict=True):
        answer: Answer | None = None
        if code is not None:
            answer = (code,)
        elif missing is not None and missing != Missing.LEFT_BLANK:
            answer = Missing(missing)
        if answer is not None:
            given[key(item, unit)] = answer
    for question in questionnaire.by_id.values():
        if question.role == "fear":
            given[key(question.id, unit)] = (sheet.fear,)
        elif question.expect is not None and sheet.main:
            given[key(question.id, unit)] = (question.expect if sheet.attentive else "5",)
    return given


def asked_once(questionnaire: Questionnaire, client: Client, generator: np.random.Generator) -> Answers:
    """Profile and comments."""
    given: Answers = {}
    for section in questionnaire.sections:
        for question in section.questions:
            unit = client.units[0] if section.for_each else None
            if isinstance(question, TextQuestion) and generator.random() < 0.12:
                given[key(question.id, unit)] = (str(generator.choice(COMMENTS)),)
            elif isinstance(question, Single) and not section.for_each:
                given[key(question.id, None)] = (str(generator.choice([o.code for o in question.options])),)
    return given
