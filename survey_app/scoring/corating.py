"""What joins two units: the businesses that rated both. Of it only what many of them share may be stored.

Threat: the exact covariance between two units is a sum over the businesses that rated both. Of one business alone it is
the product of its two influence values, from which its scores can be solved. So between units only the part stays that
all businesses of the group have in common, times how many rated both, and nothing where these are fewer than ten.
"""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring.fits import pairs
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import IntArray, Sheets, different_pairs

LEAST = 10  # businesses


class CoRaters(msgspec.Struct, frozen=True):
    """both (U, U) businesses that rated two units, 0 on the diagonal; several: businesses that rated two or more;
    n (U,) sheets on a unit."""

    both: IntArray
    several: int
    n: IntArray


def co_raters(sheets: Sheets) -> CoRaters:
    """Of counted sheets."""
    units = len(sheets.group.units)
    business, unit = different_pairs(sheets.business, sheets.unit, units)
    both = np.zeros((units, units), dtype=np.int64)
    for one, other in pairs(business):
        found = np.bincount(unit[one] * units + unit[other], minlength=units**2).reshape(units, units)
        both += found + found.T
    _, number = np.unique(business, return_counts=True)
    return CoRaters(both, int((number > 1).sum()), np.bincount(sheets.unit, minlength=units))


def in_common(covariance: FloatArray, raters: CoRaters) -> FloatArray:
    """(U·S, U·S), unit-major, with T · both_uv / (n_u n_v) between units u and v, and 0 below ten businesses.

    T (S, S) = Σ n_u n_v Σ_uv / Σ both_uv over all pairs of units: what the scores of one business on two units have in
    common. A unit's own block stays. A sub-index that a unit does not have stays 0 there.
    """
    units = raters.n.size
    blocks = covariance.reshape(units, -1, units, covariance.shape[0] // max(units, 1)).transpose(0, 2, 1, 3).copy()
    there = (np.einsum("uuss->us", blocks) > 0).astype(np.float64)
    scale = np.outer(raters.n, raters.n).astype(np.float64)
    apart = ~np.eye(units, dtype=np.bool_)
    shared = np.einsum("uv,us,vt->st", raters.both, there, there)
    total = np.einsum("uv,uvst->st", np.where(apart, scale, 0.0), blocks)
    common = np.where(shared > 0, total / np.where(shared > 0, shared, 1.0), 0.0)
    known = (raters.both >= LEAST) & (raters.several >= LEAST)
    weight = np.where(known, raters.both / np.where(scale > 0, scale, 1.0), 0.0)
    between = np.einsum("uv,us,vt,st->uvst", weight, there, there, common)
    blocks[apart] = between[apart]
    return np.asarray(blocks.transpose(0, 2, 1, 3).reshape(covariance.shape))
