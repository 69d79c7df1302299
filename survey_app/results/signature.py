"""The office's signature: Ed25519 (RFC 8032). Its secret lies in the instance folder, its public key in each report.

Threat: somebody changes numbers in the database after the count and makes hashes anew. Without the instance's secret no
signature fits, and whoever kept a printed report knows the public key.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from survey_app.config import Settings

SECRET = "manifest-signature"  # nosec B105 # the name of a file


def private_key(settings: Settings) -> Ed25519PrivateKey:
    """This instance's key, made on first use."""
    return Ed25519PrivateKey.from_private_bytes(settings.secret(SECRET))


def public_key(settings: Settings) -> str:
    """Its public half, 64 hex digits."""
    return private_key(settings).public_key().public_bytes_raw().hex()


def sign(settings: Settings, content: bytes) -> str:
    """The signature of these bytes, 128 hex digits."""
    return private_key(settings).sign(content).hex()


def holds(public: str, signature: str, content: bytes) -> bool:
    """Whether the signature is that of this public key under these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True
