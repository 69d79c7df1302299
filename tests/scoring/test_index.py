"""The whole index by hand, missing data, the 70/30 rule, order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from survey_app.scoring.estimates import Estimates
from survey_app.scoring.figures import Given
from survey_app.scoring.index import Index, index
from survey_app.scoring.plan import Plan
from survey_app.scoring.ranks import seed_of
from tests.scoring.rounds import UNITS, PlainLoops, plain_estimate, rows, sheets

HOURS = {"A": 12.0, "B": 30.0, "C": 18.5, "D": 9.0, "E": 27.0}
POINTS = {"A": 8.0, "B": 9.5, "C": 6.0, "D": 10.0, "E": 7.0}


def figures(leaf: str, values: dict[str, float]) -> dict[tuple[str, str], float]:
    return {(unit, leaf): value for unit, value in values.items()}


def given(**changed: Any) -> Given:
    known = {"hard": figures("clearance", HOURS), "panel": figures("tasks", POINTS), "seed": seed_of("cdci-2024")}
    return Given(**(known | changed))


def value_of(result: Index, unit: str, node: str) -> Any:
    return next(score for score in result.scores if (score.unit, score.node) == (unit, node))


def exact(plan: Plan) -> Estimates:
    return plain_estimate(plan, [sheets(plan, rows())], rounded=False)


def test_the_whole_index_agrees_with_a_hand_computation(tiny: Plan) -> None:
    """Five units, gaps in the answers, a median, a share, a top box, hard data on own-year bounds, panel points."""
    result, plain = index(tiny, exact(tiny), given()), PlainLoops(rows())
    for unit in UNITS:
        transparency, time = plain.sub_index(unit, "transparency"), plain.sub_index(unit, "time")
        business = (60 * transparency + 40 * time) / 100
        clearance = 100 - 100 * (HOURS[unit] - 9.0) / (30.0 - 9.0)
        department = (2 * 100 * POINTS[unit] / 10 + clearance) / 3
        expected = {
            "index": 0.7 * business + 0.3 * department,
            "business": business,
            "transparency": transparency,
            "time": time,
            "department": department,
            "tasks": 10 * POINTS[unit],
            "clearance": clearance,
            **plain.items(unit),
        }
        for node, number in expected.items():
            assert value_of(result, unit, node).value == pytest.approx(number, abs=1e-9), (unit, node)


def test_the_interval_of_the_whole_is_seven_tenths_of_the_businesses_interval(tiny: Plan) -> None:
    result = index(tiny, exact(tiny), given())
    for unit in UNITS:
        whole, part = value_of(result, unit, "index"), value_of(result, unit, "business")
        assert whole.se == pytest.approx(0.7 * part.se, abs=1e-9)
        assert whole.high - whole.low == pytest.approx(2 * 1.959963984540054 * whole.se, abs=1e-8)
        assert value_of(result, unit, "department").se is None


def test_the_interval_of_a_node_follows_from_the_stored_covariance(tiny: Plan) -> None:
    estimates = exact(tiny)
    covariance = np.array(estimates.groups[0].covariance)
    result = index(tiny, estimates, given())
    for u, unit in enumerate(UNITS):
        block = covariance[2 * u : 2 * u + 2, 2 * u : 2 * u + 2]
        variance = 0.36 * block[0, 0] + 0.16 * block[1, 1] + 0.48 * block[0, 1]
        assert value_of(result, unit, "business").se == pytest.approx(variance**0.5, abs=1e-9)


def test_scores_are_computed_from_the_stored_rounded_numbers(tiny: Plan) -> None:
    estimates = plain_estimate(tiny, [sheets(tiny, rows())])
    theta = estimates.groups[0].theta[1]
    score = value_of(index(tiny, estimates, given()), "B", "transparency")
    assert score.value == pytest.approx((2 * theta[0] + theta[1] + theta[2]) / 4, abs=1e-10)


def test_without_the_departments_part_of_one_unit_no_unit_of_the_group_has_a_whole(tiny: Plan) -> None:
    points = {unit: value for unit, value in POINTS.items() if unit != "C"}
    result = index(tiny, exact(tiny), given(panel=figures("tasks", points)))
    assert [value_of(result, unit, "index").value for unit in UNITS] == [None] * 5
    assert value_of(result, "C", "index").reason == "no_panel_points"
    assert value_of(result, "A", "index").reason == "figure_missing_in_group"
    assert value_of(result, "A", "department").value is not None
    assert value_of(result, "A", "business").value is not None


def test_no_coverage_of_the_root_makes_up_for_a_missing_departments_part(
    tiny_text: str, load: Callable[[str], Plan]
) -> None:
    """Else C's whole would be the businesses' part alone, beside others of 70/30."""
    plan = load(tiny_text.replace("  id: index\n", "  id: index\n  coverage: 0.5\n", 1))
    assert plan.tree.coverage == 0.5
    points = {unit: value for unit, value in POINTS.items() if unit != "C"}
    result = index(plan, exact(plan), given(panel=figures("tasks", points)))
    assert {value_of(result, unit, "index").value for unit in UNITS} == {None}
    assert value_of(result, "C", "index").reason == "no_panel_points"
    assert value_of(result, "A", "index").reason == "figure_missing_in_group"
    assert [group.reason for group in result.groups if group.node == "index"] != [None]
    assert value_of(index(plan, exact(plan), given()), "C", "index").value is not None


def test_a_figure_inside_a_sub_index_may_be_left_out_where_its_coverage_allows(
    tiny_text: str, load: Callable[[str], Plan]
) -> None:
    text = tiny_text.replace("        - {id: clearance, weight: 1}\n", "")
    text = text.replace("{id: tg03, weight: 2}\n", "{id: tg03, weight: 2}\n            - {id: clearance, weight: 1}\n")
    plan = load(text.replace("          weight: 40\n", "          weight: 40\n          coverage: 0.5\n"))
    hours = {unit: value for unit, value in HOURS.items() if unit != "C"}
    result = index(plan, exact(plan), given(hard=figures("clearance", hours)))
    assert value_of(result, "C", "time").value == pytest.approx(PlainLoops(rows()).sub_index("C", "time"), abs=1e-9)
    assert value_of(result, "C", "time").reason == "partial"
    assert value_of(result, "A", "index").value is not None


def test_coverage_lets_a_missing_figure_be_left_out_and_says_so(tiny_text: str, load: Callable[[str], Plan]) -> None:
    plan = load(tiny_text.replace("weight: 30\n", "weight: 30\n      coverage: 0.5\n"))
    hours = {unit: value for unit, value in HOURS.items() if unit != "C"}
    result = index(plan, exact(plan), given(hard=figures("clearance", hours)))
    score = value_of(result, "C", "department")
    assert (score.value, score.reason) == (60.0, "partial")
    assert value_of(result, "C", "index").reason == "partial"
    assert value_of(result, "A", "index").reason is None


def test_equal_hard_figures_give_a_reason_and_not_a_number(tiny: Plan) -> None:
    result = index(tiny, exact(tiny), given(hard=figures("clearance", dict.fromkeys(UNITS, 24.0))))
    score = value_of(result, "A", "clearance")
    assert (score.value, score.reason) == (None, "max_equals_min")
    assert value_of(result, "A", "index").reason == "max_equals_min"


def test_pooled_bounds_look_at_earlier_rounds(tiny_text: str, load: Callable[[str], Plan]) -> None:
    plan = load(tiny_text.replace("bounds: own_year", "bounds: pooled, rounds: 3"))
    result = index(plan, exact(plan), given(earlier={"clearance": [4.0, 44.0]}))
    assert value_of(result, "A", "clearance").value == pytest.approx(100 - 100 * (12 - 4) / 40)


def test_a_figure_for_other_kinds_of_unit_gives_its_weight_to_the_rest(
    tiny_text: str, load: Callable[[str], Plan]
) -> None:
    plan = load(tiny_text.replace("{id: tasks, source: panel,", "{id: tasks, source: panel, kinds: [phong],"))
    result = index(plan, exact(plan), given(panel={}))
    for unit in UNITS:
        assert value_of(result, unit, "tasks").reason == "not_asked"
        assert value_of(result, unit, "department").value == value_of(result, unit, "clearance").value


def test_a_unit_without_sheets_does_not_take_the_others_down(tiny: Plan) -> None:
    estimates = plain_estimate(tiny, [sheets(tiny, [row for row in rows() if row.unit != "E"])])
    result = index(tiny, estimates, given(panel=figures("tasks", {u: p for u, p in POINTS.items() if u != "E"})))
    assert value_of(result, "E", "business").reason == "no_answers"
    assert value_of(result, "A", "index").value is not None
    business = next(group for group in result.groups if group.node == "business")
    assert business.left_out == ("E",)
    assert sorted(standing.rank for standing in business.standings) == [1, 2, 3, 4]


def test_fewer_than_four_units_are_not_ranked(tiny: Plan) -> None:
    estimates = plain_estimate(tiny, [sheets(tiny, [row for row in rows() if row.unit in "ABC"], UNITS[:3])])
    for group in index(tiny, estimates, given()).groups:
        assert (group.standings, group.reason) == ((), "fewer_than_four_units")


def test_a_unit_below_the_minimum_takes_no_rank(tiny: Plan) -> None:
    few = [row for row in rows() if row.unit != "D" or row.business < 20]
    estimates = plain_estimate(tiny, [sheets(tiny, few)])
    assert estimates.groups[0].n_sheets[3] < 10
    for group in index(tiny, estimates, given()).groups:
        assert group.left_out == ("D",)
    higher = index(tiny, exact(tiny), given(least={"A": 1000}))
    assert all(group.left_out == ("A",) for group in higher.groups)


def test_order_is_given_for_the_businesses_part_and_for_the_whole(tiny: Plan) -> None:
    result = index(tiny, exact(tiny), given())
    assert [group.node for group in result.groups] == ["business", "index"]
    part, whole = result.groups
    scale = {s.unit: s.shrunk for s in part.standings}
    for standing in whole.standings:
        known = value_of(result, standing.unit, "department").value
        assert standing.shrunk == pytest.approx(0.7 * scale[standing.unit] + 0.3 * known, abs=1e-8)


def test_another_scale_moves_scores_and_intervals_alike(tiny_text: str, load: Callable[[str], Plan]) -> None:
    plan = load(tiny_text.replace("shown_on: {min: 0, max: 100", "shown_on: {min: 1, max: 10"))
    hundred = index(load(tiny_text), exact(load(tiny_text)), given())
    ten = index(plan, exact(plan), given())
    for before, after in zip(hundred.scores, ten.scores, strict=True):
        assert after.value == pytest.approx(1 + 0.09 * before.value, abs=1e-9)
        if before.se is not None:
            assert after.se == pytest.approx(0.09 * before.se, abs=1e-9)
    assert [s.unit for s in hundred.groups[0].standings] == [s.unit for s in ten.groups[0].standings]


def test_a_geometric_whole_uses_draws_and_stays_near_the_delta_method(
    tiny_text: str, load: Callable[[str], Plan]
) -> None:
    text = tiny_text.replace("min: 0, max: 100", "min: 1, max: 10")
    plan = load(text.replace("      weight: 70\n", "      weight: 70\n      aggregate: geometric\n"))
    result, linear = index(plan, exact(plan), given()), index(load(text), exact(load(text)), given())
    for unit in UNITS:
        one, two = value_of(result, unit, "transparency").value, value_of(result, unit, "time").value
        score = value_of(result, unit, "business")
        assert score.value == pytest.approx(one**0.6 * two**0.4, abs=1e-9)
        assert score.se == pytest.approx(value_of(linear, unit, "business").se, rel=0.15)
        assert score.low < score.value < score.high


def test_a_geometric_whole_stands_wide_errors(tiny_text: str, load: Callable[[str], Plan]) -> None:
    """Draws beyond the scale would be logarithms of less than nothing."""
    text = tiny_text.replace("min: 0, max: 100", "min: 1, max: 10")
    plan = load(text.replace("      weight: 70\n", "      weight: 70\n      aggregate: geometric\n"))
    estimates = exact(plan)
    (group, *others) = estimates.groups
    wide = tuple(tuple(400.0 * value for value in row) for row in group.covariance)
    result = index(plan, type(estimates)((msgspec.structs.replace(group, covariance=wide), *others)), given())
    for unit in UNITS:
        score = value_of(result, unit, "business")
        assert 1 <= score.low <= score.value <= score.high <= 10


def test_the_same_input_gives_the_same_bytes(tiny: Plan) -> None:
    first, second = (msgspec.json.encode(index(tiny, exact(tiny), given())) for _ in range(2))
    assert first == second
    assert msgspec.json.decode(first, type=Index) == index(tiny, exact(tiny), given())
