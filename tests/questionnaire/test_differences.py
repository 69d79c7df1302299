# ruff: noqa: E501 - a row of the table is one change, read across
"""What changed between two versions, and whether a trend line may go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_app.questionnaire.differences import Difference, comparability, differences
from survey_app.questionnaire.load import loads

RIGHT = (Path(__file__).parent / "right.yaml").read_text(encoding="utf-8")
OLD = loads(RIGHT)
CLOSING = RIGHT[RIGHT.index("      - id: best") : RIGHT.index("      - id: o3")]
OTHER = Difference("other", "", "title, headings, roles, lengths of texts or order")
MB05 = RIGHT[RIGHT.index("      - id: mb05") : RIGHT.index("      - id: q1")]


@pytest.mark.parametrize(
    ("old", "new", "question", "kind", "comparable"),
    [
        ("{unit} rõ ràng.", "{unit} rất rõ ràng.", "mb01", "text", "text"),
        ("{unit} is clear.", "{unit} is very clear.", "mb01", "translation", "same"),
        ('vi: "Hiếm khi"', 'vi: "Ít khi"', "mb02", "text", "text"),
        ('en: "Rarely"', 'en: "Seldom"', "mb02", "translation", "same"),
        ('{vi: "Kém", en: "Poor"}', '{vi: "Dở", en: "Poor"}', "grid_a", "text", "text"),
        ("          - {code: rarely", '          - {code: monthly, text: {vi: "Tháng", en: "Monthly"}}\n          - {code: rarely', "mb02", "option_added", "break"),
        ("code: rarely", "code: seldom", "mb02", "option_removed", "break"),
        ("points: 3", 'points: 4', "mb01", "scale_changed", "break"),
        ('max: "720"', 'max: "100"', "mb03", "scale_changed", "break"),
        ("type: yes_no", "type: text", "owned", "scale_changed", "break"),
        ("        core: true\n        unit_kinds: [chi_cuc]\n", "        core: true\n", "mb01", "mapping_changed", "text"),
        ("owned == 'yes'", "owned == 'no'", "mb03", "condition_changed", "break"),
        ("escape: [not_applicable]", "escape: [declined]", "mb01", "escape_changed", "text"),
        ("limits: {min: 1, max: 2}\n        text: {vi: \"Kênh", "limits: {max: 2}\n        text: {vi: \"Kênh", "mb04", "limits_changed", "break"),
        ("- id: mb02", "- id: mb12", "mb12", "added", "new"),
        ("- id: mb02", "- id: mb12", "mb02", "removed", None),
    ],
)  # fmt: skip
def test_each_change_has_its_class(old: str, new: str, question: str, kind: str, comparable: str | None) -> None:
    assert old in RIGHT
    text = RIGHT.replace(old, new, 1)
    if new == "points: 4":
        text = text.replace('"3": {vi: "Tốt"', '"4": {vi: "Tốt"').replace('expect: "3"', 'expect: "4"')
    if new == "type: text":
        text = text.replace(" and owned == 'yes'", "")
    found = differences(OLD, loads(text))
    assert (kind, question) in {(each.kind, each.question) for each in found}, found
    assert comparability(OLD, loads(text)).get(question) == comparable


def test_nothing_changed_is_no_difference() -> None:
    assert differences(OLD, loads(RIGHT.replace('version: "1.10"', "version: next"))) == []
    assert set(comparability(OLD, OLD).values()) == {"same"}


def test_a_question_in_another_section_has_moved_and_stays_comparable() -> None:
    new = loads(RIGHT.replace(MB05, "").replace("      - id: grid\n", f"{MB05}      - id: grid\n"))
    assert [(each.kind, each.question, each.detail) for each in differences(OLD, new)] == [("moved", "mb05", "mb → pc")]
    assert comparability(OLD, new)["mb05"] == "same"


def test_one_question_moved_is_one_move_and_not_many() -> None:
    new = loads(RIGHT.replace(MB05, "").replace("      - id: mb02\n", f"{MB05}      - id: mb02\n"))
    assert [(each.kind, each.question) for each in differences(OLD, new)] == [("moved", "mb05")]


def test_only_a_change_of_scale_under_the_same_id_is_refused() -> None:
    new = loads(RIGHT.replace('max: "720"', 'max: "100"').replace(CLOSING, ""))
    assert {each.kind: each.refused for each in differences(OLD, new)} == {"scale_changed": True, "removed": False}


def test_a_scale_that_has_another_name_only_is_the_same() -> None:
    assert differences(OLD, loads(RIGHT.replace("three", "tri"))) in ([], [OTHER])


def test_labels_that_changed_places_are_another_scale() -> None:
    swapped = RIGHT.replace('{vi: "Kém", en: "Poor"}', "@").replace('"3": {vi: "Tốt"', '"3": {vi: "Kém"')
    found = differences(OLD, loads(swapped.replace("@", '{vi: "Tốt", en: "Poor"}')))
    assert ("scale_changed", "mb01") in {(each.kind, each.question) for each in found}
    assert all(each.refused for each in found if each.kind == "scale_changed")


def test_a_change_of_the_questionnaire_itself_is_not_passed_over() -> None:
    title = RIGHT[RIGHT.index("title:") : RIGHT.index("\n", RIGHT.index("title:"))]
    changed = RIGHT.replace(title, title.replace('vi: "', 'vi: "Mới: '), 1)
    assert changed != RIGHT
    assert differences(OLD, loads(changed)) == [OTHER]
