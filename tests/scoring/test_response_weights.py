"""Response weights, against R's survey and against the definitions."""

from __future__ import annotations

import numpy as np
import pytest

from survey_app.scoring import response_weights
from survey_app.scoring.response_weights import Margin, margin
from tests.scoring import reference

NAMES = ("sector", "size", "channel")
ANSWERS = reference.rows("rake_A_in.csv")
BASE = reference.column("rake_A_in.csv", "base_weight")
Y = reference.column("rake_A_in.csv", "y")
MEANS = reference.values("rake_A_means_out.csv")


def known(name: str) -> Margin:
    rows = [row for row in reference.rows("rake_A_margins.csv") if row["margin"] == name]
    return margin(name, [row[name] for row in ANSWERS], {row["level"]: float(row["total"]) for row in rows})


MARGINS = [known(name) for name in NAMES]


def out(name: str) -> np.ndarray:
    return reference.column("rake_A_out.csv", name)


def test_raked_weights_equal_survey() -> None:
    assert response_weights.raked(BASE, MARGINS) == pytest.approx(out("w_rake"), rel=1e-9)


def test_post_stratified_weights_equal_survey() -> None:
    assert response_weights.post_stratified(BASE, MARGINS[0]) == pytest.approx(out("w_poststrat_sector"), rel=1e-12)


def test_calibrated_weights_equal_survey_and_raking() -> None:
    found = response_weights.calibrated(BASE, MARGINS)
    assert found == pytest.approx(out("w_calibrate_raking"), rel=1e-9)
    assert found == pytest.approx(response_weights.raked(BASE, MARGINS), rel=1e-9)


def test_trimmed_weights_equal_survey() -> None:
    weights = response_weights.raked(BASE, MARGINS)
    found = response_weights.trimmed(weights, float(np.quantile(weights, 0.95)))
    assert found == pytest.approx(out("w_rake_trim_p95"), rel=1e-9)
    assert found.sum() == pytest.approx(weights.sum())


def test_means_and_their_errors_equal_survey() -> None:
    raked = response_weights.raked(BASE, MARGINS)
    strata = response_weights.post_stratified(BASE, MARGINS[0])
    for name, found in {
        "base": response_weights.weighted_mean(Y, BASE),
        "rake": response_weights.weighted_mean(Y, raked, MARGINS),
        "post": response_weights.weighted_mean(Y, strata, MARGINS[:1], BASE),
    }.items():
        assert (found.value, found.se) == pytest.approx((MEANS[f"mean_{name}"], MEANS[f"se_{name}"]), rel=1e-9)


def test_effective_number_equals_survey() -> None:
    found = response_weights.efficiency(response_weights.raked(BASE, MARGINS))
    assert found.n_eff == pytest.approx(MEANS["kish_neff_rake"], rel=1e-9)
    assert found.deff == pytest.approx(MEANS["kish_deff_rake"], rel=1e-9)


def test_means_of_groups_equal_survey() -> None:
    weights = response_weights.raked(BASE, MARGINS)
    found = response_weights.group_means(Y, [row["sector"] for row in ANSWERS], weights, MARGINS)
    for row in reference.rows("rake_A_by_sector_out.csv"):
        mean = found[row["sector"]]
        assert mean.value == pytest.approx(float(row["mean"]), rel=1e-9)
        assert mean.se == pytest.approx(float(row["se"]), rel=1e-9)


def test_plain_post_stratification_is_total_over_count() -> None:
    strata = margin("size", ["a", "a", "b"], {"a": 10, "b": 7})
    assert response_weights.post_stratified(np.ones(3), strata) == pytest.approx([5, 5, 7])


def test_any_number_of_margins_is_met() -> None:
    draw = np.random.default_rng(5)
    columns = [draw.integers(0, 3, 300).astype(str) for _ in range(5)]
    margins = [margin(str(k), list(c), {"0": 50, "1": 20 + k, "2": 30 - k}) for k, c in enumerate(columns)]
    for made in (response_weights.raked(np.ones(300), margins), response_weights.calibrated(np.ones(300), margins)):
        for each in margins:
            assert each.sums(made) == pytest.approx(each.totals, rel=1e-10)


