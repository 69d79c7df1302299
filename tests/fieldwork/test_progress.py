"""Progress: numbers of a day, never of a small group, never more often than daily."""

from __future__ import annotations

import datetime

from survey_app.fieldwork.opening import open_round
from survey_app.fieldwork.progress import progress_of, shown_units
from survey_app.models import Invitation, Job
from tests.office import ready_round

TODAY = datetime.date(2026, 9, 1)


def answer(issued, tax_codes):
    for code, token in issued:
        if code in tax_codes:
            Invitation.update(used=True).where(Invitation.digest == token.digest).execute()


def test_numbers_are_counted_once_a_day(db):
    created, _, issued = ready_round(db)
    opened = open_round(created)
    assert progress_of(opened, TODAY).answered == 0
    answer(issued, {code for code, _ in issued[:30]})
    assert progress_of(opened, TODAY).answered == 0
    tomorrow = progress_of(opened, TODAY + datetime.timedelta(days=1))
    assert tomorrow.answered == 30
    assert {group.unit: group.answered for group in tomorrow.groups} == {"A": 30, "B": 0, "C": 0}
    assert Job.select().where(Job.kind == "progress").count() == 1


def test_a_group_below_twenty_shows_no_number():
    everyone = {"A": frozenset(range(100)), "B": frozenset(range(50, 69))}
    assert shown_units(everyone) == {"A"}


def test_a_small_rest_hides_the_next_smallest_group_too():
    apart = {"A": frozenset(range(100)), "B": frozenset(range(100, 130)), "C": frozenset(range(130, 140))}
    # with A and B shown, the total would give away the ten of C
    assert shown_units(apart) == {"A"}


def test_a_revoked_code_does_not_count_a_business_twice(db):
    from survey_app.fieldwork import frame, invitations

    created, _, _ = ready_round(db)
    list(invitations.issue(created, frame.businesses_of(created)[:5]))
    assert progress_of(created, TODAY).invited == 160
