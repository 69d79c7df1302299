"""What all tables have in common."""

from __future__ import annotations

from peewee import Model

from survey_app.database import database


class Table(Model):
    """A table of ours."""

    class Meta:
        database = database
        legacy_table_names = False
