"""The whole application on one screen."""

from __future__ import annotations

import contextlib
import os

# Before numpy is loaded. The matrices are small: threads would cost more than they save, the more so beside other
# processes, and the last bits of a sum would hang on their number.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
from flask import Flask, Response, g, render_template, request, session
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from survey_app import i18n, security
from survey_app.config import Settings, read_settings, version
from survey_app.database import connect_to, database
from survey_app.error_log import QuietFlask
from survey_app.errors import Refused


def create_app(settings: Settings | None = None) -> Flask:
    """The web application over the database that `settings` (default: the environment) names."""
    from survey_app.web import BLUEPRINTS

    resolve_types()
    settings = settings or read_settings()
    app = QuietFlask(__name__)
    app.config["SETTINGS"] = settings
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    connect_to(settings.database_url)
    app.before_request(open_database)
    app.before_request(choose_language)  # before anything can be refused: a refusal is read too
    security.install(app, settings)
    if settings.proxies:  # their own address stands where the visitor's network is asked for
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.context_processor(words)
    app.register_error_handler(Refused, refused_page)
    app.register_error_handler(HTTPException, failed_page)
    app.add_url_rule("/healthz", view_func=healthy)
    return app


def resolve_types() -> None:
    """Have msgspec look at all our types now, in one thread, before any page is asked for.

    It does so at a type's first decoding, and two threads that come to it at once end the process (a segmentation
    fault, found by a hundred submissions at once).
    """
    waiting = list(msgspec.Struct.__subclasses__())
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        if found.__module__.startswith(__name__):
            with contextlib.suppress(TypeError, NameError):  # types that are made here and never decoded
                msgspec.json.Decoder(found)


def open_database() -> None:
    """One connection a thread, opened at its first request and kept."""
    database.connect(reuse_if_open=True)


def choose_language() -> None:
    """The language chosen in this session, else the browser's, else Vietnamese. Staff pages set the account's own."""
    g.language = session.get("language") or i18n.best_language([tag for tag, _ in request.accept_languages])


def words() -> dict[str, object]:
    """What every template may say."""
    language = g.get("language", i18n.DEFAULT)

    def translated(message: str, **values: object) -> str:
        return i18n.say(language, message, **values)

    return {
        "_": translated,
        "language": language,
        "languages": i18n.LANGUAGE_NAMES,
        "number": lambda value, decimals=0: i18n.number(value, decimals, language),
        "day": lambda date: i18n.day(date, language),
    }


def refused_page(error: Refused) -> tuple[str, int]:
    """One of our own refusals: its line says what and how to mend it."""
    line = i18n.say(g.get("language", i18n.DEFAULT), error.message, **error.values)
    return render_template("refused.html", message=line), error.status


def failed_page(error: HTTPException) -> tuple[str, int] | HTTPException:
    """Any other error: a plain page without a detail of the request."""
    if error.code is None or error.code < 400:
        return error
    return render_template("failed.html", code=error.code), error.code


def healthy() -> Response:
    """200 when the database answers."""
    database.execute_sql("SELECT 1")
    return Response(f"ok {version()}\n", mimetype="text/plain")
