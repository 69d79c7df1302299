"""What kinds of business said: segments of the whole Cục, and two halves of a unit's businesses.

Threat: a cell of a few businesses shows what they said, and so does what is left when the others are taken away. So
every cell, and everything that is hidden together, holds ten businesses or more.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from survey_app.ballot.kept import LEAST_SEGMENT, to_ten
from survey_app.ballot.ledger import Ledger
from survey_app.ballot.small import Sifted
from survey_app.questionnaire.answers import Answer, Missing
from survey_app.scoring.counted import CountedGroup
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Dichotomy, Plan
from survey_app.scoring.sheets import IntArray
from survey_app.scoring.subtraction import suppressed

WHOLE_BELOW = 30  # businesses; a score of fewer is a whole number
IN, OUT, SILENT = 0, 1, 2  # sides of a question that divides businesses in two


class Cell(msgspec.Struct, frozen=True):
    """Mean score of some businesses on 0–100, whole; `n` to the nearest ten."""

    n: int
    score: float


class Halves(msgspec.Struct, frozen=True):
    """Mean scores of those that gave one of the plan's codes, and of the others that answered."""

    inside: float
    outside: float


@dataclass(frozen=True)
class Scored:
    """Base sheets of one peer group with their composites (n,) on 0–100."""

    group: CountedGroup
    composite: FloatArray


def composites(plan: Plan, sifted: Sifted, place: int) -> Scored:
    """The sheets of one group, each with its mean over the sub-indices at the plan's weights."""
    group = CountedGroup(plan, sifted.sheets[place], sifted.left_out[place])
    weights = np.where(group.centre.estimable, plan.shares_among([sub.id for sub in group.subs]), 0.0)
    total = float(weights.sum())
    return Scored(group, np.nan_to_num(group.y()) @ weights / (total if total > 0 else 1.0))


class Segments:
    """Every business once, with the mean of what it said of the units that are shown."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.total, self.n = np.zeros(ledger.businesses_opened), np.zeros(ledger.businesses_opened)

    def add(self, scored: Scored) -> None:
        business = scored.group.counted.business
        self.total += np.bincount(business, weights=scored.composite, minlength=self.total.size)
        self.n += np.bincount(business, minlength=self.n.size)

    def cells(self) -> dict[str, dict[str, Cell]]:
        """Question → code, without the cells that may not be shown."""
        rated = self.n > 0
        score = self.total[rated] / self.n[rated]
        found = {}
        for question, column in self.ledger.profile.items():
            code = column.code[rated]
            counts = {name_of(column.different[place]): int(n) for place, n in enumerate(np.bincount(code)) if n}
            hidden = suppressed(counts, LEAST_SEGMENT)
            found[question] = {
                name: Cell(to_ten(counts[name]), float(round(float(score[code == place].mean()))))
                for place, answer in enumerate(column.different)
                if isinstance(answer, tuple) and (name := name_of(answer)) in counts.keys() - hidden
            }
        return {question: dict(sorted(cells.items())) for question, cells in sorted(found.items()) if cells}


def name_of(answer: Answer | None) -> str:
    """A cell's code; a question that was not answered is a cell too."""
    return "" if answer is None else answer.value if isinstance(answer, Missing) else answer[0]


def halves_of(plan: Plan, ledger: Ledger, scored: Scored) -> dict[str, dict[str, Halves]]:
    """Unit → question, where either half, and those that did not answer, are ten businesses or more, or nobody."""
    counted = scored.group.counted
    found: dict[str, dict[str, Halves]] = {}
    for divided in plan.divided():
        side = sides(ledger, divided)[counted.business]
        for u, unit in enumerate(counted.group.units):
            mine = counted.unit == u
            inside, outside, silent = (mine & (side == which) for which in (IN, OUT, SILENT))
            n = [np.unique(counted.business[part]).size for part in (inside, outside, silent)]
            if min(n[:2]) >= LEAST_SEGMENT and (n[2] == 0 or n[2] >= LEAST_SEGMENT):
                pair = [mean(scored.composite[part], n_part) for part, n_part in ((inside, n[0]), (outside, n[1]))]
                found.setdefault(unit, {})[divided.question] = Halves(*pair)
    return found


def sides(ledger: Ledger, divided: Dichotomy) -> IntArray:
    """(B,) on which side each business stands."""
    column = ledger.profile[divided.question]
    side = [
        SILENT if not isinstance(answer, tuple) else IN if answer[0] in divided.codes else OUT
        for answer in column.different
    ]
    return np.asarray(np.array(side, dtype=np.int64)[column.code])


def mean(values: FloatArray, n: int) -> float:
    """With the decimals that so many businesses allow."""
    return round(float(values.mean()), 0 if n < WHOLE_BELOW else 1)
