"""What of the tallies may stay: nothing that too few said, no number as it was typed, tens where one could subtract.

Threat: somebody holds the whole database. What no reader may ever see is dropped here, before it is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from survey_app.ballot.tally import CUC, Tally
from survey_app.questionnaire.answers import MISSING
from survey_app.questionnaire.classes import class_of
from survey_app.questionnaire.schema import Multi, Number
from survey_app.scoring.statistics import statistic_of
from survey_app.scoring.subtraction import suppressed

LEAST_SEGMENT = 10  # businesses in a cell of the whole Cục
DIGITS = 2  # significant ones of a median in hours or visits: it may be what one business typed


def tallies(tally: Tally) -> dict[str, dict[str, dict[str, int]]]:
    """As `Outcome` has them: an item that too few answered keeps its name and loses its counts."""
    return {
        unit: {item: dict(sorted(_kept(tally, unit, item, counts).items())) for item, counts in sorted(items.items())}
        for unit, items in sorted(tally.counts.items())
    }


def _kept(tally: Tally, unit: str, item: str, counts: Mapping[str, int]) -> Mapping[str, int]:
    if unit == CUC:
        return _segment(counts, tally.sheets if isinstance(tally.ground.questionnaire.by_id[item], Multi) else None)
    if tally.answered[unit, item] < tally.ground.plan.privacy.min_distribution:
        return {}
    if not isinstance(tally.ground.questionnaire.by_id[item], Number):
        return counts
    classes: Counter[str] = Counter()
    for code, count in counts.items():
        classes[code if code in MISSING else class_of(code)] += count
    return classes


def _segment(counts: Mapping[str, int], sheets: int | None) -> dict[str, int]:
    """The cells of a profile question that may be shown. `sheets`: several answers may be given, so that each cell
    stands against all who did not give it, and they too must be nobody or many."""
    if sheets is None:
        hidden = suppressed(counts, LEAST_SEGMENT)
        return {code: count for code, count in counts.items() if code not in hidden}
    return {
        code: count
        for code, count in counts.items()
        if count >= LEAST_SEGMENT and (count == sheets or sheets - count >= LEAST_SEGMENT)
    }


def numbers(tally: Tally) -> dict[str, dict[str, float]]:
    """The statistic of each number question, in its own measure, for the leaves that the plan counts or shows."""
    found: dict[str, dict[str, float]] = {}
    for unit, items in sorted(tally.counts.items()):
        for item, counts in sorted(items.items()):
            enough = tally.answered[unit, item] >= tally.ground.plan.privacy.min_distribution
            if unit == CUC or not enough or not isinstance(tally.ground.questionnaire.by_id[item], Number):
                continue
            given = {code: count for code, count in counts.items() if code not in MISSING}
            for leaf in tally.ground.leaves.get(item, ()):
                value = statistic_of(leaf, given).value
                if value is not None:
                    found.setdefault(unit, {})[leaf.id] = float(f"{value:.{DIGITS}g}")
    return found


def fear(tally: Tally) -> dict[str, tuple[int, int]]:
    """Guarded and all answers, of units where enough answered the question."""
    least = tally.ground.plan.privacy.min_distribution
    pairs = ((unit, guarded, answered) for unit, (guarded, answered) in sorted(tally.fear.items()))
    return {unit: (guarded, answered) for unit, guarded, answered in pairs if answered >= least}


def to_ten(number: int) -> int:
    """To the nearest ten: what is left when the units' numbers are taken from it tells of no single sheet."""
    return (number + 5) // 10 * 10
