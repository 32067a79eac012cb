"""Which names carry a secret as their value, and what is shown in its place."""

from __future__ import annotations

import re

MASK = "•••"
# Parts of names such as DB_PASSWORD, apiToken or x-auth-key, but not of TOKENIZER, KEYBOARD or MONKEY.
_WORDS = frozenset(
    (
        *("apikey", "auth", "authorization", "bearer", "credential", "credentials", "dsn", "jwt", "key"),
        *(
            "pass",
            "passphrase",
            "passwd",
            "password",
            "pgpassword",
            "private",
            "pwd",
            "salt",
            "secret",
            "secrets",
        ),
        *("signature", "token", "tokens", "webhook"),
    )
)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def is_secret(name: str) -> bool:
    """Whether what goes by this name is better not shown."""
    return any(part.lower() in _WORDS for part in _PARTS.findall(name))
