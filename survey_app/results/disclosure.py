"""What may be shown now: thresholds, decimals, merged answer categories, bands. Numbers are rounded here, once for all.

The thresholds come with the frozen plan; a deployment may raise them before a round opens, never lower them.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

import msgspec

WHOLE_BELOW = 30  # below this n a score is shown in whole numbers: a decimal would pretend
LEAST_CATEGORY = 3  # 0, 1 and 2 answers look alike: none of them is shown
PUBLIC_BANDS = ((50, "50+"), (25, "25–49"), (15, "15–24"), (10, "10–14"))

Reason = Literal[
    "too_few",
    "merged",
    "not_asked",
    "no_figure",
    "not_comparable",
    "too_few_peers",
    "no_earlier",
    "no_value",
    "deducible",
    "partial",
]
Band = Literal["low", "middle", "high", "ceiling"]


class Shown(msgspec.Struct, frozen=True):
    """One number as every reader may see it: rounded half-even to `decimals`, or the reason why there is none.

    The reason "partial" stands beside a number: a part of what it rests on is missing.
    """

    number: Decimal | None
    decimals: int = 0
    reason: Reason | None = None


class Part(msgspec.Struct, frozen=True):
    """Neighbouring answer categories, shown as one, and how many answers they got."""

    codes: tuple[str, ...]
    count: int


class Distribution(msgspec.Struct, frozen=True):
    """Answers of one question: parts in the order of the scale, or a band, or the reason why there is neither."""

    parts: tuple[Part, ...] = ()
    n: int | None = None
    band: Band | None = None
    reason: Reason | None = None


def rounded(value: float, decimals: int) -> Decimal:
    """Half-even on the shortest decimal that names the float, as `i18n.number` writes it."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)


def withheld(reason: Reason) -> Shown:
    """No number, and why."""
    return Shown(None, 0, reason)


def decimals_for(n: int | None, plan_decimals: int) -> int:
    """The smaller of the plan's decimals and what n allows: none below 30 answers, else one."""
    return 0 if n is not None and n < WHOLE_BELOW else min(1, plan_decimals)


def score(value: float | None, n: int | None, least: int, plan_decimals: int) -> Shown:
    """A score on the readers' scale with its own n (None: a figure of the Department, no answers lie behind it)."""
    if n is not None and n < least:
        return withheld("too_few")
    if value is None:
        return withheld("no_value")
    decimals = decimals_for(n, plan_decimals)
    return Shown(rounded(value, decimals), decimals)


def median(shown: Sequence[Shown], least: int = 3) -> Shown:
    """Median of the numbers *as shown* (a median of hidden decimals would show them), of at least `least` units."""
    known = sorted((item for item in shown if item.number is not None), key=lambda item: item.number or Decimal(0))
    if len(known) < least:
        return withheld("too_few_peers")
    decimals = max(item.decimals for item in known)
    numbers = [item.number for item in known if item.number is not None]
    half = len(numbers) // 2
    middle = numbers[half] if len(numbers) % 2 else (numbers[half - 1] + numbers[half]) / 2
    return Shown(middle.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN), decimals)


def merged(counts: Sequence[int], middle: float | None = None) -> list[tuple[int, int]]:
    """First and last category of each part: neighbours joined towards the middle until each part has 3 answers or more.

    The outermost small part goes first. Empty categories are small too, else a shown 0 would tell what 1 and 2 hide.
    One part that spans everything means: nothing of the distribution can be shown.
    """
    middle = (len(counts) - 1) / 2 if middle is None else middle
    parts = [(index, index) for index in range(len(counts))]

    def size(part: tuple[int, int]) -> int:
        return sum(counts[part[0] : part[1] + 1])

    def distance(index: int) -> float:
        first, last = parts[index]
        return abs((first + last) / 2 - middle)

    while len(parts) > 1:
        small = [index for index, part in enumerate(parts) if size(part) < LEAST_CATEGORY]
        if not small:
            break
        index = max(small, key=distance)
        first, last = parts[index]
        if last < middle or index == 0:
            other = index + 1
        elif first > middle or index == len(parts) - 1:
            other = index - 1
        else:
            other = min((index - 1, index + 1), key=lambda near: (size(parts[near]), near))
        low, high = sorted((index, other))
        parts[low : high + 1] = [(parts[low][0], parts[high][1])]
    return parts


def distribution(
    codes: Sequence[str], counts: Sequence[int], least: int, score_0_100: float | None, middle: float | None = None
) -> Distribution:
    """The distribution that may be shown of ordered categories; a band where only one part would be left."""
    n = sum(counts)
    if n < least:  # nobody is too few as well
        return Distribution(reason="too_few")
    parts = merged(counts, middle)
    if len(parts) < 2:
        return Distribution(n=n, band=None if score_0_100 is None else band(score_0_100), reason="too_few")
    shown = tuple(Part(tuple(codes[a : b + 1]), sum(counts[a : b + 1])) for a, b in parts)
    return Distribution(shown, n)


def band(score_0_100: float) -> Band:
    """Where a mean lies when nearly all gave the same answer, so that the mean itself would show the few others."""
    if score_0_100 < 50:
        return "low"
    if score_0_100 < 75:
        return "middle"
    return "high" if score_0_100 < 90 else "ceiling"


def few(count: int) -> bool:
    """Whether a count of people is too small to be told from none."""
    return count < LEAST_CATEGORY


def public_n(n: int) -> str | None:
    """The band that stands for n in public; None below the least that is shown at all."""
    return next((words for least, words in PUBLIC_BANDS if n >= least), None)


def flagged_band(flagged: int, ratings: int) -> str:
    """Flagged ratings as a share in bands: an exact number would tell of single sheets."""
    share = flagged / ratings if ratings else 0.0
    return next((words for most, words in FLAGGED_BANDS if share <= most), "> 20 %")


FLAGGED_BANDS = ((0.05, "0–5 %"), (0.10, "5–10 %"), (0.20, "10–20 %"))
