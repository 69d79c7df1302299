"""The life of a round, its refusals, and what is frozen when it opens."""

from __future__ import annotations

import datetime

import pytest

from survey_app.errors import KeysRefused, NotFound, Refused, WrongState
from survey_app.fieldwork import rounds, units
from survey_app.fieldwork.opening import LEAST_EXPECTED, NotReady, merge, open_round
from survey_app.models import CLOSED, OPEN, Draft, Round
from tests.office import FOLDER, ready_round, tiny_round


def test_an_unready_round_names_every_reason_at_once(db):
    created = tiny_round(db)
    with pytest.raises(NotReady) as raised:
        open_round(created)
    reasons = [str(reason) for reason in raised.value.reasons]
    assert any("key ceremony" in reason for reason in reasons)
    assert any("letters" in reason for reason in reasons)
    assert rounds.round_by_id(created.id).state == "preparing"


def test_an_untested_key_keeps_the_round_shut(db):
    created = tiny_round(db)
    rounds.hold_keys(created)
    reasons = rounds.reasons_to_wait(rounds.round_by_id(created.id))
    assert any("not tested" in str(reason) for reason in reasons)


def test_shares_of_an_earlier_ceremony_are_refused(db):
    created = tiny_round(db)
    old = rounds.hold_keys(created).shares
    rounds.hold_keys(created)
    with pytest.raises(KeysRefused):
        rounds.try_keys(rounds.round_by_id(created.id), *old[:2])
    assert not rounds.round_by_id(created.id).shares_tested


def test_opening_freezes_the_register_and_the_envelope(db):
    created, _, _ = ready_round(db)
    opened = open_round(created)
    assert opened.state == OPEN
    assert opened.envelope_size % 4096 == 0
    before = units.register_for(opened)
    units.Unit.update(names={"vi": "Tên mới"}, kind="doi").where(units.Unit.code == "A").execute()
    assert units.register_for(opened) == before
    assert opened.register_hash == units.register_hash(units.placed_units(opened).values())


def test_a_unit_with_too_few_clients_is_reported_with_its_group(db):
    opened = open_round(ready_round(db)[0])
    # C expects 20 × 35 % = 7 sheets; a group of one would hide nobody, so the next smallest joins it.
    assert units.reporting_groups(opened) == {"C": "NHOM", "B": "NHOM"}
    assert set(units.register_for(opened)) == {"A", "B", "C"}
    assert units.placed_units(opened)["NHOM"].line.names["vi"] == "Nhóm chi cục nhỏ"


def test_merging_takes_the_smallest_until_the_group_is_large_enough(db):
    units.import_units(FOLDER / "units.csv")
    lines = {code: line for code, line in units.current_register().items() if code in "ABC"}
    merging = merge(lines, {"A": 100, "B": 8, "C": 6}, 1.0)
    assert merging.merged == {"B": "NHOM", "C": "NHOM", "A": "NHOM"}
    assert merging.too_small == {}
    alone = merge({"B": lines["B"]}, {"B": 8}, 1.0)
    assert alone.too_small == {"NHOM": 8.0}
    assert LEAST_EXPECTED == 15


def test_units_large_enough_stay_for_themselves(db):
    units.import_units(FOLDER / "units.csv")
    lines = {code: line for code, line in units.current_register().items() if code in "ABC"}
    assert merge(lines, {"A": 15, "B": 15, "C": 15}, 1.0).merged == {}


def test_one_round_is_open_at_a_time(db):
    open_round(ready_round(db)[0])
    second, _, _ = ready_round(db, round_id="tiny-2027")
    with pytest.raises(NotReady) as raised:
        open_round(second)
    assert "tiny-2026 is open" in str(raised.value.reasons[0])
    assert rounds.current_open_round().id == "tiny-2026"


def test_closing_destroys_drafts_and_happens_once(db):
    opened = open_round(ready_round(db)[0])
    Draft.insert(id=b"1" * 16, round=opened.id, sealed=b"x").execute()
    closed = rounds.close_round(opened)
    assert closed.state == CLOSED
    assert Draft.select().count() == 0
    with pytest.raises(WrongState, match="Next step: count"):
        rounds.close_round(closed)


def test_keys_cannot_be_made_again_once_open(db):
    opened = open_round(ready_round(db)[0])
    with pytest.raises(WrongState):
        rounds.hold_keys(opened)


def test_a_past_closing_day_is_refused_but_for_a_rehearsal(db):
    past = datetime.date(2024, 10, 1)
    real, _, _ = ready_round(db, opens_on=past, closes_on=past)
    assert any("closing day" in str(reason) for reason in rounds.reasons_to_wait(real))
    played, _, _ = ready_round(db, round_id="tiny-2024", opens_on=past, closes_on=past, rehearsal=True)
    assert rounds.reasons_to_wait(played) == ()


