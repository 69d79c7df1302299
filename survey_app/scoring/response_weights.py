"""Weights against unequal response: post-stratification, raking, calibration, trimming, and what they cost.

Raking: Deming and Stephan 1940; calibration: Deville and Särndal 1992; design effect: Kish 1965; standard errors of
weighted means by linearisation, with the residuals of the margins: Lumley 2010 (R's survey does the same).
Weights serve tables of segments and unadjusted figures; the index itself takes the segment as a covariate instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import BoolArray, IntArray

SETTLED = 1e-10  # largest relative difference between a margin and its totals
ROUNDS = 10_000
NEWTON = 100
DISAGREE = 1e-6  # relative difference between the sums of two margins' totals


class Margin(msgspec.Struct, frozen=True):
    """What is known of everybody who was asked: `categories` (C,) with their `totals` (C,); `of` (n,) says in which
    category each respondent is, as a place in `categories`."""

    name: str
    categories: tuple[str, ...]
    totals: FloatArray
    of: IntArray

    def sums(self, weights: FloatArray) -> FloatArray:
        """(C,) sums of `weights` (n,)."""
        return np.bincount(self.of, weights, minlength=len(self.categories)).astype(np.float64)

    def indicators(self) -> FloatArray:
        """(n, C) 1 where the respondent is in the category."""
        return np.asarray(np.eye(len(self.categories))[self.of])


class Mean(msgspec.Struct, frozen=True):
    """A weighted mean of n answers and its linearised standard error; NaN where the answers do not give them."""

    value: float
    se: float
    n: int


class Efficiency(msgspec.Struct, frozen=True):
    """Kish: `n_eff` = (Σv)²/Σv², the equal-weight answers that tell as much; `deff` = n/n_eff."""

    n_eff: float
    deff: float


def margin(name: str, categories: Sequence[str], totals: Mapping[str, float]) -> Margin:
    """A margin from each respondent's category (n,) and the known total of every category.

    ValueError: a category without a total or without respondents, or a total that is not above 0.
    """
    known = tuple(totals)
    if not known:
        raise ValueError(f"margin {name}: has no totals; give the total of each category")
    missing = sorted(set(categories) - set(known))
    if missing:
        raise ValueError(f"margin {name}: no total for {missing[0]!r}; give it one, or merge it with another category")
    for category, total in totals.items():
        if not (np.isfinite(total) and total > 0):
            raise ValueError(f"margin {name}: the total of {category!r} is {total:g}; give a number above 0")
    empty = sorted(set(known) - set(categories))
    if empty:
        raise ValueError(f"margin {name}: nobody answered in {empty[0]!r}; merge it with another category")
    places = {category: place for place, category in enumerate(known)}
    of = np.array([places[category] for category in categories], dtype=np.int64)
    return Margin(name, known, np.array([totals[category] for category in known], dtype=np.float64), of)


def post_stratified(base: FloatArray, strata: Margin) -> FloatArray:
    """(n,) base·N_c/n_c, n_c the sum of `base` (n,) in the category: ones give the plain v = N_c/n_c."""
    _check(base, [strata])
    return np.asarray(base * (strata.totals / strata.sums(base))[strata.of])


def raked(base: FloatArray, margins: Sequence[Margin]) -> FloatArray:
    """(n,) weights that meet every margin to 1e-10, by post-stratifying to one after the other until they settle.

    ValueError: weights or totals that cannot be, or combinations without respondents that keep the margins apart.
    """
    _check(base, margins)
    weights = base.astype(np.float64)
    for _ in range(ROUNDS):
        for each in margins:
            weights = weights * (each.totals / each.sums(weights))[each.of]
        if _distance(weights, margins) <= SETTLED:
            return weights
    raise ValueError(_apart(margins))


def calibrated(base: FloatArray, margins: Sequence[Margin]) -> FloatArray:
    """(n,) base·exp(x′λ) that meet every margin: the raking distance, solved for λ by Newton's method."""
    _check(base, margins)
    x = np.hstack([each.indicators() for each in margins])
    totals = np.concatenate([each.totals for each in margins])
    weights = base * (totals[: len(margins[0].categories)].sum() / base.sum())
    for _ in range(NEWTON):
        if _distance(weights, margins) <= SETTLED:
            return np.asarray(weights)
        # The margins' categories each add up to everybody: the system is singular and its shortest solution serves.
        step = x @ np.linalg.lstsq(x.T @ (weights[:, None] * x), totals - x.T @ weights, rcond=1e-10)[0]
        weights = weights * np.exp(step / max(1.0, float(np.abs(step).max())))
    raise ValueError(_apart(margins))


def trimmed(weights: FloatArray, cap: float) -> FloatArray:
    """(n,) weights of the same sum and none above `cap`: what is cut off is given to the others in equal parts, and
    again where that lifts another above the cap. ValueError where the cap is below the mean weight."""
    _check(weights, [])
    if not cap * weights.size >= weights.sum():
        raise ValueError(f"trimming: the cap {cap:g} is below the mean weight {weights.mean():g}; raise it")
    result = weights.astype(np.float64)
    while (over := result > cap * (1 + SETTLED)).any():
        free = ~over & (result < cap)
        if not free.any():
            return np.full(result.size, weights.mean())
        rest = float((result[over] - cap).sum())
        result = np.where(over, cap, result)
        result[~over] += rest / int((~over).sum())
    return np.minimum(result, cap)


