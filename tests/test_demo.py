"""The example Cục went through the real path, shows what it promises, and its index finds what was put in."""

import datetime
import hashlib
import os
import subprocess
import sys

import pytest

from survey_app.ballot.outcome import Outcome
from survey_app.demo import current, past
from survey_app.models import (
    Action,
    ActionPlan,
    Count,
    Document,
    Draft,
    Envelope,
    Invitation,
    ReceiptHash,
    Round,
    RoundUnit,
    StoredResult,
)
from survey_app.results import effects, stored


def test_two_rounds_are_published_and_one_is_open(demo_copy):
    states = {round_.id: round_.state for round_ in Round.select()}
    assert states == {"cdci-2023": "published", "cdci-2024": "published", "cdci-2025": "open"}
    assert Round.get_by_id("cdci-2025").closes_on > datetime.datetime.now(datetime.UTC).date()


def test_the_answers_went_through_the_box_and_left_no_sheet(demo_copy):
    for round_id in ("cdci-2023", "cdci-2024"):
        outcome = Outcome.from_canonical(bytes(Count.get_by_id(round_id).outcome))
        receipts = ReceiptHash.select().where(ReceiptHash.round == round_id).count()
        assert outcome.used == outcome.envelopes == outcome.sheets == receipts == 400
        for table in (Envelope, Draft, Invitation):
            assert table.select().where(table.round == round_id).count() == 0


@pytest.mark.parametrize("plot", past(), ids=lambda plot: plot.id)
def test_the_index_recovers_the_order_of_clearly_separated_units(demo_copy, plot):
    result = stored.current(plot.id)
    scores = {score.unit: score.value for score in result.index.scores if score.node == "business"}
    branches = [unit for unit in scores if unit in plot.quality and result.unit(unit).kind == "chi_cuc"]
    pairs = [(a, b) for a in branches for b in branches if plot.quality[a] - plot.quality[b] >= 0.3]
    assert len(pairs) >= 6
    assert [(a, b) for a, b in pairs if scores[a] <= scores[b]] == []


def test_the_demo_shows_the_hard_cases(demo_copy):
    result = stored.current("cdci-2024")
    ratings = {line.code: line.ratings for line in result.units}
    assert ratings["CC-MCAI-KTGS2"] == 0, "a withheld team: not even its number is kept"
    assert next(line for line in result.units if line.code == "CC-MCAI-KTGS2").invited > 0
    assert {row.merged_into for row in RoundUnit.select().where(RoundUnit.round == "cdci-2024")} > {None}
    level = [g for g in result.index.groups if g.standings and {s.tier for s in g.standings} == {1}]
    apart = [g for g in result.index.groups if g.standings and len({s.tier for s in g.standings}) > 1]
    assert level, "a peer group with a single tier"
    assert apart


def test_every_document_lies_where_its_row_says(demo_copy):
    rows = list(Document.select().join(StoredResult).where(StoredResult.current == True))  # noqa: E712 - SQL
    assert {row.language for row in rows} >= {"vi", "en"}
    assert {row.kind for row in rows} >= {"scorecard", "comparison"}
    for row in rows:
        content = (demo_copy.instance / row.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row.sha256
        assert content.startswith(b"%PDF-1.7") == row.path.endswith(".pdf")


def test_the_demo_shows_what_followed_its_rounds(demo_copy):
    """A plan worked through, two orders, a plan that waits for the director, a reply; every aim is a real sub-index."""
    states = {(plan.round_id, plan.unit): plan.state for plan in ActionPlan.select()}
    assert states == {("cdci-2023", "CC-MCAI"): "approved", ("cdci-2024", "CC-BPS"): "sent"}
    assert {action.status for action in Action.select()} == {"planned", "under_way", "done", "dropped"}
    assert Action.select().where(Action.kind == "order").count() == 2
    reading = stored.reading_of("cdci-2024", "vi")
    assert {action.node for action in Action.select()} <= set(reading.sub_indices)
    told = [line.effect.verdict for unit in ("CC-MCAI", "CC-BPS", "CC-HMO") for line in effects.lines(unit, reading)]
    assert len(told) == 6
    assert None not in told
    assert reading.follow_up.reply("CC-BPS")
    assert reading.result.hash == Round.get_by_id("cdci-2024").reply_result


def test_the_notes_name_what_a_visitor_needs(demo_copy):
    notes = (demo_copy.instance / "demo.txt").read_text(encoding="utf-8")
    assert notes.count("to try:") == 3
    assert notes.count("@example.vn") == 5
    for title in ("Lãnh đạo Cục:", "Thanh tra nội bộ:", "Hiệp hội doanh nghiệp:"):
        assert title in notes
    assert (demo_copy.instance / "demo.txt").stat().st_mode & 0o077 == 0


def test_every_start_prints_the_notes_with_the_present_address(demo_copy):
    before = (demo_copy.instance / "demo.txt").read_text(encoding="utf-8")
    environment = os.environ | {"SURVEY_INSTANCE": str(demo_copy.instance), "PORT": "8055"}
    command = [sys.executable, "-m", "survey_app.cli", "demo", "--no-serve"]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert printed.count("http://127.0.0.1:8055/") == 3
    assert printed.strip() == before.replace(":8000/", ":8055/").strip()


def test_the_open_round_follows_the_last_published_one():
    assert current().previous == past()[-1].id


def test_the_example_is_not_mixed_with_other_data_and_a_broken_one_is_begun_again(db):
    from survey_app import demo
    from survey_app.errors import Refused
    from survey_app.models import Account

    Account.create(email="that@hq.vn", name="That", role="officer")
    with pytest.raises(Refused, match="holds other data"):
        demo.begin(db)
    assert Account.select().count() == 1
    demo.unfinished(db).parent.mkdir(parents=True, exist_ok=True)
    demo.unfinished(db).touch()
    demo.begin(db)
    assert Account.select().count() == 0
    assert demo.unfinished(db).exists()
