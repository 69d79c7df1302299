"""`verify` notices one changed byte anywhere, names it, and never stumbles over it. On both engines."""

from __future__ import annotations

import random
import secrets
import shutil

import msgspec
import pytest

from survey_app.database import connect_to, database, migrate
from survey_app.models import (
    Comment,
    Count,
    Document,
    ReceiptHash,
    Round,
    RoundUnit,
    StaffFigure,
    StoredPlan,
    StoredQuestionnaire,
    StoredResult,
)
from survey_app.results import comments, documents, freeze, manifest, signature, verification
from tests.conftest import database_in, settings_in
from tests.results.test_freeze import counted_round

CHANCE = random.Random()  # fresh places at every run


@pytest.fixture(scope="module")
def original(engine, request, tmp_path_factory):
    """A counted round with a comment, its Result, documents and signed manifest; made once, left alone."""
    instance = tmp_path_factory.mktemp("published") / "instance"
    with database_in(instance, engine, request) as address:
        settings = settings_in(instance, address)
        connect_to(address)
        migrate()
        round_ = counted_round(settings)
        Comment.create(id=secrets.token_bytes(16), round=round_.id, unit="A", question="c1", text="nhanh")
        freeze.freeze(round_, signature.public_key(settings))
        documents.render_all(round_, lambda done, total: None, settings)
        database.close()
        yield settings


@pytest.fixture
def db(original, engine, request, tmp_path):
    """A copy that a test may change, bound to the tables."""
    instance = tmp_path / "instance"
    shutil.copytree(original.instance, instance)
    like = original.database_url.removeprefix("postgresql://survey@/").split("?")[0]
    with database_in(instance, engine, request, like) as address:
        connect_to(address)
        database.connect(reuse_if_open=True)
        yield settings_in(instance, address)
        database.close()


@pytest.fixture
def published(db):
    return Round.get()


def wrong(settings, round_, outside=None):
    checks = verification.verify(settings, Round.get_by_id(round_.id), outside)
    return [check.what for check in checks if not check.holds]


def flipped(content):
    """One bit of one byte changed."""
    place = CHANCE.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << CHANCE.randrange(8)]) + content[place + 1 :]


def manifest_file(settings):
    return settings.instance / Document.get(Document.kind == "manifest").path


def test_an_untouched_round_verifies_and_says_what_is_signed_only(db, published):
    checks = {check.what: check.verdict for check in verification.verify(db, published)}
    assert "WRONG" not in checks.values()
    assert checks["the result, recomputed"] == "same"
    assert checks["outcome, as signed"] == "signed"
    assert wrong(db, published, manifest_file(db).read_bytes()) == []


STORED = (
    (StoredQuestionnaire, "canonical"),
    (StoredPlan, "canonical"),
    (Count, "outcome"),
    (StoredResult, "canonical"),
)


def test_a_changed_byte_of_stored_content_is_noticed(db, published):
    for table, column in STORED:
        original = bytes(getattr(table.select().first(), column))
        for _ in range(25):
            table.update({column: flipped(original)}).execute()
            assert wrong(db, published), table
        table.update({column: original}).execute()
    assert wrong(db, published) == []


CHANGES = {
    "a frozen unit": lambda: RoundUnit.update(frozen={**RoundUnit.get(unit="A").frozen, "kind": "phong"}).where(
        RoundUnit.unit == "A"
    ),
    "a merged unit": lambda: RoundUnit.update(merged_into=None),
    "the minutes": lambda: Count.update(minutes={**Count.get().minutes, "invited": 1}),
    "minutes that are none": lambda: Count.update(minutes={"invited": 1}),
    "a receipt": lambda: ReceiptHash.update(hash="0" * 64).where(ReceiptHash.hash == ReceiptHash.select().first().hash),
    "a receipt too few": lambda: ReceiptHash.delete().where(ReceiptHash.hash == ReceiptHash.select().first().hash),
    "a figure": lambda: StaffFigure.update(value=StaffFigure.value + 0.5).where(StaffFigure.unit == "A"),
    "a comment": lambda: Comment.update(text="chậm"),
    "a document's hash": lambda: Document.update(sha256="0" * 64).where(Document.kind == "scorecard"),
    "a document too few": lambda: Document.delete().where(Document.kind == "csv"),
    "the round's title": lambda: Round.update(title={"vi": "Khác"}),
    "the register's hash": lambda: Round.update(register_hash="0" * 64),
}


def test_a_changed_row_is_noticed(db, published):
    unnoticed = []
    for name, change in CHANGES.items():
        with database.atomic() as transaction:
            assert change().execute(), name
            if not wrong(db, published):
                unnoticed.append(name)
            transaction.rollback()
    assert unnoticed == []
    assert wrong(db, published) == []


def test_comments_that_were_dealt_with_since_are_said_not_to_be_comparable(db, published):
    Round.update(state="published", rehearsal=True).execute()
    round_ = Round.get_by_id(published.id)
    (one,) = comments.to_redact(round_)
    comments.propose(round_, one.id, one.text, comments.OTHER, "officer@example.vn")
    comments.release(round_, one.id, "director@example.vn")
    checks = {check.what: check for check in verification.verify(db, round_)}
    assert checks["comments, as signed"].verdict == "signed"
    assert "1 were released or destroyed since" in checks["comments, as signed"].detail
    assert wrong(db, round_) == []


def test_a_changed_byte_of_a_file_is_noticed(db, published):
    for kind in ("manifest", "scorecard", "json"):
        path = db.instance / Document.select().where(Document.kind == kind).first().path
        original = path.read_bytes()
        for _ in range(25):
            path.write_bytes(flipped(original))
            assert wrong(db, published), kind
        path.write_bytes(original)
    assert wrong(db, published) == []


def test_a_manifest_signed_with_another_key_is_not_this_instances(db, published):
    path = manifest_file(db)
    (db.instance / "secrets" / signature.SECRET).write_bytes(secrets.token_bytes(32))
    assert "signed by this instance" in wrong(db, published)
    forged = msgspec.structs.replace(manifest.read(path.read_bytes()), signature="")
    path.write_bytes(manifest.signed(db, forged).canonical())
    assert "signature of the manifest" in wrong(db, published), "it names the old key, so the new one's does not fit"


def test_an_older_manifest_kept_elsewhere_shows_that_the_result_was_made_anew(db, published):
    kept = manifest_file(db).read_bytes()
    StaffFigure.update(value=StaffFigure.value + 1).where(StaffFigure.unit == "A").execute()
    freeze.freeze(published, signature.public_key(db))
    documents.render_all(published, lambda done, total: None, db)
    assert wrong(db, published) == []
    assert wrong(db, published, kept) == ["the manifest given names this result"]


def test_something_that_is_no_manifest_is_named(db, published):
    assert wrong(db, published, b"%PDF-1.7") == ["the manifest given"]
    assert wrong(db, published, manifest_file(db).read_bytes() + b"\n") == ["the manifest given"]
