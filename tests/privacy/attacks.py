"""The attacks: each says for every business which sheet is its own. Each is one idea with a control where it works."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tests.privacy.evidence import Evidence, Row

LISTS = ("job", "audit", "huey", "kv", "schedule", "task", "naive_log")  # tables that say what happened
NEAR = 2048  # bytes between an identifier and a needle that count as one place


@dataclass(frozen=True)
class Guess:
    """`sheet_of[business]`; `found`: pieces of evidence that the guess rests on."""

    sheet_of: list[int]
    found: int


Attack = Callable[[Evidence, random.Random], Guess]


def completed(known: dict[int, int], evidence: Evidence, chance: random.Random, found: int) -> Guess:
    """The known links, and the other businesses and sheets thrown together."""
    used: set[int] = set()
    kept = {}
    for business, sheet in known.items():
        if sheet not in used:
            kept[business] = sheet
            used.add(sheet)
    left = [sheet for sheet in range(len(evidence.sheets)) if sheet not in used]
    chance.shuffle(left)
    return Guess([kept[b] if b in kept else left.pop() for b in range(len(evidence.order))], found)


def in_order(sequence: Iterable[int], evidence: Evidence) -> dict[int, int]:
    """Sheets in the order in which they were found, laid beside the order of submission."""
    sheets = list(dict.fromkeys(sequence))
    number = len(evidence.order)
    return {evidence.order[place * number // len(sheets)]: sheet for place, sheet in enumerate(sheets)}


def longest_table(lines: Sequence[tuple[Row, int]]) -> list[tuple[Row, int]]:
    """The lines of the table that shows most sheets."""
    by_table: defaultdict[str, list[tuple[Row, int]]] = defaultdict(list)
    for row, sheet in lines:
        by_table[row.table].append((row, sheet))
    return max(by_table.values(), key=lambda part: len({sheet for _, sheet in part}), default=[])


def by_row_order(evidence: Evidence, chance: random.Random) -> Guess:
    """Rows that show content lie in the order of writing."""
    lines = longest_table(list(evidence.content_rows()))
    lines.sort(key=lambda line: (line[0].moment, line[0].place))
    return completed(in_order((sheet for _, sheet in lines), evidence), evidence, chance, len(lines))


def by_system_columns(evidence: Evidence, chance: random.Random) -> Guess:
    """rowid, or xmin and ctid, tell the order of writing even where keys are random."""
    lines = longest_table([line for line in evidence.content_rows() if line[0].system])
    lines.sort(key=lambda line: line[0].system)
    return completed(in_order((sheet for _, sheet in lines), evidence), evidence, chance, len(lines))


def by_copies(evidence: Evidence, chance: random.Random) -> Guess:
    """What is new in the copy after a submission is of whoever submitted."""
    new = [(row.moment, sheet) for row, sheet in evidence.content_rows() if 1 <= row.moment <= len(evidence.order)]
    known = {evidence.order[moment - 1]: sheet for moment, sheet in new}
    return completed(known, evidence, chance, len(new))


def by_length(evidence: Evidence, chance: random.Random) -> Guess:
    """The longer the sheet, the longer what hides it."""
    lengths = evidence.lengths
    distinct = len(set(lengths.values())) - 1
    businesses = sorted(lengths, key=lambda business: (lengths[business], chance.random()))
    sheets = sorted(range(len(evidence.sheets)), key=lambda number: (evidence.sheets[number].length, chance.random()))
    return completed(dict(zip(businesses, sheets, strict=False)), evidence, chance, max(distinct, 0))


def by_carving(evidence: Evidence, chance: random.Random) -> Guess:
    """Free pages, old log segments, deleted drafts: content beside something that identifies."""
    votes: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for _, content in evidence.files:
        places = sorted(
            (place, business)
            for business, marks in enumerate(evidence.identifiers)
            for mark in marks
            for place in everywhere(mark, content)
        )
        for number, sheet in enumerate(evidence.sheets):
            for needle in sheet.needles:
                for at in everywhere(needle, content):
                    near = nearest(places, at)
                    if near is not None:
                        votes[near][number] += 1
    known = {business: counted.most_common(1)[0][0] for business, counted in votes.items()}
    return completed(known, evidence, chance, sum(sum(counted.values()) for counted in votes.values()))


def nearest(places: Sequence[tuple[int, int]], at: int) -> int | None:
    """The business whose mark stands nearest before this place, as a key stands before its row; else after it."""
    after = bisect_left(places, (at, 0))
    for place, business in (*places[max(after - 1, 0) : after], *places[after : after + 1]):
        if abs(place - at) <= NEAR:
            return business
    return None


def everywhere(needle: bytes, content: bytes) -> list[int]:
    """All places of a needle."""
    found, at = [], content.find(needle)
    while at >= 0:
        found.append(at)
        at = content.find(needle, at + 1)
    return found


def by_texts(evidence: Evidence, chance: random.Random) -> Guess:
    """Server logs, queue and staff log: a line with content tells by what else stands on it, or by its place."""
    lines = [line.encode() for _, text in evidence.texts for line in text.splitlines()]
    lines += [
        row.content
        for row in evidence.rows
        if row.table.startswith(("job", "audit", "huey", "kv", "task", "naive_log"))
    ]
    sequence, known = [], {}
    for line in lines:
        held = evidence.holding(line)
        if len(held) == 1:
            sheet = held.pop()
            sequence.append(sheet)
            known |= {b: sheet for b, marks in enumerate(evidence.identifiers) if any(mark in line for mark in marks)}
    return completed(known or (in_order(sequence, evidence) if sequence else {}), evidence, chance, len(sequence))


def by_solving(evidence: Evidence, chance: random.Random) -> Guess:
    """Exact numbers kept beside slips: the adjustment of a business is the same on all its slips, and a business whose
    adjustment stands in the estimates is known. Pairs slip and business by that number."""
    numbers: dict[str, list[int]] = defaultdict(list)
    slips: dict[str, list[int]] = defaultdict(list)
    for row in evidence.rows:
        columns = dict(row.columns)
        shift = columns.get("adjustment", b"").decode()
        if not shift:
            continue
        held = evidence.holding(row.content)
        slips[shift] += [held.pop()] if len(held) == 1 else []
        numbers[shift] += [
            b for b, marks in enumerate(evidence.identifiers) if any(mark in row.content for mark in marks)
        ]
    known = {
        numbers[shift][0]: slips[shift][0] for shift in slips if len(set(slips[shift])) == 1 == len(set(numbers[shift]))
    }
    return completed(known, evidence, chance, len(known))


def across_rounds(before: Evidence, truth: Sequence[int]) -> Attack:
    """With an earlier round whose links are known: any value that stands in both rounds for one business only."""
    names: dict[bytes, set[int]] = defaultdict(set)
    owner = {sheet: business for business, sheet in enumerate(truth)}
    for row, sheet in before.content_rows():
        for _, value in row.columns:
            names[value].add(owner[sheet])

    def attack(evidence: Evidence, chance: random.Random) -> Guess:
        known = {}
        for row, sheet in evidence.content_rows():
            for _, value in row.columns:
                if len(names.get(value, ())) == 1:
                    known[next(iter(names[value]))] = sheet
        return completed(known, evidence, chance, len(known))

    return attack


def two_rounds_by_copies(other: Evidence) -> Attack:
    """Three copies a day of either round, no links known: who submitted between which two copies is known, and what is
    new in a copy came from one of them. A value that stands in both rounds is of whoever fits in both."""
    there: defaultdict[bytes, set[tuple[int, int]]] = defaultdict(set)
    for row, sheet in other.content_rows():
        for _, value in row.columns:
            there[value].add((sheet, interval(other, row.moment)))

    def attack(evidence: Evidence, chance: random.Random) -> Guess:
        fitting: dict[int, list[int]] = {}
        for row, sheet in evidence.content_rows():
            here = interval(evidence, row.moment)
            joined = {then for _, value in row.columns if len(there.get(value, ())) == 1 for _, then in there[value]}
            for then in joined or {None}:
                fitting[sheet] = [
                    business
                    for place, business in enumerate(evidence.order, 1)
                    if interval(evidence, place) == here
                    and then in (None, interval(other, other.order.index(business) + 1))
                ]
        known: dict[int, int] = {}
        for sheet, businesses in sorted(fitting.items(), key=lambda pair: len(pair[1])):
            free = [business for business in businesses if business not in known]
            if free:
                known[chance.choice(free)] = sheet
        return completed(known, evidence, chance, len(fitting))

    return attack


def interval(evidence: Evidence, moment: int) -> int:
    """Which copy showed first what was written at this moment; he is given what came and went between two as well."""
    return bisect_left(evidence.copies, moment)


ATTACKS: dict[str, Attack] = {
    "row order": by_row_order,
    "rowid, xmin, ctid": by_system_columns,
    "copies between submissions": by_copies,
    "lengths": by_length,
    "carving files and logs of the engine": by_carving,
    "server logs, queue, staff log": by_texts,
    "solving with exact numbers": by_solving,
}
