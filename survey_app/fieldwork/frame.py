"""The sampling frame: which businesses dealt with which units. Knows nothing of answers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from peewee import chunked

from survey_app import i18n
from survey_app.database import database
from survey_app.diagnostics import suggestion
from survey_app.errors import NotFound, WrongState
from survey_app.fieldwork.spreadsheet import Line, Listing, read_listing
from survey_app.models import PREPARING, Business, Dealing, Invitation, Round, RoundUnit

REQUIRED = ("tax_code", "name", "units")
OPTIONAL = ("address", "phone", "email", "stratum")
TAX_CODE = re.compile(r"\d{10}(-\d{3})?|\d{12}")  # enterprise, its dependent unit; household by personal number
EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
CHUNK = 200  # rows a statement: SQLite binds at most 32,766 values


class FrameLine(msgspec.Struct, frozen=True):
    """A business and the units that it dealt with."""

    tax_code: str
    name: str
    units: tuple[str, ...]
    address: str = ""
    phone: str = ""
    email: str = ""
    stratum: str = ""


class Alike(msgspec.Struct, frozen=True):
    """Two businesses that may be one: a person decides before letters are printed."""

    first: str
    second: str
    why: str


class FrameReport(msgspec.Struct, frozen=True):
    """What an import did."""

    businesses: int
    dealings: int
    alike: tuple[Alike, ...]


def import_frame(round_: Round, path: Path, content: bytes | None = None, replace: bool = False) -> FrameReport:
    """Read the frame's file and write it; a business named before gets its new units. Raises InputProblems.

    `replace`: businesses that the file does not name leave the round, and their codes with them.
    """
    refuse_unless_preparing(round_)
    listing = read_listing(path, REQUIRED, OPTIONAL, content)
    known = {row.unit for row in RoundUnit.select(RoundUnit.unit).where(RoundUnit.round == round_.id)}
    lines = [frame_line(row, listing, known) for row in listing.lines]
    check_doubles(listing)
    listing.refuse_problems()
    return write_frame(round_, lines, replace)


def refuse_unless_preparing(round_: Round) -> None:
    """The frame decides who is merged and invited: it is closed once the round is open."""
    if round_.state != PREPARING:
        raise WrongState("The frame of {round} can no longer be changed: the round has been opened.", round=round_.id)


def write_frame(round_: Round, lines: Sequence[FrameLine], replace: bool = False) -> FrameReport:
    """Write businesses and their dealings in one transaction."""
    with database.atomic():
        if replace:
            Dealing.delete().where(Dealing.round == round_.id).execute()
        for part in chunked(lines, CHUNK):
            rows = [
                {"tax_code": x.tax_code, "name": x.name, "address": x.address, "phone": x.phone, "email": x.email}
                for x in part
            ]
            Business.insert_many(rows).on_conflict(
                conflict_target=[Business.tax_code],
                preserve=[Business.name, Business.address, Business.phone, Business.email],
            ).execute()
        dealings = write_dealings(round_, lines)
        if replace:
            staying = Dealing.select(Dealing.business).where(Dealing.round == round_.id)
            gone = (Invitation.round == round_.id) & Invitation.business.not_in(staying)
            Invitation.delete().where(gone).execute()
    return FrameReport(len(lines), dealings, tuple(alike(lines)))


def write_dealings(round_: Round, lines: Sequence[FrameLine]) -> int:
    """Replace what these businesses dealt with; how many rows."""
    ids = {row.tax_code: row.id for row in Business.select(Business.id, Business.tax_code)}
    for part in chunked([ids[line.tax_code] for line in lines], CHUNK):
        Dealing.delete().where((Dealing.round == round_.id) & Dealing.business.in_(part)).execute()
    dealings = [
        {"round": round_.id, "business": ids[line.tax_code], "unit": unit, "stratum": line.stratum}
        for line in lines
        for unit in line.units
    ]
    for rows in chunked(dealings, CHUNK):
        Dealing.insert_many(rows).execute()
    return len(dealings)


def frame_line(row: Line, listing: Listing, known: set[str]) -> FrameLine:
    """The typed line, its problems noted."""
    listing.need(row, *REQUIRED)
    tax_code = row["tax_code"].replace(" ", "")
    if tax_code and not TAX_CODE.fullmatch(tax_code):
        lost = "a leading zero was lost: " if re.fullmatch(r"\d{9}(-\d{3})?", tax_code) else ""
        listing.wrong(
            row.number, "tax_code", "tax_code", f"'{tax_code}' is not a tax code",
            f"{lost}it has 10 digits, 10 and 3 after a hyphen, or 12", "correct it; format the column as text",
        )  # fmt: skip
    if row["email"] and not EMAIL.fullmatch(row["email"]):
        listing.wrong(
            row.number, "email", "email", f"'{row['email']}' is not an e-mail address",
            "a letter to it would be lost", "correct it or leave it empty",
        )  # fmt: skip
    units = tuple(dict.fromkeys(part.strip() for part in row["units"].split(";") if part.strip()))
    for unit in units:
        if unit not in known:
            listing.wrong(
                row.number, "units", "unknown_unit", f"no unit '{unit}' is rated in this round",
                "codes are separated by ';'", suggestion(unit, known),
            )  # fmt: skip
    return FrameLine(
        tax_code=tax_code,
        name=row["name"],
        units=units,
        address=row["address"],
        phone=row["phone"],
        email=row["email"],
        stratum=row["stratum"],
    )


def check_doubles(listing: Listing) -> None:
    """The same tax code twice in one file: which line counts would be chance."""
    seen: dict[str, int] = {}
    for row in listing.lines:
        code = row["tax_code"].replace(" ", "")
        if code and code in seen:
            listing.wrong(
                row.number, "tax_code", "double", f"{code} stands in line {seen[code]} too",
                "a business gets one code", "join the lines, with all units in one",
            )  # fmt: skip
        seen.setdefault(code, row.number)


def alike(lines: Iterable[FrameLine]) -> list[Alike]:
    """Businesses with different tax codes but the same name and telephone, or name and address."""
    found: dict[tuple[str, str], str] = {}
    groups: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for line in lines:
        name = squeezed(line.name)
        phone = re.sub(r"\D", "", line.phone)[-9:]
        if phone:
            groups["name and telephone", name, phone].append(line.tax_code)
        if line.address:
            groups["name and address", name, squeezed(line.address)].append(line.tax_code)
    for (why, _, _), codes in groups.items():
        for other in codes[1:]:
            found.setdefault((codes[0], other), why)
    return [Alike(first, second, why) for (first, second), why in found.items()]


# Words for the legal form: "Công ty TNHH Minh Long" and "MINH LONG CO., LTD" may be one.
FORMS = re.compile(
    r"\b(cong ty|co phan|trach nhiem huu han|tnhh|mtv|mot thanh vien|cp|co|ltd|jsc|company|doanh nghiep|dn)\b"
)


def squeezed(text: str) -> str:
    """Without marks, legal form, blanks and signs: for comparing only."""
    return re.sub(r"[^a-z0-9]", "", FORMS.sub(" ", i18n.plain(text)))


def businesses_of(round_: Round) -> list[Business]:
    """The businesses of the frame, by tax code."""
    inside = Dealing.select(Dealing.business).where(Dealing.round == round_.id).distinct()
    return list(Business.select().where(Business.id.in_(inside)).order_by(Business.tax_code))


def business_of(round_: Round, tax_code: str) -> Business:
    """The business of the round's frame with this tax code. Raises NotFound."""
    found = next((one for one in businesses_of(round_) if one.tax_code == tax_code.replace(" ", "")), None)
    if found is None:
        raise NotFound("The frame of {round} has no business with the tax code {code}.", round=round_.id, code=tax_code)
    return found


def dealings_by_unit(round_: Round) -> dict[str, frozenset[int]]:
    """Unit → ids of the businesses that dealt with it."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for row in Dealing.select(Dealing.unit, Dealing.business).where(Dealing.round == round_.id):
        found[row.unit].add(row.business_id)
    return {unit: frozenset(businesses) for unit, businesses in found.items()}
