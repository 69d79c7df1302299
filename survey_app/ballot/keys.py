"""The round's key: made once, split among three key holders, never kept. The server has the public half only.

Master secret: 16 random bytes, Shamir 2 of 3. From it HKDF-SHA256 gives the seeds of an HPKE key pair of the hybrid
ML-KEM-768 + X25519: copies of a box that somebody keeps for years stay closed even to a quantum computer.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from Crypto.Protocol.SecretSharing import Shamir  # nosec B413 # pycryptodome, not the abandoned pyCrypto
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from survey_app.ballot import crockford
from survey_app.errors import KeysRefused
from survey_app.models import Round

SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
OVERHEAD = KEM.MLKEM768_X25519.enc_length() + 16  # bytes that sealing adds: encapsulated key and tag
SECRET = 16  # bytes; the only size that the Shamir scheme takes
SINGLE = 0  # the share number of the only custodian: the share is the secret
MLKEM_PUBLIC = 1184  # bytes
# A share in characters: its number, the round's and the key's tag, 128 bits of share. Eight groups of four, and each
# group ends in its own check character, so a typing error is known by its group.
TAG_LENGTH, SHARE_LENGTH, GROUP = 5, 26, 4
ROUND_TAG_BITS, KEY_TAG_BITS = 12, 13


@dataclass(frozen=True)
class Ceremony:
    """What a key ceremony gives: the public key to keep, the shares to print once and forget."""

    public_key: bytes
    shares: tuple[str, ...] = field(repr=False)


class Pair(NamedTuple):
    """A round's key pair; `public` as stored: ML-KEM-768 (1184 bytes), then X25519 (32 bytes)."""

    public: bytes
    private: MLKEM768X25519PrivateKey


@dataclass(frozen=True)
class Share:
    """A share as read from its sheet."""

    number: int
    tag: int
    value: bytes = field(repr=False)

    @property
    def printed(self) -> str:
        """Eight groups of five characters: 1ABCX-…"""
        text = (
            crockford.symbols(self.number, 1)
            + crockford.symbols(self.tag, TAG_LENGTH)
            + crockford.symbols(int.from_bytes(self.value), SHARE_LENGTH)
        )
        groups = [text[place : place + GROUP] for place in range(0, len(text), GROUP)]
        return "-".join(group + crockford.check(group, place + 1) for place, group in enumerate(groups))


def hold_ceremony(round_id: str, questionnaire_hash: str, single: bool = False) -> Ceremony:
    """A new key for a round: public key and three printed shares (one with `single`). Nothing secret is kept.

    Each share is tried with its neighbour before it is handed out, on an envelope bound to this questionnaire.
    """
    master = secrets.token_bytes(SECRET)
    public_key = key_pair(master, round_id).public
    tag = tag_of(round_id, public_key)
    pieces = [(SINGLE, master)] if single else Shamir.split(2, 3, master)
    shares = tuple(Share(number, tag, value).printed for number, value in pieces)
    for place in range(len(shares)):
        chosen = shares[place : place + 1] if single else (shares[place], shares[(place + 1) % 3])
        prove(round_id, questionnaire_hash, public_key, chosen)
    return Ceremony(public_key, shares)


def test_opening(round_: Round, share_a: str, share_b: str) -> None:
    """Prove that these shares open the round's box, and note it on the round. Raises KeysRefused if they do not.

    With a single key holder `share_b` is empty.
    """
    given = [share for share in (share_a, share_b) if share.strip()]
    prove(round_.id, round_.questionnaire_id, public_key_bytes(round_), given)
    Round.update(shares_tested=True).where(Round.id == round_.id).execute()


def recover(round_: Round, shares: Sequence[str]) -> MLKEM768X25519PrivateKey:
    """The round's private key from two printed shares (one in single-custodian mode).

    Raises KeysRefused naming the code and the group that is wrong. The key lives in this process's memory only.
    """
    return open_with(round_.id, public_key_bytes(round_), shares)


def public_key_bytes(round_: Round) -> bytes:
    """The stored public key. Raises KeysRefused where no ceremony was held."""
    if round_.public_key is None:
        raise KeysRefused("This round has no key yet: hold the key ceremony first.")
    return bytes(round_.public_key)


def open_with(round_id: str, public_key: bytes, shares: Sequence[str]) -> MLKEM768X25519PrivateKey:
    """As `recover`, with the round's particulars given."""
    pair = key_pair(combine(fitting(round_id, public_key, shares)), round_id)
    # The sharing scheme does not notice a wrong share: only the public key tells.
    if not hmac.compare_digest(pair.public, public_key):
        raise KeysRefused("These codes do not open this round's box.")
    return pair.private


