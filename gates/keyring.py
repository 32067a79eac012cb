"""The Ed25519 key that signs checkpoints and tombstones of the log, and the check of what it signed.

Keys travel as text: the private one in PEM, or as its 32 bytes in base64; public ones in base64. A key is
named by the first 16 hex digits of the SHA-256 of its public bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

RAW = 32  # bytes of a key


class BadKey(ValueError):
    """The text is no Ed25519 key; the message is a line for whoever set it."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and its names."""

    key: Ed25519PrivateKey
    public_key: str
    key_id: str

    def sign(self, message: bytes) -> str:
        """The signature in base64."""
        return base64.b64encode(self.key.sign(message)).decode()


def signer() -> Signer | None:
    """Of the key that the settings name; None without one. Raises BadKey."""
    text: str = settings.AUDIT_KEY
    return read(text) if text else None


def read(text: str) -> Signer:
    """The private key in PEM or base64; raises BadKey."""
    text = text.strip()
    if text.startswith("-----BEGIN"):
        try:
            key = serialization.load_pem_private_key(text.encode(), password=None)
        except (ValueError, TypeError) as error:
            raise BadKey("the PEM text is no private key without a password") from error
    else:
        key = Ed25519PrivateKey.from_private_bytes(_bytes(text))
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("the key is not an Ed25519 key")
    public = key.public_key().public_bytes_raw()
    return Signer(key, base64.b64encode(public).decode(), _name(public))


def made() -> str:
    """A new private key, in PEM."""
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        .decode()
    )


def key_id(public_key: str) -> str:
    """The name of a public key in base64; raises BadKey."""
    return _name(_bytes(public_key))


def holds(public_key: str, signature: str, message: bytes) -> bool:
    """The signature is this key's, over this message."""
    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(public_key))
        key.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def trusted(more: Iterable[str] = ()) -> frozenset[str]:
    """The public keys that signatures may be of: the configured one, older ones, `more`. Raises BadKey."""
    own = signer()
    found = {*settings.AUDIT_OLD_KEYS, *more}
    # Read and written again, so that one key has one text.
    tidy = {base64.b64encode(_bytes(each)).decode() for each in found}
    return frozenset(tidy | ({own.public_key} if own else set()))


def _name(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]


def _bytes(text: str) -> bytes:
    try:
        raw = base64.b64decode(text.strip(), altchars=b"-_" if set(text) & set("-_") else None, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadKey("the key is neither PEM nor base64") from error
    if len(raw) != RAW:
        raise BadKey(f"the key has {len(raw)} bytes in base64; an Ed25519 key has {RAW}")
    return raw
