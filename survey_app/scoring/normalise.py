"""Numbers to the common scale of 0–100: goalposts and min–max, with a direction."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Direction = Literal["higher", "lower"]
Outside = Literal["clip", "keep"]


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
