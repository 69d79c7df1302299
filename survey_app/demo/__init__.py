"""The example Cục: two published rounds whose answers went through the real path, and one open round.

Everything in it is invented and says so. Its register keeps the structure of 2024, so that teams can be tried.
"""

from __future__ import annotations

import datetime
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from survey_app.config import Settings
from survey_app.database import connect_to, database, migrate
from survey_app.demo import fieldwork, longterm
from survey_app.demo.fieldwork import IMPROVED, QUALITY, Plot, Say
from survey_app.errors import Refused
from survey_app.fieldwork import heads, units
from survey_app.fieldwork.versions import store_plan, store_questionnaire
from survey_app.models import TABLES, Account, Round, StoredPlan, StoredQuestionnaire, Unit
from survey_app.questionnaire.schema import Questionnaire
from survey_app.staff import accounts, passwords

SEED = 2024
STAFF = (
    ("officer@example.vn", "Cán bộ khảo sát (ví dụ)", "officer", None),
    ("director@example.vn", "Lãnh đạo Cục (ví dụ)", "director", None),
    ("mongcai@example.vn", "Chi cục trưởng Móng Cái (ví dụ)", "unit_head", "CC-MCAI"),
    ("bacphongsinh@example.vn", "Chi cục trưởng Bắc Phong Sinh (ví dụ)", "unit_head", "CC-BPS"),
    ("auditor@example.vn", "Kiểm tra viên (ví dụ)", "auditor", None),
)
HEADS = (  # one of them came while the round of 2024 was answered
    ("CC-MCAI", "Nguyễn Văn An (ví dụ)", datetime.date(2022, 3, 1), None),
    ("CC-HGAI", "Trần Thị Bình (ví dụ)", datetime.date(2021, 6, 15), None),
    ("CC-VGIA", "Lê Văn Cường (ví dụ)", datetime.date(2020, 1, 2), datetime.date(2024, 10, 20)),
    ("CC-VGIA", "Phạm Minh Dũng (ví dụ)", datetime.date(2024, 10, 21), None),
    ("CC-CPHA", "Đỗ Thị Hà (ví dụ)", datetime.date(2023, 2, 1), None),
)
CODES = 3  # invitation codes to try
ADDRESS = re.compile(r"https?://[^/\s]+")  # the port may be another at the next start


def build(settings: Settings, say: Say) -> str:
    """Build the example Cục in an empty instance, once; what tells how to use it, kept in demo.txt."""
    notes = settings.instance / "demo.txt"
    connect_to(settings.database_url)
    database.connect(reuse_if_open=True)
    migrate()
    if notes.exists():
        return kept(notes, ADDRESS.sub(settings.base_url, notes.read_text(encoding="utf-8")))
    begin(settings)
    say("Building the example Cục (about a minute, once)")
    password = secrets.token_urlsafe(9)
    load_register(settings)
    enrol(password)
    for unit, name, since, until in HEADS:
        heads.enter(unit, name, since, until)
    questionnaire, plan = versions(settings)
    frame = fieldwork.frame_of(SEED)
    for plot in past():
        round_ = fieldwork.prepare(plot, questionnaire, plan, frame)
        fieldwork.enter_figures(round_, plot)
        opened, codes, shares = fieldwork.open_box(round_)
        fieldwork.answer_all(opened, plot, frame, codes, say)
        fieldwork.finish(settings, opened, shares, say)
    longterm.mark()
    longterm.enter()
    open_plot = current()
    round_ = fieldwork.prepare(open_plot, questionnaire, plan, frame)
    fieldwork.enter_figures(round_, open_plot)
    opened, codes, shares = fieldwork.open_box(round_)
    tried = [token.printed for token in codes.values()][:CODES]
    told = kept(notes, how_to_use(settings, password, opened, tried, shares))
    unfinished(settings).unlink()
    return told


def unfinished(settings: Settings) -> Path:
    """The mark of an example that is being built: whoever finds it may throw away what was built so far."""
    return settings.instance / "demo.unfinished"


