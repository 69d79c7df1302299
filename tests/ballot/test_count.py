"""Closed → counted: what the count leaves, what it destroys, and that it may die anywhere."""

from __future__ import annotations

import hashlib
import os
import signal
import statistics
import subprocess
import sys
from collections import Counter

import pytest

from survey_app.ballot import count, envelopes, keys, minutes, opening
from survey_app.ballot.outcome import Outcome
from survey_app.ballot.tokens import new_receipt, receipt_hash
from survey_app.errors import KeysRefused, Refused, WrongState
from survey_app.models import (
    CLOSED,
    COUNTED,
    Comment,
    Count,
    Draft,
    Envelope,
    Invitation,
    ReceiptHash,
    Round,
    RoundUnit,
    Unit,
)
from survey_app.questionnaire.answers import Missing
from tests.ballot.conftest import start


def counted(open_round):
    round_ = open_round.close()
    count.count_box(round_, open_round.shares[:2])
    return Outcome.from_canonical(bytes(Count.get_by_id(round_.id).outcome))


def drop_another(round_, content):
    """An envelope from outside: somebody who can write in the database needs the public key only."""
    Envelope.insert(key=os.urandom(16), round=round_.id, sealed=envelopes.seal(content, round_)).execute()


def child(round_, settings, *more):
    return subprocess.Popen(
        [sys.executable, "-m", "survey_app.ballot.count", round_.id, *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"DATABASE_URL": settings.database_url, "SURVEY_INSTANCE": str(settings.instance)},
    )


def run_child(round_, settings, shares, *more):
    process = child(round_, settings, *more)
    out, err = process.communicate("".join(f"{share}\n" for share in shares), timeout=120)
    return process.returncode, out, err


def test_what_was_answered_is_what_was_counted(open_round):
    receipts = open_round.answered(60)
    round_ = open_round.close()
    seen = []
    count.count_box(round_, open_round.shares[:2], lambda done, total: seen.append((done, total)))
    outcome = Outcome.from_canonical(bytes(Count.get_by_id(round_.id).outcome))
    assert (outcome.used, outcome.envelopes, outcome.sheets) == (60, 60, 60)
    assert (seen[0], seen[-1]) == ((0, 60), (60, 60))
    assert outcome.tallies[""]["size"] == {"small": 60}
    assert outcome.tallies[""]["trades"] == {"import": 60, "export": 60}
    assert outcome.tallies[""]["wish"] == {"answered": 60}
    assert outcome.tallies["A"]["better"].keys() <= {"answered", "left_blank"}
    assert outcome.attention_missed == 6
    assert sum(outcome.ratings[unit] for unit in "ABC") == 120
    assert {row.hash for row in ReceiptHash.select()} == {receipt_hash(receipt) for receipt in receipts}
    assert Round.get_by_id(round_.id).state == COUNTED
    made = minutes.read(round_.id)
    assert made.is_sound
    assert (made.used, made.envelopes, made.sheets, made.receipts, made.invited) == (60, 60, 60, 60, 60)
    assert made.key_holders == (1, 2)
    assert made.replaced == 0
    assert made.outcome == hashlib.sha256(outcome.canonical()).hexdigest()


def test_tallies_and_means_agree_with_a_count_by_hand(open_round):
    given = [("5", "A"), ("4", "A"), ("4", "A"), ("2", "B"), ("1", "B")] * 8
    for place, (token, (code, unit)) in enumerate(zip(open_round.invite(40), given, strict=True)):
        open_round.submit(
            token,
            {"units_dealt_with": (unit,)} | {f"{item}@{unit}": (code,) for item in ("sp1", "sp2", "ca1", "ca2")},
            label=place,
        )
    outcome = counted(open_round)
    assert outcome.tallies["A"]["sp1"] == {"5": 8, "4": 16}
    assert outcome.tallies["B"]["ca2"] == {"2": 8, "1": 8}
    group = next(group for group in outcome.estimates.groups if "A" in group.units)
    theta = dict(zip(group.units, group.theta, strict=True))
    for unit in "AB":
        mean = statistics.mean(25 * (int(code) - 1) for code, where in given if where == unit)
        assert theta[unit][0] == pytest.approx(mean, abs=0.05)


