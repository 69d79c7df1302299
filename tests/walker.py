"""A browser without a screen: keeps cookies and a connection, reads forms, fills them in, sends them."""

from __future__ import annotations

import http.client
import random
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit


@dataclass
class Form:
    """A form of a page: `chosen` what it would send as it stands, `choices` its radio groups."""

    action: str
    method: str
    chosen: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page; controls outside (`form=`) belong to the form with that id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.current: Form | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.current = Form(values.get("action", ""), values.get("method", "get").lower())
            self.found.append(self.current)
        elif self.current is None:
            return
        elif tag == "input":
            self.read_input(self.current, values)
        elif tag == "textarea":
            self.current.texts.append(values["name"])
        elif tag == "button" and values.get("type", "submit") == "submit":
            self.current.buttons.append((values.get("name", ""), values.get("value", "")))

    def read_input(self, form: Form, values: dict[str, str]) -> None:
        kind, name = values.get("type", "text"), values.get("name", "")
        if kind == "radio":
            form.choices.setdefault(name, []).append(values.get("value", ""))
        elif kind in ("hidden",) or "checked" in values:
            form.chosen[name] = values.get("value", "")
        elif kind not in ("checkbox", "submit"):
            form.texts.append(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.current = None


@dataclass
class Answer:
    """A page as it came."""

    status: int
    path: str
    body: str

    def forms(self) -> list[Form]:
        return Forms(self.body).found

    def form(self, action: str) -> Form:
        """The form that posts to a path beginning with `action`."""
        for form in self.forms():
            if urlsplit(urljoin(self.path, form.action)).path.startswith(action) and form.method == "post":
                return form
        raise AssertionError(f"{self.path} has no form to {action}: {[form.action for form in self.forms()]}")


class Walker:
    """One visitor. `requests` counts what the server was asked; `source` is the address it comes from."""

    def __init__(self, host: str, port: int, language: str = "vi", source: str = "127.0.0.1") -> None:
        self.connection = http.client.HTTPConnection(host, port, timeout=30, source_address=(source, 0))
        self.cookies: dict[str, str] = {}
        self.headers = {"Accept-Language": language, "User-Agent": "walker"}
        self.requests = 0

    def get(self, path: str) -> Answer:
        return self.follow(*self.ask("GET", path), path=path)

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        return self.follow(*self.ask("POST", path, urlencode(fields)), path=path)

    def send(self, page: Answer, form: Form, button: tuple[str, str] = ("", ""), **fields: str) -> Answer:
        """Send a form of a page, with these fields and this button."""
        sent = form.chosen | fields | ({button[0]: button[1]} if button[0] else {})
        return self.post(urlsplit(urljoin(page.path, form.action)).path, sent)

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        self.requests += 1
        headers = dict(self.headers)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        return response.status, response.getheader("Location") or "", text

    def follow(self, status: int, location: str, text: str, path: str) -> Answer:
        """Follow redirects to the page that is shown."""
        while status in (301, 302, 303, 307):
            path = urlsplit(urljoin(path, location)).path
            status, location, text = self.ask("GET", path)
        return Answer(status, path, text)


def answer_everything(walker: Walker, code: str, units: tuple[str, ...], chance: random.Random) -> Answer:
    """From the welcome page to the thanks: answer every choice on the way; the page at the end."""
    page = walker.get("/")
    page = walker.send(page, page.form("/start"), code=code)
    while page.path.startswith("/answer/"):
        page = walker.send(page, page.form("/answer/"), forward(page), **filled(page, units, chance))
        assert page.status == 200, (page.status, page.path)
    assert page.path == "/review", page.path
    return walker.send(page, page.form("/submit"))


def forward(page: Answer) -> tuple[str, str]:
    """The form's first button: on with it."""
    return page.form("/answer/").buttons[0]


def filled(page: Answer, units: tuple[str, ...], chance: random.Random) -> dict[str, str]:
    """A choice in every radio group; the units named, where units are asked for."""
    form = page.form("/answer/")
    fields: dict[str, str] = {}
    for name, values in form.choices.items():
        if name.startswith("units_dealt_with"):
            wanted = [unit for unit in units if unit in values and unit not in fields.values()]
            fields.update((name, unit) for unit in wanted[:1])
        else:
            usual = [value for value in values if value not in ("", "dont_know", "not_applicable", "declined")]
            fields[name] = chance.choice(usual or values)
    return fields
