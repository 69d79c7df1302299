"""Other rules: within businesses against R's lm, the composite against the tree, what may be told."""

from __future__ import annotations

import csv
from itertools import pairwise

import numpy as np
import pytest

from survey_app.scoring import fits, leniency, variants
from survey_app.scoring.estimate import estimate
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.index import index
from survey_app.scoring.plan import Plan
from tests.scoring.rounds import UNITS, rows, sheets
from tests.scoring.test_reliability import GOLDEN


def raters() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with (GOLDEN / "raters_A_in.csv").open(encoding="utf-8") as file:
        found = sorted((int(r["business"]), int(r["unit"]) - 1, float(r["y"])) for r in csv.DictReader(file))
    business, unit, y = (np.array(column) for column in zip(*found, strict=True))
    return y[:, None], unit, business


def test_within_businesses_is_the_regression_with_a_level_for_each() -> None:
    y, unit, business = raters()
    fit = fits.fit_within(y, fits.plain(unit, business, 12))
    with (GOLDEN / "raters_A_fixed_business_within_out.csv").open(encoding="utf-8") as file:
        expected = [float(row["within_est_centred"]) for row in csv.DictReader(file)]
    assert fit.theta[:, 0] - fit.theta[:, 0].mean() == pytest.approx(expected, abs=1e-9)
    assert fit.theta[unit, 0].mean() == pytest.approx(y.mean(), abs=1e-9), "the mean over all sheets stays"


@pytest.mark.parametrize("model", [fits.fit_means, fits.fit_within, leniency.fit_mixed])
def test_scores_are_the_weights_times_the_sheets_in_any_blocks(model: fits.Model) -> None:
    y, unit, business = raters()
    fit = model(y, fits.plain(unit, business, 12))
    cuts = [0, *(np.flatnonzero(np.diff(business)) + 1)[[20, 90]].tolist(), unit.size]
    blocks = [slice(a, b) for a, b in pairwise(cuts)]
    assert sum(fit.weights(at) @ y[at] for at in blocks) == pytest.approx(fit.theta, abs=1e-8)
    assert fit.residuals[:, 0] == pytest.approx(y[:, 0] - fit.theta[unit, 0])


def test_units_that_no_business_joins_are_not_compared() -> None:
    y = np.array([[1.0], [3.0], [2.0], [2.0], [9.0], [5.0]])
    fit = fits.fit_within(y, fits.plain(np.array([0, 1, 0, 1, 2, 3]), np.array([1, 1, 2, 2, 3, 4]), 4))
    assert fit.theta[1, 0] - fit.theta[0, 0] == pytest.approx(1.0)
    assert np.isnan(fit.theta[2:, 0]).all()


def base(plan: Plan) -> GroupEstimate:
    return estimate(plan, [sheets(plan, rows(200))]).groups[0]


def test_the_composite_is_the_businesses_part_of_the_tree(tiny: Plan) -> None:
    group = base(tiny)
    value, covariance = variants.composite(tiny, group)
    scores = {s.unit: s for s in index(tiny, estimate(tiny, [sheets(tiny, rows(200))])).scores if s.node == "business"}
    assert value == pytest.approx([scores[unit].value for unit in UNITS], abs=1e-9)
    assert np.sqrt(np.diag(covariance)) == pytest.approx([scores[unit].se for unit in UNITS], abs=1e-9)


def test_tiers_are_those_of_the_published_order(tiny: Plan) -> None:
    found = variants.tiers(tiny, base(tiny), {})
    standing = index(tiny, estimate(tiny, [sheets(tiny, rows(200))])).groups[0]
    assert found == {one.unit: one.tier for one in standing.standings}
    assert variants.tiers(tiny, base(tiny), dict.fromkeys(UNITS[:2], 10_000)) == {}, "three units are not ranked"


@pytest.mark.parametrize(("apart", "told"), [(0, True), (1, False), (9, False), (10, True), (11, True)])
def test_a_second_figure_differs_by_nobody_or_by_ten(tiny: Plan, apart: int, told: bool) -> None:
    far = np.array([apart, 0, 50, 50, 50])
    found = variants.shifts(tiny, base(tiny), base(tiny), [far], {})
    assert (found["A"].score is not None) == told
    assert found["A"].tier == "same"
    again = variants.shifts(tiny, base(tiny), base(tiny), [np.full(5, 50), far], {})
    assert (again["A"].score is not None) == told, "from every figure that is told"


def test_a_tier_nearer_the_first_is_a_better_one() -> None:
    assert [variants.moved(*pair) for pair in ((2, 1), (1, 2), (1, 1), (None, 1), (1, None))] == [
        "up", "down", "same", None, None,
    ]  # fmt: skip


def test_who_rated_several_units_and_who_differs(tiny: Plan) -> None:
    given = sheets(tiny, rows(40))
    everyone = np.ones(given.count, dtype=bool)
    several = variants.several_units(given, everyone)
    rated: dict[int, set[int]] = {}
    for b, u in zip(given.business.tolist(), given.unit.tolist(), strict=True):
        rated.setdefault(b, set()).add(u)
    assert set(given.business[several].tolist()) == {b for b, units in rated.items() if len(units) > 1}
    without = everyone & (given.business > 5)
    expected = [len([b for b, units in rated.items() if b <= 5 and u in units]) for u in range(5)]
    assert variants.apart(given, everyone, without).tolist() == expected
