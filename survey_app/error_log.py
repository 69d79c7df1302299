"""The one log there is: what failed and where in the code, with the hour. Never a word of the request, never a visitor.

Threat: the log of a web server is copied more often than its database. A line with an address, a minute, or a piece of
a malformed request (which may be a code) would tell who answered.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType

from flask import Flask, request
from flask.logging import wsgi_errors_stream
from gunicorn.glogging import Logger

from survey_app.config import PACKAGE

FORMAT = "%(asctime)s [%(levelname)s] %(message)s"
HOUR = "[%Y-%m-%d %H:00 %z]"
log = logging.getLogger("survey_app.errors")


class QuietFlask(Flask):
    """Flask whose unexpected errors are logged without the request's content."""

    def log_exception(
        self, exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> None:
        """Method and page (not its address), the error's type and place; its message may quote what was sent."""
        prepare()
        log.error("%s %s failed: %s", request.method, request.endpoint or "unknown page", described(exc_info[1]))


class QuietServerLog(Logger):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's log: the first process speaks freely, the web processes only in kinds and places."""

    error_fmt = FORMAT
    datefmt = HOUR

    def setup(self, cfg: object) -> None:
        """As gunicorn does; and what the web processes say passes through `without_request`."""
        super().setup(cfg)
        self.first_process = os.getpid()
        for handler in self.error_log.handlers:
            handler.addFilter(self.without_request)

    def without_request(self, record: logging.LogRecord) -> bool:
        """Replace the text of a line written while a visitor was served: gunicorn quotes requests and addresses."""
        if os.getpid() != self.first_process:
            record.msg, record.args = "A request could not be served: %s", (described(sys.exc_info()[1]),)
            record.exc_info = record.exc_text = record.stack_info = None
        return True


def prepare() -> None:
    """Give our own log its handler, once."""
    if not log.handlers:
        handler = logging.StreamHandler(wsgi_errors_stream)  # type: ignore[call-overload]  # a proxy of today's stream
        handler.setFormatter(logging.Formatter(FORMAT, HOUR))
        log.addHandler(handler)
        log.propagate = False


def described(error: BaseException | None) -> str:
    """The error's type and the lines of our own code that led to it; of foreign code only the last one."""
    if error is None:
        return "no error is known"
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [f"{path.relative_to(PACKAGE)}:{line}" for path, line in frames if path.is_relative_to(PACKAGE)]
    last = [f"{path.name}:{line}" for path, line in frames[-1:] if not path.is_relative_to(PACKAGE)]
    return " > ".join([*ours, *last, type(error).__name__])
