"""Numbers as people write them, in three languages."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from survey_app.questionnaire.forms import form_for, formdata_from
from survey_app.questionnaire.messages import (
    AMBIGUOUS,
    NOT_A_NUMBER,
    OUT_OF_RANGE,
    TOO_PRECISE,
    WHOLE_NUMBER,
    FieldRefused,
)
from survey_app.questionnaire.numbers import read_number, show_number
from survey_app.questionnaire.path import Page
from survey_app.questionnaire.schema import Measure, Questionnaire

LANGUAGES = ("vi", "en", "zh-Hans")
UNIT = {"vi": "giờ", "en": "hours", "zh-Hans": "小时"}
HOURS = Measure(dimension="time", decimals=1, min="0", max="720", unit=UNIT)
LONG_HOURS = Measure(dimension="time", decimals=2, min="0", max="100000", unit=UNIT)
DONG = Measure(dimension="money", decimals=0, min="0", max="1000000000", unit={"vi": "đồng", "en": "VND"})
CHANGE = Measure(dimension="other", decimals=1, min="-50", max="50", unit={"vi": "điểm", "en": "points"})
DAYS = Measure(dimension="time", decimals=1, min="0", max="30", unit={"vi": "ngày", "en": "days"}, to_base=24)
SHARE = Measure(dimension="percent", decimals=1, min="0", max="100", unit={"vi": "phần trăm", "en": "percent"})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("text", "measure", "stored"),
    [
        ("1,5", HOURS, "1.5"),
        ("1.5", HOURS, "1.5"),
        ("1,50", HOURS, "1.5"),
        (",5", HOURS, "0.5"),
        ("0.5", HOURS, "0.5"),
        ("24", HOURS, "24"),
        ("007", HOURS, "7"),
        ("0", HOURS, "0"),
        ("5,0", HOURS, "5"),
        (" 12 ", HOURS, "12"),
        ("0,500", HOURS, "0.5"),
        ("1.500", DONG, "1500"),
        ("1,500", DONG, "1500"),
        ("1.000", DONG, "1000"),
        ("1 500", DONG, "1500"),
        ("1\u00a0500", DONG, "1500"),
        ("1\u202f500\u202f000", DONG, "1500000"),
        ("1\u2009500", DONG, "1500"),
        ("1\u3000500", DONG, "1500"),
        ("1.500.000", DONG, "1500000"),
        ("1,500,000", DONG, "1500000"),
        ("1.500.000,00", DONG, "1500000"),
        ("1500,00", DONG, "1500"),
        ("1.500,5", LONG_HOURS, "1500.5"),
        ("1,500.5", LONG_HOURS, "1500.5"),
        ("1 500,25", LONG_HOURS, "1500.25"),
        ("1500.500", LONG_HOURS, "1500.5"),
        ("１２", HOURS, "12"),
        ("１，５", HOURS, "1.5"),
        ("１．５", HOURS, "1.5"),
        ("-3,5", CHANGE, "-3.5"),
        ("−3.5", CHANGE, "-3.5"),
        ("－３", CHANGE, "-3"),
        ("-0", CHANGE, "0"),
        ("5 giờ", HOURS, "5"),
        ("5 Hours", HOURS, "5"),
        ("5小时", HOURS, "5"),
        ("1.500 VND", DONG, "1500"),
        ("12,5%", SHARE, "12.5"),
        ("12.5 ％", SHARE, "12.5"),
        ("1,5", DAYS, "36"),
        ("2", DAYS, "48"),
    ],
)  # fmt: skip
def test_a_number_means_the_same_in_every_language(text: str, measure: Measure, stored: str, language: str) -> None:
    assert read_number(text, measure, language) == stored


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("text", "measure", "message"),
    [
        ("1.500", HOURS, AMBIGUOUS),
        ("1,500", LONG_HOURS, AMBIGUOUS),
        ("12.345", LONG_HOURS, AMBIGUOUS),
        ("1e3", HOURS, NOT_A_NUMBER),
        ("1E3", DONG, NOT_A_NUMBER),
        ("NaN", HOURS, NOT_A_NUMBER),
        ("nan", HOURS, NOT_A_NUMBER),
        ("Infinity", HOURS, NOT_A_NUMBER),
        ("-inf", HOURS, NOT_A_NUMBER),
        ("∞", HOURS, NOT_A_NUMBER),
        ("0x10", HOURS, NOT_A_NUMBER),
        ("1_000", DONG, NOT_A_NUMBER),
        ("½", HOURS, NOT_A_NUMBER),
        ("2²", HOURS, NOT_A_NUMBER),
        ("①", HOURS, NOT_A_NUMBER),
        ("٣", HOURS, NOT_A_NUMBER),
        ("1..5", HOURS, NOT_A_NUMBER),
        ("1.5.5", HOURS, NOT_A_NUMBER),
        ("1.50.000", DONG, NOT_A_NUMBER),
        ("1.5,500", DONG, NOT_A_NUMBER),
        ("1 5", HOURS, NOT_A_NUMBER),
        ("5.", HOURS, NOT_A_NUMBER),
        ("--5", CHANGE, NOT_A_NUMBER),
        ("-", CHANGE, NOT_A_NUMBER),
        (".", HOURS, NOT_A_NUMBER),
        ("+5", HOURS, NOT_A_NUMBER),
        ("năm", HOURS, NOT_A_NUMBER),
        ("giờ", HOURS, NOT_A_NUMBER),
        ("9" * 41, DONG, NOT_A_NUMBER),
        ("1,5", DONG, WHOLE_NUMBER),
        ("1.50", DONG, WHOLE_NUMBER),
        ("1,25", HOURS, TOO_PRECISE),
        ("721", HOURS, OUT_OF_RANGE),
        ("-1", HOURS, OUT_OF_RANGE),
        ("9" * 40, DONG, OUT_OF_RANGE),
    ],
)  # fmt: skip
def test_what_is_no_number_or_could_be_two_is_refused(text: str, measure: Measure, message: str, language: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        read_number(text, measure, language)
    assert refused.value.message.text == message
    assert str(refused.value.message)


def test_an_ambiguous_text_is_answered_with_both_of_its_readings() -> None:
    with pytest.raises(FieldRefused) as refused:
        read_number("1.500", HOURS, "vi")
    assert dict(refused.value.message.values) == {"first": "1,5", "second": "1500"}


@given(
    whole=st.integers(0, 100_000),
    cents=st.integers(0, 99),
    written_in=st.sampled_from(LANGUAGES),
    read_in=st.sampled_from(LANGUAGES),
    measure=st.sampled_from([LONG_HOURS, HOURS, DONG, DAYS, CHANGE]),
)
def test_a_number_shown_in_one_language_reads_back_as_itself_in_another(
    whole: int, cents: int, written_in: str, read_in: str, measure: Measure
) -> None:
    entered = Decimal(whole) + Decimal(cents).scaleb(-2)
    entered = min(round(entered, measure.decimals), Decimal(measure.max))
    stored = read_number(format(entered, "f"), measure, "en")
    assert Decimal(stored) == entered * measure.to_base
    assert read_number(show_number(stored, measure, written_in), measure, read_in) == stored


@given(
    text=st.text(max_size=60) | st.text("0123456789.,- \u00a0e%giờ", max_size=20),
    measure=st.sampled_from([HOURS, LONG_HOURS, DONG, DAYS, CHANGE, SHARE]),
)
def test_any_text_is_a_number_within_the_range_or_refused(text: str, measure: Measure) -> None:
    try:
        stored = read_number(text, measure, "vi")
    except FieldRefused:
        return
    assert Decimal(measure.min) * measure.to_base <= Decimal(stored) <= Decimal(measure.max) * measure.to_base
    assert read_number(show_number(stored, measure, "vi"), measure, "en") == stored


def test_a_page_shown_in_another_language_and_sent_back_changes_no_value(
    feature: Callable[[str], Questionnaire], page_of: Callable[..., Page]
) -> None:
    page = page_of(feature("number"), "one")
    answers = {"n_hours": ("1.5",), "n_days": ("36",), "n_dong": ("1500000",), "n_share": ("12.5",)}
    for shown in LANGUAGES:
        for sent in LANGUAGES:
            form = form_for(page, sent)(MultiDict(formdata_from(page, answers, shown)))
            assert form.validate()
            assert form.answers() == answers
