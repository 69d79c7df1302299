"""Every shipped folder: three languages complete, question and plan fit each other, the worked example comes out."""

from __future__ import annotations

import csv
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from survey_app import cli
from survey_app.fieldwork.versions import facts_of
from survey_app.questionnaire.burden import burden
from survey_app.questionnaire.load import check, load, missing_translations
from survey_app.questionnaire.schema import Questionnaire, RatedUnit, TextQuestion
from survey_app.scoring.plan import Plan
from survey_app.scoring.plan_load import load_plan
from tests.respondents import Respondent, answering_round, new_code
from tests.walker import Answer, filled, forward

FOLDER = Path(__file__).resolve().parents[2] / "questionnaires"
PLANS = sorted(path.parent.name for path in FOLDER.glob("*/plan.yaml"))
ASKED = sorted(path.parent.name for path in FOLDER.glob("*/questionnaire.yaml"))
EXAMPLES = sorted(path.parent.name for path in FOLDER.glob("*/example"))
STAND_ALONE = sorted((Path(__file__).resolve().parents[1] / "golden" / "plans").glob("*.yaml"))

LANGUAGES = {"vi", "en", "zh-Hans"}
VIETNAMESE_LETTERS = re.compile("[À-ỹ]")
CHINESE = re.compile("[\u4e00-\u9fff]")
LETTERS = re.compile(r"[^\W\d_]")
NARROW_MARK = re.compile("[\u4e00-\u9fff}][,;:?!()]|[,;:?!()][\u4e00-\u9fff{]")
MOST_MINUTES = {"ddci": 15, "sipas": 15, "par_index": 15, "pci": 20, "papi": 20, "cdci_2024": 30}


def texts(value: object, place: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every translated text of a JSON tree with its place."""
    if isinstance(value, dict):
        if "vi" in value:
            yield place, value
            return
        for key, part in value.items():
            yield from texts(part, f"{place}/{key}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from texts(part, f"{place}/{number}")


def texts_of(thing: Questionnaire | Plan) -> list[tuple[str, dict[str, str]]]:
    return list(texts(json.loads(thing.canonical())))


@pytest.fixture(scope="module", params=ASKED)
def asked(request: pytest.FixtureRequest) -> Questionnaire:
    return load(FOLDER / request.param / "questionnaire.yaml")


def plan_of(name: str) -> Plan:
    """The folder's plan, checked against its questionnaire where there is one."""
    path = FOLDER / name / "questionnaire.yaml"
    if not path.exists():
        return load_plan(FOLDER / name / "plan.yaml")
    questionnaire = load(path)
    return load_plan(FOLDER / name / "plan.yaml", questionnaire.id, facts_of(questionnaire))


@pytest.fixture(scope="module", params=PLANS)
def plan(request: pytest.FixtureRequest) -> Plan:
    return plan_of(request.param)


# ---------------------------------------------------------------- questionnaires


@pytest.mark.parametrize("name", ASKED)
def test_shipped_questionnaire_has_no_problem(name: str) -> None:
    assert check([FOLDER / name / "questionnaire.yaml"]) == []
    assert load(FOLDER / name / "questionnaire.yaml").id == name


def test_all_three_languages_are_complete(asked: Questionnaire) -> None:
    assert missing_translations(asked) == ()
    for place, text in texts_of(asked):
        assert set(text) == LANGUAGES, place
        assert all(said.strip() for said in text.values()), place


def test_placeholders_are_the_same_in_all_languages(asked: Questionnaire) -> None:
    for place, text in texts_of(asked):
        placeholders = {frozenset(re.findall(r"\{.*?\}", said)) for said in text.values()}
        assert len(placeholders) == 1, place


def test_chinese_is_chinese_and_english_is_not_vietnamese(asked: Questionnaire) -> None:
    for place, text in texts_of(asked):
        assert CHINESE.search(text["zh-Hans"]), place
        assert not VIETNAMESE_LETTERS.search(text["zh-Hans"]), place
        assert not CHINESE.search(text["vi"] + text["en"]), place
        assert len(set(text.values())) == 3, place


def test_chinese_marks_are_full_width(asked: Questionnaire) -> None:
    assert [place for place, text in texts_of(asked) if NARROW_MARK.search(text["zh-Hans"])] == []


def test_no_text_stands_twice(asked: Questionnaire) -> None:
    for language in LANGUAGES:
        said = Counter(question.text[language] for _, question in asked.questions())
        assert [text for text, times in said.items() if times > 1] == []


def test_one_fear_item_is_core_and_the_last_rated_question_of_a_unit(asked: Questionnaire) -> None:
    looped = [question for section, question in asked.questions() if section.for_each]
    fear = next(place for place, question in enumerate(looped) if question.role == "fear")
    assert (looped[fear].core, looped[fear].sensitive) == (True, True)
    assert all(isinstance(question, TextQuestion) for question in looped[fear + 1 :])


def test_a_profile_comes_before_the_units_and_a_comment_after(asked: Questionnaire) -> None:
    first = [section.for_each for section in asked.sections].index("units_dealt_with")
    assert [section.id for section in asked.sections[:first]] == ["dealings", "profile"]
    assert any(isinstance(question, TextQuestion) for question in asked.sections[-1].questions)


def test_nothing_but_the_choice_of_units_is_required(asked: Questionnaire) -> None:
    assert [question.id for _, question in asked.questions() if question.required] == ["units_dealt_with"]


def test_informal_payments_and_connections_may_be_declined(asked: Questionnaire) -> None:
    for section, question in asked.questions():
        if section.id in ("informal_charges", "corruption_control", "pc"):
            assert "declined" in asked.escapes(question), question.id


def test_answering_takes_no_longer_than_is_said(asked: Questionnaire) -> None:
    names = {"vi": "Sở Kế hoạch và Đầu tư", "en": "Department of Planning", "zh-Hans": "计划投资厅"}
    register = {code: RatedUnit(code=code, kind="chi_cuc", names=names) for code in ("A", "B")}
    assert max(line.minutes for line in burden(asked, register)) <= MOST_MINUTES[asked.id]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ASKED)
