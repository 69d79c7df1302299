"""Action plans, the director's orders, the heads' replies before publication, and what stood beside a Result."""

from peewee import (
    BlobField,
    CharField,
    CompositeKey,
    DateField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)


def up(migrator, db):
    class Round(Model):
        id = CharField(primary_key=True)

        class Meta:
            database = db
            table_name = "round"

    class StoredResult(Model):
        hash = CharField(primary_key=True)

        class Meta:
            database = db
            table_name = "stored_result"

    class ActionPlan(Model):
        round = ForeignKeyField(Round)
        unit = CharField()
        state = CharField(default="draft")
        remark = TextField(default="")
        sent_on = DateField(null=True)
        decided_on = DateField(null=True)
        decided_by = CharField(null=True)
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "action_plan"
            primary_key = CompositeKey("round", "unit")

    class Action(Model):
        kind = CharField()
        round = ForeignKeyField(Round)
        unit = CharField()
        node = CharField()
        what = TextField()
        owner = CharField()
        due = DateField()
        effect = FloatField(null=True)
        status = CharField(default="planned")
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "action"

    class ActionNote(Model):
        action = ForeignKeyField(Action, on_delete="CASCADE")
        written_on = DateField()
        status = CharField()
        text = TextField()
        who = CharField()

        class Meta:
            database = db
            table_name = "action_note"

    class Procedure(Model):
        round = ForeignKeyField(Round)
        unit = CharField()
        name = TextField()
        verdict = CharField()
        holds_from = DateField()
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "procedure"

    class Reply(Model):
        round = ForeignKeyField(Round)
        unit = CharField()
        text = TextField()
        who = CharField()
        written_on = DateField()
        version = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "reply"
            primary_key = CompositeKey("round", "unit")

    class StoredFollowUp(Model):
        result = ForeignKeyField(StoredResult, primary_key=True)
        canonical = BlobField()

        class Meta:
            database = db
            table_name = "stored_follow_up"

    db.create_tables([ActionPlan, Action, ActionNote, Procedure, Reply, StoredFollowUp])
    migrator.migrate(
        migrator.add_column("round", "reply_until", DateField(null=True)),
        migrator.add_column("round", "reply_result", CharField(null=True)),
    )


def down(migrator, db):
    tables = ("stored_follow_up", "reply", "procedure", "action_note", "action", "action_plan")
    migrator.migrate(
        migrator.drop_column("round", "reply_until"),
        migrator.drop_column("round", "reply_result"),
        *(migrator.drop_table(table) for table in tables),
    )
