"""What the server must remember for a day without writing it down: the label key and the rate counters.

Both live in one anonymous shared mapping, made before the workers fork (`prepare` in `create_app`), never in a file.
Threat: somebody copies the disk. Addresses enter as HMACs under a key that is random each day and overwritten at the
first use on the next day (UTC+7), so neither a label nor a counter can be led back to an address afterwards.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import struct
import time

from survey_app.ballot.shared import SharedMemory

HOURS_EAST = 7  # the day of Viet Nam
KEY = 32  # bytes
HEADER = struct.Struct(f"<I{KEY}s")  # the day's number, the day's key
SLOT = struct.Struct("<QII")  # HMAC of what is counted, the second its window ends, how many
SLOTS = 1 << 14
PROBES = 8
WINDOW = 600  # seconds that a counter runs


class DayMemory(SharedMemory):
    """The day's key and the counters, shared by all processes that fork from the one that made it."""

    def __init__(self) -> None:
        super().__init__(HEADER.size + SLOTS * SLOT.size)

    def day_key(self) -> bytes:
        """Today's key. The first call of a day overwrites yesterday's key and counters. Call it locked."""
        today = int(time.time() + HOURS_EAST * 3600) // 86400
        day, key = HEADER.unpack_from(self.map, 0)
        if day != today:
            key = os.urandom(KEY)
            self.map[HEADER.size :] = bytes(SLOTS * SLOT.size)
            HEADER.pack_into(self.map, 0, today, key)
        return bytes(key)

    def label(self, text: bytes) -> int:
        """The first 32 bits of HMAC(today's key, text)."""
        with self.locked():
            key = self.day_key()
        return int.from_bytes(hmac.digest(key, b"label:" + text, hashlib.sha256)[:4])

    def count(self, text: bytes, ends: int) -> int:
        """Count one event of `text`, whose counter ends at this second; how many there were, this one included."""
        with self.locked():
            digest = hmac.digest(self.day_key(), b"count:%d:" % ends + text, hashlib.sha256)
            tag = int.from_bytes(digest[:8]) or 1
            place, number = self._slot(tag, int.from_bytes(digest[8:12]) % SLOTS)
            SLOT.pack_into(self.map, place, tag, ends, number + 1)
        return number + 1

    def _slot(self, tag: int, first: int) -> tuple[int, int]:
        """Where the counter lies and how far it is: its own slot, else a free or ended one, else the least used one."""
        now = int(time.time())
        least, fewest = 0, -1
        for step in range(PROBES):
            place = HEADER.size + (first + step) % SLOTS * SLOT.size
            slot_tag, ends, number = SLOT.unpack_from(self.map, place)
            if slot_tag == tag:
                return place, number
            live = number if ends > now else 0
            if fewest < 0 or live < fewest:
                least, fewest = place, live
        return least, 0


_shared: DayMemory | None = None


def prepare() -> DayMemory:
    """The shared memory of this host's processes; `create_app` calls it, so that it exists before workers fork."""
    global _shared  # noqa: PLW0603 - one mapping a host is the point
    if _shared is None:
        _shared = DayMemory()
    return _shared


def network_prefix(address: str | None) -> str:
    """The /24 or /48 of an address: nothing finer is ever used. "" where there is none."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    length = 24 if isinstance(parsed, ipaddress.IPv4Address) else 48
    return str(ipaddress.ip_network((parsed, length), strict=False))


def client_label(prefix: str, user_agent: str) -> int:
    """32 bits by which the count finds bursts: equal for one network and browser on one day, nothing the day after."""
    return prepare().label(f"{prefix}\0{user_agent}".encode(errors="replace"))


def too_many(kind: str, key: str, limit: int, seconds: int = WINDOW) -> bool:
    """Count one event (`kind` such as "code", `key` such as a network prefix); whether it is above `limit` per window.

    Counted for all workers of this host together; on several hosts each counts for itself.
    """
    ends = (int(time.time()) // seconds + 1) * seconds
    return prepare().count(f"{kind}\0{key}".encode(errors="replace"), ends) > limit
