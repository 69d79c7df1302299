"""The sampling frame: read, checked, doubles reported, closed once the round is open."""

from __future__ import annotations

import pytest

from survey_app.diagnostics import InputProblems
from survey_app.errors import NotFound, WrongState
from survey_app.fieldwork import frame, invitations
from survey_app.fieldwork.opening import open_round
from survey_app.models import Business, Dealing
from tests.office import ready_round, tiny_round

HEADER = "tax_code,name,address,phone,email,units,stratum\n"


def written(tmp_path, text):
    path = tmp_path / "frame.csv"
    path.write_text(HEADER + text, encoding="utf-8")
    return path


def test_a_frame_is_read_with_every_dealing(db, tmp_path):
    created = tiny_round(db)
    report = frame.import_frame(
        created, written(tmp_path, "5799999999,Công ty Một,Hạ Long,0203,a@b.vn,A;B,lớn\n5799999998-001,Hai,,,,C,\n")
    )
    assert (report.businesses, report.dealings, report.alike) == (2, 3, ())
    one = Business.get(Business.tax_code == "5799999999")
    assert {row.unit for row in Dealing.select().where(Dealing.business == one.id)} == {"A", "B"}


def test_reading_a_business_again_replaces_its_units(db, tmp_path):
    created = tiny_round(db)
    for units in ("A;B", "C"):
        frame.import_frame(created, written(tmp_path, f"5799999999,Một,,,,{units},\n"))
    one = Business.get(Business.tax_code == "5799999999")
    assert [row.unit for row in Dealing.select().where(Dealing.business == one.id)] == ["C"]


def test_every_problem_of_a_frame_is_named_with_its_line(db, tmp_path):
    created = tiny_round(db)
    text = "570000001,Một,,,,A,\n5700000002,,,,not-mail,A;Z,\n5700000002,Hai,,,,B,\n"
    with pytest.raises(InputProblems) as raised:
        frame.import_frame(created, written(tmp_path, text))
    found = "\n".join(str(problem) for problem in raised.value.problems)
    assert "frame.csv:2:1: [tax_code]" in found
    assert "a leading zero was lost" in found
    assert "frame.csv:3:2: [empty]" in found
    assert "frame.csv:3:5: [email]" in found
    assert "no unit 'Z' is rated" in found
    assert "frame.csv:4:1: [double]" in found


def test_businesses_that_may_be_one_are_reported_for_a_person_to_decide(db, tmp_path):
    created = tiny_round(db)
    text = (
        "5799999991,Công ty TNHH Minh Long,,0203 382 5789,,A,\n"
        "5799999992,MINH LONG CO. LTD,,+84 203 382 5789,,A,\n"
        "5799999993,Minh Long,Số 1 Hạ Long,,,A,\n"
        "5799999994,Khác,Số 1 Hạ Long,,,A,\n"
    )
    report = frame.import_frame(created, written(tmp_path, text))
    assert [(pair.first, pair.second) for pair in report.alike] == [("5799999991", "5799999992")]


def test_an_opened_round_keeps_its_frame(db, tmp_path):
    opened = open_round(ready_round(db)[0])
    with pytest.raises(WrongState):
        frame.import_frame(opened, written(tmp_path, "5799999999,Một,,,,A,\n"))


def test_an_unknown_business_is_named(db):
    with pytest.raises(NotFound, match="5712345678"):
        frame.business_of(tiny_round(db), "5712345678")


def test_a_replaced_frame_drops_who_is_not_named_and_their_codes(db, tmp_path):
    created = tiny_round(db)
    list(invitations.issue(created, invitations.uninvited(created)))
    path = tmp_path / "frame.csv"
    path.write_text("tax_code,name,units\n5700000001,Công ty 1,A\n5709999999,Công ty mới,B\n", encoding="utf-8")
    frame.import_frame(created, path, replace=True)
    assert [one.tax_code for one in frame.businesses_of(created)] == ["5700000001", "5709999999"]
    assert invitations.invited(created) == 1
    path.write_text("tax_code,name,units\n5700000002,Công ty 2,Z\n", encoding="utf-8")
    with pytest.raises(InputProblems):
        frame.import_frame(created, path, replace=True)
    assert len(frame.businesses_of(created)) == 2, "a file with problems changes nothing"
