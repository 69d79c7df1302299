"""The shipped CDCI questionnaire, plan and unit registers: complete, consistent, and true to the reference wording."""

from __future__ import annotations

import csv
import datetime
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from survey_app.fieldwork.units import current_register, import_units, valid_on
from survey_app.fieldwork.versions import facts_of
from survey_app.questionnaire.load import load
from survey_app.questionnaire.schema import AnyQuestion, Number, Questionnaire, Scale, Single, TextQuestion, YesNo
from survey_app.scoring.plan import Plan
from survey_app.scoring.plan_load import load_plan

FOLDER = Path(__file__).resolve().parents[2] / "questionnaires"
QUESTIONNAIRE = FOLDER / "cdci_2024" / "questionnaire.yaml"
PLAN = FOLDER / "cdci_2024" / "plan.yaml"
OLD_UNITS = FOLDER / "units" / "quangninh_2018.csv"
NEW_UNITS = FOLDER / "units" / "quangninh_2025.csv"

SUB_INDICES = ("mb", "cl", "tg", "cb", "ld", "ht", "pl", "pc")
KINDS = {"CC": {"chi_cuc", "hqck"}, "P": {"phong"}, "D": {"doi", "to"}}
NEEDS = {"clearance", "goods_control", "site_check", "tariff"}
VIETNAMESE_LETTERS = re.compile("[À-ỹ]")
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def cdci() -> Questionnaire:
    return load(QUESTIONNAIRE)


@pytest.fixture(scope="module")
def plan(cdci: Questionnaire) -> Plan:
    return load_plan(PLAN, cdci.id, facts_of(cdci))


@pytest.fixture(scope="module")
def reference(shared: Path) -> dict[str, Any]:
    path = shared / "content" / "cdci_questions.yaml"
    if not path.exists():
        pytest.skip(f"the reference wording is not here: {path}")
    return YAML(typ="safe", pure=True).load(path)


def scored(cdci: Questionnaire) -> list[AnyQuestion]:
    return [question for _, question in cdci.questions() if re.fullmatch(r"(mb|cl|tg|cb|ld|ht|pl|pc)\d\d", question.id)]


def core_items(cdci: Questionnaire, kind: str) -> list[AnyQuestion]:
    return [q for q in scored(cdci) if q.core and (not q.unit_kinds or kind in q.unit_kinds)]


# ---------------------------------------------------------------- the questionnaire


def test_there_are_77_scored_questions_in_eight_sections(cdci: Questionnaire) -> None:
    sizes = Counter(question.id[:2] for question in scored(cdci))
    assert sizes == {"mb": 10, "cl": 12, "tg": 11, "cb": 8, "ld": 9, "ht": 9, "pl": 10, "pc": 8}
    assert [section.id for section in cdci.sections if section.id in SUB_INDICES] == list(SUB_INDICES)


@pytest.mark.parametrize(("kind", "items"), [("chi_cuc", 26), ("hqck", 26), ("phong", 24), ("doi", 24), ("to", 24)])
def test_core_items_are_26_for_branches_and_24_for_others(cdci: Questionnaire, kind: str, items: int) -> None:
    assert len(core_items(cdci, kind)) == items


@pytest.mark.parametrize("kind", ["chi_cuc", "hqck", "phong", "doi", "to"])
def test_every_sub_index_has_two_to_four_core_items(cdci: Questionnaire, kind: str) -> None:
    counts = Counter(question.id[:2] for question in core_items(cdci, kind))
    assert set(counts) == set(SUB_INDICES)
    assert all(2 <= count <= 4 for count in counts.values())


def test_fear_item_is_core_and_the_last_rated_question_of_a_unit(cdci: Questionnaire) -> None:
    informal_charges = next(section for section in cdci.sections if section.id == "pc")
    fear = informal_charges.questions[-1]
    assert (fear.role, fear.core, fear.sensitive) == ("fear", True, True)
    after = cdci.sections[cdci.sections.index(informal_charges) + 1 :]
    assert all(isinstance(question, TextQuestion) for section in after for question in section.questions)


