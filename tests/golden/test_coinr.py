"""Every file that COINr 1.1.14 made of its ASEM example, from our plan of it through the same steps as any other."""

from __future__ import annotations

import re
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from survey_app.scoring import multivariate, redraw, removal, robustness, sobol, unit_level
from survey_app.scoring.compute import Steps, compute, effective_weights, ranks
from survey_app.scoring.leaf import Normalise
from survey_app.scoring.plan import Plan
from tests.golden import asem
from tests.golden.asem import PILLARS, SUB_INDICES, Asem, aggregated, normalised, shown

OF_COINR = 0.108  # seconds that COINr takes for one draw of weights on the same example
ON_1_TO_100 = shown(asem.text(), 1, 100)


@pytest.fixture(scope="module")
def example(shared: Path) -> Asem:
    return Asem(shared / "golden" / "asem")


@pytest.fixture(scope="module")
def steps(example: Asem) -> Steps:
    return example.computed()


@pytest.fixture(scope="module")
def plan() -> Plan:
    return asem.plan()


def scores(steps: Steps) -> dict[str, np.ndarray]:
    return {node: steps.score(node) for node in steps.tree.nodes}


def equal(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray], rtol: float = 1e-9) -> None:
    """Every column of the file, in every unit; gaps where it has gaps."""
    for name, numbers in wanted.items():
        floor = 1e-13 * float(np.nanmax(np.abs(numbers), initial=0.0))  # the file's 15 digits
        np.testing.assert_allclose(found[name], numbers, rtol=rtol, atol=floor, err_msg=name)


# ---------------------------------------------------------------- the chain


def test_every_file_of_the_example_is_held_by_a_test(example: Asem) -> None:
    tests = "".join(Path(file).read_text(encoding="utf-8") for file in (__file__, asem.__file__))
    names = {path.stem for path in example.folder.glob("*.csv")}
    steps = {f"step_{step}" for step in ("denominated", "imputed", "treated")}
    assert {name for name in names - steps if name not in tests} == set()
    assert len(names) == 51


def test_the_plan_is_that_of_the_examples_table(example: Asem, plan: Plan) -> None:
    """Directions, denominators, weights and the tree."""
    leaves = plan.leaf_table()
    parents = {child.id: (node.id, child.weight) for node in plan.tree.walk() for child in node.children}
    for row in example.table("in_iMeta").rows:
        if row["Type"] == "Indicator":
            leaf = leaves[row["iCode"]]
            assert leaf.direction == ("higher" if row["Direction"] == "1" else "lower")
            assert (leaf.denominator or None) == (row["Denominator"] or None)
        if row["Parent"]:
            assert parents[row["iCode"]] == (row["Parent"], float(row["Weight"]))


@pytest.mark.parametrize("step", ["denominated", "imputed", "treated"])
def test_figures_are_denominated_imputed_and_treated_alike(example: Asem, steps: Steps, step: str) -> None:
    equal(getattr(steps, step), example.scores(f"step_{step}"))


def test_figures_are_normalised_alike(example: Asem, steps: Steps) -> None:
    equal({name: one.values for name, one in steps.normalised.items()}, example.scores("step_normalised"))


def test_every_node_is_aggregated_alike(example: Asem, steps: Steps) -> None:
    equal(scores(steps), example.scores("step_aggregated"))


def test_the_same_points_are_winsorised_and_the_same_figures_pass(example: Asem, steps: Steps) -> None:
    table = example.table("treat_details")
    for row in table.rows:
        one = steps.treatments[row["iCode"]]
        assert one.before == pytest.approx(
            (float(row["check_SkewKurt0.Skew"]), float(row["check_SkewKurt0.Kurt"])), rel=1e-9
        )
        if row["check_SkewKurt0.Pass"] == "TRUE":
            assert (one.winsorised, one.transformed) == (0, None)
        else:
            assert one.winsorised == int(row["winsorise.nwin"])
            assert one.passes == (row["check_SkewKurt1.Pass"] == "TRUE")
            assert one.after == pytest.approx(
                (float(row["check_SkewKurt1.Skew"]), float(row["check_SkewKurt1.Kurt"])), rel=1e-9
            )


