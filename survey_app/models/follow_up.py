"""What follows from a result: plans, orders, replies, aims, marks, other indices."""

from __future__ import annotations

from peewee import (
    AutoField,
    BlobField,
    CharField,
    CompositeKey,
    DateField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from survey_app.models.asked import Round
from survey_app.models.shown import StoredResult
from survey_app.models.table import Table


class ActionPlan(Table):
    """A unit's action plan on a published round: how far it is on its way to the director's approval."""

    round = ForeignKeyField(Round)
    unit = CharField()
    state = CharField(default="draft")  # draft | sent | returned | approved
    remark = TextField(default="")  # why it was sent back
    sent_on = DateField(null=True)
    decided_on = DateField(null=True)
    decided_by = CharField(null=True)
    version = IntegerField(default=1)  # raised by every change of the plan and its lines

    class Meta:
        primary_key = CompositeKey("round", "unit")


class Action(Table):
    """A line of a unit's plan, or an order that the director gave it."""

    id = AutoField()
    kind = CharField()  # plan | order
    round = ForeignKeyField(Round)
    round_id: str
    unit = CharField()
    node = CharField()  # the sub-index it aims at, by its id in the round's scoring plan
    what = TextField()
    owner = CharField()  # a role or a name
    due = DateField()
    effect = FloatField(null=True)  # points of the sub-index that are expected of it
    status = CharField(default="planned")  # planned | under_way | done | dropped
    version = IntegerField(default=1)


class ActionNote(Table):
    """How far an action is, in a sentence. Notes are added, never changed."""

    id = AutoField()
    action = ForeignKeyField(Action, on_delete="CASCADE")
    action_id: int
    written_on = DateField()
    status = CharField()
    text = TextField()
    who = CharField()


class Procedure(Table):
    """A procedure that a unit looked through by itself, and what became of it."""

    id = AutoField()
    round = ForeignKeyField(Round)
    round_id: str
    unit = CharField()
    name = TextField()
    verdict = CharField()  # kept | simplified | dropped
    holds_from = DateField()
    version = IntegerField(default=1)


class Reply(Table):
    """What a unit says to its own score before it is published."""

    round = ForeignKeyField(Round)
    unit = CharField()
    text = TextField()
    who = CharField()
    written_on = DateField()
    version = IntegerField(default=1)

    class Meta:
        primary_key = CompositeKey("round", "unit")


class StoredFollowUp(Table):
    """What stood beside a Result when it was published: replies, and what had become of last round's actions."""

    result = ForeignKeyField(StoredResult, primary_key=True)
    canonical = BlobField()


class OutsideMark(Table):
    """A bottleneck that lies outside the unit (another agency, a national system), and with whom it was raised."""

    round = ForeignKeyField(Round)
    item = CharField()  # a question of the plan
    unit = CharField()  # "": for all units
    remark = TextField()
    raised_with = CharField(default="")
    raised_on = DateField(null=True)

    class Meta:
        primary_key = CompositeKey("round", "item", "unit")


class Aim(Table):
    """What an index of the plan is to reach by a year: in one unit, or in every unit of a kind."""

    node = CharField()
    scope = CharField()  # code of a unit, or a kind of unit
    year = IntegerField()
    since = IntegerField()  # the year in which it was set: 2026 since 2023 is a three-year aim
    value = FloatField()  # on the plan's shown scale

    class Meta:
        primary_key = CompositeKey("node", "scope", "year")


class ExternalScore(Table):
    """What another index said of the Cục or its province in a year."""

    which = CharField()  # ddci, par_index, sipas, papi, ict_index, pci
    year = IntegerField()
    subject = CharField(default="")  # whom it rated
    score = FloatField(null=True)
    out_of = FloatField(null=True)  # the top of its scale
    rank = IntegerField(null=True)
    ranked = IntegerField(null=True)  # how many were ranked
    source = TextField()

    class Meta:
        primary_key = CompositeKey("which", "year")
