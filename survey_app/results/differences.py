"""Differences to the round before, in numbers and words; judged on what is shown, so that readers can check."""

from __future__ import annotations

from decimal import Decimal

from survey_app.i18n import number, say
from survey_app.results.reading import DASH, Reading
from survey_app.results.result import Change


def signed(value: Decimal, decimals: int, language: str) -> str:
    text = number(value, decimals, language)
    return f"+{text}" if value > 0 else text


def change_figure(reading: Reading, change: Change | None) -> str:
    """`+1,2`; a dash where there is none."""
    if change is None or change.difference is None:
        return DASH
    decimals = change_decimals(reading, change)
    return signed(reading.shown_change(change, decimals)[1], decimals, reading.language)


def change_range(reading: Reading, change: Change | None) -> str:
    """`−0,8 … +3,2`; empty where there is none."""
    if change is None or change.low is None or change.high is None:
        return ""
    decimals = change_decimals(reading, change)
    low, _, high = reading.shown_change(change, decimals)
    return f"{signed(low, decimals, reading.language)} … {signed(high, decimals, reading.language)}"


def change_decimals(reading: Reading, change: Change) -> int:
    """Those of the coarser of the two scores."""
    before, code = (reading.earlier[0] if reading.earlier else None), reading.predecessor(change.unit)
    then = before.score(code, change.node) if before and code else None
    now = reading.score(change.unit, change.node)
    return min(now.decimals, then.decimals) if then and then.number is not None else now.decimals


def change_verdict(reading: Reading, change: Change | None) -> int:
    """1 clearly up, −1 clearly down, 0 cannot tell: judged on the numbers as shown, so that readers can check it."""
    if change is None or change.low is None or change.high is None:
        return 0
    low, _, high = reading.shown_change(change, change_decimals(reading, change))
    return 1 if low > 0 else (-1 if high < 0 else 0)


def change_sentence(reading: Reading, change: Change | None) -> str:
    language = reading.language
    if change is None:
        return ""
    if change.difference is None:
        return say(language, "not comparable with the last round") if change.reason == "not_comparable" else ""
    words = verdict_words(language, change_verdict(reading, change))
    return f"{change_figure(reading, change)} ({change_range(reading, change)}): {words}"


def verdict_words(language: str, verdict: int) -> str:
    """What colour alone must not say."""
    if verdict == 0:
        return say(language, "cannot tell")
    return say(language, "clearly higher") if verdict > 0 else say(language, "clearly lower")
