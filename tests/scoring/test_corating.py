"""What is stored of the covariance between units: plain loops, thresholds, and that it stays the right size."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from survey_app.scoring import corating
from survey_app.scoring.corating import CoRaters, co_raters, in_common
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import Row
from tests.scoring.rounds import ITEMS, UNITS, plain_estimate, rows, sheets


def test_co_raters_are_counted_once_each(tiny: Plan) -> None:
    given = [*rows(60), Row(3, "A", False, dict.fromkeys(ITEMS, "3")), Row(3, "A", False, dict.fromkeys(ITEMS, "4"))]
    rated: dict[int, set[str]] = {}
    for row in given:
        rated.setdefault(row.business, set()).add(row.unit)
    found = co_raters(sheets(tiny, given))
    for u, v in itertools.product(range(5), repeat=2):
        together = sum({UNITS[u], UNITS[v]} <= units for units in rated.values())
        assert found.both[u, v] == (0 if u == v else together)
    assert found.several == sum(len(units) > 1 for units in rated.values())
    assert found.n.tolist() == [sum(row.unit == unit for row in given) for unit in UNITS]


def drawn(units: int, size: int) -> np.ndarray:
    """A covariance with positive own blocks."""
    draw = np.random.default_rng(5)
    root = draw.normal(size=(units * size, 40))
    return root @ root.T


def test_between_units_stands_what_all_pairs_have_in_common() -> None:
    exact, both = drawn(3, 2), np.array([[0, 12, 9], [12, 0, 30], [9, 30, 0]])
    n = np.array([20, 40, 50])
    found = in_common(exact, CoRaters(both, 40, n))
    for s, t in itertools.product(range(2), repeat=2):
        pairs = [(u, v) for u in range(3) for v in range(3) if u != v]
        common = sum(n[u] * n[v] * exact[2 * u + s, 2 * v + t] for u, v in pairs) / both.sum()
        for u, v in pairs:
            expected = common * both[u, v] / (n[u] * n[v]) if both[u, v] >= 10 else 0.0
            assert found[2 * u + s, 2 * v + t] == pytest.approx(expected)
    for u in range(3):
        own = slice(2 * u, 2 * u + 2)
        assert (found[own, own] == exact[own, own]).all()
    assert found == pytest.approx(found.T)


@pytest.mark.parametrize(("together", "kept"), [(9, False), (10, True), (11, True)])
def test_two_units_are_joined_by_ten_businesses_or_not_at_all(together: int, kept: bool) -> None:
    both = np.array([[0, together, 20], [together, 0, 20], [20, 20, 0]])
    found = in_common(drawn(3, 1), CoRaters(both, 40, np.array([30, 30, 30])))
    assert bool(found[0, 1]) == kept
    assert found[0, 2] != 0


@pytest.mark.parametrize(("several", "kept"), [(9, False), (10, True), (11, True)])
def test_what_they_have_in_common_rests_on_ten_businesses(several: int, kept: bool) -> None:
    both = np.full((3, 3), 10) - 10 * np.eye(3, dtype=int)
    found = in_common(drawn(3, 1), CoRaters(both, several, np.array([30, 30, 30])))
    assert bool(found[0, 1]) == kept


def test_a_sub_index_that_a_unit_does_not_have_stays_empty() -> None:
    exact = drawn(3, 2)
    exact[1, :] = exact[:, 1] = 0.0
    found = in_common(exact, CoRaters(np.full((3, 3), 20) - 20 * np.eye(3, dtype=int), 40, np.array([30, 30, 30])))
    assert not found[1].any()
    assert found[0, 3] != 0


def test_the_stored_covariance_has_the_exact_own_blocks_and_no_single_pair(tiny: Plan) -> None:
    """Two businesses with opposite views alone join two units: the stored number does not know them."""
    given = [row for row in rows(200) if row.main]
    lone = [Row(900, "A", True, dict.fromkeys(ITEMS, "5")), Row(900, "B", False, dict.fromkeys(ITEMS, "1"))]
    for code in ("mb03", "tg03"):
        lone = [Row(r.business, r.unit, r.main, r.answers | {code: "yes" if code == "mb03" else "few"}) for r in lone]
    exact = np.array(plain_estimate(tiny, [sheets(tiny, given + lone)], rounded=False).groups[0].covariance)
    stored = np.array(plain_estimate(tiny, [sheets(tiny, given + lone)]).groups[0].covariance)
    assert np.abs(exact[0:2, 2:4]).max() > 1e-6
    assert not stored[0:2, 2:4].any()
    assert stored[0:2, 0:2] == pytest.approx(exact[0:2, 0:2], rel=0.05)
    assert corating.LEAST == 10
