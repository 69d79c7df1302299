"""Plans: read, stored, refused with one clear line a problem."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from survey_app.diagnostics import InputProblems
from survey_app.scoring.plan import Plan, QuestionFacts
from survey_app.scoring.plan_load import check_against, load_plan
from survey_app.scoring.sheets import GroupUnit, peer_groups

Load = Callable[[str], Plan]


def codes_of(text: str) -> list[str]:
    with pytest.raises(InputProblems) as caught:
        load_plan(text)
    for problem in caught.value.problems:
        assert "\n" not in str(problem)
        assert problem.line > 0
        assert problem.why
        assert problem.fix
    return [problem.code for problem in caught.value.problems]


# (what is written, what is written instead, the code of the problem)
WRONG = [
    ("{id: mb02, weight: 1}", "{id: mb02, weight: -1}", "plan-weight-negative"),
    ("{id: mb02, weight: 1}", "{id: mb02}", "plan-weight-missing"),
    ("{id: tasks, weight: 2}\n        - {id: clearance, weight: 1}",
     "{id: tasks, weight: 0}\n        - {id: clearance, weight: 0}", "plan-weight-zero"),
    ("{id: mb02, weight: 1}", "{id: mb02, weight: one}", "not-a-number"),
    ("{id: mb02, weight: 1}", "{id: mb22, weight: 1}", "plan-unknown-leaf"),
    ("{id: mb02, weight: 1}", "{id: mb01, weight: 1}", "plan-leaf-twice"),
    ("            - {id: mb04, weight: 0}\n", "", "plan-unused-leaf"),
    ("- {id: mb02, statistic", "- {id: MB01, statistic", "plan-duplicate"),
    ("        - id: time\n", "        - id: transparency\n", "plan-duplicate"),
    ("        - id: time\n", "        - id: 1time\n", "plan-id"),
    ("id: index\n  label: {vi: Chỉ số}", "id: index", "plan-label"),
    ("{id: mb01, weight: 2}", "{id: mb01, weight: 2, aggregate: sum}", "plan-reference"),
    ("weight: 70", "weight: 70\n      coverage: 1.5", "plan-coverage"),
    ("weight: 70", "weight: 70\n      aggregate: geometric", "plan-positive-scale"),
    ("weight: 70", "weight: 70\n      aggregate: power\n      power: 0", "plan-power"),
    ("weight: 60", "weight: 60\n          aggregate: sum", "plan-sub-index"),
    ("weight: 70", "weight: 70\n      aggregate: mean", "value-unknown"),
    ("{id: mb01, statistic: mean, normalise: {method: goalposts, low: 1, high: 5}}",
     "{id: mb01, statistic: mean}", "plan-normalise-missing"),
    ("{id: mb01, statistic: mean,", "{id: mb01,", "plan-statistic"),
    ("statistic: share, codes: [yes]", "statistic: share", "plan-codes"),
    ("statistic: top_box, at_least: 4", "statistic: top_box", "plan-at-least"),
    ("normalise: {method: goalposts, low: 0, high: 48}", "normalise: {method: goalposts, low: 48, high: 48}",
     "plan-no-length"),
    ("normalise: {method: goalposts, low: 0, high: 48}", "normalise: {method: goalposts, low: 0}", "plan-ends"),
    ("normalise: {method: goalposts, low: 0, high: 48}", "normalise: {method: min_max, bounds: own_year}",
     "plan-ends"),
    ("normalise: {method: goalposts, low: 0, high: 48}", "normalise: {method: rank}", "plan-answers-scale"),
    ("normalise: {method: goalposts, low: 0, high: 48}", "normalise: {method: min_max, bounds: fixed, low: 0, high: 9}",
     "plan-answers-scale"),
    ("{method: min_max, bounds: own_year}", "{method: min_max}", "plan-bounds"),
    ("{method: min_max, bounds: own_year}", "{method: min_max, bounds: pooled}", "plan-rounds"),
    ("{method: min_max, bounds: own_year}", "{method: min_max, bounds: pooled, rounds: 1}", "plan-rounds"),
    ("{method: min_max, bounds: own_year}", "{method: min_max, bounds: own_year, low: 0, high: 9}", "plan-ends"),
    ("{method: min_max, bounds: own_year}", "{method: z_scores}", "value-unknown"),
    ("{method: min_max, bounds: own_year}", "{method: z_score}", "plan-own-scale"),
    ("{method: min_max, bounds: own_year}", "{method: distance_target}", "plan-method-needs"),
    ("{method: min_max, bounds: own_year}", "{method: distance_reference}", "plan-method-needs"),
    ("{method: min_max, bounds: own_year}", "{method: min_max, bounds: own_year, target: 3}", "plan-method-key"),
    ("{method: min_max, bounds: own_year}}", "{method: min_max, bounds: own_year}, denominator: staff}",
     "plan-figures-only"),
    ("{method: min_max, bounds: own_year}}", "{method: min_max, bounds: own_year}, evidence: true}", "plan-evidence"),
    ("points: 10,", "points: 0,", "plan-points"),
    ("points: 10,", "", "plan-points"),
    ("points: 10,", "points: 10, statistic: mean,", "plan-not-for-source"),
    ("points: 10, label: {vi: Nhiệm vụ}", "points: 10", "plan-label"),
    ("statistic: top_box, at_least: 4", "statistic: top_box, at_least: 4, kinds: [doi]", "plan-not-for-source"),
    ("min: 0, max: 100", "min: 100, max: 100", "plan-no-length"),
    ("decimals: 1}", "decimals: 9}", "plan-decimals"),
    ("questionnaire: tiny\n", "questionnaire: tiny\nimpute: {method: mean}\n", "plan-figures-only"),
    ("questionnaire: tiny\n", "questionnaire: tiny\nimpute: {method: group_mean}\n", "plan-impute-group"),
    ("questionnaire: tiny\n", "questionnaire: tiny\ntreat: {skew: 0}\n", "plan-treat"),
    ("questionnaire: tiny\n", "questionnaire: tiny\nscreen: {coverage: 65}\n", "plan-coverage"),
    ("questionnaire: tiny\n", "questionnaire: tiny\ntiers: {rule: percentiles}\n", "plan-cuts"),
    ("questionnaire: tiny\n", "questionnaire: tiny\ntiers: {rule: percentiles, cuts: [25, 50]}\n", "plan-cuts"),
    ("questionnaire: tiny\n", "questionnaire: tiny\ntiers: {rule: percentiles, cuts: [250]}\n", "plan-cuts"),
    ("questionnaire: tiny\n", "questionnaire: tiny\ntiers: {rule: natural_breaks}\n", "plan-cuts"),
    ("weight: 70", "weight: 70\n      weights: pca", "plan-weights-data"),
    ("weight: 70", "weight: 70\n      weights: ahp", "plan-weights-experts"),
    ("weight: 70", "weight: 70\n      weights: ahp\n      comparisons: [[1, 3]]", "plan-weights-experts"),
    ("weight: 70", "weight: 70\n      weights: ahp\n      comparisons: [[1, 3], [3, 1]]", "plan-weights-experts"),
    ("weight: 70", "weight: 70\n      weights: budget\n      allocations: [[-1, 2]]", "plan-weights-experts"),
    ("questionnaire: tiny\n", "questionnaire: tiny\nprivacy: {min_score: 5}\n", "plan-privacy"),
    ("questionnaire: tiny\n", "questionnaire: tiny\ntiers: {level: 0.4}\n", "plan-level"),
    ("questionnaire: tiny\n", "questionnaire: tiny\npeer_groups: [{id: a}]\n", "plan-group"),
    ("questionnaire: tiny\n", "questionnaire: tiny\npeer_groups: [{id: a, kinds: [doi]}, {id: b, kinds: [doi]}]\n",
     "plan-group-twice"),
    ("questionnaire: tiny\n", "questionnaire: tiny\ncolour: blue\n", "key-unknown"),
    ("questionnaire: tiny\n", "questionnaire: tiny\noutcome: mb99\n", "plan-outcome"),
    ("questionnaire: tiny\n", "questionnaire: tiny\noutcome: tg01\n", "plan-outcome"),
    ("questionnaire: tiny\n", "questionnaire: tiny\noutcome: clearance\n", "plan-outcome"),
    ("questionnaire: tiny\n", "questionnaire: tiny\nattitude: [mb99]\n", "plan-attitude"),
    ("questionnaire: tiny\n", "questionnaire: tiny\nattitude: [mb01, clearance]\n", "plan-attitude"),
    ("format: survey-app/plan/1", "format: survey-app/plan/2", "value-unknown"),
    ("statistic: share, codes: [yes], direction: lower", "statistic: share, codes: [yes], direction: down",
     "value-unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "code"), WRONG, ids=[f"{code}-{k}" for k, (_, _, code) in enumerate(WRONG)])
def test_a_wrong_plan_is_refused_with_its_place(tiny_text: str, right: str, wrong: str, code: str) -> None:
    assert tiny_text.count(right) == 1
    assert code in codes_of(tiny_text.replace(right, wrong))


def test_all_problems_are_reported_in_one_run(tiny_text: str) -> None:
    text = tiny_text.replace("{id: mb02, weight: 1}", "{id: mb02, weight: -1}").replace("points: 10,", "points: 0,")
    text = text.replace("statistic: share, codes: [yes]", "statistic: share").replace("weight: 70", "weight: x")
    assert set(codes_of(text)) == {"plan-weight-negative", "plan-points", "plan-codes", "not-a-number"}


def test_a_problem_names_file_line_and_cure(tiny_text: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(tiny_text.replace("{id: mb02, weight: 1}", "{id: mb2, weight: 1}"), encoding="utf-8")
    with pytest.raises(InputProblems) as caught:
        load_plan(path)
    message = str(caught.value.problems[0])
    line = next(n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if "id: mb2," in text)
    assert message.startswith(f"{path}:{line}:")
    assert "did you mean 'mb" in message


def test_equal_weights_need_no_numbers_and_zero_still_keeps_an_item_out(tiny_text: str, load: Load) -> None:
    text = tiny_text.replace("weight: 40\n", "weight: 40\n          weights: equal\n")
    text = text.replace("{id: tg01, weight: 1}", "{id: tg01}").replace("{id: tg03, weight: 2}", "{id: tg03, weight: 0}")
    assert load(text).sub_indices()[1].weights == (1.0, 1.0, 0.0)


def test_a_stored_plan_is_the_same_plan_with_the_same_hash(tiny: Plan, tiny_text: str, load: Load) -> None:
    again = Plan.from_canonical(tiny.canonical())
    assert again == tiny
    assert again.hash == tiny.hash
    assert load("# a comment\n" + tiny_text.replace("weight: 70", "weight: 70.0")).hash == tiny.hash
    assert load(tiny_text.replace("weight: 70", "weight: 71")).hash != tiny.hash


def test_the_tree_is_understood(tiny: Plan) -> None:
    assert [sub.id for sub in tiny.sub_indices()] == ["transparency", "time"]
    assert tiny.businesses_part() == "business"
    weights = tiny.effective_weights()
    assert weights["mb01"] == pytest.approx(0.7 * 0.6 * 0.5)
    assert sum(weights[leaf.id] for leaf in tiny.leaves) == pytest.approx(1)


FACTS = {
    "mb01": QuestionFacts("mb01", "scale", ("1", "2", "3", "4", "5"), core=True),
    "mb02": QuestionFacts("mb02", "scale", ("1", "2", "3", "4", "5"), core=True),
    "mb03": QuestionFacts("mb03", "yes_no", ("yes", "no")),
    "mb04": QuestionFacts("mb04", "scale", ("1", "2", "3", "4", "5"), core=True),
    "tg01": QuestionFacts("tg01", "number"),
    "tg02": QuestionFacts("tg02", "scale", ("1", "2", "3", "4", "5"), core=True),
    "tg03": QuestionFacts("tg03", "single", ("none", "few", "many"), core=True),
}


def test_a_plan_that_fits_its_questionnaire_has_no_problem(tiny: Plan, tiny_text: str) -> None:
    assert check_against(tiny, "tiny", FACTS) == ()
    assert load_plan(tiny_text, "tiny", FACTS) == tiny


def test_a_plan_that_does_not_fit_its_questionnaire_says_where(tiny_text: str) -> None:
    facts = dict(FACTS)
    del facts["mb02"]
    facts["mb03"] = QuestionFacts("mb03", "yes_no", ("y", "n"))
    facts["tg03"] = QuestionFacts("tg03", "single", ("none", "few", "most"), core=True)
    facts["tg01"] = QuestionFacts("tg01", "text")
    with pytest.raises(InputProblems) as caught:
        load_plan(tiny_text, "other", facts)
    found = {problem.code for problem in caught.value.problems}
    assert found >= {"plan-questionnaire", "plan-unknown-question", "plan-unknown-code", "plan-code-without-number"}
    assert found >= {"plan-question-type", "plan-core"}
    assert all(problem.line > 0 for problem in caught.value.problems)


SIZE = {"size": QuestionFacts("size", "single", ("small", "large"), once=True)}


@pytest.mark.parametrize(("divided", "code"), [
    ("{question: size, codes: [small]}", None),
    ("{question: size, codes: [small, large]}", "plan-dichotomy"),
    ("{question: size, codes: []}", "plan-dichotomy"),
    ("{question: size, codes: [tiny]}", "plan-unknown-code"),
    ("{question: mb03, codes: [yes]}", "plan-dichotomy"),  # asked of each unit
    ("{question: nothing, codes: [yes]}", "plan-dichotomy"),
])  # fmt: skip
def test_a_profile_question_divides_businesses_in_two(tiny_text: str, divided: str, code: str | None) -> None:
    text = tiny_text.replace("questionnaire: tiny\n", f"questionnaire: tiny\ndichotomies: [{divided}]\n")
    if code is None:
        assert load_plan(text, "tiny", FACTS | SIZE).divided()[0].codes == ("small",)
        return
    with pytest.raises(InputProblems) as caught:
        load_plan(text, "tiny", FACTS | SIZE)
    assert code in {problem.code for problem in caught.value.problems}


def test_each_sub_index_needs_two_core_items_for_every_kind_of_unit(tiny: Plan) -> None:
    both = frozenset({"chi_cuc", "doi"})
    facts = {name: QuestionFacts(f.id, f.type, f.codes, f.core, both) for name, f in FACTS.items()}
    assert check_against(tiny, "tiny", facts) == ()
    facts["tg03"] = QuestionFacts("tg03", "single", ("none", "few", "many"), True, frozenset({"chi_cuc"}))
    (problem,) = check_against(tiny, "tiny", facts)
    assert problem.code == "plan-core"
    assert "'time' has 1 core items for units of kind 'doi'" in problem.what


def test_units_of_a_kind_asked_the_same_items_are_peers(tiny: Plan) -> None:
    everything = frozenset(leaf.id for leaf in tiny.question_leaves())
    units = [GroupUnit("B", "chi_cuc", everything), GroupUnit("A", "chi_cuc", everything),
             GroupUnit("K", "chi_cuc", everything - {"tg01"}), GroupUnit("P", "phong", everything)]  # fmt: skip
    groups = {group.id: group for group in peer_groups(tiny, units)}
    assert {name: group.units for name, group in groups.items()} == {
        "chi_cuc": ("A", "B"), "chi_cuc.2": ("K",), "phong": ("P",)
    }  # fmt: skip
    assert "tg01" not in groups["chi_cuc.2"].items


def test_a_named_group_of_mixed_kinds_counts_only_what_all_are_asked(tiny_text: str, load: Load) -> None:
    plan = load(tiny_text + "peer_groups: [{id: teams, kinds: [doi, to]}]\n")
    everything = frozenset(leaf.id for leaf in plan.question_leaves())
    units = [GroupUnit("D", "doi", everything - {"tg01"}), GroupUnit("T", "to", everything - {"mb03"}),
             GroupUnit("A", "chi_cuc", everything)]  # fmt: skip
    teams, branches = peer_groups(plan, units)
    assert (teams.id, teams.units, teams.kinds) == ("teams", ("D", "T"), ("doi", "to"))
    assert set(teams.items) == everything - {"tg01", "mb03"}
    assert branches.items == tuple(leaf.id for leaf in plan.question_leaves())


def test_every_shipped_plan_can_be_read() -> None:
    for path in sorted(Path(__file__).parents[2].glob("questionnaires/*/plan.yaml")):
        plan = load_plan(path)
        assert Plan.from_canonical(plan.canonical()) == plan
