"""What may be published, rule by rule, one below, at and one above each threshold: the table of the privacy rules.

What the count itself leaves out stands in tests/ballot/test_thresholds.py.
"""

from __future__ import annotations

import copy
import datetime
import secrets
from types import SimpleNamespace

import numpy as np
import pytest
from msgspec.structs import replace

from survey_app.ballot import minutes
from survey_app.diagnostics import InputProblems
from survey_app.errors import Refused, WrongState
from survey_app.fieldwork import opening, rounds
from survey_app.fieldwork.progress import shown_groups
from survey_app.models import Comment, Round
from survey_app.results import comments, disclosure, freeze, releases
from survey_app.results.result import UnitLine
from survey_app.scoring import reliability, variants
from survey_app.scoring.estimate import estimate
from survey_app.scoring.figures import Given
from survey_app.scoring.index import index
from survey_app.scoring.plan_load import load_plan
from survey_app.scoring.ranks import RANKED_FROM
from survey_app.scoring.subtraction import Sum, exposed, suppressed
from tests.office import tiny_round
from tests.scoring.conftest import TINY
from tests.scoring.rounds import UNITS, rows, sheets

FIVE = ("1", "2", "3", "4", "5")


@pytest.mark.parametrize(("n", "shown"), [(9, False), (10, True), (11, True)])
def test_a_score_needs_ten_sheets(n, shown):
    assert (disclosure.score(87.26, n, 10, 1).number is not None) == shown


@pytest.mark.parametrize(("n", "decimals"), [(29, 0), (30, 1), (31, 1)])
def test_a_score_of_fewer_than_thirty_is_a_whole_number(n, decimals):
    assert disclosure.score(87.26, n, 10, 1).decimals == decimals


@pytest.mark.parametrize(("n", "band"), [
    (9, None), (10, "10–14"), (11, "10–14"), (14, "10–14"), (15, "15–24"), (16, "15–24"),
    (24, "15–24"), (25, "25–49"), (26, "25–49"), (49, "25–49"), (50, "50+"), (51, "50+"),
])  # fmt: skip
def test_in_public_n_is_a_band(n, band):
    assert disclosure.public_n(n) == band


@pytest.mark.parametrize(("n", "shown"), [(14, False), (15, True), (16, True)])
def test_a_distribution_needs_fifteen_answers(n, shown):
    assert bool(disclosure.distribution(FIVE, (0, 0, 4, 4, n - 8), 15, 80.0).parts) == shown


@pytest.mark.parametrize(("few", "apart"), [(2, False), (3, True), (4, True)])
def test_a_category_needs_three_answers_else_it_joins_its_neighbour(few, apart):
    parts = disclosure.distribution(FIVE, (few, 9, 9, 9, 9), 15, 60.0).parts
    assert (parts[0].codes == ("1",)) == apart


@pytest.mark.parametrize(("few", "mean"), [(2, False), (3, True), (4, True)])
def test_where_a_distribution_cannot_be_shown_a_band_stands_for_the_mean(few, mean):
    found = disclosure.distribution(FIVE, (0, 0, 0, few, 40), 15, 98.0)
    assert bool(found.parts) == mean
    assert (found.band == "ceiling") != mean


@pytest.mark.parametrize(("low", "high", "hidden"), [(9, 40, True), (10, 40, False), (11, 40, False)])
def test_a_cell_of_a_breakdown_needs_ten_businesses(low, high, hidden):
    assert ("a" in suppressed({"a": low, "b": high, "c": 60}, 10)) == hidden


@pytest.mark.parametrize(("second", "third"), [(1, True), (2, False)])
def test_hidden_cells_are_two_and_ten_together(second, third):
    """9 + 2 are ten; 8 + 1 are not yet, so the next one is hidden too."""
    counts = {"a": 9 if not third else 8, "b": second if third else 1, "c": 15, "d": 60}
    assert ("c" in suppressed(counts, 10)) == third


@pytest.mark.parametrize(("room", "told"), [(2, True), (3, False), (4, False)])
def test_a_hidden_cell_may_take_values_three_apart(room, told):
    """Two hidden cells with a known sum can each be anything from 0 to that sum."""
    found = exposed([Sum(frozenset({"a", "b"}), room)], {"a", "b"})
    assert bool(found) == told


@pytest.mark.parametrize(("apart", "told"), [(0, True), (1, False), (9, False), (10, True), (11, True)])
def test_a_second_figure_differs_by_nobody_or_by_ten(apart, told):
    plan = load_plan(TINY)
    base = estimate(plan, [sheets(plan, rows(200))]).groups[0]
    found = variants.shifts(plan, base, base, [np.array([apart, 50, 50, 50, 50])], {})
    assert (found["A"].score is not None) == told


@pytest.mark.parametrize("where", ["unit", "whole"])
@pytest.mark.parametrize(("more", "may"), [(0, True), (1, False), (9, False), (10, False), (11, False)])
def test_two_releases_of_a_round_rest_on_the_same_sheets(reading, monkeypatch, where, more, may):
    """Stricter than nobody or ten: the sheets of a round are counted once."""
    monkeypatch.setattr(releases, "register", lambda round_: [reading])
    monkeypatch.setattr(releases.stored, "reading", lambda result, language: reading)
    round_, result = SimpleNamespace(id=reading.result.round), reading.result
    again = with_sheets(result, more) if where == "whole" else with_answers(result, more)
    if may:
        releases.refuse_exposed(round_, again)
    else:
        with pytest.raises(Refused, match="rests on other sheets"):
            releases.refuse_exposed(round_, again)


