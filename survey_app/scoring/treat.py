"""Outliers of hard data: the skew/kurtosis rule, points drawn in one by one, and logarithms where that does not help.

A figure passes if its |skew| or its kurtosis is below the limits (Groeneveld & Meeden 1984; the Handbook's 2 and 3.5).
If it does not, up to `winsorise` points are set to the next value, from the side that skews. If that does not help, the
untouched figure is transformed instead, so that a figure is never treated twice.
"""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring.leaf import Treat
from survey_app.scoring.normalise import FloatArray

LEAST = 4  # values: below, the kurtosis is not defined
SHARE = 0.01  # of the range, by which the lowest value stays above 0 under a logarithm


class Treated(msgspec.Struct, frozen=True):
    """values (U,); winsorised: points drawn in; transformed: how, None if not; before, after: (skew, kurtosis); passes:
    the result keeps the rule."""

    values: FloatArray
    winsorised: int
    transformed: str | None
    before: tuple[float, float]
    after: tuple[float, float]
    passes: bool


def skew_kurtosis(values: FloatArray) -> tuple[float, float]:
    """Sample skewness G1 and excess kurtosis G2 of the known values; NaN below four values or where all are equal."""
    known = values[~np.isnan(values)]
    if known.size < LEAST or known.min() == known.max():
        return float("nan"), float("nan")
    n, away = known.size, known - known.mean()
    second, third, fourth = ((away**power).mean() for power in (2, 3, 4))
    skew = third / second**1.5 * np.sqrt(n * (n - 1)) / (n - 2)
    kurtosis = ((n + 1) * (fourth / second**2 - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))
    return float(skew), float(kurtosis)


def passes(moments: tuple[float, float], rule: Treat) -> bool:
    """A figure too short or too flat to judge is left as it is."""
    skew, kurtosis = moments
    return bool(np.isnan(skew)) or abs(skew) < rule.skew or kurtosis < rule.kurtosis


def treat(values: FloatArray, rule: Treat) -> Treated:
    """One indicator (U,) under the rule."""
    before = skew_kurtosis(values)
    if passes(before, rule):
        return Treated(values, 0, None, before, before, passes=True)
    drawn, points = winsorise(values, rule)
    after = skew_kurtosis(drawn)
    if passes(after, rule) or rule.then == "none":
        return Treated(drawn, points, None, before, after, passes(after, rule))
    changed = TRANSFORMS[rule.then](values)
    after = skew_kurtosis(changed)
    return Treated(changed, 0, rule.then, before, after, passes(after, rule))


def winsorise(values: FloatArray, rule: Treat) -> tuple[FloatArray, int]:
    """Draw in the most extreme points on the side that skews, one value at a time, until the figure passes or no more
    may be moved. Returns the values and the number of points moved."""
    found, points = values.copy(), 0
    while points < rule.winsorise:
        moments = skew_kurtosis(found)
        if passes(moments, rule):
            break
        end = np.nanmax(found) if moments[0] > 0 else np.nanmin(found)
        inner = found[~np.isnan(found) & (found != end)]
        found[found == end] = inner.max() if moments[0] > 0 else inner.min()
        points += 1
    return found, points


def log(values: FloatArray) -> FloatArray:
    """ln(x − min + 1 % of the range)."""
    low, high = np.nanmin(values), np.nanmax(values)
    return np.asarray(np.log(values - low + SHARE * (high - low)))


def log_gii(values: FloatArray) -> FloatArray:
    """ln[((max − 1)(x − min) + max − min) / (max − min)] of the Global Innovation Index, for values up to a max > 1."""
    low, high = np.nanmin(values), np.nanmax(values)
    return np.asarray(np.log(((high - 1) * (values - low) + high - low) / (high - low)))


def box_cox(values: FloatArray) -> FloatArray:
    """(x^λ − 1) / λ of the values shifted above 0, λ by maximum likelihood (Box & Cox 1964)."""
    from scipy import stats  # half a second that only this transformation needs

    low, high = np.nanmin(values), np.nanmax(values)
    positive = values if low > 0 else values - low + SHARE * (high - low)
    found = np.full(values.shape, np.nan)
    known = ~np.isnan(values)
    found[known] = stats.boxcox(positive[known])[0]
    return found


TRANSFORMS = {"log": log, "log_gii": log_gii, "box_cox": box_cox}
