"""`audit prune`: export and remove whole segments of the log that are older than a date."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError, CommandParser, OutputWrapper
from django.utils import timezone

from gates import pruning
from gates.audit import OPERATOR, SYSTEM_ORIGIN
from gates.log_commands import Options, moment, signer

HELP = "Export and remove old entries, up to a checkpoint; a signed tombstone keeps the chain verifiable."


def arguments(parser: CommandParser) -> None:
    """Until when, and where to."""
    parser.add_argument("--before", metavar="DATE", help="as 2026-01-31 (UTC); default: by AVIARY_AUDIT_DAYS")
    parser.add_argument("--to", metavar="FOLDER", help="for the exports; default: AVIARY_AUDIT_ARCHIVE")


def run(out: OutputWrapper, options: Options) -> None:
    """Say which entries were pruned, and where they are."""
    key, done = signer(), 0
    before, folder = _before(options["before"]), Path(options["to"] or settings.AUDIT_ARCHIVE)
    try:
        while segment := pruning.due(before):
            stone = pruning.prune(segment, folder, key, OPERATOR, SYSTEM_ORIGIN)
            which = f"{stone.count} entries, {stone.first_seq} to {stone.last_seq}"
            out.write(f"Pruned {which}: {folder / segment.name}")
            done += 1
    except pruning.NotPruned as error:
        raise CommandError(f"Nothing more was pruned: {error}.") from error
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error}. Name another one with --to.") from error
    if not done:
        out.write("Nothing to prune: no checkpoint is that old. Entries are pruned up to a checkpoint only.")


def _before(text: str | None) -> datetime:
    if not text:
        if not settings.AUDIT_DAYS:
            raise CommandError("Say --before DATE, or set AVIARY_AUDIT_DAYS.")
        return timezone.now() - timedelta(days=settings.AUDIT_DAYS)
    try:
        return moment(text)
    except ValueError as error:
        raise CommandError(f"--before {text} is no date: write it as 2026-01-31.") from error
