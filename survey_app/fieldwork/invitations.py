"""Invitations: a new code for a business, its digest in the table, the code itself only in the caller's hands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from peewee import chunked

from survey_app.ballot.tokens import Token, new_token
from survey_app.database import database
from survey_app.errors import WrongState
from survey_app.models import OPEN, PREPARING, Business, Dealing, Invitation, Round

BATCH = 50  # letters that may lie in one browser's memory at once


def issue(
    round_: Round, businesses: Iterable[Business], made: list[bytes] | None = None
) -> Iterator[tuple[Business, Token]]:
    """A new code for each business, revoking the old one; streamed, so that codes live no longer than their letter.

    Codes never enter a queue, a log or a file here; `made` collects their digests. Raises WrongState for a round that
    is closed.
    """
    if round_.state not in (PREPARING, OPEN):
        raise WrongState("No codes can be made for {round}: answering has ended.", round=round_.id)
    return codes_for(round_, businesses, made if made is not None else [])


def codes_for(round_: Round, businesses: Iterable[Business], made: list[bytes]) -> Iterator[tuple[Business, Token]]:
    """The codes, a transaction a batch; yielded only after it is written, so no printed code is unknown to us."""
    for part in chunked(businesses, BATCH):
        tokens = [(business, new_token()) for business in part]
        with database.atomic():
            for business, token in tokens:
                replace_code(round_, business, token)
        made += [token.digest for _, token in tokens]
        yield from tokens


@contextmanager
def issuing(round_: Round, businesses: Iterable[Business]) -> Iterator[Iterator[tuple[Business, Token]]]:
    """Codes for a file: taken back if it cannot be written, since nobody has seen them.

    A code that took over the mark of an earlier one stays: the number of marks may not change.
    """
    made: list[bytes] = []
    try:
        yield issue(round_, businesses, made)
    except BaseException:
        with database.atomic():
            for part in chunked(made, BATCH):
                mine = Invitation.digest.in_(part) & (Invitation.used == False)  # noqa: E712
                Invitation.delete().where(mine).execute()
        raise


def replace_code(round_: Round, business: Business, token: Token) -> None:
    """Revoke what the business held and write the new digest.

    Threat: a reprint for a business that has answered would let it answer twice, and a refusal would tell the officer
    that it has. So the mark moves to the new code, which is then as spent as the old one; the number of marks stays.
    The update comes first: it locks the row against a submit that is under way.
    """
    old = (Invitation.round == round_.id) & (Invitation.business == business.id)
    Invitation.update(revoked=True).where(old).execute()
    spent = Invitation.update(used=False).where(old & (Invitation.used == True)).execute()  # noqa: E712
    Invitation.insert(digest=token.digest, round=round_.id, business=business.id, used=spent > 0).execute()


def uninvited(round_: Round, most: int | None = None) -> list[Business]:
    """Businesses of the frame that hold no code yet, by tax code."""
    asked = Invitation.select(Invitation.business).where(Invitation.round == round_.id)
    inside = Dealing.select(Dealing.business).where(Dealing.round == round_.id).distinct()
    found = Business.select().where(Business.id.in_(inside) & Business.id.not_in(asked)).order_by(Business.tax_code)
    return list(found.limit(most) if most else found)


def invited(round_: Round) -> int:
    """How many businesses hold a code."""
    held = Invitation.select(Invitation.business).where(Invitation.round == round_.id)
    return int(held.distinct().count())
