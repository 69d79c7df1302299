"""The gate of the staff pages: who is signed in, what the role allows, and a record of what was refused."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from survey_app import i18n
from survey_app.config import Settings
from survey_app.errors import NotAllowed, NotSignedIn, Refused
from survey_app.models import Account
from survey_app.staff import accounts, audit
from survey_app.staff.roles import HasParent, may_see

View = TypeVar("View", bound=Callable[..., Any])
KEY = "staff"  # where the cookie keeps the session's number: nothing else of a person is in it


def settings() -> Settings:
    """The deployment's settings."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def load_account() -> None:
    """Who is signed in, and the language of the page: the account's own, else the one chosen on this browser."""
    g.account = accounts.signed_in(session.get(KEY))
    chosen = request.args.get("language", "")
    if chosen in i18n.LANGUAGES:
        session["language"] = g.language = chosen
        if g.account is not None and g.account.language != chosen:
            accounts.choose_language(g.account, chosen)
            g.account.language = chosen
    if g.account is not None:
        g.language = g.account.language


def signed_in() -> Account:
    """The person behind this request, on pages that `requires` guards."""
    account: Account = g.account
    return account


def requires(*roles: str) -> Callable[[View], View]:
    """Only for these roles; whoever is not signed in is sent to sign in and comes back. Refusals are recorded."""

    def guarded(view: View) -> View:
        @functools.wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if not hasattr(g, "account"):
                load_account()
            if g.account is None:
                return to_sign_in()
            if g.account.role not in roles:
                refuse()
            return view(*args, **kwargs)

        wrapper.roles = roles  # type: ignore[attr-defined]  # read by the test that walks every address
        return wrapper  # type: ignore[return-value]

    return guarded


def to_sign_in() -> Response:
    """Off to the sign-in page; a GET comes back to where it was. Raises NotSignedIn where a program asks."""
    if request.blueprint == "staff_api":
        raise NotSignedIn("Sign in first: this takes the cookie of the staff's sign-in.")
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("account.sign_in", next=back))


def refuse() -> None:
    """Record and refuse."""
    audit.record(signed_in().email, "refused", request.path)
    raise NotAllowed("This page belongs to another task. Your attempt was recorded.")


def refuse_unless_seen(unit: str, register: Mapping[str, HasParent]) -> None:
    """Refuse, with a record, whoever may not see this unit's result."""
    if not may_see(signed_in(), unit, register):
        refuse()


def local(address: str | None) -> str | None:
    """The address if it leads to one of our staff pages: a link may not send people elsewhere after they signed in."""
    if address and address.startswith("/staff/") and "\\" not in address and not address.startswith("//"):
        return address
    return None


def staff_pages(blueprint: Blueprint) -> None:
    """Everything a staff blueprint needs: the account before each request, refusals in the staff's own frame."""
    blueprint.before_request(load_account)
    blueprint.register_error_handler(Refused, refused_page)


def refused_page(error: Refused) -> tuple[str, int]:
    """One of our refusals on a staff page."""
    if not hasattr(g, "account"):
        load_account()
    reasons = [said(reason) for reason in getattr(error, "reasons", ())]
    return render_template("staff/refused.html", message=said(error), reasons=reasons), error.status


def said(error: Any) -> str:
    """A refusal in the language of the page."""
    if isinstance(error, Refused):
        return i18n.say(g.language, error.message, **error.values)
    return str(error)