def test_attention_item_is_asked_about_the_main_unit_only(cdci: Questionnaire) -> None:
    expected = [question for _, question in cdci.questions() if question.expect is not None]
    assert [(question.id, question.expect, question.core) for question in expected] == [("q1", "3", False)]


def test_comments_hold_500_characters_two_for_the_main_unit_and_one_for_the_authority(cdci: Questionnaire) -> None:
    comments = {q.id: (s.for_each, q.core, q.max_length) for s, q in cdci.questions() if isinstance(q, TextQuestion)}
    assert comments == {
        "o1": ("units_dealt_with", False, 500),
        "o2": ("units_dealt_with", False, 500),
        "o3": (None, False, 500),
    }


def test_nothing_but_the_choice_of_units_is_required(cdci: Questionnaire) -> None:
    assert [question.id for _, question in cdci.questions() if question.required] == ["units_dealt_with"]


# ---------------------------------------------------------------- true to the reference


def test_scored_questions_are_worded_as_in_the_reference(cdci: Questionnaire, reference: dict[str, Any]) -> None:
    for source in (*reference["questions"], *reference["quality_control"], *reference["open_comments"]):
        text = cdci.by_id[source["id"].lower()].text
        assert (text["vi"], text["en"]) == (source["vi"], source["en"]), source["id"]


def test_profile_and_screening_ask_as_in_the_reference(cdci: Questionnaire, reference: dict[str, Any]) -> None:
    for source in (*reference["profile"], *reference["screening"]):
        if source["id"] == "S1":  # the picker's own "no dealings with it"
            continue
        question = cdci.by_id[source["id"].lower()]
        assert isinstance(question, Single)
        assert (question.text["vi"], question.text["en"]) == (source["vi"], source["en"])
        assert len(question.options) == len(source["options"])


def test_scale_labels_and_options_are_those_of_the_reference(cdci: Questionnaire, reference: dict[str, Any]) -> None:
    for name in ("agree5", "sat5", "freq5", "ease5", "change5", "time5", "less5"):
        points = {str(point["v"]): (point["vi"], point["en"]) for point in reference["scales"][name]["points"]}
        assert {k: (text["vi"], text["en"]) for k, text in cdci.scales[name].labels.items()} == points
    anchors = reference["scales"]["rate10"]["anchors"]
    assert cdci.scales["rate10"].labels["1"]["vi"] == anchors["low_vi"]
    assert cdci.scales["rate10"].labels["10"]["en"] == anchors["high_en"]
    for source in reference["questions"]:
        if source["type"] == "choice":
            question = cdci.by_id[source["id"].lower()]
            assert isinstance(question, Single)
            labels = [(option.text["vi"], option.text["en"]) for option in question.options]
            assert labels == [(option["vi"], option["en"]) for option in source["options"]]


def test_types_scales_and_limits_are_those_of_the_reference(cdci: Questionnaire, reference: dict[str, Any]) -> None:
    for source in (*reference["questions"], *reference["quality_control"]):
        question = cdci.by_id[source["id"].lower()]
        if "scale" in source and source["scale"] != "yesno":
            assert isinstance(question, Scale)
            assert question.scale == source["scale"]
        elif source["type"] == "yes_no":
            assert isinstance(question, YesNo)
        elif source["type"] == "number":
            assert isinstance(question, Number)
            measure = cdci.measures[question.measure]
            assert (float(measure.min), float(measure.max)) == (source["min"], source["max"])
            assert measure.unit["vi"] == source["unit_label_vi"]


def test_kinds_needs_and_ways_out_are_those_of_the_reference(cdci: Questionnaire, reference: dict[str, Any]) -> None:
    usual, delicate = reference["escape_default"], reference["escape_sensitive"]
    for source in reference["questions"]:
        question = cdci.by_id[source["id"].lower()]
        kinds = set().union(*(KINDS[kind] for kind in source["units"]))
        sensitive = source.get("sens", False)
        assert set(question.unit_kinds) == kinds, source["id"]
        assert question.core == source.get("core", False), source["id"]
        assert question.sensitive == sensitive, source["id"]
        assert list(question.needs) == [source[key] for key in ("needs",) if key in source], source["id"]
        assert set(cdci.escapes(question)) == set(source.get("escape", delicate if sensitive else usual)), source["id"]
        assert question.show_when == ("ht01 == 'yes'" if "show_if" in source else None), source["id"]


