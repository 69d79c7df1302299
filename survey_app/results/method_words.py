"""The sentences of the method page. Each stands there because the plan does what it says."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from survey_app.i18n import say
from survey_app.questionnaire.schema import Questionnaire
from survey_app.results import method_scales
from survey_app.results.comparison import kind_words
from survey_app.results.disclosure import LEAST_CATEGORY, WHOLE_BELOW
from survey_app.results.method_leaves import asked, text_of, written
from survey_app.scoring import weigh
from survey_app.scoring.plan import Node, Plan
from survey_app.scoring.ranks import LEAST_UNITS, RANKED_FROM

Passage = tuple[str, str, tuple[str, ...]]  # its name, heading, sentences


def passages(plan: Plan, questionnaire: Questionnaire | None, language: str) -> Iterator[Passage]:
    """In the order in which an index comes into being; a passage without a sentence is left out."""
    survey = bool(plan.question_leaves())
    yield "rests", say(language, "What the index rests on"), tuple(rests_on(plan, language))
    yield "scale", say(language, "From answers and figures to scores"), tuple(method_scales.to_scores(plan, language))
    yield "together", say(language, "How scores are put together"), tuple(together(plan, language))
    fair = tuple(adjustment(plan, questionnaire, language)) if survey else ()
    yield "fair", say(language, "What is done so that the comparison is fair"), fair
    yield "tiers", say(language, "Comparison and tiers"), tuple(comparison(plan, language, survey=survey))
    yield "shown", say(language, "What may be shown"), tuple(shown(plan, language)) if survey else ()


def rests_on(plan: Plan, language: str) -> Iterator[str]:
    """How many questions, figures and points; which of them are shown only."""
    weights, sources = plan.effective_weights(), [leaf.source for leaf in plan.leaves]
    counts = {source: sources.count(source) for source in ("question", "hard", "panel")}
    if counts["question"]:
        yield say(language, "Questions that are put to those who know the units: {n}.", n=counts["question"])
    if counts["hard"]:
        yield say(language, "Figures from records: {n}.", n=counts["hard"])
    if counts["panel"]:
        yield say(language, "Criteria for which a panel gives points: {n}.", n=counts["panel"])
    idle = sum(weights.get(leaf.id) == 0 for leaf in plan.leaves)
    if idle:
        yield say(language, "Of these shown, but not counted (weight 0): {n}.", n=idle)
    if any(leaf.evidence is True for leaf in plan.leaves):
        yield say(language, "Points count only with a note of what they rest on.")


def together(plan: Plan, language: str) -> Iterator[str]:
    """Aggregation and weights."""
    inner = [node for node in plan.tree.walk() if not node.is_leaf]
    kinds = {node.aggregate for node in inner}
    words = {
        "arithmetic": say(
            language, "Parts are put together as weighted means: a strong part can make up for a weak one."
        ),
        "sum": say(language, "Some parts are sums of the parts below them, each times its factor."),
        "geometric": say(language, "Some parts are geometric means: a weak part cannot wholly be made up for."),
        "harmonic": say(language, "Some parts are harmonic means: a weak part weighs more than a strong one."),
        "power": say(language, "Some parts are power means, between the mean and its weakest or strongest part."),
        "median": say(language, "Some parts are weighted medians of the parts below them."),
        "copeland": say(language, "Some parts count how many other units a unit is ahead of, one by one."),
    }
    yield from (words[kind] for kind in words if kind in kinds)
    yield from where_weights_come_from(inner, language)
    yield from two_parts(plan, language)
    for node in inner:
        if node.coverage < 1:
            yield say(
                language,
                "“{part}” is also computed where up to {n} % of its weight is missing; it then bears a star.",
                part=text_of(node.label, language) or node.id,
                n=written(100 * (1 - node.coverage), language),
            )


def where_weights_come_from(inner: list[Node], language: str) -> Iterator[str]:
    ways = {node.weights for node in inner if len(node.children) > 1}
    if ways - set(weigh.FROM_DATA):
        yield say(language, "The weights are fixed in the plan before answers come in.")
    if ways & {"ahp", "budget"}:
        yield say(language, "Some weights were agreed by experts.")
    if ways & set(weigh.FROM_DATA):
        yield say(language, "Some weights are found in the data of the year: parts that go with the others weigh more.")


def two_parts(plan: Plan, language: str) -> Iterator[str]:
    """Where what is answered and what the authority enters itself are branches of the root, what each counts."""
    asked_ = {leaf.id for leaf in plan.leaves if leaf.source == "question"}
    branches = [child for child in plan.tree.children if not child.is_leaf]
    own = [child for child in branches if not asked_ & {node.id for node in child.walk()}]
    if plan.businesses_part() == plan.tree.id or len(branches) != 2 or len(own) != 1:
        return
    shares = plan.effective_weights()
    answered = next(child for child in branches if child not in own)
    yield say(
        language,
        "“{answered}” counts {a} %, “{own}” {b} %. The two are always shown apart; order and tiers in public rest on "
        "the first alone.",
        answered=text_of(answered.label, language) or answered.id,
        a=written(100 * shares[answered.id], language),
        own=text_of(own[0].label, language) or own[0].id,
        b=written(100 * shares[own[0].id], language),
    )


def adjustment(plan: Plan, questionnaire: Questionnaire | None, language: str) -> Iterator[str]:
    """What the estimates take out, in plain words."""
    if any(leaf.adjustable for leaf in plan.question_leaves()):
        yield say(
            language,
            "Some who answer are stricter than others. Those that rated several units show by how much; what that adds "
            "to a unit's score or takes from it is taken out, so that a unit does not gain or lose by who happened to "
            "rate it.",
        )
    named = [questionnaire.by_id[name] for name in plan.profile_covariates()] if questionnaire else []
    if named:
        texts = "; ".join(f"“{asked(question, question.id, language)}”" for question in named)
        yield say(
            language,
            "The same is done for differences between those who answered differently: {questions}",
            questions=texts,
        )
    if any(not leaf.adjustable for leaf in plan.question_leaves()):
        yield say(language, "Medians are facts and stay as they were answered.")
    yield say(
        language,
        "Sheets that were filled in carelessly or together are flagged and left out; how many is told, and what the "
        "result would be with them.",
    )
    yield say(language, "Every score has an interval: how far chance may have moved it.")


def comparison(plan: Plan, language: str, *, survey: bool) -> Iterator[str]:
    """Who is compared with whom, and what a tier is."""
    groups = plan.named_groups()
    if groups:
        names = "; ".join(
            text_of(group.label, language) or ", ".join(kind_words(language, kind) for kind in group.kinds) or group.id
            for group in groups
        )
        yield say(language, "Units are compared within their group: {groups}.", groups=names)
    else:
        yield (
            say(language, "Units are compared with units of their kind that are asked the same questions.")
            if survey
            else say(language, "Units are compared with units of their kind.")
        )
    if survey:
        yield say(language, "An order takes at least {n} units.", n=LEAST_UNITS)
        yield say(language, "Units within another rated unit (teams) are ranked from {n} sheets on.", n=RANKED_FROM)
    if not plan.is_absolute():
        yield say(language, "Order and tiers rest on the answers' own scale, where no unit moves another.")
    if survey or plan.tiers.rule == "posterior":
        yield say(
            language,
            "Units of the same tier are too close, given the error, to say which is ahead: the first unit of a tier is "
            "ahead of the first of the next with a certainty of at least {level} %.",
            level=written(100 * plan.tiers.level, language),
        )
    else:
        yield other_rule(plan, language)


def other_rule(plan: Plan, language: str) -> str:
    """Tiers of an index without sheets, by a rule on its scores."""
    rule = plan.tiers
    cuts = "; ".join(written(cut, language) for cut in rule.cuts) if isinstance(rule.cuts, tuple) else ""
    if rule.rule == "cut_offs":
        return say(language, "Tiers begin at fixed scores: {cuts}.", cuts=cuts)
    if rule.rule == "percentiles":
        return say(
            language,
            "Tiers are shares of the units, from the best down; they end at these percentiles: {cuts}.",
            cuts=cuts,
        )
    tiers = "" if isinstance(rule.tiers, msgspec.UnsetType) else str(rule.tiers)
    return say(language, "Tiers end at the widest gaps between scores; there are at most {n}.", n=tiers)


def shown(plan: Plan, language: str) -> Iterator[str]:
    """The least numbers, as they were frozen with the plan."""
    least = plan.privacy
    yield say(
        language, "A score needs {n} sheets; below {whole} it is a whole number.", n=least.min_score, whole=WHOLE_BELOW
    )
    yield say(
        language,
        "The distribution of a question's answers needs {n}; answers given by fewer than {few} are joined with their "
        "neighbours.",
        n=least.min_distribution,
        few=LEAST_CATEGORY,
    )
    yield say(
        language,
        "Comments need {n} sheets, and two people who take out what could show the writer.",
        n=least.min_comments,
    )
    yield say(
        language, "In public: tiers only, no score and no rank; of questions only what rests on 100 answers and more."
    )
    yield say(language, "These numbers were fixed before the round opened and cannot be lowered.")
