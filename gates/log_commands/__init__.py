"""What `manage.py audit` does: one file for each word after it.

Each file has a `HELP` line, `arguments(parser)`, and `run(out, options)`, which raises CommandError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

from django.core.management.base import CommandError, CommandParser, OutputWrapper

from gates import keyring
from gates.keyring import Signer

Options = Mapping[str, Any]


def signer() -> Signer:
    """The configured key; raises CommandError where there is none."""
    found = keyring.signer()
    if found is None:
        raise CommandError("AVIARY_AUDIT_KEY is not set. Make a key with: manage.py audit key --new FILE")
    return found


def moment(text: str) -> datetime:
    """A date, or a time, in UTC where it names no zone; raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Word(NamedTuple):
    """One subcommand."""

    name: str
    help: str
    arguments: Callable[[CommandParser], None]
    run: Callable[[OutputWrapper, Options], None]


def words() -> list[Word]:
    """Every file beside this one, by name."""
    found = []
    for module in sorted(iter_modules(__path__), key=lambda each: each.name):
        code = import_module(f"{__name__}.{module.name}")
        found.append(Word(module.name, code.HELP, code.arguments, code.run))
    return found
