"""`index examine` as a statistician uses it: its tables by another route, and a clear line for what it cannot tell."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from scipy import stats

from survey_app import cli
from survey_app.scoring import factors, weigh
from survey_app.scoring.item_reliability import scale_of
from tests.golden import asem
from tests.golden.asem import PILLARS, Asem
from tests.scoring.conftest import TINY
from tests.scoring.rounds import ITEMS, rows

DEMO = asem.PLAN.with_name("round_demo.yaml")
Rows = list[dict[str, str]]


def table(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def examine(plan: Path, out: Path, *more: object) -> Result:
    arguments = ["index", "examine", "--plan", plan, *more, "--out", out]
    result = CliRunner().invoke(cli.program, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def number(text: str) -> float:
    return float(text) if text else np.nan


def column(of: Rows, name: str) -> np.ndarray:
    return np.array([number(row[name]) for row in of])


def line(of: Rows, **wanted: str) -> dict[str, str]:
    """The one row with these cells."""
    (found,) = [row for row in of if all(row[name] == text for name, text in wanted.items())]
    return found


def alpha_of(covariance: np.ndarray) -> float:
    k = covariance.shape[0]
    return k / (k - 1) * (1 - np.trace(covariance) / covariance.sum())


def alpha_se(covariance: np.ndarray, n: int) -> float:
    """By the delta method from alpha's slope G in the covariance V: its variance is 2 tr(GV)² / n."""
    k, total = covariance.shape[0], covariance.sum()
    slope = -k / (k - 1) * (np.eye(k) / total - np.trace(covariance) / total**2)
    return float(np.sqrt(2 * np.trace(np.linalg.matrix_power(slope @ covariance, 2)) / n))


# ---------------------------------------------------------------- figures


@pytest.fixture(scope="module")
def example(shared: Path) -> Asem:
    return Asem(shared / "golden" / "asem")


