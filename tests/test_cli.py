"""Every command: what it does, and one clear line for wrong input; never a traceback."""

from __future__ import annotations

import csv
import io
import os
import re
import socket
import sqlite3
import stat
import subprocess
from pathlib import Path

import click
import msgspec
import pytest

from survey_app import cli, config
from survey_app.ballot import minutes
from survey_app.config import ENVIRONMENT, Settings
from survey_app.database import disconnect
from survey_app.fieldwork import invitations, rounds
from survey_app.models import Envelope, Invitation, Round, StoredResult
from survey_app.results import stored
from survey_app.staff import actions, audit
from tests.office import FOLDER, answer, frame_lines, ready_round

README = Path(__file__).resolve().parent.parent / "README.md"
TINY = str(FOLDER / "tiny.yaml")
CREATE = [
    "round", "create", "tiny-2026", "--questionnaire", TINY, "--plan", str(FOLDER / "tiny_plan.yaml"),
    "--title", "Khảo sát thử", "--title-en", "Trial", "--organisation", "Cục Hải quan", "--organisation-en", "Customs",
    "--opens", "2026-01-01", "--closes", "31/12/2026",
]  # fmt: skip


class Terminal:
    """Runs commands as a user would; keeps what was said."""

    def __init__(self, capsys, monkeypatch):
        self.capsys = capsys
        self.monkeypatch = monkeypatch

    def run(self, *arguments, typed=""):
        self.capsys.readouterr()
        self.monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        self.status = cli.run([str(argument) for argument in arguments])
        said = self.capsys.readouterr()
        self.out, self.err = said.out, said.err
        assert "Traceback" not in self.err
        return self.status


@pytest.fixture
def terminal(capsys, monkeypatch, settings: Settings):
    """A terminal with a fresh instance, not yet initialised."""
    monkeypatch.setenv("SURVEY_INSTANCE", str(settings.instance))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SURVEY_RECOUNT_DAYS", "0")
    yield Terminal(capsys, monkeypatch)
    disconnect()


def frame_file(tmp_path: Path) -> Path:
    path = tmp_path / "frame.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["tax_code", "name", "address", "units"])
        writer.writerows([[one.tax_code, one.name, one.address, ";".join(one.units)] for one in frame_lines()])
    return path


def test_key_sheets_are_written_as_files_to_be_printed(terminal, tmp_path, settings):
    for line in (["init"], ["units", "import", FOLDER / "units.csv"], CREATE):
        assert terminal.run(*line) == 0, terminal.err
    inside = settings.instance / "sheets"
    inside.mkdir()
    assert terminal.run("round", "keys", "tiny-2026", "--to", inside) == 1
    assert "Codes are never written into the instance folder" in terminal.err
    assert Round.get_by_id("tiny-2026").public_key is None, "no key was made whose sheets are nowhere"
    assert terminal.run("round", "keys", "tiny-2026", "--to", tmp_path / "nowhere") == 1
    assert "There is no folder" in terminal.err
    folder = tmp_path / "usb"
    folder.mkdir()
    assert terminal.run("round", "keys", "tiny-2026", "--to", folder, "--language", "zh-Hans") == 0, terminal.err
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == [f"key-sheet-tiny-2026-{number}.pdf" for number in (1, 2, 3)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    shares = [code_in(path) for path in files]
    assert not any(share in terminal.out for share in shares), "on paper only"
    assert terminal.run("round", "keys", "tiny-2026", "--test", typed=f"{shares[2]}\n{shares[0]}\n") == 0, terminal.err
    assert terminal.run("round", "keys", "tiny-2026", "--again", "--to", folder) == 1
    assert "exists already" in terminal.err


def code_in(path: Path) -> str:
    """The code on a printed sheet."""
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True, text=True).stdout
    return "-".join(re.findall(r"\b[0-9A-Z]{5}\b", text)[:8])


