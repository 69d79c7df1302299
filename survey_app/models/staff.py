"""Staff: accounts, sessions, the audit chain, work in the background."""

from __future__ import annotations

from peewee import AutoField, BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField, TextField

from survey_app.models.asked import Round
from survey_app.models.table import Table


class Account(Table):
    """A member of staff. Respondents have no account and never will."""

    id = AutoField()
    email = CharField(unique=True)
    name = CharField()
    role = CharField()  # officer | director | unit_head | auditor
    unit = CharField(null=True)
    password = CharField(null=True)  # Argon2id; none until the one-time link was used
    failures = IntegerField(default=0)
    locked_until = DateTimeField(null=True)
    language = CharField(default="vi")
    disabled = BooleanField(default=False)


class StaffSession(Table):
    """A staff session on the server; the cookie holds a random number, this row its digest."""

    digest = CharField(primary_key=True)
    account = ForeignKeyField(Account, on_delete="CASCADE")
    started = DateTimeField()
    seen = DateTimeField()


class OneTimeLink(Table):
    """An invitation to set a password; used once, expires."""

    digest = CharField(primary_key=True)
    account = ForeignKeyField(Account, on_delete="CASCADE")
    expires = DateTimeField()


class AuditEntry(Table):
    """What staff did, each entry chained to the one before by its hash. Nothing a respondent does stands here."""

    id = AutoField()
    happened = DateTimeField()
    who = CharField()
    action = CharField()
    subject = CharField()
    detail = TextField(default="")
    previous = CharField()
    hash = CharField()


PROGRESS = "progress"  # the kind of job that only holds the numbers of an open round


class Job(Table):
    """Long work in the background and how far it is. Identifiers only, never a secret."""

    id = AutoField()
    kind = CharField()  # publish | count | recount | wipe | progress
    round = ForeignKeyField(Round)
    round_id: str
    state = CharField(default="waiting")  # waiting | running | done | failed
    done = IntegerField(default=0)
    total = IntegerField(default=0)
    message = TextField(default="")
    started = DateTimeField(null=True)