def test_fixed_words_are_those_of_the_glossary(cdci: Questionnaire, shared: Path) -> None:
    glossary = YAML(typ="safe", pure=True).load(shared / "content" / "glossary.yaml")
    assert cdci.by_id["f1"].text == glossary["texts"]["fear_item"]
    assert cdci.by_id["q1"].text == glossary["texts"]["attention_item"]


# ---------------------------------------------------------------- the plan


def test_every_scored_question_is_a_leaf_of_its_sub_index(cdci: Questionnaire, plan: Plan) -> None:
    found = {sub.id: [leaf.question_id for leaf in sub.leaves] for sub in plan.sub_indices()}
    assert found == {name: [q.id for q in scored(cdci) if q.id.startswith(name)] for name in SUB_INDICES}


def test_three_questions_of_change_carry_weight_zero(plan: Plan) -> None:
    weights = {leaf.id: w for sub in plan.sub_indices() for leaf, w in zip(sub.leaves, sub.weights, strict=True)}
    assert {name for name, weight in weights.items() if weight == 0} == {"cl12", "tg11", "pc07"}


def test_businesses_weigh_70_the_department_30_and_the_sub_indices_the_same(plan: Plan) -> None:
    share = plan.effective_weights()
    assert share["business"] == pytest.approx(0.7)
    assert share["department"] == pytest.approx(0.3)
    assert [share[name] for name in SUB_INDICES] == pytest.approx([0.7 / 8] * 8)
    assert plan.businesses_part() == "business"


def test_clearance_hours_of_imports_and_exports_stand_apart(plan: Plan) -> None:
    sources = Counter(leaf.source for leaf in plan.leaves)
    assert sources == {"question": 77, "panel": 4, "hard": 2}
    hard = {leaf.id for leaf in plan.leaves if leaf.source == "hard"}
    assert hard == {"clearance_hours_import", "clearance_hours_export"}


def test_directions_and_weights_are_those_of_the_reference(plan: Plan, reference: dict[str, Any]) -> None:
    leaves = plan.leaf_table()
    weights = {leaf.id: w for sub in plan.sub_indices() for leaf, w in zip(sub.leaves, sub.weights, strict=True)}
    for source in reference["questions"]:
        leaf = leaves[source["id"].lower()]
        assert leaf.direction == {"+": "higher", "-": "lower"}[source["dir"]], source["id"]
        assert (weights[leaf.id] == 0) == (source.get("default_weight") == 0), source["id"]
        if "aggregate" in source:
            assert leaf.statistic == source["aggregate"], source["id"]


def test_options_in_order_map_to_ascending_numbers(cdci: Questionnaire, plan: Plan) -> None:
    for name in ("tg05", "tg08", "pc03"):
        question = cdci.by_id[name]
        assert isinstance(question, Single)
        assert [plan.leaf(name).number(option.code) for option in question.options] == [0, 1, 2, 3, 4]


def test_thresholds_and_tiers_are_those_promised_to_respondents(plan: Plan) -> None:
    assert (plan.privacy.min_score, plan.privacy.min_distribution, plan.privacy.min_comments) == (10, 15, 15)
    assert (plan.peer_groups, plan.tiers.rule, plan.tiers.level) == ("by_kind", "posterior", 0.95)
    assert (plan.shown_on.min, plan.shown_on.max, plan.shown_on.decimals) == (0, 100, 1)


# ---------------------------------------------------------------- the units


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def register() -> dict[str, dict[str, str]]:
    both = [*rows(OLD_UNITS), *rows(NEW_UNITS)]
    assert len({row["code"] for row in both}) == len(both)
    return {row["code"]: row for row in both}


