"""Comments, released by two people: one takes out what shows the writer, the other sees only what is left and decides.

Threat: a style or a detail shows who wrote. So nobody reads comments before the box is wiped and a delay is over; the
second reader never sees the original; what is released or withheld loses its original for good; and of fewer than five
released comments on a unit none is shown.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import msgspec

from survey_app.ballot import minutes
from survey_app.ballot.tally import LEAST_COMMENTS
from survey_app.database import database
from survey_app.errors import NotFound, Refused, WrongState
from survey_app.fieldwork.steps import refuse_unless
from survey_app.fieldwork.versions import plan_of
from survey_app.i18n import N_
from survey_app.models import PUBLISHED, WIPED, AuditEntry, Business, Comment, Dealing, Round
from survey_app.results import redaction
from survey_app.staff.audit import record

DELAY = 14  # days after the count: who remembers the day of writing remembers less
OTHER = "other"  # the theme of what fits no sub-index
LONGEST = 2000  # characters
RELEASED, WITHHELD = N_("comment released"), N_("comment withheld")  # as the staff's log has them


class ToRead(msgspec.Struct, frozen=True):
    """A comment that waits: its original for the first reader, the proposed text for the second. `pieces`: the text
    with what in it could show the writer; `suggested`: the text without that."""

    id: str
    unit: str | None
    question: str
    text: str
    theme: str
    pieces: tuple[tuple[str, redaction.Kind | None], ...]
    suggested: str


class Theme(msgspec.Struct, frozen=True):
    """Released comments of one theme, a sub-index of the plan or OTHER."""

    id: str
    texts: tuple[str, ...]


def first_day(round_: Round) -> datetime.date:
    """From when on comments may be read. Raises WrongState before the box is wiped."""
    refuse_unless(round_, WIPED, PUBLISHED)
    if round_.counted_on is None:
        raise WrongState("{round} has not been counted yet: count it first.", round=round_.id)
    return round_.counted_on + datetime.timedelta(days=0 if round_.rehearsal else DELAY)


def refuse_early(round_: Round) -> None:
    """Raise WrongState before the box is wiped and the delay is over."""
    due = first_day(round_)
    if minutes.today() < due:
        raise WrongState("Comments may be read from {day} on.", day=f"{due:%d/%m/%Y}")


def themes_of(round_: Round) -> tuple[str, ...]:
    """The plan's sub-indices, then OTHER."""
    return (*(sub.id for sub in plan_of(round_).sub_indices()), OTHER)


def own_names(round_: Round) -> frozenset[str]:
    """Of the businesses on the round's frame: a comment that names one shows who wrote it, or who it is about."""
    frame = Dealing.select(Dealing.business).where(Dealing.round == round_.id)
    rows = Business.select(Business.name).where(Business.id.in_(frame))
    return frozenset(filter(None, (redaction.own_name(row.name) for row in rows)))


def to_read(row: Comment, text: str, names: frozenset[str]) -> ToRead:
    """As a reader sees it."""
    found = redaction.traces(text, names)
    pieces = tuple(redaction.pieces(text, found))
    suggested = redaction.redacted(text, found)
    return ToRead(bytes(row.id).hex(), row.unit, row.question, text, row.theme or "", pieces, suggested)


# ---------------------------------------------------------------- the first reader


def to_redact(round_: Round) -> Iterator[ToRead]:
    """What nobody has read yet, in the order of the random ids."""
    refuse_early(round_)
    names = own_names(round_)
    for row in of(round_).where(Comment.released.is_null() & Comment.proposed.is_null()):
        yield to_read(row, row.text, names)


def propose(round_: Round, comment: str, text: str, theme: str, who: str) -> None:
    """Put a redacted text before the second reader. Raises Refused, NotFound."""
    refuse_early(round_)
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise Refused("A comment has 1 to {most} characters. To show nothing of it, withhold it.", most=LONGEST)
    if theme not in themes_of(round_):
        raise Refused("Choose a theme.")
    change(round_, comment, Comment.proposed.is_null(), proposed=text, theme=theme, proposed_by=who)


def withhold(round_: Round, comment: str, who: str) -> None:
    """Destroy a comment that cannot be shown without showing its writer. Raises NotFound."""
    refuse_early(round_)
    with database.atomic():
        waiting = (Comment.id == key(comment)) & (Comment.round == round_.id) & Comment.released.is_null()
        if not Comment.delete().where(waiting).execute():
            raise gone()
        record(who, WITHHELD, round_.id)


# ---------------------------------------------------------------- the second reader


def to_release(round_: Round) -> Iterator[ToRead]:
    """What was proposed, without the originals."""
    refuse_early(round_)
    names = own_names(round_)
    for row in of(round_).where(Comment.proposed.is_null(False)):
        yield to_read(row, row.proposed, names)


def release(round_: Round, comment: str, who: str) -> None:
    """Show the proposed text and destroy the original. Raises Refused for the one who proposed it, NotFound."""
    refuse_early(round_)
    with database.atomic():
        row = of(round_).where((Comment.id == key(comment)) & Comment.proposed.is_null(False)).first()
        if row is None:
            raise gone()
        if row.proposed_by == who:
            raise Refused("The second reader must be another person than the first.")
        Comment.update(released=row.proposed, text="", proposed=None, proposed_by=None).where(
            Comment.id == row.id
        ).execute()
        record(who, RELEASED, round_.id)


def send_back(round_: Round, comment: str) -> None:
    """Ask the first reader to take out more. Raises NotFound."""
    refuse_early(round_)
    change(round_, comment, Comment.proposed.is_null(False), proposed=None, proposed_by=None)


# ---------------------------------------------------------------- readers


def released(round_: Round, unit: str | None) -> tuple[Theme, ...]:
    """Released comments on a unit (None: to the leaders), by theme, the most frequent first; none where fewer than five
    are released."""
    about = Comment.unit.is_null() if unit is None else Comment.unit == unit
    rows = list(of(round_).where(about & Comment.released.is_null(False)))
    if len(rows) < LEAST_COMMENTS:
        return ()
    texts = {theme: tuple(row.released for row in rows if row.theme == theme) for theme in themes_of(round_)}
    frequent = sorted(texts.items(), key=lambda theme: -len(theme[1]))
    return tuple(Theme(theme, found) for theme, found in frequent if found)


def dealt_with(round_: Round) -> int:
    """How many comments were released or withheld since the count, by the staff's log."""
    deeds = AuditEntry.action.in_((RELEASED, WITHHELD)) & (AuditEntry.subject == round_.id)
    return int(AuditEntry.select().where(deeds).count())


def of(round_: Round):  # type: ignore[no-untyped-def]
    """The round's comments in the order of their random ids."""
    return Comment.select().where(Comment.round == round_.id).order_by(Comment.id)


def change(round_: Round, comment: str, due: object, **values: object) -> None:
    """Change one waiting comment. Raises NotFound where it is not waiting any more."""
    waiting = (Comment.id == key(comment)) & (Comment.round == round_.id) & Comment.released.is_null() & due
    if not Comment.update(**values).where(waiting).execute():
        raise gone()


def key(comment: str) -> bytes:
    """The id behind its hexadecimal text. Raises NotFound."""
    try:
        return bytes.fromhex(comment)
    except ValueError:
        raise gone() from None


def gone() -> NotFound:
    """The refusal for a comment that somebody else has dealt with."""
    return NotFound("This comment is not waiting any more: somebody has dealt with it.")
