"""Result → from the index to its sub-indices, their questions and the distribution of the answers, across all units."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from survey_app.errors import NotFound
from survey_app.i18n import alphabetical, number
from survey_app.results import answers, charts, comparison, disclosure, firstpage, heat, items, scorecard
from survey_app.results.answers import AnswerLine
from survey_app.results.asked import Asked
from survey_app.results.charts import Axis, Strip
from survey_app.results.differences import verdict_words
from survey_app.results.disclosure import Shown
from survey_app.results.heat import HeatCell, column_label
from survey_app.results.reading import DASH, Interval, Reading
from survey_app.scoring.estimates import GroupEstimate

PLOT = 190.0


class Link(msgspec.Struct, frozen=True):
    """A node or question, to go to."""

    id: str
    label: str


class UnitLine(msgspec.Struct, frozen=True):
    """A unit at a node: its point on the common scale. `value`: a figure in its own measure."""

    unit: str
    name: str
    score: str
    interval: str
    n: str
    word: str
    tone: int
    strip: Strip | None
    value: str = ""


class Child(msgspec.Struct, frozen=True):
    """A sub-index or question below the node, a cell for each unit in the order of the group's lines."""

    id: str
    label: str
    weight: str
    cells: tuple[HeatCell, ...]
    median: str


class Group(msgspec.Struct, frozen=True):
    """One peer group: `lines` at a node or figure, `answers` at a question; both sorted by value."""

    label: str
    axis: Axis
    median: str
    lines: tuple[UnitLine, ...]
    answers: tuple[AnswerLine, ...]
    children: tuple[Child, ...]
    short: tuple[tuple[str, str], ...]  # units of `lines`: code and short name, the columns of `children`
    not_shown: tuple[tuple[str, str], ...]


class NodePage(msgspec.Struct, frozen=True):
    """`above`: the way here, the index first; `kind`: node, question or figure; `below`: where to go on."""

    round: str
    synthetic: bool
    id: str
    label: str
    kind: str
    above: tuple[Link, ...]
    below: tuple[Link, ...]
    groups: tuple[Group, ...]


def page(reading: Reading, node: str) -> NodePage:
    """A node of the tree, a question or a figure of the Department. Raises NotFound."""
    asked, path = items.question(reading, node), path_to(reading, node)
    if not path:
        raise NotFound("The index of this round has no part {node}.", node=node)
    kind = "question" if asked else "figure" if node in reading.leaves else "node"
    groups = []
    for peers in comparison.ordered(reading):
        drawn = of_question(reading, peers, asked) if asked else of_node(reading, peers, node)
        if drawn is not None:
            groups.append(drawn)
    return NodePage(
        round=reading.text(reading.result.title),
        synthetic=reading.result.synthetic,
        id=node,
        label=items.wording(reading, asked) if asked else label(reading, node),
        kind=kind,
        above=tuple(Link(one, label(reading, one)) for one in path[:-1]),
        below=tuple(Link(one, label(reading, one)) for one in children(reading, node)),
        groups=tuple(groups),
    )


def path_to(reading: Reading, node: str) -> tuple[str, ...]:
    """From the root to the node; empty where the tree has none of this name."""
    parents = {child.id: one.id for one in reading.plan.tree.walk() for child in one.children}
    leaf = next((one.id for one in reading.plan.leaves if one.question_id == node), node)
    if leaf != reading.root and leaf not in parents:
        return ()
    found = [leaf]
    while found[0] != reading.root:
        found.insert(0, parents[found[0]])
    return tuple(found)


def children(reading: Reading, node: str) -> tuple[str, ...]:
    """What lies below, in the plan's order."""
    return tuple(child.id for child in reading.nodes[node].children) if node in reading.nodes else ()


def label(reading: Reading, node: str) -> str:
    """In words; a question's are its own."""
    asked = items.question(reading, node)
    if asked is not None:
        return items.wording(reading, asked)
    words = column_label(reading, node)
    return words[:1].upper() + words[1:]


# ---------------------------------------------------------------- a node, a figure


