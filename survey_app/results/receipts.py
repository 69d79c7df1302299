"""The public list of receipts: whoever holds one can see that the sheet was counted, and nothing else."""

from __future__ import annotations

from survey_app.ballot.tokens import receipt_hash
from survey_app.models import ReceiptHash


def hashes(round_id: str) -> tuple[str, ...]:
    """SHA-256 (hex) of every receipt counted in the round, sorted: the order says nothing of when a sheet came."""
    rows = ReceiptHash.select(ReceiptHash.hash).where(ReceiptHash.round == round_id).order_by(ReceiptHash.hash)
    return tuple(row.hash for row in rows)


def round_of(receipt: str) -> str | None:
    """The round in which a receipt, however it was typed, was counted; None where it was not."""
    row = ReceiptHash.get_or_none(ReceiptHash.hash == receipt_hash(receipt))
    return None if row is None else str(row.round.id)
