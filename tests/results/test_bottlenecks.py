"""Bottlenecks, service attitude and the way down to the answers: recomputed; what is withheld stays withheld."""

from __future__ import annotations

import datetime

import pytest

from survey_app.errors import NotFound, Refused, WrongState
from survey_app.fieldwork.rounds import round_by_id
from survey_app.models import AuditEntry, Round
from survey_app.results import attitude, bottlenecks, drilldown, items, marks, outside, questions
from survey_app.results.marks import Mark, Marks
from tests.results.published import publish
from tests.results.rounds import shipped_plan

HIDDEN = ("CC-MCAI-KTGS1", "CC-HGAI-NV", "CC-MCAI-KS", "CC-HMO-TKS")
DAY = datetime.date(2025, 1, 14)


def branches(page):
    return next(group for group in page.groups if any(one.unit == "CC-MCAI" for one in group.units))


def mean_of(reading, units, asked):
    known = [score.number for unit in units if (score := questions.item_shown(reading, unit, asked)).number is not None]
    return float(sum(known)) / len(known) if len(known) > 1 else None


def test_the_lowest_questions_stand_first(reading):
    group = branches(bottlenecks.page(reading))
    weights = reading.plan.effective_weights()
    means = {
        item: mean
        for item, asked in reading.asked.items()
        if weights.get(asked.leaf.id) and (mean := mean_of(reading, reading.groups["CC-MCAI"].units, asked)) is not None
    }
    lowest = sorted(means.values())[: bottlenecks.MOST]
    assert [means[row.id] for row in group.rows] == pytest.approx(lowest, abs=0.51)  # a mean of whole numbers is whole


def test_each_units_own_lowest_questions_stand_first(reading):
    for one in branches(bottlenecks.page(reading)).units:
        shown = [
            float(score.number)
            for asked in items.counted_questions(reading)
            if (score := questions.item_shown(reading, one.unit, asked)).number is not None
        ]
        said = [float(row.score.replace(",", ".")) for row in one.rows]
        assert said == sorted(shown)[: bottlenecks.MOST_OF_UNIT]


def test_a_withheld_unit_is_in_none_of_the_pages(reading):
    for group in bottlenecks.page(reading).groups:
        assert not {one.unit for one in group.units} & set(HIDDEN)
    for group in attitude.page(reading).groups:
        assert not {unit for unit, _ in group.names} & set(HIDDEN)
    for node in ("business", "mb", "cl03", "tg01"):
        for group in drilldown.page(reading, node).groups:
            assert not {line.unit for line in group.lines} & set(HIDDEN)
            for line in group.answers:
                if line.unit in HIDDEN:
                    assert (line.bar, line.score, line.interval, line.missing) == (None, "–", "", "")
                    assert line.note


def test_a_marked_question_stands_apart(reading):
    plain = branches(bottlenecks.page(reading))
    worst = plain.rows[0].id
    mark = Mark(worst, "", "Kiểm dịch", "Cơ quan kiểm dịch", DAY)
    group = branches(bottlenecks.page(reading, (mark,)))
    assert worst not in {row.id for row in group.rows}
    assert [(row.id, row.score) for row in group.apart] == [(worst, plain.rows[0].score)]
    assert "14/01/2025" in group.apart[0].apart
    assert all(worst not in {row.id for row in one.rows} for one in group.units)


def test_a_mark_for_one_unit_leaves_the_others(reading):
    group = branches(bottlenecks.page(reading))
    one = group.units[0]
    worst = one.rows[0].id
    marked = branches(bottlenecks.page(reading, (Mark(worst, one.unit, "Hệ thống quốc gia"),)))
    assert [row.id for row in marked.units[0].apart] == [worst]
    assert worst not in {row.id for row in marked.units[0].rows}
    assert {row.id for row in marked.rows} == {row.id for row in group.rows}
    row = next((row for row in marked.rows if row.id == worst), None)
    assert row is None or reading.short(one.unit) in row.partly


# ---------------------------------------------------------------- attitude


def test_a_unit_needs_attention_only_where_its_whole_interval_is_low(reading):
    page, leaves = attitude.page(reading), {leaf.id for leaf in reading.plan.attitude_leaves()}
    assert not page.why
    listed = {(one.unit, found.id) for group in page.groups for one in group.units for found in one.findings}
    expected = set()
    for group in reading.result.estimates.groups:
        shown = [unit for unit in group.units if reading.score(unit, reading.business).number is not None]
        for asked in (one for one in reading.asked.values() if one.leaf.id in leaves):
            median = questions.disclosure.median([questions.item_shown(reading, unit, asked) for unit in shown])
            for unit in shown:
                high = items.cell(reading, unit, asked).interval.high.number
                if high is not None and (high < 50 or (median.number is not None and high < median.number)):
                    expected.add((unit, asked.id))
    assert listed == expected
    assert any(unit == "CC-BPS" for unit, _ in listed)


def test_a_plan_that_names_no_attitude_says_so(reading):
    silent = type(reading)(
        reading.result, reading.questionnaire, load_plan_without(reading.plan), "en", reading.earlier
    )
    page = attitude.page(silent)
    assert not page.groups
    assert "does not name" in page.why


def load_plan_without(plan):
    return type(plan)(**{name: getattr(plan, name) for name in plan.__struct_fields__ if name != "attitude"})


def test_a_plan_without_the_field_keeps_its_hash():
    plan = load_plan_without(shipped_plan())
    assert b"attitude" not in plan.canonical()
    assert type(plan).from_canonical(plan.canonical()).hash == plan.hash


