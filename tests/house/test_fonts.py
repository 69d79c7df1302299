"""Every glyph that our own texts use is in the fonts that travel with the product, on paper and in a browser."""

import pytest
from fontTools.ttLib import TTFont

from survey_app import i18n
from tests.conftest import ROOT

TEXTS = ("survey_app/translations/**/*.po", "questionnaires/**/*.yaml", "questionnaires/**/*.csv")
SHAPES = frozenset("\n\t\ufeff\u2060")  # no glyph of their own


def characters():
    """Every character of the catalogues, the shipped questionnaires and the names of units and languages."""
    files = [path for pattern in TEXTS for path in ROOT.glob(pattern)]
    assert len(files) > 4
    names = "".join(i18n.LANGUAGE_NAMES.values())
    return frozenset("".join([names, *(path.read_text(encoding="utf-8") for path in files)])) - SHAPES


def covered(folder, pattern):
    """The characters that all fonts of these files have together, those of one family and several weights in each."""
    found = {path: frozenset(TTFont(path).getBestCmap()) for path in (ROOT / folder).glob(pattern)}
    assert found
    latin = [points for path, points in found.items() if path.name.startswith("BeVietnamPro")]
    other = [points for path, points in found.items() if not path.name.startswith("BeVietnamPro")]
    return frozenset.intersection(*latin) | frozenset().union(*other)


@pytest.mark.parametrize(
    ("folder", "pattern"), [("reports/fonts", "[BN]*.ttf"), ("survey_app/static/fonts", "*.woff2")]
)
def test_every_glyph_is_there(folder, pattern):
    points = covered(folder, pattern)
    assert sorted(character for character in characters() if ord(character) not in points) == []


def test_the_pages_name_every_web_font():
    css = (ROOT / "survey_app/static/look.css").read_text(encoding="utf-8")
    files = sorted(path.name for path in (ROOT / "survey_app/static/fonts").glob("*.woff2"))
    assert [name for name in files if f"fonts/{name}" not in css] == []
