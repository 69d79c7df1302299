"""Awards: rules that stand before the result, the same order as in public, and papers that say why there is none."""

from __future__ import annotations

import dataclasses
import datetime
import io
import re
import subprocess

import msgspec
import pikepdf
import pytest

from survey_app.errors import NotFound, WrongState
from survey_app.fieldwork.heads import InOffice
from survey_app.i18n import alphabetical
from survey_app.models import Head, Round
from survey_app.results import award_papers, awards, bindery, press_sheet, published
from survey_app.results.bindery import Office, Task
from tests.results.published import publish
from tests.results.test_documents import tags_of

ALL_LEVEL = dict.fromkeys(("CC-MCAI", "CC-HGAI", "CC-VGIA", "CC-CPHA", "CC-HMO", "CC-BPS"), 0.2)
HEADS = {"CC-MCAI": InOffice("Nguyễn Văn An"), "CC-HGAI": InOffice("", changed=True)}


def printed(pdf):
    done = subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def standing_of(reading):
    return next(one for one in reading.result.index.groups if one.node == reading.business and one.standings)


def changed(reading, **changes):
    """The reading with other standings: unit → fields."""
    group = standing_of(reading)
    lines = tuple(
        msgspec.structs.replace(one, **changes.get(one.unit.replace("-", "_"), {})) for one in group.standings
    )
    groups = tuple(
        msgspec.structs.replace(group, standings=lines) if one is group else one for one in reading.result.index.groups
    )
    index = msgspec.structs.replace(reading.result.index, groups=groups)
    return dataclasses.replace(reading, result=msgspec.structs.replace(reading.result, index=index))


def units_of(page):
    return {unit.name: unit for group in page.groups for unit in group.units}


# ---------------------------------------------------------------- the rules


def test_a_prize_needs_thirty_sheets_a_clear_lead_and_a_tier_above_the_last(reading):
    page, group = awards.page(reading, {}), standing_of(reading)
    last = max(one.tier for one in group.standings)
    for one in group.standings:
        enough = reading.lines[one.unit].ratings >= 30
        expected = one.tier < last and one.tier <= 3 and enough and one.clear
        assert bool(units_of(page)[reading.name(one.unit)].prize) == expected
        assert bool(units_of(page)[reading.name(one.unit)].why) != expected


def test_units_of_one_tier_bear_the_same_prize(reading):
    level = changed(reading, CC_HGAI={"tier": 1, "clear": True}, CC_VGIA={"tier": 2})
    page = awards.page(level, {})
    first = page.prizes[0]
    assert first.name == "Giải Nhất"
    assert first.units == ("Chi cục Hải quan cửa khẩu cảng Hòn Gai", "Chi cục Hải quan cửa khẩu Móng Cái")
    said = {one.unit: one.distinction for one in page.certificates}
    assert all("Giải Nhất (đồng hạng)" in said[unit] for unit in first.units)


def test_a_tier_that_is_not_clear_as_a_whole_bears_no_prize_nor_does_any_below(reading):
    level = changed(reading, CC_HGAI={"tier": 1, "clear": False}, CC_VGIA={"tier": 2, "clear": True})
    page = awards.page(level, {})
    assert page.prizes == ()
    assert page.why_none.startswith("Không trao giải: nhóm dẫn đầu")
    why = {unit.name: unit.why for unit in units_of(page).values()}
    assert why["Chi cục Hải quan cửa khẩu cảng Hòn Gai"] == "chưa hơn rõ rệt mọi đơn vị của nhóm kế tiếp"
    assert why["Chi cục Hải quan cửa khẩu Móng Cái"] == "đồng hạng với đơn vị chưa hơn rõ rệt nhóm kế tiếp"
    assert why["Chi cục Hải quan cửa khẩu cảng Vạn Gia"] == "nhóm đứng trên không có giải"
    said = {one.unit: one.distinction for one in page.certificates}
    leading = ("thuộc nhóm kết quả dẫn đầu: Chi cục hải quan",)
    assert said["Chi cục Hải quan cửa khẩu Móng Cái"] == said["Chi cục Hải quan cửa khẩu cảng Hòn Gai"] == leading
    assert said["Chi cục Hải quan cửa khẩu cảng Vạn Gia"] == ()


def test_a_unit_with_few_sheets_does_not_take_the_prize_from_its_tier(reading):
    level = changed(reading, CC_BPS={"tier": 1, "clear": False})
    page = awards.page(level, {})
    assert page.prizes[0].units == ("Chi cục Hải quan cửa khẩu Móng Cái",)
    assert units_of(page)["Chi cục Hải quan cửa khẩu Bắc Phong Sinh"].why == "ít hơn 30 phiếu"


