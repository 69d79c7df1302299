"""One demo round, by the same verbs as a real one: create, frame, figures, keys, open, answer, close, count, wipe."""

from __future__ import annotations

import datetime
import itertools
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from survey_app import jobs
from survey_app.ballot.drafts import DraftContent, save
from survey_app.ballot.envelopes import SealedContent, submit
from survey_app.ballot.tokens import Token, new_receipt, new_resume
from survey_app.ballot.wipe import wipe
from survey_app.config import Settings
from survey_app.demo import follow_up
from survey_app.demo.answers import Reply, replies
from survey_app.demo.population import BUSINESSES, TEAMS, UNITS, Client, clients
from survey_app.fieldwork import figures, frame, invitations, rounds
from survey_app.fieldwork.units import register_for
from survey_app.fieldwork.versions import plan_of, questionnaire_of
from survey_app.models import Business, Round, StoredPlan, StoredQuestionnaire
from survey_app.questionnaire.path import completed
from survey_app.results import comments, scenarios, stored, what_if_page
from survey_app.results.signature import public_key
from survey_app.scoring.sheets import duration_class

Say = Callable[[str], None]

ORGANISATION = {
    "vi": "Cục Hải quan tỉnh Quảng Ninh (đơn vị ví dụ)",
    "en": "Quảng Ninh Customs Department (example)",
    "zh-Hans": "广宁省海关局（示例）",
}
TITLE = {
    "vi": "Khảo sát doanh nghiệp CDCI {year}",
    "en": "CDCI business survey {year}",
    "zh-Hans": "CDCI {year} 企业调查",
}
# Hidden quality: the branches differ clearly at the ends; the procedures and operations teams do not differ at all,
# so that the demo shows a peer group with a single tier.
QUALITY = {
    "CC-MCAI": 0.55,
    "CC-HGAI": 0.25,
    "CC-VGIA": 0.22,
    "CC-CPHA": 0.0,
    "CC-HMO": -0.10,
    "CC-BPS": -0.60,
    "CC-KTSTQ": 0.0,
    "P-GSQL": 0.15,
    "P-TXNK": 0.0,
} | dict.fromkeys((team for teams in TEAMS.values() for team in teams), 0.0)
IMPROVED = {"CC-HMO": 0.25, "CC-CPHA": 0.10}  # since the round before
READ_UNIT = "CC-MCAI"  # whose comments were read
TRIED = "chi_cuc"  # the peer group for which other weights were tried
SILENT_TEAM = "CC-MCAI-KTGS2"  # whose clients hardly answer in one round: its score is withheld there
SILENT = 7  # ratings it gets then
ANSWERING = 400


@dataclass(frozen=True)
class Plot:
    """What a demo round is to be."""

    id: str
    year: int
    opens_on: datetime.date
    closes_on: datetime.date
    previous: str | None
    seed: int
    quality: dict[str, float]
    silent: bool = False


def prepare(plot: Plot, questionnaire: StoredQuestionnaire, plan: StoredPlan, frame_: Sequence[Client]) -> Round:
    """A round in preparation with its frame and figures."""
    round_ = rounds.create_round(
        rounds.NewRound(
            id=plot.id,
            year=plot.year,
            title={tag: text.format(year=plot.year) for tag, text in TITLE.items()},
            organisation=ORGANISATION,
            questionnaire=questionnaire.hash,
            plan=plan.hash,
            opens_on=plot.opens_on,
            closes_on=plot.closes_on,
            custodians=("Lãnh đạo Cục", "Thanh tra nội bộ", "Hiệp hội doanh nghiệp"),
            previous=plot.previous,
            units=UNITS,
            recount_days=0,
            rehearsal=True,
            synthetic=True,
        )
    )
    frame.write_frame(round_, [client.line for client in frame_])
    return round_


def enter_figures(round_: Round, plot: Plot) -> None:
    """Invented hard data and panel points, better where the hidden quality is."""
    generator = np.random.default_rng([plot.seed, 2])
    lines = figures.rated_lines(round_)
    for source in ("hard", "panel"):
        entries = [
            figures.Entry(unit, leaf.id, invented(leaf.points, plot.quality.get(unit, 0.0), generator))
            for leaf in figures.leaves_of(round_, source)
            for unit, line in lines.items()
            if (not leaf.kinds or line.kind in leaf.kinds) and not (source == "hard" and unit == "CC-KTSTQ")
        ]
        figures.enter(round_, source, [leaf.id for leaf in figures.leaves_of(round_, source)], entries)


