"""Sums of packed bytes, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from survey_app.scoring.item_means import by_unit, item_sums


def by_loops(codes: np.ndarray, unit: np.ndarray, units: int) -> tuple[list[list[int]], list[list[int]]]:
    sums = [[0] * codes.shape[1] for _ in range(units)]
    counts = [[0] * codes.shape[1] for _ in range(units)]
    for row, u in zip(codes.tolist(), unit.tolist(), strict=True):
        for j, code in enumerate(row):
            sums[u][j] += code
            counts[u][j] += code > 0
    return sums, counts


@pytest.mark.parametrize("width", [1, 7, 8, 13, 16, 80])
@pytest.mark.parametrize("largest", [1, 5, 11, 100, 127])
def test_sums_and_counts_are_those_of_plain_loops(width: int, largest: int) -> None:
    draw = np.random.default_rng([width, largest])
    codes = draw.integers(0, largest + 1, (611, width), dtype=np.int8)
    unit = draw.choice([0, 1, 1, 1, 1, 1, 3, 4], 611)  # unit 2 has no sheets
    found = item_sums(by_unit(codes, unit, 6))
    assert (found.sums.tolist(), found.counts.tolist()) == by_loops(codes, unit, 6)


@pytest.mark.parametrize("sheets", [1, 50, 51, 52, 101, 102, 103, 255, 256, 51 * 51, 51 * 51 + 1])
def test_no_byte_runs_over_where_all_answer_the_most(sheets: int) -> None:
    codes = np.full((sheets, 8), 5, dtype=np.int8)
    found = item_sums(by_unit(codes, np.zeros(sheets, dtype=np.int64), 1))
    assert found.sums.tolist() == [[5 * sheets] * 8]
    assert found.counts.tolist() == [[sheets] * 8]


def test_an_item_that_nobody_answered_has_no_mean() -> None:
    codes = np.array([[1, 0], [4, 0]], dtype=np.int8)
    means = item_sums(by_unit(codes, np.array([0, 0]), 2)).means()
    assert means[0, 0] == 2.5
    assert np.isnan(means[0, 1])
    assert np.isnan(means[1]).all()


def test_a_negative_code_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        item_sums(by_unit(np.array([[-1]], dtype=np.int8), np.array([0]), 1))


def test_sheets_are_found_again_where_they_stood() -> None:
    codes, unit = np.arange(1, 6, dtype=np.int8)[:, None], np.array([2, 0, 2, 1, 0])
    sheets = by_unit(codes, unit, 3)
    assert sheets.codes[:, 0].tolist() == [2, 5, 4, 1, 3]
    assert sheets.starts.tolist() == [0, 2, 3, 5]
    assert (codes[sheets.order] == sheets.codes).all()
