"""The box: drafts and sealed envelopes, under keys that lead to nobody."""

from __future__ import annotations

from peewee import BlobField, CharField

from survey_app.models.table import Table


class Draft(Table):
    """Answers under way, readable only with code and resume code together. No date, one size."""

    id = BlobField(primary_key=True)
    round = CharField()
    sealed = BlobField()

    class Meta:
        without_rowid = True


class Envelope(Table):
    """A sealed sheet under a random key. Nothing here or elsewhere leads from an invitation to it."""

    key = BlobField(primary_key=True)  # 128 random bits
    round = CharField()
    sealed = BlobField()

    class Meta:
        without_rowid = True


class OpenEnvelope(Table):
    """A sealed sheet of the open channel, which needs no invitation: as `Envelope`, and never counted with them."""

    key = BlobField(primary_key=True)  # 128 random bits
    round = CharField()
    sealed = BlobField()

    class Meta:
        without_rowid = True
