"""Weights that were tried and kept under a name, beside the published result."""

from peewee import AutoField, CharField, DateField, ForeignKeyField, JSONField, Model


def up(migrator, db):
    class Round(Model):
        id = CharField(primary_key=True)

        class Meta:
            database = db
            table_name = "round"

    class Scenario(Model):
        id = AutoField()
        round = ForeignKeyField(Round)
        peer_group = CharField()
        name = CharField()
        weights = JSONField()
        author = CharField()
        made_on = DateField()

        class Meta:
            database = db
            table_name = "scenario"
            indexes = ((("round", "peer_group", "name"), True),)

    db.create_tables([Scenario])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("scenario"))
