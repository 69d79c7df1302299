"""What can be checked of a round long after its sheets are gone: every number after the count is made again.

Nothing here trusts what it reads: a byte that was changed anywhere makes a check fail, and never makes `verify` fail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec
from peewee import DoesNotExist

from survey_app.ballot import minutes
from survey_app.config import Settings, version
from survey_app.errors import Refused, WrongState
from survey_app.fieldwork.units import placed_units, register_hash
from survey_app.models import Count, Document, Round, StoredPlan, StoredQuestionnaire, StoredResult
from survey_app.results import comments, manifest, receipts, signature
from survey_app.results.freeze import frozen
from survey_app.results.manifest import Manifest
from survey_app.results.result import Result

# same: compared, equal. signed: its hash is signed; it cannot be made again. other: made by other code than runs here.
Verdict = Literal["same", "signed", "other", "WRONG"]
UNREADABLE = (Refused, DoesNotExist, msgspec.DecodeError, msgspec.ValidationError, LookupError, ValueError, TypeError)


class Check(msgspec.Struct, frozen=True):
    """One thing that was compared."""

    what: str
    verdict: Verdict
    detail: str = ""

    @property
    def holds(self) -> bool:
        return self.verdict != "WRONG"


def verify(settings: Settings, round_: Round, outside: bytes | None = None) -> list[Check]:
    """Compare everything that can be; `outside`: a manifest that somebody kept. Raises WrongState before the count."""
    if Count.get_or_none(Count.round == round_.id) is None:
        raise WrongState("{round} has not been counted yet: there is nothing to verify.", round=round_.id)
    checks = [*guarded("the count", lambda: of_count(round_))]
    row = StoredResult.get_or_none((StoredResult.round == round_.id) & (StoredResult.current == True))  # noqa: E712
    if row is None:
        return checks
    checks += guarded("the result", lambda: of_result(round_, row))
    checks += guarded("documents", lambda: of_documents(settings, row))
    checks += guarded("the manifest", lambda: of_manifest(settings, round_, row))
    if outside is not None:
        checks += guarded("the manifest given", lambda: of_outside(settings, row, outside))
    return checks


def guarded(what: str, checks: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """The checks; one more where something cannot even be read."""
    try:
        yield from checks()
    except UNREADABLE as error:
        line = str(error).splitlines()
        yield Check(what, "WRONG", f"cannot be read: {line[0] if line else type(error).__name__}")


def compared(what: str, same: bool, detail: str) -> Check:
    """A check of two things that should be equal."""
    return Check(what, "same" if same else "WRONG", detail)


def sha256(content: bytes) -> str:
    """In hex."""
    return hashlib.sha256(content).hexdigest()


# ---------------------------------------------------------------- the count


def of_count(round_: Round) -> Iterator[Check]:
    """Questionnaire, plan and register as the count had them; its numbers and counts as the minutes have them."""
    written = minutes.read(round_.id)
    if written is None:
        raise LookupError("the minutes")
    asked = sha256(bytes(StoredQuestionnaire.get_by_id(round_.questionnaire_id).canonical))
    yield compared("questionnaire", asked == round_.questionnaire_id == written.questionnaire, asked)
    plan = sha256(bytes(StoredPlan.get_by_id(round_.plan_id).canonical))
    yield compared("scoring plan", plan == round_.plan_id == written.plan, plan)
    register = register_hash(placed_units(round_).values())
    yield compared("unit register", register == round_.register_hash == written.register, register)
    outcome = sha256(bytes(Count.get_by_id(round_.id).outcome))
    yield compared("the count's numbers", outcome == written.outcome, outcome)
    four = f"{written.used} = {written.envelopes} = {written.sheets} = {written.receipts}"
    yield compared("invitations used = envelopes = sheets = receipts", written.is_sound, four)
    kept = len(receipts.hashes(round_.id))
    yield compared("receipts kept", kept == written.receipts, str(kept))


# ---------------------------------------------------------------- the result


def of_result(round_: Round, row: StoredResult) -> Iterator[Check]:
    """The Result made again from the count's numbers and the staff's figures."""
    found = sha256(bytes(row.canonical))
    yield compared("hash of the result", found == row.hash, found)
    kept = Result.from_canonical(bytes(row.canonical))
    origin = kept.pedigree
    again = frozen(round_, origin.signed_by)
    again = msgspec.structs.replace(again, pedigree=msgspec.structs.replace(again.pedigree, code=origin.code))
    if again.hash == row.hash or origin.code == version():
        yield compared("the result, recomputed", again.hash == row.hash, f"code {origin.code}")
    else:
        yield Check("the result, recomputed", "other", f"made by other code: {origin.code}, here {version()}")


def of_documents(settings: Settings, row: StoredResult) -> Iterator[Check]:
    """Every rendered document against its hash."""
    papers = list(Document.select().where(Document.result == row.hash))
    for paper in papers:
        path = settings.instance / paper.path
        found = sha256(path.read_bytes()) if path.is_file() else "missing"
        if found != paper.sha256:
            yield Check(f"document {paper.path}", "WRONG", found)
    yield Check("documents", "same", f"{len(papers)} compared")


# ---------------------------------------------------------------- the manifest


def of_manifest(settings: Settings, round_: Round, row: StoredResult) -> Iterator[Check]:
    """The signed manifest against what lies in the tables now. Before the documents are made there is none."""
    papers = {paper.path.rpartition("/")[2]: paper for paper in Document.select().where(Document.result == row.hash)}
    mine = next((paper for paper in papers.values() if paper.kind == "manifest"), None)
    if mine is None:
        return
    found = manifest.read((settings.instance / mine.path).read_bytes())
    yield from of_signature(settings, found)
    files = {name: paper.sha256 for name, paper in papers.items() if paper is not mine}
    result = Result.from_canonical(bytes(row.canonical))
    again = manifest.manifest(result, manifest.kept(round_), files)
    read = comments.dealt_with(round_)
    if read:  # two people have released or destroyed some since: what was signed cannot be made again
        again = msgspec.structs.replace(again, comments=found.comments)
    for name in ("outcome", "minutes", "comments"):
        same = getattr(found, name) == getattr(again, name)
        note = f" ({read} were released or destroyed since: not comparable)" if read and name == "comments" else ""
        yield Check(f"{name}, as signed", "signed" if same else "WRONG", f"{getattr(again, name)}{note}")
    unsigned = msgspec.structs.replace(found, signature="")
    yield compared("the manifest, made again", unsigned == again, found.result)


def of_signature(settings: Settings, found: Manifest) -> Iterator[Check]:
    """The signature, and that it is this instance's."""
    yield compared("signature of the manifest", manifest.signature_holds(found), found.pedigree.signer)
    mine = signature.public_key(settings)
    yield compared("signed by this instance", found.pedigree.signer == mine, mine)


def of_outside(settings: Settings, row: StoredResult, content: bytes) -> Iterator[Check]:
    """A manifest that was kept elsewhere: the same round's, signed by this instance, with the same result."""
    found = manifest.read(content)
    yield from of_signature(settings, found)
    yield compared("the manifest given names this result", found.result == row.hash, found.result)
