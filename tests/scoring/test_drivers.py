"""What drives the verdict, against R and against the definitions."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from survey_app.scoring import drivers
from survey_app.scoring.reliability import Moments
from tests.scoring import reference

DATA = reference.matrix("drivers_A_in.csv")
TOTAL = reference.values("drivers_A_total_out.csv")


def out(name: str) -> np.ndarray:
    return reference.column("drivers_A_out.csv", name)


def sample(n: int = 300, beta: tuple[float, ...] = (1.0, 0.5, 0.0, -0.2), seed: int = 3) -> tuple[np.ndarray, ...]:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, len(beta))) + draw.normal(size=(n, 1))
    return x, x @ np.array(beta) + draw.normal(size=n)


def explained(x: np.ndarray, y: np.ndarray) -> float:
    design = np.column_stack([np.ones(y.size), x])
    return float(np.var(design @ np.linalg.lstsq(design, y)[0]) / np.var(y))


def test_drivers_equal_r() -> None:
    found = drivers.find(DATA[:, 1:], DATA[:, 0])
    assert found.reason is None
    assert found.drivers is not None
    assert found.drivers.shapley == pytest.approx(out("shapley_lmg"), rel=1e-9)
    assert found.drivers.relative == pytest.approx(out("johnson_rw"), rel=1e-9)
    assert found.drivers.beta == pytest.approx(out("beta_std"), rel=1e-9)
    assert found.drivers.r == pytest.approx(out("r"), rel=1e-9)
    assert found.drivers.r2 == pytest.approx(TOTAL["r2"], rel=1e-9)
    assert found.drivers.shapley.sum() == pytest.approx(TOTAL["sum_lmg"], rel=1e-9)
    assert found.drivers.relative.sum() == pytest.approx(TOTAL["sum_rw"], rel=1e-9)


def test_relative_weights_of_moments_equal_r() -> None:
    moments = Moments(7)
    moments.add(DATA)
    correlation = moments.correlation()
    assert correlation[0, 1:] == pytest.approx(out("r"), rel=1e-9)
    found = drivers.relative_weights(correlation[1:, 1:], correlation[0, 1:])
    assert found == pytest.approx(out("johnson_rw"), rel=1e-9)


def test_relative_weights_add_up_to_r_squared() -> None:
    x, y = sample()
    correlation = np.corrcoef(np.column_stack([x, y]), rowvar=False)
    found = drivers.relative_weights(correlation[:-1, :-1], correlation[:-1, -1])
    assert found.sum() == pytest.approx(explained(x, y), rel=1e-9)


def test_shapley_is_the_average_over_all_orders_of_entry() -> None:
    x, y = sample()
    gains = np.zeros(4)
    for order in permutations(range(4)):
        before = 0.0
        for place in range(4):
            now = explained(x[:, order[: place + 1]], y)
            gains[order[place]] += (now - before) / 24
            before = now
    found = drivers.find(x, y).drivers
    assert found is not None
    assert found.shapley == pytest.approx(gains, abs=1e-9)


def test_twelve_predictors_are_exact_and_thirteen_refused() -> None:
    x, y = sample(400, (0.3,) * 12)
    found = drivers.find(x, y).drivers
    assert found is not None
    assert found.shapley.sum() == pytest.approx(explained(x, y), rel=1e-9)
    wide, y = sample(400, (0.3,) * 13)
    with pytest.raises(ValueError, match="13 predictors; give 1 to 12"):
        drivers.find(wide, y)
    with pytest.raises(ValueError, match="give at most 12"):
        drivers.shapley(np.eye(13), np.zeros(13))


@pytest.mark.parametrize(("n", "beta", "reason"), [(99, (1.0,), "few"), (100, (1.0,), None), (109, (1.0,) * 11, "few")])
def test_too_few_sheets_have_no_drivers(n: int, beta: tuple[float, ...], reason: str | None) -> None:
    found = drivers.find(*sample(n, beta))
    assert found.reason == reason
    assert (found.drivers is None) == (reason is not None)


def test_sheets_with_gaps_are_left_out() -> None:
    x, y = sample(150)
    gaps = x.copy()
    gaps[:40, 1] = np.nan
    found, whole = drivers.find(gaps, y).drivers, drivers.find(x[40:], y[40:]).drivers
    assert found is not None
    assert whole is not None
    assert found.n == 110
    assert found.shapley == pytest.approx(whole.shapley)
    assert drivers.find(np.full((200, 2), np.nan), np.zeros(200)).reason == "few"


def test_noise_copies_and_columns_without_spread_have_no_drivers() -> None:
    x, y = sample()
    assert drivers.find(x, np.random.default_rng(1).normal(size=300)).reason == "noise"
    assert drivers.find(np.column_stack([x, x[:, 0]]), y).reason == "copies"
    assert drivers.find(np.column_stack([x, np.full(300, 3.3)]), y).reason == "flat"
    assert drivers.find(x, np.ones(300)).reason == "flat"
    assert drivers.relative_weights(np.ones((2, 2)), np.array([0.5, 0.5])) is None
    assert drivers.relative_weights(np.empty((0, 0)), np.empty(0)) is None


def test_a_verdict_that_follows_exactly_is_explained_whole() -> None:
    x, _ = sample()
    found = drivers.find(x, x.sum(axis=1)).drivers
    assert found is not None
    assert (found.low, found.high) == (1, 1)
    assert found.shapley.sum() == pytest.approx(1)


def test_the_interval_covers_as_often_as_promised_and_starts_at_significance() -> None:
    inside = 0
    for seed in range(200):
        draw = np.random.default_rng(seed)
        x = draw.normal(size=(120, 2))
        y = x @ [0.4, 0.2] + draw.normal(size=120)
        low, high = drivers.r2_interval(explained(x, y), 120, 2)
        inside += low <= 0.2 / 1.2 <= high
    assert 165 <= inside <= 195
    assert drivers.r2_interval(0.0, 120, 2)[0] == 0
    # F(2, 117) at 0.95 is 3.074: R² = 0.04993
    assert drivers.r2_interval(0.0498, 120, 2)[0] == 0
    assert drivers.r2_interval(0.0501, 120, 2)[0] > 0
    # by definition: F is as far out at the bounds as the level says
    low, high = drivers.r2_interval(0.06, 120, 2)
    f = 0.06 / 2 / (0.94 / 117)
    for bound, chance in ((low, 0.95), (high, 0.05)):
        assert stats.ncf.cdf(f, 2, 117, 120 * bound / (1 - bound)) == pytest.approx(chance, abs=1e-6)
    assert drivers.r2_interval(0.9, 3, 2) == (0.0, 1.0)


def test_importance_against_performance_says_where_to_start() -> None:
    found = drivers.importance_performance(np.array([0.4, 0.3, 0.1, 0.1]), np.array([50.0, 80, 50, 80]))
    assert found == ("improve", "keep", "later", "enough")
    assert drivers.importance_performance(np.ones(2), np.ones(2)) == ("enough", "enough")
