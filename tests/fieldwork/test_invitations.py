"""Codes: one a business, never two answers, and nothing of a code in the database but its digest."""

from __future__ import annotations

import hashlib

import pytest

from survey_app.errors import WrongState
from survey_app.fieldwork import frame, invitations, rounds
from survey_app.fieldwork.opening import open_round
from survey_app.models import Invitation
from tests.office import ready_round, tiny_round


def test_every_business_gets_one_code_and_only_its_digest_is_kept(db):
    created = tiny_round(db)
    pairs = list(invitations.issue(created, invitations.uninvited(created)))
    assert len(pairs) == 160
    assert invitations.uninvited(created) == []
    kept = {bytes(row.digest) for row in Invitation.select()}
    assert kept == {hashlib.sha256(token.value).digest() for _, token in pairs}


def test_a_reprint_revokes_the_old_code(db):
    created = tiny_round(db)
    business = frame.businesses_of(created)[0]
    ((_, old),) = invitations.issue(created, [business])
    ((_, new),) = invitations.issue(created, [business])
    state = {bytes(row.digest): row.revoked for row in Invitation.select()}
    assert state == {old.digest: True, new.digest: False}


def test_a_reprint_for_a_business_that_answered_is_spent_too(db):
    created = tiny_round(db)
    business = frame.businesses_of(created)[0]
    list(invitations.issue(created, [business]))
    Invitation.update(used=True).execute()
    ((_, new),) = invitations.issue(created, [business])
    marks = {bytes(row.digest): row.used for row in Invitation.select()}
    assert marks[new.digest]
    assert sum(marks.values()) == 1  # the number of marks still equals the number of envelopes


def test_a_closed_round_makes_no_codes(db):
    closed = rounds.close_round(open_round(ready_round(db)[0]))
    with pytest.raises(WrongState):
        invitations.issue(closed, frame.businesses_of(closed))


def test_codes_are_written_before_they_are_handed_out(db):
    created = tiny_round(db)
    stream = invitations.issue(created, frame.businesses_of(created))
    _, first = next(stream)
    assert Invitation.select().where(Invitation.digest == first.digest).exists()


def test_codes_whose_letters_cannot_be_written_are_taken_back(db):
    created = tiny_round(db)

    def fail():
        with invitations.issuing(created, invitations.uninvited(created)) as pairs:
            next(pairs)
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert Invitation.select().count() == 0
    assert len(invitations.uninvited(created)) == 160
