"""The second line: what is uncertain about this year's clients alone."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest

from tests.scoring.test_engine_alone import ANSWERS, rows, run


def sheets() -> str:
    """Four units, 12 businesses each; a fifth of the businesses rate two."""
    draw, lines, number = random.Random(3), ["sheet,business,unit,q1,q2"], 0
    for u in range(4):
        for b in range(12):
            for unit in (u, (u + 1) % 4)[: 1 + (b % 5 == 0)]:
                number += 1
                answers = [min(max(round(draw.gauss(2.6 + 0.5 * unit, 0.9)), 1), 5) for _ in range(2)]
                lines.append(f"s{number},b{u}-{b},U{unit},{answers[0]},{answers[1]}")
    return "\n".join(lines) + "\n"


def told(tmp_path: Path, clients: str) -> tuple[int, str, Path]:
    (tmp_path / "clients.csv").write_text(clients, encoding="utf-8")
    return run(tmp_path, "estimate", ANSWERS, sheets(), "--clients", str(tmp_path / "clients.csv"))


def test_the_error_shrinks_by_the_share_that_answered(tmp_path: Path) -> None:
    code, _, out = told(tmp_path, "unit,clients\nU0,15\nU1,60\nU2,100000\nU3,20\n")
    assert code == 0
    score = {(row["unit"], row["node"]): row for row in rows(out / "scores.csv")}
    for row in rows(out / "clients_only.csv"):
        n, clients, wide = int(row["businesses"]), int(row["clients"]), float(row["se"])
        assert n == 15
        assert float(row["se_clients_only"]) == pytest.approx(wide * math.sqrt(1 - n / clients), rel=1e-9)
        assert row["score"] == score[row["unit"], "root"]["score"]
    assert {row["unit"] for row in rows(out / "clients_only.csv")} == {"U0", "U1", "U2", "U3"}
    order = {row["unit"]: row for row in rows(out / "clients_only.csv")}
    wide = {row["unit"]: row for row in rows(out / "ranks.csv")}
    width = {name: sum(int(row["rank_high"]) - int(row["rank_low"]) for row in of.values())
             for name, of in (("clients", order), ("all", wide))}  # fmt: skip
    assert width["clients"] <= width["all"]


@pytest.mark.parametrize(
    ("clients", "line"),
    [
        ("unit,clients\nU0,15\nU1,60\nU2,100\n", "the unit 'U3' has no line"),
        ("unit,clients\nU0,3\nU1,60\nU2,100\nU3,20\n", "the unit 'U0' has 3 clients, and"),
        ("unit,clients\nU0,15.5\nU1,60\nU2,100\nU3,20\n", "the unit 'U0' has 15.5 clients"),
        ("unit,clients\nU0,\nU1,60\nU2,100\nU3,20\n", "the unit 'U0' has no number of clients"),
        ("unit,clients\nU0,many\nU1,60\nU2,100\nU3,20\n", "'many' in the column 'clients' is no number"),
        ("unit\nU0\n", "there is no line of column names"),
        ("unit,n\nU0,4\n", "there is no column 'clients'"),
    ],
)
def test_a_wrong_list_of_clients_gets_one_clear_line(tmp_path: Path, clients: str, line: str) -> None:
    code, said, out = told(tmp_path, clients)
    assert code == 1
    assert line in said
    assert len(said.strip().splitlines()) == 1
    assert not out.exists()
