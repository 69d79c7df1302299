"""Bottlenecks outside a unit, aims by year, and the scores of other indices."""

from peewee import CharField, CompositeKey, DateField, FloatField, ForeignKeyField, IntegerField, Model, TextField


def up(migrator, db):
    class Round(Model):
        id = CharField(primary_key=True)

        class Meta:
            database = db
            table_name = "round"

    class OutsideMark(Model):
        round = ForeignKeyField(Round)
        item = CharField()
        unit = CharField()
        remark = TextField()
        raised_with = CharField(default="")
        raised_on = DateField(null=True)

        class Meta:
            database = db
            table_name = "outside_mark"
            primary_key = CompositeKey("round", "item", "unit")

    class Aim(Model):
        node = CharField()
        scope = CharField()
        year = IntegerField()
        since = IntegerField()
        value = FloatField()

        class Meta:
            database = db
            table_name = "aim"
            primary_key = CompositeKey("node", "scope", "year")

    class ExternalScore(Model):
        which = CharField()
        year = IntegerField()
        subject = CharField(default="")
        score = FloatField(null=True)
        out_of = FloatField(null=True)
        rank = IntegerField(null=True)
        ranked = IntegerField(null=True)
        source = TextField()

        class Meta:
            database = db
            table_name = "external_score"
            primary_key = CompositeKey("which", "year")

    db.create_tables([OutsideMark, Aim, ExternalScore])


def down(migrator, db):
    migrator.migrate(
        migrator.drop_table("outside_mark"), migrator.drop_table("aim"), migrator.drop_table("external_score")
    )
