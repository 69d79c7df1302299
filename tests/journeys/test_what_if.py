"""What-if in a real browser: its script computes what the server computes, to nine decimals; keyboard, no script."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from playwright.sync_api import expect
from scipy import special

from survey_app.i18n import number
from survey_app.results import stored, what_if_page
from survey_app.results.tried import tried
from survey_app.results.what_if import Branch, Delivered, UnitNumbers
from survey_app.staff import accounts, passwords
from tests.results.published import publish

GOOD = "bốn từ chẳng liên quan"
HASH = passwords.hashed(GOOD)
PAGE = "/staff/director/cdci-2024/what-if"
COMPUTE = """async ([numbers, several]) => {
  const { compute } = await import("/static/what_if.js");
  return several.map((weights) => {
    const found = compute(numbers, weights);
    if (found.order) found.order.chance = found.order.chance.map((row) => [...row]);
    return found;
  });
}"""

pytestmark = pytest.mark.journey


@pytest.fixture
def director(app, address, open_browser):
    """Opens the comparison in a window, signed in as the director."""
    publish(app.config["SETTINGS"])
    account = accounts.add("reader@example.vn", "Người đọc", "director", None, by="test")
    accounts.set_password(account, HASH)

    def opened(**options):
        page = open_browser(**options)
        page.goto(f"{address}/staff/sign-in")
        page.fill("input[name=email]", "reader@example.vn")
        page.fill("input[name=password]", GOOD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{address}/staff/director/cdci-2024")
        return page

    return opened


def random_weights(numbers, draw):
    """Weights of every node; some are 0, never all of a part."""
    found = {}
    for parent in numbers.tree.walk():
        for place, child in enumerate(parent.children):
            found[child.id] = 0.0 if place and draw.random() < 0.2 else float(draw.uniform(0.01, 100))
    return found


def thirty_units(draw):
    """A group as large as any, with neighbours that are close, ties, and units that have no rank."""
    units, subs = 30, tuple("abcdefgh")
    root = draw.normal(size=(units * 8, 40))
    whole = (root @ root.T / 40 + 0.5 * np.eye(units * 8)).reshape(units, 8, units, 8)
    rows, columns = np.triu_indices(8)
    blocks = ((whole[u, :, v], u, v) for u in range(units) for v in range(u, units))
    products = tuple(
        tuple(((block + block.T) / np.where(np.eye(8) > 0, 2, 1))[rows, columns].tolist()) for block, _, _ in blocks
    )
    part = Branch("business", 70.0, False, tuple(Branch(sub, 12.5) for sub in subs))
    tree = Branch("index", 1.0, False, (part, Branch("department", 30.0)))
    scores = np.round(80 + draw.normal(0, 4, (units, 9)), 1)
    scores[5] = scores[4]
    numbers = (UnitNumbers(f"U{u:02}", 1, u % 7 != 3, tuple(scores[u].tolist())) for u in range(units))
    return Delivered("g", "business", 0.0, 100.0, 0.95, tree, subs, ("department",), tuple(numbers), products)


def assert_equal(found, expected):
    """Scores, errors, intervals, chances, expected ranks, order and tiers; the engine rounds ranks to nine decimals."""
    for name in ("scores", "errors", "low", "high"):
        np.testing.assert_allclose(found[name], getattr(expected, name), rtol=0, atol=1e-9)
    if expected.order is None:
        assert found["order"] is None
        return
    order = found["order"]
    np.testing.assert_allclose(order["chance"], expected.order.chance, rtol=0, atol=1e-9)
    np.testing.assert_allclose(
        order["expected"], 0.5 + expected.order.chance.sum(axis=0), rtol=0, atol=1e-9 * len(order["expected"]) / 2
    )
    np.testing.assert_allclose(order["expected"], expected.order.expected, rtol=0, atol=2e-9)
    assert order["order"] == expected.order.order.tolist()
    assert order["tier"] == expected.order.tier.tolist()


def test_the_browser_computes_what_the_server_computes(director):
    """The published round's groups and thirty invented units, each under random weights."""
    page, draw = director(), np.random.default_rng(20)
    reading = stored.reading_of("cdci-2024", "vi")
    several = [what_if_page.numbers_of(reading, group) for group in reading.result.estimates.groups]
    for numbers in (*several, thirty_units(draw)):
        weights = [numbers.plan_weights, *(random_weights(numbers, draw) for _ in range(25))]
        found = page.evaluate(COMPUTE, [msgspec.to_builtins(numbers), weights])
        for each, under in zip(found, weights, strict=True):
            assert_equal(each, tried(numbers, under))


def test_units_that_are_level_stay_level_in_both(director):
    """All scores equal: nobody is ahead; with the Department's part alone there is no doubt at all."""
    page, numbers = director(), thirty_units(np.random.default_rng(3))
    level = msgspec.structs.replace(
        numbers,
        units=tuple(
            msgspec.structs.replace(unit, values=(*(80.0,) * 8, 80.0 + place % 3))
            for place, unit in enumerate(numbers.units)
        ),
    )
    weights = [{**level.plan_weights, "department": 0.0}, level.plan_weights, {**level.plan_weights, "business": 0.0}]
    for each, under in zip(page.evaluate(COMPUTE, [msgspec.to_builtins(level), weights]), weights, strict=True):
        assert_equal(each, tried(level, under))