def test_a_round_lives_at_the_terminal(terminal, tmp_path):
    assert terminal.run("init") == 0
    assert terminal.run("units", "import", FOLDER / "units.csv") == 0
    assert terminal.run(*CREATE, "--rehearsal") == 0, terminal.err
    assert terminal.run("frame", "import", "tiny-2026", frame_file(tmp_path)) == 0, terminal.err
    assert "160 businesses" in terminal.out
    assert terminal.run("round", "keys", "tiny-2026") == 0
    shares = re.findall(r"^ {4}(\S+)$", terminal.out, re.MULTILINE)
    assert len(shares) == 3
    assert terminal.run("round", "keys", "tiny-2026", "--test", typed="\n".join(shares[:2])) == 0, terminal.err
    assert terminal.run("invitations", "issue", "tiny-2026", "--codes", tmp_path / "codes.csv") == 0
    assert stat.S_IMODE((tmp_path / "codes.csv").stat().st_mode) == 0o600
    assert terminal.run("report", "poster", "tiny-2026", "--out", tmp_path / "poster.pdf") == 1
    assert terminal.run("round", "open-channel", "tiny-2026", "on") == 0, terminal.err
    assert "http://127.0.0.1:8000/open/?kiosk=1" in terminal.out
    assert terminal.run("report", "poster", "tiny-2026", "--out", tmp_path / "poster.pdf") == 0, terminal.err
    assert (tmp_path / "poster.pdf").read_bytes().startswith(b"%PDF")
    assert terminal.run("round", "open", "tiny-2026") == 0, terminal.err
    assert "reported with the group NHOM" in terminal.out
    assert terminal.run("round", "open-channel", "tiny-2026", "off") == 1
    assert terminal.err == "The open channel of tiny-2026 was decided before it opened.\n"
    answer_from(tmp_path / "codes.csv", 30)
    assert terminal.run("round", "status") == 0
    assert "tiny-2026: open" in terminal.out
    assert terminal.run("round", "close", "tiny-2026") == 0
    assert terminal.run("round", "count", "tiny-2026", typed=f"{shares[0]}\n{shares[2]}\n") == 0, terminal.err
    assert terminal.run("round", "count", "tiny-2026", "--recount", typed=f"{shares[1]}\n{shares[2]}\n") == 0, (
        terminal.err
    )
    assert "same numbers" in terminal.out
    sound = minutes.read("tiny-2026").outcome
    minutes.amend("tiny-2026", outcome="0" * 64)
    assert terminal.run("round", "count", "tiny-2026", "--recount", typed="\n".join(shares[:2])) == 1
    assert terminal.err == "The recount gives other numbers than the minutes. Do not wipe the box: call the auditor.\n"
    terminal.run("user", "list")
    minutes.amend("tiny-2026", outcome=sound)
    assert terminal.run("hard", "import", "tiny-2026", written(tmp_path, "unit,hours\nA,12\n")) == 0, terminal.err
    assert "Still missing: hours of B, C." in terminal.out
    assert terminal.run("panel", "import", "tiny-2026", written(tmp_path, "unit,reform\nA,9\nB,8\nC,7\n")) == 0
    assert terminal.run("round", "wipe", "tiny-2026") == 0, terminal.err
    assert Envelope.select().count() == Invitation.select().count() == 0
    assert terminal.run("verify", "tiny-2026") == 0, terminal.out + terminal.err
    assert "30 = 30 = 30 = 30" in terminal.out
    assert terminal.run("round", "draft", "tiny-2026", "--days", "5") == 0, terminal.err
    assert "may read the draft and reply until" in terminal.out
    assert terminal.run("export", "tiny-2026", "--format", "csv", "--out", tmp_path / "early") == 1
    assert terminal.run("hard", "import", "tiny-2026", written(tmp_path, "unit,hours\nA,13\n")) == 1
    assert "Take the draft back first" in terminal.err
    assert terminal.run("round", "draft", "tiny-2026", "--take-back") == 0, terminal.err
    assert terminal.run("round", "draft", "tiny-2026") == 0, terminal.err
    assert terminal.run("round", "status") == 0
    assert "0 have replied" in terminal.out
    assert terminal.run("round", "publish", "tiny-2026") == 1
    assert "round publish tiny-2026 --early" in terminal.err
    assert terminal.run("round", "publish", "tiny-2026", "--early") == 0, terminal.err
    assert terminal.run("report", "plan", "tiny-2026", "A", "--out", tmp_path / "p.pdf") == 1
    assert terminal.err == "A has written no plan on tiny-2026 yet.\n"
    write_plan("tiny-2026")
    assert terminal.run("report", "plan", "tiny-2026", "A", "--out", tmp_path / "p.pdf") == 0, terminal.err
    assert (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF")
    assert terminal.run("report", "unit", "tiny-2026", "A", "--out", tmp_path / "a.pdf") == 0, terminal.err
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert terminal.run("report", "unit", "tiny-2026", "ZZ", "--out", tmp_path / "z.pdf") == 1
    assert "no such document of the unit ZZ. Units: A, " in terminal.err
    assert terminal.run("report", "unit", "tiny-2026", "A", "--out", tmp_path / "z.pdf", "--language", "zh-Hans") == 1
    assert "Languages there are: en, vi." in terminal.err
    assert terminal.run("report", "comparison", "tiny-2026", "--out", tmp_path / "c.pdf", "--language", "en") == 0
    assert terminal.run("report", "minutes", "tiny-2026", "--out", tmp_path / "m.pdf") == 0
    assert terminal.run("report", "minutes", "tiny-2026", "--out", tmp_path / "no" / "m.pdf") == 1
    assert "cannot be written" in terminal.err
    assert terminal.run("report", "awards", "tiny-2026", "--out", tmp_path / "awards") == 0, terminal.err
    assert sorted(path.name for path in (tmp_path / "awards").iterdir()) == [
        f"{paper}-vi.pdf" for paper in ("certificates", "criteria", "decision", "proposal", "speech")
    ]
    assert terminal.run("report", "archive", "tiny-2026", "--out", tmp_path / "archive") == 0, terminal.err
    assert {path.name for path in (tmp_path / "archive").iterdir()} >= {"archive-A-vi.pdf"}
    assert terminal.run("report", "all", "tiny-2026", "--out", tmp_path / "all") == 0
    assert len(list((tmp_path / "all").glob("scorecard-*.pdf"))) >= 6
    for form in ("csv", "xlsx", "json"):
        assert terminal.run("export", "tiny-2026", "--format", form, "--out", tmp_path / "data") == 0, terminal.err
    assert terminal.run("verify", "tiny-2026") == 0, terminal.out + terminal.err
    assert "same   the result, recomputed" in terminal.out
    made_by_other_code("tiny-2026")
    assert terminal.run("verify", "tiny-2026") == 0, terminal.out + terminal.err
    assert "other  the result, recomputed: made by other code: 0.9" in terminal.out
    assert terminal.run("audit", "list") == 0
    actions = [line.split("\t")[3] for line in terminal.out.splitlines()]
    assert actions[0] == "units imported"
    assert actions.count("recounted") == 2
    assert terminal.run("audit", "list", "--last", "1") == 0
    assert terminal.out.count("\n") == 1
    assert audit.verify().broken_at is None
    assert not any(share in entry.detail for entry in audit.latest() for share in shares)


def write_plan(round_id):
    """A plan of one line."""
    row = rounds.round_by_id(round_id)
    line = actions.Line("Niêm yết lại", "Đội Nghiệp vụ", row.closes_on, "service")
    actions.add_line(row, "A", line, "head@example.vn")


def made_by_other_code(round_id: str) -> None:
    """The stored result as an earlier version would have made it: other numbers under its own name."""
    result = stored.current(round_id)
    older = msgspec.structs.replace(
        result,
        pedigree=msgspec.structs.replace(result.pedigree, code="0.9"),
        year=result.year - 1,
    )
    StoredResult.update(current=False).execute()
    StoredResult.insert(hash=older.hash, round=round_id, canonical=older.canonical(), current=True).execute()


def answer_from(codes: Path, count: int) -> None:
    from survey_app.ballot.tokens import read_token

    with codes.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))[:count]
    for line in lines:
        answer(rounds.current_open_round(), read_token(line["code"]), "A")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_codes_of_a_real_round_are_never_written_as_a_list(terminal, tmp_path):
    terminal.run("init")
    terminal.run("units", "import", FOLDER / "units.csv")
    terminal.run(*CREATE)
    assert terminal.run("invitations", "issue", "tiny-2026", "--codes", tmp_path / "codes.csv") == 1
    assert "rehearsal" in terminal.err
    assert not (tmp_path / "codes.csv").exists()


