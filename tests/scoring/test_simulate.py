"""The simulator, and the index on its rounds."""

from __future__ import annotations

import numpy as np
import pytest

from survey_app.scoring import cleaning
from survey_app.scoring.estimate import estimate
from survey_app.scoring.index import Index, index
from survey_app.scoring.plan import Plan
from survey_app.scoring.plan_load import load_plan
from survey_app.scoring.sheets import GroupUnit, Row, Sheets, duration_class, peer_groups, sheets_of
from survey_app.scoring.simulate import Item, Round, Settings, simulate_round

SUBS = ("a", "b", "c", "d")
FIVE = ("1", "2", "3", "4", "5")
ITEMS = [Item(f"{s}{k}", s, FIVE, "low" if k in (1, 4) else "high", core=k < 3) for s in SUBS for k in range(8)]
NAMES = ("U0", "U1", "U2", "U3", "U4", "U5")


def dealings(businesses: int, seed: int) -> list[tuple[int, ...]]:
    generator = np.random.default_rng(seed)
    picks = [tuple(int(u) for u in generator.choice(6, 2, replace=False)) for _ in range(businesses)]
    return [pick if b % 2 else pick[:1] for b, pick in enumerate(picks)]


def simulated(seed: int, quality: np.ndarray | None = None, **settings: float) -> Round:
    asked = np.ones((6, len(ITEMS)), dtype=bool)
    return simulate_round(ITEMS, asked, dealings(360, seed), seed, Settings(**settings), quality)


@pytest.fixture
def plan() -> Plan:
    leaves = "\n".join(
        f"  - {{id: {item.id}, statistic: mean, direction: {'lower' if item.favourable == 'low' else 'higher'},"
        f" normalise: {{method: goalposts, low: 1, high: 5}}}}"
        for item in ITEMS
    )
    children = {s: ", ".join(f"{{id: {item.id}}}" for item in ITEMS if item.sub_index == s) for s in SUBS}
    subs = "\n".join(
        f"    - {{id: s_{s}, weight: 1, weights: equal, label: {{vi: S}}, children: [{children[s]}]}}" for s in SUBS
    )
    return load_plan(
        f"format: survey-app/plan/1\nid: p\nquestionnaire: p\ntree:\n  id: root\n  label: {{vi: R}}\n"
        f"  children:\n{subs}\nleaves:\n{leaves}\n"
    )


def arrays(plan: Plan, drawn: Round) -> Sheets:
    rows = []
    for sheet in drawn.sheets:
        asked = [code is not None or gap is not None for code, gap in zip(sheet.codes, sheet.missing, strict=True)]
        answers = {item.id: sheet.codes[j] for j, item in enumerate(ITEMS) if asked[j]}
        timing = duration_class(sheet.seconds * sum(asked), sum(asked))
        rows.append(Row(sheet.business, NAMES[sheet.unit], sheet.main, answers, duration=timing))
    known = frozenset(item.id for item in ITEMS)
    (group,) = peer_groups(plan, [GroupUnit(name, "chi_cuc", known) for name in NAMES])
    return sheets_of(plan, group, rows)


def scored(plan: Plan, drawn: Round) -> Index:
    sheets = arrays(plan, drawn)
    return index(plan, estimate(plan, [sheets], [cleaning.flags(plan, sheets).flagged]))


def test_the_same_seed_gives_the_same_round() -> None:
    assert simulated(4).sheets == simulated(4).sheets
    assert simulated(4).sheets != simulated(5).sheets


def test_scores_lie_near_published_ones(plan: Plan) -> None:
    """Published: 85 to 96 of 100, businesses about 10 to 15 points apart, more answers above than below."""
    sheets = arrays(plan, simulated(4))
    z = np.column_stack([plan.leaf(item).mapped(sheets.x(j)) for j, item in enumerate(sheets.group.items)])
    assert 82 < np.nanmean(z) < 94
    assert 8 < np.nanmean(z, axis=1).std() < 18
    assert np.nanmedian(z) > np.nanmean(z)


def test_second_units_get_core_items_only() -> None:
    for sheet in simulated(4).sheets:
        asked = [code is not None or gap is not None for code, gap in zip(sheet.codes, sheet.missing, strict=True)]
        assert sheet.main or not any(a for a, item in zip(asked, ITEMS, strict=True) if not item.core)


def test_items_outside_a_unit_are_not_asked_and_answers_are_codes_of_the_question() -> None:
    asked = np.ones((6, len(ITEMS)), dtype=bool)
    asked[2, :8] = False
    drawn = simulate_round(ITEMS, asked, dealings(100, 1), 1)
    for sheet in drawn.sheets:
        for item, code, gap in zip(ITEMS, sheet.codes, sheet.missing, strict=True):
            assert code is None or code in item.codes
            assert code is None or gap is None
            assert gap in (None, "left_blank", *item.escapes)
            if sheet.unit == 2 and item.sub_index == "a":
                assert (code, gap) == (None, None)


def test_numbers_and_yes_no_are_drawn_too() -> None:
    items = [
        Item("hours", "t", typical=6.0, favourable="low", core=True, decimals=1, escapes=()),
        Item("ever", "t", ("no", "yes"), "low", core=True, escapes=()),
    ]
    quality = np.array([1.5, -1.5])
    drawn = simulate_round(items, np.ones((2, 2), dtype=bool), [(b % 2,) for b in range(400)], 3, quality=quality)
    hours = [[float(s.codes[0] or "nan") for s in drawn.sheets if s.unit == u] for u in (0, 1)]
    ever = [[s.codes[1] == "yes" for s in drawn.sheets if s.unit == u] for u in (0, 1)]
    assert np.nanmedian(hours[0]) < np.nanmedian(hours[1])
    assert np.mean(ever[0]) < np.mean(ever[1])
    assert drawn.truth.items[0, 0] < 6.0 < drawn.truth.items[1, 0]


def test_the_order_of_clearly_separated_units_is_recovered(plan: Plan) -> None:
    quality = np.array([0.6, -0.6, 1.2, -1.2, 0.0, -1.9])
    drawn = simulated(11, quality)
    result = scored(plan, drawn)
    order = [standing.unit for standing in result.groups[0].standings]
    assert order == [NAMES[u] for u in np.argsort(-drawn.truth.overall)]
    tiers = [standing.tier for standing in result.groups[0].standings]
    assert tiers == sorted(tiers)
    assert tiers[-1] >= 3


def test_scores_are_near_the_truth_and_their_intervals_are_honest(plan: Plan) -> None:
    """No fear, no careless sheets, no client bases: over 12 rounds of six units 88–100 % of the intervals hold the
    truth, which is counted over average businesses of the same spread."""
    held = []
    for seed in range(12):
        drawn = simulated(100 + seed, fearful=0.0, straight=0.0, random=0.0, client_base=0.0)
        result = scored(plan, drawn)
        for score in result.scores:
            if score.node == "root" and score.low is not None and score.high is not None:
                held.append(score.low <= drawn.truth.overall[NAMES.index(score.unit)] <= score.high)
    assert 0.85 <= np.mean(held) <= 1.0


def test_straight_lines_are_mostly_found_and_honest_sheets_mostly_not(plan: Plan) -> None:
    drawn = simulated(6, straight=0.1)
    flagged = cleaning.flags(plan, arrays(plan, drawn)).flagged
    straight = np.array([sheet.careless == "straight" for sheet in drawn.sheets])
    honest = np.array([sheet.careless == "" for sheet in drawn.sheets])
    assert flagged[straight].mean() > 0.95
    assert flagged[honest].mean() < 0.03
