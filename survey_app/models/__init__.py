"""The tables. Two worlds that share no key: who is asked, and what lies in the box.

Threat: somebody holds the whole database. So nothing that a respondent causes carries a date, a serial number or a
reference to a business: an envelope's key is random, an invitation knows only the digest of its code.
"""

from __future__ import annotations

from survey_app.models.asked import (
    CLOSED,
    COUNTED,
    OPEN,
    PREPARING,
    PUBLISHED,
    STATES,
    WIPED,
    Head,
    Round,
    RoundUnit,
    StoredPlan,
    StoredQuestionnaire,
    Unit,
)
from survey_app.models.box import Draft, Envelope, OpenEnvelope
from survey_app.models.counted import Comment, Count, ReceiptHash, StaffFigure
from survey_app.models.follow_up import (
    Action,
    ActionNote,
    ActionPlan,
    Aim,
    ExternalScore,
    OutsideMark,
    Procedure,
    Reply,
    StoredFollowUp,
)
from survey_app.models.frame import Business, Dealing, Invitation
from survey_app.models.shown import Document, Scenario, StoredResult
from survey_app.models.staff import PROGRESS, Account, AuditEntry, Job, OneTimeLink, StaffSession
from survey_app.models.table import Table

__all__ = [
    "CLOSED",
    "COUNTED",
    "OPEN",
    "PREPARING",
    "PROGRESS",
    "PUBLISHED",
    "STATES",
    "TABLES",
    "WIPED",
    "Account",
    "Action",
    "ActionNote",
    "ActionPlan",
    "Aim",
    "AuditEntry",
    "Business",
    "Comment",
    "Count",
    "Dealing",
    "Document",
    "Draft",
    "Envelope",
    "ExternalScore",
    "Head",
    "Invitation",
    "Job",
    "OneTimeLink",
    "OpenEnvelope",
    "OutsideMark",
    "Procedure",
    "ReceiptHash",
    "Reply",
    "Round",
    "RoundUnit",
    "Scenario",
    "StaffFigure",
    "StaffSession",
    "StoredFollowUp",
    "StoredPlan",
    "StoredQuestionnaire",
    "StoredResult",
    "Table",
    "Unit",
    "",
]

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
