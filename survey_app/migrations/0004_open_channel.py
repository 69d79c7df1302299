"""A box of its own for sheets without an invitation, and the round's switch for it."""

from peewee import BlobField, BooleanField, CharField, Model, SqliteDatabase


def up(migrator, db):
    class OpenEnvelope(Model):
        key = BlobField(primary_key=True)
        round = CharField()
        sealed = BlobField()

        class Meta:
            database = db
            table_name = "open_envelope"
            without_rowid = isinstance(db, SqliteDatabase)

    db.create_tables([OpenEnvelope])
    migrator.migrate(migrator.add_column("round", "open_channel", BooleanField(default=False)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("round", "open_channel"), migrator.drop_table("open_envelope"))
