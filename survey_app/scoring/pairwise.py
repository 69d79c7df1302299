"""Which units can be told apart, pair by pair: z tests, adjusted for their number, and letters.

Holm 1979 keeps the chance of a single false difference; Benjamini and Hochberg 1995 the share of false ones among those
found. Letters (compact letter display, Piepho 2004): units that share one cannot be told apart. They are the maximal
cliques of the graph of such pairs (Bron and Kerbosch 1973).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from string import ascii_lowercase

import msgspec
import numpy as np
from scipy import special

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import BoolArray, IntArray


class Pairs(msgspec.Struct, frozen=True):
    """Of all pairs a < b, (P,) each: difference a − b in standard errors `z`, two-sided `p`, adjusted `holm` and `bh`.
    NaN where a difference has no error."""

    a: IntArray
    b: IntArray
    z: FloatArray
    p: FloatArray
    holm: FloatArray
    bh: FloatArray

    def different(self, level: float = 0.05) -> BoolArray:
        """(U, U) units told apart by Holm's p at `level`."""
        units = int(self.b.max()) + 1 if self.b.size else 1
        found = np.zeros((units, units), dtype=np.bool_)
        found[self.a, self.b] = found[self.b, self.a] = self.holm < level
        return found


def pairs(estimate: FloatArray, covariance: FloatArray) -> Pairs:
    """Every pair of the estimates (U,) with covariance (U, U)."""
    a, b = np.triu_indices(estimate.size, 1)
    variance = np.diag(covariance)
    spread = variance[a] + variance[b] - 2 * covariance[a, b]
    z = (estimate[a] - estimate[b]) / np.sqrt(np.where(spread > 0, spread, np.nan))
    p = 2 * special.ndtr(-np.abs(z))
    return Pairs(a, b, z, p, holm(p), benjamini_hochberg(p))


def holm(p: FloatArray) -> FloatArray:
    """(P,) step-down: the k-th smallest of m times m − k + 1, never below a smaller one's; NaN stays and is not
    counted."""
    return _adjusted(p, lambda ordered: np.maximum.accumulate(ordered * np.arange(ordered.size, 0, -1)))


def benjamini_hochberg(p: FloatArray) -> FloatArray:
    """(P,) step-up: the k-th smallest of m times m/k, never above a larger one's; NaN stays and is not counted."""
    return _adjusted(
        p,
        lambda ordered: np.minimum.accumulate((ordered * ordered.size / np.arange(1, ordered.size + 1))[::-1])[::-1],
    )


def letters(different: BoolArray, order: IntArray) -> tuple[str, ...]:
    """(U,) the letters of each unit, from `different` (U, U); `order` (U,) are the units from first to last, and
    letters are given in that order. From 27 groups on a letter has a number: a2 follows z."""
    place = np.argsort(order)
    same = ~different & ~np.eye(order.size, dtype=np.bool_)
    neighbours = [set(np.flatnonzero(row).tolist()) for row in same]
    groups = sorted(sorted(int(place[unit]) for unit in clique) for clique in cliques(neighbours))
    mine: list[list[str]] = [[] for _ in range(order.size)]
    for number, group in enumerate(groups):
        for at in group:
            mine[int(order[at])].append(_letter(number))
    return tuple("".join(found) for found in mine)


def cliques(neighbours: list[set[int]]) -> Iterator[frozenset[int]]:
    """Every maximal set of nodes that are all each other's neighbours."""

    def grow(chosen: frozenset[int], open_: set[int], done: set[int]) -> Iterator[frozenset[int]]:
        if not open_:
            if not done:
                yield chosen
            return
        pivot = max(open_ | done, key=lambda node: len(neighbours[node] & open_))
        for node in sorted(open_ - neighbours[pivot]):
            yield from grow(chosen | {node}, open_ & neighbours[node], done & neighbours[node])
            open_ = open_ - {node}
            done = done | {node}

    yield from grow(frozenset(), set(range(len(neighbours))), set())


def _letter(number: int) -> str:
    turn, place = divmod(number, len(ascii_lowercase))
    return ascii_lowercase[place] + (str(turn + 1) if turn else "")


def _adjusted(p: FloatArray, steps: Callable[[FloatArray], FloatArray]) -> FloatArray:
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    result = np.full(p.size, np.nan)
    result[order] = np.minimum(steps(p[order]), 1.0)
    return result
