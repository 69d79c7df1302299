"""A round answered through the product's own web pages by a real server, and the truth that only the test knows."""

from __future__ import annotations

import datetime
import os
import random
import re
import secrets
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from survey_app import jobs
from survey_app.ballot.drafts import draft_id
from survey_app.ballot.tokens import Token, receipt_hash
from survey_app.config import Settings
from survey_app.database import database
from survey_app.fieldwork import frame, invitations, progress, rounds, units, versions
from survey_app.fieldwork.opening import open_round
from survey_app.models import WIPED, Envelope, Round
from survey_app.results.freeze import freeze
from survey_app.results.signature import public_key
from survey_app.web.entry import CODES
from tests.bench import free_port, server
from tests.privacy.evidence import Evidence, Log, Sheet, Watch, files_of
from tests.walker import Answer, Walker, filled, forward

TESTS = Path(__file__).parent.parent
RATED = ("A", "B", "C")
# Of everybody who answers: the address before the web server that ends TLS, that server's own, the browser.
FAR, NEAR, BROWSER = "203.0.113.77", "127.0.0.77", "walker/7."
DAYS, A_DAY = 10, 3  # simulated days of a round, and copies of everything taken on each


@dataclass
class Campaign:
    """One round: what an attacker has of it, and whose sheet is whose."""

    evidence: Evidence
    truth: list[int]  # business → number of its sheet
    saved: list[bytes]  # plain content of the sheets, for the controls
    log: str  # everything that the servers wrote
    codes: list[Token]  # of each business
    resumes: list[str]

    def right(self, guess: list[int]) -> int:
        """How many links of a guess are right."""
        return sum(sheet == true for sheet, true in zip(guess, self.truth, strict=True))


