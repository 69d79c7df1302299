"""The web server says nothing about visitors; the worker beside it comes back when it dies, and ends when told."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from survey_app import create_app, serving
from survey_app.ballot.labels import WINDOW
from survey_app.config import read_settings
from survey_app.jobs import environment_of
from survey_app.web.entry import CODES
from tests.bench import tree
from tests.respondents import answering_round
from tests.walker import Walker

CODE = b"code=ABCD-EFGH-JKMN-PQRS"
MALFORMED = [
    b"POST /start HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n" + CODE + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + CODE + b"\x00: 1\r\n\r\n",
    b"GET /?" + CODE + b"A" * 5000 + b" HTTP/1.1\r\n\r\n",
    b"P;ST /?" + CODE + b" HTTP/1.1\r\n\r\n",
    b"POST /start HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + CODE + b"\r\n",
]
LINE = r"\[\d{4}-\d\d-\d\d \d\d:00 [+-]\d{4}\] \[\w+\] "


def alive(beside, besides=()):
    """The running worker's process id, once there is one that is not among these."""
    for _ in range(100):
        if beside.child is not None and beside.child.poll() is None and beside.child.pid not in besides:
            return beside.child.pid
        time.sleep(0.05)
    raise AssertionError("no worker is running")


def test_a_worker_that_dies_is_started_again(db, monkeypatch):
    monkeypatch.setattr(serving, "PAUSE", 0.1)
    beside = serving.Beside(db)
    beside.start(None)
    first = alive(beside)
    beside.child.kill()
    assert alive(beside, (first,)) != first
    beside.stop(None)
    time.sleep(0.4)
    assert beside.child.poll() is not None, "told to end, it stays ended"


@pytest.fixture
def one_window():
    """Wrong codes are counted by windows of fixed ends: what follows falls into one."""
    left = WINDOW - time.time() % WINDOW
    if left < 30:
        time.sleep(left + 0.1)


@pytest.fixture
def workers():
    """How many processes answer."""
    return 1


@pytest.fixture
def served(db, workers):
    """A web server of our own; its port, and what it wrote to the error output once it has ended."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "survey_app.cli", "serve"]
    environment = environment_of(db) | {"PORT": str(port), "SURVEY_WORKERS": str(workers)}
    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.1)
        yield port, server
    finally:
        server.kill()
        server.wait()
        server.stderr.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_malformed_request_leaves_neither_code_nor_address_nor_minute_in_the_log(served):
    port, server = served
    for request in MALFORMED:
        with socket.create_connection(("127.0.0.1", port), 5) as line:
            line.sendall(request)
            with contextlib.suppress(TimeoutError):
                line.settimeout(1)
                while line.recv(4096):
                    pass
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        assert answer.status == 200
    server.send_signal(signal.SIGTERM)
    written = server.communicate(timeout=40)[1]
    assert len(re.findall("could not be served", written)) >= 3, "else nothing was put to the test"
    assert "ABCD" not in written
    assert "127.0.0.1" not in written
    for line in written.splitlines():
        assert re.fullmatch(LINE + r"A request could not be served: [\w./: >]+", line), line


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("workers", [4])
def test_four_workers_count_the_wrong_codes_of_a_network_together(served, one_window):
    """Each guess comes on a connection of its own, so that any of the four may answer it."""
    port, _ = served
    answering_round()
    statuses = []
    for _ in range(CODES + 10):
        guesser = Walker("127.0.0.1", port)
        page = guesser.get("/")
        guesser.connection.close()
        statuses.append(guesser.send(page, page.form("/start"), code="WRONG").status)
        guesser.connection.close()
    assert 429 not in statuses[:CODES]
    assert set(statuses[CODES:]) == {429}, "one worker does not know what the others counted"


@pytest.mark.parametrize("workers", [2])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_no_process_of_the_server_may_leave_a_core_dump(served):
    """A crash would write answers and codes to the disk."""
    _, server = served
    for _ in range(100):
        processes = list(tree(server.pid))
        if len(processes) >= 3:
            break
        time.sleep(0.1)
    assert len(processes) >= 3
    assert not [pid for pid in processes if may_dump(pid)]


def may_dump(pid):
    """Whether a crash of this process writes its memory to the disk."""
    return not re.search(r"Max core file size +0 +0 ", Path(f"/proc/{pid}/limits").read_text())


def forbidden_soon(pid):
    """Whether a process that has just begun forbids it before long."""
    for _ in range(100):
        if not may_dump(pid):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_neither_the_worker_nor_the_count_may_leave_a_core_dump(db):
    """The count forbids it before it has the key holders' codes: here it waits for them."""
    if not may_dump(os.getpid()):
        pytest.skip("this machine forbids core dumps to everybody: nothing can be put to the test")
    beside = serving.Beside(db)
    beside.begin()
    try:
        assert forbidden_soon(beside.child.pid)
    finally:
        beside.stop(None)
        beside.child.stdin.close()
    command = [sys.executable, "-m", "survey_app.ballot.count", "cdci-2025"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment_of(db)) as count:
        assert forbidden_soon(count.pid)


def test_an_unexpected_error_is_logged_by_page_and_place_only(app, capfd):
    def broken():
        raise ValueError("code=ABCD-EFGH")

    app.testing = False
    app.view_functions["respond.ended"] = broken
    assert app.test_client().get("/ended?unit=phong-x", headers={"User-Agent": "Nokia"}).status_code == 500
    written = capfd.readouterr().err
    assert re.fullmatch(LINE + r"GET respond.ended failed: [\w./: >]*ValueError\n", written), written


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_behind_a_proxy_each_network_has_its_own_limit(db, one_window):
    environment = environment_of(db) | {"SURVEY_BASE_URL": "https://survey.example.vn"}
    app = create_app(read_settings(environment))
    app.config["WTF_CSRF_ENABLED"] = False
    visitor = app.test_client()

    def tried(address):
        headers = {"X-Forwarded-For": f"6.6.6.6, {address}"}  # the first is what the visitor made up
        sent = {"code": "WRONG"}
        return visitor.post("/start", data=sent, headers=headers, base_url="https://survey.example.vn").status_code

    one, other = "203.113.131.7", "14.160.9.1"
    assert [tried(one) for _ in range(32)][-1] == 429
    assert tried("203.113.131.99") == 429, "the same network"
    assert tried(other) != 429
    assert read_settings(environment | {"SURVEY_PROXIES": "0"}).proxies == 0
    assert db.proxies == 0, "without https nobody is before this server"
