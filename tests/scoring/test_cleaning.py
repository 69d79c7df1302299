"""Flags of careless and coordinated sheets."""

from __future__ import annotations

import numpy as np
import pytest

from survey_app.scoring import cleaning
from survey_app.scoring.plan import Plan
from survey_app.scoring.plan_load import load_plan
from survey_app.scoring.sheets import DURATION_SECONDS, GroupUnit, Row, duration_class, peer_groups, sheets_of

ITEMS = [f"q{k:02d}" for k in range(24)]


@pytest.fixture
def plan() -> Plan:
    scale = "normalise: {method: goalposts, low: 1, high: 5}"
    leaves = "\n".join(f"  - {{id: {item}, statistic: mean, {scale}}}" for item in ITEMS)
    parts = [", ".join(f"{{id: {item}}}" for item in ITEMS[first : first + 8]) for first in (0, 8, 16)]
    subs = "\n".join(
        f"    - {{id: s{s}, weight: 1, weights: equal, label: {{vi: S}}, children: [{part}]}}"
        for s, part in enumerate(parts)
    )
    return load_plan(
        f"format: survey-app/plan/1\nid: p\nquestionnaire: p\ntree:\n  id: root\n  label: {{vi: R}}\n"
        f"  children:\n{subs}\nleaves:\n{leaves}\n"
    )


def honest(b: int) -> dict[str, str | None]:
    return {item: str(3 + (b + k * k) % 3) for k, item in enumerate(ITEMS)}


def flags_of(plan: Plan, extra: list[Row]) -> tuple[cleaning.Flags, int]:
    base = [Row(b, "A", True, honest(b), label=b, duration=3) for b in range(30)]
    (group,) = peer_groups(plan, [GroupUnit("A", "chi_cuc", frozenset(ITEMS))])
    return cleaning.flags(plan, sheets_of(plan, group, base + extra)), 30


def test_honest_sheets_are_not_flagged(plan: Plan) -> None:
    found, _ = flags_of(plan, [])
    assert not found.strict.any()


def test_all_three_sheets_of_a_burst_are_flagged_and_two_are_not(plan: Plan) -> None:
    three = [Row(100 + k, "A", True, honest(k), label=7_000, duration=3) for k in range(3)]
    two = [Row(200 + k, "A", True, honest(k), label=8_000, duration=3) for k in range(2)]
    found, first = flags_of(plan, three + two)
    assert found.burst[first:].tolist() == [True] * 3 + [False] * 2


def test_sheets_without_a_label_are_no_burst(plan: Plan) -> None:
    found, first = flags_of(plan, [Row(100 + k, "A", True, honest(k), duration=3) for k in range(5)])
    assert not found.burst[first:].any()


def test_one_business_that_rates_several_parts_of_a_group_is_no_burst(plan: Plan) -> None:
    found, first = flags_of(plan, [Row(100, "A", k == 0, honest(k), label=7_000, duration=3) for k in range(4)])
    assert not found.burst[first:].any()


def test_a_straight_line_is_flagged_even_if_slow(plan: Plan) -> None:
    line = dict.fromkeys(ITEMS, "5")
    nearly = line | {"q03": "4", "q07": "4"}
    found, first = flags_of(plan, [Row(100, "A", True, line, duration=4), Row(101, "A", True, nearly, duration=4)])
    assert found.straight[first:].tolist() == [True, False]


def test_hardly_any_spread_is_flagged_only_if_fast(plan: Plan) -> None:
    nearly = dict.fromkeys(ITEMS, "5") | {"q03": "4", "q07": "4"}  # sd 0.28 without the second
    one_off = nearly | {"q07": "5"}
    slow, fast = Row(100, "A", True, one_off, duration=4), Row(101, "A", True, one_off, duration=0)
    found, first = flags_of(plan, [slow, fast])
    assert found.straight[first:].tolist() == [True, True]  # 23 of 24 equal is over 95 % already
    found, first = flags_of(plan, [Row(100, "A", True, nearly, duration=4), Row(101, "A", True, nearly, duration=0)])
    assert found.straight[first:].tolist() == [False, False]


def test_a_few_equal_answers_are_no_straight_line(plan: Plan) -> None:
    short = {item: "5" if k < 7 else None for k, item in enumerate(ITEMS)}
    found, first = flags_of(plan, [Row(100, "A", True, short, duration=0)])
    assert not found.straight[first:].any()


def test_random_answers_are_flagged_only_if_fast(plan: Plan) -> None:
    wild: dict[str, str | None] = {item: "15"[k * k % 3 % 2] for k, item in enumerate(ITEMS)}
    found, first = flags_of(plan, [Row(100, "A", True, wild, duration=0), Row(101, "A", True, wild, duration=3)])
    assert found.random[first:].tolist() == [True, False]
    assert found.fast[first:].tolist() == [True, False]


def test_being_fast_or_missing_the_attention_item_alone_is_no_ground(plan: Plan) -> None:
    found, first = flags_of(
        plan,
        [Row(100, "A", True, honest(1), duration=0), Row(101, "A", True, honest(2), duration=3, attention_missed=True)],
    )
    assert not found.flagged[first:].any()
    assert found.strict[first:].all()


def test_under_half_of_the_median_can_be_told_from_classes() -> None:
    """For a median in any class, every class wholly under half of its middle is fast, and the class itself never."""
    for middle in DURATION_SECONDS:
        fast = [seconds < cleaning.FAST * middle for seconds in DURATION_SECONDS]
        assert fast == sorted(fast, reverse=True)
        assert not fast[DURATION_SECONDS.index(middle)]
    assert [duration_class(seconds * 80, 80) for seconds in DURATION_SECONDS] == [0, 1, 2, 3, 4]
    assert np.diff(DURATION_SECONDS).min() > 0
