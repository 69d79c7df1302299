"""The open channel: sheets without an invitation, in a box of their own, counted apart and never part of an index.

Whoever finds the link or the tablet in the office may answer, and as often as they like: such sheets show what callers
say, not what businesses think. Threat: somebody with write access to the database moves envelopes of this box into that
of the invited, or the other way round. They are sealed with another `info`, and do not open there.
"""

from __future__ import annotations

import msgspec
import numpy as np
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from peewee import InterfaceError, OperationalError

from survey_app.ballot import box, envelopes, kept
from survey_app.ballot.drafts import draft_id, refused
from survey_app.ballot.envelopes import SealedContent
from survey_app.ballot.ground import Ground
from survey_app.ballot.keys import open_binding
from survey_app.ballot.ledger import Ledger
from survey_app.ballot.opening import OPEN_BOX, opened
from survey_app.ballot.opening import envelopes as sealed_in
from survey_app.ballot.outcome import OpenChannel
from survey_app.ballot.tally import CUC, Tally
from survey_app.ballot.tokens import OpenToken
from survey_app.database import database
from survey_app.models import Round
from survey_app.questionnaire.answers import Missing

WHOLE = "*"  # under which the answers about all units are counted together

# ---------------------------------------------------------------- into the box


def submit(token: OpenToken, content: SealedContent, round_: Round, key: bytes) -> None:
    """Drop the sealed sheet and delete its draft: both or neither, on the disk when this returns.

    Repeated with the session's own `key` it is a success and drops nothing more. Raises CodeRefused where the round
    takes no open sheets (any more), SheetTooLong naming the field.
    """
    sealed = envelopes.seal(content, round_, open_binding(round_.id, round_.questionnaire_id))
    try:
        with database.atomic():
            drop(token, key, sealed)
    except (OperationalError, InterfaceError):
        # The connection fell, perhaps at the commit itself: only the box knows the outcome.
        if not envelopes.landed(key, box.holds_open):
            raise


def drop(token: OpenToken, key: bytes, sealed: bytes) -> None:
    """The writes of a submit; runs inside its transaction."""
    box.durable()
    place = box.open_standing(token.round, lock=True)
    if not box.holds_open(key):
        if place is None or not place.may_answer:
            raise refused()
        box.drop_open(key, token.round, sealed)
    box.destroy_draft(draft_id(token))


def in_box(key: bytes) -> bool:
    """Whether the envelope that this session sealed is in the box."""
    return box.holds_open(key)


# ---------------------------------------------------------------- out of the box


def counted(round_: Round, ground: Ground, private: MLKEM768X25519PrivateKey) -> OpenChannel | msgspec.UnsetType:
    """What the open sheets say, for the whole Cục; unset where the round has no open channel. No comment is kept."""
    if not round_.open_channel:
        return msgspec.UNSET
    info, tally, unopened = open_binding(round_.id, round_.questionnaire_id), Tally(ground), 0
    for sealed in sealed_in(round_.id, OPEN_BOX):
        sheet = opened(sealed, private, info)
        if sheet is None:
            unopened += 1
        else:
            tally.add(sheet)
    return OpenChannel(tally.sheets, unopened, tally.repeated, answers(tally))


def answers(tally: Tally) -> dict[str, dict[str, int]]:
    """Item → code → answers, under the rules of the other tallies; sheets are what must be enough, not ratings."""
    tally.merge(dict.fromkeys(tally.ground.register, WHOLE))
    tally.count(np.ones(tally.ledger.count, dtype=np.bool_))
    found, least = kept.tallies(tally), tally.ground.plan.privacy.min_distribution
    once = {item: counts if tally.answered[CUC, item] >= least else {} for item, counts in found.get(CUC, {}).items()}
    about = {
        item: counts if senders(tally.ledger, item) >= least else {} for item, counts in found.get(WHOLE, {}).items()
    }
    return dict(sorted((once | about).items()))


def senders(ledger: Ledger, item: str) -> int:
    """Sheets with an answer to a question, about however many units."""
    column = ledger.columns[item]
    answered = np.array([answer is not None and not isinstance(answer, Missing) for answer in column.different])
    return len(np.unique(ledger.business[answered[column.code]]))
