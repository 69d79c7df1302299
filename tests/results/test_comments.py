"""Comments are released by two people, after a delay, and their originals go."""

from __future__ import annotations

import datetime
import secrets

import pytest

from survey_app.errors import NotFound, Refused, WrongState
from survey_app.fieldwork import rounds
from survey_app.models import AuditEntry, Business, Comment, Dealing, Round
from survey_app.results import comments
from tests.office import tiny_round

FIRST, SECOND = "officer@example.vn", "director@example.vn"
TODAY = datetime.datetime.now(datetime.UTC).date()


@pytest.fixture
def wiped(db):
    """A wiped round of which fifteen days ago six comments on A, four on B and one to the leaders were kept."""
    created = tiny_round(db)
    about = [("A", f"Ông Nam ở quầy 3 làm chậm {n}") for n in range(6)] + [("B", f"Tốt {n}") for n in range(4)]
    for unit, text in [*about, (None, "Mong hệ thống ổn định")]:
        Comment.create(id=secrets.token_bytes(16), round=created.id, unit=unit, question="q1", text=text)
    counted_on = TODAY - datetime.timedelta(days=15)
    Round.update(state="wiped", counted_on=counted_on).execute()
    return rounds.round_by_id(created.id)


def released(round_, unit, number):
    """Bring so many comments on a unit through both readers."""
    theme = comments.themes_of(round_)[0]
    for one in [one for one in comments.to_redact(round_) if one.unit == unit][:number]:
        comments.propose(round_, one.id, one.text.replace("Ông Nam ở quầy 3", "Cán bộ"), theme, FIRST)
        comments.release(round_, one.id, SECOND)


def test_the_second_reader_sees_what_is_left_and_the_original_goes(wiped):
    one = next(one for one in comments.to_redact(wiped) if one.unit == "A")
    assert "Ông Nam" in one.text
    comments.propose(wiped, one.id, "  Cán bộ làm chậm ", comments.OTHER, FIRST)
    assert one.id not in {each.id for each in comments.to_redact(wiped)}
    (shown,) = comments.to_release(wiped)
    assert (shown.id, shown.text, shown.theme) == (one.id, "Cán bộ làm chậm", comments.OTHER)
    with pytest.raises(Refused, match="another person"):
        comments.release(wiped, one.id, FIRST)
    comments.release(wiped, one.id, SECOND)
    row = Comment.get(Comment.id == bytes.fromhex(one.id))
    assert (row.text, row.proposed, row.proposed_by, row.released) == ("", None, None, "Cán bộ làm chậm")
    assert AuditEntry.select().where(AuditEntry.action == "comment released").count() == 1
    with pytest.raises(NotFound):
        comments.release(wiped, one.id, SECOND)
    with pytest.raises(NotFound):
        comments.withhold(wiped, one.id, FIRST)


def test_sent_back_it_waits_again_and_withheld_it_is_gone(wiped):
    one = next(comments.to_redact(wiped))
    comments.propose(wiped, one.id, "Anh Nam", comments.OTHER, FIRST)
    comments.send_back(wiped, one.id)
    again = next(each for each in comments.to_redact(wiped) if each.id == one.id)
    assert again.text == one.text, "the original is still there for the first reader"
    comments.withhold(wiped, one.id, FIRST)
    assert Comment.get_or_none(Comment.id == bytes.fromhex(one.id)) is None


def test_fewer_than_five_released_comments_are_not_shown(wiped):
    released(wiped, "A", 4)
    released(wiped, "B", 4)
    assert comments.released(wiped, "A") == comments.released(wiped, "B") == ()
    released(wiped, "A", 1)
    (theme,) = comments.released(wiped, "A")
    assert theme.id == comments.themes_of(wiped)[0]
    assert len(theme.texts) == 5
    assert not [text for text in theme.texts if "Ông Nam" in text]
    assert comments.released(wiped, None) == ()


def test_the_most_frequent_theme_comes_first(wiped):
    first, second = comments.themes_of(wiped)[:2]
    for place, one in enumerate([one for one in comments.to_redact(wiped) if one.unit == "A"]):
        comments.propose(wiped, one.id, f"Chậm {place}", first if place < 2 else second, FIRST)
        comments.release(wiped, one.id, SECOND)
    assert [(theme.id, len(theme.texts)) for theme in comments.released(wiped, "A")] == [(second, 4), (first, 2)]


def test_nobody_reads_before_the_wipe_or_before_the_delay(wiped):
    Round.update(counted_on=TODAY - datetime.timedelta(days=10)).execute()
    with pytest.raises(WrongState, match="from"):
        list(comments.to_redact(rounds.round_by_id(wiped.id)))
    Round.update(state="counted", counted_on=TODAY - datetime.timedelta(days=40)).execute()
    counted = rounds.round_by_id(wiped.id)
    for deed in (comments.to_redact, comments.to_release):
        with pytest.raises(WrongState):
            list(deed(counted))
    Round.update(state="wiped", counted_on=TODAY, rehearsal=True).execute()
    assert list(comments.to_redact(rounds.round_by_id(wiped.id))), "a rehearsal does not wait"


@pytest.mark.parametrize(("text", "theme"), [("", "other"), ("  ", "other"), ("x" * 2001, "other"), ("x", "none")])
def test_what_cannot_be_shown_is_refused(wiped, text, theme):
    one = next(comments.to_redact(wiped))
    with pytest.raises(Refused):
        comments.propose(wiped, one.id, text, theme, FIRST)
    for wrong in ("", "zz", "00" * 16):
        with pytest.raises(NotFound):
            comments.propose(wiped, wrong, "x", "other", FIRST)


def test_whether_some_were_read_is_known_to_whoever_verifies(wiped):
    assert comments.dealt_with(wiped) == 0
    released(wiped, "A", 1)
    comments.withhold(wiped, next(comments.to_redact(wiped)).id, FIRST)
    assert comments.dealt_with(wiped) == 2


def test_what_could_show_the_writer_is_marked_and_taken_out_of_the_suggestion(wiped):
    Comment.update(text="Hải Phong Long Vân gọi 0912345678, quầy chậm").execute()
    Business.update(name="Công ty TNHH Long Vân").where(Business.id == Business.select().first().id).execute()
    Dealing.create(round=wiped.id, business=Business.select().first().id, unit="Z")
    one = next(comments.to_redact(wiped))
    assert [kind for _, kind in one.pieces if kind] == ["business", "phone"]
    assert "".join(piece for piece, _ in one.pieces) == one.text
    assert one.suggested == "Hải Phong […] gọi […], quầy chậm"
