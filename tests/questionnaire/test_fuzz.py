"""Whatever a file holds, it is a questionnaire or a list of problems: never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from werkzeug.datastructures import MultiDict

from survey_app.diagnostics import InputProblems, Problem
from survey_app.questionnaire.forms import form_for, formdata_from
from survey_app.questionnaire.load import loads
from survey_app.questionnaire.path import RatedUnit, pages
from survey_app.questionnaire.schema import Questionnaire

FEATURES = [path.stem for path in sorted((Path(__file__).resolve().parents[1] / "features").glob("*.yaml"))]

RIGHT = (Path(__file__).parent / "right.yaml").read_text(encoding="utf-8")
LINES = RIGHT.split("\n")
PIECES = st.sampled_from(
    [
        *(
            "",
            "\n",
            "  ",
            "- ",
            "? ",
            "&a ",
            "*a",
            "!!int ",
            "<<: ",
            "---\n",
            "...\n",
            "''",
            '"',
            "#",
            "|",
            ">",
            "%",
            "@",
            "~",
        ),
        *("{", "}", "[", "]", ":", "null", "-1", "1e9", "9" * 20, "true", "units", "scale", "matrix", "not ", "id: id"),
        *("{unit}", "show_when: mb01", "\u202e", "\ud7ff", "\U0001f600", "\\U00110000"),
    ]
)


def read(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        assert isinstance(loads(text), Questionnaire)
    except InputProblems as found:
        problems = found.problems or (Problem("", 0, 0, "none", "", "", ""),)
    for problem in problems:
        assert problem.fix
        assert 1 <= problem.line <= text.count("\n") + 2
        assert "\n" not in str(problem)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(RIGHT)), st.integers(0, 12), PIECES), min_size=1, max_size=3))
def test_a_file_with_random_characters_exchanged(cuts: list[tuple[int, int, str]]) -> None:
    text = RIGHT
    for at, length, piece in cuts:
        text = text[:at] + piece + text[at + length :]
    read(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(LINES)), min_size=1, max_size=4))
def test_a_file_with_lines_exchanged(changes: list[tuple[int, str]]) -> None:
    lines = list(LINES)
    for at, line in changes:
        lines[at] = line
    read("\n".join(lines))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINES) - 1), st.sampled_from(["x", "[]", "{}", "", "[a, b]", "{a: b}", "~", "7", "-"])
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_file_with_values_of_the_wrong_kind(changes: list[tuple[int, str]]) -> None:
    lines = list(LINES)
    for at, value in changes:
        lines[at] = lines[at].split(":")[0] + ": " + value
    read("\n".join(lines))


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="ab01'\"()[]<>=!., andornotinmb_\\\n", max_size=60) | st.text(max_size=30))
def test_any_condition_is_read_or_refused(condition: str) -> None:
    quoted = condition.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    read(RIGHT.replace("mb01 <= 2 and owned == 'yes'", quoted))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_text_at_all(text: str) -> None:
    read(text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_sent_a_page_takes_an_answer_or_says_what_to_do(
    data: st.DataObject, feature: Callable[[str], Questionnaire], register: dict[str, RatedUnit]
) -> None:
    questionnaire = feature(data.draw(st.sampled_from(FEATURES)))
    page = data.draw(st.sampled_from(pages(questionnaire, register, {"units_dealt_with": ("MC", "TV")})))
    sent = MultiDict()
    for item in page.items:
        words = st.sampled_from(sorted({*item.codes, *item.escape, "yes", "1", "0", "x"})) | st.text(max_size=30)
        for name in (item.key, item.key + ".escape", item.key + ".main"):
            sent.setlist(name, data.draw(st.lists(words, max_size=3)))
    form = form_for(page, data.draw(st.sampled_from(["vi", "en", "zh-Hans", "xx"])))(sent)
    right = form.validate()
    answers = form.answers()
    assert right == (not form.problems())
    assert answers.keys() <= {item.key for item in page.items}
    assert all(str(message) for _, message in form.problems())
    again = form_for(page, "en")(MultiDict(formdata_from(page, answers, "vi")))
    if right:
        assert again.validate()
        assert again.answers() == answers


@pytest.mark.long
@settings(max_examples=3000, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(RIGHT)), st.integers(0, 30), PIECES), min_size=1, max_size=8))
def test_a_file_with_many_random_characters_exchanged(cuts: list[tuple[int, int, str]]) -> None:
    text = RIGHT
    for at, length, piece in cuts:
        text = text[:at] + piece + text[at + length :]
    read(text)
