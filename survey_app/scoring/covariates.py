"""What is known of a sheet beside its scores: whether it is about the main unit, fear, and the business's segments."""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import IntArray, changes

LEAST_OF_A_KIND = 20  # businesses; smaller kinds are not told apart from those that say nothing


class Profile(msgspec.Struct, frozen=True):
    """Of n sheets, business ascending: unit, business, home (n,) main unit, fear (n,) 1 = held back, NaN = no
    answer, and segments (n, Q), −1 = nothing said."""

    unit: IntArray
    business: IntArray
    home: IntArray
    fear: FloatArray
    segments: IntArray


class Covariates(msgspec.Struct, frozen=True):
    """values (n, C); reference (C,) at which unit scores are read: segments at their mean over businesses, each counted
    once; main unit and fear at their mean over sheets. fear: the column of the fear question, None without answers."""

    values: FloatArray
    reference: FloatArray
    fear: int | None


def covariates(of: Profile) -> Covariates:
    """Columns without information are left out by the fit."""
    columns: list[FloatArray] = [(of.home == of.unit).astype(np.float64)]
    fear = len(columns) if (~np.isnan(of.fear)).any() else None
    if fear is not None:
        columns.append(np.where(np.isnan(of.fear), np.nanmean(of.fear), of.fear))
    by_sheet = len(columns)
    first = changes(of.business)
    for segment in of.segments.T:
        kinds, number = np.unique(segment[first], return_counts=True)
        told = kinds[(number >= LEAST_OF_A_KIND) & (kinds >= 0)]
        columns += [(segment == kind).astype(np.float64) for kind in told[1:]]
    values = np.column_stack(columns)
    reference = values.mean(axis=0) if values.size else np.zeros(len(columns))
    if values.size:
        reference[by_sheet:] = values[first, by_sheet:].mean(axis=0)
    return Covariates(values, reference, fear)
