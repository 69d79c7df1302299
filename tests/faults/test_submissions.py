"""One code pressed a hundred times at once, through the real server with two processes: exactly one sheet each time."""

from __future__ import annotations

import random
import threading

import pytest

from survey_app.models import Draft, Envelope, Invitation
from tests.bench import free_port
from tests.privacy.campaign import ready, served
from tests.walker import Walker, filled, forward

AT_ONCE = 100


def at_the_review(port, token):
    """A respondent whose next click is "submit"."""
    walker, chance = Walker("127.0.0.1", port, language="en"), random.Random()
    page = walker.get("/")
    page = walker.send(page, page.form("/start"), code=token.printed)
    while page.path.startswith("/answer/"):
        page = walker.send(page, page.form("/answer/"), forward(page), **filled(page, ("A", "B"), chance))
    assert page.path == "/review"
    walker.connection.close()
    return walker.cookies, page


def pressed(port, cookies, page, start, seen):
    """The same click, with the same cookie, from a connection of its own."""
    walker = Walker("127.0.0.1", port, language="en")
    walker.cookies = dict(cookies)
    start.wait()
    answer = walker.send(page, page.form("/submit"))
    seen.append((answer.status, answer.path))
    walker.connection.close()


def press_at_once(settings, codes):
    port = free_port()
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    _, _, tokens = ready(settings, codes, "pressed", 2024)
    with served(settings, port, settings.instance / "server.log"):
        for number, token in enumerate(tokens, start=1):
            cookies, page = at_the_review(port, token)
            start, seen = threading.Barrier(AT_ONCE), []
            threads = [
                threading.Thread(target=pressed, args=(port, cookies, page, start, seen)) for _ in range(AT_ONCE)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert seen == [(200, "/thanks")] * AT_ONCE
            assert Envelope.select().count() == number
    assert Invitation.select().where(Invitation.used == True).count() == codes  # noqa: E712
    assert Draft.select().count() == 0


def test_a_hundred_presses_at_once_leave_one_sheet(db):
    press_at_once(db, codes=5)


@pytest.mark.long
def test_a_hundred_presses_at_once_leave_one_sheet_a_hundred_times(db):
    press_at_once(db, codes=100)
