"""Points of the panel with the note of evidence that they rest on."""

from peewee import TextField


def up(migrator, db):
    migrator.migrate(migrator.add_column("staff_figure", "evidence", TextField(default="")))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("staff_figure", "evidence"))
