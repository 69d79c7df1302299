# ruff: noqa: E501 - a row of the table is one kind, read across
"""Wrong questionnaire files: each kind is named by its code, at its line, with a way to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_app.diagnostics import InputProblems, Problem
from survey_app.questionnaire.load import check, load, loads

RIGHT = (Path(__file__).parent / "right.yaml").read_text(encoding="utf-8")
MB01 = "      - id: mb01\n        type: scale\n"
OWNED = "      - id: owned\n        type: yes_no\n"

# (code expected, text replaced, by what, text on the line that must be named; "" for the replacement's first line)
KINDS = [
    # --- YAML
    ("yaml-syntax", "id: example", "id: [example", "version"),
    ("yaml-syntax", 'version: "1.10"', 'version: "1.10', "title"),
    ("yaml-syntax", "title: {vi", "title: : {vi", ""),
    ("yaml-tab", "random_order: false", "random_order:\tfalse", ""),
    ("yaml-control", "An example", "An\x07 example", ""),
    ("yaml-control", "An example", "An\\0 example", ""),
    ("yaml-control", "An example", "An\\ud800 example", ""),
    ("yaml-control", "An example", "An\\e[31m example", ""),
    ("yaml-control", "An example", "An \ue000 example", ""),
    ("yaml-duplicate-key", "id: example", "id: example\nid: other", "id: other"),
    ("yaml-duplicate-key", "- id: owned", "- id: owned\n        id: owned", "        id: owned"),
    ("yaml-tag", "id: example", "id: !!python/object:os.system example", ""),
    ("yaml-merge", "random_order: false", "<<: {a: b}", ""),
    ("yaml-alias-unknown", "id: example", "id: *nobody", ""),
    ("yaml-alias-cycle", "escape: [dont_know]", "escape: &a [*a]", ""),
    ("yaml-key", "escape: [dont_know]", "? [a, b]\n: c", ""),
    ("yaml-documents", "title:", "---\ntitle:", "---"),
    ("yaml-depth", "escape: [dont_know]", "escape: " + "[" * 30 + "]" * 30, ""),
    ("yaml-aliases", "escape: [dont_know]", "x: &a [" + "q," * 400 + "]\ny: &b [" + "*a," * 400 + "]", "y: &b"),
    ("yaml-size", "An example", "An example" + " " * 1_100_000, "format:"),
    # --- shape and types
    ("format", "questionnaire/1", "questionnaire/2", ""),
    ("format", "survey-app/questionnaire/1", "surveyjs", ""),
    ("key-missing", "format: survey-app/questionnaire/1\n", "", "id: example"),
    ("key-missing", 'version: "1.10"\n', "", "format:"),
    ("key-missing", "        measure: hours\n", "", "- id: mb03"),
    ("key-missing", OWNED, "      - id: owned\n", "- id: owned"),
    ("key-unknown", "random_order: false", "randomorder: false", ""),
    ("key-unknown", "        core: true\n        unit_kinds", "        cores: true\n        unit_kinds", "cores"),
    ("key-unknown", "        max_length: 500\n", "        maximum: 500\n", ""),
    ("type-unknown", OWNED, "      - id: owned\n        type: yesno\n", "yesno"),
    ("value-missing", 'version: "1.10"', "version:", ""),
    ("not-a-text", "id: example", "id: [a, b]", ""),
    ("not-a-mapping", 'title: {vi: "Thử nghiệm", en: "An example"}', "title: Thử nghiệm", ""),
    ("not-a-list", "escape: [dont_know]", "escape: {a: b}", ""),
    ("not-true-false", "random_order: false", "random_order: no", ""),
    ("not-a-number", "points: 3", "points: three", ""),
    ("not-a-number", "max_length: 500", 'max_length: "5e2"', ""),
    ("number-range", "points: 3", "points: 12", ""),
    ("number-range", "max_length: 500", "max_length: 100000", ""),
    ("number-range", "decimals: 1", "decimals: 3", ""),
    ("value-unknown", "dimension: time", "dimension: tine", ""),
    ("value-unknown", "escape: [dont_know]", "escape: [dunno]", ""),
    ("value-unknown", "escape: [dont_know]", "escape: [not_shown]", ""),
    ("value-unknown", "role: fear", "role: anger", ""),
    ("text-form", "id: example", "id: Example 1", ""),
    ("text-form", "- id: owned", "- id: vốn", ""),
    ("text-form", "code: daily", "code: hằng ngày", ""),
    ("text-form", "default: vi", "default: vietnamese", ""),
    ("text-form", 'min: "0", max: "720"', 'min: "0", max: "1e3"', ""),
    ("text-form", 'earliest: "2023-01-01"', "earliest: 1/1/2023", ""),
    # --- ids and languages
    ("id-twice", "- id: mb02", "- id: mb01", "id: mb01\n        type: single"),
    ("id-twice", "- id: closing", "- id: mb", "- id: mb\n    heading"),
    ("id-twice", "id: grid_a", "id: grid_b", "grid_b, text: {vi: \"Nhanh"),
    ("id-reserved", "- id: closing", "- id: teams", ""),
    ("id-reserved", "- id: owned", "- id: declined", ""),
    ("language-default", "required: [vi, en]", "required: [en]", ""),
    ("language-twice", "required: [vi, en]", "required: [vi, en, en]", ""),
    # --- texts
    ("text-default", 'title: {vi: "Thử nghiệm", en: "An example"}', 'title: {en: "An example"}', ""),
    ("text-language", "An example\"}", "An example\", vn: \"x\"}", ""),
    ("text-empty", 'en: "Speed"', 'en: " "', ""),
    ("text-html", "Please read **carefully**.", "Please <b>read</b>.", ""),
    ("text-html", "Please read **carefully**.", "Please read&nbsp;it.", ""),
    ("text-bold", "Please read **carefully**.", "Please **read.", ""),
    ("text-invisible", "Please read", "Please\u202eread", ""),
    ("text-too-long", "Please read", "Please " + "read " * 500, ""),
    ("placeholder-unknown", "{unit} is clear.", "{unti} is clear.", ""),
    ("placeholder-outside", 'en: "Foreign-owned?"', 'en: "Foreign-owned, {unit}?"', ""),
    ("placeholder-differs", "{unit} is clear.", "It is clear.", ""),
    ("placeholder-brace", "{unit} is clear.", "{unit} is clear}.", ""),
    # --- scales and measures
    ("scale-unknown", MB01 + "        scale: three", MB01 + "        scale: tree", "scale: tree"),
    ("scale-point", '"3": {vi: "Tốt", en: "Good"}', '"3": {vi: "Tốt", en: "Good"}\n      "4": {vi: "Quá", en: "Too"}', '"4"'),
    ("scale-end", '      "3": {vi: "Tốt", en: "Good"}\n', "", "labels:"),
    ("escape-twice", "escape: [not_applicable]", "escape: [declined, declined]", ""),
    ("measure-unknown", "measure: hours", "measure: hour", ""),
    ("measure-range", 'min: "0", max: "720"', 'min: "720", max: "720"', ""),
    ("measure-decimals", 'min: "0", max: "720"', 'min: "0.25", max: "720"', ""),
    ("measure-percent", 'min: "0", max: "100"', 'min: "0", max: "150"', ""),
    # --- questions
    ("options-few", '          - {code: rarely, text: {vi: "Hiếm khi", en: "Rarely"}}\n', "", "options:\n          - {code: daily"),
    ("option-twice", "code: rarely", "code: Daily", ""),
    ("option-reserved", "code: rarely", "code: dont_know", ""),
    ("option-exclusive", "code: rarely,", "code: rarely, exclusive: true,", ""),
    ("options-exclusive", "{code: web,", "{code: web, exclusive: true,", "options:\n          - {code: web"),
    ("limits-range", "limits: {min: 1, max: 2}\n        text: {vi: \"Kênh", "limits: {min: 2, max: 1}\n        text: {vi: \"Kênh", ""),
    ("limits-max", "limits: {min: 1, max: 2}\n        text: {vi: \"Kênh", "limits: {min: 1, max: 3}\n        text: {vi: \"Kênh", ""),
    ("limits-min", "limits: {min: 1, max: 2}\n        text: {vi: \"Kênh", "limits: {min: 3}\n        text: {vi: \"Kênh", ""),
    ("matrix-empty", '        rows:\n          - {id: grid_a, text: {vi: "Rõ", en: "Clear"}}\n          - {id: grid_b, text: {vi: "Nhanh", en: "Quick"}}\n', "        rows: []\n", ""),
    ("date-wrong", "2024-12-31", "2024-02-30", ""),
    ("date-range", "2023-01-01", "2025-01-01", ""),
    ("units-max", "limits: {min: 1, max: 2}\n        text: {vi: \"Đơn", "limits: {min: 1, max: 9}\n        text: {vi: \"Đơn", ""),
    ("units-max", "        limits: {min: 1, max: 2}\n        text: {vi: \"Đơn", "        limits: {min: 1}\n        text: {vi: \"Đơn", "limits"),
    ("required", OWNED, OWNED + "        required: true\n", "required: true"),
    ("escape-here", "        type: info\n", "        type: info\n        escape: [declined]\n", "escape: [declined]"),
    ("expect-code", 'expect: "3"', 'expect: "4"', ""),
    ("expect-type", "        type: date\n", '        type: date\n        expect: "2024-01-01"\n', "expect: \"2024"),
    ("fear-twice", '        expect: "3"\n', "        role: fear\n", "        role: fear\n        text: {vi: \"Cần"),
    ("fear-type", "        type: date\n", "        type: date\n        role: fear\n", "role: fear"),
    # --- the loop
    ("fear-outside", OWNED, OWNED + "        role: fear\n", "role: fear"),
    ("core-outside", OWNED, OWNED + "        core: true\n", "core: true"),
    ("unit-kinds-outside", OWNED, OWNED + "        unit_kinds: [phong]\n", "unit_kinds: [phong]"),
    ("needs-outside", OWNED, OWNED + "        needs: clearance\n", "needs: clearance"),
    ("loop-unknown", "  - id: mb\n    for_each: units_dealt_with", "  - id: mb\n    for_each: units", "for_each: units\n"),
    ("loop-early", "  - id: dealings\n", "  - id: early\n    for_each: units_dealt_with\n    heading: {vi: Sớm, en: Early}\n    questions:\n      - {id: e1, type: yes_no, text: {vi: A, en: B}}\n  - id: dealings\n", "for_each"),
    ("loop-apart", "  - id: pc\n    for_each: units_dealt_with\n    heading: {vi: \"{unit}: chi phí\", en: \"{unit}: charges\"}", "  - id: between\n    heading: {vi: Giữa, en: Between}\n    questions:\n      - {id: b1, type: yes_no, text: {vi: A, en: B}}\n  - id: pc\n    for_each: units_dealt_with\n    heading: {vi: C, en: D}", "for_each: units_dealt_with\n    heading: {vi: C"),
    ("picker-twice", OWNED, "      - id: owned\n        type: units\n        limits: {max: 1}\n", "- id: owned"),
    ("picker-in-loop", "  - id: dealings\n", "  - id: dealings\n    for_each: units_dealt_with\n", "- id: units_dealt_with"),
    ("picker-condition", "        type: units\n", "        type: units\n        show_when: \"owned == 'yes'\"\n", "show_when"),
    ("section-empty", "  - id: closing\n", "  - {id: void, heading: {vi: A, en: B}, questions: []}\n  - id: closing\n", "id: void"),
    ("sections-none", RIGHT[RIGHT.index("sections:") :], "sections: []\n", ""),
    ("keep-place", "  - id: closing\n", "  - id: closing\n    keep_place: true\n", "keep_place"),
    ("questions-many", OWNED, "".join(f"      - {{id: m{n}, type: yes_no, text: {{vi: A, en: B}}}}\n" for n in range(401)) + OWNED, "  - id: dealings"),
    # --- conditions
    ("condition-syntax", "mb01 <= 2 and", "mb01 <= 2 und", ""),
    ("condition-syntax", "mb01 <= 2 and owned == 'yes'", "mb01 <= 2 and (owned == 'yes'", ""),
    ("condition-syntax", "owned == 'yes'", "owned = 'yes'", ""),
    ("condition-syntax", "owned == 'yes'", "owned == yes", ""),
    ("condition-syntax", "mb01 <= 2 and owned == 'yes'", "__import__('os').system('rm') == 1", ""),
    ("condition-syntax", "mb01 <= 2 and owned == 'yes'", "not " * 40 + "answered(owned)", ""),
    ("condition-syntax", "mb01 <= 2 and owned == 'yes'", "mb01 <= 2 or " * 50 + "mb01 <= 2", ""),
    ("condition-name", "mb01 <= 2", "mb1 <= 2", ""),
    ("condition-code", "owned == 'yes'", "owned == 'yess'", ""),
    ("condition-code", "mb01 <= 2", "mb01 <= 4", ""),
    ("condition-type", "mb01 <= 2", "mb01 <= '2'", ""),
    ("condition-type", "owned == 'yes'", "owned == 1", ""),
    ("condition-type", "owned == 'yes'", "owned > 'yes'", ""),
    ("condition-type", "owned == 'yes'", "'yes' in owned", ""),
    ("condition-type", "owned == 'yes'", "answered(note)", ""),
    ("condition-type", "owned == 'yes'", "unit.kind > 3", ""),
    ("condition-later", "owned == 'yes'", "answered(mb04)", ""),
    ("condition-self", "owned == 'yes'", "mb03 > 2", ""),
    ("condition-loop", "      - id: o3\n", "      - id: o3\n        show_when: \"mb01 <= 2\"\n", "mb01 <= 2\"\n        type: text"),
    ("condition-unit", "      - id: o3\n", "      - id: o3\n        show_when: \"unit.kind == 'phong'\"\n", "phong"),
    ("condition-core", "      - id: f1\n", "      - id: f1\n        show_when: \"mb02 == 'daily'\"\n", "mb02 == 'daily'"),
    ("condition-kinds", "      - id: mb03\n", "      - id: mb03\n        unit_kinds: [phong]\n", "show_when"),
    ("condition-matrix", "      - id: share_paid\n", "      - id: share_paid\n        show_when: \"grid == 1\"\n", "grid == 1"),
    ("condition-order", "random_order: false", "random_order: true", None),
    ("random-order", RIGHT[RIGHT.index("random_order") :], RIGHT[RIGHT.index("random_order") : RIGHT.index("  - id: pc")].replace("random_order: false", "random_order: true"), "random_order: true"),
]  # fmt: skip


def wrong(old: str, new: str) -> str:
    assert old in RIGHT, f"the example has no {old!r}"
    return RIGHT.replace(old, new, 1)


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputProblems) as caught:
        loads(text)
    return caught.value.problems


def test_the_example_itself_is_right() -> None:
    assert loads(RIGHT).id == "example"


@pytest.mark.parametrize(("code", "old", "new", "mark"), KINDS, ids=[f"{row[0]}-{n}" for n, row in enumerate(KINDS)])
def test_each_kind_is_named_at_its_line_with_a_fix(code: str, old: str, new: str, mark: str | None) -> None:
    text = wrong(old, new)
    if mark is None:  # a condition on another section, once sections come in random order
        text = text.replace("        type: matrix\n", "        type: matrix\n        show_when: \"mb02 == 'daily'\"\n")
        mark = "mb02 == 'daily'"
    found = [problem for problem in problems_of(text) if problem.code == code]
    assert found, [str(problem) for problem in problems_of(text)]
    at = text.index(mark or new.split("\n")[0])
    expected = text[: at + len(mark) - len((mark or "").lstrip()) if mark else at].count("\n") + 1
    assert expected in {problem.line for problem in found}, (expected, [str(problem) for problem in found])
    for problem in found:
        assert problem.what
        assert problem.why
        assert problem.fix
        assert "\n" not in str(problem)
        assert str(problem).startswith(f"<text>:{problem.line}:{problem.column}: [{code}] ")


def test_two_questions_that_wait_for_each_other_are_a_circle() -> None:
    text = wrong("mb01 <= 2 and owned == 'yes'", "'web' in mb04")
    text = text.replace("- id: mb04\n", "- id: mb04\n        show_when: \"mb02 == 'daily' and mb03 > 2\"\n")
    (problem,) = problems_of(text)
    assert problem.code == "condition-circle"
    assert problem.line == text[: text.index("'web' in mb04")].count("\n") + 1


def test_at_least_sixty_kinds_stand_in_the_table() -> None:
    assert len({row[0] for row in KINDS}) >= 60


def test_a_mistake_is_not_reported_a_second_time_by_what_hangs_on_it() -> None:
    for code, old, new in (
        ("type-unknown", OWNED, "      - id: owned\n        type: yesno\n"),
        ("number-range", "points: 3", "points: 12"),
        ("value-unknown", "dimension: time", "dimension: tine"),
    ):
        assert [problem.code for problem in problems_of(wrong(old, new))] == [code]


def test_all_problems_of_a_file_are_reported_in_one_run() -> None:
    text = RIGHT
    expected = []
    for code, old, new in [
        ("value-unknown", "escape: [dont_know]", "escape: [dunno]"),
        ("scale-end", '      "1": {vi: "Kém", en: "Poor"}\n', ""),
        ("measure-range", 'max: "720"', 'max: "-1"'),
        ("required", OWNED, OWNED + "        required: true\n"),
        ("text-html", "Please read **carefully**.", "Please <b>read</b>."),
        ("placeholder-unknown", "{unit} is clear.", "{unti} is clear."),
        ("option-twice", "code: rarely", "code: daily"),
        ("condition-name", "mb01 <= 2", "mb1 <= 2"),
        ("condition-code", "owned == 'yes'", "owned == 'yess'"),
        ("date-wrong", "2024-12-31", "2024-02-30"),
        ("expect-code", 'expect: "3"', 'expect: "4"'),
        ("id-twice", "id: grid_a", "id: grid_b"),
        ("key-unknown", "max_length: 500", "maximum: 500"),
        ("type-unknown", "        type: rank\n", "        type: ranking\n"),
    ]:
        assert old in text
        text = text.replace(old, new, 1)
        expected.append(code)
    found = problems_of(text)
    assert set(expected) <= {problem.code for problem in found}, [str(problem) for problem in found]
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("random_order: false", "randomorder: false", "'random_order'"),
        ("measure: hours", "measure: hour", "'hours'"),
        (OWNED, "      - id: owned\n        type: yesno\n", "'yes_no'"),
        ("mb01 <= 2", "mb1 <= 2", "'mb01'"),
        ("owned == 'yes'", "owned == 'yess'", "'yes'"),
        ("{unit} is clear.", "{unti} is clear.", "'unit'"),
        ("role: fear", "role: faer", "'fear'"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_one_that_was_meant(old: str, new: str, meant: str) -> None:
    assert any(f"did you mean {meant}?" in problem.fix for problem in problems_of(wrong(old, new)))


def test_a_missing_translation_is_a_warning_and_not_an_error(tmp_path: Path) -> None:
    path = tmp_path / "questionnaire.yaml"
    path.write_text(wrong(', en: "Speed"', ""), encoding="utf-8")
    assert load(path).id == "example"
    (warning,) = check([path])
    assert (warning.code, warning.severity) == ("translation-missing", "warning")
    assert "warning [translation-missing]" in str(warning)


def test_a_text_that_equals_the_default_language_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "questionnaire.yaml"
    path.write_text(wrong('en: "Speed"', 'en: "Nhanh"'), encoding="utf-8")
    assert [(each.code, each.severity) for each in check([path])] == [("translation-same", "warning")]


def test_a_scale_that_nobody_uses_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "questionnaire.yaml"
    path.write_text(wrong("measure: share", "measure: hours"), encoding="utf-8")
    assert [(each.code, each.severity) for each in check([path])] == [("unused", "warning")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfea", "yaml-utf8"),
        (b"", "yaml-empty"),
        (b"# x\n", "yaml-empty"),
        (b"- a\n", "not-a-mapping"),
        (b"a", "not-a-mapping"),
    ],
)
def test_a_file_that_is_no_questionnaire_at_all_is_said_to_be_none(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "questionnaire.yaml"
    path.write_bytes(content)
    assert [problem.code for problem in check([path])] == [code]


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    (problem,) = check([tmp_path / "none.yaml"])
    assert problem.code == "file-unreadable"
    assert str(tmp_path / "none.yaml") in str(problem)


def test_several_files_are_checked_in_one_run(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(wrong("points: 3", "points: 12"), encoding="utf-8")
    assert [Path(each.file).name for each in check([tmp_path / "a.yaml", tmp_path / "b.yaml"])] == ["a.yaml", "b.yaml"]
