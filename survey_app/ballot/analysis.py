"""What the count works out beside the estimates, once and for all: nothing of it can be computed when the sheets are
gone. Other rules, segments, two halves of a unit's businesses, how questions go together, the round's self-test.

Threat: each is a second look at the same sheets. So every cell holds ten businesses or more and so does all that is
left over, numbers are round, and whatever would differ by a few sheets is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from survey_app.ballot.ground import Ground
from survey_app.ballot.kept import LEAST_SEGMENT, to_ten
from survey_app.ballot.ledger import Ledger
from survey_app.ballot.small import Sifted, thinned_group
from survey_app.questionnaire.answers import Answer, Missing
from survey_app.scoring import leniency, reliability, variants
from survey_app.scoring.estimate import CountedGroup, Estimates, GroupEstimate, entering, estimate_group
from survey_app.scoring.leniency import Model
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Dichotomy, Plan
from survey_app.scoring.ranks import RANKED_FROM, seed_of
from survey_app.scoring.reliability import Alpha, Driver, Moments, Reliability
from survey_app.scoring.selftest import SelfTest, self_test
from survey_app.scoring.sheets import BoolArray, IntArray
from survey_app.scoring.subtraction import suppressed
from survey_app.scoring.variants import Name, Shift

WHOLE_BELOW = 30  # businesses; a score of fewer is a whole number


class Cell(msgspec.Struct, frozen=True):
    """Mean score of some businesses on 0–100, whole; `n` to the nearest ten."""

    n: int
    score: float


class Halves(msgspec.Struct, frozen=True):
    """Mean scores of those that gave one of the plan's codes, and of the others that answered."""

    inside: float
    outside: float


class Analysis(msgspec.Struct, frozen=True):
    """variants: rule → unit; segments: profile question → code, the whole Cục; halves: unit → profile question;
    reliability and self_test: peer group."""

    variants: dict[Name, dict[str, Shift]]
    segments: dict[str, dict[str, Cell]]
    halves: dict[str, dict[str, Halves]]
    reliability: dict[str, Reliability]
    self_test: dict[str, SelfTest]


@dataclass(frozen=True)
class Scored:
    """Base sheets of one peer group with their composites (n,) on 0–100."""

    group: CountedGroup
    composite: FloatArray


def analyse(round_id: str, ground: Ground, ledger: Ledger, sifted: Sifted, estimates: Estimates) -> Analysis:
    """`sifted`: the thinned base case that the estimates rest on."""
    plan = ground.plan
    found: dict[Name, dict[str, Shift]] = {}
    correlated: dict[str, Reliability] = {}
    tested: dict[str, SelfTest] = {}
    segments = Segments(ledger)
    halves: dict[str, dict[str, Halves]] = {}
    for place, base in enumerate(estimates.groups):
        for name, shifts in other_rules(plan, ground, sifted, place, base).items():
            found.setdefault(name, {}).update(shifts)
        scored = composites(plan, sifted, place)
        segments.add(scored)
        halves |= halves_of(plan, ledger, scored)
        if (together := reliability_of(plan, scored.group)) is not None:
            correlated[base.id] = together
        if (test := tested_group(scored, seed_of(f"{round_id}/{base.id}"))) is not None:
            tested[base.id] = test
    return Analysis(found, segments.cells(), halves, correlated, tested)


# ---------------------------------------------------------------- other rules


def other_rules(
    plan: Plan, ground: Ground, sifted: Sifted, place: int, base: GroupEstimate
) -> dict[Name, dict[str, Shift]]:
    """One peer group under each other rule. A figure is told beside all that are told before it."""
    sheets, left_out = sifted.sheets[place], sifted.left_out[place]
    counted = entering(sheets, left_out)
    nobody = np.zeros(sheets.count, dtype=np.bool_)
    rules: tuple[tuple[Name, BoolArray, Model], ...] = (
        ("all_sheets", nobody, leniency.fit_means),
        ("strict", sifted.flags[place].strict | left_out, leniency.fit_means),
        ("within_business", ~variants.several_units(sheets, counted), leniency.fit_within),
    )
    least = ranked_from(ground)
    told = [counted]
    found: dict[Name, dict[str, Shift]] = {}
    for name, without, model in rules:
        kept, out = thinned_group(plan, sheets, without)
        own, other = entering(kept, out), estimate_group(plan, kept, out, model=model)
        apart = [variants.apart(sheets, own, one) for one in told]
        found[name] = variants.shifts(plan, base, other, apart, least)
        told.append(own)
    return found


