"""Pairwise tests and letters, against base R and against the definitions."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from survey_app.scoring import pairwise
from tests.scoring import reference

THETA = reference.column("raters_A_fixed_units_out.csv", "gls_mean")
V = reference.matrix("raters_A_fixed_units_vcov_out.csv")


def test_every_pair_equals_r() -> None:
    found = pairwise.pairs(THETA, V)
    assert (found.a + 1).tolist() == reference.column("pairwise_A_out.csv", "a").tolist()
    assert (found.b + 1).tolist() == reference.column("pairwise_A_out.csv", "b").tolist()
    for name in ("z", "p", "holm", "bh"):
        assert getattr(found, name) == pytest.approx(reference.column("pairwise_A_out.csv", name), rel=1e-9)


def test_units_share_a_letter_exactly_when_they_cannot_be_told_apart() -> None:
    different = pairwise.pairs(THETA, V).different()
    found = pairwise.letters(different, np.argsort(-THETA))
    for a, b in combinations(range(12), 2):
        assert bool(set(found[a]) & set(found[b])) != different[a, b]
    assert found[int(np.argmax(THETA))].startswith("a")


def test_a_chain_needs_a_letter_a_link() -> None:
    different = np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]], dtype=bool)
    assert pairwise.letters(different, np.array([0, 1, 2])) == ("a", "ab", "b")
    assert pairwise.letters(different, np.array([2, 1, 0])) == ("b", "ab", "a")


def test_level_units_share_one_letter_and_separate_ones_have_their_own() -> None:
    assert pairwise.letters(np.zeros((3, 3), dtype=bool), np.arange(3)) == ("a", "a", "a")
    apart = pairwise.letters(~np.eye(28, dtype=bool), np.arange(28))
    assert (apart[0], apart[25], apart[26], apart[27]) == ("a", "z", "a2", "b2")


def test_cliques_are_those_of_trying_every_set() -> None:
    draw = np.random.default_rng(2)
    for _ in range(20):
        graph = np.triu(draw.random((7, 7)) < 0.5, 1)
        graph = graph | graph.T
        whole = [
            frozenset(group)
            for size in range(1, 8)
            for group in combinations(range(7), size)
            if all(graph[a, b] for a, b in combinations(group, 2))
        ]
        expected = {group for group in whole if not any(group < other for other in whole)}
        assert set(pairwise.cliques([set(np.flatnonzero(row).tolist()) for row in graph])) == expected


def test_adjusted_p_by_hand() -> None:
    p = np.array([0.04, 0.01, np.nan, 0.03, 0.9])
    assert pairwise.holm(p) == pytest.approx([0.09, 0.04, np.nan, 0.09, 0.9], nan_ok=True)
    assert pairwise.benjamini_hochberg(p) == pytest.approx([0.16 / 3, 0.04, np.nan, 0.16 / 3, 0.9], nan_ok=True)


def test_pairs_without_error_are_unknown_and_one_unit_has_none() -> None:
    found = pairwise.pairs(np.array([1.0, 2.0]), np.zeros((2, 2)))
    assert np.isnan(found.z).all()
    assert not found.different().any()
    alone = pairwise.pairs(np.ones(1), np.eye(1))
    assert alone.p.size == 0
    assert pairwise.letters(alone.different(), np.zeros(1, dtype=int)) == ("a",)
