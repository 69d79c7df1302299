"""Who headed a unit from when to when: a head who changed while a round was answered is not honoured for it."""

from peewee import AutoField, CharField, DateField, Model


def up(migrator, db):
    class Head(Model):
        id = AutoField()
        unit = CharField()
        name = CharField()
        since = DateField()
        until = DateField(null=True)

        class Meta:
            database = db
            table_name = "head"

    db.create_tables([Head])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("head"))
