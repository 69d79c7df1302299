"""Every question of a scorecard: distribution, score, peers, last round, share without an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from survey_app.i18n import number, say
from survey_app.questionnaire import schema
from survey_app.questionnaire.classes import EDGES
from survey_app.questionnaire.schema import AnyQuestion
from survey_app.results import charts, disclosure
from survey_app.results.asked import Asked, asked_in, grouped_score
from survey_app.results.charts import Balance, Bar
from survey_app.results.disclosure import Distribution, Shown
from survey_app.results.reading import DASH, Reading

BAR = 160.0  # width of a bar's viewBox
MOST_SHARES = 5  # beside a bar; more are no longer read
NOT_ANSWERED = ("dont_know", "declined", "left_blank")


class Category(msgspec.Struct, frozen=True):
    """Answers shown as one part of a distribution."""

    label: str
    share: str
    n: int
    tone: int


class QuestionLine(msgspec.Struct, frozen=True):
    """One question as the page says it. `shares`: the parts of the bar from left to right, in per cent, where they are
    few enough to be read. `note` stands where a distribution cannot be shown, and says why."""

    id: str
    text: str
    bar: Bar | None
    categories: tuple[Category, ...]
    shares: str
    note: str
    fact: str
    score: str
    median: str
    earlier: str
    n: str
    missing: str
    own: Shown
    peers: Shown
    complaint: bool  # a statement or question of which less is better: words beside it must say so
    statement: bool  # businesses agree or disagree with it; a word before it says whether they do


class QuestionSection(msgspec.Struct, frozen=True):
    id: str
    heading: str
    lines: tuple[QuestionLine, ...]


class Before(msgspec.Struct, frozen=True):
    """The unit in the last round, and that round's questions by id."""

    reading: Reading
    unit: str
    asked: dict[str, Asked]


def sections(reading: Reading, unit: str, earlier_unit: str | None) -> tuple[QuestionSection, ...]:
    """All questions asked of the unit, in the order of the questionnaire; one zero line for all bars."""
    tally = reading.result.tallies.get(unit, {})
    before = None
    if earlier_unit is not None and reading.earlier:
        last = reading.earlier[0]
        asked_then = [asked for section in last.questionnaire.sections for asked in asked_in(last, section)]
        before = Before(last, earlier_unit, {asked.id: asked for asked in asked_then})
    drafts = [
        (
            section,
            [(asked, reading.distribution(unit, asked)) for asked in asked_in(reading, section) if asked.id in tally],
        )
        for section in reading.questionnaire.sections
    ]
    on = charts.balance(
        [left_share(reading, asked, answers) for _, pairs in drafts for asked, answers in pairs if answers.parts]
    )
    return tuple(
        QuestionSection(
            section.id,
            section_heading(reading, unit, section),
            tuple(line(reading, unit, before, asked, answers, on) for asked, answers in pairs),
        )
        for section, pairs in drafts
        if pairs
    )


def section_heading(reading: Reading, unit: str, section: schema.Section) -> str:
    """The sub-index that the section asks for, else the section's own heading."""
    if section.id in reading.nodes:
        return reading.label(section.id)
    return reading.text(section.heading).replace("{unit}", reading.short(unit))


def line(
    reading: Reading, unit: str, before: Before | None, asked: Asked, answers: Distribution, on: Balance
) -> QuestionLine:
    """One question, formatted."""
    language = reading.language
    tally = reading.result.tallies[unit][asked.id]
    score = item_score(reading, unit, asked, answers)
    earlier, peers = earlier_score(reading, before, asked), peer_median(reading, unit, asked)
    categories = categories_of(reading, asked, answers)
    return QuestionLine(
        id=asked.id,
        text=wording(reading, asked),
        bar=bar(answers, categories, on),
        categories=categories,
        shares=shares_of(categories),
        note=note(reading, answers),
        fact=fact(reading, unit, asked, answers),
        score=reading.write(score),
        median=reading.write(peers),
        earlier=reading.write(earlier),
        n=number(answers.n, 0, language) if answers.n else "",
        missing=missing_text(reading, tally, answers),
        own=score,
        peers=peers,
        statement=isinstance(asked.question, schema.Scale | schema.Matrix | schema.YesNo),
        complaint=not asked.favourable_high and isinstance(asked.question, schema.Scale | schema.Matrix | schema.YesNo),
    )


