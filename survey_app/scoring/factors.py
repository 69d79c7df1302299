"""What the questions of a sub-index have in common: factors, omega, lambda-6, sampling adequacy, from correlations.

Minres: Harman and Jones 1966; maximum likelihood: Jöreskog 1967; omega: McDonald 1999, Zinbarg et al. 2005 after Schmid
and Leiman 1957; lambda-6: Guttman 1945; KMO: Kaiser 1974.
Correlations (J, J) are of items that point the same way.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
from scipy import optimize

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.rotation import quartimin

LEAST_UNIQUE = 0.005  # share of an item's variance that no factor takes
BOUND = LEAST_UNIQUE * 1.001  # up to it, a share has fallen to the least
SINGULAR = 1e-10
LEAST_ITEMS = 3  # of one factor
STEPS = 5_000

Discrepancy = Callable[[FloatArray], tuple[float, FloatArray]]


class Factors(msgspec.Struct, frozen=True):
    """`loadings` (J, m), each factor's of positive sum; `unique` (J,) shares of variance; `heywood`: an item's
    uniqueness fell to its bound, so that there is one factor too many or an item that copies another."""

    loadings: FloatArray
    unique: FloatArray
    heywood: bool


class Omega(msgspec.Struct, frozen=True):
    """`total`: share of the sum score's variance that all factors explain; `hierarchical`: that the general one
    explains; `general` (J,) and `group` (J, m) Schmid-Leiman loadings; `above` (m,) loadings of the factors on the
    general one; `heywood` as in `Factors`."""

    total: float
    hierarchical: float
    general: FloatArray
    group: FloatArray
    above: FloatArray
    heywood: bool

    @property
    def proper(self) -> bool:
        """Every factor leans on the general one, and none is it. Else there are too many, and what is general hangs on
        the sign of a factor of noise."""
        inside = (self.above > 0) & (self.above**2 < 1 - BOUND)
        return not self.heywood and bool(inside.all())


class Fit(msgspec.Struct, frozen=True):
    """How well one factor fits the complete rows: χ² with `df`, CFI, TLI, RMSEA, SRMR; standardised `loadings` (J,)."""

    chisq: float
    df: int
    cfi: float
    tli: float
    rmsea: float
    srmr: float
    loadings: FloatArray
    n: int


def minres(correlation: FloatArray, factors: int = 1) -> Factors:
    """The m factors that leave the smallest squares of off-diagonal residuals, uniquenesses within 0.005…1.

    Minimised over the uniquenesses alone: for given ones the loadings are the first m eigenvectors of R − Ψ, the
    discrepancy is half the sum of squares of its other eigenvalues γ_j, its gradient −Σ γ_j v_ij².
    """
    items = _checked(correlation, factors).shape[0]

    def discrepancy(unique: FloatArray) -> tuple[float, FloatArray]:
        values, vectors = np.linalg.eigh(correlation - np.diag(unique))
        rest = np.concatenate([values[: items - factors], np.minimum(values[items - factors :], 0.0)])
        return 0.5 * float(rest @ rest), -(vectors**2) @ rest

    unique = _minimum(discrepancy, np.clip(_unexplained(correlation), LEAST_UNIQUE, 1.0), LEAST_UNIQUE, 1.0)
    values, vectors = np.linalg.eigh(correlation - np.diag(unique))
    root = np.sqrt(np.clip(values[::-1][:factors], 0.0, None))
    return _factors(vectors[:, ::-1][:, :factors] * root, unique)


def one_factor(correlation: FloatArray) -> Factors | None:
    """One minres factor; None where it cannot be told: fewer than three items, or a correlation is unknown."""
    if correlation.shape[0] < LEAST_ITEMS or not np.isfinite(correlation).all():
        return None
    return minres(correlation)


def most_likely(correlation: FloatArray, factors: int = 1) -> tuple[Factors, float]:
    """Maximum-likelihood factors and the discrepancy log|Σ| + tr(RΣ⁻¹) − log|R| − J, of which n is χ².

    For given uniquenesses all follows from the eigenvalues θ of Ψ^−½RΨ^−½: the discrepancy is Σ (θ_j − log θ_j − 1)
    over all but the first m. ValueError where the correlations are singular.
    """
    items = _checked(correlation, factors).shape[0]
    if np.linalg.eigvalsh(correlation)[0] < SINGULAR:
        raise ValueError("factors: an item follows from the others, so that there is no likelihood; leave it out")

    def loadings(unique: FloatArray) -> tuple[FloatArray, FloatArray]:
        root = np.sqrt(unique)
        values, vectors = np.linalg.eigh(correlation / np.outer(root, root))
        first = np.sqrt(np.clip(values[::-1][:factors] - 1, 0.0, None))
        return values[: items - factors], root[:, None] * vectors[:, ::-1][:, :factors] * first

    def discrepancy(log_unique: FloatArray) -> tuple[float, FloatArray]:
        unique = np.exp(log_unique)
        rest, found = loadings(unique)
        slope = (found**2).sum(axis=1) + unique - np.diag(correlation)
        return float((rest - np.log(rest) - 1).sum()), slope / unique

    start = np.log(np.clip(_unexplained(correlation), LEAST_UNIQUE, 1.0))
    unique = np.exp(_minimum(discrepancy, start, float(np.log(LEAST_UNIQUE)), 0.0))
    return _factors(loadings(unique)[1], unique), discrepancy(np.log(unique))[0]


def one_factor_fit(x: FloatArray) -> Fit:
    """Confirmatory one-factor model of answers x (n, J ≥ 4; NaN = not answered) by maximum likelihood on complete rows;
    measures as lavaan defines them. ValueError with fewer complete rows than items + 1, or items without spread."""
    rows = x[~np.isnan(x).any(axis=1)]
    n, items = rows.shape
    if items < 4:
        raise ValueError(f"one factor: {items} items fit always; the model needs 4")
    if n <= items:
        raise ValueError(f"one factor: {n} rows are complete; {items} items need more than {items}")
    spread = rows.std(axis=0)
    if (spread < SINGULAR).any():
        raise ValueError(f"one factor: everybody answers item {int(np.argmin(spread)) + 1} alike; leave it out")
    z = (rows - rows.mean(axis=0)) / spread
    correlation = z.T @ z / n
    found, discrepancy = most_likely(correlation)
    df, df0 = items * (items - 3) // 2, items * (items - 1) // 2
    chisq, chisq0 = n * discrepancy, -n * float(np.linalg.slogdet(correlation)[1])
    excess, excess0 = max(chisq - df, 0.0), max(chisq0 - df0, chisq - df, 0.0)
    residual = correlation - found.loadings @ found.loadings.T - np.diag(found.unique)
    return Fit(
        chisq=chisq,
        df=df,
        cfi=1 - excess / excess0 if excess0 > 0 else 1.0,
        tli=1 - (chisq - df) / df * df0 / (chisq0 - df0) if chisq0 > df0 else float("nan"),
        rmsea=float(np.sqrt(excess / (df * n))),
        srmr=float(np.sqrt((np.tril(residual) ** 2).sum() / (items * (items + 1) / 2))),
        loadings=found.loadings[:, 0],
        n=n,
    )


def one_factor_omega(correlation: FloatArray) -> float:
    """Omega total of one minres factor; NaN where there is none, or where it leaves more than the sum score has, since
    items pull against each other."""
    found = one_factor(correlation)
    left = float("nan") if found is None else float(found.unique.sum())
    total = float(correlation.sum())
    return 1 - left / total if left <= total else float("nan")


def omega_total(correlation: FloatArray, factors: int = 1) -> float:
    """Share of the sum score's variance that m minres factors explain: 1 − Σψ / 1′R1."""
    return float(1 - minres(correlation, factors).unique.sum() / correlation.sum())


