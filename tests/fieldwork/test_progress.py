"""Progress: numbers of a day, in tens, never of a small group nor of one that others give away."""

from __future__ import annotations

import datetime
import itertools
import random

import time_machine

from survey_app.ballot import minutes, wipe
from survey_app.fieldwork import frame, invitations, progress, rounds
from survey_app.fieldwork.opening import open_round
from survey_app.fieldwork.progress import SMALLEST_GROUP, count_marks, progress_of, shown_groups, take_daily
from survey_app.models import COUNTED, PROGRESS, Count, Invitation, Job, Round
from tests.office import ready_round

TODAY = datetime.date(2026, 9, 1)


def answer(issued, tax_codes):
    for code, token in issued:
        if code in tax_codes:
            Invitation.update(used=True).where(Invitation.digest == token.digest).execute()


def test_the_worker_counts_once_a_day_in_whole_tens(db):
    created, _, issued = ready_round(db)
    opened = open_round(created)
    assert progress_of(opened).everyone.answered == 0
    answer(issued, {code for code, _ in issued[:37]})
    take_daily()
    assert progress_of(opened).everyone.answered == 0
    with time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)):
        take_daily()
    tomorrow = progress_of(opened)
    assert (tomorrow.everyone.answered, tomorrow.everyone.most) == (30, 39)
    assert {group.unit: group.answered for group in tomorrow.groups} == {"A": 30, "B": 0, "C": 0}
    assert Job.select().where(Job.kind == PROGRESS).count() == 1


def test_closing_takes_the_last_number_and_the_wipe_deletes_it(db, monkeypatch):
    created, _, issued = ready_round(db)
    opened = open_round(created)
    answer(issued, {code for code, _ in issued[:52]})
    closed = rounds.close_round(opened)
    assert progress_of(closed).everyone.answered == 50
    Round.update(state=COUNTED).where(Round.id == closed.id).execute()
    Count.create(round=closed.id, outcome=b"{}", minutes={})
    monkeypatch.setattr(minutes, "amend", lambda *given, **changes: None)
    wipe.empty_box(closed.id)
    assert progress_of(closed) is None


def test_a_group_below_twenty_shows_no_number():
    assert shown_groups({"A": frozenset(range(100)), "B": frozenset(range(50, 69))}) == {"A"}


def test_a_small_rest_of_the_whole_hides_a_group_too():
    apart = {
        "": frozenset(range(140)),
        "A": frozenset(range(100)),
        "B": frozenset(range(100, 130)),
        "C": frozenset(range(130, 140)),
    }
    # with A and B shown, the total would give away the ten of C
    assert shown_groups(apart) == {"", "A"}


def test_no_small_group_remains_when_parts_are_taken_from_a_whole():
    """Nested groups at random, as branches and their teams are: every subset of disjoint parts is subtracted."""
    chance = random.Random(7)
    for _ in range(200):
        groups = {"": frozenset(range(chance.randint(40, 150)))}
        for branch in range(3):
            inside = frozenset(chance.sample(sorted(groups[""]), chance.randint(10, len(groups[""]) - 5)))
            groups[f"{branch}"] = inside
            for team in range(chance.randint(0, 3)):
                groups[f"{branch}.{team}"] = frozenset(chance.sample(sorted(inside), chance.randint(5, len(inside))))
        shown = {name: groups[name] for name in shown_groups(groups)}
        for whole in shown.values():
            parts = [part for part in shown.values() if part < whole]
            for count in (1, len(parts)):
                for chosen in itertools.combinations(parts, count):
                    rest = whole - frozenset().union(*chosen)
                    assert not 0 < len(rest) < SMALLEST_GROUP


def test_a_number_moves_only_with_ten_more_answers(db):
    created, _, issued = ready_round(db)
    opened = open_round(created)
    seen = []
    for number in range(25):
        answer(issued, {issued[number][0]})
        seen.append(count_marks(opened, TODAY).everyone.answered)
    assert seen == [0] * 9 + [10] * 10 + [20] * 6


def test_a_revoked_code_does_not_count_a_business_twice(db):
    created, _, _ = ready_round(db)
    list(invitations.issue(created, frame.businesses_of(created)[:5]))
    assert progress.count_marks(created, TODAY).everyone.invited == 160