def ranked_from(ground: Ground) -> dict[str, int]:
    """Units that take a rank from more sheets on than others: teams, and groups that hold one."""
    teams = {code for code, unit in ground.register.items() if unit.parent in ground.register}
    return {ground.reported(code): RANKED_FROM for code in teams}


# ---------------------------------------------------------------- who answered


def composites(plan: Plan, sifted: Sifted, place: int) -> Scored:
    """The sheets of one group, each with its mean over the sub-indices at the plan's weights."""
    group = CountedGroup(plan, sifted.sheets[place], sifted.left_out[place])
    effective = plan.effective_weights()
    weights = np.where(group.centre.estimable, [effective[sub.id] for sub in group.subs], 0.0)
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


IN, OUT, SILENT = 0, 1, 2


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


# ---------------------------------------------------------------- how questions go together


def reliability_of(plan: Plan, group: CountedGroup) -> Reliability | None:
    """Of one peer group with 100 sheets or more."""
    if group.counted.count < reliability.LEAST:
        return None
    items = [j for j, leaf in enumerate(group.leaves) if leaf.adjustable]
    moments = Moments(len(items))
    for deviations in group.deviations():
        moments.add(deviations[:, items])
    names = [group.leaves[j].id for j in items]
    return Reliability(
        items=tuple(names),
        correlations=reliability.told(moments.correlation()),
        alpha=dict(alphas(group, names, moments)),
        drivers=drivers(plan, group),
    )


def alphas(group: CountedGroup, names: Sequence[str], moments: Moments) -> Iterator[tuple[str, Alpha]]:
    """By sub-index, over its weighted items."""
    covariance = moments.covariance()
    for sub in group.subs:
        inside = [names.index(item) for item, weight in zip(sub.items, sub.weights, strict=True)
                  if weight > 0 and item in names]  # fmt: skip
        block, n = covariance[np.ix_(inside, inside)], moments.n[np.ix_(inside, inside)]
        if not inside or np.isnan(block).any():
            continue
        found = reliability.alpha(block, float(n.min()))
        if found is not None:
            value, se = (round(number, reliability.DECIMALS) for number in found)
            yield sub.id, Alpha(value, se, len(inside), to_ten(int(n.min())))


def drivers(plan: Plan, group: CountedGroup) -> dict[str, Driver]:
    """The sub-indices' parts in the overall verdict, which itself is taken out of them."""
    outcome = plan.outcome_leaf()
    if outcome is None or outcome not in group.leaves:
        return {}
    verdict = outcome.mapped(group.counted.x(group.counted.group.items.index(outcome.id)))
    y = group.y(without=outcome.id)
    known = ~np.isnan(verdict)
    subs = [s for s in range(len(group.subs)) if not np.isnan(y[:, s]).any()]
    moments = Moments(len(subs) + 1)
    moments.add(np.column_stack([y[known][:, subs], verdict[known]]) - np.nanmean(verdict))
    correlation = moments.correlation()
    if np.isnan(correlation).any():
        return {}
    weights = reliability.relative_weights(correlation[:-1, :-1], correlation[:-1, -1])
    if weights is None:
        return {}
    return {
        group.subs[s].id: Driver(
            round(float(weights[place]), reliability.DECIMALS),
            round(float(correlation[place, -1]), reliability.CORRELATION_DECIMALS),
        )
        for place, s in enumerate(subs)
    }


def tested_group(scored: Scored, seed: int) -> SelfTest | None:
    """Over the units with sheets."""
    counted = scored.group.counted
    present, unit = np.unique(counted.unit, return_inverse=True)
    return self_test(scored.composite, unit, counted.business, present.size, seed)
