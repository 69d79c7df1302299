"""How well the questions of a peer group go together: correlations, Cronbach's alpha, and what is stored of drivers.

Alpha's standard error: Duhachek and Iacobucci 2004. What drives the verdict is worked out in drivers.py.
"""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray

LEAST = 100  # sheets; with fewer a correlation is noise, and could be read as single answers
CORRELATION_DECIMALS = 2
DECIMALS = 3


class Alpha(msgspec.Struct, frozen=True):
    """Cronbach's alpha of k questions from n sheets (to the nearest ten) and its standard error."""

    value: float
    se: float
    items: int
    n: int


class Driver(msgspec.Struct, frozen=True):
    """A sub-index's relative weight (its part of R²) in the overall verdict, and its correlation with that."""

    weight: float
    correlation: float


class Reliability(msgspec.Struct, frozen=True):
    """Of one peer group. `correlations[a][b]` of items by name, to 0.01, over the sheets that answer both, where these
    are 100 or more; `alpha` by sub-index; `drivers` by sub-index, empty where the plan names no outcome."""

    items: tuple[str, ...]
    correlations: tuple[tuple[float | None, ...], ...]
    alpha: dict[str, Alpha] = {}
    drivers: dict[str, Driver] = {}


class Moments:
    """Sums over sheets of J columns with gaps, pair by pair: filled block by block."""

    def __init__(self, columns: int) -> None:
        shape = (columns, columns)
        self.n, self.first, self.square, self.product = (np.zeros(shape) for _ in range(4))

    def add(self, z: FloatArray) -> None:
        """z (m, J), NaN = no answer; best near zero, for exactness."""
        known = ~np.isnan(z)
        given, there = np.where(known, z, 0.0), known.astype(np.float64)
        self.n += there.T @ there
        self.first += given.T @ there
        self.square += (given**2).T @ there
        self.product += given.T @ given

    def covariance(self) -> FloatArray:
        """(J, J) over the pairs that answer both; NaN below 100 of them."""
        n = np.where(self.n >= LEAST, self.n, np.nan)
        return np.asarray((self.product - self.first * self.first.T / n) / (n - 1))

    def correlation(self) -> FloatArray:
        """(J, J) over the pairs that answer both; NaN where there are fewer than 100 or no spread."""
        n = np.where(self.n >= LEAST, self.n, np.nan)
        own = (self.square - self.first**2 / n) / (n - 1)
        spread = np.sqrt(np.clip(own * own.T, 0.0, None))
        return np.asarray(self.covariance() / np.where(spread > 0, spread, np.nan))


def alpha(covariance: FloatArray, n: float) -> tuple[float, float] | None:
    """Cronbach's alpha and its standard error from the items' covariance (k, k) of n sheets; None where it is unknown.

    se² = 2k² / ((k−1)² (1′V1)³) · [1′V1 (tr V² + tr²V) − 2 tr V · 1′V²1] / n
    """
    k, total = covariance.shape[0], float(covariance.sum())
    if k < 2 or not total > 0:
        return None
    trace = float(np.trace(covariance))
    square = covariance @ covariance
    spread = total * (float(np.trace(square)) + trace**2) - 2 * trace * float(square.sum())
    variance = 2 * k**2 / ((k - 1) ** 2 * total**3) * spread / n
    return k / (k - 1) * (1 - trace / total), float(np.sqrt(max(variance, 0.0)))


def told(correlation: FloatArray) -> tuple[tuple[float | None, ...], ...]:
    """As it is stored."""
    rows = np.round(correlation, CORRELATION_DECIMALS).tolist()
    return tuple(tuple(None if np.isnan(value) else value + 0.0 for value in row) for row in rows)
