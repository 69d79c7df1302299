"""The index otherwise: without one of its elements, or by another plan; and by how many ranks units move.

In a panel `score` computes all years and gives one of them: an element is then missing in every year, as in the scales
that look back on earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from survey_app.scoring.normalise import FloatArray
from survey_app.scoring.plan import Node, Plan
from survey_app.scoring.redraw import ranks_of, shift
from survey_app.scoring.robustness import Score


class Outcome(msgspec.Struct, frozen=True):
    """The root otherwise: scores and ranks (U,), NaN = none; `moved`: mean absolute shift of rank."""

    name: str
    scores: FloatArray
    ranks: FloatArray
    moved: float


def outcome(name: str, scores: FloatArray, nominal: FloatArray) -> Outcome:
    """From the scores (U,) and the nominal ranks (U,)."""
    ranks = ranks_of(scores[None])[0]
    return Outcome(name, scores, ranks, float(shift(ranks[None], nominal)[0]))


def compared(plan: Plan, others: Mapping[str, Plan], score: Score) -> Iterator[Outcome]:
    """The root by the plan itself (named ""), and by each of the others on the same figures."""
    scores = score(plan).score(plan.tree.id)
    nominal = ranks_of(scores[None])[0]
    yield outcome("", scores, nominal)
    for name, other in others.items():
        yield outcome(name, score(other).score(other.tree.id), nominal)


def removed(plan: Plan, score: Score, elements: Sequence[str] = ()) -> Iterator[Outcome]:
    """The index without each of these nodes or leaves (all but the root), one at a time; first as it is. An element
    whose removal would leave nothing is passed over."""
    scores = score(plan).score(plan.tree.id)
    nominal = ranks_of(scores[None])[0]
    yield outcome("", scores, nominal)
    for name in elements or [node.id for node in plan.tree.walk() if node is not plan.tree]:
        if (rest := without(plan, name)) is not None:
            yield outcome(name, score(rest).score(plan.tree.id), nominal)


def without(plan: Plan, name: str) -> Plan | None:
    """The plan without a node or leaf and all below it; a node that loses its last weighted member goes too."""
    tree = _without(plan.tree, name)
    if tree is None:
        return None
    kept = {node.id for node in tree.walk()}
    return msgspec.structs.replace(plan, tree=tree, leaves=tuple(leaf for leaf in plan.leaves if leaf.id in kept))


def _without(node: Node, name: str) -> Node | None:
    if node.id == name:
        return None
    if node.is_leaf:
        return node
    places = [place for place, child in enumerate(node.children) if _without(child, name) is not None]
    if not places or not (node.child_weights()[places] > 0).any():
        return None
    children = tuple(child for child in (_without(one, name) for one in node.children) if child is not None)
    if len(children) == len(node.children) or node.weights not in ("ahp", "budget"):
        return msgspec.structs.replace(node, children=children)
    weighed = zip(children, node.child_weights()[places], strict=True)  # the experts judged all members together
    fixed = tuple(msgspec.structs.replace(child, weight=float(weight)) for child, weight in weighed)
    return msgspec.structs.replace(node, weights="given", children=fixed)
