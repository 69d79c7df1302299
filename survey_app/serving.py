"""The two processes of a deployment: the web server and the worker. Their settings stand in the code, not in files."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Any

from gunicorn.app.base import BaseApplication

from survey_app.backup import drop_boxes
from survey_app.ballot.opening import leave_no_traces
from survey_app.config import Settings
from survey_app.database import connect_to, database
from survey_app.error_log import QuietServerLog
from survey_app.errors import Refused
from survey_app.jobs import environment_of, keep_house, queue_of, resume

MEMORY = "/dev/shm"  # nosec B108 # the workers' heartbeat files, which gunicorn makes safely
PAUSE = 2  # seconds before a worker that died is started again


class WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn over `create_app`."""

    def __init__(self, settings: Settings, host: str, with_worker: bool) -> None:
        self.settings = settings
        self.host = host
        self.with_worker = with_worker
        super().__init__()

    def load_config(self) -> None:
        """No access log: a list of addresses and minutes would tell who answered when."""
        options: dict[str, object] = {
            "bind": f"{self.host}:{self.settings.port}",
            "worker_class": "gthread",
            "workers": self.settings.workers,
            "threads": self.settings.threads,
            # Loaded before the workers fork: rate limits and the day's key lie in memory that they share.
            "preload_app": True,
            "accesslog": None,
            "logger_class": QuietServerLog,
            "loglevel": "warning",
            "timeout": 60,
            "graceful_timeout": 20,
            "keepalive": 5,
            "worker_tmp_dir": MEMORY if os.access(MEMORY, os.W_OK) else None,
            "limit_request_line": 2048,
            "forwarded_allow_ips": "127.0.0.1,::1",
            "control_socket_disable": True,  # nobody steers it but by signals
        }
        if self.with_worker:
            beside = Beside(self.settings)
            options |= {"when_ready": beside.start, "on_exit": beside.stop}
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application; the connection made on the way is closed, since a fork may not share it."""
        from survey_app import create_app
        from survey_app.ballot import labels
        from survey_app.ballot.handover import handover

        labels.prepare()
        handover()
        app = create_app(self.settings)
        if not database.is_closed():
            database.close()
        return app


class Beside:
    """The worker as a companion of the web server: started with it, ended with it, even if that is killed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.child: subprocess.Popen[bytes] | None = None
        self.ending = threading.Event()

    def start(self, _server: object) -> None:
        """Start it, and again whenever it dies: nobody waits for work that nobody does."""
        self.begin()
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self) -> None:
        """Wait for its end; a pause before the next start, so that a worker that cannot live does not spin."""
        while (child := self.child) is not None and not self.ending.is_set():
            child.wait()
            if child.stdin is not None:
                child.stdin.close()
            if not self.ending.wait(PAUSE):
                self.begin()

    def begin(self) -> None:
        """One worker; its standard input is a pipe that closes when we die."""
        self.child = subprocess.Popen(
            [sys.executable, "-m", "survey_app.cli", "worker", "--until-input-ends"],
            stdin=subprocess.PIPE,
            env=environment_of(self.settings),
            start_new_session=True,
        )

    def stop(self, _server: object) -> None:
        """End it; what it was doing is taken up at the next start."""
        self.ending.set()
        if self.child is not None:
            self.child.terminate()
            self.child.wait(timeout=30)


def refuse_busy_port(settings: Settings, host: str, command: str) -> None:
    """Raise Refused where somebody listens already, before any other work."""
    port = settings.port
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65535 else 8000
            raise Refused(
                "Port {port} is in use. Use another: PORT={other} survey-app {command}",
                port=port,
                other=other,
                command=command,
            ) from None
        raise Refused(
            "Nothing can listen at {host}, port {port}: {why}.", host=host, port=port, why=error.strerror or error
        ) from None


def serve(settings: Settings, host: str = "127.0.0.1", with_worker: bool = False) -> None:
    """Serve until the process is told to end."""
    leave_no_traces()  # answers and codes pass through this process's memory
    connect_to(settings.database_url)
    for round_id in drop_boxes(settings):
        sys.stdout.write(f"{round_id}: an old copy of the database had brought its wiped box back; it was dropped.\n")
    sys.stdout.write(f"{settings.base_url} (Ctrl-C ends it)\n")
    sys.stdout.flush()
    WebServer(settings, host, with_worker).run()


def work(settings: Settings, until_input_ends: bool = False) -> None:
    """Do background jobs until the process is told to end, or until its standard input is closed."""
    leave_no_traces()  # marks pass through this process's memory
    connect_to(settings.database_url)
    database.connect(reuse_if_open=True)
    resume(settings)
    keep_house()
    queue = queue_of(settings).huey
    if until_input_ends:
        threading.Thread(target=end_with_input, daemon=True).start()
    queue.create_consumer(workers=1, periodic=True, initial_delay=0.2, max_delay=2.0).run()


def end_with_input() -> None:
    """The other end of the pipe is the web server: when it is gone, so are we."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
