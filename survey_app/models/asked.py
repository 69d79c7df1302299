"""What is asked: units and who heads them, questionnaires, plans, rounds."""

from __future__ import annotations

from peewee import (
    AutoField,
    BlobField,
    BooleanField,
    CharField,
    CompositeKey,
    DateField,
    ForeignKeyField,
    IntegerField,
    JSONField,
)

from survey_app.models.table import Table

# The life of a round, in order. Between two of them a round never stands.
PREPARING, OPEN, CLOSED, COUNTED, WIPED, PUBLISHED = STATES = (
    "preparing",
    "open",
    "closed",
    "counted",
    "wiped",
    "published",
)


class Unit(Table):
    """The unit register: who may be rated, since when, and who came after."""

    code = CharField(primary_key=True)
    kind = CharField()
    needs = CharField(default="")  # what the unit does, separated by ";" : clearance;goods_control;site_check;tariff
    parent = CharField(null=True)
    names = JSONField()  # by language tag
    short_names = JSONField()
    valid_from = DateField()
    valid_to = DateField(null=True)
    successor = CharField(null=True)
    rated = BooleanField(default=True)
    fallback = CharField(null=True)  # the group it is reported with when too few answer


class Head(Table):
    """Who headed a unit, from and to which day; no last day: still in office."""

    id = AutoField()
    unit = CharField()
    name = CharField()
    since = DateField()
    until = DateField(null=True)


class StoredQuestionnaire(Table):
    """A version of a questionnaire, for ever under the hash of its canonical JSON."""

    hash = CharField(primary_key=True)
    identifier = CharField()
    version = CharField()
    canonical = BlobField()


class StoredPlan(Table):
    """A version of a scoring plan, for ever under the hash of its canonical JSON."""

    hash = CharField(primary_key=True)
    identifier = CharField()
    canonical = BlobField()


class Round(Table):
    """One survey round: a questionnaire, a plan, units, dates, a public key."""

    id = CharField(primary_key=True)  # cdci-2024
    year = IntegerField()
    title = JSONField()  # by language tag
    organisation = JSONField()  # who asks, by language tag
    questionnaire = ForeignKeyField(StoredQuestionnaire)
    questionnaire_id: str
    plan = ForeignKeyField(StoredPlan)
    plan_id: str
    state = CharField(default=PREPARING)
    opens_on = DateField()
    closes_on = DateField()
    previous = ForeignKeyField("self", null=True)
    previous_id: str | None
    custodians = JSONField()  # titles; three, or one in single-custodian mode
    public_key = BlobField(null=True)
    shares_tested = BooleanField(default=False)  # two shares gave the public key back
    envelope_size = IntegerField(null=True)  # bytes, frozen at opening
    register_hash = CharField(null=True)  # of the unit register, frozen at opening
    rehearsal = BooleanField(default=False)  # demo and training: codes may be written to a file
    synthetic = BooleanField(default=False)  # answers come from the simulator; said on every page
    open_channel = BooleanField(default=False)  # sheets without an invitation, in a box of their own; frozen at opening
    recount_days = IntegerField(default=14)  # between count and wipe, as the privacy notice of the round says
    wipe_ordered_by = JSONField(null=True)  # two accounts that ordered the wipe before the recount window ended
    counted_on = DateField(null=True)
    reply_until = DateField(null=True)  # the last day on which unit heads have the draft before them, as promised
    reply_result = CharField(null=True)  # the hash of the Result that they read; it is the one that is published


class RoundUnit(Table):
    """A unit rated in a round, as it was at opening; `merged_into` names the group it is reported in."""

    round = ForeignKeyField(Round, backref="units")
    unit = CharField()
    merged_into = CharField(null=True)
    frozen = JSONField(null=True)  # the register's line at opening

    class Meta:
        primary_key = CompositeKey("round", "unit")
