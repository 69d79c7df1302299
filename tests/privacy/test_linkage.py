"""Whose sheet is whose? Nobody with the whole database, its files and its logs can tell: measured by attacking it.

Each attack gets everything there is (`evidence.py`) and is tried on a careless system too, where it must succeed. By
chance one link a round is right. `make test-long` attacks ten rounds of 200 businesses on either engine.
"""

from __future__ import annotations

import random
import secrets
import sys
import time
from typing import NamedTuple

import pytest

from survey_app.database import is_sqlite
from tests.privacy import attacks, waldump
from tests.privacy.attacks import ATTACKS, Attack, across_rounds, two_rounds_by_copies
from tests.privacy.campaign import Campaign, campaign
from tests.privacy.controls import careless
from tests.privacy.equations import by_normal_equations
from tests.privacy.evidence import Evidence

SEVERAL, COPIES, EQUATIONS = "several rounds", "two rounds, three copies a day", "normal equations"
ALONE = ATTACKS | {EQUATIONS: by_normal_equations}  # need one round only
# Equal lengths leave some in doubt, and so do businesses that submitted between the same two copies in both rounds.
LEAST = {"lengths": 0.6, COPIES: 0.75}


class Tried(NamedTuple):
    """How an attack did: right links and evidence found, on the product and on its control."""

    right: int
    found: int
    caught: int
    shown: int

    def plus(self, other: Tried) -> Tried:
        return Tried(*(one + two for one, two in zip(self, other, strict=True)))


def attacked(settings, businesses) -> dict[str, Tried]:
    """Two rounds of the same businesses, each attacked in every way; in the last with the other round's truth known."""
    seed = random.SystemRandom().randrange(10**6)
    chance, began = random.Random(seed), time.time() - 1
    first = campaign(settings, businesses, chance, f"one-{seed}", 2024)
    second = campaign(settings, businesses, chance, f"two-{seed}", 2025)
    names = {business: secrets.token_hex(8) for business in range(businesses)}
    outcome: dict[str, Tried] = {}
    alone = ALONE if is_sqlite() else ALONE | waldump.ATTACKS
    for on, other in ((first, second), (second, first)):
        for name in (*alone, SEVERAL, COPIES):
            product = prepared(name, other, other.evidence)(on.evidence, chance)
            known = other.evidence if name in alone else careless(settings, other, name, names, began)
            control = prepared(name, other, known)(careless(settings, on, name, names, began), chance)
            one = Tried(on.right(product.sheet_of), product.found, on.right(control.sheet_of), control.found)
            outcome[name] = outcome[name].plus(one) if name in outcome else one
    return outcome


def prepared(name: str, other: Campaign, evidence: Evidence) -> Attack:
    """The attack, where it needs another round with this evidence of it."""
    if name == SEVERAL:
        return across_rounds(evidence, other.truth)
    if name == COPIES:
        return two_rounds_by_copies(evidence)
    return (ALONE | waldump.ATTACKS)[name]


def told(outcome: dict[str, Tried]) -> str:
    """A line an attack."""
    lines = (
        f"{name:<37} product {one.right:>4} right, evidence {one.found:>5}; control {one.caught:>4}, {one.shown:>5}"
        for name, one in outcome.items()
    )
    return "\n" + "\n".join(lines) + "\n"


def judge(outcome: dict[str, Tried], tries: int, most: int, narrowed: int = 0) -> None:
    """At most so many right on the product, `narrowed` more where the numbers of a small round narrow it down; nearly
    all on the control."""
    sys.stdout.write(told(outcome))
    for name, one in outcome.items():
        right = one.right - (narrowed if name == EQUATIONS else 0)
        assert right <= most, f"{name} links on the product{told(outcome)}"
        assert one.caught >= LEAST.get(name, 0.9) * tries, f"{name} fails on its control{told(outcome)}"
    assert outcome[EQUATIONS].found, "the count kept nothing to solve: units merged, or sheets flagged"


def test_no_attack_links_on_the_product_and_every_one_does_on_its_control(db):
    # By chance 2: more than 10 once in a hundred thousand. 44, for the units of a smaller round are merged; the numbers
    # of so few sheets make it 4 by chance (`test_equations.py`).
    judge(attacked(db, 44), tries=88, most=10, narrowed=4)


@pytest.mark.long
def test_ten_rounds_of_200_businesses(db):
    total: dict[str, Tried] = {}
    for _ in range(5):
        for name, one in attacked(db, 200).items():
            total[name] = total[name].plus(one) if name in total else one
    judge(total, tries=2000, most=21)  # by chance 10


def test_the_attacks_are_judged_by_links_that_are_right():
    """A guess made of nothing is right by chance only; one that knows is right throughout."""
    evidence = attacks.Evidence(order=[2, 0, 1], identifiers=[(b"x",)] * 3, sheets=[None] * 3)
    guess = attacks.completed({0: 1}, evidence, random.Random(1), 1)
    assert guess.sheet_of[0] == 1
    assert sorted(guess.sheet_of) == [0, 1, 2]
