"""Open data: nothing below a hundred answers, nothing finer than a scorecard shows, nothing new to work things out."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from decimal import Decimal

import msgspec
import pytest

from survey_app.questionnaire.answers import MISSING
from survey_app.results import open_data, releases, scorecard
from survey_app.results.data_types import OpenData
from survey_app.results.disclosure import Part
from survey_app.results.releases import Publication

ANSWERED = {"CC-MCAI": 160, "CC-HGAI": 118, "CC-VGIA": 99, "CC-CPHA": 40, "CC-BPS": 8}


@pytest.fixture(scope="module")
def many(alone):
    """A round with units of more and fewer than a hundred sheets."""
    return alone(answered=ANSWERED)


def answered(reading, unit, item):
    tally = reading.result.tallies[unit][item]
    return sum(n for code, n in tally.items() if code not in MISSING)


def test_only_questions_about_a_unit_with_a_hundred_answers_are_open(many):
    found = {(one.unit, one.asked.id) for one in open_data.opened(many)}
    assert {unit for unit, _ in found} <= {"CC-MCAI", "CC-HGAI"}
    assert len(found) > 100
    for unit, items in many.result.tallies.items():
        for item in items:
            if answered(many, unit, item) < 100:
                assert (unit, item) not in found


def test_open_scores_and_shares_are_those_of_the_scorecard(many):
    lines = {
        (unit, line.id): line
        for unit in ("CC-MCAI", "CC-HGAI")
        for section in scorecard.page_for(unit, many).sections
        for line in section.lines
    }
    scores, answers, *_ = open_data.all_tables(many)
    for unit, _, _, item, text, score, *_ in scores.rows:
        line = lines[unit, item]
        assert line.score == ("–" if score is None else str(score).replace(".", ","))
        assert line.text == text
    shares = {}
    for unit, item, _, _, words, share in answers.rows:
        shares.setdefault((unit, item), {})[words] = f"{share} %"
    for place, found in shares.items():
        assert {one.label: one.share for one in lines[place].categories} == found


def test_what_is_withheld_on_the_scorecard_is_not_open(many):
    for unit in ("CC-MCAI", "CC-HGAI"):
        withheld = {
            line.id for section in scorecard.page_for(unit, many).sections for line in section.lines if line.note
        }
        assert not withheld & {one.asked.id for one in open_data.opened(many) if one.unit == unit}


def test_open_data_add_no_sum_to_what_is_published(many, monkeypatch):
    whole = Publication([many])
    monkeypatch.setattr(releases.open_data, "opened", lambda reading: ())
    without = Publication([many])
    assert whole.sums == without.sums
    assert whole.hidden == without.hidden
    assert whole.exposed() == []


def test_open_data_that_were_cut_otherwise_would_be_noticed(many, monkeypatch):
    """The register of releases reads the open data themselves."""
    found = next(one for one in open_data.opened(many) if any(len(part.codes) > 1 for part in one.shown.parts))
    tally = many.result.tallies[found.unit][found.asked.id]
    codes = [code for part in found.shown.parts for code in part.codes]
    parts = tuple(Part((code,), tally.get(code, 0)) for code in codes)
    finer = found._replace(shown=msgspec.structs.replace(found.shown, parts=parts))
    monkeypatch.setattr(releases.open_data, "opened", lambda reading: (finer,))
    assert Publication([many]).exposed()


def test_no_number_of_answers_stands_in_open_data(many):
    scores, *_ = open_data.all_tables(many)
    assert {row[6] for row in scores.rows} == {"100+"}


def test_csv_and_json_hold_the_same(many):
    content = msgspec.json.decode(open_data.files(many, "json"), type=OpenData)
    archive = zipfile.ZipFile(io.BytesIO(open_data.files(many, "csv")))
    names = ["scores", "answers", "codebook", "legend", "pedigree"]
    assert archive.namelist() == [f"cdci-2024-open-{name}-vi.csv" for name in names]
    rows = {name: list(csv.reader(io.StringIO(archive.read(f"cdci-2024-open-{name}-vi.csv").decode("utf-8-sig")),
                                  delimiter=";"))[1:] for name in names}  # fmt: skip
    assert [row[5] for row in rows["scores"]] == [
        "" if one.score is None else str(one.score).replace(".", ",") for one in content.open_scores
    ]
    assert [int(row[5]) for row in rows["answers"]] == [one.share for one in content.open_answers]
    assert {row[0] for row in rows["codebook"]} == {one.item for one in content.open_scores}
    plain = json.loads(open_data.files(many, "json"))
    assert plain["open_answers"][0]["from"]
    assert plain["format"] == "survey-app/data/1"


def test_shares_are_whole_and_rounded_half_even():
    assert [open_data.percent(count, 200) for count in (1, 3, 5, 100)] == [0, 2, 2, 50]
    assert Decimal(open_data.percent(1, 3)) == 33


def test_the_same_result_gives_the_same_bytes(many):
    for form in ("csv", "json"):
        assert open_data.files(many, form) == open_data.files(many, form)


def test_a_round_without_a_hundred_answers_opens_nothing_and_still_makes_its_files(reading):
    assert list(open_data.opened(reading)) == []
    assert open_data.grid(reading) == ((), ())
    content = msgspec.json.decode(open_data.files(reading, "json"), type=OpenData)
    assert content.open_scores == content.open_answers == content.codebook == ()
    assert content.pedigree


def test_the_table_of_the_page_has_a_dash_where_a_question_is_not_open(many):
    grid = open_data.grid(many)
    assert len(grid.units) == 2
    assert all(len(cells) == 2 for _, cells in grid.rows)
    found = {(one.unit, one.asked.id) for one in open_data.opened(many)}
    scores = {(row[0], row[3]): row[5] for row in open_data.all_tables(many)[0].rows}
    shown = sum(cell != "–" for _, cells in grid.rows for cell in cells)
    assert shown == sum(scores[place] is not None for place in found)
