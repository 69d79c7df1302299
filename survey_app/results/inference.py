"""What a sub-index tells of the answers that are joined: it is a mean of its questions, and most of these are shown.

Worst case: the reader takes the sub-index for the exact mean of its questions (it is where all is answered). A joined
answer whose number would follow is protected in two steps: the sub-index is shown in whole numbers; where that is not
enough, the distribution of the question that gives most away is withheld too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from survey_app.results import asked as asking
from survey_app.results import disclosure
from survey_app.results.facts import Facts, answered
from survey_app.scoring.estimates import SubIndexItems
from survey_app.scoring.joined import Weighed, determined_by_mean

Place = tuple[str, str]  # unit, and sub-index or question


class Guard(NamedTuple):
    """Sub-indices to be shown in whole numbers, and questions whose distribution is withheld."""

    whole: frozenset[Place]
    hidden: frozenset[Place]


class Mean(NamedTuple):
    """The part of a shown score that is a mean of questions: it lies between these, on 0–100."""

    low: float
    high: float


def guard(facts: Facts) -> Guard:
    """Over all units and sub-indices of a Result."""
    whole: set[Place] = set()
    hidden: set[Place] = set()
    questions = {one.id: one for section in facts.questionnaire.sections for one in asking.asked_in(facts, section)}
    for unit, group in facts.groups.items():
        for sub in group.sub_indices:
            fine, coarse = (shown_mean(facts, unit, sub.id, decimals) for decimals in (None, 0))
            if fine is None or coarse is None:
                continue
            weighed = weighed_questions(facts, unit, sub, questions)
            if not determined_by_mean(weighed.values(), *fine):
                continue
            whole.add((unit, sub.id))
            while found := determined_by_mean(weighed.values(), *coarse):
                worst = max(weighed, key=lambda item: (found.count(weighed[item]), item))
                weighed[worst] = withheld(weighed[worst])
                hidden.add((unit, questions[worst].id))
    return Guard(frozenset(whole), frozenset(hidden))


def shown_mean(facts: Facts, unit: str, sub: str, decimals: int | None) -> Mean | None:
    """What the shown score says of the mean of its questions; None where it is not shown or not a plain mean."""
    score, node, on = facts.scores.get((unit, sub)), facts.nodes[sub], facts.plan.shown_on
    if score is None or score.value is None or (score.n or 0) < facts.plan.privacy.min_score:
        return None
    if node.aggregate != "arithmetic":
        return None
    digits = disclosure.decimals_for(score.n, on.decimals) if decimals is None else decimals
    shown, half = float(disclosure.rounded(score.value, digits)), 0.5 * 10**-digits
    mass = rest = questions = 0.0
    for child, weight in zip(node.children, node.child_weights(), strict=True):
        if child.is_leaf and facts.leaves[child.id].source == "question":
            questions += float(weight)
            continue
        other = facts.scores.get((unit, child.id))
        if other is not None and other.value is not None:
            mass, rest = mass + float(weight), rest + float(weight) * other.value
    if questions == 0:
        return None
    ends = (((mass + questions) * (shown + side) - rest) / questions for side in (-half, half))
    low, high = ((end - on.min) * 100 / (on.max - on.min) for end in ends)
    return Mean(low, high)


def weighed_questions(
    facts: Facts, unit: str, sub: SubIndexItems, questions: dict[str, asking.Asked]
) -> dict[str, Weighed]:
    """Leaf → what is shown of it, for the questions that enter the unit's sub-index."""
    found = {}
    for leaf_id, weight in zip(sub.items, sub.weights, strict=True):
        leaf = facts.leaves[leaf_id]
        one = questions.get(leaf.question_id)
        if weight > 0 and one is not None and one.id in facts.result.tallies.get(unit, {}):
            nothing = not asking.distribution(facts, unit, one).parts
            found[leaf_id] = Weighed(weight, tuple(shown_parts(facts, unit, one)), withheld=nothing)
    return found


def shown_parts(facts: Facts, unit: str, one: asking.Asked) -> Iterator[tuple[int, tuple[float, ...]]]:
    """(people, the scores that their answers may have); one part that spans everything where nothing is shown."""
    answers = asking.distribution(facts, unit, one)
    if not one.leaf.adjustable:  # a median: it stands beside the distribution, and tells of it no more than that
        value = facts.item(unit, one.leaf).score
        yield 1, (0.0, 100.0) if value is None else (value,)
        return
    if not answers.parts:
        people = sum(answered(facts.result.tallies[unit][one.id]).values())
        codes = asking.ordered_codes(facts, one)
        every = {score for code in codes if (score := one.leaf.answer_score(code)) is not None}
        yield people, tuple(sorted(every)) or (0.0, 100.0)
        return
    for part in answers.parts:
        scores = [score for code in part.codes if (score := one.leaf.answer_score(code)) is not None]
        if scores:
            yield part.count, tuple(scores)


def withheld(one: Weighed) -> Weighed:
    """The same question with nothing shown of it but how many answered."""
    scores: Iterable[float] = {score for _, part in one.parts for score in part}
    people = sum(count for count, _ in one.parts)
    return Weighed(one.weight, ((people, tuple(sorted(scores))),), withheld=True)
