"""Action plans, orders, notes, procedures: who may do what when, and that two at once lose nothing."""

from __future__ import annotations

import datetime
import threading

import pytest

from survey_app.database import database
from survey_app.errors import NotAllowed, NotFound, Refused, WrongState
from survey_app.models import PUBLISHED, Action, ActionNote, AuditEntry, Procedure, Round
from survey_app.staff import actions, audit, plans, procedures
from survey_app.staff.actions import Line
from survey_app.staff.plans import Changed
from survey_app.staff.typed import Unfit
from tests.office import tiny_round

HEAD, DIRECTOR = "head@example.vn", "director@example.vn"
DAY = datetime.date(2026, 3, 10)
LINE = Line("Niêm yết lại thủ tục", "Đội Nghiệp vụ", datetime.date(2026, 4, 30), "service", 2.5)


@pytest.fixture
def round_(db):
    """A published round of three units."""
    created = tiny_round(db)
    Round.update(state=PUBLISHED).where(Round.id == created.id).execute()
    return Round.get_by_id(created.id)


def approved(round_):
    """A plan with one line that the director approved; the line."""
    row = actions.add_line(round_, "A", LINE, HEAD)
    plans.send(round_, "A", HEAD, DAY)
    plans.approve(round_, "A", plans.plan_of(round_.id, "A").version, DIRECTOR, DAY)
    return Action.get_by_id(row.id)


def state(round_):
    return plans.plan_of(round_.id, "A").state


def deeds():
    return [entry.action for entry in AuditEntry.select().order_by(AuditEntry.id)]


# ---------------------------------------------------------------- the plan's way


def test_a_plan_is_written_sent_and_approved_and_every_step_stands_in_the_log(round_):
    assert state(round_) == "draft"
    approved(round_)
    plan = plans.plan_of(round_.id, "A")
    assert (plan.state, plan.decided_by, plan.decided_on, plan.sent_on) == ("approved", DIRECTOR, DAY, DAY)
    assert deeds() == ["action added", "action plan sent", "action plan approved"]
    assert audit.verify().broken_at is None


def test_a_plan_that_is_sent_back_can_be_changed_and_sent_again(round_):
    row = approved(round_)
    version = plans.plan_of(round_.id, "A").version
    with pytest.raises(Unfit, match="what the unit should change"):
        plans.send_back(round_, "A", version, {"remark": "  "}, DIRECTOR, DAY)
    plans.send_back(round_, "A", version, {"remark": "Thiếu thời hạn"}, DIRECTOR, DAY)
    assert (state(round_), plans.plan_of(round_.id, "A").remark) == ("returned", "Thiếu thời hạn")
    actions.change_line(round_, row, LINE, row.version, HEAD)
    plans.send(round_, "A", HEAD, DAY)
    assert state(round_) == "sent"


@pytest.mark.parametrize("sent", [True, False])
def test_lines_of_a_plan_that_was_sent_or_approved_stay_as_they_are(round_, sent):
    row = approved(round_)
    if sent:
        plans.send_back(round_, "A", plans.plan_of(round_.id, "A").version, {"remark": "x"}, DIRECTOR, DAY)
        plans.send(round_, "A", HEAD, DAY)
    for verb in (
        lambda: actions.add_line(round_, "A", LINE, HEAD),
        lambda: actions.change_line(round_, row, LINE, row.version, HEAD),
        lambda: actions.remove_line(round_, row, row.version, HEAD),
    ):
        with pytest.raises(WrongState):
            verb()
    assert Action.select().count() == 1


def test_an_empty_plan_is_not_sent(round_):
    with pytest.raises(Refused, match="no line yet"):
        plans.send(round_, "A", HEAD, DAY)
    assert state(round_) == "draft"


