"""What staff type: every problem at once, and nothing that a document could not print."""

from __future__ import annotations

import datetime

import pytest
from fontTools.ttLib import TTFont

from survey_app.errors import Refused
from survey_app.staff.typed import PRINTABLE, Typed, Unfit, plain
from tests.conftest import ROOT

FACES = ("BeVietnamPro-Regular", "BeVietnamPro-SemiBold", "BeVietnamPro-Bold", "Tinos-Regular", "Tinos-Bold",
         "Tinos-Italic", "Tinos-BoldItalic")  # fmt: skip
EMPTY = Refused("Write something.")


def test_every_character_that_may_be_typed_is_in_every_font_of_the_documents():
    allowed = {code for code in range(0x20, 0x3000) if PRINTABLE.fullmatch(chr(code))}
    assert len(allowed) > 300
    for face in FACES:
        cover = set(TTFont(ROOT / "reports" / "fonts" / f"{face}.ttf").getBestCmap())
        assert sorted(allowed - cover) == [], face


def test_vietnamese_may_be_typed_in_every_form_of_its_marks():
    text = "Đội Thủ tục ẵỄỡ Ữ – “nhanh”, 5.000 ₫ ≥ 3"
    apart = "o\u0301\u0323"  # a tone that no Vietnamese letter has

    assert PRINTABLE.fullmatch(plain(text))
    assert PRINTABLE.fullmatch(plain("Nghie\u0323\u0302p vu\u0323"))
    assert plain("Nghie\u0323\u0302p vu\u0323") == "Nghiệp vụ"
    assert not PRINTABLE.fullmatch(plain(apart))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  a \t b  ", "a b"),
        ("a\r\nb", "a\nb"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("non\u2011breaking → x", "non-breaking -> x"),
        ("1\u00a0000", "1 000"),
    ],
)
def test_what_word_processors_put_in_is_made_plain(typed, kept):
    assert plain(typed) == kept


@pytest.mark.parametrize("strange", ["tốt 😀", "中文", "a\x00b", "\u202eabc"])
def test_a_character_that_no_font_has_is_named(strange):
    typed = Typed({"what": strange})
    typed.text("what", 100, EMPTY)
    with pytest.raises(Unfit, match=r"U\+[0-9A-F]{4,5}"):
        typed.refuse_problems()


def test_all_problems_of_a_form_come_at_once_with_their_fields():
    typed = Typed({"what": "", "owner": "x" * 11, "due": "soon", "node": "q", "effect": "many"})
    typed.text("what", 10, EMPTY)
    typed.line("owner", 10, EMPTY)
    typed.day("due")
    typed.one_of("node", ["a"], EMPTY)
    typed.points("effect")
    with pytest.raises(Unfit) as caught:
        typed.refuse_problems()
    assert [field for field, _ in caught.value.problems] == ["what", "owner", "due", "node", "effect"]
    assert "11 characters, 10" in str(caught.value.problems[1][1])


@pytest.mark.parametrize("text", ["2026-03-31", "31/03/2026", "31/3/2026"])
def test_a_day_is_read_in_both_ways(text):
    typed = Typed({"due": text})
    assert typed.day("due") == datetime.date(2026, 3, 31)
    assert not typed.problems


@pytest.mark.parametrize("text", ["", "31/02/2026", "2026", "0001-01-01", "9999-01-01"])
def test_what_is_no_day_is_refused(text):
    typed = Typed({"due": text})
    typed.day("due")
    assert [field for field, _ in typed.problems] == ["due"]


@pytest.mark.parametrize(("text", "value"), [("", None), ("2", 2.0), ("2,5", 2.5), ("+2.5", 2.5), ("100", 100.0)])
def test_points_are_read_with_comma_or_point(text, value):
    typed = Typed({"effect": text})
    assert typed.points("effect") == value
    assert not typed.problems


@pytest.mark.parametrize("text", ["-1", "101", "1e3", "2,55", "nan", "two"])
def test_other_points_are_refused(text):
    typed = Typed({"effect": text})
    typed.points("effect")
    assert typed.problems
