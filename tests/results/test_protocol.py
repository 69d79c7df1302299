"""The minutes as a page to sign: they say what the count found, and what was odd."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from survey_app.ballot import minutes
from survey_app.ballot.minutes import Remark
from survey_app.errors import WrongState
from survey_app.i18n import say
from survey_app.results import protocol
from tests.office import tiny_round
from tests.results.test_freeze import counted_round


def text_of(content):
    pages = PdfReader(io.BytesIO(content)).pages
    return len(pages), " ".join(" ".join(page.extract_text().split()) for page in pages)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_minutes_are_one_page_with_everybody_who_was_there(db, language):
    counted = counted_round(db)
    pages, text = text_of(protocol.pdf(db, counted, language))
    written = minutes.read(counted.id)
    assert pages == 1
    assert say(language, "Codes used, envelopes, sheets and receipts agree: every sheet was counted once.") in text
    assert "; ".join(counted.custodians[:2]) in text
    for word in (*counted.custodians, written.outcome, written.public_key, written.code, "60"):
        assert str(word) in text
    assert say(language, "not yet") in text


def test_an_anomaly_is_said_before_everything_else(db):
    counted = counted_round(db)
    odd = Remark("Answers that fit no question or unit of the round, left out: {count}.", {"count": 3})
    minutes.amend(counted.id, anomalies=(odd,), wiped_on=minutes.today())
    _, text = text_of(protocol.pdf(db, counted, "en"))
    assert "left out: 3." in text
    assert text.index("left out: 3.") < text.index("Who opened the box")
    assert "every sheet was counted once" not in text
    assert "not yet" not in text


def test_before_the_count_there_are_none(db):
    with pytest.raises(WrongState, match="there are no minutes"):
        protocol.pdf(db, tiny_round(db), "vi")
