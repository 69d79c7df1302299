"""Who among the staff may see what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from survey_app.models import Account

OFFICER, DIRECTOR, UNIT_HEAD, AUDITOR, CUSTODIAN = ROLES = (
    "officer",
    "director",
    "unit_head",
    "auditor",
    "custodian",  # holds a part of a round's key
)


class HasParent(Protocol):
    """A unit as far as its place in the tree goes."""

    @property
    def parent(self) -> str | None: ...


def may_see(account: Account, unit: str, register: Mapping[str, HasParent]) -> bool:
    """Whether this person may see this unit's result: a unit head the own unit and its parts, an auditor none."""
    if account.role in (OFFICER, DIRECTOR):
        return True
    return account.role == UNIT_HEAD and account.unit is not None and belongs_to(unit, account.unit, register)


def may_write(account: Account, unit: str, register: Mapping[str, HasParent]) -> bool:
    """Whether this person answers for the unit: writes its action plan and its reply. A head does for the own unit and
    its parts; whoever approves a plan never writes it."""
    return account.role == UNIT_HEAD and may_see(account, unit, register)


def belongs_to(unit: str, head_unit: str, register: Mapping[str, HasParent]) -> bool:
    """Whether `unit` is `head_unit` or one of its parts, however deep. The register may not run in circles here."""
    passed: set[str] = set()
    above: str | None = unit
    while above is not None and above not in passed:
        if above == head_unit:
            return True
        passed.add(above)
        place = register.get(above)
        above = place.parent if place else None
    return False


def seen_units(account: Account, register: Mapping[str, HasParent]) -> tuple[str, ...]:
    """The units of the register that this person may see, in its order."""
    return tuple(unit for unit in register if may_see(account, unit, register))