def wording(reading: Reading, asked: Asked) -> str:
    """The question as a reader of results sees it: no name put in, no markup."""
    words = reading.text(asked.text).replace("**", "").replace("{unit}", say(reading.language, "the unit"))
    return words[:1].upper() + words[1:]


def categories_of(reading: Reading, asked: Asked, answers: Distribution) -> tuple[Category, ...]:
    """The parts of a distribution in words, worst first."""
    found = [
        Category(part_label(reading, asked, part.codes), share_text(reading, part.count, answers.n), part.count, tone)
        for part, tone in zip(answers.parts, part_tones(reading, asked, answers), strict=True)
    ]
    return tuple(found if asked.favourable_high else reversed(found))


def shares_of(categories: Sequence[Category]) -> str:
    """The shares of at most as many parts as a scale has steps."""
    return " · ".join(per_cent(one) for one in categories) if len(categories) <= MOST_SHARES else ""


def per_cent(category: Category) -> str:
    """A share without its sign."""
    return category.share.removesuffix("%").strip()


def peer_median(reading: Reading, unit: str, asked: Asked) -> Shown:
    """Median over the peer group of the question's scores as shown."""
    return disclosure.median([item_shown(reading, peer, asked) for peer in reading.peers(unit)])


def item_shown(reading: Reading, unit: str, asked: Asked) -> Shown:
    """The question's score of any unit, where its distribution could be shown there too."""
    line_ = reading.lines.get(unit)
    if asked.id not in reading.result.tallies.get(unit, {}) or (line_ and line_.merged_into):
        return disclosure.withheld("not_asked")
    return item_score(reading, unit, asked, reading.distribution(unit, asked))


def item_score(reading: Reading, unit: str, asked: Asked, answers: Distribution) -> Shown:
    """On the readers' scale: only where the merged distribution can be shown, else a band stands for it.

    Where answers are joined the exact mean would tell how they divide: then the joined answers count as their middle,
    and the score is a whole number.
    """
    found = reading.item(unit, asked.leaf)
    if not answers.parts:
        return disclosure.withheld(answers.reason or "too_few")
    joined = any(len(part.codes) > 1 for part in answers.parts)
    of_parts = joined and not isinstance(asked.question, schema.Number)  # classes of numbers have no middle
    score = grouped_score(asked.leaf, answers.parts) if of_parts else found.score
    if score is None:
        return disclosure.withheld("no_value")
    on = reading.plan.shown_on
    decimals = 0 if joined else on.decimals
    return disclosure.score(on.shown(score), found.n, reading.plan.privacy.min_distribution, decimals)


def earlier_score(reading: Reading, before: Before | None, asked: Asked) -> Shown:
    """The question's score in the last round, where it was the same question."""
    if before is None:
        return disclosure.withheld("no_earlier")
    if asked.id not in reading.comparable_items:
        return disclosure.withheld("not_comparable")
    if asked.id not in before.asked:
        return disclosure.withheld("no_earlier")
    return item_shown(before.reading, before.unit, before.asked[asked.id])


def left_share(reading: Reading, asked: Asked, answers: Distribution) -> float:
    """Share of a bar that lies to the left of its zero line."""
    shares = [part.count / (answers.n or 1) for part in answers.parts]
    return charts.left_of_zero(shares, part_tones(reading, asked, answers))


def class_middle(codes: Sequence[str]) -> float:
    """The middle of neighbouring classes of numbers; the last, open one counts by its edge."""
    after = EDGES.index(int(codes[-1])) + 1
    return (int(codes[0]) + EDGES[after]) / 2 if after < len(EDGES) else float(codes[0])