def test_missing_codes_are_counted_apart_and_not_shown_is_not_asked(open_round):
    codes = [Missing.DONT_KNOW, Missing.NOT_APPLICABLE, Missing.DECLINED, Missing.LEFT_BLANK, Missing.NOT_SHOWN]
    for place, (token, code) in enumerate(zip(open_round.invite(20), [*codes, *[("3",)] * 15], strict=True)):
        open_round.submit(token, {"units_dealt_with": ("A",), "sp1@A": code, "sp2@A": ("3",)}, label=place)
    tally = counted(open_round).tallies["A"]["sp1"]
    assert tally == {code.value: 1 for code in codes} | {"3": 15}


def test_of_several_answers_each_cell_and_its_rest_are_nobody_or_ten(open_round):
    """Without the rest, the sheets minus the importers would be the five who do not import."""
    for place, token in enumerate(open_round.invite(40)):
        trades = ("import",) if place < 25 else ("import", "export") if place < 35 else ("export",)
        given = {"units_dealt_with": ("A",), "trades": trades, "sp1@A": ("3",)}
        open_round.submit(token, given, label=place)
    assert counted(open_round).tallies[""]["trades"] == {"export": 15}


def test_the_minutes_say_how_many_codes_a_reprint_replaced(open_round):
    open_round.answered(12)
    Invitation.update(revoked=True).where(Invitation.digest == open_round.invite(1)[0].digest).execute()
    counted(open_round)
    assert minutes.read(open_round.round.id).replaced == 1


def test_fear_is_the_upper_half_of_the_scale(open_round):
    for place, (token, code) in enumerate(zip(open_round.invite(18), "123455" * 3, strict=True)):
        open_round.submit(token, {"units_dealt_with": ("A",), "fear@A": (code,), "sp1@A": ("3",)}, label=place)
    assert counted(open_round).fear == {"A": (9, 18)}


def test_merged_teams_are_counted_under_their_group_only(open_round):
    both = {"units_dealt_with": ("A",), "sp1@A": ("3",), "sp1@A1": ("5",), "sp1@A2": ("1",)}
    one = {"units_dealt_with": ("A",), "sp1@A": ("3",), "sp1@A1": ("4",)}
    for place, token in enumerate(open_round.invite(20)):
        open_round.submit(token, one if place % 2 else both, label=place)
    outcome = counted(open_round)
    assert outcome.tallies["AG"]["sp1"] == {"1": 10, "4": 10, "5": 10}
    assert outcome.ratings == {"A": 20, "AG": 20}
    assert not {"A1", "A2"} & outcome.tallies.keys()
    assert [group.units for group in outcome.estimates.groups] == [("A", "B", "C"), ("AG",)]


def test_tallies_rest_on_the_sheets_of_the_estimates_everywhere(open_round):
    """Else tallies minus estimates would show the few flagged or half-empty sheets."""
    open_round.answered(60)
    for token in open_round.invite(10):
        rate(open_round, token, "C", "5", label=77777)
    for place, token in enumerate(open_round.invite(4)):
        empty = {f"{item}@B": Missing.DONT_KNOW for item in ("sp1", "sp2", "ca1")}
        given = {"units_dealt_with": ("B",), "size": ("large",), "fear@B": ("5",), "ca2@B": ("2",)}
        open_round.submit(token, given | empty, label=1000 + place)
    outcome = counted(open_round)
    missing = {code.value for code in Missing}
    asked = {}
    for group in outcome.estimates.groups:
        items = [item for sub in group.sub_indices for item in sub.items]
        for unit, numbers, businesses in zip(group.units, group.n, group.businesses, strict=True):
            tallies = outcome.tallies[unit]
            answered = {item: sum(n for code, n in tallies[item].items() if code not in missing) for item in items}
            known = {item: n for item, n in answered.items() if n}
            assert known == {item: n for item, n in zip(items, numbers, strict=True) if n}, unit
            assert min(known.values()) >= 15, unit
            assert outcome.ratings[unit] == businesses
            assert outcome.fear[unit][1] <= businesses
            asked[unit] = sum(tallies["sp1"].values())
    assert outcome.tallies["A"].keys() >= {"sp1", "sp2", "hours", "ca1", "ca2"}
    assert outcome.flagged["any"] == outcome.flagged["burst"] == 10
    assert abs(outcome.ratings_opened - (sum(asked.values()) + 10 + 4)) <= 5
    assert outcome.ratings_opened % 10 == 0
    assert outcome.tallies[""]["size"] == {}, "the four large ones would follow from the small ones and the sheets"


