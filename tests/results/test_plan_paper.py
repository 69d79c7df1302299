"""The action plan as an official document: what was written is printed, in the Decree's form."""

from __future__ import annotations

import datetime
import io

import pikepdf
import pytest

from survey_app.errors import NotFound
from survey_app.fieldwork.rounds import round_by_id
from survey_app.results import plan_paper
from survey_app.staff import actions, plans, procedures
from survey_app.staff.actions import Line
from tests.results.published import publish
from tests.results.test_documents import printed

DAY = datetime.date(2024, 2, 5)
LONG = "Niêm yết lại toàn bộ thủ tục và thời hạn xử lý tại mọi điểm làm thủ tục, kể cả ngoài giờ hành chính. " * 4


@pytest.fixture
def database_url(tmp_path):
    """One engine is enough for what is printed."""
    return f"sqlite:///{tmp_path / 'instance' / 'survey.db'}"


@pytest.fixture
def round_(db):
    publish(db)
    return round_by_id("cdci-2023")


def write_plan(round_, lines=1):
    for _ in range(lines):
        line = Line(LONG.strip(), "Phó Chi cục trưởng", datetime.date(2024, 6, 30), "mb", 2.5)
        actions.add_line(round_, "CC-MCAI", line, "head")
    procedures.add_review(round_, "CC-MCAI", procedures.Reviewed("Nộp bản giấy", "dropped", DAY), "head")
    actions.give_order(round_, "CC-MCAI", Line("Trực đường dây nóng", "Đội", DAY, "ht"), "director")
    plans.send(round_, "CC-MCAI", "head", DAY)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_plan_prints_what_was_written(db, round_, language):
    write_plan(round_)
    pdf = plan_paper.pdf(db, round_, "CC-MCAI", language)
    text = printed(pdf)
    for words in (LONG, "Phó Chi cục trưởng", "30/06/2024", "Nộp bản giấy", "Trực đường dây nóng"):
        assert "".join(words.split()) in text
    assert ("+2,5" if language == "vi" else "+2.5") in text
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert str(document.Root.Lang) == language
        assert document.Root.MarkInfo.Marked


def test_its_form_is_the_decrees(db, round_):
    write_plan(round_, lines=12)
    pdf = plan_paper.pdf(db, round_, "CC-MCAI", "vi")
    text = printed(pdf)
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "KẾ HOẠCH", "Nơi nhận:", "Lưu: VT.",
        "Quảng Ninh, ngày 05 tháng 02 năm 2024", "Dự thảo: chưa được phê duyệt",
    ):  # fmt: skip
        assert "".join(words.split()) in text
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) >= 3


def test_the_same_plan_gives_the_same_bytes_and_an_approved_one_says_so(db, round_):
    write_plan(round_)
    first = plan_paper.pdf(db, round_, "CC-MCAI", "vi")
    assert plan_paper.pdf(db, round_, "CC-MCAI", "vi") == first
    plans.approve(round_, "CC-MCAI", plans.plan_of(round_.id, "CC-MCAI").version, "director", DAY)
    assert "phêduyệttrênhệthốngngày05/02/2024" in printed(plan_paper.pdf(db, round_, "CC-MCAI", "vi"))


def test_what_is_not_there_is_not_printed(db, round_):
    with pytest.raises(NotFound, match="no unit XX"):
        plan_paper.pdf(db, round_, "XX", "vi")
    with pytest.raises(NotFound, match="written no plan"):
        plan_paper.pdf(db, round_, "CC-MCAI", "vi")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (datetime.date(2024, 2, 5), "ngày 05 tháng 02 năm 2024"),
        (datetime.date(2024, 3, 15), "ngày 15 tháng 3 năm 2024"),
        (None, "ngày ….. tháng ….. năm ……"),
    ],
)
def test_days_are_written_as_the_decree_has_them(day, words):
    assert plan_paper.dated(day, "vi") == words
