"""Sampling, cleaning and method in one design: its runs against the index itself, its parts alone, its refusals."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from survey_app.scoring import movement
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.figures import Given
from survey_app.scoring.movement import Choices, RoundRuns
from survey_app.scoring.plan import Plan
from survey_app.scoring.propagate import ScoredGroup
from survey_app.scoring.redraw import NotVaried
from survey_app.scoring.what_if import reweighted, what_if
from tests.scoring.rounds import plain_estimate, rows, sheets

HARD = {(unit, "clearance"): hours for unit, hours in zip("ABCDE", (12.0, 30.0, 18.5, 9.0, 27.0), strict=True)}
PANEL = {(unit, "tasks"): points for unit, points in zip("ABCDE", (8.0, 9.5, 6.0, 10.0, 7.0), strict=True)}
GIVEN = Given(hard=HARD, panel=PANEL, seed=4)
AS_IT_IS = Choices(normalise=("absolute",), aggregate=("arithmetic",), hard_share=(0.0,), spread=1e-6)


@pytest.fixture
def estimate(tiny: Plan) -> GroupEstimate:
    return plain_estimate(tiny, [sheets(tiny, rows())], rounded=False).groups[0]


def without_noise(estimate: GroupEstimate) -> GroupEstimate:
    size = len(estimate.covariance)
    return msgspec.structs.replace(estimate, covariance=tuple((0.0,) * size for _ in range(size)))


def runs(plan: Plan, estimate: GroupEstimate, choices: Choices, node: str = "index") -> RoundRuns:
    return RoundRuns(plan, {"without_flagged": estimate}, GIVEN, choices, node)


def one_run(
    of: RoundRuns, weights: dict[str, np.ndarray], kind: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> np.ndarray:
    """The scores of one run without noise, mapped back to the plan's 0–100 (runs are shown on 1–100)."""
    part = {"sampling": np.zeros((1, of.drawn[0].root.shape[0]))} | {name: row[None] for name, row in weights.items()}
    return (of._scores(part, kind)[0] - 1) / 99 * 100


def test_a_run_as_the_plan_has_it_gives_the_index(tiny: Plan, estimate: GroupEstimate) -> None:
    scored = ScoredGroup(tiny, estimate, GIVEN)
    for node in ("index", "business"):
        found = one_run(
            runs(tiny, estimate, AS_IT_IS, node),
            {"business": np.array([60.0, 40.0]), "department": np.array([2.0, 1.0])},
        )
        np.testing.assert_allclose(found, scored.value(node), rtol=1e-10)


def test_drawn_weights_and_another_share_of_hard_data_give_the_index_of_such_a_plan(
    tiny: Plan, tiny_text: str, estimate: GroupEstimate, load: Callable[[str], Plan]
) -> None:
    choices = msgspec.structs.replace(AS_IT_IS, hard_share=(0.0, 0.1))
    found = one_run(
        runs(tiny, estimate, choices),
        {"business": np.array([0.3, 0.7]), "department": np.array([0.5, 0.5])},
        (0, 0, 0, 1),
    )
    other = tiny_text.replace("weight: 60", "weight: 30").replace("      weight: 40", "      weight: 70")
    other = other.replace("{id: tasks, weight: 2}", "{id: tasks, weight: 1}")
    other = other.replace(
        "      weight: 70\n      children:\n        - id: transparency",
        "      weight: 60\n      children:\n        - id: transparency",
    ).replace(
        "      weight: 30\n      children:\n        - {id: tasks",
        "      weight: 40\n      children:\n        - {id: tasks",
    )
    np.testing.assert_allclose(found, ScoredGroup(load(other), estimate, GIVEN).value("index"), rtol=1e-10)


def test_answers_between_the_lowest_and_highest_unit_are_those_of_the_own_year(
    tiny: Plan, estimate: GroupEstimate
) -> None:
    choices = msgspec.structs.replace(AS_IT_IS, normalise=("absolute", "own_year"))
    weights = {"business": np.array([60.0, 40.0]), "department": np.array([2.0, 1.0])}
    found = one_run(runs(tiny, estimate, choices), weights, (0, 1, 0, 0))
    relative = ScoredGroup(movement.own_year(tiny), estimate, GIVEN)
    np.testing.assert_allclose(found, relative.value("index"), rtol=1e-10)


def test_the_factors_are_what_can_move(tiny: Plan, estimate: GroupEstimate) -> None:
    whole = RoundRuns(tiny, {"without_flagged": estimate, "strict": estimate}, GIVEN, Choices(), "index")
    assert list(whole.factors()) == [
        "sampling",
        "cleaning",
        "method",
        "normalise",
        "aggregate",
        "hard_share",
        "weights",
    ]
    assert whole.mixed == ["index"]
    part = runs(tiny, estimate, Choices(), "business")
    assert list(part.factors()) == ["sampling", "method", "normalise", "aggregate", "weights"]


