"""Opening the box: envelope after envelope, in memory only, in the order of their random keys."""

from __future__ import annotations

import ctypes
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from survey_app.ballot import box, padding
from survey_app.ballot.envelopes import DECODER, SealedContent
from survey_app.ballot.keys import SUITE, binding
from survey_app.ballot.minutes import Remark
from survey_app.models import Envelope, Round

BATCH = 200  # envelopes in memory at once
BOX = "SELECT key, sealed FROM envelope WHERE round = ? AND key > ? ORDER BY key LIMIT ?"
OPEN_BOX = "SELECT key, sealed FROM open_envelope WHERE round = ? AND key > ? ORDER BY key LIMIT ?"
PR_SET_DUMPABLE = 4
Progress = Callable[[int, int], None]


def sheets(round_: Round, private: MLKEM768X25519PrivateKey, progress: Progress) -> Iterator[SealedContent | None]:
    """Every sheet in the box, None for an envelope that does not open or holds no sheet.

    The order of the random keys is the same in every copy of the box and tells nothing of the order of arrival.
    """
    info = binding(round_.id, round_.questionnaire_id)
    total = Envelope.select().where(Envelope.round == round_.id).count()
    progress(0, total)
    for done, sealed in enumerate(envelopes(round_.id), 1):
        yield opened(sealed, private, info)
        if done % BATCH == 0 or done == total:
            progress(done, total)


def envelopes(round_id: str, which: str = BOX) -> Iterator[bytes]:
    """The ciphertexts of one of the two boxes, a batch at a time."""
    last = b""
    while True:
        batch = box.run(which, round_id, last, BATCH).fetchall()
        if not batch:
            return
        for _, sealed in batch:
            yield bytes(sealed)
        last = bytes(batch[-1][0])


def opened(sealed: bytes, private: MLKEM768X25519PrivateKey, info: bytes) -> SealedContent | None:
    """The sheet inside; None where the envelope was not sealed for this round and questionnaire."""
    try:
        return DECODER.decode(padding.unpad(SUITE.decrypt(sealed, private, info)))
    except (InvalidTag, ValueError, msgspec.MsgspecError):
        return None


def leave_no_traces() -> tuple[Remark, ...]:
    """Forbid core dumps of this process and its reading by others; a warning for what could not be had.

    Threat: a crash in the middle of the count writes sheets to the disk, or the machine swaps them out.
    """
    found = []
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A core pattern that is a pipe ignores the limit; a process that is not dumpable makes no core at all.
    if ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        found.append(Remark("Core dumps could not be forbidden on the machine that counted."))
    if swaps():
        found.append(Remark("Swap was on while the sheets were counted: parts of them may lie on the swap disk."))
    return tuple(found)


def swaps(listing: Path = Path("/proc/swaps")) -> bool:
    """Whether the machine has swap space; True where that cannot be known."""
    try:
        lines = listing.read_text().splitlines()
    except OSError:
        return True
    return len(lines) > 1
