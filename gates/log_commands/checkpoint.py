"""`audit checkpoint`: sign the log now, whatever the interval."""

from __future__ import annotations

import asyncio

from django.conf import settings
from django.core.management.base import CommandError, CommandParser, OutputWrapper

from gates import checkpoint_sinks, checkpoints
from gates.log_commands import Options, signer

HELP = "Sign the log as it is now, and tell the places of AVIARY_AUDIT_CHECKPOINT_TO."


def arguments(parser: CommandParser) -> None:
    """None."""


def run(out: OutputWrapper, options: Options) -> None:
    """Print the checkpoint, or that nothing is new."""
    made = checkpoints.make(signer())
    if made is None:
        out.write("Nothing was entered since the last checkpoint.")
        return
    line = checkpoints.line(made)
    failed = []
    for sink in settings.AUDIT_CHECKPOINT_TO:
        if sink == checkpoint_sinks.STDOUT:
            continue  # It is printed anyway.
        try:
            asyncio.run(checkpoint_sinks.tell(sink, line))
        except checkpoint_sinks.SinkFailed as error:
            failed.append(str(error))
    out.write(line.decode(), ending="")
    if failed:
        raise CommandError(f"The checkpoint is signed, but was not told everywhere: {'; '.join(failed)}.")