def test_the_tables_of_results_are_those_of_every_node(example: Asem, steps: Steps) -> None:
    """The file has ten decimals."""
    wanted = example.scores("results_scores")
    assert ranks(steps.score("Index")) == tuple(wanted.pop("Rank").astype(int))
    for name, numbers in wanted.items():
        np.testing.assert_allclose(steps.score(name), numbers, rtol=0, atol=5.01e-11, err_msg=name)
    for name, numbers in example.scores("results_ranks").items():
        assert ranks(steps.score(name)) == tuple(numbers.astype(int)), name


def test_ranks_within_groups_are_those_among_the_group(example: Asem, steps: Steps) -> None:
    member = np.array(example.column("results_groupranks_EurAsia", "EurAsia_group"))
    for name, numbers in example.scores("results_groupranks_EurAsia").items():
        for group in np.unique(member):
            inside = member == group
            assert ranks(steps.score(name)[inside]) == tuple(numbers[inside].astype(int)), (group, name)


# ---------------------------------------------------------------- normalisation

SCALES = {
    "norm_minmax_1_10": ("{method: min_max, bounds: own_year}", 1, 10),
    "norm_zscore_0_1": ("{method: z_score, mean: 0, sd: 1}", 0, 100),
    "norm_dist2max": ("{method: distance_max}", 0, 1),
    "norm_scaled_0_50_x9": ("{method: scaled, low: 0, high: 50, factor: 9}", 0, 100),
}
EQUAL_AS_PRINTED = {
    "norm_rank": "{method: rank}",
    "norm_borda": "{method: borda}",
    "norm_prank": "{method: percentile}",
}


@pytest.mark.parametrize("name", SCALES)
def test_every_way_of_normalising_gives_the_same_scores(example: Asem, name: str) -> None:
    equal(scores(example.computed(normalised(*SCALES[name]))), example.scores(name))


@pytest.mark.parametrize("name", EQUAL_AS_PRINTED)
def test_ranks_of_figures_are_the_same_but_where_the_file_cannot_tell_two_apart(example: Asem, name: str) -> None:
    """R ranked numbers of 17 digits, of which the file has 15: units that it prints alike share our lowest rank, and
    have theirs among the ranks from there on."""
    low, high = (0, 1) if name == "norm_prank" else (0, 100)
    found = example.computed(normalised(EQUAL_AS_PRINTED[name], low, high))
    one = 1 / (len(example.units) - 1) if name == "norm_prank" else 1.0
    apart = 0
    for leaf, wanted in example.scores(name).items():
        own, known = found.score(leaf), found.treated[leaf]
        alike = (known[:, None] == known[None, :]).sum(axis=1)
        away = np.round((wanted - own) / one, 9)
        assert ((away >= 0) & (away < alike)).all(), leaf
        apart += int((away > 0).sum())
    assert apart <= 3


def test_distances_to_a_unit_are_the_same_and_none_where_it_is_last_itself(example: Asem) -> None:
    """COINr divides by zero there and prints infinities; a unit that is last is no aim."""
    found = scores(example.computed(normalised("{method: distance_reference, unit: SGP, outside: keep}", 0, 1)))
    wanted = example.scores("norm_dist2ref_SGP")
    endless = {name for name, numbers in wanted.items() if np.isinf(numbers).any()}
    assert endless == {name for name, numbers in found.items() if name in wanted and np.isnan(numbers).all()}
    equal(found, {name: numbers for name, numbers in wanted.items() if name not in endless}, 1e-8)


