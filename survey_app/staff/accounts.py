"""Staff accounts: invited by a one-time link, signed in by a session row on the server, locked after five failures."""

from __future__ import annotations

import datetime
import hashlib
import re
import secrets

from survey_app.database import database
from survey_app.errors import NotFound, Refused
from survey_app.i18n import LANGUAGES, N_
from survey_app.models import Account, OneTimeLink, StaffSession, Unit
from survey_app.staff import passwords
from survey_app.staff.audit import record
from survey_app.staff.roles import ROLES, UNIT_HEAD

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")
LINK_DAYS = 7
FAILURES, LOCKED = 5, datetime.timedelta(minutes=15)
IDLE, LONGEST = datetime.timedelta(minutes=60), datetime.timedelta(hours=12)
SEEN_STEP = datetime.timedelta(minutes=1)  # a page view within it writes nothing

# One answer for a wrong password, an unknown address and a locked account: a guesser learns nothing.
REFUSED = N_(
    "E-mail address or password is not right. After five failures an account is locked for 15 minutes. "
    "Whoever runs the survey can send you a new link."
)


def now() -> datetime.datetime:
    """UTC without a zone, as the tables keep it."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def digest(secret: str) -> str:
    """What is stored of a session number or a link: whoever reads the table cannot use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


# ---------------------------------------------------------------- inviting


def add(email: str, name: str, role: str, unit: str | None = None, *, by: str, language: str = "vi") -> Account:
    """A new account without a password. Raises Refused for what cannot be."""
    email = email.strip().lower()
    if not EMAIL.fullmatch(email):
        raise Refused("Not an e-mail address: {email}.", email=email)
    if role not in ROLES:
        raise Refused("A role is one of: {roles}.", roles=", ".join(ROLES))
    if (role == UNIT_HEAD) != bool(unit):
        raise Refused("A unit head needs a unit (--unit CODE); no other role has one.")
    if unit and Unit.get_or_none(Unit.code == unit) is None:
        raise NotFound("There is no unit {unit}.", unit=unit)
    if language not in LANGUAGES:
        raise Refused("A language is one of: {languages}.", languages=", ".join(LANGUAGES))
    if Account.get_or_none(Account.email == email) is not None:
        raise Refused("{email} has an account already.", email=email)
    with database.atomic():
        account = Account.create(email=email, name=name.strip() or email, role=role, unit=unit, language=language)
        record(by, "account added", email, f"{role} {unit or ''}".strip())
    return account


def account_of(email: str) -> Account:
    """The account with this address. Raises NotFound."""
    found = Account.get_or_none(Account.email == email.strip().lower())
    if found is None:
        raise NotFound("There is no account {email}.", email=email)
    return found


def link_for(account: Account, *, by: str) -> str:
    """The secret part of a one-time link to set a password; earlier links of the account stop working."""
    secret = secrets.token_urlsafe(32)
    with database.atomic():
        OneTimeLink.delete().where(OneTimeLink.account == account.id).execute()
        OneTimeLink.create(
            digest=digest(secret), account=account.id, expires=now() + datetime.timedelta(days=LINK_DAYS)
        )
        record(by, "link made", account.email)
    return secret


def account_of_link(secret: str) -> Account:
    """Whose link this is. Raises NotFound for one that is unknown, used or too old, without saying which."""
    link = OneTimeLink.get_or_none((OneTimeLink.digest == digest(secret)) & (OneTimeLink.expires > now()))
    if link is None or link.account.disabled:
        raise NotFound("This link no longer works. Please ask for a new one.")
    return link.account


def accept_link(secret: str, password: str) -> Account:
    """Set the password and use the link up. Whoever was signed in with the old one is signed out."""
    account = account_of_link(secret)
    passwords.refuse_weak(password, account.email)
    new = passwords.hashed(password)
    with database.atomic():
        if not OneTimeLink.delete().where(OneTimeLink.digest == digest(secret)).execute():
            raise NotFound("This link no longer works. Please ask for a new one.")
        set_password(account, new)
        record(account.email, "password set", account.email)
    return account


