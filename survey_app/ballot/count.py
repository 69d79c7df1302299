"""The count: closed → counted, in a process of its own that opens the box in memory and leaves tallies, not ballots.

    python -m survey_app.ballot.count ROUND [--recount]     shares on the standard input, one a line

Progress ("done total") and the outcome's hash go to the standard output, one refusal line to the standard error.
Nothing secret comes by an argument, the environment or a file. Everything is written in one transaction: a count that
dies leaves the round closed, and starts again with the codes.
"""

from __future__ import annotations

import hashlib
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from peewee import chunked

from survey_app.ballot import kept, minutes, open_channel
from survey_app.ballot.analysis import analyse
from survey_app.ballot.ground import ground_of
from survey_app.ballot.keys import public_key_bytes, read_share, recover
from survey_app.ballot.minutes import Minutes, Remark
from survey_app.ballot.opening import Progress, leave_no_traces, sheets
from survey_app.ballot.outcome import Outcome
from survey_app.ballot.small import merged_at_the_count, sift, thinned
from survey_app.ballot.tally import Said, Tally
from survey_app.config import read_settings, version
from survey_app.database import connect_to, database
from survey_app.errors import KeysRefused, NotFound, Refused, WrongState
from survey_app.models import (
    CLOSED,
    COUNTED,
    Comment,
    Count,
    Draft,
    Envelope,
    Invitation,
    ReceiptHash,
    Round,
)
from survey_app.scoring.cleaning import Flags
from survey_app.scoring.estimate import estimate

COMMENT_ID = 16  # bytes
ROWS = 200  # rows an insert


@dataclass(frozen=True)
class Counted:
    """What a count found, before it is written."""

    outcome: Outcome
    comments: tuple[Said, ...]
    receipts: tuple[str, ...]  # hashes, sorted
    minutes: Minutes


def silent(done: int, total: int) -> None:
    """No progress is wanted."""


def count_box(
    round_: Round, shares: Sequence[str], progress: Progress = silent, warnings: tuple[Remark, ...] = ()
) -> Counted:
    """closed → counted. Raises KeysRefused, WrongState, or Refused where the box holds more envelopes than marks.

    It decrypts in this process, so the child process calls it, or a demo whose answers are nobody's.
    """
    current = Round.get_by_id(round_.id)
    if current.state != CLOSED:
        raise WrongState("{round} cannot be counted: its state is {state}.", round=current.id, state=current.state)
    counted = evaluate(current, shares, progress, warnings)
    write(current, counted)
    return counted


def recount(round_: Round, shares: Sequence[str], progress: Progress = silent) -> str:
    """Count again, write nothing: the outcome's hash, to be compared with the minutes'. Possible until the wipe."""
    current = Round.get_by_id(round_.id)
    kept = minutes.read(current.id)
    if current.state != COUNTED or kept is None or kept.wiping:
        raise WrongState(
            "{round} cannot be recounted: its box is not there any more, or not counted yet.", round=current.id
        )
    return evaluate(current, shares, progress).minutes.outcome


def evaluate(round_: Round, shares: Sequence[str], progress: Progress, warnings: tuple[Remark, ...] = ()) -> Counted:
    """Everything that needs a sheet or a business's link, computed once."""
    private = recover(round_, shares)
    ground = ground_of(round_)
    used, invited = marks(round_.id)
    tally = Tally(ground)
    envelopes = unopened = 0
    if not invited:
        raise Refused("The box of {round} was dropped: there is nothing to count.", round=round_.id)
    if Envelope.select().where(Envelope.round == round_.id).count() > used:
        raise Refused(
            "The box holds more envelopes than codes were used: sheets were put in from outside. Nothing was counted."
        )
    for sheet in sheets(round_, private, progress):
        envelopes += 1
        if sheet is None:
            unopened += 1
        else:
            tally.add(sheet)
    outcome = outcome_of(round_.id, tally, used, envelopes)
    outcome = msgspec.structs.replace(outcome, open_channel=open_channel.counted(round_, ground, private))
    comments = tuple(tally.releasable(ground.plan.privacy.min_comments))
    made = Minutes(
        counted_on=minutes.today(),
        key_holders=tuple(sorted(read_share(share).number for share in shares)),
        questionnaire=round_.questionnaire_id,
        plan=round_.plan_id,
        register=round_.register_hash or "",
        public_key=hashlib.sha256(public_key_bytes(round_)).hexdigest(),
        outcome=hashlib.sha256(outcome.canonical()).hexdigest(),
        code=version(),
        invited=invited,
        used=used,
        envelopes=envelopes,
        sheets=tally.sheets,
        receipts=len(tally.receipts),
        comments=len(comments),
        replaced=Invitation.select().where((Invitation.round == round_.id) & (Invitation.revoked == True)).count(),  # noqa: E712
        comments_destroyed=len(tally.comments) - len(comments),
        anomalies=anomalies(used, envelopes, unopened, tally),
        warnings=warnings,
    )
    return Counted(outcome, comments, tuple(sorted(tally.receipts)), made)


