"""The design advisor, against dense matrices and against drawn rounds."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from survey_app import cli
from survey_app.scoring import advisor, fits, intervals
from survey_app.scoring.advisor import TYPICAL, Fieldwork, Variances


def by_matrices(fieldwork: Fieldwork, of: Variances) -> np.ndarray:
    """(X′V⁻¹X)⁻¹ with V written down entry by entry."""
    design = advisor.dealt(fieldwork)
    x = fits.member(design.unit, design.units).T
    same = design.business[:, None] == design.business
    home = design.home[:, None] == design.home
    v = of.sheet * np.eye(design.unit.size) + of.business * same + of.client_base * home
    return np.linalg.inv(x.T @ np.linalg.inv(v) @ x)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_covariance_is_that_of_generalised_least_squares(share: float) -> None:
    fieldwork = Fieldwork(6, 150, share)
    found = advisor.covariance(advisor.dealt(fieldwork), TYPICAL)
    assert found == pytest.approx(by_matrices(fieldwork, TYPICAL))


def test_error_of_difference_is_the_mean_over_pairs() -> None:
    whole = by_matrices(Fieldwork(5, 90, 0.4), TYPICAL)
    pairs = [whole[u, u] + whole[v, v] - 2 * whole[u, v] for u in range(5) for v in range(u)]
    assert advisor.error_of_difference(whole) == pytest.approx(math.sqrt(sum(pairs) / len(pairs)))


def test_drawn_rounds_err_as_much_as_said() -> None:
    fieldwork, draw = Fieldwork(6, 240, 0.5), np.random.default_rng(11)
    design = advisor.dealt(fieldwork)
    x = fits.member(design.unit, design.units).T
    same, home = design.business[:, None] == design.business, design.home[:, None] == design.home
    v = TYPICAL.sheet * np.eye(design.unit.size) + TYPICAL.business * same + TYPICAL.client_base * home
    solve = np.linalg.inv(x.T @ np.linalg.solve(v, x)) @ np.linalg.solve(v, x).T
    errors = []
    for _ in range(1500):
        y = (
            draw.normal(0, math.sqrt(TYPICAL.client_base), 6)[design.home]
            + draw.normal(0, math.sqrt(TYPICAL.business), int(design.place[-1]) + 1)[design.place]
            + draw.normal(0, math.sqrt(TYPICAL.sheet), design.unit.size)
        )
        theta = solve @ y
        errors.append(2 * theta.var(ddof=1))
    assert math.sqrt(np.mean(errors)) == pytest.approx(advisor.advice(fieldwork, TYPICAL).error, rel=0.05)


def test_everybody_is_dealt_alike() -> None:
    design = advisor.dealt(Fieldwork(8, 960, 0.5))
    assert np.bincount(design.unit).tolist() == [120] * 8
    second = design.unit != design.home
    assert second.sum() == 320
    pairs = np.bincount(design.home[second] * 8 + design.unit[second], minlength=64).reshape(8, 8)
    assert pairs.diagonal().sum() == 0
    assert pairs[~np.eye(8, dtype=bool)].max() - pairs[~np.eye(8, dtype=bool)].min() <= 1


def test_second_ratings_tell_more_than_as_many_first_ones_where_client_bases_differ() -> None:
    errors = [one.error for one in advisor.curve(Fieldwork(20, 2400, 0.25), Variances(30, 170, 112))]
    assert errors == sorted(errors, reverse=True)


def test_sizes_of_samples_are_those_of_the_manuals() -> None:
    assert advisor.slovin(1000, 0.05) == 286
    assert advisor.slovin(10_000, 0.05) == 385
    assert advisor.needed(2.0, 280.0) == math.ceil(1.959963984540054**2 * 280 / 4)
    assert advisor.needed(2.0, 280.0, 300) == 142
    assert advisor.needed(0.001, 280.0, 300) == 300


def test_all_clients_asked_leave_no_error_for_this_years_clients() -> None:
    whole = np.array([[4.0, 1.0], [1.0, 9.0]])
    found = intervals.finite(whole, np.array([100, 75]), np.array([100, 100]))
    assert found == pytest.approx(np.array([[0.0, 0.0], [0.0, 2.25]]))


def test_the_command_prints_a_line_a_share(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["index", "advise", "--units", "6", "--sheets", "600", "--population", "200"]) == 0
    said = capsys.readouterr().out
    shares = [line.split()[0] for line in said.splitlines() if line.split()[0].endswith("%")]
    assert shares == ["0%", "10%", "25%", "50%", "100%"]
    assert "134 of 200 clients" in said


def test_an_earlier_round_gives_the_variances(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN, encoding="utf-8")
    draw = np.random.default_rng(2)
    lines = ["sheet,business,unit,main_unit,q0,q1,q2,q3"]
    composites = np.empty((400, 2))
    for b, mood in enumerate(draw.normal(0, 0.6, 400)):
        for place in range(2):
            answers = np.clip(np.rint(3 + mood + draw.normal(0, 1, 4)), 1, 5).astype(int)
            composites[b, place] = 25 * (answers.mean() - 1)
            unit = (b + place * (1 + b // 5 % 4)) % 5
            lines.append(f"{b}.{place},{b},U{unit},U{b % 5}," + ",".join(map(str, answers)))
    sheets = tmp_path / "sheets.csv"
    sheets.write_text("\n".join(lines), encoding="utf-8")
    asked = ["index", "advise", "--units", "5", "--sheets", "800", "--second-share", "1"]
    assert cli.run([*asked, "--like", str(sheets), "--plan", str(plan)]) == 0
    said = capsys.readouterr().out
    business, sheet = (float(found) for found in re.findall(r"businesses ([\d.]+), single sheets ([\d.]+)", said)[0])
    both = np.cov(composites.T)
    assert business == pytest.approx(both[0, 1], rel=0.15)
    assert sheet == pytest.approx(both.diagonal().mean() - both[0, 1], rel=0.15)


def test_like_and_plan_belong_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["index", "advise", "--units", "6", "--sheets", "600", "--like", "sheets.csv"]) == 2
    assert "belong together" in capsys.readouterr().err


PLAN = """
format: survey-app/plan/1
id: small
shown_on: {min: 0, max: 100}
normalise: {method: goalposts, low: 1, high: 5}
tree:
  id: index
  children:
    - {id: a, weight: 1, children: [{id: q0, weight: 1}, {id: q1, weight: 1}]}
    - {id: b, weight: 1, children: [{id: q2, weight: 1}, {id: q3, weight: 1}]}
leaves:
  - {id: q0, statistic: mean}
  - {id: q1, statistic: mean}
  - {id: q2, statistic: mean}
  - {id: q3, statistic: mean}
"""
