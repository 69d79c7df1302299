"""Posterior, probabilities, intervals and tiers against simulation and direct formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest

from survey_app.scoring import ranks

SCORES = np.array([88.0, 84.5, 84.0, 79.0, 86.0, 70.0])
NAMES = ("F", "B", "C", "D", "E", "A")


def covariance() -> np.ndarray:
    factor = np.random.default_rng(2).normal(0, 1, (6, 6))
    return factor @ factor.T * 0.4 + np.eye(6)


def test_the_posterior_agrees_with_the_formulas_written_out() -> None:
    c, ones = covariance(), np.ones(6)
    found = ranks.posterior(SCORES, c)
    weights, means, covariances = [], [], []
    for k in range(200):
        omega = (k + 0.5) / 200 * 3 * np.std(SCORES, ddof=1)
        v = c + omega**2 * np.eye(6)
        inverse = np.linalg.inv(v)
        total = ones @ inverse @ ones
        centre = ones @ inverse @ SCORES / total
        residual = SCORES - centre
        weights.append(-0.5 * (np.linalg.slogdet(v)[1] + math.log(total) + residual @ inverse @ residual))
        gain = omega**2 * inverse
        rest = (np.eye(6) - gain) @ ones
        means.append(centre + gain @ residual)
        covariances.append(omega**2 * (np.eye(6) - gain) + np.outer(rest, rest) / total)
    p = np.exp(np.array(weights) - max(weights))
    assert found.p == pytest.approx(p / p.sum(), abs=1e-10)
    assert found.means == pytest.approx(np.array(means), abs=1e-9)
    assert found.covariances == pytest.approx(np.array(covariances), abs=1e-9)


def draws(post: ranks.Posterior, size: int) -> np.ndarray:
    generator = np.random.default_rng(9)
    chosen = generator.choice(post.p.size, size, p=post.p)
    parts = [
        generator.multivariate_normal(post.means[k], post.covariances[k], int((chosen == k).sum()))
        for k in np.unique(chosen)
    ]
    return np.concatenate(parts)


def test_the_chance_to_be_ahead_agrees_with_monte_carlo() -> None:
    """20,000 draws: standard error at most 0.0036; four of them allowed."""
    post = ranks.posterior(SCORES, covariance())
    drawn = draws(post, 20_000)
    expected = (drawn[:, :, None] > drawn[:, None, :]).mean(axis=0)
    np.fill_diagonal(expected, 0.5)
    found = ranks.beats(post)
    assert found == pytest.approx(expected, abs=0.0145)
    assert found + found.T == pytest.approx(np.ones((6, 6)))


def test_expected_ranks_and_rank_intervals_agree_with_monte_carlo() -> None:
    post = ranks.posterior(SCORES, covariance())
    ranking = ranks.rank(NAMES, post, seed=1)
    drawn = draws(post, 20_000)
    drawn_ranks = 1 + (drawn[:, None, :] > drawn[:, :, None]).sum(axis=2)
    assert ranking.expected == pytest.approx(drawn_ranks.mean(axis=0), abs=0.05)
    assert (np.abs(ranking.low - np.quantile(drawn_ranks, 0.05, axis=0, method="inverted_cdf")) <= 1).all()
    assert (np.abs(ranking.high - np.quantile(drawn_ranks, 0.95, axis=0, method="inverted_cdf")) <= 1).all()
    assert ((ranking.low <= ranking.rank) & (ranking.rank <= ranking.high)).all()


def test_clear_differences_make_tiers_and_small_ones_do_not() -> None:
    scores = np.array([95.0, 94.5, 80.0, 79.9, 60.0])
    ranking = ranks.rank("ABCDE", ranks.posterior(scores, np.eye(5)), seed=1)
    assert ranking.tier.tolist() == [1, 1, 2, 2, 3]
    assert ranking.rank.tolist() == [1, 2, 3, 4, 5]
    wide = ranks.rank("ABCDE", ranks.posterior(scores, 900 * np.eye(5)), seed=1)
    assert wide.tier.tolist() == [1, 1, 1, 1, 1]


def test_a_tier_is_measured_from_its_first_unit_and_not_from_neighbours() -> None:
    chance = np.full((4, 4), 0.5)
    chance[0, 2], chance[0, 3], chance[1, 2], chance[2, 3] = 0.96, 0.99, 0.6, 0.9
    assert ranks.tiers(chance, np.array([0, 1, 2, 3]), 0.95).tolist() == [1, 1, 2, 2]


def test_a_unit_is_clear_of_the_next_tier_only_if_it_beats_all_of_it() -> None:
    chance = np.full((3, 3), 0.5)
    chance[0, 2], chance[1, 2] = 0.97, 0.9
    assert ranks.clear_of_next_tier(chance, np.array([1, 1, 2]), 0.95).tolist() == [True, False, False]


def test_the_order_of_units_changes_nothing() -> None:
    c, order = covariance(), np.array([4, 2, 0, 5, 1, 3])
    one = ranks.rank(NAMES, ranks.posterior(SCORES, c), seed=3)
    moved = ranks.posterior(SCORES[order], c[np.ix_(order, order)])
    two = ranks.rank([NAMES[k] for k in order], moved, seed=3)
    for name in ("expected", "rank", "low", "high", "tier"):
        assert np.array_equal(getattr(one, name)[order], getattr(two, name)), name


def test_equal_scores_are_level_and_share_their_rank() -> None:
    ranking = ranks.rank("ABCD", ranks.posterior(np.full(4, 80.0), np.eye(4)), seed=1)
    assert ranking.rank.tolist() == [1, 1, 1, 1]
    assert ranking.expected.tolist() == [2.5] * 4
    assert (ranking.low.tolist(), ranking.high.tolist()) == ([1] * 4, [4] * 4)
    assert set(ranking.tier.tolist()) == {1}


def test_scores_without_error_keep_their_order() -> None:
    ranking = ranks.rank("ABCD", ranks.posterior(np.array([1.0, 4.0, 3.0, 2.0]), np.zeros((4, 4))), seed=1)
    assert ranking.rank.tolist() == [4, 1, 2, 3]
    assert ranking.tier.tolist() == [4, 1, 2, 3]


def test_the_rank_intervals_of_a_round_do_not_change_when_recomputed() -> None:
    post = ranks.posterior(SCORES, covariance())
    seed = ranks.seed_of("cdci-2024")
    assert seed == ranks.seed_of("cdci-2024") != ranks.seed_of("cdci-2023")
    assert np.array_equal(ranks.rank_interval(post, seed), ranks.rank_interval(post, seed))
