"""What readers see: results, documents, scenarios."""

from __future__ import annotations

from peewee import AutoField, BlobField, BooleanField, CharField, CompositeKey, DateField, ForeignKeyField, JSONField

from survey_app.models.asked import Round
from survey_app.models.table import Table


class StoredResult(Table):
    """A frozen Result under the hash of its canonical JSON."""

    hash = CharField(primary_key=True)
    round = ForeignKeyField(Round)
    canonical = BlobField()
    current = BooleanField(default=True)


class Document(Table):
    """A rendered document: a file beside the Result's hash."""

    result = ForeignKeyField(StoredResult)
    kind = CharField()  # scorecard | comparison | minutes …
    unit = CharField(default="")
    language = CharField()
    path = CharField()  # below the instance folder
    sha256 = CharField()

    class Meta:
        primary_key = CompositeKey("result", "kind", "unit", "language")


class Scenario(Table):
    """Weights that somebody tried and kept under a name. No Result and no document ever reads it."""

    id = AutoField()
    round = ForeignKeyField(Round)
    peer_group = CharField()
    name = CharField()
    weights = JSONField()  # node → weight, relative to those of the same parent
    author = CharField()  # the account's address
    made_on = DateField()

    class Meta:
        indexes = ((("round", "peer_group", "name"), True),)
