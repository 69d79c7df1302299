"""PDFs: what was put in comes out, tagged, in our fonts, the same bytes every time; nothing is fetched."""

from __future__ import annotations

import dataclasses
import io
import json
import subprocess
from xml.etree import ElementTree

import msgspec
import pikepdf
import pytest
from fontTools.ttLib import TTFont

from survey_app.results import bindery, bottlenecks, comparison, exports, scorecard
from survey_app.results.bindery import Task
from survey_app.results.typeset import NotSet, Press, page_of
from tests.results.rounds import BRANCHES

SVG = "{http://www.w3.org/2000/svg}"
UNITS = ("CC-MCAI", "CC-BPS", "CC-MCAI-TT", "CC-MCAI-KTGS1", "CC-MCAI-KS")


def html_of(press, reading, kind, unit=""):
    """The document's text before it is set."""
    letterhead = press.letterhead.lines(reading.language, 2024, reading.text(reading.result.organisation))
    if kind == "scorecard":
        content = {"card": scorecard.page_for(unit, reading), "privacy": reading.plan.privacy}
    else:
        content = {"page": comparison.page(reading), "bottlenecks": bottlenecks.page(reading)}
    return press.html(kind, reading.language, letterhead=letterhead, **content)


def words_of(html):
    """Every text of the body, without white space. The title of a chart is read aloud, not printed."""
    root = ElementTree.fromstring(html)
    for parent in root.iter():
        for child in list(parent):
            if child.tag in (f"{SVG}title", "head"):
                parent.remove(child)
    return [squeezed for text in root.itertext() if (squeezed := "".join(text.split()))]


def printed(pdf):
    """The text of the PDF in the order it was drawn, without white space."""
    done = subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True)
    return "".join(done.stdout.decode().split())


@pytest.fixture(scope="module")
def made(press, reading, reading_en):
    """Documents by (kind, unit, language), each set once."""
    found = {}
    for one in (reading, reading_en):
        for task in [Task("comparison", "", one.language), *(Task("scorecard", unit, one.language) for unit in UNITS)]:
            found[task.kind, task.unit, task.language] = bindery.document(task, one, press)
    return found


def test_what_was_put_in_comes_out(made, press, reading, reading_en):
    for (kind, unit, language), pdf in made.items():
        text = printed(pdf).lower()
        missing = [
            word
            for word in words_of(html_of(press, reading if language == "vi" else reading_en, kind, unit))
            if word.lower() not in text
        ]
        assert not missing, (kind, unit, language)


def test_scorecards_are_tagged_titled_and_in_their_language(made):
    for (_, _, language), content in made.items():
        with pikepdf.open(io.BytesIO(content)) as pdf:
            assert str(pdf.Root.Lang) == language
            assert pdf.Root.MarkInfo.Marked
            assert pdf.Root.ViewerPreferences.DisplayDocTitle
            assert str(pdf.docinfo.Title)
            assert b"pdfuaid:part" in pdf.Root.Metadata.read_bytes()
            tags = tags_of(pdf.Root.StructTreeRoot)
            assert {"H1", "P", "Table", "TR", "TH", "TD"} <= tags.keys()
            for figure in tags.get("Figure", []):
                assert str(figure.Alt)


def tags_of(node, found=None):
    """Structure elements by kind."""
    found = {} if found is None else found
    for kid in node.get("/K", []) if isinstance(node.get("/K"), pikepdf.Array) else []:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found.setdefault(str(kid.S)[1:], []).append(kid)
            tags_of(kid, found)
    return found


def test_documents_have_bookmarks(made):
    with pikepdf.open(io.BytesIO(made["scorecard", "CC-MCAI", "vi"])) as pdf, pdf.open_outline() as outline:
        assert len(outline.root) >= 3


