"""Before fieldwork: how many sheets, and how many second ratings, tell two units apart by a given difference.

Closed form: with the variances of the adjustment given, the scores' covariance depends on who rates whom alone. The
design is dealt evenly: every unit is the main unit of as many businesses, and second ratings go to the others in turn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec
import numpy as np

from survey_app.scoring import leniency, selftest
from survey_app.scoring.cleaning import Flags
from survey_app.scoring.counted import CountedGroup
from survey_app.scoring.fits import Design
from survey_app.scoring.intervals import NORMAL_95, finite
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import Sheets

ONE_SIDED_95, POWER_80 = 1.6448536269514722, 0.8416212335729143
SHARES = (0.0, 0.1, 0.25, 0.5, 1.0)


class Variances(msgspec.Struct, frozen=True):
    """On 0–100: of client bases κ², of businesses τ², of single sheets s² (a business's own view of a unit)."""

    client_base: float
    business: float
    sheet: float

    @property
    def within(self) -> float:
        """Of sheets about one unit by different businesses."""
        return self.business + self.sheet


# Means over simulated rounds of the scenario base (docs/accuracy.md); real rounds may differ: `variances_of` one.
TYPICAL = Variances(client_base=6.0, business=170.0, sheet=112.0)


class Fieldwork(msgspec.Struct, frozen=True):
    """A plan of fieldwork: `sheets` in all about `units`; the share of businesses that rate a second unit; `population`
    of clients of a unit, None = very many."""

    units: int
    sheets: int
    second_share: float = 0.0
    population: int | None = None


class Advice(msgspec.Struct, frozen=True):
    """error: standard error of the difference of two units, on 0–100, mean over pairs. told_apart: the true difference
    that is found with P ≥ 0.95 four times of five. clients_only: the error for this year's clients alone."""

    second_share: float
    businesses: int
    error: float
    told_apart: float
    clients_only: float | None


def advice(fieldwork: Fieldwork, variances: Variances) -> Advice:
    """What a plan of fieldwork will tell."""
    design = dealt(fieldwork)
    whole = covariance(design, variances)
    error = error_of_difference(whole)
    clients = None
    if fieldwork.population is not None:
        n = np.bincount(design.unit, minlength=design.units)
        clients = error_of_difference(finite(whole, n, np.full(design.units, fieldwork.population)))
    told = (ONE_SIDED_95 + POWER_80) * error
    return Advice(fieldwork.second_share, int(design.place[-1]) + 1, error, told, clients)


def curve(fieldwork: Fieldwork, variances: Variances) -> Iterator[Advice]:
    """The same number of sheets with more and more second ratings, the planned share among them."""
    for share in sorted({*SHARES, fieldwork.second_share}):
        yield advice(msgspec.structs.replace(fieldwork, second_share=share), variances)


def dealt(fieldwork: Fieldwork) -> Design:
    """Who rates whom: business b's main unit is b mod U; those that rate a second one are spread evenly."""
    units, share = fieldwork.units, fieldwork.second_share
    businesses = max(round(fieldwork.sheets / (1 + share)), 1)
    b = np.arange(businesses)
    home, turn = b % units, b // units
    second = np.floor((turn + 1) * share + 1e-9) > np.floor(turn * share + 1e-9)
    met = np.cumsum(second.reshape(-1)) - 1
    other = (home + 1 + (met // units) % max(units - 1, 1)) % units
    business = np.concatenate([b, b[second]])
    unit, main = np.concatenate([home, other[second]]), np.concatenate([home, home[second]])
    order = np.argsort(business, kind="stable")
    nothing = np.zeros((business.size, 0))
    return Design(unit[order], business[order], units, main[order], nothing, np.zeros(0), np.ones(1))


def covariance(design: Design, variances: Variances) -> FloatArray:
    """(U, U) of the adjusted scores, s² (X′PX)⁻¹ at known variances (design/scoring 2a.3)."""
    moments = leniency.Moments(np.zeros((design.unit.size, 1)), design)
    r, rho = variances.business / variances.sheet, variances.client_base / variances.sheet
    (point,) = leniency.points(moments, np.ones((1, 1)), r, np.array([rho]))
    units = moments.present.size
    return np.asarray(variances.sheet * point.inverse[:units, :units])


def error_of_difference(whole: FloatArray) -> float:
    """Root of the mean variance of the difference of two units."""
    units = whole.shape[0]
    mean = (np.trace(whole) - whole.sum() / units) * 2 / (units - 1)
    return math.sqrt(max(float(mean), 0.0))


# ---------------------------------------------------------------- sizes of samples


def slovin(population: int, margin: float) -> int:
    """n = N / (1 + N e²), for shares at 95 % (Yamane 1967): what survey manuals use. `margin` e as a share."""
    return math.ceil(population / (1 + population * margin**2) - 1e-9)


def needed(half_width: float, variance: float, population: int | None = None) -> int:
    """Sheets of a unit, so that the 95 % interval of its mean is ± half_width: n₀ = 1.96² σ²/h², n₀ / (1 + n₀/N)
    (Cochran 1977, 4.1)."""
    n = NORMAL_95**2 * variance / half_width**2
    return math.ceil((n if population is None else n / (1 + n / population)) - 1e-9)


# ---------------------------------------------------------------- an earlier round's variances


def variances_of(plan: Plan, sheets: Sheets, flags: Flags) -> Variances:
    """Of the composites of one peer group's counted sheets."""
    group = CountedGroup(plan, sheets, flags.flagged)
    design = selftest.among(group.design())
    y = group.y()
    known = ~np.isnan(y).any(axis=0)
    weights = np.where(known, group.design().weights, 0.0)
    composite = np.nan_to_num(y) @ (weights / weights.sum())
    fit = leniency.fit_mixed(composite[:, None], design)
    spread = selftest.spread_of(composite, fit, selftest.covariance_of(fit, design))
    return Variances(spread.client_base, spread.business, spread.sheet)
