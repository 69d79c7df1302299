"""Settings: wrong values are refused in one line; README names every one."""

import stat

import pytest

from survey_app.config import ENVIRONMENT, read_settings
from survey_app.errors import Refused
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"), ("PORT", "0"), ("PORT", "70000"), ("SURVEY_WORKERS", "-1"), ("SURVEY_RECOUNT_DAYS", "1.5"),
        ("SURVEY_BASE_URL", "http://survey.example.vn"), ("SURVEY_BASE_URL", "survey.example.vn"),
        ("SURVEY_BASE_URL", "ftp://127.0.0.1"), ("SURVEY_CUSTODIANS", "only one"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_in_one_line_that_names_it(name, value):
    with pytest.raises(Refused) as refusal:
        read_settings({name: value})
    assert str(refusal.value).startswith(name)
    assert "\n" not in str(refusal.value)


def test_plain_http_is_for_this_machine_only():
    assert not read_settings({"SURVEY_BASE_URL": "http://127.0.0.1:9000/"}).https
    assert read_settings({"SURVEY_BASE_URL": "https://survey.example.vn"}).https


def test_secrets_are_made_once_and_readable_by_the_owner_only(tmp_path):
    settings = read_settings({"SURVEY_INSTANCE": str(tmp_path / "i")})
    assert settings.secret("a") == settings.secret("a") != settings.secret("b")
    assert len(settings.secret("a")) == 32
    for path in (tmp_path / "i" / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_readme_names_every_setting():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in ENVIRONMENT if f"`{name}`" not in readme] == []