@pytest.mark.parametrize(("sheets", "prize"), [(29, False), (30, True), (31, True)])
def test_the_least_number_of_sheets(reading, monkeypatch, sheets, prize):
    monkeypatch.setattr(awards, "sheets_of", lambda reading, unit, node: sheets)
    assert bool(awards.page(reading, {}).prizes) == prize


def test_with_one_tier_nobody_is_ahead_and_one_sentence_says_so(alone):
    reading = alone(levels=ALL_LEVEL)
    flat = changed(
        reading, **{one.unit.replace("-", "_"): {"tier": 1, "clear": False} for one in standing_of(reading).standings}
    )
    page = awards.page(flat, {})
    assert page.prizes == ()
    assert page.why_none == (
        "Không trao giải: các đơn vị đều thuộc một nhóm kết quả, điểm quá gần nhau để kết luận đơn vị nào hơn."
    )
    assert all(one.distinction == () for one in page.certificates)
    assert {tier.words for group in page.tiers for tier in group.tiers} == {"ngang nhau"}


def test_without_a_group_with_ranks_one_sentence_says_why(alone, press):
    reading = alone(answered={"CC-MCAI": 40, "CC-HGAI": 35, "CC-BPS": 12}, figures=False)
    page = awards.page(reading, HEADS)
    assert page.groups == page.prizes == page.heads == ()
    assert "bốn đơn vị" in page.why_none
    assert "không có nhóm nào được xếp hạng" in page.why_no_heads
    assert len(page.certificates) == 3
    for paper in award_papers.PAPERS[1:4]:
        assert page.why_none in printed(set_paper(press, page, paper))


def test_tiers_are_the_public_ones_and_units_stand_in_alphabetical_order(reading):
    page = awards.page(reading, {})
    assert page.tiers == published.page(reading).groups
    for group in page.groups:
        assert [(one.tier, alphabetical(one.name)) for one in group.units] == sorted(
            (one.tier, alphabetical(one.name)) for one in group.units
        )


def test_every_rated_unit_gets_a_certificate_and_no_reporting_group(reading):
    names = [one.unit for one in awards.page(reading, {}).certificates]
    assert len(names) == len(set(names)) == sum(not line.members for line in reading.result.units)
    assert reading.name("CC-MCAI-KTGS1") in names, "too few sheets are no reason to be left out"
    assert reading.name("NHOM-KIEM-SOAT") not in names


# ---------------------------------------------------------------- heads


def test_a_head_is_honoured_for_the_sub_index_on_heads_alone(reading):
    page = awards.page(reading, HEADS)
    node = reading.plan.leadership_node()
    assert page.leadership == reading.label(node)
    median = reading.peer_median("CC-MCAI", node).number
    assert reading.interval("CC-MCAI", node).low.number > median
    assert [(head.name, head.unit) for head in page.honoured] == [("Nguyễn Văn An", reading.name("CC-MCAI"))]


def test_a_head_who_changed_during_the_round_or_is_not_entered_is_not_honoured(reading):
    other = {"CC-MCAI": InOffice("", changed=True)}
    assert awards.page(reading, other).honoured == ()
    line = next(one for one in awards.page(reading, other).heads if one.unit == reading.name("CC-MCAI"))
    assert (line.name, line.why) == ("", "có thay đổi trong đợt khảo sát")
    line = next(one for one in awards.page(reading, {}).heads if one.unit == reading.name("CC-MCAI"))
    assert line.why == "chưa nhập thời gian giữ chức"


def test_fewer_than_thirty_answers_on_the_head_honour_nobody(reading):
    everybody = {unit: InOffice("X") for unit in reading.lines}
    found = {one.unit: one.why for one in awards.page(reading, everybody).heads}
    for unit in ("CC-HMO", "CC-BPS"):
        assert found[reading.name(unit)] == "ít hơn 30 phiếu về người đứng đầu"


def test_a_plan_without_such_a_sub_index_honours_no_head(reading):
    plan = msgspec.structs.replace(reading.plan, leadership=msgspec.UNSET)
    page = awards.page(dataclasses.replace(reading, plan=plan), HEADS)
    assert page.heads == ()
    assert "không có chỉ số thành phần về người đứng đầu" in page.why_no_heads


# ---------------------------------------------------------------- the papers


def set_paper(press, page, paper):
    title = award_papers.title_of(paper, page.language)
    return press.pdf("awards", page.language, 2024, page.organisation, paper=paper, page=page, title=title)


@pytest.fixture(scope="module")
def papers(press, reading, reading_en):
    """Each paper in each language, with all that it says."""
    found = {}
    for one in (reading, reading_en):
        page = awards.page(one, HEADS)
        for paper in award_papers.PAPERS:
            found[paper, one.language] = set_paper(press, page, paper)
    return found


