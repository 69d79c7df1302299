"""Solving for who said what: tallies, estimates and covariance as equations in the unknown sheets.

Every stored number is a sum over businesses, Σ_b f(sheet of b), and the attacker is given who rated which units. The
block of Σ between two units comes only from the businesses that rated both: Σ_b ψ_b ψ_b′ over few of them, or over one.
He looks for the sheets that make the numbers. Sheets come without the names of their units, else the dealing pattern
alone would tell whose they are; a careless system kept slips, one a unit, and exact numbers.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from survey_app.ballot.outcome import Outcome
from survey_app.scoring.estimates import GroupEstimate
from tests.privacy.attacks import Guess, completed
from tests.privacy.evidence import Evidence

Array = NDArray[np.float64]
ROUNDED = 0.03  # of a number with two significant digits; misfit is measured in this
SWEEPS = 20
POINTS = 5


class Kept(msgspec.Struct, frozen=True):
    """The numbers of a round. `weights`: a mapping item → weight for each of K scores; theta (U, K) on 0–100; n (U,)
    sheets; covariance (U·K, U·K); tallies: unit → item → answer → number."""

    units: tuple[str, ...]
    weights: tuple[dict[str, float], ...]
    theta: list[list[float]]
    n: list[int]
    covariance: list[list[float]]
    tallies: dict[str, dict[str, dict[str, int]]] = {}

    def scores(self, slip: Mapping[str, int]) -> list[float]:
        """The K scores of a slip on 0–100."""
        return [
            sum(weight * (slip[item] - 1) for item, weight in score.items()) / sum(score.values()) * 100 / (POINTS - 1)
            for score in self.weights
        ]

    def influence(self, unit: str, slips: Sequence[Mapping[str, int]]) -> Array:
        """(m, K) how far each of these slips would move the unit's scores."""
        place = self.units.index(unit)
        return np.array([(np.array(self.scores(slip)) - self.theta[place]) / self.n[place] for slip in slips])

    def block(self, one: str, other: str, businesses: int) -> Array:
        """(K, K) Σ_b ψ_b ψ_b′ between two units."""
        k = len(self.weights)
        u, v = self.units.index(one) * k, self.units.index(other) * k
        return np.array(self.covariance)[u : u + k, v : v + k] * (businesses - 1) / businesses


def of_group(group: GroupEstimate, tallies: Mapping[str, dict[str, dict[str, int]]]) -> Kept:
    """What the product keeps, as these equations take it."""
    return Kept(
        units=group.units,
        weights=tuple(
            {item: w for item, w in zip(sub.items, sub.weights, strict=True) if w} for sub in group.sub_indices
        ),
        theta=group.sub_scores().tolist(),
        n=list(group.n_sheets),
        covariance=[list(row) for row in group.covariance],
        tallies=dict(tallies),
    )


def kept_of(evidence: Evidence) -> Kept | None:
    """The round's numbers, wherever they stand among the rows."""
    for row in reversed(evidence.rows):
        columns = dict(row.columns)
        if row.table == "naive_estimates":
            return msgspec.json.decode(columns["content"], type=Kept)
        if row.table == "count" and row.moment:
            outcome = Outcome.from_canonical(columns["outcome"])
            return next(
                (of_group(group, outcome.tallies) for group in outcome.estimates.groups if group.covariance), None
            )
    return None


def by_normal_equations(evidence: Evidence, chance: random.Random) -> Guess:
    """Give every business the sheet that fits the numbers best, all together."""
    kept = kept_of(evidence)
    if kept is None:
        return completed({}, evidence, chance, 0)
    slips = kept_slips(evidence)
    misfit = slip_misfit(kept, evidence, slips) if slips else sheet_misfit(kept, evidence)
    misfit += np.random.default_rng(chance.randrange(2**32)).random(misfit.shape) * 1e-9  # ties fall by chance
    _, sheets = linear_sum_assignment(np.log(misfit + 1e-9))
    if not slips:
        sheets = settled(kept, evidence, sheets)
    return completed(dict(enumerate(sheets.tolist())), evidence, chance, len(set(map(frozenset, evidence.dealt))))


