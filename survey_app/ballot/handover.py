"""Key sheets on their way to their holders: each waits for one account, in memory only, and is handed out once.

Threat: whoever holds the key ceremony sees all the codes. So the ceremony puts each share here under its holder's
account, and only that holder's own sign-in takes it out. A restart of the server forgets the sheets that wait: then the
ceremony is held again.
"""

from __future__ import annotations

import functools
import struct
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from survey_app.ballot.shared import SharedMemory

SLOT = struct.Struct("<40sIIB63s")  # round, account, the second it ends, number of the sheet, share
SLOTS = 60
HOURS = 12  # that a sheet waits


class Sheet(NamedTuple):
    """A sheet that waits: whose it is and what is printed on it. `number` counts from 1 in the order of holders."""

    round: str
    account: int
    number: int
    share: str

    def __repr__(self) -> str:
        return f"<sheet {self.number} of {self.round}>"


class Handover(SharedMemory):
    """The sheets that wait on this host."""

    def __init__(self) -> None:
        super().__init__(SLOTS * SLOT.size)

    def put(self, round_id: str, shares: Sequence[tuple[int, str]]) -> None:
        """(account, share) in the order of the key holders, in place of all sheets of the round that waited."""
        ends = int(time.time()) + HOURS * 3600
        with self.locked():
            for place, sheet in list(self._waiting()):
                if sheet.round == round_id:
                    self._erase(place)
            free = [place for place in self._places() if not any(self.map[place : place + SLOT.size])]
            if len(free) < len(shares):
                raise MemoryError("too many key ceremonies at once")
            for number, (account, share) in enumerate(shares, 1):
                SLOT.pack_into(
                    self.map, free[number - 1], round_id.encode(), account, ends, number, share.encode("ascii")
                )

    def take(self, round_id: str, account: int) -> Sheet | None:
        """This account's sheet of the round, erased here; None where none waits (any more)."""
        with self.locked():
            for place, sheet in self._waiting():
                if (sheet.round, sheet.account) == (round_id, account):
                    self._erase(place)
                    return sheet
        return None

    def waiting(self) -> list[tuple[str, int, int]]:
        """(round, account, number) of every sheet that waits."""
        with self.locked():
            return [(sheet.round, sheet.account, sheet.number) for _, sheet in self._waiting()]

    def _places(self) -> Iterator[int]:
        return iter(range(0, SLOTS * SLOT.size, SLOT.size))

    def _waiting(self) -> Iterator[tuple[int, Sheet]]:
        """Every sheet with its place; those whose time is over are erased on the way."""
        now = int(time.time())
        for place in self._places():
            round_id, account, ends, number, share = SLOT.unpack_from(self.map, place)
            if ends > now:
                yield place, Sheet(round_id.rstrip(b"\0").decode(), account, number, share.rstrip(b"\0").decode())
            elif ends:
                self._erase(place)

    def _erase(self, place: int) -> None:
        self.map[place : place + SLOT.size] = bytes(SLOT.size)


@functools.cache
def handover() -> Handover:
    """This host's sheets; the server calls it once before its workers fork."""
    return Handover()
