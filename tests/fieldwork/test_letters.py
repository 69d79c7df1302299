"""The letters: one page each, the code readable and scannable, nothing written where it may not be."""

from __future__ import annotations

import io
import re
import stat

import pytest
from pypdf import PdfReader

from survey_app.ballot.tokens import read_token
from survey_app.errors import Refused
from survey_app.fieldwork import frame, invitations, letters
from survey_app.models import Business
from tests.office import tiny_round


def test_a_letter_carries_its_code_on_one_page_in_three_languages(db):
    created = tiny_round(db)
    pairs = list(invitations.issue(created, frame.businesses_of(created)[:3]))
    reader = PdfReader(io.BytesIO(letters.letters_pdf(db, created, pairs)))
    assert len(reader.pages) == 3
    for page, (business, token) in zip(reader.pages, pairs, strict=True):
        text = page.extract_text()
        code = re.search(r"(?:[0-9A-Z]{4} ?\n?){6}[0-9A-Z]{3}", text)
        assert code, text
        assert read_token(code[0]) == token
        assert business.name in text
        assert db.base_url in text
        assert "0203 3825 789" in text
    assert token.value.hex() not in str(reader.metadata)


def test_a_name_with_markup_or_an_address_is_only_text(db):
    created = tiny_round(db)
    business = frame.businesses_of(created)[0]
    Business.update(name='<img src="file:///etc/passwd"><b>X</b>').where(Business.id == business.id).execute()
    pairs = list(invitations.issue(created, [Business.get_by_id(business.id)]))
    text = PdfReader(io.BytesIO(letters.letters_pdf(db, created, pairs))).pages[0].extract_text()
    assert '<img src="file:///etc/passwd">' in " ".join(text.split())


def test_only_packaged_files_are_fetched(db):
    from weasyprint.urls import FatalURLFetchingError

    fetcher = letters.packaged_files_only(db.reports)
    for address in ("https://example.com/a.css", "file:///etc/passwd", f"{db.reports.as_uri()}/../setup.cfg"):
        with pytest.raises(FatalURLFetchingError):
            fetcher.fetch(address)


def test_codes_are_never_written_into_the_instance(db, tmp_path):
    with pytest.raises(Refused, match="never written into the instance"):
        letters.safe_target(db, db.instance / "letters.pdf")
    (tmp_path / "link").symlink_to(db.instance)
    with pytest.raises(Refused, match="never written into the instance"):
        letters.safe_target(db, tmp_path / "link" / "letters.pdf")


def test_an_existing_file_is_not_overwritten(db, tmp_path):
    (tmp_path / "letters.pdf").write_text("old")
    with pytest.raises(Refused, match="exists already"):
        letters.safe_target(db, tmp_path / "letters.pdf")


def test_the_file_of_letters_is_its_owners_alone(db, tmp_path):
    created = tiny_round(db)
    pairs = invitations.issue(created, frame.businesses_of(created)[:60])
    path = tmp_path / "letters.pdf"
    assert letters.write_letters(db, created, pairs, path) == 60
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(PdfReader(path).pages) == 60
