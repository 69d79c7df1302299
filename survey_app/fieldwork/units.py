"""The unit register: import it, freeze it for a round, read a round's own copy of it."""

from __future__ import annotations

import datetime
import functools
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from survey_app.database import database
from survey_app.diagnostics import suggestion
from survey_app.fieldwork.spreadsheet import Line, Listing, read_listing
from survey_app.models import Round, RoundUnit, Unit
from survey_app.questionnaire.schema import RatedUnit

Text = dict[str, str]  # by language tag

REQUIRED = ("code", "kind", "name_vi", "valid_from")
OPTIONAL = (
    "needs", "parent", "name_en", "name_zh", "short_vi", "short_en", "short_zh", "valid_to", "successor",
    "rated", "fallback",
)  # fmt: skip
LANGUAGE_COLUMNS = {"vi": "vi", "en": "en", "zh": "zh-Hans"}
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
KIND = re.compile(r"[a-z][a-z0-9_]{0,31}")
TRUTH = {"yes": True, "no": False, "1": True, "0": False, "true": True, "false": False, "": True}


class RegisterLine(msgspec.Struct, frozen=True):
    """One unit as the register has it. A reporting group is a line that is not rated itself."""

    code: str
    kind: str
    needs: tuple[str, ...]
    parent: str | None
    names: Text
    short_names: Text
    valid_from: datetime.date
    valid_to: datetime.date | None
    successor: str | None
    rated: bool
    fallback: str | None


class Placed(msgspec.Struct, frozen=True):
    """A unit's place in a round: its frozen line and the group it is reported in, if it was merged."""

    line: RegisterLine
    merged_into: str | None


def import_units(path: Path, content: bytes | None = None) -> int:
    """Read the register's file (CSV, XLSX) and write it; how many lines. Raises InputProblems, all problems at once."""
    listing = read_listing(path, REQUIRED, OPTIONAL, content)
    lines = [line for line in (register_line(row, listing) for row in listing.lines) if line]
    check_references(lines, listing)
    listing.refuse_problems()
    with database.atomic():
        for line in lines:
            write(line)
    return len(lines)


def write(line: RegisterLine) -> None:
    """Put a line in the register, in place of an older one with the same code."""
    fields = msgspec.structs.asdict(line) | {"needs": ";".join(line.needs)}
    changed = {key: value for key, value in fields.items() if key != "code"}
    Unit.insert(**fields).on_conflict(conflict_target=[Unit.code], update=changed).execute()


def register_line(row: Line, listing: Listing) -> RegisterLine | None:
    """The typed line; None and a noted problem where a cell cannot be used."""
    before = len(listing.problems)
    listing.need(row, *REQUIRED)
    shape(row, "code", CODE, "letters, digits, '.', '_' and '-'", listing)
    shape(row, "kind", KIND, "small letters, digits and '_', such as chi_cuc, phong, doi, to", listing)
    since, until = date(row, "valid_from", listing), date(row, "valid_to", listing)
    if since and until and until < since:
        listing.wrong(
            row.number,
            "valid_to",
            "dates",
            "the unit ends before it begins",
            "valid_to is before valid_from",
            "correct one of them",
        )
    if row["rated"].lower() not in TRUTH:
        listing.wrong(
            row.number,
            "rated",
            "yes_no",
            f"'{row['rated']}' is neither yes nor no",
            "the column says whether it may be rated",
            "write yes or no",
        )
    if len(listing.problems) > before or since is None:
        return None
    names = {tag: row[f"name_{column}"] for column, tag in LANGUAGE_COLUMNS.items() if row[f"name_{column}"]}
    shorts = {tag: row[f"short_{column}"] for column, tag in LANGUAGE_COLUMNS.items() if row[f"short_{column}"]}
    return RegisterLine(
        code=row["code"],
        kind=row["kind"],
        needs=tuple(sorted({need.strip() for need in row["needs"].split(";") if need.strip()})),
        parent=row["parent"] or None,
        names=names,
        short_names=names | shorts,
        valid_from=since,
        valid_to=until,
        successor=row["successor"] or None,
        rated=TRUTH[row["rated"].lower()],
        fallback=row["fallback"] or None,
    )


def shape(row: Line, column: str, pattern: re.Pattern[str], allowed: str, listing: Listing) -> None:
    """A code in the cell, or a noted problem."""
    if row[column] and not pattern.fullmatch(row[column]):
        listing.wrong(
            row.number, column, "code", f"'{row[column]}' cannot be a {column}", f"it may hold {allowed}", "change it"
        )


def date(row: Line, column: str, listing: Listing) -> datetime.date | None:
    """2025-03-15 or 15/03/2025; None where empty or (noted) wrong."""
    text = row[column]
    if not text:
        return None
    if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        text = f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}"
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        listing.wrong(
            row.number,
            column,
            "date",
            f"'{row[column]}' is not a date",
            "dates decide which units are rated",
            "write 2025-03-15 or 15/03/2025",
        )
        return None


