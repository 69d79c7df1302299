"""Rank confidence sets, against R's csranks and against what they promise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from survey_app.scoring import rank_sets
from survey_app.scoring.rank_sets import RankSets
from tests.scoring import reference

THETA = reference.column("raters_A_fixed_units_out.csv", "gls_mean")
V = reference.matrix("raters_A_fixed_units_vcov_out.csv")
KINDS = {"simul": rank_sets.simultaneous, "marg": rank_sets.marginal}


@pytest.mark.parametrize("percent", [90, 95])
@pytest.mark.parametrize("steps", ["step", "single"])
@pytest.mark.parametrize("kind", ["simul", "marg"])
def test_sets_equal_csranks(kind: str, steps: str, percent: int) -> None:
    found = KINDS[kind](THETA, V, seed=1, level=percent / 100, stepwise=steps == "step")
    apart = [
        np.abs(bound - reference.column("csranks_A_out.csv", f"{kind}_{steps}_{percent}_{end}"))
        for bound, end in ((found.low, "L"), (found.high, "U"))
    ]
    # Critical values are drawn: a comparison on the edge may fall either way.
    assert max(part.max() for part in apart) <= 1
    assert sum(part.sum() for part in apart) <= 2


def test_the_three_best_and_worst_equal_csranks() -> None:
    rows = reference.rows("csranks_A_taubest_out.csv")
    best = rank_sets.tau_best(THETA, V, tau=3, seed=1)
    worst = rank_sets.tau_best(-THETA, V, tau=3, seed=1)
    assert best.tolist() == [row["tau3_best_95"] == "TRUE" for row in rows]
    assert worst.tolist() == [row["tau3_worst_95"] == "TRUE" for row in rows]


def test_stepwise_and_marginal_sets_are_inside_the_others() -> None:
    def width(sets: RankSets) -> np.ndarray:
        return sets.high - sets.low

    for make in KINDS.values():
        assert (width(make(THETA, V, 1)) <= width(make(THETA, V, 1, stepwise=False))).all()
    assert (width(rank_sets.marginal(THETA, V, 1)) <= width(rank_sets.simultaneous(THETA, V, 1))).all()


def test_the_critical_value_of_two_units_is_that_of_a_normal() -> None:
    for apart, told in ((1.9, False), (2.02, True)):
        found = rank_sets.simultaneous(np.array([0.0, apart]), np.eye(2) / 2, seed=3, draws=200_000)
        assert (found.low.tolist() == [2, 1]) == told


@pytest.mark.parametrize(("apart", "told"), [(0.84, False), (0.92, True)])
def test_errors_that_units_share_do_not_blur_their_difference(apart: float, told: bool) -> None:
    # the difference of two estimates of variance 1 and correlation 0.9 has a standard error of 0.447
    found = rank_sets.marginal(np.array([0.0, apart]), np.array([[1, 0.9], [0.9, 1]]), seed=3, draws=100_000)
    assert (found.low.tolist() == [2, 1]) == told


@pytest.mark.parametrize("make", [rank_sets.simultaneous, rank_sets.marginal])
def test_ranks_are_covered_as_often_as_promised(make: Callable[..., RankSets]) -> None:
    draw = np.random.default_rng(5)
    truth = np.array([2.0, 1.0, 0.0, 0.0, -1.0])
    low, high = np.array([1, 2, 3, 3, 5]), np.array([1, 2, 4, 4, 5])
    covered = []
    for seed in range(150):
        found = make(truth + draw.normal(size=5) * 0.5, np.eye(5) * 0.25, seed, level=0.9, draws=1000)
        inside = (found.low <= low) & (found.high >= high)
        covered.append(inside.all() if make is rank_sets.simultaneous else inside.mean())
    assert np.mean(covered) > 0.85


def test_the_same_seed_draws_the_same() -> None:
    first, second = (rank_sets.simultaneous(THETA, V, seed=7) for _ in range(2))
    assert (first.low == second.low).all()
    assert (first.high == second.high).all()


def test_level_units_share_all_ranks_and_certain_ones_none() -> None:
    level = rank_sets.simultaneous(np.ones(3), np.eye(3), seed=1)
    assert (level.low.tolist(), level.high.tolist()) == ([1, 1, 1], [3, 3, 3])
    certain = rank_sets.marginal(np.array([1.0, 3.0, 2.0, 2.0]), np.zeros((4, 4)), seed=1)
    assert (certain.low.tolist(), certain.high.tolist()) == ([4, 1, 2, 2], [4, 1, 3, 3])
    alone = rank_sets.marginal(np.ones(1), np.eye(1), seed=1)
    assert (alone.low.tolist(), alone.high.tolist()) == ([1], [1])
    assert rank_sets.simultaneous(np.ones(1), np.eye(1), seed=1).high.tolist() == [1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"level": 1.0}, "the level is 1; give one between 0 and 1"),
        ({"covariance": np.eye(3)}, "12 estimates, but a covariance of 3 × 3; give one row a unit"),
        ({"estimate": np.full(12, np.nan)}, "an estimate or its covariance is unknown"),
        ({"tau": 13}, "the best 13 of 12 units do not exist; take 1 to 12"),
    ],
)
def test_what_has_no_sets_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        rank_sets.tau_best(**({"estimate": THETA, "covariance": V, "tau": 3, "seed": 1} | change))
