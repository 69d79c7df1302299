"""Signs of careless answering on every sheet, and the index with and without the sheets that have several.

Nothing is left out here: signs are a logged score, and both indices stand side by side.
"""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring import careless, cleaning
from survey_app.scoring.careless import Signs
from survey_app.scoring.cleaning import Agreement, Flags
from survey_app.scoring.estimate import estimate_group
from survey_app.scoring.estimates import Estimates
from survey_app.scoring.index import Index, index
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Plan
from survey_app.scoring.respondent_level import Estimated
from survey_app.scoring.sheets import BoolArray, IntArray, Sheets

SEVERAL = 2  # signs, from which a sheet is left out of the second index


class Careless(msgspec.Struct, frozen=True):
    """Of one peer group's n sheets: `signs`, unknown where fewer than eight answers share a scale; `marks`: sign → (n,)
    beyond its cut; `mute`: signs that tell nothing in this group; `number` (n,) of the others beyond their cuts;
    `items` looked at."""

    signs: Signs
    marks: dict[str, BoolArray]
    mute: tuple[str, ...]
    number: IntArray
    items: int

    @property
    def several(self) -> BoolArray:
        return np.asarray(self.number >= SEVERAL)


def of_group(plan: Plan, sheets: Sheets) -> Careless:
    """All sheets, flagged ones too. Looked at are the questions on the group's most frequent agreement scale, each
    once, in the order of the plan; signs are of answers as given, but even-odd needs items that point the same way."""
    agreement = Agreement(plan, sheets)
    places = _once(plan, sheets, agreement)
    block = sheets.block()
    x, asked = agreement.of(block)[:, places], block.asked[:, places].sum(axis=1)
    x = np.where((~np.isnan(x)).sum(axis=1, keepdims=True) >= cleaning.LEAST_ANSWERS, x, np.nan)
    items = [sheets.group.items[place] for place in places]
    sizes = [size for sub in plan.sub_indices() if (size := sum(leaf.id in items for leaf in sub.leaves))]
    found = careless.signs(x, sizes)
    even_odd = careless.even_odd(_upright(plan, items, x, agreement), sizes)
    found = msgspec.structs.replace(found, even_odd=even_odd)
    marks = careless.marks(found, asked)
    mute = tuple(name for name, tells in careless.telling(found).items() if not tells)
    return Careless(found, marks, mute, careless.beyond(found, asked, set(marks) - set(mute)), len(items))


def _once(plan: Plan, sheets: Sheets, agreement: Agreement) -> IntArray:
    """Places of the items; of a question that two leaves count, the first."""
    questions = [plan.leaf(item).question_id for item in sheets.group.items]
    chosen = np.flatnonzero(agreement.chosen).tolist()
    return np.array(list({questions[place]: place for place in reversed(chosen)}.values())[::-1], dtype=np.int64)


def _upright(plan: Plan, items: list[str], x: FloatArray, agreement: Agreement) -> FloatArray:
    """x with harm items turned around the middle of the scale."""
    turned = np.array([plan.leaf(item).direction == "lower" for item in items], dtype=np.bool_)
    return np.where(turned, (agreement.low + agreement.high) * agreement.unit - x, x)


def without(found: Estimated, looked: tuple[Careless, ...]) -> Index:
    """The index without sheets of two signs or more, beside those that it leaves out anyway."""
    parts = zip(found.groups, found.flags, looked, strict=True)
    groups = (estimate_group(found.plan, sheets, _gone(flags, look), rounded=False) for sheets, flags, look in parts)
    return index(found.plan, Estimates(tuple(groups)), found.given)


def _gone(flags: Flags, look: Careless) -> BoolArray:
    return np.asarray(flags.flagged | look.several)
