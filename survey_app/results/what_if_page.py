"""What-if: the director's page on which other weights are tried, worded and formatted; a script redraws it alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from survey_app.errors import Refused
from survey_app.i18n import alphabetical, say
from survey_app.results import chances, charts, comparison
from survey_app.results.chances import Chances
from survey_app.results.charts import Axis
from survey_app.results.reading import Reading
from survey_app.results.sliders import NO_WEIGHT, Weighing, typed, weighings
from survey_app.results.tried import Tried, Weights, tried
from survey_app.results.what_if import Delivered, delivered
from survey_app.results.what_if_lines import Line, lines_of, shift_words
from survey_app.scoring.estimates import GroupEstimate
from survey_app.scoring.redraw import NotVaried


class Board(msgspec.Struct, frozen=True):
    """A peer group with its sliders. `unnamed`: units whose score is shown, but not all of their sub-indices."""

    weighings: tuple[Weighing, ...]
    axis: Axis
    lines: tuple[Line, ...]
    chances: Chances | None
    why: str
    summary: str
    one_tier: bool
    one_tier_words: str
    differs: str
    unnamed: tuple[str, ...]
    data: bytes


class WhatIf(msgspec.Struct, frozen=True):
    """The page. `groups`: id and name of each peer group; `refused`: why no weights can be tried; else a `board`."""

    round: str
    synthetic: bool
    group: str
    label: str
    groups: tuple[tuple[str, str], ...]
    refused: str = ""
    board: Board | None = None


class Data(msgspec.Struct, frozen=True):
    """What the script gets with the page: numbers as they are shown, and how the page is worded."""

    numbers: Delivered
    language: str
    names: dict[str, str]
    short: dict[str, str]
    alphabetical: tuple[str, ...]
    axis: tuple[float, float, float]  # width, low, high
    words: dict[str, str]


def groups_of(reading: Reading) -> tuple[tuple[str, str], ...]:
    """The peer groups in which scores are compared, as the comparison orders them; without any, those with one."""
    shown = {group.id: len(shown_units(reading, group)) for group in comparison.ordered(reading)}
    compared = [name for name, units in shown.items() if units > 1] or [name for name, units in shown.items() if units]
    return tuple((name, comparison.group_label(reading, name)) for name in compared)


def page(reading: Reading, group_id: str, fields: Mapping[str, str]) -> WhatIf:
    """The page of a peer group, one of `groups_of`, with weights as they were typed; those of the plan where none are
    named. Raises Refused for weights that cannot be tried."""
    groups, group = groups_of(reading), group_named(reading, group_id)
    found = WhatIf(
        reading.text(reading.result.title), reading.result.synthetic, group_id, dict(groups)[group_id], groups
    )
    numbers = numbers_of(reading, group)
    if numbers is None:
        return msgspec.structs.replace(found, refused=why_not(reading, group))
    return msgspec.structs.replace(found, board=board(reading, numbers, typed(reading, numbers, fields)))


def weights(reading: Reading, group_id: str, fields: Mapping[str, str]) -> dict[str, float]:
    """What the typed weights are, with those of the plan for the rest. Raises Refused where they cannot be tried."""
    numbers = numbers_of(reading, group_named(reading, group_id))
    if numbers is None:
        raise Refused(why_not(reading, group_named(reading, group_id)))
    found = {**numbers.plan_weights, **typed(reading, numbers, fields)}
    computed(numbers, found)
    return found


def group_named(reading: Reading, group_id: str) -> GroupEstimate:
    """The peer group of this name."""
    return next(one for one in reading.result.estimates.groups if one.id == group_id)


def computed(numbers: Delivered, weights: Weights) -> Tried:
    """The group under these weights. Raises Refused where a part has none left."""
    try:
        return tried(numbers, weights)
    except NotVaried as reason:
        raise Refused(NO_WEIGHT) from reason


def numbers_of(reading: Reading, group: GroupEstimate) -> Delivered | None:
    """What may be handed out of the group; None where other weights have no exact answer, or there is nothing to
    weigh."""
    shown = shown_units(reading, group)
    node = comparison.main_node(reading, shown)
    if not shown or not reading.plan.is_linear() or not group.covariance:
        return None
    numbers = delivered(reading, group, node, [unit for unit in shown if has_interval(reading, unit, node)])
    return numbers if numbers.units and len(numbers.plan_weights) > 1 else None


def shown_units(reading: Reading, group: GroupEstimate) -> list[str]:
    """The units that the comparison shows."""
    return [unit for unit in group.units if reading.score(unit, reading.business).number is not None]


def has_interval(reading: Reading, unit: str, node: str) -> bool:
    """A score can be weighed anew where it is shown with its interval."""
    return reading.interval(unit, node).ends is not None


def why_not(reading: Reading, group: GroupEstimate) -> str:
    """One sentence in place of the sliders."""
    if not reading.plan.is_linear():
        return say(
            reading.language,
            "Other weights cannot be tried in this round: its scoring plan does not simply average the sub-indices, so "
            "exact scores and intervals would need the sheets, which no longer exist.",
        )
    if not shown_units(reading, group):
        return reading.why("too_few").capitalize() + "."
    return say(
        reading.language,
        "Other weights cannot be tried here: of no unit are there several sub-indices that may be shown.",
    )


def board(reading: Reading, numbers: Delivered, weights: Weights) -> Board:
    """Sliders, lines and chances of a group."""
    own = numbers.plan_weights
    here, plan = computed(numbers, {**own, **weights}), tried(numbers, own)
    axis = axis_of(numbers)
    lines = lines_of(reading, numbers, here, plan, axis)
    return Board(
        weighings=weighings(reading, numbers, {**own, **weights}),
        axis=axis,
        lines=lines,
        chances=chances_of(reading, numbers, here),
        why="" if here.order else say(reading.language, "No ranks: fewer than four comparable units."),
        summary=summary(reading, lines, {**own, **weights} == own) if here.order else "",
        one_tier=here.order is not None and not bool((here.order.tier > 1).any()),
        one_tier_words=say(reading.language, comparison.ONE_TIER),
        differs=differs(reading, numbers, plan),
        unnamed=unnamed(reading, numbers),
        data=msgspec.json.encode(data(reading, numbers, axis)),
    )


def axis_of(numbers: Delivered) -> Axis:
    """One scale for every weighting: no score leaves the range of the unit's sub-indices, unless they are summed."""
    values = [value for unit in numbers.units for value in unit.values]
    sums = any(one.sums for one in numbers.tree.walk())
    return charts.axis([numbers.low, numbers.high] if sums else values, comparison.STRIP, (numbers.low, numbers.high))


