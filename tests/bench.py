"""`make bench`: what the product costs, as ratios in one run. Not a test: machines differ, ratios hardly do.

respondent journey   CPU of the whole server tree for one journey ÷ bare Flask answering the same number of requests
scorecards           CPU seconds of PDFs of three and of four pages, in a warm process
codes                time until a code is refused: mistyped, used and replaced ones ÷ unknown ones, asked in turn
count                memory and CPU of the process that counts, for so many envelopes (`python -m tests.crowd` for more)
engine               item means ÷ one read of a million sheets; the bootstrap of ranks ÷ the naive one; a whole round
accuracy             how well the true order is found, in a few rounds (`python -m tests.accuracy --rounds 60` for more)
"""

from __future__ import annotations

import argparse
import io
import os
import random
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from statistics import median

from pypdf import PdfReader

from survey_app.config import Settings, read_settings
from tests.walker import Walker, answer_everything

BARE = """
from flask import Flask
from gunicorn.app.base import BaseApplication
app = Flask(__name__)
app.add_url_rule("/", view_func=lambda: "hello")
class Server(BaseApplication):
    def load_config(self):
        options = dict(bind="127.0.0.1:{port}", worker_class="gthread", workers=1, threads=4, preload_app=True)
        for name, value in options.items():
            self.cfg.set(name, value)
    def load(self):
        return app
Server().run()
"""
JOURNEYS = 40  # a measurement
ROUNDS = 5  # bare and product in turn
SCORECARDS = {"P-GSQL": "three pages: bar 0.35", "CC-MCAI": "every question: no bar"}
GUESSES, TIMES = 200, 5  # codes of each kind, and how often each is asked
CROWDS = (5_000, 20_000)  # envelopes
ROUNDS_OF_ACCURACY = 8
UNITS = ("CC-MCAI",)  # one unit: 77 questions on its pages


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tree(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from tree(int(child))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process tree, in seconds."""
    ticks = 0
    for each in tree(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(command: list[str], port: int, environment: dict[str, str], log: Path | None = None) -> Iterator[int]:
    """A server of ours on loopback; its process id once it answers. `log` gets everything that it writes."""
    with log.open("wb") if log else nullcontext() as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT if log else None)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def instance(folder: Path) -> tuple[Settings, list[str]]:
    """An open round with a code for every business."""
    from survey_app import demo
    from survey_app.database import connect_to, database, migrate

    settings = read_settings(
        {"SURVEY_INSTANCE": str(folder), "PORT": str(free_port()), "SURVEY_WORKERS": "1", "SURVEY_THREADS": "4"}
    )
    connect_to(settings.database_url)
    database.connect()
    migrate()
    codes = demo.open_only(settings)
    database.close()
    return settings, codes


def journeys(port: int, codes: Iterator[str]) -> int:
    """Bounded load: some businesses answer everything, one after the other; how many requests that took."""
    requests = 0
    for number in range(JOURNEYS):
        walker = Walker("127.0.0.1", port)
        page = answer_everything(walker, next(codes), UNITS, random.Random(number))
        assert page.path == "/thanks", page.path
        requests += walker.requests
        walker.connection.close()
    return requests


def hellos(port: int, requests: int) -> None:
    """As many requests to bare Flask, over as many connections."""
    for _ in range(JOURNEYS):
        walker = Walker("127.0.0.1", port)
        for _ in range(requests // JOURNEYS):
            walker.ask("GET", "/")
        walker.connection.close()


def spent(pid: int, work: Callable[[], object]) -> float:
    """CPU of the server tree while `work` runs."""
    before = cpu_seconds(pid)
    work()
    return cpu_seconds(pid) - before


def bench_journey() -> None:
    """The respondent's journey against bare Flask, in turn."""
    with tempfile.TemporaryDirectory() as folder:
        settings, codes = instance(Path(folder) / "instance")
        remaining = iter(codes)
        environment = os.environ | {
            "SURVEY_INSTANCE": str(settings.instance), "PORT": str(settings.port), "SURVEY_WORKERS": "1",
        }  # fmt: skip
        bare_port = free_port()
        product = [sys.executable, "-m", "survey_app.cli", "serve"]
        bare = [sys.executable, "-c", BARE.format(port=bare_port)]
        with server(product, settings.port, environment) as ours, server(bare, bare_port, environment) as theirs:
            requests = journeys(settings.port, remaining)
            hellos(bare_port, requests)  # both warm
            ratios, costs = [], []
            for _ in range(ROUNDS):
                product_cpu = spent(ours, lambda: journeys(settings.port, remaining))
                bare_cpu = spent(theirs, lambda: hellos(bare_port, requests))
                ratios.append(product_cpu / bare_cpu)
                costs.append((product_cpu / JOURNEYS * 1000, bare_cpu / JOURNEYS * 1000))
        ours_ms, bare_ms = (median(column) for column in zip(*costs, strict=True))
        print(
            f"journey of {requests / JOURNEYS:.0f} requests: {ours_ms:.1f} ms CPU, bare Flask {bare_ms:.1f} ms; "
            f"ratio {median(ratios):.2f} (of {ROUNDS}: {min(ratios):.2f}–{max(ratios):.2f}; bar 4.5)"
        )


def bench_scorecard() -> None:
    """CPU of scorecards in a warm process."""
    from survey_app import demo
    from survey_app.database import database

    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings({"SURVEY_INSTANCE": str(Path(folder) / "instance")})
        settings.instance.mkdir(parents=True)
        demo.build(settings, lambda line: None)
        for unit, bar in SCORECARDS.items():
            render = scorecard_renderer(settings, unit)
            pages = len(PdfReader(io.BytesIO(render())).pages)
            costs = [cpu_of(render) for _ in range(10)]
            print(
                f"scorecard of {unit}, {pages} pages: {median(costs):.3f} CPU-s "
                f"(of {len(costs)}: {min(costs):.3f}–{max(costs):.3f}; {bar})"
            )
        database.close()


def cpu_of(work: Callable[[], object]) -> float:
    """CPU of this process while `work` runs."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def scorecard_renderer(settings: Settings, unit: str) -> Callable[[], bytes]:
    """Renders one unit's Vietnamese scorecard of the demo, without writing it."""
    from survey_app.fieldwork.rounds import round_by_id
    from survey_app.results import documents

    round_ = round_by_id("cdci-2024")
    return lambda: documents.scorecard_pdf(settings, round_, unit, "vi")


def bench_codes() -> None:
    """Whoever tries codes may not learn by the clock which of them are known."""
    from survey_app import create_app
    from survey_app.ballot.tokens import new_token, read_token
    from survey_app.database import database
    from survey_app.models import Invitation

    with tempfile.TemporaryDirectory() as folder:
        settings, codes = instance(Path(folder) / "instance")
        used, replaced = codes[:GUESSES], codes[GUESSES : 2 * GUESSES]
        app = create_app(settings)
        app.config["WTF_CSRF_ENABLED"] = False
        database.connect(reuse_if_open=True)
        for column, chosen in ((Invitation.used, used), (Invitation.revoked, replaced)):
            for code in chosen:
                token = read_token(code)
                assert token is not None
                Invitation.update({column: True}).where(Invitation.digest == token.digest).execute()
        kinds = {
            "unknown": [new_token().printed for _ in used],
            "mistyped": [code[:-1] + ("A" if code[-1] != "A" else "B") for code in used],
            "used": used,
            "replaced": replaced,
        }
        times: dict[str, list[float]] = {kind: [] for kind in kinds}
        for place in range(GUESSES * TIMES):
            for number, kind in enumerate(random.Random(place).sample(list(kinds), len(kinds))):
                network = f"10.{place % 250}.{number}.1"  # else the limit answers
                began = time.perf_counter()
                answer = app.test_client().post(
                    "/start", data={"code": kinds[kind][place % GUESSES]}, environ_base={"REMOTE_ADDR": network}
                )
                times[kind].append(time.perf_counter() - began)
                assert answer.status_code == 400
        database.close()
    base = median(times["unknown"])
    ratios = ", ".join(f"{kind} {median(found) / base:.3f}" for kind, found in times.items() if kind != "unknown")
    print(f"a refused code, {GUESSES * TIMES} times each: {base * 1000:.2f} ms if unknown; ratios to that: {ratios}")


def bench_count() -> None:
    """Memory must not grow with what is computed, only with the sheets themselves."""
    from tests import crowd

    for envelopes in CROWDS:
        for line in crowd.lines(envelopes):
            print(line)


def bench_accuracy() -> None:
    """A glance: enough to see a method break, not to compare two."""
    from tests import accuracy

    glance = [name for name in accuracy.scenarios_here() if name in ("base", "attack", "hard_confounding", "own")]
    accuracy.table(ROUNDS_OF_ACCURACY, (20,), glance)


def bench_engine() -> None:
    """In a process of its own with one thread: numpy reads the number of threads once."""
    alone = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    show = "from tests import engine_bench; [print(line, flush=True) for line in engine_bench.lines()]"
    subprocess.run([sys.executable, "-c", show], env=alone, check=True)


BENCHES = {
    "journey": bench_journey, "scorecard": bench_scorecard, "codes": bench_codes, "count": bench_count,
    "engine": bench_engine, "accuracy": bench_accuracy,
}  # fmt: skip

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="CPU costs as ratios in one run.")
    parser.add_argument("which", nargs="*", choices=[*BENCHES, []], help="default: all")
    for name in parser.parse_args().which or BENCHES:
        BENCHES[name]()