def with_sheets(result, more):
    part = result.participation
    return replace(result, participation=replace(part, sheets=part.sheets + more))


def with_answers(result, more):
    """So many more gave one answer to one question about one unit."""
    tallies = copy.deepcopy(result.tallies)
    tallies["CC-MCAI"][next(iter(tallies["CC-MCAI"]))]["5"] += more
    return replace(result, tallies=tallies)


@pytest.mark.parametrize(("least", "enough"), [
    ("min_score: 9", False), ("min_score: 10", True), ("min_score: 11", True),
    ("min_distribution: 14", False), ("min_distribution: 15", True), ("min_distribution: 16", True),
    ("min_comments: 14", False), ("min_comments: 15", True), ("min_comments: 16", True),
])  # fmt: skip
def test_a_plan_may_raise_the_least_numbers_and_not_lower_them(least, enough):
    text = TINY.replace("questionnaire: tiny\n", f"questionnaire: tiny\nprivacy: {{{least}}}\n")
    if enough:
        name, number = least.split(": ")
        assert getattr(load_plan(text).privacy, name) == int(number)
    else:
        with pytest.raises(InputProblems) as caught:
            load_plan(text)
        assert [problem.code for problem in caught.value.problems] == ["plan-privacy"]


@pytest.mark.parametrize(("invited", "shown"), [(19, False), (20, True), (21, True)])
def test_progress_is_shown_of_twenty_invited_and_of_the_rest_likewise(invited, shown):
    whole = frozenset(range(200))
    assert ("A" in shown_groups({"": whole, "A": frozenset(range(invited))})) == shown
    assert ("A" in shown_groups({"": whole, "A": frozenset(range(200 - invited))})) == shown


@pytest.mark.parametrize(("expected", "alone"), [(14, False), (15, True), (16, True)])
def test_before_opening_a_unit_needs_fifteen_expected_sheets(expected, alone):
    lines = {code: SimpleNamespace(fallback="G") for code in ("A", "B", "C")}
    invited = {"A": expected * 2, "B": 20, "C": 20}
    assert ("A" not in opening.merge(lines, invited, 0.5).merged) == alone


@pytest.mark.parametrize(("sheets_of_each", "ranked"), [(RANKED_FROM - 1, False), (RANKED_FROM, True), (31, True)])
def test_teams_are_ranked_from_thirty_sheets(sheets_of_each, ranked):
    plan = load_plan(TINY)
    group = estimate(plan, [sheets(plan, rows(200))]).groups[0]
    counts = dict(zip(UNITS, group.n_sheets, strict=True))
    least = {unit: n + RANKED_FROM - sheets_of_each for unit, n in counts.items()}
    found = index(plan, estimate(plan, [sheets(plan, rows(200))]), Given(least=least)).groups[0]
    assert bool(found.standings) == ranked
    assert RANKED_FROM == 30


def test_teams_are_the_units_below_a_rated_one_and_the_groups_that_hold_them():
    def line(code, parent=None, **more):
        return UnitLine(code, "kind", parent, {}, {}, **more)

    lines = (line("A"), line("A1", "A"), line("A2", "A", merged_into="G"), line("G", members=("A2",)), line("B", "CUC"))
    found = freeze.given(SimpleNamespace(id="tiny-2026"), load_plan(TINY), (), lines, None)
    assert found.least == dict.fromkeys(("A1", "A2", "G"), RANKED_FROM)


@pytest.mark.parametrize(("units", "ranked"), [(3, False), (4, True), (5, True)])
def test_a_group_of_four_is_ranked(units, ranked):
    plan = load_plan(TINY)
    given = [row for row in rows(200) if row.unit in UNITS[:units]]
    found = index(plan, estimate(plan, [sheets(plan, given)])).groups[0]
    assert (found.reason is None) == ranked


@pytest.mark.parametrize(("both", "known"), [(99, False), (100, True), (101, True)])
def test_a_correlation_needs_a_hundred_sheets(both, known):
    moments = reliability.Moments(2)
    moments.add(np.random.default_rng(1).normal(size=(both, 2)))
    assert bool(~np.isnan(moments.correlation()[0, 1])) == known


@pytest.mark.parametrize(("days", "may"), [(13, False), (14, True), (15, True)])
def test_comments_wait_fourteen_days(db, days, may):
    created = tiny_round(db)
    Round.update(state="wiped", counted_on=minutes.today() - datetime.timedelta(days=days)).execute()
    round_ = rounds.round_by_id(created.id)
    if may:
        comments.refuse_early(round_)
    else:
        with pytest.raises(WrongState):
            comments.refuse_early(round_)


@pytest.mark.parametrize(("number", "shown"), [(4, False), (5, True), (6, True)])
def test_five_released_comments_are_shown(db, number, shown):
    created = tiny_round(db)
    for _ in range(number):
        Comment.create(
            id=secrets.token_bytes(16),
            round=created.id,
            unit="A",
            question="q1",
            text="",
            released="Tốt",
            theme="other",
        )
    assert bool(comments.released(created, "A")) == shown
