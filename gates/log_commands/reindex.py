"""`audit reindex`: make the index of the log anew."""

from __future__ import annotations

from django.core.management.base import CommandParser, OutputWrapper

from gates import indexing
from gates.bits import SEGMENT
from gates.log_commands import Options

HELP = "Make the index of the log anew, from its entries; searches go on meanwhile."


def arguments(parser: CommandParser) -> None:
    """None."""


def run(out: OutputWrapper, options: Options) -> None:
    """Index the segments that are in the index again, then the others."""
    for number in range(indexing.sealed()):
        indexing.seal(number)
    count = indexing.catch_up()
    out.write(f"{count} entries are in the index; it takes in {SEGMENT} at a time.")
