"""What each question adds to its scale: item-rest correlations, alpha without it, and alpha in its forms (R's psych).

Alpha's standard error (Duhachek and Iacobucci 2004) is `reliability.alpha`'s.
"""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring import reliability
from survey_app.scoring.factors import lambda6, multiple_correlations
from survey_app.scoring.normalise import FloatArray

ENDS = 1.6448536269514722  # standard errors to either end of a 90 % interval


class Scale(msgspec.Struct, frozen=True):
    """Of one scale: `raw` alpha with its `se`, `standardised` alpha, Guttman's `lambda6`, mean correlation between
    items, signal to noise k r̄/(1 − r̄). NaN where the answers do not give them."""

    raw: float
    se: float
    standardised: float
    lambda6: float
    mean_correlation: float
    signal_to_noise: float

    @property
    def ends(self) -> tuple[float, float]:
        """90 % interval of `raw`, which is never above 1."""
        return self.raw - ENDS * self.se, float(np.minimum(self.raw + ENDS * self.se, 1.0))


class Items(msgspec.Struct, frozen=True):
    """(J,) each: answers `n`, `mean`, `sd`; correlation with the mean answer (`raw`), the same of standardised items
    (`standardised`), corrected for being part of it and for unreliability (`corrected`), with the other items (`rest`);
    `alpha_if_dropped`."""

    n: FloatArray
    mean: FloatArray
    sd: FloatArray
    raw: FloatArray
    standardised: FloatArray
    corrected: FloatArray
    rest: FloatArray
    alpha_if_dropped: FloatArray


def scale_of(covariance: FloatArray, n: float) -> Scale:
    """From the items' covariance (k, k) over n sheets."""
    found = reliability.alpha(covariance, n)
    r = correlation_of(covariance)
    k = r.shape[0]
    mean = float((r.sum() - k) / (k * (k - 1))) if k > 1 else float("nan")
    raw, se = found if found is not None else (float("nan"), float("nan"))
    return Scale(
        raw=raw,
        se=se,
        standardised=k * mean / (1 + (k - 1) * mean) if 1 + (k - 1) * mean > 0 else float("nan"),
        lambda6=lambda6(r),
        mean_correlation=mean,
        signal_to_noise=k * mean / (1 - mean) if mean < 1 else float("nan"),
    )


def items_of(x: FloatArray, covariance: FloatArray) -> Items:
    """From answers x (n, J; NaN = not answered) and their covariance (J, J)."""
    r = correlation_of(covariance)
    common = r.copy()
    np.fill_diagonal(common, multiple_correlations(r))
    known = ~np.isnan(x)
    n = known.sum(axis=0).astype(np.float64)
    total = np.where(known, x, 0.0).sum(axis=1) / np.where(known.any(axis=1), known.sum(axis=1), np.nan)
    mean = np.where(known, x, 0.0).sum(axis=0) / np.where(n > 0, n, np.nan)
    others = [_without(covariance, j) for j in range(covariance.shape[0])]
    rest = [
        (covariance[j].sum() - covariance[j, j]) / _root(part.sum() * covariance[j, j]) for j, part in enumerate(others)
    ]
    dropped = [reliability.alpha(part, 1.0) for part in others]
    return Items(
        n=n,
        mean=mean,
        sd=np.array([_spread(x[:, j]) for j in range(x.shape[1])]),
        raw=np.array([_together(x[:, j], total) for j in range(x.shape[1])]),
        standardised=r.sum(axis=1) / _root(r.sum()),
        corrected=common.sum(axis=1) / _root(common.sum()),
        rest=np.array(rest),
        alpha_if_dropped=np.array([found[0] if found is not None else np.nan for found in dropped]),
    )


def correlation_of(covariance: FloatArray) -> FloatArray:
    """(J, J), NaN where an item has no spread."""
    spread = np.array([_root(value) for value in np.diag(covariance)])
    return np.asarray(covariance / np.outer(spread, spread))


def _without(covariance: FloatArray, item: int) -> FloatArray:
    return np.delete(np.delete(covariance, item, axis=0), item, axis=1)


def _root(value: float) -> float:
    return float(np.sqrt(value)) if value > 0 else float("nan")


def _spread(answers: FloatArray) -> float:
    given = answers[~np.isnan(answers)]
    return float(given.std(ddof=1)) if given.size > 1 else float("nan")


def _together(first: FloatArray, second: FloatArray) -> float:
    both = ~np.isnan(first) & ~np.isnan(second)
    a, b = first[both], second[both]
    if a.size < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