def test_a_named_sub_index_stands_for_its_questions():
    plan = shipped_plan()
    named = type(plan)(**{name: getattr(plan, name) for name in plan.__struct_fields__} | {"attitude": ("ld", "cl03")})
    inside = {child.id for node in plan.tree.walk() if node.id == "ld" for child in node.children}
    assert {leaf.id for leaf in named.attitude_leaves()} == inside | {"cl03"}


# ---------------------------------------------------------------- from the index to the answers


def test_every_part_of_the_index_has_its_page_and_its_way_back(reading):
    below = {node.id: {one.id for one in node.walk()} - {node.id} for node in reading.plan.tree.walk()}
    for node in reading.plan.tree.walk():
        page = drilldown.page(reading, node.id)
        assert page.groups, node.id
        assert [one.id for one in page.above] == [above for above in below if node.id in below[above]]
        assert [one.id for one in page.below] == [child.id for child in node.children]
    with pytest.raises(NotFound):
        drilldown.page(reading, "none")


def test_units_are_sorted_by_value_and_their_points_lie_where_their_number_says(reading):
    for node in ("cdci", "cb"):
        for group in drilldown.page(reading, node).groups:
            scores = [reading.score(line.unit, node).number for line in group.lines]
            assert scores == sorted(scores, reverse=True)
            for line, score in zip(group.lines, scores, strict=True):
                assert line.strip.point == group.axis.place(float(score))
                assert line.score == reading.write(reading.score(line.unit, node))
                assert line.interval == reading.write_range(reading.interval(line.unit, node))


def test_questions_below_a_sub_index_show_what_their_own_page_shows(reading):
    page = drilldown.page(reading, "mb")
    group = next(one for one in page.groups if any(line.unit == "CC-MCAI" for line in one.lines))
    for child in group.children:
        own = next(
            one for one in drilldown.page(reading, child.id).groups if {a.unit for a in one.answers} & {"CC-MCAI"}
        )
        said = {line.unit: line.score for line in own.answers}
        assert [cell.text for cell in child.cells] == [said.get(unit, "–") for unit, _ in group.short]
        assert child.median == own.median


def test_bars_of_a_question_share_one_zero_line_and_say_what_the_scorecard_says(reading):
    page = drilldown.page(reading, "cl03")
    for group in page.groups:
        assert len({line.bar.zero for line in group.answers if line.bar}) <= 1
        for line in group.answers:
            if line.bar:
                known = reading.distribution(line.unit, reading.asked["cl03"])
                assert sorted(part.n for part in line.categories) == sorted(part.count for part in known.parts)


# ---------------------------------------------------------------- the verb


@pytest.fixture
def round_(db):
    publish(db)
    return round_by_id("cdci-2024")


def test_a_mark_is_kept_changed_taken_back_and_each_is_in_the_log(round_):
    outside.mark(round_, Mark("cl11", "", "Kiểm dịch", "Cơ quan kiểm dịch", DAY), "d@example.vn")
    outside.mark(round_, Mark("cl11", "", "Biên phòng"), "d@example.vn")
    outside.mark(round_, Mark("mb04", "CC-BPS", "Hệ thống quốc gia"), "o@example.vn")
    found = outside.marks_of(round_.id)
    assert [(one.item, one.unit, one.remark, one.raised_on) for one in found] == [
        ("cl11", "", "Biên phòng", None), ("mb04", "CC-BPS", "Hệ thống quốc gia", None),
    ]  # fmt: skip
    assert set(outside.of_unit(round_.id, "CC-BPS", "vi")) == {"cl11", "mb04"}
    assert set(outside.of_unit(round_.id, "CC-MCAI", "vi")) == {"cl11"}
    outside.unmark(round_, "cl11", "", "d@example.vn")
    with pytest.raises(NotFound):
        outside.unmark(round_, "cl11", "", "d@example.vn")
    log = [(row.action, row.detail) for row in AuditEntry.select().order_by(AuditEntry.id)]
    marked, back = "bottleneck marked outside the unit", "mark of a bottleneck taken back"
    assert log == [(marked, "cl11"), (marked, "cl11"), (marked, "mb04 CC-BPS"), (back, "cl11")]


@pytest.mark.parametrize(
    ("mark", "error"),
    [
        (Mark("cl11", "", ""), Refused),
        (Mark("cl11", "", "x" * 501), Refused),
        (Mark("cl11", "", "x", "y" * 121, DAY), Refused),
        (Mark("cl11", "", "x", "Bộ", None), Refused),
        (Mark("cl11", "", "x", "", DAY), Refused),
        (Mark("cl11", "", "x", "Bộ", datetime.date(2999, 1, 1)), Refused),
        (Mark("none", "", "x"), NotFound),
        (Mark("online_processing", "", "x"), NotFound),
        (Mark("cl11", "NONE", "x"), NotFound),
    ],
)
def test_a_wrong_mark_is_refused_and_leaves_nothing(round_, mark, error):
    with pytest.raises(error):
        outside.mark(round_, mark, "d@example.vn")
    assert outside.marks_of(round_.id) == ()
    assert not AuditEntry.select().exists()


def test_only_a_published_rounds_bottlenecks_are_marked(round_):
    Round.update(state="wiped").execute()
    with pytest.raises(WrongState):
        outside.mark(round_by_id("cdci-2024"), Mark("cl11", "", "x"), "d@example.vn")


def test_a_units_own_mark_goes_before_the_one_for_all():
    found = Marks((Mark("a", "", "all"), Mark("a", "U", "own")))
    assert found.on("a", "U").remark == "own"
    assert found.on("a", "V").remark == "all"
    assert found.on("b") is None
    assert [one.remark for one in found.partly("a")] == ["own"]
    assert marks.in_words("en", Mark("a", "", "Quarantine")) == "Outside the unit: Quarantine."