def test_distances_to_targets_of_their_own_are_the_same(example: Asem) -> None:
    """Of 1 less a distance near 1 nine digits of the rest are lost on either side: 1e-15 is the least difference."""
    meta = example.table("in_iMeta")
    targets = {
        leaf: float(target)
        for leaf, target in zip(meta.texts("iCode"), meta.texts("Target"), strict=True)
        if target and leaf
    }
    found = example.computed(asem.with_targets(targets))
    for name, numbers in example.scores("norm_dist2targ_iMeta").items():
        np.testing.assert_allclose(found.score(name), numbers, rtol=1e-9, atol=1e-15, err_msg=name)


def test_goalposts_are_the_same_and_truncate(example: Asem) -> None:
    changed = shown(asem.text(), 0, 10).replace(
        "- {id: LPI, source: hard}",
        "- {id: LPI, source: hard, normalise: {method: goalposts, low: 2, high: 4, outside: clip}}",
    )
    found, wanted = example.computed(changed), example.scores("norm_goalposts_LPI")
    np.testing.assert_allclose(found.treated["LPI"], wanted["x"], rtol=1e-12)
    np.testing.assert_allclose(found.score("LPI"), wanted["goalposts_2_4_a1_b10_d1"], rtol=1e-9)


# ---------------------------------------------------------------- aggregation

AMEAN = "aggregate: arithmetic"
AGGREGATIONS = {
    "agg_amean": (AMEAN, AMEAN, AMEAN),
    "agg_amean_equal_weights": ("weights: equal",) * 3,
    "agg_gmean": ("aggregate: geometric",) * 3,
    "agg_hmean": ("aggregate: harmonic",) * 3,
    "agg_mixed_g_a_h": ("aggregate: geometric", AMEAN, "aggregate: harmonic"),
}


@pytest.mark.parametrize("name", AGGREGATIONS)
def test_every_mean_gives_the_same_nodes(example: Asem, name: str) -> None:
    equal(scores(example.computed(aggregated(ON_1_TO_100, *AGGREGATIONS[name]))), example.scores(name))


def test_the_mean_of_squares_gives_the_same_nodes(example: Asem) -> None:
    changed = aggregated(ON_1_TO_100, *["aggregate: power"] * 3)
    changed = re.sub(r"( +)aggregate: power\n", r"\1aggregate: power\n\1power: 2\n", changed)
    equal(scores(example.computed(changed)), example.scores("agg_genmean_p2"))


def test_a_node_needs_four_fifths_of_its_members_where_the_plan_says_so(example: Asem) -> None:
    found = example.computed(aggregated(asem.raw(asem.text()), *["coverage: 0.8"] * 3))
    wanted = example.scores("agg_amean_raw_datthresh_0.8")
    assert any(np.isnan(numbers).any() for numbers in wanted.values())
    equal(scores(found), wanted)


def test_copeland_works_through_the_tree(example: Asem) -> None:
    """COINr's own dispatcher cannot call it (defect 1): its numbers come from direct calls."""
    found = example.computed(aggregated(ON_1_TO_100, "aggregate: copeland", AMEAN, AMEAN))
    equal(scores(found), example.scores("copeland_pillars"))
    flat = asem.without_sub_indices(ON_1_TO_100).replace("  id: Index\n", "  id: Index\n  aggregate: copeland\n")
    wanted = example.scores("copeland_index_from_8_pillars")["Copeland"]
    assert example.computed(flat).score("Index").tolist() == wanted.tolist()


def test_the_outranking_matrix_is_the_same(example: Asem, plan: Plan, steps: Steps) -> None:
    """Of a unit with itself COINr says 0, we say a tie."""
    table = example.table("outrank_Conn_pillars")
    place = [example.units.index(unit) for unit in table.names]
    found = multivariate.duels(plan, steps, "Conn")[np.ix_(place, place)]
    np.fill_diagonal(found, 0.0)
    np.testing.assert_allclose(found, np.column_stack([table.numbers(unit) for unit in table.names]), atol=1e-12)


def test_effective_weights_are_the_same(example: Asem, plan: Plan) -> None:
    table, found = example.table("eff_weights"), effective_weights(plan, {})
    assert set(table.texts("iCode")) == set(found)
    for name, weight in zip(table.texts("iCode"), table.numbers("EffWeight"), strict=True):
        assert found[name] == pytest.approx(weight, rel=1e-12)


