"""The audit sheet: ten steps in order, the figures of other pages, and nothing of a unit that is withheld."""

from __future__ import annotations

import numpy as np
import pytest

from survey_app.results import audit
from survey_app.results.bindery import Task, document


def test_the_ten_steps_are_answered_in_order(reading_en):
    steps = audit.page(reading_en).steps
    assert [step.title.split()[0] for step in steps] == [str(number) for number in range(1, 11)]
    assert all(step.sentences or step.tables for step in steps)
    (parts,) = steps[0].tables
    shares = {line.name: line.cells[0] for line in parts.lines}
    assert shares[reading_en.label(reading_en.business)] == "70.0 %"


def test_the_order_is_the_published_one(reading_en):
    firm = audit.page(reading_en).steps[6]
    for standing in reading_en.result.index.groups:
        if reading_en.may_rank(standing) and standing.standings:
            caption = f"{audit.group_label(reading_en, standing.group)}: {reading_en.label(standing.node)}"
            lines = [line for table in firm.tables if table.caption == caption for line in table.lines]
            if lines:
                assert [line.name for line in lines] == [reading_en.short(one.unit) for one in standing.standings]
                assert [line.cells[0] for line in lines] == [str(one.rank) for one in standing.standings]


def test_a_group_with_a_withheld_unit_has_no_order_table(alone):
    reading = alone(answered={"CC-MCAI": 30, "CC-HGAI": 30, "CC-VGIA": 30, "CC-CPHA": 30, "CC-HMO": 4})
    firm = audit.page(reading).steps[6]
    named = {line.name for table in firm.tables for line in table.lines}
    assert reading.short("CC-HMO") not in named


def test_the_sheet_is_set_in_both_languages(reading, reading_en, press):
    for one in (reading, reading_en):
        assert document(Task("audit", "", one.language), one, press).startswith(b"%PDF")


def test_figures_stand_beside_the_rank_correlation_with_the_businesses_part(reading_en):
    """Good with good: the figure's sign is turned where less is better."""
    links = audit.page(reading_en).steps[8]
    (table,) = links.tables
    shown = {line.name: line.cells for line in table.lines}
    for leaf in (one for one in reading_en.plan.leaf_table().values() if one.source == "hard"):
        given = {f.unit: f.value for f in reading_en.result.figures if f.leaf == leaf.id}
        both = [(float(reading_en.score(unit, reading_en.business).number), value) for unit, value in given.items()
                if reading_en.score(unit, reading_en.business).number is not None]  # fmt: skip
        score, value = np.array(both).T
        value = -value if leaf.direction == "lower" else value
        middle = [np.mean(np.sign(np.subtract.outer(x, x)), axis=1) for x in (score, value)]
        n, r = shown[reading_en.label(leaf.id)]
        assert int(n) == len(both)
        assert float(r.replace("−", "-")) == pytest.approx(np.corrcoef(*middle)[0, 1], abs=0.005)