def trimmed_to_margins(base: FloatArray, margins: Sequence[Margin], cap: float) -> FloatArray:
    """(n,) raked weights, none above `cap`, that still meet every margin: those above are held at the cap and the
    others raked to what is left, until none is above. ValueError where the margins cannot be met under the cap."""
    weights = raked(base, margins)
    held = np.zeros(weights.size, dtype=np.bool_)
    while (over := ~held & (weights > cap * (1 + SETTLED))).any():
        held |= over
        weights[held] = cap
        weights[~held] = raked(base[~held], [_left(each, held, cap) for each in margins])
    return np.minimum(weights, cap)


def _left(each: Margin, held: BoolArray, cap: float) -> Margin:
    """The margin of those who are not held, with the totals that the held ones leave."""
    free = np.bincount(each.of[~held], minlength=len(each.categories))
    left = each.totals - cap * np.bincount(each.of[held], minlength=len(each.categories))
    full = free == 0
    impossible = np.where(full, np.abs(left) > SETTLED * each.totals, left <= 0)
    if impossible.any():
        category = each.categories[int(np.argmax(impossible))]
        raise ValueError(
            f"margin {each.name}: {category!r} cannot reach its total under the cap {cap:g}; raise the cap"
        )
    places = np.cumsum(~full) - 1
    kept = tuple(name for name, gone in zip(each.categories, full, strict=True) if not gone)
    return Margin(each.name, kept, left[~full], places[each.of[~held]])


def efficiency(weights: FloatArray) -> Efficiency:
    """Kish's effective number of answers and design effect of `weights` (n,)."""
    _check(weights, [])
    n_eff = float(weights.sum() ** 2 / (weights**2).sum())
    return Efficiency(n_eff, weights.size / n_eff)


def weighted_mean(
    answers: FloatArray,
    weights: FloatArray,
    margins: Sequence[Margin] = (),
    fitted_with: FloatArray | None = None,
) -> Mean:
    """Mean of `answers` (n,; NaN = not answered) and its standard error, respondents drawn with replacement.

    u_i = (y_i − ȳ)/Σv over those who answered, 0 for others; less its least-squares fit on the margins the weights
    were made to meet, for these no longer vary; se² = n/(n−1) Σ (v_i u_i − mean)². `fitted_with` (n,) weights that
    fit: R's survey takes equal ones after raking (the default), the base weights after post-stratification.
    """
    _check(weights, margins)
    there = ~np.isnan(answers)
    total, n = float(weights[there].sum()), int(there.sum())
    if n == 0:
        return Mean(float("nan"), float("nan"), 0)
    value = float(weights[there] @ answers[there]) / total
    influence = np.where(there, np.where(there, answers, 0.0) - value, 0.0) / total
    if margins:
        root = np.ones(weights.size) if fitted_with is None else np.sqrt(fitted_with)
        x = np.hstack([each.indicators() for each in margins])
        influence = influence - x @ np.linalg.lstsq(x * root[:, None], influence * root, rcond=1e-10)[0]
    parts = weights * influence
    if n < 2:
        return Mean(value, float("nan"), n)
    spread = float(((parts - parts.mean()) ** 2).sum()) * parts.size / (parts.size - 1)
    return Mean(value, float(np.sqrt(spread)), n)


def group_means(
    answers: FloatArray, groups: Sequence[str], weights: FloatArray, margins: Sequence[Margin] = ()
) -> dict[str, Mean]:
    """`weighted_mean` of each of `groups` (n,), in the order of their names: the others count as not answering, so that
    the group's size is taken as uncertain too."""
    label = np.array(list(groups))
    return {
        str(name): weighted_mean(np.where(label == name, answers, np.nan), weights, margins)
        for name in np.unique(label)
    }


def _check(weights: FloatArray, margins: Sequence[Margin]) -> None:
    if weights.size == 0:
        raise ValueError("weights: there are no respondents to weight")
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        place = int(np.argmax(~(np.isfinite(weights) & (weights > 0))))
        raise ValueError(f"weights: respondent {place + 1} has weight {weights[place]:g}; give a number above 0")
    for each in margins:
        if each.of.size != weights.size:
            raise ValueError(
                f"margin {each.name}: {each.of.size} respondents, but {weights.size} weights; give one each"
            )
        first, total = float(margins[0].totals.sum()), float(each.totals.sum())
        if abs(total - first) > DISAGREE * first:
            raise ValueError(
                f"margin {each.name}: its totals add up to {total:g}, those of {margins[0].name} to {first:g}; "
                "count the same population in both"
            )


def _distance(weights: FloatArray, margins: Sequence[Margin]) -> float:
    return max(float(np.abs(each.sums(weights) / each.totals - 1).max()) for each in margins)


def _apart(margins: Sequence[Margin]) -> str:
    names = " and ".join(each.name for each in margins)
    return f"margins {names}: no weights meet all of them, for some combinations have no respondents; merge categories"