# ---------------------------------------------------------------- a look at the figures


def test_statistics_and_flags_of_raw_figures_are_the_same(example: Asem) -> None:
    """The file has three digits. Counts of different values may differ by those that it cannot tell apart."""
    table, leaves, apart = example.table("stats_raw"), example.values().leaves, []
    for row in table.rows:
        one = multivariate.univariate(leaves[row["iCode"]])
        found = [one.low, one.high, one.mean, one.median, one.sd, one.skew, one.kurtosis, one.known, one.non_zero,
                 one.different, one.same, *one.shares]  # fmt: skip
        for name, number in zip(table.names[1:16], found, strict=True):
            if number != pytest.approx(float(row[name]), rel=5.1e-3):
                apart.append((row["iCode"], name))
        flags = [one.few_known, one.few_non_zero, one.few_different, one.outliers]
        assert flags == [row[name] != "ok" for name in table.names[16:]], row["iCode"]
    assert apart == [("TolMin", "N.Unique"), ("TolMin", "Frc.Unique")]


def test_correlations_within_the_family_are_the_same(example: Asem, plan: Plan, steps: Steps) -> None:
    found = {(one.upper, one.lower): one for one in multivariate.within_family(plan, scores(steps))}
    parents = {child: node for node, members in multivariate.groups(plan).items() for child in members}
    for row in example.table("corr_L1_parent_family").rows:
        upper = parents[row["Var2"]] if row["Var1"] == "Sub-index" else row["Var1"]
        assert found[upper, row["Var2"]].r == pytest.approx(float(row["Correlation"]), rel=1e-9)


def test_rank_correlations_between_levels_are_the_same(example: Asem, plan: Plan, steps: Steps) -> None:
    found = {(one.upper, one.lower): one for one in multivariate.between_levels(plan, scores(steps), 1, 2, "spearman")}
    table = example.table("corr_L2_L3_spearman")
    assert set(found) == {(row["Var1"], row["Var2"]) for row in table.rows}
    for row in table.rows:
        assert found[row["Var1"], row["Var2"]].r == pytest.approx(float(row["Correlation"]), rel=1e-9)


def test_alphas_of_raw_and_of_normalised_figures_are_the_same(example: Asem, plan: Plan, steps: Steps) -> None:
    raw = multivariate.alphas(plan, scores(steps) | example.values().leaves)
    treated = multivariate.alphas(plan, scores(steps))
    for row in example.table("cronbach").rows:
        assert raw[row["Group"]] == pytest.approx(float(row["alpha_raw"]), rel=1e-9)
        assert treated[row["Group"]] == pytest.approx(float(row["alpha_normalised"]), rel=1e-9)


def test_principal_components_are_the_same_up_to_their_sign(example: Asem, plan: Plan, steps: Steps) -> None:
    found = multivariate.components(plan, scores(steps))
    loadings = example.table("pca_weights_L1_by_group")
    by_leaf = dict(zip(loadings.texts("iCode"), loadings.numbers("Weight"), strict=True))
    explained = example.table("pca_explained_L1")
    for pillar in PILLARS:
        wanted = np.array([by_leaf[leaf] for leaf in multivariate.groups(plan)[pillar]])
        sign = np.sign(wanted @ found[pillar].loadings)
        np.testing.assert_allclose(sign * found[pillar].loadings, wanted, atol=1e-9)
        own = np.array(explained.texts("Group")) == pillar
        np.testing.assert_allclose(found[pillar].explained, explained.numbers("prop_var")[own], rtol=1e-9)
        variances = found[pillar].explained * own.sum()
        np.testing.assert_allclose(np.sqrt(variances), explained.numbers("sdev")[own], rtol=1e-9)