def test_only_our_own_fonts_are_embedded(made):
    for content in made.values():
        with pikepdf.open(io.BytesIO(content)) as pdf:
            fonts = [
                item
                for item in pdf.objects
                if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
            ]
            assert fonts
            for font in fonts:
                name = str(font.FontName).replace("-", "")
                assert "BeVietnamPro" in name or "Tinos" in name, name
                assert any(key in font for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def test_every_character_is_in_the_declared_fonts(press, reading, reading_en, reports):
    cover = {
        name: set(TTFont(reports / "fonts" / f"{name}.ttf").getBestCmap())
        for name in (
            "BeVietnamPro-Regular",
            "BeVietnamPro-SemiBold",
            "BeVietnamPro-Bold",
            "Tinos-Regular",
            "Tinos-Bold",
        )
    }
    for one in (reading, reading_en):
        for kind, unit in (("comparison", ""), *(("scorecard", unit) for unit in one.lines)):
            text = "".join(words_of(html_of(press, one, kind, unit)))
            lacking = {
                name: {character for character in text + text.upper() if ord(character) not in known}
                for name, known in cover.items()
            }
            assert not any(lacking.values()), lacking


@pytest.mark.parametrize("unit", ["CC-MCAI", "CC-BPS"])
def test_a_scorecard_of_all_questions_has_four_pages_and_a_teams_three(made, unit):
    for language in ("vi", "en"):
        with pikepdf.open(io.BytesIO(made["scorecard", unit, language])) as pdf:
            assert len(pdf.pages) == 4
        with pikepdf.open(io.BytesIO(made["scorecard", "CC-MCAI-TT", language])) as pdf:
            assert len(pdf.pages) <= 3
        with pikepdf.open(io.BytesIO(made["scorecard", "CC-MCAI-KS", language])) as pdf:
            assert len(pdf.pages) == 1


def test_simulated_rounds_say_so_on_every_page(made):
    for (_, _, language), content in made.items():
        words = {"vi": "simulateddata", "en": "simulateddata"}[language]
        pages = (
            subprocess.run(["pdftotext", "-raw", "-", "-"], input=content, capture_output=True, check=True)
            .stdout.decode()
            .split("\f")
        )
        for page in pages[:-1]:
            text = "".join(page.split())
            assert words in text or "sốliệumôphỏng" in text


def test_a_real_round_does_not_say_that_it_is_simulated(press, alone):
    reading = alone(synthetic=False)
    text = printed(bindery.document(Task("scorecard", "CC-BPS", "vi"), reading, press))
    assert "simulateddata" not in text
    assert "sốliệumôphỏng" not in text


def test_another_press_sets_the_same_bytes(made, reading, reports):
    other = Press(reports)
    for task in (Task("scorecard", "CC-MCAI-TT", "vi"), Task("comparison", "", "vi")):
        assert bindery.document(task, reading, other) == made[task.kind, task.unit, task.language]


def test_the_numbers_of_the_page_stand_in_the_pdf(made, reading, reading_en):
    for unit in set(UNITS) & set(BRANCHES):
        for one in (reading, reading_en):
            card, text = scorecard.page_for(unit, one), printed(made["scorecard", unit, one.language])
            assert card.headline.value in text
            for line in card.sub_indices:
                assert f"{line.score}{line.interval}" in text


# ---------------------------------------------------------------- what must fail


def set_alone(press, body):
    return press.set(f'<html lang="vi"><head><title>t</title></head><body>{body}</body></html>', ("page.css",))


def test_a_character_that_no_font_has_is_a_failure(press):
    with pytest.raises(NotSet, match="notdef"):
        set_alone(press, "<p>\u1000</p>")


def test_a_rule_that_is_not_understood_is_a_failure(press):
    with pytest.raises(NotSet):
        set_alone(press, '<p style="colour: red">x</p>')


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://127.0.0.1:9/x.png", "../../etc/passwd", "fonts/../../setup.cfg"]
)
def test_no_file_or_address_outside_the_folder_is_read(press, address):
    with pytest.raises(NotSet, match="not a file of the reports folder"):
        set_alone(press, f'<p><img src="{address}" alt="x"/></p>')


def test_a_slip_in_a_template_is_an_error_with_its_place(press):
    with pytest.raises(ElementTree.ParseError, match="line 1"):
        page_of("<html><p>x</html>", None)


def test_a_name_with_markup_is_printed_as_it_is_written(press, alone):
    reading = alone(answered={"CC-BPS": 12}, figures=False)
    lines = tuple(msgspec.structs.replace(line, names={"vi": "<b>A&B</b>"}) for line in reading.result.units)
    strange = dataclasses.replace(reading, result=msgspec.structs.replace(reading.result, units=lines))
    assert "<b>A&B</b>" in printed(bindery.document(Task("scorecard", "CC-BPS", "vi"), strange, press))


@pytest.mark.filterwarnings("ignore:unclosed file.*icc:ResourceWarning")  # WeasyPrint leaves its colour profile open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("unit", ["", "CC-MCAI"])
def test_the_archive_copy_carries_the_figures_it_shows(reading, press, unit):
    """PDF/A-3a; a unit's copy holds no line of another unit's data, and says what it is accompanied by."""
    task = Task("archive", unit, "vi")
    made = bindery.document(task, reading, press)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        (name,) = pdf.attachments
        data = json.loads(pdf.attachments[name].get_file().read_bytes())
        linked = pdf.Root.AF[0]
        assert {one.objgen for one in pdf.Root.AF} == {linked.objgen}
        metadata = pdf.Root.Metadata.read_bytes().decode()
        assert linked.AFRelationship == "/Data"
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
    assert 'pdfaid:part="3"' in metadata
    assert 'pdfaid:conformance="A"' in metadata
    whole = json.loads(exports.json(reading))
    assert data["results"] == [row for row in whole["results"] if not unit or row["unit"] == unit]
    assert {row["unit"] for row in data["items"]} == ({unit} if unit else {row["unit"] for row in whole["items"]})
    assert data["codebook"] == whole["codebook"]
    assert made == bindery.document(task, reading, press)
