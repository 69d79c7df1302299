"""Rounds whose truth is known, as the engine takes them: of the independent simulator in ../shared, and of our own."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from types import ModuleType

import msgspec
import numpy as np

from survey_app.scoring import cleaning, simulate
from survey_app.scoring.cleaning import Flags
from survey_app.scoring.plan import Plan
from survey_app.scoring.plan_load import load_plan
from survey_app.scoring.sheets import BoolArray, Column, IntArray, PeerGroup, Sheets
from survey_app.scoring.simulate import Item, Settings
from tests.conftest import SHARED

SUBS = ("transparency", "procedures", "time_cost", "informal_cost", "officials", "digital", "support", "fairness")
ITEMS, WEIGHTS = (10, 10, 10, 9, 10, 9, 9, 9), (20, 20, 15, 15, 10, 10, 5, 5)
CORE = 4  # of each sub-index, asked on second sheets too: our own simulator only
TOOL = SHARED / "tools" / "simulate_round.py"
SHARED_SCENARIOS = ("base", "attack", "hard_confounding", "fear", "small", "close", "clean")
OWN_SCENARIOS = {
    "own": Settings(),
    "own_confounding": Settings(client_base=0.35, leniency=0.8),
    "own_clean": Settings(client_base=0.0, straight=0.0, random=0.0, fearful=0.0),
}
MULTI = (0.50, 0.32, 0.18)  # chances that a business rates one, two, three units
FRAUD_DAY = 1440  # minutes


class Known(msgspec.Struct, frozen=True):
    """One round. truth (U,) scores; target: the stuffed unit, −1 = none; and what only an oracle knows of the n sheets:
    leniency (n,) on the hidden scale, afraid (n,), genuine (n,). hard (U, H): administrative figures, high is good."""

    plan: Plan
    sheets: Sheets
    flags: Flags
    truth: np.ndarray
    target: int
    leniency: np.ndarray
    afraid: BoolArray
    genuine: BoolArray
    hard: np.ndarray


@cache
def plan() -> Plan:
    """76 items in eight sub-indices of 20, 20, 15, 15, 10, 10, 5 and 5 %."""
    names = iter(item_names())
    tree, leaves = "", ""
    for sub, items, weight in zip(SUBS, ITEMS, WEIGHTS, strict=True):
        tree += f"    - id: {sub}\n      weight: {weight}\n      weights: equal\n      children:\n"
        for _ in range(items):
            name = next(names)
            tree += f"        - {{id: {name}}}\n"
            leaves += f"  - {{id: {name}, statistic: mean}}\n"
    return load_plan(
        "format: survey-app/plan/1\nid: known\nshown_on: {min: 10, max: 100}\n"
        "normalise: {method: goalposts, low: 1, high: 5}\n"
        f"tree:\n  id: index\n  children:\n{tree}leaves:\n{leaves}"
    )


def item_names() -> tuple[str, ...]:
    return tuple(f"q{j + 1:02d}" for j in range(sum(ITEMS)))


def sub_weights() -> np.ndarray:
    return np.array(WEIGHTS) / 100


def known_round(scenario: str, units: int, seed: int, **over: object) -> Known:
    """One round of a scenario of either simulator; `over` overrides values of the shared one."""
    if scenario in OWN_SCENARIOS:
        return _own(OWN_SCENARIOS[scenario], units, seed)
    return _shared(scenario, units, seed, **over)


@cache
def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("simulate_round", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _shared(scenario: str, units: int, seed: int, **over: object) -> Known:
    drawn = _tool().simulate(seed, units, scenario, **over)
    x = np.nan_to_num(drawn["X"]).astype(np.uint8)
    seconds = drawn["dur"] / x.shape[1]
    senders = np.stack([drawn["dev"], drawn["u"], drawn["t"] // FRAUD_DAY], axis=1)
    _, inverse, number = np.unique(senders, axis=0, return_inverse=True, return_counts=True)
    values, _, directions = drawn["hard"]
    return _known(
        _Raw(
            x, drawn["u"], drawn["b"], drawn["home"], seconds, held_back(drawn["fear_item"].astype(float)),
            drawn["seg"], number[inverse.ravel()] >= cleaning.BURST,
        ),
        units, drawn["true_score"], int(drawn["target"]), drawn["len_b"][drawn["b"]], drawn["fear"],
        drawn["kind"] == 0, values * np.array(directions),
    )  # fmt: skip


class _Raw(msgspec.Struct, frozen=True):
    """n sheets in any order; x (n, J) 1–5, 0 = none; 9 = not asked."""

    x: np.ndarray
    unit: IntArray
    business: IntArray
    home: IntArray
    seconds: np.ndarray
    fear: np.ndarray
    segment: IntArray
    burst: BoolArray


def held_back(fear: np.ndarray) -> np.ndarray:
    """As the count and `index estimate` read the fear question of five steps: 1 = one of the two top answers."""
    return np.where(np.isnan(fear), np.nan, fear > 3)


def _known(
    raw: _Raw, units: int, truth: np.ndarray, target: int, leniency: np.ndarray, afraid: BoolArray, genuine: BoolArray,
    hard: np.ndarray,
) -> Known:  # fmt: skip
    order = np.argsort(raw.business, kind="stable")
    number = np.array([np.nan, 1, 2, 3, 4, 5, np.nan, np.nan, np.nan, np.nan])
    asked = np.arange(number.size) != 9
    n, width = raw.x.shape
    sheets = Sheets(
        group=PeerGroup("all", tuple(f"U{u:02d}" for u in range(units)), (), item_names()),
        columns=tuple(Column(raw.x[order, j], number, asked) for j in range(width)),
        rows=np.arange(n),
        unit=raw.unit[order].astype(np.int64),
        business=raw.business[order].astype(np.int64),
        home=raw.home[order].astype(np.int64),
        labels=np.full(n, -1),
        seconds=raw.seconds[order],
        fear=raw.fear[order],
        attention_missed=np.zeros(n, dtype=np.bool_),
        dropped=np.zeros((units, width), dtype=np.bool_),
        segments=raw.segment[order].astype(np.int64)[:, None],
    )
    flags = msgspec.structs.replace(cleaning.flags(plan(), sheets), burst=raw.burst[order])
    return Known(plan(), sheets, flags, truth, target, leniency[order], afraid[order], genuine[order], hard)


def _own(settings: Settings, units: int, seed: int) -> Known:
    """Sizes and dealing like those of the shared simulator; second sheets carry the core items only."""
    draw = np.random.default_rng([seed, units])
    size = np.clip(np.exp(draw.normal(np.log(110), 0.75, units)), 30, 500)
    businesses = int(size.sum() / (np.arange(1, 4) @ MULTI))
    first = draw.choice(units, businesses, p=size / size.sum())
    number = draw.choice([1, 2, 3], businesses, p=MULTI)
    dealings = []
    for home, k in zip(first.tolist(), number.tolist(), strict=True):
        near = np.exp(-1.2 * np.abs(np.arange(units) // 5 - home // 5)) * size
        near[home] = 0
        others = draw.choice(units, k - 1, replace=False, p=near / near.sum()) if k > 1 else []
        dealings.append((home, *(int(u) for u in others)))
    codes = tuple("12345")
    items = [
        Item(name, sub, codes, core=place < CORE)
        for (sub, place), name in zip(
            [(sub, place) for sub, number in zip(SUBS, ITEMS, strict=True) for place in range(number)],
            item_names(),
            strict=True,
        )
    ]
    asked = np.ones((units, len(items)), dtype=np.bool_)
    drawn = simulate.simulate_round(items, asked, dealings, seed, settings)
    unit = np.array([sheet.unit for sheet in drawn.sheets])
    business = np.array([sheet.business for sheet in drawn.sheets])
    core = np.array([item.core for item in items])
    x = np.array([[int(code or 0) for code in sheet.codes] for sheet in drawn.sheets], dtype=np.uint8)
    main = np.array([sheet.main for sheet in drawn.sheets])
    x[~main[:, None] & ~core] = 9
    fear = np.array([float(sheet.fear) for sheet in drawn.sheets])
    raw = _Raw(
        x, unit, business, first[business], np.array([sheet.seconds for sheet in drawn.sheets]), held_back(fear),
        np.zeros(unit.size, dtype=np.int64), np.zeros(unit.size, dtype=np.bool_),
    )  # fmt: skip
    genuine = np.array([sheet.careless == "" for sheet in drawn.sheets])
    of_sub = np.repeat(np.arange(len(SUBS)), ITEMS)
    means = np.stack([drawn.truth.items[:, of_sub == s].mean(axis=1) for s in range(len(SUBS))], axis=1)
    nothing = np.zeros((units, 0))
    return _known(raw, units, means @ sub_weights(), -1, drawn.truth.leniency[business], fear >= 4, genuine, nothing)
