"""What other rules would have given: all sheets, nothing taken out, strict cleaning, within businesses.
One figure a unit, and its tier.

A second figure over nearly the same sheets would tell of the few between: it stands only where the two differ by no
business or by ten and more; elsewhere it is said whether the unit's tier would be the same, a better or a worse one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from survey_app.scoring import ranks
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan
from survey_app.scoring.sheets import BoolArray, IntArray, Sheets, different_pairs

LEAST_APART = 10  # businesses by which two published figures differ, if they differ at all
DECIMALS = 1
Name = Literal["all_sheets", "unadjusted", "strict", "within_business"]
Move = Literal["same", "up", "down"]


class Shift(msgspec.Struct, frozen=True):
    """One unit under another rule: the businesses' score on 0–100, None where it may not be told or does not exist; and
    where its tier went, None where the unit takes no place in either order."""

    score: float | None
    tier: Move | None


def composite(plan: Plan, group: GroupEstimate) -> tuple[FloatArray, FloatArray | None]:
    """Σ w_s θ_us (U,) of the businesses' sub-indices, NaN where none is known, and its covariance (U, U)."""
    weights, sub = plan.shares_among([one.id for one in group.sub_indices]), group.sub_scores()
    mass = np.where(np.isnan(sub), 0.0, weights)
    total = mass.sum(axis=1, keepdims=True)
    share = mass / np.where(total > 0, total, 1.0)
    value = np.where(total[:, 0] > 0, (share * np.nan_to_num(sub)).sum(axis=1), np.nan)
    covariance = group.covariance_array()
    if covariance is None:
        return value, None
    units, size = sub.shape
    blocks = covariance.reshape(units, size, units, size)
    return value, np.asarray(np.einsum("us,usvt,vt->uv", share, blocks, share, optimize=True))


def tiers(plan: Plan, group: GroupEstimate, least: Mapping[str, int]) -> dict[str, int]:
    """Unit → tier of the composite; empty where too few units have enough sheets (`least`, else the plan's)."""
    value, covariance = composite(plan, group)
    members = [
        u
        for u, unit in enumerate(group.units)
        if not np.isnan(value[u]) and group.n_sheets[u] >= least.get(unit, plan.privacy.min_score)
    ]
    if covariance is None or len(members) < ranks.LEAST_UNITS:
        return {}
    names = [group.units[u] for u in members]
    chance = ranks.beats(ranks.posterior(value[members], covariance[np.ix_(members, members)]))
    _, order = ranks.in_order(names, chance)
    return dict(zip(names, ranks.tiers(chance, order, plan.tiers.level).tolist(), strict=True))


def shifts(
    plan: Plan, base: GroupEstimate, other: GroupEstimate, apart: Sequence[IntArray], least: Mapping[str, int]
) -> dict[str, Shift]:
    """Unit → what the other rule gives. `apart`: (U,) businesses in which its sheets differ from those of each figure
    that is told already, the base case among them."""
    value, _ = composite(plan, other)
    known, _ = composite(plan, base)
    before, after = tiers(plan, base, least), tiers(plan, other, least)
    found = {}
    for u, unit in enumerate(base.units):
        told = (
            not np.isnan(value[u])
            and not np.isnan(known[u])
            and other.n_sheets[u] >= plan.privacy.min_score
            and all(far[u] == 0 or far[u] >= LEAST_APART for far in apart)
        )
        score = round(float(value[u]), DECIMALS) if told else None
        found[unit] = Shift(score, moved(before.get(unit), after.get(unit)))
    return {unit: shift for unit, shift in found.items() if shift.score is not None or shift.tier is not None}


def moved(before: int | None, after: int | None) -> Move | None:
    """Tier 1 is the best."""
    if before is None or after is None:
        return None
    return "same" if before == after else "up" if after < before else "down"


def apart(sheets: Sheets, one: BoolArray, other: BoolArray) -> IntArray:
    """(U,) businesses with a sheet on the unit that one of two masks (n,) has and the other has not."""
    different = sheets.only(one != other)
    units = len(sheets.group.units)
    _, unit = different_pairs(different.business, different.unit, units)
    return np.bincount(unit, minlength=units)


def several_units(sheets: Sheets, counted: BoolArray) -> BoolArray:
    """(n,) the counted sheets of businesses that rated two units or more of the group on counted sheets."""
    rated, _ = different_pairs(sheets.business[counted], sheets.unit[counted], len(sheets.group.units))
    business, number = np.unique(rated, return_counts=True)
    return np.asarray(counted & np.isin(sheets.business, business[number > 1]))
