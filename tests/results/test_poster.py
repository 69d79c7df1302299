"""The poster of the open channel: one page that says where, and what that means, in three languages."""

from __future__ import annotations

import io
import subprocess

import pytest
from pypdf import PdfReader

from survey_app.errors import WrongState
from survey_app.fieldwork import rounds
from survey_app.i18n import LANGUAGES, say
from survey_app.results import poster
from tests.office import tiny_round


@pytest.fixture
def made(db):
    return poster.pdf(db, rounds.set_open_channel(tiny_round(db), True)), db


def test_the_poster_is_one_tagged_page_in_three_languages(made):
    content, settings = made
    reader = PdfReader(io.BytesIO(content))
    text = "".join(reader.pages[0].extract_text().split())
    assert len(reader.pages) == 1
    assert reader.root_object["/MarkInfo"]["/Marked"]
    for words in (
        f"{settings.base_url}/open/",
        settings.contact,
        *(say(tag, "This is the open channel.") for tag in LANGUAGES),
    ):
        assert "".join(words.split()) in text


def test_the_picture_is_drawn_and_is_that_of_the_address(made, tmp_path):
    content, settings = made
    assert poster.picture(f"{settings.base_url}/open/") != poster.picture(f"{settings.base_url}/")
    (tmp_path / "a.pdf").write_bytes(content)
    draw = ["pdftoppm", "-r", "60", "-gray", "-singlefile", tmp_path / "a.pdf", tmp_path / "a"]
    subprocess.run(draw, check=True)
    assert (tmp_path / "a.pgm").read_bytes().count(b"\x00") > 5000  # black: nothing else on the page is that large


def test_a_round_without_the_channel_has_no_poster(db):
    with pytest.raises(WrongState, match="has no open channel"):
        poster.pdf(db, tiny_round(db))
