"""Settings: every switch, read once from the environment into one frozen value."""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from survey_app.errors import Refused

PACKAGE = Path(__file__).resolve().parent
RELEASE = "1.0.0"
SHIPPED = ("questionnaires/", "reports/")  # in a wheel they lie inside the package; documents, not code
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Settings:
    """What a deployment decides. Nothing secret is here: secrets lie in the instance folder."""

    instance: Path
    database_url: str
    base_url: str
    port: int
    workers: int
    threads: int
    proxies: int
    questionnaires: Path
    reports: Path
    contact: str
    recount_days: int
    custodian_titles: tuple[str, str, str]

    @property
    def https(self) -> bool:
        """Whether cookies may be Secure and carry the __Host- prefix."""
        return self.base_url.startswith("https://")

    def secret(self, name: str) -> bytes:
        """32 random bytes kept in the instance folder, made on first use."""
        folder = self.instance / "secrets"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / name
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(descriptor, "wb") as file:
            value = secrets.token_bytes(32)
            file.write(value)
        return value


# One line a setting: README's table is tested against this.
ENVIRONMENT = {
    "SURVEY_INSTANCE": "folder with database, secrets and documents (default: instance)",
    "DATABASE_URL": "postgresql://… instead of SQLite in the instance folder",
    "SURVEY_BASE_URL": "the address people type (default: http://127.0.0.1:PORT); https anywhere but on this machine",
    "PORT": "the port to listen on (default: 8000)",
    "SURVEY_WORKERS": "web processes (default: 2)",
    "SURVEY_THREADS": "threads a web process (default: 4)",
    "SURVEY_PROXIES": "web servers before this one that pass on the visitor's network (default: 1 with https, else 0)",
    "SURVEY_QUESTIONNAIRES": "a deployment's own questionnaires (default: those shipped)",
    "SURVEY_REPORTS": "a deployment's own report templates (default: those shipped)",
    "SURVEY_CONTACT": "whom businesses may ask for help: a telephone number or an e-mail address",
    "SURVEY_RECOUNT_DAYS": "days from count to wipe for a recount, of rounds created from now on (default: 14)",
    "SURVEY_CUSTODIANS": "titles of the three key holders, separated by semicolons",
}
CUSTODIANS = "Lãnh đạo cơ quan hải quan;Bộ phận thanh tra, kiểm tra nội bộ;Hiệp hội doanh nghiệp"


def shipped(folder: str) -> Path:
    """Where `questionnaires` or `reports` lie: in the installed package, else in the checkout."""
    installed = PACKAGE / folder
    return installed if installed.is_dir() else PACKAGE.parent / folder


@functools.cache
def version() -> str:
    """Release and code, such as 1.0.0+3f2a…: two builds that could compute differently never bear one name."""
    return f"{RELEASE}+{fingerprint(PACKAGE)}"


def fingerprint(folder: Path) -> str:
    """12 hex digits of a SHA-256 over the names and bytes of the folder's modules; the same in wheel and checkout."""
    digest = hashlib.sha256()
    modules = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.py")}
    for name, path in sorted(modules.items()):
        if not name.startswith(SHIPPED):
            content = path.read_bytes()
            digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. Raises Refused with one line for a value that cannot be used."""
    env = os.environ if environment is None else environment
    port = whole_number(env, "PORT", 8000, low=1, high=65535)
    instance = Path(env.get("SURVEY_INSTANCE") or "instance").absolute()
    titles = tuple(part.strip() for part in (env.get("SURVEY_CUSTODIANS") or CUSTODIANS).split(";"))
    if len(titles) != 3 or not all(titles):
        raise Refused("SURVEY_CUSTODIANS: three titles separated by semicolons are needed.")
    base_url = address(env.get("SURVEY_BASE_URL") or f"http://127.0.0.1:{port}")
    behind = 1 if base_url.startswith("https://") else 0  # TLS is ended by a web server before this one
    return Settings(
        instance=instance,
        database_url=env.get("DATABASE_URL") or f"sqlite:///{instance / 'survey.db'}",
        base_url=base_url,
        port=port,
        workers=whole_number(env, "SURVEY_WORKERS", 2, low=1, high=64),
        threads=whole_number(env, "SURVEY_THREADS", 4, low=1, high=64),
        proxies=whole_number(env, "SURVEY_PROXIES", behind, low=0, high=9),
        questionnaires=Path(env.get("SURVEY_QUESTIONNAIRES") or shipped("questionnaires")),
        reports=Path(env.get("SURVEY_REPORTS") or shipped("reports")),
        contact=env.get("SURVEY_CONTACT") or "",
        recount_days=whole_number(env, "SURVEY_RECOUNT_DAYS", 14, low=0, high=90),
        custodian_titles=(titles[0], titles[1], titles[2]),
    )


def whole_number(env: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    """The whole number in environment variable `name`, within low…high."""
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise Refused(
            "{name}: {text} is not a whole number from {low} to {high}.", name=name, text=text, low=low, high=high
        )
    return int(text)


def address(text: str) -> str:
    """A base address that may carry cookies: https, or http on this machine only."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("SURVEY_BASE_URL: {text} is not an address such as https://survey.example.vn.", text=text)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise Refused(
            "SURVEY_BASE_URL: {text} would send codes and answers unencrypted; "
            "use https, or http on this machine (127.0.0.1) only.",
            text=text,
        )
    return text.rstrip("/")
