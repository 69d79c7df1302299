"""Aims, other indices, trends, priorities and participation: entered, refused cell by cell, recomputed."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.ballot.analysis import Analysis
from survey_app.diagnostics import InputProblems
from survey_app.errors import NotFound
from survey_app.models import AuditEntry
from survey_app.results import aims, external, outlook, pictures, priorities, response, trends
from survey_app.results.aims import Target
from survey_app.results.external import Said
from survey_app.scoring.reliability import Driver, Reliability
from tests.results.published import publish

WHO = "officer@example.vn"


@pytest.fixture
def there(db):
    """Two published rounds with their register."""
    publish(db)


def problems(call):
    with pytest.raises(InputProblems) as caught:
        call()
    for one in caught.value.problems:
        assert "\n" not in str(one)
    return [(one.line, one.code) for one in caught.value.problems]


# ---------------------------------------------------------------- aims


def test_aims_are_entered_replaced_and_taken_back(there, tmp_path):
    aims.add({"node": "business", "scope": "chi_cuc", "since": "2023", "year": "2026", "value": "92,5"}, WHO)
    aims.add({"node": "business", "scope": "chi_cuc", "since": "2024", "year": "2026", "value": "93"}, WHO)
    assert aims.all_aims() == (Target("business", "chi_cuc", 2024, 2026, 93.0),)
    path = tmp_path / "aims.csv"
    path.write_text("node;scope;since;year;value\nmb;CC-BPS;2024;2029;80\ncdci;chi_cuc;2024;2027;88,5\n", "utf-8")
    assert aims.import_aims(path, WHO) == 2
    assert [(one.year, one.node) for one in aims.all_aims()] == [(2026, "business"), (2027, "cdci"), (2029, "mb")]
    again = tmp_path / "again.csv"
    again.write_text(aims.as_table(), "utf-8")
    before = aims.all_aims()
    assert aims.import_aims(again, WHO) == 3
    assert aims.all_aims() == before
    aims.remove("mb", "CC-BPS", 2029, WHO)
    with pytest.raises(NotFound):
        aims.remove("mb", "CC-BPS", 2029, WHO)
    assert {row.action for row in AuditEntry.select()} == {"aims entered", "aim taken back"}


def test_each_wrong_cell_of_a_list_of_aims_is_one_line_and_nothing_is_written(there, tmp_path):
    path = tmp_path / "aims.csv"
    path.write_text(
        "node;scope;since;year;value\n"
        "mbb;chi_cuc;2024;2026;80\n"
        "mb;CC-NONE;2024;2026;80\n"
        "mb;chi_cuc;2026;2024;80\n"
        "mb;chi_cuc;2024;24;80\n"
        "mb;chi_cuc;2024;2026;120\n"
        "mb;chi_cuc;2024;2026;1.234\n"
        "mb;chi_cuc;2024;2026;\n"
        "mb04;chi_cuc;2024;2026;80\n",
        "utf-8",
    )
    assert problems(lambda: aims.import_aims(path, WHO)) == [
        (2, "unknown_node"), (3, "unknown_scope"), (4, "years"), (5, "whole_number"), (6, "scale"), (7, "ambiguous"),
        (8, "empty"), (9, "unknown_node"),
    ]  # fmt: skip
    assert aims.all_aims() == ()
    assert not AuditEntry.select().exists()


@pytest.mark.parametrize("year", [2023, 2024, 2030])
def test_an_aim_is_held_against_the_round_of_its_year_or_the_last_one(reading, year):
    (line,) = outlook.aim_lines(reading, [Target("business", "chi_cuc", 2023, year, 70.0)])
    at = reading if year >= 2024 else reading.earlier[0]
    assert {one.year for one in line.units} == {str(at.result.year)}
    for one in line.units:
        found = at.interval(one.unit, "business")
        assert one.score == at.write(found.score)
        if found.low.number is not None:
            expected = 1 if found.low.number >= 70 else -1 if found.high.number < 70 else 0
            assert one.tone == expected
            assert one.strip.reference == line.axis.place(70.0)
    assert sum(int(part.rsplit(": ", 1)[1]) for part in line.sum.split(" · ")) == len(line.units)


def test_an_aim_before_the_first_round_and_one_for_a_withheld_unit_show_no_number(reading):
    early = Target("business", "chi_cuc", 2010, 2012, 70.0)
    early, hidden = outlook.aim_lines(reading, [early, Target("business", "CC-MCAI-KTGS1", 2024, 2026, 70.0)])
    assert early.units == ()
    assert [(one.score, one.gap, one.strip) for one in hidden.units] == [("–", "–", None)]
    assert hidden.units[0].word


# ---------------------------------------------------------------- other indices


def test_other_indices_are_entered_and_read_back(there, tmp_path):
    external.add(
        {"index": "DDCI", "year": "2018", "score": "77,81", "out_of": "100", "rank": "1", "source": "https://x.vn"}, WHO
    )
    external.add({"index": "pci", "year": "2019", "rank": "1", "of": "63", "source": "VCCI"}, WHO)
    assert [(one.index, one.year, one.score, one.rank, one.ranked) for one in external.all_scores()] == [
        ("ddci", 2018, 77.81, 1, None), ("pci", 2019, None, 1, 63),
    ]  # fmt: skip
    path = tmp_path / "again.csv"
    path.write_text(external.as_table(), "utf-8")
    before = external.all_scores()
    assert external.import_scores(path, WHO) == 2
    assert external.all_scores() == before
    external.remove("pci", 2019, WHO)
    with pytest.raises(NotFound):
        external.remove("pci", 2019, WHO)


def test_each_wrong_cell_of_a_list_of_results_is_one_line_and_nothing_is_written(there, tmp_path):
    path = tmp_path / "external.csv"
    path.write_text(
        "index;year;score;out_of;rank;of;source\n"
        "ddcii;2018;77,81;100;1;22;x\n"
        "ddci;18;77,81;100;1;22;x\n"
        "ddci;2018;77,81;60;1;22;x\n"
        "ddci;2018;77,81;100;23;22;x\n"
        "ddci;2018;;;;;x\n"
        "ddci;2018;abc;100;1;22;x\n"
        "ddci;2018;77,81;100;1;22;\n",
        "utf-8",
    )
    assert problems(lambda: external.import_scores(path, WHO)) == [
        (2, "unknown_index"), (3, "whole_number"), (4, "scale"), (5, "rank"), (6, "empty"), (7, "number"), (8, "empty"),
    ]  # fmt: skip
    assert external.all_scores() == ()


def test_a_change_of_scale_or_of_whom_it_rates_breaks_the_line(reading):
    said = [
        Said("pci", 2018, "tỉnh", 70.0, 100.0, None, None, "x"),
        Said("pci", 2019, "tỉnh", 73.4, 100.0, 1, 63, "x"),
        Said("pci", 2020, "tỉnh", 7.3, 10.0, 1, 63, "x"),
        Said("pci", 2021, "tỉnh", None, None, 2, 63, "https://x.vn/a"),
    ]
    (index,) = outlook.outlook(reading, said).others
    assert [mark.broken for mark in index.chart.marks] == [False, False, True]
    assert len(index.chart.lines) == 1
    assert [(line.score, line.rank) for line in index.lines] == [
        ("70 / 100", "–"), ("73,40 / 100", "1 / 63"), ("7,30 / 10", "1 / 63"), ("–", "2 / 63"),
    ]  # fmt: skip
    assert [bool(line.link) for line in index.lines] == [False, False, False, True]


@pytest.mark.parametrize("source", ["javascript:alert(1)", "data:text/html,x", "http://x.vn onmouseover=1"])
def test_only_an_address_becomes_a_link(reading, source):
    (index,) = outlook.outlook(reading, [Said("pci", 2019, "", 73.4, 100.0, 1, 63, source)]).others
    assert index.lines[0].link == ""


# ---------------------------------------------------------------- trends


def test_all_charts_of_a_group_have_one_scale_and_their_numbers(reading):
    group = next(one for one in trends.page(reading).groups if any(unit.unit == "CC-MCAI" for unit in one.units))
    places = {}
    for unit in group.units:
        assert [year.label for year in unit.years] == ["2023", "2024"]
        for mark, year in zip(unit.chart.marks, unit.years, strict=True):
            assert mark.value == year.score
            places.setdefault(year.score, set()).add(mark.y)
        assert unit.chart.breaks
        assert not unit.chart.lines  # the mixed index is not compared with another mix
    assert all(len(found) == 1 for found in places.values())
    order = sorted(places, key=lambda score: float(score.replace(",", ".")))
    heights = [next(iter(places[score])) for score in order]
    assert heights == sorted(heights, reverse=True)


def test_the_whole_index_is_the_median_of_the_units_as_shown(reading):
    points, whose = trends.whole(reading)
    assert [point[0] for point in points] == ["2023", "2024"]
    shown = sorted(reading.score(unit, "cdci").number for unit in reading.groups["CC-MCAI"].units)
    assert points[-1][1] == pytest.approx(float(shown[2] + shown[3]) / 2, abs=0.51)
    assert points[-1][4]
    assert whose


# ---------------------------------------------------------------- priorities


@pytest.fixture
def driven(reading):
    """The reading with drivers of the branches' verdict: what weighs most is worst."""
    group = reading.groups["CC-MCAI"]
    medians = {sub.id: reading.peer_median("CC-MCAI", sub.id).number for sub in group.sub_indices}
    order = sorted(medians, key=lambda sub: medians[sub])
    drivers = {sub: Driver(0.2 - 0.02 * place, 0.5) for place, sub in enumerate(order)}
    analysis = Analysis({}, {}, {}, {group.id: Reliability((), (), {}, drivers)}, {})
    result = msgspec.structs.replace(reading.result, analysis=analysis)
    return type(reading)(result, reading.questionnaire, reading.plan, "en", reading.earlier), group, drivers, medians


