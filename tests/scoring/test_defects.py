"""What COINr 1.1.14 does wrong, done right; the numbers said to be COINr's were seen in its own output."""

from __future__ import annotations

import numpy as np
import pytest

from survey_app.scoring import robustness, treat, weigh
from survey_app.scoring.aggregate import aggregate
from survey_app.scoring.leaf import Treat
from survey_app.scoring.robustness import Varied
from tests.scoring import figures
from tests.scoring.figures import TEXT

ONES = np.ones(3)


def members(seed: int, size: int = 4, units: int = 60) -> np.ndarray:
    """Members that all hold together, some of them much more than others."""
    generator = np.random.Generator(np.random.PCG64(seed))
    common = generator.standard_normal((units, 1))
    return 50 + 10 * (common * generator.uniform(0.2, 2.0, size) + generator.standard_normal((units, size)))


def correlations(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    node = values @ weights
    return np.array([np.corrcoef(column, node)[0, 1] for column in values.T])


def test_copeland_counts_duels_at_any_node_of_the_tree() -> None:
    """Defect 1: its `Aggregate` cannot call its own Copeland."""
    steps = figures.steps(TEXT.replace("    - id: roads\n", "    - id: roads\n      aggregate: copeland\n"))
    length, holes = steps.score("length"), steps.score("holes")
    for u in range(6):
        duels = 0
        for v in range(6):
            share = ((length[u] > length[v]) + 3 * (holes[u] > holes[v])) / 4
            duels += int(u != v) * int(np.sign(share - 0.5))
        assert steps.score("roads")[u] == duels


@pytest.mark.parametrize(("power", "wanted"), [(2.0, 5**0.5), (1.0, 2.0), (-1.0, 1.5)])
def test_a_power_mean_passes_over_gaps_like_the_other_means(power: float, wanted: float) -> None:
    """Defect 2: its generalised mean of 1, a gap and 3 is missing."""
    values = np.array([[1.0, np.nan, 3.0]])
    assert aggregate(values, ONES, "power", power)[0] == pytest.approx(wanted)
    for method in ("arithmetic", "geometric", "harmonic"):
        assert not np.isnan(aggregate(values, ONES, method)[0])


@pytest.mark.parametrize("seed", range(8))
def test_optimised_weights_are_never_negative_and_come_with_the_correlations_of_the_optimum(seed: int) -> None:
    """Defect 3: it gives weights below 0 and the correlations of its last try. Ours prove themselves: the bound that no
    weights pass is reached, and no random weights come near."""
    values = members(seed)
    found = weigh.optimised(values)
    assert found.weights.min() >= 0
    assert found.weights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(found.correlations, correlations(values, found.weights), atol=1e-9)
    assert found.smallest == pytest.approx(found.correlations.min(), abs=1e-12)
    assert found.bound == pytest.approx(found.smallest, abs=1e-7)
    tried = np.random.Generator(np.random.PCG64(seed)).dirichlet(np.ones(4), 500)
    assert max(correlations(values, weights).min() for weights in tried) <= found.smallest + 1e-9


def test_weights_by_components_are_squares_of_one_sign() -> None:
    """Defect 4: it gives the raw loadings, whose signs are arbitrary and may be mixed."""
    values = members(3)
    values[:, 0] = 100 - values[:, 0]  # a member that was not turned
    found = weigh.pca(values)
    assert found.loadings.min() < 0 < found.loadings.max()
    assert found.loadings.sum() > 0
    np.testing.assert_allclose(found.weights, found.loadings**2)
    assert found.weights.sum() == pytest.approx(1.0)
    turned = weigh.pca(100 - values)
    np.testing.assert_allclose(turned.loadings, found.loadings, atol=1e-12)


def test_a_geometric_mean_is_taken_on_a_scale_above_zero() -> None:
    """Defect 5: on the usual 0–100 the lowest unit has 0, and it stops. Shown on 1–100 every unit has a score,
    and drawn choices are put on that scale by themselves."""
    text = TEXT.replace("min: 0, max: 100", "min: 1, max: 100").replace(
        "- id: roads\n", "- id: roads\n      aggregate: geometric\n"
    )
    steps = figures.steps(text)
    wanted = np.exp((np.log(steps.score("length")) + 3 * np.log(steps.score("holes"))) / 4)
    np.testing.assert_allclose(steps.score("roads"), wanted)
    assert steps.score("length").min() == 1.0
    drawn = robustness.uncertainty(
        figures.plan(), figures.score(), Varied(aggregate=("arithmetic", "geometric")), 20, 1
    )
    assert not np.isnan(drawn.ranks.mean).any()


@pytest.mark.parametrize("values", [[5.0] * 9, [5.0] * 8 + [6.0], [0.0] * 7 + [1.0, 1.0]])
def test_a_figure_that_is_nearly_the_same_for_all_is_treated_without_a_stop(values: list[float]) -> None:
    """Defect 7: winsorising stops there."""
    found = treat.treat(np.array(values), Treat(winsorise=5, then="log"))
    assert not np.isnan(found.values).any()


def test_an_outlier_is_one_by_skew_and_kurtosis_together() -> None:
    """Defect 7 as the rule stands: either of them being fine passes. It is the field's rule, so it is kept."""
    one_far = np.array([1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 2.0, 90.0])
    skew, kurtosis = treat.skew_kurtosis(one_far)
    assert treat.passes((skew, kurtosis), Treat(skew=skew + 1, kurtosis=3.5))
    assert treat.passes((skew, kurtosis), Treat(skew=2, kurtosis=kurtosis + 1))
    assert not treat.passes((skew, kurtosis), Treat(skew=2, kurtosis=3.5))