@pytest.fixture(scope="module")
def looked(example: Asem, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    """The tables of COINr's example, by name; in seconds."""
    out, start = tmp_path_factory.mktemp("asem"), time.perf_counter()
    examine(asem.PLAN, out, "--values", example.folder / "in_iData.csv", "--unit-column", "uCode")
    assert time.perf_counter() - start < 30
    return {path.stem: table(path) for path in out.iterdir()}


def test_every_leaf_node_and_member_has_its_line(example: Asem, looked: dict[str, Rows]) -> None:
    sizes = {name: len(of) for name, of in looked.items()}
    assert sizes == {"figures": 49, "correlations": 49 * 3 + 8 * 2 + 2, "groups": 11, "members": 59, "standouts": 510}
    assert {row["units"] for row in looked["groups"]} == {"51"}


def test_statistics_are_those_of_the_figures_as_the_plan_divides_them(example: Asem, looked: dict[str, Rows]) -> None:
    steps = example.computed()
    for row in looked["figures"]:
        known = steps.denominated[row["leaf"]][~np.isnan(steps.denominated[row["leaf"]])]
        assert int(row["known"]) == known.size
        assert number(row["skew"]) == pytest.approx(stats.skew(known, bias=False))
        assert number(row["kurtosis"]) == pytest.approx(stats.kurtosis(known, bias=False))
        assert row["outliers"] == str(int(abs(number(row["skew"])) > 2 and number(row["kurtosis"]) > 3.5))
        assert row["few_known"] == str(int(known.size < 0.65 * 51))


def test_correlations_are_scipys_of_the_scores(example: Asem, looked: dict[str, Rows]) -> None:
    steps = example.computed()
    for row in looked["correlations"]:
        pair = steps.score(row["member"]), steps.score(row["ancestor"])
        for name, by_scipy in (("pearson", stats.pearsonr(*pair)), ("spearman", stats.spearmanr(*pair))):
            assert number(row[name]) == pytest.approx(by_scipy.statistic)
            assert number(row[f"{name}_p"]) == pytest.approx(by_scipy.pvalue, rel=1e-6)
        r = number(row["pearson"])
        assert row["flag"] == ("negative" if r < 0 else "weak" if r < 0.3 else "collinear" if r > 0.92 else "")
    assert line(looked["correlations"], member="LPI", ancestor="Index")["levels"] == "3"


def test_groups_are_told_as_by_the_definitions(example: Asem, looked: dict[str, Rows]) -> None:
    steps = example.computed()
    cronbach = example.table("cronbach")
    wanted = dict(zip(cronbach.texts("Group"), cronbach.numbers("alpha_normalised"), strict=True))
    for pillar in PILLARS:
        row = line(looked["groups"], node=pillar)
        members = [one["member"] for one in looked["members"] if one["node"] == pillar]
        values = np.column_stack([steps.score(name) for name in members])
        covariance, r = np.cov(values.T), np.corrcoef(values.T)
        assert int(row["members"]) == len(members)
        assert number(row["alpha"]) == pytest.approx(alpha_of(covariance))
        assert number(row["alpha"]) == pytest.approx(wanted.get(pillar, alpha_of(covariance)), rel=1e-9)
        ends = alpha_of(covariance) + np.array([-1, 1]) * stats.norm.ppf(0.95) * alpha_se(covariance, 51)
        assert [number(row["alpha_low"]), number(row["alpha_high"])] == pytest.approx(ends.tolist())
        inverse = np.linalg.inv(r)
        partial = -inverse / np.sqrt(np.outer(np.diag(inverse), np.diag(inverse)))
        off = ~np.eye(len(members), dtype=bool)
        assert number(row["kmo"]) == pytest.approx(
            (r[off] ** 2).sum() / ((r[off] ** 2).sum() + (partial[off] ** 2).sum())
        )
        assert number(row["lambda6"]) == pytest.approx(1 - (1 / np.diag(inverse)).sum() / r.sum())
        variances = np.linalg.svd(stats.zscore(values, axis=0))[1] ** 2 / 51
        assert number(row["first_component"]) == pytest.approx(variances[0] / len(members))
        assert int(row["components_above_1"]) == (variances > 1).sum()
        one = factors.minres(r)
        assert number(row["omega_total"]) == pytest.approx(1 - one.unique.sum() / r.sum())


def test_members_have_weights_loadings_and_what_alpha_is_without_them(example: Asem, looked: dict[str, Rows]) -> None:
    steps, effective = example.computed(), example.table("eff_weights")
    shares = dict(zip(effective.texts("iCode"), effective.numbers("EffWeight"), strict=True))
    for pillar in PILLARS:
        mine = [row for row in looked["members"] if row["node"] == pillar]
        values = np.column_stack([steps.score(row["member"]) for row in mine])
        axis = np.linalg.svd(stats.zscore(values, axis=0))[2][0]
        loading, squared = column(mine, "loading"), column(mine, "squared_loading")
        assert loading == pytest.approx(axis * np.sign(axis.sum()))
        assert squared == pytest.approx(axis**2)
        assert (column(mine, "squared_low") < column(mine, "squared_high")).all()
        for place, row in enumerate(mine):
            assert number(row["effective_weight"]) == pytest.approx(shares[row["member"]])
            assert number(row["correlation"]) == pytest.approx(
                np.corrcoef(values[:, place], steps.score(pillar))[0, 1], rel=1e-9
            )
            without = np.cov(np.delete(values, place, axis=1).T)
            assert number(row["alpha_if_dropped"]) == pytest.approx(alpha_of(without))


def test_a_unit_stands_out_where_its_rank_is_best_and_worst(example: Asem, looked: dict[str, Rows]) -> None:
    mine = [row for row in looked["standouts"] if row["unit"] == "GBR"]
    by_kind = {kind: [row for row in mine if row["kind"] == kind] for kind in ("strength", "weakness")}
    strong, weak = by_kind["strength"], by_kind["weakness"]
    assert [row["place"] for row in strong] == [row["place"] for row in weak] == list("12345")
    ranks = [int(row["rank"]) for row in (*strong, *weak[::-1])]
    assert ranks == sorted(ranks)
    assert not {row["leaf"] for row in strong} & {row["leaf"] for row in weak}
    steps, leaves = example.computed(), asem.plan().leaf_table()
    for row in mine:
        figures = steps.denominated[row["leaf"]] * (1 if leaves[row["leaf"]].direction == "higher" else -1)
        own = figures[example.units.index("GBR")]
        assert int(row["rank"]) == 1 + (figures > own).sum()
        assert int(row["units"]) == (~np.isnan(figures)).sum()


FIGURES = """
format: survey-app/plan/1
id: t
tree:
  id: root
  children:
    - {id: n, weight: 1, children: [{id: a, weight: 1}, {id: b, weight: 3}, {id: c, weight: 1}, {id: d, weight: 0}]}
    - {id: m, weight: 1, children: [{id: e, weight: 1}]}
normalise: {method: goalposts, low: 0, high: 10}
leaves:
  - {id: a, source: hard, direction: lower, normalise: {method: min_max, bounds: own_year}}
  - {id: b, source: hard}
  - {id: c, source: hard}
  - {id: d, source: hard}
  - {id: e, source: hard}
"""
HEAD = "unit,a,b,c,d,e\n"
SOME = HEAD + "V,1,2,3,4,5\nW,2,2,5,1,4\nX,4,2,1,7,3\nY,3,2,9,4,1\nZ,5,2,4,4,2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    def made(plan: str, text: str, name: str = "table.csv") -> Path:
        (tmp_path / "plan.yaml").write_text(plan, encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return made


def figures_of(place: Path, *more: object) -> tuple[list[str], dict[str, Rows]]:
    """What was said of what could not be told, and the tables."""
    result = examine(place / "plan.yaml", place / "out", "--values", place / "table.csv", *more)
    return result.stderr.splitlines(), {path.stem: table(path) for path in (place / "out").iterdir()}


def test_a_constant_leaf_is_left_out_of_its_group_and_named(folder: Callable[..., Path]) -> None:
    said, found = figures_of(folder(FIGURES, SOME))
    assert "left out of the group, no figures or all the same: b of n" in said
    assert "no omega and no KMO, two members are too few: root, n" in said
    assert "no correlations, fewer than three units have a score or all have the same: b" in said
    group = line(found["groups"], node="n")
    assert (group["members"], group["units"], group["omega_total"], group["kmo"]) == ("2", "5", "", "")
    values = np.array([[100, 30], [75, 50], [25, 10], [50, 90], [0, 40]])
    assert number(group["alpha"]) == pytest.approx(alpha_of(np.cov(values.T)))
    b, d = (line(found["members"], node="n", member=name) for name in "bd")
    assert (b["weight"], b["correlation"], b["loading"]) == ("3", "", "")
    assert (d["effective_weight"], d["loading"]) == ("0", ""), "what has no weight is no part of the group"
    assert number(d["correlation"]) == number(line(found["correlations"], member="d", ancestor="n")["pearson"])
    assert line(found["correlations"], member="e", ancestor="m")["flag"] == "", "an only member is its node"


def test_few_figures_are_told_once_as_strength_or_weakness(folder: Callable[..., Path]) -> None:
    _, found = figures_of(folder(FIGURES, SOME))
    mine = [row for row in found["standouts"] if row["unit"] == "Y"]
    assert [(row["kind"], row["leaf"], row["rank"], row["value"]) for row in mine] == [
        ("strength", "c", "1", "9"),
        ("strength", "d", "2", "4"),
        ("weakness", "e", "5", "1"),
        ("weakness", "a", "3", "3"),
    ]


def test_one_unit_has_figures_and_nothing_else(folder: Callable[..., Path]) -> None:
    said, found = figures_of(folder(FIGURES, HEAD + "X,1,2,3,4,5\n"))
    assert "nothing is told of the group, fewer than three units have all members: root, n" in said
    assert any(line.startswith("no skew and no kurtosis, fewer than four figures") for line in said)
    assert [row["mean"] for row in found["figures"]] == list("12345")
    assert {row["alpha"] for row in found["groups"]} == {row["loading"] for row in found["members"]} == {""}
    assert found["standouts"] == []
    assert not any("reasons.csv)" in line for line in said), "a table that is not written"


def test_years_stand_first_in_every_line(folder: Callable[..., Path]) -> None:
    lines = SOME.splitlines()
    later = [f"{unit}z,{rest}" for unit, rest in (row.split(",", 1) for row in lines[1:])]
    text = "\n".join([f"year,{lines[0]}", *(f"2024,{row}" for row in lines[1:]), *(f"2025,{row}" for row in later)])
    said, found = figures_of(folder(FIGURES, text + "\n"), "--time-column", "year")
    single = figures_of(folder(FIGURES, SOME))[1]
    for name, of in found.items():
        assert next(iter(of[0])) == "year"
        year = [{key: cell for key, cell in row.items() if key != "year"} for row in of if row["year"] == "2024"]
        assert year == single[name]
        assert {row["year"] for row in of} == {"2024", "2025"}
    assert "2025: left out of the group, no figures or all the same: b of n" in said


def test_an_interval_that_hardly_any_draw_gives_is_not_waited_for() -> None:
    lone = np.eye(12)[:, :11]  # every member sets a single unit apart
    low, high = weigh.pca_interval(lone, seed=0)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


# ---------------------------------------------------------------- sheets

PLAN = """
format: survey-app/plan/1
id: t
normalise: {method: goalposts, low: 1, high: 5}
tree:
  id: root
  children:
    - {id: s, weight: 1, weights: equal, children: [{id: q1}, {id: q2}, {id: q3}, {id: q4}, {id: q5}, {id: q6}]}
    - {id: t, weight: 1, weights: equal, children: [{id: q7}, {id: q8}]}
    - {id: u, weight: 1, weights: equal, children: [{id: q9}, {id: q10}]}
leaves:
  - {id: q1, statistic: mean}
  - {id: q2, statistic: mean, direction: lower}
  - {id: q3, statistic: mean}
  - {id: q4, statistic: mean}
  - {id: q5, statistic: mean}
  - {id: q6, statistic: mean}
  - {id: q7, statistic: mean}
  - {id: q8, statistic: top_box, at_least: 3, normalise: {method: goalposts, low: 0, high: 1}}
  - {id: q9, statistic: mean}
  - {id: q10, statistic: mean}
"""
NAMES = [f"q{number}" for number in range(1, 11)]
COUNT = 160
STRAIGHT, AGAINST = 7, 11  # sheets


def answers() -> np.ndarray:
    """(160, 10) of one factor a sub-index, q2 turned; a straight line, and a sheet against all others."""
    draw = np.random.default_rng(20)
    opinion = draw.normal(size=(COUNT, 1)) + 0.6 * draw.normal(size=(COUNT, 3))[:, [0] * 6 + [1] * 2 + [2] * 2]
    level = np.array([4.4, 1.6, 2.2, 3.8, 2.6, 3.4, 4.2, 2.0, 3.0, 1.8])
    pull = np.where(np.arange(10) == 1, -0.8, 0.8)
    x = np.clip(np.round(level + pull * opinion + draw.normal(0, 0.5, (COUNT, 10))), 1, 5)
    x[STRAIGHT], x[AGAINST] = 3, [1, 5, 4, 2, 4, 2, 1, 4, 3, 5]
    return x


def sheets_csv(x: np.ndarray) -> str:
    lines = [f"sheet,business,unit,{','.join(NAMES)}"]
    for i, row in enumerate(x.tolist()):
        cells = ",".join("" if np.isnan(answer) else f"{answer:g}" for answer in row)
        lines.append(f"s{i},b{i},U{i % 5},{cells}")
    return "\n".join(lines) + "\n"


def sheets_of(place: Path, *more: object) -> tuple[list[str], dict[str, Rows]]:
    result = examine(place / "plan.yaml", place / "out", "--sheets", place / "table.csv", *more)
    return result.stderr.splitlines(), {path.stem: table(path) for path in (place / "out").iterdir()}


def test_items_and_scales_are_told_as_by_the_definitions(folder: Callable[..., Path]) -> None:
    said, found = sheets_of(folder(PLAN, sheets_csv(answers())))
    x = np.delete(answers(), STRAIGHT, axis=0)
    assert sum(row["straight"] == "1" for row in found["careless"]) == 1, "the straight line does not enter"
    n = x.shape[0]
    z = 25 * (np.where(np.arange(6) == 1, 6 - x[:, :6], x[:, :6]) - 1)
    covariance, r = np.cov(z.T), np.corrcoef(z.T)
    scale, items = line(found["scales"], sub_index="s"), found["items"][:6]
    assert (scale["items"], scale["sheets"], scale["complete_sheets"]) == ("6", str(n), str(n))
    assert number(scale["alpha"]) == pytest.approx(alpha_of(covariance))
    width = stats.norm.ppf(0.95) * alpha_se(covariance, n)
    assert number(scale["alpha"]) - number(scale["alpha_low"]) == pytest.approx(width)
    mean = (r.sum() - 6) / 30
    assert number(scale["mean_correlation"]) == pytest.approx(mean)
    assert number(scale["standardised_alpha"]) == pytest.approx(6 * mean / (1 + 5 * mean))
    assert number(scale["lambda6"]) == pytest.approx(1 - (1 / np.diag(np.linalg.inv(r))).sum() / r.sum())
    assert number(scale["omega_total"]) == pytest.approx(factors.omega_total(r))
    assert number(scale["omega_total_polychoric"]) > number(scale["omega_total"])
    assert (scale["df"], number(scale["kmo"]) > 0.7) == ("9", True)
    assert number(scale["chisq"]) == pytest.approx(factors.one_factor_fit(z).chisq)
    assert column(items, "mean") == pytest.approx(x[:, :6].mean(axis=0))
    assert column(items, "sd") == pytest.approx(x[:, :6].std(axis=0, ddof=1))
    for j, row in enumerate(items):
        others = np.delete(z, j, axis=1)
        assert (row["n"], row["missing"]) == (str(n), "0")
        assert number(row["item_rest"]) == pytest.approx(np.corrcoef(z[:, j], others.sum(axis=1))[0, 1])
        assert number(row["alpha_if_dropped"]) == pytest.approx(alpha_of(np.cov(others.T)))
        assert number(row["loading"]) > 0.6, "harm items are turned"
    pair = line(found["scales"], sub_index="t")
    assert [pair[name] for name in ("kmo", "omega_total", "omega_hierarchical", "chisq")] == [""] * 4
    assert "all: no omega, no KMO and no loadings, fewer than three items: t, u" in said
    assert "all: no omega hierarchical, fewer than six items: t, u" in said
    assert "all: no one-factor fit, 2 items fit always; the model needs 4: t, u" in said


def test_signs_are_of_answers_on_one_scale_each_sheet_in_the_order_of_the_file(folder: Callable[..., Path]) -> None:
    _, found = sheets_of(folder(PLAN, sheets_csv(answers())))
    of = found["careless"]
    assert [row["sheet"] for row in of] == [f"s{i}" for i in range(COUNT)]
    same = np.delete(answers(), 7, axis=1)  # q8 is a top box: its own scale is 0 and 1
    assert column(of, "deviation") == pytest.approx(same.std(axis=1, ddof=1))
    modal = [np.unique(row, return_counts=True)[1].max() / 9 for row in same]
    assert column(of, "modal") == pytest.approx(modal)
    away = same - same.mean(axis=0)
    distance = (away @ np.linalg.inv(np.cov(same.T)) * away).sum(axis=1)
    assert column(of, "distance") == pytest.approx(distance)
    straight, against = of[STRAIGHT], of[AGAINST]
    assert (straight["longest"], straight["deviation"], straight["modal"], straight["signs"]) == ("9", "0", "1", "3")
    assert number(against["fit"]) < 0
    assert number(against["chance"]) < 0.001
    assert int(against["signs"]) >= 2


def test_a_sign_that_many_sheets_show_tells_of_the_questions_and_is_not_counted(folder: Callable[..., Path]) -> None:
    """Where all questions have one mean, half of the honest sheets correlate negatively with it."""
    draw = np.random.default_rng(5)
    x = np.clip(np.round(3 + draw.normal(size=(COUNT, 1)) + draw.normal(size=(COUNT, 10))), 1, 5)
    x[STRAIGHT] = 3
    said, found = sheets_of(folder(PLAN, sheets_csv(x)))
    (mute,) = [line for line in said if line.startswith("all: not counted, more than 15% of the sheets are beyond")]
    assert "fit" in mute.rpartition(": ")[2]
    below = [row for row in found["careless"] if row["fit"] and float(row["fit"]) < 0]
    assert len(below) > COUNT / 4
    assert max(int(row["signs"]) for row in below) <= 1
    assert found["careless"][STRAIGHT]["signs"] == "3"


def test_even_odd_looks_at_items_that_point_the_same_way(folder: Callable[..., Path]) -> None:
    place = folder(PLAN, sheets_csv(answers()))
    _, found = sheets_of(place)
    x = np.delete(answers(), 7, axis=1)
    x[:, 1] = 6 - x[:, 1]
    odd = np.column_stack([x[:, [0, 2, 4]].mean(axis=1), x[:, 6], x[:, 7]])
    even = np.column_stack([x[:, [1, 3, 5]].mean(axis=1), np.full(COUNT, np.nan), x[:, 8]])
    assert np.isnan(column(found["careless"], "even_odd")).all(), "two scales with two items are too few"
    plan = PLAN.replace("top_box, at_least: 3, normalise: {method: goalposts, low: 0, high: 1}", "mean")
    _, found = sheets_of(folder(plan, sheets_csv(answers())))
    even[:, 1] = answers()[:, 7]
    told = column(found["careless"], "even_odd")
    for i in range(20):
        if np.ptp(odd[i]) > 0 and np.ptp(even[i]) > 0:
            r = np.corrcoef(odd[i], even[i])[0, 1]
            assert told[i] == pytest.approx(max(2 * r / (1 + r), -1) if r > -1 + 1e-12 else -1)


def estimated(place: Path, text: str) -> dict[str, dict[str, str]]:
    """`index estimate`: its ranks, by unit."""
    (place / "estimate.csv").write_text(text, encoding="utf-8")
    command = ["index", "estimate", "--plan", place / "plan.yaml", "--sheets", place / "estimate.csv"]
    assert cli.run([str(part) for part in (*command, "--out", place / "estimated")]) == 0
    return {row["unit"]: row for row in table(place / "estimated" / "ranks.csv")}


def test_both_indices_are_those_of_index_estimate(folder: Callable[..., Path]) -> None:
    place = folder(PLAN, sheets_csv(answers()))
    said, found = sheets_of(place)
    several = {row["sheet"] for row in found["careless"] if int(row["signs"]) >= 2}
    assert 2 <= len(several) < COUNT / 4
    assert any(f"{len(several)} of {COUNT} sheets have two signs or more" in line for line in said)
    assert "all: 1 sheets are flagged" not in said
    base = estimated(place, sheets_csv(answers()))
    head, *lines = sheets_csv(answers()).splitlines()
    marked = [f"{row},{int(row.split(',')[0] in several)}" for row in lines]  # a burst is left out whatever else
    other = estimated(place, "\n".join([f"{head},burst", *marked]) + "\n")
    for row in found["with_without"]:
        assert (row["score"], row["rank"]) == (base[row["unit"]]["score"], base[row["unit"]]["rank"])
        assert (row["score_without"], row["rank_without"]) == (other[row["unit"]]["score"], other[row["unit"]]["rank"])
    assert sum(int(row["several_signs"]) for row in found["with_without"]) == len(several)
    assert sum(int(row["sheets"]) for row in found["with_without"]) == COUNT
    assert sum(int(row["flagged"]) for row in found["with_without"]) == 1


def test_peer_groups_stand_apart(folder: Callable[..., Path]) -> None:
    head, *lines = sheets_csv(answers()).splitlines()
    groups = ["odd" if row.split(",")[2] in ("U1", "U3") else "even" for row in lines]
    text = "\n".join([f"{head},group", *(f"{row},{group}" for row, group in zip(lines, groups, strict=True))])
    said, found = sheets_of(folder(PLAN, text + "\n"))
    for name, number_of_lines in (("items", 20), ("scales", 6), ("careless", COUNT), ("with_without", 5)):
        assert len(found[name]) == number_of_lines
        assert {row["group"] for row in found[name]} == {"odd", "even"}
    assert {row["rank"] for row in found["with_without"]} == {""}
    assert "odd: no ranks, fewer than four units have answers" in said


def test_items_without_answers_are_left_out_and_named(folder: Callable[..., Path]) -> None:
    x = answers()
    x[:, 2], x[:, 8] = np.nan, 4
    said, found = sheets_of(folder(PLAN, sheets_csv(x)))
    assert "all: left out of its scale, no answers or all the same: q3, q9" in said
    assert "all: no scale, fewer than two items have different answers: u" in said
    assert line(found["scales"], sub_index="s")["items"] == "5"
    q3, q9 = (line(found["items"], item=name) for name in ("q3", "q9"))
    assert (q3["n"], q3["missing"], q3["mean"], q3["item_rest"]) == ("0", "1", "", "")
    assert (q9["mean"], q9["sd"], q9["alpha_if_dropped"]) == ("4", "0", "")
    assert {row["synonyms"] for row in found["careless"]} != {""}


def test_one_sheet_and_empty_sheets_are_described_and_no_more(folder: Callable[..., Path]) -> None:
    for x in (answers()[:1], np.full((1, 10), np.nan)):
        said, found = sheets_of(folder(PLAN, sheets_csv(x)))
        assert "all: no scale, fewer than two items have different answers: s, t, u" in said
        assert {row["alpha"] for row in found["scales"]} == {""}
        assert len(found["items"]) == 10
        assert len(found["careless"]) == len(found["with_without"]) == 1
    assert any("no signs of careless answering on 1 sheets" in line for line in said)
    assert found["careless"][0]["signs"] == ""


def test_few_sheets_give_no_scales(folder: Callable[..., Path]) -> None:
    said, found = sheets_of(folder(PLAN, sheets_csv(answers()[:9])))
    assert "all: no scale, two items are answered together on fewer than ten sheets: s, t, u" in said
    assert {row["item_rest"] for row in found["items"]} == {row["alpha"] for row in found["scales"]} == {""}


def test_medians_and_items_without_weight_are_described(tmp_path: Path) -> None:
    """Every statistic, gaps, core-only sheets and hard figures: the plan of all kinds."""
    (tmp_path / "plan.yaml").write_text(TINY, encoding="utf-8")
    with (tmp_path / "table.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sheet", "business", "unit", "main_unit", *ITEMS])
        for place, row in enumerate(rows(120)):
            given = [row.answers.get(item) or "" for item in ITEMS]
            writer.writerow([place, row.business, row.unit, row.unit if row.main else "", *given])
    said, found = sheets_of(tmp_path)
    assert "all: no part of a scale, no weight or a median: mb04, tg01" in said
    assert "all: no signs of careless answering, fewer than 8 questions share a scale" in said
    assert [row["items"] for row in found["scales"]] == ["3", "2"]
    hours = [float(row.answers["tg01"]) for row in rows(120) if row.answers.get("tg01")]
    tg01 = line(found["items"], item="tg01")
    assert 20 < number(tg01["mean"]) < 40
    assert int(tg01["n"]) <= len(hours)
    assert tg01["item_rest"] == ""


# ---------------------------------------------------------------- the round of the tests


@pytest.fixture(scope="module")
def demo(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    """The simulated round's tables, with what each sheet truly is."""
    source, out, start = shared / "golden" / "round_demo", tmp_path_factory.mktemp("demo"), time.perf_counter()
    examine(DEMO, out, "--sheets", source / "answers.csv")
    assert time.perf_counter() - start < 60
    return {path.stem: table(path) for path in out.iterdir()} | {"truth": table(source / "truth_sheets.csv")}


def test_scales_of_the_round_have_the_one_factor_that_made_them(demo: dict[str, Rows]) -> None:
    scales = demo["scales"]
    assert len(scales) == 8
    assert (column(scales, "alpha") > 0.8).all()
    assert (column(scales, "alpha_low") < column(scales, "alpha")).all()
    assert (column(scales, "omega_total_polychoric") > column(scales, "omega_total")).all()
    assert (column(scales, "rmsea") < 0.05).all()
    assert (column(scales, "cfi") > 0.98).all()
    told = column(scales, "omega_hierarchical")
    assert (told[~np.isnan(told)] > 0.5).all(), "three factors where there is one are not told"
    assert ((column(demo["items"], "loading") > 0.3) & (column(demo["items"], "loading") < 1)).all()


def test_every_straight_sheet_of_the_round_has_several_signs(demo: dict[str, Rows]) -> None:
    kinds = {row["sheet"]: row["kind"] for row in demo["truth"]}
    signs = {row["sheet"]: int(row["signs"]) for row in demo["careless"]}
    assert len(signs) == 1622
    by_kind = {kind: [signs[sheet] for sheet, own in kinds.items() if own == kind] for kind in set(kinds.values())}
    assert min(by_kind["straight"]) >= 2
    assert np.mean(by_kind["random"]) > 1
    assert np.mean(np.array(by_kind["genuine"]) >= 2) < 0.01
    assert len(demo["with_without"]) == 12


# ---------------------------------------------------------------- what is wrong

WRONG: Sequence[tuple[str, str, str, str]] = [
    ("--values", FIGURES, "unit,a,b,c,d\nX,1,2,3,4\n", "there is no column 'e'"),
    ("--values", FIGURES, HEAD + "X,1,2,three,4,5\n", "'three' in the column 'c' is no number"),
    ("--values", FIGURES, HEAD + "X,1,2,3,4,5\nX,1,2,3,4,5\n", "'X' stands in the column 'unit' 2 times"),
    ("--values", FIGURES, HEAD, "there are no lines below the column names"),
    ("--sheets", PLAN, "sheet,business,unit,q1\n1,a,X,1\n", "there is no column 'q10'"),
    ("--sheets", PLAN, sheets_csv(answers()[:2]).replace("s0,b0,U0", "s0,b0,"), "the column 'unit' is empty"),
    ("--sheets", PLAN, sheets_csv(answers()[:2]).replace("s0,b0,U0,", "s0,b0,U0,no"), "is no answer that the plan"),
]


@pytest.mark.parametrize(("option", "plan", "text", "said"), WRONG, ids=[said for *_, said in WRONG])
def test_a_wrong_table_gets_its_clear_line(
    folder: Callable[..., Path], option: str, plan: str, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = folder(plan, text)
    command = ["index", "examine", "--plan", place / "plan.yaml", option, place / "table.csv", "--out", place / "out"]
    assert cli.run([str(part) for part in command]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert said in lines[0]
    assert all("Fix:" in one for one in lines)
    assert not (place / "out").exists(), "nothing half-written"


def test_weights_that_the_figures_do_not_give_are_refused_in_one_line(
    folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    place = folder(FIGURES.replace("id: n, weight: 1,", "id: n, weight: 1, weights: pca,"), SOME)
    command = ["index", "examine", "--plan", place / "plan.yaml", "--values", place / "table.csv", "--out", place / "o"]
    assert cli.run([str(part) for part in command]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "the node 'n' has no weights" in line


def test_figures_and_sheets_exclude_each_other(folder: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    place = folder(FIGURES, SOME)
    values, sheets = ("--values", place / "table.csv"), ("--sheets", place / "table.csv")
    for given in ((), (*values, *sheets), (*sheets, "--time-column", "year"), (*values, "--hard", place / "table.csv")):
        command = ["index", "examine", "--plan", place / "plan.yaml", *given, "--out", place / "out"]
        assert cli.run([str(part) for part in command]) == 2
    assert "Give either --values or --sheets." in capsys.readouterr().err


def test_commands_load_no_statistics_library_before_they_need_it() -> None:
    """Serving pages goes through the same commands, and need not carry scipy."""
    code = "import sys, survey_app.cli; assert 'scipy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# ---------------------------------------------------------------- parts that only this look needs


def test_items_that_cancel_each_other_out_have_no_standardised_alpha() -> None:
    opposed = scale_of(np.array([[1.0, -1.0], [-1.0, 1.0]]), 50)
    assert np.isnan(opposed.raw)
    assert np.isnan(opposed.standardised)
    assert np.isnan(opposed.ends).all()
    assert scale_of(np.array([[1.0, 0.99], [0.99, 1.0]]), 3).ends[1] <= 1


def test_one_factor_is_told_of_three_known_items_or_more() -> None:
    r = np.full((4, 4), 0.4) + 0.6 * np.eye(4)
    assert factors.one_factor_omega(r) == pytest.approx(factors.omega_total(r))
    gaps = r.copy()
    gaps[0, 1] = gaps[1, 0] = np.nan
    assert factors.one_factor(r[:2, :2]) is None
    assert np.isnan(factors.one_factor_omega(gaps))


def test_a_general_factor_is_told_only_behind_factors_that_all_lean_on_it() -> None:
    general, group = np.full(12, 0.6), np.kron(np.eye(3), np.full((4, 1), 0.5))
    loadings = np.column_stack([general, group])
    r = loadings @ loadings.T
    np.fill_diagonal(r, 1)
    assert factors.omega(r).proper
    apart = group @ group.T + 0.4 * np.outer(general * (group[:, 0] == 0), general * (group[:, 0] == 0))
    turned = np.where(np.outer(group[:, 0] > 0, group[:, 0] == 0), -0.1, 0) + apart
    turned = (turned + turned.T) / 2
    np.fill_diagonal(turned, 1)
    assert not factors.omega(turned).proper
