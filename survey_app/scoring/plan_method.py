"""The method's part of a plan's diagnostics: normalisation, weights, tiers, and the steps of hard data."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np

from survey_app.diagnostics import Place
from survey_app.scoring import weigh
from survey_app.scoring.leaf import Impute, Leaf, Normalise, Treat
from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Node, Plan
from survey_app.scoring.plan_findings import Findings

# Which keys of `normalise` belong to which methods; those marked True the methods cannot do without.
KEYS = {
    "unit": {"distance_reference": True},
    "target": {"distance_target": True},
    "mean": {"z_score": False},
    "sd": {"z_score": False},
    "factor": {"scaled": False},
}
Unset = msgspec.UnsetType
RECIPROCAL = 0.02  # comparisons are written with few decimals


def check_scale(leaf: Leaf, scale: Normalise, path: Place, findings: Findings) -> None:
    """A leaf's own `normalise`, or the plan's where the leaf has none."""
    name = f"'{leaf.id}'"
    for key, methods in KEYS.items():
        given = getattr(scale, key) is not msgspec.UNSET
        if given and scale.method not in methods:
            findings.add("method-key", (*path, key), f"{name} has `{key}` with the method {scale.method}")
        if not given and methods.get(scale.method):
            findings.add("method-needs", path, f"{name} is normalised by {scale.method} without `{key}`", key=key)
    if leaf.source == "question" and not (scale.method in ("goalposts", "min_max") and scale.bounds != "fixed"):
        findings.add("answers-scale", (*path, "method"), f"{name} counts answers by {scale.method}")
    if (scale.method == "min_max") != (scale.bounds is not None):
        findings.add("bounds", (*path, "bounds"), f"{name}: {scale.method} and bounds do not fit")
    if (scale.bounds == "pooled") != (scale.rounds is not None) or (scale.rounds or 2) < 2:
        findings.add("rounds", (*path, "rounds"), f"{name}: the rounds of the bounds do not fit")
    _check_ends(leaf, scale, path, findings)


def _check_ends(leaf: Leaf, scale: Normalise, path: Place, findings: Findings) -> None:
    fixed = scale.method in ("goalposts", "scaled") or scale.bounds == "fixed" or leaf.relative
    if fixed != (scale.low is not None) or fixed != (scale.high is not None):
        findings.add("ends", path, f"'{leaf.id}': low and high do not fit the method")
    elif scale.low is not None and scale.high is not None and not scale.low < scale.high:
        findings.add("no-length", path, f"'{leaf.id}': low {scale.low:g} is not below high {scale.high:g}")


def check_weighting(plan: Plan, node: Node, path: Place, findings: Findings) -> None:
    """How the node's weights are found."""
    if node.weights in weigh.FROM_DATA and plan.questionnaire is not None:
        findings.add("weights-data", (*path, "weights"), f"the weights of '{node.id}' are {node.weights}")
    for key, method in (("comparisons", "ahp"), ("allocations", "budget")):
        given = getattr(node, key)
        if (node.weights == method) != (given is not msgspec.UNSET):
            what = f"'{node.id}': `weights: {method}` and `{key}` go together"
            findings.add("weights-experts", (*path, key), what, fix="write both or neither")
        elif isinstance(given, tuple):
            _check_judgements(node, key, _matrix(given), (*path, key), findings)


def _matrix(rows: tuple[tuple[float, ...], ...]) -> FloatArray | None:
    """None where the rows differ in length."""
    return np.array(rows, dtype=np.float64) if len({len(row) for row in rows}) == 1 else None


