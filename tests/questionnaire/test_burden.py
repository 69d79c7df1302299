"""What answering costs, and that no sheet is ever larger than was said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_app.questionnaire.answers import Answers, Missing, encode
from survey_app.questionnaire.asked import Item
from survey_app.questionnaire.load import load
from survey_app.questionnaire.path import RatedUnit, burden, completed, largest_sheet, pages
from survey_app.questionnaire.schema import Date, Multi, Number, Questionnaire, Rank, Single, TextQuestion

Feature = Callable[[str], Questionnaire]
Register = dict[str, RatedUnit]
CDCI = Path(__file__).resolve().parents[2] / "questionnaires" / "cdci_2024" / "questionnaire.yaml"
NAMES = [path.stem for path in sorted((Path(__file__).resolve().parents[1] / "features").glob("*.yaml"))]


def longest(item: Item) -> tuple[str, ...]:
    """The longest answer that a person could give, by another route than the code under test."""
    question = item.question
    if isinstance(question, TextQuestion):
        return ("\U0001f600" * question.max_length,)
    if isinstance(question, Number) and item.measure is not None:
        return (str(float(item.measure.max) * item.measure.to_base - 0.1 * bool(item.measure.decimals)),)
    if isinstance(question, Date):
        return ("2024-12-31",)
    if isinstance(question, Single):
        return (max((option.code for option in question.options), key=len),)
    if isinstance(question, Multi | Rank):
        codes = sorted((option.code for option in question.options), key=len, reverse=True)
        return tuple(codes[: question.limits.max or len(codes)])
    return (max((choice.code for choice in item.choices("en")), key=len),)


def largest_by_hand(questionnaire: Questionnaire, register: Register) -> int:
    best = len(encode(completed(questionnaire, register, _filled(questionnaire, register, {}))))
    for main in register.values():
        for second in register.values():
            if main is not second and not main.parent and not second.parent:
                for team in (None, *(each.code for each in register.values() if each.parent == main.code)):
                    answers: Answers = {"units_dealt_with": (main.code, second.code)}
                    if team:
                        answers[f"units_dealt_with.teams@{main.code}"] = (team,)
                    sheet = completed(questionnaire, register, _filled(questionnaire, register, answers))
                    best = max(best, len(encode(sheet)))
    return best


def _filled(questionnaire: Questionnaire, register: Register, answers: Answers) -> Answers:
    for page in pages(questionnaire, register, answers):
        for item in page.items:
            if item.part == "question" and item.key != "units_dealt_with":
                long = longest(item)
                escape = max(item.escape, key=len, default=None)
                answers[item.key] = escape if escape and len(escape) > len(encode({"": long})) - 9 else long
    return answers


def test_no_sheet_is_larger_than_the_largest_and_the_largest_is_hardly_larger(
    feature: Feature, register: Register
) -> None:
    for questionnaire in (*(feature(name) for name in NAMES), load(CDCI)):
        found = largest_by_hand(questionnaire, register)
        said = largest_sheet(questionnaire, register)
        assert found <= said <= found * 1.2 + 160, (questionnaire.id, found, said)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_sheet_that_is_filled_at_random_is_larger(data: st.DataObject, feature: Feature, register: Register) -> None:
    questionnaire = feature(
        data.draw(st.sampled_from(["units", "teams", "multi", "attention_and_fear", "number", "rank"]))
    )
    rated = [unit.code for unit in register.values() if not unit.parent]
    answers: Answers = {"units_dealt_with": tuple(data.draw(st.lists(st.sampled_from(rated), max_size=2, unique=True)))}
    if data.draw(st.booleans()):
        answers["units_dealt_with.teams@MC"] = ("MC-2",)
    if data.draw(st.booleans()):
        answers["units_dealt_with.none@TV"] = ("yes",)
    for page in pages(questionnaire, register, answers):
        for item in page.items:
            if item.part == "question" and item.key != "units_dealt_with":
                choice = data.draw(st.sampled_from([longest(item), Missing.LEFT_BLANK, *item.escape]))
                answers[item.key] = choice
    assert len(encode(completed(questionnaire, register, answers))) <= largest_sheet(questionnaire, register)


def test_the_burden_is_said_for_one_and_two_units_in_each_language(feature: Feature, register: Register) -> None:
    lines = burden(feature("units"), register)
    assert [(line.language, line.units) for line in lines] == [("vi", 1), ("vi", 2), ("en", 1), ("en", 2)]
    one, two = lines[:2]
    assert (one.items, two.items) == (1 + 1 + 3 + 1, 1 + 1 + 3 + 1 + 1)
    assert one.bytes < two.bytes == largest_sheet(feature("units"), register)
    assert 1 <= one.minutes <= two.minutes


def test_the_burden_of_a_questionnaire_without_units_is_one_line_a_language(
    feature: Feature, register: Register
) -> None:
    assert [(line.language, line.units, line.items) for line in burden(feature("number"), register)] == [
        ("vi", 0, 4),
        ("en", 0, 4),
    ]


def test_cdci_takes_minutes_and_bytes_within_what_was_promised() -> None:
    unit = [RatedUnit(code=code, kind="chi_cuc", names={"vi": code}) for code in ("MCAI", "HGAI")]
    lines = burden(load(CDCI), {each.code: each for each in unit})
    assert all(10 <= line.minutes <= 30 for line in lines)
    assert all(line.bytes < 28 * 1024 for line in lines)
