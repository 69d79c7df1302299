"""Numbers to a common scale: goalposts, min–max, and the other ways of the field, each with a direction.

Bounded methods give 0–100, which the plan's shown scale maps on (1–10 of PCI: 1 + 9·share; reversed 11 − that). The
others (z-scores, ranks …) keep the scale that they make. (OECD/JRC Handbook 2008, step 5; COINr's n_* functions.)
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Direction = Literal["higher", "lower"]
Outside = Literal["clip", "keep"]
Method = Literal[
    "goalposts",
    "min_max",
    "percentile",
    "fraction_of_max",
    "distance_max",
    "distance_reference",
    "distance_target",
    "z_score",
    "rank",
    "borda",
    "scaled",
    "none",
]
OWN_SCALE = frozenset(("z_score", "rank", "borda", "scaled", "none"))


def goalposts(values: FloatArray, low: float, high: float, direction: Direction, outside: Outside) -> FloatArray:
    """Map `low` to 0 and `high` to 100 (the other way round where lower is better); any shape, NaN stays NaN.

    Fixed goalposts make a unit's score its own: no other unit can move it.
    """
    share = (values - low) / (high - low)
    if outside == "clip":
        share = np.clip(share, 0.0, 1.0)
    return 100.0 * (share if direction == "higher" else 1.0 - share)


def slope(value: float, low: float, high: float, direction: Direction, outside: Outside) -> float:
    """Derivative of `goalposts` at one value: zero where clipping holds the score still."""
    if outside == "clip" and not low <= value <= high:
        return 0.0
    return 100.0 / (high - low) * (1.0 if direction == "higher" else -1.0)


def bounds_of(values: FloatArray) -> tuple[float, float] | None:
    """Smallest and largest known value; None where they do not differ (no scale can be made of them)."""
    known = values[~np.isnan(values)]
    if known.size == 0 or known.min() == known.max():
        return None
    return float(known.min()), float(known.max())


def good_high(values: FloatArray, direction: Direction) -> FloatArray:
    """The values with their sign turned where lower is better."""
    return values if direction == "higher" else -values


def rank(values: FloatArray, direction: Direction) -> FloatArray:
    """(U,) 1 = worst; equal values share the lowest rank of theirs; NaN has none."""
    good = good_high(values, direction)
    below = (good[None, :] < good[:, None]).sum(axis=1)
    return np.where(np.isnan(values), np.nan, 1.0 + below)


def borda(values: FloatArray, direction: Direction) -> FloatArray:
    """(U,) number of units that are worse."""
    return rank(values, direction) - 1.0


def percentile(values: FloatArray, direction: Direction) -> FloatArray:
    """(U,) on 0–100: the share of the other units that are worse."""
    known = int((~np.isnan(values)).sum())
    return 100.0 * borda(values, direction) / (known - 1) if known > 1 else np.full(values.shape, np.nan)


def z_score(values: FloatArray, direction: Direction, mean: float, sd: float) -> FloatArray:
    """(U,) mean and standard deviation (n − 1) of the known values brought to `mean` and `sd`; NaN if all are equal."""
    known = values[~np.isnan(values)]
    if known.size < 2 or known.min() == known.max():
        return np.full(values.shape, np.nan)
    return np.asarray(good_high(values - known.mean(), direction) / known.std(ddof=1) * sd + mean)


def scaled(values: FloatArray, direction: Direction, low: float, high: float, factor: float) -> FloatArray:
    """factor · (x − low) / (high − low), of −x where lower is better: any straight line."""
    return factor * (good_high(values, direction) - low) / (high - low)


def fraction_of_max(values: FloatArray, direction: Direction) -> FloatArray:
    """(U,) 100 · x / max, 100 less that where lower is better; NaN unless the largest value is above 0."""
    largest = _largest(values)
    share = values / largest if largest > 0 else np.full(values.shape, np.nan)
    return 100.0 * (share if direction == "higher" else 1.0 - share)


def distance_to(values: FloatArray, direction: Direction, aim: float, outside: Outside) -> FloatArray:
    """(U,) 100 at `aim`, 0 at the worst unit, straight between; `clip` holds those beyond the aim at 100. NaN where the
    worst unit has reached the aim: then there is no distance to measure."""
    good, goal = good_high(values, direction), aim if direction == "higher" else -aim
    worst = -_largest(-good)
    if not worst < goal:
        return np.full(values.shape, np.nan)
    share = 1.0 - (goal - good) / (goal - worst)
    return np.asarray(100.0 * (np.minimum(share, 1.0) if outside == "clip" else share))


def distance_to_max(values: FloatArray, direction: Direction) -> FloatArray:
    """(U,) 100 less the distance to the best unit, in shares of the distance from the worst to the best."""
    best = _largest(good_high(values, direction))
    return distance_to(values, direction, best if direction == "higher" else -best, "keep")


def _largest(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.max()) if known.size else float("nan")
