"""Scenarios: kept under a name with author and day, recorded, never part of a Result."""

from __future__ import annotations

import pytest

from survey_app.errors import NotFound, Refused
from survey_app.models import AuditEntry, Round, Scenario, StoredResult
from survey_app.results import scenarios
from survey_app.staff import accounts, audit
from tests.results.published import publish

WHO = "director@example.vn"


@pytest.fixture
def round_(db):
    publish(db)
    return Round.get_by_id("cdci-2024")


def test_a_scenario_is_kept_with_author_and_day_and_recorded(round_):
    accounts.add(WHO, "Lãnh đạo", "director", None, by="test")
    kept = scenarios.save(round_, "chi_cuc", "  Thời gian \n gấp đôi ", {"tg": 25.0, "mb": 12.5}, WHO)
    (listed,) = scenarios.scenarios_of(round_)
    assert (listed.id, listed.name, listed.author, listed.group) == (
        kept.id,
        "Thời gian gấp đôi",
        "Lãnh đạo",
        "chi_cuc",
    )
    assert listed.made_on == kept.made_on
    assert scenarios.scenario(round_, kept.id).weights == {"mb": 12.5, "tg": 25.0}
    last = AuditEntry.select().order_by(AuditEntry.id.desc()).first()
    assert (last.who, last.action, last.subject) == (WHO, scenarios.SAVED, "cdci-2024")
    assert audit.verify().broken_at is None


def test_the_newest_scenario_stands_first(round_):
    for name in ("a", "b", "c"):
        scenarios.save(round_, "chi_cuc", name, {"tg": 1.0}, WHO)
    assert [one.name for one in scenarios.scenarios_of(round_)] == ["c", "b", "a"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_name_must_be_there_and_short(round_, name):
    with pytest.raises(Refused):
        scenarios.save(round_, "chi_cuc", name, {}, WHO)
    assert not Scenario.select().exists()


def test_a_name_is_given_once_in_a_group(round_):
    scenarios.save(round_, "chi_cuc", "Đợt thử", {"tg": 1.0}, WHO)
    with pytest.raises(Refused, match="Đợt thử"):
        scenarios.save(round_, "chi_cuc", "Đợt thử", {"tg": 2.0}, "other@example.vn")
    scenarios.save(round_, "doi", "Đợt thử", {"tg": 2.0}, WHO)
    scenarios.save(Round.get_by_id("cdci-2023"), "chi_cuc", "Đợt thử", {"tg": 2.0}, WHO)
    assert len(scenarios.scenarios_of(round_)) == 2


def test_deleting_is_recorded_and_final(round_):
    kept = scenarios.save(round_, "chi_cuc", "a", {"tg": 1.0}, WHO)
    scenarios.delete(round_, kept.id, "officer@example.vn")
    last = AuditEntry.select().order_by(AuditEntry.id.desc()).first()
    assert (last.who, last.action, last.detail) == ("officer@example.vn", scenarios.DELETED, "chi_cuc: a")
    with pytest.raises(NotFound):
        scenarios.scenario(round_, kept.id)
    with pytest.raises(NotFound):
        scenarios.delete(round_, kept.id, WHO)


def test_a_scenario_belongs_to_its_round(round_):
    kept = scenarios.save(round_, "chi_cuc", "a", {"tg": 1.0}, WHO)
    with pytest.raises(NotFound):
        scenarios.scenario(Round.get_by_id("cdci-2023"), kept.id)


def test_results_stay_as_they_are(round_):
    before = [(row.hash, bytes(row.canonical), row.current) for row in StoredResult.select()]
    scenarios.delete(round_, scenarios.save(round_, "chi_cuc", "a", {"tg": 1.0}, WHO).id, WHO)
    scenarios.save(round_, "chi_cuc", "b", {"tg": 1.0}, WHO)
    assert [(row.hash, bytes(row.canonical), row.current) for row in StoredResult.select()] == before
