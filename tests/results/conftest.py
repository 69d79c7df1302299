"""Results of every kind of unit, for tests of what readers see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from survey_app.results.reading import Reading
from survey_app.results.result import Result
from survey_app.results.typeset import Press
from tests.results.rounds import ROOT, make_result, shipped_plan, shipped_questionnaire, two_rounds


@pytest.fixture(scope="session")
def result_with() -> Callable[..., Result]:
    """Make a Result: `result_with(answered={"CC-MCAI": 30}, levels={...})`."""
    return make_result


@pytest.fixture(scope="session")
def reading() -> Reading:
    """The round with every kind of unit, read in Vietnamese."""
    return read("vi")


@pytest.fixture(scope="session")
def reading_en() -> Reading:
    return read("en")


def read(language: str) -> Reading:
    now, before = two_rounds()
    earlier = Reading(before, shipped_questionnaire(), shipped_plan(), language)
    made = Reading(now, shipped_questionnaire(), shipped_plan(), language, (earlier,))
    assert made.guard, "kept from now on: a test that changes the rules for a while may not leave it changed"
    assert earlier.guard
    return made


@pytest.fixture(scope="session")
def alone() -> Callable[..., Reading]:
    """A round of its own, made as `result_with` makes it, in Vietnamese."""
    return lambda **wanted: Reading(make_result(**wanted), shipped_questionnaire(), shipped_plan(), "vi")


@pytest.fixture(scope="session")
def press() -> Press:
    return Press(ROOT / "reports")


@pytest.fixture
def reports() -> Path:
    return ROOT / "reports"
