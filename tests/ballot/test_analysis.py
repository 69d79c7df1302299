"""What the count works out beside the estimates: recomputed in plain loops, and nothing of a few."""

from __future__ import annotations

import random
import statistics

import pytest

from survey_app.ballot import count
from survey_app.ballot.outcome import Outcome
from survey_app.models import Count
from survey_app.questionnaire.answers import Missing

ITEMS = ("sp1", "sp2", "ca1", "ca2")


def analysed(open_round):
    round_ = open_round.close()
    count.count_box(round_, open_round.shares[:2])
    return Outcome.from_canonical(bytes(Count.get_by_id(round_.id).outcome))


def send(open_round, *, units=("A",), size="small", codes=None, label=None, **changes):
    """One business: the same answers about each of its units, or `codes[unit]`."""
    (token,) = open_round.invite(1)
    given = {"units_dealt_with": units} | ({"size": (size,)} if size else {})
    for unit in units:
        answers = (codes or {}).get(unit, "3443")
        given |= {f"{item}@{unit}": (code,) for item, code in zip(ITEMS, answers, strict=True)}
    open_round.submit(token, given, label=len(open_round.tokens) * 7 if label is None else label, **changes)


def mean(answers: str) -> float:
    """Of one sheet, on 0–100: two sub-indices of two questions each weigh alike."""
    return statistics.mean(25 * (int(code) - 1) for code in answers)


def test_segments_are_means_over_businesses_each_once(open_round):
    draw = random.Random(4)
    small, large = [], []
    for place in range(40):
        codes = {unit: "".join(draw.choice("12345") for _ in ITEMS) for unit in "AB"}
        send(open_round, units=("A", "B"), size="small" if place < 24 else "large", codes=codes)
        (small if place < 24 else large).append(statistics.mean(map(mean, codes.values())))
    outcome = analysed(open_round)
    flagged = outcome.flagged["any"]
    assert flagged == 0
    cells = outcome.analysis.segments["size"]
    assert {code: (cell.n, cell.score) for code, cell in cells.items()} == {
        "small": (20, round(statistics.mean(small))),
        "large": (20, round(statistics.mean(large))),
    }


@pytest.mark.parametrize(("large", "silent", "told"), [
    (9, 0, set()), (10, 0, {"small", "large"}), (11, 0, {"small", "large"}),
    (0, 0, {"small"}), (15, 9, {"small"}), (15, 10, {"small", "large"}),
])  # fmt: skip
def test_no_cell_and_no_rest_holds_a_few(open_round, large, silent, told):
    """Hidden are cells below ten, and the smallest beside them, until the hidden ones are ten together."""
    for place in range(30 + large + silent):
        send(open_round, size="small" if place < 30 else "large" if place < 30 + large else None)
    assert set(analysed(open_round).analysis.segments.get("size", {})) == told


@pytest.mark.parametrize(("inside", "outside", "silent", "told"), [
    (30, 9, 0, False), (30, 10, 0, True), (30, 11, 0, True), (9, 30, 0, False), (30, 30, 9, False), (30, 30, 10, True),
])  # fmt: skip
def test_a_unit_is_divided_only_where_each_half_and_the_rest_are_ten(open_round, inside, outside, silent, told):
    draw, sent = random.Random(5), {"small": [], "large": [], None: []}
    for place in range(inside + outside + silent):
        size = "small" if place < inside else "large" if place < inside + outside else None
        codes = "".join(draw.choice("2345") for _ in ITEMS)
        send(open_round, size=size, codes={"A": codes})
        sent[size].append(mean(codes))
    found = analysed(open_round).analysis.halves
    assert (found.keys() == {"A"}) == told
    if told:
        expected = [round(statistics.mean(sent[size]), 0 if len(sent[size]) < 30 else 1) for size in ("small", "large")]
        halves = found["A"]["size"]
        assert [halves.inside, halves.outside] == pytest.approx(expected, abs=0.051)


