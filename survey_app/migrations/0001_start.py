"""The tables at the start: a frozen copy, independent of the models as they are today."""

from peewee import *


def up(migrator, db):
    sqlite = isinstance(db, SqliteDatabase)

    class Account(Model):
        email = CharField(unique=True)
        name = CharField()
        role = CharField()
        unit = CharField(null=True)
        password = CharField(null=True)
        failures = IntegerField(default=0)
        locked_until = DateTimeField(null=True)
        language = CharField(default="vi")
        disabled = BooleanField(default=False)

        class Meta:
            database = db
            table_name = "account"

    db.create_tables([Account])

    class AuditEntry(Model):
        happened = DateTimeField()
        who = CharField()
        action = CharField()
        subject = CharField()
        detail = TextField(default="")
        previous = CharField()
        hash = CharField()

        class Meta:
            database = db
            table_name = "audit_entry"

    db.create_tables([AuditEntry])

    class Business(Model):
        tax_code = CharField(unique=True)
        name = CharField()
        address = CharField(default="")
        phone = CharField(default="")
        email = CharField(default="")

        class Meta:
            database = db
            table_name = "business"

    db.create_tables([Business])

    class StoredQuestionnaire(Model):
        hash = CharField(primary_key=True)
        identifier = CharField()
        version = CharField()
        canonical = BlobField()

        class Meta:
            database = db
            table_name = "stored_questionnaire"

    db.create_tables([StoredQuestionnaire])

    class StoredPlan(Model):
        hash = CharField(primary_key=True)
        identifier = CharField()
        canonical = BlobField()

        class Meta:
            database = db
            table_name = "stored_plan"

    db.create_tables([StoredPlan])

    class Round(Model):
        id = CharField(primary_key=True)
        year = IntegerField()
        title = JSONField()
        organisation = JSONField()
        questionnaire = ForeignKeyField(StoredQuestionnaire)
        plan = ForeignKeyField(StoredPlan)
        state = CharField(default="preparing")
        opens_on = DateField()
        closes_on = DateField()
        previous = ForeignKeyField("self", null=True)
        custodians = JSONField()
        public_key = BlobField(null=True)
        shares_tested = BooleanField(default=False)
        envelope_size = IntegerField(null=True)
        register_hash = CharField(null=True)
        rehearsal = BooleanField(default=False)
        synthetic = BooleanField(default=False)
        wipe_ordered_by = JSONField(null=True)
        counted_on = DateField(null=True)

        class Meta:
            database = db
            table_name = "round"

    db.create_tables([Round])

    class Comment(Model):
        id = BlobField(primary_key=True)
        round = ForeignKeyField(Round)
        unit = CharField(null=True)
        question = CharField()
        text = TextField()
        released = TextField(null=True)

        class Meta:
            database = db
            table_name = "comment"
            without_rowid = sqlite

    db.create_tables([Comment])

    class Count(Model):
        round = ForeignKeyField(Round, primary_key=True)
        outcome = BlobField()
        minutes = JSONField()

        class Meta:
            database = db
            table_name = "count"

    db.create_tables([Count])

    class Dealing(Model):
        round = ForeignKeyField(Round)
        business = ForeignKeyField(Business)
        unit = CharField()
        stratum = CharField(default="")

        class Meta:
            database = db
            table_name = "dealing"
            primary_key = CompositeKey("round", "business", "unit")

    db.create_tables([Dealing])

    class StoredResult(Model):
        hash = CharField(primary_key=True)
        round = ForeignKeyField(Round)
        canonical = BlobField()
        current = BooleanField(default=True)

        class Meta:
            database = db
            table_name = "stored_result"

    db.create_tables([StoredResult])

    class Document(Model):
        result = ForeignKeyField(StoredResult)
        kind = CharField()
        unit = CharField(default="")
        language = CharField()
        path = CharField()
        sha256 = CharField()

        class Meta:
            database = db
            table_name = "document"
            primary_key = CompositeKey("result", "kind", "unit", "language")

    db.create_tables([Document])

    class Draft(Model):
        id = BlobField(primary_key=True)
        round = CharField()
        sealed = BlobField()

        class Meta:
            database = db
            table_name = "draft"
            without_rowid = sqlite

    db.create_tables([Draft])

    class Envelope(Model):
        key = BlobField(primary_key=True)
        round = CharField()
        sealed = BlobField()

        class Meta:
            database = db
            table_name = "envelope"
            without_rowid = sqlite

    db.create_tables([Envelope])

    class Invitation(Model):
        digest = BlobField(primary_key=True)
        round = ForeignKeyField(Round)
        business = ForeignKeyField(Business)
        used = BooleanField(default=False)
        revoked = BooleanField(default=False)

        class Meta:
            database = db
            table_name = "invitation"
            without_rowid = sqlite

    db.create_tables([Invitation])

    class Job(Model):
        kind = CharField()
        round = ForeignKeyField(Round)
        state = CharField(default="waiting")
        done = IntegerField(default=0)
        total = IntegerField(default=0)
        message = TextField(default="")
        started = DateTimeField(null=True)

        class Meta:
            database = db
            table_name = "job"

    db.create_tables([Job])

    class OneTimeLink(Model):
        digest = CharField(primary_key=True)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        expires = DateTimeField()

        class Meta:
            database = db
            table_name = "one_time_link"

    db.create_tables([OneTimeLink])

    class ReceiptHash(Model):
        round = ForeignKeyField(Round)
        hash = CharField()

        class Meta:
            database = db
            table_name = "receipt_hash"
            without_rowid = sqlite
            primary_key = CompositeKey("round", "hash")

    db.create_tables([ReceiptHash])

    class RoundUnit(Model):
        round = ForeignKeyField(Round)
        unit = CharField()
        merged_into = CharField(null=True)
        frozen = JSONField(null=True)

        class Meta:
            database = db
            table_name = "round_unit"
            primary_key = CompositeKey("round", "unit")

    db.create_tables([RoundUnit])

    class StaffFigure(Model):
        round = ForeignKeyField(Round)
        source = CharField()
        unit = CharField()
        leaf = CharField()
        value = FloatField()

        class Meta:
            database = db
            table_name = "staff_figure"
            primary_key = CompositeKey("round", "source", "unit", "leaf")

    db.create_tables([StaffFigure])

    class StaffSession(Model):
        digest = CharField(primary_key=True)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        started = DateTimeField()
        seen = DateTimeField()

        class Meta:
            database = db
            table_name = "staff_session"

    db.create_tables([StaffSession])

    class Unit(Model):
        code = CharField(primary_key=True)
        kind = CharField()
        needs = CharField(default="")
        parent = CharField(null=True)
        names = JSONField()
        short_names = JSONField()
        valid_from = DateField()
        valid_to = DateField(null=True)
        successor = CharField(null=True)
        rated = BooleanField(default=True)
        fallback = CharField(null=True)

        class Meta:
            database = db
            table_name = "unit"

    db.create_tables([Unit])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("unit"))
    migrator.migrate(migrator.drop_table("staff_session"))
    migrator.migrate(migrator.drop_table("staff_figure"))
    migrator.migrate(migrator.drop_table("round_unit"))
    migrator.migrate(migrator.drop_table("receipt_hash"))
    migrator.migrate(migrator.drop_table("one_time_link"))
    migrator.migrate(migrator.drop_table("job"))
    migrator.migrate(migrator.drop_table("invitation"))
    migrator.migrate(migrator.drop_table("envelope"))
    migrator.migrate(migrator.drop_table("draft"))
    migrator.migrate(migrator.drop_table("document"))
    migrator.migrate(migrator.drop_table("stored_result"))
    migrator.migrate(migrator.drop_table("dealing"))
    migrator.migrate(migrator.drop_table("count"))
    migrator.migrate(migrator.drop_table("comment"))
    migrator.migrate(migrator.drop_table("round"))
    migrator.migrate(migrator.drop_table("stored_plan"))
    migrator.migrate(migrator.drop_table("stored_questionnaire"))
    migrator.migrate(migrator.drop_table("business"))
    migrator.migrate(migrator.drop_table("audit_entry"))
    migrator.migrate(migrator.drop_table("account"))
