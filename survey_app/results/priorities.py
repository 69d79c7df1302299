"""Result → the importance–performance map: which sub-indices the overall verdict hangs on, and how they stand."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from survey_app.i18n import number, say
from survey_app.results import comparison, pictures, questions
from survey_app.results.listing import written
from survey_app.results.pictures import PriorityMap
from survey_app.results.reading import Reading
from survey_app.scoring import reliability
from survey_app.scoring.drivers import Place, importance_performance
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.reliability import Driver

SIZE = (420.0, 300.0)


class Line(msgspec.Struct, frozen=True):
    """A sub-index: its number on the map, what of the verdict hangs on it, and the group's median score."""

    number: str
    id: str
    label: str
    importance: str
    performance: str
    place: str
    urgent: bool


class Group(msgspec.Struct, frozen=True):
    """`why` ≠ "": there is no map, and why."""

    label: str
    why: str
    lines: tuple[Line, ...] = ()
    map: PriorityMap | None = None


class Priorities(msgspec.Struct, frozen=True):
    """`outcome`: the question of the overall verdict, in words."""

    round: str
    synthetic: bool
    outcome: str
    groups: tuple[Group, ...]


def page(reading: Reading) -> Priorities:
    """Units before their teams, larger groups first; groups of a single unit have no map."""
    order = [one for one in comparison.ordered(reading) if len(one.units) > 1]
    leaf = reading.plan.outcome_leaf()
    asked = reading.asked.get(leaf.question_id) if leaf else None
    return Priorities(
        reading.text(reading.result.title),
        reading.result.synthetic,
        questions.wording(reading, asked) if asked else "",
        tuple(group(reading, one) for one in order),
    )


def group(reading: Reading, peers: GroupEstimate) -> Group:
    """The map where drivers are told and at least three sub-indices are shown beside them."""
    label, why = comparison.group_label(reading, peers.id), why_none(reading, peers.id)
    if why:
        return Group(label, why)
    drivers, performance = drivers_of(reading, peers.id), dict[str, float]()
    for sub in reading.sub_indices:
        median = reading.peer_median(peers.units[0], sub)
        if sub in drivers and median.number is not None:
            performance[sub] = float(median.number)
    if len(performance) < 3:
        return Group(label, say(reading.language, "There are too few comparable units for a median."))
    return drawn(reading, label, drivers, performance, peers.units[0])


def drawn(
    reading: Reading, label: str, drivers: Mapping[str, Driver], performance: Mapping[str, float], unit: str
) -> Group:
    language = reading.language
    subs = sorted(performance, key=lambda sub: (-drivers[sub].weight, sub))
    total = sum(one.weight for one in drivers.values())
    shares = np.array([100 * drivers[sub].weight / total for sub in subs])
    scores = np.array([performance[sub] for sub in subs])
    places = importance_performance(shares, scores)
    lines = tuple(
        Line(
            number=str(place),
            id=sub,
            label=reading.label(sub),
            importance=f"{written(float(shares[place - 1]), 0, language)} %",
            performance=reading.write(reading.peer_median(unit, sub)),
            place=place_words(language, places[place - 1]),
            urgent=places[place - 1] == "improve",
        )
        for place, sub in enumerate(subs, start=1)
    )
    title = "; ".join(f"{one.number} {one.label}: {one.importance}, {one.performance}" for one in lines)
    on = reading.plan.shown_on
    found = pictures.priority_map(
        shares.tolist(), scores.tolist(), [one.urgent for one in lines], SIZE, (on.min, on.max), title
    )
    return Group(label, "", lines, found)


def drivers_of(reading: Reading, group_id: str) -> Mapping[str, Driver]:
    """As the count left them; empty where it told none."""
    analysis = reading.result.analysis
    if isinstance(analysis, msgspec.UnsetType) or group_id not in analysis.reliability:
        return {}
    return analysis.reliability[group_id].drivers


def why_none(reading: Reading, group_id: str) -> str:
    """Why there is no map; empty where there is one."""
    language, analysis = reading.language, reading.result.analysis
    if isinstance(analysis, msgspec.UnsetType):
        return say(language, "No such figures were kept when this round was counted.")
    if reading.plan.outcome_leaf() is None:
        return say(language, "The plan of this round names no question of the overall verdict.")
    if group_id not in analysis.reliability:
        return say(
            language, "Fewer than {n} sheets were counted for this group: too few to say what matters.",
            n=number(reliability.LEAST, 0, language),
        )  # fmt: skip
    if not drivers_of(reading, group_id):
        return say(
            language,
            "What drives the overall verdict is not told: too few answers, or it cannot be told from chance.",
        )
    return ""


def place_words(language: str, place: Place) -> str:
    """The four fields in words."""
    words = {
        "improve": say(language, "mend first"),
        "keep": say(language, "keep it up"),
        "later": say(language, "mend later"),
        "enough": say(language, "good enough"),
    }
    return words[place]
