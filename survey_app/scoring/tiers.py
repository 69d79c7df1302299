"""Tiers by rules on scores alone: fixed cut-offs, shares of the units (PAPI), natural breaks (PCI). They know no noise;
where sheets stand behind the scores the posterior's tiers say what can be told apart (`ranks.py`)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Tiers


def tiers_of(rule: Tiers, scores: FloatArray) -> tuple[int | None, ...]:
    """(U,) tier from 1 (best), None without a score."""
    known = scores[~np.isnan(scores)]
    if not known.size:
        return (None,) * scores.size
    if rule.rule == "natural_breaks" and not isinstance(rule.tiers, msgspec.UnsetType):
        cuts: Sequence[float] = natural_breaks(known, rule.tiers)
    else:
        written = () if isinstance(rule.cuts, msgspec.UnsetType) else rule.cuts
        cuts = written if rule.rule == "cut_offs" else [float(np.percentile(known, cut)) for cut in written]
    return tuple(None if np.isnan(score) else 1 + sum(score < cut for cut in cuts) for score in scores)


def natural_breaks(known: FloatArray, tiers: int) -> list[float]:
    """Lowest scores of the upper tiers, from the best down, such that the squares within tiers are least (Fisher 1958;
    Jenks 1977); exact, by dynamic programming over the sorted scores. Fewer tiers where fewer scores differ."""
    values, counts = np.unique(known, return_counts=True)
    tiers = min(tiers, values.size)
    n = np.concatenate([[0.0], np.cumsum(counts)])
    total = np.concatenate([[0.0], np.cumsum(counts * values)])
    squares = np.concatenate([[0.0], np.cumsum(counts * values**2)])

    def within(first: int, last: int) -> float:
        mass, part = n[last] - n[first], total[last] - total[first]
        return float(squares[last] - squares[first] - part**2 / mass)

    best: list[list[tuple[float, Sequence[int]]]] = [[(within(0, last), (0,)) for last in range(1, values.size + 1)]]
    for _ in range(1, tiers):
        before = best[-1]
        row: list[tuple[float, Sequence[int]]] = []
        for last in range(1, values.size + 1):
            choices = [(before[cut - 1][0] + within(cut, last), (*before[cut - 1][1], cut)) for cut in range(1, last)]
            row.append(min(choices, default=(float("inf"), (0,))))
        best.append(row)
    starts = best[-1][-1][1]
    return [float(values[start]) for start in itertools.islice(reversed(starts), len(starts) - 1)]