def test_the_map_puts_important_and_poor_sub_indices_first(driven):
    reading, _, drivers, medians = driven
    found = priorities.page(reading).groups[0]
    assert not found.why
    total, middle = sum(one.weight for one in drivers.values()), sum(map(float, medians.values())) / len(medians)
    for line, spot in zip(found.lines, found.map.spots, strict=True):
        share = drivers[line.id].weight / total
        assert line.importance == f"{100 * share:.0f} %"
        assert line.urgent == (share > 1 / len(drivers) and float(medians[line.id]) < middle)
        assert (spot.label, spot.urgent) == (line.number, line.urgent)
    assert found.lines[0].urgent
    xs = [spot.x for spot in found.map.spots]
    assert xs == sorted(xs, reverse=True)


def test_where_there_is_no_map_the_page_says_why(driven, reading_en):
    assert {one.why for one in priorities.page(reading_en).groups} == {
        "No such figures were kept when this round was counted."
    }
    reading, group, _, _ = driven
    others = [one.why for one in priorities.page(reading).groups[1:]]
    assert others
    assert all("Fewer than 100 sheets" in why for why in others)
    silent = Analysis({}, {}, {}, {group.id: Reliability((), (), {}, {})}, {})
    result = msgspec.structs.replace(reading.result, analysis=silent)
    told = type(reading)(result, reading.questionnaire, reading.plan, "en", reading.earlier)
    assert "is not told" in priorities.page(told).groups[0].why


