"""The sliders of the what-if page: what can be weighed, in which steps, and how weights that were typed are read."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from survey_app.errors import Refused
from survey_app.i18n import N_, number, say
from survey_app.results import heat
from survey_app.results.disclosure import rounded
from survey_app.results.reading import Reading
from survey_app.results.tried import Weights
from survey_app.results.what_if import Branch, Delivered

STEPS = (1.0, 0.5, 0.25, 0.1, 0.05, 0.01, 0.001)
PLACES = 40  # a slider has at least so many
EXACT = 1e-9
NO_WEIGHT = N_("At least one weight must be above 0 in each part.")


class Slider(msgspec.Struct, frozen=True):
    """One weight: `value`, `most` and `step` as HTML writes them, `plan` the plan's own; `share` of its parent in per
    cent, as read."""

    id: str
    label: str
    value: str
    plan: str
    most: str
    step: str
    share: str


class Weighing(msgspec.Struct, frozen=True):
    """Sliders that are weighed against each other. `sums`: they are added up, so that no shares are told."""

    id: str
    label: str
    sums: bool
    sliders: tuple[Slider, ...]


def weighings(reading: Reading, numbers: Delivered, weights: Weights) -> tuple[Weighing, ...]:
    """The sub-indices first, then the parts above them; what has one member only is not weighed."""
    found = [
        Weighing(one.id, heat.column_label(reading, one.id), one.sums, tuple(sliders(reading, one, weights)))
        for one in numbers.tree.walk()
        if len(one.children) > 1
    ]
    return tuple(reversed(found))


def sliders(reading: Reading, parent: Branch, weights: Weights) -> list[Slider]:
    """One for each member of a node."""
    most, step = ends(parent)
    total = sum(weights[child.id] for child in parent.children)
    return [
        Slider(
            id=child.id,
            label=label(reading, child.id),
            value=plain(weights[child.id]),
            plan=plain(child.weight),
            most=plain(most),
            step=plain(step) if step else "any",
            share=share(weights[child.id], total, reading.language),
        )
        for child in parent.children
    ]


def label(reading: Reading, node: str) -> str:
    """As the comparison's columns are named."""
    if node == reading.department:
        return say(reading.language, "the Department's part")
    return heat.column_label(reading, node)


def share(weight: float, total: float, language: str) -> str:
    """The weight's part of its parent, in per cent."""
    if total <= 0:
        return ""
    return f"{number(rounded(round(100 * weight / total, 7), 1), 1, language)}\u00a0%"


def ends(parent: Branch) -> tuple[float, float | None]:
    """The slider's greatest value, a round number that one member may take for itself alone; and its step, on which all
    the plan's weights lie (None: there is no such step)."""
    plan = [child.weight for child in parent.children]
    most = nice(sum(plan))
    steps = (
        step
        for step in STEPS
        if step * PLACES <= most and all(abs(weight / step - round(weight / step)) < EXACT for weight in plan)
    )
    return most, next(steps, None)


def nice(least: float) -> float:
    """The least of 1, 2, 5, 10, 20 … that is no less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - EXACT))


def plain(value: float) -> str:
    """A number as HTML writes it: with a point, and whole where it is."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def typed(reading: Reading, numbers: Delivered, fields: Mapping[str, str]) -> dict[str, float]:
    """Weights by node, from what was typed; fields of other names are passed over. Raises Refused naming the first that
    is none."""
    found = {}
    for parent in numbers.tree.walk():
        most = ends(parent)[0] if parent.children else 0.0
        for child in parent.children:
            if child.id in fields:
                found[child.id] = read(fields[child.id], most, label(reading, child.id))
    return found


def read(text: str, most: float, name: str) -> float:
    """One weight. Raises Refused."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0 <= value <= most:
        raise Refused("The weight of “{name}” must be a number from 0 to {most}.", name=name, most=plain(most))
    return value
