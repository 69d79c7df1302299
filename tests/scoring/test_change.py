"""Changes between two rounds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from survey_app.scoring.change import Round, change
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import Row
from tests.scoring.rounds import ITEMS, PlainLoops, plain_estimate, rows, sheets

EVERY = frozenset(ITEMS)


def two(plan: Plan) -> tuple[Round, Round]:
    old = plain_estimate(plan, [sheets(plan, rows(40))], rounded=False)
    new = plain_estimate(plan, [sheets(plan, rows(70))], rounded=False)
    return Round(plan, old), Round(plan, new)


def test_a_change_is_the_difference_of_comparable_items_with_the_newer_weights(tiny: Plan) -> None:
    old, new = two(tiny)
    found = {(c.unit, c.node): c for c in change(old, new, EVERY - {"mb02", "tg01"}, {})}
    before, after = PlainLoops(rows(40)).items("B"), PlainLoops(rows(70)).items("B")
    step = {item: after[item] - before[item] for item in ITEMS}
    transparency = (2 * step["mb01"] + step["mb03"]) / 3
    time = (step["tg02"] + 2 * step["tg03"]) / 3
    assert found["B", "transparency"].value == pytest.approx(transparency, abs=1e-9)
    assert found["B", "time"].value == pytest.approx(time, abs=1e-9)
    assert found["B", "business"].value == pytest.approx(0.6 * transparency + 0.4 * time, abs=1e-9)
    assert found["B", "transparency"].items == 2


def test_the_error_of_a_change_joins_both_rounds(tiny: Plan) -> None:
    old, new = two(tiny)
    found = {(c.unit, c.node): c for c in change(old, new, EVERY, {})}
    variances = [r.estimates.groups[0].covariance[2][2] for r in (old, new)]
    result = found["B", "transparency"]
    assert result.se == pytest.approx(sum(variances) ** 0.5, abs=1e-9)
    assert result.high - result.value == pytest.approx(1.959963984540054 * result.se, abs=1e-9)


def test_where_items_are_left_out_the_error_is_stretched_to_a_bound(tiny: Plan) -> None:
    """mb01 and mb03 bear 2 and 1 of the stored sub-index's 4: its error is 4/3 of theirs at most."""
    old, new = two(tiny)
    found = {(c.unit, c.node): c for c in change(old, new, EVERY - {"mb02"}, {})}
    blocks = [np.array(r.estimates.groups[0].covariance)[2:4, 2:4] for r in (old, new)]
    assert found["B", "transparency"].se == pytest.approx(4 / 3 * sum(b[0, 0] for b in blocks) ** 0.5, abs=1e-9)
    w = np.array([0.6 * 4 / 3, 0.4])
    assert found["B", "business"].se == pytest.approx(sum(w @ b @ w for b in blocks) ** 0.5, abs=1e-9)


def test_the_bound_holds_against_the_error_of_the_compared_items_alone(
    tiny: Plan, tiny_text: str, load: Callable[[str], Plan]
) -> None:
    """Sheets with halo; a plan in which the items left out weigh nothing has the compared items' own error."""
    chance = np.random.default_rng(3)
    given = []
    for row in rows(200):
        halo = chance.normal(0, 1)
        codes = {item: str(int(np.clip(round(3 + halo + chance.normal()), 1, 5))) for item in ("mb01", "mb04", "tg02")}
        low = {"mb02": str(int(np.clip(round(3 - halo + chance.normal()), 1, 5)))}
        shy = {"mb03": "yes" if chance.normal() > halo else "no", "tg03": "many" if chance.normal() > halo else "none"}
        given.append(Row(row.business, row.unit, row.main, codes | low | shy | {"tg01": "5"}))
    alone = load(tiny_text.replace("{id: mb02, weight: 1}", "{id: mb02, weight: 0}"))
    whole, exact = (Round(plan, plain_estimate(plan, [sheets(plan, given)], rounded=False)) for plan in (tiny, alone))
    for bound, own in zip(change(whole, whole, EVERY - {"mb02"}, {}), change(exact, exact, EVERY, {}), strict=True):
        if bound.node == "transparency":
            assert own.se <= bound.se < 1.5 * own.se


def test_an_item_without_weight_in_the_earlier_round_leaves_no_interval(
    tiny: Plan, tiny_text: str, load: Callable[[str], Plan]
) -> None:
    old, _ = two(tiny)
    weighted = load(tiny_text.replace("{id: mb04, weight: 0}", "{id: mb04, weight: 1}"))
    new = Round(weighted, plain_estimate(weighted, [sheets(weighted, rows(70))], rounded=False))
    found = {c.node: c for c in change(old, new, EVERY, {}) if c.unit == "B"}
    result = found["transparency"]
    assert result.value is not None
    assert (result.se, result.low, result.high, result.reason) == (None, None, None, "no_interval")
    assert (found["time"].reason, found["business"].reason) == (None, "no_interval")
    assert found["time"].se is not None


def test_a_question_counted_in_another_way_is_not_compared(
    tiny: Plan, tiny_text: str, load: Callable[[str], Plan]
) -> None:
    old, new = two(tiny)
    other = load(tiny_text.replace("low: 0, high: 48", "low: 0, high: 72"))
    moved = Round(other, plain_estimate(other, [sheets(other, rows(70))], rounded=False))
    assert next(c.items for c in change(old, new, EVERY, {}) if c.node == "time") == 3
    assert next(c.items for c in change(old, moved, EVERY, {}) if c.node == "time") == 2


def test_a_renamed_unit_goes_on_through_its_successor(tiny: Plan) -> None:
    old = Round(tiny, plain_estimate(tiny, [sheets(tiny, rows(40))]))
    renamed = [r.__class__(r.business, "Z" if r.unit == "A" else r.unit, r.main, r.answers) for r in rows(40)]
    new = Round(tiny, plain_estimate(tiny, [sheets(tiny, renamed, ("B", "C", "D", "E", "Z"))]))
    assert "Z" not in {c.unit for c in change(old, new, EVERY, {})}
    found = [c for c in change(old, new, EVERY, {"Z": "A"}) if c.unit == "Z"]
    assert [c.value for c in found] == [0.0, 0.0, 0.0]


def test_too_few_sheets_or_nothing_comparable_gives_the_reason(tiny: Plan) -> None:
    old, _ = two(tiny)
    small = Round(tiny, plain_estimate(tiny, [sheets(tiny, rows(20))]))
    assert {c.reason for c in change(old, small, EVERY, {})} == {"too_few"}
    assert {c.reason for c in change(old, old, (), {}) if c.node == "business"} == {"nothing_comparable"}
