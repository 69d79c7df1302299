"""Stuffed ballots: invented sheets in the sums against sheets really added, the least number, marks by unit."""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np
import pytest

from survey_app.scoring import cleaning, fits, leniency, stuffing
from survey_app.scoring.estimate import estimate_group
from survey_app.scoring.fits import Design
from survey_app.scoring.plan import Plan
from survey_app.scoring.plan_load import load_plan
from survey_app.scoring.ranks import LEAST_UNITS
from survey_app.scoring.sheets import Row, Sheets
from survey_app.scoring.stuffing import Lifted, Order, Stuffing
from tests.scoring.conftest import TINY
from tests.scoring.rounds import rows, sheets

FIXED = TINY.replace("  - {id: tg01, statistic: median,", "  - {id: tg01, statistic: mean,")  # nothing but means


def round_of(plan: Plan, several: bool = True) -> Sheets:
    """120 businesses; without `several` none rates two units."""
    given = [row for row in rows(120) if several or row.main]
    return sheets(plan, [msgspec.structs.replace(row, answers=lifted(row)) for row in given])


def lifted(row: Row) -> dict[str, str | None]:
    """The units differ: the later in the alphabet, the better, so that there are tiers."""
    good = "ABCDE".index(row.unit)
    return {
        name: str(min(5, 1 + (int(code) + good) // 2)) if name in ("mb01", "tg02") and code else code
        for name, code in row.answers.items()
    }


@cache
def reports(several: bool = True) -> tuple[Stuffing, ...]:
    plan = load_plan(FIXED)
    group = round_of(plan, several)
    flags = cleaning.flags(plan, group)
    return stuffing.stuffing(plan, group, flags, estimate_group(plan, group, flags.flagged, rounded=False), 1)


def search(several: bool = True) -> Lifted:
    plan = load_plan(FIXED)
    group = round_of(plan, several)
    flags = cleaning.flags(plan, group)
    return Lifted(plan, group, flags, Order(plan, estimate_group(plan, group, flags.flagged, rounded=False)))


def with_sheets(y: np.ndarray, design: Design, u: int, number: int, best: float) -> tuple[np.ndarray, Design]:
    """The round with sheets of new businesses appended, average in all but their main unit."""
    row = design.covariates.mean(axis=0)
    row[0] = 1.0
    more = np.full(number, u)
    return np.append(y, np.full(number, best)), msgspec.structs.replace(
        design,
        unit=np.append(design.unit, more),
        business=np.append(design.business, design.business[-1] + 1 + np.arange(number)),
        home=np.append(design.home, more),
        covariates=np.vstack([design.covariates, np.tile(row, (number, 1))]),
    )


@pytest.mark.parametrize(("u", "number"), [(0, 0), (0, 1), (2, 17), (4, 60)])
def test_invented_sheets_in_the_sums_are_sheets_added_to_the_round(u: int, number: int) -> None:
    """The reference of the covariates stays: it lifts all units alike."""
    found = search()
    assert found.adjusted
    value, covariance = found.scores(u, number)
    y, design = with_sheets(found.y, found.design, u, number, found.best)
    again = leniency.fit_mixed(y[:, None], design)
    np.testing.assert_allclose(value, again.theta[:, 0], atol=1e-8)
    np.testing.assert_allclose(covariance, again.covariance, atol=1e-8)


def test_sums_without_single_raters_take_invented_ones_too() -> None:
    """Every business rates two units: no sum of businesses with one sheet is there yet."""
    generator = np.random.Generator(np.random.PCG64(2))
    unit = np.array([[b % 5, (b + 1 + b // 5) % 5] for b in range(40)]).ravel()
    kept = unit.reshape(-1, 2)[:, 0] != unit.reshape(-1, 2)[:, 1]
    unit = unit.reshape(-1, 2)[kept].ravel()
    design = fits.plain(unit, np.repeat(np.arange(kept.sum()), 2), 5)
    y = 50 + 3 * unit + generator.normal(0, 8, unit.size)
    stuffed = leniency.each_of(stuffing.stuffed(leniency.Moments(y[:, None], design), design, 3, 9, 100.0))
    more = np.full(9, 3)
    again = msgspec.structs.replace(
        design,
        unit=np.append(unit, more),
        business=np.append(design.business, 1000 + np.arange(9)),
        home=np.append(design.home, more),
        covariates=np.zeros((unit.size + 9, 0)),
    )
    fit = leniency.fit_mixed(np.append(y, np.full(9, 100.0))[:, None], again)
    np.testing.assert_allclose(stuffed.theta[:, 0], fit.theta[:, 0], atol=1e-8)


def test_the_number_told_is_the_least_that_lifts_the_unit_by_a_tier() -> None:
    found = search()
    told = {u: one.invented for u, one in enumerate(reports()) if one.invented is not None}
    assert told
    for u, number in told.items():
        assert found.lifts(u, number)
        assert number == 1 or not found.lifts(u, number - 1)


def test_the_first_tier_cannot_be_left_upwards_and_too_few_tries_tell_nothing() -> None:
    found = search()
    first = [u for u, tier in found.order.tiers.items() if tier == 1]
    lower = [u for u, tier in found.order.tiers.items() if tier > 1]
    assert first
    assert lower
    assert all(found.least(u, 10_000) is None for u in first)
    for u in lower:
        least = found.least(u, 10_000)
        assert least is not None
        assert found.least(u, least) == least
        assert found.least(u, least - 1) is None


def test_plain_means_are_lifted_by_plain_arithmetic() -> None:
    """Where no business rated two units nothing is adjusted: (Σ y + 100 k) / (n + k)."""
    found = search(several=False)
    assert not found.adjusted
    value, covariance = found.scores(1, 7)
    own = found.y[found.design.unit == 1]
    assert value[1] == pytest.approx((own.sum() + 7 * found.best) / (own.size + 7))
    mean = (own.sum() + 7 * found.best) / (own.size + 7)
    away = np.append(own, np.full(7, found.best)) - mean
    clusters = np.unique(found.design.business).size + 7
    assert covariance[1, 1] == pytest.approx((away**2).sum() / (own.size + 7) ** 2 * clusters / (clusters - 1))


def test_a_report_stands_for_every_unit_with_what_was_flagged() -> None:
    plan = load_plan(FIXED)
    group = round_of(plan)
    labels = np.where((group.unit == 1) & (np.arange(group.count) < 60), 7, -1)
    labelled = msgspec.structs.replace(group, labels=labels)
    flags = cleaning.flags(plan, labelled)
    base = estimate_group(plan, labelled, flags.flagged, rounded=False)
    found = stuffing.stuffing(plan, labelled, flags, base, 1)
    assert [one.unit for one in found] == list("ABCDE")
    assert found[1].burst == pytest.approx((labels == 7).sum() / (group.unit == 1).sum())
    assert found[1].flagged >= (labels == 7).sum()
    assert found[0].burst == 0.0
    assert [one.sheets for one in found] == np.bincount(group.unit).tolist()
    assert found[1].rank_all_sheets is not None


def test_twin_ranks_are_those_of_differences_within_businesses() -> None:
    plan = load_plan(FIXED)
    group = search()
    theta = fits.fit_within(group.y[:, None], group.design).theta[:, 0]
    assert [one.within_rank for one in reports()] == (1 + (theta[None, :] > theta[:, None]).sum(axis=1)).tolist()
    assert [one.within_rank for one in reports(several=False)] == [None] * 5
    assert plan.id == "tiny"


def test_units_with_too_few_sheets_and_groups_too_small_have_no_order() -> None:
    plan = load_plan(FIXED)
    few = sheets(plan, rows(12))
    flags = cleaning.flags(plan, few)
    base = estimate_group(plan, few, flags.flagged, rounded=False)
    order = Order(plan, base)
    assert len(order.members) < LEAST_UNITS
    for one in stuffing.stuffing(plan, few, flags, base, 1):
        assert (one.rank, one.tier, one.invented) == (None, None, None)
