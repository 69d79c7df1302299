"""Nothing hidden follows from all that is published; a second release may not complete the first."""

from __future__ import annotations

import pytest

from survey_app import jobs
from survey_app.errors import Refused
from survey_app.fieldwork import rounds
from survey_app.models import Document, Round, StoredResult
from survey_app.results import disclosure, inference, releases
from survey_app.results.releases import Publication
from tests.results.test_freeze import counted_round


def finer(counts, middle=None):
    """Categories joined by a rule that another version of the code might have: neighbours in pairs."""
    parts = [(first, min(first + 1, len(counts) - 1)) for first in range(0, len(counts), 2)]
    return parts if all(sum(counts[a : b + 1]) >= 3 for a, b in parts) else [(0, len(counts) - 1)]


def test_the_example_publishes_nothing_from_which_a_hidden_number_follows(reading, alone):
    whole = Publication([reading])
    assert len(whole.sums) > 1000
    assert len(whole.hidden) > 500
    assert whole.exposed() == []


def test_a_part_that_is_too_small_would_be_noticed(reading, monkeypatch):
    monkeypatch.setattr(disclosure, "LEAST_CATEGORY", 2)
    assert Publication([reading]).exposed(), "joined answers of two people cannot be hidden"


def test_two_releases_that_join_otherwise_show_together_what_each_hides(reading, monkeypatch):
    first = Publication([reading])
    monkeypatch.setattr(disclosure, "merged", finer)
    second = Publication([reading])
    assert first.exposed() == []
    both = Publication([])
    both.sums, both.hidden = first.sums | second.sums, first.hidden | second.hidden
    assert both.exposed()


def test_a_round_from_which_something_follows_is_not_published(db, monkeypatch):
    counted = counted_round(db)
    jobs.wipe(db, counted, lambda done, total: None)
    monkeypatch.setattr(disclosure, "merged", lambda counts, middle=None: [(0, 1), (2, len(counts) - 1)])
    monkeypatch.setattr(inference, "guard", lambda reading: inference.Guard(frozenset(), frozenset()))
    with pytest.raises(Refused, match="hidden numbers could be worked out"):
        jobs.publish(db, rounds.round_by_id(counted.id), lambda done, total: None)
    assert Round.get_by_id(counted.id).state == "wiped"
    assert Document.select().count() == StoredResult.select().count() == 0, "what is refused is not kept either"


def test_every_result_that_was_frozen_stays_in_the_register(db):
    counted = counted_round(db)
    jobs.wipe(db, counted, lambda done, total: None)
    jobs.publish(db, rounds.round_by_id(counted.id), lambda done, total: None)
    StoredResult.update(current=False).execute()
    assert len(releases.register(counted)) == 1