def test_weights_from_components_are_squares_where_coinr_gives_raw_loadings(
    example: Asem, plan: Plan, steps: Steps
) -> None:
    """Defect 4: raw loadings have mixed signs within a pillar, so that what is good would count against a unit."""
    loadings = example.table("pca_weights_L1_by_group")
    by_leaf = dict(zip(loadings.texts("iCode"), loadings.numbers("Weight"), strict=True))
    mixed = 0
    for pillar, found in multivariate.components(plan, scores(steps)).items():
        if pillar not in PILLARS:
            continue
        raw = np.array([by_leaf[leaf] for leaf in multivariate.groups(plan)[pillar]])
        mixed += int(raw.min() < 0 < raw.max())
        np.testing.assert_allclose(found.weights, raw**2, atol=1e-9)
        assert found.weights.sum() == pytest.approx(1.0)
        assert found.loadings.sum() >= 0
    assert mixed > 0


def test_a_units_strengths_and_weaknesses_are_the_same(example: Asem, plan: Plan) -> None:
    """In the order of COINr's table of leaves, which settles equal ranks."""
    order = example.table("eff_weights")
    names = [code for code, level in zip(order.texts("iCode"), order.texts("Level"), strict=True) if level == "1"]
    figures = {name: example.values().leaves[name] for name in names}
    found = multivariate.standouts(plan, figures, example.units, "GBR")
    parents = {child: node for node, members in multivariate.groups(plan).items() for child in members}
    for standouts, name in zip(found, ("strengths_GBR", "weaknesses_GBR"), strict=True):
        rows = example.table(name).rows
        assert [one.leaf for one in standouts] == [row["Code"] for row in rows]
        assert [parents[one.leaf] for one in standouts] == [row["Pillar"] for row in rows]
        assert [one.rank for one in standouts] == [int(row["Rank"]) for row in rows]
        assert [one.value for one in standouts] == pytest.approx([float(row["Value"]) for row in rows], rel=1e-12)


def test_a_units_summary_is_the_same(example: Asem, plan: Plan, steps: Steps) -> None:
    found, rows = multivariate.summary(plan, steps, "GBR"), example.table("unit_summary_GBR").rows
    assert [(name, rank) for name, _, rank in found] == [(row["Code"], int(row["Rank"])) for row in rows]
    wanted = [float(row["Score"]) for row in rows]
    assert [score for _, score, _ in found] == pytest.approx(wanted, abs=5.01e-11)


# ---------------------------------------------------------------- robustness


def drawn_weights(example: Asem, plan: Plan) -> dict[str, np.ndarray]:
    table = example.table("mc_weights25_L2L3_weight_draws")
    return {
        upper.node.id: np.column_stack([table.numbers(member) for member in upper.members])
        for upper in redraw.redrawn(plan)
    }


def test_five_hundred_weight_draws_give_the_same_scores_and_rank_statistics(
    example: Asem, plan: Plan, steps: Steps
) -> None:
    uppers = redraw.redrawn(plan)
    values = {name: steps.score(name) for name in redraw.inputs(uppers)}
    found = redraw.root_scores(uppers, values, drawn_weights(example, plan))
    table = example.table("mc_weights25_L2L3_index_scores")
    np.testing.assert_allclose(found, np.column_stack([table.numbers(unit) for unit in example.units]), rtol=1e-9)
    nominal = redraw.ranks_of(steps.score("Index")[None])[0]
    statistics = robustness.rank_statistics(example.units, nominal, redraw.ranks_of(found))
    wanted = example.scores("mc_weights25_L2L3_rank_stats")
    for own, name in (("nominal", "Nominal"), ("mean", "Mean"), ("median", "Median"), ("low", "Q5"), ("high", "Q95")):
        np.testing.assert_allclose(getattr(statistics, own), wanted[name], rtol=1e-9, err_msg=name)


def test_a_weight_draw_is_more_than_fifty_times_as_fast_as_coinrs(example: Asem, plan: Plan) -> None:
    """Everything counted: all steps once, 500 draws, ranks, their statistics."""
    draws, values = drawn_weights(example, plan), example.values()
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        steps, uppers = compute(plan, values), redraw.redrawn(plan)
        found = redraw.root_scores(uppers, {name: steps.score(name) for name in redraw.inputs(uppers)}, draws)
        nominal = redraw.ranks_of(steps.score("Index")[None])[0]
        robustness.rank_statistics(example.units, nominal, redraw.ranks_of(found))
        taken.append((time.perf_counter() - start) / 500)
    assert min(taken) < OF_COINR / 50


