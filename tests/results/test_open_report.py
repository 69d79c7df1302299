"""What the open channel said: on its page and in the minutes, covered by their hashes, and nowhere else."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from survey_app.ballot import envelopes, open_channel
from survey_app.ballot.count import count_box
from survey_app.ballot.envelopes import SealedContent
from survey_app.ballot.outcome import OpenChannel
from survey_app.ballot.tokens import new_open_token, new_receipt
from survey_app.errors import NotFound
from survey_app.fieldwork import rounds
from survey_app.fieldwork.opening import open_round
from survey_app.models import PUBLISHED, Count, Round
from survey_app.results import freeze, open_report, protocol, stored, verification
from tests.office import ready_round
from tests.results.test_freeze import counted_round, rate
from tests.web.test_officer import sign_in  # noqa: F401 - a fixture


def say(round_, unit, given):
    """Somebody without an invitation rates a unit."""
    answers = {"units_dealt_with": (unit,)} | {f"{item}@{unit}": (code,) for item, code in given.items()}
    content = SealedContent(answers, new_receipt(), 0, None, "vi")
    open_channel.submit(new_open_token(round_.id), content, round_, envelopes.new_key())


@pytest.fixture
def counted(db):
    """A counted and frozen round: 60 invited sheets, and 20 open ones that say much worse."""
    created, shares, issued = ready_round(db)
    opened = open_round(rounds.set_open_channel(created, True))
    for number, (_, token) in enumerate(issued[:60]):
        rate(opened, token, "A" if number < 40 else "B", ("4", "5"), label=number)
    for number in range(20):
        say(opened, "AB"[number % 2], {"q1": "4" if number < 5 else "2", **({"q2": "1"} if number < 14 else {})})
    closed = rounds.close_round(opened)
    count_box(closed, shares[:2])
    freeze.freeze(rounds.round_by_id(closed.id))
    return rounds.round_by_id(closed.id)


def test_the_page_says_how_many_and_the_share_of_favourable_answers(counted):
    page = open_report.page(stored.reading_of(counted.id, "en"))
    lines = [(line.answers, line.share) for section in page.sections for line in section.lines]
    assert page.sheets == "20"
    assert lines == [("20", "25 %"), ("–", "too few")]
    assert (page.unopened, page.repeated) == ("", "")


def test_few_answers_on_one_side_are_not_told_apart(counted):
    shares = [open_report.share(good, 20, "en") for good in (0, 2, 3, 17, 18, 20)]
    assert shares == ["hardly any", "hardly any", "15 %", "85 %", "nearly all", "nearly all"]


def test_nothing_of_it_is_in_the_result(counted):
    result = stored.current(counted.id)
    assert b"open_channel" not in result.canonical()
    assert result.participation.sheets == 60
    assert result.tallies["A"]["q1"] == {"4": 40}


def test_a_changed_number_of_it_is_found_by_verify(counted, db):
    assert all(check.holds for check in verification.verify(db, counted))
    row = Count.get_by_id(counted.id)
    changed = bytes(row.outcome).replace(b'"q1":{"2":15,"4":5}', b'"q1":{"2":14,"4":6}')
    assert changed != bytes(row.outcome)
    Count.update(outcome=changed).where(Count.round == counted.id).execute()
    assert "the count's numbers" in {check.what for check in verification.verify(db, counted) if not check.holds}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_minutes_name_the_number_on_the_same_page_and_stay_sound(counted, db, language):
    (page,) = PdfReader(io.BytesIO(protocol.pdf(db, counted, language))).pages
    words, number = protocol.page_for(counted, language).numbers[-1]
    assert protocol.page_for(counted, language).sound
    assert (words, number) == (protocol.say(language, "Open channel, apart from the index: sheets counted"), "20")
    assert "".join(f"{words}20".split()) in "".join(page.extract_text().split())


def test_what_was_left_out_of_the_open_channel_is_said_in_the_minutes(monkeypatch, counted):
    monkeypatch.setattr(open_report, "said", lambda round_id: OpenChannel(20, 2, 1, {}))
    assert [number for _, number in protocol.page_for(counted, "en").numbers[-2:]] == ["20", "3"]


def test_a_round_without_the_channel_says_nothing_of_it(db):
    counted = counted_round(db)
    freeze.freeze(counted)
    assert not [name for name, _ in protocol.page_for(counted, "en").numbers if "Open channel" in name]
    with pytest.raises(NotFound, match="no open channel"):
        open_report.page(stored.reading_of(counted.id, "vi"))


@pytest.mark.parametrize("role", ["director", "officer"])
def test_director_and_officer_read_it_once_the_round_is_published(app, counted, sign_in, role):  # noqa: F811
    browser = sign_in(role)
    there = f"/staff/director/{counted.id}"
    browser.get(f"{there}/open-channel", status=404)
    Round.update(state=PUBLISHED).where(Round.id == counted.id).execute()
    assert f'href="{there}/open-channel"' in browser.get(there).get_data(as_text=True)
    assert f'href="{there}/open-channel"' in browser.get(f"/staff/officer/{counted.id}").get_data(as_text=True)
    text = browser.get(f"{there}/open-channel").get_data(as_text=True)
    assert re.search(r'"figure">20<', text)
    assert "It is in no index, rank or scorecard." in text
    assert "25 %" in text