def test_the_error_function_is_good_to_the_last_digits(director):
    page = director()
    at = [*np.linspace(-7, 7, 2801).tolist(), *np.linspace(7, 26, 77).tolist(), 0.46875, 4.0, 1e-300]
    found = page.evaluate("async (at) => at.map((await import('/static/what_if.js')).erfc)", at)
    np.testing.assert_allclose(found, special.erfc(at), rtol=1e-13, atol=1e-300)


def test_eigenvectors_of_a_large_matrix_are_orthogonal_and_give_it_back(director):
    page, draw = director(), np.random.default_rng(1)
    root = draw.normal(size=(30, 12))
    matrix = root @ root.T
    found = page.evaluate(
        """async (matrix) => {
          const { values, vectors } = (await import("/static/what_if.js")).eigen(matrix);
          return { values, vectors: vectors.map((vector) => [...vector]) };
        }""",
        matrix.tolist(),
    )
    values, vectors = np.array(found["values"]), np.array(found["vectors"]).T
    np.testing.assert_allclose(np.sort(values), np.linalg.eigvalsh(matrix), atol=1e-11)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(30), atol=1e-12)
    np.testing.assert_allclose((vectors * values) @ vectors.T, matrix, atol=1e-11)


def test_numbers_are_rounded_and_written_as_the_server_writes_them(director):
    page = director()
    values = [0.5, 1.5, 2.5, 0.25, 0.35, -0.04, -0.05, -0.15, 84.25, 84.35, 1234.5678, 0.0, 99.95]
    found = page.evaluate(
        """async (values) => {
          const { rounded, written } = await import("/static/what_if.js");
          const all = (value, language) => [0, 1, 2].map((d) => written(rounded(value, d), d, language));
          return ["vi", "en"].map((language) => values.map((value) => all(value, language)));
        }""",
        values,
    )
    expected = [[[number(value, d, language) for d in (0, 1, 2)] for value in values] for language in ("vi", "en")]
    assert found == expected


def texts(page):
    """Everything that the page says of the outcome, as read."""
    return page.evaluate(
        """() => [...document.querySelectorAll("#lines tr, .chances tr, #summary, .weight output")]
          .map((one) => one.innerText.split(/\\s+/).join(" ").trim())"""
    )


def picture(page):
    """Where the strips are drawn."""
    return page.evaluate(
        """() => [...document.querySelectorAll("#lines rect, #lines circle")]
          .map((one) => ["x", "width", "cx"].map((name) => Math.round(10 * Number(one.getAttribute(name) || 0))))"""
    )


@pytest.mark.parametrize("group", ["chi_cuc", "phong"])
def test_sliders_move_by_keyboard_and_the_page_says_what_the_server_would_say(director, address, group):
    page = director(width=1280)
    page.goto(f"{address}{PAGE}?group={group}")
    before = texts(page)
    slider = page.locator("#s-pc")
    slider.focus()
    page.keyboard.press("End")
    page.locator("#s-mb").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#w-pc")).to_have_value("100")
    expect(page.locator("#w-mb")).to_have_value("13.5")
    page.fill("#w-business", "45.5")
    expect(page.locator("#s-business")).to_have_value("46")
    moved, drawn = texts(page), picture(page)
    assert moved != before
    plain = director(width=1280, scripts=True)
    plain.route("**/what_if.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    plain.goto(f"{address}{PAGE}?group={group}&w.pc=100&w.mb=13.5&w.business=45.5")
    assert texts(plain) == moved
    np.testing.assert_allclose(picture(plain), drawn, atol=1)
    page.get_by_role("link", name="Trở lại trọng số của phương án").press("Enter")
    assert texts(page) == before


def test_weights_without_a_rest_are_told_and_mended(director, address):
    page = director(width=1280)
    page.goto(address + PAGE)
    before = texts(page)
    page.fill("#w-business", "")
    expect(page.locator("#summary")).to_have_text("Mỗi phần phải có ít nhất một trọng số lớn hơn 0.")
    page.fill("#w-business", "70")
    assert texts(page) == before


@pytest.mark.parametrize("scripts", [True, False])
def test_a_scenario_is_saved_and_opened_with_and_without_a_script(director, address, scripts):
    page = director(width=360, scripts=scripts)
    page.goto(address + PAGE)
    expect(page.get_by_role("button", name="Tính lại")).to_be_visible(visible=not scripts)
    page.fill("#w-tg", "50")
    page.fill("#name", "Thời gian gấp bốn")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("kịch bản “Thời gian gấp bốn”")
    expect(page.locator("#w-tg")).to_have_value("50")
    page.goto(address + PAGE)
    expect(page.locator("#w-tg")).to_have_value("12.5")
    page.get_by_role("link", name="Thời gian gấp bốn").click()
    expect(page.locator("#w-tg")).to_have_value("50")
    page.get_by_role("button", name="Xóa Thời gian gấp bốn").click()
    expect(page.get_by_text("Chưa có kịch bản nào.")).to_be_visible()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_page_fits_and_axe_finds_nothing(director, address, look, width):
    page = director(width=width)
    for group in ("chi_cuc", "phong", "doi"):
        page.goto(f"{address}{PAGE}?group={group}&w.mb=90")
        look(page)
