"""A real server on loopback and a real Chromium. These tests run on SQLite: the pages know nothing of the engine."""

from __future__ import annotations

import datetime
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from survey_app.config import Settings, read_settings

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Serve = Callable[..., str]
Open = Callable[..., Page]


class Silent(WSGIRequestHandler):
    """No access log."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


def files_closed(app: Flask) -> Callable[..., Iterable[bytes]]:
    """The application, its files read before they are sent: this server leaves one open when a browser hangs up."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = app(environ, start_response)
        if not environ["PATH_INFO"].startswith("/static/"):
            return body
        with closing(body):
            return [b"".join(body)]

    return answer


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One engine is enough for what a browser sees."""
    return f"sqlite:///{tmp_path / 'instance' / 'survey.db'}"


@pytest.fixture
def https_settings(settings: Settings, tmp_path: Path) -> Settings:
    """The same instance, served behind TLS."""
    return read_settings(
        {
            "SURVEY_INSTANCE": str(settings.instance),
            "DATABASE_URL": settings.database_url,
            "SURVEY_BASE_URL": "https://localhost",
            "SURVEY_CONTACT": settings.contact,
        }
    )


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves an application on a free port of this machine; its address."""
    with ExitStack() as stack:

        def start(app: Flask, certificate: tuple[Path, Path] | None = None) -> str:
            context = None
            if certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*certificate)
            server = make_server(
                "127.0.0.1", 0, files_closed(app), threaded=True, ssl_context=context, request_handler=Silent
            )
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            stack.callback(server.server_close)
            stack.callback(thread.join, 10)
            stack.callback(server.shutdown)
            return f"https://localhost:{server.port}" if certificate else f"http://127.0.0.1:{server.port}"

        yield start


@pytest.fixture
def address(app: Flask, serve: Serve) -> str:
    """The application's address."""
    return serve(app)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate that this machine signed itself: (chain, key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, private


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all journeys."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def open_browser(browser: Browser) -> Iterator[Open]:
    """Opens a window of its own: another person, or another device. Any error of a script fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def start(width: int = 360, language: str = "vi-VN", scripts: bool = True, **options: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 740},
            locale=language,
            java_script_enabled=scripts,
            ignore_https_errors=True,
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        return page

    yield start
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture(scope="session")
def look() -> Callable[[Page], None]:
    """Asserts that axe finds nothing on the page and that nothing sticks out of it."""
    axe = Axe()

    def check(page: Page) -> None:
        page.wait_for_load_state()
        found = axe.run(page)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{page.url}: {width} pixels stick out"

    return check