def with_fallback(round_, group, *units, kind="nhom"):
    """The register names this group for these units; it was not needed at opening."""
    for unit in units:
        row = RoundUnit.get((RoundUnit.round == round_.id) & (RoundUnit.unit == unit))
        changed = RoundUnit.update(frozen=row.frozen | {"fallback": group})
        changed.where((RoundUnit.round == round_.id) & (RoundUnit.unit == unit)).execute()
    if not Unit.select().where(Unit.code == group).exists():
        names = {"en": f"Group {group}"}
        Unit.insert(
            code=group, kind=kind, needs="", names=names, short_names=names, valid_from="2020-01-01", rated=False
        ).execute()


def rate(open_round, token, unit, code, **changes):
    """One business gives one unit the same answer everywhere."""
    items = ("sp1", "sp2", "ca1", "ca2")
    open_round.submit(token, {"units_dealt_with": (unit,)} | {f"{item}@{unit}": (code,) for item in items}, **changes)


def rated_by(open_round, **numbers):
    """So many businesses rate each unit, each from a place of its own."""
    for unit, number in numbers.items():
        for place, token in enumerate(open_round.invite(number)):
            rate(open_round, token, unit, str(1 + place % 5), label=len(open_round.tokens) * 100 + place)


def test_small_units_of_one_group_are_joined_at_the_count(open_round):
    with_fallback(open_round.round, "BC", "A", "B", "C")
    rated_by(open_round, A=15, B=6, C=7)
    outcome = counted(open_round)
    assert outcome.merged == {"B": "BC", "C": "BC"}
    assert outcome.ratings == {"A": 15, "BC": 13}
    assert outcome.tallies["BC"]["sp1"] == {}, "thirteen make a score, no distribution"
    assert not {"B", "C"} & outcome.tallies.keys()
    assert {group.units for group in outcome.estimates.groups} == {("A", "BC"), ("AG",)}
    assert count.recount(open_round.round, open_round.shares[1:]) == minutes.read(open_round.round.id).outcome


@pytest.mark.parametrize("numbers", [{"A": 15, "B": 6, "C": 12}, {"A": 15, "B": 4, "C": 5}, {"A": 15, "B": 10, "C": 9}])
def test_a_unit_without_a_partner_keeps_its_code_and_a_group_below_the_least_is_not_made(open_round, numbers):
    with_fallback(open_round.round, "BC", "B", "C")
    rated_by(open_round, **numbers)
    outcome = counted(open_round)
    assert outcome.merged == {}
    assert outcome.ratings == {unit: number for unit, number in numbers.items() if number >= 10}


def test_of_a_unit_with_too_few_sheets_nothing_is_kept(open_round):
    """A unit with a single sheet would leave that whole sheet in its tallies."""
    rated_by(open_round, A=20, B=9, C=1)
    outcome = counted(open_round)
    assert not {"B", "C"} & (outcome.tallies.keys() | outcome.ratings.keys() | outcome.fear.keys())
    (group,) = (group for group in outcome.estimates.groups if "B" in group.units)
    alone = open_alone(open_round)
    size = len(group.sub_indices)
    for unit in ("B", "C"):
        u = group.units.index(unit)
        assert set(group.theta[u]) == {None}
        assert set(group.n[u]) | set(group.n_sub[u]) == {0}
        assert group.n_sheets[u] == group.businesses[u] == 0
        assert not any(any(row[u * size : (u + 1) * size]) for row in group.covariance)
    assert alone.estimates.groups[0].theta[0] == group.theta[group.units.index("A")], "they leave no trace in others"


def open_alone(open_round):
    """The same twenty sheets on A in a round of their own."""
    other = start("alone-2024")
    rated_by(other, A=20)
    return counted(other)


