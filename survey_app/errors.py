"""Our named refusals: each has one plain line; pages and commands turn it into a page or an exit status."""

from __future__ import annotations


class Refused(Exception):
    """Something cannot be done; the message says what and how to mend it. Exit status 1; page 400.

    `message` is a text of the catalogue, `values` fill its named placeholders: each page says it in its language.
    """

    status = 400

    def __init__(self, message: str = "", **values: object) -> None:
        super().__init__(message.format_map(values) if values else message)
        self.message = message
        self.values = values


class NotFound(Refused):
    """A round, unit or document that does not exist. Page 404."""

    status = 404


class NotSignedIn(Refused):
    """A program asked for what only staff may read. Status 401; people are sent to the sign-in page."""

    status = 401


class NotAllowed(Refused):
    """The signed-in person may not see or do this. Page 403; recorded in the staff audit."""

    status = 403


class WrongState(Refused):
    """A step of the round that is not due: the message names the state and the next step. Page 409."""

    status = 409


class CodeRefused(Refused):
    """A code that is unknown, mistyped, used, revoked or of a closed round: never says which (a guesser listens)."""


class InvitationSpent(Refused):
    """The invitation was already used: exactly one sheet a business."""

    status = 409


class DraftMoved(Refused):
    """Another device saved the same draft meanwhile: both versions are shown, nothing is lost silently."""

    status = 409


class SheetTooLong(Refused):
    """The sheet does not fit its envelope; the field is named, the answer never cut."""


class KeysRefused(Refused):
    """Key shares that do not open this round's box: wrong, mistyped, or of another round."""
