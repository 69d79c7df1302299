"""`make bench`, part engine: item means, the bootstrap of ranks and a whole round, as ratios of CPU in one run.

CPU seconds of one thread: numpy's own threads are switched off, so that a busy machine changes the ratios little.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import TypeVar

import msgspec
import numpy as np

from survey_app.scoring import bootstrap, cleaning, fits, leniency, selftest, variants
from survey_app.scoring.bootstrap import RankBounds, Scale
from survey_app.scoring.counted import CountedGroup, entering
from survey_app.scoring.estimate import estimate_group
from survey_app.scoring.estimates import Estimates
from survey_app.scoring.index import Given, index
from survey_app.scoring.item_means import OrderedSheets, by_unit, item_sums
from tests.known_rounds import TOOL, known_round

SHEETS, ITEMS, UNITS, BUSINESSES = 1_000_000, 80, 200, 450_000
TIMES, NAIVE, EXACT = 7, 3, 100  # measurements; replicates measured of 1000
Found = TypeVar("Found")


def cost(work: Callable[[], Found]) -> tuple[Found, float]:
    """What it gives, and its CPU seconds."""
    before = time.process_time()
    found = work()
    return found, time.process_time() - before


def million() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """codes, unit, business: sheets in the units' order, as they lie after `by_unit`."""
    draw = np.random.default_rng(1)
    unit, business = np.sort(draw.integers(0, UNITS, SHEETS)), draw.integers(0, BUSINESSES, SHEETS)
    quality, mood = draw.normal(0, 0.12, UNITS), draw.normal(0, 0.6, BUSINESSES)
    codes = np.empty((SHEETS, ITEMS), dtype=np.int8)
    for first in range(0, SHEETS, 50_000):
        rows = slice(first, first + 50_000)
        hidden = (quality[unit[rows]] + mood[business[rows]]).astype(np.float32)[:, None]
        chance = draw.standard_normal((unit[rows].size, ITEMS), dtype=np.float32)
        codes[rows] = np.clip(np.rint(3 + hidden + chance), 1, 5)
        codes[rows][draw.random(chance.shape, dtype=np.float32) < 0.06] = 0
    return codes, unit, business


def lines() -> Iterator[str]:
    codes, unit, business = million()
    sheets = by_unit(codes, unit, UNITS)
    yield means_line(sheets)
    yield from bootstrap_lines(codes, unit, business, sheets)
    yield from round_lines()


def means_line(sheets: OrderedSheets) -> str:
    words = sheets.codes.view(np.uint64)
    pairs = [(cost(lambda: item_sums(sheets).means())[1], cost(words.sum)[1]) for _ in range(TIMES)]
    ratios = [ours / read for ours, read in pairs]
    ours, read = (median(column) * 1000 for column in zip(*pairs, strict=True))
    return (
        f"item means of {SHEETS:,} sheets × {ITEMS} items × {UNITS} units: {ours:.1f} ms, one read {read:.1f} ms; "
        f"ratio {median(ratios):.1f} (of {TIMES}: {min(ratios):.1f}–{max(ratios):.1f}; bar 10)"
    )


def bootstrap_lines(codes: np.ndarray, unit: np.ndarray, business: np.ndarray, sheets: OrderedSheets) -> Iterator[str]:
    """Naive replicates measured and multiplied; the exact ones too."""
    scale = Scale(np.full(ITEMS, 100 / ITEMS), np.ones(ITEMS), np.full(ITEMS, 5.0))
    naive = median(
        cost(lambda seed=seed: bootstrap.naive_scores(codes, unit, business, UNITS, scale, seed))[1]
        for seed in range(NAIVE)
    )
    linear, linear_cost = cost(lambda: bootstrap.linearised(sheets, business, scale, 1))
    _, few = cost(lambda: bootstrap.weighted_means(sheets, business, 1, EXACT))
    exact, exact_cost = cost(lambda: bootstrap.exact(sheets, business, scale, 1))
    yield (
        f"1000 replicates of {UNITS} ranks by business: naive {naive * 1000:.0f} s ({NAIVE} measured, multiplied), "
        f"linearised {linear_cost:.2f} s ({naive * 1000 / linear_cost:.0f} times as fast; bar 100), "
        f"exact {exact_cost:.1f} s ({naive * 1000 / exact_cost:.0f} times; {EXACT} of them {few:.2f} s)"
    )
    yield f"5 and 95 % rank bounds, linearised against exact: {apart(linear, exact)}"


def apart(one: RankBounds, other: RankBounds) -> str:
    far = np.concatenate([np.abs(one.low - other.low), np.abs(one.high - other.high)])
    width = float((other.high - other.low).mean())
    return f"{far.mean():.2f} ranks apart on average, {far.max()} at most, on a mean width of {width:.1f}"


def round_lines() -> Iterator[str]:
    """A round of 30 units and some 15,000 sheets: flags, estimate, index with ranks, four other rules, self-test."""
    if not TOOL.is_file():
        yield f"{TOOL} is not here (SURVEY_SHARED names another place): no whole round"
        return
    known = known_round("base", 30, 3, n_med=420, n_max=1500)
    began = time.perf_counter()
    flags, flagging = cost(lambda: cleaning.flags(known.plan, known.sheets))
    found, estimating = cost(lambda: estimate_group(known.plan, known.sheets, flags.flagged))
    _, ranking = cost(lambda: index(known.plan, Estimates((found,)), Given(seed=1)))
    counted = entering(known.sheets, flags.flagged)
    nobody = np.zeros(known.sheets.count, dtype=np.bool_)
    rules = (
        (nobody, leniency.fit_mixed),
        (flags.flagged, fits.fit_means),
        (flags.strict, leniency.fit_mixed),
        (~variants.several_units(known.sheets, counted), fits.fit_within),
    )
    _, others = cost(lambda: [estimate_group(known.plan, known.sheets, out, model=model) for out, model in rules])
    group = CountedGroup(known.plan, known.sheets, flags.flagged)
    design = group.design()
    one = msgspec.structs.replace(design, weights=np.ones(1))
    _, testing = cost(lambda: selftest.self_test(group.y() @ design.weights, one, 1))
    whole = flagging + estimating + ranking + others + testing
    yield (
        f"a round of 30 units, {known.sheets.count:,} sheets: {whole:.2f} CPU-s, {time.perf_counter() - began:.2f} s "
        f"(flags {flagging:.2f}, estimate {estimating:.2f}, index and ranks {ranking:.2f}, four other rules "
        f"{others:.2f}, self-test {testing:.2f}; bar 5 s)"
    )