def test_a_question_that_too_few_answered_leaves_no_number_and_does_not_enter_its_sub_index(open_round):
    for place, token in enumerate(open_round.invite(30)):
        given = {f"{item}@A": ("4",) for item in ("sp2", "ca1", "ca2")} | {
            "sp1@A": ("1",) if place < 14 else Missing.DONT_KNOW
        }
        open_round.submit(token, {"units_dealt_with": ("A",)} | given, label=place)
    outcome = counted(open_round)
    assert outcome.tallies["A"]["sp1"] == {}
    assert outcome.tallies["A"]["sp2"] == {"4": 30}
    group = outcome.estimates.groups[0]
    items = [item for sub in group.sub_indices for item in sub.items]
    theta, n = group.theta[group.units.index("A")], group.n[group.units.index("A")]
    assert (theta[items.index("sp1")], n[items.index("sp1")]) == (None, 0)
    assert theta[items.index("sp2")] == 75.0


def test_a_sub_index_never_rests_on_one_hidden_question(open_round):
    """Twelve sheets show a sub-index and no question: were it one question's mean, it would show that question."""
    for place, token in enumerate(open_round.invite(12)):
        given = {f"{item}@A": ("4",) for item in ("ca1", "ca2", "sp2")} | {
            "sp1@A": ("1",) if place < 5 else Missing.DONT_KNOW,
        }
        open_round.submit(token, {"units_dealt_with": ("A",)} | given, label=place)
    group = counted(open_round).estimates.groups[0]
    items = [item for sub in group.sub_indices for item in sub.items]
    n = dict(zip(items, group.n[group.units.index("A")], strict=True))
    assert (n["sp1"], n["ca1"], n["ca2"]) == (0, 12, 12)
    speed = next(sub for sub in group.sub_indices if "sp1" in sub.items)
    assert sum(n[item] > 0 for item in speed.items) != 1


def test_numbers_are_kept_by_class_and_as_a_rounded_statistic(open_round):
    typed = ["1.5", "1.75", "2", "3.333", "30", "36.25"] * 3
    for place, (token, hours) in enumerate(zip(open_round.invite(18), typed, strict=True)):
        given = {f"{item}@A": ("4",) for item in ("sp1", "sp2", "ca1", "ca2")} | {"hours@A": (hours,)}
        open_round.submit(token, {"units_dealt_with": ("A",)} | given, label=place)
    outcome = counted(open_round)
    assert outcome.tallies["A"]["hours"] == {"1": 6, "2": 3, "24": 6, "3": 3}
    assert outcome.numbers == {"A": {"hours": 2.7}}  # halfway between 2 and 3.333
    assert b"3.333" not in outcome.canonical()
    assert b"36.25" not in outcome.canonical()


def test_flagged_sheets_do_not_save_a_unit_from_its_group(open_round):
    with_fallback(open_round.round, "BC", "B", "C")
    rated_by(open_round, A=15, B=6, C=7)
    for token in open_round.invite(5):
        rate(open_round, token, "B", "5", label=77777)
    outcome = counted(open_round)
    assert outcome.merged == {"B": "BC", "C": "BC"}
    assert (outcome.ratings["BC"], outcome.ratings_opened) == (13, 30)


def test_a_small_unit_joins_the_group_that_was_made_at_opening(open_round):
    with_fallback(open_round.round, "AG", "B")
    rated_by(open_round, A=15, A1=6, A2=7, B=3, C=15)
    outcome = counted(open_round)
    assert outcome.merged == {"B": "AG"}
    assert outcome.ratings == {"A": 15, "AG": 16, "C": 15}


def test_a_rated_unit_takes_nobody_in(open_round):
    with_fallback(open_round.round, "A", "B", "C")
    rated_by(open_round, A=15, B=6, C=7)
    assert counted(open_round).merged == {}


def test_who_dealt_with_whom_is_not_kept(open_round):
    open_round.answered(30)
    outcome = counted(open_round).canonical()
    assert b"units_dealt_with" not in outcome
    assert b'"label"' not in outcome
    assert b'"duration"' not in outcome


