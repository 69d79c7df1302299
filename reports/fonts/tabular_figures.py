"""Adds figures of one width (OpenType `tnum`) to Be Vietnam Pro, which has none: columns of numbers must align.

Run once after fetching the fonts: `python reports/fonts/tabular_figures.py`. The letters stay as they are; the
OFL permits it (no reserved font name). `survey_app/static/fonts` holds the same fonts as WOFF2.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from fontTools.ttLib.tables import otTables

HERE = Path(__file__).parent
WEB = HERE.parent.parent / "survey_app" / "static" / "fonts"
FIGURES = "0123456789"


def add_figures(font: TTFont) -> dict[str, str]:
    """Copies of the ten figures, centred on the width of the widest but one; returns figure → tabular figure."""
    names = [font.getBestCmap()[ord(figure)] for figure in FIGURES]
    metrics, glyphs = font["hmtx"].metrics, font["glyf"]
    width = sorted(metrics[name][0] for name in names)[-2]
    order = font.getGlyphOrder()
    for name in names:
        advance, bearing = metrics[name]
        glyph = copy.deepcopy(glyphs[name])
        shift = (width - advance) // 2
        glyph.coordinates.translate((shift, 0))
        glyph.recalcBounds(glyphs)
        new = name + ".tnum"
        order.append(new)
        glyphs.glyphs[new] = glyph
        metrics[new] = (width, bearing + shift)
    font.setGlyphOrder(order)
    glyphs.glyphOrder = order
    return {name: name + ".tnum" for name in names}


def add_feature(font: TTFont, pairs: dict[str, str]) -> None:
    """A `tnum` substitution in every script and language of the font."""
    table = font["GSUB"].table
    substitution = otTables.SingleSubst()
    substitution.mapping = pairs
    lookup = otTables.Lookup()
    lookup.LookupType, lookup.LookupFlag, lookup.SubTable, lookup.SubTableCount = 1, 0, [substitution], 1
    table.LookupList.Lookup.append(lookup)
    feature = otTables.Feature()
    feature.FeatureParams, feature.LookupListIndex = None, [len(table.LookupList.Lookup) - 1]
    record = otTables.FeatureRecord()
    record.FeatureTag, record.Feature = "tnum", feature
    # Records stand in the order of their tags; every index after the new one moves by one.
    records: list[Any] = table.FeatureList.FeatureRecord
    place = sum(known.FeatureTag <= "tnum" for known in records)
    records.insert(place, record)
    for script in table.ScriptList.ScriptRecord:
        systems = [script.Script.DefaultLangSys, *(known.LangSys for known in script.Script.LangSysRecord)]
        for system in filter(None, systems):
            moved = [index + (index >= place) for index in system.FeatureIndex]
            system.FeatureIndex = sorted([*moved, place])
            if system.ReqFeatureIndex != 0xFFFF:
                system.ReqFeatureIndex += system.ReqFeatureIndex >= place


def main() -> None:
    for path in sorted(HERE.glob("BeVietnamPro-*.ttf")):
        font = TTFont(path, recalcTimestamp=False)
        if any(record.FeatureTag == "tnum" for record in font["GSUB"].table.FeatureList.FeatureRecord):
            continue
        add_feature(font, add_figures(font))
        font.save(path)
        font.flavor = "woff2"
        font.save(WEB / f"{path.stem}.woff2")


if __name__ == "__main__":
    main()
