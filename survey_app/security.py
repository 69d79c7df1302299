"""Response headers, the two encrypted session cookies, CSRF.

Respondents and staff live in separate cookies that neither side reads: whoever is signed in as staff and tries a code
on the same browser must not be linkable by a shared session.
"""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, Request, Response, abort, g, request
from flask.sessions import SecureCookieSession, SessionInterface
from flask_wtf.csrf import CSRFProtect

from survey_app.config import Settings

STAFF = "/staff"
csrf = CSRFProtect()


def side_of(path: str) -> str:
    """Which of the two worlds an address belongs to."""
    return "staff" if path == STAFF or path.startswith(STAFF + "/") else "answer"


class EncryptedSessions(SessionInterface):
    """flask.session as an AES-256-GCM cookie: unreadable and unforgeable, kept nowhere on the server."""

    def __init__(self, settings: Settings) -> None:
        self.https = settings.https
        self.ciphers = {side: AESGCM(settings.secret(f"{side}-cookie")) for side in ("answer", "staff")}

    def cookie_name(self, side: str) -> str:
        """__Host- binds the cookie to this host over https; plain http is for this machine only."""
        return f"__Host-{side}" if self.https else side

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """The session of this side; an empty one where the cookie is absent, old or forged."""
        side = side_of(request.path)
        sealed = request.cookies.get(self.cookie_name(side), "")
        try:
            raw = bytes.fromhex(sealed)
            content = msgspec.msgpack.decode(self.ciphers[side].decrypt(raw[:12], raw[12:], side.encode()))
        except (ValueError, InvalidTag, msgspec.DecodeError):
            content = {}
        return SecureCookieSession(content)

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Write the cookie where the session changed; forget it where it was emptied."""
        side = side_of(request.path)
        name = self.cookie_name(side)
        if not session:
            if session.modified:
                response.delete_cookie(name, path="/", secure=self.https, httponly=True, samesite="Lax")
            return
        if not session.modified:
            return
        nonce = secrets.token_bytes(12)
        sealed = nonce + self.ciphers[side].encrypt(nonce, msgspec.msgpack.encode(dict(session)), side.encode())
        response.set_cookie(name, sealed.hex(), path="/", secure=self.https, httponly=True, samesite="Lax")


def refuse_foreign_posts() -> None:
    """A POST from another site is refused where the browser says so (its Origin is `null` under no-referrer)."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)


def new_nonce() -> None:
    """The nonce that this page's scripts carry."""
    g.nonce = secrets.token_urlsafe(12)


def harden(response: Response) -> Response:
    """Headers of every answer. Nothing is cached but static files and what the public interface says may be; nobody
    learns where a visitor came from."""
    headers = response.headers
    headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; script-src 'self' 'nonce-{g.get('nonce', '')}'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), browsing-topics=()"
    if request.endpoint != "static":
        headers["Cache-Control"] = g.get("cache_control", "no-store")
    return response


def install(app: Flask, settings: Settings) -> None:
    """Put all of it into the application."""
    # no-referrer makes browsers leave the Referer out, which Flask-WTF would take for an attack over https.
    app.config.update(WTF_CSRF_SSL_STRICT=False, WTF_CSRF_TIME_LIMIT=None, SECRET_KEY=settings.secret("csrf"))
    app.config.update(MAX_CONTENT_LENGTH=5 * 2**20, MAX_FORM_MEMORY_SIZE=512 * 2**10)
    app.session_interface = EncryptedSessions(settings)
    app.before_request(new_nonce)
    app.before_request(refuse_foreign_posts)
    csrf.init_app(app)
    app.after_request(harden)
    if settings.https:
        app.after_request(strict_transport)


def strict_transport(response: Response) -> Response:
    """Browsers remember to come by https only."""
    response.headers["Strict-Transport-Security"] = "max-age=63072000"
    return response
