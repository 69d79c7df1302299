"""A look at figures: statistics, correlations, alphas, components, a unit's strengths and weaknesses."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from survey_app.scoring import multivariate
from survey_app.scoring.multivariate import correlation, univariate
from tests.scoring import figures
from tests.scoring.figures import UNITS

GAP = np.nan


def test_statistics_of_a_figure_with_gaps_are_those_of_its_known_values() -> None:
    values = np.array([0.0, 0.0, 3.0, GAP, 5.0, 8.0, 8.0, 8.0])
    found, known = univariate(values), values[~np.isnan(values)]
    assert (found.low, found.high, found.median) == (0.0, 8.0, 5.0)
    assert found.sd == pytest.approx(np.sqrt(((known - known.mean()) ** 2).sum() / 6))
    assert found.skew == pytest.approx(stats.skew(known, bias=False))
    assert found.kurtosis == pytest.approx(stats.kurtosis(known, bias=False))
    assert (found.known, found.non_zero, found.different, found.same) == (7, 5, 4, 3)
    assert found.shares == pytest.approx((7 / 8, 5 / 7, 4 / 7, 3 / 7))
    assert [found.few_known, found.few_non_zero, found.few_different, found.outliers] == [False] * 4


def test_flags_count_against_all_units_and_stand_for_what_is_wrong() -> None:
    assert univariate(np.array([1.0, 2.0, 3.0, GAP, GAP])).few_known
    assert univariate(np.array([0.0, 0.0, 0.0, 1.0, 2.0])).few_non_zero
    assert univariate(np.array([1.0, 1.0, 1.0, 1.0, 2.0])).few_different
    assert univariate(np.array([1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 2.0, 900.0])).outliers


@pytest.mark.parametrize("values", [[GAP, GAP, GAP], [], [4.0], [2.0, 2.0, 2.0, 2.0, 2.0]])
def test_empty_single_and_equal_figures_have_no_shape(values: list[float]) -> None:
    found = univariate(np.array(values))
    assert np.isnan(found.skew)
    assert np.isnan(found.kurtosis)
    assert not found.outliers


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_correlations_and_their_p_values_are_scipys_over_the_units_that_have_both(method: str) -> None:
    one = np.array([1.0, 4.0, 2.0, 2.0, 8.0, GAP, 5.0])
    other = np.array([2.0, 3.0, 3.0, GAP, 9.0, 1.0, 1.0])
    found = correlation("a", "b", {"a": one, "b": other}, method)
    both = ~np.isnan(one) & ~np.isnan(other)
    by_scipy = {"pearson": stats.pearsonr, "spearman": stats.spearmanr}[method](one[both], other[both])
    assert (found.r, found.p, found.n) == pytest.approx((by_scipy.statistic, by_scipy.pvalue, 5))


def test_two_figures_without_three_common_units_or_without_spread_have_no_correlation() -> None:
    columns = {"a": np.array([1.0, 2.0, GAP]), "b": np.array([1.0, 3.0, 2.0]), "c": np.array([7.0, 7.0, 7.0])}
    for pair in (("a", "b"), ("b", "c")):
        found = correlation(*pair, columns)
        assert np.isnan(found.r)
        assert found.flag is None


def test_a_correlation_says_what_is_wrong_with_it() -> None:
    rising = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    columns = {
        "node": rising,
        "same": 3 * rising + 1,
        "against": -rising,
        "apart": np.array([2.0, 1.0, 5.0, 1.0, 2.0]),
        "fine": np.array([1.0, 3.0, 2.0, 5.0, 3.0]),
    }
    flags = {name: correlation("node", name, columns).flag for name in columns if name != "node"}
    assert flags == {"same": "collinear", "against": "negative", "apart": "weak", "fine": None}
    assert correlation("node", "same", columns).p == pytest.approx(0.0, abs=1e-12)


def test_a_family_is_a_member_with_all_above_it_and_levels_count_from_the_root() -> None:
    plan = figures.plan()
    assert dict(multivariate.families(plan))["holes"] == ("roads", "index")
    assert multivariate.level(plan, 0) == ("index",)
    assert multivariate.level(plan, 1) == ("roads", "ports", "trust")
    assert multivariate.level(plan, 2) == ("length", "holes", "ships", "cranes")
    steps = figures.steps()
    columns = {name: steps.score(name) for name in steps.tree.nodes}
    assert len(multivariate.within_family(plan, columns)) == 2 * 4 + 3
    assert len(multivariate.between_levels(plan, columns, 1, 2)) == 3 * 4


def test_alpha_uses_the_units_that_have_both_of_a_pair() -> None:
    ships, cranes = np.array([1.0, 4.0, GAP, 3.0, 5.0, 2.0]), np.array([2.0, 3.0, 9.0, GAP, 5.0, 1.0])
    columns = figures.values().leaves | {"ships": ships, "cranes": cranes}
    columns |= {"roads": columns["length"], "ports": ships}
    both = ~np.isnan(ships) & ~np.isnan(cranes)
    covariance = float(np.cov(ships[both], cranes[both])[0, 1])
    total = np.nanvar(ships, ddof=1) + np.nanvar(cranes, ddof=1) + 2 * covariance
    assert multivariate.alphas(figures.plan(), columns)["ports"] == pytest.approx(2 * 2 * covariance / total)


def test_one_member_alone_has_neither_alpha_nor_components() -> None:
    alone = figures.TEXT.replace("        - {id: cranes, weight: 1}\n", "").replace(
        "  - {id: cranes, source: hard}\n", ""
    )
    plan, steps = figures.plan(alone), figures.steps(alone)
    columns = {name: steps.score(name) for name in steps.tree.nodes}
    assert np.isnan(multivariate.alphas(plan, columns)["ports"])
    assert "ports" not in multivariate.components(plan, columns)


def test_a_node_with_a_member_that_is_equal_for_all_has_no_components() -> None:
    columns = figures.values(ships=[5.0] * 6).leaves
    assert "ports" not in multivariate.components(
        figures.plan(), columns | {"roads": columns["length"], "ports": columns["trust"]}
    )


def test_the_only_last_unit_is_told_of_its_weakness_but_not_of_a_place_that_many_share() -> None:
    """COINr passes over both: a unit that is worst of all never read of it."""
    columns = figures.values(cranes=[0.0, 0.0, 4.0, 1.0, 2.0, 6.0]).leaves
    best, worst = multivariate.standouts(figures.plan(), columns, UNITS, "A", 2)
    assert [(one.leaf, one.rank) for one in best] == [("ships", 1), ("holes", 3)]
    assert [(one.leaf, one.rank, one.value) for one in worst] == [("trust", 3, 0.5), ("length", 6, 10.0)]


def test_duels_of_one_unit_are_a_tie_with_itself() -> None:
    alone = figures.values(1)
    assert multivariate.duels(figures.plan(), figures.steps(of=alone), "ports").tolist() == [[0.5]]


def test_a_summary_goes_from_the_root_downwards() -> None:
    steps = figures.steps()
    found = multivariate.summary(figures.plan(), steps, "E")
    assert [name for name, _, _ in found] == ["index", "roads", "ports"]
    assert found[0][1] == pytest.approx(float(steps.score("index")[4]))