def test_comments_that_can_never_be_released_are_destroyed(open_round):
    for place, token in enumerate(open_round.invite(20)):
        unit = "A" if place < 15 else "B"
        answers = {"units_dealt_with": (unit,), f"sp1@{unit}": ("3",), f"better@{unit}": (f"ý kiến {place}",)}
        open_round.submit(token, answers | ({"wish": (f"mong {place}",)} if place < 4 else {}))
    counted(open_round)
    kept = list(Comment.select())
    assert Counter((comment.unit, comment.question) for comment in kept) == {("A", "better"): 15}
    assert minutes.read(open_round.round.id).comments_destroyed == 5 + 4
    assert {len(bytes(comment.id)) for comment in kept} == {16}


def test_comments_to_the_cuc_carry_no_unit(open_round):
    open_round.answered(20)
    counted(open_round)
    assert {comment.unit for comment in Comment.select().where(Comment.question == "wish")} == {None}


@pytest.mark.parametrize("shares", ["one", "wrong", "none"])
def test_wrong_keys_leave_the_round_closed(open_round, shares):
    open_round.answered(3)
    round_ = open_round.close()
    other = keys.hold_ceremony("cdci-2023", "")
    given = {"one": open_round.shares[:1], "wrong": other.shares[:2], "none": []}[shares]
    with pytest.raises(KeysRefused):
        count.count_box(round_, given)
    assert Round.get_by_id(round_.id).state == CLOSED
    assert Count.select().count() == 0


def test_an_open_or_counted_round_is_not_counted(open_round):
    open_round.answered(3)
    with pytest.raises(WrongState):
        count.count_box(open_round.round, open_round.shares[:2])
    counted(open_round)
    with pytest.raises(WrongState):
        count.count_box(open_round.round, open_round.shares[:2])


def test_a_recount_by_other_key_holders_gives_the_same_hash_and_changes_nothing(open_round, db):
    open_round.answered(40)
    counted(open_round)
    kept = minutes.read(open_round.round.id)
    assert count.recount(open_round.round, open_round.shares[1:]) == kept.outcome
    status, out, _ = run_child(open_round.round, db, open_round.shares[::2], "--recount")
    assert status == 0
    assert out.splitlines()[-1] == f"outcome {kept.outcome}"
    assert minutes.read(open_round.round.id) == kept


def test_a_recount_notices_one_changed_sheet(open_round):
    open_round.answered(20)
    counted(open_round)
    row = Envelope.get()
    answers = {"units_dealt_with": ("C",), "sp1@C": ("5",), "sp2@C": ("5",)}
    content = envelopes.SealedContent(answers, new_receipt(), 1, 2, "vi")
    Envelope.update(sealed=envelopes.seal(content, open_round.round)).where(Envelope.key == row.key).execute()
    assert count.recount(open_round.round, open_round.shares[:2]) != minutes.read(open_round.round.id).outcome


def test_more_envelopes_than_marks_stop_the_count(open_round):
    open_round.answered(5)
    round_ = open_round.close()
    drop_another(round_, envelopes.SealedContent({"sp1@A": ("5",)}, new_receipt(), 1, 2, "vi"))
    with pytest.raises(Refused, match="more envelopes than codes"):
        count.count_box(round_, open_round.shares[:2])
    assert Round.get_by_id(round_.id).state == CLOSED


def test_a_lost_envelope_is_said_in_the_minutes(open_round):
    open_round.answered(6)
    Envelope.delete().where(Envelope.key == Envelope.get().key).execute()
    outcome = counted(open_round)
    assert (outcome.used, outcome.envelopes, outcome.sheets) == (6, 5, 5)
    made = minutes.read(open_round.round.id)
    assert not made.is_sound
    assert [str(remark) for remark in made.anomalies] == [
        "Codes used: 6. Envelopes in the box: 5. The two should be equal."
    ]


