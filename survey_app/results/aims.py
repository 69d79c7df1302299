"""Aims: what an index is to reach by a year, in a unit or in every unit of a kind. Entered by the officer, one by one
or as a list; any wrong cell is one line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import msgspec

from survey_app.database import database
from survey_app.diagnostics import suggestion
from survey_app.errors import NotFound, Refused
from survey_app.fieldwork.figures import as_read
from survey_app.fieldwork.spreadsheet import Line, Listing, read_listing
from survey_app.fieldwork.units import current_register
from survey_app.fieldwork.versions import plan_of
from survey_app.models import Aim, Round
from survey_app.scoring.plan import Plan
from survey_app.staff.audit import record

COLUMNS = ("node", "scope", "since", "year", "value")
YEARS = (2000, 2100)


class Target(msgspec.Struct, frozen=True):
    """An aim as it is kept."""

    node: str
    scope: str
    since: int
    year: int
    value: float


def all_aims() -> tuple[Target, ...]:
    """By year, index, and whom it is for."""
    rows = Aim.select().order_by(Aim.year, Aim.node, Aim.scope)
    return tuple(Target(row.node, row.scope, row.since, row.year, row.value) for row in rows)


def latest_plan() -> Plan:
    """The plan of the newest round: aims are set on its indices. Raises Refused before there is a round."""
    row = Round.select().order_by(Round.year.desc(), Round.id.desc()).first()
    if row is None:
        raise Refused("There is no round yet: aims are set on the indices of its plan.")
    return plan_of(row)


def indices_of(plan: Plan) -> tuple[str, ...]:
    """Nodes on which an aim can be set: the index, its parts and sub-indices."""
    return tuple(node.id for node in plan.tree.walk() if not node.is_leaf)


def scopes() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Kinds of rated units, and the units' codes."""
    register = current_register()
    rated = {code: line for code, line in register.items() if line.rated}
    return tuple(sorted({line.kind for line in rated.values()})), tuple(rated)


def import_aims(path: Path, who: str, content: bytes | None = None) -> int:
    """Read a list with the columns `node`, `scope`, `since`, `year`, `value`; how many. A line takes the place of an
    earlier aim for the same index, scope and year. Raises InputProblems."""
    return enter(read_listing(path, COLUMNS, content=content), who)


def add(cells: Mapping[str, str], who: str) -> None:
    """One aim from a form. Raises InputProblems."""
    enter(Listing("aim", COLUMNS, (Line(1, {name: cells.get(name, "").strip() for name in COLUMNS}),)), who)


def enter(listing: Listing, who: str) -> int:
    """Check every cell, then write all lines or none."""
    plan, (kinds, codes) = latest_plan(), scopes()
    known = indices_of(plan)
    wanted = [target for line in listing.lines if (target := target_of(listing, line, plan, known, (*kinds, *codes)))]
    listing.refuse_problems()
    with database.atomic():
        for one in wanted:
            values = {"since": one.since, "value": one.value}
            Aim.insert(node=one.node, scope=one.scope, year=one.year, **values).on_conflict(
                conflict_target=[Aim.node, Aim.scope, Aim.year], update=values
            ).execute()
        record(who, "aims entered", str(len(wanted)))
    return len(wanted)


def target_of(
    listing: Listing, line: Line, plan: Plan, known: tuple[str, ...], scopes_: tuple[str, ...]
) -> Target | None:
    """One line, checked; None where anything in it is (noted) wrong."""
    before = len(listing.problems)
    listing.need(line, *COLUMNS)
    since, year = (listing.whole(line, column, *YEARS) for column in ("since", "year"))
    value, node, scope = listing.number(line, "value"), line["node"], line["scope"]
    if node and node not in known:
        listing.wrong(line.number, "node", "unknown_node", f"the plan has no index '{node}'",
                      "aims are set on the index, its parts and sub-indices", suggestion(node, known))  # fmt: skip
    if scope and scope not in scopes_:
        listing.wrong(line.number, "scope", "unknown_scope", f"no rated unit or kind of unit is called '{scope}'",
                      "an aim is for one unit or for every unit of a kind", suggestion(scope, scopes_))  # fmt: skip
    if since is not None and year is not None and not since <= year:
        listing.wrong(line.number, "year", "years", f"{year} lies before {since}",
                      "an aim is set in `since` and reached by `year`", "correct one of them")  # fmt: skip
    on = plan.shown_on
    if value is not None and not on.min <= value <= on.max:
        listing.wrong(line.number, "value", "scale", f"{line['value']} is not on the scale",
                      f"scores go from {on.min:g} to {on.max:g}", "correct it")  # fmt: skip
    if len(listing.problems) > before or value is None or since is None or year is None:
        return None
    return Target(node, scope, since, year, value)


def remove(node: str, scope: str, year: int, who: str) -> None:
    """Take an aim back. Raises NotFound."""
    this = (Aim.node == node) & (Aim.scope == scope) & (Aim.year == year)
    with database.atomic():
        if not Aim.delete().where(this).execute():
            raise NotFound("This aim is not there any more.")
        record(who, "aim taken back", f"{node} {scope} {year}")


def as_table() -> str:
    """CSV as `import_aims` reads it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in all_aims():
        writer.writerow([one.node, one.scope, one.since, one.year, as_read(one.value)])
    return text.getvalue()
