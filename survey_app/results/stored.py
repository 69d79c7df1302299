"""Results as they are kept: found by round or by hash, read once a process, with all that a reader's page needs."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator

from survey_app.errors import NotFound
from survey_app.fieldwork.versions import plan_by_hash, questionnaire_by_hash
from survey_app.models import PUBLISHED, Round, StoredResult
from survey_app.results import follow_up
from survey_app.results.follow_up import FollowUp
from survey_app.results.reading import Reading
from survey_app.results.result import Result


def current(round_id: str) -> Result | None:
    """The round's current Result; None before it was frozen."""
    row = StoredResult.get_or_none((StoredResult.round == round_id) & (StoredResult.current == True))  # noqa: E712
    return by_hash(row.hash) if row else None


# Content under its hash never changes, so a process may keep what it has read.
@functools.lru_cache(maxsize=16)
def by_hash(hash_: str) -> Result:
    """The Result with this hash. Raises NotFound."""
    row = StoredResult.get_or_none(StoredResult.hash == hash_)
    if row is None:
        raise NotFound("There is no result with the hash {hash}.", hash=hash_[:16])
    return Result.from_canonical(bytes(row.canonical))


def chain(result: Result | None) -> Iterator[Result]:
    """This Result and those of the rounds before it, the newest first."""
    if result is None:
        return
    yield result
    for round_id in result.earlier_rounds:
        found = current(round_id)
        if found is not None:
            yield found


def published() -> list[Round]:
    """Published rounds, the newest first."""
    return list(Round.select().where(Round.state == PUBLISHED).order_by(Round.year.desc(), Round.id.desc()))


def following(round_id: str, language: str) -> Reading | None:
    """The published round that is compared with this one; None before there is one."""
    later = next((row for row in reversed(published()) if row.previous_id == round_id), None)
    return reading_of(later.id, language) if later else None


def reading_of(round_id: str, language: str) -> Reading:
    """The round's Result as a reader of this language reads it. Raises NotFound before it was frozen."""
    result = current(round_id)
    if result is None:
        raise NotFound("{round} has no result yet.", round=round_id)
    return reading_beside(result, language, follow_up.kept(result.hash))


def reading_beside(result: Result, language: str, beside: FollowUp) -> Reading:
    """The Result with those before it, and with what stands beside it."""
    return reading_by_hash(result.hash, language, tuple(one.hash for one in chain(result))[1:], beside)


@functools.lru_cache(maxsize=32)
def reading_by_hash(hash_: str, language: str, earlier: tuple[str, ...], beside: FollowUp) -> Reading:
    """A reading keeps what it has looked up: the next page of the same round starts from there."""
    return dataclasses.replace(reading(by_hash(hash_), language, earlier), follow_up=beside)


def reading(result: Result, language: str, earlier: tuple[str, ...] = ()) -> Reading:
    """A Result with its questionnaire and plan, and with the Results of the rounds before, by their hashes."""
    before = (reading(by_hash(earlier[0]), language, earlier[1:]),) if earlier else ()
    pedigree = result.pedigree
    return Reading(result, questionnaire_by_hash(pedigree.questionnaire), plan_by_hash(pedigree.plan), language, before)