def test_foreign_copied_and_senseless_envelopes_are_counted_as_anomalies(open_round):
    open_round.answered(4)
    rows = list(Envelope.select().order_by(Envelope.key))
    sealed = [bytes(row.sealed) for row in rows]
    other = envelopes.SealedContent(
        {"sp1@A": ("9",), "sp1@X": ("3",), "none@A": ("3",), "hours@A": ("soon",), "sp2@A": ("4",)},
        new_receipt(),
        1,
        2,
        "vi",
    )
    for row, new in zip(
        rows[:3], (b"\0" * len(sealed[0]), sealed[3], envelopes.seal(other, open_round.round)), strict=True
    ):
        Envelope.update(sealed=new).where(Envelope.key == row.key).execute()
    outcome = counted(open_round)
    assert (outcome.envelopes, outcome.sheets) == (4, 2)
    assert [str(remark) for remark in minutes.read(open_round.round.id).anomalies] == [
        "Envelopes that did not open with the round's key, or held no sheet: 1.",
        "Envelopes that held a sheet which was counted already: 1.",
        "Answers that fit no question or unit of the round, left out: 4.",
    ]


def test_a_burst_is_flagged_whole_and_left_out_of_the_estimates(open_round):
    open_round.answered(30)
    for token in open_round.invite(10):
        answers = {f"{item}@C": ("5",) for item in ("sp1", "sp2", "ca1", "ca2")}
        open_round.submit(token, {"units_dealt_with": ("C",), **answers}, label=77777)
    outcome = counted(open_round)
    assert outcome.flagged["burst"] == outcome.flagged["any"] == 10
    group = next(group for group in outcome.estimates.groups if "C" in group.units)
    assert group.n_sheets[group.units.index("C")] == outcome.ratings["C"]
    assert sum(outcome.tallies["C"]["sp1"].values()) == outcome.ratings["C"]


@pytest.mark.parametrize("step", ["Count.insert", "Comment.insert_many", "ReceiptHash.insert_many", "Draft.delete"])
def test_a_count_that_dies_while_it_writes_leaves_the_round_closed(open_round, monkeypatch, step):
    open_round.answered(20)
    round_ = open_round.close()
    table, verb = step.split(".")

    def die(*arguments, **values):
        raise KeyboardInterrupt

    monkeypatch.setattr(getattr(count, table), verb, die)
    with pytest.raises(KeyboardInterrupt):
        count.count_box(round_, open_round.shares[:2])
    monkeypatch.undo()
    assert Round.get_by_id(round_.id).state == CLOSED
    assert not any(table.select().count() for table in (Count, Comment, ReceiptHash))
    count.count_box(round_, open_round.shares[1:])
    assert Round.get_by_id(round_.id).state == COUNTED


def test_a_killed_child_leaves_the_round_closed_and_the_next_one_counts(open_round, db):
    open_round.answered(20)
    round_ = open_round.close()
    process = child(round_, db)
    process.stdin.write("\n".join(open_round.shares[:2]) + "\n")
    process.stdin.close()
    assert process.stdout.readline() == "0 20\n"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    process.stdout.close()
    process.stderr.close()
    assert Round.get_by_id(round_.id).state == CLOSED
    assert Envelope.select().count() == 20
    status, out, err = run_child(round_, db, open_round.shares[:2])
    assert (status, err) == (0, "")
    assert out.splitlines() == ["0 20", "20 20", f"outcome {minutes.read(round_.id).outcome}"]
    assert Round.get_by_id(round_.id).state == COUNTED


def test_the_child_refuses_in_one_line_without_a_traceback(open_round, db):
    round_ = open_round.close()
    for shares, line in (
        ([], "Two codes of different key holders are needed."),
        (["nonsense"], "Code 1 is not complete"),
        ([open_round.shares[0]] * 2, "Both codes are share 1"),
    ):
        status, out, err = run_child(round_, db, shares)
        assert (status, out) == (1, "")
        assert err.startswith(line)
        assert len(err.splitlines()) == 1
    round_.id = "cdci-1999"
    assert run_child(round_, db, open_round.shares[:2])[2] == "There is no round cdci-1999.\n"


def test_an_empty_box_is_counted_too(open_round):
    open_round.invite(3)
    outcome = counted(open_round)
    assert (outcome.used, outcome.envelopes, outcome.sheets) == (0, 0, 0)
    assert Draft.select().count() == 0
    assert Invitation.select().count() == 3


def test_swap_is_noticed(tmp_path):
    listing = tmp_path / "swaps"
    assert opening.swaps(listing)
    listing.write_text("Filename Type Size Used Priority\n")
    assert not opening.swaps(listing)
    listing.write_text("Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n")
    assert opening.swaps(listing)
