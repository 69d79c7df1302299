"""Every question type and every switch, each with a tiny questionnaire of its own (tests/features)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from survey_app.questionnaire.answers import Missing, decode, encode, parts, state
from survey_app.questionnaire.forms import PageForm, formdata_from
from survey_app.questionnaire.load import check, loads
from survey_app.questionnaire.messages import (
    BOTH,
    CHOOSE_MAIN,
    CHOOSE_UNIT,
    CHOSEN_ABOVE,
    DATE_TOO_EARLY,
    DATE_TOO_LATE,
    EXCLUSIVE,
    NOT_A_DATE,
    NOT_OFFERED,
    NOT_WRITTEN,
    ONE_ANSWER,
    TOO_LONG,
    TOO_MANY,
    TWICE,
    Message,
    message_ids,
)
from survey_app.questionnaire.path import Page
from survey_app.questionnaire.schema import AnyQuestion, Questionnaire

FEATURES = sorted((Path(__file__).resolve().parents[1] / "features").glob("*.yaml"))
Feature = Callable[[str], Questionnaire]
PageOf = Callable[..., Page]
Send = Callable[..., PageForm]


def refusal(form: PageForm) -> str:
    ((_, message),) = form.problems()
    assert str(message)
    return message.text


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_every_feature_is_right_explained_and_tested(path: Path) -> None:
    assert check([path]) == []
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    tests = "".join(test.read_text(encoding="utf-8") for test in Path(__file__).parent.glob("test_*.py"))
    assert f'"{path.stem}"' in tests


def test_every_type_has_a_feature() -> None:
    types = {each.__struct_config__.tag for each in AnyQuestion.__args__}
    written = "".join(path.read_text(encoding="utf-8") for path in FEATURES)
    assert {each for each in types if f"type: {each}" in written} == types


def test_a_version_keeps_its_hash_through_its_canonical_form(feature: Feature) -> None:
    for path in FEATURES:
        original = feature(path.stem)
        again = Questionnaire.from_canonical(original.canonical())
        assert again.canonical() == original.canonical()
        assert again.hash == original.hash


def test_two_ways_to_write_the_same_letters_have_one_hash() -> None:
    text = FEATURES[0].read_text(encoding="utf-8")
    assert loads(unicodedata.normalize("NFD", text)).hash == loads(text).hash


def test_words_that_yaml_would_turn_into_something_else_stay_words() -> None:
    text = next(path for path in FEATURES if path.stem == "single").read_text(encoding="utf-8")
    text = (
        text.replace('version: "1"', "version: 1.10")
        .replace("code: small", "code: no")
        .replace('vi: "Dưới 10"', "vi: 12:30:00")
    )
    questionnaire = loads(text)
    assert questionnaire.version == "1.10"
    (question,) = [each for _, each in questionnaire.questions()]
    options = msgspec.to_builtins(question)["options"]
    assert options[0]["code"] == "no"
    assert options[0]["text"]["vi"] == "12:30:00"


# ---------------------------------------------------------------- one type after the other


def test_a_scale_shows_its_labels_and_stores_the_point(feature: Feature, page_of: PageOf, send: Send) -> None:
    page = page_of(feature("scale"), "one")
    (item,) = page.items
    assert [tuple(choice) for choice in item.choices("en")] == [("1", "Disagree"), ("2", "Neither"), ("3", "Agree")]
    assert [choice.label for choice in item.escapes("vi")] == ["Không biết"]
    assert send(page, {"q1": "3"}).answers() == {"q1": ("3",)}
    assert send(page, {"q1": "dont_know"}).answers() == {"q1": Missing.DONT_KNOW}
    assert send(page, {}).answers() == {}
    assert send(page, {"q1": ""}).answers() == {}


@pytest.mark.parametrize("sent", ["4", "0", "03", "３", "declined", "not_shown", "left_blank", "agree", " 3"])
def test_what_the_page_did_not_offer_is_refused(sent: str, feature: Feature, page_of: PageOf, send: Send) -> None:
    form = send(page_of(feature("scale"), "one"), {"q1": sent})
    assert refusal(form) == NOT_OFFERED
    assert form.answers() == {}


def test_two_answers_to_a_question_for_one_are_refused(feature: Feature, page_of: PageOf, send: Send) -> None:
    assert refusal(send(page_of(feature("scale"), "one"), {"q1": ["1", "3"]})) == ONE_ANSWER
    assert refusal(send(page_of(feature("scale"), "one"), {"q1": ["1", "dont_know"]})) == ONE_ANSWER


def test_points_without_a_label_show_their_number(feature: Feature, page_of: PageOf) -> None:
    (item,) = page_of(feature("scale_with_ends"), "one").items
    labels = [choice.label for choice in item.choices("en")]
    assert labels == ["Very poor", *map(str, range(2, 10)), "Excellent"]


def test_a_matrix_is_answered_row_by_row(feature: Feature, page_of: PageOf, send: Send) -> None:
    page = page_of(feature("matrix"), "one")
    ((_, (matrix,)),) = page.groups
    assert matrix.type == "matrix"
    assert [row.type for row in matrix.rows] == ["scale", "scale"]
    assert [row.say("en") for row in matrix.rows] == ["Clear", "Quick"]
    form = send(page, {"grid_clear": "2", "grid_quick": "not_applicable"})
    assert form.answers() == {"grid_clear": ("2",), "grid_quick": Missing.NOT_APPLICABLE}


def test_a_single_stores_the_code_and_not_the_label(feature: Feature, page_of: PageOf, send: Send) -> None:
    page = page_of(feature("single"), "one")
    assert send(page, {"size": "large"}).answers() == {"size": ("large",)}
    assert refusal(send(page, {"size": "10 or more"})) == NOT_OFFERED


def test_a_multi_keeps_its_limits_and_what_excludes_others(feature: Feature, page_of: PageOf, send: Send) -> None:
    page = page_of(feature("multi"), "one")
    assert send(page, {"channels": ["desk", "web"]}).answers() == {"channels": ("web", "desk")}
    assert send(page, {"channels": "none"}).answers() == {"channels": ("none",)}
    assert send(page, {"channels": "dont_know"}).answers() == {"channels": Missing.DONT_KNOW}
    assert send(page, {}).answers() == {}
    assert refusal(send(page, {"channels": ["web", "phone", "desk"]})) == TOO_MANY
    assert refusal(send(page, {"channels": ["web", "none"]})) == EXCLUSIVE
    assert refusal(send(page, {"channels": ["web", "dont_know"]})) == BOTH
    assert refusal(send(page, {"channels": ["web", "fax"]})) == NOT_OFFERED


def test_a_number_and_its_escape_exclude_each_other(feature: Feature, page_of: PageOf, send: Send) -> None:
    page = page_of(feature("number"), "one")
    assert send(page, {"n_hours": "1,5", "n_days": "1,5"}).answers() == {"n_hours": ("1.5",), "n_days": ("36",)}
    assert send(page, {"n_hours.escape": "dont_know"}).answers() == {"n_hours": Missing.DONT_KNOW}
    assert refusal(send(page, {"n_hours": "0", "n_hours.escape": "dont_know"})) == BOTH
    assert refusal(send(page, {"n_hours.escape": "declined"})) == NOT_OFFERED
    assert send(page, {"n_hours": "  "}).answers() == {}


def test_what_was_typed_wrongly_is_kept_to_be_shown_again(feature: Feature, page_of: PageOf, send: Send) -> None:
    form = send(page_of(feature("number"), "one"), {"n_hours": "1e3", "n_dong": "5"})
    assert not form.validate()
    assert form["n_hours"].raw == ["1e3"]
    assert form.answers() == {"n_dong": ("5",)}


def test_yes_and_no_are_codes(feature: Feature, page_of: PageOf, send: Send) -> None:
    page = page_of(feature("yes_no"), "one")
    assert [tuple(choice) for choice in page.items[0].choices("vi")] == [("yes", "Có"), ("no", "Không")]
    assert send(page, {"helped": "no"}).answers() == {"helped": ("no",)}
    assert refusal(send(page, {"helped": "Có"})) == NOT_OFFERED


def test_a_date_is_stored_as_iso_and_kept_within_its_bounds(feature: Feature, page_of: PageOf, send: Send) -> None:
    page = page_of(feature("date"), "one")
    assert send(page, {"when": "2024-02-29"}).answers() == {"when": ("2024-02-29",)}
    assert send(page, {"when": "29/2/2024"}).answers() == {"when": ("2024-02-29",)}
    assert send(page, {"when.escape": "dont_know"}).answers() == {"when": Missing.DONT_KNOW}
    assert refusal(send(page, {"when": "2022-12-31"})) == DATE_TOO_EARLY
    assert refusal(send(page, {"when": "2025-01-01"})) == DATE_TOO_LATE
    for sent in ("2023-02-29", "30/02/2024", "hôm qua", "20240101", "2024-W01-1", "99/99/9999", "01/01/0000"):
        assert refusal(send(page, {"when": sent})) == NOT_A_DATE


def test_a_text_is_stored_in_one_form_and_never_cut(feature: Feature, page_of: PageOf, send: Send) -> None:
    page = page_of(feature("text"), "one")
    decomposed = unicodedata.normalize("NFD", "Chậm quá.\r\nĐổi đi")
    assert send(page, {"comment": f"  {decomposed} "}).answers() == {"comment": ("Chậm quá.\nĐổi đi",)}
    assert send(page, {"comment": "x" * 20}).answers() == {"comment": ("x" * 20,)}
    assert send(page, {"comment": " \n "}).answers() == {}
    form = send(page, {"comment": "x" * 21})
    assert refusal(form) == TOO_LONG
    assert dict(form.problems()[0][1].values) == {"length": "21", "max": "20"}
    assert refusal(send(page, {"comment": "a\x00b"})) == NOT_WRITTEN


def test_a_rank_keeps_the_order(feature: Feature, page_of: PageOf, send: Send) -> None:
    page = page_of(feature("rank"), "one")
    assert send(page, {"first": ["respect", "speed"]}).answers() == {"first": ("respect", "speed")}
    assert send(page, {"first": ["", "speed"]}).answers() == {"first": ("speed",)}
    assert send(page, {"first": ["", ""]}).answers() == {}
    assert send(page, {"first.escape": "dont_know"}).answers() == {"first": Missing.DONT_KNOW}
    assert refusal(send(page, {"first": ["speed", "speed"]})) == TWICE
    assert refusal(send(page, {"first": ["speed", "clarity", "respect"]})) == TOO_MANY
    assert refusal(send(page, {"first": ["price"]})) == NOT_OFFERED


def test_an_info_is_shown_and_not_answered(feature: Feature, page_of: PageOf, send: Send) -> None:
    page = page_of(feature("info"), "one")
    assert [item.type for _, items in page.groups for item in items] == ["info", "yes_no"]
    assert [item.key for item in page.items] == ["ready"]
    assert send(page, {"note": "x", "ready": "yes"}).answers() == {"ready": ("yes",)}


def test_who_may_escape_how_is_said_by_the_question_its_scale_or_the_file(feature: Feature, page_of: PageOf) -> None:
    offered = {item.id: [code.value for code in item.escape] for item in page_of(feature("escapes"), "one").items}
    assert offered == {
        "of_file": ["dont_know", "not_applicable"],
        "of_scale": ["not_applicable"],
        "delicate": ["not_applicable", "declined"],
        "own": ["declined"],
        "none_at_all": [],
    }


def test_the_picker_keeps_the_main_unit_first(feature: Feature, page_of: PageOf, send: Send) -> None:
    page = page_of(feature("units"), "dealings")
    (item,) = page.items
    assert [choice.code for choice in item.choices("vi")] == ["MC", "HG", "TV", "KT"]
    chosen = {"units_dealt_with": "TV", "units_dealt_with.main": "MC"}
    assert send(page, chosen).answers() == {"units_dealt_with": ("MC", "TV")}
    assert refusal(send(page, {})) == CHOOSE_UNIT
    assert refusal(send(page, {"units_dealt_with": "TV"})) == CHOOSE_MAIN
    assert refusal(send(page, chosen | {"units_dealt_with": "MC"})) == CHOSEN_ABOVE
    assert refusal(send(page, chosen | {"units_dealt_with": ["TV", "HG"]})) == TOO_MANY
    assert refusal(send(page, {"units_dealt_with": "MC-1"})) == NOT_OFFERED


def test_a_page_shows_what_was_answered_and_nothing_else(feature: Feature, page_of: PageOf, send: Send) -> None:
    for name, answers in (
        ("scale", {"q1": Missing.DONT_KNOW}),
        ("multi", {"channels": ("web", "desk")}),
        ("date", {"when": Missing.DONT_KNOW}),
        ("text", {"comment": ("một\nhai",)}),
        ("rank", {"first": ("respect", "speed")}),
        ("matrix", {"grid_clear": ("1",)}),
        ("yes_no", {}),
    ):
        page = page_of(feature(name), "one")
        assert send(page, formdata_from(page, answers, "en")).answers() == answers
    assert formdata_from(page_of(feature("scale"), "one"), {"q1": Missing.LEFT_BLANK}, "vi") == {}


# ---------------------------------------------------------------- answers and messages


def test_answers_come_back_from_their_json_with_their_missing_codes() -> None:
    answers = {"b@MC": ("3",), "a": Missing.NOT_SHOWN, "m": ("x", "y")}
    assert encode(answers) == b'{"a":"not_shown","b@MC":["3"],"m":["x","y"]}'
    assert decode(encode(answers)) == answers
    with pytest.raises(ValueError, match="dunno"):
        decode(b'{"a": "dunno"}')


def test_an_answer_is_in_one_of_six_states() -> None:
    states = {state(answer) for answer in (("1",), None, *Missing)}
    assert states == {"answered", "not_applicable", "dont_know", "declined", "not_shown", "left_blank"}


def test_a_name_says_the_question_and_the_unit() -> None:
    assert parts("mb01@MC") == ("mb01", "MC")
    assert parts("p1") == ("p1", None)


def test_every_message_is_listed_for_translation() -> None:
    assert NOT_OFFERED in message_ids()
    assert len(message_ids()) == len(set(message_ids())) == 20
    assert all("{" not in Message(text, {}).text or "}" in text for text in message_ids())
