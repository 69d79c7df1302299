"""What the count works out beside the estimates, once and for all: nothing of it can be computed when the sheets are
gone. Other rules, segments and halves, how questions go together, the round's self-test.

Threat: each is a second look at the same sheets. So every cell holds ten businesses or more and so does all that is
left over, numbers are round, and whatever would differ by a few sheets is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from survey_app.ballot.ground import Ground
from survey_app.ballot.kept import to_ten
from survey_app.ballot.ledger import Ledger
from survey_app.ballot.segments import Cell, Halves, Scored, Segments, composites, halves_of
from survey_app.ballot.small import Sifted, thinned_group
from survey_app.scoring import fits, leniency, reliability, variants
from survey_app.scoring.counted import CountedGroup, entering
from survey_app.scoring.drivers import MOST, find
from survey_app.scoring.estimate import estimate_group
from survey_app.scoring.estimates import Estimates, GroupEstimate
from survey_app.scoring.fits import Model
from survey_app.scoring.plan import Plan
from survey_app.scoring.ranks import RANKED_FROM, seed_of
from survey_app.scoring.reliability import Alpha, Driver, Moments, Reliability
from survey_app.scoring.selftest import SelfTest, self_test
from survey_app.scoring.sheets import BoolArray
from survey_app.scoring.variants import Name, Shift


class Analysis(msgspec.Struct, frozen=True):
    """variants: rule → unit; segments: profile question → code, the whole Cục; halves: unit → profile question;
    reliability and self_test: peer group."""

    variants: dict[Name, dict[str, Shift]]
    segments: dict[str, dict[str, Cell]]
    halves: dict[str, dict[str, Halves]]
    reliability: dict[str, Reliability]
    self_test: dict[str, SelfTest]


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
        ("unadjusted", left_out, fits.fit_means),
        ("all_sheets", nobody, leniency.fit_mixed),
        ("strict", sifted.flags[place].strict | left_out, leniency.fit_mixed),
        ("within_business", ~variants.several_units(sheets, counted), fits.fit_within),
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
    """The sub-indices' parts in the overall verdict, which itself is taken out of them; empty where too few sheets know
    it, or where it may be noise."""
    outcome = plan.outcome_leaf()
    if outcome is None or outcome not in group.leaves:
        return {}
    verdict = outcome.mapped(group.counted.x(group.counted.group.items.index(outcome.id)))
    y = group.y(without=outcome.id)
    known = ~np.isnan(verdict)
    subs = [s for s in range(len(group.subs)) if not np.isnan(y[:, s]).any()]
    if not 1 <= len(subs) <= MOST:
        return {}
    found = find(y[known][:, subs], verdict[known]).drivers
    if found is None:
        return {}
    return {
        group.subs[s].id: Driver(
            round(float(found.relative[place]), reliability.DECIMALS),
            round(float(found.r[place]), reliability.CORRELATION_DECIMALS),
        )
        for place, s in enumerate(subs)
    }


def tested_group(scored: Scored, seed: int) -> SelfTest | None:
    """Over the units with sheets."""
    return self_test(scored.composite, scored.group.design(), seed)
