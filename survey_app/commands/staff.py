"""Staff accounts and their log."""

from __future__ import annotations

import click

from survey_app.commands.terminal import me, opened, say
from survey_app.errors import Refused
from survey_app.i18n import LANGUAGES
from survey_app.models import Account
from survey_app.staff import accounts
from survey_app.staff import audit as log
from survey_app.staff.roles import ROLES


@click.group()
def user() -> None:
    """Staff accounts."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--unit", metavar="CODE", help="The unit of a unit head.")
@click.option("--name", default="", help="As it stands on the pages (default: the address).")
@click.option("--language", type=click.Choice(LANGUAGES), default="vi", show_default=True)
def add(email: str, role: str, unit: str | None, name: str, language: str) -> None:
    """A new account, and the one-time link with which its owner sets a password."""
    settings = opened()
    account = accounts.add(email, name, role, unit, by=me(), language=language)
    tell_link(settings.base_url, account)


def tell_link(base_url: str, account: Account) -> None:
    """Print a fresh link."""
    secret = accounts.link_for(account, by=me())
    say(f"{base_url}/staff/link/{secret}")
    say(f"Give this link to {account.email}. It works once, for {accounts.LINK_DAYS} days.")


@user.command()
@click.argument("email")
def link(email: str) -> None:
    """A new one-time link, for a forgotten password; earlier links stop working."""
    settings = opened()
    tell_link(settings.base_url, accounts.account_of(email))


@user.command()
@click.argument("email")
def disable(email: str) -> None:
    """Nobody signs in with this account any more."""
    opened()
    accounts.disable(accounts.account_of(email), by=me())
    say(f"{email}: disabled.")


@user.command("list")
def list_() -> None:
    """All accounts."""
    opened()
    for one in accounts.everyone():
        notes = [one.role, one.unit or "", "disabled" if one.disabled else "" if one.password else "no password yet"]
        say("\t".join([one.email, one.name, *notes]).rstrip())


@click.group()
def audit() -> None:
    """The staff's log."""


@audit.command("list")
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the newest N entries.")
def list_log(last: int | None) -> None:
    """What staff did, the oldest entry first."""
    opened()
    for entry in reversed(log.latest(last or log.verify().entries)):
        when = f"{entry.happened:%Y-%m-%d %H:%M:%S}Z"
        say("\t".join([str(entry.id), when, entry.who, entry.action, entry.subject, entry.detail]).rstrip())


@audit.command("verify")
def verify_log() -> None:
    """Recompute the chain of hashes."""
    opened()
    chain = log.verify()
    if chain.broken_at:
        raise Refused(
            "The chain is broken at entry {number}: it or an earlier entry was changed or removed.",
            number=chain.broken_at,
        )
    say(f"{chain.entries} entries, the chain holds. Last hash: {chain.head}")
