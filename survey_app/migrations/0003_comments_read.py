"""What two people did with a comment: the redacted text that one proposed, its theme, and who it was."""

from peewee import CharField, TextField


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("comment", "proposed", TextField(null=True)),
        migrator.add_column("comment", "theme", CharField(null=True)),
        migrator.add_column("comment", "proposed_by", CharField(null=True)),
    )


def down(migrator, db):
    migrator.migrate(
        migrator.drop_column("comment", "proposed"),
        migrator.drop_column("comment", "theme"),
        migrator.drop_column("comment", "proposed_by"),
    )