def chances_of(reading: Reading, numbers: Delivered, here: Tried) -> Chances | None:
    """Who is ahead of whom with the tried weights."""
    if here.order is None:
        return None
    places = here.order.order
    units = [numbers.units[numbers.ranked[int(place)]].code for place in places]
    return chances.table(reading, units, here.order.chance[places][:, places].tolist(), numbers.level)


def summary(reading: Reading, lines: Sequence[Line], own: bool) -> str:
    """What the weights do to the tiers, in a sentence."""
    words = summary_words(reading)
    count = sum(line.shift != 0 for line in lines)
    return words["own" if own else "none" if count == 0 else "one" if count == 1 else "many"].replace("#", str(count))


def summary_words(reading: Reading) -> dict[str, str]:
    """The sentences of the summary; # stands for the number of units."""
    return {
        "own": say(reading.language, "These are the plan's own weights."),
        "none": say(reading.language, "With these weights every unit stays in its tier."),
        "one": say(reading.language, "With these weights one unit is in another tier than with the plan's own."),
        "many": say(reading.language, "With these weights # units are in other tiers than with the plan's own."),
    }


def differs(reading: Reading, numbers: Delivered, plan: Tried) -> str:
    """Where rounding alone puts a unit into another tier than the published one, this is said."""
    node = numbers.tree.id
    if plan.order is None:
        return ""
    names = []
    for place, u in enumerate(numbers.ranked):
        published = reading.standing(numbers.units[u].code, node)
        if published is not None and published[1].tier != int(plan.order.tier[place]):
            names.append(reading.short(numbers.units[u].code))
    if not names:
        return ""
    return say(
        reading.language,
        "Since it starts from rounded scores, this calculation puts into another tier than the published result, with "
        "the plan's own weights already: {units}.",
        units=", ".join(names),
    )


def unnamed(reading: Reading, numbers: Delivered) -> tuple[str, ...]:
    """Units with a score that take no part here."""
    group = next(one for one in reading.result.estimates.groups if one.id == numbers.group)
    inside = {unit.code for unit in numbers.units}
    names = [reading.name(unit) for unit in shown_units(reading, group) if unit not in inside]
    return tuple(sorted(names, key=alphabetical))


def data(reading: Reading, numbers: Delivered, axis: Axis) -> Data:
    """The script's part. Words come from here, so that the page speaks one language."""
    codes = [unit.code for unit in numbers.units]
    shift = shift_words(reading)
    words: Mapping[str, str] = {
        "better": shift[1],
        "lower": shift[-1],
        "ahead": say(reading.language, "ahead"),
        "behind": say(reading.language, "behind"),
        "no_weight": say(reading.language, NO_WEIGHT),
    }
    return Data(
        numbers=numbers,
        language=reading.language,
        names={code: reading.name(code) for code in codes},
        short={code: reading.short(code) for code in codes},
        alphabetical=tuple(sorted(codes, key=lambda code: alphabetical(reading.name(code)))),
        axis=(axis.width, axis.low, axis.high),
        words={**words, **summary_words(reading)},
    )


def in_html(json: bytes) -> str:
    """JSON that a page may hold: nothing in it can end the element that it stands in."""
    return json.decode().replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