def invented(points: float | None, quality: float, generator: np.random.Generator) -> float:
    """Panel points near the maximum, or hours of clearance."""
    if points is not None:
        return round(float(np.clip(points * (0.90 + 0.08 * quality) + generator.normal(0, 0.25), 0, points)), 1)
    return round(float(np.exp(generator.normal(2.2 - 0.5 * quality, 0.12))), 1)


def open_box(round_: Round) -> tuple[Round, dict[str, Token], tuple[str, ...]]:
    """Codes, key ceremony, test opening, opening: the round, the codes by tax code, the three printed shares."""
    codes = {business.tax_code: token for business, token in invitations.issue(round_, everyone())}
    ceremony = rounds.hold_keys(round_)
    fresh = Round.get_by_id(round_.id)
    rounds.try_keys(fresh, ceremony.shares[0], ceremony.shares[2])
    return rounds.open_round(Round.get_by_id(round_.id)), codes, ceremony.shares


def answer_all(round_: Round, plot: Plot, frame_: Sequence[Client], codes: Mapping[str, Token], say: Say) -> None:
    """About 400 businesses answer: code → draft → envelope."""
    questionnaire, plan, register = questionnaire_of(round_), plan_of(round_), register_for(round_)
    answering = who_answers(plot, frame_)
    given = replies(questionnaire, plan, register, answering, plot.quality, plot.seed)
    for number, reply in enumerate(given, 1):
        answer(round_, codes[reply.client.line.tax_code], reply)
        if number % 100 == 0:
            say(f"  {round_.id}: {number} / {len(given)}")


def everyone() -> list[Business]:
    """All businesses of the demo."""
    return list(Business.select().order_by(Business.tax_code))


def who_answers(plot: Plot, frame_: Sequence[Client]) -> list[Client]:
    """About 400 of the businesses; in a silent round, the silent team's clients mostly do not rate it."""
    generator = np.random.default_rng([plot.seed, 3])
    chosen = generator.choice(BUSINESSES, ANSWERING, replace=False)
    spoken = 0
    answering = []
    for index in sorted(chosen):
        client = frame_[index]
        if plot.silent and SILENT_TEAM in client.teams.values():
            spoken += 1
            if spoken > SILENT:
                kept = {unit: team for unit, team in client.teams.items() if team != SILENT_TEAM}
                client = Client(client.line, client.units, kept)
        answering.append(client)
    return answering


def answer(round_: Round, token: Token, reply: Reply) -> None:
    """One business: a draft under its code, then the sealed sheet."""
    questionnaire, register = questionnaire_of(round_), register_for(round_)
    resume = new_resume()
    seconds = {"demo": reply.seconds}
    save(token, resume, DraftContent(reply.answers, "review", seconds, 0, 0, reply.language), 0)
    sheet = completed(questionnaire, register, reply.answers)
    content = SealedContent(
        answers=sheet,
        receipt=new_receipt(),
        label=secrets.randbits(32),
        duration=duration_class(reply.seconds, len(sheet)),
        language=reply.language,
    )
    submit(token, content, round_)


def finish(settings: Settings, round_: Round, shares: Sequence[str], say: Say) -> None:
    """Close, count in the child process with two of the three shares, wipe, publish."""
    rounds.close_round(round_)
    jobs.run_count(settings, round_.id, shares[:2], lambda done, total: None)
    wipe(Round.get_by_id(round_.id))
    say(f"  {round_.id}: counted and wiped; rendering its documents")
    follow_up.before_publication(Round.get_by_id(round_.id), public_key(settings))
    jobs.publish(settings, Round.get_by_id(round_.id), lambda done, total: None)
    follow_up.after_publication(Round.get_by_id(round_.id))
    release_comments(Round.get_by_id(round_.id))
    try_weights(Round.get_by_id(round_.id))


def try_weights(round_: Round) -> None:
    """The director asked what would change if unofficial costs counted for more, and kept it."""
    reading, name = stored.reading_of(round_.id, "vi"), "Chi phí không chính thức tính gấp ba"
    scenarios.save(round_, TRIED, name, what_if_page.weights(reading, TRIED, {"pc": "37.5"}), "director@example.vn")


def release_comments(round_: Round) -> None:
    """Two readers have been through the comments on one branch; the others wait."""
    themes = itertools.cycle(comments.themes_of(round_)[:3])
    for one in [one for one in comments.to_redact(round_) if one.unit == READ_UNIT]:
        comments.propose(round_, one.id, one.text, next(themes), "first.reader@example.vn")
        comments.release(round_, one.id, "second.reader@example.vn")


def frame_of(seed: int) -> list[Client]:
    """The frame of all demo rounds: the same businesses every year."""
    return clients(seed)
