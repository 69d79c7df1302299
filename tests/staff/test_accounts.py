"""Accounts: links that work once, one answer for every failure, lock-out, sessions that end."""

from __future__ import annotations

import datetime
import time

import pytest
import time_machine

from survey_app.errors import NotFound, Refused
from survey_app.fieldwork import units
from survey_app.models import Account, AuditEntry, OneTimeLink, StaffSession
from survey_app.staff import accounts, passwords
from tests.office import FOLDER

GOOD = "bốn từ chẳng liên quan"


def officer(password=GOOD):
    account = accounts.add("lan@example.vn", "Lan", "officer", by="test")
    if password:
        accounts.set_password(account, passwords.hashed(password))
    return accounts.account_of("lan@example.vn")


def test_a_link_sets_the_first_password_once(db):
    officer(None)
    secret = accounts.link_for(accounts.account_of("lan@example.vn"), by="test")
    accounts.accept_link(secret, GOOD)
    assert accounts.signed_in(accounts.sign_in("LAN@example.vn ", GOOD)).email == "lan@example.vn"
    with pytest.raises(NotFound):
        accounts.accept_link(secret, "a second long password")


def test_a_new_link_makes_the_old_one_worthless(db):
    account = officer(None)
    old = accounts.link_for(account, by="test")
    accounts.link_for(account, by="test")
    with pytest.raises(NotFound):
        accounts.account_of_link(old)


def test_a_link_ends_after_seven_days(db):
    account = officer(None)
    with time_machine.travel(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), tick=False) as clock:
        secret = accounts.link_for(account, by="test")
        clock.shift(datetime.timedelta(days=7, seconds=-1))
        assert accounts.account_of_link(secret).email == account.email
        clock.shift(2)
        with pytest.raises(NotFound):
            accounts.account_of_link(secret)


def test_neither_links_nor_sessions_can_be_read_from_the_tables(db):
    account = officer()
    secrets = [accounts.link_for(account, by="test"), accounts.sign_in(account.email, GOOD)]
    kept = [row.digest for table in (OneTimeLink, StaffSession) for row in table.select()]
    assert not set(secrets) & set(kept)


def test_an_account_without_a_password_cannot_sign_in(db):
    officer(None)
    with pytest.raises(Refused):
        accounts.sign_in("lan@example.vn", "")


def test_every_refusal_sounds_the_same(db):
    account = officer()
    said = set()
    for email, password in (
        ("nobody@example.vn", GOOD),
        (account.email, "wrong"),
        ("", ""),
        (account.email, GOOD[:-1]),
    ):
        with pytest.raises(Refused) as refused:
            accounts.sign_in(email, password)
        said.add(str(refused.value))
    accounts.disable(account, by="test")
    with pytest.raises(Refused) as refused:
        accounts.sign_in(account.email, GOOD)
    assert said == {str(refused.value)}


def test_an_unknown_address_takes_as_long_as_a_wrong_password(db):
    officer()
    passwords.nobody()

    def seconds(email):
        taken = []
        for _ in range(4):
            start = time.process_time()
            with pytest.raises(Refused):
                accounts.sign_in(email, "wrong")
            taken.append(time.process_time() - start)
        return min(taken)

    known, unknown = seconds("lan@example.vn"), seconds("nobody@example.vn")
    assert 0.5 < known / unknown < 2


def test_five_failures_lock_for_fifteen_minutes(db):
    officer()
    with time_machine.travel(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), tick=False) as clock:
        for _ in range(5):
            with pytest.raises(Refused):
                accounts.sign_in("lan@example.vn", "wrong")
        with pytest.raises(Refused):
            accounts.sign_in("lan@example.vn", GOOD)
        clock.shift(datetime.timedelta(minutes=15, seconds=1))
        assert accounts.sign_in("lan@example.vn", GOOD)
    assert AuditEntry.select().where(AuditEntry.action == "locked").count() == 1


def test_a_success_forgets_the_failures(db):
    officer()
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(Refused):
                accounts.sign_in("lan@example.vn", "wrong")
        assert accounts.sign_in("lan@example.vn", GOOD)


def test_sessions_end_when_idle_when_old_and_at_sign_out(db):
    officer()
    with time_machine.travel(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), tick=False) as clock:
        idle = accounts.sign_in("lan@example.vn", GOOD)
        clock.shift(datetime.timedelta(minutes=59))
        assert accounts.signed_in(idle)
        clock.shift(datetime.timedelta(minutes=61))
        assert accounts.signed_in(idle) is None
        busy = accounts.sign_in("lan@example.vn", GOOD)
        for _ in range(24):
            clock.shift(datetime.timedelta(minutes=30))
            assert accounts.signed_in(busy)
        clock.shift(datetime.timedelta(minutes=1))
        assert accounts.signed_in(busy) is None
        out = accounts.sign_in("lan@example.vn", GOOD)
        accounts.sign_out(out)
        assert accounts.signed_in(out) is None
    assert accounts.signed_in(None) is None
    assert accounts.signed_in("made up") is None


def test_a_changed_password_signs_every_device_out(db):
    account = officer()
    old = accounts.sign_in(account.email, GOOD)
    new = accounts.change_password(account, GOOD, "một mật khẩu khác hẳn")
    assert accounts.signed_in(old) is None
    assert accounts.signed_in(new).email == account.email
    with pytest.raises(Refused):
        accounts.sign_in(account.email, GOOD)


def test_guessing_the_present_password_locks_too(db):
    account = officer()
    for _ in range(5):
        with pytest.raises(Refused):
            accounts.change_password(account, "wrong", "một mật khẩu khác hẳn")
    with pytest.raises(Refused):
        accounts.change_password(account, GOOD, "một mật khẩu khác hẳn")


@pytest.mark.parametrize(
    "weak", ["short", "aaaaaaaaaaaaaaaa", "matkhau12345", "Haiquan@2026", "lan.nguyen.12", "password1234", "x" * 129]
)
def test_weak_passwords_are_refused(weak):
    with pytest.raises(Refused):
        passwords.refuse_weak(weak, "lan.nguyen@example.vn")


def test_a_long_sentence_is_a_good_password():
    passwords.refuse_weak(GOOD, "lan@example.vn")


@pytest.mark.parametrize(
    ("email", "role", "unit", "word"),
    [
        ("no address", "officer", None, "Not an e-mail"),
        ("a@b.vn", "king", None, "A role is one of"),
        ("a@b.vn", "unit_head", None, "unit head needs a unit"),
        ("a@b.vn", "officer", "A", "unit head needs a unit"),
        ("a@b.vn", "unit_head", "Z", "no unit Z"),
    ],
)
def test_an_account_that_cannot_be_is_refused(db, email, role, unit, word):
    units.import_units(FOLDER / "units.csv")
    with pytest.raises(Refused, match=word):
        accounts.add(email, "x", role, unit, by="test")
    assert Account.select().count() == 0


def test_no_password_stands_in_the_table(db):
    account = officer()
    assert account.password.startswith("$argon2id$")