def test_letters_are_never_written_into_the_instance(terminal, settings, tmp_path):
    terminal.run("init")
    created, _, _ = ready_round(settings)
    for folder in (settings.instance, settings.instance / "secrets" / ".."):
        assert terminal.run("invitations", "issue", created.id, "--letters", folder / "letters.pdf") == 1
        assert "never written into the instance" in terminal.err


def test_a_lost_letter_is_made_anew_for_one_business(terminal, settings, tmp_path):
    terminal.run("init")
    created, _, _ = ready_round(settings)
    path = tmp_path / "one.pdf"
    assert terminal.run("invitations", "issue", created.id, "--letters", path, "--only", "5700000007") == 0, (
        terminal.err
    )
    assert path.read_bytes().startswith(b"%PDF")
    assert Invitation.select().where(Invitation.revoked == True).count() == 1  # noqa: E712
    assert invitations.invited(created) == 160


def test_an_unready_round_names_every_reason_a_line(terminal):
    terminal.run("init")
    terminal.run("units", "import", FOLDER / "units.csv")
    terminal.run(*CREATE)
    assert terminal.run("round", "open", "tiny-2026") == 1
    assert len(terminal.err.splitlines()) >= 3


def test_staff_are_added_with_a_link_and_listed(terminal):
    terminal.run("init")
    terminal.run("units", "import", FOLDER / "units.csv")
    assert terminal.run("user", "add", "head@example.vn", "--role", "unit_head", "--unit", "A", "--name", "Lan") == 0
    link = re.search(r"/staff/link/(\S+)", terminal.out)[1]
    assert terminal.run("user", "link", "head@example.vn") == 0
    assert link not in terminal.out
    assert terminal.run("user", "list") == 0
    assert "head@example.vn\tLan\tunit_head\tA\tno password yet" in terminal.out
    assert terminal.run("user", "disable", "head@example.vn") == 0
    assert terminal.run("audit", "verify") == 0
    assert "the chain holds" in terminal.out


