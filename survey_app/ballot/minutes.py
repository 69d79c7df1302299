"""The minutes of a count: who opened the box, what lay in it, what was odd. Numbers and hashes, never an answer."""

from __future__ import annotations

import datetime

import msgspec

from survey_app.models import Count

HOURS_EAST = 7  # dates are those of Viet Nam


class Remark(msgspec.Struct, frozen=True):
    """A line of the minutes: a text of the catalogue and what fills its named placeholders."""

    message: str
    values: dict[str, str | int] = {}

    def __str__(self) -> str:
        return self.message.format_map(self.values)


class Minutes(msgspec.Struct, frozen=True, kw_only=True):
    """One count. A sound round has used = envelopes = sheets = receipts and no anomaly."""

    counted_on: datetime.date
    key_holders: tuple[int, ...]  # numbers of the shares that opened the box; 0 = the single key holder
    questionnaire: str  # hashes
    plan: str
    register: str
    public_key: str  # SHA-256 of the round's public key
    outcome: str
    code: str  # version of the code that counted
    invited: int  # businesses that held a code
    used: int
    envelopes: int
    sheets: int
    receipts: int
    comments: int
    comments_destroyed: int  # could never have been released
    anomalies: tuple[Remark, ...] = ()
    warnings: tuple[Remark, ...] = ()  # about the machine: swap, core dumps
    replaced: int = 0  # codes that a reprint replaced
    wiping: bool = False  # the box is emptied, the traces are not proven gone yet
    wiped_on: datetime.date | None = None

    @property
    def is_sound(self) -> bool:
        return self.used == self.envelopes == self.sheets == self.receipts and not self.anomalies


def read(round_id: str) -> Minutes | None:
    """The minutes of a round; None before its count."""
    row = Count.get_or_none(Count.round == round_id)
    return None if row is None else msgspec.convert(row.minutes, Minutes)


def amend(round_id: str, **changes: object) -> Minutes:
    """Change fields of the minutes, inside the caller's transaction."""
    current = read(round_id)
    if current is None:
        raise LookupError(round_id)
    amended = msgspec.structs.replace(current, **changes)
    Count.update(minutes=msgspec.to_builtins(amended)).where(Count.round == round_id).execute()
    return amended


def today() -> datetime.date:
    """The day in Viet Nam."""
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=HOURS_EAST)).date()
