"""An installed wheel works without the checkout: questionnaires and reports travel with it."""

import os
import subprocess
import sys
import zipfile

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel's content in an empty folder, as an installation would lay it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    subprocess.run(["git", "clone", "--quiet", ROOT, source], check=True)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(installed, tmp_path, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(installed), "SURVEY_INSTANCE": str(tmp_path / "instance")}
    return subprocess.run(
        [sys.executable, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )


def test_the_wheel_is_what_runs(installed, tmp_path):
    outcome = run(installed, tmp_path, "-c", "import survey_app; print(survey_app.__file__)")
    assert outcome.stdout.strip().startswith(str(installed)), outcome.stderr


def test_the_shipped_questionnaire_is_in_the_wheel_and_sound(installed, tmp_path):
    path = installed / "survey_app" / "questionnaires" / "cdci_2024" / "questionnaire.yaml"
    outcome = run(installed, tmp_path, "-m", "survey_app.cli", "questionnaire", "check", str(path))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    "part",
    ["templates/layout.html", "static/look.css", "translations/vi/LC_MESSAGES/messages.po", "migrations/0001_start.py",
     "reports/scorecard/scorecard.html", "reports/fonts/Tinos-Regular.ttf", "questionnaires/cdci_2024/plan.yaml"],
)  # fmt: skip
def test_everything_the_product_reads_travels(installed, part):
    assert (installed / "survey_app" / part).exists()


def test_every_package_of_the_source_is_listed():
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "survey_app").rglob("*.py")}
    listed = (ROOT / "setup.cfg").read_text(encoding="utf-8").split("package_dir")[0]
    assert [str(folder) for folder in folders if str(folder).replace("/", ".") not in listed.split()] == []
