"""What must hold for every round: the order of things is nothing, scores are linear in the weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_app.scoring.estimate import estimate
from survey_app.scoring.figures import Given
from survey_app.scoring.index import index
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import Row
from tests.scoring.rounds import ITEMS, UNITS, plain_estimate, rows, sheets

few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CODES = {"mb03": ("yes", "no"), "tg03": ("none", "few", "many")}


@st.composite
def answers(draw: st.DrawFn) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for item in ITEMS:
        if draw(st.integers(0, 9)) == 0:
            continue  # not asked
        options = CODES.get(item, ("1", "2", "3", "4", "5"))
        found[item] = draw(st.sampled_from((*options, None)))
    return found


@st.composite
def rounds(draw: st.DrawFn) -> list[Row]:
    size = draw(st.integers(0, 14))
    return [Row(draw(st.integers(0, 6)), draw(st.sampled_from(UNITS)), True, draw(answers())) for _ in range(size)]


@few
@given(given_rows=rounds())
def test_any_round_can_be_counted(tiny: Plan, given_rows: list[Row]) -> None:
    """However few or broken: no warning, no crash, item scores' weighted mean is the sub-index, Σ has no negative."""
    estimates = estimate(tiny, [sheets(tiny, given_rows)], rounded=False)
    group = estimates.groups[0]
    covariance = group.covariance_array()
    assert covariance is None or np.linalg.eigvalsh(covariance).min() > -1e-6
    for score in index(tiny, estimates).scores:
        assert (score.value is None) <= (score.reason is not None)
        assert score.se is None or score.se >= 0


def test_the_order_of_sheets_and_the_names_of_businesses_change_nothing(tiny: Plan) -> None:
    straight = rows()
    shuffled = [straight[k] for k in np.random.default_rng(1).permutation(len(straight))]
    renamed = [Row(1000 - row.business, row.unit, row.main, row.answers) for row in shuffled]
    assert estimate(tiny, [sheets(tiny, renamed)]) == estimate(tiny, [sheets(tiny, straight)])


def test_the_order_of_items_in_the_plan_changes_no_score(
    tiny: Plan, tiny_text: str, load: Callable[[str], Plan]
) -> None:
    moved = load(
        tiny_text.replace("            - {id: mb01, weight: 2}\n", "").replace(
            "            - {id: mb04, weight: 0}\n",
            "            - {id: mb04, weight: 0}\n            - {id: mb01, weight: 2}\n",
        )
    )
    one = {(s.unit, s.node): s for s in index(tiny, estimate(tiny, [sheets(tiny, rows())])).scores}
    two = {(s.unit, s.node): s for s in index(moved, estimate(moved, [sheets(moved, rows())])).scores}
    assert one == two


def test_the_names_and_order_of_units_change_nothing_but_names(tiny: Plan) -> None:
    other = dict(zip(UNITS, ("c", "e", "a", "d", "b"), strict=True))
    renamed = [Row(row.business, other[row.unit], row.main, row.answers) for row in rows()]
    one = index(tiny, estimate(tiny, [sheets(tiny, rows())]))
    two = index(tiny, estimate(tiny, [sheets(tiny, renamed, tuple(sorted(other.values())))]))
    scores = {(s.unit, s.node): (s.value, s.se, s.n) for s in two.scores}
    for score in one.scores:
        assert scores[other[score.unit], score.node] == pytest.approx((score.value, score.se, score.n), nan_ok=True)
    expected = {other[s.unit]: s.expected_rank for s in one.groups[0].standings}
    assert {s.unit: s.expected_rank for s in two.groups[0].standings} == pytest.approx(expected, abs=1e-6)


@few
@given(part=st.floats(0.05, 0.95))
def test_scores_are_linear_in_the_weights_of_sub_indices(
    tiny_text: str, load: Callable[[str], Plan], part: float
) -> None:
    """The count's numbers do not depend on these weights, so any weights can be tried afterwards."""
    percent = round(100 * part, 2)
    text = tiny_text.replace("weight: 40\n", f"weight: {100 - percent:.2f}\n")
    plan = load(text.replace("weight: 60\n", f"weight: {percent:.2f}\n"))
    base = load(tiny_text)
    estimates = plain_estimate(base, [sheets(base, rows())], rounded=False)
    assert plain_estimate(plan, [sheets(plan, rows())], rounded=False) == estimates
    figures = Given(panel={(u, "tasks"): 5.0 for u in UNITS})
    found = {(s.unit, s.node): s.value for s in index(plan, estimates, figures).scores}
    for unit in UNITS:
        expected = (percent * found[unit, "transparency"] + (100 - percent) * found[unit, "time"]) / 100
        assert found[unit, "business"] == pytest.approx(expected, abs=1e-8)
