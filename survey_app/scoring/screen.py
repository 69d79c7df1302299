"""Units with too little data to be scored (the field's rule of thumb: 65 % of the indicators)."""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.sheets import BoolArray


class Screened(msgspec.Struct, frozen=True):
    """Shares (U,) of known and of known, non-zero values among the indicators, and who stays (U,)."""

    known: FloatArray
    non_zero: FloatArray
    stays: BoolArray


def screen(values: FloatArray, coverage: float) -> Screened:
    """values (U, J)."""
    present = ~np.isnan(values)
    width = max(values.shape[1], 1)
    known = present.sum(axis=1) / width
    return Screened(known, (present & (values != 0)).sum(axis=1) / width, known >= coverage - 1e-12)
