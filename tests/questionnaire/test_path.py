"""The path of a respondent: units, teams, conditions, progress, and what is sealed at the end."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.questionnaire.answers import Answers, Missing
from survey_app.questionnaire.condition import ConditionFaulty, Name, Scope, parse
from survey_app.questionnaire.forms import PageForm
from survey_app.questionnaire.path import Page, RatedUnit, completed, merged, pages
from survey_app.questionnaire.relevance import conditions, holds
from survey_app.questionnaire.schema import Questionnaire

Feature = Callable[[str], Questionnaire]
Register = dict[str, RatedUnit]


def keys(found: tuple[Page, ...]) -> list[str]:
    return [page.key for page in found]


def items(page: Page) -> list[str]:
    return [item.key for item in page.items if item.part == "question"]


def test_before_a_unit_is_chosen_only_what_is_asked_once_is_on_the_path(feature: Feature, register: Register) -> None:
    assert keys(pages(feature("units"), register, {})) == ["dealings", "profile", "closing"]


def test_the_main_unit_gets_all_items_and_the_second_the_core_items(feature: Feature, register: Register) -> None:
    path = pages(feature("units"), register, {"units_dealt_with": ("MC", "TV")})
    assert keys(path) == ["dealings", "profile", "mb.MC", "words.MC", "mb.TV", "closing"]
    by_key = {page.key: page for page in path}
    assert items(by_key["mb.MC"]) == ["mb01@MC", "mb02@MC"]
    assert items(by_key["mb.TV"]) == ["mb01@TV"]
    assert [by_key[key].loop_role for key in ("profile", "mb.MC", "mb.TV")] == ["once", "main", "second"]
    assert by_key["mb.TV"].heading("en") == "Tax Office: transparency" or by_key["mb.TV"].heading("en").startswith(
        "Tax"
    )


def test_the_unit_stands_in_the_heading_and_the_question(feature: Feature, register: Register) -> None:
    page = next(p for p in pages(feature("units"), register, {"units_dealt_with": ("MC",)}) if p.key == "mb.MC")
    assert page.heading("vi") == "Móng Cái: minh bạch"
    assert page.items[0].say("en") == "Mong Cai is clear."
    assert page.items[0].say("zh-Hans") == "Móng Cái rõ ràng."


def test_progress_says_which_unit_which_page_and_how_long_still(feature: Feature, register: Register) -> None:
    path = pages(feature("units"), register, {"units_dealt_with": ("MC", "TV")})
    assert [page.step for page in path] == [1, 2, 3, 4, 5, 6]
    assert {page.steps for page in path} == {6}
    assert [(p.unit_number, p.unit_count, p.unit_step, p.unit_steps) for p in path][2:5] == [
        (1, 2, 1, 2),
        (1, 2, 2, 2),
        (2, 2, 1, 1),
    ]
    left = [page.minutes_left for page in path]
    assert left == sorted(left, reverse=True)
    assert left[-1] >= 1


def test_no_dealings_ends_the_loop_of_a_unit_and_the_next_one_becomes_the_main_one(
    feature: Feature, register: Register
) -> None:
    questionnaire = feature("units")
    answers: Answers = {"units_dealt_with": ("MC", "TV"), "units_dealt_with.none@MC": ("yes",), "mb01@MC": ("2",)}
    path = pages(questionnaire, register, answers)
    assert keys(path) == ["dealings", "profile", "mb.TV", "words.TV", "closing"]
    sealed = completed(questionnaire, register, answers)
    assert sealed["units_dealt_with"] == ("TV",)
    assert sealed["units_dealt_with.none@MC"] == ("yes",)
    assert not any(name.endswith("@MC") and "none" not in name for name in sealed)


def test_no_dealings_is_offered_once_for_each_unit(feature: Feature, register: Register) -> None:
    path = pages(feature("teams"), register, {"units_dealt_with": ("MC", "TV"), "units_dealt_with.teams@MC": ("MC-1",)})
    offered = [page.no_dealings.key for page in path if page.no_dealings]
    assert offered == [f"units_dealt_with.none@{code}" for code in ("MC", "MC-1", "TV")]


def test_a_team_is_asked_the_core_items_on_one_page_after_its_unit(
    feature: Feature, register: Register, send: Callable[..., PageForm]
) -> None:
    questionnaire = feature("teams")
    answers: Answers = {"units_dealt_with": ("MC", "TV")}
    path = pages(questionnaire, register, answers)
    assert keys(path) == ["dealings", "teams", "mb.MC", "cl.MC", "mb.TV", "cl.TV"]
    (choice,) = path[1].items
    assert [unit.code for unit in choice.units] == ["MC-1", "MC-2"]
    assert not send(path[1], {choice.key: ["MC-1", "MC-2"]}).validate()
    assert not send(path[1], {choice.key: "TV"}).validate()
    given_ = send(path[1], {choice.key: "MC-2"}).answers()
    path = pages(questionnaire, register, merged(questionnaire, register, answers, path[1], given_))
    assert keys(path) == ["dealings", "teams", "mb.MC", "cl.MC", "team.MC-2", "mb.TV", "cl.TV"]
    assert items(path[4]) == ["mb01@MC-2", "cl01@MC-2"]
    assert [section.id for section, _ in path[4].groups] == ["mb", "cl"]
    assert path[4].heading("vi") == "Đội 2"


def test_the_page_for_teams_is_left_out_where_no_unit_has_any(feature: Feature, register: Register) -> None:
    assert "teams" not in keys(pages(feature("teams"), register, {"units_dealt_with": ("TV", "HG")}))


def test_items_are_asked_only_of_the_units_for_which_they_make_sense(feature: Feature, register: Register) -> None:
    questionnaire = feature("unit_kinds_and_needs")
    asked = {}
    for code in ("MC", "TV", "KT"):
        path = pages(questionnaire, register, {"units_dealt_with": (code,)})
        asked[code] = [item.id for item in path[1].items if item.part == "question"]
    assert asked == {
        "MC": ["of_all", "of_clearance", "of_both"],  # the register does not say what it does: asked
        "TV": ["of_all", "of_offices", "of_clearance", "of_both"],
        "KT": ["of_all"],
    }


def test_taking_a_unit_out_takes_its_answers_along(feature: Feature, register: Register) -> None:
    questionnaire = feature("teams")
    answers: Answers = {
        "units_dealt_with": ("MC", "TV"),
        "units_dealt_with.teams@MC": ("MC-1",),
        "units_dealt_with.none@TV": ("yes",),
        "mb01@MC": ("1",),
        "mb01@MC-1": ("2",),
        "mb01@TV": ("2",),
    }
    picker, teams = pages(questionnaire, register, answers)[:2]
    assert merged(questionnaire, register, answers, picker, {"units_dealt_with": ("TV",)}) == {
        "units_dealt_with": ("TV",),
        "mb01@TV": ("2",),
    }
    other = merged(questionnaire, register, answers, teams, {"units_dealt_with.teams@MC": ("MC-2",)})
    assert "mb01@MC-1" not in other
    assert other["mb01@MC"] == ("1",)
    assert other["units_dealt_with.none@TV"] == ("yes",)
    assert other["mb01@TV"] == ("2",)


def test_an_answer_taken_back_on_its_page_is_gone_and_the_others_stay(feature: Feature, register: Register) -> None:
    questionnaire = feature("units")
    answers: Answers = {"units_dealt_with": ("MC",), "mb01@MC": ("1",), "owned": ("yes",)}
    page = next(each for each in pages(questionnaire, register, answers) if each.key == "mb.MC")
    assert merged(questionnaire, register, answers, page, {"mb02@MC": ("2",)}) == {
        "units_dealt_with": ("MC",),
        "owned": ("yes",),
        "mb02@MC": ("2",),
    }


# ---------------------------------------------------------------- conditions

TRUE_FOR: dict[str, Answers] = {
    "by_code": {"helped": ("yes",)},
    "by_point": {"score": ("2",)},
    "by_number": {"wait": ("48",)},  # two days, stored in hours
    "by_date": {"when": ("2024-05-31",)},
    "by_choice": {"ways": ("phone", "web")},
    "by_silence": {},
    "by_both": {"wait": ("240",), "helped": ("no",)},
}
FALSE_FOR: dict[str, Answers] = {
    "by_code": {"helped": ("no",)},
    "by_point": {"score": ("3",)},
    "by_number": {"wait": ("36",)},
    "by_date": {"when": ("2024-06-01",)},
    "by_choice": {"ways": ("phone",)},
    "by_silence": {"helped": ("no",)},
    "by_both": {"wait": ("240",)},  # helped != 'yes' is false while helped is missing
}


@pytest.mark.parametrize("name", TRUE_FOR)
def test_a_condition_holds_for_these_answers_and_not_for_those(name: str, feature: Feature) -> None:
    tree = conditions(feature("show_when"))[name]
    assert holds(tree, TRUE_FOR[name])
    assert not holds(tree, FALSE_FOR[name])


@given(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.sampled_from([None, *Missing]))
def test_a_comparison_with_a_missing_answer_is_false(sign: str, missing: Missing | None) -> None:
    scope = Scope({"n": Name("number")})
    answers: Answers = {} if missing is None else {"n": missing}
    assert not holds(parse(f"n {sign} 5", scope), answers)
    assert not holds(parse("n in [5, 6]", scope), answers)
    assert holds(parse(f"not n {sign} 5", scope), answers)


@given(
    st.recursive(
        st.sampled_from(["a == 'x'", "b > 3", "'y' in c", "answered(a)", "a in ['x', 'y']"]),
        lambda part: st.one_of(
            part.map(lambda p: f"not ({p})"),
            st.tuples(part, part).map(lambda p: f"({p[0]}) and ({p[1]})"),
            st.tuples(part, part).map(lambda p: f"({p[0]}) or {p[1]}"),
        ),
        max_leaves=6,
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "a": st.sampled_from([("x",), ("y",), Missing.DECLINED]),
            "b": st.sampled_from([("3",), ("4",)]),
            "c": st.sampled_from([("x", "y"), ("x",)]),
        },
    ),
)
def test_and_or_not_mean_what_they_mean_in_python(text: str, answers: Answers) -> None:
    scope = Scope({"a": Name("code", ("x", "y")), "b": Name("number"), "c": Name("several", ("x", "y"))})
    atoms = {"a == 'x'": False, "b > 3": False, "'y' in c": False, "answered(a)": False, "a in ['x', 'y']": False}
    a, b, c = answers.get("a"), answers.get("b"), answers.get("c")
    atoms["a == 'x'"] = a == ("x",)
    atoms["b > 3"] = b == ("4",)
    atoms["'y' in c"] = c == ("x", "y")
    atoms["answered(a)"] = atoms["a in ['x', 'y']"] = isinstance(a, tuple) and not isinstance(a, Missing)
    translated = text
    for atom, value in atoms.items():
        translated = translated.replace(atom, str(value))
    assert holds(parse(text, scope), answers) is eval(translated)


def test_and_binds_closer_than_or() -> None:
    scope = Scope({"a": Name("code", ("x",)), "b": Name("code", ("x",)), "c": Name("code", ("x",))})
    assert holds(parse("a == 'x' or b == 'x' and c == 'x'", scope), {"a": ("x",)})
    assert not holds(parse("(a == 'x' or b == 'x') and c == 'x'", scope), {"a": ("x",)})


def test_all_faults_of_a_condition_are_named_at_once() -> None:
    with pytest.raises(ConditionFaulty) as caught:
        parse("x == 1 and y == 2 or 'z' in w", Scope({}))
    assert [fault.code for fault in caught.value.faults] == ["condition-name"] * 3


def test_a_condition_can_be_handed_to_a_script_as_json(feature: Feature) -> None:
    assert msgspec.to_builtins(conditions(feature("show_when"))["by_number"]) == {
        "is": "compare", "name": "wait", "operator": ">", "value": "36.0", "numeric": True,
    }  # fmt: skip


def test_a_question_whose_condition_fails_is_not_on_the_path(feature: Feature, register: Register) -> None:
    questionnaire = feature("show_when")
    assert keys(pages(questionnaire, register, {"helped": ("no",), "score": ("3",)})) == ["before"]
    after = pages(questionnaire, register, {"helped": ("yes",)})[1]
    assert items(after) == ["by_code", "chained"]
    assert list(after.open) == ["chained"]


def test_a_condition_on_the_same_page_leaves_the_question_to_the_page(feature: Feature, register: Register) -> None:
    page = pages(feature("show_when"), register, {"helped": ("no",)})[0]
    assert "same_page" in items(page)
    assert list(page.open) == ["same_page"]


def test_answers_off_the_path_stay_in_the_draft_and_are_dropped_at_submit(feature: Feature, register: Register) -> None:
    questionnaire = feature("show_when")
    answers: Answers = {"helped": ("yes",), "by_code": ("yes",), "chained": ("no",)}
    first = pages(questionnaire, register, answers)[0]
    changed = merged(questionnaire, register, answers, first, {"helped": ("no",)})
    assert changed["by_code"] == ("yes",)
    sealed = completed(questionnaire, register, changed)
    assert sealed["by_code"] is Missing.NOT_SHOWN
    # What hangs on an answer off the path is off the path too.
    assert sealed["chained"] is Missing.NOT_SHOWN
    assert sealed["helped"] == ("no",)
    again = merged(questionnaire, register, changed, first, {"helped": ("yes",)})
    assert completed(questionnaire, register, again)["chained"] == ("no",)


def test_within_the_loop_a_condition_looks_at_the_same_unit(feature: Feature, register: Register) -> None:
    questionnaire = feature("show_when_of_a_unit")
    answers: Answers = {
        "units_dealt_with": ("MC", "TV"),
        "ht01@MC": ("yes",),
        "ht02@MC": ("1",),
        "ht01@TV": ("no",),
        "ht02@TV": ("2",),
        "ht03@MC": ("yes",),
    }
    sealed = completed(questionnaire, register, answers)
    assert sealed["ht02@MC"] == ("1",)
    assert sealed["ht02@TV"] is Missing.NOT_SHOWN
    assert sealed["ht03@MC"] is Missing.NOT_SHOWN
    assert sealed["ht03@TV"] is Missing.LEFT_BLANK


# ---------------------------------------------------------------- what is sealed


def test_every_item_that_was_asked_is_sealed_with_an_answer_or_a_reason(feature: Feature, register: Register) -> None:
    answers: Answers = {
        "units_dealt_with": ("MC", "TV"),
        "mb01@MC": ("2",),
        "mb02@MC": Missing.DONT_KNOW,
        "mb02@TV": ("1",),  # asked of the main unit only
        "mb01@HG": ("1",),  # a unit that was not chosen
        "gone": ("1",),
    }
    assert completed(feature("units"), register, answers) == {
        "units_dealt_with": ("MC", "TV"),
        "owned": Missing.LEFT_BLANK,
        "mb01@MC": ("2",),
        "mb02@MC": Missing.DONT_KNOW,
        "o1@MC": Missing.LEFT_BLANK,
        "mb01@TV": Missing.LEFT_BLANK,
        "o3": Missing.LEFT_BLANK,
    }


def test_teams_are_sealed_beside_their_unit(feature: Feature, register: Register) -> None:
    sealed = completed(
        feature("teams"), register, {"units_dealt_with": ("MC",), "units_dealt_with.teams@MC": ("MC-1",)}
    )
    assert sealed["units_dealt_with.teams@MC"] == ("MC-1",)
    assert sealed["mb01@MC-1"] is Missing.LEFT_BLANK
    assert "mb02@MC-1" not in sealed


def test_a_sheet_without_a_unit_is_sealed_too(feature: Feature, register: Register) -> None:
    assert completed(feature("units"), register, {})["units_dealt_with"] is Missing.LEFT_BLANK


def test_the_attention_item_is_asked_once_and_the_fear_item_of_every_unit(feature: Feature, register: Register) -> None:
    questionnaire = feature("attention_and_fear")
    sealed = completed(questionnaire, register, {"units_dealt_with": ("MC", "TV")})
    assert {name for name in sealed if name.startswith("q1")} == {"q1@MC"}
    assert {name for name in sealed if name.startswith("f1")} == {"f1@MC", "f1@TV"}
    assert questionnaire.by_id["q1"].expect == "2"
    assert questionnaire.by_id["f1"].role == "fear"
    assert questionnaire.sections[1].sensitive


# ---------------------------------------------------------------- random order


def test_the_order_of_sections_is_the_same_for_a_seed_and_differs_between_seeds(
    feature: Feature, register: Register
) -> None:
    questionnaire = feature("random_order")
    answers: Answers = {"units_dealt_with": ("MC", "TV")}
    orders = {tuple(keys(pages(questionnaire, register, answers, seed))) for seed in range(40)}
    assert len(orders) > 10
    for order in orders:
        assert order[0] == "dealings"
        assert order[5] == "last.MC"
        assert [key.split(".")[0] for key in order[1:6]] == [key.split(".")[0] for key in order[6:]]
    assert keys(pages(questionnaire, register, answers, 7)) == keys(pages(questionnaire, register, answers, 7))
    assert completed(questionnaire, register, answers, 3) == completed(questionnaire, register, answers, 4)


def test_without_a_seed_sections_keep_the_order_of_the_file(feature: Feature, register: Register) -> None:
    path = keys(pages(feature("random_order"), register, {"units_dealt_with": ("MC",)}))
    assert path == ["dealings", "aa.MC", "bb.MC", "cc.MC", "dd.MC", "last.MC"]
