"""Item means of very many sheets, read from memory hardly more often than once.

Answers are one byte each. Eight neighbouring bytes are added as one 64-bit number; a byte holds up to 255, so that many
rows of small codes go into one before it is emptied into a wide sum. Numpy only.
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import IntArray

Codes = NDArray[np.int8]
FULL = 255  # what a byte holds
WORD = 8  # bytes


class ItemSums(msgspec.Struct, frozen=True):
    """sums, counts (U, J) of the answers to each item about each unit."""

    sums: IntArray
    counts: IntArray

    def means(self) -> FloatArray:
        """(U, J), NaN without answers."""
        return np.asarray(np.where(self.counts > 0, self.sums / np.maximum(self.counts, 1), np.nan))


class OrderedSheets(msgspec.Struct, frozen=True):
    """Sheets about one unit together. codes (n, J) in C order, 0 = not answered; starts (U + 1,): unit u's sheets are
    codes[starts[u] : starts[u + 1]]; order (n,) where they stood before."""

    codes: Codes
    starts: IntArray
    order: IntArray


def by_unit(codes: Codes, unit: IntArray, units: int) -> OrderedSheets:
    """Bring sheets in any order together by unit; within a unit they keep their order."""
    number = np.bincount(unit, minlength=units)
    starts = np.concatenate([[0], np.cumsum(number)])
    if (unit[1:] >= unit[:-1]).all():
        return OrderedSheets(np.ascontiguousarray(codes), starts, np.arange(unit.size))
    order = np.argsort(unit.astype(np.min_scalar_type(units)), kind="stable")  # small numbers sort by their digits
    return OrderedSheets(codes[order], starts, order)


def item_sums(sheets: OrderedSheets) -> ItemSums:
    """Sums and numbers of answers. Raises ValueError for a negative code."""
    codes = sheets.codes.view(np.uint8)
    units, width = sheets.starts.size - 1, codes.shape[1]
    sums, counts = np.zeros((units, width), dtype=np.int64), np.zeros((units, width), dtype=np.int64)
    for u in range(units):
        own = codes[sheets.starts[u] : sheets.starts[u + 1]]
        if own.size:
            largest = int(own.max())
            if largest > np.iinfo(np.int8).max:
                raise ValueError("codes are 0 for no answer, and positive")
            sums[u] = _added(own, max(largest, 1))
            counts[u] = _added((own != 0).view(np.uint8), 1)
    return ItemSums(sums, counts)


def _added(rows: NDArray[np.uint8], largest: int) -> IntArray:
    """(J,) sums of rows (n, J) of bytes up to `largest`.

    `lanes` rows lie side by side as one long row of words; so many long rows are added that no byte runs over. The last
    rows, fewer than the lanes, go onto the first lanes: their bytes still have room.
    """
    n, width = rows.shape
    lanes = -(-n // (FULL // largest))
    if width % WORD:
        lanes = -(-lanes // WORD) * WORD  # whole words
    deep = n // lanes
    words = np.ascontiguousarray(rows[: deep * lanes]).reshape(deep, lanes * width).view(np.uint64)
    bytes_ = np.add.reduce(words, axis=0).view(np.uint8) if deep else np.zeros(lanes * width, dtype=np.uint8)
    rest = rows[deep * lanes :].reshape(-1)
    bytes_[: rest.size] += rest
    return np.asarray(bytes_.reshape(lanes, width).sum(axis=0, dtype=np.int64))
