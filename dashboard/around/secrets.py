"""Which names carry a secret as their value."""

from __future__ import annotations

import re

from dashboard.masking import MASK

# Parts of names such as DB_PASSWORD, apiToken or x-auth-key, but not of TOKENIZER, KEYBOARD or MONKEY.
_WORDS = frozenset(
    (
        *("apikey", "auth", "authorization", "bearer", "credential", "credentials", "dsn", "jwt", "key"),
        *("pass", "passphrase", "passwd", "password", "private", "pwd", "salt", "secret", "secrets"),
        *("signature", "token", "tokens", "webhook"),
    )
)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def is_secret(name: str) -> bool:
    """Whether what goes by this name is better not shown."""
    return any(part.lower() in _WORDS for part in _PARTS.findall(name))


def veil(name: str, text: str) -> str:
    """The text, or a mask when it goes by the name of a secret."""
    return MASK if text and is_secret(name) else text
