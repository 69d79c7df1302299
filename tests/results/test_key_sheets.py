"""The key holder's sheet as it is printed: all on one page, its code opens the box, no file stays."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np
import pytest
import segno

from survey_app.fieldwork import rounds
from survey_app.i18n import LANGUAGES
from survey_app.results import key_sheets
from tests.office import tiny_round

DOTS = 200  # an inch of the picture


def through(command, content):
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout


def text_of(content):
    return through(["pdftotext", "-layout", "-", "-"], content).decode()


def code_in(text):
    """The groups of five of the sheet, in the order of reading."""
    return "-".join(re.findall(r"\b[0-9A-Z]{5}\b", text)[:8])


def modules_in(content, number):
    """The QR picture of the printed page as `number` rows of 0 and 1, measured on the picture itself."""
    header, size, _, pixels = through(["pdftoppm", "-r", str(DOTS), "-gray", "-singlefile", "-"], content).split(
        b"\n", 3
    )
    assert header == b"P5"
    width, height = map(int, size.split())
    page = np.frombuffer(pixels, np.uint8).reshape(height, width) < 128
    left, right, top, bottom = (round(place / 25.4 * DOTS) for place in (30, 72, 65, 115))  # mm: what stands there
    dark = np.argwhere(page[top:bottom, left:right])
    picture = page[top:bottom, left:right][slice(dark[0][0], dark[-1][0] + 1), dark[:, 1].min() : dark[:, 1].max() + 1]
    middles = ((np.arange(number) + 0.5) * picture.shape[0] / number).astype(int)
    return picture[np.ix_(middles, middles)].astype(int).tolist()


@pytest.fixture
def held(db):
    """A round with a key, and its shares."""
    created = tiny_round(db)
    made = rounds.hold_keys(created)
    return rounds.round_by_id(created.id), made.shares


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_is_one_tagged_page_whose_printed_code_opens_the_box(db, held, language):
    round_, shares = held
    content = key_sheets.pdf(db, round_, key_sheets.key_sheet(round_, 2, shares[1]), language)
    facts = through(["pdfinfo", "-"], content).decode()
    assert re.search(r"Pages:\s+1\n", facts)
    assert re.search(r"Tagged:\s+yes\n", facts)
    assert "(A4)" in facts
    text = text_of(content)
    assert f"({round_.id})" in text
    assert round_.custodians[1] in text
    rounds.try_keys(round_, code_in(text), shares[2])
    code = [list(row) for row in segno.make(code_in(text), error="m", micro=False).matrix]
    assert modules_in(content, len(code)) == code, "the picture is that of the printed code"


@pytest.mark.parametrize(("holders", "alone"), [(3, False), (1, True)])
def test_a_sheet_says_what_it_can_do_with_others_or_alone(db, holders, alone):
    created = tiny_round(db, custodians=db.custodian_titles[:holders])
    made = rounds.hold_keys(created)
    round_ = rounds.round_by_id(created.id)
    words = " ".join(text_of(key_sheets.pdf(db, round_, key_sheets.key_sheet(round_, 1, made.shares[0]), "en")).split())
    assert ("It opens the box alone" in words) == alone
    assert ("Any two of the three" in words) != alone
    for said in ("sealed envelope", "Do not photograph", "If it is lost", "Received: name", "Destroyed after the wipe"):
        assert said in words


def test_no_file_is_written_while_a_sheet_is_made(db, held):
    round_, shares = held
    written, watched = [], []

    def note(event, arguments):
        if watched and event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            written.append(arguments[0])

    sheet = key_sheets.key_sheet(round_, 1, shares[0])
    key_sheets.pdf(db, round_, sheet, "vi")  # once a process the fonts are unpacked
    sys.addaudithook(note)  # stays, and does nothing when the watch is over
    watched.append(True)
    key_sheets.pdf(db, round_, sheet, "vi")
    watched.clear()
    assert written == []
