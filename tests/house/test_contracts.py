"""The walls between the rooms hold: each contract fails on a tree that breaks it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

LINT = Path(sys.executable).with_name("lint-imports")

BREACHES = {
    "corridor": ("survey_app/models/box.py", "from survey_app.results import result"),
    "anonymous": ("survey_app/web/respond.py", "from survey_app.staff import audit"),
    "sealed": ("survey_app/web/officer.py", "from survey_app.ballot import envelopes"),
    "numbers": ("survey_app/scoring/plan.py", "import survey_app.config"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-cache", "--config", folder / "setup.cfg"], cwd=folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "survey_app", tmp_path / "survey_app", ignore=shutil.ignore_patterns("__pycache__", "static")
    )
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


def test_the_tree_as_it_is_keeps_every_contract(tree):
    outcome = lint(tree)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("contract", BREACHES)
def test_a_forbidden_import_is_noticed(tree, contract):
    place, line = BREACHES[contract]
    path = tree / place
    text = path.read_text(encoding="utf-8").replace(
        "from __future__ import annotations\n", f"from __future__ import annotations\n{line}\n", 1
    )
    path.write_text(text, encoding="utf-8")
    outcome = lint(tree)
    assert outcome.returncode == 1, outcome.stdout
    assert "BROKEN" in outcome.stdout
