"""Who is asked: businesses, whom they dealt with, invitations. Knows nothing of answers."""

from __future__ import annotations

from peewee import AutoField, BlobField, BooleanField, CharField, CompositeKey, ForeignKeyField

from survey_app.models.asked import Round
from survey_app.models.table import Table


class Business(Table):
    """A business of the sampling frame."""

    id = AutoField()
    tax_code = CharField(unique=True)
    name = CharField()
    address = CharField(default="")
    phone = CharField(default="")
    email = CharField(default="")


class Dealing(Table):
    """The frame of a round: this business dealt with this unit. Knows nothing of answers."""

    round = ForeignKeyField(Round)
    business = ForeignKeyField(Business)
    business_id: int
    unit = CharField()
    stratum = CharField(default="")

    class Meta:
        primary_key = CompositeKey("round", "business", "unit")


class Invitation(Table):
    """The digest of a code. `used` is one bit without a day; only the reminder job reads it beside `business`."""

    digest = BlobField(primary_key=True)  # SHA-256 of the 128-bit code
    round = ForeignKeyField(Round)
    business = ForeignKeyField(Business)
    business_id: int
    used = BooleanField(default=False)
    revoked = BooleanField(default=False)

    class Meta:
        without_rowid = True  # on SQLite a rowid would tell the order of writing
