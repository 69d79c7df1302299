"""Figures that do not come from answers: hard data and the panel's points, brought to 0–100 within a peer group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from survey_app.scoring.leaf import Leaf
from survey_app.scoring.normalise import FloatArray, bounds_of, goalposts

Figures = Mapping[tuple[str, str], float]


class Given(msgspec.Struct, frozen=True):
    """What the index needs beside the count.

    hard, panel: (unit, leaf) → figure or points; seed: `ranks.seed_of` the round; earlier: leaf → figures of earlier
    rounds, for pooled bounds; least: unit → least number of sheets to be ranked where that is more than the plan's
    `min_score` (teams).
    """

    hard: Figures = {}
    panel: Figures = {}
    seed: int = 0
    earlier: Mapping[str, Sequence[float]] = {}
    least: Mapping[str, int] = {}


class Scored(msgspec.Struct, frozen=True):
    """values (U,) on 0–100, NaN where there is none; reasons (U,) why, None where there is a value; asked: the leaf
    applies to this group at all."""

    values: FloatArray
    reasons: tuple[str | None, ...]
    asked: bool = True


def scored(
    leaf: Leaf, units: Sequence[str], kinds: Sequence[str], figures: Figures, earlier: Sequence[float] = ()
) -> Scored:
    """One leaf for the units of a peer group. `figures` by (unit code, leaf id); `earlier` = all figures of the earlier
    rounds that a pooled minimum and maximum also look at. A leaf limited to other kinds of unit is not asked here."""
    if leaf.kinds and not set(kinds) <= set(leaf.kinds):
        return Scored(np.full(len(units), np.nan), ("not_asked",) * len(units), asked=False)
    raw = np.array([figures.get((unit, leaf.id), np.nan) for unit in units], dtype=np.float64)
    ends = _ends(leaf, raw, np.array(earlier, dtype=np.float64))
    missing = "no_hard_data" if leaf.source == "hard" else "no_panel_points"
    if ends is None:
        reason = "max_equals_min" if not np.isnan(raw).all() else missing
        return Scored(np.full(len(units), np.nan), (reason,) * len(units))
    values = goalposts(raw, *ends, leaf.direction, leaf.scale.outside)
    return Scored(values, tuple(missing if np.isnan(value) else None for value in values))


def _ends(leaf: Leaf, raw: FloatArray, earlier: FloatArray) -> tuple[float, float] | None:
    """The scale's ends; None where the lowest and the highest figure are the same."""
    if leaf.scale.bounds == "own_year":
        return bounds_of(raw)
    if leaf.scale.bounds == "pooled":
        return bounds_of(np.concatenate([raw, earlier]))
    return leaf.scale.ends()