def _check_judgements(node: Node, key: str, matrix: FloatArray | None, path: Place, findings: Findings) -> None:
    width = len(node.children)
    if matrix is None or matrix.shape[1] != width or (key == "comparisons" and matrix.shape[0] != width):
        rows = f"{width} rows of {width}" if key == "comparisons" else f"rows of {width}"
        findings.add("weights-experts", path, f"`{key}` of '{node.id}' has the wrong size", fix=f"write {rows} numbers")
    elif key == "allocations":
        if (matrix < 0).any() or (matrix.sum(axis=1) <= 0).any():
            fix = "each expert gives 0 or more to each child, and something in all"
            findings.add("weights-experts", path, f"an allocation of '{node.id}' is negative or empty", fix=fix)
    elif (matrix <= 0).any() or np.abs(matrix * matrix.T - 1).max() > RECIPROCAL:
        fix = "write in row a, column b how many times a matters more than b; the other way round its inverse"
        findings.add("weights-experts", path, f"the comparisons of '{node.id}' are not reciprocal", fix=fix)
    elif (ratio := weigh.ahp(matrix).consistency) > weigh.CONSISTENT:
        fix = f"judge again until the consistency ratio is {weigh.CONSISTENT:g} or less"
        findings.add(
            "weights-experts", path, f"the comparisons of '{node.id}' contradict each other ({ratio:.2f})", fix=fix
        )


def check_steps(plan: Plan, findings: Findings) -> None:
    """The steps of hard data, and tiers."""
    for key in ("screen", "impute", "treat"):
        if getattr(plan, key) is not msgspec.UNSET and plan.questionnaire is not None:
            findings.add("figures-only", (key,), f"the plan counts a questionnaire and has `{key}`")
    if not isinstance(plan.screen, Unset) and not 0 <= plan.screen.coverage <= 1:
        findings.add("coverage", ("screen", "coverage"), f"the coverage is {plan.screen.coverage:g}")
    _check_filling(plan.impute, plan.treat, (), findings)
    _check_tiers(plan, findings)


def check_leaf_steps(plan: Plan, leaf: Leaf, path: Place, findings: Findings) -> None:
    if leaf.evidence is not msgspec.UNSET and leaf.source != "panel":
        findings.add("evidence", (*path, "evidence"), f"'{leaf.id}' is {leaf.source} data and asks for evidence")
    for key in ("denominator", "impute", "treat"):
        if getattr(leaf, key) is not msgspec.UNSET and (plan.questionnaire is not None or leaf.source == "question"):
            findings.add("figures-only", (*path, key), f"'{leaf.id}' has `{key}`")
    scale = leaf.normalise
    if plan.questionnaire is not None and scale is not None and not scale.bounded and leaf.source != "question":
        findings.add("own-scale", (*path, "normalise", "method"), f"'{leaf.id}' is normalised by {scale.method}")
    _check_filling(leaf.impute, leaf.treat, path, findings)


def _check_filling(impute: Impute | Unset, treat: Treat | Unset, path: Place, findings: Findings) -> None:
    if isinstance(impute, Impute) and impute.method.startswith("group_") != (impute.group is not None):
        findings.add("impute-group", (*path, "impute"), f"impute: {impute.method} and group do not fit")
    if isinstance(treat, Treat) and (treat.winsorise < 0 or treat.skew <= 0 or treat.kurtosis <= 0):
        findings.add("treat", (*path, "treat"), "treat: a limit is too low")


def _check_tiers(plan: Plan, findings: Findings) -> None:
    tiers = plan.tiers
    cuts = () if isinstance(tiers.cuts, Unset) else tiers.cuts
    if (tiers.rule in ("cut_offs", "percentiles")) != bool(cuts):
        fix = "write `cuts: [75, 50, 25]` with cut_offs or percentiles, and only there"
        findings.add("cuts", ("tiers", "cuts"), f"tiers: {tiers.rule} and cuts do not fit", fix=fix)
    elif any(low >= high for high, low in pairwise(cuts)):
        findings.add("cuts", ("tiers", "cuts"), "the cuts do not fall", fix="write them from the best tier down")
    elif tiers.rule == "percentiles" and not all(0 < cut < 100 for cut in cuts):
        findings.add("cuts", ("tiers", "cuts"), "a cut is no percentage", fix="write numbers between 0 and 100")
    number = 0 if isinstance(tiers.tiers, Unset) else tiers.tiers
    if (tiers.rule == "natural_breaks") != (number >= 2):
        fix = "write `tiers: 5` with natural_breaks, and only there"
        findings.add("cuts", ("tiers", "tiers"), f"tiers: {tiers.rule} and the number of tiers do not fit", fix=fix)