def campaign(settings: Settings, number: int, chance: random.Random, round_id: str, year: int) -> Campaign:
    """`number` businesses answer; the round is closed, counted, frozen and wiped."""
    began = time.time() - 1
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened, shares, tokens = ready(settings, number, round_id, year)
    watch, log, copied = Watch(), settings.instance / f"server-{round_id}.log", Log()
    watch.look(0)
    order = list(range(number))
    chance.shuffle(order)
    copies = copy_moments(number)
    sheets: dict[int, tuple[Sheet, bytes, str]] = {}
    keys: dict[int, bytes] = {}
    lengths: dict[int, int] = {}
    port = free_port()
    files = []
    with served(settings, port, log):
        for place, business in enumerate(order, 1):
            before = {bytes(row.key) for row in Envelope.select(Envelope.key)}
            sheets[business] = answer(port, tokens[business], chance)
            (row,) = [row for row in Envelope.select() if bytes(row.key) not in before]
            keys[business], lengths[business] = bytes(row.key), len(row.sealed)
            watch.look(place)
            for copy in (copy for copy, moment in enumerate(copies, 1) if moment == place):
                copied.read(began)
                if copy % A_DAY == 0:  # in the evening the worker takes the day's numbers
                    progress.take(opened, opened.opens_on + datetime.timedelta(days=copy // A_DAY))
            if place == number // 2:
                files += files_of(settings, began)
        stray(port, tokens[0].printed, chance)
        files += files_of(settings, began)
    files += files_of(settings, began)
    closed = rounds.close_round(rounds.round_by_id(opened.id))
    jobs.run_count(settings, closed.id, shares[:2], lambda done, total: None)
    watch.look(number + 1)
    copied.read(began)
    freeze(rounds.round_by_id(closed.id), public_key(settings))
    jobs.start_wipe(settings, rounds.round_by_id(closed.id))
    watch.look(number + 2)
    files += files_of(settings, began)
    work_off(settings)
    assert rounds.round_by_id(closed.id).state == WIPED
    watch.look(number + 2)
    left = Log(tables=dict(copied.tables))
    left.read(began)
    files += files_of(settings, began)

    shuffled = list(range(number))
    chance.shuffle(shuffled)  # shuffled[n] = the business whose sheet is number n
    written = log.read_text(encoding="utf-8", errors="replace")
    evidence = Evidence(
        order=order,
        identifiers=[marks_of(business, tokens[business], keys[business]) for business in range(number)],
        sheets=[sheets[business][0] for business in shuffled],
        rows=watch.rows,
        files=files,
        texts=[("server", written)],
        lengths=lengths,
        dealt=[tuple(unit for unit, _ in sheets[business][0].slips) for business in range(number)],
        copies=copies,
        log=copied,
        log_left=left,
    )
    truth = [shuffled.index(business) for business in range(number)]
    return Campaign(
        evidence, truth, [sheets[business][1] for business in shuffled], written, tokens,
        [sheets[business][2] for business in range(number)],
    )  # fmt: skip


def work_off(settings: Settings) -> None:
    """What the worker does with the one task in the queue."""
    queue = jobs.queue_of(settings).huey
    queue.execute(queue.dequeue())


def copy_moments(number: int) -> list[int]:
    """After how many submissions each copy is taken: the same number lies between any two, as nearly as can be."""
    return [number * copy // (DAYS * A_DAY) for copy in range(1, DAYS * A_DAY + 1)]


def marks_of(business: int, token: Token, key: bytes) -> tuple[bytes, ...]:
    """Everything that identifies a business: the pairing of code and envelope is given."""
    digest = token.digest
    return tax_code(business).encode(), digest, digest.hex().encode(), token.printed.encode(), draft_id(token), key


def tax_code(business: int) -> str:
    return f"57{business:08d}"


def email(business: int) -> str:
    return f"firm{business}@doanhnghiep.example.vn"


def ready(settings: Settings, number: int, round_id: str, year: int) -> tuple[Round, tuple[str, ...], list[Token]]:
    """An open round with a code for each of `number` businesses."""
    units.import_units(TESTS / "fieldwork" / "units.csv")
    questionnaire = versions.store_questionnaire(TESTS / "ballot" / "questionnaire.yaml")
    asked = versions.questionnaire_by_hash(questionnaire.hash)
    plan = versions.store_plan(TESTS / "ballot" / "plan.yaml", asked)
    today = datetime.datetime.now(datetime.UTC).date()
    created = rounds.create_round(
        rounds.NewRound(
            recount_days=0,
            id=round_id, year=year, title={"vi": round_id, "en": round_id}, organisation={"vi": "Cục", "en": "The Cục"},
            questionnaire=questionnaire.hash, plan=plan.hash, opens_on=today,
            closes_on=today + datetime.timedelta(days=30), custodians=settings.custodian_titles, rehearsal=True,
        )
    )  # fmt: skip
    lines = [
        frame.FrameLine(
            tax_code=tax_code(business), name=f"Firm {business}", units=RATED, address="Hạ Long", email=email(business)
        )
        for business in range(number)
    ]
    frame.write_frame(created, lines)
    ceremony = rounds.hold_keys(created)
    rounds.try_keys(rounds.round_by_id(created.id), *ceremony.shares[:2])
    created = rounds.round_by_id(created.id)
    tokens = {
        business.tax_code: token for business, token in invitations.issue(created, invitations.uninvited(created))
    }
    return open_round(created), ceremony.shares, [tokens[tax_code(business)] for business in range(number)]


def served(settings: Settings, port: int, log: Path) -> AbstractContextManager[int]:
    """The real server, two worker processes, with everything that it writes going to a file."""
    environment = os.environ | {
        "SURVEY_INSTANCE": str(settings.instance), "DATABASE_URL": settings.database_url, "PORT": str(port),
        "SURVEY_WORKERS": "2", "SURVEY_CONTACT": settings.contact, "SURVEY_PROXIES": "1",
    }  # fmt: skip
    return server([sys.executable, "-m", "survey_app.cli", "serve"], port, environment, log)


def answer(port: int, token: Token, chance: random.Random) -> tuple[Sheet, bytes, str]:
    """One business answers everything, with words of its own, from the second page on at another device; its sheet as
    the attacker will know it, and its resume code."""
    walker = visitor(port, chance)
    rated = tuple(chance.sample(RATED, 2))
    page = walker.get("/")
    page = walker.send(page, page.form("/start"), code=token.printed)
    given: dict[str, str] = {}
    resume = ""
    while page.path.startswith("/answer/"):
        fields = filled(page, rated, chance) | words(page, chance)
        given |= fields
        page = walker.send(page, page.form("/answer/"), forward(page), **fields)
        assert page.status == 200, (page.status, page.path)
        if not resume:
            (resume,) = re.findall(r'translate="no">([0-9A-Z-]{15})<', walker.get("/stop").body)
            walker.connection.close()
            walker = visitor(port, chance)
            page = walker.get("/")
            page = walker.send(page, page.form("/start"), code=token.printed, resume=resume)
    page = walker.send(page, page.form("/submit"))
    walker.connection.close()
    assert page.path == "/thanks", page.path
    receipt = re.findall(r"receipt\"[^>]*>([0-9A-Z-]{15,})<", page.body)[0]
    needles = [text.encode() for name, text in given.items() if name.startswith(("better", "wish"))]
    needles += [receipt.encode(), receipt_hash(receipt).encode()]
    slips = tuple((unit, ratings(given, unit)) for unit in rated)
    plain = repr(sorted(given.items())).encode()
    return Sheet(tuple(needles), sum(len(value.encode()) for value in given.values()), slips), plain, resume


def visitor(port: int, chance: random.Random) -> Walker:
    """A browser with a name of its own: of many sheets of one browser all are left out of the count's base case."""
    walker = Walker("127.0.0.1", port, language="en", source=NEAR)
    walker.headers |= {"User-Agent": f"{BROWSER}{chance.random()}", "X-Forwarded-For": FAR}
    return walker


def stray(port: int, code: str, chance: random.Random) -> None:
    """Everything that goes wrong at a respondent's page, with a true code each time: no such page, no form of ours,
    sent from another site, an error of ours, a spent code until it is enough, and what is no request at all."""
    walker = visitor(port, chance)
    statuses = [walker.get(f"/{code}").status, walker.post("/start", {"code": code}).status]
    page = walker.get("/")
    walker.headers["Sec-Fetch-Site"] = "cross-site"
    statuses.append(walker.send(page, page.form("/start"), code=code).status)
    del walker.headers["Sec-Fetch-Site"]
    with without_drafts():
        statuses.append(walker.send(page, page.form("/start"), code=code).status)
    for _ in range(2 * CODES + 1):  # the window in which they are counted may end on the way
        page = walker.get("/")
        statuses.append(walker.send(page, page.form("/start"), code=code).status)
    walker.connection.close()
    with socket.create_connection(("127.0.0.1", port), 5, source_address=(NEAR, 0)) as broken:
        broken.sendall(f"GET /?code={code} HTTP/9.9\r\nUser-Agent: {BROWSER}\r\n\r\n".encode())
        broken.recv(1000)
    assert {400, 403, 404, 429, 500} == set(statuses), statuses


@contextmanager
def without_drafts() -> Iterator[None]:
    """Nobody who types a code gets an answer: a table is missing."""
    database.execute_sql("ALTER TABLE draft RENAME TO missing")
    try:
        yield
    finally:
        database.execute_sql("ALTER TABLE missing RENAME TO draft")


def words(page: Answer, chance: random.Random) -> dict[str, str]:
    """A text of its own in every text field, longer or shorter."""
    texts = page.form("/answer/").texts
    return {
        name: f"ý {secrets.token_hex(6)} " + "x" * chance.randrange(150)
        for name in texts
        if name.startswith(("better", "wish"))
    }


def ratings(given: dict[str, str], unit: str) -> dict[str, int]:
    """What was answered on the scales about a unit."""
    names = [name for name in sorted(given) if name.endswith(f"@{unit}") and given[name].isdigit()]
    return {name.partition("@")[0]: int(given[name]) for name in names}