def test_trimming_may_keep_the_margins() -> None:
    weights = response_weights.raked(BASE, MARGINS)
    cap = float(np.quantile(weights, 0.95))
    found = response_weights.trimmed_to_margins(BASE, MARGINS, cap)
    assert found.max() <= cap < weights.max()
    for each in MARGINS:
        assert each.sums(found) == pytest.approx(each.totals, rel=1e-9)


def test_a_cap_at_the_mean_makes_all_equal() -> None:
    assert response_weights.trimmed(np.array([1.0, 2.0, 3.0]), 2.0) == pytest.approx([2, 2, 2])


def test_equal_weights_cost_nothing_and_give_the_textbook_error() -> None:
    assert response_weights.efficiency(np.full(8, 3.0)).n_eff == pytest.approx(8)
    y = np.array([1.0, 2.0, 4.0, 9.0])
    found = response_weights.weighted_mean(y, np.full(4, 7.0))
    assert (found.value, found.se) == pytest.approx((y.mean(), y.std(ddof=1) / 2))


def test_the_error_of_a_post_stratified_mean_is_that_within_strata() -> None:
    strata = margin("s", ["a"] * 3 + ["b"] * 3, {"a": 3, "b": 3})
    y = np.array([1.0, 1, 1, 9, 9, 9])
    weights = response_weights.post_stratified(np.ones(6), strata)
    assert response_weights.weighted_mean(y, weights, [strata]).se == pytest.approx(0, abs=1e-12)
    assert response_weights.weighted_mean(y, weights).se > 1


def test_gaps_are_left_out_and_nothing_answered_is_unknown() -> None:
    found = response_weights.weighted_mean(np.array([1.0, np.nan, 4.0]), np.array([2.0, 5.0, 1.0]))
    assert (found.value, found.n) == (pytest.approx(2.0), 2)
    nothing = response_weights.weighted_mean(np.full(3, np.nan), np.ones(3))
    assert np.isnan(nothing.value)
    assert nothing.n == 0
    one = response_weights.weighted_mean(np.array([5.0]), np.ones(1))
    assert one.value == 5
    assert np.isnan(one.se)


@pytest.mark.parametrize(
    ("categories", "totals", "says"),
    [
        (["a", "b"], {"a": 1.0}, "margin size: no total for 'b'; give it one"),
        (["a", "a"], {"a": 1.0, "b": 2.0}, "margin size: nobody answered in 'b'; merge"),
        (["a", "b"], {"a": 1.0, "b": 0.0}, "margin size: the total of 'b' is 0; give a number above 0"),
        (["a", "b"], {"a": -1.0, "b": 2.0}, "margin size: the total of 'a' is -1"),
        (["a"], {"a": float("nan")}, "margin size: the total of 'a' is nan"),
        ([], {}, "margin size: has no totals"),
    ],
)
def test_a_margin_that_cannot_be_is_refused_in_one_line(
    categories: list[str], totals: dict[str, float], says: str
) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        margin("size", categories, totals)
    assert "\n" not in str(refused.value)


def test_totals_that_disagree_are_refused() -> None:
    margins = [margin("a", ["x", "y"], {"x": 1, "y": 1}), margin("b", ["x", "y"], {"x": 1, "y": 2})]
    with pytest.raises(ValueError, match="margin b: its totals add up to 3, those of a to 2"):
        response_weights.raked(np.ones(2), margins)


def test_margins_that_no_weights_meet_are_refused() -> None:
    margins = [margin("a", ["x", "y"], {"x": 1, "y": 3}), margin("b", ["x", "y"], {"x": 3, "y": 1})]
    for make in (response_weights.raked, response_weights.calibrated):
        with pytest.raises(ValueError, match="margins a and b: no weights meet all of them"):
            make(np.ones(2), margins)


def test_weights_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="respondent 2 has weight 0"):
        response_weights.efficiency(np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match="no respondents"):
        response_weights.raked(np.empty(0), [])
    with pytest.raises(ValueError, match="2 respondents, but 3 weights"):
        response_weights.post_stratified(np.ones(3), margin("a", ["x", "y"], {"x": 1, "y": 1}))
    with pytest.raises(ValueError, match="the cap 1 is below the mean weight 2"):
        response_weights.trimmed(np.array([1.0, 3.0]), 1.0)
    with pytest.raises(ValueError, match="'a' cannot reach its total under the cap 4; raise the cap"):
        response_weights.trimmed_to_margins(np.ones(3), [margin("s", ["a", "b", "b"], {"a": 5, "b": 5})], 4.0)