def test_papers_are_tagged_and_in_their_language(papers):
    for (_, language), content in papers.items():
        with pikepdf.open(io.BytesIO(content)) as pdf:
            assert str(pdf.Root.Lang) == language
            assert b"pdfuaid:part" in pdf.Root.Metadata.read_bytes()
            assert "H1" in tags_of(pdf.Root.StructTreeRoot)


def test_the_papers_have_their_pages(papers, reading):
    pages = {}
    for place, content in papers.items():
        with pikepdf.open(io.BytesIO(content)) as pdf:
            pages[place] = len(pdf.pages)
    for language in ("vi", "en"):
        assert pages["criteria", language] <= 2
        assert pages["speech", language] == 1
        assert pages["decision", language] <= 2
        assert pages["proposal", language] <= 2
        assert pages["certificates", language] == len(awards.page(reading, {}).certificates)


def test_a_decision_has_the_form_of_its_decree(papers):
    text = printed(papers["decision", "vi"])
    for words in (
        "TỔNG CỤC HẢI QUAN",
        "CHI CỤC HẢI QUAN KHU VỰC VIII",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: [số, ký hiệu]",
        "QUYẾT ĐỊNH:",
        "Điều 1. Công nhận kết quả",
        "Điều 4. Tổ chức thực hiện",
        "Nơi nhận:",
        "– Lưu: VT.",
        "Giải Nhất: Chi cục Hải quan cửa khẩu Móng Cái",
    ):
        assert words in text  # fmt: skip
    with pikepdf.open(io.BytesIO(papers["decision", "vi"])) as pdf:
        assert [round(float(side)) for side in pdf.pages[0].MediaBox[2:]] == [595, 842]
        fonts = {str(item.FontName) for item in pdf.objects
                 if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"}  # fmt: skip
    assert any("Tinos" in font for font in fonts)


def test_no_paper_for_the_public_has_a_score_or_a_hard_word(papers, press, reading):
    sheet = bindery.document(Task("press", "", "vi"), reading, press, Office("0203 3825 789", "https://x.vn/results"))
    for content in (papers["speech", "vi"], papers["decision", "vi"], papers["certificates", "vi"], sheet):
        text = printed(content)
        assert not re.search(r"\b(kém|yếu|tệ|cuối bảng)\b", text.lower())
        assert not re.search(r"\d,\d", text)
    assert "Nhóm cần cải thiện: Chi cục Hải quan cửa khẩu Bắc Phong Sinh" in printed(papers["speech", "vi"])


def test_the_same_content_gives_the_same_bytes(papers, press, reading):
    page = awards.page(reading, HEADS)
    for paper in ("decision", "certificates"):
        assert set_paper(press, page, paper) == papers[paper, "vi"]


def test_papers_are_made_of_a_published_round_with_the_heads_of_its_days(db):
    publish(db)
    day = datetime.date(2024, 6, 1)
    Head.create(unit="CC-MCAI", name="Nguyễn Văn An", since=day - datetime.timedelta(days=400), until=None)
    Head.create(unit="CC-HGAI", name="Trần Thị Bình", since=day + datetime.timedelta(days=1), until=None)
    round_ = Round.get_by_id("cdci-2024")
    page = award_papers.page_for(round_, "vi")
    assert [head.name for head in page.honoured] == ["Nguyễn Văn An"]
    assert award_papers.pdf(db, round_, "speech", "en").startswith(b"%PDF")
    with pytest.raises(NotFound, match="Papers there are"):
        award_papers.pdf(db, round_, "medal", "vi")
    Round.update(state="wiped").execute()
    with pytest.raises(WrongState):
        award_papers.pdf(db, Round.get_by_id("cdci-2024"), "speech", "vi")


# ---------------------------------------------------------------- the press sheet


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_press_sheet_is_one_page_and_says_what_the_public_page_says(press, reading, reading_en, language):
    one = reading if language == "vi" else reading_en
    content = bindery.document(Task("press", "", language), one, press, Office("0203 3825 789", "https://x.vn/results"))
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) == 1
    text = printed(content)
    for group in published.page(one).groups:
        for tier in group.tiers:
            assert f"{tier.number}. {tier.words.capitalize()}" in text
            assert all(unit.name in text for unit in tier.units)
    assert "0203 3825 789" in text
    assert "https://x.vn/results" in text.replace("https:// ", "https://")
    assert one.result.hash in text.replace(" ", "")


def test_a_round_without_tiers_has_a_press_sheet_too(press, alone):
    reading = alone(answered={"CC-MCAI": 40, "CC-BPS": 12}, figures=False)
    page = press_sheet.page(reading, "", "https://x.vn/results")
    assert page.groups == ()
    assert page.why_none in printed(bindery.document(Task("press", "", "vi"), reading, press))