def begin(settings: Settings) -> None:
    """An empty database to build in. Raises Refused where it holds anything that is not our own half-built example."""
    tables = (Unit, Round, Account)
    if unfinished(settings).exists():
        with database.atomic():
            for table in reversed(TABLES):
                table.delete().execute()
    elif any(table.select().exists() for table in tables):
        raise Refused(
            "This instance holds other data, and the example would mix with it. Choose another folder: "
            "SURVEY_INSTANCE=example survey-app demo"
        )
    unfinished(settings).touch(mode=0o600)


def open_only(settings: Settings) -> list[str]:
    """Only the open round, in an empty migrated database; the codes of all its businesses."""
    load_register(settings)
    plot = replace(current(), previous=None)
    round_ = fieldwork.prepare(plot, *versions(settings), fieldwork.frame_of(SEED))
    _, codes, _ = fieldwork.open_box(round_)
    return [token.printed for token in codes.values()]


def past() -> tuple[Plot, ...]:
    """The two published rounds; in the second, two branches have improved."""
    better = QUALITY | {unit: QUALITY[unit] + gain for unit, gain in IMPROVED.items()}
    return (
        Plot("cdci-2023", 2023, day(2023, 10, 2), day(2023, 11, 15), None, SEED + 23, QUALITY),
        Plot("cdci-2024", 2024, day(2024, 10, 1), day(2024, 11, 15), "cdci-2023", SEED + 24, better, silent=True),
    )


def current() -> Plot:
    """The round that is open now, for another month."""
    today = datetime.datetime.now(datetime.UTC).date()
    return Plot("cdci-2025", 2025, today, today + datetime.timedelta(days=30), "cdci-2024", SEED + 25, QUALITY)


def day(year: int, month: int, date: int) -> datetime.date:
    """A date."""
    return datetime.date(year, month, date)


def load_register(settings: Settings) -> None:
    """Both structures as shipped; the one of 2024 goes on in the example, whatever year it is."""
    folder = settings.questionnaires / "units"
    units.import_units(folder / "quangninh_2025.csv")
    units.import_units(folder / "quangninh_2018.csv")
    ends = datetime.date(2025, 2, 28)
    Unit.update(valid_to=None).where(Unit.valid_to == ends).execute()


def versions(settings: Settings) -> tuple[StoredQuestionnaire, StoredPlan]:
    """The shipped questionnaire and its plan."""
    folder = settings.questionnaires / "cdci_2024"
    stored = store_questionnaire(folder / "questionnaire.yaml")
    return stored, store_plan(folder / "plan.yaml", Questionnaire.from_canonical(bytes(stored.canonical)))


def enrol(password: str) -> None:
    """One account a role, all with the password that demo.txt names."""
    for email, name, role, unit in STAFF:
        account = accounts.add(email, name, role, unit, by="demo")
        accounts.set_password(account, passwords.hashed(password))


def how_to_use(settings: Settings, password: str, round_: Round, codes: Sequence[str], shares: Sequence[str]) -> str:
    """Addresses, accounts, codes to try, the open round's key, and where the documents lie."""
    lines = [
        "The example Cục. Everything in it is invented / Mọi số liệu đều là mô phỏng.",
        "",
        f"Businesses answer here:   {settings.base_url}/",
        *(f"  code {number} to try:          {code}" for number, code in enumerate(codes, 1)),
        "",
        f"Staff sign in here:       {settings.base_url}/staff",
        *(f"  {email:<26}{role}{f' of {unit}' if unit else ''}" for email, _, role, unit in STAFF),
        f"  password of all:          {password}",
        "",
        f"The open round {round_.id}: any two of these three key holders' codes count it, once it is closed.",
        *(f"  {title + ':':<26}{share}" for title, share in zip(round_.custodians, shares, strict=True)),
        "",
        f"Scorecards and booklets:  {settings.instance / 'documents'}",
        f"Public results:           {settings.base_url}/results",
        "",
    ]
    return "\n".join(lines)


def kept(path: Path, text: str) -> str:
    """The text, written to demo.txt, readable by its owner only: the one place where codes ever stand together."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return text