def of_node(reading: Reading, peers: GroupEstimate, node: str) -> Group | None:
    """The units at a node as points with intervals, the best first; None where the group is not asked."""
    units = peers.units
    if all(reading.score(unit, node).reason == "not_asked" for unit in units):
        return None
    known = [unit for unit in units if reading.score(unit, node).number is not None]
    shown = comparison.by_score(reading, known, node)
    places = [place for unit in shown for place in reading.interval(unit, node).places]
    axis = charts.axis(places, PLOT, (reading.plan.shown_on.min, reading.plan.shown_on.max))
    median = reading.peer_median(shown[0], node) if shown else Shown(None)
    figures = figures_of(reading, shown, node)
    lines = tuple(unit_line(reading, unit, node, axis, median, figures.get(unit, "")) for unit in shown)
    return Group(
        label=comparison.group_label(reading, peers.id),
        axis=axis,
        median=reading.write(median),
        lines=lines,
        answers=(),
        children=tuple(child_row(reading, child, shown) for child in asked_below(reading, units, node)),
        short=tuple((unit, reading.short(unit)) for unit in shown),
        not_shown=hidden(reading, units, shown, node),
    )


def figures_of(reading: Reading, units: Sequence[str], node: str) -> dict[str, str]:
    """What staff entered, in its own measure, where the node is such a figure."""
    leaf = reading.leaves.get(node)
    if leaf is None or leaf.source == "question":
        return {}
    known = {(one.unit, one.leaf): one.value for one in reading.result.figures if one.source == leaf.source}
    return {unit: scorecard.figure(unit, reading, leaf, known).value for unit in units}


def unit_line(reading: Reading, unit: str, node: str, axis: Axis, median: Shown, value: str) -> UnitLine:
    found, line = reading.interval(unit, node), reading.scores.get((unit, node))
    tone = firstpage.tone_of(found, median)
    score, interval = reading.write(found.score), reading.write_range(found)
    title = f"{reading.short(unit)}: {score}" + (f" ({interval})" if interval else "")
    return UnitLine(
        unit=unit,
        name=reading.name(unit) + reading.starred(unit, node),
        score=score,
        interval=interval,
        n=number(line.n, 0, reading.language) if line is not None and line.n else DASH,
        word=verdict_words(reading.language, tone) if interval and median.number is not None else DASH,
        tone=tone,
        strip=charts.strip(axis, *found.drawn, charts.optional(median.number), title),
        value=value,
    )


def asked_below(reading: Reading, units: Sequence[str], node: str) -> list[str]:
    """Children that some unit of the group is asked or has a figure of."""
    return [
        child
        for child in children(reading, node)
        if any(interval_of(reading, unit, child).score.reason != "not_asked" for unit in units)
    ]


def interval_of(reading: Reading, unit: str, node: str) -> Interval:
    """Of a node or a figure as the index has it, of a question as it is shown."""
    asked = items.question(reading, node)
    return reading.interval(unit, node) if asked is None else items.cell(reading, unit, asked).interval


def child_row(reading: Reading, child: str, units: Sequence[str]) -> Child:
    found = [interval_of(reading, unit, child) for unit in units]
    median = disclosure.median([one.score for one in found])
    weight = 100 * reading.plan.effective_weights().get(child, 0.0)
    return Child(
        child,
        label(reading, child),
        f"{number(weight, 1, reading.language)} %",
        tuple(heat.compared(reading, one, median) for one in found),
        reading.write(median),
    )


# ---------------------------------------------------------------- a question


def of_question(reading: Reading, peers: GroupEstimate, asked: Asked) -> Group | None:
    """The units' answers; None where none of the group is asked."""
    lines, median = answers.lines(reading, peers.units, asked)
    if not lines:
        return None
    on = reading.plan.shown_on
    return Group(
        label=comparison.group_label(reading, peers.id),
        axis=charts.axis([], PLOT, (on.min, on.max)),
        median=reading.write(median),
        lines=(),
        answers=lines,
        children=(),
        short=(),
        not_shown=merged(reading, peers.units),
    )


# ---------------------------------------------------------------- what is not shown


def hidden(reading: Reading, units: Sequence[str], shown: Sequence[str], node: str) -> tuple[tuple[str, str], ...]:
    """Units of the group without a number, each with the reason, then those that are reported with one of them."""
    rest = [unit for unit in units if unit not in shown]
    found = [(reading.name(unit), reading.why(reading.score(unit, node).reason, unit)) for unit in rest]
    return (*sorted(found, key=lambda one: alphabetical(one[0])), *merged(reading, units))


def merged(reading: Reading, units: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Units that are reported with a group that stands here."""
    lines = [line.code for line in reading.result.units if line.merged_into in units]
    found = [(reading.name(unit), reading.why("merged", unit)) for unit in lines]
    return tuple(sorted(found, key=lambda one: alphabetical(one[0])))
