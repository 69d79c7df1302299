"""What could show a comment's writer is found, and ordinary words are left alone."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.results.redaction import GAP, own_name, redacted, traces

SHOWN = [
    ("Gọi tôi theo số 0912 345 678 hoặc +84 203 3825 789.", ["phone", "phone"]),
    ("Viết cho ke.toan@minhphat.vn, trang www.minhphat.vn", ["email", "web"]),
    ("Tờ khai 104567891230 bị treo hai tuần", ["number"]),
    ("Xe 14C-123.45 chờ từ 7h30 ngày 12/03/2024", ["plate", "time", "date"]),
    ("Ông Nguyễn Văn Nam ở quầy 3 hỏi chị Hoa", ["person", "person"]),
    ("Công ty Minh Phát chúng tôi", ["business"]),
    ("Mã số thuế 5700100200 của MINH PHÁT", ["number", "business"]),
]
ORDINARY = [
    "Cán bộ nhiệt tình, thủ tục nhanh hơn năm 2023.",
    "Mỗi lô chờ 2 ngày, tốn 10 triệu đồng, phải bổ sung 3 lần.",
    "Ông chủ nào cũng muốn nhanh; chị em ở quầy vui vẻ.",
    "希望通关更快，窗口人员态度好。",
    "The counter opens late; 80% of forms come back.",
]


@pytest.mark.parametrize(("text", "kinds"), SHOWN)
def test_what_shows_a_writer_is_found(text, kinds):
    found = traces(text, [own_name("Công ty TNHH Thương mại Minh Phát")])
    assert [one.kind for one in found] == kinds
    left = redacted(text, found)
    assert left.count(GAP) == len(kinds)
    assert traces(left, ["Minh Phát"]) == ()


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_are_left_alone(text):
    assert traces(text, ["Minh Phát"]) == ()


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("Công ty TNHH MTV Xuất nhập khẩu Hạ Long", "Hạ Long"),
        ("CÔNG TY CỔ PHẦN THƯƠNG MẠI VÀ DỊCH VỤ ĐÔNG BẮC", "ĐÔNG BẮC"),
        ("Công ty TNHH", ""),
        ("DNTN An", ""),
        ("Foxconn Quảng Ninh", "Foxconn Quảng Ninh"),
    ],
)
def test_a_business_is_known_without_its_legal_form(name, own):
    assert own_name(name) == own


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=12), max_size=4))
def test_every_text_is_read_and_traces_never_overlap(text, names):
    found = traces(text, names)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert redacted(text, found).count(GAP) >= len(found)
