"""Answers under way: readable with both codes only, one size, gone at submit, never silently lost."""

from __future__ import annotations

import pytest

from survey_app.ballot import drafts
from survey_app.ballot.drafts import DraftContent
from survey_app.ballot.tokens import new_resume, new_token
from survey_app.database import database, is_sqlite
from survey_app.errors import CodeRefused, DraftMoved, InvitationSpent, SheetTooLong
from survey_app.models import Draft, Invitation
from survey_app.questionnaire.answers import Missing

ANSWERS = {"sp1@A": ("4",), "sp2@A": Missing.DONT_KNOW, "better@A": ("Nhanh hơn nữa",)}


def content(answers=ANSWERS, revision=0):
    return DraftContent(
        answers=answers, page="speed.A", seconds={"speed.A": 31}, seed=12, revision=revision, language="vi"
    )


def test_a_draft_comes_back_with_both_codes(open_round):
    token, resume = open_round.invite(1)[0], new_resume()
    assert not drafts.entered(token).has_draft
    assert drafts.save(token, resume, content(), 0) == 1
    assert drafts.open_draft(token, resume) == content(revision=1)
    assert drafts.entered(token) == drafts.Standing(open_round.round.id, True)


def test_the_code_alone_never_opens_a_draft(open_round):
    token, resume = open_round.invite(1)[0], new_resume()
    drafts.save(token, resume, content(), 0)
    assert drafts.exists(token)
    assert drafts.open_draft(token, new_resume()) is None


def test_all_drafts_have_one_size_and_no_plain_word(open_round):
    for token, text in zip(open_round.invite(3), ("", "x" * 199, "Đ" * 120), strict=True):
        drafts.save(token, new_resume(), content({"better@A": (text,)}), 0)
    rows = list(Draft.select())
    assert {len(row.sealed) for row in rows} == {2 * open_round.round.envelope_size}
    assert not any(b"better" in bytes(row.sealed) for row in rows)
    digests = {bytes(row.digest) for row in Invitation.select()}
    assert not any(bytes(row.id)[:8] in digest for row in rows for digest in digests)


def test_a_newer_draft_is_never_overwritten(open_round):
    token, resume = open_round.invite(1)[0], new_resume()
    drafts.save(token, resume, content(), 0)
    drafts.save(token, resume, content({"sp1@A": ("1",)}), 1)
    with pytest.raises(DraftMoved):
        drafts.save(token, resume, content({"sp1@A": ("5",)}), 1)
    assert drafts.open_draft(token, resume).answers == {"sp1@A": ("1",)}


def test_a_draft_under_another_resume_code_is_replaced_only_when_it_was_destroyed(open_round):
    token, mine, other = open_round.invite(1)[0], new_resume(), new_resume()
    drafts.save(token, other, content(), 0)
    for revision in (0, 1):
        with pytest.raises(DraftMoved):
            drafts.save(token, mine, content(), revision)
    drafts.destroy(token)
    assert drafts.save(token, mine, content(), 0) == 1


def test_a_deleted_draft_does_not_come_back_from_an_old_page(open_round):
    token, resume = open_round.invite(1)[0], new_resume()
    drafts.save(token, resume, content(), 0)
    drafts.destroy(token)
    with pytest.raises(DraftMoved):
        drafts.save(token, resume, content(), 1)


def test_nothing_is_saved_after_submit(open_round):
    token, resume = open_round.invite(1)[0], new_resume()
    drafts.save(token, resume, content(), 0)
    open_round.submit(token, ANSWERS)
    assert not drafts.exists(token)
    with pytest.raises(InvitationSpent):
        drafts.save(token, resume, content(), 1)
    assert Draft.select().count() == 0


def test_unknown_used_revoked_and_closed_codes_get_the_same_words(open_round):
    used, revoked, late = open_round.invite(3)
    open_round.submit(used, ANSWERS)
    Invitation.update(revoked=True).where(Invitation.digest == revoked.digest).execute()
    words = set()
    for token in (new_token(), used, revoked):
        with pytest.raises(CodeRefused) as refused:
            drafts.entered(token)
        words.add(str(refused.value))
    open_round.close()
    with pytest.raises(CodeRefused) as refused:
        drafts.entered(late)
    assert words == {str(refused.value)}


def test_closing_destroys_every_draft_and_takes_no_new_one(open_round):
    token, resume = open_round.invite(1)[0], new_resume()
    drafts.save(token, resume, content(), 0)
    open_round.close()
    assert Draft.select().count() == 0
    with pytest.raises(CodeRefused):
        drafts.save(token, resume, content(), 1)


def test_a_draft_that_is_too_long_names_its_field(open_round):
    token = open_round.invite(1)[0]
    with pytest.raises(SheetTooLong) as refused:
        drafts.save(token, new_resume(), content({"sp1@A": ("4",), "better@A": ("x" * 40_000,)}), 0)
    assert refused.value.values["field"] == "better@A"
    assert Draft.select().count() == 0


def test_saving_a_draft_leaves_the_connection_durable(open_round):
    token, resume = open_round.invite(1)[0], new_resume()
    drafts.save(token, resume, content(), 0)
    with pytest.raises(DraftMoved):
        drafts.save(token, resume, content(), 7)
    with database.atomic():
        drafts.save(token, resume, content(), 1)
    if is_sqlite():
        assert database.execute_sql("PRAGMA synchronous").fetchone() == (2,)
    assert drafts.open_draft(token, resume) == content(revision=2)
