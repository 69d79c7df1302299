"""What the count leaves out, one below, at and one above each threshold: nobody finds more in the whole database.

Segments, halves and second figures: test_analysis.py. What of it may be published: tests/results/test_thresholds.py.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from survey_app.ballot import count
from survey_app.ballot.analysis import ranked_from
from survey_app.ballot.outcome import Outcome
from survey_app.models import Comment, Count
from survey_app.questionnaire.answers import Missing
from survey_app.scoring.ranks import RANKED_FROM
from tests.ballot.test_count import rated_by, with_fallback

ITEMS = ("sp1", "sp2", "ca1", "ca2")


def counted(open_round):
    round_ = open_round.close()
    count.count_box(round_, open_round.shares[:2])
    return Outcome.from_canonical(bytes(Count.get_by_id(round_.id).outcome))


def send(open_round, number, **more):
    """So many businesses on A, each of its own place."""
    for place, token in enumerate(open_round.invite(number)):
        given = {f"{item}@A": (str(2 + place % 3),) for item in ITEMS}
        open_round.submit(token, {"units_dealt_with": ("A",)} | given | more, label=len(open_round.tokens) * 50 + place)


@pytest.mark.parametrize(("sheets", "kept"), [(9, False), (10, True), (11, True)])
def test_a_unit_needs_ten_sheets(open_round, sheets, kept):
    send(open_round, sheets)
    outcome = counted(open_round)
    group = outcome.estimates.groups[0]
    assert (group.theta[group.units.index("A")][0] is not None) == kept
    assert ("A" in outcome.ratings) == kept


@pytest.mark.parametrize(("answers", "kept"), [(14, False), (15, True), (16, True)])
def test_a_question_needs_fifteen_answers(open_round, answers, kept):
    send(open_round, answers)
    send(open_round, 20, **{"sp1@A": Missing.DONT_KNOW})
    assert bool(counted(open_round).tallies["A"]["sp1"]) == kept


@pytest.mark.parametrize(("sheets", "enters"), [(14, True), (15, False), (16, False)])
def test_where_distributions_are_shown_a_question_that_twelve_answered_enters_no_score(open_round, sheets, enters):
    """Else it would follow from its sub-index and the questions beside it."""
    send(open_round, 12)
    send(open_round, sheets - 12, **{"sp1@A": Missing.DONT_KNOW})
    group = counted(open_round).estimates.groups[0]
    items = [item for sub in group.sub_indices for item in sub.items]
    assert (group.theta[group.units.index("A")][items.index("sp1")] is not None) == enters


@pytest.mark.parametrize(("answers", "kept"), [(14, False), (15, True), (16, True)])
def test_the_fear_question_needs_fifteen_answers(open_round, answers, kept):
    send(open_round, answers, **{"fear@A": ("5",)})
    send(open_round, 20)
    assert ("A" in counted(open_round).fear) == kept


@pytest.mark.parametrize(("answers", "kept"), [(14, False), (15, True), (16, True)])
def test_a_number_needs_fifteen_answers(open_round, answers, kept):
    send(open_round, answers, **{"hours@A": ("3",)})
    send(open_round, 20)
    assert ("A" in counted(open_round).numbers) == kept


@pytest.mark.parametrize(("importers", "kept"), [(9, False), (10, True), (11, True)])
def test_a_cell_of_the_profile_needs_ten_businesses(open_round, importers, kept):
    send(open_round, importers, size=("large",))
    send(open_round, 30, size=("small",))
    assert ("large" in counted(open_round).tallies[""].get("size", {})) == kept


@pytest.mark.parametrize(("rest", "kept"), [(0, True), (1, False), (9, False), (10, True), (11, True)])
def test_where_several_answers_may_be_given_the_rest_is_nobody_or_ten(open_round, rest, kept):
    send(open_round, 20, trades=("import", "export"))
    send(open_round, rest, trades=("export",))
    assert ("import" in counted(open_round).tallies[""].get("trades", {})) == kept


@pytest.mark.parametrize(
    ("sheets", "comments", "kept"),
    [(14, 5, False), (15, 5, True), (16, 5, True), (20, 4, False), (20, 5, True), (20, 6, True)],
)
def test_comments_need_fifteen_sheets_and_five_comments(open_round, sheets, comments, kept):
    send(open_round, comments, **{"better@A": ("Nhanh hơn",)})
    send(open_round, sheets - comments)
    counted(open_round)
    assert (Comment.select().where(Comment.unit == "A").count() == comments) == kept
    assert Comment.select().count() in (0, comments)


@pytest.mark.parametrize(("sheets", "alone"), [(9, False), (10, True), (11, True)])
def test_a_unit_below_ten_sheets_is_shown_in_its_group_only(open_round, sheets, alone):
    with_fallback(open_round.round, "BC", "A", "B", "C")
    rated_by(open_round, A=sheets, B=6, C=7)
    outcome = counted(open_round)
    assert ("A" not in outcome.merged) == alone
    assert ("A" in outcome.tallies) == alone


@pytest.mark.parametrize(("together", "joined"), [(9, False), (10, True), (11, True)])
def test_small_units_are_joined_where_they_reach_ten_and_never_stand_beside_their_group(open_round, together, joined):
    with_fallback(open_round.round, "BC", "B", "C")
    rated_by(open_round, A=15, B=4, C=together - 4)
    outcome = counted(open_round)
    assert outcome.merged == ({"B": "BC", "C": "BC"} if joined else {})
    assert ("BC" in outcome.tallies) == joined
    assert not {"B", "C"} & outcome.ratings.keys()


def test_teams_and_the_groups_that_hold_them_take_a_rank_from_thirty_sheets():
    parents = {"A": None, "A1": "A", "A2": "A", "B": "CUC"}
    register = {code: SimpleNamespace(parent=parent) for code, parent in parents.items()}
    ground = SimpleNamespace(register=register, reported=lambda code: {"A2": "G"}.get(code, code))
    assert ranked_from(ground) == {"A1": RANKED_FROM, "G": RANKED_FROM}