def set_password(account: Account, new: str) -> None:
    """Write the hash, unlock, and end every session."""
    Account.update(password=new, failures=0, locked_until=None).where(Account.id == account.id).execute()
    StaffSession.delete().where(StaffSession.account == account.id).execute()


def disable(account: Account, *, by: str) -> None:
    """Nobody signs in with it any more; what it did stays in the audit."""
    with database.atomic():
        Account.update(disabled=True).where(Account.id == account.id).execute()
        StaffSession.delete().where(StaffSession.account == account.id).execute()
        OneTimeLink.delete().where(OneTimeLink.account == account.id).execute()
        record(by, "account disabled", account.email)


# ---------------------------------------------------------------- signing in


def sign_in(email: str, password: str) -> str:
    """A new session's number for the cookie. Raises Refused with one answer for every reason."""
    account = Account.get_or_none(Account.email == email.strip().lower())
    right = passwords.matches(account.password if account else None, password)
    if account is None:
        raise Refused(REFUSED)
    locked = account.locked_until is not None and account.locked_until > now()
    if account.disabled or locked or not right:
        if not right and not locked and not account.disabled:
            note_failure(account)
        raise Refused(REFUSED)
    with database.atomic():
        Account.update(failures=0, locked_until=None).where(Account.id == account.id).execute()
        secret = new_session(account)
        record(account.email, "signed in", account.email)
    return secret


def note_failure(account: Account) -> None:
    """Count it; lock at the fifth. The count is raised in the database: parallel guesses all count."""
    with database.atomic():
        Account.update(failures=Account.failures + 1).where(Account.id == account.id).execute()
        fresh = Account.get_by_id(account.id)
        if fresh.failures >= FAILURES:
            Account.update(failures=0, locked_until=now() + LOCKED).where(Account.id == account.id).execute()
            record(account.email, "locked", account.email, f"{FAILURES} failures")


def new_session(account: Account) -> str:
    """A session row under the digest of a fresh random number; old rows are swept out on the way."""
    secret = secrets.token_urlsafe(32)
    StaffSession.delete().where((StaffSession.seen < now() - IDLE) | (StaffSession.started < now() - LONGEST)).execute()
    StaffSession.create(digest=digest(secret), account=account.id, started=now(), seen=now())
    return secret


def signed_in(secret: str | None) -> Account | None:
    """Whose session this is; None when it is unknown, idle for an hour, or older than twelve."""
    if not secret:
        return None
    row = StaffSession.get_or_none(StaffSession.digest == digest(secret))
    if row is None or row.seen < now() - IDLE or row.started < now() - LONGEST or row.account.disabled:
        return None
    if row.seen < now() - SEEN_STEP:
        StaffSession.update(seen=now()).where(StaffSession.digest == row.digest).execute()
    return row.account


def sign_out(secret: str | None) -> None:
    """End the session on the server: a copied cookie is worth nothing afterwards."""
    if secret:
        StaffSession.delete().where(StaffSession.digest == digest(secret)).execute()


def change_password(account: Account, old: str, new: str) -> str:
    """Change it and end every session; the number of a new one. A wrong old password counts as a failure."""
    fresh = Account.get_by_id(account.id)
    locked = fresh.locked_until is not None and fresh.locked_until > now()
    if not passwords.matches(fresh.password, old) or locked:
        note_failure(fresh)
        raise Refused("The present password is not right.")
    passwords.refuse_weak(new, fresh.email)
    with database.atomic():
        set_password(fresh, passwords.hashed(new))
        record(fresh.email, "password changed", fresh.email)
        return new_session(fresh)


def choose_language(account: Account, language: str) -> None:
    """The language of this person's pages."""
    if language in LANGUAGES:
        Account.update(language=language).where(Account.id == account.id).execute()


def everyone() -> list[Account]:
    """All accounts, by address."""
    return list(Account.select().order_by(Account.email))


def in_role(role: str) -> list[Account]:
    """The accounts of this role with which somebody can sign in, by name."""
    found = Account.select().where((Account.role == role) & ~Account.disabled).order_by(Account.name, Account.email)
    return list(found)