def check_references(lines: list[RegisterLine], listing: Listing) -> None:
    """Doubled codes; parents and groups that nobody knows; a unit that is its own parent.

    A successor may be unknown: the structure that comes after is often imported later.
    """
    here = {line.code: line for line in lines}
    known = set(here) | {unit.code for unit in Unit.select(Unit.code)}
    rows = {row["code"]: row.number for row in reversed(listing.lines)}
    seen: dict[str, int] = {}
    for row in listing.lines:
        code = row["code"].lower()
        if code and code in seen:
            listing.wrong(
                row.number,
                "code",
                "double",
                f"'{row['code']}' stands in line {seen[code]} too",
                "a code names one unit",
                "remove or rename one",
            )
        seen.setdefault(code, row.number)
    for line in lines:
        for column in ("parent", "fallback"):
            target = getattr(line, column)
            if target and target not in known:
                listing.wrong(
                    rows[line.code],
                    column,
                    "unknown_unit",
                    f"no unit has the code '{target}'",
                    f"{line.code} names it as {column}",
                    suggestion(target, known),
                )
        if circle(line, here):
            listing.wrong(
                rows[line.code],
                "parent",
                "circle",
                f"'{line.code}' is a part of itself",
                "parents lead back to it",
                "correct its parent",
            )


def circle(line: RegisterLine, here: dict[str, RegisterLine]) -> bool:
    """Whether the chain of parents comes back to where it began."""
    passed: set[str] = set()
    above: RegisterLine | None = line
    while above is not None and above.parent:
        if above.parent == line.code:
            return True
        if above.parent in passed:
            return False
        passed.add(above.parent)
        above = here.get(above.parent)
    return False


# ---------------------------------------------------------------- as it is today


def line_of(unit: Unit) -> RegisterLine:
    """The register's row as a typed line."""
    return RegisterLine(
        code=unit.code,
        kind=unit.kind,
        needs=tuple(part for part in unit.needs.split(";") if part),
        parent=unit.parent,
        names=unit.names,
        short_names=unit.short_names,
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
        successor=unit.successor,
        rated=unit.rated,
        fallback=unit.fallback,
    )


def valid_on(day: datetime.date) -> tuple[RegisterLine, ...]:
    """The units that exist on a day, in the order of their codes."""
    rows = Unit.select().where((Unit.valid_from <= day) & (Unit.valid_to.is_null() | (Unit.valid_to >= day)))
    return tuple(line_of(unit) for unit in rows.order_by(Unit.code))


def current_register() -> dict[str, RegisterLine]:
    """Every unit of the register by its code, those of the past too."""
    return {unit.code: line_of(unit) for unit in Unit.select().order_by(Unit.code)}


# ---------------------------------------------------------------- as a round froze it


def placed_units(round_: Round) -> dict[str, Placed]:
    """Every unit and reporting group of the round: frozen once it opened, the register's lines before."""
    today = current_register()
    rows = RoundUnit.select().where(RoundUnit.round == round_.id).order_by(RoundUnit.unit)
    placed = {}
    for row in rows:
        line = msgspec.convert(row.frozen, RegisterLine) if row.frozen else today[row.unit]
        placed[row.unit] = Placed(line, row.merged_into)
    return placed


def register_for(round_: Round) -> dict[str, RatedUnit]:
    """What respondents may rate, by code. A merged unit is still rated under its own name."""
    if round_.register_hash:
        return frozen_register(round_.id, round_.register_hash)
    return rated_units(placed_units(round_).values())


# The frozen lines never change, and every respondent's page needs them.
@functools.lru_cache(maxsize=16)
def frozen_register(round_id: str, register_hash: str) -> dict[str, RatedUnit]:
    """The register of an opened round."""
    return rated_units(placed_units(Round.get_by_id(round_id)).values())


def rated_units(placed: Iterable[Placed]) -> dict[str, RatedUnit]:
    """The rated ones of these lines as the questionnaire knows units."""
    return {
        line.code: RatedUnit(
            code=line.code, kind=line.kind, needs=frozenset(line.needs), parent=line.parent, names=line.names
        )
        for line in (place.line for place in placed)
        if line.rated
    }


def reporting_groups(round_: Round) -> dict[str, str]:
    """Merged unit → the group it is reported in."""
    return {code: place.merged_into for code, place in placed_units(round_).items() if place.merged_into}


def register_hash(placed: Iterable[Placed]) -> str:
    """SHA-256 over the canonical lines: what the round's pedigree says of its units."""
    lines = sorted(placed, key=lambda place: place.line.code)
    return hashlib.sha256(msgspec.json.encode(lines, order="deterministic")).hexdigest()
