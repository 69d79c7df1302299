"""What the count leaves: outcome, comments, receipts; and the figures that staff enter beside it."""

from __future__ import annotations

from peewee import BlobField, CharField, CompositeKey, FloatField, ForeignKeyField, JSONField, TextField

from survey_app.models.asked import Round
from survey_app.models.table import Table


class Count(Table):
    """What the count left: numbers only. No sheet survives it."""

    round = ForeignKeyField(Round, primary_key=True)
    outcome = BlobField()  # canonical JSON: tallies, estimates, counts
    minutes = JSONField()  # who, when (day), numbers, hashes, anomalies


class Comment(Table):
    """A comment, under a random id; one to the Cục's leaders carries no unit."""

    id = BlobField(primary_key=True)
    round = ForeignKeyField(Round)
    unit = CharField(null=True)
    question = CharField()
    text = TextField()
    proposed = TextField(null=True)  # the redacted text, while it waits for the second reader
    theme = CharField(null=True)
    proposed_by = CharField(null=True)
    released = TextField(null=True)  # the redacted text, once two people agreed; the original is gone then

    class Meta:
        without_rowid = True


class ReceiptHash(Table):
    """SHA-256 of the receipt of a counted sheet; the sorted list is public."""

    round = ForeignKeyField(Round)
    hash = CharField()

    class Meta:
        primary_key = CompositeKey("round", "hash")
        without_rowid = True


class StaffFigure(Table):
    """A figure entered by staff: hard data of a unit, or panel points of the Department's part."""

    round = ForeignKeyField(Round)
    source = CharField()  # hard | panel
    unit = CharField()
    leaf = CharField()
    value = FloatField()
    evidence = TextField(default="")  # what the panel's points rest on, where the plan asks for it

    class Meta:
        primary_key = CompositeKey("round", "source", "unit", "leaf")
