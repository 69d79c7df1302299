"""Other weights: only shown numbers are handed out, and what is computed of them is the engine's own answer."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest

from survey_app.errors import Refused
from survey_app.results import comparison, sliders, what_if_page
from survey_app.results.reading import Reading
from survey_app.results.tried import covariance, tried
from survey_app.results.what_if import Branch, Delivered, UnitNumbers, delivered, given
from survey_app.scoring.leaf import Leaf, Normalise
from survey_app.scoring.plan import Node
from survey_app.scoring.propagate import ScoredGroup
from survey_app.scoring.redraw import NotVaried
from survey_app.scoring.what_if import what_if
from tests.results.rounds import BRANCHES, LEVELS, Wanted, register_rows, result_of, shipped_plan, shipped_questionnaire


def group_of(reading, group_id):
    return next(one for one in reading.result.estimates.groups if one.id == group_id)


def numbers_of(reading, group_id="chi_cuc"):
    return what_if_page.numbers_of(reading, group_of(reading, group_id))


def random_weights(numbers, draw):
    """Weights of every node, some of them 0, none of a whole part."""
    found = {}
    for parent in numbers.tree.walk():
        for place, child in enumerate(parent.children):
            found[child.id] = 0.0 if place and draw.random() < 0.2 else float(draw.uniform(0.1, 100))
    return found


# ---------------------------------------------------------------- what is handed out


@pytest.mark.parametrize("group", ["chi_cuc", "doi", "phong"])
def test_every_score_that_is_handed_out_is_the_one_that_is_shown(reading, group):
    numbers = numbers_of(reading, group)
    for unit in numbers.units:
        for part, value in zip((*numbers.rated, *numbers.fixed), unit.values, strict=True):
            assert value == float(reading.score(unit.code, part).number)


def test_withheld_units_are_in_no_byte_of_the_page(reading):
    for group, _ in what_if_page.groups_of(reading):
        found = what_if_page.page(reading, group, {})
        for hidden in ("CC-MCAI-KTGS1", "CC-HGAI-NV", "CC-MCAI-KS"):
            assert hidden not in found.board.data.decode()


def test_a_unit_of_which_a_sub_index_is_withheld_takes_no_part_and_is_named(alone):
    reading = alone(answered=BRANCHES | {"CC-CLAN": 30})
    first = group_of(reading, "chi_cuc").sub_indices[0].id
    scores = tuple(
        msgspec.structs.replace(score, n=9) if (score.unit, score.node) == ("CC-BPS", first) else score
        for score in reading.result.index.scores
    )
    result = msgspec.structs.replace(reading.result, index=msgspec.structs.replace(reading.result.index, scores=scores))
    poorer = Reading(result, reading.questionnaire, reading.plan, "en")
    assert poorer.score("CC-BPS", poorer.business).number is not None
    numbers = numbers_of(poorer)
    assert "CC-BPS" not in [unit.code for unit in numbers.units]
    assert len(numbers.units) == 6
    found = what_if_page.page(poorer, "chi_cuc", {})
    assert found.board.unnamed == (poorer.name("CC-BPS"),)
    assert "CC-BPS" not in found.board.data.decode()


def test_the_covariance_that_is_handed_out_has_the_digits_of_the_stored_one(reading):
    """Sums of two entries of two significant digits, and nothing of units or sub-indices that are not shown."""
    group, numbers = group_of(reading, "doi"), numbers_of(reading, "doi")
    places = [group.units.index(unit.code) for unit in numbers.units]
    size = len(group.sub_indices)
    stored = np.array(group.covariance).reshape(len(group.units), size, len(group.units), size)
    row = 0
    for a, u in enumerate(places):
        for v in places[a:]:
            expected = [
                stored[u, s, v, t] + (stored[u, t, v, s] if t > s else 0) for s in range(size) for t in range(s, size)
            ]
            np.testing.assert_allclose(numbers.products[row], expected, rtol=1e-5)
            row += 1
    assert row == len(numbers.products)


# ---------------------------------------------------------------- what is computed


def test_any_weights_give_the_sums_that_a_reader_can_add_up(reading):
    """By another route: plain sums of the shown scores, w′Σw of the products."""
    numbers, draw = numbers_of(reading), np.random.default_rng(5)
    for _ in range(20):
        weights = random_weights(numbers, draw)
        found = tried(numbers, weights)
        part = np.array([weights[sub] for sub in numbers.rated])
        share = weights["business"] / (weights["business"] + weights["department"])
        for u, unit in enumerate(numbers.units):
            business = np.array(unit.values[:-1]) @ part / part.sum()
            assert found.scores[u] == pytest.approx(share * business + (1 - share) * unit.values[-1], abs=1e-9)
        block = covariance(numbers)[:8, :8]
        error = share * np.sqrt(part @ block @ part) / part.sum()
        assert found.errors[0] == pytest.approx(error, abs=1e-9)


def test_the_plans_own_weights_give_the_published_result_but_for_the_rounding(reading):
    for group in ("chi_cuc", "doi", "phong"):
        numbers = numbers_of(reading, group)
        found = tried(numbers, numbers.plan_weights)
        for u, unit in enumerate(numbers.units):
            published = reading.scores[unit.code, numbers.tree.id]
            assert found.scores[u] == pytest.approx(published.value, abs=0.3 if unit.decimals == 0 else 0.05)
            assert found.errors[u] == pytest.approx(published.se, rel=1e-4)
        standing = next(one for one in reading.result.index.groups if (one.group, one.node) == (group, numbers.tree.id))
        assert (found.order is None) == bool(standing.reason)
        for place, u in enumerate(numbers.ranked):
            tier = next(one.tier for one in standing.standings if one.unit == numbers.units[u].code)
            assert found.order.tier[place] == tier


def test_other_weights_agree_with_the_engine_on_the_unrounded_estimates(reading):
    numbers, group = numbers_of(reading), group_of(reading, "chi_cuc")
    weights = {**numbers.plan_weights, "mb": 60.0, "pc": 0.0, "business": 90.0}
    exact = what_if(reading.plan, group, given(reading), weights)
    found = tried(numbers, weights)
    places = [group.units.index(unit.code) for unit in numbers.units]
    np.testing.assert_allclose(found.scores, exact.value("cdci")[places], atol=0.4)
    np.testing.assert_allclose(found.errors, exact.spread("cdci")[places], rtol=1e-4)


def with_a_figure():
    """A round whose plan counts a figure inside a sub-index: answers make 60 % of it."""
    plan = shipped_plan()
    figure = Leaf("hours", "hard", normalise=Normalise("goalposts", 0.0, 20.0))

    def changed(node):
        children = tuple(changed(child) for child in node.children)
        if node.id == "tg":
            questions = sum(child.weight for child in node.children)
            children = (*children, Node("hours", questions * 2 / 3))
        return msgspec.structs.replace(node, children=children)

    plan = msgspec.structs.replace(plan, tree=changed(plan.tree), leaves=(*plan.leaves, figure))
    wanted = Wanted(answered=BRANCHES, levels=LEVELS)
    return Reading(
        result_of(wanted, shipped_questionnaire(), plan, register_rows()), shipped_questionnaire(), plan, "vi"
    )


def test_of_a_sub_index_that_holds_a_figure_only_the_answers_are_unsure():
    reading = with_a_figure()
    numbers = numbers_of(reading)
    found = tried(numbers, numbers.plan_weights)
    for u, unit in enumerate(numbers.units):
        assert found.errors[u] == pytest.approx(reading.scores[unit.code, "cdci"].se, rel=1e-4)
    only = tried(numbers, {**numbers.plan_weights, **dict.fromkeys(numbers.rated, 0.0), "tg": 1.0})
    exact = ScoredGroup(reading.plan, group_of(reading, "chi_cuc"), given(reading)).spread("tg")
    np.testing.assert_allclose(only.errors, 0.7 * exact, rtol=1e-4)


def summed() -> Delivered:
    """Two sub-indices that are added up, not averaged, on a scale of 1 to 10."""
    tree = Branch("index", 1.0, True, (Branch("a", 0.5), Branch("b", 0.25)))
    values = {"p": (6.0, 8.0), "q": (5.0, 9.0), "r": (7.0, 3.0), "s": (2.0, 2.5)}
    units = tuple(UnitNumbers(code, 1, True, both) for code, both in values.items())
    own, none = (0.04, 0.01, 0.09), (0.0, 0.0, 0.0)
    products = tuple(own if u == v else none for u in range(4) for v in range(u, 4))
    return Delivered("g", "index", 1.0, 10.0, 0.95, tree, ("a", "b"), (), units, products)


def test_members_that_are_added_up_are_added_up():
    found = tried(summed(), {"a": 1.0, "b": 0.5})
    np.testing.assert_allclose(found.scores, [10.0, 9.5, 8.5, 3.25])
    np.testing.assert_allclose(found.errors, np.sqrt(0.04 + 0.5 * 0.01 + 0.25 * 0.09))


def test_weights_that_leave_nothing_are_refused(reading):
    numbers = numbers_of(reading)
    with pytest.raises(NotVaried):
        tried(numbers, {**numbers.plan_weights, **dict.fromkeys(numbers.rated, 0.0)})
    with pytest.raises(Refused, match="above 0"):
        what_if_page.page(reading, "chi_cuc", dict.fromkeys(numbers.rated, "0"))


# ---------------------------------------------------------------- the page


def test_the_page_compares_with_the_plan_and_says_what_moves(reading_en):
    own = what_if_page.page(reading_en, "chi_cuc", {}).board
    assert own.summary == "These are the plan's own weights."
    assert all(line.here == line.plan and line.shift == 0 for line in own.lines)
    assert [line.unit for line in own.lines] == list(comparison.page(reading_en).groups[0].units)
    moved = what_if_page.page(reading_en, "chi_cuc", {"business": "0"}).board
    assert moved.lines[0].plan == next(line.here for line in own.lines if line.unit == moved.lines[0].unit)
    count = sum(line.shift != 0 for line in moved.lines)
    assert count > 1
    assert str(count) in moved.summary
    assert all(bool(line.word) == (line.shift != 0) for line in moved.lines)
    assert [line.unit for line in moved.chances.lines] == [line.unit for line in moved.lines]


def test_where_nobody_is_ahead_the_page_says_so(alone):
    board = what_if_page.page(
        alone(levels={}, figures=False, answered=dict.fromkeys(BRANCHES, 30)), "chi_cuc", {}
    ).board
    tiers = {line.here.tier for line in board.lines}
    assert board.one_tier == (tiers == {1})
    assert board.one_tier


def test_fewer_than_four_units_have_scores_but_no_order(reading_en):
    board = what_if_page.page(reading_en, "phong", {"mb": "50"}).board
    assert board.why
    assert not board.summary
    assert board.chances is None
    assert all(line.here.tier is None and line.here.interval for line in board.lines)
    assert any(line.difference != "0" for line in board.lines)


def test_a_plan_that_is_not_linear_gets_a_sentence_instead_of_sliders(reading_en):
    tree = msgspec.structs.replace(reading_en.plan.tree, aggregate="geometric")
    plan = msgspec.structs.replace(reading_en.plan, tree=tree)
    other = Reading(reading_en.result, reading_en.questionnaire, plan, "en")
    found = what_if_page.page(other, "chi_cuc", {})
    assert found.board is None
    assert found.refused.startswith("Other weights cannot be tried in this round: its scoring plan")
    with pytest.raises(Refused):
        what_if_page.weights(other, "chi_cuc", {})


def test_words_and_numbers_in_the_page_cannot_end_the_element_that_holds_them():
    text = what_if_page.in_html(b'{"a":"</script><b>&"}')
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"a": "</script><b>&"}


# ---------------------------------------------------------------- sliders


@pytest.mark.parametrize(
    ("weights", "most", "step"),
    [
        ([12.5] * 8, 100, 0.5),
        ([70, 30], 100, 1),
        ([1, 1, 1], 5, 0.1),
        ([5, 10, 15, 20], 50, 1),
        ([0.4, 0.6], 1, 0.01),
        ([1 / 3, 2 / 3], 1, None),
    ],
)
def test_a_slider_reaches_round_ends_in_steps_on_which_the_plan_lies(weights, most, step):
    parent = Branch("p", 1.0, False, tuple(Branch(str(i), float(w)) for i, w in enumerate(weights)))
    assert sliders.ends(parent) == (most, step)


@pytest.mark.parametrize("text", ["", "x", "-1", "101", "nan", "inf", "1e999"])
def test_what_is_no_weight_is_refused_by_name(reading, text):
    with pytest.raises(Refused, match="Minh bạch"):
        sliders.typed(reading, numbers_of(reading), {"mb": text})


def test_a_weight_may_be_typed_with_a_comma(reading):
    assert sliders.typed(reading, numbers_of(reading), {"mb": " 12,5 ", "unknown": "3"}) == {"mb": 12.5}


def test_parts_that_are_not_there_are_not_weighed(reading):
    """Teams have no Department's part, so there is nothing beside the businesses'."""
    found = delivered(reading, group_of(reading, "doi"), "business", ["CC-MCAI-TT", "CC-VGIA-TT"])
    assert not found.fixed
    assert [part.id for part in sliders.weighings(reading, found, found.plan_weights)] == ["business"]
