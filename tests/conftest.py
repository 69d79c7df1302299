"""What every test may use: a real database of either kind, the application, a client."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from survey_app.config import Settings, read_settings
from survey_app.database import connect_to, database, migrate

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SURVEY_SHARED", ROOT.parent / "shared"))
POSTGRESQL = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference values; the tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"the reference values are not here: {SHARED} (SURVEY_SHARED names another place)")
    return SHARED


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server of our own on a socket in a temporary folder; its address without a database."""
    assert POSTGRESQL, "PostgreSQL is missing: run `make setup` (Debian package postgresql)"
    bin_folder = POSTGRESQL[-1]
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        postgres = pwd.getpwnam("postgres")
        os.chown(folder, postgres.pw_uid, postgres.pw_gid)
        as_user = ["runuser", "-u", "postgres", "--"]
    data = folder / "data"
    subprocess.run(
        [
            *as_user,
            bin_folder / "initdb",
            "-D",
            data,
            "-U",
            "survey",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ],
        check=True,
        capture_output=True,
        cwd="/",
    )
    options = (
        f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=200 -c wal_recycle=off -c autovacuum=off"
        " -c log_min_error_statement=panic -c log_error_verbosity=terse"
    )
    subprocess.run(
        [*as_user, bin_folder / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start"],
        check=True,
        capture_output=True,
        cwd="/",
    )
    try:
        yield f"postgresql://survey@/{{}}?host={folder}"
    finally:
        subprocess.run(
            [*as_user, bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
            check=False,
            capture_output=True,
            cwd="/",
        )
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """The same test runs on both engines."""
    return str(request.param)


@contextmanager
def database_in(instance: Path, engine: str, request: pytest.FixtureRequest, like: str = "template1") -> Iterator[str]:
    """The address of a database of its own: empty, or a copy of the PostgreSQL database `like`."""
    if engine == "sqlite":
        yield f"sqlite:///{instance / 'survey.db'}"
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"t{uuid.uuid4().hex}"
    folder = server.split("host=")[1]
    psql = [str(POSTGRESQL[-1] / "psql"), "-h", folder, "-U", "survey", "-d", "postgres", "-qc"]
    subprocess.run([*psql, f"CREATE DATABASE {name} TEMPLATE {like}"], check=True, capture_output=True)
    yield server.format(name)
    subprocess.run([*psql, f"DROP DATABASE {name} WITH (FORCE)"], check=True, capture_output=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    with database_in(tmp_path / "instance", engine, request) as address:
        yield address


def settings_in(instance: Path, database_url: str) -> Settings:
    """Settings of an instance in a temporary folder."""
    return read_settings(
        {
            "SURVEY_INSTANCE": str(instance),
            "DATABASE_URL": database_url,
            "SURVEY_CONTACT": "0203 3825 789",
            "SURVEY_RECOUNT_DAYS": "0",
        }
    )


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a fresh instance in a temporary folder."""
    return settings_in(tmp_path / "instance", database_url)


@pytest.fixture
def db(settings: Settings) -> Iterator[Settings]:
    """A migrated, empty database, bound to the tables."""
    connect_to(settings.database_url)
    migrate()
    yield settings
    database.close()


@pytest.fixture
def app(db: Settings) -> Flask:
    """The web application over that database."""
    from survey_app import create_app

    application = create_app(db)
    application.testing = True
    return application


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a screen."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs commands."""
    return app.test_cli_runner()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The example Cục, built once for all tests that read it. Tests that change it work on a copy (`demo_copy`)."""
    from survey_app.demo import build

    settings = read_settings({"SURVEY_INSTANCE": str(tmp_path_factory.mktemp("demo") / "instance")})
    settings.instance.mkdir(mode=0o700, parents=True)
    build(settings, lambda line: None)
    database.close()
    return settings


@pytest.fixture
def demo_copy(demo: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A copy of the example Cục that a test may change, bound to the tables."""
    shutil.copytree(demo.instance, tmp_path / "instance")
    settings = read_settings({"SURVEY_INSTANCE": str(tmp_path / "instance"), "SURVEY_RECOUNT_DAYS": "0"})
    connect_to(settings.database_url)
    database.connect(reuse_if_open=True)
    yield settings
    database.close()
