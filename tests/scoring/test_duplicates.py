"""Sheets that one hand may have filled in."""

from __future__ import annotations

import numpy as np
import pytest

from survey_app.scoring import duplicates

DRAW = np.random.default_rng(9)
X = DRAW.integers(1, 6, (700, 20)).astype(float)
UNIT = DRAW.integers(0, 5, 700)


def brute(x: np.ndarray, agree: float) -> set[tuple[int, int]]:
    found = set()
    for a in range(len(x)):
        for b in range(a + 1, len(x)):
            both = ~np.isnan(x[a]) & ~np.isnan(x[b])
            if both.sum() >= 8 and (x[a] == x[b])[both].sum() > agree * both.sum():
                found.add((a, b))
    return found


def test_pairs_are_those_of_comparing_all() -> None:
    x = X[:90].copy()
    x[5:9] = x[4]
    x[6, 3] = np.nan
    x[8, 0] = 9
    x[7, :13] = np.nan
    x[DRAW.random(x.shape) < 0.03] = np.nan
    for agree in (0.95, 0.4):
        assert set(zip(*(part.tolist() for part in duplicates.alike(x, agree)), strict=True)) == brute(x, agree)


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = duplicates.alike(X, 0.4)
    monkeypatch.setattr(duplicates, "ROWS", 33)
    pieces = duplicates.alike(X, 0.4)
    assert set(zip(*whole, strict=True)) == set(zip(*pieces, strict=True))


def test_copies_about_one_unit_stand_out() -> None:
    x = X.copy()
    mine = np.flatnonzero(UNIT == 2)[:12]
    x[mine] = x[mine[0]]
    found = duplicates.near_duplicates(x, UNIT, seed=1)
    assert [each.pairs for each in found] == [0, 0, 66, 0, 0]
    possible = [each.sheets * (each.sheets - 1) / 2 for each in found]
    assert found[2].rate == pytest.approx(66 / possible[2])
    # a permuted pair falls into a unit as often as any pair of sheets does
    assert found[0].expected == pytest.approx(66 / (700 * 699 / 2), rel=0.2)
    assert found[2].p == 0.001
    assert found[2].rate > 10 * found[2].expected
    assert found[0].p == 1
    assert found == duplicates.near_duplicates(x, UNIT, seed=1)


def test_people_who_answer_alike_everywhere_do_not() -> None:
    x = X.copy()
    x[::10] = 3
    found = duplicates.near_duplicates(x, UNIT, seed=1)
    assert min(each.p for each in found) > 0.01


def test_one_sheet_has_no_pairs_and_no_answers_are_no_duplicates() -> None:
    one = duplicates.near_duplicates(X[:1], UNIT[:1], seed=1)[0]
    assert (one.sheets, one.pairs) == (1, 0)
    assert np.isnan(one.rate)
    nothing = duplicates.near_duplicates(np.full((4, 9), np.nan), np.zeros(4, dtype=int), seed=1)[0]
    assert (nothing.pairs, nothing.rate, nothing.p) == (0, 0.0, 1.0)
    assert duplicates.near_duplicates(np.empty((0, 9)), np.empty(0, dtype=int), seed=1) == ()


@pytest.mark.parametrize(("common", "found"), [(7, 0), (8, 1)])
def test_seven_equal_answers_happen_honestly(common: int, found: int) -> None:
    x = np.full((2, 12), np.nan)
    x[:, :common] = 4
    x[0, common:] = 2
    assert duplicates.alike(x)[0].size == found
