"""The manifest: the round's counts and the hashes of everything that decided or came out of it, signed.

It names no tallies of single units: the hash of a small tally can be guessed, and would then tell what is withheld.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from survey_app.config import Settings
from survey_app.errors import Refused
from survey_app.models import Comment, Count, Round
from survey_app.results import disclosure, signature
from survey_app.results.receipts import hashes
from survey_app.results.result import Pedigree, Result

FORMAT = "survey-app/manifest/2"


class UnitCount(msgspec.Struct, frozen=True):
    """A unit's number of sheets, as a band; None where it is withheld."""

    unit: str
    sheets: str | None


class Counts(msgspec.Struct, frozen=True):
    """What was counted; flagged ratings as a share in bands."""

    invited: int
    used: int
    envelopes: int
    sheets: int
    receipts: int
    ratings: int
    flagged: str


class Manifest(msgspec.Struct, frozen=True):
    """What a verifier compares. `sound`: invitations used = envelopes = sheets = receipts."""

    round: str
    year: int
    title: dict[str, str]
    organisation: dict[str, str]
    simulated: bool
    counts: Counts
    sound: bool
    units: tuple[UnitCount, ...]
    pedigree: Pedigree
    outcome: str  # SHA-256 of the count's numbers: signed only, since the sheets are destroyed
    minutes: str  # of the minutes of the count
    comments: str  # of all comments kept, with their random ids
    result: str  # of the canonical Result
    receipts: str  # of the sorted list, a line each
    files: dict[str, str]  # name → SHA-256 of every export and document
    signature: str = ""  # Ed25519 over the canonical manifest without it; the key is the pedigree's
    format: str = FORMAT

    def canonical(self) -> bytes:
        """Canonical JSON, readable: sorted keys, two spaces."""
        return msgspec.json.format(msgspec.json.encode(self, order="deterministic"), indent=2) + b"\n"


class Kept(msgspec.Struct, frozen=True):
    """What the count left, as far as a manifest names it: hashes and the sorted hashes of the receipts."""

    outcome: str
    minutes: str
    comments: str
    receipts: tuple[str, ...]


def kept(round_: Round) -> Kept:
    """Read it from the tables of a counted round."""
    row = Count.get_by_id(round_.id)
    comments = Comment.select().where(Comment.round == round_.id).order_by(Comment.id)
    lines = [[bytes(one.id).hex(), one.unit, one.question, one.text] for one in comments]
    return Kept(
        outcome=hashlib.sha256(bytes(row.outcome)).hexdigest(),
        minutes=sha256_of(row.minutes),
        comments=sha256_of(lines),
        receipts=hashes(round_.id),
    )


def sha256_of(content: object) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def manifest(result: Result, left: Kept, files: Mapping[str, str]) -> Manifest:
    """`files`: name → SHA-256 of what was made of the Result."""
    counts = result.participation
    return Manifest(
        round=result.round,
        year=result.year,
        title=result.title,
        organisation=result.organisation,
        simulated=result.synthetic,
        counts=Counts(
            **{name: value for name, value in msgspec.structs.asdict(counts).items() if name != "flagged"},
            flagged=disclosure.flagged_band(counts.flagged, counts.ratings),
        ),
        sound=counts.used == counts.envelopes == counts.sheets == counts.receipts,
        units=tuple(
            UnitCount(line.code, disclosure.public_n(line.ratings)) for line in result.units if not line.merged_into
        ),
        pedigree=result.pedigree,
        outcome=left.outcome,
        minutes=left.minutes,
        comments=left.comments,
        result=result.hash,
        receipts=hashlib.sha256("".join(f"{hash_}\n" for hash_ in left.receipts).encode()).hexdigest(),
        files=dict(sorted(files.items())),
    )


def signed(settings: Settings, unsigned: Manifest) -> Manifest:
    """The manifest with this instance's signature."""
    return msgspec.structs.replace(unsigned, signature=signature.sign(settings, unsigned.canonical()))


def read(content: bytes) -> Manifest:
    """The manifest of its file. Raises Refused where it is none, or not byte for byte what was made."""
    try:
        found = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Refused("This is not a manifest: {why}.", why=str(error)) from None
    if found.canonical() != content:
        raise Refused("This is not a manifest: {why}.", why="its layout is not the canonical one")
    return found


def signature_holds(found: Manifest) -> bool:
    """Whether the signature is that of the key which the manifest itself names."""
    unsigned = msgspec.structs.replace(found, signature="")
    return signature.holds(found.pedigree.signer, found.signature, unsigned.canonical())
