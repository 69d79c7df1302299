"""The audit sheet's seventh step: would the order hold? What the adjustment took out, other rules, guaranteed ranks."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from survey_app.i18n import say
from survey_app.results import robustness
from survey_app.results.audit_step import Step, percent
from survey_app.results.comparison import group_label
from survey_app.results.listing import Line, Table, written
from survey_app.results.reading import Reading
from survey_app.scoring import rank_sets
from survey_app.scoring.estimates import GroupEstimate, Linkage
from survey_app.scoring.figures import Given
from survey_app.scoring.pairwise import letters, pairs
from survey_app.scoring.propagate import ScoredGroup
from survey_app.scoring.ranks import seed_of
from survey_app.scoring.standing import GroupStanding


def firmness(reading: Reading) -> Step:
    language, sentences, tables = reading.language, [], []
    analysis = reading.result.analysis
    for group in reading.result.estimates.groups:
        label = group_label(reading, group.id)
        sentences += [f"{label}: {sentence}" for sentence in adjustment(reading, group)]
        if not isinstance(analysis, msgspec.UnsetType):
            test = robustness.self_test(reading, analysis, group.id)
            sentences += [f"{label}: {test}"] if test else []
            rules = robustness.other_rules(reading, analysis, group.units)
            tables.append(msgspec.structs.replace(rules, caption=f"{label}: {rules.caption}"))
    orders = (order_table(reading, standing) for standing in reading.result.index.groups)
    tables += [order for order in orders if order is not None]
    return Step(
        say(language, "7 Robustness"),
        say(language, "Would the order hold under chance, other rules and other sheets?"),
        tuple(sentences),
        tuple(table for table in tables if table.lines),
    )


def adjustment(reading: Reading, group: GroupEstimate) -> Iterator[str]:
    """What was taken out of the scores, and what could not be."""
    language = reading.language
    if isinstance(group.linkage, Linkage):
        shares = [share for share in group.linkage.shares if share is not None]
        if shares:
            yield say(
                language,
                "Businesses that rated several units sent {low} to {high} of a unit's sheets, where they sent ten and "
                "more.",
                low=percent(min(shares), language),
                high=percent(max(shares), language),
            )
        if group.linkage.apart and group.components is not None:
            yield say(language, "Some units are joined to the others only by a few such businesses, or by none.")
    if group.components is None:
        yield say(language, "Not adjusted for lenient businesses: too few of them rated several units.")
        return
    yield say(
        language,
        "Adjusted for lenient businesses (variance {business} times that of a sheet) and for well-disposed "
        "client bases ({base} times).",
        business=written(group.components.business, 2, language),
        base=written(group.components.client_base, 2, language),
    )
    if isinstance(group.sandwich, float):
        yield say(
            language,
            "Standard errors from the businesses' own influence are {ratio} times those of the model.",
            ratio=written(group.sandwich, 2, language),
        )


def order_table(reading: Reading, standing: GroupStanding) -> Table | None:
    """The posterior's order with shrunk scores and 90 % rank range; guaranteed rank sets, letters of Holm's tests."""
    language = reading.language
    group = next(one for one in reading.result.estimates.groups if one.id == standing.group)
    shown = [one for one in standing.standings if reading.score(one.unit, standing.node).number is not None]
    if not reading.may_rank(standing) or len(shown) < len(standing.standings) or not shown:
        return None
    scored = ScoredGroup(reading.plan.absolute(), group, given_of(reading))
    covariance = scored.node_covariance(standing.node)
    if covariance is None:
        return None
    place = [group.units.index(one.unit) for one in shown]
    value, spread = scored.value(standing.node)[place], covariance[np.ix_(place, place)]
    sets = rank_sets.simultaneous(value, spread, seed_of(reading.result.round))
    different = pairs(value, spread).different(0.05)
    marks = letters(different, np.arange(len(shown)))
    decimals = reading.plan.shown_on.decimals
    lines = tuple(
        Line(
            reading.short(one.unit),
            (
                str(one.rank),
                written(one.shrunk, decimals, language),
                f"{one.rank_low}–{one.rank_high}",
                f"{sets.low[k]}–{sets.high[k]}",
                marks[k],
            ),
        )
        for k, one in enumerate(shown)
    )
    columns = (
        say(language, "place"),
        say(language, "shrunk score"),
        say(language, "rank range (90 %)"),
        say(language, "guaranteed rank range (95 %, all at once)"),
        say(language, "units with a common letter cannot be told apart"),
    )
    caption = f"{group_label(reading, standing.group)}: {reading.label(standing.node)}"
    return Table(caption, say(language, "unit"), columns, lines)


def given_of(reading: Reading) -> Given:
    """The figures as the Result has them."""
    kinds: dict[str, dict[tuple[str, str], float]] = {"hard": {}, "panel": {}}
    for figure in reading.result.figures:
        kinds[figure.source][figure.unit, figure.leaf] = figure.value
    return Given(hard=kinds["hard"], panel=kinds["panel"], seed=seed_of(reading.result.round))
