"""From the tables of a counted round to the frozen Result and its documents, on the real path and on both engines."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil

import msgspec
import pytest

from survey_app.ballot.count import count_box
from survey_app.ballot.envelopes import SealedContent, submit
from survey_app.ballot.outcome import Outcome
from survey_app.ballot.tokens import new_receipt
from survey_app.config import version
from survey_app.errors import NotFound, Refused, WrongState
from survey_app.fieldwork import rounds, units, versions
from survey_app.fieldwork.opening import open_round
from survey_app.models import Document, StaffFigure, StoredResult
from survey_app.questionnaire.path import completed
from survey_app.results import documents, freeze, signature, stored, verification
from survey_app.results.result import Figure, Result
from survey_app.scoring.estimates import Estimates
from survey_app.scoring.plan_load import load_plan
from tests.office import ready_round, tiny_round
from tests.scoring.conftest import TINY

RATINGS = [("4", "5"), ("5", "5"), ("3", "4"), ("4", "4")]


def counted_round(settings, sheets=60, figures=True, **changes):
    """A round whose sheets went through the box: 40 on A, then 20 on B, which is reported with C."""
    created, shares, issued = ready_round(settings, **changes)
    opened = open_round(created)
    if figures:
        for unit, hours, points in (("A", 12.0, 8.0), ("NHOM", 24.0, 9.0)):
            StaffFigure.create(round=opened.id, source="hard", unit=unit, leaf="hours", value=hours)
            StaffFigure.create(round=opened.id, source="panel", unit=unit, leaf="reform", value=points)
    for number, (_, token) in enumerate(issued[:sheets]):
        rate(opened, token, "A" if number < 40 else "B", RATINGS[number % len(RATINGS)], label=number)
    closed = rounds.close_round(opened)
    count_box(closed, shares[:2])
    return rounds.round_by_id(closed.id)


def rate(round_, token, unit, ratings, label):
    """One business rates one unit from a place of its own."""
    questionnaire, register = versions.questionnaire_of(round_), units.register_for(round_)
    given = {"units_dealt_with": (unit,), f"q1@{unit}": (ratings[0],), f"q2@{unit}": (ratings[1],)}
    answers = completed(questionnaire, register, given)
    submit(token, SealedContent(answers, receipt=new_receipt(), label=label, duration=2, language="vi"), round_)


def test_the_result_has_the_manifests_counts_and_the_pedigree(db):
    counted = counted_round(db)
    result = freeze.freeze(counted)
    part = result.participation
    assert (part.invited, part.used, part.envelopes, part.sheets, part.receipts, part.ratings) == (
        160,
        60,
        60,
        60,
        60,
        60,
    )
    assert result.pedigree.questionnaire == counted.questionnaire_id
    assert result.pedigree.plan == counted.plan_id
    assert result.pedigree.register == counted.register_hash
    assert result.pedigree.code == version()
    assert result.unit("A").ratings == 40
    assert result.unit("A").invited == 120


def test_a_score_is_what_a_pencil_gives(db):
    """A: 40 sheets, ten of each pair: means 4 and 4.5 of 5 → 75 and 87.5; 12 of 48 hours → 75, 8 of 10 points → 80."""
    result = freeze.frozen(counted_round(db))
    value = {(score.unit, score.node): score.value for score in result.index.scores}
    assert value["A", "business"] == pytest.approx(81.25, abs=1e-9)
    assert value["A", "department"] == pytest.approx(77.5, abs=1e-9)
    assert value["A", "index"] == pytest.approx(0.7 * 81.25 + 0.3 * 77.5, abs=1e-9)


def test_the_same_tables_give_the_same_bytes(db):
    counted = counted_round(db)
    first = freeze.freeze(counted)
    assert freeze.frozen(counted).canonical() == first.canonical()
    assert freeze.freeze(counted).hash == first.hash
    assert StoredResult.select().count() == 1
    assert Result.from_canonical(bytes(StoredResult.get().canonical)) == first


def test_a_changed_figure_makes_another_current_result(db):
    counted = counted_round(db)
    first = freeze.freeze(counted)
    StaffFigure.update(value=13.0).where((StaffFigure.unit == "A") & (StaffFigure.leaf == "hours")).execute()
    second = freeze.freeze(counted)
    assert second.hash != first.hash
    assert stored.current(counted.id).hash == second.hash
    assert StoredResult.select().where(StoredResult.current == True).count() == 1  # noqa: E712


def test_a_round_before_its_count_has_no_result(db):
    created, _, _ = ready_round(db)
    with pytest.raises(WrongState):
        freeze.freeze(created)
    with pytest.raises(NotFound):
        documents.render_all(created, lambda done, total: None, db)


def test_a_merged_unit_is_reported_in_its_group_only(db):
    counted = counted_round(db)
    result = freeze.freeze(counted)
    assert result.unit("C").merged_into == "NHOM"
    assert result.unit("NHOM").members == ("B", "C")
    reading = stored.reading_of(counted.id, "vi")
    assert reading.score("C", "business").reason == "merged"


def test_a_unit_merged_at_the_count_is_reported_in_its_group_only(db):
    created = tiny_round(db)
    lines = {code: place.line for code, place in units.placed_units(created).items()}
    placed = {code: units.Placed(lines[code], None) for code in "ABC"}
    outcome = Outcome({}, Estimates(()), {}, 0, 0, 0, {"A": 40, "NHOM": 13}, 50, {}, {}, 0, {"B": "NHOM", "C": "NHOM"})
    found = {line.code: line for line in freeze.unit_lines(created, placed, outcome)}
    assert {code: line.merged_into for code, line in found.items()} == {
        "A": None,
        "B": "NHOM",
        "C": "NHOM",
        "NHOM": None,
    }
    assert (found["NHOM"].members, found["NHOM"].ratings, found["NHOM"].invited) == (("B", "C"), 13, 60)
    assert found["B"].ratings == 0


def test_pooled_bounds_look_back_as_many_rounds_as_the_plan_says(db):
    result = freeze.frozen(counted_round(db, sheets=12))
    chain = [
        msgspec.structs.replace(result, figures=(Figure("hard", "A", "clearance", value),))
        for value in (4.0, 44.0, 400.0)
    ]
    plan = load_plan(TINY.replace("bounds: own_year", "bounds: pooled, rounds: 3"))
    assert freeze.pooled(plan, chain) == {"clearance": [4.0, 44.0]}
    assert freeze.pooled(load_plan(TINY), chain) == {}


def test_changes_are_taken_between_comparable_rounds_with_their_interval(db):
    earlier = freeze.freeze(counted_round(db, round_id="tiny-2025"))
    second = counted_round(db, round_id="tiny-2026", previous="tiny-2025", sheets=39)
    result = freeze.freeze(second)
    assert result.earlier_rounds == ("tiny-2025",)
    then = {(score.unit, score.node): score for score in earlier.index.scores}
    now = {(score.unit, score.node): score for score in result.index.scores}
    for node in ("service", "index"):
        change = next(one for one in result.changes if (one.unit, one.node) == ("A", node))
        assert change.earlier == then["A", node].value
        assert change.difference == pytest.approx(now["A", node].value - then["A", node].value, abs=1e-9)
        half = 1.96 * (then["A", node].se ** 2 + now["A", node].se ** 2) ** 0.5
        assert change.high - change.low == pytest.approx(2 * half, rel=0.001)
    few = next(one for one in result.changes if (one.unit, one.node) == ("NHOM", "service"))
    assert (few.difference, few.reason) == (None, "too_few")
    reading = stored.reading_of(second.id, "en")
    assert reading.predecessor("A") == "A"
    assert reading.earlier[0].result.round == "tiny-2025"
    assert reading.department == "department"


def test_documents_lie_beside_the_results_hash_and_verify(db):
    counted = counted_round(db)
    result = freeze.freeze(counted, signature.public_key(db))
    steps = []
    documents.render_all(counted, lambda done, total: steps.append((done, total)), db)
    rows = list(Document.select())
    assert {(row.kind, row.unit) for row in rows} >= {
        ("scorecard", "A"),
        ("scorecard", "B"),
        ("scorecard", "C"),
        ("scorecard", "NHOM"),
        ("comparison", ""),
        ("manifest", ""),
    }
    for row in rows:
        content = (db.instance / row.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row.sha256
        assert result.hash in row.path
    assert steps[0][0] == 0
    assert steps[-1] == (len(rows), len(rows))
    manifest = json.loads(next((db.instance / row.path).read_bytes() for row in rows if row.kind == "manifest"))
    assert manifest["sound"] is True
    assert manifest["result"] == result.hash
    assert manifest["counts"]["sheets"] == 60
    assert len(manifest["files"]) == len(rows) - 1
    assert {one["unit"]: one["sheets"] for one in manifest["units"]} == {"A": "25–49", "NHOM": "15–24"}
    assert all(check.holds for check in verification.verify(db, counted))


def test_a_document_that_cannot_be_rendered_is_named(db, monkeypatch, tmp_path):
    counted = counted_round(db, sheets=12)
    freeze.freeze(counted)
    broken = tmp_path / "reports"
    shutil.copytree(db.reports, broken, ignore=shutil.ignore_patterns("NotoSans*"))
    (broken / "scorecard" / "scorecard.html").write_text("<html><p></html>")
    settings = dataclasses.replace(db, reports=broken)
    with pytest.raises(Refused, match=r"scorecard A could not be rendered: .*line 1"):
        documents.render_all(counted, lambda done, total: None, settings)