def fitting(round_id: str, public_key: bytes, shares: Sequence[str]) -> list[Share]:
    """The shares as typed, if they belong to this key and to different key holders. Raises KeysRefused.

    Combines nothing: the web process asks this before it hands the codes to the one that counts.
    """
    read = [read_share(text, place) for place, text in enumerate(shares, 1)]
    expected = tag_of(round_id, public_key)
    for place, share in enumerate(read, 1):
        if share.tag >> KEY_TAG_BITS != expected >> KEY_TAG_BITS:
            raise KeysRefused(
                "Code {place} belongs to another round. Take the sheet that names {round}.", place=place, round=round_id
            )
        if share.tag != expected:
            raise KeysRefused(
                "Code {place} belongs to an earlier key of this round, which was replaced. Take the newer sheet.",
                place=place,
            )
    numbers = [share.number for share in read]
    if numbers == [SINGLE]:
        return read
    if SINGLE in numbers:
        raise KeysRefused("This round has a single key holder: enter the one code alone.")
    if len(read) != 2:
        raise KeysRefused("Two codes of different key holders are needed.")
    if numbers[0] == numbers[1]:
        raise KeysRefused("Both codes are share {number}: two different shares are needed.", number=numbers[0])
    return read


def combine(shares: Sequence[Share]) -> bytes:
    """The master secret of shares that fit together."""
    if len(shares) == 1:
        return shares[0].value
    return bytes(Shamir.combine([(share.number, share.value) for share in shares]))


def read_share(text: str, place: int = 1) -> Share:
    """A share as typed; `place` tells which code of the form it is. Raises KeysRefused naming the wrong group."""
    plain = crockford.clean(text)
    width = GROUP + 1
    groups = 1 + TAG_LENGTH + SHARE_LENGTH
    if plain is None or len(plain) != groups // GROUP * width:
        raise KeysRefused(
            "Code {place} is not complete: it has {groups} groups of {width} characters.",
            place=place,
            groups=groups // GROUP,
            width=width,
        )
    parts = [plain[start : start + width] for start in range(0, len(plain), width)]
    for position, part in enumerate(parts, 1):
        if crockford.check(part[:-1], position) != part[-1]:
            raise KeysRefused(
                "Code {place} is mistyped in group {group}. Compare it with the sheet.", place=place, group=position
            )
    body = "".join(part[:-1] for part in parts)
    value = crockford.number(body[1 + TAG_LENGTH :])
    share_number = crockford.number(body[0])
    if value >> 128 or share_number > 3:
        raise KeysRefused("Code {place} is not the code of a key holder.", place=place)
    return Share(share_number, crockford.number(body[1 : 1 + TAG_LENGTH]), value.to_bytes(SECRET))


def tag_of(round_id: str, public_key: bytes) -> int:
    """25 bits that tell shares of different rounds, and of different keys of one round, apart. No secret goes in."""
    of_round = int.from_bytes(hashlib.sha256(b"survey-app share round/1:" + round_id.encode()).digest()[:4])
    of_key = int.from_bytes(hashlib.sha256(b"survey-app share key/1:" + public_key).digest()[:4])
    return of_round >> (32 - ROUND_TAG_BITS) << KEY_TAG_BITS | of_key >> (32 - KEY_TAG_BITS)


def fingerprint(public_key: bytes) -> str:
    """The first 80 bits of its SHA-256, by which people compare it: on the sheets, on the pages, in the staff log."""
    text = hashlib.sha256(public_key).hexdigest()[:20]
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def fingerprint_of(round_: Round) -> str:
    """The fingerprint of the round's public key; "" before the ceremony."""
    return fingerprint(bytes(round_.public_key)) if round_.public_key else ""


def key_pair(master: bytes, round_id: str) -> Pair:
    """The key pair of a master secret in this round; the same secret in another round would give another pair."""
    info = b"survey-app round key/1:" + round_id.encode()
    seed = HKDF(algorithm=SHA256(), length=96, salt=None, info=info).derive(master)
    lattice = MLKEM768PrivateKey.from_seed_bytes(seed[:64])
    curve = X25519PrivateKey.from_private_bytes(seed[64:])
    public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return Pair(public, MLKEM768X25519PrivateKey(lattice, curve))


@functools.lru_cache(maxsize=16)
def public_key_of(data: bytes) -> MLKEM768X25519PublicKey:
    """The public key of its stored bytes."""
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(data[:MLKEM_PUBLIC]),
        X25519PublicKey.from_public_bytes(data[MLKEM_PUBLIC:]),
    )


def binding(round_id: str, questionnaire_hash: str) -> bytes:
    """HPKE's info: an envelope of another round or another questionnaire does not open."""
    return f"survey-app envelope/1:{round_id}:{questionnaire_hash}".encode()


def open_binding(round_id: str, questionnaire_hash: str) -> bytes:
    """The open channel's info: an envelope that somebody moves from one box into the other does not open there."""
    return f"survey-app open envelope/1:{round_id}:{questionnaire_hash}".encode()


def prove(round_id: str, questionnaire_hash: str, public_key: bytes, shares: Sequence[str]) -> None:
    """Seal a trial envelope with the public key and open it with these shares. Raises KeysRefused if that fails."""
    info = binding(round_id, questionnaire_hash)
    trial = secrets.token_bytes(32)
    sealed = SUITE.encrypt(trial, public_key_of(public_key), info)
    try:
        opened = SUITE.decrypt(sealed, open_with(round_id, public_key, shares), info)
    except InvalidTag:
        opened = b""
    if not hmac.compare_digest(opened, trial):
        raise KeysRefused("The trial envelope did not open with these codes.")
