"""The questions of each sub-index as a scale: what each adds, how reliable the whole is, whether one factor makes it.

Over the sheets that the index rests on. Means and standard deviations are of the answers as the plan numbers them; all
else of answers on 0–100, where more is better. Medians are facts, and items without a weight no part: both are only
described.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from survey_app.scoring import factors, item_reliability
from survey_app.scoring.counted import entering
from survey_app.scoring.factors import Factors, Fit
from survey_app.scoring.item_reliability import Scale
from survey_app.scoring.leaf import Leaf
from survey_app.scoring.multivariate import pairwise_covariance
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan
from survey_app.scoring.polychoric import polychoric
from survey_app.scoring.sheets import BoolArray, Sheets

LEAST_SHEETS = 10  # that answer both of two items: below, figures of a scale are chance
MOST_LEVELS = 11  # different answers to an item, beyond which it is a number and no scale
GROUP_FACTORS = 3  # behind omega hierarchical, as in R's psych
LEAST_FOR_GENERAL = 6  # items that tell three factors apart

APART = "no scale, two items are answered together on fewer than ten sheets"
FEW = "no scale, fewer than two items have different answers"
NO_FACTOR = "no omega, no KMO and no loadings, fewer than three items"
NO_GENERAL = "no omega hierarchical, fewer than six items"
TOO_MANY = "no omega hierarchical, three factors are too many"
AGAINST = "no omega, the items pull against each other"
OPPOSED = "no alpha, the items cancel each other out"
DEPENDENT = "no lambda6, no KMO and no corrected correlations, an item follows from the others"
LEVELS = "no polychoric correlations, an item has more than eleven different answers"


class Item(msgspec.Struct, frozen=True):
    """One item of a sub-index: answers `n`, share `missing` of those asked, `mean`, `sd`; NaN where it is no part of
    the scale: correlation with the `rest`, `corrected` for overlap and unreliability, alpha if `dropped`, `loading` on
    one factor."""

    sub: str
    id: str
    n: int
    missing: float
    mean: float
    sd: float
    rest: float = np.nan
    corrected: float = np.nan
    dropped: float = np.nan
    loading: float = np.nan


class SubScale(msgspec.Struct, frozen=True):
    """One sub-index: `items` in the scale, `described` outside it (no weight, or a median), `flat` without different
    answers; `sheets` that answer both of two items, at the least; `untold`: what could not be told, and why."""

    id: str
    items: tuple[str, ...]
    described: tuple[str, ...]
    flat: tuple[str, ...]
    untold: tuple[str, ...]
    sheets: int = 0
    scale: Scale | None = None
    omega: float = np.nan
    omega_polychoric: float = np.nan
    omega_hierarchical: float = np.nan
    kmo: float = np.nan
    fit: Fit | None = None


class Scales(msgspec.Struct, frozen=True):
    items: tuple[Item, ...]
    subs: tuple[SubScale, ...]


def scales(plan: Plan, sheets: Sheets, flagged: BoolArray) -> Scales:
    """Of one peer group, every sub-index that it is asked."""
    counted = sheets.only(entering(sheets, flagged))
    items: list[Item] = []
    subs = []
    for sub in plan.sub_indices():
        pairs = zip(sub.leaves, sub.weights, strict=True)
        asked = [(leaf, weight) for leaf, weight in pairs if leaf.id in sheets.group.items]
        if asked:
            described, scale = _sub_scale(sub.id, asked, counted)
            items += described
            subs.append(scale)
    return Scales(tuple(items), tuple(subs))


def _sub_scale(name: str, asked: Sequence[tuple[Leaf, float]], counted: Sheets) -> tuple[list[Item], SubScale]:
    """`asked`: the sub-index's leaves with their weights."""
    answers = {leaf.id: counted.x(counted.group.items.index(leaf.id)) for leaf, _ in asked}
    items = [_described(name, item, x) for item, x in answers.items()]
    columns = {leaf.id: leaf.mapped(answers[leaf.id]) for leaf, weight in asked if weight > 0 and leaf.adjustable}
    kept = {item: column for item, column in columns.items() if _levels(column) > 1}
    outside = tuple(item for item in answers if item not in columns)
    found = SubScale(name, tuple(kept), outside, tuple(item for item in columns if item not in kept), ())
    if len(kept) < 2:
        return items, msgspec.structs.replace(found, untold=(FEW,))
    x = np.column_stack(list(kept.values()))
    known = (~np.isnan(x)).astype(np.float64)
    found = msgspec.structs.replace(found, sheets=int((known.T @ known).min()))
    if found.sheets < LEAST_SHEETS:
        return items, msgspec.structs.replace(found, untold=(APART,))
    parts, scale = _together(found, x)
    return [msgspec.structs.replace(item, **parts.get(item.id, {})) for item in items], scale


