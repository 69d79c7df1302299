"""What pooled bounds look back on: a leaf's figures in the rounds before."""

from __future__ import annotations

from collections.abc import Iterable

from survey_app.results.result import Result
from survey_app.scoring.plan import Plan


def pooled(plan: Plan, earlier: Iterable[Result]) -> dict[str, list[float]]:
    """Leaf with pooled bounds → its figures in the rounds before (a question's absolute scores), newest first; `rounds`
    counts this round too."""
    older = {
        leaf.id: (leaf.scale.rounds or 1) - 1 for leaf in plan.leaf_table().values() if leaf.scale.bounds == "pooled"
    }
    found: dict[str, list[float]] = {}
    for age, result in enumerate(earlier):
        known = [(figure.leaf, figure.value) for figure in result.figures if figure.source == "hard"]
        for group in result.estimates.groups:
            names = [item for sub in group.sub_indices for item in sub.items]
            known += [(name, value) for row in group.theta for name, value in zip(names, row, strict=True)
                      if value is not None]  # fmt: skip
        for leaf, value in known:
            if age < older.get(leaf, 0):
                found.setdefault(leaf, []).append(value)
    return found