def test_a_round_without_a_contact_stays_shut_but_for_a_rehearsal(db):
    real, _, _ = ready_round(db)
    assert any("SURVEY_CONTACT" in str(reason) for reason in rounds.reasons_to_wait(real, ""))
    assert rounds.reasons_to_wait(real, db.contact) == ()
    played, _, _ = ready_round(db, round_id="tiny-2024", rehearsal=True)
    assert rounds.reasons_to_wait(played, "") == ()


def test_closing_is_early_until_the_announced_day_is_over(db):
    opened = open_round(ready_round(db)[0])
    day = datetime.timedelta(days=1)
    assert rounds.is_early(opened)
    assert rounds.is_early(opened, today=opened.closes_on)
    assert not rounds.is_early(opened, today=opened.closes_on + day)
    assert rounds.closing_note(opened).startswith("EARLY")
    assert not rounds.is_early(rounds.close_round(opened))


def test_a_missing_translation_of_a_unit_is_a_reason(db):
    created, _, _ = ready_round(db)
    units.Unit.update(names={"vi": "Chi cục A"}).where(units.Unit.code == "A").execute()
    assert [str(reason) for reason in rounds.reasons_to_wait(created)] == ["A has no name in: en."]


@pytest.mark.parametrize(
    ("changes", "error", "word"),
    [
        ({"round_id": "Đợt 1"}, Refused, "small letters"),
        ({"units": ("A", "Z")}, NotFound, "Z"),
        ({"units": ("OLD",)}, NotFound, "OLD"),
        ({"closes_on": datetime.date(2020, 1, 1)}, Refused, "close before it opens"),
        ({"custodians": ("one", "two")}, Refused, "three key holders"),
        ({"previous": "none-2020"}, NotFound, "none-2020"),
        ({"plan": "0" * 64}, NotFound, "no plan"),
        ({"questionnaire": "0" * 64}, NotFound, "no questionnaire"),
    ],
)
def test_a_round_that_cannot_be_is_refused(db, changes, error, word):
    with pytest.raises(error, match=word):
        tiny_round(db, **changes)
    assert Round.select().count() == 0


def test_the_wipe_waits_for_the_recount_window_or_two_persons(db):
    created = tiny_round(db, recount_days=14)
    Round.update(state="counted", counted_on=datetime.date(2026, 1, 1)).execute()
    counted = rounds.round_by_id(created.id)
    with pytest.raises(WrongState, match="15/01/2026"):
        rounds.refuse_early_wipe(counted, datetime.date(2026, 1, 14))
    rounds.refuse_early_wipe(counted, datetime.date(2026, 1, 15))
    assert not rounds.order_wipe(counted, "one@example.vn")
    assert not rounds.order_wipe(counted, "one@example.vn")
    assert rounds.order_wipe(counted, "two@example.vn")
    rounds.refuse_early_wipe(rounds.round_by_id(created.id), datetime.date(2026, 1, 2))


def test_a_round_whose_questions_measure_otherwise_than_before_is_refused(db, tmp_path):
    from survey_app.fieldwork import versions

    first = tiny_round(db)
    text = (FOLDER / "tiny.yaml").read_text(encoding="utf-8")
    longer = text.replace("points: 5", "points: 7").replace('"5":', '"7":')
    assert longer != text
    (tmp_path / "longer.yaml").write_text(longer, encoding="utf-8")
    stored = versions.store_questionnaire(tmp_path / "longer.yaml")
    with pytest.raises(Refused, match="the scale changed under the same id"):
        tiny_round_again(db, first, questionnaire=stored.hash)


def tiny_round_again(settings, first, **changes):
    """The year after."""
    new = rounds.NewRound(
        id="tiny-2027", year=2027, title=first.title, organisation=first.organisation, plan=first.plan_id,
        opens_on=first.opens_on, closes_on=first.closes_on, custodians=settings.custodian_titles, previous=first.id,
        **changes,
    )  # fmt: skip
    return rounds.create_round(new)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"custodians": ("A", "a ", "B")}, "must be different"),
        ({"custodians": ("A", "", "B")}, "must be different"),
        ({"year": -5}, "one from 2000 to 2100"),
        ({"title": {"vi": "Thử", "en": " "}}, "missing in: en"),
    ],
)
def test_a_round_that_could_never_open_is_not_created(db, changes, words):
    with pytest.raises(Refused, match=words):
        tiny_round(db, **changes)
    assert Round.select().count() == 0