def marks(round_id: str) -> tuple[int, int]:
    """Codes that were used, and businesses that were invited."""
    mine = Invitation.select().where(Invitation.round == round_id)
    invited = Invitation.select(Invitation.business).where(Invitation.round == round_id).distinct().count()
    return mine.where(Invitation.used == True).count(), invited  # noqa: E712 - SQL


def outcome_of(round_id: str, tally: Tally, used: int, envelopes: int) -> Outcome:
    """The numbers that stay, tallies and estimates over the same sheets."""
    plan, ledger, sifted = tally.ground.plan, tally.ledger, sift(tally.ground, tally.ledger)
    merged = merged_at_the_count(tally.ground, ledger, sifted.base(ledger.count))
    if merged:
        tally.merge(merged)
        sifted = sift(tally.ground, ledger)
    found, sifted = flagged(sifted.flags), thinned(plan, sifted)
    tally.count(sifted.base(ledger.count))
    estimates = estimate(plan, sifted.sheets, sifted.left_out)
    return Outcome(
        tallies=kept.tallies(tally),
        estimates=estimates,
        numbers=kept.numbers(tally),
        used=used,
        envelopes=envelopes,
        sheets=tally.sheets,
        ratings=dict(sorted(tally.ratings.items())),
        ratings_opened=kept.to_ten(ledger.count),
        fear=kept.fear(tally),
        flagged={kind: kept.to_ten(number) for kind, number in found.items()},
        attention_missed=tally.attention_missed,
        analysis=analyse(round_id, tally.ground, ledger, sifted, estimates),
        merged=dict(sorted(merged.items())),
    )


def flagged(found: Sequence[Flags]) -> dict[str, int]:
    """Ratings flagged, by kind; "any" = left out of the base case."""
    kinds = [field.name for field in msgspec.structs.fields(Flags)]
    number = {kind: sum(int(getattr(each, kind).sum()) for each in found) for kind in kinds}
    return number | {"any": sum(int(each.flagged.sum()) for each in found)}


def anomalies(used: int, envelopes: int, unopened: int, tally: Tally) -> tuple[Remark, ...]:
    """What a sound box would not show; said prominently, the count goes on."""
    found = (
        (
            used - envelopes,
            Remark(
                "Codes used: {used}. Envelopes in the box: {envelopes}. The two should be equal.",
                {"used": used, "envelopes": envelopes},
            ),
        ),
        (
            unopened,
            Remark("Envelopes that did not open with the round's key, or held no sheet: {count}.", {"count": unopened}),
        ),
        (
            tally.repeated,
            Remark("Envelopes that held a sheet which was counted already: {count}.", {"count": tally.repeated}),
        ),
        (
            tally.odd,
            Remark("Answers that fit no question or unit of the round, left out: {count}.", {"count": tally.odd}),
        ),
    )
    return tuple(remark for number, remark in found if number)


def write(round_: Round, counted: Counted) -> None:
    """All of it in one transaction, which also takes the round to counted: both or neither."""
    with database.atomic():
        due = (Round.id == round_.id) & (Round.state == CLOSED)
        if Round.update(state=COUNTED, counted_on=counted.minutes.counted_on).where(due).execute() != 1:
            raise WrongState("{round} was counted meanwhile.", round=round_.id)
        Count.insert(
            round=round_.id, outcome=counted.outcome.canonical(), minutes=msgspec.to_builtins(counted.minutes)
        ).execute()
        # Random ids in sorted order: the table keeps no trace of which comments came from one sheet.
        named = sorted((secrets.token_bytes(COMMENT_ID), said) for said in counted.comments)
        rows = [
            {"id": name, "round": round_.id, "unit": said.unit, "question": said.question, "text": said.text}
            for name, said in named
        ]
        for part in chunked(rows, ROWS):
            Comment.insert_many(part).execute()
        for hashes in chunked(counted.receipts, ROWS):
            ReceiptHash.insert_many([{"round": round_.id, "hash": hash_} for hash_ in hashes]).execute()
        Draft.delete().where(Draft.round == round_.id).execute()


def main(arguments: Sequence[str]) -> int:
    """The child process: 0 done, 1 refused with one line, 2 wrong call."""
    names = [argument for argument in arguments if argument != "--recount"]
    if len(names) != 1:
        sys.stderr.write("python -m survey_app.ballot.count ROUND [--recount]\n")
        return 2
    warnings = leave_no_traces()  # before the codes are in this process's memory
    shares = [line.strip() for line in sys.stdin if line.strip()]
    try:
        connect_to(read_settings().database_url)
        database.connect()
        round_ = Round.get_or_none(Round.id == names[0])
        if round_ is None:
            raise NotFound("There is no round {round}.", round=names[0])
        if not shares:
            raise KeysRefused("Two codes of different key holders are needed.")
        if "--recount" in arguments:
            hash_ = recount(round_, shares, tell)
        else:
            hash_ = count_box(round_, shares, tell, warnings).minutes.outcome
    except Refused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    sys.stdout.write(f"outcome {hash_}\n")
    return 0


def tell(done: int, total: int) -> None:
    """One line of progress: numbers only."""
    sys.stdout.write(f"{done} {total}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