# ---------------------------------------------------------------- participation


def test_the_funnel_counts_what_the_manifest_counts(reading_en):
    page, part = response.page(reading_en), reading_en.result.participation
    assert [step.value for step in page.steps] == [str(part.invited), str(part.used), str(part.sheets)]
    assert page.steps[1].share == f"{100 * part.used / part.invited:.0f} %"
    lengths = [step.length / response.WIDE for step in page.funnel.steps]
    assert lengths == pytest.approx([1, part.used / part.invited, part.sheets / part.invited], abs=1e-4)


def test_a_withheld_units_number_of_sheets_is_nowhere(reading_en):
    lines = {line.unit: line for group in response.page(reading_en).groups for line in group.lines}
    assert lines["CC-MCAI"].rated == "86"
    for unit in ("CC-MCAI-KTGS1", "CC-HGAI-NV"):
        assert (lines[unit].rated, lines[unit].share, lines[unit].funnel) == ("–", "–", None)
        assert lines[unit].why


# ---------------------------------------------------------------- geometry


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100), st.booleans()), min_size=3, max_size=12),
)
def test_every_spot_lies_on_the_map_and_none_covers_another(found):
    chart = pictures.priority_map(*map(list, zip(*found, strict=True)), (420.0, 300.0), (0.0, 100.0), "t")
    for spot in chart.spots:
        assert chart.left <= spot.x <= chart.right
        assert spot.y <= chart.bottom
    for one in chart.spots:
        for other in chart.spots:
            if one is not other:
                assert (one.x - other.x) ** 2 + (one.y - other.y) ** 2 >= (1.5 * pictures.RADIUS) ** 2 - 0.5


def test_a_funnel_starts_its_bars_at_zero_and_keeps_the_smallest_visible():
    chart = pictures.funnel([("a", 1000, "1.000"), ("b", 500, "500"), ("c", 0, "0")], 400.0, "t")
    assert [step.length for step in chart.steps] == [400.0, 200.0, 1.0]
    assert chart.height == 3 * pictures.STEP
    assert pictures.funnel([("a", 0, "0")], 400.0, "t").steps[0].length == 1.0