@pytest.mark.parametrize(("flagged", "told"), [(0, True), (3, False), (9, False), (10, True), (11, True)])
def test_all_sheets_are_told_where_they_differ_by_nobody_or_ten(open_round, flagged, told):
    kept = []
    for place in range(20):
        codes = "2345"[place % 4 :] + "2345"[: place % 4]
        kept.append(mean(codes))
        send(open_round, codes={"A": codes})
    for _ in range(flagged):
        kept.append(100.0)
        send(open_round, codes={"A": "5555"}, label=777)
    found = analysed(open_round).analysis.variants["all_sheets"]
    score = found["A"].score if "A" in found else None
    assert (score is not None) == told
    if told:
        assert score == pytest.approx(statistics.mean(kept), abs=0.11)


def test_within_businesses_only_those_of_several_units_count(open_round):
    """A and B differ by one step in the eyes of all who know both; those who know one only say the opposite."""
    for place in range(15):
        send(open_round, units=("A", "B"), codes={"A": "4545", "B": "3434" if place % 2 else "3443"})
        send(open_round, units=("A",), codes={"A": "1212"})
        send(open_round, units=("B",), codes={"B": "5454"})
    found = analysed(open_round).analysis.variants["within_business"]
    assert found["A"].score - found["B"].score == pytest.approx(25.0, abs=0.11)


def test_a_group_of_a_hundred_sheets_has_reliability_and_drivers_and_a_smaller_one_has_not(open_round):
    draw = random.Random(6)
    rows = []
    for _ in range(100):
        mood = draw.choice((0, 0, 1, 2))
        codes = "".join(str(min(5, max(1, draw.choice((2, 3, 4)) + mood - 1))) for _ in ITEMS)
        rows.append([int(code) for code in codes])
        send(open_round, codes={"A": codes})
    outcome = analysed(open_round)
    counted = sum(outcome.tallies["A"]["sp1"].values())
    found = outcome.analysis.reliability
    if counted < 100:
        pytest.fail(f"{100 - counted} sheets were flagged: the test needs honest ones")
    assert set(found) == {"chi_cuc"}
    group = found["chi_cuc"]
    one, other = zip(*[(row[0], row[2]) for row in rows], strict=True)
    a, b = group.items.index("sp1"), group.items.index("ca1")
    assert group.correlations[a][b] == pytest.approx(statistics.correlation(one, other), abs=0.0051)
    speed = [(row[0], row[1]) for row in rows]
    total = statistics.variance([sum(pair) for pair in speed])
    parts = statistics.variance([p[0] for p in speed]) + statistics.variance([p[1] for p in speed])
    assert group.alpha["speed"].value == pytest.approx(2 * (1 - parts / total), abs=0.00051)
    assert group.drivers["speed"].correlation > group.correlations[a][b] - 0.05
    assert sum(driver.weight for driver in group.drivers.values()) <= 1


def test_ninety_nine_sheets_have_no_correlation(open_round):
    for place in range(99):
        send(open_round, codes={"A": "2345"[place % 4 :] + "2345"[: place % 4]})
    assert analysed(open_round).analysis.reliability == {}


def test_three_units_have_no_self_test(open_round):
    for place in range(30):
        for unit in "ABC":
            send(open_round, units=(unit,), codes={unit: "2345"[place % 4 :] + "2345"[: place % 4]})
    assert analysed(open_round).analysis.self_test == {}


def test_unanswered_questions_and_escapes_are_no_segment(open_round):
    for place in range(24):
        send(open_round, size="small" if place < 12 else None)
    (token,) = open_round.invite(1)
    open_round.submit(token, {"units_dealt_with": ("A",), "size": Missing.DECLINED, "sp1@A": ("3",), "sp2@A": ("3",),
                              "ca1@A": ("3",), "ca2@A": ("2",)}, label=5)  # fmt: skip
    assert set(analysed(open_round).analysis.segments["size"]) <= {"small"}