def test_codes_kinds_and_needs_are_known_words(register: dict[str, dict[str, str]]) -> None:
    for code, row in register.items():
        assert re.fullmatch("[A-Z0-9-]+", code)
        assert row["kind"] in {"cuc", "chi_cuc", "phong", "doi", "to", "hqck", "nhom"}, code
        assert set(filter(None, row["needs"].split(";"))) <= NEEDS, code
        assert row["rated"] in {"yes", "no"}, code


def test_a_rated_unit_says_what_it_does(register: dict[str, dict[str, str]]) -> None:
    assert [code for code, row in register.items() if row["rated"] == "yes" and not row["needs"]] == []


def test_parents_exist_and_live_at_least_as_long(register: dict[str, dict[str, str]]) -> None:
    for code, row in register.items():
        if row["kind"] == "cuc":
            assert row["parent"] == ""
            continue
        parent = register[row["parent"]]
        assert parent["valid_from"] <= row["valid_from"], code
        assert (parent["valid_to"] or "9999") >= (row["valid_to"] or "9999"), code


def test_successors_exist_and_live_on(register: dict[str, dict[str, str]]) -> None:
    for code, row in register.items():
        if row["successor"]:
            successor = register[row["successor"]]
            assert (successor["valid_to"] or "9999") > row["valid_to"], code


def test_every_branch_of_before_2025_leads_to_a_unit_of_2025(register: dict[str, dict[str, str]]) -> None:
    for code, row in register.items():
        if row["kind"] == "chi_cuc":
            latest = row
            while latest["successor"]:
                latest = register[latest["successor"]]
            assert (latest["valid_from"], latest["valid_to"]) == ("2025-03-01", ""), code


def test_a_reporting_group_is_named_valid_and_has_more_than_one_member(register: dict[str, dict[str, str]]) -> None:
    members = Counter(row["fallback"] for row in register.values() if row["fallback"])
    assert set(members) == {code for code, row in register.items() if row["kind"] == "nhom"}
    assert min(members.values()) > 1
    assert all(register[code]["rated"] == "no" for code in members)


def test_names_are_given_in_three_languages_and_differ_between_units(register: dict[str, dict[str, str]]) -> None:
    for day in ("2018-06-01", "2024-06-01", "2026-06-01"):
        alive = [row for row in register.values() if row["valid_from"] <= day <= (row["valid_to"] or "9999")]
        for column in ("name_vi", "name_en", "name_zh", "short_vi", "short_en", "short_zh"):
            names = [row[column] for row in alive]
            assert all(names)
            assert [name for name, count in Counter(names).items() if count > 1] == []
        assert all(CHINESE.search(row["name_zh"]) and not VIETNAMESE_LETTERS.search(row["name_zh"]) for row in alive)


def test_all_units_of_the_reference_lists_are_there(register: dict[str, dict[str, str]], shared: Path) -> None:
    old = [row for row in rows(OLD_UNITS) if row["kind"] in {"doi", "to", "phong"}]
    assert len(old) == len(rows(shared / "content" / "org_structure_before_2025.csv")) + len(("DKS-1", "DKS-2"))
    for row in rows(shared / "content" / "org_structure_from_2025.csv"):
        assert register[row["code"]]["name_vi"].startswith(row["unit_vi"])


def test_both_registers_are_imported_the_later_one_first(db: object) -> None:
    assert import_units(NEW_UNITS) == len(rows(NEW_UNITS))
    assert import_units(OLD_UNITS) == len(rows(OLD_UNITS))
    assert len(current_register()) == len(rows(NEW_UNITS)) + len(rows(OLD_UNITS))
    last_day, first_day = datetime.date(2025, 2, 28), datetime.date(2025, 3, 1)
    assert {"CC-MCAI", "MCAI"} & {line.code for line in valid_on(last_day)} == {"CC-MCAI"}
    assert {"CC-MCAI", "MCAI"} & {line.code for line in valid_on(first_day)} == {"MCAI"}