def test_init_twice_does_no_harm_and_closes_the_folder(terminal, settings):
    assert [terminal.run("init"), terminal.run("init")] == [0, 0]
    assert stat.S_IMODE(settings.instance.stat().st_mode) == 0o700


def test_doctor_names_what_is_missing_and_the_command_that_mends_it(terminal, settings):
    if database_is_file(settings):
        assert terminal.run("doctor") == 1
        assert "survey-app init" in terminal.out
    terminal.run("init")
    terminal.run("doctor")
    assert "up to date" in terminal.out
    settings.instance.chmod(0o755)
    assert terminal.run("doctor") == 1
    assert f"chmod 700 {settings.instance}" in terminal.out


def test_doctor_prints_no_password(terminal, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://survey:hunter2@127.0.0.1:1/none")
    assert terminal.run("doctor") == 1
    assert "hunter2" not in terminal.out + terminal.err


def test_a_backup_comes_back(terminal, tmp_path):
    terminal.run("init")
    terminal.run("user", "add", "a@example.vn", "--role", "officer")
    copy = tmp_path / "copy"
    assert terminal.run("backup", copy) == 0, terminal.err
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    terminal.run("user", "add", "b@example.vn", "--role", "officer")
    assert terminal.run("restore", copy, "--yes") == 0, terminal.err
    terminal.run("user", "list")
    assert "a@example.vn" in terminal.out
    assert "b@example.vn" not in terminal.out
    terminal.run("audit", "list", "--last", "1")
    assert "copy restored" in terminal.out
    assert terminal.run("audit", "verify") == 0
    assert terminal.run("backup", copy) == 1
    assert "exists already" in terminal.err


def test_a_copy_from_before_the_wipe_cannot_bring_the_box_back(terminal, settings, tmp_path):
    terminal.run("init")
    created, _, _ = ready_round(settings)
    Envelope.insert(key=b"1" * 16, round=created.id, sealed=b"x").execute()
    terminal.run("backup", tmp_path / "copy")
    Envelope.delete().execute()
    Invitation.delete().execute()
    Round.update(state="wiped").execute()
    assert terminal.run("restore", tmp_path / "copy", "--yes") == 0, terminal.err
    assert f"{created.id}: its box had been wiped" in terminal.out
    assert Envelope.select().count() == Invitation.select().count() == 0


def test_a_new_host_asks_for_the_newest_list_of_wiped_boxes(terminal, settings, tmp_path):
    terminal.run("init")
    created, _, _ = ready_round(settings)
    Envelope.insert(key=b"1" * 16, round=created.id, sealed=b"x").execute()
    copy = tmp_path / "old"
    terminal.run("backup", copy)
    Round.update(state="wiped").execute()
    terminal.run("backup", tmp_path / "newer")
    assert (tmp_path / "wiped.json").read_text() == f'["{created.id}"]'
    (settings.instance / "wiped.json").unlink()  # as on another host
    Round.update(state="closed").execute()
    assert terminal.run("restore", copy, "--yes") == 1
    assert f"names: {created.id}" in terminal.err
    assert Envelope.select().count() == 1
    assert terminal.run("restore", copy, "--yes", "--newest-list") == 0, terminal.err
    assert Envelope.select().count() == Invitation.select().count() == 0


def test_a_damaged_list_of_wiped_boxes_is_named(terminal, settings, tmp_path):
    terminal.run("init")
    terminal.run("backup", tmp_path / "copy")
    (settings.instance / "wiped.json").write_text("{")
    assert terminal.run("restore", tmp_path / "copy", "--yes") == 1
    assert "wiped.json is damaged" in terminal.err


def test_a_damaged_copy_is_refused(terminal, tmp_path):
    terminal.run("init")
    terminal.run("backup", tmp_path / "copy")
    (tmp_path / "copy").write_bytes((tmp_path / "copy").read_bytes()[:-1] + b"x")
    assert terminal.run("restore", tmp_path / "copy", "--yes") == 1
    assert "SHA-256 differs" in terminal.err
    assert len(terminal.err.splitlines()) == 1


def test_a_database_of_something_else_is_refused(terminal, settings, tmp_path):
    if not database_is_file(settings):
        return
    terminal.run("init")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE x (y)")
    other.close()
    assert terminal.run("restore", tmp_path / "other.db", "--yes") == 1
    assert "something else" in terminal.err


def test_a_restore_looks_at_the_file_before_it_asks(terminal, tmp_path):
    terminal.run("init")
    assert terminal.run("restore", tmp_path / "none", typed="y\n") == 1
    assert terminal.err == f"There is no file {tmp_path / 'none'}.\n"


def test_a_real_round_is_closed_early_on_demand_only(terminal, settings):
    terminal.run("init")
    created, _, _ = ready_round(settings)
    assert terminal.run("round", "open", created.id) == 1
    assert "- Businesses have nobody to ask: set SURVEY_CONTACT" in terminal.err
    terminal.monkeypatch.setenv("SURVEY_CONTACT", settings.contact)
    assert terminal.run("round", "open", created.id) == 0, terminal.err
    assert terminal.run("round", "close", created.id) == 1
    assert "--early" in terminal.err
    assert terminal.run("round", "close", created.id, "--early") == 0, terminal.err
    assert audit.latest(1)[0].detail.startswith("EARLY")


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_busy_port_is_refused_before_any_work(capsys, monkeypatch, tmp_path, command):
    terminal = on_sqlite(capsys, monkeypatch, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        if command == "serve":
            terminal.run("init")
        monkeypatch.setenv("PORT", str(port))
        assert terminal.run(command) == 1
    assert terminal.err == f"Port {port} is in use. Use another: PORT={port + 1} survey-app {command}\n"
    assert command == "serve" or not (tmp_path / "instance").exists()


def test_a_version_names_its_code(tmp_path):
    assert config.version() == f"1.0.0+{config.fingerprint(config.PACKAGE)}"
    assert re.search(rf"^version = {config.RELEASE}$", (README.parent / "setup.cfg").read_text(), re.MULTILINE)
    for name, text in (("a.py", "x = 1"), ("questionnaires/b.py", "y = 1"), ("sub/c.py", "z = 1")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    before = config.fingerprint(tmp_path)
    (tmp_path / "questionnaires/b.py").write_text("y = 2")
    assert config.fingerprint(tmp_path) == before
    (tmp_path / "sub/c.py").rename(tmp_path / "sub/d.py")
    assert config.fingerprint(tmp_path) != before


def test_a_restore_asks_first(terminal, tmp_path):
    terminal.run("init")
    terminal.run("backup", tmp_path / "copy")
    assert terminal.run("restore", tmp_path / "copy", typed="n\n") == 1


def test_questionnaires_are_checked_with_their_cost(terminal):
    assert terminal.run("questionnaire", "check", TINY) == 0
    assert "minutes" in terminal.out
    assert "envelope: 4096 bytes" in terminal.out


def test_every_problem_of_every_questionnaire_is_printed(terminal, tmp_path):
    for name in ("one.yaml", "two.yaml"):
        text = (FOLDER / "tiny.yaml").read_text(encoding="utf-8").replace("scale: agree5", "scale: agree6")
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert terminal.run("questionnaire", "check", tmp_path / "one.yaml", tmp_path / "two.yaml") == 1
    lines = [line for line in terminal.err.splitlines() if "agree6" in line]
    assert len(lines) == 4
    assert all(re.match(r"\S+\.yaml:\d+:\d+: \[", line) for line in lines)


def test_a_changed_scale_is_refused_by_diff(terminal, tmp_path):
    new = tmp_path / "new.yaml"
    text = (FOLDER / "tiny.yaml").read_text(encoding="utf-8").replace("points: 5", "points: 7").replace('"5":', '"7":')
    new.write_text(text, encoding="utf-8")
    assert terminal.run("questionnaire", "diff", TINY, TINY) == 0
    assert "No difference." in terminal.out
    assert terminal.run("questionnaire", "diff", TINY, new) == 1
    assert "new ids" in terminal.err


NEEDS_ROUND = [
    ["frame", "import", "none", "x.csv"],
    ["hard", "import", "none", "x.csv"],
    ["panel", "import", "none", "x.csv"],
    ["round", "keys", "none"],
    ["round", "open", "none"],
    ["round", "close", "none"],
    ["round", "count", "none"],
    ["round", "wipe", "none"],
    ["round", "draft", "none"],
    ["round", "publish", "none"],
    ["round", "status", "none"],
    ["invitations", "issue", "none", "--letters", "x.pdf"],
    ["report", "unit", "none", "A", "--out", "x.pdf"],
    ["report", "plan", "none", "A", "--out", "x.pdf"],
    ["report", "comparison", "none", "--out", "x.pdf"],
    ["report", "awards", "none", "--out", "x"],
    ["report", "archive", "none", "--out", "x"],
    ["report", "all", "none", "--out", "x"],
    ["export", "none", "--format", "csv", "--out", "x"],
    ["verify", "none"],
]
OTHERS = [
    ["units", "import", "none.csv"],
    ["user", "add", "no address", "--role", "officer"],
    ["user", "link", "nobody@example.vn"],
    ["user", "disable", "nobody@example.vn"],
    ["questionnaire", "check", "none.yaml"],
    ["questionnaire", "diff", "none.yaml", "none.yaml"],
    ["restore", "none", "--yes"],
    ["backup", "/nowhere/at/all"],
    [*CREATE[:2], "Đợt 1", *CREATE[3:]],
    ["round", "create", "r1", "--questionnaire", "none", *CREATE[5:]],
]


@pytest.mark.parametrize("arguments", [*NEEDS_ROUND, *OTHERS], ids=" ".join)
def test_wrong_input_gives_one_clear_line_and_status_1(capsys, monkeypatch, tmp_path, arguments):
    terminal = on_sqlite(capsys, monkeypatch, tmp_path)
    terminal.run("init")
    assert terminal.run(*arguments) == 1
    assert len(terminal.err.splitlines()) == 1, terminal.err
    assert "Unexpected" not in terminal.err


@pytest.mark.parametrize("arguments", [*NEEDS_ROUND, ["units", "import", "x"], ["user", "list"], ["serve"], ["worker"]])
def test_without_a_database_every_command_names_init(capsys, monkeypatch, tmp_path, arguments):
    terminal = on_sqlite(capsys, monkeypatch, tmp_path)
    assert terminal.run(*arguments) == 1
    assert "survey-app init" in terminal.err
    assert not (tmp_path / "instance").exists()


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["round"], ["round", "nonsense"], ["user", "add", "a@b.vn"], ["round", "create"], ["init", "--x"],
     ["user", "add", "a@b.vn", "--role", "king"], ["export", "r", "--format", "sheets", "--out", "x"],
     ["invitations", "issue", "tiny-2026"]],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_call_is_status_2(capsys, monkeypatch, tmp_path, arguments):
    terminal = on_sqlite(capsys, monkeypatch, tmp_path)
    terminal.run("init")
    terminal.run("units", "import", FOLDER / "units.csv")
    terminal.run(*CREATE)
    assert terminal.run(*arguments) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("SURVEY_BASE_URL", "http://example.vn"),
        ("SURVEY_CUSTODIANS", "one"),
        ("DATABASE_URL", "mysql://x"),
    ],
)
def test_a_wrong_setting_is_named(capsys, monkeypatch, tmp_path, name, value):
    terminal = on_sqlite(capsys, monkeypatch, tmp_path)
    monkeypatch.setenv(name, value)
    assert terminal.run("init") == 1
    assert name in terminal.err