def alone_with(kept: Kept, one: str, other: str, businesses: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The scores that the only business of two units gave them: no sheet is known, all possible ones are tried."""
    half = np.linspace(0, 100, 2 * POINTS - 1)  # of two items each
    grid = np.stack(np.meshgrid(*[half] * len(kept.weights), indexing="ij"), axis=-1).reshape(-1, len(kept.weights))
    left, right = ((grid - kept.theta[place]) / kept.n[place] for place in map(kept.units.index, (one, other)))
    fit = apart(left[:, None, :, None] * right[None, :, None, :], kept.block(one, other, businesses))
    here, there = np.unravel_index(int(fit.argmin()), fit.shape)
    return tuple(grid[here].tolist()), tuple(grid[there].tolist())


def kept_slips(evidence: Evidence) -> dict[str, list[tuple[int, dict[str, int]]]]:
    """Unit → its slips; the number of a slip's sheet is used to name it, never to join it with another."""
    found: defaultdict[str, list[tuple[int, dict[str, int]]]] = defaultdict(list)
    for row in evidence.rows:
        if row.table == "naive_unit_slip":
            columns = dict(row.columns)
            (sheet,) = evidence.holding(columns["content"])
            answers = msgspec.json.decode(columns["content"].split(b"\n")[0], type=dict[str, int])
            found[columns["unit"].decode()].append((sheet, answers))
    return found


def shared(evidence: Evidence) -> Counter[frozenset[str]]:
    """How many businesses rated the same two units."""
    return Counter(frozenset(units) for units in evidence.dealt)


def apart(found: Array, block: Array) -> Array:
    """How far products (…, K, K) are from a block, in what rounding could have done to it."""
    unit = ROUNDED * (np.abs(block) + np.abs(block).mean() + 1e-12)
    distance: Array = (((found - block) / unit) ** 2).mean(axis=(-2, -1))
    return distance


def slip_misfit(kept: Kept, evidence: Evidence, slips: Mapping[str, list[tuple[int, dict[str, int]]]]) -> Array:
    """(B, M) how badly a sheet's slip on the business's main unit fits, with the best slip on its other one."""
    number, together = len(evidence.dealt), shared(evidence)
    misfit = np.full((number, len(evidence.sheets)), 1e12)
    for business, (one, other) in enumerate(evidence.dealt):
        block = kept.block(one, other, number) / together[frozenset((one, other))]
        left, right = (kept.influence(unit, [slip for _, slip in slips[unit]]) for unit in (one, other))
        fit = apart(left[:, None, :, None] * right[None, :, None, :], block).min(axis=1)
        for (sheet, _), value in zip(slips[one], fit, strict=True):
            misfit[business, sheet] = value
    return misfit


def sheet_misfit(kept: Kept, evidence: Evidence) -> Array:
    """(B, M) how badly a sheet fits, were its business alone, or like the others, in what joins its two units."""
    number, together = len(evidence.dealt), shared(evidence)
    first, second = ([sheet.slips[place][1] for sheet in evidence.sheets] for place in (0, 1))
    misfit = np.empty((number, len(evidence.sheets)))
    for business, (one, other) in enumerate(evidence.dealt):
        block = kept.block(one, other, number) / together[frozenset((one, other))]
        left, right = kept.influence(one, first), kept.influence(other, second)
        misfit[business] = apart(left[:, :, None] * right[:, None, :], block)
    return misfit


def settled(kept: Kept, evidence: Evidence, sheets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Swap the sheets of two businesses as long as all numbers together, tallies and Σ, fit better for it."""
    terms, target = equations(kept, evidence)
    everyone = np.arange(len(sheets))
    sheets = sheets.copy()
    rest = target - terms[everyone, sheets].sum(axis=0)
    for _ in range(SWEEPS):
        swapped = False
        for business in everyone:
            here = sheets[business]
            gain = terms[business, sheets] - terms[business, here] + terms[everyone, here] - terms[everyone, sheets]
            misfit = ((rest - gain) ** 2).sum(axis=1)
            best = int(misfit.argmin())
            if misfit[best] < misfit[business] * (1 - 1e-9):
                rest = rest - gain[best]
                sheets[business], sheets[best] = sheets[best], here
                swapped = True
        if not swapped:
            break
    return sheets


def equations(kept: Kept, evidence: Evidence) -> tuple[Array, Array]:
    """Terms (B, M, D) and their sums (D,): each stored number is the sum of what every business adds to it."""
    number = len(evidence.dealt)
    items = [item for score in kept.weights for item in score]
    answers = [str(code) for code in range(1, POINTS + 1)]
    where = {unit: place * len(items) * POINTS for place, unit in enumerate(kept.units)}
    size, k = len(kept.units) * len(items) * POINTS, len(kept.weights)
    pairs = {frozenset(pair): size + place * k * k for place, pair in enumerate(combinations(kept.units, 2))}
    terms = np.zeros((number, len(evidence.sheets), size + len(pairs) * k * k))
    target = np.zeros(terms.shape[2])
    target[:size] = [
        kept.tallies.get(unit, {}).get(item, {}).get(answer, 0)
        for unit in kept.units
        for item in items
        for answer in answers
    ]
    coded = [
        np.array([[float(str(sheet.slips[place][1].get(item)) == answer) for item in items for answer in answers]
                  for sheet in evidence.sheets])
        for place in (0, 1)
    ]  # fmt: skip
    slips = [[sheet.slips[place][1] for sheet in evidence.sheets] for place in (0, 1)]
    for business, units in enumerate(evidence.dealt):
        for unit, code in zip(units, coded, strict=True):
            terms[business, :, where[unit] : where[unit] + code.shape[1]] += code
        low, high = sorted((0, 1), key=lambda place: kept.units.index(units[place]))
        block = kept.block(units[low], units[high], number)
        scale = ROUNDED * (np.abs(block) + np.abs(block).mean() + 1e-12)
        left, right = (kept.influence(units[place], slips[place]) for place in (low, high))
        at = pairs[frozenset(units)]
        terms[business, :, at : at + k * k] = (left[:, :, None] * right[:, None, :] / scale).reshape(-1, k * k)
        target[at : at + k * k] = (block / scale).ravel()
    return terms, target