def test_a_plan_that_was_sent_may_be_taken_back_until_it_is_decided_on(round_):
    actions.add_line(round_, "A", LINE, HEAD)
    with pytest.raises(WrongState):
        plans.take_back(round_, "A", HEAD)
    plans.send(round_, "A", HEAD, DAY)
    plans.take_back(round_, "A", HEAD)
    assert state(round_) == "draft"


def test_before_publication_there_is_no_plan_and_no_order(db):
    created = tiny_round(db)
    for verb in (actions.add_line, actions.give_order):
        with pytest.raises(WrongState):
            verb(created, "A", LINE, HEAD)
    with pytest.raises(WrongState):
        procedures.add_review(created, "A", procedures.Reviewed("x", "kept", DAY), HEAD)
    assert not Action.select().exists()


# ---------------------------------------------------------------- two at once


def test_the_director_approves_what_stood_on_the_page_and_nothing_else(round_):
    actions.add_line(round_, "A", LINE, HEAD)
    plans.send(round_, "A", HEAD, DAY)
    seen = plans.plan_of(round_.id, "A").version
    plans.take_back(round_, "A", HEAD)
    actions.add_line(round_, "A", LINE, HEAD)
    plans.send(round_, "A", HEAD, DAY)
    with pytest.raises(Changed):
        plans.approve(round_, "A", seen, DIRECTOR, DAY)
    assert state(round_) == "sent"


def test_of_two_who_change_one_line_the_second_is_told(round_):
    row = actions.add_line(round_, "A", LINE, HEAD)
    other = Line("Khác", "Ai đó", DAY, "service")
    actions.change_line(round_, row, LINE, row.version, HEAD)
    with pytest.raises(Changed):
        actions.change_line(round_, row, other, row.version, "other@example.vn")
    with pytest.raises(Changed):
        actions.remove_line(round_, row, row.version, "other@example.vn")
    assert Action.get_by_id(row.id).what == LINE.what


