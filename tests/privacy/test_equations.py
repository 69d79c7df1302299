"""How far the stored numbers alone tell who said what, over rounds that are dealt closely or thinly."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from pathlib import Path

from survey_app.ballot.count import count_box
from survey_app.ballot.outcome import Outcome
from survey_app.models import Count
from survey_app.scoring.estimate import estimate
from survey_app.scoring.plan_load import load_plan
from survey_app.scoring.sheets import PeerGroup, Row, sheets_of
from tests.ballot.conftest import answers_by, start
from tests.privacy import equations
from tests.privacy.controls import dealt_apart
from tests.privacy.evidence import Evidence, Sheet

PLAN = Path(__file__).parent.parent / "ballot" / "plan.yaml"
ITEMS = ("sp1", "sp2", "ca1", "ca2")
ROUNDS = 20


def test_the_numbers_of_a_closely_dealt_round_leave_it_open_whose_sheet_is_whose(monkeypatch):
    """About 15 businesses between any two units. By chance 20 right; that the numbers narrow it down makes it 40."""
    chance = random.Random()
    dealt = [[tuple(chance.sample("ABC", 2)) for _ in range(44)] for _ in range(ROUNDS)]
    assert sum(right_links(monkeypatch, chance, each) for each in dealt) <= 70


def test_the_numbers_of_a_thinly_dealt_round_leave_it_open_whose_sheet_is_whose(monkeypatch):
    """Twelve units of eleven businesses each, one business between any two. By chance 1 right."""
    assert right_links(monkeypatch, random.Random(), dealt_apart(66)) <= 15


def test_what_the_only_business_of_two_units_said_is_not_solved_from_what_the_count_stored(db):
    """On the real count, with no sheet known."""
    chance, fieldwork = random.Random(7), start("thin")
    dealt = [("A", "B")] * 20 + [("B", "C")] * 20 + [("A", "C")]
    for place, (token, units) in enumerate(zip(fieldwork.invite(41), dealt, strict=True)):
        said = answers_of(chance, place, units)
        fieldwork.submit(token, said, label=place)
    round_ = fieldwork.close()
    count_box(round_, fieldwork.shares[:2])
    outcome = Outcome.from_canonical(bytes(Count.get_by_id(round_.id).outcome))
    kept = equations.of_group(outcome.estimates.groups[0], outcome.tallies)
    true = tuple(tuple(kept.scores({item: int(said[f"{item}@{unit}"][0]) for item in ITEMS})) for unit in ("A", "C"))
    assert equations.alone_with(kept, "A", "C", 41) != true


def answers_of(chance, place, units):
    """A business's answers about these two units."""
    while True:
        said = answers_by(chance, place)
        if set(said["units_dealt_with"]) == set(units):
            return {name: answer for name, answer in said.items() if not name.endswith(("@A1", "@A2"))}


def right_links(monkeypatch, chance, dealt) -> int:
    """Businesses answer at random, the count keeps its numbers, and the attacker solves for whose sheet is whose."""
    slips = [[{item: chance.randint(1, 5) for item in ITEMS} for _ in units] for units in dealt]
    truth = chance.sample(range(len(dealt)), len(dealt))  # business → number of its sheet
    sheets = [Sheet((), 0, tuple(zip(dealt[b], slips[b], strict=True))) for b in map(truth.index, range(len(dealt)))]
    evidence = Evidence([*range(len(dealt))], [()] * len(dealt), sheets, dealt=dealt)
    monkeypatch.setattr(equations, "kept_of", lambda evidence: numbers(dealt, slips))
    guess = equations.by_normal_equations(evidence, chance)
    return sum(sheet == true for sheet, true in zip(guess.sheet_of, truth, strict=True))


def numbers(dealt, slips) -> equations.Kept:
    """What the count keeps of these sheets."""
    units = tuple(sorted({unit for pair in dealt for unit in pair}))
    rows, tallies = [], defaultdict(lambda: defaultdict(Counter))
    for business, pair in enumerate(dealt):
        for unit, slip in zip(pair, slips[business], strict=True):
            answers = {item: str(code) for item, code in slip.items()} | {"hours": None}
            rows.append(Row(business, unit, unit == pair[0], answers))
            for item, code in slip.items():
                tallies[unit][item][str(code)] += 1
    plan = load_plan(PLAN)
    group = PeerGroup("all", units, ("chi_cuc",), (*ITEMS, "hours"))
    return equations.of_group(estimate(plan, [sheets_of(plan, group, rows)]).groups[0], tallies)