def test_an_unreachable_database_is_one_line(capsys, monkeypatch, tmp_path):
    terminal = on_sqlite(capsys, monkeypatch, tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://survey@127.0.0.1:1/none")
    assert terminal.run("user", "list") == 1
    assert len(terminal.err.splitlines()) == 1
    assert "database" in terminal.err


def on_sqlite(capsys, monkeypatch, tmp_path) -> Terminal:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SURVEY_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.chdir(tmp_path)
    return Terminal(capsys, monkeypatch)


def database_is_file(settings: Settings) -> bool:
    return settings.database_url.startswith("sqlite")


def commands(group: click.Group, words: tuple[str, ...] = ()) -> list[str]:
    found = []
    for name, command in group.commands.items():
        found += commands(command, (*words, name)) if isinstance(command, click.Group) else [" ".join((*words, name))]
    return found


@pytest.mark.parametrize("name", commands(cli.program))
def test_every_command_has_its_line_in_the_readme(name):
    assert f"`{name}" in README.read_text(encoding="utf-8"), f"README.md lacks a line for `survey-app {name}`"


@pytest.mark.parametrize("name", [*ENVIRONMENT, "SURVEY_DEBUG"])
def test_every_setting_has_its_line_in_the_readme(name):
    assert f"`{name}`" in README.read_text(encoding="utf-8"), f"README.md lacks a line for {name}"


@pytest.mark.parametrize("name", commands(cli.program))
def test_every_command_explains_itself(capsys, name):
    assert cli.run([*name.split(), "--help"]) == 0
    assert "Usage:" in capsys.readouterr().out


def test_the_trace_is_shown_on_demand_only(capsys, monkeypatch, tmp_path):
    terminal = on_sqlite(capsys, monkeypatch, tmp_path)
    monkeypatch.setattr(cli, "migrate", lambda: 1 / 0)
    assert terminal.run("init") == 1
    assert terminal.err.startswith("Unexpected: ZeroDivisionError")
    monkeypatch.setenv("SURVEY_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.run(["init"])


def test_this_machine_keeps_its_own_environment():
    assert "SURVEY_DEBUG" not in os.environ


def test_a_sheet_that_is_too_large_hides_no_other_problem(terminal, tmp_path):
    right = (Path(__file__).parent / "questionnaire" / "right.yaml").read_text(encoding="utf-8")
    question = right[right.index("      - id: o3") :].split("\n      - id:")[0]
    many = "\n".join(question.replace("id: o3", f"id: w{number}").replace("500", "2000") for number in range(24))
    (tmp_path / "large.yaml").write_text(right.rstrip() + "\n" + many + "\n", encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(right.replace("points: 3", "points: three"), encoding="utf-8")
    assert terminal.run("questionnaire", "check", tmp_path / "large.yaml", tmp_path / "bad.yaml") == 1
    assert "large.yaml:1:1: [sheet-size]" in terminal.err
    assert "[not-a-number]" in terminal.err
