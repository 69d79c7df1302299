"""Heads of units: who was in office on every day of a round, and lines that cannot be."""

from __future__ import annotations

import datetime

import pytest

from survey_app.errors import NotFound, Refused
from survey_app.fieldwork import heads
from survey_app.models import Head
from tests.office import tiny_round

DAY = datetime.date(2026, 6, 1)


def after(days):
    return DAY + datetime.timedelta(days=days)


@pytest.fixture
def register(db):
    return tiny_round(db)


@pytest.mark.parametrize(("since", "until", "found"), [
    (0, None, heads.InOffice("Lan")), (-9, 30, heads.InOffice("Lan")), (0, 30, heads.InOffice("Lan")),
    (1, None, heads.InOffice("", changed=True)), (0, 29, heads.InOffice("", changed=True)),
    (31, None, None), (-9, -1, None),
])  # fmt: skip
def test_only_who_was_in_office_on_every_day_is_the_head_of_a_round(register, since, until, found):
    heads.enter("A", "Lan", after(since), None if until is None else after(until))
    assert heads.in_office(["A", "B"], DAY, after(30)).get("A") == found


def test_two_heads_one_after_the_other_make_a_change(register):
    heads.enter("A", "Lan", after(-400), after(10))
    heads.enter("A", "Minh", after(11), None)
    assert heads.in_office(["A"], DAY, after(30)) == {"A": heads.InOffice("", changed=True)}
    assert heads.in_office(["A"], after(11), after(30)) == {"A": heads.InOffice("Minh")}
    assert [line.name for line in heads.heads_of(["A", "B"])] == ["Lan", "Minh"]


@pytest.mark.parametrize(("unit", "name", "since", "until", "words"), [
    ("Z", "Minh", 0, None, "no unit Z"), ("A", "   ", 0, None, "name of the head"), ("A", "x" * 121, 0, None, "120"),
    ("A", "Minh", 5, 4, "exchange the two"), ("A", "Minh", 10, None, "Lan is entered"),
    ("A", "Minh", -9, 0, "Lan is entered"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line_and_nothing_is_kept(register, unit, name, since, until, words):
    heads.enter("A", "Lan", DAY, after(10))
    with pytest.raises(Refused, match=words) as refusal:
        heads.enter(unit, name, after(since), None if until is None else after(until))
    assert "\n" not in str(refusal.value)
    assert Head.select().count() == 1


def test_a_line_is_removed_once(register):
    line = heads.enter("A", "  Lan   Anh ", DAY, None)
    assert line.name == "Lan Anh"
    heads.remove(line.id)
    with pytest.raises(NotFound):
        heads.remove(line.id)