def part_tones(reading: Reading, asked: Asked, answers: Distribution) -> tuple[int, ...]:
    """How good each part is, −2 … 2."""
    codes = [code for part in answers.parts for code in part.codes]
    if isinstance(asked.question, schema.Number):
        return tuple(charts.tone_of(asked.leaf.score(class_middle(part.codes))) for part in answers.parts)
    single = dict(zip(codes, charts.tones(len(codes), asked.favourable_high), strict=True))
    return tuple(charts.merged_tone([single[code] for code in part.codes]) for part in answers.parts)


def bar(answers: Distribution, categories: Sequence[Category], on: Balance) -> Bar | None:
    """The diverging bar; `categories` stand worst first."""
    if not answers.parts or answers.n is None:
        return None
    shares = [category.n / answers.n for category in categories]
    title = "; ".join(f"{category.label}: {category.share}" for category in categories)
    labels = [per_cent(category) for category in categories]
    return charts.diverging(shares, [category.tone for category in categories], labels, BAR, on, title)


def part_label(reading: Reading, asked: Asked, codes: Sequence[str]) -> str:
    """The words of a part: one answer, or the first and last of those shown as one."""
    if isinstance(asked.question, schema.Number):
        return class_label(reading, asked.question, codes)
    first, last = (answer_words(reading, asked.question, code) for code in (codes[0], codes[-1]))
    return first if len(codes) == 1 else f"{first} … {last}"


def class_label(reading: Reading, question: schema.Number, codes: Sequence[str]) -> str:
    """`0`, `2–5`, `24+` with the measure: a class ends before the next edge."""
    unit = reading.text(reading.questionnaire.measures[question.measure].unit)
    first, after = int(codes[0]), EDGES.index(int(codes[-1])) + 1
    if after == len(EDGES):
        return f"≥ {first} {unit}"
    last = EDGES[after]
    return f"{first} {unit}" if last - first == 1 else f"{first}{DASH}<{last} {unit}"


def answer_words(reading: Reading, question: AnyQuestion, code: str) -> str:
    """What an answer code says on the form."""
    if isinstance(question, schema.Scale | schema.Matrix):
        label = reading.questionnaire.scales[question.scale].labels.get(code)
        return reading.text(label) if label else code
    if isinstance(question, schema.Single):
        return next((reading.text(option.text) for option in question.options if option.code == code), code)
    return reading.text(schema.WORDS[code]) if code in schema.WORDS else code


def share_text(reading: Reading, count: int, n: int | None) -> str:
    return f"{number(Decimal(100 * count) / (n or 1), 0, reading.language)} %"


def note(reading: Reading, answers: Distribution) -> str:
    """Why there is no distribution, or the band that stands for it."""
    if answers.band is None:
        return reading.why(answers.reason) if answers.reason else ""
    return band_words(reading.language)[answers.band]


def band_words(language: str) -> dict[str, str]:
    """What each band says."""
    return {
        "low": say(language, "nearly all answers alike: low"),
        "middle": say(language, "nearly all answers alike: middle"),
        "high": say(language, "nearly all answers alike: high"),
        "ceiling": say(language, "nearly all answers alike: at the top"),
    }


def fact(reading: Reading, unit: str, asked: Asked, answers: Distribution) -> str:
    """The median of a question that asks for a number, in its own measure."""
    if not isinstance(asked.question, schema.Number) or not answers.parts or asked.leaf.statistic != "median":
        return ""
    middle = Decimal(str(reading.item(unit, asked.leaf).value))
    measure = reading.text(reading.questionnaire.measures[asked.question.measure].unit)
    decimals = 0 if middle == middle.to_integral_value() else 1
    return say(
        reading.language, "median {value} {measure}", value=number(middle, decimals, reading.language), measure=measure
    )


def missing_text(reading: Reading, tally: Mapping[str, int], answers: Distribution) -> str:
    """Share of those asked who gave no answer; nothing for fewer than three of them, and where n is withheld."""
    if answers.n is None:
        return ""
    missing = sum(tally.get(code, 0) for code in NOT_ANSWERED)
    return "" if disclosure.few(missing) else share_text(reading, missing, missing + answers.n)
