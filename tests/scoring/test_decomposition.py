"""The parts of a change: they sum to it, and each stands alone where only its own cause is there."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from survey_app.scoring.decomposition import Round, decompose
from survey_app.scoring.estimate import estimate
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.figures import Given
from survey_app.scoring.index import index
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import Row
from tests.scoring.rounds import ITEMS, UNITS, plain_estimate, rows, sheets

ALL = frozenset(ITEMS)


@pytest.fixture
def relative(tiny_text: str, load: Callable[[str], Plan]) -> Plan:
    """One item between the year's lowest and highest unit."""
    absolute = "{method: goalposts, low: 1, high: 5}"
    text = tiny_text
    for item in ("mb01",):
        first = f"{{id: {item}, statistic: mean, normalise: "
        assert first + absolute in text
        text = text.replace(first + absolute, first + "{method: min_max, bounds: own_year, low: 1, high: 5}")
    return load(text)


def group(plan: Plan, businesses: int) -> GroupEstimate:
    return plain_estimate(plan, [sheets(plan, rows(businesses))], rounded=False).groups[0]


def published(plan: Plan, businesses: int) -> dict[str, float]:
    found = index(plan, plain_estimate(plan, [sheets(plan, rows(businesses))], rounded=False), Given())
    return {score.unit: score.value for score in found.scores if score.node == "business"}


def test_the_parts_sum_to_the_change_of_the_published_score(relative: Plan) -> None:
    parts = decompose(Round(relative, group(relative, 40)), Round(relative, group(relative, 70)), ALL - {"tg02"}, {})
    then, now = published(relative, 40), published(relative, 70)
    assert [one.unit for one in parts] == list(UNITS)
    for one in parts:
        assert one.total == pytest.approx(now[one.unit] - then[one.unit], abs=1e-9)
        assert one.weights == 0
    assert any(abs(one.bounds) > 0.1 for one in parts)
    assert any(abs(one.questions) > 0.1 for one in parts)


def test_other_weights_alone_are_weights(tiny: Plan, tiny_text: str, load: Callable[[str], Plan]) -> None:
    other = load(tiny_text.replace("weight: 60\n", "weight: 20\n"))
    same = group(tiny, 40)
    for one in decompose(Round(tiny, same), Round(other, same), ALL, {}):
        assert (one.answers, one.bounds, one.questions) == pytest.approx((0, 0, 0), abs=1e-9)
        assert one.weights != 0


def test_another_unit_that_moves_is_bounds(relative: Plan) -> None:
    """Only E's answers differ: the others' change is bounds alone."""
    old = group(relative, 40)
    theta = [list(row) for row in old.theta]
    theta[4] = [value * 0.5 for value in theta[4]]
    new = msgspec.structs.replace(old, theta=tuple(map(tuple, theta)))
    parts = decompose(Round(relative, old), Round(relative, new), ALL, {})
    for one in parts[:4]:
        assert (one.answers, one.weights, one.questions) == pytest.approx((0, 0, 0), abs=1e-9)
    assert any(abs(one.bounds) > 1 for one in parts[:4])
    assert parts[4].answers < -1


def test_a_unit_without_the_earlier_round_has_no_parts(tiny: Plan) -> None:
    old = group(tiny, 40)
    new = msgspec.structs.replace(old, units=("A", "B", "C", "D", "Z"))
    assert [one.unit for one in decompose(Round(tiny, old), Round(tiny, new), ALL, {})] == ["A", "B", "C", "D"]
    assert len(decompose(Round(tiny, old), Round(tiny, new), ALL, {"Z": "E"})) == 5


def test_fear_is_found_where_it_was_put_in(tiny: Plan) -> None:
    """Businesses hold back by lot; then those that do answer a step higher, where there is one."""
    drawn = np.random.default_rng(4).random(200) < 0.4

    def held(row: Row, lift: int) -> Row:
        afraid = int(drawn[row.business])
        steps = {item: answer for item, answer in row.answers.items() if item in ("mb01", "mb02", "mb04", "tg02")}
        lifted = {item: str(min(int(answer) + lift * afraid, 5)) for item, answer in steps.items() if answer}
        return msgspec.structs.replace(row, fear=float(afraid), answers={**row.answers, **lifted})

    given = [sheets(tiny, [held(row, lift) for row in rows(200)]) for lift in (0, 1)]
    plain, lifted = (estimate(tiny, [arrays], rounded=False).groups[0].fear for arrays in given)
    share = given[0].fear[given[0].half_answered()].mean()
    assert plain.without == pytest.approx(-share * plain.step, abs=1e-6)
    assert 3 < lifted.step - plain.step < 25, "a step of 25 points, for those not at the top, on four items"
    arrays = sheets(tiny, rows(200))
    nobody = estimate(tiny, [msgspec.structs.replace(arrays, fear=np.full(arrays.count, np.nan))]).groups[0].fear
    assert nobody is None
