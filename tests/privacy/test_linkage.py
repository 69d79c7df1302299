"""Whose sheet is whose? Nobody with the whole database, its files and its logs can tell: measured by attacking it.

Each attack gets everything there is (`evidence.py`) and is tried on a careless system too, where it must succeed. By
chance one link a round is right. `make test-long` attacks ten rounds of 200 businesses on either engine.
"""

from __future__ import annotations

import random
import secrets
import sys
import time
from collections.abc import Iterable
from typing import NamedTuple

import pytest

from survey_app.database import is_sqlite
from tests.privacy import attacks, waldump
from tests.privacy.attacks import ATTACKS, Attack, across_rounds, two_rounds_by_copies
from tests.privacy.campaign import ADDRESS, BROWSER, Campaign, campaign, email
from tests.privacy.controls import careless
from tests.privacy.equations import by_normal_equations
from tests.privacy.evidence import Evidence, files_of

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


def test_nothing_that_identifies_a_respondent_is_written_anywhere(db, tmp_path, monkeypatch):
    """Codes, receipts, addresses and browsers, in everything that was written during a round: database with its free
    pages and its log, instance, temporary files, what the servers said. E-mail addresses: in the frame only."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    real = campaign(db, 12, random.Random(), "traces", 2026)
    files = real.evidence.files + [(str(path), path.read_bytes()) for path in temporary.rglob("*") if path.is_file()]
    texts = [(name, text.encode()) for name, text in real.evidence.texts]
    written = [*files, *texts, *((row.table, row.content) for row in real.evidence.rows)]
    assert traces(written, marks_of_all(real)) == set()
    emails = [email(business).encode() for business in range(12)]
    assert traces(((row.table, row.content) for row in real.evidence.rows), emails) == {"business"}
    assert traces(texts, emails) == set()
    outside = [(name, content) for name, content in files if not is_of_database(name)]
    assert outside, "the servers' log at least"
    assert traces(outside, emails) == set()
    if not is_sqlite():
        assert waldump.paired(real.evidence.log, real.evidence) == 12, "pg_waldump shows less than it could"
        assert waldump.paired(real.evidence.log_left, real.evidence) == 0
    for _, text in real.evidence.texts:
        assert "POST" not in text
        assert "/answer/" not in text


def marks_of_all(real: Campaign) -> list[bytes]:
    """Codes in every spelling, receipts, the address and the browser."""
    codes = [marks[3] for marks in real.evidence.identifiers]
    receipts = [sheet.needles[-2] for sheet in real.evidence.sheets]
    spellings = [spelling for mark in codes + receipts for spelling in (mark, mark.replace(b"-", b""), mark.lower())]
    return [*spellings, ADDRESS.encode(), BROWSER.encode()]


def traces(written: Iterable[tuple[str, bytes]], marks: list[bytes]) -> set[str]:
    """The names under which one of the marks stands."""
    return {name for name, content in written if any(mark in content for mark in marks)}


def is_of_database(name: str) -> bool:
    """Whether a file belongs to the database itself: it holds the frame."""
    return any(part in name for part in (".db", "/base/", "/pg_wal/"))


def test_traces_are_found_where_there_are_some(db, tmp_path):
    """The same search over a careless round: a code, a receipt, an address, a browser, each in a file of its own."""
    real = campaign(db, 3, random.Random(), "careless", 2027)
    marks = marks_of_all(real)
    planted = {marks[0], marks[-3], marks[-2], marks[-1]}
    for number, mark in enumerate(sorted(planted)):
        (db.instance / f"careless-{number}.log").write_bytes(b"visited by " + mark + b" today")
    found = traces(files_of(db, time.time()), marks)
    assert {name.rpartition("/")[2] for name in found} == {f"careless-{number}.log" for number in range(4)}


def test_the_attacks_are_judged_by_links_that_are_right():
    """A guess made of nothing is right by chance only; one that knows is right throughout."""
    evidence = attacks.Evidence(order=[2, 0, 1], identifiers=[(b"x",)] * 3, sheets=[None] * 3)
    guess = attacks.completed({0: 1}, evidence, random.Random(1), 1)
    assert guess.sheet_of[0] == 1
    assert sorted(guess.sheet_of) == [0, 1, 2]
