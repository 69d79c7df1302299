"""Numbers, dates and the alphabet."""

import datetime

import pytest

from survey_app import i18n


@pytest.mark.parametrize(
    ("value", "decimals", "vi", "en"),
    [
        (95.76, 2, "95,76", "95.76"),
        (1268, 0, "1.268", "1,268"),
        (0.125, 2, "0,12", "0.12"),
        (0.375, 2, "0,38", "0.38"),
        (-2.5, 0, "−2", "−2"),
        (-0.04, 1, "0,0", "0.0"),
        (1234567.891, 1, "1.234.567,9", "1,234,567.9"),
    ],
)
def test_numbers_are_written_as_people_write_them(value, decimals, vi, en):
    assert i18n.number(value, decimals, "vi") == vi
    assert i18n.number(value, decimals, "en") == en
    assert i18n.number(value, decimals, "zh-Hans") == en


def test_dates_are_written_as_people_write_them():
    date = datetime.date(2024, 12, 5)
    assert [i18n.day(date, language) for language in i18n.LANGUAGES] == ["05/12/2024", "05/12/2024", "2024年12月5日"]


def test_names_sort_by_the_vietnamese_alphabet():
    names = ["Đông Triều", "Ấm", "Dương", "Âu", "Ăn", "An", "Vạn Gia", "Cẩm Phả", "Hòn Gai", "Hoành Mô", "Uông Bí"]
    assert sorted(names, key=i18n.alphabetical) == [
        "An", "Ăn", "Ấm", "Âu", "Cẩm Phả", "Dương", "Đông Triều", "Hoành Mô", "Hòn Gai", "Uông Bí", "Vạn Gia",
    ]  # fmt: skip


def test_tones_count_only_between_equal_words():
    assert sorted(["má", "ma", "mạ", "mà", "mã", "mả"], key=i18n.alphabetical) == ["ma", "mà", "mả", "mã", "má", "mạ"]


def test_search_ignores_marks():
    assert i18n.plain("Đông Triều") == "dong trieu"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [(["zh-CN", "en"], "zh-Hans"), (["fr", "en-GB"], "en"), (["vi-VN"], "vi"), (["fr"], "vi"), ([], "vi")],
)
def test_the_browser_s_language_is_taken_where_we_have_it(accepted, language):
    assert i18n.best_language(accepted) == language
