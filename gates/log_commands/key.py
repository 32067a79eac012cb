"""`audit key`: make a key, or show the public half of the configured one."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.management.base import CommandError, CommandParser, OutputWrapper

from gates import keyring
from gates.log_commands import Options, signer

HELP = "Make the Ed25519 key that signs the log, in a file that only its owner reads; or show the public key."


def arguments(parser: CommandParser) -> None:
    """Where to."""
    parser.add_argument("--new", metavar="FILE", help="write a new private key to FILE, which must not exist")


def run(out: OutputWrapper, options: Options) -> None:
    """Write the private key to the file; the public one is printed."""
    if options["new"]:
        key = keyring.read(_write(Path(options["new"])))
        out.write(f"Made {options['new']}. Set AVIARY_AUDIT_KEY_FILE to it, and keep a copy elsewhere.")
    else:
        key = signer()
    out.write(f"key id      {key.key_id}\npublic key  {key.public_key}")


def _write(path: Path) -> str:
    text = keyring.made()
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandError(f"{path} cannot be made: {error.strerror}. Name a new file.") from error
    with os.fdopen(file, "w", encoding="ascii") as opened:
        opened.write(text)
    return text
