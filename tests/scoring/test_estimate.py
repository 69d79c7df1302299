"""θ, n and Σ against the definitions in plain loops, against derivatives, the jackknife and the bootstrap."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import Row
from tests.scoring.rounds import CORE, ITEMS, UNITS, PlainLoops, plain_estimate, rows, sheets


def group_of(plan: Plan, given: list[Row], rounded: bool = False) -> GroupEstimate:
    return plain_estimate(plan, [sheets(plan, given)], rounded=rounded).groups[0]


def test_item_scores_agree_with_plain_loops(tiny: Plan) -> None:
    group, plain = group_of(tiny, rows()), PlainLoops(rows())
    for u, unit in enumerate(UNITS):
        expected = plain.items(unit)
        assert group.theta[u] == pytest.approx([expected[item] for item in ITEMS], abs=1e-9)


def test_a_sub_index_is_the_mean_of_the_sheets_corrected_for_missing_items(tiny: Plan) -> None:
    group, plain = group_of(tiny, rows()), PlainLoops(rows())
    found = group.sub_scores()
    for u, unit in enumerate(UNITS):
        assert found[u, 0] == pytest.approx(float(plain.adjusted(unit, "transparency")), abs=1e-9)
        time = (3 * float(plain.adjusted(unit, "time")) + plain.median(unit)) / 4
        assert found[u, 1] == pytest.approx(time, abs=1e-9)


def test_numbers_of_answers_and_sheets_are_counted_apart(tiny: Plan) -> None:
    group, given = group_of(tiny, rows()), PlainLoops(rows()).rows
    mine = [row for row in given if row.unit == "C"]
    assert group.n_sheets[2] == len(mine)
    assert group.businesses[2] == len({row.business for row in mine})
    assert group.n[2] == tuple(sum(row.answers.get(item) is not None for row in mine) for item in ITEMS)
    time = [[row.answers[j] for j in ("tg01", "tg02", "tg03") if j in row.answers] for row in mine]
    assert group.n_sub[2][1] == sum(2 * sum(a is not None for a in asked) >= len(asked) for asked in time)


def test_a_sheet_less_than_half_answered_does_not_enter(tiny: Plan) -> None:
    given = rows()
    empty = Row(business=99, unit="A", main=True, answers=dict.fromkeys(ITEMS, None) | {"mb01": "1", "mb02": "5"})
    assert group_of(tiny, [*given, empty]) == group_of(tiny, given)


def test_a_core_only_sheet_is_judged_by_what_it_was_asked(tiny: Plan) -> None:
    given = rows()
    half = Row(business=99, unit="A", main=False, answers={**dict.fromkeys(CORE, None), "mb01": "1", "mb02": "5"})
    assert group_of(tiny, [*given, half]).n_sheets[0] == group_of(tiny, given).n_sheets[0] + 1


def without_median(plan_text: str) -> str:
    return plan_text.replace("            - {id: tg01, weight: 1}\n", "            - {id: tg01, weight: 0}\n")


def test_influence_is_the_derivative_by_each_business_weight(tiny_text: str, load) -> None:
    """Σ = Σ_b ψ_b ψ_b′ · B/(B − 1) with ψ_b by central differences of the estimator in exact fractions."""
    plan = load(without_median(tiny_text))
    given, h = rows(), Fraction(1, 10_000)
    group = group_of(plan, given)
    businesses = sorted({row.business for row in PlainLoops(given).rows})
    psi = np.empty((len(businesses), len(UNITS) * 2))
    for b, business in enumerate(businesses):
        up, down = PlainLoops(given, {business: 1 + h}), PlainLoops(given, {business: 1 - h})
        psi[b] = [
            float((up.adjusted(u, s) - down.adjusted(u, s)) / (2 * h)) for u in UNITS for s in ("transparency", "time")
        ]
    expected = psi.T @ psi * len(businesses) / (len(businesses) - 1)
    assert np.array(group.covariance) == pytest.approx(expected, abs=1e-6)


def test_covariance_agrees_with_leaving_out_one_business_at_a_time(tiny_text: str, load) -> None:
    """The jackknife has terms of order 1/n² more: within 15 % of each variance with 160 businesses."""
    plan, given = load(without_median(tiny_text)), rows(160)
    found = np.array(group_of(plan, given).covariance)
    businesses = sorted({row.business for row in given})
    values = np.array([group_of(plan, [r for r in given if r.business != b]).sub_scores().ravel() for b in businesses])
    size = len(businesses)
    jackknife = (values - values.mean(axis=0)).T @ (values - values.mean(axis=0)) * (size - 1) / size
    assert np.diag(found) == pytest.approx(np.diag(jackknife), rel=0.15)
    scale = np.sqrt(np.outer(np.diag(jackknife), np.diag(jackknife)))
    assert np.abs(found - jackknife).max() < 0.1 * scale.max()


def test_standard_errors_agree_with_a_bootstrap_of_businesses(tiny: Plan) -> None:
    """With the median in it; 400 resamples, 20 %: the bootstrap's own noise is 3.5 %, the rest the median's density."""
    given, generator = rows(200), np.random.default_rng(5)
    by_business = {b: [row for row in given if row.business == b] for b in range(200)}
    values = []
    for _ in range(400):
        drawn = generator.integers(0, 200, 200)
        again = [
            Row(place, row.unit, row.main, row.answers) for place, b in enumerate(drawn) for row in by_business[int(b)]
        ]
        values.append(group_of(tiny, again).sub_scores().ravel())
    found = np.sqrt(np.diag(np.array(group_of(tiny, given).covariance)))
    assert found == pytest.approx(np.std(values, axis=0, ddof=1), rel=0.2)


def test_what_is_stored_is_rounded_once_and_symmetric(tiny: Plan) -> None:
    group = group_of(tiny, rows(), rounded=True)
    exact = group_of(tiny, rows())
    assert all(round(value, 1) == value for row in group.theta for value in row if value is not None)
    assert np.array(group.theta) == pytest.approx(np.array(exact.theta), abs=0.0500001)
    stored = np.array(group.covariance)
    assert (stored == stored.T).all()
    assert all(float(f"{value:.1e}") == value for value in stored.ravel())
    assert np.linalg.eigvalsh(group.covariance_array()).min() > -1e-12


def test_flagged_sheets_are_left_out(tiny: Plan) -> None:
    given = rows()
    extra = [Row(500 + k, "A", True, dict.fromkeys(ITEMS, "5") | {"mb03": "no", "tg03": "none"}) for k in range(3)]
    arrays = sheets(tiny, [*given, *extra])
    mask = arrays.business >= 500
    assert plain_estimate(tiny, [arrays], [mask]) == plain_estimate(tiny, [sheets(tiny, given)])


def test_a_unit_nobody_answered_for_has_no_scores(tiny: Plan) -> None:
    given = [row for row in rows() if row.unit != "E"]
    group = group_of(tiny, given, rounded=True)
    assert set(group.theta[4]) == {None}
    assert group.n_sheets[4] == 0
    assert np.isnan(group.sub_scores()[4]).all()


def test_one_business_alone_gives_no_covariance(tiny: Plan) -> None:
    assert group_of(tiny, rows(1)).covariance == ()


def test_no_sheets_at_all_is_an_empty_estimate(tiny: Plan) -> None:
    group = group_of(tiny, [])
    assert group.n_sheets == (0,) * 5
    assert group.covariance == ()
