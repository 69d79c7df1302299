"""Figures that do not come from answers: hard data and the panel's points, brought to 0–100 within a peer group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from survey_app.scoring import normalise
from survey_app.scoring.leaf import Leaf
from survey_app.scoring.normalise import FloatArray

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
    applies to this group at all; not bounded: values on a scale of their own."""

    values: FloatArray
    reasons: tuple[str | None, ...]
    asked: bool = True
    bounded: bool = True


def scored(
    leaf: Leaf, units: Sequence[str], kinds: Sequence[str], figures: Figures, earlier: Sequence[float] = ()
) -> Scored:
    """One leaf for the units of a peer group. `figures` by (unit code, leaf id); `earlier` = all figures of the earlier
    rounds that a pooled minimum and maximum also look at. A leaf limited to other kinds of unit is not asked here."""
    if leaf.kinds and not set(kinds) <= set(leaf.kinds):
        return Scored(np.full(len(units), np.nan), ("not_asked",) * len(units), asked=False)
    raw = np.array([figures.get((unit, leaf.id), np.nan) for unit in units], dtype=np.float64)
    return on_scale(leaf, raw, units, np.array(earlier, dtype=np.float64))


def on_scale(leaf: Leaf, raw: FloatArray, units: Sequence[str], earlier: FloatArray) -> Scored:
    """The leaf's figures (U,) as its plan normalises them, and why there is none."""
    values = _normalised(leaf, raw, units, earlier)
    missing = {"hard": "no_hard_data", "panel": "no_panel_points"}.get(leaf.source, "no_answers")
    flat = "outside_scale" if normalise.bounds_of(raw) else "max_equals_min"
    gone = np.isnan(raw)
    reasons = tuple(
        None if known else missing if gap else flat for known, gap in zip(~np.isnan(values), gone, strict=True)
    )
    return Scored(values, reasons, bounded=leaf.scale.bounded)


def _normalised(leaf: Leaf, raw: FloatArray, units: Sequence[str], earlier: FloatArray) -> FloatArray:
    """(U,) NaN where there is no figure or no scale."""
    scale, direction = leaf.scale, leaf.direction
    match scale.method:
        case "goalposts" | "min_max":
            ends = _ends(leaf, raw, earlier)
            if ends is None:
                return np.full(raw.shape, np.nan)
            return normalise.goalposts(raw, *ends, direction, scale.outside)
        case "percentile":
            return normalise.percentile(raw, direction)
        case "fraction_of_max":
            return normalise.fraction_of_max(raw, direction)
        case "distance_max":
            return normalise.distance_to_max(raw, direction)
        case "distance_reference" | "distance_target":
            aim = (
                _number(scale.target) if scale.method == "distance_target" else _figure_of(str(scale.unit), raw, units)
            )
            return normalise.distance_to(raw, direction, aim, scale.outside)
        case "z_score":
            return normalise.z_score(raw, direction, _number(scale.mean, 0.0), _number(scale.sd, 1.0))
        case "rank":
            return normalise.rank(raw, direction)
        case "borda":
            return normalise.borda(raw, direction)
        case "scaled":
            return normalise.scaled(raw, direction, *scale.ends(), _number(scale.factor, 1.0))
        case "none":
            return raw


def _number(value: float | msgspec.UnsetType, otherwise: float = np.nan) -> float:
    return otherwise if isinstance(value, msgspec.UnsetType) else value


def _figure_of(unit: str, raw: FloatArray, units: Sequence[str]) -> float:
    """The reference unit's figure; NaN where there is no such unit."""
    return float(raw[list(units).index(unit)]) if unit in units else np.nan


def _ends(leaf: Leaf, raw: FloatArray, earlier: FloatArray) -> tuple[float, float] | None:
    """The scale's ends; None where the lowest and the highest figure are the same."""
    if leaf.scale.bounds == "own_year":
        return normalise.bounds_of(raw)
    if leaf.scale.bounds == "pooled":
        return normalise.bounds_of(np.concatenate([raw, earlier]))
    return leaf.scale.ends()
