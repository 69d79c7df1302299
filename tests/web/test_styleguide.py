"""The style guide is read from the stylesheet, and no deployment shows it."""

from __future__ import annotations

import dataclasses
import re

import pytest

from survey_app import create_app
from survey_app.config import PACKAGE
from survey_app.web.styleguide import contrast


def test_every_colour_and_size_of_the_stylesheet_is_there(client):
    page = client.get("/styleguide").get_data(as_text=True)
    root = (PACKAGE / "static" / "look.css").read_text("utf-8").split(":root {")[1].split("}")[0]
    names = re.findall(r"--([\w-]+): +#|--(s-\d+):", root)
    assert len(names) > 15
    assert [name for name in map("".join, names) if f"--{name}" not in page] == []


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("https://khaosat.example.vn", 404),
        ("http://127.0.0.1:8000", 200),
        ("http://localhost:8000", 200),
        ("http://localhost.example.vn", 404),
    ],
)
def test_it_is_served_to_this_machine_alone(db, address, status):
    app = create_app(dataclasses.replace(db, base_url=address))
    assert app.test_client().get("/styleguide", base_url=address).status_code == status


@pytest.mark.parametrize(("colour", "expected"), [("#fff", 1.0), ("#000000", 21.0), ("#767676", 4.5)])
def test_contrast_is_the_guidelines(colour, expected):
    """#767676 is the lightest grey that text on white may have."""
    assert contrast(colour) == expected
