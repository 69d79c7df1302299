"""The Chinese of the product's own texts as small web fonts: a device without a Chinese font shows no empty boxes.

Run after a Chinese text was added or changed: `python reports/fonts/chinese_for_web.py`. Noto Sans SC has ten
megabytes; a page that speaks Chinese loads what these texts need, any other page the four characters of the language's
name.
"""

from __future__ import annotations

import re
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WEB = ROOT / "survey_app" / "static" / "fonts"
NAME = frozenset("简体中文")
CHINESE = re.compile("[\u2e80-\u9fff\uff00-\uffef]")
SOURCES = ("survey_app/translations/zh_Hans/**/*.po", "questionnaires/**/*.yaml", "questionnaires/**/*.csv")


def characters() -> frozenset[str]:
    """Every Chinese character and mark of the shipped texts."""
    files = [path for pattern in SOURCES for path in ROOT.glob(pattern)]
    return frozenset(CHINESE.findall("".join(path.read_text(encoding="utf-8") for path in files)))


def write(name: str, wanted: frozenset[str]) -> None:
    """A WOFF2 of these characters, the same bytes at every run."""
    font = TTFont(HERE / "NotoSansSC-Regular.ttf", recalcTimestamp=False)
    subsetter = Subsetter(Options(layout_features=[], hinting=False, name_IDs=[0, 1, 2, 13, 14]))
    subsetter.populate(text="".join(sorted(wanted)))
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(WEB / f"{name}.woff2")


def main() -> None:
    write("NotoSansSC-name", NAME)
    write("NotoSansSC-texts", characters() - NAME)


if __name__ == "__main__":
    main()