def test_ten_who_change_one_line_at_once_write_once(round_):
    row = actions.give_order(round_, "A", LINE, DIRECTOR)
    start, done = threading.Barrier(10), []

    def change(number):
        start.wait()
        try:
            actions.change_order(round_, row, Line(f"Việc {number}", "x", DAY, "service"), row.version, DIRECTOR)
            done.append(number)
        except Changed:
            pass
        finally:
            database.close()

    threads = [threading.Thread(target=change, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert Action.get_by_id(row.id).what == f"Việc {done[0]}"
    assert audit.verify().broken_at is None
    assert deeds().count("order changed") == 1


def test_a_refused_change_leaves_no_entry_in_the_log(round_):
    row = actions.add_line(round_, "A", LINE, HEAD)
    before = deeds()
    with pytest.raises(Changed):
        actions.change_line(round_, row, LINE, row.version + 5, HEAD)
    assert deeds() == before


# ---------------------------------------------------------------- notes


def test_notes_are_added_and_the_last_one_is_the_status(round_):
    row = approved(round_)
    actions.note(row, {"status": "under_way", "text": "Đang làm"}, HEAD, DAY, director=False)
    actions.note(row, {"status": "done", "text": "Đã xong"}, HEAD, DAY, director=False)
    assert Action.get_by_id(row.id).status == "done"
    assert [one.text for one in actions.notes_of(round_.id)[row.id]] == ["Đã xong", "Đang làm"]


def test_a_note_needs_a_status_and_a_sentence(round_):
    row = approved(round_)
    with pytest.raises(Unfit) as caught:
        actions.note(row, {"status": "finished"}, HEAD, DAY, director=False)
    assert [field for field, _ in caught.value.problems] == ["status", "text"]
    assert not ActionNote.select().exists()


def test_nothing_is_noted_on_a_plan_that_is_not_approved(round_):
    row = actions.add_line(round_, "A", LINE, HEAD)
    with pytest.raises(WrongState):
        actions.note(row, {"status": "done", "text": "x"}, HEAD, DAY, director=False)


@pytest.mark.parametrize("status", ["done", "dropped"])
def test_only_the_director_marks_an_order_as_done(round_, status):
    row = actions.give_order(round_, "A", LINE, DIRECTOR)
    actions.note(row, {"status": "under_way", "text": "Đang làm"}, HEAD, DAY, director=False)
    with pytest.raises(NotAllowed):
        actions.note(row, {"status": status, "text": "x"}, HEAD, DAY, director=False)
    actions.note(row, {"status": status, "text": "x"}, DIRECTOR, DAY, director=True)
    assert Action.get_by_id(row.id).status == status


def test_a_line_with_notes_is_kept(round_):
    row = approved(round_)
    actions.note(row, {"status": "under_way", "text": "Đang làm"}, HEAD, DAY, director=False)
    plans.send_back(round_, "A", plans.plan_of(round_.id, "A").version, {"remark": "x"}, DIRECTOR, DAY)
    with pytest.raises(Refused, match="status notes"):
        actions.remove_line(round_, row, Action.get_by_id(row.id).version, HEAD)


@pytest.mark.parametrize(
    ("due", "status", "late"),
    [
        (DAY, "planned", False),
        (DAY - datetime.timedelta(days=1), "planned", True),
        (DAY - datetime.timedelta(days=1), "under_way", True),
        (DAY - datetime.timedelta(days=1), "done", False),
        (DAY - datetime.timedelta(days=1), "dropped", False),
    ],
)
def test_overdue_is_what_is_open_after_its_day(due, status, late):
    assert actions.is_overdue(due, status, DAY) is late


def test_a_month_without_a_note_is_seen(round_):
    row = approved(round_)
    actions.note(row, {"status": "under_way", "text": "x"}, HEAD, DAY, director=False)
    row, notes = Action.get_by_id(row.id), actions.notes_of(round_.id)[row.id]
    assert not actions.lacks_note(row, notes, DAY.replace(day=31))
    assert actions.lacks_note(row, notes, DAY.replace(month=4))
    assert actions.lacks_note(row, notes, DAY.replace(year=2027))


# ---------------------------------------------------------------- what forms hold


def test_a_line_is_read_with_all_its_problems(round_):
    good = {"what": "Làm", "owner": "Ai", "due": "30/04/2026", "node": "service", "effect": "2,5"}
    assert actions.typed_line(round_, good) == Line("Làm", "Ai", datetime.date(2026, 4, 30), "service", 2.5)
    with pytest.raises(Unfit) as caught:
        actions.typed_line(round_, {"node": "department"})
    assert [field for field, _ in caught.value.problems] == ["what", "owner", "due", "node"]


def test_an_action_of_another_round_is_not_found(round_, db):
    row = actions.add_line(round_, "A", LINE, HEAD)
    other = tiny_round(db, "tiny-2027")
    with pytest.raises(NotFound):
        actions.action_by_id(other, row.id)


# ---------------------------------------------------------------- procedures


def test_procedures_are_noted_changed_and_taken_out(round_):
    fields = {"name": "Nộp bản giấy", "verdict": "dropped", "holds_from": "01/05/2026"}
    row = procedures.add_review(round_, "A", procedures.typed_review(fields), HEAD)
    changed = procedures.typed_review(fields | {"verdict": "simplified"})
    procedures.change_review(row, changed, row.version, HEAD)
    with pytest.raises(Changed):
        procedures.change_review(row, changed, row.version, HEAD)
    with pytest.raises(Changed):
        procedures.remove_review(row, row.version, HEAD)
    assert [one.verdict for one in procedures.reviews_of(round_.id, "A")] == ["simplified"]
    procedures.remove_review(row, row.version + 1, HEAD)
    assert not Procedure.select().exists()
    assert deeds() == ["procedure reviewed", "procedure changed", "procedure removed"]
    with pytest.raises(Unfit) as caught:
        procedures.typed_review({})
    assert [field for field, _ in caught.value.problems] == ["name", "verdict", "holds_from"]
