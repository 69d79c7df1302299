"""The frozen Result: everything a reader may ever be shown of a round, as canonical JSON under its SHA-256."""

from __future__ import annotations

import datetime
import hashlib

import msgspec

from survey_app.ballot.analysis import Analysis
from survey_app.scoring.estimates import Estimates
from survey_app.scoring.index import Index

FORMAT = "survey-app/result/1"
Text = dict[str, str]  # by language tag


class Pedigree(msgspec.Struct, frozen=True):
    """Where the numbers come from: hashes of everything that decided them."""

    questionnaire: str
    plan: str
    register: str
    code: str
    # The public key under which the manifest is signed. Unset in results from before there was one: a field that is
    # added later must be left out of the bytes of what was frozen earlier, or its hash would no longer be its name.
    signed_by: str | msgspec.UnsetType = msgspec.UNSET

    @property
    def signer(self) -> str:
        """The key in hex; empty where there is none."""
        return "" if self.signed_by is msgspec.UNSET else str(self.signed_by)


class Participation(msgspec.Struct, frozen=True):
    """The manifest's counts. A round is sound when used = envelopes = sheets = receipts."""

    invited: int
    used: int
    envelopes: int
    sheets: int  # opened envelopes: one a business
    receipts: int
    ratings: int  # business × unit
    flagged: int


class UnitLine(msgspec.Struct, frozen=True):
    """A rated unit as the register had it at opening. A reporting group lists its `members`."""

    code: str
    kind: str
    parent: str | None
    names: Text
    short_names: Text
    members: tuple[str, ...] = ()
    merged_into: str | None = None
    successor: str | None = None
    invited: int = 0  # businesses of the frame that dealt with it
    ratings: int = 0  # businesses that rated it


class Figure(msgspec.Struct, frozen=True):
    """A figure entered by staff: hard data, or panel points of the Department's part."""

    source: str  # hard | panel
    unit: str
    leaf: str
    value: float


class Change(msgspec.Struct, frozen=True):
    """Difference to an earlier round over comparable items, on the absolute scale, with its 95 % interval."""

    unit: str
    node: str
    earlier_round: str
    earlier: float | None
    difference: float | None
    low: float | None
    high: float | None
    reason: str | None = None  # why there is none: not_comparable, too_few, no_earlier


class Days(msgspec.Struct, frozen=True):
    """When it was answered and counted."""

    opened: datetime.date
    closed: datetime.date
    counted: datetime.date


class Result(msgspec.Struct, frozen=True):
    """One round's result.

    `tallies[unit][item][code]` is a number of answers; codes are answer codes and the missing codes.
    """

    round: str
    year: int
    title: Text
    organisation: Text
    synthetic: bool
    pedigree: Pedigree
    participation: Participation
    units: tuple[UnitLine, ...]
    tallies: dict[str, dict[str, dict[str, int]]]
    estimates: Estimates
    index: Index
    figures: tuple[Figure, ...]
    changes: tuple[Change, ...] = ()
    earlier_rounds: tuple[str, ...] = ()
    segments: dict[str, dict[str, int]] = {}  # profile question → code → businesses, the whole Cục
    fear_share: dict[str, tuple[int, int]] = {}  # unit → (guarded, answered)
    days: Days | msgspec.UnsetType = msgspec.UNSET
    numbers: dict[str, dict[str, float]] | msgspec.UnsetType = msgspec.UNSET  # as `Outcome` has them
    analysis: Analysis | msgspec.UnsetType = msgspec.UNSET  # as `Outcome` has it
    format: str = FORMAT

    def canonical(self) -> bytes:
        """Canonical JSON: sorted keys, no spaces; equal results give equal bytes."""
        return msgspec.json.encode(self, order="deterministic")

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @classmethod
    def from_canonical(cls, data: bytes) -> Result:
        """The Result of its canonical bytes."""
        return msgspec.json.decode(data, type=cls)

    def unit(self, code: str) -> UnitLine:
        """The rated unit with this code."""
        return next(line for line in self.units if line.code == code)
