"""Gaps of hard data filled by what is known of other units or other years. Answers are never imputed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from survey_app.scoring.leaf import Impute
from survey_app.scoring.normalise import FloatArray

CENTRES: dict[str, Callable[[FloatArray], float]] = {
    "mean": lambda known: float(known.mean()),
    "median": lambda known: float(np.median(known)),
}


def impute(values: FloatArray, rule: Impute, groups: Sequence[str] | None = None) -> FloatArray:
    """(U,) with gaps filled by the mean or median of all units, or of the units of the same group (U,). A gap stays
    where its group has no value."""
    centre = CENTRES[rule.method.removeprefix("group_")]
    if not rule.method.startswith("group_"):
        groups = [""] * values.size
    found, member = values.copy(), np.array(groups)
    for group in dict.fromkeys(groups or ()):
        inside = member == group
        known = values[inside & ~np.isnan(values)]
        if known.size:
            found[inside & np.isnan(values)] = centre(known)
    return found


def along_years(values: FloatArray, years: FloatArray, method: str) -> FloatArray:
    """Panel values (T, U) with gaps filled along the years (T,), ascending: by the latest earlier value, or by straight
    lines between known years (flat beyond the first and the last of them). A unit without any value keeps its gaps."""
    found = values.copy()
    for u in range(values.shape[1]):
        known = np.flatnonzero(~np.isnan(values[:, u]))
        if not known.size:
            continue
        gaps = np.flatnonzero(np.isnan(values[:, u]))
        if method == "linear":
            found[gaps, u] = np.interp(years[gaps], years[known], values[known, u])
        else:
            later = gaps[gaps > known[0]]
            found[later, u] = values[known[np.searchsorted(known, later) - 1], u]
    return found
