"""Staff sign-in, sign-out, passwords, one-time links, and the auditor's page."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from survey_app import i18n
from survey_app.errors import Refused
from survey_app.i18n import N_
from survey_app.staff import accounts, audit
from survey_app.staff.roles import AUDITOR, CUSTODIAN, DIRECTOR, OFFICER, ROLES, UNIT_HEAD
from survey_app.web.guard import KEY, local, requires, said, signed_in, staff_pages

account = Blueprint("account", __name__, url_prefix="/staff")
staff_pages(account)

# Where each role's work begins.
HOMES = {
    OFFICER: "/staff/officer/",
    DIRECTOR: "/staff/director/",
    UNIT_HEAD: "/staff/unit/",
    AUDITOR: "/staff/audit",
    CUSTODIAN: "/staff/key/",
}
AUDIT_PAGE = 100  # entries

Page = str | Response | tuple[str, int]


@account.get("/")
def home() -> Response:
    """To the own role's first page."""
    return redirect(HOMES[g.account.role] if g.account else url_for("account.sign_in"))


@account.get("/sign-in")
def sign_in() -> Page:
    """The form; whoever is signed in already goes on."""
    if g.account is not None:
        return redirect(local(request.args.get("next")) or url_for("account.home"))
    return render_template("account/sign_in.html", next=local(request.args.get("next")))


@account.post("/sign-in")
def signing_in() -> Page:
    """Sign in under a new session number: one that was planted before is worth nothing."""
    back = local(request.form.get("next"))
    try:
        secret = accounts.sign_in(request.form.get("email", ""), request.form.get("password", ""))
    except Refused as refused:
        typed = request.form.get("email", "")
        return render_template("account/sign_in.html", next=back, email=typed, wrong=said(refused)), refused.status
    language = session.get("language")
    begin(secret)
    if language:
        session["language"] = language
    return redirect(back or url_for("account.home"))


def begin(secret: str) -> None:
    """A fresh cookie that holds this session's number only."""
    session.clear()
    session[KEY] = secret


@account.post("/sign-out")
def sign_out() -> Response:
    """End the session on the server and forget the cookie."""
    accounts.sign_out(session.get(KEY))
    session.clear()
    return redirect(url_for("account.sign_in"))


@account.get("/password")
@requires(*ROLES)
def password() -> Page:
    """The form for a new password."""
    return render_template("account/password.html")


@account.post("/password")
@requires(*ROLES)
def change_password() -> Page:
    """Change it; every other session of this person ends."""
    try:
        refuse_unequal()
        secret = accounts.change_password(
            signed_in(), request.form.get("present", ""), request.form.get("password", "")
        )
    except Refused as refused:
        field = "password" if isinstance(refused, Unequal) else "present"
        return render_template("account/password.html", wrong=said(refused), field=field), refused.status
    begin(secret)
    flash(i18n.say(g.language, "Your password has been changed. Other devices were signed out."))
    return redirect(url_for("account.home"))


class Unequal(Refused):
    """The new password was typed in two ways."""

    def __init__(self) -> None:
        super().__init__(N_("The two new passwords are not the same."))


def refuse_unequal() -> None:
    """The new password is typed twice."""
    if request.form.get("password", "") != request.form.get("again", ""):
        raise Unequal


@account.get("/link/<secret>")
def link(secret: str) -> Page:
    """The form behind a one-time link; looking at it does not use it up (mail scanners look)."""
    return render_template("account/link.html", person=accounts.account_of_link(secret), secret=secret)


@account.post("/link/<secret>")
def use_link(secret: str) -> Page:
    """Set the first password and sign in."""
    person = accounts.account_of_link(secret)
    try:
        refuse_unequal()
        accounts.accept_link(secret, request.form.get("password", ""))
    except Refused as refused:
        return render_template("account/link.html", person=person, secret=secret, wrong=said(refused)), refused.status
    begin(accounts.sign_in(person.email, request.form.get("password", "")))
    return redirect(url_for("account.home"))


@account.get("/audit")
@requires(AUDITOR)
def audit_log() -> Page:
    """The staff's log, newest first, and whether its chain of hashes holds."""
    before = request.args.get("before", "")
    entries = audit.latest(AUDIT_PAGE + 1, int(before) if before.isascii() and before.isdigit() else None)
    return render_template(
        "account/audit.html",
        entries=entries[:AUDIT_PAGE],
        more=entries[AUDIT_PAGE - 1].id if len(entries) > AUDIT_PAGE else None,
        chain=audit.verify(),
    )