def test_uncertainty_over_four_choices_is_as_coinr_found_it(example: Asem, plan: Plan) -> None:
    """Both are drawn: ranks within 1.5."""
    varied = robustness.Varied(
        winsorise=(1, 2, 3, 4, 5),
        normalise=(Normalise("min_max", bounds="own_year"), Normalise("z_score", mean=10.0, sd=2.0)),
        aggregate=("arithmetic", "geometric"),
        weights="noise",
    )
    found = robustness.uncertainty(plan, partial(compute, values=example.values()), varied, 1000, 1).ranks
    wanted = example.scores("ua4_rank_stats_stochastic_seed7_N1000")
    assert found.nominal.tolist() == wanted["Nominal"].tolist()
    for own, name in (("mean", "Mean"), ("median", "Median"), ("low", "Q5"), ("high", "Q95")):
        np.testing.assert_allclose(getattr(found, own), wanted[name], atol=1.5, rtol=0, err_msg=name)


def test_sobol_indices_of_given_runs_are_the_same(example: Asem) -> None:
    table = example.table("sobol_in_y_N200_d4")
    block, y = np.array(table.texts("block")), table.numbers("y")
    each = np.stack([y[block == f"AB{i}"] for i in range(1, 5)])
    first, total, _ = sobol.indices(y[block == "A"], y[block == "B"], each)
    wanted = example.table("sobol_out_indices")
    np.testing.assert_allclose(first, wanted.numbers("Si"), rtol=1e-9)
    np.testing.assert_allclose(total, wanted.numbers("STi"), rtol=1e-9)


def test_an_index_without_one_pillar_is_the_same(example: Asem, plan: Plan) -> None:
    scores, orders = example.scores("remove_L2_scores"), example.scores("remove_L2_ranks")
    means = example.table("remove_L2_meanabs")
    moved = dict(zip(means.texts("Removed"), means.numbers("MeanAbsRankChange"), strict=True))
    found = list(removal.removed(plan, partial(compute, values=example.values()), PILLARS))
    assert [one.name or "Nominal" for one in found] == list(scores)
    for one in found:
        name = one.name or "Nominal"
        np.testing.assert_allclose(one.scores, scores[name], rtol=1e-9)
        assert one.ranks.tolist() == orders[name].tolist()
        assert one.moved == pytest.approx(moved[name], abs=1e-12)


def test_a_sub_index_can_be_taken_out(example: Asem, plan: Plan, steps: Steps) -> None:
    found = list(removal.removed(plan, partial(compute, values=example.values()), SUB_INDICES))
    for one, other in zip(found[1:], ("Sust", "Conn"), strict=True):
        np.testing.assert_allclose(one.scores, steps.score(other), rtol=1e-12)


def test_elements_can_be_taken_out_within_a_panel(example: Asem, plan: Plan, steps: Steps) -> None:
    """Defect 6: COINr stops. The first year's figures are those of the single table, so their effect is, too."""
    panel = unit_level.read([plan], example.folder / "in_iData_panel.csv", "uCode", "Time")
    assert panel.times() == (2018, 2019, 2020, 2021, 2022)
    score = panel.score_at(0)
    place = [score(plan).units.index(unit) for unit in example.units]
    np.testing.assert_allclose(score(plan).score("Index")[place], steps.score("Index"), rtol=1e-12)
    wanted = example.scores("remove_L2_scores")
    for one in removal.removed(plan, score, PILLARS):
        np.testing.assert_allclose(one.scores[place], wanted[one.name or "Nominal"], rtol=1e-9)
    later = list(removal.removed(plan, panel.score_at(4), ["Physical"]))
    assert later[1].moved > 0
