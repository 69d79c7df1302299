"""How long a recount may be asked for, frozen with the round."""

from peewee import IntegerField


def up(migrator, db):
    migrator.migrate(migrator.add_column("round", "recount_days", IntegerField(default=14)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("round", "recount_days"))
