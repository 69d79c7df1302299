"""Careless answers, against R's careless and against the definitions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from survey_app.scoring import careless
from tests.scoring import reference

X = reference.matrix("careless_A_in.csv")
SCALES = (6, 6, 6, 6)


def out(name: str) -> np.ndarray:
    return reference.column("careless_A_out.csv", name)


def test_runs_equal_careless() -> None:
    longest, average = careless.runs(X)
    assert (longest == out("longstr")).all()
    assert average == pytest.approx(out("avgstr"), rel=1e-12)


def test_variability_equals_careless() -> None:
    assert careless.deviation(X) == pytest.approx(out("irv"), rel=1e-12)


def test_mahalanobis_equals_careless() -> None:
    distance, chance = careless.mahalanobis(X)
    assert distance == pytest.approx(out("mahad"), rel=1e-9)
    assert chance == pytest.approx(stats.chi2.sf(out("mahad"), 24), rel=1e-9)
    cut = careless.mahalanobis_cut(24, 0.99)
    assert ((distance > cut) == (chance < 0.01)).all()


def test_even_odd_equals_careless_with_the_usual_sign() -> None:
    assert careless.even_odd(X, SCALES) == pytest.approx(-out("evenodd"), rel=1e-9, nan_ok=True)


def test_synonyms_equal_careless() -> None:
    assert careless.synonyms(X) == pytest.approx(out("psychsyn_r0.5"), rel=1e-9, nan_ok=True)


def test_all_signs_come_together() -> None:
    found = careless.signs(X, SCALES)
    assert (found.longest == out("longstr")).all()
    assert found.even_odd == pytest.approx(-out("evenodd"), nan_ok=True)
    assert {len(getattr(found, name)) for name in found.__struct_fields__} == {300}


def test_a_question_left_out_does_not_end_a_run() -> None:
    longest, average = careless.runs(np.array([[1, np.nan, 1, 1, 2], [np.nan] * 5]))
    assert longest == pytest.approx([3, np.nan], nan_ok=True)
    assert average == pytest.approx([2, np.nan], nan_ok=True)


def test_modal_share_is_that_of_the_most_frequent_answer() -> None:
    rows = np.array([[3, 1, 3, np.nan], [1, 2, 3, 4], [2, 2, 2, 2], [np.nan] * 4])
    assert careless.modal_share(rows) == pytest.approx([2 / 3, 1 / 4, 1, np.nan], nan_ok=True)


def test_distance_uses_only_what_is_answered() -> None:
    draw = np.random.default_rng(1)
    full = draw.normal(size=(500, 3)) @ draw.normal(size=(3, 3))
    gaps = np.column_stack([full[:, :2], np.full(500, np.nan)])
    assert careless.mahalanobis(gaps)[0] == pytest.approx(careless.mahalanobis(full[:, :2])[0], rel=1e-9)
    assert careless.mahalanobis(gaps)[1] == pytest.approx(careless.mahalanobis(full[:, :2])[1], rel=1e-9)


def test_an_item_that_follows_from_others_adds_no_distance() -> None:
    full = np.random.default_rng(2).normal(size=(200, 3))
    double = np.column_stack([full, full.sum(axis=1)])
    for twice, once in zip(careless.mahalanobis(double), careless.mahalanobis(full), strict=True):
        assert twice == pytest.approx(once, rel=1e-7)


def test_both_ways_to_the_distance_agree() -> None:
    x = X.copy()
    x[np.random.default_rng(5).random(x.shape) < 0.1] = np.nan
    mean, covariance = np.nanmean(x, axis=0), np.cov(X.T)
    for quick, slow in zip(
        careless._distances(x - mean, covariance), careless._distances_in_part(x - mean, covariance), strict=True
    ):
        assert quick == pytest.approx(slow, rel=1e-9)


def test_items_never_answered_together_leave_the_distance_unknown_only_where_it_is() -> None:
    x = X[:100, :3].copy()
    x[:50, 0] = np.nan
    x[50:, 1] = np.nan
    assert not np.isnan(careless.mahalanobis(x)[0]).any()
    x[0, 0] = 3
    assert np.flatnonzero(np.isnan(careless.mahalanobis(x)[0])).tolist() == [0]


def test_synonyms_are_pairs_over_the_threshold_by_another_route() -> None:
    draw = np.random.default_rng(3)
    x = draw.normal(size=(120, 6)) + draw.normal(size=(120, 1)) * 1.2
    x[draw.random(x.shape) < 0.1] = np.nan
    later, earlier = careless.synonym_pairs(x)
    pairs = set(zip(later.tolist(), earlier.tolist(), strict=True))
    for a in range(6):
        for b in range(a):
            both = ~np.isnan(x[:, a]) & ~np.isnan(x[:, b])
            assert ((a, b) in pairs) == (np.corrcoef(x[both, a], x[both, b])[0, 1] > 0.5)
    row = x[0]
    ok = ~np.isnan(row[later]) & ~np.isnan(row[earlier])
    assert careless.synonyms(x)[0] == pytest.approx(np.corrcoef(row[later][ok], row[earlier][ok])[0, 1])


def test_whoever_answers_against_the_group_fits_badly() -> None:
    draw = np.random.default_rng(4)
    x = np.clip(np.round(np.array([1, 2, 3, 4, 5, 5, 2, 1]) + draw.normal(0, 0.5, (60, 8))), 1, 5)
    x[0] = 6 - x[1]
    x[2] = 3
    fit = careless.person_fit(x)
    assert fit[0] < -0.8
    assert np.isnan(fit[2])
    assert np.nanmin(np.delete(fit, 0)) > 0.5
    assert fit[1] == pytest.approx(np.corrcoef(x[1], np.delete(x, 1, axis=0).mean(axis=0))[0, 1])


def test_sheets_that_tell_nothing_are_unknown() -> None:
    for rows in (np.full((3, 6), np.nan), np.full((1, 6), 2.0), np.full((4, 6), 2.0)):
        found = careless.signs(rows, (2, 2, 2))
        for name in ("distance", "chance", "even_odd", "synonyms", "fit"):
            assert np.isnan(getattr(found, name)).all()


def test_opposite_halves_are_minus_one() -> None:
    assert careless.even_odd(np.array([[1.0, 5, 3, 3, 5, 1]]), (2, 2, 2)) == pytest.approx([-1])


def test_scales_that_do_not_cover_the_items_are_refused() -> None:
    with pytest.raises(ValueError, match="the scales have 4 items, the answers 6; list every scale"):
        careless.even_odd(np.ones((2, 6)), (2, 2))


def signs_of(**changed: float) -> careless.Signs:
    """One sheet that shows nothing, but for what is changed."""
    honest = {"longest": 3, "average": 1.3, "deviation": 1.0, "modal": 0.4, "distance": 9.0, "chance": 0.5,
              "even_odd": 0.8, "synonyms": 0.3, "fit": 0.4}  # fmt: skip
    return careless.Signs(**{name: np.array([float(value)]) for name, value in (honest | changed).items()})


CUTS = [("longest", 4, 5), ("modal", 0.95, 0.96), ("deviation", 0.21, 0.2), ("chance", 0.001, 0.0009),
        ("even_odd", 0, -0.01), ("synonyms", 0, -0.01), ("fit", 0, -0.01)]  # fmt: skip


@pytest.mark.parametrize(("name", "honest", "careless_"), CUTS, ids=[name for name, *_ in CUTS])
def test_each_sign_counts_from_its_cut_on(name: str, honest: float, careless_: float) -> None:
    asked = np.array([10])
    assert careless.beyond(signs_of(**{name: honest}), asked).tolist() == [0]
    assert careless.beyond(signs_of(**{name: careless_}), asked).tolist() == [1]
    assert [key for key, mark in careless.marks(signs_of(**{name: careless_}), asked).items() if mark[0]] == [name]


def test_what_is_unknown_is_no_sign_and_several_add_up() -> None:
    unknown = dict.fromkeys(careless.Signs.__struct_fields__, np.nan)
    assert careless.beyond(signs_of(**unknown), np.array([10])).tolist() == [0]
    straight = signs_of(**(unknown | {"longest": 10, "average": 10, "deviation": 0, "modal": 1}))
    assert careless.beyond(straight, np.array([10])).tolist() == [3]
    assert careless.beyond(straight, np.array([21])).tolist() == [2], "half of what the sheet was asked"


def test_only_signs_that_are_counted_are_counted() -> None:
    found = signs_of(longest=10, fit=-0.5, synonyms=-0.5)
    assert careless.beyond(found, np.array([10])).tolist() == [3]
    assert careless.beyond(found, np.array([10]), {"longest", "fit"}).tolist() == [2]
    assert careless.beyond(found, np.array([10]), ()).tolist() == [0]


def test_a_correlation_below_0_on_many_sheets_tells_nothing() -> None:
    found = signs_of()
    many = {name: np.full(100, 1.0) for name in careless.Signs.__struct_fields__}
    many["fit"][:16], many["even_odd"][:15], many["synonyms"][:20] = -1, -1, np.nan
    many["synonyms"][20:32] = -1
    assert careless.telling(careless.Signs(**many)) == {"even_odd": True, "synonyms": True, "fit": False}
    many["synonyms"][32] = -1
    assert not careless.telling(careless.Signs(**many))["synonyms"], "of the sheets on which it is known"
    assert all(careless.telling(found).values())
    assert all(careless.telling(signs_of(fit=-1)).values()), "one sheet is no share"


def test_signs_of_many_sheets_are_counted_as_one_by_one() -> None:
    found, asked = careless.signs(X, SCALES), np.full(300, 24)
    by_hand = []
    for i in range(300):
        flat = [found.longest[i] >= 12, found.deviation[i] <= 0.2, found.modal[i] > 0.95, found.chance[i] < 0.001]
        by_hand.append(sum(map(bool, [*flat, found.even_odd[i] < 0, found.synonyms[i] < 0, found.fit[i] < 0])))
    assert careless.beyond(found, asked).tolist() == by_hand