def test_a_sheet_goes_from_the_welcome_to_the_thanks(name: str, client: FlaskClient) -> None:
    round_ = answering_round(FOLDER / name / "questionnaire.yaml")
    somebody, chance = Respondent(client), random.Random(7)
    somebody.enter(new_code(round_))
    while somebody.path.startswith("/answer/"):
        page = Answer(200, somebody.path, somebody.text)
        form = page.form("/answer/")
        numbers_and_texts = dict.fromkeys(form.texts, "3")
        button, value = forward(page)
        somebody.post(
            form.action, data=form.chosen | numbers_and_texts | filled(page, ("MCAI", "HGAI"), chance) | {button: value}
        )
        assert somebody.path != page.path, somebody.text
    assert somebody.path == "/review"
    form = Answer(200, somebody.path, somebody.text).form("/submit")
    somebody.post(form.action, data=form.chosen)
    assert somebody.path.startswith("/thanks"), somebody.path


# ---------------------------------------------------------------- plans


@pytest.mark.parametrize("name", PLANS)
def test_plan_fits_its_questionnaire(name: str) -> None:
    plan = plan_of(name)
    assert plan.id == name
    assert plan.questionnaire == (name if name in ASKED else None)


def test_plan_speaks_all_three_languages(plan: Plan) -> None:
    for place, text in texts_of(plan):
        assert set(text) == LANGUAGES, place
        assert not NARROW_MARK.search(text["zh-Hans"]), place
        if LETTERS.search(text["vi"]):
            assert CHINESE.search(text["zh-Hans"]), place


def test_every_node_and_figure_has_a_name(plan: Plan) -> None:
    assert [node.id for node in plan.tree.walk() if not node.is_leaf and not node.label] == []
    assert [leaf.id for leaf in plan.leaves if leaf.source != "question" and not leaf.label] == []


def test_names_of_sub_indices_differ(plan: Plan) -> None:
    for language in LANGUAGES:
        names = [node.label[language] for node in plan.tree.walk() if node.label]
        assert [name for name, times in Counter(names).items() if times > 1] == []


@pytest.mark.parametrize("path", STAND_ALONE, ids=lambda path: path.stem)
def test_plan_of_a_published_index_has_no_problem(path: Path) -> None:
    assert load_plan(path).leaves


# ---------------------------------------------------------------- worked examples


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scores_of(rows: list[dict[str, str]]) -> dict[tuple[str, str, float], float]:
    return {(row["unit"], row["node"], float(row.get("year") or 0)): float(row["score"]) for row in rows}


def test_every_index_has_a_worked_example_and_a_readme() -> None:
    assert set(EXAMPLES) == set(PLANS)
    assert [name for name in EXAMPLES if not (FOLDER / name / "README.md").exists()] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_worked_example_comes_out_as_by_hand(name: str, tmp_path: Path) -> None:
    example = FOLDER / name / "example"
    arguments = ["--plan", FOLDER / name / "plan.yaml", "--values", example / "values.csv", "--out", tmp_path]
    if "year" in lines(example / "values.csv")[0]:
        arguments += ["--time-column", "year"]
    assert cli.run(["index", "compute", *map(str, arguments)]) == 0
    computed, by_hand = scores_of(lines(tmp_path / "scores.csv")), scores_of(lines(example / "expected.csv"))
    assert {key: computed[key] for key in by_hand} == pytest.approx(by_hand, abs=1e-7)
    nodes = {node.id for node in plan_of(name).tree.walk() if not node.is_leaf}
    assert {node for _, node, _ in by_hand} == nodes


@pytest.mark.parametrize("name", EXAMPLES)
def test_readme_prints_the_scores_of_the_example(name: str) -> None:
    readme = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    root = plan_of(name).tree.id
    for (unit, node, _), score in scores_of(lines(FOLDER / name / "example" / "expected.csv")).items():
        if node == root:
            assert re.search(rf"\*\*({score:g}|{score:.3f}|{score:.10g})\*\*", readme), (unit, score)
