"""Who may see which unit: every role, every unit."""

from __future__ import annotations

import msgspec
import pytest

from survey_app.models import Account
from survey_app.staff.roles import belongs_to, may_see, seen_units


class Place(msgspec.Struct, frozen=True):
    parent: str | None


REGISTER = {
    "CUC": Place(None),
    "A": Place("CUC"),
    "A-1": Place("A"),
    "A-1-x": Place("A-1"),
    "B": Place("CUC"),
    "B-1": Place("B"),
    "round": Place("loop"),
    "loop": Place("round"),
}


@pytest.mark.parametrize(
    ("role", "unit", "seen"),
    [
        ("officer", None, set(REGISTER)),
        ("director", None, set(REGISTER)),
        ("auditor", None, set()),
        ("unit_head", "A", {"A", "A-1", "A-1-x"}),
        ("unit_head", "A-1", {"A-1", "A-1-x"}),
        ("unit_head", "B", {"B", "B-1"}),
        ("unit_head", None, set()),
        ("nobody", "A", set()),
    ],
)
def test_each_role_sees_its_own_units_only(role, unit, seen):
    account = Account(email="a@b.vn", name="a", role=role, unit=unit)
    assert set(seen_units(account, REGISTER)) == seen
    assert not may_see(account, "elsewhere", REGISTER) or role in ("officer", "director")


def test_a_circle_in_the_register_ends():
    assert not belongs_to("round", "A", REGISTER)