def _described(sub: str, item: str, x: FloatArray) -> Item:
    known = x[~np.isnan(x)]
    return Item(
        sub=sub,
        id=item,
        n=known.size,
        missing=1 - known.size / x.size if x.size else np.nan,
        mean=float(known.mean()) if known.size else np.nan,
        sd=float(known.std(ddof=1)) if known.size > 1 else np.nan,
    )


def _levels(column: FloatArray) -> int:
    return int(np.unique(column[~np.isnan(column)]).size)


def _together(of: SubScale, x: FloatArray) -> tuple[dict[str, dict[str, float]], SubScale]:
    """What items x (n, J ≥ 2) make together; the numbers of each by its id."""
    covariance = pairwise_covariance(x)
    r = np.clip(item_reliability.correlation_of(covariance), -1.0, 1.0)  # gaps can make more of it
    few_levels = max(_levels(column) for column in x.T) <= MOST_LEVELS
    opinions = polychoric(x) if few_levels else np.full(r.shape, np.nan)
    scale = item_reliability.scale_of(covariance, float(of.sheets))
    omega, general, (fit, why) = factors.one_factor_omega(r), _hierarchical(r), _fitted(x)
    reasons = {
        NO_FACTOR: len(of.items) < factors.LEAST_ITEMS,
        AGAINST: len(of.items) >= factors.LEAST_ITEMS and np.isnan(omega),
        NO_GENERAL: general is None,
        TOO_MANY: general is not None and np.isnan(general),
        OPPOSED: np.isnan(scale.raw),
        DEPENDENT: np.isnan(scale.lambda6),
        LEVELS: not few_levels,
        f"no one-factor fit, {why}": fit is None,
    }
    found = msgspec.structs.replace(
        of,
        untold=tuple(reason for reason, holds in reasons.items() if holds),
        scale=scale,
        omega=omega,
        omega_polychoric=factors.one_factor_omega(opinions),
        omega_hierarchical=np.nan if general is None else general,
        kmo=factors.sampling_adequacy(r) if len(of.items) >= factors.LEAST_ITEMS else np.nan,
        fit=fit,
    )
    return _parts(of.items, x, covariance, factors.one_factor(opinions)), found


def _hierarchical(r: FloatArray) -> float | None:
    """None with too few items; NaN where the answers do not make three factors with one behind them."""
    if r.shape[0] < LEAST_FOR_GENERAL:
        return None
    if factors.minres(r, GROUP_FACTORS).heywood:
        return float("nan")
    found = factors.omega(r, GROUP_FACTORS)
    return found.hierarchical if found.proper else float("nan")


def _fitted(x: FloatArray) -> tuple[Fit | None, str]:
    """The fit, or why there is none."""
    try:
        return factors.one_factor_fit(x), ""
    except ValueError as reason:
        return None, str(reason).partition(": ")[2]


def _parts(
    names: tuple[str, ...], x: FloatArray, covariance: FloatArray, one: Factors | None
) -> dict[str, dict[str, float]]:
    found = item_reliability.items_of(x, covariance)
    columns = {"rest": found.rest, "corrected": found.corrected, "dropped": found.alpha_if_dropped}
    if one is not None:
        columns["loading"] = one.loadings[:, 0]
    return {name: {key: float(column[j]) for key, column in columns.items()} for j, name in enumerate(names)}


def untold(found: Scales) -> Iterator[tuple[str, list[str]]]:
    """Why cells are blank, and which sub-indices or items it concerns."""
    yield "no part of a scale, no weight or a median", [name for sub in found.subs for name in sub.described]
    yield "left out of its scale, no answers or all the same", [name for sub in found.subs for name in sub.flat]
    for reason in dict.fromkeys(reason for sub in found.subs for reason in sub.untold):
        yield reason, [sub.id for sub in found.subs if reason in sub.untold]
