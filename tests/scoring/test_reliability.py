"""How questions go together, against R's psych and against the definitions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from survey_app.scoring import reliability
from survey_app.scoring.reliability import Moments

GOLDEN = Path(__file__).parent / "golden"


def read(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def matrix(name: str) -> np.ndarray:
    return np.array([[float(value or "nan") for value in row.values()] for row in read(name)])


def moments(data: np.ndarray, size: int = 37) -> Moments:
    """Filled in blocks of an odd size: blocks must not matter."""
    found = Moments(data.shape[1])
    for first in range(0, data.shape[0], size):
        found.add(data[first : first + size])
    return found


def test_alpha_and_its_error_are_those_of_psych() -> None:
    answers = matrix("reliability_A_in.csv")
    expected = {row["stat"]: float(row["value"]) for row in read("reliability_A_out.csv")}
    found = reliability.alpha(moments(answers).covariance(), answers.shape[0])
    assert found == pytest.approx((expected["alpha_raw"], expected["alpha_ase"]), rel=1e-9)


@pytest.mark.parametrize(("both", "known"), [(99, False), (100, True)])
def test_a_correlation_needs_a_hundred_that_answer_both(both: int, known: bool) -> None:
    draw = np.random.default_rng(1)
    data = draw.normal(size=(150, 2))
    data[both:, 1] = np.nan
    found = moments(data).correlation()
    assert bool(~np.isnan(found[0, 1])) == known
    if known:
        assert found[0, 1] == pytest.approx(np.corrcoef(data[:both].T)[0, 1], abs=1e-12)


def test_answers_without_spread_have_no_correlation() -> None:
    data = np.column_stack([np.full(200, 3.0), np.arange(200.0)])
    assert np.isnan(moments(data).correlation()[0, 1])
    assert reliability.alpha(np.zeros((3, 3)), 200) is None


def test_what_is_told_has_two_decimals_and_gaps() -> None:
    assert reliability.told(np.array([[1.0, -0.123], [-0.001, np.nan]])) == ((1.0, -0.12), (0.0, None))
