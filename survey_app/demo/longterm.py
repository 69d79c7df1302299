"""Aims of the example Cục, and what other indices really said: the only figures in it that are not invented."""

from __future__ import annotations

import datetime

from survey_app.fieldwork.rounds import round_by_id
from survey_app.results import aims, external, outside
from survey_app.results.marks import Mark

WHO = "officer@example.vn"
THE_CUC, PROVINCE = "Cục Hải quan Quảng Ninh", "tỉnh Quảng Ninh"
PCI = "VCCI/USAID, bảng dữ liệu PCI"
# index, year, whom it rated, score, top of its scale, rank, of how many, source: published facts.
OTHERS = (
    ("ddci", "2017", THE_CUC, "", "", "1", "21",
     "http://news.chinhphu.vn/print/quang-ninh-releases-department-level-competitiveness-index-11131456.htm"),
    ("ddci", "2018", THE_CUC, "77,81", "100", "1", "",
     "https://en.vietnamplus.vn/customs-department-tops-2018-quang-ninh-competitiveness-index/145448.vnp"),
    ("ddci", "2021", THE_CUC, "78,48", "100", "1", "22",
     "https://haiquanonline.com.vn/hai-quan-quang-ninh-tro-lai-vi-tri-quan-quan-chi-so-nang-luc-canh-tranh-158443.html"),
    ("papi", "2015", PROVINCE, "35,41", "60", "", "", "CECODES/VFF/UNDP, PAPI 2015"),
    ("papi", "2020", PROVINCE, "48,8810", "80", "1", "",
     "https://www.vietmaz.com/2021/04/quang-ninh-provine-tops-public-administration-performance-index/"),
    ("pci", "2014", PROVINCE, "62,16", "100", "5", "63", f"{PCI} 2014"),
    ("pci", "2015", PROVINCE, "65,75", "100", "3", "63", f"{PCI} 2015"),
    ("pci", "2016", PROVINCE, "65,60", "100", "2", "63", f"{PCI} 2016"),
    ("pci", "2019", PROVINCE, "73,40", "100", "1", "63",
     "https://pcivietnam.vn/en/pci-subindices-of-63-provincescities"),
    ("pci", "2021", PROVINCE, "73,02", "100", "1", "63",
     "https://www.pcivietnam.vn/bang-chi-so-cac-tinh-thanh-viet-nam"),
    ("pci", "2022", PROVINCE, "72,95", "100", "", "63", "https://investinquangninh.vn/vi/pci"),
)  # fmt: skip
# index, for whom, set in, to be reached by, aim: one for this round, one for three years, one for five.
AIMS = (
    ("cdci", "chi_cuc", "2023", "2024", "88"),
    ("business", "chi_cuc", "2023", "2026", "92"),
    ("pc", "chi_cuc", "2023", "2028", "93"),
    ("business", "CC-BPS", "2023", "2026", "88"),
)
ROUND = "cdci-2024"
MARK = Mark(
    "cl11", "", "Kiểm tra chuyên ngành do cơ quan kiểm dịch thực hiện, ngoài thẩm quyền của hải quan",
    "Cơ quan kiểm dịch (ví dụ)", datetime.date(2025, 1, 14),
)  # fmt: skip


def enter() -> None:
    """As the officer would."""
    for line in OTHERS:
        external.add(dict(zip(external.COLUMNS, line, strict=True)), WHO)
    for aim in AIMS:
        aims.add(dict(zip(aims.COLUMNS, aim, strict=True)), WHO)


def mark() -> None:
    """One bottleneck that another agency causes."""
    outside.mark(round_by_id(ROUND), MARK, WHO)
