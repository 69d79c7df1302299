"""Choices drawn again and again: against whole computations, by hand, at the edges; and what is refused."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from survey_app.scoring import redraw, removal, robustness, sobol
from survey_app.scoring.compute import compute, effective_weights, ranks
from survey_app.scoring.leaf import Normalise
from survey_app.scoring.redraw import NotVaried, ranks_of
from survey_app.scoring.robustness import Varied
from tests.scoring import figures
from tests.scoring.figures import TEXT

GAP = np.nan


def reweighted(text: str, **weights: float) -> str:
    """The small plan with other weights of the nodes under the root."""
    for name, weight in weights.items():
        text = text.replace(
            f"    - id: {name}\n      weight: {2 if name == 'roads' else 1}",
            f"    - id: {name}\n      weight: {weight!r}",
        )
        text = text.replace(f"{{id: {name}, weight: 1}}", f"{{id: {name}, weight: {weight!r}}}")
    return text


# ---------------------------------------------------------------- weights


@pytest.mark.parametrize("method", ["arithmetic", "geometric", "harmonic", "copeland", "median", "sum"])
def test_redrawn_weights_give_what_a_plan_with_these_weights_gives(method: str) -> None:
    text = TEXT.replace("min: 0, max: 100", "min: 1, max: 100").replace(
        "  id: index\n", f"  id: index\n  aggregate: {method}\n"
    )
    steps, uppers = figures.steps(text), redraw.redrawn(figures.plan(text))
    draws = np.random.Generator(np.random.PCG64(1)).uniform(0.1, 3.0, (4, 3))
    values = {name: steps.score(name) for name in redraw.inputs(uppers)}
    found = redraw.root_scores(uppers, values, {"index": draws})
    for row, (roads, ports, trust) in zip(found, draws.tolist(), strict=True):
        other = figures.steps(reweighted(text, roads=roads, ports=ports, trust=trust))
        np.testing.assert_allclose(row, other.score("index"), rtol=1e-12)


def test_what_is_missing_is_missing_under_every_weight_that_does_not_cover_it() -> None:
    """Trust is a quarter of the weight: under `coverage: 0.7` a unit without it has a score while that stays small."""
    text = TEXT.replace("  id: index\n", "  id: index\n  coverage: 0.7\n")
    values = figures.values(trust=[GAP, 0.9, 0.1, 0.3, 0.6, 0.4])
    steps, uppers = figures.steps(text, values), redraw.redrawn(figures.plan(text))
    known = {name: steps.score(name) for name in redraw.inputs(uppers)}
    found = redraw.root_scores(uppers, known, {"index": np.array([[2.0, 1.0, 1.0], [1.0, 1.0, 2.0]])})
    assert found[0, 0] == pytest.approx((2 * known["roads"][0] + known["ports"][0]) / 3)
    assert np.isnan(found[1]).tolist() == [True] + [False] * 5


def test_dirichlet_weights_are_the_plans_on_average_and_never_negative() -> None:
    uppers = redraw.redrawn(figures.plan())
    found = redraw.dirichlet(uppers, 40_000, np.random.Generator(np.random.PCG64(3)), 0.25)["index"]
    assert found.min() >= 0
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    np.testing.assert_allclose(found.mean(axis=0), [0.5, 0.25, 0.25], atol=0.005)
    assert found[:, 0].std() == pytest.approx(0.5 * 0.25, rel=0.03)


def test_noisy_weights_stay_within_their_bounds() -> None:
    found = redraw.noisy(redraw.redrawn(figures.plan()), 1000, np.random.Generator(np.random.PCG64(3)), 0.25)["index"]
    assert (np.abs(found / [2.0, 1.0, 1.0] - 1) <= 0.25).all()


def test_an_index_of_one_level_varies_the_weights_of_its_figures() -> None:
    flat = TEXT[: TEXT.index("    - id: roads")] + "    - {id: length, weight: 2}\n    - {id: trust, weight: 1}\n"
    flat += "leaves:\n  - {id: length, source: hard}\n  - {id: trust, source: hard}\n"
    assert redraw.inputs(redraw.redrawn(figures.plan(flat))) == ("length", "trust")


# ---------------------------------------------------------------- ranks


def test_ranks_of_draws_are_those_of_each_draw_with_ties_and_gaps() -> None:
    scores = np.array(
        [[3.0, 1.0, 3.0, GAP, 2.0], [1.0, 1.0, 1.0, 1.0, 1.0], [GAP] * 5, [0.1 + 0.2, 0.3, 5.0, 4.0, GAP]]
    )
    for row, found in zip(scores, ranks_of(scores), strict=True):
        assert [None if np.isnan(rank) else int(rank) for rank in found] == list(ranks(row))


def test_rank_statistics_are_rs_quantiles_of_type_seven() -> None:
    found = robustness.rank_statistics(("A",), np.array([2.0]), np.array([[1.0], [2.0], [2.0], [5.0]]))
    assert (found.mean[0], found.median[0]) == (2.5, 2.0)
    assert found.low[0] == pytest.approx(1 + 0.15)  # h = 3 · 0.05
    assert found.high[0] == pytest.approx(2 + 0.85 * 3)


def test_a_shift_is_over_the_units_that_have_both_ranks() -> None:
    found = redraw.shift(np.array([[1.0, 3.0, GAP], [GAP] * 3]), np.array([2.0, 1.0, 3.0]))
    assert found[0] == 1.5
    assert np.isnan(found[1])


# ---------------------------------------------------------------- Sobol


def test_sobol_indices_of_a_known_function_are_found() -> None:
    """y = 3a + b + 2ab, of a and b even on −1…1: V = 3 + 1/3 + 4/9."""
    generator = np.random.Generator(np.random.PCG64(5))
    a, b = ({name: generator.uniform(-1, 1, 60_000) for name in "ab"} for _ in range(2))
    factors = {"a": ["a"], "b": ["b"], "both": ["a", "b"]}
    runs = sobol.designed(factors, a, b, lambda x: 3 * x["a"] + x["b"] + 2 * x["a"] * x["b"])
    found, variance = sobol.sobol(list(factors), *runs, seed=1), 3 + 1 / 3 + 4 / 9
    assert found.variance == pytest.approx(variance, rel=0.02)
    np.testing.assert_allclose(found.first, np.array([3, 1 / 3, variance]) / variance, atol=0.02)
    np.testing.assert_allclose(found.total, np.array([3 + 4 / 9, 7 / 9, variance]) / variance, atol=0.02)
    assert (found.first_low < found.first).all()
    assert (found.first < found.first_high).all()


def test_what_never_moves_has_no_indices() -> None:
    found = sobol.sobol(["a"], np.ones((9, 2)), np.ones((9, 2)), np.ones((1, 9, 2)), seed=1)
    assert np.isnan(found.first).all()
    assert np.isnan(found.total_high).all()


# ---------------------------------------------------------------- uncertainty


def test_every_run_is_what_the_whole_computation_gives() -> None:
    varied = Varied((1, 2), (Normalise("min_max", bounds="own_year"), Normalise("percentile")),
                    ("arithmetic", "geometric"), "dirichlet")  # fmt: skip
    runs = robustness.Runs(figures.plan(), figures.score(), varied)
    sample = runs.sample(12, np.random.Generator(np.random.PCG64(2)))
    found = runs.scores(sample)
    for k in range(12):
        text = TEXT.replace("min: 0, max: 100", "min: 1, max: 100")
        text = text.replace("winsorise: 2", f"winsorise: {1 + int(sample['winsorise'][k])}")
        if sample["normalise"][k]:
            text = text.replace("{method: min_max, bounds: own_year}", "{method: percentile}")
        if sample["aggregate"][k]:
            text = text.replace("  id: index\n", "  id: index\n  aggregate: geometric\n")
            for name in ("roads", "ports"):
                text = text.replace(f"    - id: {name}\n", f"    - id: {name}\n      aggregate: geometric\n")
        roads, ports, trust = sample["index"][k].tolist()
        text = text.replace("      weight: 2\n", f"      weight: {roads!r}\n")
        text = text.replace("      weight: 1\n", f"      weight: {ports!r}\n", 1)
        text = text.replace("{id: trust, weight: 1}", f"{{id: trust, weight: {trust!r}}}")
        np.testing.assert_allclose(found[k], figures.steps(text).score("index"), rtol=1e-10)


def test_the_same_seed_draws_the_same_and_another_one_not() -> None:
    one, again, other = (
        robustness.uncertainty(figures.plan(), figures.score(), robustness.usual(figures.plan()), 50, seed)
        for seed in (1, 1, 2)
    )
    assert one.ranks.mean.tolist() == again.ranks.mean.tolist()
    assert one.sobol.first_low.tolist() == again.sobol.first_low.tolist()
    assert one.ranks.mean.tolist() != other.ranks.mean.tolist()


def test_units_that_are_equal_in_everything_share_their_ranks_whatever_is_chosen() -> None:
    same = {name: [*numbers[:5], numbers[0]] for name, numbers in figures.FIGURES.items()}
    score = figures.score(figures.values(**same))
    found = robustness.uncertainty(figures.plan(), score, robustness.usual(figures.plan()), 50, 1)
    for statistic in (found.ranks.mean, found.ranks.low, found.ranks.high):
        assert statistic[0] == statistic[5]


def test_where_all_units_are_equal_there_is_no_scale_and_no_rank() -> None:
    score = figures.score(figures.values(**{name: [1.0] * 6 for name in figures.FIGURES}))
    found = robustness.uncertainty(figures.plan(), score, robustness.usual(figures.plan()), 50, 1)
    assert np.isnan(found.ranks.nominal).all()
    assert np.isnan(found.ranks.mean).all()
    assert np.isnan(found.sobol.total).all()


def test_one_unit_alone_is_always_first_and_nothing_moves() -> None:
    text = TEXT.replace("{method: min_max, bounds: own_year}", "{method: goalposts, low: 0, high: 100}")
    alone = partial(compute, values=figures.values(1))
    found = robustness.uncertainty(figures.plan(text), alone, Varied(weights="dirichlet"), 20, 1)
    assert found.ranks.low.tolist() == found.ranks.high.tolist() == [1.0]
    assert np.isnan(found.sobol.first).all()


@pytest.mark.parametrize(
    ("without", "step", "said"),
    [
        ("treat: {winsorise: 2, skew: 2, kurtosis: 3.5, then: none}\n", Varied(winsorise=(1, 2)), "no `treat`"),
        ("normalise: {method: min_max, bounds: own_year}\n", Varied(normalise=(Normalise("rank"),)), "no `normalise`"),
    ],
)
def test_a_step_that_the_plan_lacks_is_not_varied_in_silence(without: str, step: Varied, said: str) -> None:
    """Defect 6 of COINr: it runs, and the step seems to move nothing."""
    text = TEXT.replace(without, "")
    if "normalise" in without:
        text = text.replace("source: hard", "source: hard, normalise: {method: min_max, bounds: own_year}")
    with pytest.raises(NotVaried, match=said):
        robustness.uncertainty(figures.plan(text), figures.score(), step, 10, 1)
    with pytest.raises(NotVaried, match=said):
        robustness.usual(figures.plan(text), step.names())
    assert step.names()[0] not in robustness.usual(figures.plan(text)).names()


def test_leaves_with_a_scale_of_their_own_keep_normalisation_from_being_varied() -> None:
    text = TEXT.replace("{id: ships, source: hard}", "{id: ships, source: hard, normalise: {method: rank}}")
    with pytest.raises(NotVaried, match="of their own"):
        robustness.usual(figures.plan(text), ["normalise"])


def test_nothing_to_vary_and_weights_of_each_unit_are_refused() -> None:
    with pytest.raises(NotVaried, match="nothing is varied"):
        robustness.uncertainty(figures.plan(), figures.score(), Varied(), 10, 1)
    text = TEXT.replace("  id: index\n", "  id: index\n  weights: benefit_of_doubt\n")
    with pytest.raises(NotVaried, match="each unit its own weights"):
        robustness.uncertainty(figures.plan(text), figures.score(), Varied(weights="noise"), 10, 1)


def test_a_choice_that_costs_units_their_score_is_refused_with_their_names() -> None:
    varied = Varied(normalise=(Normalise("z_score"),), aggregate=("geometric",))
    with pytest.raises(NotVaried, match=r"z_score and aggregation geometric some units have no score \(A, C"):
        robustness.uncertainty(figures.plan(), figures.score(), varied, 10, 1)


def test_weights_of_each_unit_leave_the_other_steps_to_be_varied() -> None:
    text = TEXT.replace("  id: index\n", "  id: index\n  weights: benefit_of_doubt\n")
    varied = robustness.usual(figures.plan(text))
    assert varied.names() == ("winsorise", "normalise", "aggregate")
    found = robustness.uncertainty(figures.plan(text), figures.score(), varied, 10, 1)
    assert not np.isnan(found.ranks.mean).any()


def test_a_member_without_weight_stays_out_where_the_data_give_the_weights() -> None:
    text = TEXT.replace("  id: index\n", "  id: index\n  weights: pca\n").replace(
        "      weight: 2\n", "      weight: 0\n"
    )
    plan, steps = figures.plan(text), figures.steps(text)
    shares = effective_weights(plan, steps.tree.weights)
    assert shares["roads"] == 0.0
    assert shares["ports"] + shares["trust"] == pytest.approx(1.0)
    assert redraw.redrawn(plan, steps.tree.weights)[-1].members == ("ports", "trust")
    found = robustness.uncertainty(plan, figures.score(), Varied(weights="dirichlet", spread=0.01), 20, 1)
    assert found.ranks.nominal.tolist() == list(ranks(steps.score("index")))


# ---------------------------------------------------------------- elements and other plans


def test_an_index_without_an_element_is_the_index_of_the_plan_without_it() -> None:
    found = {one.name: one for one in removal.removed(figures.plan(), figures.score())}
    assert list(found) == ["", "roads", "length", "holes", "ports", "ships", "cranes", "trust"]
    for name, line in (("trust", "    - {id: trust, weight: 1}\n"), ("holes", "        - {id: holes, weight: 3}\n")):
        leaf = next(one for one in TEXT.splitlines(keepends=True) if one.startswith(f"  - {{id: {name},"))
        rest = figures.steps(TEXT.replace(line, "").replace(leaf, ""))
        np.testing.assert_allclose(found[name].scores, rest.score("index"), rtol=1e-12)
        assert found[name].ranks.tolist() == list(ranks(rest.score("index")))
    away = np.abs(found["roads"].ranks - found[""].ranks)
    assert found["roads"].moved == pytest.approx(away.mean())


def test_a_node_goes_with_its_last_weighted_member_and_the_root_never() -> None:
    text = TEXT.replace("{id: cranes, weight: 1}", "{id: cranes, weight: 0}")
    rest = removal.without(figures.plan(text), "ships")
    assert rest is not None
    assert [child.id for child in rest.tree.children] == ["roads", "trust"]
    assert {leaf.id for leaf in rest.leaves} == {"length", "holes", "trust"}
    assert removal.without(rest, "index") is None
    alone = removal.without(rest, "roads")
    assert alone is not None
    assert removal.without(alone, "trust") is None


def test_experts_judgements_keep_their_weights_when_one_member_goes() -> None:
    text = TEXT.replace(
        "  id: index\n", "  id: index\n  weights: budget\n  allocations: [[50, 30, 20], [30, 30, 40]]\n"
    )
    text = (
        text.replace("      weight: 2\n", "")
        .replace("      weight: 1\n", "")
        .replace("{id: trust, weight: 1}", "{id: trust}")
    )
    rest = removal.without(figures.plan(text), "ports")
    assert rest is not None
    assert rest.tree.child_weights().tolist() == pytest.approx([0.4, 0.3])


def test_plans_stand_side_by_side_on_the_same_figures() -> None:
    other = figures.plan(reweighted(TEXT, trust=9))
    nominal, found = removal.compared(figures.plan(), {"trusting": other}, figures.score())
    assert (nominal.name, nominal.moved, found.name) == ("", 0.0, "trusting")
    assert found.ranks.tolist() == list(ranks(figures.steps(reweighted(TEXT, trust=9)).score("index")))
