"""Who stands where in a peer group: for the businesses' part, and for the whole."""

from __future__ import annotations

import msgspec
import numpy as np

from survey_app.scoring import ranks
from survey_app.scoring.propagate import ScoredGroup

# Scores are rounded here, far below what anyone prints, so that the last bits of a machine's arithmetic cannot change a
# Result's hash.
DECIMALS = 10


class Standing(msgspec.Struct, frozen=True):
    """Where one unit stands. `rank` orders by expected rank; `rank_low`…`rank_high` is the 90 % rank interval;
    `ahead_of` those it beats with P ≥ level; `tied` those it cannot be told from; `clear` of the whole next tier."""

    unit: str
    rank: int
    expected_rank: float
    rank_low: int
    rank_high: int
    tier: int
    shrunk: float
    ahead_of: tuple[str, ...]
    tied: tuple[str, ...]
    clear: bool


class GroupStanding(msgspec.Struct, frozen=True):
    """Order of one peer group at one node, first to last. `beats` is P(row beats column) in this order. `left_out`:
    units without the score or with too few sheets. `reason`: why there are no ranks."""

    group: str
    node: str
    standings: tuple[Standing, ...]
    beats: tuple[tuple[float, ...], ...]
    left_out: tuple[str, ...]
    reason: str | None


def standings(scored: ScoredGroup) -> list[GroupStanding]:
    """The order at the businesses' part and, where that is another node, at the root."""
    part, root = scored.plan.businesses_part(), scored.plan.tree.id
    if part not in scored.point.nodes or not scored.point.nodes[part].rated:
        return []
    return [_standing(scored, part, node) for node in ([part] if part == root else [part, root])]


def _standing(scored: ScoredGroup, part: str, node: str) -> GroupStanding:
    members = _members(scored, node)
    left_out = tuple(unit for u, unit in enumerate(scored.group.units) if u not in members)
    if len(members) < ranks.LEAST_UNITS:
        return GroupStanding(scored.group.id, node, (), (), left_out, "fewer_than_four_units")
    post = posterior_of(scored, part, node, members)
    names = [scored.group.units[u] for u in members]
    level = scored.plan.tiers.level
    ranking = ranks.rank(names, post, scored.given.seed, level)
    order = [int(u) for u in ranking.order]
    beats = tuple(tuple(round(float(ranking.beats[u, v]), DECIMALS) for v in order) for u in order)
    found = tuple(_one(names, ranking, u, level) for u in order)
    return GroupStanding(scored.group.id, node, found, beats, left_out, None)


def _members(scored: ScoredGroup, node: str) -> list[int]:
    """Units that can be ranked, in the order of their codes: a score, and enough sheets to show it.

    A unit whose score is withheld takes no place: a gap in the ranks would tell what was withheld.
    """
    value, group, floor = scored.value(node), scored.group, scored.plan.privacy.min_score
    enough = [
        u
        for u, unit in enumerate(group.units)
        if not np.isnan(value[u])
        and group.businesses[u] > 1
        and group.n_sheets[u] >= max(floor, scored.given.least.get(unit, 0))
    ]
    return sorted(enough, key=lambda u: group.units[u])


def posterior_of(scored: ScoredGroup, part: str, node: str, members: list[int]) -> ranks.Posterior:
    """The posterior of some units' scores at a node, in the order in which they are given.

    Shrinkage acts on the businesses' part; in a linear plan the whole is that part, scaled, plus known figures.
    """
    source = part if scored.linear else node
    covariance = scored.node_covariance(source)
    if covariance is None:
        raise ValueError("ranked units have at least two businesses, so their covariance is known")
    value = scored.value(source)[members]
    post = ranks.posterior(value, covariance[np.ix_(members, members)])
    if source == node:
        return post
    scale = (scored.slope(node).sum(axis=1)[members]) / (scored.slope(part).sum(axis=1)[members])
    return post.shifted(scale, scored.value(node)[members] - scale * value)


def _one(names: list[str], ranking: ranks.Ranking, u: int, level: float) -> Standing:
    others = [int(v) for v in ranking.order if v != u]
    return Standing(
        unit=names[u],
        rank=int(ranking.rank[u]),
        expected_rank=round(float(ranking.expected[u]), DECIMALS),
        rank_low=int(ranking.low[u]),
        rank_high=int(ranking.high[u]),
        tier=int(ranking.tier[u]),
        shrunk=round(float(ranking.shrunk[u]), DECIMALS),
        ahead_of=tuple(names[v] for v in others if ranking.beats[u, v] >= level),
        tied=tuple(names[v] for v in others if 1 - level < ranking.beats[u, v] < level),
        clear=bool(ranks.clear_of_next_tier(ranking.beats, ranking.tier, level)[u]),
    )
