"""PostgreSQL's log read as `pg_waldump` shows it: what was written together, and when it was committed.

Threat: whoever copies the log while the round runs sees which rows one transaction touched, by their places. A mark and
an envelope of one submission stand together in it; that pairing is given to the attacker anyway. What it must not give
is a business beside an answer, and after the wipe not even the pairing.
"""

from __future__ import annotations

import random
import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import POSTGRESQL
from tests.privacy.attacks import Attack, Guess, completed, in_order
from tests.privacy.evidence import Evidence, Log, Row

RECORD = re.compile(r"rmgr: (?P<kind>\w+) .*? tx: +(?P<number>\d+), .*? desc: (?P<what>.*)")
COMMITTED = re.compile(r"COMMIT (?P<at>[\d-]+ [\d:.]+)")
OFFSET = re.compile(r"\b(?:new )?off (\d+)")
BLOCK = re.compile(r"blkref #0: rel \d+/(\d+)/(\d+) blk (\d+)")

Place = tuple[str, int, int]  # table, page, offset


@dataclass
class Transaction:
    """What one transaction wrote, in the order of writing, and when it was committed."""

    places: list[Place] = field(default_factory=list)
    at: str = ""


def transactions(log: Log) -> list[Transaction]:
    """All that were committed in these segments, in the order of their time."""
    found: defaultdict[str, Transaction] = defaultdict(Transaction)
    for line in lines(log.segments):
        record = RECORD.match(line)
        if record is None:
            continue
        if committed := COMMITTED.match(record["what"]):
            found[record["number"]].at = committed["at"]
        elif (place := written(record["what"], log.tables)) is not None:
            found[record["number"]].places.append(place)
    return sorted((each for each in found.values() if each.at), key=lambda each: each.at)


def lines(segments: Mapping[str, bytes]) -> Iterator[str]:
    """What `pg_waldump` prints of the rows and commits; where a segment is missing it starts again after the gap."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in segments.items():
            (Path(folder) / name).write_bytes(content)
        for first, last in runs(sorted(segments)):
            command = [POSTGRESQL[-1] / "pg_waldump", "--rmgr", "Heap", "--rmgr", "Transaction", "--path", folder]
            # It ends with an error where the log ends: that is no failure.
            shown = subprocess.run([*command, first, last], capture_output=True, text=True, check=False)
            yield from shown.stdout.splitlines()


def runs(names: list[str]) -> Iterator[tuple[str, str]]:
    """First and last of the segments that follow each other; 256 to each number in the middle of the name."""
    first = last = ""
    for name in names:
        number = int(name[8:16], 16) << 8 | int(name[16:], 16)
        if not last or number != int(last[8:16], 16) * 256 + int(last[16:], 16) + 1:
            if last:
                yield first, last
            first = name
        last = name
    if last:
        yield first, last


def written(what: str, tables: Mapping[tuple[str, str], str]) -> Place | None:
    """Where a record put a row, or took one away; the new place of a row that was changed."""
    block, offsets = BLOCK.search(what), OFFSET.findall(what)
    if block is None or not offsets or (block[1], block[2]) not in tables:
        return None
    return tables[block[1], block[2]], int(block[3]), int(offsets[-1])


def place_of(row: Row) -> Place:
    """Where a captured row lay: its ctid. xmin is left to another attack."""
    return row.table, *row.system[1:]


def at_places(lines: Iterator[tuple[Row, int]]) -> dict[Place, set[int]]:
    """What the captured rows at each place tell of."""
    found: defaultdict[Place, set[int]] = defaultdict(set)
    for row, number in lines:
        if row.system:
            found[place_of(row)].add(number)
    return found


def owned_rows(evidence: Evidence) -> Iterator[tuple[Row, int]]:
    """Rows that identify exactly one business."""
    for row in evidence.rows:
        owners = {b for b, marks in enumerate(evidence.identifiers) if any(mark in row.content for mark in marks)}
        if len(owners) == 1:
            yield row, owners.pop()


def by_waldump(chosen: Callable[[Evidence], Log]) -> Attack:
    """A transaction that wrote what identifies one business and what shows one sheet; else the order of commits."""

    def attack(evidence: Evidence, chance: random.Random) -> Guess:
        shown, owned = at_places(evidence.content_rows()), at_places(owned_rows(evidence))
        known, sequence = {}, []
        for each in transactions(chosen(evidence)):
            sheets = [sheet for place in each.places for sheet in shown.get(place, ())]
            owners = {business for place in each.places for business in owned.get(place, ())}
            if len(owners) == 1 == len(set(sheets)):
                known[owners.pop()] = sheets[0]
            sequence += sheets
        return completed(known or (in_order(sequence, evidence) if sequence else {}), evidence, chance, len(sequence))

    return attack


def paired(log: Log, evidence: Evidence) -> int:
    """Businesses whose mark and envelope one transaction of this log wrote."""
    owned = at_places(owned_rows(evidence))
    found = set()
    for each in transactions(log):
        marks, envelopes = (
            {business for place in each.places if place[0] == table for business in owned.get(place, ())}
            for table in ("invitation", "envelope")
        )
        found |= marks & envelopes
    return len(found)


ATTACKS: dict[str, Attack] = {
    "pg_waldump": by_waldump(lambda evidence: evidence.log),
    "pg_waldump after the wipe": by_waldump(lambda evidence: evidence.log_left),
}
