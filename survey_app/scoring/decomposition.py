"""Why a unit's score changed from one round to the next: own answers, bounds that others moved, weights, questions.

The parts are differences along a chain from the older published score to the newer one, so that they sum to the change:
older score → questions that both rounds ask → the newer plan's weights → the newer answers, on the older scale →
the newer scale → newer score. Who answered is a part of its own kind: what the adjustment took out of the change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from survey_app.scoring import relative
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan, SubIndex
from survey_app.scoring.tree import GroupTree

Bounds = Mapping[str, tuple[float, float]]


class Parts(msgspec.Struct, frozen=True):
    """One unit's change of the businesses' part, on the newer plan's shown scale; `total` is the sum of the parts."""

    unit: str
    answers: float
    bounds: float
    weights: float
    questions: float

    @property
    def total(self) -> float:
        return self.answers + self.bounds + self.weights + self.questions


class Round(msgspec.Struct, frozen=True):
    """A round's plan, one peer group's estimate, and the earlier scores that its pooled bounds look back on."""

    plan: Plan
    group: GroupEstimate
    earlier: Mapping[str, Sequence[float]] = {}


def decompose(old: Round, new: Round, comparable: frozenset[str], before: Mapping[str, str]) -> list[Parts]:
    """Of the units that have a score in both rounds. `comparable`: items asked alike; `before`: newer unit → its code
    in the older round, where that differs. Figures inside the businesses' part are left out: they are no answers."""
    both = comparable & _items(old) & _items(new)
    old_only, bounds = old.plan.shown_on, _extremes(old, both)
    chain = [
        _scores(old.plan, old, _items(old), None),
        _scores(old.plan, old, both, None),
        _scores(new.plan, old, both, None),
        _scores(new.plan, new, both, bounds),
        _scores(new.plan, new, both, None),
        _scores(new.plan, new, _items(new), None),
    ]
    # Older scores on the newer scale: a plan may change what it is shown on.
    found = []
    for unit in new.group.units:
        then = before.get(unit, unit)
        steps = [scores.get(then if place < 3 else unit, np.nan) for place, scores in enumerate(chain)]
        steps[:2] = [_moved(step, old_only.min, old_only.max, new.plan) for step in steps[:2]]
        if not np.isnan(steps).any():
            whole, common, weighed, answered, bound, now = steps
            found.append(
                Parts(
                    unit,
                    answers=float(answered - weighed),
                    bounds=float(bound - answered),
                    weights=float(weighed - common),
                    questions=float(common - whole + now - bound),
                )
            )
    return found


def _moved(score: float, low: float, high: float, plan: Plan) -> float:
    return float(plan.shown_on.shown(100.0 * (score - low) / (high - low)))


def _items(of: Round) -> frozenset[str]:
    return frozenset(item for sub in of.group.sub_indices for item in sub.items)


def _extremes(of: Round, items: frozenset[str]) -> dict[str, tuple[float, float]]:
    """Lowest and highest unit of the relative items."""
    found = {}
    for item in items:
        leaf = of.plan.leaf(item)
        if leaf.relative:
            back = of.earlier.get(item, ()) if leaf.scale.bounds == "pooled" else ()
            values = np.concatenate([of.group.item(item), np.array(back, dtype=np.float64)])
            if (~np.isnan(values)).any():
                found[item] = (float(np.nanmin(values)), float(np.nanmax(values)))
    return found


def _scores(plan: Plan, of: Round, items: frozenset[str], bounds: Bounds | None) -> dict[str, float]:
    """Unit → the businesses' part under a plan, from a round's item scores; `bounds`: instead of the round's own."""
    subs = {}
    for sub in plan.sub_indices():
        values = _sub_index(sub, of, items, bounds)
        if values is not None:
            subs[sub.id] = values[None, :]
    counted = np.array(of.group.n_sheets) > 0
    tree = GroupTree(plan, subs, {}, counted)
    values = tree.nodes[plan.businesses_part()].values[0]
    return dict(zip(of.group.units, values.tolist(), strict=True))


def _sub_index(sub: SubIndex, of: Round, items: frozenset[str], bounds: Bounds | None) -> FloatArray | None:
    """(U,) weighted mean over the items that count; None where there is none."""
    group = of.group
    total, mass = np.zeros(len(group.units)), np.zeros(len(group.units))
    chosen: list[tuple[FloatArray, float]] = []
    for leaf, weight in zip(sub.leaves, sub.weights, strict=True):
        if leaf.id in items:
            own = relative.item(leaf, group.item(leaf.id), of.earlier.get(leaf.id, ()))
            chosen.append((_on_scale(leaf.id, group, own, bounds), weight))
    for values, weight in chosen:
        known = ~np.isnan(values)
        total += np.where(known, weight * np.nan_to_num(values), 0.0)
        mass += weight * known
    if not (mass > 0).any():
        return None
    return np.where(mass > 0, total / np.where(mass > 0, mass, 1.0), np.nan)


def _on_scale(item: str, group: GroupEstimate, own: FloatArray, bounds: Bounds | None) -> FloatArray:
    """The item between other ends than its own."""
    if bounds is None or item not in bounds:
        return own
    low, high = bounds[item]
    if high <= low:
        return np.full(own.shape, np.nan)
    return np.asarray(100.0 * (group.item(item) - low) / (high - low))
