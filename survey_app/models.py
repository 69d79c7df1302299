"""The tables. Two worlds that share no key: who is asked, and what lies in the box.

Threat: somebody holds the whole database. So nothing that a respondent causes carries a date, a serial number or a
reference to a business: an envelope's key is random, an invitation knows only the digest of its code.
"""

from __future__ import annotations

from peewee import (
    AutoField,
    BlobField,
    BooleanField,
    CharField,
    CompositeKey,
    DateField,
    DateTimeField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
)

from survey_app.database import database

# The life of a round, in order. Between two of them a round never stands.
PREPARING, OPEN, CLOSED, COUNTED, WIPED, PUBLISHED = STATES = (
    "preparing",
    "open",
    "closed",
    "counted",
    "wiped",
    "published",
)


class Table(Model):
    """A table of ours."""

    class Meta:
        database = database
        legacy_table_names = False


# ---------------------------------------------------------------- what is asked


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


# ---------------------------------------------------------------- who is asked


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


# ---------------------------------------------------------------- the box


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


# ---------------------------------------------------------------- what the count leaves


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


# ---------------------------------------------------------------- what readers see


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


# ---------------------------------------------------------------- what follows from it


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


# ---------------------------------------------------------------- staff


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


TABLES = (
    Unit,
    Head,
    StoredQuestionnaire,
    StoredPlan,
    Round,
    RoundUnit,
    Business,
    Dealing,
    Invitation,
    Draft,
    Envelope,
    OpenEnvelope,
    Count,
    Comment,
    ReceiptHash,
    StaffFigure,
    StoredResult,
    Document,
    Scenario,
    ActionPlan,
    Action,
    ActionNote,
    Procedure,
    Reply,
    StoredFollowUp,
    OutsideMark,
    Aim,
    ExternalScore,
    Account,
    StaffSession,
    OneTimeLink,
    AuditEntry,
    Job,
)