def test_what_moves_alone_moves_everything(tiny: Plan, estimate: GroupEstimate) -> None:
    """Of the ranks' movement all is sampling where only answers are drawn, and none where there is no noise."""
    drawn = movement.movement(tiny, {"without_flagged": estimate}, GIVEN, AS_IT_IS, 400)
    assert drawn.by_unit.factors == ("sampling", "method", "weights")
    moving = drawn.by_unit.variance > 0
    np.testing.assert_allclose(drawn.by_unit.total[0, moving], 1.0, atol=0.2)
    np.testing.assert_allclose(drawn.by_unit.total[1, moving], 0.0, atol=1e-2)
    still = movement.movement(tiny, {"without_flagged": without_noise(estimate)}, GIVEN, AS_IT_IS, 50)
    assert np.isnan(still.overall.first).all()
    assert still.ranks.low.tolist() == still.ranks.high.tolist() == still.ranks.nominal.tolist()


def test_rules_of_cleaning_that_agree_move_nothing_and_others_do(tiny: Plan, estimate: GroupEstimate) -> None:
    other = plain_estimate(tiny, [sheets(tiny, rows(22))], rounded=False).groups[0]
    for estimates, moves in (((estimate, estimate), False), ((estimate, other), True)):
        by_rule = dict(zip(("without_flagged", "all_sheets"), map(without_noise, estimates), strict=True))
        found = movement.movement(tiny, by_rule, GIVEN, AS_IT_IS, 100)
        place = found.overall.factors.index("cleaning")
        assert bool(found.overall.total[place] > 0.9) == moves


def test_a_rule_that_leaves_too_few_businesses_is_left_out_and_told(tiny: Plan, estimate: GroupEstimate) -> None:
    nobody = msgspec.structs.replace(estimate, covariance=())
    found = movement.movement(tiny, {"without_flagged": estimate, "strict": nobody}, GIVEN, AS_IT_IS, 20)
    assert found.rules == ("without_flagged",)
    assert "cleaning" not in found.overall.factors


def test_ranks_move_as_much_as_independent_draws_of_the_scores_do(tiny: Plan, estimate: GroupEstimate) -> None:
    """By another route: draws of the part's own scores from their w′Σw."""
    found = movement.movement(tiny, {"without_flagged": estimate}, GIVEN, AS_IT_IS, 3000)
    scored = ScoredGroup(tiny, estimate, GIVEN)
    generator = np.random.Generator(np.random.PCG64(9))
    drawn = generator.multivariate_normal(scored.value("business"), scored.node_covariance("business"), 6000)
    ranks = 1 + (drawn[:, None, :] > drawn[:, :, None]).sum(axis=2)
    np.testing.assert_allclose(found.ranks.mean, ranks.mean(axis=0), atol=0.1)
    np.testing.assert_allclose(found.by_unit.variance, ranks.var(axis=0), rtol=0.1, atol=0.02)


def test_a_group_with_too_few_units_or_businesses_is_refused(tiny: Plan, estimate: GroupEstimate) -> None:
    with pytest.raises(NotVaried, match="fewer than two businesses"):
        runs(tiny, msgspec.structs.replace(estimate, covariance=()), AS_IT_IS)
    nobody = msgspec.structs.replace(estimate, theta=tuple((None,) * 7 for _ in range(4)) + estimate.theta[4:])
    with pytest.raises(NotVaried, match="fewer than two units"):
        runs(tiny, nobody, AS_IT_IS)


# ---------------------------------------------------------------- what if


def test_other_weights_have_the_standard_errors_of_the_stored_covariance(tiny: Plan, estimate: GroupEstimate) -> None:
    found = what_if(tiny, estimate, GIVEN, {"transparency": 1.0, "time": 3.0})
    covariance, scores = np.array(estimate.covariance), estimate.sub_scores()
    weights = np.array([0.25, 0.75])
    np.testing.assert_allclose(found.value("business"), scores @ weights)
    spread = found.spread("business")
    for u in range(5):
        block = covariance[2 * u : 2 * u + 2, 2 * u : 2 * u + 2]
        assert spread[u] == pytest.approx(np.sqrt(weights @ block @ weights))


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"nothing": 1.0}, "no node or leaf"),
        ({"index": 1.0}, "no node or leaf"),
        ({"time": -1.0}, "below 0"),
        ({"time": 0.0, "transparency": 0.0}, "has a weight left"),
        ({"mb01": 3.0}, "settled in the count"),
    ],
)
def test_weights_that_cannot_be_are_refused_with_a_clear_line(
    tiny: Plan, estimate: GroupEstimate, weights: dict[str, float], said: str
) -> None:
    with pytest.raises(NotVaried, match=said):
        what_if(tiny, estimate, GIVEN, weights)


def test_what_if_is_promised_for_linear_plans_only(
    tiny_text: str, estimate: GroupEstimate, load: Callable[[str], Plan]
) -> None:
    plan = load(
        tiny_text.replace("    - id: business\n", "    - id: business\n      aggregate: geometric\n").replace(
            "min: 0, max: 100", "min: 1, max: 100"
        )
    )
    with pytest.raises(NotVaried, match="not linear"):
        what_if(plan, estimate, GIVEN, {"time": 1.0})
    assert reweighted(plan, {"time": 1.0}).tree.children[0].children[1].weight == 1.0
