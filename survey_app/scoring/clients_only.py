"""`index estimate --clients`: the second line, what is uncertain about this year's clients alone.

Those that answered are a known share n/N of a unit's clients: D C D with D = diag √(1 − n/N). Non-response is no random
draw, so that published intervals, ranks and tiers keep the wider one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import numpy as np

from survey_app.diagnostics import InputProblems, Problem
from survey_app.scoring.estimates import Estimates, GroupEstimate
from survey_app.scoring.index import Index, index
from survey_app.scoring.intervals import finite
from survey_app.scoring.respondent_level import Estimated
from survey_app.scoring.tables import Row, read_table

HEAD = ("unit", "businesses", "clients", "score", "se", "se_clients_only", "rank_low", "rank_high", "tier")


def read(path: Path, found: Estimated) -> dict[str, int]:
    """Unit → clients, from a table with the columns unit and clients. Raises InputProblems: a unit that is missing, no
    whole number, fewer clients than businesses that answered."""
    table = read_table(path)
    table.need(["unit"], "units are told apart by it")
    table.need(["clients"], "the interval needs to know how many there are")
    table.refuse_problems()
    names, numbers = table.names("unit"), table.numbers("clients")
    table.refuse_problems()
    problems, known = [], dict(zip(names, numbers.tolist(), strict=True))
    for group in found.estimates.groups:
        for unit, answered in zip(group.units, group.businesses, strict=True):
            if not known.get(unit, -1.0) >= answered or known[unit] % 1:
                told = (
                    "no line"
                    if unit not in known
                    else "no number of clients"
                    if np.isnan(known[unit])
                    else f"{known[unit]:g} clients"
                )
                what = f"the unit '{unit}' has {told}, and {answered} businesses that answered"
                line = 2 + names.index(unit) if unit in known else 1
                problems.append(Problem(str(path), line, 1, "clients", what, "their share is needed",
                                        "write a whole number, at least as many as answered"))  # fmt: skip
    if problems:
        raise InputProblems(problems)
    return {unit: int(number) for unit, number in known.items() if number == number}


def clients_only(found: Estimated, clients: Mapping[str, int]) -> Index:
    """The index again, with the narrower covariance."""
    groups = tuple(narrowed(group, clients) for group in found.estimates.groups)
    return index(found.plan, Estimates(groups), found.given)


def narrowed(group: GroupEstimate, clients: Mapping[str, int]) -> GroupEstimate:
    covariance = group.covariance_array()
    if covariance is None:
        return group
    each = len(group.sub_indices)
    n, population = np.array(group.businesses), np.array([clients[unit] for unit in group.units])
    narrower = finite(covariance, np.repeat(n, each), np.repeat(population, each))
    return msgspec.structs.replace(group, covariance=tuple(tuple(row) for row in narrower.tolist()))


def rows(found: Estimated, clients: Mapping[str, int]) -> Iterator[Row]:
    """A line a unit: the businesses' part with both errors; rank interval and tier among this year's clients."""
    part, narrow = found.plan.businesses_part(), clients_only(found, clients)
    wide = {(one.unit, one.node): one for one in found.index.scores}
    standings = {one.unit: one for group in narrow.groups if group.node == part for one in group.standings}
    answered = {unit: n for group in found.estimates.groups
                for unit, n in zip(group.units, group.businesses, strict=True)}  # fmt: skip
    for score in narrow.scores:
        if score.node == part:
            place = standings.get(score.unit)
            order: Row = (None,) * 3 if place is None else (place.rank_low, place.rank_high, place.tier)
            yield (score.unit, answered[score.unit], clients[score.unit], score.value, wide[score.unit, part].se,
                   score.se, *order)  # fmt: skip
