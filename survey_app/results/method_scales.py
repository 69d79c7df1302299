"""From answers and figures to scores, in plain words: statistics, scales, gaps and outliers, as a plan has them."""

from __future__ import annotations

from collections.abc import Iterator

from survey_app.i18n import say
from survey_app.results.method_leaves import written
from survey_app.scoring.leaf import Impute, Leaf, Treat
from survey_app.scoring.plan import Plan


def to_scores(plan: Plan, language: str) -> Iterator[str]:
    """Statistics, scales, gaps and outliers."""
    on, leaves = plan.shown_on, tuple(plan.leaf_table().values())
    low, high = written(on.min, language), written(on.max, language)
    yield say(language, "Scores are shown from {low} (worst) to {high} (best).", low=low, high=high)
    yield from statistics(leaves, language)
    yield from scales(leaves, low, high, language)
    yield from of_figures(plan, language)


def statistics(leaves: tuple[Leaf, ...], language: str) -> Iterator[str]:
    """One sentence for each way of counting that occurs."""
    used = {leaf.statistic for leaf in leaves if leaf.source == "question"}
    if "mean" in used:
        yield say(language, "A question counted as a mean: each answer is put on the scale; their mean is the score.")
    if used & {"share", "top_box"}:
        yield say(language, "A question counted as a share: the percentage of those answering who gave these answers.")
    if "median" in used:
        yield say(
            language,
            "A question counted as a median (hours, days, visits): half of the answers lie below it, so that a few "
            "extreme answers do not matter.",
        )
    if used:
        yield say(language, "“Don't know”, “not applicable” and blanks are no answers; none is ever filled in.")
    if any(leaf.direction == "lower" for leaf in leaves):
        yield say(language, "Where less is better, the scale is turned round.")


def scales(leaves: tuple[Leaf, ...], low: str, high: str, language: str) -> Iterator[str]:
    """Whether units move each other's scores."""
    relative = [leaf for leaf in leaves if leaf.scale.relative]
    if len(relative) < len(leaves):
        yield say(language, "Scales with fixed ends: no unit can move the score of another.")
    bounds = [(leaf.scale.bounds, leaf.scale.rounds) for leaf in relative if leaf.scale.method == "min_max"]
    if ("own_year", None) in bounds:
        yield say(
            language,
            "Relative scales: the lowest unit of the year gets {low}, the highest {high}. Such a score also moves when "
            "another unit moves.",
            low=low,
            high=high,
        )
    for rounds in sorted({rounds for name, rounds in bounds if name == "pooled" and rounds}):
        yield say(
            language,
            "Relative scales: the lowest unit of the last {n} rounds gets {low}, the highest {high}. Such a score also "
            "moves when another unit moves.",
            n=rounds,
            low=low,
            high=high,
        )
    if any(leaf.scale.method != "min_max" for leaf in relative):
        yield say(language, "Other relative scales: a unit's score depends on how it stands among the others.")


def of_figures(plan: Plan, language: str) -> Iterator[str]:
    """The steps that an index of figures alone may take."""
    if any(isinstance(leaf.denominator, str) for leaf in plan.leaves):
        yield say(language, "Figures that grow with a unit's size are divided by a measure of size, named beside each.")
    if isinstance(plan.impute, Impute) and plan.impute.method != "none":
        words = {
            "mean": say(language, "the mean of all units"),
            "median": say(language, "the median of all units"),
            "group_mean": say(language, "the mean of the unit's group"),
            "group_median": say(language, "the median of the unit's group"),
            "latest": say(language, "the unit's latest figure"),
            "linear": say(language, "a straight line between its years"),
        }
        yield say(language, "A missing figure is replaced by {what}.", what=words[plan.impute.method])
    if isinstance(plan.treat, Treat):
        yield say(
            language,
            "Extreme figures: up to {n} of an indicator are drawn in to the next one; where that is not enough, the "
            "whole indicator is transformed.",
            n=plan.treat.winsorise,
        )