def omega(correlation: FloatArray, factors: int = 3) -> Omega:
    """Omega total and hierarchical: m ≥ 2 minres factors, rotated by direct quartimin (oblimin), and the general factor
    behind them. Of two factors either is taken to depend on it alike."""
    if factors < 2:
        raise ValueError("omega: one factor has no general one behind it; take 2 or more, or omega_total")
    found = minres(correlation, factors)
    pattern, between = quartimin(found.loadings)
    above = _above(between)
    general = pattern @ above
    return Omega(
        total=float(1 - found.unique.sum() / correlation.sum()),
        hierarchical=float(general.sum() ** 2 / correlation.sum()),
        general=general,
        group=pattern * np.sqrt(np.clip(1 - above**2, 0.0, None)),
        above=above,
        heywood=found.heywood,
    )


def _above(between: FloatArray) -> FloatArray:
    """(m,) loadings of the factors on the general one."""
    if between.shape[0] == 2:
        return np.full(2, np.sqrt(max(float(between[0, 1]), 0.0)))
    return minres(between).loadings[:, 0]


def lambda6(correlation: FloatArray) -> float:
    """Guttman's lambda-6: 1 − Σ(1 − smc_j)/1′R1; NaN where an item follows from others."""
    return float(1 - (1 - multiple_correlations(correlation)).sum() / correlation.sum())


def sampling_adequacy(correlation: FloatArray) -> float:
    """Kaiser, Meyer and Olkin: squared correlations over these and squared partial ones; NaN where R is singular."""
    if not _regular(correlation):
        return float("nan")
    inverse = np.linalg.inv(correlation)
    scale = np.sqrt(np.diag(inverse))
    off = ~np.eye(correlation.shape[0], dtype=np.bool_)
    own, partial = (correlation[off] ** 2).sum(), ((inverse / np.outer(scale, scale))[off] ** 2).sum()
    return float(own / (own + partial)) if own + partial > 0 else float("nan")


def multiple_correlations(correlation: FloatArray) -> FloatArray:
    """(J,) squared multiple correlation of each item with the others; NaN where R is singular or has gaps."""
    if not _regular(correlation):
        return np.full(correlation.shape[0], np.nan)
    return np.asarray(1 - 1 / np.diag(np.linalg.inv(correlation)))


def _regular(correlation: FloatArray) -> bool:
    return bool(np.isfinite(correlation).all() and np.linalg.eigvalsh(correlation)[0] > SINGULAR)


def _unexplained(correlation: FloatArray) -> FloatArray:
    left = 1 - multiple_correlations(correlation)
    return np.where(np.isnan(left), 0.5, left)


def _factors(loadings: FloatArray, unique: FloatArray) -> Factors:
    sign = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    return Factors(loadings * sign, unique, bool((unique < BOUND).any()))


def _minimum(function: Discrepancy, start: FloatArray, low: float, high: float) -> FloatArray:
    found = optimize.minimize(
        function,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(low, high)] * start.size,
        options={"ftol": 1e-16, "gtol": 1e-11, "maxiter": STEPS, "maxfun": 10 * STEPS},
    )
    return np.asarray(found.x)


def _checked(correlation: FloatArray, factors: int) -> FloatArray:
    """Refuses gaps, and more factors than J items can tell apart: (J − m)² ≥ J + m, or one of three."""
    items = correlation.shape[0]
    if not np.isfinite(correlation).all():
        first, second = np.argwhere(~np.isfinite(correlation))[0] + 1
        raise ValueError(f"factors: the correlation of items {first} and {second} is unknown; leave one of them out")
    if factors < 1 or (items - factors) ** 2 < items + factors:
        raise ValueError(f"factors: {items} items cannot tell {factors} factors apart; take fewer")
    return correlation
